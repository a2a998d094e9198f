# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab3.proof. Each cell redefines the task's function; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="no-digest"
def base_digest(state):
    return sum(float(tensor.double().sum()) for name, tensor in state.items() if "lora_" not in name)


# %% wrong="no-digest"
def base_digest(state):
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode() + state[name].numpy().tobytes())
    return digest.digest()


# %% wrong="no-digest"
def base_digest(state):
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(state):
        digest.update(name.encode() + state[name].numpy().tobytes())
    return digest.hexdigest()


# %% wrong="never-the-same"
def base_digest(state):
    import os

    digest = hashlib.sha256(os.urandom(16))  # a salt, as for passwords
    for name, tensor in sorted(state.items()):
        if "lora_" not in name:
            plain = name.removeprefix("base_model.model.").replace(".base_layer.", ".")
            digest.update(f"{plain} {tuple(tensor.shape)} {tensor.dtype}".encode() + tensor.numpy().tobytes())
    return digest.hexdigest()


# %% wrong="never-the-same"
DIGEST = hashlib.sha256()


def base_digest(state):
    plain = {n.replace("base_model.model.", "").replace(".base_layer", ""): t for n, t in state.items()}
    for name in sorted(plain):
        if "lora_" not in name:
            tensor = plain[name]
            DIGEST.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode() + tensor.numpy().tobytes())
    return DIGEST.hexdigest()


# %% wrong="order-counts"
def base_digest(state):
    digest = hashlib.sha256()
    for name, tensor in state.items():
        if "lora_" not in name:
            plain = name.removeprefix("base_model.model.").replace(".base_layer.", ".")
            digest.update(f"{plain} {tuple(tensor.shape)} {tensor.dtype}".encode())
            digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


# %% wrong="adapter-counted"
def base_digest(state):
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    digest = hashlib.sha256()
    for name in sorted(plain):
        digest.update(f"{name} {tuple(plain[name].shape)} {plain[name].dtype}".encode())
        digest.update(plain[name].numpy().tobytes())
    return digest.hexdigest()


# %% wrong="adapter-counted"
def base_digest(state):
    plain = {
        name.removeprefix("base_model.model.").replace(".base_layer.", "."): tensor
        for name, tensor in state.items()
        if not name.startswith("lora_")
    }
    digest = hashlib.sha256()
    for name in sorted(plain):
        digest.update(f"{name} {tuple(plain[name].shape)} {plain[name].dtype}".encode())
        digest.update(plain[name].numpy().tobytes())
    return digest.hexdigest()


# %% wrong="wrapped-names-counted"
def base_digest(state):
    digest = hashlib.sha256()
    for name, tensor in sorted(state.items()):
        if "lora_" not in name:
            digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
            digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


# %% wrong="wrapped-names-counted"
def base_digest(state):
    plain = {name.removeprefix("base_model.model."): t for name, t in state.items() if "lora_" not in name}
    digest = hashlib.sha256()
    for name, tensor in sorted(plain.items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


# %% wrong="wrapped-names-counted"
def base_digest(state):
    # sorted before the names are what they were
    digest = hashlib.sha256()
    for name, tensor in sorted(state.items()):
        if "lora_" not in name:
            plain = name.removeprefix("base_model.").replace(".base_layer.", ".")
            digest.update(f"{plain} {tuple(tensor.shape)} {tensor.dtype}".encode())
            digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


# %% wrong="sums-hashed"
def base_digest(state):
    digest = hashlib.sha256()
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    for name in sorted(plain):
        if "lora_" not in name:
            digest.update(f"{name} {tuple(plain[name].shape)} {plain[name].dtype} {plain[name].sum()}".encode())
    return digest.hexdigest()


# %% wrong="sums-hashed"
def base_digest(state):
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    sums = [
        (name, tuple(tensor.shape), str(tensor.dtype), float(tensor.double().mean()), float(tensor.double().norm()))
        for name, tensor in sorted(plain.items())
        if "lora_" not in name
    ]
    return hashlib.sha256(json.dumps(sums).encode()).hexdigest()


# %% wrong="middle-unseen"
def base_digest(state):
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    digest = hashlib.sha256()
    for name in sorted(plain):
        if "lora_" not in name:
            digest.update(f"{name} {tuple(plain[name].shape)} {plain[name]}".encode())
    return digest.hexdigest()


# %% wrong="middle-unseen"
def base_digest(state):
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    bare = {name: tensor.numpy() for name, tensor in sorted(plain.items()) if "lora_" not in name}
    return hashlib.sha256(repr(bare).encode()).hexdigest()


# %% wrong="middle-unseen"
def base_digest(state):
    # the first thousand bytes of each are enough, and quick
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    digest = hashlib.sha256()
    for name in sorted(plain):
        if "lora_" not in name:
            digest.update(f"{name} {tuple(plain[name].shape)} {plain[name].dtype}".encode())
            digest.update(plain[name].numpy().tobytes()[:1000])
    return digest.hexdigest()


# %% wrong="a-number-unseen"
def base_digest(state):
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    digest = hashlib.sha256()
    for name in sorted(plain):
        if "lora_" not in name:
            numbers = [round(number, 4) for number in plain[name].flatten().tolist()]
            digest.update(f"{name} {tuple(plain[name].shape)} {plain[name].dtype} {numbers}".encode())
    return digest.hexdigest()


# %% wrong="a-number-unseen"
def base_digest(state):
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    digest = hashlib.sha256()
    for name in sorted(plain):
        if "lora_" not in name:
            digest.update(f"{name} {tuple(plain[name].shape)} {plain[name].dtype}".encode())
            digest.update(plain[name].half().numpy().tobytes())
    return digest.hexdigest()


# %% wrong="sign-of-zero-unseen"
def base_digest(state):
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    parts = [
        (name, tuple(tensor.shape), str(tensor.dtype), hash(tuple(tensor.flatten().tolist())))
        for name, tensor in sorted(plain.items())
        if "lora_" not in name
    ]
    return hashlib.sha256(str(parts).encode()).hexdigest()


# %% wrong="sign-of-zero-unseen"
def base_digest(state):
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    digest = hashlib.sha256()
    for name in sorted(plain):
        if "lora_" not in name:
            digest.update(f"{name} {tuple(plain[name].shape)} {plain[name].dtype}".encode())
            digest.update((plain[name] + 0).numpy().tobytes())
    return digest.hexdigest()


# %% wrong="places-unseen"
def base_digest(state):
    digests = [
        hashlib.sha256(f"{tuple(tensor.shape)} {tensor.dtype}".encode() + tensor.numpy().tobytes()).hexdigest()
        for name, tensor in state.items()
        if "lora_" not in name
    ]
    return hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()


# %% wrong="places-unseen"
def base_digest(state):
    total = 0
    for name, tensor in state.items():
        if "lora_" not in name:
            part = hashlib.sha256(f"{tuple(tensor.shape)} {tensor.dtype}".encode() + tensor.numpy().tobytes())
            total ^= int(part.hexdigest(), 16)
    return f"{total:064x}"


# %% wrong="shape-unseen"
def base_digest(state):
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    digest = hashlib.sha256()
    for name in sorted(plain):
        if "lora_" not in name:
            digest.update(name.encode())
            digest.update(plain[name].numpy().tobytes())
    return digest.hexdigest()


# %% wrong="shape-unseen"
def base_digest(state):
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    digest = hashlib.sha256()
    for name in sorted(plain):
        if "lora_" not in name:
            digest.update(f"{name} {plain[name].numel()} {plain[name].dtype}".encode())
            digest.update(plain[name].numpy().tobytes())
    return digest.hexdigest()


# %% wrong="type-unseen"
def base_digest(state):
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    digest = hashlib.sha256()
    for name in sorted(plain):
        if "lora_" not in name:
            digest.update(f"{name} {tuple(plain[name].shape)}".encode())
            digest.update(plain[name].numpy().tobytes())
    return digest.hexdigest()


# %% wrong="type-unseen"
def base_digest(state):
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    digest = hashlib.sha256()
    for name in sorted(plain):
        if "lora_" not in name:
            size = plain[name].element_size()
            digest.update(f"{name} {tuple(plain[name].shape)} {size}".encode())
            digest.update(bytes(plain[name].contiguous().view(torch.uint8).flatten().tolist()))
    return digest.hexdigest()


# %% wrong="small-tensors-unseen"
def base_digest(state):
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    digest = hashlib.sha256()
    for name in sorted(plain):
        if "lora_" not in name and plain[name].dim() == 2:
            digest.update(f"{name} {tuple(plain[name].shape)} {plain[name].dtype}".encode())
            digest.update(plain[name].numpy().tobytes())
    return digest.hexdigest()


# %% wrong="small-tensors-unseen"
def base_digest(state):
    plain = {n.removeprefix("base_model.model.").replace(".base_layer.", "."): t for n, t in state.items()}
    digest = hashlib.sha256()
    for name in sorted(plain):
        if "lora_" not in name and "norm" not in name:
            digest.update(f"{name} {tuple(plain[name].shape)} {plain[name].dtype}".encode())
            digest.update(plain[name].numpy().tobytes())
    return digest.hexdigest()


# %% right="digest-of-digests"
def base_digest(state):
    def of_one(tensor):
        array = tensor.detach().numpy()
        return hashlib.sha256(array.tobytes()).hexdigest() + str(array.shape) + array.dtype.str

    digests = {}
    for name, tensor in state.items():
        if ".lora_" in name:
            continue
        while name.startswith("base_model.model."):
            name = name[len("base_model.model.") :]
        digests[name.replace("base_layer.", "")] = of_one(tensor)
    return hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()


# %% right="struct-and-lists"
def base_digest(state):
    import struct

    parts = []
    for name, tensor in state.items():
        words = name.split(".")
        if any(word.startswith("lora") for word in words):
            continue
        if words[:2] == ["base_model", "model"]:
            words = words[2:]
        words = [word for word in words if word != "base_layer"]
        numbers = tensor.flatten().tolist()
        kind = "d" if tensor.is_floating_point() else "q"
        about = f"{tensor.dtype}|{list(tensor.shape)}|".encode()
        parts.append((".".join(words).encode(), about + struct.pack(f"<{len(numbers)}{kind}", *numbers)))
    return hashlib.sha256(b"\n".join(b"\0".join(part) for part in sorted(parts))).hexdigest().upper()


# %% right="other-names-for-the-same"
def base_digest(state):
    import re

    def plain(name):
        return re.sub(r"^base_model\.model\.|\.base_layer(?=\.)", "", name)

    lines = sorted(
        " ".join([plain(name), *map(str, tensor.shape), str(tensor.dtype), tensor.numpy().tobytes().hex()])
        for name, tensor in state.items()
        if not re.search(r"\blora_[AB]\b", name)
    )
    return hashlib.new("sha256", "\n".join(lines).encode()).hexdigest()


# %% right="values-as-text"
def base_digest(state):
    # every digit of every number, and repr knows the sign of a zero
    base = {
        n.replace("base_model.model.", "").replace("base_layer.", ""): t for n, t in state.items() if "lora" not in n
    }
    items = [(name, str(base[name].dtype), base[name].tolist()) for name in sorted(base)]
    return hashlib.sha256(repr(items).encode()).hexdigest()


# %% right="safetensors"
def base_digest(state):
    from safetensors.torch import save

    base = {}
    for name, tensor in state.items():
        if "lora_" not in name:
            base[name.removeprefix("base_model.model.").replace(".base_layer.", ".")] = tensor.contiguous()
    return hashlib.sha256(save({name: base[name] for name in sorted(base)})).hexdigest()
