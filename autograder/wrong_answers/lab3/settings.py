# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab3.settings. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="bf16-below-8.0"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": False,
        "bf16": True,
        "learning_rate": RATES[method],
    }


# %% wrong="bf16-below-8.0"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = gpu["capability"] >= (7, 5)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="bf16-below-8.0"
def training_settings(gpu, peaks, effective_batch, method):
    best = None
    for row in sorted(peaks, key=lambda row: row["batch"]):
        together = row["batch"] * gpu["count"]
        if row["bytes"] > gpu["usable"] or effective_batch % together:
            continue
        if best is None or best["checkpointing"] or not row["checkpointing"]:
            best = row
    if best is None:
        return None
    major, _ = gpu["capability"]
    return {
        "per_device_train_batch_size": best["batch"],
        "gradient_accumulation_steps": effective_batch // (best["batch"] * gpu["count"]),
        "gradient_checkpointing": best["checkpointing"],
        "fp16": major < 7,
        "bf16": major >= 7,
        "learning_rate": RATES[method],
    }


# %% wrong="fp16-everywhere"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": True,
        "bf16": False,
        "learning_rate": RATES[method],
    }


# %% wrong="8.0-left-out"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) > (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="capability-as-text"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = "{}.{}".format(*gpu["capability"]) >= "8.0"
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="both-types"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": True,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="both-types"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": True,
        "learning_rate": RATES[method],
    }


# %% wrong="no-type"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": False,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="no-type"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": False,
        "learning_rate": RATES[method],
    }


# %% wrong="rates-swapped"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES["full" if method == "lora" else "lora"],
    }


# %% wrong="rates-swapped"
def training_settings(gpu, peaks, effective_batch, method):
    def fits(row):
        return row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0

    for checkpointing in (False, True):
        batches = [row["batch"] for row in peaks if row["checkpointing"] == checkpointing and fits(row)]
        if batches:
            bf16 = gpu["capability"][0] >= 8
            settings = {"per_device_train_batch_size": max(batches), "gradient_checkpointing": checkpointing}
            settings["gradient_accumulation_steps"] = effective_batch // max(batches) // gpu["count"]
            settings |= {"fp16": not bf16, "bf16": bf16}
            settings["learning_rate"] = 2e-5 if method == "lora" else 2e-4
            return settings
    return None


# %% wrong="rate-of-full-always"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES["full"],
    }


# %% wrong="rate-of-full-always"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": min(RATES.values()),
    }


# %% wrong="rate-of-lora-always"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": 2e-4,
    }


# %% wrong="checkpointing-of-another-row"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": not chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="checkpointing-of-another-row"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": True,
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="checkpointing-of-another-row"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": False,
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="gpus-forgotten"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // chosen["batch"],
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="gpus-forgotten"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % row["batch"] == 0]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // chosen["batch"],
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="gpus-forgotten"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % row["batch"] == 0]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="batch-forgotten"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // gpu["count"],
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="batch-forgotten"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch,
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="batch-of-all-gpus"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"] * gpu["count"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="accumulation-of-one"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": 1,
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="memory-not-asked"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [row for row in peaks if effective_batch % (row["batch"] * gpu["count"]) == 0]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="border-left-out"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] < gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="memory-of-all-gpus"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row
        for row in peaks
        if row["bytes"] <= gpu["usable"] * gpu["count"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="memory-of-all-gpus"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row
        for row in peaks
        if row["bytes"] / gpu["count"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="does-not-divide"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [row for row in peaks if row["bytes"] <= gpu["usable"]]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="does-not-divide"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and row["batch"] * gpu["count"] <= effective_batch
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="largest-batch-first"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (row["batch"], not row["checkpointing"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="largest-batch-first"
def training_settings(gpu, peaks, effective_batch, method):
    best = None
    for row in peaks:
        if row["bytes"] > gpu["usable"] or effective_batch % (row["batch"] * gpu["count"]) != 0:
            continue
        if best is None or row["batch"] > best["batch"]:
            best = row
        elif row["batch"] == best["batch"] and best["checkpointing"]:
            best = row
    if best is None:
        return None
    half = "bf16" if gpu["capability"][0] >= 8 else "fp16"
    return {
        "per_device_train_batch_size": best["batch"],
        "gradient_accumulation_steps": effective_batch // (best["batch"] * gpu["count"]),
        "gradient_checkpointing": best["checkpointing"],
        "fp16": half == "fp16",
        "bf16": half == "bf16",
        "learning_rate": RATES[method],
    }


# %% wrong="smallest-batch"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = min(possible, key=lambda row: (row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="checkpointing-always"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="checkpointing-always"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    possible = [row for row in possible if row["checkpointing"]]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="checkpointing-never"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    possible = [row for row in possible if not row["checkpointing"]]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: (not row["checkpointing"], row["batch"]))
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="first-that-fits"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = possible[0]
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="largest-memory"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = max(possible, key=lambda row: row["bytes"])
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="smallest-memory"
def training_settings(gpu, peaks, effective_batch, method):
    possible = [
        row for row in peaks if row["bytes"] <= gpu["usable"] and effective_batch % (row["batch"] * gpu["count"]) == 0
    ]
    if not possible:
        return None
    chosen = min(possible, key=lambda row: row["bytes"])
    has_bf16 = tuple(gpu["capability"]) >= (8, 0)
    return {
        "per_device_train_batch_size": chosen["batch"],
        "gradient_accumulation_steps": effective_batch // (chosen["batch"] * gpu["count"]),
        "gradient_checkpointing": chosen["checkpointing"],
        "fp16": not has_bf16,
        "bf16": has_bf16,
        "learning_rate": RATES[method],
    }


# %% wrong="last-step-dropped"
def planned_steps(examples, settings, gpus, epochs):
    in_a_step = settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] * gpus
    return epochs * (examples // in_a_step)


# %% wrong="last-step-dropped"
def planned_steps(examples, settings, gpus, epochs):
    in_a_step = settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] * gpus
    return int(examples / in_a_step) * epochs


# %% wrong="last-step-dropped"
def planned_steps(examples, settings, gpus, epochs):
    in_a_step = settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] * gpus
    return epochs * examples // in_a_step


# %% wrong="last-step-dropped"
def planned_steps(examples, settings, gpus, epochs):
    # as a loader with drop_last=True counts
    batches = examples // (settings["per_device_train_batch_size"] * gpus)
    return epochs * (batches // settings["gradient_accumulation_steps"])


# %% wrong="epochs-run-together"
def planned_steps(examples, settings, gpus, epochs):
    in_a_step = settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] * gpus
    return math.ceil(epochs * examples / in_a_step)


# %% wrong="one-step-too-many"
def planned_steps(examples, settings, gpus, epochs):
    in_a_step = settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] * gpus
    return epochs * (examples // in_a_step + 1)


# %% wrong="one-step-too-many"
def planned_steps(examples, settings, gpus, epochs):
    in_a_step = settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] * gpus
    return epochs * math.ceil(examples / in_a_step) + 1


# %% wrong="epochs-forgotten"
def planned_steps(examples, settings, gpus, epochs):
    in_a_step = settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] * gpus
    return math.ceil(examples / in_a_step)


# %% wrong="gpus-not-counted"
def planned_steps(examples, settings, gpus, epochs):
    in_a_step = settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"]
    return epochs * math.ceil(examples / in_a_step)


# %% wrong="accumulation-not-counted"
def planned_steps(examples, settings, gpus, epochs):
    in_a_step = settings["per_device_train_batch_size"] * gpus
    return epochs * math.ceil(examples / in_a_step)


# %% wrong="accumulation-not-counted"
def planned_steps(examples, settings, gpus, epochs):
    in_a_step = settings["per_device_train_batch_size"]
    return epochs * math.ceil(examples / in_a_step)


# %% wrong="batch-not-counted"
def planned_steps(examples, settings, gpus, epochs):
    in_a_step = settings["gradient_accumulation_steps"] * gpus
    return epochs * math.ceil(examples / in_a_step)


# %% wrong="not-rounded"
def planned_steps(examples, settings, gpus, epochs):
    in_a_step = settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] * gpus
    return epochs * examples / in_a_step


# %% wrong="rounded-to-the-nearest"
def planned_steps(examples, settings, gpus, epochs):
    in_a_step = settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] * gpus
    return epochs * round(examples / in_a_step)


# %% right="sorted"
def training_settings(gpu, peaks, effective_batch, method):
    order = sorted(peaks, key=lambda row: (row["checkpointing"], -row["batch"]))
    for row in order:
        accumulation, rest = divmod(effective_batch, row["batch"] * gpu["count"])
        if rest == 0 and row["bytes"] <= gpu["usable"]:
            modern = gpu["capability"][0] >= 8
            return dict(
                per_device_train_batch_size=row["batch"],
                gradient_accumulation_steps=accumulation,
                gradient_checkpointing=row["checkpointing"],
                fp16=not modern,
                bf16=modern,
                learning_rate=RATES[method],
            )
    return None


def planned_steps(examples, settings, gpus, epochs):
    return epochs * -(
        -examples // (settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] * gpus)
    )


# %% right="two-passes"
def training_settings(gpu, peaks, effective_batch, method):
    best = None
    for checkpointing in [False, True]:
        for row in peaks:
            if row["checkpointing"] is not checkpointing or row["bytes"] > gpu["usable"]:
                continue
            if effective_batch / row["batch"] / gpu["count"] != effective_batch // row["batch"] // gpu["count"]:
                continue
            if best is None or row["batch"] > best["batch"]:
                best = row
        if best is not None:
            break
    if best is None:
        return None
    settings = {"fp16": True, "bf16": False, "gradient_checkpointing": best["checkpointing"]}
    if gpu["capability"][0] + gpu["capability"][1] / 10 >= 8.0:
        settings.update(fp16=False, bf16=True)
    settings["learning_rate"] = {"lora": 0.0002, "full": 0.00002}[method]
    settings["per_device_train_batch_size"] = best["batch"]
    settings["gradient_accumulation_steps"] = effective_batch / (best["batch"] * gpu["count"])
    return settings


def planned_steps(examples, settings, gpus, epochs):
    steps = 0
    for _ in range(epochs):
        left = examples
        while left > 0:
            left -= settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] * gpus
            steps += 1
    return steps


# %% right="tables-and-arrays"
def training_settings(gpu, peaks, effective_batch, method):
    import numpy as np

    batch, needed, again = (np.array([row[name] for row in peaks]) for name in ("batch", "bytes", "checkpointing"))
    share = batch * gpu["count"]
    possible = (needed <= gpu["usable"]) & (effective_batch % share == 0)
    if not possible.any():
        return None
    worth = np.where(possible, batch + np.where(again, 0, 1_000_000), -1)
    best = worth.argmax()
    bf16 = list(gpu["capability"]) >= [8, 0]
    return {
        "learning_rate": RATES[method],
        "bf16": bf16,
        "fp16": not bf16,
        "gradient_checkpointing": bool(again[best]),
        "gradient_accumulation_steps": int(effective_batch // share[best]),
        "per_device_train_batch_size": int(batch[best]),
    }


def planned_steps(examples, settings, gpus, epochs):
    import numpy as np

    size = settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] * gpus
    return int(epochs * np.ceil(examples / size))


# %% right="loader-and-accumulation"
def planned_steps(examples, settings, gpus, epochs):
    # as transformers counts: batches of an epoch first, then how many of them make a step
    batches = math.ceil(examples / (settings["per_device_train_batch_size"] * gpus))
    return epochs * math.ceil(batches / settings["gradient_accumulation_steps"])
