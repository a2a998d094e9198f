# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab2.units. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="bits-for-bytes"
def storage_bytes(count, bits):
    return count * bits


# %% wrong="bits-taken-for-bytes"
def storage_bytes(count, bits):
    return 8 * count * bits


# %% wrong="eight-bits-each"
def storage_bytes(count, bits):
    return float(count)


# %% wrong="rounded"
def storage_bytes(count, bits):
    return int(count * bits / 8)


# %% wrong="rounded"
def storage_bytes(count, bits):
    return -(-count * bits // 8)


# %% wrong="rounded"
def storage_bytes(count, bits):
    return count * math.ceil(bits / 8)


# %% wrong="kilo-for-byte"
def storage_bytes(count, bits):
    return count * bits / 8 / 1024


# %% wrong="gb-for-gib"
def to_gib(size):
    return size / 1e9


# %% wrong="mib-for-gib"
def to_gib(size):
    return size / 1024**2


# %% wrong="kib-for-gib"
def to_gib(size):
    return size / 2**10


# %% wrong="gigabits"
def to_gib(size):
    return size / 2**30 * 8


# %% wrong="gigabits"
def to_gib(size):
    return size / 8 / 2**30


# %% wrong="times-for-divided"
def to_gib(size):
    return size * 2**30


# %% wrong="rounded"
def to_gib(size):
    return round(size / 2**30, 2)


# %% wrong="rounded"
def to_gib(size):
    return size // 2**30


# %% right="three-divisions"
def storage_bytes(count, bits):
    return bits / 8 * count


def to_gib(size):
    return size / 1024 / 1024 / 1024


# %% right="whole-where-whole"
def storage_bytes(count, bits):
    exact = count * bits / 8
    return int(exact) if exact == int(exact) else exact


# %% right="torch-numbers"
def storage_bytes(count, bits):
    return torch.tensor(count * bits / 8, dtype=torch.float64)


def to_gib(size):
    import numpy as np

    return np.float64(size) / 2**30
