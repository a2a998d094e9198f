"""The labs' figures: what lies in the folders is what their scripts draw, and its words can be read."""

import re
from pathlib import Path

import pytest
from chromium import Chromium, find_chromium

from solutions.figures import draw_lab1, draw_lab2, draw_lab3, draw_lab4

LABS = {"lab1": draw_lab1, "lab2": draw_lab2, "lab3": draw_lab3, "lab4": draw_lab4}
ROOT = Path(__file__).resolve().parents[1]
PROGRAM = find_chromium()
UNREADABLE = """(() => [...document.querySelectorAll("svg")].flatMap(svg => {
    const texts = [...svg.querySelectorAll("text")].map(e => [e.textContent, e.getBBox()]), panel = svg.viewBox.baseVal;
    const outside = b => b.x < 4 || b.y < 0 || b.x + b.width > panel.width - 4 || b.y + b.height > panel.height;
    const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width
        && a.y + 3 < b.y + b.height - 3 && b.y + 3 < a.y + a.height - 3;
    return texts.flatMap(([words, box], number) => [
        ...(words && outside(box) ? [`${words} leaves its panel`] : []),
        ...texts.slice(number + 1).filter(other => meet(box, other[1])).map(other => `${words} meets ${other[0]}`),
    ]);
}))()"""


@pytest.mark.parametrize("lab", LABS)
def test_figures_are_what_their_script_draws(lab: str) -> None:
    folder = ROOT / "solutions" / "figures" / lab
    drawn = {f"{name}.svg": draw().svg() for name, draw in LABS[lab].FIGURES.items()}
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == drawn


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_shows_each_of_its_figures(lab: str) -> None:
    (source,) = (ROOT / "solutions").glob(f"{lab}_*.py")
    shown = re.findall(r"\(figures/([\w-]+)\.svg\)", source.read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(LABS[lab].FIGURES)


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine (apt-get install chromium)")
def test_words_stay_in_their_panel_and_apart(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    figures = "".join(draw().svg() for lab in LABS.values() for draw in lab.FIGURES.values())
    page.write_text(f"<meta charset='utf-8'><body>{figures}", encoding="utf-8")
    assert PROGRAM is not None
    with Chromium(PROGRAM) as browser:
        browser.open(page)
        assert browser.value(UNREADABLE) == []
