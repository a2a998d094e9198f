"""A figure as an SVG file of its own: with its style inside, light or dark as the reader's screen is.

In: a `Figure`. Out: the text of a file, or the file. Colours and fonts are those of the page, from the page's style
sheet; they are written out in full, since not every program that shows an SVG knows CSS variables.
Does not: draw, or embed fonts.
"""

import functools
import re
from pathlib import Path

from driftlab.errors import RunError
from driftlab.records import write_atomically
from driftlab.report.svg import WIDE, Figure, fixed, tag

TEMPLATES = Path(__file__).parent / "templates"
MARGIN = 20.0


def write_svg(figure: Figure, out: Path) -> Path:
    """Write the figure; all of it or nothing.

    Raises:
        RunError: `out` is a folder, is not named .svg, or cannot be written.
    """
    if out.suffix.lower() != ".svg":
        raise RunError(f"{str(out)!r} is not named as an SVG file.", f"Name it so: --figure {out.with_suffix('.svg')}")
    if out.is_dir():
        raise RunError(f"{str(out)!r} is a folder.", f"Name a file: --figure {out / 'lengths.svg'}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out, [standalone(figure)])
    except OSError as failed:
        reason = failed.strerror or str(failed)
        raise RunError(f"the figure {str(out)!r} cannot be written: {reason}.", "Name another file.") from failed
    return out


def standalone(figure: Figure, width: float = WIDE) -> str:
    """The figure at that width, on a sheet of its own."""
    drawn = figure.svg("figure", width)
    head, body = drawn.split("</desc>", 1)
    height = float(head.split('viewBox="', 1)[1].split('"', 1)[0].split()[-1])
    whole, high = width + 2 * MARGIN, height + 2 * MARGIN
    box = f"{fixed(-MARGIN)} {fixed(-MARGIN)} {fixed(whole)} {fixed(high)}"
    size = f'viewBox="{box}" width="{fixed(whole)}" height="{fixed(high)}"'
    head = re.sub(r'viewBox="[^"]*"', size, head, count=1)
    head = head.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    sheet = tag("rect", x=-MARGIN, y=-MARGIN, width=whole, height=high, class_="sheet")
    return f"{head}</desc><style>{_style()}</style>{sheet}{body}\n"


@functools.cache
def _style() -> str:
    """The page's rules for drawings, with its light colours; then again with its dark ones, for dark screens."""
    page, own = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.css", "figure.css"))
    rules = "\n".join(re.findall(r"^svg [^\n]*\}$", page + own, re.MULTILINE))
    light, dark = (dict(re.findall(r"(--[\w-]+): ([^;]+);", block)) for block in re.findall(r":root \{([^}]*)\}", page))
    coloured = [_resolved(rules, light), _resolved(rules, light | dark)]
    return f"{coloured[0]}\n@media screen and (prefers-color-scheme: dark) {{\n{coloured[1]}\n}}"


def _resolved(rules: str, values: dict[str, str]) -> str:
    return re.sub(r"var\((--[\w-]+)\)", lambda found: values[found[1]], rules)
