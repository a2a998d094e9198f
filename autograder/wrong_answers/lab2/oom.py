# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab2.oom. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="thousands"
def read_oom(message):
    units = {"bytes": 1, "KiB": 10**3, "MiB": 10**6, "GiB": 10**9}
    size = r"([0-9.]+) (bytes|KiB|MiB|GiB)"
    patterns = {
        "asked": rf"Tried to allocate {size}",
        "total": rf"total capacity of {size}",
        "free": rf"of which {size} is free",
        "allocated": rf"{size} is allocated by PyTorch",
        "unused": rf"{size} is reserved by PyTorch but unallocated",
    }
    found = {}
    for name, pattern in patterns.items():
        number, unit = re.search(pattern, message).groups()
        found[name] = round(float(number) * units[unit])
    return found


# %% wrong="all-in-mib"
def read_oom(message):
    size = r"([0-9.]+) (bytes|KiB|MiB|GiB)"
    patterns = {
        "asked": rf"Tried to allocate {size}",
        "total": rf"total capacity of {size}",
        "free": rf"of which {size} is free",
        "allocated": rf"{size} is allocated by PyTorch",
        "unused": rf"{size} is reserved by PyTorch but unallocated",
    }
    found = {}
    for name, pattern in patterns.items():
        number, _ = re.search(pattern, message).groups()
        found[name] = round(float(number) * 2**20)
    return found


# %% wrong="all-in-gib"
def read_oom(message):
    size = r"([0-9.]+) (bytes|KiB|MiB|GiB)"
    patterns = {
        "asked": rf"Tried to allocate {size}",
        "total": rf"total capacity of {size}",
        "free": rf"of which {size} is free",
        "allocated": rf"{size} is allocated by PyTorch",
        "unused": rf"{size} is reserved by PyTorch but unallocated",
    }
    found = {}
    for name, pattern in patterns.items():
        number, _ = re.search(pattern, message).groups()
        found[name] = round(float(number) * 2**30)
    return found


# %% wrong="unit-ignored"
def read_oom(message):
    size = r"([0-9.]+) (bytes|KiB|MiB|GiB)"
    patterns = {
        "asked": rf"Tried to allocate {size}",
        "total": rf"total capacity of {size}",
        "free": rf"of which {size} is free",
        "allocated": rf"{size} is allocated by PyTorch",
        "unused": rf"{size} is reserved by PyTorch but unallocated",
    }
    found = {}
    for name, pattern in patterns.items():
        number, _ = re.search(pattern, message).groups()
        found[name] = float(number)
    return found


# %% wrong="first-number-for-all"
def read_oom(message):
    units = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
    size = r"([0-9.]+) (bytes|KiB|MiB|GiB)"
    patterns = {
        "asked": rf"Tried to allocate {size}",
        "total": rf"total capacity of {size}",
        "free": rf"of which {size} is free",
        "allocated": rf"{size} is allocated by PyTorch",
        "unused": rf"{size} is reserved by PyTorch but unallocated",
    }
    found = {}
    for name in patterns:
        number, unit = re.search(size, message).groups()
        found[name] = round(float(number) * units[unit])
    return found


# %% wrong="process-for-allocated"
def read_oom(message):
    units = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
    size = r"([0-9.]+) (bytes|KiB|MiB|GiB)"
    patterns = {
        "asked": rf"Tried to allocate {size}",
        "total": rf"total capacity of {size}",
        "free": rf"of which {size} is free",
        "allocated": rf"this process has {size} memory",
        "unused": rf"{size} is reserved by PyTorch but unallocated",
    }
    found = {}
    for name, pattern in patterns.items():
        number, unit = re.search(pattern, message).groups()
        found[name] = round(float(number) * units[unit])
    return found


# %% wrong="free-and-total-swapped"
def read_oom(message):
    units = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
    size = r"([0-9.]+) (bytes|KiB|MiB|GiB)"
    patterns = {
        "asked": rf"Tried to allocate {size}",
        "free": rf"total capacity of {size}",
        "total": rf"of which {size} is free",
        "allocated": rf"{size} is allocated by PyTorch",
        "unused": rf"{size} is reserved by PyTorch but unallocated",
    }
    found = {}
    for name, pattern in patterns.items():
        number, unit = re.search(pattern, message).groups()
        found[name] = round(float(number) * units[unit])
    return found


# %% wrong="allocated-and-unused-swapped"
def read_oom(message):
    units = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
    size = r"([0-9.]+) (bytes|KiB|MiB|GiB)"
    patterns = {
        "asked": rf"Tried to allocate {size}",
        "total": rf"total capacity of {size}",
        "free": rf"of which {size} is free",
        "unused": rf"{size} is allocated by PyTorch",
        "allocated": rf"{size} is reserved by PyTorch but unallocated",
    }
    found = {}
    for name, pattern in patterns.items():
        number, unit = re.search(pattern, message).groups()
        found[name] = round(float(number) * units[unit])
    return found


# %% wrong="reserved-for-unused"
def read_oom(message):
    units = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
    size = r"([0-9.]+) (bytes|KiB|MiB|GiB)"
    patterns = {
        "asked": rf"Tried to allocate {size}",
        "total": rf"total capacity of {size}",
        "free": rf"of which {size} is free",
        "allocated": rf"{size} is allocated by PyTorch",
        "unused": rf"{size} is reserved by PyTorch but unallocated",
    }
    found = {}
    for name, pattern in patterns.items():
        number, unit = re.search(pattern, message).groups()
        found[name] = round(float(number) * units[unit])
    found["unused"] += found["allocated"]
    return found


# %% wrong="reserved-for-unused"
def read_oom(message):
    units = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
    size = r"([0-9.]+) (bytes|KiB|MiB|GiB)"
    patterns = {
        "asked": rf"Tried to allocate {size}",
        "total": rf"total capacity of {size}",
        "free": rf"of which {size} is free",
        "allocated": rf"{size} is allocated by PyTorch",
        "unused": rf"{size} is reserved by PyTorch but unallocated",
    }
    found = {}
    for name, pattern in patterns.items():
        number, unit = re.search(pattern, message).groups()
        found[name] = round(float(number) * units[unit])
    number, unit = re.search(rf"this process has {size} memory", message).groups()
    found["unused"] = round(float(number) * units[unit]) - found["allocated"]
    return found


# %% wrong="decimals-lost"
def read_oom(message):
    units = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
    size = r"([0-9]+)[0-9.]* (bytes|KiB|MiB|GiB)"
    patterns = {
        "asked": rf"Tried to allocate {size}",
        "total": rf"total capacity of {size}",
        "free": rf"of which {size} is free",
        "allocated": rf"{size} is allocated by PyTorch",
        "unused": rf"{size} is reserved by PyTorch but unallocated",
    }
    found = {}
    for name, pattern in patterns.items():
        number, unit = re.search(pattern, message).groups()
        found[name] = round(float(number) * units[unit])
    return found


# %% wrong="places-counted"
def read_oom(message):
    units = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
    found = re.findall(r"([0-9.]+) (bytes|KiB|MiB|GiB)", message)
    asked, total, free, _, allocated, unused = [round(float(number) * units[unit]) for number, unit in found][:6]
    return {"asked": asked, "total": total, "free": free, "allocated": allocated, "unused": unused}


# %% wrong="other-keys"
def read_oom(message):
    units = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
    number, unit = re.search(r"Tried to allocate ([0-9.]+) (\w+)", message).groups()
    return {"asked": round(float(number) * units[unit])}


# %% wrong="unused-ignored"
def shortage(numbers):
    there = numbers["free"]
    return "fragmentation" if there >= numbers["asked"] else "memory"


# %% wrong="free-ignored"
def shortage(numbers):
    there = numbers["unused"]
    return "fragmentation" if there >= numbers["asked"] else "memory"


# %% wrong="border-left-out"
def shortage(numbers):
    there = numbers["free"] + numbers["unused"]
    return "fragmentation" if there > numbers["asked"] else "memory"


# %% wrong="turned-round"
def shortage(numbers):
    there = numbers["free"] + numbers["unused"]
    return "fragmentation" if there < numbers["asked"] else "memory"


# %% wrong="total-compared"
def shortage(numbers):
    there = numbers["total"]
    return "fragmentation" if there >= numbers["asked"] else "memory"


# %% wrong="allocated-counted"
def shortage(numbers):
    there = numbers["free"] + numbers["allocated"] + numbers["unused"]
    return "fragmentation" if there >= numbers["asked"] else "memory"


# %% wrong="one-of-the-two-alone"
def shortage(numbers):
    there = max(numbers["free"], numbers["unused"])
    return "fragmentation" if there >= numbers["asked"] else "memory"


# %% wrong="always-memory"
def shortage(numbers):
    return "memory"


# %% wrong="always-fragmentation"
def shortage(numbers):
    return "fragmentation"


# %% right="rounded-down"
def read_oom(message):
    powers = ["bytes", "KiB", "MiB", "GiB"]
    words = message.replace("\n", " ").split()

    def before(phrase):
        place = message[: message.index(phrase)].split()
        return int(float(place[-2]) * 1024 ** powers.index(place[-1]))

    def after(word):
        place = words.index(word)
        return int(float(words[place + 1]) * 1024 ** powers.index(words[place + 2].rstrip(".")))

    capacity = words.index("capacity") + 2
    return {
        "total": int(float(words[capacity]) * 1024 ** powers.index(words[capacity + 1])),
        "asked": after("allocate"),
        "free": before(" is free"),
        "unused": before(" is reserved by"),
        "allocated": before(" is allocated by"),
    }


# %% right="floats-with-fractions"
def read_oom(message):
    units = dict(zip(("bytes", "KiB", "MiB", "GiB", "TiB"), (1024.0**power for power in range(5)), strict=True))
    pattern = (
        r"allocate (?P<asked>[\d.]+ \w+)\..*capacity of (?P<total>[\d.]+ \w+) of which (?P<free>[\d.]+ \w+) is free.*"
        r" (?P<allocated>[\d.]+ \w+) is allocated by PyTorch.* (?P<unused>[\d.]+ \w+) is reserved by PyTorch but"
    )
    found = re.search(pattern, message, re.DOTALL).groupdict()
    return {name: float(text.split()[0]) * units[text.split()[1]] for name, text in found.items()}


def shortage(numbers):
    if numbers["asked"] - numbers["free"] > numbers["unused"]:
        return "memory"
    return "fragmentation"
