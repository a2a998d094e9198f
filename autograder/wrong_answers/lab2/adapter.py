# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab2.adapter. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="kv-width-ignored"
def adapter_parameters(model, rank, targets):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["heads"] * model["head_dim"]
    pairs = {
        "q_proj": (hidden, queries),
        "k_proj": (hidden, keys),
        "v_proj": (hidden, keys),
        "o_proj": (queries, hidden),
    }
    pairs |= {"gate_proj": (hidden, inner), "up_proj": (hidden, inner), "down_proj": (inner, hidden)}
    return model["layers"] * rank * sum(inside + out for inside, out in (pairs[name] for name in targets))


# %% wrong="head-dim-guessed"
def adapter_parameters(model, rank, targets):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = hidden, hidden // model["heads"] * model["kv_heads"]
    pairs = {
        "q_proj": (hidden, queries),
        "k_proj": (hidden, keys),
        "v_proj": (hidden, keys),
        "o_proj": (queries, hidden),
    }
    pairs |= {"gate_proj": (hidden, inner), "up_proj": (hidden, inner), "down_proj": (inner, hidden)}
    return model["layers"] * rank * sum(inside + out for inside, out in (pairs[name] for name in targets))


# %% wrong="o-input-taken-as-hidden"
def adapter_parameters(model, rank, targets):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    pairs = {
        "q_proj": (hidden, queries),
        "k_proj": (hidden, keys),
        "v_proj": (hidden, keys),
        "o_proj": (hidden, hidden),
    }
    pairs |= {"gate_proj": (hidden, inner), "up_proj": (hidden, inner), "down_proj": (inner, hidden)}
    return model["layers"] * rank * sum(inside + out for inside, out in (pairs[name] for name in targets))


# %% wrong="all-square"
def adapter_parameters(model, rank, targets):
    hidden = model["hidden"]
    pairs = {
        "q_proj": (hidden, hidden),
        "k_proj": (hidden, hidden),
        "v_proj": (hidden, hidden),
        "o_proj": (hidden, hidden),
    }
    pairs |= {"gate_proj": (hidden, hidden), "up_proj": (hidden, hidden), "down_proj": (hidden, hidden)}
    return model["layers"] * rank * sum(inside + out for inside, out in (pairs[name] for name in targets))


# %% wrong="q-and-v-only"
def adapter_parameters(model, rank, targets):
    pairs = [sides(model)[name] for name in ("q_proj", "v_proj")]
    return model["layers"] * rank * sum(inside + out for inside, out in pairs)


# %% wrong="targets-ignored"
def adapter_parameters(model, rank, targets):
    pairs = [sides(model)[name] for name in SEVEN]
    return model["layers"] * rank * sum(inside + out for inside, out in pairs)


# %% wrong="one-layer"
def adapter_parameters(model, rank, targets):
    pairs = [sides(model)[name] for name in targets]
    return rank * sum(inside + out for inside, out in pairs)


# %% wrong="one-matrix-only"
def adapter_parameters(model, rank, targets):
    pairs = [sides(model)[name] for name in targets]
    return model["layers"] * rank * sum(inside for inside, _ in pairs)


# %% wrong="one-matrix-only"
def adapter_parameters(model, rank, targets):
    pairs = [sides(model)[name] for name in targets]
    return model["layers"] * rank * sum(out for _, out in pairs)


# %% wrong="full-matrices"
def adapter_parameters(model, rank, targets):
    pairs = [sides(model)[name] for name in targets]
    return model["layers"] * sum(inside * out for inside, out in pairs)


# %% wrong="product-for-sum"
def adapter_parameters(model, rank, targets):
    pairs = [sides(model)[name] for name in targets]
    return model["layers"] * rank * sum(inside * out for inside, out in pairs)


# %% wrong="rank-squared"
def adapter_parameters(model, rank, targets):
    pairs = [sides(model)[name] for name in targets]
    return model["layers"] * rank**2 * sum(inside + out for inside, out in pairs)


# %% wrong="rank-ignored"
def adapter_parameters(model, rank, targets):
    pairs = [sides(model)[name] for name in targets]
    return model["layers"] * 32 * sum(inside + out for inside, out in pairs)


# %% wrong="rank-ignored"
def adapter_parameters(model, rank, targets):
    pairs = [sides(model)[name] for name in targets]
    return model["layers"] * sum(inside + out for inside, out in pairs)


# %% wrong="counted-twice"
def adapter_parameters(model, rank, targets):
    pairs = [sides(model)[name] for name in targets]
    return model["layers"] * 2 * rank * sum(inside + out for inside, out in pairs)


# %% wrong="bytes-not-numbers"
def adapter_parameters(model, rank, targets):
    pairs = [sides(model)[name] for name in targets]
    return 4 * model["layers"] * rank * sum(inside + out for inside, out in pairs)


# %% wrong="adapter-in-halves"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 2 * 4 * math.ceil(parameters / 256)
    return {"adapter": 2 * parameters, "gradients": 4 * parameters, "states": states}


# %% wrong="adapter-in-four-bits"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 2 * 4 * math.ceil(parameters / 256)
    return {"adapter": nf4_bytes(parameters, True), "gradients": 4 * parameters, "states": states}


# %% wrong="gradients-forgotten"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 2 * 4 * math.ceil(parameters / 256)
    return {"adapter": 4 * parameters, "gradients": 0, "states": states}


# %% wrong="gradients-in-halves"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 2 * 4 * math.ceil(parameters / 256)
    return {"adapter": 4 * parameters, "gradients": 2 * parameters, "states": states}


# %% wrong="gradients-of-both-moments"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 2 * 4 * math.ceil(parameters / 256)
    return {"adapter": 4 * parameters, "gradients": 8 * parameters, "states": states}


# %% wrong="numbers-not-bytes"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 2 * 4 * math.ceil(parameters / 256)
    return {"adapter": parameters, "gradients": parameters, "states": states}


# %% wrong="states-of-the-other-optimizer"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}


# %% wrong="states-of-the-other-optimizer"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw":
        states = 2 * parameters + 2 * 4 * math.ceil(parameters / 256)
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}


# %% wrong="one-moment"
def training_bytes(parameters, optimizer):
    states = 4 * parameters
    if optimizer == "adamw_8bit":
        states = parameters + 4 * math.ceil(parameters / 256)
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}


# %% wrong="one-moment"
def training_bytes(parameters, optimizer):
    states = 4 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 2 * 4 * math.ceil(parameters / 256)
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}


# %% wrong="one-moment"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = parameters + 4 * math.ceil(parameters / 256)
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}


# %% wrong="states-hold-more"
def training_bytes(parameters, optimizer):
    states = 12 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 2 * 4 * math.ceil(parameters / 256)
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}


# %% wrong="state-scales-forgotten"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}


# %% wrong="one-scale-for-both"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 4 * math.ceil(parameters / 256)
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}


# %% wrong="scales-not-rounded-up"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 2 * 4 * (parameters // 256)
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}


# %% wrong="scales-not-rounded-up"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 2 * 4 * parameters / 256
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}


# %% wrong="blocks-of-64"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 2 * 4 * math.ceil(parameters / 64)
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}


# %% wrong="scale-for-every-number"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 2 * 4 * parameters
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}


# %% wrong="one-byte-scales"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 2 * math.ceil(parameters / 256)
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}


# %% wrong="other-keys"
def training_bytes(parameters, optimizer):
    states = 8 * parameters
    if optimizer == "adamw_8bit":
        states = 2 * parameters + 2 * 4 * math.ceil(parameters / 256)
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "optimizer": states}


# %% wrong="not-a-dict"
def training_bytes(parameters, optimizer):
    states = 8 * parameters if optimizer == "adamw" else 2 * parameters + 8 * math.ceil(parameters / 256)
    return 4 * parameters, 4 * parameters, states


# %% wrong="divided-by-eight-twice"
def training_bytes(parameters, optimizer):
    states = 8 * parameters if optimizer == "adamw" else 2 * parameters + 8 * math.ceil(parameters / 256)
    return {"adapter": storage_bytes(parameters, 4), "gradients": storage_bytes(parameters, 4), "states": states / 8}


# %% right="both-matrices-of-every-layer"
def adapter_parameters(model, rank, targets):
    numbers = 0
    for _ in range(model["layers"]):
        for name in targets:
            inside, out = sides(model)[name]
            numbers += rank * inside + out * rank
    return numbers


def training_bytes(parameters, optimizer):
    blocks = (parameters + 255) // 256
    moment = {"adamw": 4.0 * parameters, "adamw_8bit": 1.0 * parameters + 4 * blocks}[optimizer]
    return {"states": 2 * moment, "gradients": parameters * 4, "adapter": parameters * 4.0}


# %% right="shapes-on-meta"
def adapter_parameters(model, rank, targets):
    with torch.device("meta"):
        layer = [torch.nn.Linear(one, rank, bias=False) for name in targets for one in sides(model)[name]]
    return sum(part.weight.numel() for part in layer) * model["layers"]
