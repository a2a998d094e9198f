# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab2.kept. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="layers-left-out"
def kept_bytes(model, settings, one_layer):
    tokens = settings["batch"] * settings["seq_len"]
    if settings["checkpointing"]:
        return tokens * model["hidden"] * 4
    return one_layer


# %% wrong="layers-left-out"
def kept_bytes(model, settings, one_layer):
    tokens = settings["batch"] * settings["seq_len"]
    if settings["checkpointing"]:
        return tokens * model["hidden"] * 4
    return model["layers"] * one_layer


# %% wrong="whole-layers-kept"
def kept_bytes(model, settings, one_layer):
    return model["layers"] * one_layer


# %% wrong="whole-layers-kept"
def kept_bytes(model, settings, one_layer):
    tokens = settings["batch"] * settings["seq_len"]
    if not settings["checkpointing"]:
        return model["layers"] * tokens * model["hidden"] * 4
    return model["layers"] * one_layer


# %% wrong="recomputed-layer-counted"
def kept_bytes(model, settings, one_layer):
    tokens = settings["batch"] * settings["seq_len"]
    if settings["checkpointing"]:
        return model["layers"] * tokens * model["hidden"] * 4 + one_layer
    return model["layers"] * one_layer


# %% wrong="one-layer-only"
def kept_bytes(model, settings, one_layer):
    if settings["checkpointing"]:
        return one_layer
    return model["layers"] * one_layer


# %% wrong="inputs-in-halves"
def kept_bytes(model, settings, one_layer):
    tokens = settings["batch"] * settings["seq_len"]
    if settings["checkpointing"]:
        return model["layers"] * tokens * model["hidden"] * 2
    return model["layers"] * one_layer


# %% wrong="batch-left-out"
def kept_bytes(model, settings, one_layer):
    tokens = settings["seq_len"]
    if settings["checkpointing"]:
        return model["layers"] * tokens * model["hidden"] * 4
    return model["layers"] * one_layer


# %% wrong="query-width-for-hidden"
def kept_bytes(model, settings, one_layer):
    tokens = settings["batch"] * settings["seq_len"]
    if settings["checkpointing"]:
        return model["layers"] * tokens * model["heads"] * model["head_dim"] * 4
    return model["layers"] * one_layer


# %% wrong="nothing-kept"
def kept_bytes(model, settings, one_layer):
    if settings["checkpointing"]:
        return 0
    return model["layers"] * one_layer


# %% wrong="numbers-not-bytes"
def kept_bytes(model, settings, one_layer):
    tokens = settings["batch"] * settings["seq_len"]
    if settings["checkpointing"]:
        return model["layers"] * tokens * model["hidden"]
    return model["layers"] * one_layer


# %% wrong="inputs-only"
def kept_bytes(model, settings, one_layer):
    tokens = settings["batch"] * settings["seq_len"]
    return model["layers"] * tokens * model["hidden"] * 4


# %% wrong="inputs-on-top"
def kept_bytes(model, settings, one_layer):
    tokens = settings["batch"] * settings["seq_len"]
    if settings["checkpointing"]:
        return model["layers"] * tokens * model["hidden"] * 4
    return model["layers"] * (one_layer + tokens * model["hidden"] * 4)


# %% wrong="batch-counted-again"
def kept_bytes(model, settings, one_layer):
    tokens = settings["batch"] * settings["seq_len"]
    if settings["checkpointing"]:
        return model["layers"] * tokens * model["hidden"] * 4
    return model["layers"] * settings["batch"] * one_layer


# %% wrong="batch-counted-again"
def kept_bytes(model, settings, one_layer):
    tokens = settings["batch"] * settings["seq_len"]
    if settings["checkpointing"]:
        return model["layers"] * tokens * model["hidden"] * 4
    return model["layers"] * tokens * one_layer


# %% wrong="cache-despite-checkpointing"
def cache_bytes(model, settings):
    if not settings["use_cache"]:
        return 0
    tokens = settings["batch"] * settings["seq_len"]
    return 2 * 4 * model["kv_heads"] * model["head_dim"] * model["layers"] * tokens


# %% wrong="cache-never-asked-for"
def cache_bytes(model, settings):
    if settings["checkpointing"]:
        return 0
    tokens = settings["batch"] * settings["seq_len"]
    return 2 * 4 * model["kv_heads"] * model["head_dim"] * model["layers"] * tokens


# %% wrong="cache-always"
def cache_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    return 2 * 4 * model["kv_heads"] * model["head_dim"] * model["layers"] * tokens


# %% wrong="cache-never"
def cache_bytes(model, settings):
    if not settings["checkpointing"] or not settings["use_cache"]:
        return 0
    tokens = settings["batch"] * settings["seq_len"]
    return 2 * 4 * model["kv_heads"] * model["head_dim"] * model["layers"] * tokens


# %% wrong="half-the-cache"
def cache_bytes(model, settings):
    if settings["checkpointing"] or not settings["use_cache"]:
        return 0
    tokens = settings["batch"] * settings["seq_len"]
    return 4 * model["kv_heads"] * model["head_dim"] * model["layers"] * tokens


# %% wrong="half-the-cache"
def cache_bytes(model, settings):
    if settings["checkpointing"] or not settings["use_cache"]:
        return 0
    tokens = settings["batch"] * settings["seq_len"]
    return 2 * 2 * model["kv_heads"] * model["head_dim"] * model["layers"] * tokens


# %% wrong="quarter-of-the-cache"
def cache_bytes(model, settings):
    if settings["checkpointing"] or not settings["use_cache"]:
        return 0
    tokens = settings["batch"] * settings["seq_len"]
    return 2 * model["kv_heads"] * model["head_dim"] * model["layers"] * tokens


# %% wrong="kv-width-ignored"
def cache_bytes(model, settings):
    if settings["checkpointing"] or not settings["use_cache"]:
        return 0
    tokens = settings["batch"] * settings["seq_len"]
    return 2 * 4 * model["heads"] * model["head_dim"] * model["layers"] * tokens


# %% wrong="kv-width-ignored"
def cache_bytes(model, settings):
    if settings["checkpointing"] or not settings["use_cache"]:
        return 0
    tokens = settings["batch"] * settings["seq_len"]
    return 2 * 4 * model["hidden"] * model["layers"] * tokens


# %% wrong="head-dim-guessed"
def cache_bytes(model, settings):
    if settings["checkpointing"] or not settings["use_cache"]:
        return 0
    tokens = settings["batch"] * settings["seq_len"]
    return 2 * 4 * model["kv_heads"] * (model["hidden"] // model["heads"]) * model["layers"] * tokens


# %% wrong="heads-not-width"
def cache_bytes(model, settings):
    if settings["checkpointing"] or not settings["use_cache"]:
        return 0
    tokens = settings["batch"] * settings["seq_len"]
    return 2 * 4 * model["kv_heads"] * model["layers"] * tokens


# %% wrong="layers-left-out"
def cache_bytes(model, settings):
    if settings["checkpointing"] or not settings["use_cache"]:
        return 0
    tokens = settings["batch"] * settings["seq_len"]
    return 2 * 4 * model["kv_heads"] * model["head_dim"] * tokens


# %% wrong="batch-left-out"
def cache_bytes(model, settings):
    if settings["checkpointing"] or not settings["use_cache"]:
        return 0
    tokens = settings["seq_len"]
    return 2 * 4 * model["kv_heads"] * model["head_dim"] * model["layers"] * tokens


# %% wrong="one-token-cached"
def cache_bytes(model, settings):
    if settings["checkpointing"] or not settings["use_cache"]:
        return 0
    return 2 * 4 * model["kv_heads"] * model["head_dim"] * model["layers"]


# %% wrong="copies-forgotten"
def logits_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    return 2 * tokens * model["vocab"]


# %% wrong="fp16-logits-only-twice"
def logits_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    return 4 * tokens * model["vocab"]


# %% wrong="log-softmax-forgotten"
def logits_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    return (2 + 4) * tokens * model["vocab"]


# %% wrong="log-softmax-forgotten"
def logits_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    return (2 + 4 + 2) * tokens * model["vocab"]


# %% wrong="gradient-forgotten"
def logits_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    return (2 + 4 + 4) * tokens * model["vocab"]


# %% wrong="gradient-in-floats"
def logits_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    return (2 + 4 + 4 + 4) * tokens * model["vocab"]


# %% wrong="all-in-floats"
def logits_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    return (4 + 4 + 4 + 4) * tokens * model["vocab"]


# %% wrong="batch-left-out"
def logits_bytes(model, settings):
    tokens = settings["seq_len"]
    return (2 + 4 + 4 + 2) * tokens * model["vocab"]


# %% wrong="last-token-only"
def logits_bytes(model, settings):
    tokens = settings["batch"]
    return (2 + 4 + 4 + 2) * tokens * model["vocab"]


# %% wrong="hidden-for-vocab"
def logits_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    return (2 + 4 + 4 + 2) * tokens * model["hidden"]


# %% wrong="logits-in-every-layer"
def logits_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    return model["layers"] * (2 + 4 + 4 + 2) * tokens * model["vocab"]


# %% wrong="bits-for-bytes"
def logits_bytes(model, settings):
    return (16 + 32 + 32 + 16) * settings["batch"] * settings["seq_len"] * model["vocab"]


# %% wrong="gib-for-bytes"
def cache_bytes(model, settings):
    if settings["checkpointing"] or not settings["use_cache"]:
        return 0
    tokens = settings["batch"] * settings["seq_len"]
    return to_gib(8 * model["kv_heads"] * model["head_dim"] * model["layers"] * tokens)


# %% wrong="gib-for-bytes"
def logits_bytes(model, settings):
    return 12 * settings["batch"] * settings["seq_len"] * model["vocab"] / 1e9


# %% right="sums-over-layers"
def kept_bytes(model, settings, one_layer):
    inputs = settings["batch"] * settings["seq_len"] * model["hidden"] * 4
    return float(sum(inputs if settings["checkpointing"] else one_layer for _ in range(model["layers"])))


def cache_bytes(model, settings):
    there = settings["use_cache"] and not settings["checkpointing"]
    one = settings["batch"] * model["kv_heads"] * settings["seq_len"] * model["head_dim"]
    return there * model["layers"] * (4 * one + 4 * one)


def logits_bytes(model, settings):
    numbers = settings["batch"] * settings["seq_len"] * model["vocab"]
    return sum(numbers * size for size in (2, 4, 4, 2))


# %% right="tensors-without-memory"
def kept_bytes(model, settings, one_layer):
    if not settings["checkpointing"]:
        return torch.tensor(model["layers"] * one_layer)
    inputs = torch.empty(settings["batch"], settings["seq_len"], model["hidden"], device="meta")
    return model["layers"] * inputs.numel() * inputs.element_size()


def logits_bytes(model, settings):
    logits = torch.empty(settings["batch"], settings["seq_len"], model["vocab"], dtype=torch.half, device="meta")
    return 2 * logits.nbytes + 2 * logits.float().nbytes
