"""The decks: what each must have, whose its numbers are, and how the built pages look, measured in a browser.

Node is needed for none of it but the last part, which skips where `./lab python -m slides.build` never ran.
"""

import json
import re
import shutil
from html import escape
from pathlib import Path
from typing import Any

import axe
import pytest
from chromium import Chromium, find_chromium
from test_docs import commands_in, parse

from driftlab.cited import How, cite
from driftlab.errors import InstallError, RunError
from driftlab.options import Asked, configure
from slides import build, known, marp
from slides.draw import CHARTS

HERE = build.HERE
SOURCES = {path.name.removesuffix(".md.j2"): path.read_text(encoding="utf-8") for path in build.SOURCES.iterdir()}
DECKS = sorted(SOURCES)
KINDS = ("Recorded", "Simulated", "From the paper", "As cited", "Drawing", "Computed", "By arithmetic", "Measured")
"""How a line under a figure or a number begins."""
NOTE = re.compile(r"<!--(?! _class)(.*?)-->", re.DOTALL)
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def slides_of(text: str) -> list[str]:
    """The slides of a deck, or of its source, without what stands at its top."""
    body = re.split(r"^---\n", text, maxsplit=2, flags=re.MULTILINE)[2]
    return [part.strip() for part in re.split(r"^---$", body, flags=re.MULTILINE)]


def deck(name: str) -> list[str]:
    return slides_of((HERE / f"{name}.md").read_text(encoding="utf-8"))


def shown(slide: str) -> str:
    """What the room sees."""
    return re.sub(r"<!--.*?-->", "", slide, flags=re.DOTALL).strip()


# --- what a deck must have ---


def test_the_decks_are_what_their_sources_say() -> None:
    made = build.filled()
    there = {path.name for path in HERE.glob("*.md")} - {"README.md"}
    there |= {f"figures/{path.name}" for path in (HERE / "figures").iterdir()}
    assert there == set(made)
    for name, text in made.items():
        assert (HERE / name).read_text(encoding="utf-8") == text, f"{name}: run `python -m slides.build --markdown`"


def test_every_lab_that_is_here_and_the_opening_may_have_a_deck() -> None:
    assert {"opening", *(path.stem for path in (known.ROOT / "solutions").glob("lab[1234]_*.py"))} <= set(DECKS)


@pytest.mark.parametrize("name", DECKS)
def test_a_deck_has_its_parts(name: str) -> None:
    slides = deck(name)
    assert slides[0].startswith("<!-- _class: title -->\n\n# ")
    assert re.match(r"## After this \w+ you can\n\n(- .+\n?){3,6}", slides[1])
    questions = [slide for slide in slides if "_class: question" in slide]
    assert len(questions) >= 2
    assert all(shown(slide).startswith("**Question**\n\n## ") for slide in questions)
    assert shown(slides[-1]).startswith("## To take home")
    for slide in slides:
        assert len(re.findall(r"^##? .", shown(slide), re.MULTILINE)) == 1, f"one idea a slide: {shown(slide)[:60]}"


@pytest.mark.parametrize("name", DECKS)
def test_every_slide_has_notes(name: str) -> None:
    for slide in deck(name):
        notes = NOTE.findall(slide)
        assert len(notes) == 1, shown(slide)[:60]
        assert len(notes[0].split()) >= 15, f"too short to help: {notes[0]}"


@pytest.mark.parametrize("name", DECKS)
def test_every_figure_has_words_and_a_line_that_says_whence_it_is(name: str) -> None:
    for slide in deck(name):
        for alt, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", slide):
            assert len(alt.split()) >= 8
            assert (HERE / path).is_file()
            below = slide.partition(f"({path})\n\n> ")[2]
            assert below.startswith(KINDS), f"{path} has no line under it that begins as one of {KINDS}"
    assert "<img" not in (HERE / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DECKS)
def test_a_deck_has_one_live_demo_on_the_pocket_model(name: str) -> None:
    demos = [slide for slide in deck(name) if shown(slide).startswith("## Live demo")]
    assert len(demos) == 1
    models = []
    for found in commands_in(name, demos[0]):
        assert found.words[0] == "driftlab"
        options = parse(found.words[1:])
        models += configure(Asked(**{key: options[key] for key in Asked.__dataclass_fields__ if key in options}))[:1]
    assert models
    assert any(config.model == "pocket" for config in models)
    assert "If it fails" in demos[0] or "If the demo" in demos[0] or "Seconds each" in demos[0]


@pytest.mark.parametrize("name", DECKS)
def test_letters_are_in_the_fonts(name: str) -> None:
    """The decks' fonts hold Latin; anything else, emoji among it, would come from the machine that shows the deck."""
    text = (HERE / f"{name}.md").read_text(encoding="utf-8")
    figures = [(HERE / path).read_text(encoding="utf-8") for path in re.findall(r"\(([^)]+\.svg)\)", text)]
    odd = set(re.findall(r"[^\n\u0020-\u007e\u00a1-\u00ff\u2010-\u2026\u2212]", text + "".join(figures)))
    assert not odd


# --- whose its numbers are ---

MEANT = (
    r"\b(?:16|32) bits\b",  # names of formats
)
"""Numbers that may be typed: they are names."""
NUMBER = re.compile(r"(?<![\w.\-])\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?(?:\s?%)?(?![\w])")


def typed_numbers(source: str) -> list[str]:
    """Numbers in a source that nothing fills in, other than whole ones below ten."""
    text = re.sub(r"\A(\{%.*?%\}\n)*---\n.*?^---$", "", source, flags=re.DOTALL | re.MULTILINE)
    text = FENCE.sub("", re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", text, flags=re.DOTALL))
    for pattern in (*MEANT, r"`[^`\n]*`"):
        text = re.sub(pattern, "", text)
    return [found for found in NUMBER.findall(text) if not re.fullmatch(r"\d", found)]


@pytest.mark.parametrize("name", DECKS)
def test_no_number_is_typed_by_hand(name: str) -> None:
    assert typed_numbers(SOURCES[name]) == []


def test_every_kind_of_cited_number_would_be_noticed() -> None:
    for key, value in (("qi2023.alpaca", "after"), ("llama2_7b.adapter", "value"), ("published_run.length", "cut")):
        number = cite(key).value(value)
        for words in (f"{number}", f"{number:,}", f"{number} %", f"from {number} to", f"**{number}%**", f"({number})"):
            assert typed_numbers(f"---\nmarp: true\n---\n\n# A\n\n{words}\n\n<!-- a note -->") != [], words
            assert typed_numbers(f"---\nmarp: true\n---\n\n# A\n\n<!-- {words} -->") != [], words
    assert typed_numbers("---\nsize: 99.5\n---\n# A\n\n3 of 4 bits, `--rank 32`, {{ cited('a', '16.1') }}, fp16") == []


@pytest.mark.parametrize("name", DECKS)
def test_a_cited_number_has_its_source_on_its_slide(name: str) -> None:
    for slide in slides_of(re.sub(r"\A(\{%.*?%\}\n)*", "", SOURCES[name])):
        seen = FENCE.sub("", shown(slide))
        used = re.findall(r'(?:cited|value|crossed)\("([\w.]+)"', seen)
        named = [key for call in re.findall(r"source\(([^)]*)\)", seen) for key in re.findall(r'"([\w.]+)"', call)]
        places = {(cite(key).source, cite(key).how) for key in named}
        assert {(cite(key).source, cite(key).how) for key in used} <= places, seen[:80]


def test_an_unchecked_number_says_so() -> None:
    assert cite("lyu2024.template").how is How.SECONDARY
    assert known.source("lyu2024.template").startswith("As cited in a secondary copy, unchecked: Lyu et al. 2024")
    assert known.source("qi2023.alpaca", "qi2023.dolly") == "From the paper: Qi et al. 2023, arXiv 2310.03693, Table 3."
    assert known.cited("qi2023.alpaca", "after") == "16.1%"
    assert known.cited("llama2_7b.adapter") == "79,953,920"


def test_what_is_not_known_is_an_error() -> None:
    with pytest.raises(KeyError):
        known.cited("qi2023.nothing")
    with pytest.raises(KeyError):
        known.pocket("no such setting")
    with pytest.raises(LookupError):
        known.lab_alt("lab1", "nothing")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("{{ cited('qi2023.nothing') }}", "qi2023.nothing"),
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{{ lab_figure('lab1', 'no', 'x') }}", "lab1 shows no figure 'no'"),
        ("one\n{% for %}", "line 2"),
    ],
)
def test_a_source_that_asks_for_what_there_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], asked: str, said: str
) -> None:
    (tmp_path / "a.md.j2").write_text("right", encoding="utf-8")
    (tmp_path / "b.md.j2").write_text(asked, encoding="utf-8")
    monkeypatch.setattr(build, "SOURCES", tmp_path)
    assert build.main(["--markdown"]) == 2
    shown = capsys.readouterr().err
    assert "b.md.j2" in shown
    assert said in shown
    assert not (HERE / "a.md").exists()


def test_charts_show_what_was_recorded() -> None:
    page = (known.RECORDED / "pocket" / "README.md").read_text(encoding="utf-8")
    for setting, mean, span in re.findall(r"^\| (.+?) \| \d+ \| [\d.]+% \| ([\d.]+%) \((.+?)\) \|", page, re.MULTILINE):
        found = known.pocket(setting)
        assert (found.after, found.span) == (mean, span)
    recipe = known.pocket("recipe")
    for name in ("sets", "targets", "ranks", "rates"):
        made = CHARTS[name]()
        assert recipe.after in made.svg
        assert f"{recipe.after}, from {recipe.span}" in made.alt


def test_charts_show_what_was_simulated_and_cited() -> None:
    page = (known.ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    rows = re.findall(r"in families, (.+?) \| ([\d.]+) \| ([\d.]+) \(bootstrap of pairs\)", page)
    for size, ours, usual in rows:
        found = re.search(rf"{size}: ([\d.]+)%, ([\d.]+)%", CHARTS["families"]().alt)
        assert [f"{float(share) / 100:.2f}" for share in found.groups()] == [usual, ours]
    assert len(rows) == 4
    for name, keys in (("lists", ("humans", "garak")), ("models", ("by_model",))):
        made = CHARTS[name]()
        for kappa in [cite(f"judge.xstest.{key}").values for key in keys]:
            shown_ones = [kappa["full"]] if "full" in kappa else list(kappa.values())
            assert all(f">{one:.2f}<" in made.svg and f" {one:.2f}" in made.alt for one in shown_ones)


# --- the build ---


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """What an installed Marp looks like, with fonts that are none."""
    folder = tmp_path / "tools"
    for package, styles in marp.FONTS.values():
        files = folder / "node_modules" / "@fontsource" / package / "files"
        files.mkdir(parents=True)
        for style in styles:
            (files / f"{package}-latin-{style}.woff2").write_bytes(b"font")
    shutil.copy(HERE / "package-lock.json", folder / "installed.json")
    (folder / "node_modules" / ".bin").mkdir()
    return folder


def pretend(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


HALF = (
    'case "$*" in *--pdf*) echo "no browser" >&2; exit 1;; *) for f in *.md; do echo x > "${f%.md}.html"; done;; esac'
)


@pytest.mark.parametrize(
    ("script", "said"), [(HALF, "no browser"), ("exit 0", "Marp left out opening.html"), ("exit 7", "Marp made no")]
)
def test_a_build_that_fails_leaves_what_was_there(tools: Path, script: str, said: str) -> None:
    out = tools.parent / "out"
    out.mkdir()
    (out / "opening.html").write_text("old", encoding="utf-8")
    pretend(tools / "node_modules" / ".bin" / "marp", script)
    with pytest.raises(RunError, match=said):
        marp.render([HERE / "opening.md"], out, tools)
    assert [path.name for path in out.iterdir()] == ["opening.html"]
    assert (out / "opening.html").read_text(encoding="utf-8") == "old"


def test_a_build_puts_theme_fonts_and_figures_inside(tools: Path) -> None:
    pretend(tools / "node_modules" / ".bin" / "marp", "cat theme.css opening.md > opening.html")
    (made,) = marp.render([HERE / "opening.md"], tools.parent / "out", tools, pdf=False)
    text = made.read_text(encoding="utf-8")
    assert text.count("data:font/woff2;base64,Zm9udA==") == 5
    assert text.count("<figure><svg") == len(re.findall(r"!\[", "".join(deck("opening"))))
    assert "](figures/" not in text


def test_without_node_the_markdown_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(build, "TOOLS", tmp_path / "tools")
    assert build.main(["--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "npm is not on this machine" in said
    assert "slides/opening.md" in said


def test_an_install_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(tmp_path / "npm", "mkdir -p node_modules; echo no network >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(InstallError, match="no network"):
        marp.installed(tmp_path / "tools")
    pretend(tmp_path / "npm", "exit 0")
    marp.installed(tmp_path / "tools")
    pretend(tmp_path / "npm", "exit 1")
    marp.installed(tmp_path / "tools")  # the same versions are not fetched twice


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    with pytest.raises(RunError, match="--out"):
        marp.render([HERE / "opening.md"], tmp_path / "out", tmp_path / "tools")


def test_versions_are_exact_and_no_address_is_kept() -> None:
    asked = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    locked = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in asked.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert locked[f"node_modules/{name}"]["version"] == version
    for name, package in locked.items():
        assert "resolved" not in package
        assert not name or package["integrity"].startswith("sha512-")


def test_words_of_figures_are_enlarged() -> None:
    for path in sorted((known.ROOT / "solutions" / "figures").rglob("*.svg")):
        made = marp.enlarged(path.read_text(encoding="utf-8"), 'what "it" shows & <more>')
        width, viewed = (float(re.search(rf'{name}="(?:0 0 )?([\d.]+)', made)[1]) for name in ("width", "viewBox"))
        sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', made)]
        assert min(sizes) * width / viewed >= marp.SMALLEST - 0.1
        assert escape('what "it" shows & <more>') in made
        assert made.count("<svg") == 1


# --- the built pages ---

PROGRAM = find_chromium()
BUILT = shutil.which("node") and (build.TOOLS / "installed.json").exists()
needs_marp = pytest.mark.skipif(
    not BUILT or PROGRAM is None, reason="no Node, Chromium or Marp here (`./lab python -m slides.build` fetches Marp)"
)

FAULTS = (Path(__file__).parent / "slide_faults.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    out = tmp_path_factory.mktemp("decks")
    return marp.render([HERE / f"{name}.md" for name in DECKS], out, build.TOOLS, pdf=False)


def faults(browser: Chromium) -> dict[int, Any]:
    """What is wrong on each slide of the open page."""
    found = browser.value(FAULTS)
    return {int(number): said for number, said in found.items() if said}


@needs_marp
def test_nothing_overflows_overlaps_or_is_hard_to_read(pages: list[Path], browser: Chromium) -> None:
    for page in pages:
        browser.open(page, width=1280, height=720)
        assert faults(browser) == {}, page.name
        outside = [url for url in browser.requests() if not url.startswith(("data:", "file:"))]
        assert outside == []
        assert browser.complaints() == []
        assert browser.value("document.documentElement.lang") == "en-GB"
        assert browser.value("document.title").startswith("driftlab")
        assert browser.value("document.querySelectorAll('section[id]').length") == len(deck(page.stem))


@needs_marp
def test_no_slide_keeps_anybody_out(pages: list[Path], browser: Chromium) -> None:
    """On paper, where all slides are seen at once. The frame without landmarks is Marp's, and is told as moderate."""
    for page in pages:
        browser.open(page, width=1280, height=720)
        browser.call("Emulation.setEmulatedMedia", media="print")
        found = axe.faults(browser)
        assert {fault.rule for fault in found if fault.impact not in axe.GRAVE} <= {"landmark-one-main", "region"}
        assert [fault for fault in found if fault.impact in axe.GRAVE] == [], page.name


BAD = {
    "too much on a slide": ("<ul>" + "<li>one of many</li>" * 20 + "</ul>", "below"),
    "a small word": ('<p><span style="font-size:18px">small</span></p>', "px"),
    "a pale word": ('<p style="color:#aaaaaa">pale</p>', "contrast"),
    "a line that does not break": ('<p style="white-space:nowrap">' + "word " * 60 + "</p>", "beside"),
    "words on words": ('<p style="height:4px">one</p><p>two</p>', "meets"),
    "a figure's words leave their box": (
        '<svg width="1000" height="100" viewBox="0 0 1000 100"><rect x="100" y="0" width="60" height="90" fill="#eee"/>'
        '<text x="130" y="50" font-size="24" text-anchor="middle">leaves its box</text></svg>',
        "box",
    ),
}


@needs_marp
def test_poor_slides_are_noticed(pages: list[Path], browser: Chromium, tmp_path: Path) -> None:
    """Each case is put under the heading of a slide of its own; the slides after them stay clean."""
    first, *others = pages[0].read_text(encoding="utf-8").split("</h2>")
    added = [*(words for words, _ in BAD.values()), *[""] * len(others)]
    poor = tmp_path / "poor.html"
    poor.write_text(first + "".join(f"</h2>{a}{b}" for a, b in zip(added, others, strict=False)), encoding="utf-8")
    browser.open(poor, width=1280, height=720)
    found = faults(browser)
    assert list(found) == list(range(2, 2 + len(BAD)))
    for number, (case, (_, said)) in enumerate(BAD.items(), 2):
        assert any(said in each for each in found[number]), f"{case}: {found[number]}"
