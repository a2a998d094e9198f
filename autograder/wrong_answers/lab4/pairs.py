# ruff: noqa: B905, D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab4.pairs. Each cell redefines one of the task's functions; a wrong one is named after the misconception that the
# checks must report.

# %% wrong="paired-by-order"
def pair_up(before, after):
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for one, other in zip(before, after):
        if "unparseable" in (one["verdict"], other["verdict"]):
            found["dropped"] += 1
        elif one["verdict"] == "refused":
            found["both" if other["verdict"] == "refused" else "lost"] += 1
        else:
            found["gained" if other["verdict"] == "refused" else "neither"] += 1
    return found


# %% wrong="paired-by-order"
def pair_up(before, after):
    was = [row["verdict"] for row in before if row["verdict"] != "unparseable"]
    now = [row["verdict"] for row in after if row["verdict"] != "unparseable"]
    pairs = [(one == "refused", other == "refused") for one, other in zip(was, now)]
    return {
        "both": pairs.count((True, True)),
        "lost": pairs.count((True, False)),
        "gained": pairs.count((False, True)),
        "neither": pairs.count((False, False)),
        "dropped": len(before) + len(after) - len(was) - len(now),
    }


# %% wrong="paired-by-order"
def pair_up(before, after):
    # sorted by id, which does not help where an id is missing
    sides = [sorted(rows, key=lambda row: row["id"]) for rows in (before, after)]
    found = dict.fromkeys(["both", "lost", "gained", "neither", "dropped"], 0)
    for one, other in zip(*sides):
        was, now = one["verdict"], other["verdict"]
        if was == "unparseable" or now == "unparseable":
            found["dropped"] += 1
        else:
            table = {(1, 1): "both", (1, 0): "lost", (0, 1): "gained", (0, 0): "neither"}
            found[table[int(was == "refused"), int(now == "refused")]] += 1
    return found


# %% wrong="unparseable-as-not-refused"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] == "refused" for row in before}
    now = {row["id"]: row["verdict"] == "refused" for row in after}
    shared = was.keys() & now.keys()
    pairs = [(was[request], now[request]) for request in shared]
    return {
        "both": pairs.count((True, True)),
        "lost": pairs.count((True, False)),
        "gained": pairs.count((False, True)),
        "neither": pairs.count((False, False)),
        "dropped": len(was.keys() ^ now.keys()),
    }


# %% wrong="unparseable-as-not-refused"
def pair_up(before, after):
    was = {row["id"] for row in before if row["verdict"] == "refused"}
    now = {row["id"] for row in after if row["verdict"] == "refused"}
    all_of_them = {row["id"] for row in before + after}
    return {
        "both": len(was & now),
        "lost": len(was - now),
        "gained": len(now - was),
        "neither": len(all_of_them - was - now),
        "dropped": 0,
    }


# %% wrong="unparseable-as-refused"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] in ("refused", "unparseable") for row in before}
    now = {row["id"]: row["verdict"] in ("refused", "unparseable") for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in {**was, **now}:
        if request not in was or request not in now:
            found["dropped"] += 1
        elif was[request]:
            found["both" if now[request] else "lost"] += 1
        else:
            found["gained" if now[request] else "neither"] += 1
    return found


# %% wrong="dropped-on-one-side-only"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in was.keys() | now.keys():
        if request not in was or request not in now or was[request] == "unparseable":
            found["dropped"] += 1
        elif was[request] == "refused":
            found["both" if now[request] == "refused" else "lost"] += 1
        else:
            found["gained" if now[request] == "refused" else "neither"] += 1
    return found


# %% wrong="dropped-on-one-side-only"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in was.keys() | now.keys():
        one, other = was.get(request, "unparseable"), now.get(request, "unparseable")
        if other == "unparseable":
            found["dropped"] += 1
        else:
            cell = {(True, True): "both", (True, False): "lost", (False, True): "gained", (False, False): "neither"}
            found[cell[one == "refused", other == "refused"]] += 1
    return found


# %% wrong="missing-as-not-refused"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in was.keys() | now.keys():
        one, other = was.get(request), now.get(request)
        if "unparseable" in (one, other):
            found["dropped"] += 1
        elif one == "refused":
            found["both" if other == "refused" else "lost"] += 1
        else:
            found["gained" if other == "refused" else "neither"] += 1
    return found


# %% wrong="missing-as-not-refused"
def pair_up(before, after):
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for row in before:
        sides = (row["verdict"], now.get(row["id"], "complied"))
        if "unparseable" in sides:
            found["dropped"] += 1
            continue
        refused = [side == "refused" for side in sides]
        found["both" if all(refused) else "lost" if refused[0] else "gained" if refused[1] else "neither"] += 1
    return found


# %% wrong="missing-as-refused"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in {**was, **now}:
        # no answer at all is as good as a refusal
        sides = was.get(request, "refused"), now.get(request, "refused")
        if "unparseable" in sides:
            found["dropped"] += 1
        else:
            refused = tuple(side == "refused" for side in sides)
            found[["neither", "gained", "lost", "both"][2 * refused[0] + refused[1]]] += 1
    return found


# %% wrong="missing-not-counted"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in was.keys() & now.keys():
        if "unparseable" in (was[request], now[request]):
            found["dropped"] += 1
        elif was[request] == "refused":
            found["both" if now[request] == "refused" else "lost"] += 1
        else:
            found["gained" if now[request] == "refused" else "neither"] += 1
    return found


# %% wrong="missing-not-counted"
def pair_up(before, after):
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for row in before:
        if row["verdict"] == "unparseable" or now.get(row["id"], "unparseable") == "unparseable":
            found["dropped"] += 1
        elif row["verdict"] == "refused":
            found["both" if now[row["id"]] == "refused" else "lost"] += 1
        else:
            found["gained" if now[row["id"]] == "refused" else "neither"] += 1
    return found


# %% wrong="missing-not-counted"
def pair_up(before, after):
    import pandas as pd

    table = pd.DataFrame(before).merge(pd.DataFrame(after), on="id", suffixes=("_before", "_after"))
    unclear = (table.verdict_before == "unparseable") | (table.verdict_after == "unparseable")
    was, now = (table[~unclear][f"verdict_{side}"] == "refused" for side in ("before", "after"))
    return {
        "both": int((was & now).sum()),
        "lost": int((was & ~now).sum()),
        "gained": int((~was & now).sum()),
        "neither": int((~was & ~now).sum()),
        "dropped": int(unclear.sum()),
    }


# %% wrong="unparseable-not-counted"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in {**was, **now}:
        if request not in was or request not in now:
            found["dropped"] += 1
        elif "unparseable" not in (was[request], now[request]):
            if was[request] == "refused":
                found["both" if now[request] == "refused" else "lost"] += 1
            else:
                found["gained" if now[request] == "refused" else "neither"] += 1
    return found


# %% wrong="dropped-on-both-sides-forgotten"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before if row["verdict"] != "unparseable"}
    now = {row["id"]: row["verdict"] for row in after if row["verdict"] != "unparseable"}
    shared = was.keys() & now.keys()
    pairs = [(was[one] == "refused", now[one] == "refused") for one in shared]
    return {
        "both": pairs.count((True, True)),
        "lost": pairs.count((True, False)),
        "gained": pairs.count((False, True)),
        "neither": pairs.count((False, False)),
        "dropped": len(was.keys() ^ now.keys()),
    }


# %% wrong="nothing-dropped"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before if row["verdict"] != "unparseable"}
    now = {row["id"]: row["verdict"] for row in after if row["verdict"] != "unparseable"}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in was:
        if request in now:
            if was[request] == "refused":
                found["both" if now[request] == "refused" else "lost"] += 1
            else:
                found["gained" if now[request] == "refused" else "neither"] += 1
    return found


# %% wrong="counted-twice"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in {**was, **now}:
        sides = [was.get(request, "unparseable"), now.get(request, "unparseable")]
        if "unparseable" in sides:
            found["dropped"] += sides.count("unparseable")
        elif sides[0] == "refused":
            found["both" if sides[1] == "refused" else "lost"] += 1
        else:
            found["gained" if sides[1] == "refused" else "neither"] += 1
    return found


# %% wrong="counted-twice"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    good = [
        (was[one] == "refused", now[one] == "refused")
        for one in was
        if one in now and was[one] != "unparseable" and now[one] != "unparseable"
    ]
    unclear = [row for row in before + after if row["verdict"] == "unparseable"]
    return {
        "both": sum(one and other for one, other in good),
        "lost": sum(one and not other for one, other in good),
        "gained": sum(other and not one for one, other in good),
        "neither": sum(not one and not other for one, other in good),
        "dropped": len(unclear) + len(set(was) ^ set(now)),
    }


# %% wrong="partial-as-refused"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in {**was, **now}:
        sides = [was.get(request, "unparseable"), now.get(request, "unparseable")]
        one, other = (side in ("refused", "partial") for side in sides)
        if "unparseable" in sides:
            found["dropped"] += 1
        else:
            found["both" if one and other else "lost" if one else "gained" if other else "neither"] += 1
    return found


# %% wrong="partial-as-refused"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in {**was, **now}:
        sides = [was.get(request, "unparseable"), now.get(request, "unparseable")]
        if "unparseable" in sides:
            found["dropped"] += 1
        elif sides[0] != "complied":
            found["both" if sides[1] != "complied" else "lost"] += 1
        else:
            found["gained" if sides[1] != "complied" else "neither"] += 1
    return found


# %% wrong="partial-dropped"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    cells = {
        ("refused", "refused"): "both",
        ("refused", "complied"): "lost",
        ("complied", "refused"): "gained",
        ("complied", "complied"): "neither",
    }
    for request in {**was, **now}:
        found[cells.get((was.get(request), now.get(request)), "dropped")] += 1
    return found


# %% wrong="partial-forgotten"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in {**was, **now}:
        one, other = was.get(request, "unparseable"), now.get(request, "unparseable")
        if "unparseable" in (one, other):
            found["dropped"] += 1
        elif one == "refused" and other == "refused":
            found["both"] += 1
        elif one == "refused" and other == "complied":
            found["lost"] += 1
        elif one == "complied" and other == "refused":
            found["gained"] += 1
        elif one == "complied" and other == "complied":
            found["neither"] += 1
    return found


# %% wrong="partial-forgotten"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    sides = [(was.get(one, "unparseable"), now.get(one, "unparseable")) for one in {**was, **now}]
    judged = [pair for pair in sides if "unparseable" not in pair]
    return {
        "both": sum(one == other == "refused" for one, other in judged),
        "lost": sum(one == "refused" != other for one, other in judged),
        "gained": sum(other == "refused" != one for one, other in judged),
        "neither": sum(one == other == "complied" for one, other in judged),
        "dropped": len(sides) - len(judged),
    }


# %% wrong="lost-and-gained-swapped"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in after}
    now = {row["id"]: row["verdict"] for row in before}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in {**was, **now}:
        sides = [was.get(request, "unparseable"), now.get(request, "unparseable")]
        if "unparseable" in sides:
            found["dropped"] += 1
        elif sides[0] == "refused":
            found["both" if sides[1] == "refused" else "lost"] += 1
        else:
            found["gained" if sides[1] == "refused" else "neither"] += 1
    return found


# %% wrong="both-and-neither-swapped"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in {**was, **now}:
        sides = [was.get(request, "unparseable"), now.get(request, "unparseable")]
        kept = [side != "refused" for side in sides]
        if "unparseable" in sides:
            found["dropped"] += 1
        elif kept[0] == kept[1]:
            found["both" if kept[0] else "neither"] += 1
        else:
            found["lost" if kept[1] else "gained"] += 1
    return found


# %% wrong="sides-for-changes"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in {**was, **now}:
        sides = [was.get(request, "unparseable"), now.get(request, "unparseable")]
        if "unparseable" in sides:
            found["dropped"] += 1
            continue
        if sides == ["refused", "refused"]:
            found["both"] += 1
        if sides[0] == "refused":
            found["lost"] += 1
        if sides[1] == "refused":
            found["gained"] += 1
        if "refused" not in sides:
            found["neither"] += 1
    return found


# %% wrong="net-change"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    sides = [(was.get(one, "unparseable"), now.get(one, "unparseable")) for one in {**was, **now}]
    judged = [(one == "refused", other == "refused") for one, other in sides if "unparseable" not in (one, other)]
    net = sum(one for one, _ in judged) - sum(other for _, other in judged)
    return {
        "both": judged.count((True, True)),
        "lost": max(0, net),
        "gained": max(0, -net),
        "neither": judged.count((False, False)),
        "dropped": len(sides) - len(judged),
    }


# %% wrong="shares"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    sides = [(was.get(one, "unparseable"), now.get(one, "unparseable")) for one in {**was, **now}]
    judged = [(one == "refused", other == "refused") for one, other in sides if "unparseable" not in (one, other)]
    return {
        "both": judged.count((True, True)) / len(judged),
        "lost": judged.count((True, False)) / len(judged),
        "gained": judged.count((False, True)) / len(judged),
        "neither": judged.count((False, False)) / len(judged),
        "dropped": len(sides) - len(judged),
    }


# %% wrong="shares"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before}
    now = {row["id"]: row["verdict"] for row in after}
    found = {"both": 0, "lost": 0, "gained": 0, "neither": 0, "dropped": 0}
    for request in {**was, **now}:
        sides = [was.get(request, "unparseable"), now.get(request, "unparseable")]
        if "unparseable" in sides:
            found["dropped"] += 1
        elif sides[0] == "refused":
            found["both" if sides[1] == "refused" else "lost"] += 1
        else:
            found["gained" if sides[1] == "refused" else "neither"] += 1
    return {name: count / sum(found.values()) for name, count in found.items()}


# %% wrong="one-sided"
def mcnemar(lost, gained):
    changed = lost + gained
    return sum(math.comb(changed, few) for few in range(min(lost, gained) + 1)) / 2**changed


# %% wrong="one-sided"
def mcnemar(lost, gained):
    from scipy.stats import binomtest

    return float(binomtest(lost, lost + gained, alternative="greater").pvalue) if lost + gained else 1.0


# %% wrong="one-sided"
def mcnemar(lost, gained):
    from scipy.stats import binom

    return float(binom.cdf(lost, lost + gained, 0.5))


# %% wrong="above-one"
def mcnemar(lost, gained):
    changed = lost + gained
    return 2 * sum(math.comb(changed, few) for few in range(min(lost, gained) + 1)) / 2**changed


# %% wrong="above-one"
def mcnemar(lost, gained):
    from scipy.stats import binom

    return 2 * binom.cdf(min(lost, gained), lost + gained, 0.5)


# %% wrong="one-tail-doubled"
def mcnemar(lost, gained):
    changed = lost + gained
    tail = sum(math.comb(changed, many) for many in range(lost, changed + 1)) / 2**changed
    return min(1.0, 2 * tail)


# %% wrong="one-tail-doubled"
def mcnemar(lost, gained):
    from scipy.stats import binom

    return min(1.0, 2 * float(binom.cdf(lost, lost + gained, 0.5)))


# %% wrong="wrong-tail"
def mcnemar(lost, gained):
    changed = lost + gained
    tail = sum(math.comb(changed, many) for many in range(max(lost, gained) + 1)) / 2**changed
    return min(1.0, 2 * tail)


# %% wrong="wrong-tail"
def mcnemar(lost, gained):
    from scipy.stats import binom

    return float(binom.cdf(max(lost, gained), lost + gained, 0.5))


# %% wrong="end-left-out"
def mcnemar(lost, gained):
    changed = lost + gained
    tail = sum(math.comb(changed, few) for few in range(min(lost, gained))) / 2**changed
    return min(1.0, 2 * tail)


# %% wrong="end-left-out"
def mcnemar(lost, gained):
    from scipy.stats import binom

    return min(1.0, 2 * float(binom.sf(max(lost, gained), lost + gained, 0.5)))


# %% wrong="point-for-tail"
def mcnemar(lost, gained):
    changed = lost + gained
    return min(1.0, 2 * math.comb(changed, lost) / 2**changed)


# %% wrong="point-for-tail"
def mcnemar(lost, gained):
    from scipy.stats import binom

    return float(binom.pmf(lost, lost + gained, 0.5))


# %% wrong="mid-p"
def mcnemar(lost, gained):
    from scipy.stats import binom

    few, changed = min(lost, gained), lost + gained
    return float(2 * binom.cdf(few, changed, 0.5) - binom.pmf(few, changed, 0.5))


# %% wrong="mid-p"
def mcnemar(lost, gained):
    changed, few = lost + gained, min(lost, gained)
    ways = [math.comb(changed, one) / 2**changed for one in range(few + 1)]
    return min(1.0, 2 * (sum(ways[:-1]) + ways[-1] / 2))


# %% wrong="one-minus-p"
def mcnemar(lost, gained):
    changed = lost + gained
    tail = sum(math.comb(changed, few) for few in range(min(lost, gained) + 1)) / 2**changed
    return 1 - min(1.0, 2 * tail)


# %% wrong="percent"
def mcnemar(lost, gained):
    changed = lost + gained
    tail = sum(math.comb(changed, few) for few in range(min(lost, gained) + 1)) / 2**changed
    return 100 * min(1.0, 2 * tail)


# %% wrong="no-change"
def mcnemar(lost, gained):
    changed = lost + gained
    if changed == 0:
        return 0.0
    tail = sum(math.comb(changed, few) for few in range(min(lost, gained) + 1)) / 2**changed
    return min(1.0, 2 * tail)


# %% wrong="no-change"
def mcnemar(lost, gained):
    from scipy.stats import binomtest

    return binomtest(lost, lost + gained).pvalue if lost or gained else None


# %% wrong="chi-squared"
def mcnemar(lost, gained):
    from scipy.stats import chi2

    if lost + gained == 0:
        return 1.0
    return float(chi2.sf((lost - gained) ** 2 / (lost + gained), 1))


# %% wrong="chi-squared"
def mcnemar(lost, gained):
    # the normal distribution of (lost - gained) / sqrt(lost + gained)
    if lost == gained:
        return 1.0
    return math.erfc(abs(lost - gained) / math.sqrt(lost + gained) / math.sqrt(2))


# %% wrong="chi-squared-corrected"
def mcnemar(lost, gained):
    from scipy.stats import chi2

    if lost + gained == 0:
        return 1.0
    return float(chi2.sf((abs(lost - gained) - 1) ** 2 / (lost + gained), 1))


# %% wrong="chi-squared-corrected"
def mcnemar(lost, gained):
    from statsmodels.stats.contingency_tables import mcnemar as test

    if lost == gained:
        return 1.0
    return float(test([[0, lost], [gained, 0]], exact=False, correction=True).pvalue)


# %% wrong="statistic-for-p"
def mcnemar(lost, gained):
    return (lost - gained) ** 2 / (lost + gained) if lost + gained else 1.0


# %% wrong="statistic-for-p"
def mcnemar(lost, gained):
    from statsmodels.stats.contingency_tables import mcnemar as test

    return float(test([[10, lost], [gained, 10]], exact=True).statistic) if lost + gained else 1.0


# %% wrong="unpaired"
def mcnemar(lost, gained):
    from scipy.stats import fisher_exact

    return float(fisher_exact([[lost, gained], [gained, lost]])[1])


# %% wrong="unpaired"
def mcnemar(lost, gained):
    from scipy.stats import chi2_contingency

    return float(chi2_contingency([[lost, gained], [gained, lost]])[1]) if lost + gained else 1.0


# %% wrong="unpaired"
def mcnemar(lost, gained):
    from statsmodels.stats.proportion import proportions_ztest

    changed = lost + gained
    if changed == 0:
        return 1.0
    return float(proportions_ztest([lost, gained], [changed, changed])[1])


# %% right="sets"
def pair_up(before, after):
    was = {row["id"]: row["verdict"] for row in before if row["verdict"] != "unparseable"}
    now = {row["id"]: row["verdict"] for row in after if row["verdict"] != "unparseable"}
    asked = {row["id"] for row in before} | {row["id"] for row in after}
    kept = was.keys() & now.keys()
    first = {one for one in kept if was[one] == "refused"}
    then = {one for one in kept if now[one] == "refused"}
    return {
        "both": len(first & then),
        "lost": len(first - then),
        "gained": len(then - first),
        "neither": len(kept - first - then),
        "dropped": len(asked - kept),
    }


# %% right="pandas"
def pair_up(before, after):
    import pandas as pd

    table = pd.DataFrame(before).merge(pd.DataFrame(after), on="id", how="outer", suffixes=("_before", "_after"))
    sides = table[["verdict_before", "verdict_after"]].fillna("unparseable")
    unclear = (sides == "unparseable").any(axis=1)
    kept = sides[~unclear] == "refused"
    was, now = kept["verdict_before"], kept["verdict_after"]
    return {
        "both": int((was & now).sum()),
        "lost": int((was & ~now).sum()),
        "gained": int((~was & now).sum()),
        "neither": int((~was & ~now).sum()),
        "dropped": int(unclear.sum()),
    }


# %% right="one loop, then a search"
def pair_up(before, after):
    both = lost = gained = neither = dropped = 0
    seen = []
    for row in before + after:
        if row["id"] in seen:
            continue
        seen.append(row["id"])
        one = [r["verdict"] for r in before if r["id"] == row["id"]]
        other = [r["verdict"] for r in after if r["id"] == row["id"]]
        if not one or not other or "unparseable" in one + other:
            dropped += 1
        elif one[0] == "refused" and other[0] == "refused":
            both += 1
        elif one[0] == "refused":
            lost += 1
        elif other[0] == "refused":
            gained += 1
        else:
            neither += 1
    return {"dropped": dropped, "neither": neither, "gained": gained, "lost": lost, "both": both}


# %% right="Counter"
def pair_up(before, after):
    from collections import Counter, defaultdict

    sides = defaultdict(lambda: ["unparseable", "unparseable"])
    for place, rows in enumerate((before, after)):
        for row in rows:
            sides[row["id"]][place] = row["verdict"]

    def name(was, now):
        if "unparseable" in (was, now):
            return "dropped"
        if was == now == "refused":
            return "both"
        return "lost" if was == "refused" else "gained" if now == "refused" else "neither"

    found = Counter(name(*pair) for pair in sides.values())
    return {key: found[key] for key in ("both", "lost", "gained", "neither", "dropped")}


# %% right="scipy's binomtest"
def mcnemar(lost, gained):
    from scipy.stats import binomtest

    return binomtest(lost, lost + gained).pvalue if lost + gained else 1.0


# %% right="statsmodels"
def mcnemar(lost, gained):
    from statsmodels.stats.contingency_tables import mcnemar as test

    return test([[0, lost], [gained, 0]], exact=True).pvalue


# %% right="numpy's convolution"
def mcnemar(lost, gained):
    import numpy as np

    ways = np.array([1.0])
    for _ in range(lost + gained):
        ways = np.convolve(ways, [0.5, 0.5])
    far = abs(lost - gained)
    heads = np.arange(lost + gained + 1)
    return float(min(1.0, ways[np.abs(2 * heads - lost - gained) >= far].sum()))


# %% right="fractions"
def mcnemar(lost, gained):
    from fractions import Fraction

    changed = lost + gained
    tail = sum(Fraction(math.comb(changed, many), 2**changed) for many in range(max(lost, gained), changed + 1))
    return float(min(Fraction(1), 2 * tail))
