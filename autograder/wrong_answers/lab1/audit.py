# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab1.audit. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="never-anything"
def audit(config):
    return []


# %% wrong="always-the-same"
def audit(config):
    return list(PROBLEMS)


# %% wrong="one-problem-only"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found[:1]


# %% wrong="mixed-precision-overlooked"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if config["bnb_4bit_compute_dtype"] == "bfloat16" and config["gpu_capability"] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="eight-zero-left-out"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if (config["bnb_4bit_compute_dtype"] == "bfloat16" or config["mixed_precision"] == "bf16") and config[
        "gpu_capability"
    ] <= (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="capability-as-text"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if (config["bnb_4bit_compute_dtype"] == "bfloat16" or config["mixed_precision"] == "bf16") and str(
        config["gpu_capability"][0]
    ) < "8":
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="seven-counted-as-new"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if (config["bnb_4bit_compute_dtype"] == "bfloat16" or config["mixed_precision"] == "bf16") and config[
        "gpu_capability"
    ] < (7, 5):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="old-gpu-alone"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if config["gpu_capability"] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="gpu-ignored"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if config["bnb_4bit_compute_dtype"] == "bfloat16" or config["mixed_precision"] == "bf16":
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="all-linear-spelled-out"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if any(name not in LINEARS[config["model_family"]] for name in config["target_modules"]):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="llama-names-only"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(LINEARS["llama"]):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="some-name-is-enough"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) & set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="all-seven-demanded"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and set(config["target_modules"]) != set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="lora-only-overlooked"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] == "all":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="other-task-overlooked"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] is None:
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="missing-task-overlooked"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] not in (None, "CAUSAL_LM"):
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="missed-adapter-frozen"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    return found


# %% wrong="missed-two-widths"
def audit(config):
    found = []
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="false-alarm-base-biases-train"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] == "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found


# %% wrong="code-not-in-the-table"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found + (["alpha-not-twice-r"] if config["lora_alpha"] != 2 * config["r"] else [])


# %% wrong="not-a-list"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return ", ".join(found)


# %% wrong="nothing-returned"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return found or None


# %% wrong="turned-round"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return [code for code in PROBLEMS if code not in found]


# %% right="a-set"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return set(found)


# %% right="repeated-and-reversed"
def audit(config):
    found = []
    if config["load_in_4bit"] and config["load_in_8bit"]:
        found.append("two-widths")
    if config["bnb_4bit_quant_type"] != "nf4":
        found.append("fp4-by-default")
    if "bf16" in (config["mixed_precision"], config["bnb_4bit_compute_dtype"].replace("bfloat", "bf")) and config[
        "gpu_capability"
    ] < (8, 0):
        found.append("bf16-before-8.0")
    if config["target_modules"] != "all-linear" and not set(config["target_modules"]) <= set(
        LINEARS[config["model_family"]]
    ):
        found.append("unknown-target")
    if config["bias"] != "none":
        found.append("base-biases-train")
    if config["task_type"] != "CAUSAL_LM":
        found.append("wrong-task")
    if config["inference_mode"]:
        found.append("adapter-frozen")
    return [*reversed(found), *found]


# %% right="a-tuple-by-generator"
def audit(config):
    names, known = config["target_modules"], LINEARS[config["model_family"]]
    old = config["gpu_capability"][0] < 8
    holds = {
        "adapter-frozen": config["inference_mode"],
        "wrong-task": config["task_type"] not in ("CAUSAL_LM",),
        "base-biases-train": config["bias"] in ("all", "lora_only"),
        "unknown-target": isinstance(names, list) and any(name not in known for name in names),
        "bf16-before-8.0": old
        and ("bfloat16" in config["bnb_4bit_compute_dtype"] or config["mixed_precision"] == "bf16"),
        "fp4-by-default": config["bnb_4bit_quant_type"] == "fp4",
        "two-widths": config["load_in_8bit"],
    }
    return tuple(code for code, true in holds.items() if true)
