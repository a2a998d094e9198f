"""What slips come to in training arguments, counts of steps and parameters, and comparisons of runs.

In: the lab's plain dicts. Out: names of slips with what they make.
Does not: leave out a slip that happens to give the right answer (`asking.distinct` does), or put it in words.
"""

import math
from collections.abc import Iterator
from typing import Any

from autograder.checks.lab3.hidden import reference as ref
from autograder.checks.lab3.hidden.reference import RATES, Settings

Slips = Iterator[tuple[str, Any]]


def of_training_settings(gpu: Settings, peaks: list[Settings], effective: int, method: str) -> Slips:
    """training_settings."""
    right = ref.training_settings(gpu, peaks, effective, method)
    yield from _of_choice(gpu, peaks, effective, method)
    if right is None:
        return
    yield from _of_types(gpu)
    other = RATES["full" if method == "lora" else "lora"]
    yield "rates-swapped", {"learning_rate": other}
    yield f"rate-of-{'full' if method == 'lora' else 'lora'}-always", {"learning_rate": other}
    yield from (("checkpointing-of-another-row", {"gradient_checkpointing": said}) for said in (True, False))
    yield "checkpointing-of-another-row", {"gradient_checkpointing": not right["gradient_checkpointing"]}
    batch, steps = right["per_device_train_batch_size"], right["gradient_accumulation_steps"]
    yield "gpus-forgotten", {"gradient_accumulation_steps": steps * gpu["count"]}
    yield "batch-forgotten", {"gradient_accumulation_steps": effective // gpu["count"]}
    yield "batch-forgotten", {"gradient_accumulation_steps": effective}
    yield "batch-of-all-gpus", {"per_device_train_batch_size": batch * gpu["count"]}
    yield "accumulation-of-one", {"gradient_accumulation_steps": 1}


def _of_types(gpu: Settings) -> Slips:
    """Another type; where a slip makes no difference on this GPU, a right answer says nothing against it."""
    modern = ref.has_bf16(gpu)
    if modern:
        yield "fp16-everywhere", {"fp16": True, "bf16": False}
        if tuple(gpu["capability"]) == (8, 0):
            yield "8.0-left-out", {"fp16": True, "bf16": False}
        if gpu["capability"][0] >= 10:
            yield "capability-as-text", {"fp16": True, "bf16": False}
    else:
        yield "bf16-below-8.0", {"fp16": False, "bf16": True}
    yield from (("both-types", one) for one in ({"fp16" if modern else "bf16": True}, {}))
    yield from (("no-type", one) for one in ({"bf16" if modern else "fp16": False}, {}))


def _of_choice(gpu: Settings, peaks: list[Settings], effective: int, method: str) -> Slips:
    """Another row is chosen."""
    possible = ref.usable(gpu, peaks, effective)
    divides = [row for row in peaks if effective % (row["batch"] * gpu["count"]) == 0]
    fitting = [row for row in peaks if row["bytes"] <= gpu["usable"]]
    on_one = [row for row in fitting if effective % row["batch"] == 0]

    def best(rows: list[Settings], key: Any = lambda row: (not row["checkpointing"], row["batch"])) -> Any:
        return ref.written(gpu, max(rows, key=key), effective, method) if rows else None

    yield "memory-not-asked", best(divides)
    yield "border-left-out", best([row for row in possible if row["bytes"] < gpu["usable"]])
    yield "memory-of-all-gpus", best([row for row in divides if row["bytes"] <= gpu["usable"] * gpu["count"]])
    yield "does-not-divide", best(fitting)
    yield "does-not-divide", best([row for row in fitting if row["batch"] * gpu["count"] <= effective])
    yield "gpus-forgotten", best(on_one)
    if on_one:
        chosen = max(on_one, key=lambda row: (not row["checkpointing"], row["batch"]))
        whole = best(on_one) | {"gradient_accumulation_steps": effective // chosen["batch"]}
        yield "gpus-forgotten", whole
    yield "largest-batch-first", best(possible, lambda row: (row["batch"], not row["checkpointing"]))
    yield "smallest-batch", best(possible, lambda row: (not row["checkpointing"], -row["batch"]))
    yield "checkpointing-always", best([row for row in possible if row["checkpointing"]])
    yield "checkpointing-never", best([row for row in possible if not row["checkpointing"]])
    yield "first-that-fits", ref.written(gpu, possible[0], effective, method) if possible else None
    yield "largest-memory", best(possible, lambda row: row["bytes"])
    yield "smallest-memory", best(possible, lambda row: -row["bytes"])


def of_planned_steps(examples: int, settings: Settings, gpus: int, epochs: int) -> Slips:
    """planned_steps."""
    size = ref.in_a_step(settings, gpus)
    batch, steps = settings["per_device_train_batch_size"], settings["gradient_accumulation_steps"]
    yield "last-step-dropped", epochs * (examples // size)
    yield "last-step-dropped", epochs * examples // size
    yield "epochs-run-together", math.ceil(epochs * examples / size)
    yield "one-step-too-many", epochs * (examples // size + 1)
    yield "one-step-too-many", epochs * math.ceil(examples / size) + 1
    yield "epochs-forgotten", math.ceil(examples / size)
    yield "gpus-not-counted", epochs * math.ceil(examples / (batch * steps))
    yield "accumulation-not-counted", epochs * math.ceil(examples / (batch * gpus))
    yield "accumulation-not-counted", epochs * math.ceil(examples / batch)
    yield "batch-not-counted", epochs * math.ceil(examples / (steps * gpus))
    yield "not-rounded", epochs * examples / size
    yield "rounded-to-the-nearest", epochs * round(examples / size)


def of_adapter_parameters(shapes: dict[str, Any], config: Settings) -> Slips:
    """adapter_parameters."""
    targets, rank = config["target_modules"], config["r"]
    chosen = [shape for name, shape in shapes.items() if ref.is_target(name, targets)]
    named = [targets] if isinstance(targets, str) else targets
    if targets == "all-linear":
        yield "output-layer-counted", rank * sum(map(sum, shapes.values()))
        yield "all-linear-not-known", 0
    else:
        inner = {name: shape for name, shape in shapes.items() if name != "lm_head"}
        yield "output-layer-left-out", ref.adapter_parameters(inner, config)
    yield (
        "found-inside-names",
        rank * sum(sum(shape) for name, shape in shapes.items() if any(target in name for target in named)),
    )
    yield (
        "found-inside-names",
        rank * sum(sum(shape) for name, shape in shapes.items() if any(name.endswith(target) for target in named)),
    )
    yield "whole-names-only", rank * sum(sum(shape) for name, shape in shapes.items() if name in named)
    last = [shape for name, shape in shapes.items() if name.split(".")[-1] in named]
    yield "last-part-only", rank * sum(map(sum, last))
    yield "a-only", rank * sum(inside for _, inside in chosen)
    yield "b-only", rank * sum(out for out, _ in chosen)
    yield "weights-counted", sum(out * inside for out, inside in chosen)
    yield "weights-counted", rank * sum(out * inside for out, inside in chosen)
    yield "rank-forgotten", sum(map(sum, chosen))
    yield "alpha-for-rank", config["lora_alpha"] * sum(map(sum, chosen))
    yield "rank-twice", 2 * rank * sum(map(sum, chosen))
    yield "rank-twice", rank * rank * sum(map(sum, chosen))


def of_differing(one: Settings, other: Settings) -> Slips:
    """differing."""
    right = ref.differing(one, other)
    here, there = ref.flat(one), ref.flat(other)
    both = [name for name in here if name in there]
    yield "top-level-names", sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
    yield "top-level-names", sorted({name.split(".")[0] for name in right})
    yield "last-names-only", sorted(name.split(".")[-1] for name in right)
    yield "last-names-only", sorted({name.split(".")[-1] for name in right})
    yield "missing-ones-overlooked", sorted(name for name in both if here[name] != there[name])
    yield "missing-ones-overlooked", sorted(n for n in here if here[n] != there.get(n, ref.MISSING))
    yield "missing-ones-overlooked", sorted(n for n in there if there[n] != here.get(n, ref.MISSING))
    yield "none-taken-for-missing", sorted(n for n in {*here, *there} if here.get(n) != there.get(n))
    joined = [n for n in {**here, **there} if here.get(n, ref.MISSING) != there.get(n, ref.MISSING)]
    yield "not-sorted", joined
    yield "not-sorted", sorted(joined, reverse=True)
    yield "equal-ones-listed", sorted(name for name in both if here[name] == there[name])
    yield "equal-ones-listed", sorted({*here, *there})
    yield "deeper-ones-overlooked", sorted(n for n in right if "." not in n)
    yield "deeper-ones-overlooked", sorted(n for n in right if n.count(".") < 2)
    yield "deeper-ones-overlooked", sorted({".".join(n.split(".")[:2]) for n in right})


def of_smoothed(losses: list[float], window: int) -> Slips:
    """smoothed."""
    steps = range(len(losses))
    trailing = [losses[max(0, step + 1 - window) : step + 1] for step in steps]
    yield "divided-by-the-window", [sum(some) / window for some in trailing]
    yield "start-left-out", [sum(some) / len(some) for some in trailing if len(some) == window]
    half = window // 2
    around = [losses[max(0, step - half) : step + half + 1] for step in steps]
    yield "looks-ahead", [sum(some) / len(some) for some in around]
    yield "looks-ahead", [sum(some) / window for some in around]
    ahead = [losses[step : step + window] for step in steps]
    yield "looks-ahead", [sum(some) / len(some) for some in ahead]
    yield "mean-of-all-so-far", [sum(losses[: step + 1]) / (step + 1) for step in steps]
    yield "summed", [sum(some) for some in trailing]
    yield "one-loss-off", [_mean(losses[max(0, step - window) : step + 1]) for step in steps]
    yield "one-loss-off", [_mean(losses[max(0, step - window) : step] or losses[:1]) for step in steps]
    yield (
        "one-loss-off",
        [_mean(losses[max(0, step + 2 - window) : step + 1] or losses[step : step + 1]) for step in steps],
    )
    yield "start-left-raw", [some[-1] if len(some) < window else sum(some) / window for some in trailing]
    yield "not-smoothed", losses


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
