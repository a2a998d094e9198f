# ruff: noqa: D100, D103, F811
# mypy: ignore-errors

# %% [markdown]
# lab1.nf4. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="one-scale-for-all"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    blocks = -(-len(weights) // block_size)
    absmax = weights.abs().max().repeat(blocks)
    codes = (weights[:, None] / absmax[0] - levels).abs().argmin(1)
    return codes.to(torch.uint8), absmax


# %% wrong="one-scale-for-all"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    absmax = weights.abs().max()
    return (weights[:, None] / absmax - levels).abs().argmin(1).to(torch.uint8), absmax


# %% wrong="max-without-abs"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    parts = weights.split(block_size)
    absmax = torch.stack([part.max() for part in parts])
    scale = absmax.repeat_interleave(block_size)[: len(weights)]
    return (weights / scale)[:, None].sub(levels).abs().argmin(1).to(torch.uint8), absmax


# %% wrong="signed-scale"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    parts = weights.split(block_size)
    absmax = torch.stack([part[part.abs().argmax()] for part in parts])
    scale = absmax.repeat_interleave(block_size)[: len(weights)]
    return (weights / scale)[:, None].sub(levels).abs().argmin(1).to(torch.uint8), absmax


# %% wrong="deviation-not-max"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    parts = weights.split(block_size)
    absmax = torch.stack([part.std(unbiased=False) for part in parts])
    scale = absmax.repeat_interleave(block_size)[: len(weights)]
    return (weights / scale)[:, None].sub(levels).abs().argmin(1).to(torch.uint8), absmax


# %% wrong="not-scaled"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    absmax = torch.stack([part.abs().max() for part in weights.split(block_size)])
    return weights[:, None].sub(levels).abs().argmin(1).to(torch.uint8), absmax


# %% wrong="uniform-levels"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    absmax = torch.stack([part.abs().max() for part in weights.split(block_size)])
    scale = absmax.repeat_interleave(block_size)[: len(weights)]
    codes = ((weights / scale + 1) / 2 * (len(levels) - 1)).nan_to_num(0).round()
    return codes.to(torch.uint8), absmax


# %% wrong="level-above"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    absmax = torch.stack([part.abs().max() for part in weights.split(block_size)])
    scale = absmax.repeat_interleave(block_size)[: len(weights)]
    return torch.bucketize(weights / scale, levels).to(torch.uint8), absmax


# %% wrong="level-below"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    absmax = torch.stack([part.abs().max() for part in weights.split(block_size)])
    scale = absmax.repeat_interleave(block_size)[: len(weights)]
    return (torch.searchsorted(levels, weights / scale, right=True) - 1).clamp(0).to(torch.uint8), absmax


# %% wrong="levels-not-codes"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    absmax = torch.stack([part.abs().max() for part in weights.split(block_size)])
    scale = absmax.repeat_interleave(block_size)[: len(weights)]
    return levels[(weights / scale)[:, None].sub(levels).abs().argmin(1)], absmax


# %% wrong="sign-lost"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    absmax = torch.stack([part.abs().max() for part in weights.split(block_size)])
    scale = absmax.repeat_interleave(block_size)[: len(weights)]
    return (weights.abs() / scale)[:, None].sub(levels).abs().argmin(1).to(torch.uint8), absmax


# %% wrong="short-block-dropped"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    whole = len(weights) // block_size * block_size
    blocks = weights[:whole].reshape(-1, block_size)
    absmax = blocks.abs().amax(1)
    codes = (blocks / absmax[:, None])[..., None].sub(levels).abs().argmin(-1).flatten()
    return codes.to(torch.uint8), absmax


# %% wrong="padding-left"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    padded = torch.nn.functional.pad(weights, (0, -len(weights) % block_size))
    blocks = padded.reshape(-1, block_size)
    absmax = blocks.abs().amax(1)
    scale = torch.where(absmax == 0, 1, absmax)
    codes = (blocks / scale[:, None])[..., None].sub(levels).abs().argmin(-1).flatten()
    return codes.to(torch.uint8), absmax


# %% wrong="zero-block"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    absmax = torch.stack([part.abs().max() for part in weights.split(block_size)])
    scale = absmax.repeat_interleave(block_size)[: len(weights)]
    return (weights / scale)[:, None].sub(levels).abs().argmin(1).to(torch.uint8), absmax


# %% wrong="swapped-pair"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    absmax = torch.stack([part.abs().max() for part in weights.split(block_size)])
    scale = absmax.repeat_interleave(block_size)[: len(weights)]
    scale = torch.where(scale == 0, 1, scale)
    return absmax, (weights / scale)[:, None].sub(levels).abs().argmin(1).to(torch.uint8)


# %% wrong="not-a-pair"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    absmax = torch.stack([part.abs().max() for part in weights.split(block_size)])
    scale = absmax.repeat_interleave(block_size)[: len(weights)]
    scale = torch.where(scale == 0, 1, scale)
    return (weights / scale)[:, None].sub(levels).abs().argmin(1).to(torch.uint8)


# %% wrong="number-of-blocks"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    parts = weights.split(-(-len(weights) // block_size))
    absmax = torch.stack([part.abs().max() for part in parts])
    scale = torch.cat([part.abs().max().repeat(len(part)) for part in parts])
    scale = torch.where(scale == 0, 1, scale)
    return (weights / scale)[:, None].sub(levels).abs().argmin(1).to(torch.uint8), absmax


# %% wrong="scale-forgotten"
def dequantize_blockwise(codes, absmax, levels, block_size=64):
    return levels[codes.long()]


# %% wrong="scales-in-turns"
def dequantize_blockwise(codes, absmax, levels, block_size=64):
    return levels[codes.long()] * absmax.repeat(block_size)[: len(codes)]


# %% wrong="codes-not-levels"
def dequantize_blockwise(codes, absmax, levels, block_size=64):
    return codes.float() * absmax.repeat_interleave(block_size)[: len(codes)]


# %% wrong="one-scale-for-all"
def dequantize_blockwise(codes, absmax, levels, block_size=64):
    return levels[codes.long()] * absmax.max()


# %% wrong="divided-by-scale"
def dequantize_blockwise(codes, absmax, levels, block_size=64):
    return levels[codes.long()] / absmax.repeat_interleave(block_size)[: len(codes)]


# %% wrong="uniform-levels"
def dequantize_blockwise(codes, absmax, levels, block_size=64):
    values = codes.float() / (len(levels) - 1) * 2 - 1
    return values * absmax.repeat_interleave(block_size)[: len(codes)]


# %% wrong="block-size-ignored"
def dequantize_blockwise(codes, absmax, levels, block_size=64):
    return levels[codes.long()] * absmax.repeat_interleave(64)[: len(codes)]


# %% wrong="mean-square"
def rms_error(weights, levels, block_size=64):
    codes, absmax = quantize_blockwise(weights, levels, block_size)
    return float((weights - dequantize_blockwise(codes, absmax, levels, block_size)).pow(2).mean())


# %% wrong="mean-magnitude"
def rms_error(weights, levels, block_size=64):
    codes, absmax = quantize_blockwise(weights, levels, block_size)
    return float((weights - dequantize_blockwise(codes, absmax, levels, block_size)).abs().mean())


# %% wrong="sum-not-mean"
def rms_error(weights, levels, block_size=64):
    codes, absmax = quantize_blockwise(weights, levels, block_size)
    return float((weights - dequantize_blockwise(codes, absmax, levels, block_size)).norm())


# %% wrong="largest-not-rms"
def rms_error(weights, levels, block_size=64):
    codes, absmax = quantize_blockwise(weights, levels, block_size)
    return float((weights - dequantize_blockwise(codes, absmax, levels, block_size)).abs().max())


# %% wrong="signs-cancel"
def rms_error(weights, levels, block_size=64):
    codes, absmax = quantize_blockwise(weights, levels, block_size)
    return float((weights - dequantize_blockwise(codes, absmax, levels, block_size)).mean())


# %% wrong="deviation-not-rms"
def rms_error(weights, levels, block_size=64):
    codes, absmax = quantize_blockwise(weights, levels, block_size)
    return float((weights - dequantize_blockwise(codes, absmax, levels, block_size)).std())


# %% wrong="relative-error"
def rms_error(weights, levels, block_size=64):
    codes, absmax = quantize_blockwise(weights, levels, block_size)
    error = weights - dequantize_blockwise(codes, absmax, levels, block_size)
    return float(error.norm() / weights.norm())


# %% wrong="block-size-ignored"
def rms_error(weights, levels, block_size=64):
    codes, absmax = quantize_blockwise(weights, levels)
    return float((weights - dequantize_blockwise(codes, absmax, levels)).pow(2).mean().sqrt())


# %% right="searchsorted-between-neighbours"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    absmax = torch.stack([part.abs().max() for part in weights.split(block_size)])
    scale = absmax.repeat_interleave(block_size)[: len(weights)]
    share = torch.where(scale == 0, 0, weights / torch.where(scale == 0, 1, scale))
    middles = (levels[1:] + levels[:-1]) / 2
    return torch.bucketize(share, middles), absmax


# %% right="padded-float64-lists"
def quantize_blockwise(weights, levels, block_size=64):
    import torch

    size = len(weights)
    padded = torch.zeros(-(-size // block_size) * block_size, dtype=torch.float64)
    padded[:size] = weights
    blocks = padded.reshape(-1, block_size)
    absmax = blocks.abs().amax(1)
    share = blocks / absmax.clamp(min=1e-30)[:, None]
    codes = (share[..., None] - levels.double()).abs().argmin(-1).flatten()[:size]
    return codes.tolist(), absmax.tolist()


def dequantize_blockwise(codes, absmax, levels, block_size=64):
    import torch

    codes, absmax = torch.as_tensor(codes).long(), torch.as_tensor(absmax).double()
    return levels.double()[codes] * absmax[torch.arange(len(codes)) // block_size]


def rms_error(weights, levels, block_size=64):
    import torch

    back = dequantize_blockwise(*quantize_blockwise(weights, levels, block_size), levels, block_size)
    return torch.sqrt(torch.nn.functional.mse_loss(back, weights.double()))


# %% right="plain-loops"
def quantize_blockwise(weights, levels, block_size=64):
    import numpy as np

    table, values, codes, absmax = levels.tolist(), weights.tolist(), [], []
    for start in range(0, len(values), block_size):
        block = values[start : start + block_size]
        largest = max(abs(value) for value in block)
        absmax.append(largest)
        for value in block:
            share = value / largest if largest else 0.0
            codes.append(min(range(len(table)), key=lambda place: abs(table[place] - share)))
    return np.array(codes, dtype=np.int64), np.array(absmax)


def dequantize_blockwise(codes, absmax, levels, block_size=64):
    import torch

    return torch.tensor([float(levels[int(c)]) * float(absmax[i // block_size]) for i, c in enumerate(codes)])


def rms_error(weights, levels, block_size=64):
    back = dequantize_blockwise(*quantize_blockwise(weights, levels, block_size), levels, block_size).tolist()
    squares = [(was - now) ** 2 for was, now in zip(weights.tolist(), back, strict=True)]
    return (sum(squares) / len(squares)) ** 0.5
