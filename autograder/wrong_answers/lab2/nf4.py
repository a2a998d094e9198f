# ruff: noqa: D100, D103, F811, F821, F841
# mypy: ignore-errors

# %% [markdown]
# lab2.nf4. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="scales-forgotten"
def nf4_bytes(weights, double_quant):
    codes = math.ceil(weights / 2)
    return codes


# %% wrong="byte-a-weight"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = weights
    if double_quant:
        return codes + blocks + 4 * math.ceil(blocks / 256)
    return codes + 4 * blocks


# %% wrong="bits-for-bytes"
def nf4_bytes(weights, double_quant):
    return 4 * weights


# %% wrong="bits-for-bytes"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    if double_quant:
        return 8 * (codes + blocks + 4 * math.ceil(blocks / 256))
    return 8 * (codes + 4 * blocks)


# %% wrong="scales-only"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    if double_quant:
        return blocks + 4 * math.ceil(blocks / 256)
    return 4 * blocks


# %% wrong="no-double-quant"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    return codes + 4 * blocks


# %% wrong="no-double-quant"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    if not double_quant:
        return codes + blocks + 4 * math.ceil(blocks / 256)
    return codes + 4 * blocks


# %% wrong="always-double-quant"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    return codes + blocks + 4 * math.ceil(blocks / 256)


# %% wrong="second-scales-forgotten"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    if double_quant:
        return codes + blocks
    return codes + 4 * blocks


# %% wrong="second-scale-of-every-block"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    if double_quant:
        return codes + blocks + 4 * blocks
    return codes + 4 * blocks


# %% wrong="second-scale-of-256-weights"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    if double_quant:
        return codes + blocks + 4 * math.ceil(weights / 256)
    return codes + 4 * blocks


# %% wrong="first-scale-still-32-bits"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    if double_quant:
        return codes + 4 * blocks + 4 * math.ceil(blocks / 256)
    return codes + 4 * blocks


# %% wrong="first-scale-still-32-bits"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    if double_quant:
        return codes + 4 * blocks + blocks + 4 * math.ceil(blocks / 256)
    return codes + 4 * blocks


# %% wrong="one-byte-second-scales"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    if double_quant:
        return codes + blocks + math.ceil(blocks / 256)
    return codes + 4 * blocks


# %% wrong="rounded-down"
def nf4_bytes(weights, double_quant):
    blocks = weights // 64
    codes = weights // 2
    if double_quant:
        return codes + blocks + 4 * blocks // 256
    return codes + 4 * blocks


# %% wrong="rounded-down"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = weights // 2
    if double_quant:
        return codes + blocks + 4 * math.ceil(blocks / 256)
    return codes + 4 * blocks


# %% wrong="rounded-down"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    if double_quant:
        return codes + blocks + 4 * blocks // 256
    return codes + 4 * blocks


# %% wrong="rounded-down"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    if double_quant:
        return codes + blocks + 4 * (blocks // 256)
    return codes + 4 * blocks


# %% wrong="rounded-down"
def nf4_bytes(weights, double_quant):
    blocks = weights // 64
    codes = math.ceil(weights / 2)
    if double_quant:
        return codes + blocks + 4 * math.ceil(blocks / 256)
    return codes + 4 * blocks


# %% wrong="average-taken"
def nf4_bytes(weights, double_quant):
    return weights * (4.127 if double_quant else 4.5) / 8


# %% wrong="average-taken"
def nf4_bytes(weights, double_quant):
    blocks = weights / 64
    codes = weights / 2
    if double_quant:
        return codes + blocks + 4 * blocks / 256
    return codes + 4 * blocks


# %% wrong="average-taken"
def nf4_bytes(weights, double_quant):
    return round(weights * (0.515869 if double_quant else 0.5625))


# %% wrong="one-byte-scales"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    if double_quant:
        return codes + blocks + 4 * math.ceil(blocks / 256)
    return codes + blocks


# %% wrong="sixteen-bit-scales"
def nf4_bytes(weights, double_quant):
    blocks = math.ceil(weights / 64)
    codes = math.ceil(weights / 2)
    if double_quant:
        return codes + blocks + 4 * math.ceil(blocks / 256)
    return codes + 2 * blocks


# %% wrong="fraction-of-a-byte"
def nf4_bytes(weights, double_quant):
    return weights * (4.2 if double_quant else 4.6) / 8


# %% right="upside-down-floors"
def nf4_bytes(weights, double_quant):
    blocks = -(-weights // 64)
    groups = -(-blocks // 256)
    return -(-weights // 2) + (blocks + 4 * groups if double_quant else 4 * blocks)


# %% right="a-float-without-a-fraction"
def nf4_bytes(weights, double_quant):
    import numpy as np

    blocks = np.ceil(weights / 64)
    scales = blocks + 4 * np.ceil(blocks / 256) if double_quant else 4 * blocks
    return float(np.ceil(weights / 2) + scales)


# %% right="as-a-tensor"
def nf4_bytes(weights, double_quant):
    blocks = (weights + 63) // 64
    scales = blocks + (blocks + 255) // 256 * 4 if double_quant else blocks * 4
    return torch.tensor((weights + 1) // 2 + scales)
