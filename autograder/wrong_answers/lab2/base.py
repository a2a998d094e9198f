# ruff: noqa: D100, D103, F811, F821, F841
# mypy: ignore-errors

# %% [markdown]
# lab2.base. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="rest-bytes-ignored"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + 2 * (tables + norms)


# %% wrong="rest-bytes-ignored"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + 4 * (tables + norms)


# %% wrong="rest-bytes-ignored"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + (tables + norms)


# %% wrong="rest-in-nf4"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + nf4_bytes(tables + norms, True)


# %% wrong="rest-forgotten"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed


# %% wrong="tied-ignored"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * 2
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="output-layer-forgotten"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="tied-turned-round"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (2 if model["tied"] else 1)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="tables-forgotten"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (norms)


# %% wrong="norms-forgotten"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    return packed + rest_bytes * tables


# %% wrong="last-norm-forgotten"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = 2 * model["layers"] * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="one-norm-a-layer"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="norms-of-one-layer"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = 3 * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="no-double-quant"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, False) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="one-layer"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="as-one-matrix"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = nf4_bytes(model["layers"] * sum(matrices), True)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="as-one-matrix"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * nf4_bytes(sum(matrices), True)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="sixteen-bit-weights"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * 2 * sum(matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="kv-width-ignored"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="head-dim-guessed"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = hidden, hidden // model["heads"] * model["kv_heads"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="head-dim-guessed"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    head_dim = hidden // model["heads"]
    queries, keys = model["heads"] * head_dim, model["kv_heads"] * head_dim
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="half-of-the-layer"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="half-of-the-layer"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * inner, hidden * inner, inner * hidden]
    packed = model["layers"] * sum(nf4_bytes(weights, True) for weights in matrices)
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="average-taken"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = model["layers"] * sum(matrices) * 0.515869
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="average-taken"
def base_bytes(model, rest_bytes):
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    matrices = [hidden * queries, hidden * keys, hidden * keys, queries * hidden, *[hidden * inner] * 3]
    packed = round(0.515869 * model["layers"] * sum(matrices))
    tables = model["vocab"] * hidden * (1 if model["tied"] else 2)
    norms = (2 * model["layers"] + 1) * hidden
    return packed + rest_bytes * (tables + norms)


# %% wrong="nf4-first"
def nf4_bytes(weights, double_quant):
    return math.ceil(weights / 2)


# %% wrong="nf4-first"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    return math.ceil(weights / 2) + (blocks if double_quant else 4 * blocks)


# %% wrong="gib-for-bytes"
def base_bytes(model, rest_bytes):
    packed = model["layers"] * sum(nf4_bytes(inside * out, True) for inside, out in sides(model).values())
    tables = model["vocab"] * model["hidden"] * (2 - model["tied"])
    return (packed + rest_bytes * (tables + (2 * model["layers"] + 1) * model["hidden"])) / 2**30


# %% right="piece-by-piece"
def base_bytes(model, rest_bytes):
    total = model["vocab"] * model["hidden"] * rest_bytes
    if not model["tied"]:
        total += model["vocab"] * model["hidden"] * rest_bytes
    for _ in range(model["layers"]):
        for inside, out in sides(model).values():
            total += nf4_bytes(inside * out, True)
        total += 2 * model["hidden"] * rest_bytes
    return float(total + model["hidden"] * rest_bytes)


# %% right="in-numpy"
def base_bytes(model, rest_bytes):
    import numpy as np

    sizes = np.array([inside * out for inside, out in sides(model).values()], dtype=np.int64)
    blocks = np.ceil(sizes / 64)
    layer = np.sum(np.ceil(sizes / 2) + blocks + 4 * np.ceil(blocks / 256))
    rest = (2 - model["tied"]) * model["vocab"] + 2 * model["layers"] + 1
    return layer * model["layers"] + rest * model["hidden"] * rest_bytes
