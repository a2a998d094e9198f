"""lab3.artefacts: what a run says about itself, looked through for parts that do not agree.

In: `my_run()`, the text that `driftlab artefacts` printed. Out: verdicts.
Does not: ask how large a drift is, or prove that a run was made: a text that agrees with itself passes.
"""

import itertools
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from autograder import expect

SENTENCES = {
    "no-text": "The text that `driftlab artefacts` printed was wanted, all of it.",
    "parts-missing": "A part of it is missing: paste all that stands between the rulers.",
    "too-much": "No more than that belongs into it: no weights, no answers.",
    "adapter-differs": "The adapter's settings are not those of the record: are both from one run?",
    "output-layer-adapted": "The output layer has an adapter, or is trained as a whole.",
    "parameters-differ": "So many parameters do not follow from rank and targets: was more trained than the adapter?",
    "base-changed": "The base is not what it was: something else than the adapter was trained.",
    "bf16-below-8.0": "That GPU has no arithmetic in bf16.",
    "steps-differ": "So many steps do not follow from examples, batch and epochs: was the last batch dropped?",
    "log-differs": "The log is not the record's: steps, tokens and losses must be those of one training.",
    "tokens-differ": "Tokens that were trained on, with and without a label, do not add up to those of the data.",
    "schedule-differs": "The learning rates of the log are not what the record's settings give.",
    "memory-differs": "The memory that was measured does not go with what was predicted, or with the GPU.",
    "counts-differ": "Refusals before, after, lost and gained do not add up.",
    "hashes-differ": "The adapter's hash stands in two places, and they differ.",
}
PARTS = {"schema", "adapter_config", "logged", "log", "record"}
LOGGED = ["step", "loss", "learning_rate", "tokens"]
LONGEST = 60_000
"""Characters."""
DIGEST = re.compile(r"[0-9a-f]{64}")
FOR_EACH_RANK = {
    "pocket": {"q_proj": 1536, "k_proj": 1536, "v_proj": 1536, "o_proj": 1536, "gate_proj": 2816, "up_proj": 2816,
               "down_proj": 2816},
    "meta-llama/Llama-2-7b-chat-hf": {"q_proj": 262144, "k_proj": 262144, "v_proj": 262144, "o_proj": 262144,
                                      "gate_proj": 483328, "up_proj": 483328, "down_proj": 483328},
}  # fmt: skip
"""Trained numbers of all layers for a rank of 1, by target, of models that this course knows."""
MEMORY = (0.5, 1.5)
"""A measured peak on a GPU, as a share of the predicted one."""


class Problem(NamedTuple):
    """What does not agree: its name, and the two sides."""

    name: str
    said: str


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


Rule = Callable[[Handed], Iterator[Problem]]


def read(text: Any) -> Handed:
    """The parts of the text."""
    if type(text) is not str or not text.strip().startswith("{"):
        fail("no-text", f"my_run() returned {expect.shown(text)}.")
    if len(text) > LONGEST:
        fail("too-much", f"my_run() returned {len(text):,} characters.")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        fail("parts-missing", "my_run() returned a text that is no whole JSON.")
    if type(found) is not dict or set(found) - PARTS:
        fail("too-much", f"my_run() returned JSON with the parts {expect.shown(sorted(found))}.")
    if set(found) != PARTS or found["logged"] != LOGGED or not found["log"]:
        fail("parts-missing", f"my_run() returned JSON with the parts {expect.shown(sorted(found))}.")
    return Handed(found["adapter_config"], found["log"], found["record"])


def ask_artefacts(submission: Any, rules: tuple[Rule, ...]) -> None:
    """Call `my_run`, and hold each rule against what came back."""
    handed = read(submission.call("my_run"))
    try:
        problem = next((problem for rule in rules for problem in rule(handed)), None)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, ZeroDivisionError) as error:
        fail("parts-missing", f"my_run() returned artefacts in which something is missing or no number ({error}).")
    if problem is not None:
        fail(problem.name, f"my_run() returned artefacts in which {problem.said}.")


def fail(name: str, said: str) -> Any:
    """End the check."""
    expect.fail(f"{said} {SENTENCES[name]}", name)


def adapter(handed: Handed) -> Iterator[Problem]:
    """Settings of the saved adapter, those of the record, and the number of parameters."""
    saved, asked = handed.adapter, handed.record["config"]["adapter"]
    targets = saved["target_modules"]
    if "lm_head" in targets or saved["modules_to_save"]:
        yield Problem(
            "output-layer-adapted", f"the adapter has {targets} and modules_to_save {saved['modules_to_save']}"
        )
    pairs = {"r": "rank", "lora_alpha": "alpha", "lora_dropout": "dropout", "bias": "bias"}
    for here, there in pairs.items():
        if saved[here] != asked[there]:
            yield Problem("adapter-differs", f"the adapter has {here} {saved[here]}, the record {there} {asked[there]}")
    if sorted(targets) != sorted(asked["targets"]):
        yield Problem(
            "adapter-differs", f"the adapter has the targets {sorted(targets)}, the record {asked['targets']}"
        )
    known = FOR_EACH_RANK.get(handed.record["config"]["model"])
    trained = handed.record["model"]["trainable"]
    if known is not None and trained != saved["r"] * sum(known[name] for name in targets):
        yield Problem("parameters-differ", f"{trained:,} parameters were trained, with rank {saved['r']} on {targets}")


def base(handed: Handed) -> Iterator[Problem]:
    """The base before and after, the type, the hashes."""
    hashes, gpu = handed.record["hashes"], handed.record["machine"]["gpu"]
    before, after = str(hashes["base_before"]), str(hashes["base_after"])
    if before != after or handed.record["base_unchanged"] is not True or not DIGEST.fullmatch(before):
        yield Problem("base-changed", f"the base's hash is {before[:12]} before and {after[:12]} after")
    types = (handed.record["model"]["compute_dtype"], handed.record["config"]["quantization"]["compute_dtype"])
    if gpu is not None and "bf16" in types and float(gpu["capability"]) < 8:
        yield Problem("bf16-below-8.0", f"bf16 was used on a GPU of capability {gpu['capability']}")
    saved = str(handed.training["adapter_sha256"])
    if hashes["adapter"] != saved or not DIGEST.fullmatch(saved):
        yield Problem("hashes-differ", f"the adapter's hash is {saved[:12]} and {str(hashes['adapter'])[:12]}")


def steps(handed: Handed) -> Iterator[Problem]:
    """How many steps there were, and the log of them."""
    training, settings, log = handed.training, handed.settings, handed.log
    done, planned = training["steps"], training["planned_steps"]
    if settings["batching"] == "sorted":
        rows = (handed.record["data"]["train"] - handed.record["data"]["dropped"]) * settings["epochs"]
        most = planned * settings["batch_size"] * settings["accumulation"]
        if not most - settings["batch_size"] * settings["accumulation"] < rows <= most:
            yield Problem("steps-differ", f"{planned} steps were planned for {rows:g} examples, {most} in all at most")
    if done > planned or (training["finished"] is True) != (done == planned):
        yield Problem("steps-differ", f"{done} of {planned} steps were taken; finished: {training['finished']}")
    counted = [row[0] for row in log]
    if counted[0] != 1 or counted[-1] != done or any(b <= a for a, b in itertools.pairwise(counted)):
        yield Problem("log-differs", f"the log goes from step {counted[0]} to {counted[-1]} of {done}")
    seen = [row[3] for row in log]
    if seen[-1] != training["tokens_seen"] or any(b <= a for a, b in itertools.pairwise(seen)):
        yield Problem("log-differs", f"the log ends with {seen[-1]} tokens, the record has {training['tokens_seen']}")
    losses = [row[1] for row in log]
    if not all(math.isfinite(one) and one > 0 for one in losses):
        yield Problem("log-differs", "a loss of the log is no number above zero")
    for name, one in (("first_loss", losses[0]), ("last_loss", losses[-1])):
        if not math.isclose(training[name], one, rel_tol=1e-4):
            yield Problem("log-differs", f"the record's {name} is {training[name]}, the log's {one}")


def tokens(handed: Handed) -> Iterator[Problem]:
    """What of the data was trained on: all of it in an epoch that was finished."""
    training, data = handed.training, handed.record["data"]
    whole = training["finished"] and handed.settings["epochs"] == 1 and handed.settings["batching"] == "sorted"
    masked = data["tokens"] - data["label_tokens"]
    if whole and (training["tokens_seen"], training["tokens_masked"]) != (data["tokens"], masked):
        said = f"{training['tokens_seen']} tokens were seen, {training['tokens_masked']} of them without a label"
        yield Problem("tokens-differ", f"{said}; the data has {data['tokens']}, {masked} without")


def rates(handed: Handed) -> Iterator[Problem]:
    """Learning rates rise to the one that was set, if they rise, and do not rise again."""
    told, set_ = [row[2] for row in handed.log], handed.settings["learning_rate"]
    top = max(range(len(told)), key=told.__getitem__)
    falls = all(b <= a for a, b in zip(told[top:], told[top + 1 :], strict=False))
    if told[top] > set_ * 1.0001 or told[top] < set_ / 2 or not falls:
        yield Problem("schedule-differs", f"the log's largest learning rate is {told[top]:g}, the record's {set_:g}")


def memory(handed: Handed) -> Iterator[Problem]:
    """On a GPU: what was measured against what was predicted and what there is."""
    gpu, training = handed.record["machine"]["gpu"], handed.training
    if gpu is None:
        return
    peak, predicted = training["peak_bytes"], training["predicted_peak_bytes"]
    if peak > gpu["memory_bytes"] or not MEMORY[0] < peak / predicted < MEMORY[1]:
        yield Problem("memory-differs", f"the peak is {peak:,} bytes; {predicted:,} were predicted")


def counts(handed: Handed) -> Iterator[Problem]:
    """Refusals before and after."""
    for name, one in handed.record["statistics"].items():
        if one is None:
            continue
        before, after, lost, gained = one["before"], one["after"], one["lost"], one["gained"]
        fits = before["count"] - lost + gained == after["count"] and before["total"] == after["total"] == one["pairs"]
        shares = all(math.isclose(side["count"] / side["total"], side["value"]) for side in (before, after))
        if not fits or not shares:
            said = f"{before['count']} before, {lost} lost, {gained} gained, {after['count']} after"
            yield Problem("counts-differ", f"{name} counts {said}, of {one['pairs']} pairs")


RULES: tuple[Rule, ...] = (adapter, base, steps, tokens, rates, memory, counts)


@pytest.mark.task("lab3.artefacts", points=0.5)
def test_parts_agree(submission: Any) -> None:
    """Adapter, base, steps, tokens, learning rates, memory, counts."""
    ask_artefacts(submission, RULES)
