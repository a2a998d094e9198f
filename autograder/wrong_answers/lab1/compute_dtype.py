# ruff: noqa: D100, D103, F811
# mypy: ignore-errors

# %% [markdown]
# lab1.compute_dtype. Each cell redefines the task's function; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="bf16-everywhere"
def compute_dtype(capability):
    import torch

    return torch.bfloat16


# %% wrong="fp16-everywhere"
def compute_dtype(capability):
    import torch

    return torch.float16


# %% wrong="the-other-way-round"
def compute_dtype(capability):
    import torch

    return torch.bfloat16 if capability < (8, 0) else torch.float16


# %% wrong="eight-zero-left-out"
def compute_dtype(capability):
    import torch

    return torch.bfloat16 if capability > (8, 0) else torch.float16


# %% wrong="t4-counted-as-new"
def compute_dtype(capability):
    import torch

    major, minor = capability
    return torch.float16 if major + minor / 10 < 7.5 else torch.bfloat16


# %% wrong="volta-counted-as-new"
def compute_dtype(capability):
    import torch

    return torch.bfloat16 if capability[0] >= 7 else torch.float16


# %% wrong="minor-number-compared-alone"
def compute_dtype(capability):
    import torch

    return torch.bfloat16 if capability[0] >= 8 and capability[1] > 0 else torch.float16


# %% wrong="float32-for-old-ones"
def compute_dtype(capability):
    import torch

    return torch.bfloat16 if capability[0] >= 8 else torch.float32


# %% wrong="name-not-type"
def compute_dtype(capability):
    return "bfloat16" if capability >= (8, 0) else "float16"


# %% right="major-only"
def compute_dtype(capability):
    import torch

    major, _ = capability
    if major < 8:
        return torch.half
    return torch.bfloat16


# %% right="one-number"
def compute_dtype(capability):
    import torch

    return [torch.float16, torch.bfloat16][capability[0] * 10 + capability[1] >= 80]
