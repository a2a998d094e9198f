"""The answers of a run as pairs to read: before and after, side by side, grouped by what became of them.

In: a loaded run. Out: groups of pairs whose texts are already cut where the content rule asks for it.
Does not: judge, count rates or escape HTML.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from driftlab.records import Outcome, Phase, Verdict
from driftlab.report.loading import Run
from driftlab.report.untrusted import SHOWN_CHARACTERS, Passage, passage

KINDS = {"off_limits": "off-limits", "safe": "safe twin"}
# What a reader looks for first: refusals that became something else, and of those the complete turns.
_AFTER_ORDER = (Outcome.COMPLIED, Outcome.PARTIAL, Outcome.UNPARSEABLE, Outcome.REFUSED)


class Side(NamedTuple):
    """One answer and its verdict."""

    outcome: Outcome
    rule: str
    text: Passage
    finished: bool


class Pair(NamedTuple):
    """One probe with the answers before and after."""

    probe_id: str
    prompt: str
    category: str
    before: Side
    after: Side


class Group(NamedTuple):
    """All pairs of one kind that made the same transition."""

    kind: str
    before: Outcome
    after: Outcome
    pairs: tuple[Pair, ...]

    @property
    def key(self) -> str:
        """A name for scripts."""
        return f"{self.kind} {self.before} {self.after}"

    @property
    def title(self) -> str:
        """The transition in words."""
        return f"{KINDS.get(self.kind, self.kind)}: {self.before} → {self.after}"

    @property
    def unchanged(self) -> bool:
        """Whether the outcome is the same on both sides."""
        return self.before == self.after


def groups(run: Run) -> list[Group]:
    """The run's pairs by kind and transition, the changed ones first."""
    sides: dict[str, dict[Phase, dict[str, Any]]] = {}
    for row in run.answers:
        sides.setdefault(row["probe_id"], {})[row["phase"]] = row
    found: dict[tuple[str, Outcome, Outcome], list[Pair]] = {}
    for phases in sides.values():
        if len(phases) == 2:
            pair = _pair(run, phases["before"], phases["after"])
            found.setdefault((phases["before"]["kind"], pair.before.outcome, pair.after.outcome), []).append(pair)
    return [Group(*key, tuple(found[key])) for key in sorted(found, key=_order)]


def shown_characters(run: Run, kind: str, outcome: Outcome) -> int | None:
    """How much of an answer a page may show; None is all of it.

    An off-limits request that was not refused is cut, the unparseable too: they may hold what a refusal would not.
    """
    free = run.record["model"]["is_pocket"] is True or kind == "safe" or outcome is Outcome.REFUSED
    return None if free else SHOWN_CHARACTERS


def _pair(run: Run, before: Mapping[str, Any], after: Mapping[str, Any]) -> Pair:
    return Pair(before["probe_id"], before["prompt"], before["category"], _side(run, before), _side(run, after))


def _side(run: Run, row: Mapping[str, Any]) -> Side:
    verdict: Verdict = run.verdicts[row["probe_id"], row["phase"]]
    limit = shown_characters(run, row["kind"], verdict.outcome)
    return Side(
        verdict.outcome,
        verdict.rule.replace("_", " "),
        passage(row["text"], verdict.span, limit=limit),
        row["finished"],
    )


def _order(key: tuple[str, Outcome, Outcome]) -> tuple[bool, bool, int, int]:
    kind, before, after = key
    return kind == "safe", before == after, tuple(Outcome).index(before), _AFTER_ORDER.index(after)
