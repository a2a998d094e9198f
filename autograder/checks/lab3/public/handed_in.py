"""What `my_run` handed in: read as JSON, and held against the form that `driftlab artefacts` prints.

In: whatever a function returned. Out: `Handed`, each of whose values is of its kind and within its bounds, so that
rules can reckon with it; or a failed check that names the first value that is not.
Does not: ask whether values agree with one another (`test_artefacts` does).
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, NoReturn

from autograder import expect

SENTENCES = {
    "no-text": "The text that `driftlab artefacts` printed was wanted, all of it.",
    "no-json": "It is no JSON, or not all of it: paste all that stands between the rulers.",
    "parts-missing": "A part of it is missing: paste all that stands between the rulers.",
    "too-much": "No more than that belongs into it: no weights, no answers.",
    "impossible-value": "No run says that of itself: paste the text as it was printed.",
}
LOGGED = ["step", "loss", "learning_rate", "tokens"]
LONGEST = 60_000
"""Characters of the text."""
LARGEST = 10**15
"""No count and no number of bytes of this course comes near."""
MOST_STEPS = 100
"""Lines of a log, of which the rest is left out."""
WORDS = 200
"""Characters of a name."""


class Handed(NamedTuple):
    """The parts of what was handed in."""

    adapter: dict[str, Any]
    log: list[list[Any]]
    record: dict[str, Any]

    @property
    def training(self) -> dict[str, Any]:
        """The training's own numbers."""
        return dict(self.record["training"])

    @property
    def settings(self) -> dict[str, Any]:
        """The training's settings."""
        return dict(self.record["config"]["training"])


class Misfit(NamedTuple):
    """A value that is not of its form: where it stands, and what is wrong."""

    name: str
    said: str


Form = Callable[[Any, str], Iterator[Misfit]]


def fail(name: str, said: str, sentences: dict[str, str] = SENTENCES) -> NoReturn:
    """End the check."""
    expect.fail(f"{said} {sentences[name]}", name)


def read(text: Any) -> Handed:
    """The parts of the text."""
    if type(text) is not str or not text.strip().startswith("{"):
        fail("no-text", f"my_run() returned {expect.shown(text)}.")
    if len(text) > LONGEST:
        fail("too-much", f"my_run() returned {len(text):,} characters.")
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        fail("no-json", "my_run() returned a text that begins like JSON and cannot be read as such.")
    misfit = next(WHOLE(found, ""), None)
    if misfit is not None:
        fail(misfit.name, f"my_run() returned artefacts in which {misfit.said}.")
    return Handed(found["adapter_config"], found["log"], found["record"])


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _impossible(value: Any, path: str) -> Misfit:
    shown = expect.shown(value)
    return Misfit("impossible-value", f"{path} is {shown if len(shown) < WORDS else shown[:WORDS] + '…'}")


def number(least: float = 0, most: float = LARGEST, *, above: bool = False) -> Form:
    """A finite number between two, or above the first."""

    def form(value: Any, path: str) -> Iterator[Misfit]:
        fits = type(value) in (int, float) and least <= value <= most and not (above and value == least)
        if not fits:
            yield _impossible(value, path)

    return form


def whole(least: int = 0) -> Form:
    """A whole number from that one on."""

    def form(value: Any, path: str) -> Iterator[Misfit]:
        if type(value) is not int or not least <= value <= LARGEST:
            yield _impossible(value, path)

    return form


def word(pattern: str = ".+") -> Form:
    """A text that can be printed."""

    def form(value: Any, path: str) -> Iterator[Misfit]:
        fits = type(value) is str and len(value) <= WORDS and value.isprintable()
        if not fits or not re.fullmatch(pattern, value):
            yield _impossible(value, path)

    return form


def one_of(*values: Any) -> Form:
    """One of these, of the same type."""

    def form(value: Any, path: str) -> Iterator[Misfit]:
        if not any(expect.same(value, one) for one in values):
            yield _impossible(value, path)

    return form


def maybe(form: Form) -> Form:
    """Of that form, or null."""
    return lambda value, path: iter(()) if value is None else form(value, path)


def rows(form: Form, most: int, least: int = 1) -> Form:
    """A list of values of one form."""

    def found(value: Any, path: str) -> Iterator[Misfit]:
        if type(value) is not list or not least <= len(value) <= most:
            yield _impossible(value, path)
            return
        for place, one in enumerate(value):
            yield from form(one, f"{path}[{place}]")

    return found


def row(*forms: Form) -> Form:
    """A list of as many values as there are forms."""

    def found(value: Any, path: str) -> Iterator[Misfit]:
        if type(value) is not list or len(value) != len(forms):
            yield _impossible(value, path)
            return
        for place, (one, form) in enumerate(zip(value, forms, strict=True)):
            yield from form(one, f"{path}[{place}]")

    return found


def table(form: Form, most: int = 60) -> Form:
    """Values of one form by name."""

    def found(value: Any, path: str) -> Iterator[Misfit]:
        if type(value) is not dict or not 0 < len(value) <= most:
            yield _impossible(value, path)
            return
        for name, one in value.items():
            yield from form(one, f"{path}[{name[:WORDS]!r}]")

    return found


def parts(forms: dict[str, Form], *, closed: bool = False) -> Form:
    """A value of each name; `closed` allows no others."""

    def found(value: Any, path: str) -> Iterator[Misfit]:
        what = f"{path} is" if path else "the whole is"
        if type(value) is not dict:
            yield Misfit("parts-missing", f"{what} {expect.shown(value)}")
            return
        missing = [name for name in forms if name not in value]
        if missing:
            yield Misfit("parts-missing", f"there is no {f'{path}.' if path else ''}{missing[0]}")
        more = [name for name in value if name not in forms]
        if closed and more:
            yield Misfit("too-much", f"there is also {expect.shown(more[0][:WORDS])} in {path or 'the whole'}")
        for name, form in forms.items():
            yield from form(value[name], f"{path}.{name}" if path else name)

    return found


YES_OR_NO = one_of(True, False)
DIGEST = word(r"[0-9a-f]{64}")
COUNTED = (
    "heldout", "truncated", "lost_end", "lost_all_labels", "dropped", "cut_prompt", "cut_answer", "tokens_lost",
    "safety_examples",
)  # fmt: skip
HASHED = ("model", "base_before", "base_after", "data", "probes", "adapter", "judge")
SHARE = number(0, 1)
TYPES = ("fp16", "bf16", "fp32")
TARGETS = rows(word(), 40)
COUNT = parts({"count": whole(), "total": whole(1), "value": SHARE, "low": SHARE, "high": SHARE})
PAIRS = parts({
    "pairs": whole(1), "before": COUNT, "after": COUNT, "lost": whole(), "gained": whole(), "mcnemar_p": SHARE,
    "difference": number(-1, 1), "low": number(-1, 1), "high": number(-1, 1),
    "dropped": parts(dict.fromkeys(("before", "after", "both"), whole())),
})  # fmt: skip
ADAPTER = parts({
    "peft_type": one_of("LORA"), "task_type": one_of("CAUSAL_LM"), "r": whole(1), "lora_alpha": number(above=True),
    "lora_dropout": SHARE, "bias": word(), "target_modules": TARGETS, "modules_to_save": maybe(rows(word(), 40, 0)),
    "use_rslora": YES_OR_NO, "use_dora": YES_OR_NO,
}, closed=True)  # fmt: skip
CONFIG = parts({
    "preset": word(), "model": word(), "data": word(), "probes": word(), "seed": whole(-LARGEST),
    "limit": maybe(whole(1)), "safety_share": SHARE, "screen": YES_OR_NO,
    "quantization": parts({"scheme": word(), "compute_dtype": one_of("auto", *TYPES)}),
    "adapter": parts({"rank": whole(1), "alpha": number(above=True), "dropout": SHARE, "bias": word(),
                      "targets": TARGETS}),
    "training": parts({
        "epochs": number(0, 10_000, above=True), "learning_rate": number(0, 1_000, above=True), "scheduler": word(),
        "warmup_ratio": SHARE, "batch_size": whole(1), "accumulation": whole(1), "max_length": whole(1),
        "batching": one_of("sorted", "packed"), "gradient_checkpointing": YES_OR_NO,
    }),
})  # fmt: skip
GPU = parts({
    "name": word(), "memory_bytes": whole(1), "capability": word(r"[1-9][0-9]?\.[0-9]"), "count": whole(1),
})  # fmt: skip
RECORD = parts({
    "driftlab": word(), "config": CONFIG, "versions": table(maybe(word())),
    "machine": parts({"memory_bytes": whole(1), "cores": whole(1), "gpu": maybe(GPU)}),
    "hashes": parts(dict.fromkeys(HASHED, DIGEST)),
    "base_unchanged": YES_OR_NO,
    "model": parts({"source": word(), "parameters": whole(1), "trainable": whole(1), "compute_dtype": one_of(*TYPES)}),
    "budget": parts({"terms": table(number()), "peak_reserved": whole(1), "usable": whole(1), "fits": word()}),
    "data": parts({"train": whole(1), "tokens": whole(1), "label_tokens": whole(1)} | dict.fromkeys(COUNTED, whole())),
    "training": parts({
        "steps": whole(1), "planned_steps": whole(1), "finished": YES_OR_NO, "processes": whole(1),
        "first_loss": number(above=True), "last_loss": number(above=True), "tokens_seen": whole(1),
        "tokens_masked": whole(), "peak_bytes": whole(1), "predicted_peak_bytes": whole(1),
        "peak_reserved_bytes": maybe(whole(1)), "predicted_peak_reserved_bytes": maybe(whole(1)),
        "adapter_sha256": DIGEST, "tokens_cut": whole(), "tokens_per_second": maybe(number()),
        "heldout_loss_before": maybe(number()), "heldout_loss_after": maybe(number()),
        "format_rate_before": maybe(SHARE), "format_rate_after": maybe(SHARE),
    }),
    "statistics": parts({"refusal": PAIRS, "over_refusal": maybe(PAIRS)}, closed=True),
}, closed=True)  # fmt: skip
WHOLE = parts({
    "schema": one_of(1), "adapter_config": ADAPTER, "logged": one_of(LOGGED),
    "log": rows(row(whole(1), number(above=True), number(), whole(1)), MOST_STEPS), "record": RECORD,
}, closed=True)  # fmt: skip
"""The form of what `driftlab artefacts` prints, as far as the checks ask for it."""
