"""./lab with real processes: first use, later use, kills, clashes, and all that can keep it from its work."""

import ast
import errno
import importlib.machinery
import importlib.util
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from small_checkout import ROOT, Checkout, make_checkout

from driftlab import install, install_trouble, pins
from driftlab.errors import CourseError, InstallError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="./lab is tested on Linux and macOS")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose environment is ready."""
    checkout = make_checkout(tmp_path_factory.mktemp("made"))
    done = checkout.lab("python", "-c", "import alpha, sys; print(alpha.VERSION); sys.exit(7)")
    assert (done.returncode, done.stdout) == (7, "1.0\n"), done.stderr
    assert "Making the course's environment" in done.stderr
    assert "The environment is ready" in done.stderr
    return checkout


@pytest.fixture(scope="module")
def script() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("lab_script", str(ROOT / "lab"))
    spec = importlib.util.spec_from_loader("lab_script", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


# --- what it does when all is well ---


def test_later_calls_start_at_once_and_say_nothing(made: Checkout) -> None:
    before = made.marker.stat()
    done = made.lab("hello-course", PIP_FIND_LINKS="", PATH="/usr/bin:/bin")
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello\n", "")
    assert made.marker.stat() == before


def test_the_command_sees_the_environment_first_on_path_and_its_own_folder(made: Checkout) -> None:
    code = "import os, sys; print(os.environ['PATH'].split(os.pathsep)[0]); print(os.getcwd()); print(sys.prefix)"
    done = made.lab("python", "-c", code, PYTHONHOME="")
    programs, folder, prefix = done.stdout.splitlines()
    assert programs == str(made.root / ".venv" / "bin")
    assert folder == str(made.wheels)
    assert prefix == str(made.root / ".venv")


def test_the_marker_holds_the_hash_of_pins_metadata_and_place(made: Checkout) -> None:
    marked = made.marker.read_text().strip()
    assert re.fullmatch("[0-9a-f]{64}", marked)
    assert not (made.root / ".venv" / "tmp").exists()


def test_a_condition_of_another_system_is_left_out(made: Checkout) -> None:
    assert "nowhere" not in pins.installed(made.root / ".venv")


def test_changed_pins_are_brought_up_to_date_in_place(made: Checkout) -> None:
    old = (made.root / "requirements.lock").read_text()
    made.publish("alpha", "1.1")
    made.pin("alpha==1.1", "torch==1.0")
    done = made.lab("python", "-c", "import alpha; print(alpha.VERSION)")
    (made.root / "requirements.lock").write_text(old)
    assert (done.returncode, done.stdout) == (0, "1.1\n"), done.stderr
    assert "Bringing" in done.stderr
    assert "Making" not in done.stderr


def test_a_half_installed_package_is_installed_again(made: Checkout) -> None:
    # what a pip that was killed inside a package leaves: metadata, some of the files, no RECORD
    made.lab("true")
    (made.site / "alpha-1.0.dist-info" / "RECORD").unlink()
    (made.site / "alpha.py").unlink()
    (made.site / "~lpha").mkdir()
    made.marker.unlink()
    done = made.lab("python", "-c", "import alpha; print(alpha.VERSION)")
    assert (done.returncode, done.stdout) == (0, "1.0\n"), done.stderr
    assert not (made.site / "~lpha").exists()


@pytest.mark.slow
def test_a_moved_folder_gets_an_environment_of_its_place(made: Checkout, tmp_path: Path) -> None:
    moved = Checkout(tmp_path / "elsewhere", made.wheels)
    shutil.copytree(made.root, moved.root, symlinks=True)
    done = moved.lab("hello-course")
    assert (done.returncode, done.stdout) == (0, "hello\n"), done.stderr
    assert "Making" in done.stderr
    assert str(made.root) not in (moved.root / ".venv" / "bin" / "hello-course").read_text()


# --- kills and clashes ---


def wait_for(child: "subprocess.Popen[str]", text: str) -> None:
    assert child.stderr is not None
    for line in child.stderr:
        if text in line:
            return
    pytest.fail(f"{text!r} was never printed")


@pytest.fixture
def big(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout with three batches of packages."""
    checkout = make_checkout(tmp_path)
    names = [f"package{number:02}" for number in range(2 * install.BATCH)]
    for name in names:
        checkout.publish(name, "1.0")
    checkout.pin("alpha==1.0", "torch==1.0", *(f"{name}==1.0" for name in names))
    yield checkout
    shutil.rmtree(checkout.root)


@pytest.mark.slow
def test_killed_half_way_then_called_twice_at_once(big: Checkout) -> None:
    with big.start("true") as first:
        wait_for(first, "packages · package15")
        os.kill(first.pid, signal.SIGKILL)
    assert not big.marker.exists()
    code = "import package00, package31; print('works')"
    with big.start("python", "-c", code) as second, big.start("python", "-c", code) as third:
        results = [child.communicate(timeout=120) for child in (second, third)]
    assert [child.returncode for child in (second, third)] == [0, 0], results
    assert [out for out, _ in results] == ["works\n", "works\n"]
    talk = "".join(err for _, err in results)
    assert talk.count("The environment is ready") == 1
    assert "Making the course's environment" not in talk
    assert "package00 to" not in talk  # the first batch was not lost


def test_ctrl_c_stops_at_once_and_says_how_to_go_on(big: Checkout) -> None:
    with big.start("true") as child:
        wait_for(child, "an empty environment")
        time.sleep(0.5)
        os.killpg(child.pid, signal.SIGINT)
        _, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert "Call the same command again" in err
    assert not big.marker.exists()


# --- what goes wrong ---


@pytest.fixture
def stale(made: Checkout) -> Iterator[Checkout]:
    """A checkout with an environment that lacks a package, which pip does not have either."""
    old = (made.root / "requirements.lock").read_text()
    made.pin("alpha==1.0", "torch==1.0", "missing==9.9")
    yield made
    (made.root / "requirements.lock").write_text(old)


def test_a_package_that_pip_cannot_find(stale: Checkout) -> None:
    done = stale.lab("true")
    assert done.returncode == 2
    assert "pip finds no missing==9.9 for Python" in done.stderr
    assert "pip config list" in done.stderr
    assert not stale.marker.exists()


def test_no_network(stale: Checkout) -> None:
    # nothing listens on the discard port
    done = stale.lab("true", PIP_NO_INDEX="0", PIP_INDEX_URL="http://127.0.0.1:9/", PIP_FIND_LINKS="", PIP_RETRIES="1")
    assert done.returncode == 2
    assert "no connection to the place that pip gets packages from" in done.stderr
    assert "127.0.0.1" not in done.stderr


def test_packages_that_do_not_load(made: Checkout) -> None:
    old = (made.root / "requirements.lock").read_text()
    made.publish("torch", "1.5", content="raise OSError('libgomp.so.1: cannot open shared object file')\n")
    made.pin("alpha==1.0", "torch==1.5")
    done = made.lab("true")
    (made.root / "requirements.lock").write_text(old)
    assert done.returncode == 2
    assert "do not work: OSError: libgomp.so.1" in done.stderr
    assert "Delete" in done.stderr


def test_a_full_disk_before_and_amid_the_installation(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", str(disk)]
    if os.name != "posix" or subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here (not root)")
    try:
        checkout = make_checkout(disk)
        too_small = checkout.lab("true")
        assert too_small.returncode == 2
        assert "the disk is too full" in too_small.stderr
        assert not (checkout.root / ".venv").exists()
        checkout.publish("alpha", "1.0", content="#" * 20_000_000)
        (checkout.root / ".venv").mkdir()  # as a run that was stopped leaves it: the disk fills up on the way
        filled = checkout.lab("true", TMPDIR=str(disk))
        assert filled.returncode == 2
        assert "the disk is too full" in filled.stderr
        assert "goes on from here" in filled.stderr
        assert not checkout.marker.exists()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_no_venv_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else real(name))
    shutil.copy2(ROOT / pins.FILE, tmp_path)
    assert install.main([str(tmp_path), "0", "true"]) == 2
    err = capsys.readouterr().err
    assert f"apt install python3.{sys.version_info[1]}-venv" in err
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "too full"), (errno.EACCES, "folder of your own"), (errno.EROFS, "cannot be written")],
)
def test_errors_of_the_system_become_ours(tmp_path: Path, code: int, words: str) -> None:
    with pytest.raises(InstallError, match=words), install_trouble.system_errors_explained(tmp_path):
        raise OSError(code, os.strerror(code), str(tmp_path))
    with pytest.raises(InterruptedError), install_trouble.system_errors_explained(tmp_path):
        raise InterruptedError(errno.EINTR, "interrupted")


PIP_SAYS = {
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device": "the disk is too full",
    "OSError: [Errno 122] Disk quota exceeded: '/home/ada'": "the disk is too full",
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'ProxyError('Cannot connect to proxy.')'\n"
    "ERROR: No matching distribution found for torch==2.13.0": "no connection .*ProxyError",
    "WARNING: Retrying after 'NewConnectionError: Temporary failure in name resolution'\nERROR: x": "no connection",
    "ERROR: No matching distribution found for torch==2.13.0": "pip finds no torch==2.13.0 for Python 3",
    "ERROR: Cannot install torch==2.13.0 because these versions have conflicting dependencies.": "finds no torch",
    "collecting\nERROR: HTTP error 403 while getting x\nmore": "HTTP error 403",
    "": "nothing was printed",
}


@pytest.mark.parametrize(("log", "words"), PIP_SAYS.items())
def test_pips_output_in_plain_words(tmp_path: Path, log: str, words: str) -> None:
    error = install_trouble.explain(log, tmp_path / "lab.log", tmp_path)
    assert isinstance(error, CourseError)
    assert re.search(words, error.problem)
    assert "./lab" in error.remedy
    assert "http" not in error.problem.replace("HTTP", "")


# --- the command line ---


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_makes_nothing(tmp_path: Path, arguments: list[str]) -> None:
    checkout = make_checkout(tmp_path)
    done = checkout.lab(*arguments)
    assert done.returncode == 0
    for words in ("./lab driftlab drift", "./lab pytest", "Start Locally", "environment.yml", "requirements.lock"):
        assert words in done.stdout
    assert not (checkout.root / ".venv").exists()


def test_an_option_in_place_of_a_command(tmp_path: Path) -> None:
    done = make_checkout(tmp_path).lab("--verbose", "pytest")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--verbose" in done.stderr
    assert "./lab pytest" in done.stderr


@pytest.mark.parametrize(
    ("name", "advice"), [("hello-cource", "Did you mean: ./lab hello-course"), ("xyzzy-42", "./lab --help")]
)
def test_a_command_that_does_not_exist(made: Checkout, name: str, advice: str) -> None:
    done = made.lab(name)
    assert done.returncode == 2
    assert repr(name) in done.stderr
    assert advice in done.stderr


# --- which Python ---


def fake_python(folder: Path, name: str, says: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return path


def test_the_python_that_runs_it_is_taken_if_it_fits(script: ModuleType) -> None:
    assert script.fitting_python() == sys.executable


def test_an_old_python_looks_for_a_fitting_one(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    monkeypatch.setenv("PATH", str(tmp_path))
    fake_python(tmp_path, "python3.13", "exit 127")  # a version manager's shim for a version that is not there
    fake_python(tmp_path, "python3", "printf 3.14")
    assert script.fitting_python() is None
    assert "3.8" in script.misfit()
    assert "too old" in script.misfit()
    fits = fake_python(tmp_path, "python3.12", "printf 3.12")
    assert script.fitting_python() == str(fits)


def test_a_new_python_is_refused_in_other_words(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 15, 0))
    assert "newer than the pinned packages support" in script.misfit()


def old_pythons() -> list[str]:
    """Pythons before 3.11 that run: on PATH, and beside those that a version manager keeps."""
    named = [shutil.which(f"python{version}") for version in ("2.7", "3.6", "3.8", "3.10")]
    beside = Path(sys.base_prefix).parent.glob("[23].*/bin/python")
    found = {}
    for path in [*filter(None, named), *map(str, beside)]:
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        run = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
        if run.returncode == 0 and tuple(map(int, run.stdout.split("."))) < (3, 11):
            found[run.stdout.strip()] = path
    return list(found.values())


def test_real_old_pythons_say_that_they_are_too_old(tmp_path: Path) -> None:
    checkout, pythons = make_checkout(tmp_path), old_pythons()
    if not pythons:
        pytest.skip("no Python before 3.11 is installed")
    for python in pythons:
        nothing = {**checkout.environment(), "PATH": str(tmp_path)}
        command = [python, str(checkout.root / "lab"), "true"]
        done = subprocess.run(command, env=nothing, capture_output=True, text=True, check=False)
        assert done.returncode == 2, done.stderr
        assert "Python 3.11, 3.12 or 3.13 is needed" in done.stderr
        assert "too old" in done.stderr


def test_its_syntax_is_that_of_old_pythons() -> None:
    tree = ast.parse((ROOT / "lab").read_text(), feature_version=(3, 4))
    modern = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef)
    assert not [node for node in ast.walk(tree) if isinstance(node, modern)]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert not [node.name for node in functions if node.returns or node.args.kwonlyargs]


def test_lab_the_pins_and_the_package_agree_on_the_pythons(script: ModuleType) -> None:
    assert (script.OLDEST, script.NEWEST) == (pins.OLDEST, pins.NEWEST)
    requires = f'requires-python = ">={pins.OLDEST[0]}.{pins.OLDEST[1]},<3.{pins.NEWEST[1] + 1}"'
    assert requires in (ROOT / "pyproject.toml").read_text()
    assert all(f"3.{minor}" in script.PYTHONS for minor in range(pins.OLDEST[1], pins.NEWEST[1] + 1))


# --- progress ---


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_on_a_terminal_and_a_line_a_step_elsewhere() -> None:
    for stream in (Terminal(), io.StringIO()):
        progress = install.Progress(stream)
        progress.total, progress.done = 150, 42
        progress.show("numpy to pandas")
        progress.show("numpy to pandas", 12_000_000)
        progress.say("Ready.")
        text = stream.getvalue()
        if stream.isatty():
            assert text.count("\n") == 1
            assert "42/150 packages · numpy to pandas · 12 MB fetched" in text
        else:
            assert text.splitlines() == ["0:00 ·  42/150 packages · numpy to pandas", "Ready."]
