# ruff: noqa: D100, D103, F811
# mypy: ignore-errors

# %% [markdown]
# lab1.bits. Each cell redefines the task's function; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="scales-forgotten"
def bits_per_weight(block_size=64, double_quant=True, second_block_size=256):
    return 4.0


# %% wrong="double-quant-ignored"
def bits_per_weight(block_size=64, double_quant=True, second_block_size=256):
    return 4 + 32 / block_size


# %% wrong="double-quant-turned-round"
def bits_per_weight(block_size=64, double_quant=False, second_block_size=256):
    return 4 + 8 / block_size + 32 / (block_size * second_block_size)


# %% wrong="second-scale-forgotten"
def bits_per_weight(block_size=64, double_quant=True, second_block_size=256):
    return 4 + (8 if double_quant else 32) / block_size


# %% wrong="second-scale-of-every-block"
def bits_per_weight(block_size=64, double_quant=True, second_block_size=256):
    if not double_quant:
        return 4 + 32 / block_size
    return 4 + 8 / block_size + 32 / second_block_size


# %% wrong="first-scale-still-32-bits"
def bits_per_weight(block_size=64, double_quant=True, second_block_size=256):
    bits = 4 + 32 / block_size
    if double_quant:
        bits += 8 / block_size + 32 / (block_size * second_block_size)
    return bits


# %% wrong="bytes-for-bits"
def bits_per_weight(block_size=64, double_quant=True, second_block_size=256):
    if not double_quant:
        return 0.5 + 4 / block_size
    return 0.5 + 1 / block_size + 4 / (block_size * second_block_size)


# %% wrong="overhead-only"
def bits_per_weight(block_size=64, double_quant=True, second_block_size=256):
    if not double_quant:
        return 32 / block_size
    return 8 / block_size + 32 / (block_size * second_block_size)


# %% wrong="block-size-ignored"
def bits_per_weight(block_size=64, double_quant=True, second_block_size=256):
    return 4 + 8 / 64 + 32 / (64 * 256) if double_quant else 4 + 32 / 64


# %% wrong="second-block-size-ignored"
def bits_per_weight(block_size=64, double_quant=True, second_block_size=256):
    return 4 + 8 / block_size + 32 / (256 * block_size) if double_quant else 4 + 32 / block_size


# %% wrong="sixteen-bit-scales"
def bits_per_weight(block_size=64, double_quant=True, second_block_size=256):
    if double_quant:
        return 4 + 8 / block_size + 32 / (block_size * second_block_size)
    return 4 + 16 / block_size


# %% right="total-over-weights"
def bits_per_weight(block_size=64, double_quant=True, second_block_size=256):
    weights = block_size * second_block_size
    scales = 8 * second_block_size + 32 if double_quant else 32 * second_block_size
    return (4 * weights + scales) / weights


# %% right="as-a-tensor"
def bits_per_weight(block_size=64, double_quant=True, second_block_size=256):
    import torch

    scale = torch.tensor(8.0 if double_quant else 32.0, dtype=torch.float64) / block_size
    second = 32 / second_block_size / block_size if double_quant else 0
    return 4 + scale + second


# %% right="exact-fractions"
def bits_per_weight(block_size=64, double_quant=True, second_block_size=256):
    from fractions import Fraction

    per_scale = 8 + Fraction(32, second_block_size) if double_quant else 32
    return float(4 + Fraction(per_scale) / block_size)
