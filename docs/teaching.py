"""What the instructor's guide shows of the course: tasks, minutes, points, mistakes, timetables.

In: the labs' specs and sources, the decks, `recorded/wrong-answers.json`. Out: Markdown tables and words.
Does not: hold a number of its own, other than the lengths of breaks that a timetable is given.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from autograder.authoring import bundle, lab_source, library
from autograder.spec import Course, LabSpec, TaskSpec
from slides import known
from slides.filling import table

DECKS = known.ROOT / "slides" / "sources"
SPELT = {
    "an hour": 60,
    "twenty": 20,
    "twenty-five": 25,
    "thirty": 30,
    "thirty-five": 35,
    "forty": 40,
    "forty-five": 45,
    "fifty": 50,
}
"""How the first note of a deck says its minutes."""
NO_GPU = "no GPU, no account, no key, no network"
"""Every lab says so of itself; none of its tasks may then cost a minute of one."""
WITHOUT_DECK, RUN_AND_READ, LAST_SESSION = 20, 45, 90
"""Minutes of a lecture from a lab's own figures; of a first run and its page; of the session at the end."""
SHOWN = 5
"""Mistakes of a task that the guide names."""


def specs() -> list[LabSpec]:
    """The labs that are here, in their order."""
    course = Course()
    return [course.spec(each.name) for each in known.labs()]


def source_text(lab: str) -> str:
    """A lab's source."""
    (path,) = (known.ROOT / "solutions").glob(f"{lab}_*.py")
    return path.read_text(encoding="utf-8")


def able(lab: str) -> dict[str, str]:
    """Task to what one will be able to do, from the table at the top of a lab."""
    rows = re.findall(r"^# \|[^|]*\| ([^|]+) \| `([\w.]+)` \| \d+ \| \d+ \|$", source_text(lab), re.MULTILINE)
    return {task: what for what, task in rows}


def gpu_minutes(lab: str) -> int:
    """Minutes of a GPU that a task of the lab asks for: none, as each lab says of itself.

    Raises:
        LookupError: a lab no longer says so; then each task needs a figure of its own.
    """
    if NO_GPU not in " ".join(source_text(lab).replace("\n#", "\n").split()):
        raise LookupError(f"{lab} does not say: {NO_GPU}")
    return 0


def tasks(lab: str) -> str:
    """A lab's tasks: objective, minutes, points, minutes of a GPU."""
    spec, learnt = Course().spec(lab), able(lab)
    rows = [
        (f"`{task.id}`", learnt[task.id], task.minutes, f"{task.points:g}", gpu_minutes(lab), _grader(task))
        for task in spec.tasks
    ]
    total = (
        "all", "", spec.minutes, f"{sum(task.points for task in spec.tasks):g}", gpu_minutes(lab) * len(rows), ""
    )  # fmt: skip
    return table(("Task", "Afterwards one can", "Minutes", "Points", "GPU minutes", "Graded by"), [*rows, total])


def bundles() -> str:
    """For each lab's own bundle: the modules that answer its tasks and are not in it; those that are, and who asks."""
    rows = []
    for number, spec in enumerate(specs(), start=1):
        here = bundle.needed(known.ROOT, known.ROOT, [spec])
        answers = lab_source.read(known.ROOT / "solutions" / f"{spec.notebook}.py").answers
        absent = ", ".join(f"`{name}`" for name in answers if not here.below(name))
        present = "; ".join(f"`{name}`: {_way(here.why(here.below(name)[0]))}" for name in answers if here.below(name))
        rows.append((f"Lab {number}", absent or "none", present or "nothing"))
    return table(("Bundle", "Answers tasks, and is absent", "Answers tasks, and is there: imported by"), rows)


def _way(steps: Sequence[str]) -> str:
    """Who imports it, to the code that a learner runs."""
    names = [f"`{step}`" if step.startswith(f"{library.LIBRARY}.") else step for step in steps]
    return names[0] if len(names) == 1 else f"{names[0]}, for {names[-1]}"


def _grader(task: TaskSpec) -> str:
    return "a person" if task.manual else "checks"


def minutes(lab: str, *names: str) -> int:
    """Minutes of some tasks of a lab; of the whole lab where none is named."""
    spec = Course().spec(lab)
    return sum(spec.task(name).minutes for name in names) if names else spec.minutes


def points(lab: str, *names: str) -> str:
    """Points of some tasks of a lab; of all tasks where none is named."""
    spec = Course().spec(lab)
    chosen = [spec.task(name) for name in names] if names else list(spec.tasks)
    return f"{sum(task.points for task in chosen):g}"


def deck(lab: str) -> int | None:
    """Minutes of a lab's deck, or of `opening`, as its first note says; None where there is no deck yet."""
    found = sorted(DECKS.glob(f"{lab}*.md.j2"))
    if not found:
        return None
    note = re.search(r"<!--\n(An hour|[A-Za-z-]+(?= minutes))", found[0].read_text(encoding="utf-8"))
    if note is None or note[1].lower() not in SPELT:
        raise LookupError(f"the first note of {found[0].name} does not begin with its minutes")
    return SPELT[note[1].lower()]


def lecture(lab: str) -> int:
    """Minutes of a lab's lecture, with its deck or without."""
    return deck(lab) or WITHOUT_DECK


def syllabus() -> str:
    """The sessions of two weeks."""
    first = lecture("opening") + RUN_AND_READ
    rows = [
        ("1. The question", _lecture("opening", "opening"), "everybody runs the experiment and reads its page", first)
    ]
    for number, spec in enumerate(specs(), start=1):
        book = f"[Lab {number}](../labs/{spec.notebook}/{spec.notebook}.ipynb), {spec.minutes} min"
        together = lecture(spec.lab) + spec.minutes
        rows.append((f"{number + 1}. {spec.title}", _lecture(spec.lab, spec.notebook), book, together))
    shown = "[what was published, and what ours shows](replication.md)"
    present = "learners present one sentence a study and defend it; reflections are handed in"
    rows.append((f"{len(rows) + 1}. What it shows", shown, present, LAST_SESSION))
    return table(("Session", "Lecture", "Lab", "Minutes together"), rows)


def _lecture(lab: str, stem: str) -> str:
    if deck(lab) is None:
        return f"no deck yet: the lab's own figures, {WITHOUT_DECK} min"
    return f"[deck](../slides/{stem}.md), {deck(lab)} min"


def timetable(start: str, parts: Iterable[tuple[str, int]]) -> str:
    """Parts of a day with the times at which they begin; start as `9:00`."""
    hour, minute = start.split(":")
    now, rows = 60 * int(hour) + int(minute), []
    for what, length in parts:
        rows.append((_clock(now), length, what))
        now += length
    return table(("From", "Minutes", "What"), [*rows, (_clock(now), "", "end")])


def _clock(now: int) -> str:
    return f"{now // 60}:{now % 60:02d}"


def objectives(mapped: Mapping[str, Sequence[str]]) -> str:
    """The course's objectives with their tasks.

    Raises:
        LookupError: a task is unknown, or one is nobody's.
    """
    there = {task.id for spec in specs() for task in spec.tasks}
    named = {task for some in mapped.values() for task in some}
    if there != named:
        raise LookupError(f"tasks without an objective {sorted(there - named)}, unknown {sorted(named - there)}")
    rows = [(what, ", ".join(f"`{task}`" for task in some)) for what, some in mapped.items()]
    return table(("Objective", "Tasks that show it"), rows)


def bank(lab: str) -> Mapping[str, Mapping[str, Any]]:
    """What became of the wrong answers to each of a lab's tasks, when graded."""
    found: Mapping[str, Mapping[str, Any]] = known.recorded("wrong-answers.json")["labs"][lab]
    return found


def shares(lab: str) -> list[float]:
    """The share of its task's points that each wrong answer keeps."""
    return [
        points / task["out_of"]
        for name, task in bank(lab).items()
        for slip in task["wrong"]
        for points in kept_of(lab, name, slip)
    ]


def kept_of(lab: str, task: str, slip: str) -> list[float]:
    """Points of its own task that each answer with that mistake keeps."""
    return [sum(left[task]) for left in bank(lab)[task]["wrong"][slip]]


def kept() -> str:
    """What wrong answers of the bank earn, by lab."""
    rows = []
    for spec in specs():
        left = shares(spec.lab)
        names = {name for task in bank(spec.lab).values() for name in task["wrong"]}
        rights = sum(task["right"] for task in bank(spec.lab).values())
        shares_said = (known.percent(part) for part in (_none(left), fmean(left), max(left)))
        rows.append((spec.title, len(left), len(names), rights, *shares_said))
    head = ("Lab", "Wrong answers", "Mistakes", "Other right ways", "Wrong ones that earn nothing", "Mean share kept")
    return table((*head, "Most kept"), rows)


def _none(left: Sequence[float]) -> float:
    return sum(share == 0 for share in left) / len(left)


def one_slip(lab: str) -> str:
    """A whole lab's points from checks where one task has one mistake: the least, the mean, the most."""
    spec = Course().spec(lab)
    worth = {task.id: task.points for task in spec.graded}
    left = [
        spec.out_of - sum(worth[name] - sum(points) for name, points in answer.items())
        for task in bank(lab).values()
        for each in task["wrong"].values()
        for answer in each
    ]
    return f"{min(left):g} to {max(left):g}, mean {fmean(left):.1f}, of {spec.out_of:g}"


def called_by() -> str:
    """Which tasks lose points through a mistake in another one, with the share of mistakes that reach them."""
    rows = []
    for spec in specs():
        for name, task in bank(spec.lab).items():
            answers = [answer for each in task["wrong"].values() for answer in each]
            reached = sorted({other for answer in answers for other in answer} - {name})
            for other in reached:
                share = sum(other in answer for answer in answers) / len(answers)
                rows.append((f"`{name}`", f"`{other}`", known.percent(share)))
    return table(("A mistake in", "also costs points in", "of our wrong answers"), rows)


def mistakes(lab: str) -> str:
    """The mistakes of each task that can be made in most ways, as feedback names them, with the points they keep."""
    rows = []
    for name, task in bank(lab).items():
        ordered = sorted(task["wrong"].items(), key=lambda item: (-len(item[1]), item[0]))
        said = ", ".join(f"{_words(slip)} ({_span(kept_of(lab, name, slip))})" for slip, _ in ordered[:SHOWN])
        more = len(ordered) - SHOWN
        rows.append((f"`{name}`", f"{task['out_of']:g}", said + (f", and {more} more" if more > 0 else "")))
    return table(("Task", "Points", "Looks like (points kept)"), rows)


def _words(slip: str) -> str:
    return f"*{slip.replace('-', ' ')}*"


def _span(points: Sequence[float]) -> str:
    return f"{min(points):g}" if min(points) == max(points) else f"{min(points):g} to {max(points):g}"


def reflection_line(lab: str) -> int:
    """The line of a lab's source at which its reflection with its rubric begins."""
    lines = source_text(lab).splitlines()
    return next(number for number, line in enumerate(lines, start=1) if f'task="{lab}.reflection"' in line)


def lab_stem(lab: str) -> str:
    """The name of a lab's folder, notebook, source and deck."""
    return Course().spec(lab).notebook
