"""lab3.artefacts: what a run says about itself, looked through for parts that do not agree.

In: `my_run()`, the text that `driftlab artefacts` printed. Out: verdicts.
Does not: ask how large a drift is, or prove that a run was made: a text that agrees with itself passes.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from autograder import expect
from autograder.checks.lab3.public import handed_in
from autograder.checks.lab3.public.handed_in import MOST_STEPS, Handed, fail

SENTENCES = handed_in.SENTENCES | {
    "adapter-differs": "The adapter's settings are not those of the record: are both from one run?",
    "output-layer-adapted": "The output layer has an adapter, or a layer is trained as a whole.",
    "parameters-differ": "So many parameters do not follow from model, rank and targets: was more trained?",
    "base-changed": "The base is not what it was: something else than the adapter was trained.",
    "bf16-below-8.0": "That GPU has no arithmetic in bf16.",
    "type-differs": "It is fp32 on a CPU, and elsewhere what the settings name.",
    "steps-differ": "So many steps do not follow from examples, batch and epochs: was the last batch dropped?",
    "log-differs": "The log is not the record's: steps, tokens and losses must be those of one training.",
    "tokens-differ": "What was trained on, with and without a label, does not add up to what the data has.",
    "schedule-differs": "The learning rates of the log are not what the record's settings give.",
    "memory-differs": "What was predicted, what was measured and what there is do not fit together.",
    "counts-differ": "Refusals before, after, lost and gained do not add up.",
    "hashes-differ": "The adapter's hash stands in two places, and they differ.",
}
POCKET, LLAMA, QWEN = "pocket", "meta-llama/Llama-2-7b-chat-hf", "Qwen/Qwen2.5-0.5B-Instruct"
PARAMETERS = {POCKET: 1_967_808, LLAMA: 6_738_415_616, QWEN: 494_032_768}
"""Of models that this course has a preset for."""
FOR_EACH_RANK = {
    POCKET: {"q_proj": 1536, "k_proj": 1536, "v_proj": 1536, "o_proj": 1536, "gate_proj": 2816, "up_proj": 2816,
             "down_proj": 2816},
    LLAMA: {"q_proj": 262144, "k_proj": 262144, "v_proj": 262144, "o_proj": 262144, "gate_proj": 483328,
            "up_proj": 483328, "down_proj": 483328},
    QWEN: {"q_proj": 43008, "k_proj": 24576, "v_proj": 24576, "o_proj": 43008, "gate_proj": 138240, "up_proj": 138240,
           "down_proj": 138240},
}  # fmt: skip
"""Their trained numbers in all layers for a rank of 1, by target."""
SKIPPED = 32
"""Steps that fp16's loss scaling may have left out, at most: the learning rate then stays where it was."""
HELD = ("weights", "embeddings", "adapter")
"""How terms of a budget begin that are held in any step, however short its rows are."""
MEMORY = (0.9, 1.5)
"""A measured peak on a GPU, as a share of what is held and as one of what was predicted."""


class Problem(NamedTuple):
    """What does not agree: its name, and the two sides."""

    name: str
    said: str


Rule = Callable[[Handed], Iterator[Problem]]


def ask_artefacts(submission: Any, rules: tuple[Rule, ...]) -> None:
    """Call `my_run`, and hold each rule against what came back."""
    handed = handed_in.read(submission.call("my_run"))
    problem = next((problem for rule in rules for problem in rule(handed)), None)
    if problem is not None:
        fail(problem.name, f"my_run() returned artefacts in which {problem.said}.", SENTENCES)


def adapter(handed: Handed) -> Iterator[Problem]:
    """Settings of the saved adapter, and those of the record."""
    saved, asked = handed.adapter, handed.record["config"]["adapter"]
    targets = saved["target_modules"]
    if any("lm_head" in name for name in targets) or saved["modules_to_save"]:
        said = (
            f"the adapter has the targets {expect.shown(targets)}, and {expect.shown(saved['modules_to_save'])} whole"
        )
        yield Problem("output-layer-adapted", said)
    pairs = {"r": "rank", "lora_alpha": "alpha", "lora_dropout": "dropout", "bias": "bias"}
    for here, there in pairs.items():
        if saved[here] != asked[there]:
            said = f"the adapter has {here} {saved[here]!r}, the record {there} {asked[there]!r}"
            yield Problem("adapter-differs", said)
    if sorted(targets) != sorted(asked["targets"]):
        said = f"the adapter has the targets {expect.shown(targets)}, the record {expect.shown(asked['targets'])}"
        yield Problem("adapter-differs", said)
    for name in ("use_rslora", "use_dora"):
        if saved[name]:
            yield Problem("adapter-differs", f"the adapter has {name}, which the record does not know")


def parameters(handed: Handed) -> Iterator[Problem]:
    """How many there are and how many were trained, of a model that we know."""
    model, name = handed.record["model"], handed.record["config"]["model"]
    known, targets, rank = FOR_EACH_RANK.get(name, {}), handed.adapter["target_modules"], handed.adapter["r"]
    if known and not set(targets) <= set(known):
        yield Problem("parameters-differ", f"the adapter has the targets {expect.shown(targets)} in {name}")
    elif known and model["trainable"] != rank * sum(known[target] for target in targets):
        said = f"{model['trainable']:,} parameters were trained, with rank {rank} on {expect.shown(targets)}"
        yield Problem("parameters-differ", said)
    if model["parameters"] != PARAMETERS.get(name, model["parameters"]):
        yield Problem("parameters-differ", f"{name} has {model['parameters']:,} parameters")


def base(handed: Handed) -> Iterator[Problem]:
    """The base before and after, and the adapter's hash."""
    hashes, saved = handed.record["hashes"], handed.training["adapter_sha256"]
    before, after = hashes["base_before"], hashes["base_after"]
    if before != after or not handed.record["base_unchanged"]:
        said = f"the base's hash is {before[:12]} before and {after[:12]} after"
        yield Problem("base-changed", f"{said}; base_unchanged: {handed.record['base_unchanged']}")
    if hashes["adapter"] != saved:
        yield Problem("hashes-differ", f"the adapter's hash is {saved[:12]} and {hashes['adapter'][:12]}")


def types(handed: Handed) -> Iterator[Problem]:
    """The type that was computed in, by what the machine has and the settings say."""
    gpu, used = handed.record["machine"]["gpu"], handed.record["model"]["compute_dtype"]
    asked = handed.record["config"]["quantization"]["compute_dtype"]
    if gpu is None:
        if used != "fp32":
            yield Problem("type-differs", f"{used} was used on a machine without a GPU")
        return
    if "bf16" in (used, asked) and float(gpu["capability"]) < 8:
        yield Problem("bf16-below-8.0", f"bf16 was used on a GPU of capability {gpu['capability']}")
    if asked not in ("auto", used):
        yield Problem("type-differs", f"{used} was used, and the settings name {asked}")


def planned(examples: int, settings: dict[str, Any]) -> int:
    """Optimizer steps of so many rows, as driftlab plans them."""
    passes: int = math.ceil(settings["epochs"] * math.ceil(examples / settings["batch_size"]))
    return math.ceil(passes / int(settings["accumulation"]))


def steps(handed: Handed) -> Iterator[Problem]:
    """How many steps there were."""
    training, settings, data = handed.training, handed.settings, handed.record["data"]
    done, told, rows = training["steps"], training["planned_steps"], data["train"] - data["dropped"]
    limit = handed.record["config"]["limit"]
    if rows < 1 or data["train"] > (limit or data["train"]):
        said = f"the data has {data['train']:,} examples to train on, {data['dropped']:,} of them dropped"
        yield Problem("steps-differ", f"{said}; the limit is {limit}")
    most = planned(rows, settings)
    least = (
        most
        if settings["batching"] == "sorted"
        else planned(math.ceil(data["tokens"] / settings["max_length"]), settings)
    )
    if not least <= told <= most:
        size = settings["batch_size"] * settings["accumulation"]
        said = f"{told:,} steps were planned for {settings['epochs']:g} epochs of {rows:,} examples, {size:,} in a step"
        yield Problem("steps-differ", said)
    if done > told or training["finished"] != (done == told):
        yield Problem("steps-differ", f"{done:,} of {told:,} steps were taken; finished: {training['finished']}")


def logged(handed: Handed) -> Iterator[Problem]:
    """The log: every step, or 100 of them at even distances; tokens that grow; the record's losses."""
    training, settings, log = handed.training, handed.settings, handed.log
    done, counted = training["steps"], [line[0] for line in log]
    last = max(done, 1) - 1
    wanted = [1 + round(place * last / (MOST_STEPS - 1)) for place in range(MOST_STEPS)]
    if counted != (wanted if done > MOST_STEPS else list(range(1, done + 1))):
        said = f"the log has {len(counted)} steps from {counted[0]:,} to {counted[-1]:,}"
        yield Problem("log-differs", f"{said}; the record has {done:,}")
    seen = [0, *(line[3] for line in log)]
    most = settings["batch_size"] * settings["accumulation"] * settings["max_length"]
    for (first, before), (second, after) in itertools.pairwise(zip([0, *counted], seen, strict=True)):
        if not 0 < after - before <= most * max(1, second - first):
            said = f"the log has {before:,} tokens by step {first:,} and {after:,} by step {second:,}"
            yield Problem("log-differs", said)
    if seen[-1] != training["tokens_seen"]:
        yield Problem(
            "log-differs", f"the log ends with {seen[-1]:,} tokens, the record has {training['tokens_seen']:,}"
        )
    for name, line in (("first_loss", log[0]), ("last_loss", log[-1])):
        if not math.isclose(training[name], line[1], rel_tol=1e-4):
            yield Problem("log-differs", f"the record's {name} is {training[name]:g}, the log's {line[1]:g}")


def tokens(handed: Handed) -> Iterator[Problem]:
    """What of the data was trained on: all of it in each epoch."""
    training, data, epochs = handed.training, handed.record["data"], handed.settings["epochs"]
    seen, masked, each = training["tokens_seen"], training["tokens_masked"], data["tokens"] - data["label_tokens"]
    said = f"{seen:,} tokens were seen, {masked:,} of them without a label; the data has {data['tokens']:,}"
    said = f"{said}, {each:,} without"
    if each < 0 or masked > seen or seen > math.ceil(epochs) * data["tokens"]:
        yield Problem("tokens-differ", said)
    if training["tokens_cut"] != data["tokens_lost"]:
        yield Problem("tokens-differ", f"{training['tokens_cut']:,} tokens were cut, {data['tokens_lost']:,} lost")
    whole = training["finished"] and float(epochs).is_integer()
    if whole and seen != epochs * data["tokens"]:
        yield Problem("tokens-differ", said)
    if whole and handed.settings["batching"] == "sorted" and masked != epochs * each:
        yield Problem("tokens-differ", said)


def skipped(handed: Handed) -> int:
    """Steps that may have been left out."""
    return SKIPPED if handed.record["model"]["compute_dtype"] == "fp16" else 0


def rates(handed: Handed) -> Iterator[Problem]:
    """Learning rates rise to the one that was set, if they rise, and do not rise again."""
    told, asked = [line[2] for line in handed.log], handed.settings["learning_rate"]
    top = max(range(len(told)), key=told.__getitem__)
    falls = all(after <= before for before, after in itertools.pairwise(told[top:]))
    warm = math.ceil(handed.settings["warmup_ratio"] * handed.training["planned_steps"])
    reached = handed.log[-1][0] <= warm + skipped(handed) or told[top] >= asked / 2
    if told[top] > asked * 1.0001 or not reached or not falls:
        said = f"the log's largest learning rate is {told[top]:g}, the record's {asked:g}"
        yield Problem("schedule-differs", said if falls else f"{said}; it rises again")


def memory(handed: Handed) -> Iterator[Problem]:
    """What was measured, what was predicted, and what there is."""
    gpu, training, budget = handed.record["machine"]["gpu"], handed.training, handed.record["budget"]
    there = (handed.record["machine"] if gpu is None else gpu)["memory_bytes"]
    peak, told = training["peak_bytes"], training["predicted_peak_bytes"]
    reserved, told_reserved = training["peak_reserved_bytes"], training["predicted_peak_reserved_bytes"]
    predicted = budget["peak_reserved"] if gpu is None else sum(budget["terms"].values())
    if told != predicted or told_reserved != (None if gpu is None else budget["peak_reserved"]):
        yield Problem("memory-differs", f"the predicted peak is {told:,} bytes, and {predicted:,} by the budget")
    if (gpu is None) != (reserved is None) or not peak <= (reserved or peak) <= there:
        said = f"the peak is {peak:,} bytes, with what was reserved {expect.shown(reserved)}"
        yield Problem("memory-differs", f"{said}; there are {there:,}")
    held = sum(size for name, size in budget["terms"].items() if name.startswith(HELD))
    if gpu is not None and not MEMORY[0] * held <= peak <= MEMORY[1] * told:
        said = f"the peak is {peak:,} bytes; {told:,} were predicted, {held:,} of them for weights and adapter"
        yield Problem("memory-differs", said)


def counts(handed: Handed) -> Iterator[Problem]:
    """Refusals before and after."""
    for name, one in handed.record["statistics"].items():
        if one is None:
            continue
        before, after, lost, gained = one["before"], one["after"], one["lost"], one["gained"]
        fits = before["count"] - lost + gained == after["count"] and lost <= before["count"]
        fits &= before["count"] + gained <= one["pairs"] == before["total"] == after["total"]
        shares = [math.isclose(side["count"] / side["total"], side["value"]) for side in (before, after)]
        within = [side["low"] <= side["value"] <= side["high"] for side in (before, after)]
        moved = math.isclose(after["value"] - before["value"], one["difference"], abs_tol=1e-9)
        if not (fits and moved and all(shares + within) and one["low"] <= one["difference"] <= one["high"]):
            said = f"{before['count']:,} before, {lost:,} lost, {gained:,} gained, {after['count']:,} after"
            yield Problem("counts-differ", f"{name} counts {said}, of {one['pairs']:,} pairs")


RULES: tuple[Rule, ...] = (adapter, parameters, base, types, steps, logged, tokens, rates, memory, counts)


@pytest.mark.task("lab3.artefacts", points=0.5)
def test_parts_agree(submission: Any) -> None:
    """Adapter, base, types, steps, log, tokens, learning rates, memory, counts."""
    ask_artefacts(submission, RULES)
