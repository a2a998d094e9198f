"""Processes side by side: how many at once, with how many threads, how each ended; none outlives its parent's stop."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from driftlab import one_run, workers
from driftlab.config import POCKET
from driftlab.errors import DataError
from driftlab.one_run import Order, Teller, work
from driftlab.workers import run_here, run_one

# A stand-in for driftlab.one_run that does what the name of its run says.
STAND_IN = """
import json, os, signal, sys, time
order = json.loads(sys.stdin.readline())
what = order["name"].split()[0]
def tell(**event):
    print(json.dumps(event), flush=True)
tell(stage=f"threads {os.environ['OMP_NUM_THREADS']}")
if what == "works":
    time.sleep(0.2)
    tell(done=1, total=1, note="")
    print("not JSON", flush=True)
    tell(end="finished")
elif what == "fails":
    tell(end="failed", problem="there is no file.", remedy="Give one.")
elif what == "breaks":
    tell(end="bug", problem="ZeroDivisionError: ours", trace="Traceback ...")
elif what == "vanishes":
    sys.stderr.write("Segmentation fault in a library")
    sys.exit(7)
elif what == "dies":
    sys.stdout.write('{"end": "fini')
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)
elif what == "waits":
    sys.stdin.read()
    tell(end="interrupted")
elif what == "clings":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.sleep(600)
"""


class Watching:
    def __init__(self, interrupt_at: int = 0) -> None:
        self.going: set[str] = set()
        self.most = 0
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.ends: dict[str, str] = {}
        self.interrupt_at = interrupt_at

    def began(self, name: str) -> None:
        self.going.add(name)
        self.most = max(self.most, len(self.going))

    def heard(self, name: str, event: dict[str, Any]) -> None:
        self.events.append((name, event))
        if len(self.events) == self.interrupt_at:
            raise KeyboardInterrupt

    def ended(self, name: str, how: str) -> None:
        self.going.discard(name)
        self.ends[name] = how


@pytest.fixture(autouse=True)
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "stand_in.py"
    program.write_text(STAND_IN)
    monkeypatch.setattr(workers, "PROGRAM", (str(program),))
    monkeypatch.setattr(workers, "GRACE", 0.5)
    for name in workers.THREADS:
        monkeypatch.delenv(name, raising=False)


def orders(tmp_path: Path, *names: str) -> list[Order]:
    return [Order(name, POCKET, tmp_path / name, tmp_path) for name in names]


def test_each_run_ends_in_its_own_way_and_all_are_made(tmp_path: Path) -> None:
    watching = Watching()
    names = ("works 1", "fails", "breaks", "vanishes", "dies", "works 2")
    endings = run_here(orders(tmp_path, *names), 2, 3, watching)
    assert [ending.order.name for ending in endings] == list(names)
    assert [ending.how for ending in endings] == ["finished", "failed", "bug", "bug", "killed", "finished"]
    assert watching.ends == {ending.order.name: ending.how for ending in endings}
    failed, broken, vanished, died = endings[1:5]
    assert (failed.problem, failed.remedy) == ("there is no file.", "Give one.")
    assert (broken.problem, broken.remedy) == ("ZeroDivisionError: ours", "Traceback ...")
    assert "exit code 7" in vanished.problem
    assert "Segmentation fault" in vanished.remedy
    assert "SIGKILL" in died.problem
    assert ("works 1", {"done": 1, "total": 1, "note": ""}) in watching.events


@pytest.mark.parametrize("jobs", [1, 3])
def test_no_more_go_on_at_once_than_jobs(jobs: int, tmp_path: Path) -> None:
    watching = Watching()
    run_here(orders(tmp_path, *(f"works {n}" for n in range(5))), jobs, 1, watching)
    assert watching.most == jobs


@pytest.mark.parametrize(("given", "expected"), [(None, "3"), ("2", "2"), ("8", "3"), ("many", "3"), ("0", "3")])
def test_threads_are_shared_and_nobody_gets_more_than_asked_for(
    given: str | None, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if given is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", given)
    watching = Watching()
    run_here(orders(tmp_path, "works"), 1, 3, watching)
    assert ("works", {"stage": f"threads {expected}"}) in watching.events


def running(program: Path) -> list[int]:
    """Processes that run the stand-in of this test."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if str(program).encode() in words:
            found.append(int(folder.name))
    return found


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
def test_when_this_is_interrupted_no_process_is_left(tmp_path: Path) -> None:
    """One that stops when it is told to, and one that has to be killed."""
    with pytest.raises(KeyboardInterrupt):
        run_here(orders(tmp_path, "waits", "clings", "works"), 2, 1, Watching(interrupt_at=2))
    assert not running(tmp_path / "stand_in.py")


def test_one_that_is_not_wanted_any_more_is_stopped(tmp_path: Path) -> None:
    asked: list[float] = []

    def keep_on() -> bool:
        asked.append(time.monotonic())
        return len(asked) < 2

    (order,) = orders(tmp_path, "waits")
    assert run_one(order, 1, keep_on).how == "killed"
    assert len(asked) == 2
    assert run_one(orders(tmp_path, "works")[0], 1, lambda: True).how == "finished"


# --- the process itself ---


def test_an_order_crosses_as_a_line() -> None:
    order = Order("lr 1e-4, seed 0", POCKET, Path("/a/run"), Path("/a"), fresh=True)
    assert "\n" not in order.to_text()
    assert Order.from_text(order.to_text()) == order


@pytest.mark.parametrize(
    ("error", "code", "end"),
    [
        (DataError("no file.", "Give one."), 2, {"end": "failed", "problem": "no file.", "remedy": "Give one."}),
        (KeyboardInterrupt(), 130, {"end": "interrupted"}),
        (ZeroDivisionError("ours"), 3, {"end": "bug", "problem": "ZeroDivisionError: ours"}),
        (None, 0, {"end": "finished"}),
    ],
)
def test_whatever_happens_is_the_last_line(
    error: BaseException | None, code: int, end: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run_drift(config: object, folder: Path, teller: Teller, *, fresh: bool) -> None:
        teller.stage("Fine-tuning")
        for step in range(1, 1001):
            teller.progress(step, 1000, "loss 1.000")
        if error is not None:
            raise error

    monkeypatch.setattr(one_run, "run_drift", run_drift)
    stream = io.StringIO()
    assert work(orders(tmp_path, "seed 0")[0], Teller(stream)) == code
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert events[0] == {"stage": "Fine-tuning"}
    assert {"done": 1000, "total": 1000, "note": "loss 1.000"} in events
    assert len(events) < 100
    assert end.items() <= events[-1].items()


def test_without_an_order_it_says_what_it_is_for() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "driftlab.one_run"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "reads its order" in done.stderr


def test_it_stops_when_its_stdin_is_closed() -> None:
    """The end of the pipe interrupts the main thread; one that cannot be interrupted ends as it is."""
    for body, code in (("time.sleep(60)", 130), ("hold()", 130)):
        program = (
            "import sys, threading, time\nfrom driftlab import one_run\none_run.GRACE = 0.3\n"
            "def hold():\n    while True:\n        try:\n            time.sleep(60)\n"
            "        except KeyboardInterrupt:\n            pass\n"
            "watch = threading.Thread(target=one_run._stop_when_closed, args=(0, b'more'), daemon=True)\n"
            # started within the try: the pipe may be closed before the program has come this far
            f"try:\n    watch.start()\n    {body}\nexcept KeyboardInterrupt:\n    sys.exit(130)\n"
        )
        process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
        time.sleep(0.2)
        process.communicate(timeout=30)
        assert process.returncode == code
