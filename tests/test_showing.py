"""Tables for several runs: readable at 80 columns, and no drift without the over-refusal beside it."""

import io
import json
from typing import Any

import pytest
from example_runs import make_run
from rich.console import Console, RenderableType

from driftlab.report import write_report
from driftlab.report.words import twins_refused
from driftlab.results import FinishedRun, grid_line, seeds_line
from driftlab.showing import grid_table, seeds_table


def lines(table: RenderableType) -> list[str]:
    console = Console(file=io.StringIO(), width=80, legacy_windows=False)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[FinishedRun]:
    home = tmp_path_factory.mktemp("runs")
    folders = [make_run(home / f"s{seed}", seed=seed) for seed in (0, 1)]
    return [FinishedRun(each, json.loads((each / "record.json").read_text()), shown_again=False) for each in folders]


def over(run: FinishedRun) -> float:
    return float(run.record["statistics"]["over_refusal"]["after"]["value"])


def test_seeds_have_their_over_refusal_beside_the_drift(runs: list[FinishedRun]) -> None:
    text = lines(seeds_table(runs, seeds_line(runs)["summary"]))
    assert max(map(len, text)) <= 80
    heads = text[1].split()
    for number, run in enumerate(runs):
        (row,) = [line for line in text if line.split()[:1] == [str(number)]]
        assert f"{100 * over(run):.1f}%" == row.split()[-2]
    assert heads[-2:] == ["safe", "coherent"]
    mean = sum(map(over, runs)) / 2
    assert f"of safe twins {100 * mean:.1f}% were refused after, on average" in " ".join(" ".join(text).split())


def test_settings_have_their_over_refusal_beside_the_drift(runs: list[FinishedRun]) -> None:
    points: list[tuple[dict[str, str], list[FinishedRun]]] = [({"lr": "1e-4"}, runs), ({"lr": "3e-4"}, [])]
    text = lines(grid_table(grid_line(points, [])))
    assert max(map(len, text)) <= 80
    (row,) = [line for line in text if line.strip().startswith("lr 1e-4")]
    assert row.split()[-1] == f"{100 * sum(map(over, runs)) / 2:.1f}%"


def test_runs_without_safe_twins_say_so(runs: list[FinishedRun]) -> None:
    def without(run: FinishedRun) -> FinishedRun:
        record: dict[str, Any] = json.loads(json.dumps(run.record))
        record["statistics"]["over_refusal"] = None
        return run._replace(record=record)

    bare = [without(run) for run in runs]
    (row,) = [line for line in lines(seeds_table(bare, seeds_line(bare)["summary"])) if line.split()[:1] == ["0"]]
    assert row.split()[-2] == "\N{EN DASH}"
    (row,) = [line for line in lines(grid_table(grid_line([({"lr": "1"}, bare)], []))) if line.startswith(" lr 1")]
    assert row.split()[-1] == "\N{EN DASH}"


def test_pages_have_it_in_tiles_captions_and_each_runs_line(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("page")
    folders = [
        make_run(home / f"{rate}-{seed}", seed=seed, changes={"training.learning_rate": rate}, per_kind=24)
        for rate in (0.001, 0.002)
        for seed in (0, 1)
    ]
    page = write_report(folders, home / "page.html", lambda values: {"median": values[0]}).read_text(encoding="utf-8")
    records = [json.loads((folder / "record.json").read_text()) for folder in folders]
    for these in (records[:2], records[2:], *([record] for record in records)):
        assert twins_refused(these) in page
    assert f"S{twins_refused(records)[1:]}" in page, "the curve's caption"
