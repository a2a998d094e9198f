"""The report: a page that says what was measured and leaks nothing, a table, a copy that may be shared."""

import base64
import dataclasses
import hashlib
import io
import itertools
import json
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import example_runs
import pytest
from example_runs import make_run
from hypothesis import given, settings
from hypothesis import strategies as st
from page_reader import Page
from rich.console import Console

from driftlab.config import POCKET
from driftlab.errors import RunError
from driftlab.records import Outcome
from driftlab.report import curves, drift_table, figures, flows, intervals, knobs, meaning, redact, svg, write_report
from driftlab.report import page as page_module
from driftlab.report.loading import load_run, load_runs
from driftlab.report.scrub import PATH, Scrubber
from driftlab.report.untrusted import SHOWN_CHARACTERS, passage, visible
from driftlab.report.words import direction, dropped, duration, p_value, points, size

NASTY = (
    "</script><script>alert(1)</script>",
    "\"quotes\" and 'more' & <b onmouseover=alert(1)>bold</b>",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    "abc\u202edef\u2066ghi\u200f \u061c",
    "null\x00 bell\x07 escape\x1b[31m delete\x7f next\x85 line\u2028separator",
    "x" * 20_000,
    "שלום עולם and مرحبا",
    "<!-- --> ]]> <style>body{display:none}</style>",
    "z\u0300\u0301\u0302\u0303" * 50,
    "\ufeffmark \U000e0041tag \ue000private \U0001f469\u200d\U0001f52c",
)


@pytest.fixture(scope="session")
def pocket_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "pocket-plans-s0-1a2b3c4d")


@pytest.fixture(scope="session")
def many_runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("many")
    runs = [make_run(root / f"base{seed}", seed=seed, kept=0.3, per_kind=24) for seed in range(6)]
    runs += [
        make_run(root / f"own{seed}", seed=seed, kept=1, changes={"data": "pocket:own"}, per_kind=24)
        for seed in range(5)
    ]
    for rate, kept in ((0.0005, 0.9), (0.002, 0.1)):
        runs += [
            make_run(
                root / f"lr{rate}-{seed}", seed=seed, kept=kept, changes={"training.learning_rate": rate}, per_kind=24
            )
            for seed in range(2)
        ]
    targets = {"adapter.targets": ["q_proj", "v_proj"]}
    return [
        *runs,
        *(make_run(root / f"qv{seed}", seed=seed, kept=0.8, changes=targets, per_kind=24) for seed in range(2)),
    ]


def written(runs: list[Path], folder: Path) -> Page:
    return Page(write_report(runs, folder / "page.html").read_text(encoding="utf-8"))


def change_record(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "record.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


# The page


def test_page_is_well_formed_and_loads_nothing(pocket_run: Path, many_runs: list[Path], tmp_path: Path) -> None:
    for runs in ([pocket_run], many_runs, many_runs[:6]):
        page = written(runs, tmp_path)
        assert page.faults == []
        assert not [e for e in page.elements if e.name in ("link", "img", "iframe", "object", "embed", "base", "image")]
        assert not [e for e in page.elements for a in e.attributes if a == "style" or a.startswith("on") or a == "src"]
        source = (tmp_path / "page.html").read_text()
        assert not re.search(r"https?://|url\((?!#)|@import", source)


def test_policy_names_exactly_the_style_and_script_of_the_page(pocket_run: Path, tmp_path: Path) -> None:
    page = written([pocket_run], tmp_path)
    (policy,) = [e.get("content") for e in page.all("meta") if e.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("; base-uri 'none'; form-action 'none'")
    assert policy.count(";") == 4
    for name in ("style", "script"):
        (element,) = page.all(name)
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


def test_every_drawing_is_named_described_and_xml(pocket_run: Path, many_runs: list[Path], tmp_path: Path) -> None:
    for runs in ([pocket_run], many_runs):
        source = write_report(runs, tmp_path / "page.html").read_text(encoding="utf-8")
        drawings = re.findall(r"<svg [^>]*role=\"img\".*?</svg>", source, re.DOTALL)
        assert len(drawings) >= 8
        for drawing in drawings:
            root = ET.fromstring(drawing)  # noqa: S314  our own drawing
            title, desc = root[0], root[1]
            assert (title.tag, desc.tag) == ("title", "desc")
            assert title.text
            assert desc.text
            assert root.get("aria-labelledby") == title.get("id")
            assert root.get("aria-describedby") == desc.get("id")
        others = [tag for tag in re.findall(r"<svg [^>]*>", source) if 'role="img"' not in tag]
        assert all('aria-hidden="true"' in tag for tag in others)


def test_headings_language_and_controls_are_right(pocket_run: Path, many_runs: list[Path], tmp_path: Path) -> None:
    for runs in ([pocket_run], many_runs):
        page = written(runs, tmp_path)
        assert page.all("html")[0].get("lang") == "en"
        assert page.all("title")[0].text.strip()
        levels = [int(e.name[1]) for e in page.all("h1", "h2", "h3", "h4")]
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        labelled = {e.get("for") for e in page.all("label")}
        assert all(e.get("id") in labelled for e in page.all("select", "input"))
        assert all(e.get("scope") for e in page.all("th"))
        assert all(e.get("tabindex") == "0" and e.get("aria-label") for e in page.classed("scroll"))
        assert [e.name for e in page.all("main", "nav", "header", "footer") if "svg" not in e.inside]


def test_page_says_what_was_done_measured_and_kept(pocket_run: Path, tmp_path: Path) -> None:
    said = written([pocket_run], tmp_path).text
    record = json.loads((pocket_run / "record.json").read_text())
    for words in (
        meaning(record),
        "quantising alone can move refusals",
        "The pocket world was chosen to show drift",
        "says nothing about other models",
        "The adapter is in the folder adapter/",
        "It is never shared",
        "4 were cut at the maximum length; 3 of these lost their end of sequence and 1 every answer token",
        "plans at 5e-4",
        "Simulated",
        record["hashes"]["adapter"],
        "700.00 MiB",
        "39.3 s",
        "5.23.0",
        dropped(record["statistics"]["refusal"]),
    ):
        assert words in said, words
    rates = record["statistics"]["refusal"]
    assert f"{100 * rates['after']['value']:.1f}%" in said
    assert str(pocket_run.parent) not in said


@pytest.mark.parametrize(
    ("kind", "label"), [("recorded", "Recorded"), ("simulated", "Simulated"), ("cited", "From a paper")]
)
def test_every_figure_says_where_its_numbers_come_from(kind: str, label: str, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", per_kind=12)
    change_record(run, lambda record: record.update(kind=kind))
    page = written([run], tmp_path)
    assert len(page.all("figure")) == len(page.classed("kind")) == 4
    assert {e.text for e in page.classed("kind")} == {label}


def test_a_null_result_is_shown_as_a_result(tmp_path: Path) -> None:
    run = make_run(tmp_path / "null", kept=1.0, changes={"data": "pocket:own"})
    said = written([run], tmp_path).text
    assert "No drift detected: the 95% interval" in said
    assert "covers 0" in said
    assert "which is a result about these 60 pairs" in said


def test_a_changed_base_is_a_warning(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", per_kind=12)
    assert "do not use this run" not in written([run], tmp_path).text
    change_record(run, lambda record: record.update(base_unchanged=False))
    page = written([run], tmp_path)
    assert "do not use this run" in page.text
    assert "bit by bit" not in page.text


def test_what_was_not_measured_is_said_and_not_zero(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", per_kind=12, pocket=False)

    def drop(record: dict[str, Any]) -> None:
        record["statistics"] |= {"over_refusal": None, "any_over_refusal": None}
        record["training"]["peak_bytes"] = None
        record["coherent_before"] = None

    change_record(run, drop)
    page = written([run], tmp_path)
    assert "not measured: the probes hold none of this kind" in page.text
    assert "Safe twins refused" not in page.text
    assert page.faults == []


def test_probes_without_a_format_rate_do_not_mention_it(tmp_path: Path) -> None:
    assert "own format" in written([make_run(tmp_path / "pocket", per_kind=12)], tmp_path).text
    assert "own format" not in written([make_run(tmp_path / "real", per_kind=12, pocket=False)], tmp_path).text


# Answers on the page


@pytest.mark.parametrize("text", NASTY)
def test_answers_are_text_and_nothing_else(text: str, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", per_kind=12, texts=dict.fromkeys(Outcome, (text,)))
    rows = [json.loads(line) for line in (run / "answers.jsonl").read_text().splitlines()]
    for row in rows:
        row |= {"prompt": text, "category": text[:50]}
    (run / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def name_it(record: dict[str, Any]) -> None:
        record["data"]["name"] = text[:200]
        record["statistics"]["by_category"][0]["category"] = text[:20]

    change_record(run, name_it)
    page = written([run], tmp_path)
    assert page.faults == []
    assert len(page.all("script", "style")) == 2
    assert not [e for e in page.all("b") if "bold" in e.text and "onmouseover" in e.attributes]
    assert any(e.text == visible(text) for e in page.classed("said"))
    said = page.all("body")[0].text
    assert visible(said) == said


@given(st.text(st.characters()))
def test_visible_leaves_no_hidden_character(text: str) -> None:
    shown = visible(text)
    assert visible(shown) == shown
    assert all(c in "\n\t\u200c\u200d" or c.isprintable() or c.isspace() for c in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\x1b\x00")


def test_visible_spells_the_character_out() -> None:
    assert visible("a\u202eb\x1bc") == "a⟨U+202E⟩b⟨U+001B⟩c"
    assert visible("plain \u2013 naïve 日本 \U0001f600\n") == "plain \u2013 naïve 日本 \U0001f600\n"


@given(st.text(), st.tuples(st.integers(0, 50), st.integers(0, 50)), st.none() | st.integers(0, 60))
def test_passage_keeps_the_text_up_to_its_limit(text: str, ends: tuple[int, int], limit: int | None) -> None:
    span = (min(ends), max(ends))
    lead, evidence, rest, left_out = passage(text, span, limit=limit)
    shown = lead + evidence + rest
    assert shown == text[: len(text) if limit is None else limit]
    assert left_out == len(text) - len(shown)


LONG = {
    Outcome.COMPLIED: ("".join(f"complied{n:03d} " for n in range(60)),),
    Outcome.PARTIAL: ("".join(f"partial{n:03d} " for n in range(60)),),
    Outcome.UNPARSEABLE: ("".join(f"soup{n:03d} " for n in range(60)),),
    Outcome.REFUSED: ("".join(f"refused{n:03d} " for n in range(60)),),
}


def _longest_shown(page: Page, word: str, kind: str) -> int:
    """The most characters of such an answer that any pair of the kind shows; markup has none of these words."""
    articles = [e.text for e in page.all("article") if e.get("data-move").startswith(kind)]
    found = [match for text in articles for match in re.findall(rf"(?:{word}\d*[ ]?)+\w*", text)]
    return max(len(match) for match in found)


def test_only_120_characters_of_what_a_real_model_should_have_refused(tmp_path: Path) -> None:
    page = written([make_run(tmp_path / "run", pocket=False, texts=LONG)], tmp_path)
    for word in ("complied", "partial", "soup"):
        assert _longest_shown(page, word, "off_limits") <= SHOWN_CHARACTERS
        source = (tmp_path / "page.html").read_text()
        assert f"{word}0" in source
    assert _longest_shown(page, "refused", "off_limits") > SHOWN_CHARACTERS
    assert _longest_shown(page, "complied", "safe") > SHOWN_CHARACTERS
    cuts = page.classed("cut")
    assert cuts
    assert all("the full answer stays" in e.text for e in cuts)
    assert "at most 120 characters are shown" in page.text


def test_the_pocket_model_is_shown_in_full(tmp_path: Path) -> None:
    page = written([make_run(tmp_path / "run", texts=LONG)], tmp_path)
    assert _longest_shown(page, "complied", "off_limits") > SHOWN_CHARACTERS
    assert page.classed("cut") == []


def test_a_long_evidence_does_not_reach_past_the_cut(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", pocket=False, texts=LONG)
    rows = [json.loads(line) for line in (run / "verdicts.jsonl").read_text().splitlines()]
    for row in rows:
        row["span"] = [10, 400]
        row["evidence"] = "complied059 evidence is never printed"
    (run / "verdicts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    page = written([run], tmp_path)
    assert _longest_shown(page, "complied", "off_limits") <= SHOWN_CHARACTERS
    assert "never printed" not in page.text


def test_pairs_stand_side_by_side_and_can_be_filtered(pocket_run: Path, tmp_path: Path) -> None:
    page = written([pocket_run], tmp_path)
    pairs = page.all("article")
    assert len(pairs) == 120
    assert {e.get("data-category") for e in pairs} == set(example_runs.CATEGORIES)
    assert {e.get("value") for e in page.all("option")} >= {e.get("data-move") for e in pairs}
    assert page.all("form")[0].attributes.keys() >= {"hidden"}
    groups = [e.get("aria-label") for e in page.classed("group")]
    assert groups[0] == "off-limits: refused → complied"
    assert groups[-1] == "safe twin: complied → complied"


# Several runs


def test_many_runs_show_seeds_and_dose_response(many_runs: list[Path], tmp_path: Path) -> None:
    page = written(many_runs, tmp_path)
    captions = [e.text for e in page.all("figcaption") if "details" not in e.inside]
    assert any("Spread over seeds: the usual setting" in text for text in captions)
    for knob in ("learning rate", "data set", "target modules"):
        assert any(f"Refusals after fine-tuning, by {knob}" in text for text in captions), knob
    numbers = [int(re.match(r"Figure (\d+)", e.text).group(1)) for e in page.all("figcaption")]  # type: ignore[union-attr]
    assert sorted(numbers) == numbers == list(range(1, len(numbers) + 1))
    assert len(page.classed("inside")) == 17
    assert "13 other runs can be read in their own reports" in page.text


def test_curves_are_found_from_the_configurations(many_runs: list[Path]) -> None:
    runs = load_runs(many_runs)
    assert knobs.varying(runs) == ("data", "adapter.targets", "training.learning_rate")
    found = {curve.knob: curve for curve in knobs.curves(runs)}
    assert found["training.learning_rate"].values == (0.0005, POCKET.training.learning_rate, 0.002)
    assert [len(group) for group in found["training.learning_rate"].runs] == [2, 6, 2]
    common = knobs.with_common_seeds(found["training.learning_rate"])
    assert [[run.seed for run in group] for group in common.runs] == [[0, 1]] * 3
    assert common.left_out == 4
    assert not found["data"].numeric
    names = [setting.name for setting in knobs.settings(runs)]
    assert names == [
        "the usual setting",
        "data set pocket:own",
        "learning rate 0.0005",
        "learning rate 0.002",
        "target modules q, v",
    ]
    usual_rate = f"learning rate {POCKET.training.learning_rate:g}"
    assert knobs.usual(runs) == f"data set pocket:plans, target modules all seven projections, {usual_rate}"


def _stub(seed: int, **config: Any) -> Any:
    run = load_run.__globals__["Run"]
    return run(Path(), "", {"seed": seed, "config": {"seed": seed, **config}}, (), {}, ())


def test_a_factorial_gives_a_curve_for_each_level_of_the_other_knob() -> None:
    runs = [_stub(0, limit=limit, epochs=epochs) for limit in (10, 20) for epochs in (1, 2)]
    curves_found = [(curve.knob, curve.fixed) for curve in knobs.curves(runs)]
    assert curves_found == [
        ("limit", "epochs 1"), ("limit", "epochs 2"),
        ("epochs", "examples at most 10"), ("epochs", "examples at most 20"),
    ]  # fmt: skip


def test_knobs_that_move_together_make_no_curve() -> None:
    runs = [_stub(0, rank=8, alpha=8), _stub(0, rank=16, alpha=16)]
    assert knobs.curves(runs) == []
    assert len(knobs.settings(runs)) == 2


def test_runs_that_share_no_curve_still_make_a_page(tmp_path: Path) -> None:
    runs = [
        make_run(tmp_path / "a", per_kind=12),
        make_run(tmp_path / "b", per_kind=12, seed=1, changes={"adapter.rank": 8, "adapter.alpha": 8}),
    ]
    page = written(runs, tmp_path)
    assert page.faults == []
    assert "there is nothing to draw over seeds or knobs" in page.text


def test_one_run_named_twice_is_one_run(pocket_run: Path) -> None:
    assert len(load_runs([pocket_run, pocket_run.parent / "." / pocket_run.name])) == 1


def test_a_page_of_seeds_alone_says_so(many_runs: list[Path], tmp_path: Path) -> None:
    page = written(many_runs[:6], tmp_path)
    assert "The runs differ in the seed alone" in page.text
    assert "In 6 of 6 runs the model lost refusals" in page.text
    assert "one setting" in page.text


# Words and the terminal


@pytest.mark.parametrize(
    ("low", "high", "way", "words"),
    [
        (-0.6, -0.4, "lost", "Refusals of off-limits requests fell from 98.0% to 48.0%, a drift of \u221250.0 points"),
        (-0.1, 0.0, "none", "No drift detected: the 95% interval \u221210.0 to 0.0 points covers 0"),
        (0.0, 0.1, "none", "No drift detected: the 95% interval 0.0 to +10.0 points covers 0"),
        (0.01, 0.2, "gained", "Refusals of off-limits requests rose"),
    ],
)
def test_meaning_follows_the_interval(pocket_run: Path, low: float, high: float, way: str, words: str) -> None:
    record = json.loads((pocket_run / "record.json").read_text()) | {"kind": "recorded"}
    record["statistics"]["refusal"] |= {
        "low": low, "high": high, "difference": -0.5, "before": {"value": 0.98}, "after": {"value": 0.48},
    }  # fmt: skip
    assert direction(record["statistics"]["refusal"]) == way
    assert meaning(record).startswith(words)
    assert meaning(record).endswith(
        "the pocket world was chosen to show drift, so its size says nothing about other models."
    )
    record["model"]["is_pocket"] = False
    assert meaning(record).endswith(
        "it says nothing about other models, data or settings, nor how harmful an answer is."
    )


@pytest.mark.parametrize("pocket", [True, False])
def test_the_table_fits_80_columns_without_colour(tmp_path: Path, pocket: bool) -> None:
    record = json.loads((make_run(tmp_path / "run", pocket=pocket) / "record.json").read_text())
    console = Console(width=80, no_color=True, record=True, file=io.StringIO(), _environ={})
    console.print(drift_table(record))
    lines = console.export_text().splitlines()
    assert max(len(line) for line in lines) <= 80
    text = " ".join(" ".join(lines).split())
    assert "…" not in text
    assert meaning(record) in text
    assert dropped(record["statistics"]["refusal"]) in text
    refusal = record["statistics"]["refusal"]
    for number in (points(refusal["difference"]), points(refusal["low"]), p_value(refusal["mcnemar_p"])):
        assert number in text
    assert "off-limits refused" in text
    assert "safe twins refused" in text


def test_the_table_says_what_was_not_measured(pocket_run: Path) -> None:
    record = json.loads((pocket_run / "record.json").read_text())
    record["statistics"] |= {"over_refusal": None, "any_over_refusal": None}
    console = Console(width=80, record=True, quiet=False, file=io.StringIO(), _environ={})
    console.print(drift_table(record))
    assert re.search("safe twins refused" + " +\u2013" * 5, console.export_text())


def test_numbers_are_written_plainly() -> None:
    assert [points(x) for x in (0.1234, -0.1, -0.0001, 0)] == ["+12.3", "\u221210.0", "0.0", "0.0"]
    assert [p_value(p) for p in (None, 0, 1e-9, 0.00042, 0.0312, 1)] == [
        "\u2013",
        "< 0.0001",
        "< 0.0001",
        "0.0004",
        "0.031",
        "1",
    ]
    assert [size(n) for n in (None, 12, 2048, 3 * 2**20, 5 * 2**30)] == [
        "not measured", "12 bytes", "2.00 KiB", "3.00 MiB", "5.00 GiB",
    ]  # fmt: skip
    assert [duration(s) for s in (None, 1.26, 75, 3720)] == ["not measured", "1.3 s", "1 min 15 s", "1 h 2 min"]
    none = {"dropped": {"before": 0, "after": 0, "both": 0}}
    some = {"dropped": {"before": 1, "after": 0, "both": 2}}
    assert dropped(none) == "No pair was left out."
    assert dropped(some) == "3 pairs were left out, since an answer could not be judged (1 only before, 2 both times)."


# Drawing


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.integers(2, 8))
def test_ticks_cover_the_range_in_round_steps(low: float, span: float, about: int) -> None:
    marks = svg.ticks(low, low + span, about)
    assert marks[0] <= low + 1e-6 * span
    assert marks[-1] >= low + span - 1e-6 * span
    assert 2 <= len(marks) <= 2 * about + 3


@given(st.lists(st.floats(0, 300), min_size=1, max_size=4), st.floats(5, 40))
def test_spread_keeps_labels_apart_and_inside(wanted: list[float], gap: float) -> None:
    placed = svg.spread(sorted(wanted), gap, 0, 300)
    assert all(b - a >= gap - 1e-9 for a, b in itertools.pairwise(placed))
    assert placed[-1] <= 300
    assert placed[0] >= -1e-9


def test_spread_leaves_places_that_fit() -> None:
    assert svg.spread([10, 100, 200], 30, 0, 300) == [10, 100, 200]


@given(st.lists(st.integers(0, 200), min_size=16, max_size=16).filter(any))
@settings(max_examples=50)
def test_ribbons_fill_their_bars_and_keep_in_the_drawing(counts: list[int]) -> None:
    outcomes = list(Outcome)
    table = {b: {a: counts[4 * i + j] for j, a in enumerate(outcomes)} for i, b in enumerate(outcomes)}
    ribbons = flows._ribbons(table)
    unit = ribbons[0].thickness / ribbons[0].number
    assert sum(ribbon.number for ribbon in ribbons) == sum(counts)
    assert all(math.isclose(r.thickness, r.number * unit) for r in ribbons)
    for side in ("left", "right"):
        tops = sorted((getattr(r, side), r.thickness) for r in ribbons)
        assert all(y + t <= other + 1e-6 for (y, t), (other, _) in itertools.pairwise(tops))
        assert tops[-1][0] + tops[-1][1] <= flows.TOP + flows.HEIGHT + 1e-6
    assert flows.in_words(table, "request").startswith(f"Of {sum(counts):,} request")


@given(st.sets(st.floats(1e-6, 1e3), min_size=1, max_size=8))
def test_knob_values_stand_in_order_and_apart(values: set[float]) -> None:
    places, scale = curves.positions(sorted(values), 0, 560)
    ordered = [places[value] for value in sorted(values)]
    assert ordered == sorted(ordered)
    assert all(b - a >= 38 for a, b in itertools.pairwise(ordered))
    assert scale in ("linear scale", "logarithmic scale", "equal steps, not to scale")


def test_scales_are_chosen_by_what_keeps_values_apart() -> None:
    assert curves.positions([4, 8, 32, 64], 0, 560)[1] == "logarithmic scale"
    assert curves.positions([0.0, 0.5, 1.0], 0, 560)[1] == "linear scale"
    assert curves.positions([0.0, 0.001, 1.0], 0, 560)[1] == "equal steps, not to scale"


def test_long_loss_curves_are_thinned_and_keep_their_end() -> None:
    log = [(step, 1.0) for step in range(5_003)]
    shown = curves.thinned(log)
    assert len(shown) <= curves.MOST_POINTS + 1
    assert shown[0] == log[0]
    assert shown[-1] == log[-1]
    assert curves.thinned(log[:7]) == log[:7]
    assert curves.thinned([]) == []


def test_numbers_of_a_row_are_drawn_where_they_belong() -> None:
    axis = intervals.share_axis("share", "numbers")
    row = intervals.Row("a", 0.5, 0.25, 0.75, "50%")
    drawing = intervals.draw([row], axis, svg.WIDE)
    xs = [float(x) for x in re.findall(r'<line x1="([\d.]+)"[^>]*class="grid"', drawing.body)]
    left, right = xs[0], xs[-1]
    whisker = re.search(r'<line x1="([\d.]+)" y1="[\d.]+" x2="([\d.]+)"[^>]*class="whisker"', drawing.body)
    assert whisker
    assert [float(x) for x in whisker.groups()] == pytest.approx(
        [left + (right - left) / 4, left + 3 * (right - left) / 4], abs=0.2
    )


def test_text_and_attributes_of_drawings_are_escaped() -> None:
    assert svg.tag("text", "<b>", fill='"><script>') == '<text fill="&quot;&gt;&lt;script&gt;">&lt;b&gt;</text>'
    assert (
        svg.label(0, 0, "a\u202eb") == '<text x="0" y="0" class="label" text-anchor="start">a\u27e8U+202E\u27e9b</text>'
    )


def test_each_seed_has_its_rate_before_as_a_ring(many_runs: list[Path]) -> None:
    runs = load_runs(many_runs[:6])
    body = figures.seeds(knobs.settings(runs)[0]).draw(svg.WIDE, "x").body
    rings = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"[^>]*class="mark before"', body)]
    squares = [float(x) + 5 for x in re.findall(r'<rect x="([\d.]+)"[^>]*class="mark after"', body)]
    refusals = [run.record["statistics"]["refusal"] for run in runs]
    assert [ring > square for ring, square in zip(rings, squares, strict=True)] == [True] * 6
    order = sorted(range(6), key=lambda i: refusals[i]["after"]["value"])
    assert [squares[i] for i in order] == sorted(squares)


def test_alt_text_holds_every_number_of_the_figure(pocket_run: Path, tmp_path: Path) -> None:
    page = written([pocket_run], tmp_path)
    record = json.loads((pocket_run / "record.json").read_text())
    alts = " ".join(e.text for e in page.all("desc"))
    for comparison in (record["statistics"]["refusal"], record["statistics"]["over_refusal"]):
        assert f"{100 * comparison['after']['low']:.1f} to {100 * comparison['after']['high']:.1f}%" in alts
    for before, row in record["statistics"]["transitions"]["off_limits"].items():
        for after, count in row.items():
            assert not count or before == after or f"{count} went from {before} to {after}" in alts


# Bad input


def _unfinished(folder: Path) -> list[Path]:
    (folder / "record.json").unlink()
    return [folder]


def _empty(folder: Path) -> list[Path]:
    for path in folder.iterdir():
        path.unlink()
    return [folder]


def _edited(change: dict[str, Any]) -> Callable[[Path], list[Path]]:
    def edit(folder: Path) -> list[Path]:
        change_record(folder, lambda record: record.update(change))
        return [folder]

    return edit


def _replaced(name: str, text: str | None) -> Callable[[Path], list[Path]]:
    def replace(folder: Path) -> list[Path]:
        (folder / name).unlink()
        if text is not None:
            (folder / name).write_bytes(text.encode("utf-16") if text == "utf-16" else text.encode())
        return [folder]

    return replace


def _beside(**changes: Any) -> Callable[[Path], list[Path]]:
    def beside(folder: Path) -> list[Path]:
        other = make_run(folder.with_name("other"), per_kind=12, seed=1)
        change_record(other, lambda record: record["hashes"].update(changes))
        return [folder, other]

    return beside


BAD = {
    "no run": (lambda folder: [], "no run was given"),
    "no folder": (lambda folder: [folder / "nowhere"], "is not a folder"),
    "a file": (lambda folder: [folder / "record.json"], "is not a folder"),
    "unfinished": (_unfinished, "is not finished"),
    "foreign folder": (_empty, "holds no run"),
    "newer": (_edited({"schema": 2}), "has layout 2"),
    "no schema": (_edited({"schema": None}), "is not a record of a driftlab run"),
    "a list": (_replaced("record.json", "[]"), "is not a record of a driftlab run"),
    "cut off": (_replaced("record.json", '{"schema": 1,'), "cannot be read"),
    "other encoding": (_replaced("record.json", "utf-16"), "cannot be read"),
    "no statistics": (_edited({"statistics": {}}), "lacks or garbles: statistics.refusal"),
    "half a comparison": (
        _edited({"statistics": {"refusal": {}, "transitions": {"off_limits": {}}, "by_category": []}}),
        "statistics.refusal.pairs",
    ),
    "no answers": (_replaced("answers.jsonl", None), "has a record but no answers.jsonl"),
    "no verdicts": (_replaced("verdicts.jsonl", None), "has a record but no verdicts.jsonl"),
    "unjudged answers": (_replaced("verdicts.jsonl", ""), "answers have no verdict"),
    "garbled answers": (_replaced("answers.jsonl", "{}\n"), "lacks probe_id"),
    "garbled verdicts": (_replaced("verdicts.jsonl", '{"outcome": "maybe", "span": null}\n'), "cannot be read"),
    "garbled log": (_replaced("train_log.jsonl", "not json\n"), "cannot be read"),
    "other model": (_beside(model="x"), "different models"),
    "other probes": (_beside(probes="x"), "different probe sets"),
    "other judge": (_beside(judge="x"), "different versions of the judge"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_a_remedy_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    spoil, problem = BAD[name]
    runs = spoil(make_run(tmp_path / "run", per_kind=12))
    out = tmp_path / "out" / "page.html"
    with pytest.raises(RunError) as failed:
        write_report(runs, out)
    assert problem in failed.value.problem
    assert re.search(r"driftlab|git pull|drift", failed.value.remedy)
    assert not out.parent.exists()


def test_out_must_be_a_file_that_can_be_written(pocket_run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is a folder"):
        write_report([pocket_run], tmp_path)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="cannot be written"):
        write_report([pocket_run], tmp_path / "file" / "page.html")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_log_lines_without_a_finite_loss_are_left_out(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", per_kind=12, steps=3)
    with (run / "train_log.jsonl").open("a") as log:
        log.write('{"step": 4, "loss": NaN}\n{"step": 5}\n')
    assert [step for step, _ in load_run(run).log] == [1, 2, 3]
    (run / "train_log.jsonl").write_text("")
    assert "No training step was logged" in written([run], tmp_path).text


def test_a_page_is_replaced_whole(pocket_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "page.html"
    out.write_text("old")
    monkeypatch.setattr("os.fsync", _full_disk)
    with pytest.raises(RunError, match="No space left"):
        write_report([pocket_run], out)
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def _full_disk(_: int) -> None:
    raise OSError(28, "No space left on device")


# The copy that may be shared

SECRET_PATHS = (
    "/home/alice/models/secret-llama",
    r"C:\Users\Alice Smith\models",
    "~/private/data.jsonl",
    "../bob/x.csv",
)


@pytest.fixture
def private_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOGNAME", "carolus")
    monkeypatch.setattr("socket.gethostname", lambda: "deepthought.lab.example")
    run = make_run(tmp_path / "private", pocket=False, texts=LONG | {Outcome.REFUSED: example_runs.REFUSALS})

    def name_names(record: dict[str, Any]) -> None:
        record["config"]["model"] = record["model"]["source"] = SECRET_PATHS[0]
        record["config"]["data"] = record["data"]["name"] = SECRET_PATHS[2]
        record["config"]["probes"] = record["probes"]["name"] = f"xstest:{SECRET_PATHS[0]}/x.csv"
        record["machine"]["platform"] = "Linux deepthought 6.1"
        record["versions"]["note"] = f"built by carolus in {SECRET_PATHS[1]}"
        record["budget"]["terms"][SECRET_PATHS[3]] = 1
        record["unknown"] = {"anything": "else"}

    change_record(run, name_names)
    (run / "adapter").mkdir()
    (run / "adapter" / "adapter_model.safetensors").write_bytes(b"weights")
    return run


def test_redacted_copy_holds_no_answer_request_path_or_name(private_run: Path, tmp_path: Path) -> None:
    shared = redact(private_run, tmp_path / "shared")
    names = {path.name for path in shared.iterdir()}
    assert names == {
        "record.json", "verdicts.jsonl", "answers.sha256.jsonl", "train_log.jsonl", "report.html", "README.txt",
    }  # fmt: skip
    text = "\n".join(path.read_text(encoding="utf-8") for path in shared.iterdir()).lower()
    rows = [json.loads(line) for line in (private_run / "answers.jsonl").read_text().splitlines()]
    for row in rows:
        assert row["text"].strip().lower() not in text
        assert row["text"][:30].strip().lower() not in text
        assert row["prompt"].lower() not in text
    for secret in (
        "alice",
        "smith",
        "carolus",
        "deepthought",
        "bob",
        "/home",
        "private",
        "secret-llama",
        str(tmp_path),
        "unknown",
    ):
        assert secret not in text, secret


def test_redacted_copy_keeps_numbers_verdicts_and_hashes(private_run: Path, tmp_path: Path) -> None:
    shared = redact(private_run, tmp_path / "shared")
    before, after = (json.loads((folder / "record.json").read_text()) for folder in (private_run, shared))
    assert after["redacted"] is True
    assert after["statistics"] == before["statistics"]
    assert after["hashes"] == before["hashes"]
    assert after["config"]["training"] == before["config"]["training"]
    assert after["config"]["model"] == PATH
    assert after["config"]["probes"] == f"xstest:{PATH}"
    full, copy = load_run(private_run), load_run(shared)
    assert {key: v.outcome for key, v in full.verdicts.items()} == {key: v.outcome for key, v in copy.verdicts.items()}
    assert any(v.evidence for v in full.verdicts.values())
    assert {v.evidence for v in copy.verdicts.values()} == {""}
    hashes = [json.loads(line) for line in (shared / "answers.sha256.jsonl").read_text().splitlines()]
    assert [row["sha256"] for row in hashes] == [
        hashlib.sha256(row["text"].encode()).hexdigest() for row in full.answers
    ]
    assert full.log == copy.log


def test_redacted_page_has_the_figures_and_no_answers(private_run: Path, tmp_path: Path) -> None:
    shared = redact(private_run, tmp_path / "shared")
    page = Page((shared / "report.html").read_text(encoding="utf-8"))
    assert page.faults == []
    assert len(page.all("figure")) == 4
    assert page.all("article") == []
    assert "This copy holds no answers" in page.text
    assert "This is a redacted copy" in page.text
    again = write_report([shared], tmp_path / "again.html")
    assert "This copy holds no answers" in Page(again.read_text(encoding="utf-8")).text


def test_hub_ids_and_pocket_names_survive_redaction(tmp_path: Path) -> None:
    for pocket, model in ((True, "pocket"), (False, "meta-llama/Llama-2-7b-chat-hf")):
        run = make_run(tmp_path / f"run-{pocket}", per_kind=12, pocket=pocket)
        record = json.loads((redact(run, tmp_path / f"shared-{pocket}") / "record.json").read_text())
        assert record["config"]["model"] == model
        assert (
            record["data"]["name"]
            == record["config"]["data"]
            == ("pocket:plans" if pocket else "databricks/databricks-dolly-15k")
        )


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("/home/zoe/x", PATH),
        ("model at /srv/models/x y, opened", f"model at {PATH}"),
        ("file:///tmp/x y", PATH),
        (r"\\server\share", PATH),
        ("//server/share", PATH),
        ("D:/data", PATH),
        ("CC BY 4.0 / MIT", "CC BY 4.0 / MIT"),
        ("and/or 3/4", "and/or 3/4"),
        ("https://example.org/page", "https://example.org/page"),
        ("Linux-6.1-x86_64-with-glibc2.36", "Linux-6.1-x86_64-with-glibc2.36"),
        ("asked zoe, zoed", "asked [name], zoed"),
    ],
)
def test_scrubbing(text: str, clean: str) -> None:
    scrubber = Scrubber(re.compile(r"(?<![\w-])(?:zoe)(?![\w-])"))
    assert scrubber.clean({"key": [text]}) == {"key": [clean]}
    assert scrubber.clean(clean) == clean


def test_an_occupied_place_is_refused_and_left_alone(pocket_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    redact(pocket_run, out)
    kept = sorted(path.name for path in out.iterdir())
    with pytest.raises(RunError, match="is not an empty folder"):
        redact(pocket_run, out)
    with pytest.raises(RunError, match="is not an empty folder"):
        redact(pocket_run, pocket_run)
    with pytest.raises(RunError, match="is a redacted copy already"):
        redact(out, tmp_path / "twice")
    assert sorted(path.name for path in out.iterdir()) == kept


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_copy_that_fails_leaves_nothing(
    error: BaseException, pocket_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(runs: object) -> str:
        raise error

    monkeypatch.setattr("driftlab.report.sharing.render", fail)
    with pytest.raises((RunError, KeyboardInterrupt)):
        redact(pocket_run, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_would_leak_is_not_made(pocket_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leaky(runs: object) -> str:
        return f"<p>{page_module.visible(example_runs.PLANS[0])}</p>"

    monkeypatch.setattr("driftlab.report.sharing.render", leaky)
    with pytest.raises(RunError, match="would still hold an answer"):
        redact(pocket_run, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_run_cannot_be_redacted(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", per_kind=12)
    (run / "record.json").unlink()
    with pytest.raises(RunError, match="is not finished"):
        redact(run, tmp_path / "out")


def test_runs_are_frozen(pocket_run: Path) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_run(pocket_run).name = "other"  # type: ignore[misc]
