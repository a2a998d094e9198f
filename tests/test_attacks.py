"""The attack battery and `autograder self-check`: every attack fails for its reason, and would be an attack elsewhere.

The whole battery runs at every level that this machine offers. The rest tries the self-check itself on what must fail:
results that are wrong, processes that stay, files that change, an attack that gains points.
"""

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from autograder import canaries, self_check
from autograder.attacks import LAB, ROOT, WRONG, Attack, Desk, Expect, Ground, battery
from autograder.errors import GradingError
from autograder.outcomes import CheckResult, Outcome, SubmissionResult, TaskResult
from autograder.sandbox import levels
from autograder.sandbox.levels import Level, available

ATTACKS = battery()
LEVELS = available()
README = (ROOT / "autograder" / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    (tmp_path / "canaries").mkdir()
    return Ground(tmp_path, "feedbeef", f"canary-{'0123456789abcdef'}", 9, os.getpid(), os.getpid(), 77)


# --- the battery ---


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_no_attack_gains_anything(level: Level) -> None:
    report = self_check.run([level])
    assert report["failed"] == []
    assert report["gained"] == 0
    assert set(report["levels"]) == {str(level)}
    assert report["attacks"] == report["levels"][str(level)]["attacks"] == sum(a.expect.points == 0 for a in ATTACKS)


def test_the_battery_is_complete() -> None:
    assert sum(attack.expect.points == 0 for attack in ATTACKS) >= 45
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert all(attack.tries.endswith(".") for attack in ATTACKS)
    for attack in ATTACKS:
        expect = attack.expect
        asserted = expect.said or expect.reason or expect.notes or expect.absent or expect.points
        assert asserted, f"{attack.name} would pass whatever happened"


def promises_of_readme() -> dict[str, set[str]]:
    """The first list of the threat model: promise to the attacks that try it."""
    covered = README.split("## Threat model: what is covered")[1].split("\n## ")[0]
    found = {}
    for item in re.split(r"\n- ", covered)[1:]:
        name, tried = re.match(r"\*\*([\w-]+)\*\*", item), item.split("Tried by")
        assert name is not None, item
        assert len(tried) == 2, f"{name[1]} is tried by nothing"
        found[name[1]] = set(re.findall(r"`([\w-]+)`", tried[1]))
    return found


def test_every_promise_is_tried_and_every_attack_tries_one() -> None:
    held: dict[str, set[str]] = {}
    for attack in ATTACKS:
        held.setdefault(attack.promise, set()).add(attack.name)
    assert promises_of_readme() == held


def test_payloads_compile(ground: Ground) -> None:
    for attack in ATTACKS:
        if attack.code is not None:
            compile(ground.filled(attack.code), attack.name, "exec")
            assert not re.search(r"@[A-Z_]+@", ground.filled(attack.code)), f"{attack.name}: a name is not known"


def test_an_incomplete_file_is_no_attack(tmp_path: Path) -> None:
    with pytest.raises(GradingError, match="no attacks"):
        battery(tmp_path)
    (tmp_path / "empty.py").write_text('"""Tries nothing."""\n')
    with pytest.raises(GradingError, match="lacks PROMISE, EXPECT"):
        battery(tmp_path)


# --- payloads are attacks: without a sandbox they do what they try ---

NAIVE = """
import json, sys
code, names = sys.argv[1], {}
exec(compile(code, "<cell 1>", "exec"), names)
"""


def run_naively(code: str, then: str, where: Path, **environment: str) -> str:
    """What a payload does to a grader that simply calls it, in a process that is thrown away."""
    done = subprocess.run(
        [sys.executable, "-c", NAIVE + then, code],
        cwd=where, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip
    return done.stdout


def code_of(name: str, ground: Ground) -> str:
    attack = next(attack for attack in ATTACKS if attack.name == name)
    assert attack.code is not None
    return ground.filled("".join(WRONG[attack.lab]) + attack.code)


@pytest.mark.parametrize(
    ("name", "naive"),
    [
        ("equal_to_everything", "names['total']([1, 2, 3]) == 14"),
        ("number_subclasses", "abs(names['mean']([1.0, 2.0, 6.0]) - 3.0) < 1e-6"),
        ("text_subclass", "names['longest'](['a', 'abc']) == 'wanted'"),
        ("not_a_number", "not names['mean']([1.0, 2.0, 6.0]) < 3.0 and not names['mean']([1.0, 2.0, 6.0]) > 3.0"),
        ("lies_about_its_class", "isinstance(names['total']([1]), float) and names['total']([1]) == 14.0"),
    ],
)
def test_a_naive_comparison_would_pass(name: str, naive: str, ground: Ground) -> None:
    assert "True" in run_naively(code_of(name, ground), f"print({naive})", ground.root)
    assert "True" not in run_naively("".join(WRONG[LAB]), f"print({naive.replace('not ', '')})", ground.root)


@pytest.mark.parametrize(
    "name",
    [
        "searches_the_environment", "searches_frames", "searches_the_heap", "searches_its_memory",
        "reads_the_gradebook", "writes_canaries", "links_from_inside", "reads_checks",
    ],
)  # fmt: skip
def test_a_search_finds_what_is_not_hidden(name: str, ground: Ground) -> None:
    for file in ("canaries/canary", "canaries/empty", "gradebook.db", "salt"):
        (ground.root / file).write_text(f"{ground.token}-file\n")
    then = "print(names['longest']([]))\n"
    if name.startswith("searches"):  # again, now that the process itself holds the token
        then += f"SECRET = {ground.token!r} + '-here'\nexec(compile(code, 'again', 'exec'), names)\n"
        then += "names['total']([1])\nprint(names['longest']([]))"
    said = run_naively(code_of(name, ground), then, ground.root, DRIFTLAB_CANARY=f"{ground.token}-environment")
    assert re.search(r"found (?!nothing)", said), said


def test_forged_replies_reach_a_naive_reader(ground: Ground) -> None:
    said = run_naively(code_of("forges_replies_before", ground), "print('the real reply')", ground.root)
    assert '{"id": 0, "value": 14}' in said
    assert said.index('"outcome": "passed"') < said.index("the real reply")


def test_an_exit_ends_a_naive_grader(ground: Ground) -> None:
    for name in ("exits_at_import", "exits_hard_at_import"):
        assert "reached" not in run_naively(code_of(name, ground), "print('reached')", ground.root)
    assert "reached" in run_naively("".join(WRONG[LAB]), "print('reached')", ground.root)


def test_hostile_uploads_lead_to_the_solution(ground: Ground) -> None:
    for name in ("upload_is_a_link", "upload_is_a_hard_link", "upload_folder_is_a_link"):
        attack = next(attack for attack in ATTACKS if attack.name == name)
        desk = Desk(ground.root / name / LAB, name, LAB, ground)
        attack.hand_in(desk)
        assert "sum(number * number" in desk.file.read_text(encoding="utf-8")


# --- the self-check finds what is wrong ---


def result_of(outcome: Outcome = Outcome.FAILED, said: str = "returned -1", points: float = 0.0) -> SubmissionResult:
    tasks = []
    for name in ("total", "mean", "longest"):
        check = CheckResult(f"public/test.py::{name}", f"{LAB}.{name}", points / 3, 2.0, outcome, said)
        tasks.append(TaskResult(f"{LAB}.{name}", points / 3, 2.0, outcome, (check,)))
    return SubmissionResult("somebody", LAB, tuple(tasks))


def faults(expect: Expect, result: SubmissionResult | None, ground: Ground) -> list[str]:
    return list(self_check.faults(expect, result, ground, 18.0))


def test_a_result_as_expected_has_no_fault(ground: Ground) -> None:
    assert faults(Expect(said="returned"), result_of(), ground) == []
    assert faults(Expect(everything="passed", points=6.0), result_of(Outcome.PASSED, "", 6.0), ground) == []


@pytest.mark.parametrize(
    ("expect", "change", "fault"),
    [
        (Expect(), {"ungraded": True}, "could not be scored"),
        (Expect(), {"tasks": result_of(points=3.0).tasks}, "has 3.0 points, not 0.0"),
        (Expect(everything="timeout"), {}, "total ended with failed, not timeout"),
        (Expect(mean="timeout|memory"), {}, "mean ended with failed, not memory|timeout"),
        (Expect(said="in time"), {}, "what was said lacks 'in time'"),
        (Expect(reason="link"), {}, "the reason lacks 'link'"),
        (Expect(notes="skipped"), {}, "the notes lacks 'skipped'"),
        (Expect(), {"reason": "is a link"}, "has a reason: is a link"),
        (Expect(), {"notes": ("canary-0123456789abcdef-salt",)}, "shows a secret"),
        (Expect(), {"seconds": 19.0}, "took 19.0 s of at most 18"),
    ],
)
def test_a_result_that_differs_is_told(expect: Expect, change: dict[str, object], fault: str, ground: Ground) -> None:
    told = faults(expect, dataclasses.replace(result_of(), **change), ground)  # type: ignore[arg-type]
    assert any(fault in line for line in told), told


def test_no_result_is_a_fault(ground: Ground) -> None:
    assert faults(Expect(), None, ground) == ["has no result"]


def test_processes_that_stay_are_found() -> None:
    orphan = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(60)\n"
    with pytest.MonkeyPatch.context() as patch, canaries.left_behind() as left:
        patch.setattr(canaries, "GONE_SECONDS", 0.2)
        assert left() == []
        subprocess.run([sys.executable, "-c", orphan], check=True)
        (line,) = left()
        assert "is left" in line
        os.kill(int(line.split()[1]), 9)
        patch.setattr(canaries, "GONE_SECONDS", 10)
        assert left() == []


def test_changes_are_found() -> None:
    with canaries.laid_out() as scene:
        assert canaries.changed(scene) == []
        root = scene.ground.root
        (root / "salt").write_text("other")
        (root / "gradebook.db").chmod(0o600 if (root / "gradebook.db").stat().st_mode & 0o077 else 0o644)
        (root / "canaries" / "canary").unlink()
        os.utime(root / "canaries" / "empty", (0, 0))
        mark = Path(tempfile.gettempdir()) / f"driftlab-attack-{scene.ground.mark}"
        mark.touch()
        scene.witness.send_signal(signal.SIGURG)
        until = time.monotonic() + 10
        while not (root / "witness.log").read_text() and time.monotonic() < until:
            time.sleep(0.01)
        told = "\n".join(canaries.changed(scene))
        assert not mark.exists()
        scene.witness.communicate(timeout=10)
        told += "\n".join(canaries.changed(scene))
    for name in canaries.KEPT:
        assert f"{name} is not as it was" in told
    for part in (f"an attack wrote {mark}", "was reached: ['signal 23']", "was ended: 0"):
        assert part in told, told


def test_a_machine_without_any_level_passes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (self_check, levels):
        monkeypatch.setattr(module, "available", list)
    with pytest.raises(GradingError, match="cannot be held on this machine"):
        self_check.run()
    with pytest.raises(GradingError, match="'landlock' does not work here"):
        self_check.run([Level.LANDLOCK])


def test_an_attack_that_succeeds_is_told() -> None:
    """The guard that all rests on: right answers gain points, and the report must say so."""
    attack = next(attack for attack in ATTACKS if attack.name == "exits_at_import")
    cheat = Attack(
        "knows_the_answer", "Tries the answer.", "cells-are-ours", LAB, Expect(),
        "def total(numbers): return sum(number * number for number in numbers)", None, None, None, {},
    )  # fmt: skip
    report = self_check.run(LEVELS[:1], attacks=[attack, cheat])
    assert report["gained"] == 2
    assert report["attacks"] == 2
    assert [line.split(": ")[1] for line in report["failed"]] == ["knows_the_answer"] * 2
    assert json.loads(json.dumps(report)) == report
