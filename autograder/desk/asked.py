"""Which tasks a learner means: by id, by the id without its lab, by the function, by the lab, or all that are there.

In: what was asked for, the labs' specs, the learner's namespace. Out: an `Asked`: a lab and some of its tasks.
Does not: run or show anything.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.errors import GradingError
from autograder.spec import LabSpec, TaskSpec

SHOWN = 80
"""Characters of what was asked for that a message repeats."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a learner asked for."""

    spec: LabSpec
    tasks: tuple[TaskSpec, ...]
    one: bool
    """One task, by name; else a whole lab, or what there is of it."""


def find(asked: Any, specs: Sequence[LabSpec], namespace: Mapping[str, Any]) -> Asked:
    """The tasks that are meant.

    Raises:
        GradingError: there is no such task, or none of their functions exists yet.
    """
    if asked is None:
        return _present(specs, namespace)
    name = str(getattr(asked, "__name__", asked) if callable(asked) else asked).strip()
    for spec in specs:
        if name == spec.lab:
            return Asked(spec, spec.graded, one=False)
        for task in spec.tasks:
            if name in (task.id, task.id.removeprefix(f"{spec.lab}."), *task.functions):
                return Asked(spec, (task,), one=True)
    raise GradingError(f"there is no task {name[:SHOWN]!r}.", _advice(name, specs))


def _present(specs: Sequence[LabSpec], namespace: Mapping[str, Any]) -> Asked:
    """The lab of which most tasks have a function in the namespace, and those tasks."""
    found = [
        Asked(spec, tuple(t for t in spec.graded if any(name in namespace for name in t.functions)), one=False)
        for spec in specs
    ]
    most = max(found, key=lambda one: len(one.tasks), default=None)
    if most is None or not most.tasks:
        raise GradingError("no function of a task is defined yet.", "Run the cells of your notebook from the top.")
    return most


def _advice(name: str, specs: Sequence[LabSpec]) -> str:
    """The ids that are near, or all of them."""
    ids = [task.id for spec in specs for task in spec.tasks]
    known = {word.lower(): task.id for spec in specs for task in spec.tasks for word in _words(spec, task)}
    short = name[:SHOWN].lower().rpartition(".")[2]  # the lab's part is alike in all of them
    near = difflib.get_close_matches(short, known, n=3, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(dict.fromkeys(known[word] for word in near))}?"
    return f"Choose among: {', '.join(ids) or 'none yet: is the checkout complete?'}."


def _words(spec: LabSpec, task: TaskSpec) -> list[str]:
    return [task.id.removeprefix(f"{spec.lab}."), *task.functions]
