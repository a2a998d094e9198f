"""A lab's figures where its text cannot show them.

In: the course's folder and a lab. Out: one output with every figure, in the order and below the headings of the text.
Colab and Kaggle show a notebook without the folder in which it lay, so that `figures/x.svg` leads nowhere. Pictures
within the notebook are no way out: Colab shows no attachments (googlecolab/colabtools#3836, open since 2023-07), and
other front ends refuse an SVG as data in Markdown. Whoever sees no picture has its description in the text.
Does not: change the notebook.
"""

import base64
import html
import json
import re
import sys
from pathlib import Path
from typing import NamedTuple

FIGURE = re.compile(r"!\[(.*?)\]\(figures/([\w.-]+\.svg)\)", re.DOTALL)
HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)


class Figure(NamedTuple):
    """A picture of the text."""

    heading: str
    description: str
    svg: bytes


def of_lab(course: Path, lab: str) -> list[Figure]:
    """The figures, as the lab's text comes to them; none where the notebook is not at hand."""
    found, heading = [], ""
    for notebook in sorted((course / "labs").glob(f"{lab}_*/*.ipynb"))[:1]:
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] != "markdown":
                continue
            for part in re.split(r"\n{2,}", "".join(cell["source"])):
                heading = next(reversed(HEADING.findall(part)), heading)
                for description, name in FIGURE.findall(part):
                    path = notebook.parent / "figures" / name
                    if path.is_file():
                        found.append(Figure(heading, " ".join(description.split()), path.read_bytes()))
    return found


def page(figures: list[Figure]) -> str:
    """One fold for each figure."""
    folds = []
    seen: dict[str, int] = {}
    for figure in figures:
        seen[figure.heading] = seen.get(figure.heading, 0) + 1
        again = f" ({seen[figure.heading]})" if seen[figure.heading] > 1 else ""
        picture = f"data:image/svg+xml;base64,{base64.b64encode(figure.svg).decode()}"
        folds.append(
            f"<details><summary>{html.escape(figure.heading)}{again}</summary>"
            f'<img src="{picture}" alt="{html.escape(figure.description)}" '
            'style="max-width: 100%; background: white"></details>'
        )
    return f"<p>The lab's {len(figures)} figures, which the text below cannot show here:</p>{''.join(folds)}"


def show(course: Path, lab: str) -> None:
    """Display them, in a notebook."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    found = of_lab(course, lab)
    if shell is None or not found:
        return
    from IPython.display import display

    plain = "\n".join(f"{figure.heading}: {figure.description}" for figure in found)
    display({"text/html": page(found), "text/plain": plain}, raw=True)  # type: ignore[no-untyped-call]
