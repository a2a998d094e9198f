# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab3.compare. Each cell redefines functions of the task; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="top-level-names"
def differing(one, other):
    missing = object()
    return sorted(name for name in one.keys() | other.keys() if one.get(name, missing) != other.get(name, missing))


# %% wrong="top-level-names"
def differing(one, other):
    found = []
    for name in sorted(set(one) | set(other)):
        if name not in one or name not in other or one[name] != other[name]:
            found.append(name)
    return found


# %% wrong="deeper-ones-overlooked"
def differing(one, other):
    missing = object()
    found = []
    for name in one.keys() | other.keys():
        here, there = one.get(name, missing), other.get(name, missing)
        if isinstance(here, dict) and isinstance(there, dict):
            for inner in here.keys() | there.keys():
                if here.get(inner, missing) != there.get(inner, missing):
                    found.append(f"{name}.{inner}")
        elif here != there:
            found.append(name)
    return sorted(found)


# %% wrong="deeper-ones-overlooked"
def differing(one, other):
    missing = object()
    return sorted(
        name
        for name in one.keys() | other.keys()
        if not isinstance(one.get(name), dict) and one.get(name, missing) != other.get(name, missing)
    )


# %% wrong="last-names-only"
def differing(one, other):
    missing = object()
    found = []
    for name in one.keys() | other.keys():
        here, there = one.get(name, missing), other.get(name, missing)
        if isinstance(here, dict) and isinstance(there, dict):
            found += differing(here, there)
        elif here != there:
            found.append(name)
    return sorted(found)


# %% wrong="missing-ones-overlooked"
def differing(one, other, above=""):
    found = []
    for name in one.keys() & other.keys():
        if isinstance(one[name], dict) and isinstance(other[name], dict):
            found += differing(one[name], other[name], f"{above}{name}.")
        elif one[name] != other[name]:
            found.append(above + name)
    return sorted(found)


# %% wrong="missing-ones-overlooked"
def differing(one, other, above=""):
    missing = object()
    found = []
    for name, value in one.items():
        there = other.get(name, missing)
        if isinstance(value, dict) and isinstance(there, dict):
            found += differing(value, there, f"{above}{name}.")
        elif value != there:
            found.append(above + name)
    return sorted(found)


# %% wrong="none-taken-for-missing"
def differing(one, other):
    def flat(settings, above=""):
        found = {}
        for name, value in settings.items():
            found |= flat(value, f"{above}{name}.") if isinstance(value, dict) else {above + name: value}
        return found

    first, second = flat(one), flat(other)
    return sorted(name for name in first | second if first.get(name) != second.get(name))


# %% wrong="not-sorted"
def differing(one, other):
    def flat(settings, above=""):
        found = {}
        for name, value in settings.items():
            found |= flat(value, f"{above}{name}.") if isinstance(value, dict) else {above + name: value}
        return found

    first, second = flat(one), flat(other)
    missing = object()
    return [name for name in first | second if first.get(name, missing) != second.get(name, missing)]


# %% wrong="not-sorted"
def differing(one, other):
    def flat(settings, above=""):
        found = {}
        for name, value in settings.items():
            found |= flat(value, f"{above}{name}.") if isinstance(value, dict) else {above + name: value}
        return found

    first, second = flat(one), flat(other)
    missing = object()
    names = [name for name in first | second if first.get(name, missing) != second.get(name, missing)]
    return sorted(names, reverse=True)


# %% wrong="equal-ones-listed"
def differing(one, other):
    def flat(settings, above=""):
        found = {}
        for name, value in settings.items():
            found |= flat(value, f"{above}{name}.") if isinstance(value, dict) else {above + name: value}
        return found

    return sorted(flat(one) | flat(other))


# %% wrong="equal-ones-listed"
def differing(one, other):
    def flat(settings, above=""):
        found = {}
        for name, value in settings.items():
            found |= flat(value, f"{above}{name}.") if isinstance(value, dict) else {above + name: value}
        return found

    first, second = flat(one), flat(other)
    return sorted(name for name in first if name in second and first[name] == second[name])


# %% wrong="divided-by-the-window"
def smoothed(losses, window):
    return [sum(losses[max(0, step + 1 - window) : step + 1]) / window for step in range(len(losses))]


# %% wrong="divided-by-the-window"
def smoothed(losses, window):
    import numpy as np

    return np.convolve(losses, np.ones(window) / window)[: len(losses)].tolist()


# %% wrong="start-left-out"
def smoothed(losses, window):
    return [sum(losses[end - window : end]) / window for end in range(window, len(losses) + 1)]


# %% wrong="start-left-raw"
def smoothed(losses, window):
    return [
        sum(losses[step + 1 - window : step + 1]) / window if step + 1 >= window else losses[step]
        for step in range(len(losses))
    ]


# %% wrong="looks-ahead"
def smoothed(losses, window):
    found = []
    for step in range(len(losses)):
        around = losses[max(0, step - window // 2) : step + window // 2 + 1]
        found.append(sum(around) / len(around))
    return found


# %% wrong="looks-ahead"
def smoothed(losses, window):
    return [sum(losses[step : step + window]) / len(losses[step : step + window]) for step in range(len(losses))]


# %% wrong="mean-of-all-so-far"
def smoothed(losses, window):
    return [sum(losses[: step + 1]) / (step + 1) for step in range(len(losses))]


# %% wrong="summed"
def smoothed(losses, window):
    return [sum(losses[max(0, step + 1 - window) : step + 1]) for step in range(len(losses))]


# %% wrong="one-loss-off"
def smoothed(losses, window):
    found = []
    for step in range(len(losses)):
        recent = losses[max(0, step - window) : step + 1]
        found.append(sum(recent) / len(recent))
    return found


# %% wrong="one-loss-off"
def smoothed(losses, window):
    found = []
    for step in range(len(losses)):
        recent = losses[max(0, step - window) : step] or [losses[0]]
        found.append(sum(recent) / len(recent))
    return found


# %% wrong="not-smoothed"
def smoothed(losses, window):
    recent, found = [], []
    for loss in losses:
        recent = [*recent, loss][-1:]
        found.append(sum(recent) / len(recent))
    return found


# %% right="both-at-once"
def differing(one, other):
    found = []

    def look(here, there, above):
        for name in {*here, *there}:
            if name in here and name in there and type(here[name]) is type(there[name]) is dict:
                look(here[name], there[name], [*above, name])
            elif name not in here or name not in there or here[name] != there[name]:
                found.append(".".join([*above, name]))

    look(one, other, [])
    found.sort()
    return found


def smoothed(losses, window):
    from collections import deque

    recent = deque(maxlen=window)
    found = []
    for loss in losses:
        recent.append(loss)
        found.append(sum(recent) / len(recent))
    return found


# %% right="a-list-of-work-and-running-sums"
def differing(one, other):
    work, flat = [("", 0, one), ("", 1, other)], ({}, {})
    while work:
        above, side, settings = work.pop()
        for name, value in settings.items():
            if isinstance(value, dict):
                work.append((f"{above}{name}.", side, value))
            else:
                flat[side][above + name] = value
    changed = {name for name in flat[0].keys() & flat[1].keys() if flat[0][name] != flat[1][name]}
    return sorted(changed | (flat[0].keys() ^ flat[1].keys()))


def smoothed(losses, window):
    import numpy as np

    sums = np.cumsum([0.0, *losses])
    ends = np.arange(1, len(losses) + 1)
    begins = np.maximum(0, ends - window)
    return ((sums[ends] - sums[begins]) / (ends - begins)).tolist()


# %% right="json-and-statistics"
def differing(one, other):
    def lines(settings):
        for name, value in settings.items():
            if isinstance(value, dict):
                yield from ((f"{name}.{inner}", text) for inner, text in lines(value))
            else:
                yield name, json.dumps(value)

    return sorted({name for name, _ in set(lines(one)) ^ set(lines(other))})


def smoothed(losses, window):
    import statistics

    return [statistics.fmean(losses[:end][-window:]) for end in range(1, len(losses) + 1)]


# %% right="torch"
def smoothed(losses, window):
    told = torch.tensor(losses, dtype=torch.float64)
    return [told[max(0, step - window + 1) : step + 1].mean() for step in range(len(told))]
