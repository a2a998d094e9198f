# ruff: noqa: D100, D103, F811, F821, F841
# mypy: ignore-errors

# %% [markdown]
# lab2.layer. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="scores-never"
def score_bytes(model, settings):
    return 0


# %% wrong="scores-never"
def score_bytes(model, settings):
    if settings["kernel"] != "mem-efficient":
        return 0
    return 4 * settings["batch"] * model["heads"] * settings["seq_len"] ** 2


# %% wrong="scores-of-every-kernel"
def score_bytes(model, settings):
    return 4 * settings["batch"] * model["heads"] * settings["seq_len"] ** 2


# %% wrong="batch-squared"
def score_bytes(model, settings):
    if settings["kernel"] == "mem-efficient":
        return 0
    return 4 * model["heads"] * (settings["batch"] * settings["seq_len"]) ** 2


# %% wrong="batch-left-out"
def score_bytes(model, settings):
    if settings["kernel"] == "mem-efficient":
        return 0
    return 4 * model["heads"] * settings["seq_len"] ** 2


# %% wrong="not-squared"
def score_bytes(model, settings):
    if settings["kernel"] == "mem-efficient":
        return 0
    return 4 * settings["batch"] * model["heads"] * settings["seq_len"]


# %% wrong="heads-forgotten"
def score_bytes(model, settings):
    if settings["kernel"] == "mem-efficient":
        return 0
    return 4 * settings["batch"] * settings["seq_len"] ** 2


# %% wrong="kv-heads-counted"
def score_bytes(model, settings):
    if settings["kernel"] == "mem-efficient":
        return 0
    return 4 * settings["batch"] * model["kv_heads"] * settings["seq_len"] ** 2


# %% wrong="scores-in-halves"
def score_bytes(model, settings):
    if settings["kernel"] == "mem-efficient":
        return 0
    return 2 * settings["batch"] * model["heads"] * settings["seq_len"] ** 2


# %% wrong="scores-twice"
def score_bytes(model, settings):
    if settings["kernel"] == "mem-efficient":
        return 0
    return 2 * 4 * settings["batch"] * model["heads"] * settings["seq_len"] ** 2


# %% wrong="scores-of-all-layers"
def score_bytes(model, settings):
    if settings["kernel"] == "mem-efficient":
        return 0
    return 4 * model["layers"] * settings["batch"] * model["heads"] * settings["seq_len"] ** 2


# %% wrong="width-for-heads"
def score_bytes(model, settings):
    if settings["kernel"] == "mem-efficient":
        return 0
    return 4 * settings["batch"] * model["heads"] * model["head_dim"] * settings["seq_len"] ** 2


# %% wrong="width-for-heads"
def score_bytes(model, settings):
    if settings["kernel"] == "mem-efficient":
        return 0
    return 4 * settings["batch"] * model["hidden"] * settings["seq_len"] ** 2


# %% wrong="triangle-only"
def score_bytes(model, settings):
    if settings["kernel"] == "mem-efficient":
        return 0
    return 4 * settings["batch"] * model["heads"] * settings["seq_len"] * (settings["seq_len"] + 1) // 2


# %% wrong="norm-forgotten"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4, "mlp": 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="norm-forgotten"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="norm-scale-forgotten"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden, "mlp": 4 * hidden + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="norm-in-halves"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 2 * hidden + 4, "mlp": 2 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="adapters-forgotten"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="adapters-in-floats"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 4 * wide + 4 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="adapter-inputs-forgotten"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="adapter-ranks-forgotten"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="mask-forgotten"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"]
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="mask-without-dropout"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + wide
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="mask-of-more-bytes"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (2 * wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="mask-of-more-bytes"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (4 * wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="inputs-taken-as-hidden"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = hidden
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="outputs-for-inputs"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = sides(model)[name][1]
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="targets-ignored"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in SEVEN:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="rank-ignored"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="kernels-swapped"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] != "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="kv-width-ignored"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="kv-width-ignored"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 8 * queries + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="head-dim-guessed"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = hidden, hidden // model["heads"] * model["kv_heads"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="head-dim-guessed"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    head_dim = hidden // model["heads"]
    queries, keys = model["heads"] * head_dim, model["kv_heads"] * head_dim
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="queries-forgotten"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="keys-and-values-forgotten"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="keys-without-values"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 2 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="output-forgotten"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 2 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="sums-forgotten"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="sums-of-one-head"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="sums-in-halves"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 2 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="attention-in-floats"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 8 * queries + 8 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="math-in-halves"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 6 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="keys-and-values-not-expanded"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 4 * queries + 8 * keys
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="scores-forgotten"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    return found


# %% wrong="scores-twice"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += 2 * score_bytes(model, settings)
    return found


# %% wrong="scores-of-every-kernel"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += 4 * model["heads"] * settings["seq_len"] ** 2 * settings["batch"]
    return found


# %% wrong="scores-first"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings) * settings["batch"]
    return found


# %% wrong="activation-forgotten"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="activation-of-other-size"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 8 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="activation-of-other-size"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 6 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="all-layers"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: model["layers"] * tokens * size for name, size in half.items()}
    found["attention"] += model["layers"] * score_bytes(model, settings)
    return found


# %% wrong="halves-swapped"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return {"attention": found["mlp"], "mlp": found["attention"]}


# %% wrong="batch-left-out"
def layer_bytes(model, settings):
    tokens = settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return found


# %% wrong="not-a-dict"
def layer_bytes(model, settings):
    tokens = settings["batch"] * settings["seq_len"]
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    inputs = {"o_proj": queries, "down_proj": inner}
    half = {"attention": 4 * hidden + 4, "mlp": 4 * hidden + 4 + 12 * inner}
    for name in settings["targets"]:
        wide = inputs.get(name, hidden)
        share = 2 * wide + 2 * settings["rank"] + (wide if settings["dropout"] else 0)
        half["mlp" if name in ("gate_proj", "up_proj", "down_proj") else "attention"] += share
    if settings["kernel"] == "math":
        half["attention"] += 12 * queries
    else:
        half["attention"] += 4 * queries + 4 * keys + 4 * model["heads"]
    found = {name: tokens * size for name, size in half.items()}
    found["attention"] += score_bytes(model, settings)
    return sum(found.values())


# %% right="one-sum-of-lines"
def score_bytes(model, settings):
    written = settings["kernel"] == "math"
    return written * 4.0 * model["heads"] * settings["seq_len"] * settings["seq_len"] * settings["batch"]


def layer_bytes(model, settings):
    tokens, a = settings["batch"] * settings["seq_len"], model["heads"]
    q, k = a * model["head_dim"], model["kv_heads"] * model["head_dim"]
    lines = {"attention": [4 * model["hidden"], 4], "mlp": [4 * model["hidden"], 4, 12 * model["intermediate"]]}
    lines["attention"] += [4 * q, 4 * q, 4 * q] if settings["kernel"] == "math" else [2 * q, 2 * q, 2 * k, 2 * k, 4 * a]
    for name, (inside, _) in sides(model).items():
        if name in settings["targets"]:
            half = "attention" if name[0] in "qkvo" else "mlp"
            lines[half] += [2 * inside, 2 * settings["rank"], inside * (settings["dropout"] > 0)]
    sizes = {half: tokens * sum(lines[half]) for half in ("mlp", "attention")}
    return sizes | {"attention": sizes["attention"] + score_bytes(model, settings)}


# %% right="numpy-and-tensors"
def score_bytes(model, settings):
    import numpy as np

    if settings["kernel"] != "math":
        return np.int64(0)
    return np.int64(4) * model["heads"] * settings["batch"] * np.square(np.int64(settings["seq_len"]))


def layer_bytes(model, settings):
    width = {name: pair[0] for name, pair in sides(model).items()}
    each = {
        name: (3 if settings["dropout"] else 2) * width[name] + 2 * settings["rank"] for name in settings["targets"]
    }
    mlp = sum(size for name, size in each.items() if name in SEVEN[4:]) + 12 * model["intermediate"]
    attention = sum(size for name, size in each.items() if name in SEVEN[:4])
    pieces = 4 * (width["o_proj"] + model["kv_heads"] * model["head_dim"] + model["heads"])
    attention += 12 * width["o_proj"] if settings["kernel"] == "math" else pieces
    both = torch.tensor([attention, mlp]) + 4 + 4 * model["hidden"]
    both = both * settings["batch"] * settings["seq_len"]
    return {"attention": both[0] + int(score_bytes(model, settings)), "mlp": both[1]}
