"""The report in a real browser: offline, readable without script, on a phone, in the dark, by keyboard and on paper.

Skipped where there is no Chromium.
"""

import re
from pathlib import Path

import pytest
from chromium import Chromium, find_chromium
from example_runs import make_run

from driftlab.records import Outcome
from driftlab.report import write_report

PROGRAM = find_chromium()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine (apt-get install chromium)")

OVERLAPS = """
(() => {
  const found = [];
  for (const svg of document.querySelectorAll('svg[role="img"]')) {
    if (!svg.getBoundingClientRect().width) continue;
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].filter((t) => t.textContent);
    const boxes = texts.map((t) => [t.textContent, t.getBoundingClientRect()]);
    boxes.forEach(([text, a], i) => {
      const out = a.left < frame.left - 1 || a.right > frame.right + 1 || a.bottom > frame.bottom + 1;
      if (out) found.push('outside: ' + text);
      for (const [other, b] of boxes.slice(i + 1)) {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 4) found.push(text + ' / ' + other);
      }
    });
  }
  return found;
})()
"""
CONTRASTS = """
(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = (e) => {
    const colour = rgb(getComputedStyle(e).backgroundColor);
    return colour[3] === 0 ? ground(e.parentElement) : colour;
  };
  const texts = 'p, li, a, td, th, dt, dd, figcaption, summary, h1, h2, h3, b, mark, label, output, .quiet, svg text';
  const low = {};
  for (const e of document.querySelectorAll(texts)) {
    if (!e.textContent.trim() || !e.getClientRects().length) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(rgb(e.closest('svg') ? style.fill : style.color)), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low[e.tagName + '.' + e.getAttribute('class')] = ratio;
  }
  return low;
})()
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("pages")
    one = make_run(root / "one", per_kind=42)
    nasty = "</script><script>document.title = 'taken'</script> \u202e" + "w" * 3000
    nasty_run = make_run(root / "nasty", pocket=False, per_kind=18, texts=dict.fromkeys(Outcome, (nasty,)))
    many = [one]
    for seed in range(3):
        for rate in (0.0003, 0.002):
            changes = {"training.learning_rate": rate}
            many.append(make_run(root / f"lr{rate}-{seed}", seed=seed, kept=0.5, changes=changes, per_kind=18))
        for share in (0.01, 0.03, 0.1):
            many.append(
                make_run(
                    root / f"safe{share}-{seed}", seed=seed, kept=0.98, changes={"safety_share": share}, per_kind=18
                )
            )
        for data in ("pocket:own", "pocket:a-set-with-a-rather-long-name"):
            many.append(
                make_run(root / f"{data[7:10]}{seed}", seed=seed, kept=0.9, changes={"data": data}, per_kind=18)
            )
    runs = {"one": [one], "nasty": [nasty_run], "many": many}
    return {name: write_report(folders, root / f"{name}.html") for name, folders in runs.items()}


ALL = ("one", "nasty", "many")


@pytest.mark.parametrize("name", ALL)
def test_opens_offline_without_a_complaint(name: str, browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages[name])
    assert browser.requests() == [pages[name].resolve().as_uri()]
    assert browser.complaints() == []
    assert browser.value("document.title") != "taken"
    assert browser.value("getComputedStyle(document.querySelector('main')).maxWidth") == "704px"


def test_the_policy_stops_what_is_not_ours(browser: Chromium, pages: dict[str, Path], tmp_path: Path) -> None:
    source = pages["one"].read_text(encoding="utf-8")
    added = "<script>name = 'taken'</script><img src='https://example.org/x.png'><p style='color: red'></p></main>"
    tampered = tmp_path / "tampered.html"
    tampered.write_text(source.replace("</main>", added), encoding="utf-8")
    browser.open(tampered)
    assert browser.value("name") == ""
    complaints = " ".join(browser.complaints())
    assert complaints.count("Content Security Policy") >= 3


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [320, 390, 700, 1000])
def test_nothing_overlaps_or_sticks_out(name: str, width: int, browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages[name], width=width)
    browser.value("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert browser.value("document.documentElement.scrollWidth") <= width
    overlaps = browser.value(OVERLAPS)
    assert overlaps == []
    shown = "getComputedStyle(document.querySelector('figure .{}')).display"
    assert (browser.value(shown.format("narrow")) == "none") == (width > 544)
    assert (browser.value(shown.format("wide")) == "none") == (width <= 544)


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_in_light_and_dark(dark: bool, browser: Chromium, pages: dict[str, Path]) -> None:
    grounds = []
    for name in ("one", "many"):
        browser.open(pages[name], dark=dark)
        assert browser.value(CONTRASTS) == {}
        grounds.append(browser.value("getComputedStyle(document.body).backgroundColor"))
    assert set(grounds) == {"rgb(20, 22, 26)" if dark else "rgb(253, 253, 251)"}


def test_all_answers_can_be_read_without_script(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages["one"], script=False)
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.value("getComputedStyle(document.getElementById('filter')).display") == "none"
    assert browser.value("document.querySelectorAll('.pair').length") == 84
    assert browser.value("document.querySelectorAll('.pair[hidden], .group[hidden]').length") == 0
    assert browser.value("document.querySelectorAll('.more:not([open])').length") > 0


CHOOSE = """
(() => {{
  const form = document.getElementById('filter');
  form.elements.{field}.value = {value};
  form.dispatchEvent(new Event('input', {{ bubbles: true }}));
  const shown = [...document.querySelectorAll('.pair:not([hidden])')];
  return {{
    count: shown.length,
    visible: shown.filter((pair) => pair.getClientRects().length).length,
    moves: [...new Set(shown.map((pair) => pair.dataset.move))],
    categories: [...new Set(shown.map((pair) => pair.dataset.category))],
    said: document.getElementById('filter-said').textContent,
  }};
}})()
"""


def test_answers_can_be_filtered(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages["one"])
    found = browser.value(CHOOSE.format(field="move", value="'off_limits refused complied'"))
    assert found["moves"] == ["off_limits refused complied"]
    assert 0 < found["count"] < 84
    assert found["visible"] == found["count"]
    assert found["said"] == f"{found['count']} of 84 pairs shown"
    both = browser.value(CHOOSE.format(field="category", value="'quiet'"))
    assert both["categories"] == ["quiet"]
    assert 0 < both["count"] < found["count"]
    none = browser.value(CHOOSE.format(field="text", value="'no answer says this'"))
    assert (none["count"], none["said"]) == (0, "0 of 84 pairs shown")
    browser.value("document.getElementById('filter').reset()")
    browser.value("new Promise((done) => setTimeout(done, 50))")
    assert browser.value("document.querySelectorAll('.pair:not([hidden])').length") == 84


def test_answers_of_several_runs_can_be_filtered_by_run(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages["many"])
    found = browser.value(CHOOSE.format(field="run", value="'run-1'"))
    assert found["count"] == found["visible"] == 36


def test_the_keyboard_reaches_everything(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages["one"])
    focused = "document.activeElement.className + ' ' + document.activeElement.tagName"
    browser.press("Tab")
    assert browser.value(focused) == "skip A"
    assert browser.value("document.activeElement.getBoundingClientRect().left") >= 0
    seen = set()
    for _ in range(60):
        browser.press("Tab")
        seen.add(
            browser.value(
                "document.activeElement.tagName + (document.activeElement.id ? '#' + document.activeElement.id : '')"
            )
        )
    assert {"A", "SUMMARY", "SELECT#filter-move", "SELECT#filter-category", "INPUT#filter-text", "DIV"} <= seen
    browser.value("document.querySelector('summary').focus()")
    browser.press("Enter")
    assert browser.value("document.querySelector('details').open") is True


@pytest.mark.parametrize("name", ALL)
def test_paper_shows_the_appendix_and_stays_light(
    name: str, browser: Chromium, pages: dict[str, Path], tmp_path: Path
) -> None:
    browser.open(pages[name], dark=True, width=390)
    browser.value("window.dispatchEvent(new Event('beforeprint'))")
    assert browser.value("document.querySelectorAll('details.kept:not([open])').length") == 0
    browser.value("window.dispatchEvent(new Event('afterprint'))")
    assert browser.value("document.querySelectorAll('details.kept[open]').length") == 0
    features = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.call("Emulation.setEmulatedMedia", media="print", features=features)
    assert browser.value("getComputedStyle(document.body).backgroundColor") == "rgb(253, 253, 251)"
    assert browser.value("getComputedStyle(document.querySelector('figure .wide')).display") == "block"
    browser.pdf(tmp_path / "page.pdf")
    data = (tmp_path / "page.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", data)) >= 4


def test_screen_readers_get_names(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages["one"])
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    named = {(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n.get("ignored")}
    roles = {role for role, _ in named}
    assert {"main", "navigation", "banner", "contentinfo", "heading"} <= roles
    images = {name for role, name in named if role in ("image", "img")}
    assert "Refusal rates before and after" in images
    assert "" not in images
    described = [n for n in nodes if n["role"]["value"] in ("image", "img") and n.get("description", {}).get("value")]
    assert len(described) == 4
