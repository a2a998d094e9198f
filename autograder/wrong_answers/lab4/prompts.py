# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab4.prompts. Each cell redefines one of the task's functions; a wrong one is named after the misconception that the
# checks must report.

# %% wrong="one-sided"
def power(pairs, lost, gained):
    from scipy.stats import binom

    changed, found = lost + gained, 0.0
    for changes in range(pairs + 1 if changed else 0):
        chance = binom.pmf(changes, pairs, changed)
        for losses in range(changes // 2 + 1, changes + 1):
            if binom.sf(losses - 1, changes, 0.5) <= 0.05:
                found += chance * binom.pmf(losses, changes, lost / changed)
    return float(found)


# %% wrong="one-sided"
def power(pairs, lost, gained):
    from scipy.stats import multinomial

    found = 0.0
    for losses in range(pairs + 1):
        for gains in range(min(losses, pairs - losses + 1)):
            if mcnemar(losses, gains) / 2 <= 0.05:
                table = [losses, gains, pairs - losses - gains]
                found += multinomial.pmf(table, pairs, [lost, gained, 1 - lost - gained])
    return float(found)


# %% wrong="either-direction"
def power(pairs, lost, gained):
    from scipy.stats import binom

    changed, found = lost + gained, 0.0
    for changes in range(1, pairs + 1):
        chance = binom.pmf(changes, pairs, changed)
        for losses in range(changes + 1):
            if mcnemar(losses, changes - losses) <= 0.05 and changed:
                found += chance * binom.pmf(losses, changes, lost / changed)
    return float(found)


# %% wrong="either-direction"
def power(pairs, lost, gained):
    found, same = 0.0, 1 - lost - gained
    for losses in range(pairs + 1):
        for gains in range(pairs + 1 - losses):
            if mcnemar(losses, gains) <= 0.05:
                ways = math.comb(pairs, losses) * math.comb(pairs - losses, gains)
                found += ways * lost**losses * gained**gains * same ** (pairs - losses - gains)
    return found


# %% wrong="not-tested"
def power(pairs, lost, gained):
    found, same = 0.0, 1 - lost - gained
    for losses in range(1, pairs + 1):
        for gains in range(min(losses, pairs + 1 - losses)):
            ways = math.comb(pairs, losses) * math.comb(pairs - losses, gains)
            found += ways * lost**losses * gained**gains * same ** (pairs - losses - gains)
    return found


# %% wrong="other-alpha"
def power(pairs, lost, gained):
    found, same = 0.0, 1 - lost - gained
    for losses in range(pairs + 1):
        for gains in range(min(losses, pairs + 1 - losses)):
            if mcnemar(losses, gains) <= 0.025:  # "half of 0.05 for each side"
                ways = math.comb(pairs, losses) * math.comb(pairs - losses, gains)
                found += ways * lost**losses * gained**gains * same ** (pairs - losses - gains)
    return found


# %% wrong="other-alpha"
def power(pairs, lost, gained):
    found, same = 0.0, 1 - lost - gained
    for losses in range(pairs + 1):
        for gains in range(min(losses, pairs + 1 - losses)):
            if mcnemar(losses, gains) <= 0.01:
                ways = math.comb(pairs, losses) * math.comb(pairs - losses, gains)
                found += ways * lost**losses * gained**gains * same ** (pairs - losses - gains)
    return found


# %% wrong="another-test"
def power(pairs, lost, gained):
    found, same = 0.0, 1 - lost - gained
    for losses in range(pairs + 1):
        for gains in range(min(losses, pairs + 1 - losses)):
            if (losses - gains) ** 2 / (losses + gains) >= 3.841:
                ways = math.comb(pairs, losses) * math.comb(pairs - losses, gains)
                found += ways * lost**losses * gained**gains * same ** (pairs - losses - gains)
    return found


# %% wrong="another-test"
def power(pairs, lost, gained):
    from scipy.stats import binom

    changed, found = lost + gained, 0.0
    for changes in range(pairs + 1 if changed else 0):
        for losses in range(changes // 2 + 1, changes + 1):
            few = changes - losses
            if 2 * binom.cdf(few, changes, 0.5) - binom.pmf(few, changes, 0.5) <= 0.05:
                found += binom.pmf(changes, pairs, changed) * binom.pmf(losses, changes, lost / changed)
    return float(found)


# %% wrong="another-test"
def power(pairs, lost, gained):
    found, same = 0.0, 1 - lost - gained
    for losses in range(pairs + 1):
        for gains in range(min(losses, pairs + 1 - losses)):
            if (losses - gains - 1) ** 2 / (losses + gains) > 1.959964**2:  # with continuity correction
                ways = math.comb(pairs, losses) * math.comb(pairs - losses, gains)
                found += ways * lost**losses * gained**gains * same ** (pairs - losses - gains)
    return found


# %% wrong="chance-to-miss"
def power(pairs, lost, gained):
    found, same = 0.0, 1 - lost - gained
    for losses in range(pairs + 1):
        for gains in range(pairs + 1 - losses):
            if losses <= gains or mcnemar(losses, gains) > 0.05:
                ways = math.comb(pairs, losses) * math.comb(pairs - losses, gains)
                found += ways * lost**losses * gained**gains * same ** (pairs - losses - gains)
    return found


# %% wrong="percent"
def power(pairs, lost, gained):
    found, same = 0.0, 1 - lost - gained
    for losses in range(pairs + 1):
        for gains in range(min(losses, pairs + 1 - losses)):
            if mcnemar(losses, gains) <= 0.05:
                ways = math.comb(pairs, losses) * math.comb(pairs - losses, gains)
                found += ways * lost**losses * gained**gains * same ** (pairs - losses - gains)
    return 100 * found


# %% wrong="lost-and-gained-swapped"
def power(pairs, lost, gained):
    found, same = 0.0, 1 - lost - gained
    for gains in range(pairs + 1):
        for losses in range(min(gains, pairs + 1 - gains)):
            if mcnemar(losses, gains) <= 0.05:
                ways = math.comb(pairs, losses) * math.comb(pairs - losses, gains)
                found += ways * lost**losses * gained**gains * same ** (pairs - losses - gains)
    return found


# %% wrong="gains-forgotten"
def power(pairs, lost, gained):
    from scipy.stats import binom

    fewest = next((losses for losses in range(1, pairs + 1) if mcnemar(losses, 0) <= 0.05), pairs + 1)
    return float(binom.sf(fewest - 1, pairs, lost))


# %% wrong="drawn-independently"
def power(pairs, lost, gained):
    from scipy.stats import binom

    found = 0.0
    for losses in range(pairs + 1):
        for gains in range(losses):
            if mcnemar(losses, gains) <= 0.05:
                found += binom.pmf(losses, pairs, lost) * binom.pmf(gains, pairs, gained)
    return float(found)


# %% wrong="drawn-independently"
def power(pairs, lost, gained):
    from scipy.stats import binom

    found = 0.0
    for losses in range(pairs + 1):
        for gains in range(min(losses, pairs - losses + 1)):
            if mcnemar(losses, gains) <= 0.05:
                found += binom.pmf(losses, pairs, lost) * binom.pmf(gains, pairs, gained)
    return float(found)


# %% wrong="share-of-all"
def power(pairs, lost, gained):
    from scipy.stats import binom

    found = 0.0
    for changes in range(pairs + 1):
        chance = binom.pmf(changes, pairs, lost + gained)
        for losses in range(changes // 2 + 1, changes + 1):
            if mcnemar(losses, changes - losses) <= 0.05:
                found += chance * binom.pmf(losses, changes, lost)
    return float(found)


# %% wrong="changes-fixed"
def power(pairs, lost, gained):
    from scipy.stats import binom

    changed = lost + gained
    changes, found = round(pairs * changed), 0.0
    for losses in range(changes // 2 + 1, changes + 1):
        if mcnemar(losses, changes - losses) <= 0.05:
            found += binom.pmf(losses, changes, lost / changed)
    return float(found)


# %% wrong="changes-fixed"
def power(pairs, lost, gained):
    from scipy.stats import binom

    changes = int(pairs * (lost + gained))
    if changes == 0:
        return 0.0
    fewest = next((k for k in range(changes // 2 + 1, changes + 1) if mcnemar(k, changes - k) <= 0.05), changes + 1)
    return float(binom.sf(fewest - 1, changes, lost / (lost + gained)))


# %% wrong="all-change"
def power(pairs, lost, gained):
    from scipy.stats import binom

    if lost + gained == 0:
        return 0.0
    share = lost / (lost + gained)
    good = [k for k in range(pairs // 2 + 1, pairs + 1) if mcnemar(k, pairs - k) <= 0.05]
    return float(sum(binom.pmf(k, pairs, share) for k in good))


# %% wrong="normal-approximation"
def power(pairs, lost, gained):
    from scipy.stats import norm

    changed, apart = lost + gained, lost - gained
    if changed == 0:
        return 0.0
    reach = norm.ppf(0.975)
    return float(norm.cdf((apart * math.sqrt(pairs) - reach * math.sqrt(changed)) / math.sqrt(changed - apart**2)))


# %% wrong="normal-approximation"
def power(pairs, lost, gained):
    from scipy.stats import norm

    if lost + gained == 0:
        return 0.0
    return float(norm.cdf((lost - gained) * math.sqrt(pairs / (lost + gained)) - 1.96))


# %% wrong="unpaired"
def power(pairs, lost, gained):
    from scipy.stats import norm

    if lost == 0:
        return 0.0
    error = math.sqrt((lost * (1 - lost) + gained * (1 - gained)) / pairs)
    return float(norm.cdf((lost - gained) / error - 1.96))


# %% wrong="expected-alone"
def power(pairs, lost, gained):
    losses, gains = round(pairs * lost), round(pairs * gained)
    return 1.0 if losses > gains and mcnemar(losses, gains) <= 0.05 else 0.0


# %% wrong="p-for-power"
def power(pairs, lost, gained):
    return mcnemar(round(pairs * lost), round(pairs * gained))


# %% wrong="p-for-power"
def power(pairs, lost, gained):
    return 1 - mcnemar(int(pairs * lost), int(pairs * gained))


# %% wrong="something-for-none"
def prompts_needed(candidates, lost, gained, wanted):
    enough = [pairs for pairs in candidates if power(pairs, lost, gained) >= wanted]
    return min(enough) if enough else max(candidates)


# %% wrong="something-for-none"
def prompts_needed(candidates, lost, gained, wanted):
    for pairs in sorted(candidates):
        if power(pairs, lost, gained) >= wanted:
            return pairs
    return -1


# %% wrong="largest"
def prompts_needed(candidates, lost, gained, wanted):
    return max((pairs for pairs in candidates if power(pairs, lost, gained) >= wanted), default=None)


# %% wrong="largest"
def prompts_needed(candidates, lost, gained, wanted):
    powers = {pairs: power(pairs, lost, gained) for pairs in candidates}
    best = max(powers, key=powers.get)
    return best if powers[best] >= wanted else None


# %% wrong="first-in-order"
def prompts_needed(candidates, lost, gained, wanted):
    for pairs in candidates:
        if power(pairs, lost, gained) >= wanted:
            return pairs
    return None


# %% wrong="first-in-order"
def prompts_needed(candidates, lost, gained, wanted):
    return next(filter(lambda pairs: power(pairs, lost, gained) >= wanted, candidates), None)


# %% wrong="last-in-order"
def prompts_needed(candidates, lost, gained, wanted):
    found = None
    for pairs in candidates:
        if power(pairs, lost, gained) >= wanted:
            found = pairs
    return found


# %% wrong="place-in-the-list"
def prompts_needed(candidates, lost, gained, wanted):
    for place, pairs in enumerate(sorted(candidates)):
        if power(pairs, lost, gained) >= wanted:
            return place
    return None


# %% wrong="place-in-the-list"
def prompts_needed(candidates, lost, gained, wanted):
    enough = [pairs for pairs in candidates if power(pairs, lost, gained) >= wanted]
    return candidates.index(min(enough)) if enough else None


# %% wrong="power-for-the-number"
def prompts_needed(candidates, lost, gained, wanted):
    powers = [power(pairs, lost, gained) for pairs in sorted(candidates)]
    return next((one for one in powers if one >= wanted), None)


# %% wrong="all-of-them"
def prompts_needed(candidates, lost, gained, wanted):
    return [pairs for pairs in sorted(candidates) if power(pairs, lost, gained) >= wanted] or None


# %% wrong="not-enough"
def prompts_needed(candidates, lost, gained, wanted):
    return max((pairs for pairs in candidates if power(pairs, lost, gained) < wanted), default=None)


# %% wrong="not-enough"
def prompts_needed(candidates, lost, gained, wanted):
    return min((pairs for pairs in candidates if power(pairs, lost, gained) <= wanted), default=None)


# %% wrong="nearest-power"
def prompts_needed(candidates, lost, gained, wanted):
    return min(candidates, key=lambda pairs: abs(power(pairs, lost, gained) - wanted))


# %% wrong="chance-to-miss"
def prompts_needed(candidates, lost, gained, wanted):
    return min((pairs for pairs in candidates if 1 - power(pairs, lost, gained) <= wanted), default=None)


# %% right="a double loop"
def power(pairs, lost, gained):
    found, same = 0.0, 1 - lost - gained
    for losses in range(pairs + 1):
        for gains in range(pairs + 1 - losses):
            if losses > gains and mcnemar(losses, gains) <= 0.05:
                ways = math.factorial(pairs) // math.factorial(losses) // math.factorial(gains)
                ways //= math.factorial(pairs - losses - gains)
                found += ways * lost**losses * gained**gains * same ** (pairs - losses - gains)
    return found


# %% right="scipy's multinomial"
def power(pairs, lost, gained):
    from scipy.stats import multinomial

    shown = [
        [losses, gains, pairs - losses - gains]
        for losses in range(1, pairs + 1)
        for gains in range(min(losses, pairs - losses + 1))
        if mcnemar(losses, gains) <= 0.05
    ]
    if not shown:
        return 0.0
    return float(multinomial.pmf(shown, pairs, [lost, gained, 1 - lost - gained]).sum())


# %% right="numpy"
def power(pairs, lost, gained):
    import numpy as np
    from scipy.stats import binom

    if lost + gained == 0:
        return 0.0
    changes = np.arange(pairs + 1)
    most = binom.ppf(0.025, changes, 0.5)  # the tail may reach 0.025, and stays below it
    most = np.where(binom.cdf(most, changes, 0.5) <= 0.025, most, most - 1)
    return float(binom.pmf(changes, pairs, lost + gained) @ binom.cdf(most, changes, gained / (lost + gained)))


# %% right="pair by pair"
def power(pairs, lost, gained):
    chances = {(0, 0): 1.0}
    for _ in range(pairs):
        after = {}
        for (losses, gains), chance in chances.items():
            for key, part in (
                ((losses + 1, gains), lost),
                ((losses, gains + 1), gained),
                ((losses, gains), 1 - lost - gained),
            ):
                after[key] = after.get(key, 0.0) + chance * part
        chances = after
    shown = [(losses, gains) for losses, gains in chances if losses > gains and mcnemar(losses, gains) <= 0.05]
    return sum(chances[table] for table in shown)


# %% right="sorted, then the first"
def prompts_needed(candidates, lost, gained, wanted):
    for pairs in sorted(candidates):
        if power(pairs, lost, gained) >= wanted:
            return pairs
    return None


# %% right="the smallest so far"
def prompts_needed(candidates, lost, gained, wanted):
    best = None
    for pairs in candidates:
        if (best is None or pairs < best) and not power(pairs, lost, gained) < wanted:
            best = pairs
    return best
