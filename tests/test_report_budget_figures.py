"""Figures of a budget: what is drawn is what was given, nothing overlaps, and no term is told by colour alone."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from chromium import Chromium
from hypothesis import given
from hypothesis import strategies as st
from test_report_browser import CONTRASTS, OVERLAPS

from driftlab.report.budget_figures import (
    CONTEXT,
    MOST_TERMS,
    SMALL,
    SPARE,
    Bar,
    Curve,
    Limit,
    Peak,
    amount,
    budget_bars,
    length_curves,
)
from driftlab.report.inline import SCOPE, inline
from driftlab.report.svg import NARROW, WIDE, Figure

GIB, MIB = 2**30, 2**20
TERMS = {
    "weights": 3_340_777_472, "embeddings, head and norms": 1_049_640_960, "adapter": 319_815_680,
    "optimizer states": 2_498_560, "gradients": 319_815_680, "cuBLAS workspace": 64 * MIB,
    "activations kept": 512 * MIB, "fp16 copies": 422_051_840, "logits and loss": 402_653_184,
}  # fmt: skip
ON = Bar("with checkpointing", TERMS, int(6.9 * GIB), 144 * MIB)
OFF = Bar("without", TERMS | {"activations kept": int(9.33 * GIB)}, int(16.3 * GIB), 144 * MIB)
T4, SMALL_GPU = Limit("Tesla T4", int(14.74 * GIB)), Limit("GeForce RTX 3060 (12 GB)", int(11.7 * GIB))

LONG = "the activations of a layer that is recomputed, and all that must wait beside it until its turn comes " * 2


def peaks(base: float, slope: float) -> tuple[Peak, ...]:
    return tuple(
        Peak(n, int((base + slope * n) * GIB), int((base + slope * n) * 1.08 * GIB)) for n in range(128, 2817, 128)
    )


CHECKPOINTED = Curve("with checkpointing", peaks(5.2, 0.0008), ((1024, int(5.9 * GIB)), (2048, int(6.8 * GIB))))
PLAIN = Curve("without checkpointing", peaks(5.2, 0.0087), ((256, int(7.3 * GIB)),))
FIGURES = {
    "one": budget_bars([ON], [T4]),
    "two": budget_bars([ON, OFF], [T4, SMALL_GPU]),
    "names": budget_bars([Bar(LONG, {LONG: 3 * GIB, "n": GIB}, 5 * GIB)], [Limit(LONG, 4 * GIB)]),
    "no limit": budget_bars([Bar("a CPU", {"weights, dense fp32": 8 * MIB}, 9 * MIB)], []),
    "lengths": length_curves([CHECKPOINTED, PLAIN], [T4]),
    "near": length_curves(
        [CHECKPOINTED, Curve("nearly the same, by another name", peaks(5.3, 0.0008))], [T4, SMALL_GPU]
    ),
    "one length": length_curves([Curve("only one", (Peak(512, GIB, GIB),))], []),
}


def read(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own drawing


def drawn(figure: Figure, width: float = WIDE) -> ElementTree.Element:
    return read(f"<svg>{figure.draw(width, 'x').body}</svg>")


def widths(figure: Figure, width: float = WIDE) -> dict[str, float]:
    """The width of each part of a figure's only bar."""
    found = {}
    for rect in drawn(figure, width).iter("rect"):
        title = rect.find("title")
        if title is not None and title.text:
            found[title.text.rsplit(":", 1)[0]] = float(rect.attrib["width"])
    return found


@given(st.lists(st.integers(GIB // 5, 20 * GIB), min_size=1, max_size=8), st.integers(0, 4 * GIB), st.integers(0, GIB))
def test_parts_are_as_wide_as_their_bytes(sizes: list[int], spare: int, context: int) -> None:
    terms = {f"t{n}": size for n, size in enumerate(sizes)}
    bar = Bar("b", terms, sum(sizes) + spare, context)
    found = widths(budget_bars([bar], []))
    unit = (WIDE - 4) / 1.03 / (sum(sizes) + spare + context)
    given = {**terms, SPARE: spare, CONTEXT: context}
    shown = {name: size for name, size in given.items() if size}
    if SMALL in found:
        shown = {name: size for name, size in shown.items() if name in found}
    for name, size in shown.items():
        assert found[name] == pytest.approx(size * unit, abs=0.51)
    assert sum(found.values()) == pytest.approx((WIDE - 4) / 1.03, abs=1 + 0.6 * len(found))


def test_the_line_stands_where_the_gpu_ends() -> None:
    figure = budget_bars([Bar("b", {"t": 8 * GIB}, 8 * GIB)], [Limit("gpu", 4 * GIB)])
    [limit] = [one for one in drawn(figure).iter("line") if one.attrib["class"] == "limit"]
    [part] = [one for one in drawn(figure).iter("rect") if one.find("title") is not None]
    left, wide = float(part.attrib["x"]), float(part.attrib["width"])
    assert float(limit.attrib["x1"]) == float(limit.attrib["x2"]) == pytest.approx(left + wide / 2, abs=0.2)


def test_nothing_is_told_by_colour_alone() -> None:
    many = {f"term {n}": GIB for n in range(20)}
    root = drawn(budget_bars([Bar("b", many, 21 * GIB, GIB)], []))
    patterns = [ElementTree.tostring(one, encoding="unicode") for one in root.iter("pattern")]
    textures = [re.sub(r'.*class="ground c\d+" ?/>', "", one.replace("</pattern>", "")) for one in patterns]
    assert len(set(textures)) == len(textures) == MOST_TERMS
    words = [text.text for text in root.iter("text")]
    assert {SMALL, SPARE, CONTEXT, "term 0"} <= {str(word).rsplit(", ", 1)[0] for word in words}


def test_small_terms_are_one_part_and_keep_their_words() -> None:
    crumbs = {"weights": 10 * GIB} | {f"crumb {n}": MIB for n in range(4)}
    figure = budget_bars([Bar("b", crumbs, 10 * GIB + 4 * MIB)], [])
    assert set(widths(figure)) == {"weights", SMALL}
    assert all(f"crumb {n} 1 MiB" in figure.alt for n in range(4))


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_curves_pass_through_their_peaks_and_measured_points(width: float) -> None:
    root = drawn(FIGURES["lengths"], width)
    lines = [path for path in root.iter("path") if path.attrib["class"] == "allocated k0"]
    points = [tuple(map(float, pair.split())) for pair in lines[0].attrib["d"][1:].split("L")]
    assert len(points) == len(CHECKPOINTED.peaks)
    (left, start), (right, end) = points[0], points[-1]
    straight = [start + (end - start) * (x - left) / (right - left) for x, _ in points]
    assert [y for _, y in points] == pytest.approx(straight, abs=0.2)
    rings = [one for one in root.iter("circle") if one.attrib["class"] == "measured"][:2]
    x0, x1 = (points[n][0] for n in (7, 15))  # 1,024 and 2,048 tokens
    assert [float(ring.attrib["cx"]) for ring in rings] == pytest.approx([x0, x1], abs=0.2)
    assert points[0][1] > points[-1][1]
    dashed = [path for path in root.iter("path") if path.attrib["class"] == "reserved k1"]
    assert len(dashed) == 1


def test_a_single_peak_is_a_point() -> None:
    [point] = [one for one in drawn(FIGURES["one length"]).iter("circle")]
    assert point.attrib["class"] == "only k0"


def test_the_text_alternative_holds_what_is_drawn() -> None:
    bars = FIGURES["two"].alt
    for name, size in TERMS.items():
        assert f"{name} {amount(size)}" in bars
    assert "activations kept 9.33 GiB" in bars
    assert "with CUDA's context 16.44 GiB" in bars
    assert "Tesla T4 offers 14.74 GiB." in bars
    lengths = FIGURES["lengths"].alt
    assert "at 128 tokens 5.30 GiB, reserved 5.73 GiB" in lengths
    assert "at 2,816 tokens" in lengths
    assert "Measured: at 256 tokens 7.30 GiB." in lengths
    assert "only one, allocated: at 512 tokens 1.00 GiB" in FIGURES["one length"].alt


@pytest.mark.parametrize(
    ("bytes_", "words"), [(GIB, "1.00 GiB"), (144 * MIB, "0.14 GiB"), (64 * MIB, "64 MiB"), (0, "0 MiB")]
)
def test_amounts_are_said_as_on_the_axis(bytes_: int, words: str) -> None:
    assert amount(bytes_) == words


def test_names_cannot_break_out() -> None:
    nasty = "</text><script>x</script>\u202e"
    figure = budget_bars([Bar(nasty, {nasty: GIB}, GIB)], [Limit(nasty, GIB)], title=nasty)
    text = inline(figure)
    assert "<script" not in text
    assert "\u202e" not in text
    read(text)


def test_a_figure_in_a_notebook_brings_a_style_that_stays_inside() -> None:
    one, two = inline(FIGURES["one"]), inline(FIGURES["two"])
    root = read(one)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    style = next(element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}style"))
    selectors = re.findall(r"^([^@{}\n][^{}]*) \{", style, re.MULTILINE)
    assert len(selectors) > 40
    assert all(part.startswith(f".{SCOPE}") for selector in selectors for part in selector.split(", "))
    assert "var(" not in style
    assert "prefers-color-scheme: dark" in style
    ids = [set(re.findall(r' id="([^"]+)"', text)) for text in (one, two)]
    assert not ids[0] & ids[1]
    used = set(re.findall(r"url\(#([^)]+)\)", one)) | set(re.findall(r'aria-\w+="([^"]+)"', one))
    assert used <= ids[0]
    classes = {name for listed in re.findall(r' class="([^"]+)"', one + two) for name in listed.split()}
    unknown = {name for name in classes if f".{name}" not in style}
    assert unknown <= {"ground"}


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_figure_can_be_read(width: float, dark: bool, browser: Chromium, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    ground = "rgb(20, 22, 26)" if dark else "rgb(253, 253, 251)"
    figures = "".join(f"<div>{inline(figure, width)}</div>" for figure in FIGURES.values())
    page.write_text(f"<meta charset='utf-8'><body style='background: {ground}'>{figures}", encoding="utf-8")
    browser.open(page, width=int(width) + 60, dark=dark)
    assert browser.complaints() == []
    assert browser.value(OVERLAPS) == []
    assert browser.value(CONTRASTS) == {}
    fill = "getComputedStyle(document.querySelector('.sheet')).fill"
    assert browser.value(fill) == ground
    features = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.call("Emulation.setEmulatedMedia", media="print", features=features)
    assert browser.value(fill) == "rgb(253, 253, 251)"
