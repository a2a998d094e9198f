"""Fills Markdown templates: of the decks, and of the pages in docs/.

In: a folder of `NAME.md.j2` and what they may ask for. Out: `NAME.md` to text.
Does not: know a number, or write a file.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from driftlab.errors import DataError


def fill(
    sources: Path, given: Mapping[str, Any], filters: Mapping[str, Any], made: str, help_at: str
) -> dict[str, str]:
    """Each source's Markdown by its file name; `made` is a line for its top, with `{name}` in it.

    Raises:
        DataError: a source asks for what there is not; `help_at` says where to read what there is.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(sources),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  Markdown, of our own files
    )
    environment.globals |= given
    environment.filters |= filters
    files = {}
    for path in sorted(sources.glob("*.md.j2")):
        name = path.name.removesuffix(".md.j2")
        try:
            files[f"{name}.md"] = environment.get_template(path.name).render(made=made.format(name=name))
        except (jinja2.TemplateError, LookupError) as failed:
            line = f", line {failed.lineno}" if isinstance(failed, jinja2.TemplateSyntaxError) else ""
            raise DataError(
                f"{path.name}{line} asks for what there is not: {failed}", f"{help_at} says what can be asked for."
            ) from failed
    return files


def named(*functions: Any) -> dict[str, Any]:
    """Functions under their own names."""
    return {function.__name__: function for function in functions}


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    lines = [" | ".join(map(str, row)) for row in (head, *rows)]
    rule = f"|{'---|' * (lines[0].count(' | ') + 1)}"
    return "\n".join([f"| {lines[0]} |", rule, *(f"| {line} |" for line in lines[1:])])
