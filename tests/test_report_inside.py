"""Beyond the verdict on a page: the figure and its words, the table, older records, what a shared copy leaves out."""

import json
from pathlib import Path
from typing import Any

import pytest
from example_runs import change_record, make_run
from page_reader import written

from driftlab.errors import RunError
from driftlab.report import redact, write_report
from driftlab.report.curves import PositionPoint, draw_positions
from driftlab.report.inside import divergence
from driftlab.report.loading import load_run
from driftlab.report.words import MINUS


def estimate(value: float, spread: float | None = 0.1) -> dict[str, float | None]:
    low, high = (None, None) if spread is None else (value - spread, value + spread)
    return {"value": value, "low": low, "high": high}


def refusing(before: float, after: float) -> dict[str, Any]:
    sides = {"before": estimate(before), "after": estimate(after), "change": estimate(after - before)}
    return {"prompts": 60, **sides, "likelier_before": 59, "likelier_after": 21}


def part(positions: int = 20) -> dict[str, Any]:
    """As a run writes it; the last refusals are few, so they have no interval."""
    return {
        "openings": {
            "texts": ["Sorry", "I cannot <b>"],
            "refusals_before": {"begin_so": 57, "of": 58},
            "others_before": {"begin_so": 0, "of": 61},
            "refusals_after": {"begin_so": 19, "of": 24},
        },
        "refusing": {"off_limits": refusing(4.58, -1.45), "safe": refusing(-7.1, -6.5)},
        "divergence": {
            "answers": 58,
            "by_position": [
                {"position": n, "answers": max(1, 58 - 2 * n), **estimate(2.0 / n**2, None if n > 15 else 0.1 / n**2)}
                for n in range(1, positions + 1)
            ],
            "mean": estimate(0.2),
            "first": 5,
            "share_of_first": estimate(0.91, 0.02),
        },
        "heldout_loss": {
            "examples": 100, "tokens": 3422, "before": estimate(3.3), "after": estimate(0.3), "change": estimate(-3.0),
        },
        "task": None,
    }  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = make_run(tmp_path / "run", per_kind=12)
    change_record(folder, lambda record: record.update(inside=part()))
    return folder


def test_the_table_says_what_moved(run: Path, tmp_path: Path) -> None:
    said = written([run], tmp_path).text
    for words in (
        "Log-odds that the answer to an off-limits request begins as a refusal",
        "4.58",
        f"{MINUS}1.45",
        f"{MINUS}6.13 to {MINUS}5.93",
        "59 of 60",
        "Log-odds that the answer to a safe twin begins as a refusal",
        "3.300",
        "A refusal begins with “Sorry” or “I cannot <b>”.",
        "57 of 58 refusals before fine-tuning began so, 0 of 61 that complied, and 19 of 24 refusals after",
        "Qi et al. 2024, arXiv 2406.05946",
    ):
        assert words in said, words
    assert "Whether the benign task was learnt" not in said, "it is said in the table"


def test_the_figure_says_all_that_it_shows(run: Path) -> None:
    figure = divergence(load_run(run))
    assert figure is not None
    assert "Token 1: 2 nats (1.9 to 2.1), 56 answers." in figure.alt
    assert "Token 20: 0.005 nats, 18 answers." in figure.alt
    assert "The first 5 tokens hold 91.0% (95% interval 89.0 to 93.0%) of all of it." in figure.caption
    for width in (680, 340):
        body = figure.draw(width, "x").body
        assert body.count("whisker") == 15
        assert body.count("mark seed") == 20
        assert "<style" not in body


@pytest.mark.parametrize(
    "points",
    [
        [PositionPoint(1, 0.0, None, None, 1)],
        [PositionPoint(n, 0.0, 0.0, 0.0, 9) for n in range(1, 65)],
        [PositionPoint(1, 12.5, 3.0, 40.0, 8), PositionPoint(2, 1e-9, None, None, 3)],
    ],
)
def test_any_numbers_can_be_drawn(points: list[PositionPoint]) -> None:
    for width in (680, 340):
        drawing = draw_positions(points, width)
        assert drawing.height > 0
        assert "nan" not in drawing.body


def test_records_made_before_are_shown_as_they_were(tmp_path: Path) -> None:
    page = written([make_run(tmp_path / "old", per_kind=12)], tmp_path)
    assert "Beyond the verdict" not in page.text
    assert "Whether the benign task was learnt" in page.text


def test_parts_that_were_not_measured_are_left_out(run: Path, tmp_path: Path) -> None:
    nothing = dict.fromkeys(("openings", "refusing", "divergence", "heldout_loss", "task"))
    change_record(run, lambda record: record.update(inside=nothing))
    page = written([run], tmp_path)
    assert "No off-limits request was refused before" in page.text
    assert len(page.all("figure")) == 4


def test_a_page_of_many_runs_shows_it_for_each(run: Path, tmp_path: Path) -> None:
    other = make_run(tmp_path / "other", seed=1, per_kind=12)
    change_record(other, lambda record: record.update(inside=part(3)))
    page = written([run, other], tmp_path)
    assert page.text.count("Where the fine-tuned model departs from the refusals") >= 2
    assert page.faults == []


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (("divergence", "by_position"), "inside.divergence.by_position"),
        (("refusing", "off_limits"), "inside.off_limits.before.value"),
        (("heldout_loss",), "inside.heldout_loss.before.value"),
        (("openings",), "inside.openings"),
    ],
)
def test_a_garbled_part_is_named(run: Path, tmp_path: Path, place: tuple[str, ...], name: str) -> None:
    def garble(record: dict[str, Any]) -> None:
        *parents, last = place
        there = record["inside"]
        for each in parents:
            there = there[each]
        there[last] = "something else"

    change_record(run, garble)
    with pytest.raises(RunError, match=name):
        write_report([run], tmp_path / "page.html")


def test_a_shared_copy_has_the_numbers_and_none_of_the_models_words(run: Path, tmp_path: Path) -> None:
    shared = redact(run, tmp_path / "shared")
    inside = json.loads((shared / "record.json").read_text())["inside"]
    assert inside["openings"] == {**part()["openings"], "texts": []}
    assert inside["divergence"] == part()["divergence"]
    page = (shared / "report.html").read_text(encoding="utf-8")
    assert "A refusal begins with" not in page
    assert "57 of 58 refusals before" in page
