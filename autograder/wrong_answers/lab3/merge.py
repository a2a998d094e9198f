# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab3.merge. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="output-layer-counted"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]
    if targets == "all-linear":
        return sum(config["r"] * (out + inside) for out, inside in shapes.values())
    return sum(
        config["r"] * (out + inside)
        for name, (out, inside) in shapes.items()
        if any(name == target or name.endswith("." + target) for target in targets)
    )


# %% wrong="output-layer-counted"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]
    if isinstance(targets, str):
        targets = [name.split(".")[-1] for name in shapes]
    total = 0
    for name, (out, inside) in shapes.items():
        if any(("." + name).endswith("." + target) for target in targets):
            total += config["r"] * inside + out * config["r"]
    return total


# %% wrong="output-layer-left-out"
def adapter_parameters(shapes, config):
    total = 0
    for name, (out, inside) in shapes.items():
        if name == "lm_head":
            continue
        every = config["target_modules"] == "all-linear"
        if every or any(name == target or name.endswith("." + target) for target in config["target_modules"]):
            total += config["r"] * (out + inside)
    return total


# %% wrong="all-linear-not-known"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        return any(name == target or name.endswith(f".{target}") for target in targets)

    return sum(config["r"] * (out + inside) for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="all-linear-not-known"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]
    targets = targets if isinstance(targets, list) else [targets]
    total = 0
    for name, (out, inside) in shapes.items():
        if any(name == target or name.endswith("." + target) for target in targets):
            total += config["r"] * (out + inside)
    return total


# %% wrong="found-inside-names"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        if targets == "all-linear":
            return name != "lm_head"
        return any(target in name for target in targets)

    return sum(config["r"] * (out + inside) for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="found-inside-names"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        if targets == "all-linear":
            return name != "lm_head"
        return any(name.endswith(target) for target in targets)

    return sum(config["r"] * (out + inside) for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="found-inside-names"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        if targets == "all-linear":
            return name != "lm_head"
        return name.endswith(tuple(targets))

    return sum(config["r"] * (out + inside) for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="whole-names-only"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        if targets == "all-linear":
            return name != "lm_head"
        return name in targets

    return sum(config["r"] * (out + inside) for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="last-part-only"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        if targets == "all-linear":
            return name != "lm_head"
        return name.split(".")[-1] in targets

    return sum(config["r"] * (out + inside) for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="last-part-only"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        if targets == "all-linear":
            return name != "lm_head"
        return name.rpartition(".")[2] in targets

    return sum(config["r"] * (out + inside) for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="a-only"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        if targets == "all-linear":
            return name != "lm_head"
        return any(name == target or name.endswith(f".{target}") for target in targets)

    return sum(config["r"] * inside for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="b-only"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        if targets == "all-linear":
            return name != "lm_head"
        return any(name == target or name.endswith(f".{target}") for target in targets)

    return sum(config["r"] * out for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="weights-counted"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        if targets == "all-linear":
            return name != "lm_head"
        return any(name == target or name.endswith(f".{target}") for target in targets)

    return sum(out * inside for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="weights-counted"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        if targets == "all-linear":
            return name != "lm_head"
        return any(name == target or name.endswith(f".{target}") for target in targets)

    return sum(config["r"] * out * inside for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="rank-forgotten"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        if targets == "all-linear":
            return name != "lm_head"
        return any(name == target or name.endswith(f".{target}") for target in targets)

    return sum((out + inside) for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="alpha-for-rank"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        if targets == "all-linear":
            return name != "lm_head"
        return any(name == target or name.endswith(f".{target}") for target in targets)

    return sum(config["lora_alpha"] * (out + inside) for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="rank-twice"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        if targets == "all-linear":
            return name != "lm_head"
        return any(name == target or name.endswith(f".{target}") for target in targets)

    return sum(2 * config["r"] * (out + inside) for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="rank-twice"
def adapter_parameters(shapes, config):
    targets = config["target_modules"]

    def chosen(name):
        if targets == "all-linear":
            return name != "lm_head"
        return any(name == target or name.endswith(f".{target}") for target in targets)

    return sum(config["r"] ** 2 * (out + inside) for name, (out, inside) in shapes.items() if chosen(name))


# %% wrong="alpha-not-divided"
def merge(weight, a, b, config):
    return weight + config["lora_alpha"] * (b @ a)


# %% wrong="scale-turned-round"
def merge(weight, a, b, config):
    root = math.sqrt(config["r"]) if config["use_rslora"] else config["r"]
    return weight + root / config["lora_alpha"] * (b @ a)


# %% wrong="scale-turned-round"
def merge(weight, a, b, config):
    scale = config["lora_alpha"] / config["r"]
    if config["use_rslora"]:
        scale = config["lora_alpha"] / config["r"] ** 0.5
    return weight + (b @ a) / scale


# %% wrong="scale-turned-round"
def merge(weight, a, b, config):
    return weight + config["r"] / config["lora_alpha"] * (b @ a)


# %% wrong="scale-left-out"
def merge(weight, a, b, config):
    return weight + b @ a


# %% wrong="root-left-out"
def merge(weight, a, b, config):
    return weight + config["lora_alpha"] / config["r"] * (b @ a)


# %% wrong="root-left-out"
def merge(weight, a, b, config):
    return torch.addmm(weight, b, a, alpha=config["lora_alpha"] / len(a))


# %% wrong="root-always-taken"
def merge(weight, a, b, config):
    return weight + config["lora_alpha"] / math.sqrt(config["r"]) * (b @ a)


# %% wrong="only-one-over-r"
def merge(weight, a, b, config):
    return weight + (b @ a) / config["r"]


# %% wrong="turned-round"
def merge(weight, a, b, config):
    root = math.sqrt(config["r"]) if config["use_rslora"] else config["r"]
    return weight + (config["lora_alpha"] / root * (a.T @ b.T)).reshape(weight.shape)


# %% wrong="turned-round"
def merge(weight, a, b, config):
    root = math.sqrt(config["r"]) if config["use_rslora"] else config["r"]
    update = torch.einsum("ri,or->io", a, b)
    return weight + config["lora_alpha"] / root * update.contiguous().view_as(weight)


# %% wrong="subtracted"
def merge(weight, a, b, config):
    root = math.sqrt(config["r"]) if config["use_rslora"] else config["r"]
    return weight - config["lora_alpha"] / root * (b @ a)


# %% wrong="update-alone"
def merge(weight, a, b, config):
    root = math.sqrt(config["r"]) if config["use_rslora"] else config["r"]
    return config["lora_alpha"] / root * (b @ a)


# %% wrong="weight-changed"
def merge(weight, a, b, config):
    root = math.sqrt(config["r"]) if config["use_rslora"] else config["r"]
    weight += config["lora_alpha"] / root * (b @ a)
    return weight


# %% wrong="weight-changed"
def merge(weight, a, b, config):
    root = math.sqrt(config["r"]) if config["use_rslora"] else config["r"]
    return weight.add_(b @ a, alpha=config["lora_alpha"] / root)


# %% wrong="weight-changed"
def merge(weight, a, b, config):
    root = math.sqrt(config["r"]) if config["use_rslora"] else config["r"]
    merged = weight
    for row in range(len(merged)):
        merged[row] = merged[row] + config["lora_alpha"] / root * (b[row] @ a)
    return merged


# %% right="addmm-and-a-loop"
def adapter_parameters(shapes, config):
    targets, total = config["target_modules"], 0
    for name in shapes:
        out, inside = shapes[name]
        if targets == "all-linear" and name != "lm_head":
            total += inside * config["r"] + config["r"] * out
        elif targets != "all-linear" and any(f".{name}".endswith(f".{target}") for target in targets):
            total += inside * config["r"] + config["r"] * out
    return total


def merge(weight, a, b, config):
    scale = config["lora_alpha"] / config["r"] ** (0.5 if config["use_rslora"] else 1)
    return torch.addmm(weight, b, a, alpha=scale)


# %% right="regular-expression-and-einsum"
def adapter_parameters(shapes, config):
    import re

    if config["target_modules"] == "all-linear":
        names = set(shapes) - {"lm_head"}
    else:
        wanted = re.compile(r"(.*\.)?(" + "|".join(map(re.escape, config["target_modules"])) + ")")
        names = {name for name in shapes if wanted.fullmatch(name)}
    return config["r"] * sum(sum(shapes[name]) for name in names)


def merge(weight, a, b, config):
    merged = weight.clone()
    update = torch.einsum("or,ri->oi", b, a)
    merged += update.mul(config["lora_alpha"]).div(math.sqrt(config["r"]) if config["use_rslora"] else config["r"])
    return merged


# %% right="as-peft-does-it"
def adapter_parameters(shapes, config):
    from peft import LoraConfig, get_peft_model

    class Holder(torch.nn.Module):
        """Linear layers by name, on no device."""

        def __init__(self):
            super().__init__()
            for name, (out, inside) in shapes.items():
                *path, last = name.split(".")
                place = self
                for part in path:
                    if part not in dict(place.named_children()):
                        place.add_module(part, torch.nn.Module())
                    place = getattr(place, part)
                place.add_module(last, torch.nn.Linear(inside, out, bias=False, device="meta"))

    targets = config["target_modules"]
    if targets == "all-linear":
        targets = [name for name in shapes if name != "lm_head"]
    model = get_peft_model(Holder(), LoraConfig(r=config["r"], target_modules=targets), low_cpu_mem_usage=True)
    return sum(weight.numel() for name, weight in model.named_parameters() if "lora_" in name)


def merge(weight, a, b, config):
    from peft import LoraConfig
    from peft.tuners.lora import Linear

    base = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    base.weight.data = weight.clone()
    settings = {"r": config["r"], "lora_alpha": config["lora_alpha"], "use_rslora": config["use_rslora"]}
    layer = Linear(base, "default", config=LoraConfig(**settings), **settings)
    layer.lora_A["default"].weight.data = a.clone()
    layer.lora_B["default"].weight.data = b.clone()
    return weight + layer.get_delta_weight("default").detach()


# %% right="in-float64-and-row-by-row"
def adapter_parameters(shapes, config):
    def matches(name, target):
        words, wanted = name.split("."), target.split(".")
        return words[-len(wanted) :] == wanted

    if config["target_modules"] == "all-linear":
        every = sum(out + inside for out, inside in shapes.values())
        return config["r"] * (every - sum(shapes.get("lm_head", ())))
    chosen = [shape for name, shape in shapes.items() for target in config["target_modules"] if matches(name, target)]
    return int(sum(config["r"] * out + inside * config["r"] for out, inside in chosen))


def merge(weight, a, b, config):
    scale = config["lora_alpha"] / (config["r"] ** 0.5 if config["use_rslora"] else config["r"])
    rows = [row.double() + scale * up.double() @ a.double() for row, up in zip(weight, b, strict=True)]
    return torch.stack(rows)
