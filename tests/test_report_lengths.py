"""The figure of a cut: bars as high as their counts, words for everything, and a file that opens by itself."""

import random
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from chromium import Chromium

from driftlab.errors import RunError
from driftlab.lengths.counting import Example, LengthSource, audit
from driftlab.report.inline import inline
from driftlab.report.lengths_figure import lengths_figure
from driftlab.report.standalone import write_svg
from driftlab.report.svg import NARROW, WIDE
from driftlab.report.words import plural

SVG = "{http://www.w3.org/2000/svg}"


def made(lengths: list[int], max_length: int, batch: int, name: str = "chats.csv") -> dict[str, Any]:
    examples = tuple(Example(length, length // 2, length - max(1, length // 2), True) for length in lengths)
    return audit(LengthSource(name, examples), max_length, batch).to_json()


def drawn(count: int, middle: float) -> list[int]:
    chance = random.Random(count)  # noqa: S311
    return [max(2, int(chance.lognormvariate(middle, 0.9))) for _ in range(count)]


CASES = {
    "long tail": made(drawn(20_000, 5.5), 1024, 8),
    "few": made(drawn(40, 6), 1024, 2),
    "cut in the middle": made(drawn(5_000, 7), 2000, 4),
    "cut at the left": made(drawn(5_000, 7), 16, 1),
    "cut at the right": made(list(range(1, 1026)), 1024, 16),
    "nothing cut": made([40, 50, 60], 1024, 2),
    "one": made([2709], 1024, 1),
    "shortest": made([1], 1, 1),
    "millions": made([n * 4000 for n in drawn(20_000, 5.5)], 131_072, 1024),
}


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314  our own


def bars(root: ET.Element) -> list[tuple[float, float, str]]:
    """Left edge, height and kind of every bar of the distribution."""
    fills = [(rect, rect.get("fill") or rect.get("class", "")) for rect in root.iter(f"{SVG}rect") if rect.get("y")]
    above = [(rect, kind) for rect, kind in fills if rect.get("height") != "16"]
    return [
        (float(rect.get("x", "")), float(rect.get("height", "")), "cut" if "url" in kind else kind)
        for rect, kind in above
        if kind == "kept" or "url" in kind
    ]


def test_bars_are_as_high_as_their_counts_and_striped_beyond_the_cut() -> None:
    root = parsed(inline(lengths_figure(made([4] * 8 + [12] * 4 + [20], 16, 1))))
    found = bars(root)
    assert [kind for _, _, kind in found] == ["kept", "kept", "cut"]
    highest = found[0][1]
    assert [height / highest for _, height, _ in found] == pytest.approx([1, 0.5, 0.125], abs=0.01)
    cut = next(line for line in root.iter(f"{SVG}line") if line.get("class") == "cut-line")
    assert found[1][0] < float(cut.get("x1", "")) <= found[2][0]


def test_the_smallest_count_is_seen() -> None:
    found = bars(parsed(inline(lengths_figure(made([10] * 5000 + [30], 16, 1)))))
    assert found[-1][1] >= 1


@pytest.mark.parametrize("case", CASES)
def test_everything_is_said_in_words(case: str) -> None:
    row = CASES[case]
    root = parsed(inline(lengths_figure(row)))
    title, desc = (root.findtext(f"{SVG}{name}") or "" for name in ("title", "desc"))
    assert root.get("role") == "img"
    ids = {each.get("id") for each in root}
    assert {root.get("aria-labelledby"), root.get("aria-describedby")} <= ids
    assert f"cut at {plural(row['max_length'], 'token')}" in title
    assert f"{row['examples']:,} example" in desc
    for count in row["histogram"]["counts"]:
        assert not count or f": {count:,}" in desc
    if row["cut"]:
        assert f"{row['cut']:,} longer" in desc
        assert f"{plural(row['tokens_lost'], 'token')} lost" in desc
        assert f"{row['lost_end']:,} without their end of sequence" in desc
    else:
        assert "No example is longer." in desc
    for way in row["alternatives"]:
        assert f"{way['name']}: {way['tokens']:,} in {way['passes']:,} pass" in desc
    words = " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))
    assert f"cut at {plural(row['max_length'], 'token')}" in words
    assert ("longer still, not drawn" in words) == bool(row["histogram"]["beyond"])
    assert ("without a label" in words) == bool(row["no_label"])


def test_a_file_needs_nothing_else_and_knows_light_and_dark(tmp_path: Path) -> None:
    out = write_svg(lengths_figure(CASES["few"]), tmp_path / "new" / "lengths.svg")
    text = out.read_text(encoding="utf-8")
    assert parsed(text).tag == f"{SVG}svg"
    assert "var(" not in text, "programs without CSS variables would show black bars"
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    style = text.split("<style>")[1].split("</style>")[0]
    light, dark = style.split("@media screen and (prefers-color-scheme: dark)")
    page = (Path(__file__).parents[1] / "driftlab/report/templates/page.css").read_text(encoding="utf-8")
    grounds = re.findall(r"--ground: (#\w+);", page)
    assert f".sheet {{ fill: {grounds[0]};" in light
    assert f".sheet {{ fill: {grounds[1]};" in dark
    classes = {name for listed in re.findall(r'class="([^"]+)"', text) for name in listed.split()}
    assert all(f".{name} " in light or f".{name}," in light for name in classes), "every class has a rule"


def test_a_name_is_escaped_and_neutralised() -> None:
    text = inline(lengths_figure(made([3], 2, 1, '<script>"\u202e')))
    assert "<script" not in text
    assert "\u202e" not in text
    assert parsed(text).findtext(f"{SVG}title", "").startswith('<script>"⟨U+202E⟩: lengths')


def test_the_same_audit_is_the_same_file() -> None:
    assert inline(lengths_figure(CASES["long tail"])) == inline(lengths_figure(CASES["long tail"]))


@pytest.mark.parametrize("name", ["lengths.png", "lengths", "folder.svg", "file/lengths.svg"])
def test_places_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError) as caught:
        write_svg(lengths_figure(CASES["one"]), tmp_path / name)
    assert name.split("/")[0] in caught.value.problem
    assert caught.value.remedy


OVERLAPS = """
(() => {
  const found = [], frame = document.documentElement.getBoundingClientRect();
  const boxes = [...document.querySelectorAll('text')].map((t) => [t.textContent, t.getBoundingClientRect()]);
  boxes.forEach(([text, a], i) => {
    if (a.left < frame.left || a.right > frame.right || a.bottom > frame.bottom) found.push('outside: ' + text);
    for (const [other, b] of boxes.slice(i + 1)) {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 1 && high > 4) found.push(text + ' / ' + other);
    }
  });
  return found;
})()
"""
COLOURS = """
Object.fromEntries(['sheet', 'kept', 'cut-off', 'cut-line', 'strong'].map((name) => {
  const style = getComputedStyle(document.querySelector('.' + name));
  return [name, name === 'cut-line' ? style.stroke : style.fill];
}))
"""


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("case", CASES)
def test_no_words_overlap_or_leave_the_sheet(browser: Chromium, tmp_path: Path, case: str, width: float) -> None:
    path = tmp_path / "figure.svg"
    path.write_text(inline(lengths_figure(CASES[case]), width), encoding="utf-8")
    browser.open(path, width=1000)
    assert browser.value(OVERLAPS) == []
    assert browser.complaints() == []
    assert browser.requests() == [path.resolve().as_uri()]


@pytest.mark.parametrize("dark", [False, True])
def test_what_is_told_by_light_stands_out_in_light_and_dark(browser: Chromium, tmp_path: Path, dark: bool) -> None:
    path = write_svg(lengths_figure(CASES["few"]), tmp_path / "figure.svg")
    browser.open(path, dark=dark)
    colours = {name: luminance(colour) for name, colour in browser.value(COLOURS).items()}
    assert contrast(colours["strong"], colours["sheet"]) > 7
    assert contrast(colours["cut-line"], colours["sheet"]) > 7
    assert min(contrast(colours[name], colours["sheet"]) for name in ("kept", "cut-off")) > 3
    assert (colours["sheet"] < 0.1) == dark


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: float, other: float) -> float:
    low, high = sorted((one, other))
    return (high + 0.05) / (low + 0.05)
