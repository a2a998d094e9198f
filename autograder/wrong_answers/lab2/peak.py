# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab2.peak. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="gradients-in-every-moment"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["gradients"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="gradients-in-every-moment"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["gradients"] + parts["work"]
    attention = during + parts["gradients"] + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="gradients-forgotten"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="cache-in-the-wrong-moment"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"] + parts["cache"]
    loss = during + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="cache-in-the-wrong-moment"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["copies"] + parts["logits"]
    mlp = during + parts["cache"] + parts["work"]
    attention = during + parts["cache"] + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="cache-forgotten"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="logits-forgotten"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="logits-in-every-moment"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["logits"] + parts["work"]
    attention = during + parts["logits"] + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="copies-forgotten"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="copies-in-every-moment"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["copies"] + parts["work"]
    attention = during + parts["copies"] + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="work-forgotten"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="work-in-the-attention"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"] + parts["work"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="work-in-every-moment"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"] + parts["work"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="kept-forgotten"
def moments(parts, checkpointing):
    during = parts["fixed"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="kept-freed-at-the-backward"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = parts["fixed"] + parts["work"]
    attention = parts["fixed"] + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="kept-at-the-update"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = during + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="fixed-forgotten"
def moments(parts, checkpointing):
    during = parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="fixed-counted-once"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = parts["kept"] + parts["work"]
    attention = parts["kept"] + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="scores-once"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="scores-twice"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 2 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="scores-forgotten"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="scores-four-times"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 4 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="scores-in-the-mlp"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"] + 3 * parts["scores"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="recomputed-layer-forgotten"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if not checkpointing:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="recomputed-layer-forgotten"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="half-of-the-layer-recomputed"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="half-of-the-layer-recomputed"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="mlp-not-freed"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="mlp-not-freed"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"] + parts["mlp"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="mlp-freed-twice"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="recomputed-at-the-loss"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        loss += parts["attention"] + parts["mlp"]
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="recomputed-without-checkpointing"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    mlp += parts["attention"] + parts["mlp"]
    attention += parts["attention"] + (0 if checkpointing else parts["mlp"])
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="recomputed-without-checkpointing"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    mlp += parts["attention"] + parts["mlp"]
    if checkpointing:
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="mlp-added-for-freed"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention += parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="attention-freed-too"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"] + parts["attention"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="checkpointing-turned-round"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if not checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {"loss": loss, "mlp_backward": mlp, "attention_backward": attention, "update": update}


# %% wrong="sum-in-every-moment"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    total = loss + mlp + attention + update
    return dict.fromkeys(("loss", "mlp_backward", "attention_backward", "update"), total)


# %% wrong="largest-in-every-moment"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    largest = max(loss, mlp, attention, update)
    return dict.fromkeys(("loss", "mlp_backward", "attention_backward", "update"), largest)


# %% wrong="not-a-dict"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return max(loss, mlp, attention, update)


# %% wrong="other-keys"
def moments(parts, checkpointing):
    during = parts["fixed"] + parts["kept"]
    loss = during + parts["cache"] + parts["copies"] + parts["logits"]
    mlp = during + parts["work"]
    attention = during + 3 * parts["scores"]
    if checkpointing:
        mlp += parts["attention"] + parts["mlp"]
        attention += parts["attention"]
    else:
        attention -= parts["mlp"]
    update = parts["fixed"] + parts["gradients"]
    return {
        "loss": loss,
        "mlp_backward": mlp,
        "attention_backward": attention,
        "update": update,
        "peak": max(loss, mlp, attention, update),
    }


# %% wrong="context-forgotten"
def verdict(allocated, reserved, context, usable):
    if reserved <= usable:
        return "yes"
    if allocated > usable:
        return "no"
    return "close"


# %% wrong="reserved-never-asked"
def verdict(allocated, reserved, context, usable):
    if allocated + context <= usable:
        return "yes"
    if allocated + context > usable:
        return "no"
    return "close"


# %% wrong="allocated-never-asked"
def verdict(allocated, reserved, context, usable):
    if reserved + context <= usable:
        return "yes"
    return "no"


# %% wrong="reserved-never-asked"
def verdict(allocated, reserved, context, usable):
    if allocated + context <= usable:
        return "yes"
    return "no"


# %% wrong="border-left-out"
def verdict(allocated, reserved, context, usable):
    if reserved + context < usable:
        return "yes"
    if allocated + context >= usable:
        return "no"
    return "close"


# %% wrong="border-left-out"
def verdict(allocated, reserved, context, usable):
    if reserved + context < usable:
        return "yes"
    if allocated + context > usable:
        return "no"
    return "close"


# %% wrong="border-left-out"
def verdict(allocated, reserved, context, usable):
    if reserved + context <= usable:
        return "yes"
    if allocated + context >= usable:
        return "no"
    return "close"


# %% wrong="context-taken-off"
def verdict(allocated, reserved, context, usable):
    if reserved - context <= usable:
        return "yes"
    if allocated - context > usable:
        return "no"
    return "close"


# %% wrong="reserved-never-asked"
def verdict(allocated, reserved, context, usable):
    if allocated + context <= usable:
        return "yes"
    if reserved + context > usable:
        return "no"
    return "close"


# %% wrong="reserved-on-top-of-allocated"
def verdict(allocated, reserved, context, usable):
    if allocated + reserved + context <= usable:
        return "yes"
    if allocated + context > usable:
        return "no"
    return "close"


# %% wrong="no-and-close-swapped"
def verdict(allocated, reserved, context, usable):
    if reserved + context <= usable:
        return "yes"
    if allocated + context > usable:
        return "close"
    return "no"


# %% wrong="turned-round"
def verdict(allocated, reserved, context, usable):
    if reserved + context <= usable:
        return "no"
    if allocated + context > usable:
        return "yes"
    return "close"


# %% wrong="no-such-answer"
def verdict(allocated, reserved, context, usable):
    if reserved + context <= usable:
        return True
    if allocated + context > usable:
        return False
    return None


# %% wrong="no-such-answer"
def verdict(allocated, reserved, context, usable):
    if reserved + context <= usable:
        return "yes"
    if allocated + context > usable:
        return "no"
    return "maybe"


# %% wrong="always-yes"
def verdict(allocated, reserved, context, usable):
    return "yes"


# %% wrong="always-no"
def verdict(allocated, reserved, context, usable):
    return "no"


# %% wrong="always-close"
def verdict(allocated, reserved, context, usable):
    return "close"


# %% right="one-dict"
def moments(parts, checkpointing):
    p = {name: float(size) for name, size in parts.items()}
    base = p["fixed"] + p["kept"]
    return {
        "update": p["fixed"] + p["gradients"],
        "attention_backward": base + 3 * p["scores"] + (p["attention"] if checkpointing else -p["mlp"]),
        "mlp_backward": base + p["work"] + checkpointing * (p["attention"] + p["mlp"]),
        "loss": base + p["cache"] + p["copies"] + p["logits"],
    }


def verdict(allocated, reserved, context, usable):
    free = usable - context
    return "no" if allocated > free else "close" if reserved > free else "yes"


# %% right="rows-of-names"
ROWS = {
    "loss": ["fixed", "kept", "cache", "copies", "logits"],
    "mlp_backward": ["fixed", "kept", "work"],
    "attention_backward": ["fixed", "kept", "scores", "scores", "scores"],
    "update": ["fixed", "gradients"],
}
AGAIN = {"mlp_backward": ["attention", "mlp"], "attention_backward": ["attention"]}


def moments(parts, checkpointing):
    found = {}
    for moment, names in ROWS.items():
        more = AGAIN.get(moment, []) if checkpointing else []
        found[moment] = torch.tensor([parts[name] for name in [*names, *more]]).sum()
    if not checkpointing:
        found["attention_backward"] -= parts["mlp"]
    return found
