"""Runs on a dask cluster of this machine; what is said where there is no dask, and where no scheduler answers."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_runs import small_options

from driftlab import cluster, workers
from driftlab.__main__ import main
from driftlab.config import POCKET
from driftlab.errors import ConfigError, RunError
from driftlab.one_run import Order

WITH_DASK = "dask is not installed: it is the extra 'cluster'"


class Deaf:
    def began(self, name: str) -> None: ...

    def heard(self, name: str, event: dict[str, Any]) -> None: ...

    def ended(self, name: str, how: str) -> None: ...


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler with one worker, both in threads of this process; a run is a process of its own all the same."""
    distributed = pytest.importorskip("distributed", reason=WITH_DASK)
    scratch = str(tmp_path_factory.mktemp("dask"))
    options = {"processes": False, "dashboard_address": ":0", "local_directory": scratch}
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, **options) as local:
        yield local.scheduler_address


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_grid_on_a_cluster(address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One point that succeeds and one that cannot."""
    words = small_options(tmp_path)
    del words[words.index("--data") : words.index("--data") + 2]
    values = f"data={tmp_path / 'data.jsonl'},{tmp_path / 'missing.jsonl'}"
    arguments = ["drift", *words, "--grid", values, "--out", str(tmp_path / "out"), "--json"]
    assert main([*arguments, "--scheduler", address]) == 2
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert len(line["runs"]) == 1
    assert line["runs"][0]["base_unchanged"] is True
    assert [failed["how"] for failed in line["failed"]] == ["failed"]
    assert "there is no file" in line["failed"][0]["problem"]
    assert (Path(line["runs"][0]["run"]) / "record.json").exists()


@pytest.mark.filterwarnings("default")
def test_a_worker_that_does_not_see_the_folder_says_so(address: str, tmp_path: Path) -> None:
    order = Order("seed 0", POCKET, tmp_path / "out", tmp_path / "elsewhere")
    (ending,) = cluster.run_there([order], address, Deaf())
    assert (ending.how, "does not see the folder" in ending.problem) == ("failed", True)


class Interrupting(Deaf):
    """Ctrl-C at the first end, once the other run has begun."""

    def __init__(self, begun: Path) -> None:
        self.begun = begun

    def ended(self, name: str, how: str) -> None:
        until = time.monotonic() + 60
        while not self.begun.exists() and time.monotonic() < until:
            time.sleep(0.02)
        raise KeyboardInterrupt


@pytest.mark.filterwarnings("default")
def test_ctrl_c_stops_what_has_begun_on_the_workers(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is in this process, so that a stand-in for the run can be put in its place."""
    begun, ended, program = (tmp_path / name for name in ("begun", "ended", "waits.py"))
    program.write_text(
        f"import pathlib, sys\npathlib.Path({str(begun)!r}).touch()\nsys.stdin.read()\n"
        f"pathlib.Path({str(ended)!r}).touch()\n"
    )
    monkeypatch.setattr(workers, "PROGRAM", (str(program),))
    orders = [Order(f"seed {n}", POCKET, tmp_path / "out", tmp_path / place) for n, place in enumerate(("gone", "."))]
    with pytest.raises(KeyboardInterrupt):
        cluster.run_there(orders, address, Interrupting(begun))
    assert begun.exists()
    assert ended.exists(), "the run went on"


@pytest.mark.filterwarnings("default")
def test_no_scheduler_there(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason=WITH_DASK)
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(RunError, match=r"no dask scheduler answers at '127\.0\.0\.1:9'"):
        cluster.run_there([], "127.0.0.1:9", Deaf())


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("text", ["nonsense://node:1", "node"])
def test_no_address(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason=WITH_DASK)
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises((ConfigError, RunError)) as caught:
        cluster.run_there([], text, Deaf())
    assert text in caught.value.problem


def test_without_dask_the_line_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match="not installed") as caught:
        cluster.run_there([], "node:8786", Deaf())
    assert "pip install -e '.[cluster]'" in caught.value.remedy
