# ruff: noqa: D100, D103, F811
# mypy: ignore-errors

# %% [markdown]
# lab1.forward. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="b-not-zero"
def init_adapter(in_features, out_features, rank, seed):
    import torch

    generator = torch.Generator().manual_seed(seed)
    a = torch.randn(rank, in_features, generator=generator)
    return a, torch.randn(out_features, rank, generator=generator) * 0.01


# %% wrong="a-zero-b-random"
def init_adapter(in_features, out_features, rank, seed):
    import torch

    generator = torch.Generator().manual_seed(seed)
    return torch.zeros(rank, in_features), torch.randn(out_features, rank, generator=generator)


# %% wrong="both-zero"
def init_adapter(in_features, out_features, rank, seed):
    import torch

    return torch.zeros(rank, in_features), torch.zeros(out_features, rank)


# %% wrong="a-not-random"
def init_adapter(in_features, out_features, rank, seed):
    import torch

    return torch.ones(rank, in_features) / in_features, torch.zeros(out_features, rank)


# %% wrong="a-not-random"
def init_adapter(in_features, out_features, rank, seed):
    import torch

    row = torch.randn(in_features, generator=torch.Generator().manual_seed(seed))
    return row.expand(rank, in_features).clone(), torch.zeros(out_features, rank)


# %% wrong="seed-ignored"
def init_adapter(in_features, out_features, rank, seed):
    import torch

    return torch.randn(rank, in_features), torch.zeros(out_features, rank)


# %% wrong="same-for-every-seed"
def init_adapter(in_features, out_features, rank, seed):
    import torch

    torch.manual_seed(0)
    return torch.randn(rank, in_features), torch.zeros(out_features, rank)


# %% wrong="shapes-transposed"
def init_adapter(in_features, out_features, rank, seed):
    import torch

    generator = torch.Generator().manual_seed(seed)
    return torch.randn(in_features, rank, generator=generator), torch.zeros(rank, out_features)


# %% wrong="swapped-pair"
def init_adapter(in_features, out_features, rank, seed):
    import torch

    generator = torch.Generator().manual_seed(seed)
    return torch.zeros(out_features, rank), torch.randn(rank, in_features, generator=generator)


# %% wrong="in-and-out-mixed-up"
def init_adapter(in_features, out_features, rank, seed):
    import torch

    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rank, out_features, generator=generator), torch.zeros(in_features, rank)


# %% wrong="not-a-pair"
def init_adapter(in_features, out_features, rank, seed):
    import torch

    return torch.randn(rank, in_features, generator=torch.Generator().manual_seed(seed))


# %% wrong="scale-forgotten"
def lora_forward(x, weight, a, b, alpha):
    return x @ weight.T + x @ a.T @ b.T


# %% wrong="alpha-not-divided"
def lora_forward(x, weight, a, b, alpha):
    return x @ weight.T + alpha * (x @ a.T @ b.T)


# %% wrong="scale-upside-down"
def lora_forward(x, weight, a, b, alpha):
    return x @ weight.T + a.shape[0] / alpha * (x @ a.T @ b.T)


# %% wrong="root-of-the-rank"
def lora_forward(x, weight, a, b, alpha):
    return x @ weight.T + alpha / a.shape[0] ** 0.5 * (x @ a.T @ b.T)


# %% wrong="rank-from-the-wrong-side"
def lora_forward(x, weight, a, b, alpha):
    return x @ weight.T + alpha / a.shape[1] * (x @ a.T @ b.T)


# %% wrong="base-forgotten"
def lora_forward(x, weight, a, b, alpha):
    return alpha / a.shape[0] * (x @ a.T @ b.T)


# %% wrong="adapter-forgotten"
def lora_forward(x, weight, a, b, alpha):
    return x @ weight.T


# %% wrong="base-scaled-too"
def lora_forward(x, weight, a, b, alpha):
    return alpha / a.shape[0] * (x @ weight.T + x @ a.T @ b.T)


# %% wrong="weight-not-transposed"
def lora_forward(x, weight, a, b, alpha):
    return x @ weight + alpha / a.shape[0] * (x @ a.T @ b.T)


# %% wrong="adapter-transposed"
def lora_forward(x, weight, a, b, alpha):
    return x @ weight.T + alpha / a.shape[0] * (x @ b @ a)


# %% wrong="in-place"
def merge(weight, a, b, alpha):
    return weight.add_(b @ a, alpha=alpha / a.shape[0])


# %% wrong="in-place"
def merge(weight, a, b, alpha):
    merged = weight
    merged += alpha / a.shape[0] * (b @ a)
    return merged


# %% wrong="scale-forgotten"
def merge(weight, a, b, alpha):
    return weight + b @ a


# %% wrong="alpha-not-divided"
def merge(weight, a, b, alpha):
    return weight + alpha * (b @ a)


# %% wrong="scale-upside-down"
def merge(weight, a, b, alpha):
    return weight + a.shape[0] / alpha * (b @ a)


# %% wrong="base-forgotten"
def merge(weight, a, b, alpha):
    return alpha / a.shape[0] * (b @ a)


# %% wrong="adapter-transposed"
def merge(weight, a, b, alpha):
    return weight + alpha / a.shape[0] * (a.T @ b.T)


# %% wrong="adapter-taken-off"
def merge(weight, a, b, alpha):
    return weight - alpha / a.shape[0] * (b @ a)


# %% wrong="rank-from-the-wrong-side"
def merge(weight, a, b, alpha):
    return weight + alpha / b.shape[0] * (b @ a)


# %% right="kaiming-and-linear"
def init_adapter(in_features, out_features, rank, seed):
    import math

    import torch

    a = torch.empty(rank, in_features)
    torch.nn.init.kaiming_uniform_(a, a=math.sqrt(5), generator=torch.Generator().manual_seed(seed))
    return a, torch.zeros(out_features, rank)


def lora_forward(x, weight, a, b, alpha):
    from torch.nn.functional import linear

    return linear(x, weight) + linear(linear(x, a), b) * (alpha / len(a))


def merge(weight, a, b, alpha):
    import torch

    return torch.addmm(weight, b, a, alpha=alpha / len(a))


# %% right="global-seed-and-float64"
def init_adapter(in_features, out_features, rank, seed):
    import torch

    torch.manual_seed(seed)
    return 0.02 * torch.randn(rank, in_features), torch.zeros(out_features, rank)


def lora_forward(x, weight, a, b, alpha):
    return x.double() @ merge(weight, a, b, alpha).T


def merge(weight, a, b, alpha):
    merged = weight.clone().double()
    merged += alpha / b.shape[1] * (b.double() @ a.double())
    return merged


# %% right="parameters-and-modules"
def init_adapter(in_features, out_features, rank, seed):
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        down = torch.nn.Linear(in_features, rank, bias=False)
    up = torch.nn.Linear(rank, out_features, bias=False)
    torch.nn.init.zeros_(up.weight)
    return [down.weight, up.weight]


def lora_forward(x, weight, a, b, alpha):
    import torch

    out = torch.einsum("bi,oi->bo", x, weight)
    return out + torch.einsum("bi,ri,or->bo", x, a, b).mul(alpha).div(a.size(0))


def merge(weight, a, b, alpha):
    import torch

    return torch.stack([row + alpha / a.size(0) * (up @ a) for row, up in zip(weight, b, strict=True)])
