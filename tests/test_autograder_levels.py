"""Choosing a level: what is offered, and that nothing weaker than required is ever taken."""

import os
import stat
import sys
from pathlib import Path

import pytest

from autograder.errors import GradingError, SandboxError
from autograder.sandbox import levels, visible
from autograder.sandbox.levels import Level, choose
from autograder.worker import landlock, linux, scratch
from autograder.worker.orders import Order, Settings

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def offers(monkeypatch: pytest.MonkeyPatch) -> object:
    def set_to(*found: Level) -> None:
        monkeypatch.setattr(levels, "trouble", lambda level: "" if level in found else "it was refused")

    return set_to


def test_the_strongest_is_taken(offers: object) -> None:
    assert callable(offers)
    offers(Level.LANDLOCK, Level.NAMESPACES)
    assert levels.available() == [Level.NAMESPACES, Level.LANDLOCK]
    assert choose() == Level.NAMESPACES
    assert choose(asked=Level.LANDLOCK) == Level.LANDLOCK
    assert choose(require=Level.LANDLOCK) == Level.NAMESPACES
    assert choose(Level.LANDLOCK, Level.LANDLOCK) == Level.LANDLOCK


def test_nothing_weaker_than_required(offers: object) -> None:
    assert callable(offers)
    offers(Level.LANDLOCK)
    assert choose() == Level.LANDLOCK
    for require, asked in ((Level.NAMESPACES, None), (Level.NAMESPACES, Level.LANDLOCK), (None, Level.NAMESPACES)):
        with pytest.raises(GradingError, match=r"landlock[\s\S]*Dockerfile|namespaces[\s\S]*Dockerfile"):
            choose(require, asked)


def test_no_level_points_to_the_container(offers: object) -> None:
    assert callable(offers)
    offers()
    assert levels.available() == []
    with pytest.raises(GradingError, match=r"it was refused[\s\S]*autograder/Dockerfile"):
        choose()


def test_other_systems_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    levels.trouble.cache_clear()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert {levels.trouble(level) for level in Level} == {"it needs Linux, this is darwin"}
    levels.trouble.cache_clear()


def test_a_level_that_does_not_hold_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe is what decides: here it finds that a file could be read."""
    if not levels.available():
        pytest.skip("no level works on this machine")
    level = levels.available()[0]
    levels.trouble.cache_clear()
    monkeypatch.setattr(levels, "PROBE", "def probe(secret): return [True] * 5 + [False]")
    assert "does not hold" in levels.trouble(level)
    monkeypatch.setattr(levels, "PROBE", "import os; os._exit(1)")
    levels.trouble.cache_clear()
    assert "exited" in levels.trouble(level)
    levels.trouble.cache_clear()


def test_what_is_visible() -> None:
    shown = visible.paths(["driftlab.pocket"])
    assert str(ROOT / "driftlab/pocket") in shown
    assert str(ROOT / "driftlab/__init__.py") in shown
    inside = [Path(path) for path in shown if Path(path).is_relative_to(ROOT) and ".venv" not in path]
    assert len(inside) == 2
    assert not any(Path(secret).is_relative_to(path) for secret in ("/etc/passwd", "/home", "/root") for path in shown)
    assert visible.paths(["driftlab.cited"])[-1] != ""
    assert str(ROOT / "driftlab/cited.py") in visible.paths(["driftlab.cited"])


@pytest.mark.parametrize("name", ["json", "driftlab", "driftlab.nothing", "../secrets", "autograder", ""])
def test_what_is_no_module_of_ours(name: str) -> None:
    with pytest.raises(SandboxError, match="readable"):
        visible.paths([name])


def test_our_code_among_the_libraries_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visible, "_libraries", lambda: {ROOT})
    with pytest.raises(SandboxError, match="checkout"):
        visible.paths([])


def test_rights_grow_with_the_version() -> None:
    assert landlock.handled(1) == 2**13 - 1
    assert landlock.handled(7) == 2**16 - 1


def test_machines_have_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "ARM64")
    assert linux.machine() == "aarch64"
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(OSError, match="riscv64"):
        linux.syscall("landlock")


def test_orders_survive_json() -> None:
    settings = Settings("landlock", ("json",), (), ("/lib",), "/r", "/b", (3, 4), 5)
    assert Settings.loads(settings.dumps()) == settings
    order = Order(1.0, 2, 3, 4, 5.0)
    assert Order.loads(order.dumps()) == order


def test_a_folder_is_measured_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "0"
    scratch.make(str(folder), None)
    assert scratch.used(str(folder), os.getpid(), None) == 0
    (folder / "a").write_bytes(bytes(8192))
    (folder / "link").symlink_to(tmp_path)
    (folder / "d" / "e").mkdir(parents=True)
    (folder / "d" / "e" / "f").write_text("x")
    (folder / "d").chmod(0)
    assert (scratch.used(str(folder), os.getpid(), None) or 0) >= 8192
    (tmp_path / "kept").write_text("x")
    scratch.make(str(folder), None)
    assert list(folder.iterdir()) == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    scratch.remove(str(folder))
    scratch.remove(str(folder))
    assert (tmp_path / "kept").exists()


def test_too_many_or_too_deep_is_none(tmp_path: Path) -> None:
    deep = tmp_path / "deep" / Path(*"d" * 60)
    deep.mkdir(parents=True)
    assert scratch.used(str(tmp_path / "deep"), os.getpid(), None) is None
    many = tmp_path / "many"
    many.mkdir()
    for number in range(scratch.MOST + 1):
        (many / str(number)).touch()
    assert scratch.used(str(many), os.getpid(), None) is None
    scratch.remove_base(str(tmp_path))
    assert not tmp_path.exists()
