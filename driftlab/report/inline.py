"""A figure inside somebody else's page, such as a notebook: one SVG whose style reaches nothing but itself.

In: a `Figure`. Out: an SVG element that can be shown as it is, inline or as a file. Its colours are those of the page's
style sheet: light, dark and print. It draws its own ground, since a notebook's may be of either kind.
Does not: draw, or know a notebook's theme; the reader's system decides between light and dark.
"""

import functools
import hashlib
import re
from pathlib import Path

from driftlab.report.svg import WIDE, Figure, fixed, tag
from driftlab.report.untrusted import visible

TEMPLATES = Path(__file__).parent / "templates"
SHEETS = ("page.css", "figure.css", "budget.css")
SCOPE, MARGIN = "driftlab-figure", 10.0


def inline(figure: Figure, width: float = WIDE) -> str:
    """The figure as one SVG element; different figures have different ids."""
    ident = "f" + hashlib.sha256(f"{figure.title} {figure.alt}".encode()).hexdigest()[:12]
    body, height = figure.draw(width, ident)
    wide, high = width + 2 * MARGIN, height + 2 * MARGIN
    names = tag("title", visible(figure.title), id=f"{ident}-title") + tag(
        "desc", visible(figure.alt), id=f"{ident}-desc"
    )
    sheet = tag("rect", x=-MARGIN, y=-MARGIN, width=wide, height=high, rx=4, class_="sheet")
    return tag(
        "svg", raw=f"{names}<style>{_style()}</style>{sheet}{body}", xmlns="http://www.w3.org/2000/svg",
        viewBox=f"{fixed(-MARGIN)} {fixed(-MARGIN)} {fixed(wide)} {fixed(high)}", width=wide, height=high,
        role="img", class_=SCOPE, aria_labelledby=f"{ident}-title", aria_describedby=f"{ident}-desc",
    )  # fmt: skip


@functools.cache
def _style() -> str:
    """The page's rules for drawings with its light colours, and again with its dark ones for dark screens, scoped."""
    sheets = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in SHEETS)
    light, dark = (
        dict(re.findall(r"(--[\w-]+): ([^;]+);", block)) for block in re.findall(r":root \{([^}]*)\}", sheets)
    )
    rules = "\n".join(re.findall(r"^svg [^\n]*\}$", sheets, re.MULTILINE))
    scoped = re.sub(r"(^|, )svg ", rf"\1.{SCOPE} ", rules, flags=re.MULTILINE)
    size = f".{SCOPE} {{ max-width: 100%; height: auto; }}"
    coloured = [_resolved(scoped, light), _resolved(scoped, light | dark)]
    return f"{size}\n{coloured[0]}\n@media screen and (prefers-color-scheme: dark) {{\n{coloured[1]}\n}}"


def _resolved(rules: str, values: dict[str, str]) -> str:
    return re.sub(r"var\((--[\w-]+)\)", lambda found: values[found[1]], rules)
