"""Answers on the page: text and nothing else, and no more of it than is right."""

import json
import re
from pathlib import Path
from typing import Any

import example_runs
import pytest
from example_runs import LONG, change_record, make_run
from hypothesis import given
from hypothesis import strategies as st
from page_reader import Page, written

from driftlab.records import Outcome
from driftlab.report.untrusted import SHOWN_CHARACTERS, passage, visible

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


@pytest.fixture(scope="module")
def pocket_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "pocket-plans-s0-1a2b3c4d")


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
