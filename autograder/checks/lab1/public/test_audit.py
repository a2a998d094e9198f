"""lab1.audit: what is wrong with a configuration, as codes of the lab's table.

In: `audit(config)` for fresh configurations, sound ones among them. Out: verdicts.
Does not: mind the order or the repetition of codes, or the kind of collection that they come in.
"""

import random
from typing import Any

import pytest

from autograder import expect

Config = dict[str, Any]
Case = tuple[Config, set[str]]
"""A configuration, and the codes that hold for it."""
Pair = tuple[Config, set[str], set[str]]
"""A configuration, the codes that came back, the codes that hold."""
SEVEN = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
LINEARS = {
    "llama": SEVEN,
    "qwen2": SEVEN,
    "gpt_neox": ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"],
}
CODES = (
    "two-widths", "fp4-by-default", "bf16-before-8.0", "unknown-target", "base-biases-train", "wrong-task",
    "adapter-frozen",
)  # fmt: skip
PUBLISHED: Config = {
    "model_family": "llama",
    "gpu_capability": (7, 5),
    "load_in_4bit": True,
    "load_in_8bit": False,
    "bnb_4bit_quant_type": "nf4",
    "bnb_4bit_use_double_quant": True,
    "bnb_4bit_compute_dtype": "float16",
    "r": 32,
    "lora_alpha": 32,
    "lora_dropout": 0.05,
    "bias": "none",
    "task_type": "CAUSAL_LM",
    "target_modules": SEVEN,
    "inference_mode": False,
    "mixed_precision": "fp16",
}
FAULTS: dict[str, tuple[Config, ...]] = {
    "two-widths": ({"load_in_8bit": True},),
    "fp4-by-default": ({"bnb_4bit_quant_type": "fp4"},),
    "bf16-before-8.0": (
        {"gpu_capability": (7, 5), "bnb_4bit_compute_dtype": "bfloat16"},
        {"gpu_capability": (7, 5), "mixed_precision": "bf16"},
        {"gpu_capability": (7, 0), "bnb_4bit_compute_dtype": "bfloat16", "mixed_precision": "bf16"},
        {"gpu_capability": (6, 0), "mixed_precision": "bf16", "bnb_4bit_compute_dtype": "float32"},
    ),
    "unknown-target": (
        {"model_family": "llama", "target_modules": ["query_key_value"]},
        {"model_family": "llama", "target_modules": ["q_proj", "v_proj", "query_key_value"]},
        {"model_family": "gpt_neox", "target_modules": ["q_proj", "v_proj"]},
        {"model_family": "qwen2", "target_modules": ["q_proj", "dense"]},
    ),
    "base-biases-train": ({"bias": "all"}, {"bias": "lora_only"}),
    "wrong-task": ({"task_type": None}, {"task_type": "SEQ_CLS"}),
    "adapter-frozen": ({"inference_mode": True},),
}
"""Changes that bring one problem each; those of different problems touch different fields."""
SOUND: tuple[Config, ...] = (
    {},
    {"gpu_capability": (8, 0), "bnb_4bit_compute_dtype": "bfloat16", "mixed_precision": "bf16"},
    {"gpu_capability": (10, 0), "bnb_4bit_compute_dtype": "bfloat16", "mixed_precision": "bf16"},
    {"gpu_capability": (12, 0), "bnb_4bit_compute_dtype": "bfloat16", "mixed_precision": "no"},
    {"target_modules": "all-linear"},
    {"model_family": "gpt_neox", "target_modules": LINEARS["gpt_neox"]},
    {"model_family": "qwen2", "target_modules": ["q_proj", "v_proj"], "lora_alpha": 64},
    {"r": 8, "lora_alpha": 16, "lora_dropout": 0.0, "bnb_4bit_use_double_quant": False},
    {"mixed_precision": "no", "bnb_4bit_compute_dtype": "float32", "gpu_capability": (7, 0)},
)
"""Changes that bring none."""


def answer(submission: Any, config: Config) -> set[str]:
    """The codes that came back for one configuration."""
    got = submission.call("audit", config)
    what = f"audit({differences(config)})"
    if got is None:
        expect.fail(f"{what} returned None. A list of codes was wanted: [] where nothing is wrong.", "nothing-returned")
    if type(got) is str:
        expect.fail(
            f"{what} returned {got!r}. A list of codes was wanted, with one code or with none too.", "not-a-list"
        )
    if type(got) not in (list, tuple, set) or any(type(code) is not str for code in got):
        expect.fail(f"{what} returned {expect.shown(got)}. A list of codes was wanted.")
    unknown = sorted(set(got) - set(CODES))
    if unknown:
        expect.fail(
            f"{what} returned {unknown[0]!r}, which is no code of PROBLEMS. The codes are {', '.join(CODES)}.",
            "code-not-in-the-table",
        )
    return set(got)


def differences(config: Config) -> str:
    """The configuration as the published run with some fields changed."""
    changed = {name: value for name, value in config.items() if value != PUBLISHED[name]}
    return f"PUBLISHED_RUN | {changed}" if changed else "PUBLISHED_RUN"


def ask(submission: Any, cases: list[Case]) -> None:
    """Audit them all, then compare; what all answers have in common tells more than the first."""
    pairs = [(config, answer(submission, config), right) for config, right in cases]
    wrong = [pair for pair in pairs if pair[1] != pair[2]]
    if not wrong:
        return
    config, found, right = wrong[0]
    sentence, slug = _overall(pairs, wrong) or _missed(config, right - found) or _false_alarm(config, found - right)
    expect.fail(
        f"audit({differences(config)}) returned {sorted(found)}. {sorted(right)} was wanted, in any order. {sentence}",
        slug,
    )


def _overall(pairs: list[Pair], wrong: list[Pair]) -> tuple[str, str] | None:
    if not any(found for _, found, _ in pairs):
        return "No code came back for any of the configurations.", "never-anything"
    if len({frozenset(found) for _, found, _ in pairs}) == 1:
        return "The same codes came back for every configuration.", "always-the-same"
    if all(len(found) == 1 and found < right for _, found, right in wrong):
        return "One code came back where several hold: collect them all before you return.", "one-problem-only"
    if all(found == set(CODES) - right for _, found, right in pairs):
        return "Those are the problems that do not hold.", "turned-round"
    new = {config["gpu_capability"] for config, found, right in wrong if "bf16-before-8.0" in found - right}
    if (8, 0) in new and max(new) > (9, 0):
        return "From 8.0 on a GPU has bfloat16: ask for its capability too.", "gpu-ignored"
    return None


def _missed(config: Config, missing: set[str]) -> tuple[str, str] | None:
    """What overlooking a code looks like."""
    if not missing:
        return None
    code = sorted(missing)[0]
    named = config["target_modules"]
    if code == "bf16-before-8.0" and config["bnb_4bit_compute_dtype"] != "bfloat16":
        return "mixed_precision asks for bfloat16 as well as the compute type does.", "mixed-precision-overlooked"
    if code == "bf16-before-8.0" and config["gpu_capability"] >= (7, 0):
        return "7.0 and 7.5 lie before 8.0: a T4 has no bfloat16 units.", "seven-counted-as-new"
    if code == "unknown-target" and set(named) & set(LINEARS[config["model_family"]]):
        return "One wrong name among right ones is left out without a word: look at every name.", "some-name-is-enough"
    if code == "unknown-target":
        return "Which names exist depends on the model's family: LINEARS has them.", "family-ignored"
    if code == "base-biases-train" and config["bias"] == "lora_only":
        return "'lora_only' trains the base's biases too, where there is an adapter.", "lora-only-overlooked"
    if code == "wrong-task" and config["task_type"] is not None:
        return "Any task but CAUSAL_LM is wrong here, not only a missing one.", "other-task-overlooked"
    if code == "wrong-task":
        return "A missing task_type is wrong too.", "missing-task-overlooked"
    return f"{code!r} holds and is missing.", f"missed-{code.replace('.', '-')}"


def _false_alarm(config: Config, extra: set[str]) -> tuple[str, str]:
    """What a code too many looks like."""
    code = sorted(extra)[0]
    if code == "unknown-target" and config["target_modules"] == "all-linear":
        return "'all-linear' is a string with a meaning of its own, not a list of names.", "all-linear-spelled-out"
    if code == "unknown-target" and config["model_family"] == "gpt_neox":
        return "Those are the right names for this family: LINEARS has them by family.", "llama-names-only"
    if code == "unknown-target":
        return "A part of the names is no mistake: an adapter may sit on some layers only.", "all-seven-demanded"
    if code == "bf16-before-8.0" and config["gpu_capability"] == (8, 0):
        return "8.0 itself has bfloat16: compare with < (8, 0).", "eight-zero-left-out"
    if code == "bf16-before-8.0" and config["gpu_capability"] >= (10, 0):
        return "10.0 and 12.0 are newer than 8.0: compare numbers, not text.", "capability-as-text"
    if code == "bf16-before-8.0" and config["gpu_capability"] < (8, 0):
        return "Nothing asks for bfloat16 there: an old GPU alone is no problem.", "old-gpu-alone"
    return f"{code!r} does not hold there.", f"false-alarm-{code.replace('.', '-')}"


def cases_with(rng: random.Random, counts: list[int]) -> list[Case]:
    """Configurations with that many problems each."""
    made = []
    for count in counts:
        config = PUBLISHED | {"r": rng.choice([8, 16, 32, 64]), "lora_alpha": rng.choice([16, 32, 64])}
        codes = rng.sample(CODES, count)
        for code in codes:
            config |= rng.choice(FAULTS[code])
        made.append((config, set(codes)))
    return made


@pytest.mark.task("lab1.audit", points=1)
def test_one_change_at_a_time(submission: Any, rng: random.Random) -> None:
    """Every way into one problem, what looks like one and is none, and a few with two."""
    single = [(PUBLISHED | change, {code}) for code, changes in FAULTS.items() for change in changes]
    sound: list[Case] = [(PUBLISHED | change, set()) for change in SOUND]
    ask(submission, [*sound, *single, *cases_with(rng, [2, 2, 3])])
