"""`autograder self-check`: the whole attack battery against this machine's sandbox, at every level that it offers.

In: isolation levels. Out: which attacks gained a point, got through, or ended for another reason than they should.
Each level grades a class of attackers with honest neighbours in between, as a class would be graded, and then looks at
the results, the neighbours' points, the canaries and the process table.
Does not: know what a single attack does; `attacks` and the files of the battery do.
"""

import json
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any

from autograder.attacks import (
    HEAVY_LAB,
    LAB,
    Aftermath,
    Attack,
    Expect,
    Ground,
    Group,
    battery,
    write_archive,
    write_class,
)
from autograder.canaries import Scene, changed, laid_out, left_behind
from autograder.errors import GradingError, SandboxError
from autograder.grading import grade
from autograder.outcomes import SubmissionResult
from autograder.sandbox.levels import Level, available, choose
from autograder.scores import tidy
from autograder.spec import Course
from driftlab.screen import Screen, open_screen

JOBS = 3
"""Some attacks only wait for their limit."""
SLACK_SECONDS = 10.0
"""What a submission may take beyond its own limit: starting workers on a busy machine."""


def run(
    levels: Sequence[Level] | None = None, screen: Screen | None = None, attacks: Sequence[Attack] | None = None
) -> dict[str, Any]:
    """Every attack at every level: how many points they gained, and what else is wrong.

    Raises:
        GradingError: a level is not offered here, or none is, or this copy of the course has no battery.
    """
    if screen is None:
        with open_screen() as opened:
            return run(levels, opened, attacks)
    chosen = list(attacks if attacks is not None else battery())
    wanted = [choose(None, level) for level in levels or available() or (None,)]
    rows = {}
    for level in wanted:
        screen.stage(f"{len(chosen)} attacks at level {level}")
        rows[str(level)] = _at_level(level, chosen, screen)
    return {
        "attacks": sum(attack.expect.points == 0 for attack in chosen),
        "levels": rows,
        "gained": tidy(sum(row["gained"] for row in rows.values())),
        "failed": [f"{level}: {line}" for level, row in rows.items() for line in row["failed"]],
    }


def _at_level(level: Level, attacks: Sequence[Attack], screen: Screen) -> dict[str, Any]:
    began = time.monotonic()
    gained = 0.0
    failed: list[str] = []
    with laid_out() as scene, left_behind() as left:
        for group in _classes(scene.ground, attacks):
            results = _graded(group, level, scene, screen, failed)
            gained += sum(_gained(attack, results.get(name)) for name, attack in group.attackers.items())
            failed += _judged(group, results, level, scene.ground, scene.course)
        failed += [*left(), *changed(scene)]
    return {
        "attacks": sum(attack.expect.points == 0 for attack in attacks),
        "gained": tidy(gained),
        "failed": failed,
        "seconds": round(time.monotonic() - began, 1),
    }


def _classes(ground: Ground, attacks: Sequence[Attack]) -> Iterator[Group]:
    """The battery as classes: a tree for each lab, and a zip."""
    for lab in (LAB, HEAVY_LAB):
        if chosen := [attack for attack in attacks if attack.lab == lab and attack.archive is None]:
            yield write_class(ground, lab, chosen)
    if packed := [attack for attack in attacks if attack.archive is not None]:
        yield write_archive(ground, packed)


def _graded(group: Group, level: Level, scene: Scene, screen: Screen, failed: list[str]) -> dict[str, SubmissionResult]:
    """The results of a class; a grader that gives up is a failure of its own."""
    try:
        done = grade(
            group.path,
            group.lab,
            scene.ground.root / "out" / group.name,
            salt=f"{scene.ground.token}-salt".encode(),
            jobs=JOBS,
            isolation=level,
            course=scene.course,
            report=lambda result, done, total: screen.progress(done, total, group.name),
        )
    except (GradingError, SandboxError) as error:
        failed.append(f"{group.name}: the grader gave up: {error}")
        return {}
    return {result.student: result for result in done.results}


def _gained(attack: Attack, result: SubmissionResult | None) -> float:
    return 0.0 if result is None or attack.expect.points else result.points or 0.0


def _judged(
    group: Group, results: dict[str, SubmissionResult], level: Level, ground: Ground, course: Course
) -> list[str]:
    """What is wrong with the results of a class."""
    limit = course.spec(group.lab).limits.submission_seconds + SLACK_SECONDS
    failed = []
    for student, attack in group.attackers.items():
        expect, result = attack.expected(level), results.get(student)
        found = list(_absent(result) if expect.absent else faults(expect, result, ground, limit))
        if attack.aftermath is not None:
            try:
                attack.aftermath(Aftermath(result, ground, level))
            except AssertionError as error:
                found.append(f"aftermath: {error}")
        failed += [f"{attack.name}: {fault}" for fault in found]
    honest = Expect(everything="passed", points=course.spec(group.lab).out_of)
    for student in group.neighbours:
        failed += [f"neighbour {student}: {fault}" for fault in faults(honest, results.get(student), ground, limit)]
    known = {*group.attackers, *group.neighbours}
    strangers = [name for name in results if name not in known and results[name].points != 0]
    return failed + [f"{name!r} handed nothing in and has points" for name in strangers]


def _absent(result: SubmissionResult | None) -> Iterator[str]:
    if result is not None:
        yield f"has a result: {result.to_json()}"


def faults(expect: Expect, result: SubmissionResult | None, ground: Ground, limit: float) -> Iterator[str]:
    """In what a result differs from what it must say."""
    if result is None:
        yield "has no result"
        return
    if result.ungraded:
        yield f"could not be scored: {result.reason}"
        return
    if result.points != expect.points:
        yield f"has {result.points} points, not {expect.points}"
    for task in result.tasks:
        if task.outcome not in expect.outcome(task.task):
            yield f"{task.task} ended with {task.outcome!s}, not {'|'.join(sorted(expect.outcome(task.task)))}"
    yield from _unsaid(expect, result)
    if result.reason and not expect.reason:
        yield f"has a reason: {result.reason}"
    if ground.token in json.dumps(result.to_json()):
        yield "shows a secret"
    if result.seconds > limit:
        yield f"took {result.seconds:.1f} s of at most {limit:g}"


def _unsaid(expect: Expect, result: SubmissionResult) -> Iterator[str]:
    """What a result lacks of the words that it must have: a payload that fails for another reason is no pass."""
    said = "\n".join(check.said for task in result.tasks for check in task.checks)
    for what, pattern, text in (
        ("what was said", expect.said, said),
        ("the reason", expect.reason, result.reason),
        ("the notes", expect.notes, "\n".join(result.notes)),
    ):
        if pattern and not re.search(pattern, text):
            yield f"{what} lacks {pattern!r}: {text[:600]!r}"
