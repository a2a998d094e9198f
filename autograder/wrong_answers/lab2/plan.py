# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab2.plan. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="bf16-on-a-t4"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (7, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="bf16-on-a-t4"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (7, 5) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="bf16-everywhere"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="fp16-everywhere"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="eight-zero-left-out"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability > (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="dtype-turned-round"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability < (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="capability-as-text"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if ".".join(map(str, capability)) >= "8.0" else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="always-checkpointing"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="checkpointing-never"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length)]
    ways += [(False, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="cut-before-checkpointing"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    lengths = [length, *range((length - 1) // 64 * 64, 0, -64)]
    ways = [(checkpointing, seq_len) for checkpointing in (False, True) for seq_len in lengths]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="cut-without-checkpointing"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(False, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="never-cut"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="smallest-length"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range(64, length, 64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="any-length"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range(length - 1, 0, -1)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="multiples-of-128"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 128 * 128, 0, -128)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="multiples-of-32"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 32 * 32, 0, -32)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="counted-down-from-the-wanted"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range(length - 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="halved"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [
        (True, shorter)
        for shorter in (length // 2**times // 64 * 64 for times in range(1, 9) if length // 2**times >= 64)
    ]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="sixty-four-left-out"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 64, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="rounded-before-checkpointing"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"] // 64 * 64
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="slack-forgotten"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="slack-and-context-forgotten"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return peak <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="context-forgotten"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="slack-on-the-context"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * (peak + CONTEXT) <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="one-moment-only"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        settings = wanted | {"checkpointing": checkpointing, "seq_len": seq_len}
        peak = moments(parts_of(model, settings), checkpointing)["update"]
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="one-moment-only"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        settings = wanted | {"checkpointing": checkpointing, "seq_len": seq_len}
        peak = moments(parts_of(model, settings), checkpointing)["loss"]
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="sum-of-the-moments"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        settings = wanted | {"checkpointing": checkpointing, "seq_len": seq_len}
        peak = sum(moments(parts_of(model, settings), checkpointing).values())
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="none-forgotten"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return {"checkpointing": True, "seq_len": 64, "compute_dtype": half}


# %% wrong="none-forgotten"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return {"checkpointing": True, "seq_len": 0, "compute_dtype": half}


# %% wrong="always-none"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if not wanted and fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": half}
    return None


# %% wrong="other-keys"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return {"checkpointing": checkpointing, "seq_len": seq_len, "dtype": half}
    return None


# %% wrong="not-a-dict"
def plan(model, wanted, usable, capability):
    def fits(checkpointing, seq_len):
        _, peak = peak_of(model, wanted | {"checkpointing": checkpointing, "seq_len": seq_len})
        return SLACK * peak + CONTEXT <= usable

    half = "bfloat16" if capability >= (8, 0) else "float16"
    length = wanted["seq_len"]
    ways = [(False, length), (True, length)]
    ways += [(True, shorter) for shorter in range((length - 1) // 64 * 64, 0, -64)]
    for checkpointing, seq_len in ways:
        if fits(checkpointing, seq_len):
            return checkpointing, seq_len, half
    return None


# %% wrong="an-earlier-task-first"
def base_bytes(model, rest_bytes):
    packed = model["layers"] * sum(nf4_bytes(inside * out, True) for inside, out in sides(model).values())
    tables = model["vocab"] * model["hidden"] * (1 if model["tied"] else 2)
    return packed + 2 * (tables + (2 * model["layers"] + 1) * model["hidden"])


# %% wrong="an-earlier-task-first"
def logits_bytes(model, settings):
    return 2 * settings["batch"] * settings["seq_len"] * model["vocab"]


# %% right="asked-for-one-after-the-other"
def plan(model, wanted, usable, capability):
    major, _ = capability
    found = {"compute_dtype": "bfloat16" if major >= 8 else "float16", "seq_len": wanted["seq_len"]}
    settings = dict(wanted)
    for settings["checkpointing"] in (False, True):
        if peak_of(model, settings)[1] * SLACK <= usable - CONTEXT:
            return {**found, "checkpointing": settings["checkpointing"]}
    blocks = math.ceil(wanted["seq_len"] / 64) - 1
    while blocks > 0:
        settings["seq_len"] = 64 * blocks
        if peak_of(model, settings)[1] * SLACK <= usable - CONTEXT:
            return {**found, "checkpointing": True, "seq_len": float(64 * blocks)}
        blocks -= 1


# %% right="found-by-bisection"
def plan(model, wanted, usable, capability):
    def need(checkpointing, seq_len):
        return SLACK * peak_of(model, {**wanted, "checkpointing": checkpointing, "seq_len": seq_len})[1] + CONTEXT

    half = torch.bfloat16 if tuple(capability) >= (8, 0) else torch.float16
    if need(False, wanted["seq_len"]) <= usable:
        return {"checkpointing": False, "seq_len": wanted["seq_len"], "compute_dtype": half}
    if need(True, wanted["seq_len"]) <= usable:
        return {"checkpointing": True, "seq_len": wanted["seq_len"], "compute_dtype": half}
    low, high = 0, (wanted["seq_len"] - 1) // 64
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if need(True, 64 * middle) <= usable else (low, middle - 1)
    return {"checkpointing": True, "seq_len": 64 * low, "compute_dtype": half} if low else None
