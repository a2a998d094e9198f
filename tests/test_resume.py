"""Runs killed with -9 at every stage, by themselves and from outside, go on and end in the record of one that was not.

One chain of processes dies at one moment after another; the last one finishes. Each process is the real program.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import killed_run
import pytest
from forked import Forked
from small_runs import one_thread, small_options

from driftlab.__main__ import main
from driftlab.recording import comparable

Process = subprocess.Popen[str] | Forked
CHAIN = (
    "configuring", "before", "training early", "training late", "trained", "after", "judging", "looking", "page",
    "record",
)  # fmt: skip
STAGES = {
    "before": "before.answers.jsonl",
    "train": "adapter/adapter_model.safetensors",
    "after": "after.answers.jsonl",
}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("resume")


def command(home: Path, out: Path) -> list[str]:
    """Fifty-four steps of one example each, so that a checkpoint is made at the fiftieth."""
    return ["drift", *small_options(home, examples=60, batch=1), "--lr", "1e-4", "--out", str(out), "--json"]


def start(home: Path, out: Path, moment: str | None = None, *more: str) -> Forked:
    """The program in a process of its own; with a moment, one that kills itself then."""
    words = [*command(home, out), *more]
    if moment is None:
        return Forked(main, words, one_thread())
    return Forked(killed_run.run, [moment, *words], one_thread())


def start_anew(home: Path, out: Path) -> subprocess.Popen[str]:
    """As a shell starts it; it gives way to others, so that it does not train to its end before it is looked at."""
    program = ["nice", "-n", "19", sys.executable, "-m", "driftlab", *command(home, out)]
    return subprocess.Popen(program, env=one_thread(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: Process) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=600)
    assert process.returncode is not None
    return process.returncode, out, err


@pytest.fixture(scope="module")
def whole(home: Path) -> Path:
    """The run that nobody disturbed."""
    code, out, err = finish(start_anew(home, home / "whole"))
    assert code == 0, err
    assert json.loads(out.splitlines()[-1])["run"] == str(home / "whole")
    return home / "whole"


def contents(run: Path, but: tuple[str, ...] = ()) -> dict[str, bytes]:
    """All files whose bytes must not depend on how often a run was killed."""
    names = ("answers.jsonl", "verdicts.jsonl", "config.json", "adapter/adapter_model.safetensors")
    return {name: (run / name).read_bytes() for name in names if not (but and name == "config.json")}


def losses(run: Path) -> list[tuple[int, float]]:
    lines = [json.loads(line) for line in (run / "train_log.jsonl").read_text().splitlines()]
    return [(line["step"], line["loss"]) for line in lines]


def assert_same(run: Path, whole: Path, but: tuple[str, ...] = ()) -> None:
    """The same record and files, but for settings of the training that change nothing."""
    ours, theirs = (comparable(json.loads((folder / "record.json").read_text())) for folder in (run, whole))
    for name in but:
        ours["config"]["training"][name] = theirs["config"]["training"][name]
    assert ours == theirs
    assert contents(run, but) == contents(whole, but)
    assert losses(run) == losses(whole)
    assert not list(run.rglob("*.partial"))
    assert {path.name for path in run.iterdir()} == {path.name for path in whole.iterdir()}


def test_killed_at_every_stage(home: Path, whole: Path) -> None:
    run = home / "run"
    seen: dict[str, int] = {}
    for moment in CHAIN:
        code, _, err = finish(start(home, run, moment))
        assert code == -signal.SIGKILL, f"{moment}: {err}"
        assert not (run / "record.json").exists(), f"a record stands after a kill at {moment!r}"
        for stage, name in STAGES.items():
            if (run / "stages" / f"{stage}.json").exists():
                made = (run / name).stat().st_mtime_ns
                assert seen.setdefault(stage, made) == made, f"{stage} was done again after a kill at {moment!r}"
    assert set(seen) == set(STAGES)
    code, _, err = finish(start(home, run))
    assert code == 0, err
    assert_same(run, whole)


def test_killed_when_the_record_stands(home: Path, whole: Path) -> None:
    """Then the run is complete: the same command shows it, and computes nothing."""
    run = home / "recorded"
    assert finish(start(home, run, "recorded"))[0] == -signal.SIGKILL
    record = (run / "record.json").read_bytes()
    code, _, err = finish(start(home, run))
    assert code == 0
    assert "complete already" in err
    assert (run / "record.json").read_bytes() == record
    assert comparable(json.loads(record)) == comparable(json.loads((whole / "record.json").read_text()))


STEPS = 54


def checkpoint_of(run: Path) -> int:
    """The newest complete checkpoint's step; 0 where there is none."""
    complete = (run / "checkpoints").glob("checkpoint-*/complete.json")
    return max((int(path.parent.name.rpartition("-")[2]) for path in complete), default=0)


@pytest.mark.parametrize("seed", [0, 1])
def test_killed_at_random_steps_with_checkpoints_by_time(home: Path, whole: Path, seed: int) -> None:
    """A checkpoint at each step, or about every tenth of a second; killed after steps that the seed draws."""
    chance = random.Random(seed)  # noqa: S311
    minutes = chance.choice(["0.000001", "0.002"])
    run, kills = home / f"random-{seed}", sorted(chance.sample(range(1, STEPS), 2))
    by_time = ("--checkpoint-minutes", minutes)
    reached = 0
    for step in kills:
        code, _, err = finish(start(home, run, str(step), *by_time))
        assert code == -signal.SIGKILL, f"{step} of {kills}: {err}"
        assert reached <= checkpoint_of(run) < step
        reached = checkpoint_of(run)
        if minutes == "0.000001":
            assert reached == step - 1, "all but the step that it was killed in"
    code, _, err = finish(start(home, run, None, *by_time))
    assert code == 0, err
    assert_same(run, whole, but=("checkpoint_minutes",))


def test_stopped_by_time_killed_and_gone_on_with(home: Path, whole: Path) -> None:
    """`--max-hours` in a real process, then a kill in what follows, then the plain command."""
    run = home / "limited"
    code, out, err = finish(start(home, run, None, "--max-hours", "0.0000001"))
    assert code == 0, err
    assert json.loads(out.splitlines()[-1])["finished"] is False
    assert "The same command goes on" in err
    assert "stopped before its end, at step 1 of 54" in " ".join(err.split())
    assert checkpoint_of(run) == 1
    assert finish(start(home, run, str(random.Random(7).randrange(3, STEPS))))[0] == -signal.SIGKILL  # noqa: S311
    assert not (run / "record.json").exists(), "the old record does not stand beside a new adapter"
    code, out, err = finish(start(home, run))
    assert code == 0, err
    assert json.loads(out.splitlines()[-1])["finished"] is True
    assert_same(run, whole)


def stop_while_training(home: Path, run: Path, sent: signal.Signals) -> tuple[int, str, str]:
    """Send the signal once a few more steps are logged."""
    log = run / "train_log.jsonl"
    enough = 3 + (len(log.read_bytes().splitlines()) if log.exists() else 0)
    process = start_anew(home, run)
    while process.poll() is None and not (log.exists() and len(log.read_bytes().splitlines()) > enough):
        time.sleep(0.05)
    os.kill(process.pid, sent)
    return finish(process)


def test_stopped_from_outside_while_training(home: Path, whole: Path) -> None:
    """Ctrl-C and kill -9 as a person sends them, at moments that nobody chose."""
    run = home / "stopped"
    code, out, err = stop_while_training(home, run, signal.SIGINT)
    assert (code, out) == (130, ""), err
    assert "The same command goes on" in err
    assert "Traceback" not in err
    code, out, _ = stop_while_training(home, run, signal.SIGKILL)
    assert (code, out) == (-signal.SIGKILL, "")
    assert not (run / "record.json").exists()
    assert finish(start(home, run))[0] == 0
    assert_same(run, whole)
