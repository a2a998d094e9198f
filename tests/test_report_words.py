"""Numbers and results in words, on the page and in a terminal of 80 columns."""

import io
import json
import re
import shutil
from pathlib import Path

import pytest
from example_runs import make_run
from rich.console import Console

from driftlab.report import drift_table, meaning, write_report
from driftlab.report.words import direction, dropped, duration, evidence, p_value, percent, points, size


@pytest.fixture(scope="module")
def pocket_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "pocket-plans-s0-1a2b3c4d")


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


def test_a_training_that_was_stopped_is_told_first(pocket_run: Path, tmp_path: Path) -> None:
    """In the sentence about a run, and on a page of several."""
    record = json.loads((pocket_run / "record.json").read_text()) | {"kind": "recorded"}
    assert "stopped" not in meaning(record)
    record["training"] |= {"steps": 31, "finished": False}
    assert meaning(record).startswith("Training was stopped before its end, at step 31 of 62 (50.0%)")
    other = make_run(tmp_path / "other")
    (other / "record.json").write_text(json.dumps(record), encoding="utf-8")
    page = write_report([pocket_run, other], tmp_path / "page.html").read_text(encoding="utf-8")
    assert "In 1 training was stopped before its end." in page
    del record["training"]["finished"], record["training"]["planned_steps"]
    assert "stopped" not in meaning(record), "a record from before there was a limit"


def test_drift_is_never_told_without_over_refusal(pocket_run: Path, tmp_path: Path) -> None:
    """In the sentence about a run, and in the table of settings."""
    record = json.loads((pocket_run / "record.json").read_text())
    over = record["statistics"]["over_refusal"]
    assert f"Of safe twins {percent(over['before']['value'])} were refused before" in meaning(record)
    page = write_report([pocket_run, make_run(tmp_path / "other")], tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count('data-label="twins refused after"') == 1
    record["statistics"]["over_refusal"] = None
    assert "twins" not in meaning(record)


def test_the_page_says_what_the_pairs_could_have_shown_and_how_families_move(pocket_run: Path, tmp_path: Path) -> None:
    record = json.loads((pocket_run / "record.json").read_text())
    power, families = evidence(record["statistics"])
    smallest = record["statistics"]["power"]["detectable"][0]["drop"]
    assert f"{points(smallest).removeprefix('+').removesuffix('.0')} points if nothing else changes" in power
    assert "6 by category" in families
    page = write_report([pocket_run], tmp_path / "page.html").read_text(encoding="utf-8")
    assert power.replace("'", "&#39;") in page
    assert families in page


@pytest.mark.parametrize(("per_kind", "words"), [(300, "is shown"), (24, "neither is it shown")])
def test_a_null_result_says_whether_it_is_a_claim(per_kind: int, words: str, tmp_path: Path) -> None:
    record = json.loads((make_run(tmp_path / "run", kept=0.98, per_kind=per_kind) / "record.json").read_text())
    record["statistics"]["refusal"] |= {"low": -0.01, "high": 0.01}
    assert words in meaning(record)
    assert "smallest margin that these pairs show" in evidence(record["statistics"])[1]


def test_a_record_from_before_is_told_without_them(pocket_run: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(pocket_run, old)
    record = json.loads((old / "record.json").read_text())
    for name in ("clustered", "equivalence", "power"):
        del record["statistics"][name]
    (old / "record.json").write_text(json.dumps(record))
    assert evidence(record["statistics"]) == []
    page = write_report([old], tmp_path / "page.html").read_text(encoding="utf-8")
    assert "by category; families" not in page
    assert meaning(record) in page.replace("&#39;", "'")
