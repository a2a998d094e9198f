"""Makes the decks: `./lab python -m slides.build`.

In: `sources/*.md.j2`, what `slides.known` and `slides.draw` give, and the labs' figures.
Out: beside this file the filled Markdown and its charts, which any site for Markdown shows; in `build/slides` each deck
as one HTML file and one PDF, fonts and figures inside.
Does not: hold a number. With `--markdown` it makes the first part only and needs no Node.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from driftlab.errors import CourseError, DataError
from driftlab.records import write_atomically
from slides import known
from slides.draw import CHARTS
from slides.marp import render

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources"
BUILT = known.ROOT / "build" / "slides"
TOOLS = BUILT / "tools"
MADE = "<!-- Made by slides/build.py from slides/sources/{name}.md.j2: change that, not this. -->"


def chart(name: str) -> str:
    """A chart of ours as Markdown, with the line under it."""
    made = CHARTS[name]()
    return f"![{made.alt}](figures/{name}.svg)\n\n> {made.label}"


def lab_figure(lab: str, name: str, label: str) -> str:
    """A lab's own figure as Markdown, with the lab's words for it and a line under it."""
    return f"![{known.lab_alt(lab, name)}](../solutions/figures/{lab}/{name}.svg)\n\n> {label}"


def filled() -> dict[str, str]:
    """File names beside this file and what they hold: decks and charts.

    Raises:
        DataError: a source asks for what there is not.
    """
    import jinja2

    given = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SOURCES),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  Markdown, of our own files
    )
    functions = (
        known.cited, known.value, known.crossed, known.source, known.pocket, known.recorded, known.simulated,
        known.labs, known.lab, known.usable, chart, lab_figure,
    )  # fmt: skip
    given.globals |= {function.__name__: function for function in functions}
    given.filters |= {"gib": known.gib, "percent": known.percent}
    files = {f"figures/{name}.svg": draw().svg for name, draw in CHARTS.items()}
    for path in sorted(SOURCES.glob("*.md.j2")):
        name = path.name.removesuffix(".md.j2")
        try:
            files[f"{name}.md"] = given.get_template(path.name).render(made=MADE.format(name=name))
        except (jinja2.TemplateError, LookupError) as failed:
            line = f", line {failed.lineno}" if isinstance(failed, jinja2.TemplateSyntaxError) else ""
            raise DataError(
                f"{path.name}{line} asks for what there is not: {failed}",
                "slides/README.md says what can be asked for.",
            ) from failed
    return files


def write(folder: Path = HERE) -> list[Path]:
    """Write the filled Markdown and its charts, each whole; returns the decks."""
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    files = filled()
    for name, text in files.items():
        write_atomically(folder / name, [text])
    return [folder / name for name in files if name.endswith(".md")]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns 0, 2 where the reader can mend what went wrong, or 130 when stopped."""
    parser = argparse.ArgumentParser(prog="python -m slides.build", description="Make the decks.")
    parser.add_argument("--markdown", action="store_true", help="the Markdown and its charts alone; needs no Node")
    parser.add_argument("--no-pdf", action="store_true", help="HTML alone; needs no browser")
    parser.add_argument("--out", type=Path, default=BUILT, help="where HTML and PDF go (default: build/slides)")
    asked = parser.parse_args(arguments)
    try:
        decks = write()
        made = decks if asked.markdown else render(decks, asked.out, TOOLS, pdf=not asked.no_pdf)
    except CourseError as failed:
        sys.stderr.write(f"{failed}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped; what was there before is still there\n")
        return 130
    sys.stdout.writelines(f"{path}\n" for path in made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
