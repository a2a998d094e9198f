"""The runs of a grid: those that are complete are shown, the others made, then one page is written about all.

In: points with their configurations, a folder, what makes runs. Out: complete runs by point, and what failed.
A run's folder follows from its settings, so that grids that overlap share runs, also with `--seeds` alone.
Does not: make a run itself, choose how many go on at once, or print.
"""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from driftlab.config import RunConfig
from driftlab.errors import CourseError, RunError
from driftlab.grid_points import Point
from driftlab.one_run import Order
from driftlab.pipeline import show_again
from driftlab.records import write_atomically, write_json
from driftlab.report import write_report
from driftlab.results import FinishedRun, grid_line, over_seeds
from driftlab.runs import CONFIG, RUNS, RunFolder, default_folder, default_group, grid_folder, writing_to
from driftlab.stages import PAGE
from driftlab.workers import Ending, Watcher

GRID = "grid.json"
"""Beside the page: the object of `--json`, and the folders of the runs as seen from there."""
Make = Callable[[Sequence[Order], Watcher], list[Ending]]
"""Makes runs, and says how each ended."""


class GridWatcher(Watcher, Protocol):
    """Somewhere to tell how far a grid is."""

    def begin(self, total: int, complete: int) -> None:
        """So many runs are asked for, so many of them are complete already."""


class GridResult(NamedTuple):
    """What a grid came to."""

    points: list[tuple[Point, list[FinishedRun]]]
    """The complete runs of each point, seeds ascending."""
    failed: list[Ending]
    folder: Path
    page: Path | None
    """None where no run is complete."""

    @property
    def runs(self) -> list[FinishedRun]:
        """All complete runs."""
        return [run for _, runs in self.points for run in runs]

    def to_json(self) -> dict[str, Any]:
        """The object of `--json`."""
        failed = [
            {"run": str(end.order.folder), "name": end.order.name, "how": end.how, "problem": end.problem}
            for end in self.failed
        ]
        return grid_line([(point.values, runs) for point, runs in self.points], failed)


def run_grid(
    points: Sequence[Point], out: Path | None, make: Make, watcher: GridWatcher, *, fresh: bool = False
) -> GridResult:
    """Show the runs that are complete, make the others, and write the page.

    Raises:
        RunError: a folder holds something else, is in use or cannot be written; then no run has begun.
    """
    folder, orders = place(points, out, fresh=fresh)
    shown, waiting, endings = _complete(orders)
    watcher.begin(len(orders), len(shown))
    made = make(waiting, watcher) if waiting else []
    runs = dict(shown)
    for ending in made:
        if ending.how == "finished":
            ending = _read(ending, runs)
        if ending.how != "finished":
            endings.append(ending)
    found = [(point, _of_point(point, orders, runs)) for point in points]
    result = GridResult(found, endings, folder, folder / PAGE if runs else None)
    if runs:
        _write(result)
    return result


def folders_of(grid: Path) -> list[Path]:
    """The run folders of a grid whose page lies in that folder.

    Raises:
        RunError: its list of runs is damaged.
    """
    try:
        found = json.loads((grid / GRID).read_text(encoding="utf-8"))["folders"]
        return [Path(os.path.normpath(grid / folder)) for folder in found]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{str(grid / GRID)!r} is damaged: {error}.", "Give the command of the grid again.") from error


def place(points: Sequence[Point], out: Path | None, *, fresh: bool = False) -> tuple[Path, list[Order]]:
    """The folder of the page, and an order for each run with the folder that follows from its settings.

    Raises:
        RunError: the folder holds a single run.
    """
    configs = [config for point in points for config in point.configs]
    grid = any(point.values for point in points)
    folder = out or (grid_folder([point.configs[0] for point in points]) if grid else default_group(configs[0]))
    if (folder / CONFIG).exists():
        raise RunError(f"{str(folder)!r} holds a single run.", "Choose another folder with --out DIR.")
    orders = []
    for point in points:
        for config in point.configs:
            home = _home(config, out or RUNS) if grid else folder / f"s{config.seed}"
            orders.append(Order(run_name(point, config), config, home, Path.cwd(), fresh))
    return folder, orders


def run_name(point: Point, config: RunConfig) -> str:
    """What a run is called."""
    return ", ".join(filter(None, [point.name, f"seed {config.seed}"]))


def _home(config: RunConfig, runs: Path) -> Path:
    """Where a run of these settings is, or goes: beside its other seeds, unless it stands alone already."""
    beside, alone = default_group(config, runs) / f"s{config.seed}", default_folder(config, runs)
    return alone if (alone / CONFIG).exists() and not (beside / CONFIG).exists() else beside


def _complete(orders: Sequence[Order]) -> tuple[dict[str, FinishedRun], list[Order], list[Ending]]:
    """The runs that are there already, those to make, and those that are there and do not hold any more."""
    shown: dict[str, FinishedRun] = {}
    waiting: list[Order] = []
    endings: list[Ending] = []
    for order in orders:
        with RunFolder(order.folder, order.config, fresh=order.fresh) as folder:
            if not folder.complete:
                waiting.append(order)
                continue
            try:
                shown[order.name] = show_again(folder)
            except CourseError as error:
                endings.append(Ending(order, "failed", error.problem, error.remedy))
    return shown, waiting, endings


def _read(ending: Ending, runs: dict[str, FinishedRun]) -> Ending:
    """Add the record of a run that has been made; on a cluster its folder may not be seen from here."""
    order = ending.order
    try:
        with RunFolder(order.folder, order.config) as folder:
            runs[order.name] = FinishedRun(order.folder, folder.record(), shown_again=False)
    except CourseError as error:
        return Ending(order, "failed", error.problem, error.remedy)
    return ending


def _of_point(point: Point, orders: Sequence[Order], runs: dict[str, FinishedRun]) -> list[FinishedRun]:
    names = [run_name(point, config) for config in point.configs]
    return [runs[name] for name in names if name in runs]


def _write(result: GridResult) -> None:
    with writing_to(result.folder):
        result.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(result.folder / ".gitignore", ["*\n"])
        folders = [os.path.relpath(run.folder, result.folder) for run in result.runs]
        write_json(result.folder / GRID, {**result.to_json(), "folders": folders})
    write_report([run.folder for run in result.runs], result.folder / PAGE, over_seeds)
