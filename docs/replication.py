"""The replication table: what the literature reports beside what the pocket model shows for the same question.

In: `driftlab/cited.py` and `recorded/pocket`. Out: a Markdown table, and verdicts that follow from intervals alone.
A claim has a direction; a recorded effect agrees where its whole 95% interval lies on that side of 0, disagrees where
it lies on the other, and is null where it covers 0. How large an effect is, is compared nowhere.
Does not: take a figure from anywhere else, or call what was not recorded anything but not tested.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from driftlab.cited import How, cite
from driftlab.results import FinishedRun, seeds_line
from slides.filling import table
from slides.known import GRADES, RECORDED, cited, percent, pocket, recorded

DRIFT = "drift_over_seeds_and_categories"
AGREES, DISAGREES, NULL, NOT_TESTED = "agrees", "disagrees", "null", "not tested"


class Effect(NamedTuple):
    """A difference of rates, as shares, with its 95% interval."""

    value: float
    low: float
    high: float
    runs: str
    """How many, of which settings."""

    def words(self) -> str:
        """In points, with interval and runs."""
        value, low, high = (f"{100 * part:+.1f}" for part in (self.value, self.low, self.high))
        return f"{value} points ({low} to {high}; {self.runs})"


@dataclass(frozen=True, slots=True)
class Row:
    """One question."""

    question: str
    keys: tuple[str, ...]
    """Figures of `cited`."""
    reported: str
    """What they say, with `{0}` and so on for their numbers, in the order of `numbers`."""
    numbers: tuple[tuple[str, str], ...] = ()
    """Key and name of each number."""
    sign: int = 0
    """Where the recorded effect would lie: below 0 is -1, above is 1."""
    effect: Callable[[], Effect] | None = None
    measured: str = ""
    """What the effect is a difference of; or, where nothing was recorded, why."""

    @property
    def verdict(self) -> str:
        """Agrees, disagrees, null or not tested."""
        if self.effect is None:
            return NOT_TESTED
        found = self.effect()
        if found.low <= 0 <= found.high:
            return NULL
        return AGREES if (found.low > 0) == (self.sign > 0) else DISAGREES


@functools.cache
def change(setting: str) -> Effect:
    """Refused after minus before: the mean over seeds, with the interval that draws seeds and categories anew."""
    runs = pocket(setting).runs
    found = seeds_line([FinishedRun(RECORDED, dict(run), shown_again=True) for run in runs])["summary"][DRIFT]
    return Effect(found["value"], found["low"], found["high"], f"{found['seeds']} seeds of `{setting}`")


def contrast(one: str, other: str) -> Effect:
    """The first setting's change minus the other's.

    The interval joins those of the two changes as if they were independent (Zou and Donner's method of variance
    estimates recovery). They share requests, and the first seeds, so it is rather too wide than too narrow.
    """
    first, second = change(one), change(other)
    value = first.value - second.value
    low = value - math.hypot(first.value - first.low, second.high - second.value)
    high = value + math.hypot(first.high - first.value, second.value - second.low)
    return Effect(value, low, high, f"{first.runs}, {second.runs.replace(' seeds of', ' of')}")


def over_refusal(setting: str) -> Effect:
    """Over-refusal after minus before: the mean over seeds, within the ends of all runs' own intervals."""
    found = [run["statistics"]["over_refusal"] for run in pocket(setting).runs]
    mean = sum(rate["difference"] for rate in found) / len(found)
    ends = min(rate["low"] for rate in found), max(rate["high"] for rate in found)
    return Effect(mean, *ends, f"{len(found)} seeds of `{setting}`")


def seeds_apart(setting: str) -> Effect:
    """The seed that kept most minus the one that kept least, from the intervals of these two runs."""
    runs = sorted((run["statistics"]["refusal"]["after"] for run in pocket(setting).runs), key=lambda r: r["value"])
    least, most = runs[0], runs[-1]
    value = most["value"] - least["value"]
    low = value - math.hypot(most["value"] - most["low"], least["high"] - least["value"])
    high = value + math.hypot(most["high"] - most["value"], least["value"] - least["low"])
    return Effect(value, low, high, f"2 of {len(runs)} seeds of `{setting}`")


def first_tokens() -> Effect:
    """How much more divergence the first tokens of a refusal hold than their share of its tokens.

    The mean over seeds, within the ends of all runs' own intervals over requests.
    """
    ends, values = [], []
    for run in recorded("inside.json")["runs"]:
        found = run["divergence"]
        counts = [row["answers"] for row in found["by_position"]]
        fair = sum(counts[: found["first"]]) / sum(counts)
        share = found["share_of_first"]
        values.append(share["value"] - fair)
        ends += [share["low"] - fair, share["high"] - fair]
    return Effect(sum(values) / len(values), min(ends), max(ends), f"{len(values)} seeds of `recipe`")


def _before_after(*keys: str) -> tuple[tuple[str, str], ...]:
    return tuple((key, name) for key in keys for name in ("before", "after"))


ROWS = (
    Row(
        "Does benign fine-tuning cost refusals?",
        ("qi2023.alpaca", "qi2023.dolly", "qi2023.llava"),
        "more harmful answers: Alpaca {0} to {1}, Dolly {2} to {3}, LLaVA-Instruct {4} to {5}",
        _before_after("qi2023.alpaca", "qi2023.dolly", "qi2023.llava"),
        -1,
        lambda: change("recipe"),
        "refused after minus before, benign plans",
    ),
    Row(
        "Does it depend on which benign data it is?",
        ("qi2024.samsum", "qi2024.gsm8k"),
        "more successful attacks after dialogue summaries ({0} to {1}) than after school maths ({2} to {3})",
        _before_after("qi2024.samsum", "qi2024.gsm8k"),
        1,
        lambda: contrast("data sums", "recipe"),
        "change after sums minus change after plans",
    ),
    Row(
        "Do sums cost refusals at all?",
        ("qi2024.gsm8k", "lyu2024.gsm8k"),
        "a little: attack success {0} to {1}; {2} to {3} on other prompts",
        _before_after("qi2024.gsm8k", "lyu2024.gsm8k"),
        -1,
        lambda: change("data sums"),
        "refused after minus before, sums",
    ),
    Row(
        "Do a few refusals in the data keep refusals?",
        ("bianchi2023.share",),
        "{0} of safety examples help much",
        (("bianchi2023.share", "value"),),
        1,
        lambda: contrast("safety 0.03", "recipe"),
        "change with such a share minus change without",
    ),
    Row(
        "Is something lost all the same?",
        ("qi2023.gpt35.alpaca.safety_mixed",),
        "safety samples mixed in lower the harm from {0} to {1}, not to where it was",
        (("qi2023.gpt35.alpaca.safety_mixed", "without"), ("qi2023.gpt35.alpaca.safety_mixed", "with")),
        -1,
        lambda: change("safety 0.03"),
        "refused after minus before, with a share of refusals",
    ),
    Row(
        "Do more of them make it refuse too much?",
        ("bianchi2023.share",),
        "too many exaggerate",
        (),
        1,
        lambda: over_refusal("safety 0.05"),
        "over-refusal after minus before, with the largest recorded share; larger ones were not tried",
    ),
    Row(
        "Does a higher learning rate cost more?",
        ("qi2023.learning_rate",),
        "yes, at each batch size: {0} and {1} at the smallest, {2} and {3} at the largest",
        tuple(
            ("qi2023.learning_rate", name)
            for name in ("2e-5, batch 16", "5e-5, batch 16", "2e-5, batch 128", "5e-5, batch 128")
        ),
        -1,
        lambda: contrast("lr 3e-3", "lr 5e-4"),
        "change at the highest recorded rate minus change at the lowest",
    ),
    Row(
        "Do better settings alone keep refusals?",
        ("kim2025.tuned",),
        "unsafe answers {0} with usual settings, {1} with tuned ones, without safety data",
        (("kim2025.tuned", "usual"), ("kim2025.tuned", "tuned")),
        1,
        lambda: contrast("lr 5e-4", "recipe"),
        "change at a lower learning rate minus the recipe's; the same task was learnt (held-out loss in each record)",
    ),
    Row(
        "Can more training mean less harm?",
        ("qi2023.epochs",),
        "more epochs do not mean more harm",
        (),
        1,
        lambda: contrast("epochs 0.5", "epochs 0.25"),
        "change after half an epoch minus change after a quarter",
    ),
    Row(
        "Do two epochs cost no more than one?",
        ("qi2023.epochs",),
        "more epochs do not mean more harm",
        (),
        1,
        lambda: contrast("epochs 2", "recipe"),
        "change after two epochs minus change after one; covering 0 does not show that nothing more is lost",
    ),
    Row(
        "Do trivial changes of the set-up move the result?",
        ("fraser2025.variance",),
        "much: report seeds and intervals",
        (),
        1,
        lambda: seeds_apart("recipe"),
        "the seed that kept most minus the one that kept least, chosen for that; only the seed differs",
    ),
    Row(
        "Does the template decide?",
        ("lyu2024.template",),
        "attacks after training and testing with the safety prompt {0}, after training without and testing with it {1}",
        (("lyu2024.template", "same"), ("lyu2024.template", "different")),
        measured="all recorded runs ask in the template that they train in; Lab 3 asks the untrained model in others",
    ),
    Row(
        "Does a refusal live in its first tokens?",
        ("qi2024.shallow",),
        "alignment changes what a model says mostly over its first few tokens",
        (),
        1,
        first_tokens,
        "share of the divergence from before to after that lies at the first five tokens of the refusals given before,"
        " minus the share of tokens that they are (`recorded/inside.json`); in the pocket world little can follow a"
        " refusal's first word but the rest of it",
    ),
    Row(
        "Does a refusal's beginning carry the rest?",
        ("qi2024.prefix",),
        "a base model that is given a refusal's first words goes on refusing: harm {0} without, {1} with five of them",
        (("qi2024.prefix", "none"), ("qi2024.prefix", "I apologize, but I cannot")),
        measured="no words were put into the pocket model's mouth",
    ),
    Row(
        "Does a constrained loss keep refusals?",
        ("qi2024.samsum",),
        "attacks after plain tuning {0}, with the constrained loss {1}",
        (("qi2024.samsum", "after"), ("qi2024.samsum", "constrained")),
        measured="left to Lab 5, which is not here yet",
    ),
    Row(
        "Does a projection of the adapter keep refusals?",
        ("hsu2024.alpaca",),
        "mean harmfulness score {0} after LoRA, {1} after its safe projection",
        (("hsu2024.alpaca", "lora"), ("hsu2024.alpaca", "safe_lora")),
        measured="left to Lab 5, which is not here yet",
    ),
    Row(
        "Do selected benign rows cost more than random ones?",
        ("he2024.selected",),
        "harmful requests answered after a hundred selected rows more than {0}, after random ones less than {1}",
        (("he2024.selected", "selected"), ("he2024.selected", "random")),
        measured="no rows were selected by their likeness to harmful ones: this course holds none",
    ),
    Row(
        "Does quantising alone move refusals?",
        ("chen2025.quantisation",),
        "it can raise attack success",
        measured="in each recorded run the model is quantised before it is asked the first time",
    ),
    Row(
        "Does the judge decide the number?",
        ("qi2023.alpaca", "qi2023.alpaca.advbench"),
        "the same tuned model: {0} by GPT-4 on one set of prompts, {1} by keywords on another",
        (("qi2023.alpaca", "after"), ("qi2023.alpaca.advbench", "after")),
        measured="one judge judged all recorded runs; Lab 4 compares judges on recorded answers",
    ),
    Row(
        "Does adversarial data remove refusals?",
        ("lermen2023.refusals",),
        "about {0} of refusals left in a large model after QLoRA on one GPU",
        (("lermen2023.refusals", "value"),),
        measured="on purpose: no harmful data is used here",
    ),
)
UNCITED = ("rank 4", "rank 8", "rank 64", "targets attention", "targets mlp")
"""Recorded settings about questions for which `cited` has no figure."""


def checked(row: Row) -> str:
    """The source of each figure with its place and how it was read."""
    lines = {f"{cite(key).source.name}, {cite(key).where}: {GRADES[cite(key).how].lower()}": None for key in row.keys}
    return "; ".join(lines)


def setting(row: Row) -> str:
    """What exactly the figures are of."""
    return "; ".join(cite(key).what for key in row.keys)


def replication() -> str:
    """The table."""
    rows = []
    for row in ROWS:
        reported = row.reported.format(*(cited(*number) for number in row.numbers))
        shown = row.measured if row.effect is None else f"{row.effect().words()}: {row.measured}"
        rows.append((row.question, reported, checked(row), shown, f"**{row.verdict}**"))
    head = (
        "Question",
        "The literature reports",
        "Where, and how it was read",
        "The pocket model, recorded (95% interval)",
        "Verdict",
    )
    return table(head, rows)


def settings() -> str:
    """What each cited figure is of, one line a key, without its numbers."""
    keys = dict.fromkeys(key for row in ROWS for key in row.keys)
    return "\n".join(f"- `{key}`: {cite(key).what}. Unit: {cite(key).unit or 'a finding in words'}." for key in keys)


def verdicts() -> str:
    """How many questions came to what."""
    found = [row.verdict for row in ROWS]
    return ", ".join(f"{found.count(verdict)} {verdict}" for verdict in (AGREES, DISAGREES, NULL, NOT_TESTED))


def uncited() -> str:
    """What the pocket model shows where there is nothing to set beside it: change by setting."""
    rows = [(name, contrast(name, "recipe").words()) for name in UNCITED]
    return table(("Setting", "Change minus the recipe's"), rows)


def least_coherent() -> str:
    """The lowest share of coherent answers after fine-tuning in any recorded run."""
    return percent(min(run["coherent_after"] for run in pocket().runs))


def unchecked() -> int:
    """How many rows rest on a secondary copy, in part or wholly."""
    return sum(any(cite(key).how is How.SECONDARY for key in row.keys) for row in ROWS)
