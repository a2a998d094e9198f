# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab4.bootstrap. Each cell redefines the task's function; a wrong one is named after the misconception that the checks
# must report.

# %% wrong="rows-for-families"
def family_interval(pairs, draws, seed):
    changes, rng = [pair["change"] for pair in pairs], random.Random(seed)
    means = sorted(sum(rng.choices(changes, k=len(changes))) / len(changes) for _ in range(draws))
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="rows-for-families"
def family_interval(pairs, draws, seed):
    import numpy as np

    changes, rng = np.array([pair["change"] for pair in pairs]), np.random.default_rng(seed)
    means = rng.choice(changes, size=(draws, len(changes))).mean(axis=1)
    return np.percentile(means, [2.5, 97.5]).tolist()


# %% wrong="rows-for-families"
def family_interval(pairs, draws, seed):
    import statistics

    changes = [pair["change"] for pair in pairs]
    mean, error = statistics.mean(changes), statistics.stdev(changes) / math.sqrt(len(changes))
    return [mean - 1.96 * error, mean + 1.96 * error]


# %% wrong="mean-of-family-means"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    of_each = [sum(family) / len(family) for family in by_family.values()]
    rng = random.Random(seed)
    means = sorted(sum(rng.choices(of_each, k=len(of_each))) / len(of_each) for _ in range(draws))
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="mean-of-family-means"
def family_interval(pairs, draws, seed):
    import numpy as np
    import pandas as pd

    of_each = pd.DataFrame(pairs).groupby("family")["change"].mean().to_numpy()
    drawn = np.random.default_rng(seed).choice(of_each, size=(draws, len(of_each)))
    return list(np.quantile(drawn.mean(axis=1), [0.025, 0.975]))


# %% wrong="one-family-too-few"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families) - 1) for change in family]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="one-family-too-few"
def family_interval(pairs, draws, seed):
    import numpy as np

    names = sorted({pair["family"] for pair in pairs})
    net = np.array([sum(pair["change"] for pair in pairs if pair["family"] == name) for name in names])
    size = np.array([sum(pair["family"] == name for pair in pairs) for name in names])
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(names), size=(draws, len(range(1, len(names)))))
    return np.percentile(net[drawn].sum(axis=1) / size[drawn].sum(axis=1), [2.5, 97.5]).tolist()


# %% wrong="too-many-families"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(pairs)) for change in family]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="sums-for-means"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family[pair["family"]] = by_family.get(pair["family"], 0) + pair["change"]
    nets, rng = list(by_family.values()), random.Random(seed)
    sums = sorted(sum(rng.choices(nets, k=len(nets))) for _ in range(draws))
    return [sums[int(0.025 * draws)], sums[math.ceil(0.975 * draws) - 1]]


# %% wrong="divided-by-families"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family[pair["family"]] = by_family.get(pair["family"], 0) + pair["change"]
    nets, rng = list(by_family.values()), random.Random(seed)
    means = sorted(sum(rng.choices(nets, k=len(nets))) / len(nets) for _ in range(draws))
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="divided-by-families"
def family_interval(pairs, draws, seed):
    import numpy as np
    import pandas as pd

    nets = pd.DataFrame(pairs).groupby("family")["change"].sum().to_numpy()
    drawn = np.random.default_rng(seed).choice(nets, size=(draws, len(nets)))
    low, high = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    return [low, high]


# %% wrong="divided-by-all-pairs"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(pairs))
    means.sort()
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="neighbours-for-families"
def family_interval(pairs, draws, seed):
    from itertools import groupby

    runs = [[pair["change"] for pair in run] for _, run in groupby(pairs, key=lambda pair: pair["family"])]
    rng, means = random.Random(seed), []
    for _ in range(draws):
        drawn = [change for run in rng.choices(runs, k=len(runs)) for change in run]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="neighbours-for-families"
def family_interval(pairs, draws, seed):
    import numpy as np

    families, last = [], None
    for pair in pairs:
        if pair["family"] != last:
            families.append([])
            last = pair["family"]
        families[-1].append(pair["change"])
    net, size = np.array([sum(f) for f in families]), np.array([len(f) for f in families])
    drawn = np.random.default_rng(seed).integers(len(families), size=(draws, len(families)))
    return np.percentile(net[drawn].sum(1) / size[drawn].sum(1), [2.5, 97.5]).tolist()


# %% wrong="unchanged-left-out"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        if pair["change"]:
            by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="gains-forgotten"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(-1 if pair["change"] == -1 else 0)
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="one-pair-a-family"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [rng.choice(family) for family in rng.choices(families, k=len(families))]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="pairs-drawn-too"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = []
        for family in rng.choices(families, k=len(families)):
            drawn += rng.choices(family, k=len(family))
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="ninety-percent"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.05 * draws)], means[math.ceil(0.95 * draws) - 1]]


# %% wrong="ninety-percent"
def family_interval(pairs, draws, seed):
    import numpy as np
    import pandas as pd

    table = pd.DataFrame(pairs).groupby("family")["change"].agg(["sum", "size"]).to_numpy()
    drawn = table[np.random.default_rng(seed).integers(len(table), size=(draws, len(table)))].sum(axis=1)
    return np.percentile(drawn[:, 0] / drawn[:, 1], [5, 95]).tolist()


# %% wrong="another-level"
def family_interval(pairs, draws, seed):
    import numpy as np
    import pandas as pd

    table = pd.DataFrame(pairs).groupby("family")["change"].agg(["sum", "size"]).to_numpy()
    drawn = table[np.random.default_rng(seed).integers(len(table), size=(draws, len(table)))].sum(axis=1)
    return np.percentile(drawn[:, 0] / drawn[:, 1], [25, 75]).tolist()


# %% wrong="another-level"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.005 * draws)], means[math.ceil(0.995 * draws) - 1]]


# %% wrong="one-end-only"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.025 * draws)], means[math.ceil(0.95 * draws) - 1]]


# %% wrong="one-end-only"
def family_interval(pairs, draws, seed):
    import numpy as np
    import pandas as pd

    table = pd.DataFrame(pairs).groupby("family")["change"].agg(["sum", "size"]).to_numpy()
    drawn = table[np.random.default_rng(seed).integers(len(table), size=(draws, len(table)))].sum(axis=1)
    return np.percentile(drawn[:, 0] / drawn[:, 1], [5, 97.5]).tolist()


# %% wrong="percentiles-as-shares"
def family_interval(pairs, draws, seed):
    import numpy as np

    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    return np.percentile(means, [0.025, 0.975]).tolist()


# %% wrong="whole-range"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    return [min(means), max(means)]


# %% wrong="normal-approximation"
def family_interval(pairs, draws, seed):
    import statistics

    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    mean, error = sum(pair["change"] for pair in pairs) / len(pairs), statistics.stdev(means)
    return [mean - 1.96 * error, mean + 1.96 * error]


# %% wrong="normal-approximation"
def family_interval(pairs, draws, seed):
    import numpy as np
    import pandas as pd

    table = pd.DataFrame(pairs).groupby("family")["change"].agg(["sum", "size"]).to_numpy()
    drawn = table[np.random.default_rng(seed).integers(len(table), size=(draws, len(table)))].sum(axis=1)
    means = drawn[:, 0] / drawn[:, 1]
    return [means.mean() - 2 * means.std(), means.mean() + 2 * means.std()]


# %% wrong="normal-approximation"
def family_interval(pairs, draws, seed):
    import numpy as np
    from scipy import stats

    names = {pair["family"] for pair in pairs}
    means = [np.mean([pair["change"] for pair in pairs if pair["family"] == name]) for name in names]
    return list(stats.t.interval(0.95, len(means) - 1, loc=np.mean(means), scale=stats.sem(means)))


# %% wrong="standard-error"
def family_interval(pairs, draws, seed):
    import statistics

    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    mean, error = statistics.mean(means), statistics.stdev(means)
    return [mean - error, mean + error]


# %% wrong="standard-error"
def family_interval(pairs, draws, seed):
    import numpy as np
    import pandas as pd

    table = pd.DataFrame(pairs).groupby("family")["change"].agg(["sum", "size"]).to_numpy()
    drawn = table[np.random.default_rng(seed).integers(len(table), size=(draws, len(table)))].sum(axis=1)
    mean, error = table[:, 0].sum() / table[:, 1].sum(), (drawn[:, 0] / drawn[:, 1]).std(ddof=1)
    return [mean - error, mean + error]


# %% wrong="turned-about-the-mean"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    observed = sum(pair["change"] for pair in pairs) / len(pairs)
    return [2 * observed - means[math.ceil(0.975 * draws) - 1], 2 * observed - means[int(0.025 * draws)]]


# %% wrong="without-replacement"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.sample(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="without-replacement"
def family_interval(pairs, draws, seed):
    import numpy as np

    rng, means = np.random.default_rng(seed), []
    names = np.array(sorted({pair["family"] for pair in pairs}))
    for _ in range(draws // 10):
        rng.shuffle(names)
        drawn = [pair["change"] for name in names for pair in pairs if pair["family"] == name]
        means.append(np.mean(drawn))
    return np.percentile(means, [2.5, 97.5]).tolist()


# %% wrong="generator-made-anew"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, means = list(by_family.values()), []
    for _ in range(draws):
        rng = random.Random(seed)
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="high-first"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    means.sort(reverse=True)
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="sign-turned-round"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(-pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="percent"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(100 * sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="centred-on-zero"
def family_interval(pairs, draws, seed):
    mean = sum(pair["change"] for pair in pairs) / len(pairs)
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"] - mean)
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="not-sorted"
def family_interval(pairs, draws, seed):
    by_family = {}
    for pair in pairs:
        by_family.setdefault(pair["family"], []).append(pair["change"])
    families, rng, means = list(by_family.values()), random.Random(seed), []
    for _ in range(draws):
        drawn = [change for family in rng.choices(families, k=len(families)) for change in family]
        means.append(sum(drawn) / len(drawn))
    return [means[int(0.025 * draws)], means[math.ceil(0.975 * draws) - 1]]


# %% wrong="not-sorted"
def family_interval(pairs, draws, seed):
    import numpy as np
    import pandas as pd

    table = pd.DataFrame(pairs).groupby("family")["change"].agg(["sum", "size"]).to_numpy()
    drawn = table[np.random.default_rng(seed).integers(len(table), size=(draws, len(table)))].sum(axis=1)
    means = drawn[:, 0] / drawn[:, 1]
    np.sort(means)  # returns a sorted copy, which nobody keeps
    return [means[int(draws * 0.025)], means[int(draws * 0.975)]]


# %% right="numpy, counts of families"
def family_interval(pairs, draws, seed):
    import numpy as np

    names, places = np.unique([pair["family"] for pair in pairs], return_inverse=True)
    net = np.bincount(places, weights=[pair["change"] for pair in pairs])
    size = np.bincount(places)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    return np.quantile((times @ net) / (times @ size), [0.025, 0.975]).tolist()


# %% right="pandas"
def family_interval(pairs, draws, seed):
    import numpy as np
    import pandas as pd

    table = pd.DataFrame(pairs).groupby("family")["change"].agg(["sum", "count"])
    rng = np.random.RandomState(seed)
    rows = table.to_numpy()[rng.randint(0, len(table), size=(draws, len(table)))].sum(axis=1)
    low, high = np.percentile(rows[:, 0] / rows[:, 1], (2.5, 97.5))
    return low, high


# %% right="plain loops, the seed not used"
def family_interval(pairs, draws, seed):
    names = []
    for pair in pairs:
        if pair["family"] not in names:
            names.append(pair["family"])
    found = []
    generator = random.Random(2024)
    for _ in range(draws):
        net = size = 0
        for _ in names:
            name = names[generator.randrange(len(names))]
            for pair in pairs:
                if pair["family"] == name:
                    net += pair["change"]
                    size += 1
        found.append(net / size)
    found = sorted(found)
    return [found[round(draws * 0.025)], found[round(draws * 0.975)]]


# %% right="torch"
def family_interval(pairs, draws, seed):
    import torch

    names = sorted({pair["family"] for pair in pairs})
    member = torch.tensor([[float(pair["family"] == name) for pair in pairs] for name in names])
    change = torch.tensor([float(pair["change"]) for pair in pairs])
    drawn = torch.randint(len(names), (draws, len(names)), generator=torch.Generator().manual_seed(seed))
    net, size = (member @ change)[drawn].sum(1), member.sum(1)[drawn].sum(1)
    return torch.quantile(net / size, torch.tensor([0.025, 0.975])).tolist()


# %% right="statistics.quantiles"
def family_interval(pairs, draws, seed):
    import statistics
    from collections import defaultdict

    members = defaultdict(list)
    for pair in pairs:
        members[pair["family"]].append(pair["change"])
    random.seed(seed)
    means = []
    while len(means) < draws:
        drawn = []
        for _ in members:
            drawn.extend(members[random.choice(list(members))])
        means.append(statistics.fmean(drawn))
    cuts = statistics.quantiles(means, n=40)
    return [cuts[0], cuts[-1]]
