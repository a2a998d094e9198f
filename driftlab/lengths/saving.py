"""What a cut saves in memory, beside what gradient checkpointing saves: the same run, cut or whole, with and without.

In: a configuration, the longest example, a prediction of memory. Out: a `Choice` for each of the four.
Does not: predict (`budget` does), or know how long the examples of a set are (`lengths` does).
"""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

from driftlab.budget import Budget, Fits, check
from driftlab.config import RunConfig
from driftlab.lengths.counting import LengthAudit

Predict = Callable[[RunConfig], Budget]


class Choice(NamedTuple):
    """One way to run: how long a row may be, with or without checkpointing, and what the peak is then."""

    max_length: int
    whole: bool
    """Whether nothing is cut at that length."""
    checkpointing: bool
    peak_reserved: int
    fits: Fits

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return self._asdict()


def choices(longest: int, config: RunConfig, predict: Predict, usable: int) -> tuple[Choice, ...]:
    """The peak of a full batch, cut at the configuration's length and whole, without and with checkpointing.

    Where the longest example is no longer than the cut, whole is all there is.
    """
    cut = config.training.max_length
    found = []
    for length in dict.fromkeys((min(cut, longest), longest)):
        for checkpointing in (False, True):
            training = dataclasses.replace(config.training, max_length=length, gradient_checkpointing=checkpointing)
            budget = predict(dataclasses.replace(config, training=training))
            fits = check(budget, usable)
            found.append(Choice(length, length >= longest, checkpointing, budget.peak_reserved, fits))
    return tuple(found)


def in_words(found: tuple[Choice, ...]) -> str:
    """What the choices come to, in a sentence."""
    fits = {(choice.whole, choice.checkpointing): choice.fits for choice in found}
    if fits[True, False] == "yes":
        return "Memory is no reason to cut here: whole examples fit even without checkpointing."
    if fits[True, True] == "yes":
        return {
            "yes": "Either is enough here: the cut, which costs tokens, or checkpointing, which costs time.",
            "close": "Checkpointing is the surer way here: whole examples fit with it, cut ones may just fit without.",
            "no": "Checkpointing decides here, not the cut: whole examples fit with it, without it not even cut ones.",
            None: "No example is longer than the cut, so it saves no memory; checkpointing is what makes them fit.",
        }[fits.get((False, False))]
    if "yes" in fits.values():
        how = "even without" if fits[False, False] == "yes" else "and only with"
        may = "may just fit" if fits[True, True] == "close" else "do not fit"
        return f"The cut decides here: cut examples fit, {how} checkpointing; whole ones {may}."
    return "None of these is sure to fit: take a smaller batch, a lower rank or a smaller model."


def of_audit(audit: LengthAudit, config: RunConfig, predict: Predict, usable: int) -> tuple[Choice, ...]:
    """The choices for the longest example of a set, at the batch size and the cut that the audit was made with."""
    training = dataclasses.replace(config.training, batch_size=audit.batch_size, max_length=audit.max_length)
    return choices(audit.longest, dataclasses.replace(config, training=training), predict, usable)
