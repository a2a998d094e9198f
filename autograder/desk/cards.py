"""One result as a card: HTML for a notebook, text for a terminal, a line for a script.

In: a task, the results of its public checks, hints. Out: a frozen `Card`, and three ways to write it down.
Pages that show notebooks may strip styles: without them, a card still reads from top to bottom. It brings its own
ground and ink, since a notebook's theme need not be the system's.
Does not: run anything or print. All text goes through `untrusted.visible`, and in HTML through jinja2's escaping.
"""

import functools
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.desk.wording import (
    MARKS,
    Mark,
    Parts,
    amount,
    check_title,
    code_spans,
    cut,
    looks_like,
    of,
    parts,
    plural,
    worst,
)
from autograder.outcomes import CheckResult, Outcome
from autograder.spec import TaskSpec
from driftlab.report.untrusted import visible

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
WIDTH = 88
LONGEST = 1500
"""Characters of one text on a card."""
ASKED = Mark("→", ">", "", "open")
"""In front of hints and messages."""

OURS = "The check itself could not run: that is our fault, not yours. Restart the kernel; if it stays, tell the course."
NOTHING = Parts()
NOISE = "Printed while the checks ran (it does not count):"


@dataclass(frozen=True, slots=True)
class Row:
    """One check, one task of several, or one choice of a question."""

    name: str
    mark: Mark
    points: str
    said: Parts = NOTHING
    looks_like: str = ""
    lines: tuple[str, ...] = ()
    """Of the learner's own code, where it raised."""

    @property
    def has_more(self) -> bool:
        """Whether there is more than the name to show."""
        return bool(any(self.said) or self.looks_like or self.lines)


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown at once. `advice` and hints may have `code` in backticks."""

    title: str
    mark: Mark = ASKED
    task: str = ""
    headline: str = ""
    rows: tuple[Row, ...] = ()
    hints: tuple[str, ...] = ()
    noise: str = ""
    advice: tuple[str, ...] = ()


def of_task(
    task: TaskSpec,
    results: Sequence[CheckResult],
    *,
    hints_taken: int = 0,
    lines: Mapping[str, tuple[str, ...]] | None = None,
    noise: str = "",
    alone: bool = True,
) -> Card:
    """The card of one task after its public checks. `lines`: what a check said -> own lines of the traceback.

    One of several cards (not `alone`) leaves out what all of them would say.
    """
    outcome = worst(results)
    done = sum(result.outcome is Outcome.PASSED for result in results)
    advice = [OURS] if outcome is Outcome.SANDBOX_ERROR else [_points(task, results)] if alone else []
    if outcome is not Outcome.PASSED:
        advice += next_hint(task, hints_taken)
    mark = MARKS[outcome]
    if results and all(result.outcome is Outcome.NOT_ATTEMPTED for result in results):
        first = (_first_step(task), *next_hint(task, hints_taken))
        return Card(task.title, mark, task.id, mark.word, noise=noise, advice=first)
    headline = f"{done} of {plural(len(results), 'check')} passed"
    if done and done == len(results):
        headline = "all checks passed" if done > 1 else "the check passed"
    rows = tuple(_row(result, lines or {}) for result in results)
    return Card(task.title, mark, task.id, headline, rows, noise=noise, advice=tuple(advice))


def of_tasks(title: str, found: Sequence[tuple[TaskSpec, Sequence[CheckResult]]], noise: str = "") -> Card:
    """The card of several tasks, a row each with the first thing that is not right yet."""
    rows, passed = [], 0
    for task, results in found:
        outcome = worst(results)
        passed += outcome is Outcome.PASSED
        first = next((result for result in results if result.outcome is outcome), None)
        silent = first is None or outcome in (Outcome.PASSED, Outcome.NOT_ATTEMPTED)
        said = NOTHING if silent or first is None else parts(first.said)
        points = of(sum(r.points for r in results), sum(r.out_of for r in results))
        rows.append(Row(f"{task.title} ({task.id})", MARKS[outcome], points, said))
    every = [result for _, results in found for result in results]
    advice = (
        f"{of(sum(r.points for r in every), sum(r.out_of for r in every))} from the checks here; when this is graded, "
        "checks with other inputs decide on the others.",
        f'`check("{found[0][0].id}")` shows one task in full.' if found else "",
    )
    mark = MARKS[worst(every)]
    headline = f"{passed} of {plural(len(found), 'task')} passed"
    return Card(title, mark, "", headline, tuple(rows), noise=noise, advice=tuple(line for line in advice if line))


def of_hints(task: TaskSpec, shown: int, *, new: bool) -> Card:
    """The card of the hints that are open, and how many there are to come."""
    total = len(task.hints)
    left = f'`hint("{task.id}")` again shows hint {shown + 1}.' if shown < total else "There are no more."
    taken = (
        f"You have taken {shown} of {plural(total, 'hint')}" + ("" if new else " already") + "; they cost no points."
    )
    return Card(
        task.title,
        ASKED,
        task.id,
        f"hint {shown} of {total}",
        hints=tuple(" ".join(hint.split()) for hint in task.hints[:shown]),
        advice=(taken, left),
    )


def message(title: str, *lines: str) -> Card:
    """A card of words only."""
    return Card(title, advice=lines)


def next_hint(task: TaskSpec, taken: int) -> list[str]:
    """What to type for the next hint."""
    total = len(task.hints)
    if not total:
        return []
    if taken >= total:
        return [f'All {total} hints are open: `hint("{task.id}")` shows them again.']
    return [f'Stuck? `hint("{task.id}")` shows hint {taken + 1} of {total}. It costs no points.']


def _row(result: CheckResult, lines: Mapping[str, tuple[str, ...]]) -> Row:
    return Row(
        check_title(result.check),
        MARKS[result.outcome],
        of(result.points, result.out_of),
        NOTHING if result.outcome is Outcome.PASSED else parts(result.said),
        looks_like(result.misconception),
        lines.get(result.said, ()),
    )


def _points(task: TaskSpec, results: Sequence[CheckResult]) -> str:
    here, out_of = sum(result.points for result in results), sum(result.out_of for result in results)
    rest = task.points - out_of
    said = f"{of(here, out_of)} from the checks here."
    if rest > 1e-9:
        said += f" When this is graded, further checks with other inputs decide on the other {amount(rest)}."
    return said


def _first_step(task: TaskSpec) -> str:
    names = ", ".join(f"`{name}`" for name in task.functions) or "the function"
    return f"Write {names} in the cell above, run that cell, then run this check again."


def html(card: Card) -> str:
    """The card for a notebook."""
    label = " ".join(part for part in (card.task, card.title, card.headline) if part)
    return _template().render(card=card, style=_style(), label=label, noise_title=NOISE)


@functools.cache
def _style() -> Any:
    """The style sheet in one line, without its comments: every card brings it along."""
    import markupsafe

    sheet = re.sub(r"/\*.*?\*/", "", (TEMPLATES / "card.css").read_text(encoding="utf-8"), flags=re.S)
    return markupsafe.Markup(" ".join(sheet.split()))  # noqa: S704  our own style


@functools.cache
def _template() -> "jinja2.Template":
    return environment().get_template("card.html.j2")


def environment() -> "jinja2.Environment":
    """Our templates: every expression is neutralised and escaped, an unknown name is an error."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_neutral,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["cut"] = functools.partial(cut, limit=LONGEST)
    made.filters["code_spans"] = code_spans
    return made


def _neutral(value: Any) -> Any:
    """Applied to every expression of the template: hidden and turning characters are spelled out."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def text(card: Card, width: int = WIDTH, *, ascii_only: bool = False) -> str:
    """The card for a terminal."""
    lines = [line for part in _text_parts(card, ascii_only) for line in _wrapped(*part, width)]
    return "\n".join(lines)


def _text_parts(card: Card, ascii_only: bool) -> Iterator[tuple[str, str, str]]:
    """(before the first line, before the others, text); what is empty becomes no line."""
    named = f"{card.title} ({card.task})" if card.task else card.title
    yield f"{_sign(card.mark, ascii_only)} ", "  ", f"{named}: {card.headline}" if card.headline else named
    for row in card.rows:
        points = f" ({row.points})" if row.points else ""
        yield f"  {_sign(row.mark, ascii_only)} ", "    ", f"{row.name}: {row.mark.word}{points}"
        for key, value in row.said.pairs():
            yield f"      {key:<10} ", " " * 17, cut(value, LONGEST)
        yield "      ", "      ", cut(row.said.rest, LONGEST)
        yield "      ", "      ", f"Looks like: {row.looks_like}" if row.looks_like else ""
        for line in row.lines:
            yield "      | ", "      | ", line
    for number, hint in enumerate(card.hints, 1):
        yield f"  {number}. ", "     ", hint.replace("`", "")
    if card.noise:
        yield "  ", "  ", NOISE
        yield "  | ", "  | ", cut(card.noise, LONGEST)
    for line in card.advice:
        yield "  ", "  ", line.replace("`", "")


def _wrapped(first: str, others: str, said: str, width: int) -> Iterator[str]:
    """Lines of at most that width; line breaks inside are kept, blanks at the start of a line too."""
    for number, line in enumerate(visible(said).rstrip().split("\n")) if said.strip() else ():
        before = first if number == 0 else others
        wrapped = textwrap.wrap(
            line, max(width, 40), initial_indent=before, subsequent_indent=others, break_on_hyphens=False
        )
        yield from wrapped or [before.rstrip()]


def _sign(mark: Mark, ascii_only: bool) -> str:
    return mark.plain if ascii_only else mark.sign


def line(card: Card) -> str:
    """The card in one line, for a script."""
    said = f"{card.task or card.title}: {card.headline}" if card.headline else card.title
    row = next((row for row in card.rows if row.has_more), None)
    if row is not None:
        said += f". {row.name}: " + "; ".join([f"{key} {value}" for key, value in row.said.pairs()] + [row.said.rest])
    elif not card.rows and card.advice:
        said = f"{said.rstrip('.')}. {card.advice[0]}"
    return cut(" ".join(visible(said).replace("`", "").split()), 400)
