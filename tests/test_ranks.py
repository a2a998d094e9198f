"""Several processes train as one would: two on CPUs over gloo, each a real process started as a launcher starts it."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import launched
import pytest
from forked import Forked
from safetensors.torch import load_file
from small_runs import one_thread, small_options

from driftlab import ranks
from driftlab.recording import comparable

NCCL = {name: value for name, value in os.environ.items() if name.startswith("NCCL")}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="processes find each other over gloo on Linux and macOS here"),
]


def started(model: Path, folder: Path, settings: dict[str, Any], count: int, kill: int = 0) -> list[Forked]:
    """A training in so many processes, with what torchrun sets for each; the first is killed at a step, if any."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = [
        {"RANK": str(n), "LOCAL_RANK": str(n), "WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count)}
        for n in range(count)
    ]
    together = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    words = [str(model), str(folder), json.dumps(settings)]
    return [
        Forked(
            launched.run,
            [*words, str(0 if number else kill)],
            {**one_thread(), **(together | place if count > 1 else {})},
        )
        for number, place in enumerate(places)
    ]


def train(model: Path, folder: Path, count: int, **settings: Any) -> list[dict[str, Any]]:
    """What each process was told of the training."""
    found = []
    for process in started(model, folder, settings, count):
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        found.append(json.loads(out.splitlines()[-1]))
    return sorted(found, key=lambda told: int(told["rank"]))


def losses(folder: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (folder / "train_log.jsonl").read_text().splitlines()]


def assert_like(folder: Path, other: Path) -> None:
    """The same adapter and the same losses, but for the order in which sums were rounded."""
    ours, theirs = (load_file(each / "adapter" / "adapter_model.safetensors") for each in (folder, other))
    assert ours.keys() == theirs.keys()
    moved = max(float(tensor.abs().max()) for name, tensor in theirs.items() if "lora_B" in name)
    furthest = max(float((ours[name] - theirs[name]).abs().max()) for name in ours)
    assert moved > 1e-3
    assert furthest < 0.01 * moved
    assert losses(folder) == pytest.approx(losses(other), abs=1e-4)


@pytest.mark.parametrize(
    ("batch", "accumulation"),
    [pytest.param(4, 2, id="with twice the accumulation"), pytest.param(8, 1, id="with twice the batch")],
)
def test_two_processes_make_the_adapter_of_one(
    saved_model: Path, tmp_path: Path, batch: int, accumulation: int
) -> None:
    """33 rows: the last step has one alone, so that one of the processes has nothing in it."""
    settings = {"batch_size": batch, "accumulation": accumulation, "rows": 33}
    (one,) = train(saved_model, tmp_path / "one", 1, **settings)
    two = train(saved_model, tmp_path / "two", 2, **settings)
    assert_like(tmp_path / "two", tmp_path / "one")
    assert one["steps"] == two[0]["steps"]
    assert (one["processes"], two[0]["processes"]) == (1, 2)
    assert [told["unchanged"] for told in two] == [True, True]
    assert two[0]["logged"] == list(range(1, two[0]["steps"] + 1))
    assert two[1]["logged"] == [], "the first process alone writes and reports"
    own = ("rank", "logged")
    assert {k: v for k, v in two[1].items() if k not in own} == {k: v for k, v in two[0].items() if k not in own}
    assert two[0]["tokens_seen"] == one["tokens_seen"]


DROPPED = {"accumulation": 2, "dropout": 0.1}
"""With dropout, of which each process has its own."""


class Whole(NamedTuple):
    """A training that nobody disturbed: its folder, and the hash of its adapter."""

    folder: Path
    adapter: str


@pytest.fixture(scope="module")
def whole(saved_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    return Whole(folder, train(saved_model, folder, 2, checkpoint_steps=100, **DROPPED)[0]["adapter_sha256"])


def test_two_processes_go_on_exactly(saved_model: Path, tmp_path: Path, whole: Whole) -> None:
    """Stopped after four steps, and then gone on with."""
    settings = {**DROPPED, "checkpoint_steps": 100}
    part = train(saved_model, tmp_path / "parts", 2, stop=4, **settings)
    assert (part[0]["finished"], part[0]["steps"], part[0]["planned_steps"]) == (False, 4, 6)
    rest = train(saved_model, tmp_path / "parts", 2, **settings)
    assert rest[0]["resumed_at"] == 4
    assert rest[0]["adapter_sha256"] == whole.adapter
    assert losses(tmp_path / "parts") == losses(whole.folder)


def test_the_first_is_killed_and_all_go_on_exactly(saved_model: Path, tmp_path: Path, whole: Whole) -> None:
    settings = {**DROPPED, "checkpoint_steps": 2}
    first, second = started(saved_model, tmp_path / "killed", settings, 2, kill=5)
    assert first.wait(300) == -signal.SIGKILL
    second.kill()  # as a launcher does
    second.communicate()
    first.communicate()
    rest = train(saved_model, tmp_path / "killed", 2, **settings)
    assert rest[0]["resumed_at"] == 4
    assert rest[0]["adapter_sha256"] == whole.adapter


def test_steps_that_cannot_be_divided_are_refused(saved_model: Path, tmp_path: Path) -> None:
    for process in started(saved_model, tmp_path, {"batch_size": 1, "accumulation": 1}, 2):
        assert "cannot be divided among 2 processes" in process.communicate(timeout=300)[1]
        assert process.returncode != 0


def launched_by(launcher: list[str], folder: Path, run: str) -> subprocess.CompletedProcess[str]:
    """The whole experiment in two processes, started by a launcher that is given as a module and its options."""
    drift = ["-m", "driftlab", "drift", *small_options(folder), "--json", "--out", str(folder / run)]
    command = [sys.executable, "-m", *launcher, *drift]
    return subprocess.run(command, env=one_thread(), capture_output=True, text=True, timeout=600, check=False)


def test_the_whole_experiment_under_the_launchers_that_people_use(tmp_path: Path) -> None:
    """One table, one record, and then nothing to do. accelerate, which calls CPUs GPUs here, comes to the same adapter.

    A mixed precision that it asks for is not ours.
    """
    torchrun = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    first = launched_by(torchrun, tmp_path, "run")
    assert first.returncode == 0, first.stderr
    line = json.loads(first.stdout)
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    assert (record["training"]["processes"], record["training"]["finished"]) == (2, True)
    assert line["run"] == str(tmp_path / "run")
    assert record["base_unchanged"]
    again = launched_by(torchrun, tmp_path, "run")
    assert again.returncode == 0, again.stderr
    assert "complete already" in again.stderr
    assert comparable(json.loads((tmp_path / "run" / "record.json").read_text())) == comparable(record)
    accelerate = ["accelerate.commands.accelerate_cli", "launch", "--multi-gpu", "--num-processes", "2"]
    options = ["--main_process_port", "0", "--mixed_precision", "bf16", "--num_machines", "1", "--dynamo_backend", "no"]
    other = launched_by([*accelerate, *options], tmp_path, "accelerated")
    assert other.returncode == 0, other.stderr
    found = json.loads((tmp_path / "accelerated" / "record.json").read_text())
    assert found["training"]["processes"] == 2
    assert found["hashes"]["adapter"] == record["hashes"]["adapter"]


def test_a_process_alone_is_the_first_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert (ranks.count(), ranks.rank(), ranks.local_rank(), ranks.first()) == (1, 0, 0, True)
    assert ranks.tell("a") == "a"
    assert ranks.gather("a") == ["a"]
    with ranks.leading():
        pass
    assert {name: value for name, value in os.environ.items() if name.startswith("NCCL")} == NCCL
