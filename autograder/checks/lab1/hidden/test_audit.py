"""lab1.audit, hidden: fresh configurations in which every field is drawn.

In: `audit(config)`. Out: verdicts.
Does not: mind the order or the repetition of codes, or the kind of collection that they come in.
"""

import random
from typing import Any

import pytest

from autograder.checks.lab1.public import test_audit as public

CAPABILITIES = [(6, 0), (7, 0), (7, 5), (8, 0), (8, 6), (8, 9), (9, 0), (10, 0), (12, 0)]


def drawn(rng: random.Random) -> public.Config:
    """A configuration of any fields, each likelier sound than not."""
    family = rng.choice(list(public.LINEARS))
    own = public.LINEARS[family]
    names = rng.sample(own, rng.randint(1, len(own)))
    strange = ["c_attn", "query_key_value" if family != "gpt_neox" else "q_proj"]
    targets = rng.choice([own, names, names, "all-linear", [*names, rng.choice(strange)], [rng.choice(strange)]])
    return {
        "model_family": family,
        "gpu_capability": rng.choice(CAPABILITIES),
        "load_in_4bit": True,
        "load_in_8bit": rng.random() < 0.2,
        "bnb_4bit_quant_type": rng.choice(["nf4", "nf4", "fp4"]),
        "bnb_4bit_use_double_quant": rng.random() < 0.5,
        "bnb_4bit_compute_dtype": rng.choice(["float16", "bfloat16", "float32"]),
        "r": rng.randint(1, 128),
        "lora_alpha": rng.randint(1, 128),
        "lora_dropout": rng.choice([0.0, 0.05, 0.1]),
        "bias": rng.choice(["none", "none", "all", "lora_only"]),
        "task_type": rng.choice(["CAUSAL_LM", "CAUSAL_LM", "SEQ_CLS", None]),
        "target_modules": targets,
        "inference_mode": rng.random() < 0.2,
        "mixed_precision": rng.choice(["no", "fp16", "bf16"]),
    }


def wanted(config: public.Config) -> set[str]:
    """The codes that hold."""
    half = config["bnb_4bit_compute_dtype"] == "bfloat16" or config["mixed_precision"] == "bf16"
    targets = config["target_modules"]
    holds = {
        "two-widths": config["load_in_4bit"] and config["load_in_8bit"],
        "fp4-by-default": config["bnb_4bit_quant_type"] != "nf4",
        "bf16-before-8.0": half and config["gpu_capability"] < (8, 0),
        "unknown-target": type(targets) is list and not set(targets) <= set(public.LINEARS[config["model_family"]]),
        "base-biases-train": config["bias"] != "none",
        "wrong-task": config["task_type"] != "CAUSAL_LM",
        "adapter-frozen": config["inference_mode"],
    }
    return {code for code, true in holds.items() if true}


@pytest.mark.task("lab1.audit", points=1)
def test_fresh_configurations(submission: Any, rng: random.Random) -> None:
    """Many that nobody has seen, with any number of problems; every GPU with bfloat16 in the one place or the other."""
    configs = [drawn(rng) for _ in range(120)]
    for capability in CAPABILITIES:
        places = {"bnb_4bit_compute_dtype": "float16", "mixed_precision": "no", "gpu_capability": capability}
        configs += [drawn(rng) | places | {"bnb_4bit_compute_dtype": "bfloat16"}]
        configs += [drawn(rng) | places | {"mixed_precision": "bf16"}]
    public.ask(submission, [(config, wanted(config)) for config in configs])
