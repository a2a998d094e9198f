# ruff: noqa: B905, D100, D103, F811
# mypy: ignore-errors

# %% [markdown]
# lab4.agreement. Each cell redefines the task's function; a wrong one is named after
# the misconception that the checks must report.

# %% wrong="kappa-is-accuracy"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    return {"n": n, "accuracy": accuracy, "kappa": accuracy}


# %% wrong="kappa-is-accuracy"
def agreement(labels, verdicts):
    import numpy as np

    same = np.array(labels) == np.array(verdicts)
    kappa = None if len(set(labels + verdicts)) == 1 else same.mean()
    return {"n": len(labels), "accuracy": same.mean(), "kappa": kappa}


# %% wrong="chance-is-even"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = 1 / 4
    kappa = None if set(labels) == set(verdicts) and len(set(labels)) == 1 else (accuracy - chance) / (1 - chance)
    return {"n": n, "accuracy": accuracy, "kappa": kappa}


# %% wrong="chance-is-even"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = 1 / len(set(labels) | set(verdicts))
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="chance-from-one-side"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum((labels.count(name) / n) ** 2 for name in set(labels))
    both = set(labels) | set(verdicts)
    return {"n": n, "accuracy": accuracy, "kappa": None if len(both) == 1 else _over(accuracy, chance)}


def _over(accuracy, chance):
    return None if chance == 1 else (accuracy - chance) / (1 - chance)


# %% wrong="chance-from-one-side"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum((verdicts.count(name) / n) ** 2 for name in set(verdicts))
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="chance-from-one-side"
def agreement(labels, verdicts):
    # a judge that always gives the most frequent label
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = max(labels.count(name) for name in labels) / n
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="chance-from-the-sum"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    both = [*labels, *verdicts]
    chance = sum((both.count(name) / len(both)) ** 2 for name in set(both))
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="chance-from-the-sum"
def agreement(labels, verdicts):
    import collections

    n, share = len(labels), collections.Counter()
    for name in labels + verdicts:
        share[name] += 0.5 / n
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(part * part for part in share.values())
    return {"n": n, "accuracy": accuracy, "kappa": None if len(share) == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="chance-from-agreed-rows"
def agreement(labels, verdicts):
    n = len(labels)
    agreed = [a for a, b in zip(labels, verdicts) if a == b]
    chance = sum((agreed.count(name) / n) ** 2 for name in set(agreed))
    return {
        "n": n,
        "accuracy": len(agreed) / n,
        "kappa": None if chance == 1 else (len(agreed) / n - chance) / (1 - chance),
    }


# %% wrong="classes-mixed-up"
def agreement(labels, verdicts):
    from collections import Counter

    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    pairs = zip(Counter(labels).most_common(), Counter(verdicts).most_common())
    chance = sum(one[1] * other[1] for one, other in pairs) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="classes-mixed-up"
def agreement(labels, verdicts):
    from collections import Counter

    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(a * b for a, b in zip(Counter(labels).values(), Counter(verdicts).values())) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="chance-not-a-share"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n
    same = len(set(labels + verdicts)) == 1
    return {"n": n, "accuracy": accuracy, "kappa": None if same or chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="chance-only-taken-away"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": accuracy - chance}


# %% wrong="chance-only-taken-away"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else accuracy - chance}


# %% wrong="divided-by-something-else"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance in (0, 1) else (accuracy - chance) / chance}


# %% wrong="divided-by-something-else"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else accuracy / (1 - chance)}


# %% wrong="divided-by-something-else"
def agreement(labels, verdicts):
    n = len(labels)
    wrong = sum(a != b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    # the errors, as a share of those that chance would make: kappa is 1 minus this
    return {"n": n, "accuracy": 1 - wrong, "kappa": None if chance == 1 else wrong / (1 - chance)}


# %% wrong="turned-round"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (chance - accuracy) / (1 - chance)}


# %% wrong="a-kappa-without-need"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": 1.0 if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="a-kappa-without-need"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": (accuracy - chance) / (1 - chance) if chance < 1 else 0}


# %% wrong="below-zero-cut-off"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else max(0, (accuracy - chance) / (1 - chance))}


# %% wrong="below-zero-cut-off"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else abs(accuracy - chance) / (1 - chance)}


# %% wrong="zero-taken-for-none"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    kappa = 0 if chance == 1 else round((accuracy - chance) / (1 - chance), 12)
    return {"n": n, "accuracy": accuracy, "kappa": kappa or None}


# %% wrong="unparseable-left-out"
def agreement(labels, verdicts):
    pairs = [pair for pair in zip(labels, verdicts) if "unparseable" not in pair]
    return _of_pairs(pairs)


def _of_pairs(pairs):
    n = len(pairs)
    if n == 0:
        return {"n": 0, "accuracy": 0.0, "kappa": None}
    labels, verdicts = [a for a, _ in pairs], [b for _, b in pairs]
    accuracy = sum(a == b for a, b in pairs) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="unparseable-left-out"
def agreement(labels, verdicts):
    kept = [row for row in range(len(labels)) if verdicts[row] != "unparseable"]
    told, said = [labels[row] for row in kept], [verdicts[row] for row in kept]
    n = len(kept) or 1
    accuracy = sum(a == b for a, b in zip(told, said)) / n
    chance = sum(told.count(name) * said.count(name) for name in set(told)) / n**2
    return {"n": len(kept), "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="partial-left-out"
def agreement(labels, verdicts):
    pairs = [pair for pair in zip(labels, verdicts) if "partial" not in pair]
    n = len(pairs)
    if not pairs:
        return {"n": 0, "accuracy": 0.0, "kappa": None}
    told, said = zip(*pairs)
    accuracy = sum(a == b for a, b in pairs) / n
    chance = sum(told.count(name) * said.count(name) for name in set(told)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="order-lost"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(sorted(labels), sorted(verdicts))) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="order-lost"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(min(labels.count(name), verdicts.count(name)) for name in set(labels)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="pairs-once"
def agreement(labels, verdicts):
    pairs = list(set(zip(labels, verdicts)))
    n = len(pairs)
    told, said = [a for a, _ in pairs], [b for _, b in pairs]
    accuracy = sum(a == b for a, b in pairs) / n
    chance = sum(told.count(name) * said.count(name) for name in set(told)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="n-is-another-count"
def agreement(labels, verdicts):
    n = len(labels) + len(verdicts)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / len(labels)
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / len(labels) ** 2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="n-is-another-count"
def agreement(labels, verdicts):
    n = len(labels)
    right = sum(a == b for a, b in zip(labels, verdicts))
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": right, "accuracy": right / n, "kappa": None if chance == 1 else (right / n - chance) / (1 - chance)}


# %% wrong="classes-merged"
def agreement(labels, verdicts):
    told, said = [name == "refused" for name in labels], [name == "refused" for name in verdicts]
    n = len(told)
    accuracy = sum(a == b for a, b in zip(told, said)) / n
    chance = sum(told.count(name) * said.count(name) for name in (True, False)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="classes-merged"
def agreement(labels, verdicts):
    told = ["refused" if name == "partial" else name for name in labels]
    said = ["refused" if name == "partial" else name for name in verdicts]
    n = len(told)
    accuracy = sum(a == b for a, b in zip(told, said)) / n
    chance = sum(told.count(name) * said.count(name) for name in set(told)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="half-right-counted"
def agreement(labels, verdicts):
    n, points = len(labels), 0.0
    for one, other in zip(labels, verdicts):
        if one == other:
            points += 1
        elif {one, other} in ({"refused", "partial"}, {"partial", "complied"}):
            points += 0.5
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": points / n, "kappa": None if chance == 1 else (points / n - chance) / (1 - chance)}


# %% wrong="only-refusals"
def agreement(labels, verdicts):
    n = len(labels)
    of = [b for a, b in zip(labels, verdicts) if a == "refused"]
    accuracy = of.count("refused") / len(of) if of else 0.0
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="only-refusals"
def agreement(labels, verdicts):
    n = len(labels)
    of = [a for a, b in zip(labels, verdicts) if b == "refused"]
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    precision = of.count("refused") / len(of) if of else 0.0
    return {"n": n, "accuracy": precision, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="percent"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": 100 * accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="percent"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    kappa = None if chance == 1 else 100 * (accuracy - chance) / (1 - chance)
    return {"n": n, "accuracy": accuracy * 100, "kappa": kappa}


# %% wrong="a-count-not-a-share"
def agreement(labels, verdicts):
    n = len(labels)
    right = sum(a == b for a, b in zip(labels, verdicts))
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": right, "kappa": None if chance == 1 else (right / n - chance) / (1 - chance)}


# %% wrong="errors-not-accuracy"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a != b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    return {"n": n, "accuracy": accuracy, "kappa": None if chance == 1 else (accuracy - chance) / (1 - chance)}


# %% wrong="rounded"
def agreement(labels, verdicts):
    n = len(labels)
    accuracy = sum(a == b for a, b in zip(labels, verdicts)) / n
    chance = sum(labels.count(name) * verdicts.count(name) for name in set(labels)) / n**2
    kappa = None if chance == 1 else round((accuracy - chance) / (1 - chance), 3)
    return {"n": n, "accuracy": round(accuracy, 3), "kappa": kappa}


# %% right="a-table-in-numpy"
def agreement(labels, verdicts):
    import numpy as np

    names = sorted({*labels, *verdicts})
    table = np.zeros((len(names), len(names)))
    for one, other in zip(labels, verdicts):
        table[names.index(one), names.index(other)] += 1
    table /= table.sum()
    chance = table.sum(0) @ table.sum(1)
    kappa = None if np.isclose(chance, 1) else (np.trace(table) - chance) / (1 - chance)
    return {"n": np.int64(len(labels)), "accuracy": np.trace(table), "kappa": kappa}


# %% right="one-minus-errors"
def agreement(labels, verdicts):
    from fractions import Fraction

    n = len(labels)
    wrong = Fraction(sum(map(str.__ne__, labels, verdicts)), n)
    expected = 1 - Fraction(sum(labels.count(said) for said in verdicts), n * n)
    return {"n": n, "accuracy": float(1 - wrong), "kappa": float(1 - wrong / expected) if expected else None}


# %% right="counters"
def agreement(labels, verdicts):
    from collections import Counter

    told, said, n, both = Counter(labels), Counter(verdicts), 0, 0
    for one, other in zip(labels, verdicts):
        n, both = n + 1, both + (one == other)
    chance = sum(told[name] / n * said[name] / n for name in ("refused", "partial", "complied", "unparseable"))
    if len(told) == len(said) == 1 and told == said:
        return dict(n=n, accuracy=both / n, kappa=None)
    return dict(n=n, accuracy=both / n, kappa=(both / n - chance) / (1 - chance))


# %% right="all-pairs-of-rows"
def agreement(labels, verdicts):
    import statistics

    accuracy = statistics.fmean(one == other for one, other in zip(labels, verdicts))
    chance = statistics.fmean(one == other for one in labels for other in verdicts)
    found = {"n": len(verdicts), "accuracy": accuracy, "kappa": None}
    if chance < 1:
        found["kappa"] = (accuracy - chance) / (1 - chance)
    return found
