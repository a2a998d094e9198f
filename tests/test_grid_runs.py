"""Grids by real processes: side by side as one after another, killed and stopped and gone on with, in part failed."""

import dataclasses
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from small_runs import Listener, one_thread, small_options, write_data

from driftlab import commands
from driftlab.__main__ import main
from driftlab.config import RunConfig
from driftlab.errors import RunError
from driftlab.grid_points import Point, points
from driftlab.grid_runs import place, run_grid
from driftlab.one_run import Order
from driftlab.options import Asked
from driftlab.pipeline import run_drift, run_seeds
from driftlab.recording import comparable
from driftlab.results import seeds_line
from driftlab.runs import default_folder, default_group
from driftlab.workers import Ending, Watcher

RATES = ("1e-4", "3e-4")
KEPT = ("answers.jsonl", "verdicts.jsonl", "config.json", "adapter/adapter_model.safetensors")
PATIENCE = 120.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grid")
    small_options(folder, examples=60)
    return folder


def options(home: Path) -> list[str]:
    """Fifty-four steps of one example each, so that a checkpoint is made at the fiftieth."""
    return small_options(home, examples=60, batch=1)


def asked(home: Path) -> Asked:
    data, probes = str(home / "data.jsonl"), str(home / "probes.jsonl")
    return Asked(data=data, probes=probes, batch=1, max_new_tokens=24)


def grid(home: Path) -> list[Point]:
    return points(asked(home), [f"lr={','.join(RATES)}"])


def homes(home: Path, out: Path) -> list[Path]:
    """Where the runs of the grid go, in its order."""
    return [order.folder for order in place(grid(home), out)[1]]


def start(home: Path, out: Path) -> subprocess.Popen[str]:
    words = ["drift", *options(home), "--grid", f"lr={','.join(RATES)}", "--jobs", "2", "--out", str(out), "--json"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-m", "driftlab", *words], env=one_thread(), text=True, **pipes)


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=600)
    return process.returncode, out, err


def wait_until(holds: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it never came to that"
        assert process is None or process.poll() is None, finish(process)
        time.sleep(0.05)


def steps(run: Path) -> int:
    log = run / "train_log.jsonl"
    return len(log.read_bytes().splitlines()) if log.exists() else 0


def free(run: Path) -> bool:
    """Whether no process holds the run; the lock goes with its process."""
    with (run / ".lock").open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@pytest.fixture(scope="module")
def alone(home: Path) -> list[Path]:
    """The same runs, one after another in this process."""
    configs = [config for point in grid(home) for config in point.configs]
    return [run_drift(config, home / f"alone-{n}", Listener()).folder for n, config in enumerate(configs)]


def assert_same(run: Path, other: Path) -> None:
    ours, theirs = (comparable(json.loads((folder / "record.json").read_text())) for folder in (run, other))
    assert ours == theirs
    for name in KEPT:
        assert (run / name).read_bytes() == (other / name).read_bytes(), name
    assert {path.name for path in run.iterdir()} == {path.name for path in other.iterdir()}
    assert not list(run.rglob("*.partial"))


@pytest.fixture(scope="module")
def done(home: Path, alone: list[Path]) -> Path:
    """A grid whose parent was killed; then it was stopped by Ctrl-C; then one of its children was killed."""
    out = home / "out"
    first, second = runs = homes(home, out)

    parent = start(home, out)
    wait_until(lambda: all(steps(run) > 3 for run in runs), parent)
    parent.kill()
    finish(parent)
    wait_until(lambda: all(free(run) for run in runs))  # without their parent the children stop by themselves
    assert not (first / "record.json").exists()

    parent, before = start(home, out), [steps(run) for run in runs]
    wait_until(lambda: any(steps(run) > count + 2 for run, count in zip(runs, before, strict=True)), parent)
    parent.send_signal(signal.SIGINT)
    code, words, err = finish(parent)
    assert (code, words) == (130, ""), err
    assert "The same command goes on" in err
    assert "Traceback" not in err
    assert all(free(run) for run in runs), "a child outlived its parent"
    assert not [path for run in runs for path in run.rglob("*.partial")]

    parent = start(home, out)
    wait_until(lambda: not free(first) and not free(second), parent)
    os.kill(int((first / ".lock").read_text()), signal.SIGKILL)
    code, words, err = finish(parent)
    line = json.loads(words)
    assert code == 2, err
    assert [Path(run["run"]) for run in line["runs"]] == [second]
    assert [(failed["name"], failed["how"]) for failed in line["failed"]] == [("lr 1e-4, seed 0", "killed")]
    assert "SIGKILL" in err
    assert "1 run failed; the others are kept" in err
    return out


@pytest.mark.slow
def test_killed_and_stopped_and_gone_on_with_it_ends_as_runs_one_after_another(
    home: Path, alone: list[Path], done: Path
) -> None:
    runs = homes(home, done)
    kept = (runs[1] / "record.json").stat().st_mtime_ns
    code, words, err = finish(start(home, done))
    assert code == 0, err
    assert "2 runs, 1 of them complete already" in err
    assert (runs[1] / "record.json").stat().st_mtime_ns == kept, "a complete run was done again"
    for run, other in zip(runs, alone, strict=True):
        assert_same(run, other)
    line = json.loads(words)
    assert line["failed"] == []
    assert [setting["values"] for setting in line["settings"]] == [{"lr": "1e-4"}, {"lr": "3e-4"}]
    for setting, run in zip(line["settings"], runs, strict=True):
        assert setting["runs"] == [str(run)]
        drift = json.loads((run / "record.json").read_text())["statistics"]["refusal"]["difference"]
        assert setting["summary"]["drift"]["median"] == setting["summary"]["drift"]["minimum"] == drift
        assert setting["summary"]["seeds"] == [0]
    kept_line = json.loads((done / "grid.json").read_text())
    assert kept_line.pop("folders") == [str(run.relative_to(done)) for run in runs]
    assert kept_line == line
    assert commands._expanded([done]) == runs
    page = (done / "report.html").read_text(encoding="utf-8")
    assert "learning rate 0.0001" in page
    assert "the median (lowest to highest)" in page


@pytest.mark.slow
def test_a_point_that_fails_is_told_and_the_other_grids_run_is_shared(
    home: Path, done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another grid over the same folder: one of its points is there already, the other's data is not."""
    data, missing = home / "data.jsonl", home / "missing.jsonl"
    words = options(home)
    del words[words.index("--data") : words.index("--data") + 2]
    arguments = ["drift", *words, "--lr", "3e-4", "--grid", f"data={data},{missing}", "--out", str(done), "--json"]
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    line = json.loads(out.splitlines()[-1])
    assert [Path(run["run"]) for run in line["runs"]] == [homes(home, done)[1]]
    assert [failed["how"] for failed in line["failed"]] == ["failed"]
    assert line["settings"][1]["summary"] is None
    assert f"there is no file '{missing}'" in " ".join(err.split())
    assert not [path for path in done.rglob("missing*")]


class Heard:
    """A watcher that remembers."""

    def __init__(self) -> None:
        self.said: list[tuple[object, ...]] = []

    def begin(self, total: int, complete: int) -> None:
        self.said.append(("begin", total, complete))

    def began(self, name: str) -> None:
        self.said.append(("began", name))

    def heard(self, name: str, event: dict[str, object]) -> None:
        self.said.append(("heard", name))

    def ended(self, name: str, how: str) -> None:
        self.said.append(("ended", name, how))


def make_here(orders: Sequence[Order], watcher: Watcher) -> list[Ending]:
    """One after another in this process; the odd seeds are killed."""
    endings = []
    for order in orders:
        if order.config.seed % 2:
            endings.append(Ending(order, "killed", "it was killed.", "Again."))
        else:
            run_drift(order.config, order.folder, Listener())
            endings.append(Ending(order, "finished"))
    return endings


def test_seeds_with_jobs_have_the_folders_and_the_object_of_seeds_alone(home: Path, tmp_path: Path) -> None:
    write_data(home / "few.jsonl", examples=12)
    few = dataclasses.replace(asked(home), data=str(home / "few.jsonl"), batch=4, seeds="0..2")
    found, out = points(few, []), tmp_path / "seeds"
    result = run_grid(found, out, make_here, Heard())
    assert [run.folder for run in result.runs] == [out / "s0", out / "s2"]
    assert [end.order.name for end in result.failed] == ["seed 1"]
    assert result.page == out / "report.html"
    line = result.to_json()
    runs, _ = run_seeds([found[0].configs[0], found[0].configs[2]], out, Listener())
    assert [run.shown_again for run in runs] == [True, True]
    assert {name: line[name] for name in ("runs", "summary")} == seeds_line(runs)
    watcher = Heard()
    again = run_grid(points(dataclasses.replace(few, seeds="2..2"), []), out, make_here, watcher)
    assert [run.shown_again for run in again.runs] == [True]
    assert watcher.said == [("begin", 1, 1)]


def test_a_complete_run_that_does_not_hold_any_more_fails_alone(home: Path, tmp_path: Path) -> None:
    data = write_data(tmp_path / "few.jsonl", examples=12)
    few = dataclasses.replace(asked(home), data=str(data), batch=4)
    found = points(few, ["lr=1e-4"])
    assert not run_grid(found, tmp_path / "out", make_here, Heard()).failed
    write_data(data, examples=13)
    result = run_grid(found, tmp_path / "out", make_here, Heard())
    assert (result.runs, result.page) == ([], None)
    assert "has changed: hashes of data" in result.failed[0].problem


# --- without processes ---


def test_equal_settings_lead_to_the_same_folder_whatever_the_grid(tmp_path: Path) -> None:
    wide = place(points(Asked(seeds="0..2"), ["lr=1e-4,3e-4", "rank=8,32"]), tmp_path)[1]
    narrow = place(points(Asked(seed=1, rank=8), ["lr=3e-4"]), tmp_path)[1]
    assert len({order.folder for order in wide}) == len(wide) == 12
    assert narrow[0].folder in {order.folder for order in wide}
    (seeds,) = points(Asked(seeds="0..2", lr=3e-4, rank=8), [])
    assert narrow[0].folder.parent == default_group(seeds.configs[0], tmp_path)


def test_a_run_that_stands_alone_already_is_taken(tmp_path: Path) -> None:
    (point,) = points(Asked(), ["lr=3e-4"])
    single = default_folder(point.configs[0], tmp_path)
    single.mkdir()
    assert place([point], tmp_path)[1][0].folder == default_group(point.configs[0], tmp_path) / "s0"
    (single / "config.json").write_text(json.dumps(point.configs[0].to_json()))
    assert place([point], tmp_path)[1][0].folder == single


def test_the_page_of_a_grid_has_its_place_whatever_the_order_and_the_seeds() -> None:
    folders = {
        place(points(Asked(seeds=seeds), [f"lr={rates}"]), None)[0]
        for seeds in ("0..1", "0..9")
        for rates in ("1e-4,3e-4", "3e-4,1e-4")
    }
    assert len(folders) == 1
    assert place(points(Asked(), ["lr=1e-4,5e-4"]), None)[0] not in folders


@pytest.mark.parametrize("what", ["a single run", "another file"])
def test_a_folder_that_holds_something_else_is_refused_before_any_run(what: str, tmp_path: Path) -> None:
    found = points(Asked(), ["lr=1e-4,3e-4"])
    if what == "a single run":
        (tmp_path / "config.json").write_text(json.dumps(RunConfig.to_json(found[0].configs[0])))
    else:
        place(found, tmp_path)[1][1].folder.mkdir(parents=True)
        (place(found, tmp_path)[1][1].folder / "thesis.txt").write_text("mine")

    def make(*_: object) -> list[Ending]:
        raise AssertionError("a run was made")

    watcher = Heard()
    with pytest.raises(RunError, match=r"holds a single run|is not a run folder"):
        run_grid(found, tmp_path, make, watcher)
    assert watcher.said == []
    assert not list(tmp_path.rglob("record.json"))
