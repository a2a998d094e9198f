"""Student code in its process, at every level that this machine offers: what it can answer, and what it cannot do."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import SandboxError
from autograder.sandbox import levels, visible
from autograder.sandbox.client import Reply, Worker, WorkerFactory, WorkerGone
from autograder.sandbox.levels import Level
from autograder.sandbox.zygote import Zygote
from autograder.spec import Limits

ROOT = Path(__file__).resolve().parents[1]
LIMITS = Limits(load_seconds=2.0, memory_bytes=256 * 2**20, tmp_bytes=4 * 2**20, reply_bytes=2**20)
SECONDS = 20.0
MECHANISMS = ("landlock", "limits", "linux", "namespaces", "seccomp", "syscalls")
LEADS_HERE = {ROOT.parts[2]} if ROOT.parts[:2] == ("/", "tmp") else set[str]()
"""What a process's own /tmp holds besides: the way to this checkout, where that lies below /tmp."""

pytestmark = pytest.mark.skipif(not levels.available(), reason="no level of isolation works on this machine")


@pytest.fixture(scope="module", params=levels.available())
def zygote(request: pytest.FixtureRequest) -> Iterator[Zygote]:
    with Zygote(request.param, ["json", "numpy", "ctypes", "threading", "subprocess"], ["driftlab.pocket"]) as found:
        yield found


@pytest.fixture
def start(zygote: Zygote) -> Iterator[Callable[..., Worker]]:
    workers = []

    def starts(source: str, *given: str, limits: Limits = LIMITS, seconds: float = SECONDS) -> Worker:
        worker = WorkerFactory(zygote.channels[0]).start([("cell 1", source)], given, limits, seconds)
        workers.append(worker)
        return worker

    yield starts
    for worker in workers:
        worker.abandon()


@pytest.fixture
def ask(start: Callable[..., Worker]) -> Callable[..., Any]:
    """Define `f`, call it, give its value."""

    def asks(source: str, *args: Any, **kwargs: Any) -> Any:
        reply = start(source, **kwargs).call("f", args, {}, 10.0)
        assert reply.error is None, reply.error
        return reply.value

    return asks


def gone(start: Callable[..., Worker], source: str, seconds: float = 10.0, **kwargs: Any) -> WorkerGone:
    """How the worker ends when `f` is called."""
    worker = start(source, **kwargs)
    with pytest.raises(WorkerGone) as caught:
        worker.call("f", [], {}, seconds)
    with pytest.raises(WorkerGone) as again:
        worker.call("f", [], {}, seconds)
    assert again.value is caught.value
    return caught.value


def refusal(body: str) -> str:
    """A function that says whether what it tries was refused."""
    tried = f"    try:\n        {body}\n    except OSError as error:\n        return error.errno\n"
    return f"import os, socket, signal, ctypes\ndef f():\n{tried}"


def eventually(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def family(pid: int) -> set[int]:
    """A process and all below it."""
    found = {pid}
    for task in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(task.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found |= family(int(task.parent.name))
    return found


def alive(pids: set[int]) -> set[int]:
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.add(pid)
    return found


# --- answers ---


def test_values_cross_both_ways(start: Callable[..., Worker]) -> None:
    import numpy as np

    worker = start("def f(x, *, scale=1):\n    return {'a': (x[0] * scale, [True, None, 2.5]), 'b': {1, 2}}")
    reply = worker.call("f", [[3]], {"scale": 7}, 10.0)
    assert reply == Reply({"a": (21, [True, None, 2.5]), "b": {1, 2}})
    worker = start("import numpy\ndef f():\n    return numpy.arange(3, dtype='float32')")
    value = worker.call("f", [], {}, 10.0).value
    assert value.dtype == np.float32
    assert value.tolist() == [0, 1, 2]


def test_what_no_function_answers(start: Callable[..., Worker]) -> None:
    worker = start("def f():\n    raise NotImplementedError('lab.f')\ng = 3\ndef h(x):\n    x = 0\n    return 1 / x")
    assert worker.loaded.defined == {"f", "h"}
    assert worker.call("g", [], {}, 10.0) == Reply(missing=True)
    assert worker.call("nothing", [], {}, 10.0) == Reply(missing=True)
    stub = worker.call("f", [], {}, 10.0).error
    assert stub is not None
    assert stub.not_attempted
    raised = worker.call("h", [1], {}, 10.0).error
    assert raised is not None
    assert (raised.type, raised.where, raised.not_attempted) == ("ZeroDivisionError", "cell 1, line 6", False)
    wrong = worker.call("h", [], {}, 10.0).error
    assert wrong is not None
    assert wrong.type == "TypeError"


def test_given_cells_run_first_and_are_put_back(start: Callable[..., Worker]) -> None:
    worker = start(
        "def driver():\n    return 'mine'\ndef f():\n    return driver(), G", "G = 5\ndef driver():\n    return 'ours'"
    )
    assert worker.call("f", [], {}, 10.0).value == ("ours", 5)


def test_a_given_cell_that_fails_is_our_failure(start: Callable[..., Worker]) -> None:
    with pytest.raises(SandboxError, match="ZeroDivisionError"):
        start("", "1 / 0")


def test_usage_and_an_end(start: Callable[..., Worker]) -> None:
    worker = start("def f():\n    global held\n    held = bytearray(64 * 2**20)\n    return sum(range(10**6))")
    worker.call("f", [], {}, 10.0)
    usage = worker.close()
    assert 60 * 2**20 < usage.peak_bytes < 200 * 2**20
    assert 0 < usage.cpu_seconds <= usage.wall_seconds + 1
    with pytest.raises(WorkerGone):
        worker.call("f", [], {}, 10.0)


def test_two_workers_at_once_know_nothing_of_each_other(start: Callable[..., Worker]) -> None:
    source = "import os\ndef f(name):\n    open(name, 'w').write('x')\n    return sorted(os.listdir('.')), os.getuid()"
    first, second = start(source), start(source)
    (names, user), (others, another) = (w.call("f", [n], {}, 10.0).value for w, n in ((first, "a"), (second, "b")))
    assert (set(names) - LEADS_HERE, set(others) - LEADS_HERE) == ({"a"}, {"b"})
    assert os.geteuid() or user != another


# --- ends ---


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        ("import os; os._exit(0)", "exited", "exit code 0"),
        ("import os; os._exit(7)", "exited", "exit code 7"),
        ("import os; os.close(3)", "exited", ""),
        ("import ctypes; ctypes.string_at(0)", "killed", "SIGSEGV"),
        ("import os; os.write(3, b'x' * 3 * 2**20)", "too much output", ""),
        ("import os; os.write(3, b'not json\\n')", "bad reply", ""),
        ("import os; os.write(3, b'[' * 100000 + b'\\n')", "bad reply", ""),
        ('import os; os.write(3, b\'{"id":2,"value":1}\\n\')', "bad reply", ""),
        ('import os; os.write(3, b\'{"id":1,"value":NaN}\\n\')', "bad reply", ""),
        ('import os; os.write(3, b\'{"id":1,"value":"\\\\ud800"}\\n\')', "bad reply", ""),
        ("import os; os.write(3, b'{\"id\":1,\"value\":' + b'9' * 5000 + b'}\\n')", "bad reply", ""),
        ('import os; os.write(3, b\'{"id":1,"value":1,"points":9}\\n\')', "bad reply", ""),
        ("import os; os.write(3, b'\\xff\\xfe\\n')", "bad reply", ""),
        ("while True: pass", "timeout", ""),
    ],
)
def test_how_it_ends(start: Callable[..., Worker], body: str, reason: str, detail: str) -> None:
    ended = gone(start, f"def f():\n    {body}", 0.3 if reason == "timeout" else 10.0)
    assert ended.reason == reason
    assert detail in ended.detail


def test_a_forged_reply_is_only_a_value_and_the_second_is_refused(start: Callable[..., Worker]) -> None:
    forged = """os.write(3, b'{"id":1,"value":42}\\n')"""
    worker = start(f"import os, time\ndef f():\n    {forged}\n    time.sleep(0.5)\n    return 1")
    assert worker.call("f", [], {}, 5).value == 42
    time.sleep(0.7)
    with pytest.raises(WorkerGone, match="bad reply: it wrote without being asked"):
        worker.call("f", [], {}, 5)


@pytest.mark.parametrize("more", ['{"id":2,"value":7}\\n', "x", "\\n"])
def test_a_reply_with_more_behind_it_is_none(start: Callable[..., Worker], more: str) -> None:
    """Else a thread that writes the right answer and the next one's at a lucky moment would be believed once."""
    worker = start(f"""import os\ndef f():\n    os.write(3, b'{{"id":1,"value":42}}\\n{more}')\n    return 1""")
    with pytest.raises(WorkerGone, match="bad reply: it wrote without being asked"):
        worker.call("f", [], {}, 5)


def test_catching_everything_in_a_loop(start: Callable[..., Worker]) -> None:
    # In a function, since Python 3.11 looks up what a signal raises at a jump backwards one step before the `try`.
    loop = "while True:\n        try:\n            while True: sum([1])\n        except BaseException: pass"
    loop = f"def spin():\n    {loop}\nwhile True:\n    try: spin()\n    except BaseException: pass"
    with pytest.raises(WorkerGone, match="timeout"):
        start(loop, limits=Limits(load_seconds=0.2))
    worker = start("def f(): return 1", seconds=0.5)
    with pytest.raises(WorkerGone, match="timeout"):
        [time.sleep(0.1) for _ in range(30) if worker.call("f", [], {}, 10.0)]


@pytest.mark.parametrize("ending", ["raise SystemExit(3)", "raise KeyboardInterrupt", "raise GeneratorExit", "exit()"])
def test_an_exit_in_a_cell_is_a_note(start: Callable[..., Worker], ending: str) -> None:
    worker = start(f"{ending}\ndef f():\n    return 1")
    assert worker.call("f", [], {}, 10.0).value == 1
    assert worker.loaded.notes


def test_memory_is_limited(start: Callable[..., Worker]) -> None:
    worker = start("def f():\n    return len(bytearray(300 * 2**20))\ndef g():\n    return len(bytearray(100 * 2**20))")
    error = worker.call("f", [], {}, 10.0).error
    assert error is not None
    assert error.type == "MemoryError"
    assert worker.call("g", [], {}, 10.0).value == 100 * 2**20
    crash = "import ctypes\ndef f():\n    held = bytearray(200 * 2**20)\n    ctypes.string_at(0)"
    assert gone(start, crash).reason == "memory"


def test_a_value_that_is_too_large_is_refused_there(start: Callable[..., Worker]) -> None:
    worker = start("def f():\n    return 'x' * 2**21\ndef g():\n    return 1")
    error = worker.call("f", [], {}, 10.0).error
    assert error is not None
    assert "too large" in error.message
    assert worker.call("g", [], {}, 10.0).value == 1


# --- what is out of reach ---


@pytest.mark.parametrize(
    "body",
    [
        "os.fork()", "os.execv('/usr/bin/true', ['true'])", "os.posix_spawn('/usr/bin/true', ['true'], {})",
        "socket.socket()", "socket.socketpair()", "socket.socket(socket.AF_UNIX)",
        "os.kill(0, 9)", "os.kill(-1, 9)", "os.kill(os.getppid() or 2, 9)", "os.killpg(0, 9)",
        "os.pidfd_open(os.getpid())", "os.memfd_create('x')", "os.setpriority(0, 0, 5)", "os.mkfifo('/tmp/x/y')",
        "os.chroot('/')", "os.setuid(0) if os.getuid() else os.setuid(1)", "open('/etc/passwd')",
        "open('/new', 'w')", "os.mknod('x', 0o60600, 5)", "os.link(os.__file__, 'x')",
        "open(os.__file__, 'a')", "os.unlink(os.__file__)", "os.listdir('/home')",
        "[os.dup(3) for _ in range(100)]", "open('x', 'wb').write(bytes(9 * 2**20))",
    ],
)  # fmt: skip
def test_it_is_refused(ask: Callable[..., Any], body: str) -> None:
    assert ask(refusal(body)) is not None


@pytest.mark.parametrize("name", ["ptrace", "bpf", "mount", "unshare", "setns", "keyctl", "shmget", "io_uring_setup"])
def test_raw_calls_are_refused(ask: Callable[..., Any], name: str) -> None:
    from autograder.worker import linux, syscalls

    number = syscalls.number(syscalls.DENIED, name, linux.machine())
    code = f"libc = ctypes.CDLL(None, use_errno=True)\n        assert libc.syscall({number}, 0, 0, 0, 0) == -1"
    assert ask(refusal(f"{code}\n        return ctypes.get_errno()")) == 1


def test_no_file_of_ours_is_read_or_imported(ask: Callable[..., Any], tmp_path: Path) -> None:
    canary = tmp_path / "gradebook"
    canary.write_text("secret")
    tmp_path.chmod(0o755)
    canary.chmod(0o666)
    paths = [str(canary), *(str(ROOT / name) for name in ("autograder/spec.py", "driftlab/budget.py", "README.md"))]
    source = """
def f(paths):
    found = []
    for path in paths:
        for mode in "r", "a":
            try:
                found.append(open(path, mode))
            except OSError:
                pass
    for name in "autograder.spec", "autograder.values", "driftlab.budget", "driftlab.records", "tests", "solutions":
        try:
            found.append(__import__(name))
        except (ImportError, OSError):
            pass
    return len(found)
"""
    assert ask(source, paths) == 0
    assert canary.read_text() == "secret"


def test_what_is_readable_can_be_imported(ask: Callable[..., Any]) -> None:
    source = """
import os
from driftlab.pocket import model_dir
import driftlab.pocket.lexicon
def f():
    import wave, numpy.polynomial
    return sorted(os.listdir(model_dir())), os.path.getsize(model_dir() / "config.json") > 0
"""
    names, readable = ask(source)
    assert "model.safetensors" in names
    assert readable


def test_nothing_of_ours_comes_along(ask: Callable[..., Any]) -> None:
    os.environ["A_SECRET"] = "salt"  # noqa: S105
    try:
        source = """
import gc, os, sys, threading
def f():
    modules = [name for name in sys.modules if name.startswith(("autograder.", "driftlab."))]
    texts = [text for text in gc.get_objects() if type(text) is str and "salt" in text]
    numbers = [int(name) for name in os.listdir("/proc/self/fd")]
    return dict(os.environ), modules, len(texts), max(numbers) <= 4, threading.active_count(), sys.argv
"""
        environment, modules, texts, few, threads, arguments = ask(source)
    finally:
        del os.environ["A_SECRET"]
    assert not {"A_SECRET", "PYTHONPATH", "LD_PRELOAD"} & environment.keys()
    assert environment["OMP_NUM_THREADS"] == "1"
    assert set(modules) <= {"autograder.learner", "driftlab.pocket"}
    assert (texts, few, threads, arguments) == (0, True, 1, [""])


def test_no_rights(ask: Callable[..., Any]) -> None:
    source = "def f():\n    return dict(line.split(':', 1) for line in open('/proc/self/status'))"
    status = {key: value.strip() for key, value in ask(source).items()}
    assert {int(status[f"Cap{kind}"], 16) for kind in ("Inh", "Prm", "Eff", "Amb")} == {0}
    assert (status["NoNewPrivs"], status["Seccomp"], status["Threads"]) == ("1", "2", "1")
    if os.geteuid() == 0:
        assert "0" not in status["Uid"].split()[:3]
        assert int(status["CapBnd"], 16) == 0


def test_threads_are_few(ask: Callable[..., Any]) -> None:
    source = """
import threading
def f():
    threading.stack_size(32768)
    stop, made = threading.Event(), 0
    try:
        for made in range(5000):
            threading.Thread(target=stop.wait).start()
    except RuntimeError:
        return made
    finally:
        stop.set()
"""
    assert 8 < ask(source) < 200


def test_the_disk_is_limited(start: Callable[..., Worker], zygote: Zygote) -> None:
    source = """
import os, time
def f(many, size):
    for number in range(many):
        with open(f"file{number}", "wb") as file:
            file.write(bytes(size))
    time.sleep(1)
"""
    for many, size in ((8, 2**20), (6000, 1)):
        worker = start(source)
        if zygote.level == Level.NAMESPACES:
            error = worker.call("f", [many, size], {}, 10.0).error
            assert error is not None
            assert "No space left" in error.message
        else:
            with pytest.raises(WorkerGone, match="too much output"):
                worker.call("f", [many, size], {}, 10.0)


def test_files_without_a_name_count(start: Callable[..., Worker], zygote: Zygote) -> None:
    source = """
import tempfile, time
def f():
    held = [tempfile.TemporaryFile() for _ in range(8)]
    for file in held:
        file.write(bytes(2**20))
        file.flush()
    time.sleep(1)
"""
    worker = start(source)
    if zygote.level == Level.NAMESPACES:
        assert worker.call("f", [], {}, 10.0).error is not None
    else:
        with pytest.raises(WorkerGone, match="too much output"):
            worker.call("f", [], {}, 10.0)


def test_a_folder_is_removed_however_deep(start: Callable[..., Worker], ask: Callable[..., Any]) -> None:
    source = """
import os
def f():
    for _ in range(2000):
        os.mkdir("d")
        os.chdir("d")
        open("file", "w").close()
    return 1
"""
    try:
        ask(source)
    except (WorkerGone, AssertionError):  # /tmp was full, or the folder too deep
        pass
    assert set(ask("import os\ndef f():\n    return os.listdir('.')")) <= LEADS_HERE


def test_copying_a_file_works(ask: Callable[..., Any]) -> None:
    source = """
import os, shutil, tempfile
def f():
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy2(os.__file__, folder)
        shutil.copytree(folder, "copy")
        return os.listdir("copy")
"""
    assert ask(source) == ["os.py"]


def test_labels_of_foreign_files_stay(ask: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "scores"
    file.write_text("1")
    tmp_path.chmod(0o755)
    file.chmod(0o644)
    before = file.stat()
    source = """
import os
def f(path):
    for change in (lambda: os.chmod(path, 0), lambda: os.utime(path, (0, 0)), lambda: os.truncate(path, 0),
                   lambda: os.setxattr(path, "user.a", b"1"), lambda: os.chown(path, 1, 1)):
        try:
            change()
        except OSError:
            pass
"""
    ask(source, str(file))
    assert file.stat() == before


# --- nobody is left behind ---


SLEEPER = "import time\ndef f():\n    time.sleep(600)"


def test_an_abandoned_worker_ends(zygote: Zygote) -> None:
    before = family(zygote.pid)
    worker = WorkerFactory(zygote.channels[0]).start([("c", SLEEPER)], [], LIMITS, SECONDS)
    new = family(zygote.pid) - before
    assert len(new) == 1
    worker.abandon()
    assert eventually(lambda: not alive(new))


@pytest.mark.parametrize("level", levels.available())
@pytest.mark.parametrize("victim", ["guard", "zygote", "closed"])
def test_who_is_killed_takes_all_along(level: Level, victim: str) -> None:
    with Zygote(level, [], []) as mine:
        worker = WorkerFactory(mine.channels[0]).start([("c", SLEEPER)], [], LIMITS, SECONDS)
        everybody = family(mine.pid)
        assert len(everybody) == 3
        if victim == "closed":
            mine.close()
        else:
            child = next(pid for pid in everybody - {mine.pid} if parent_of(pid) == mine.pid)
            os.kill(mine.pid if victim == "guard" else child, signal.SIGKILL)
        with pytest.raises(SandboxError):
            worker.call("f", [], {}, 10.0)
        assert eventually(lambda: not alive(everybody))
    assert not mine._base or not Path(mine._base).exists()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


MAIN = """
import sys, time
sys.path.insert(0, sys.argv[2])
from autograder.sandbox.client import WorkerFactory
from autograder.sandbox.zygote import Zygote
from autograder.spec import Limits
with Zygote(sys.argv[1], [], []) as zygote:
    worker = WorkerFactory(zygote.channels[0]).start([("c", "def f(): pass")], [], Limits(), 600.0)
    print(zygote.pid, zygote._base, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("level", levels.available())
def test_nothing_outlives_a_killed_main_process(level: Level) -> None:
    with subprocess.Popen([sys.executable, "-c", MAIN, level, str(ROOT)], stdout=subprocess.PIPE, text=True) as main:
        assert main.stdout is not None
        guard, _, base = main.stdout.readline().strip().partition(" ")
        everybody = family(int(guard))
        assert len(everybody) == 3
        main.kill()
    assert eventually(lambda: not alive(everybody))
    assert not base or not Path(base).exists()


def test_a_judge_in_another_process(zygote: Zygote) -> None:
    """A channel is a descriptor that another process can use; when that is killed, its worker ends."""
    judge = """
import socket, sys
sys.path.insert(0, sys.argv[2])
from autograder.sandbox.client import WorkerFactory
from autograder.spec import Limits
worker = WorkerFactory(socket.socket(fileno=int(sys.argv[1]))).start([("c", "def f(): return 5")], [], Limits(), 600.0)
print(worker.call("f", [], {}, 10.0).value, flush=True)
sys.stdin.read()
"""
    before, number = family(zygote.pid), zygote.channels[0].fileno()
    command = [sys.executable, "-c", judge, str(number), str(ROOT)]
    with subprocess.Popen(
        command, pass_fds=[number], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "5\n"
        new = family(zygote.pid) - before
        assert len(new) == 1
        process.kill()
    assert eventually(lambda: not alive(new))
    assert alive({zygote.pid})


def test_a_zygote_that_cannot_start_says_why() -> None:
    with pytest.raises(SandboxError, match="no_such_module"), Zygote(levels.available()[0], ["no_such_module"], []):
        pass
    with pytest.raises(SandboxError, match="no module of ours"), Zygote(levels.available()[0], [], ["json"]):
        pass


def test_a_dead_zygote_is_our_failure() -> None:
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    there.close()
    with here, pytest.raises(SandboxError, match="zygote is gone"):
        WorkerFactory(here).start([], [], LIMITS, SECONDS)


def test_as_a_user_without_rights() -> None:
    """The levels hold for an unprivileged user too. Root can try it where another Python is readable to all."""
    python = Path("/usr/bin/python3")
    if os.geteuid() or not python.exists():
        pytest.skip("needs root, to become somebody else, and a Python in /usr")
    code = (
        f"import sys, os; sys.path.insert(0, {str(ROOT)!r}); os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "from autograder.sandbox import levels\n"
        "import json; print(json.dumps({level: levels.trouble(level) for level in levels.Level}))"
    )
    done = subprocess.run([python, "-B", "-c", code], capture_output=True, text=True, timeout=60)
    if "SyntaxError" in done.stderr or "ImportError" in done.stderr or "PermissionError" in done.stderr:
        pytest.skip(f"that Python cannot run the course: {done.stderr[-200:]}")
    trouble = json.loads(done.stdout)
    assert trouble["landlock"] == "" or Level.LANDLOCK not in levels.available()
    assert "does not hold" not in json.dumps(trouble)


STEP = """
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM
from driftlab.pocket import model_dir
def step():
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(model_dir())
    model = get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM"))
    batch = torch.arange(8).reshape(1, 8)
    model(input_ids=batch, labels=batch).loss.backward()
    return [p.grad for n, p in model.named_parameters() if p.requires_grad and "lora_B" in n][:1]
def config():
    return LoraConfig(r=4)
def hog():
    return torch.zeros(2**31, dtype=torch.uint8).numel()
"""


@pytest.mark.parametrize("level", levels.available())
def test_the_labs_libraries_work_in_it(level: Level) -> None:
    preload = ["torch", "transformers:LlamaForCausalLM,AutoModelForCausalLM", "peft:LoraConfig,get_peft_model"]
    with Zygote(level, preload, ["driftlab.pocket"]) as zygote:
        assert zygote.ready is not None
        assert zygote.ready.threads == 1
        worker = WorkerFactory(zygote.channels[0]).start([("c", STEP)], [], Limits(memory_bytes=2**30), 60.0)
        (gradient,) = worker.call("step", [], {}, 30.0).value
        assert gradient.any()
        assert worker.call("config", [], {}, 10.0).value.fields["r"] == 4
        error = worker.call("hog", [], {}, 10.0).error
        assert error is not None
        assert error.type == "MemoryError"
        assert worker.close().peak_bytes < 2**30


def test_the_zygote_knows_no_trusted_module() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import autograder.worker.zygote\n"
        "print(*sorted(n for n in sys.modules if n.split('.')[0] in ('autograder', 'driftlab', 'pytest', 'numpy')))"
    )
    found = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    mechanisms = {f"autograder.worker.{name}" for name in MECHANISMS}
    worker = {f"autograder.worker.{name}" for name in ("imports", "orders", "scratch", "student", "zygote")}
    packages = {"autograder", "autograder.worker"}
    assert set(found) == mechanisms | worker | packages | {"autograder.student_code", "autograder.values"}


@pytest.mark.parametrize("level", levels.available())
def test_a_checkout_below_tmp_is_readable(level: levels.Level, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process has a /tmp of its own over the machine's; what student code may read there must still be there."""
    usual = visible.paths
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        for name in ("shown", "beside"):
            Path(folder, name).mkdir()
            Path(folder, name, "file").write_text(name)
        monkeypatch.setattr(visible, "paths", lambda readable: sorted([*usual(readable), f"{folder}/shown"]))
        source = """
def f(path):
    try:
        return open(path).read()
    except OSError as error:
        return type(error).__name__

def writes(path):
    try:
        open(path, "w")
    except OSError:
        return open("own", "w").write("x")
"""
        with Zygote(level, ["json"], []) as zygote:
            worker = WorkerFactory(zygote.channels[0]).start([("c", source)], [], Limits(), 30.0)
            assert worker.call("f", [f"{folder}/shown/file"], {}, 10.0).value == "shown"
            assert worker.call("f", [f"{folder}/beside/file"], {}, 10.0).value in (
                "FileNotFoundError",
                "PermissionError",
            )
            assert worker.call("writes", [f"{folder}/shown/file"], {}, 10.0).value == 1
            worker.close()
        assert Path(folder, "shown", "file").read_text() == "shown"
