# ruff: noqa: D100, D103, F811, F821
# mypy: ignore-errors

# %% [markdown]
# lab4.wilson. Each cell redefines the task's function; a wrong one is named after the misconception that the checks
# must report.

# %% wrong="wald"
def wilson(count, total, z):
    share = count / total
    half = z * math.sqrt(share * (1 - share) / total)
    return [share - half, share + half]


# %% wrong="wald"
def wilson(count, total, z):
    import numpy as np

    answers = np.zeros(total)
    answers[:count] = 1
    error = answers.std() / np.sqrt(total)
    return [answers.mean() - z * error, answers.mean() + z * error]


# %% wrong="wald-clipped"
def wilson(count, total, z):
    share = count / total
    half = z * math.sqrt(share * (1 - share) / total)
    return [max(0.0, share - half), min(1.0, share + half)]


# %% wrong="wald-clipped"
def wilson(count, total, z):
    import numpy as np

    p = count / total
    return np.clip(p + z * np.array([-1, 1]) * np.sqrt(p * (1 - p) / total), 0, 1).tolist()


# %% wrong="middle-not-moved"
def wilson(count, total, z):
    share = count / total
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    return [max(0.0, share - half), min(1.0, share + half)]


# %% wrong="middle-not-moved"
def wilson(count, total, z):
    p, n = count / total, total
    half = z * ((p * (1 - p) + z * z / (4 * n)) / n) ** 0.5
    return [p - half, p + half]


# %% wrong="z-not-squared"
def wilson(count, total, z):
    share = count / total
    under = 1 + z / total
    middle = (share + z / (2 * total)) / under
    half = z * math.sqrt(share * (1 - share) / total + z / (4 * total**2)) / under
    return [max(0.0, middle - half), min(1.0, middle + half)]


# %% wrong="z-not-squared"
def wilson(count, total, z):
    # the answers that are added are z, not z squared
    middle = (count + z / 2) / (total + z)
    half = z / (total + z) * math.sqrt(count * (total - count) / total + z**2 / 4)
    return [max(0.0, middle - half), min(1.0, middle + half)]


# %% wrong="z-not-squared"
def wilson(count, total, z):
    share, under = count / total, 1 + z**2 / total
    middle = share + z / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return [max(0, (middle - half) / under), min(1, (middle + half) / under)]


# %% wrong="not-divided"
def wilson(count, total, z):
    share = count / total
    middle = share + z**2 / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return [middle - half, middle + half]


# %% wrong="not-divided"
def wilson(count, total, z):
    share = count / total
    middle = share + z**2 / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return [max(middle - half, 0.0), min(middle + half, 1.0)]


# %% wrong="one-not-divided"
def wilson(count, total, z):
    share = count / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return [max(0.0, middle - half), min(1.0, middle + half)]


# %% wrong="one-not-divided"
def wilson(count, total, z):
    share = count / total
    middle = share + z**2 / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    return [max(0.0, middle - half), min(1.0, middle + half)]


# %% wrong="root-without-z"
def wilson(count, total, z):
    share = count / total
    under = 1 + z**2 / total
    middle = (share + z**2 / (2 * total)) / under
    half = z * math.sqrt(share * (1 - share) / total) / under
    return [max(0.0, middle - half), min(1.0, middle + half)]


# %% wrong="total-not-squared"
def wilson(count, total, z):
    share = count / total
    under = 1 + z**2 / total
    middle = (share + z**2 / (2 * total)) / under
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total)) / under
    return [max(0.0, middle - half), min(1.0, middle + half)]


# %% wrong="four-for-two"
def wilson(count, total, z):
    share = count / total
    under = 1 + z**2 / total
    middle = (share + z**2 / total) / under
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / under
    return [max(0.0, middle - half), min(1.0, middle + half)]


# %% wrong="four-for-two"
def wilson(count, total, z):
    share, extra = count / total, z**2 / (2 * total)
    root = math.sqrt(share * (1 - share) / total + extra / total)
    return [
        max(0.0, (share + extra - z * root) / (1 + 2 * extra)),
        min(1.0, (share + extra + z * root) / (1 + 2 * extra)),
    ]


# %% wrong="root-forgotten"
def wilson(count, total, z):
    share = count / total
    under = 1 + z**2 / total
    middle = (share + z**2 / (2 * total)) / under
    half = z * (share * (1 - share) / total + z**2 / (4 * total**2)) / under
    return [max(0.0, middle - half), min(1.0, middle + half)]


# %% wrong="z-left-out"
def wilson(count, total, z):
    share = count / total
    under = 1 + z**2 / total
    middle = (share + z**2 / (2 * total)) / under
    half = math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / under
    return [max(0.0, middle - half), min(1.0, middle + half)]


# %% wrong="agresti-coull"
def wilson(count, total, z):
    many = total + z**2
    share = (count + z**2 / 2) / many
    half = z * math.sqrt(share * (1 - share) / many)
    return [max(0.0, share - half), min(1.0, share + half)]


# %% wrong="agresti-coull"
def wilson(count, total, z):
    # two refusals and two others more
    share = (count + 2) / (total + 4)
    half = z * math.sqrt(share * (1 - share) / (total + 4))
    return [share - half, share + half]


# %% wrong="agresti-coull"
def wilson(count, total, z):
    from scipy.stats import norm
    from statsmodels.stats.proportion import proportion_confint

    return list(proportion_confint(count, total, alpha=2 * norm.sf(z), method="agresti_coull"))


# %% wrong="clopper-pearson"
def wilson(count, total, z):
    from scipy.stats import beta, norm

    tail = norm.sf(z)
    low = beta.ppf(tail, count, total - count + 1) if count > 0 else 0.0
    high = beta.ppf(1 - tail, count + 1, total - count) if count < total else 1.0
    return [float(low), float(high)]


# %% wrong="clopper-pearson"
def wilson(count, total, z):
    from scipy.stats import binomtest, norm

    found = binomtest(count, total).proportion_ci(1 - 2 * norm.sf(z))
    return [found.low, found.high]


# %% wrong="jeffreys"
def wilson(count, total, z):
    from scipy.stats import norm
    from statsmodels.stats.proportion import proportion_confint

    return proportion_confint(count, total, alpha=2 * norm.sf(z), method="jeffreys")


# %% wrong="jeffreys"
def wilson(count, total, z):
    from scipy.stats import beta, norm

    posterior = beta(count + 0.5, total - count + 0.5)
    low, high = posterior.ppf([norm.sf(z), norm.cdf(z)])
    return [float(low) if count else 0.0, float(high) if count < total else 1.0]


# %% wrong="t-for-z"
def wilson(count, total, z):
    from scipy.stats import norm, t

    share = count / total
    times = float(t.isf(norm.sf(z), total - 1)) if total > 1 else z
    under = 1 + times**2 / total
    middle = (share + times**2 / (2 * total)) / under
    half = times * math.sqrt(share * (1 - share) / total + times**2 / (4 * total**2)) / under
    return [max(0.0, middle - half), min(1.0, middle + half)]


# %% wrong="t-for-z"
def wilson(count, total, z):
    from scipy.stats import norm, t

    share = count / total
    if total == 1:
        return [z**2 * 0 + 1 / (1 + z**2), 1.0] if count else [0.0, z**2 / (1 + z**2)]
    half = t.ppf(norm.cdf(z), total - 1) * math.sqrt(share * (1 - share) / total)
    return [max(0.0, float(share - half)), min(1.0, float(share + half))]


# %% wrong="continuity"
def wilson(count, total, z):
    from scipy.stats import binomtest, norm

    found = binomtest(count, total).proportion_ci(float(1 - 2 * norm.sf(z)), method="wilsoncc")
    return [found.low, found.high]


# %% wrong="z-fixed"
def wilson(count, total, z):
    z = 1.96
    share = count / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    return [max(0.0, middle - half), min(1.0, middle + half)]


# %% wrong="z-fixed"
def wilson(count, total, z):
    from statsmodels.stats.proportion import proportion_confint

    return list(proportion_confint(count, total, method="wilson"))


# %% wrong="percent"
def wilson(count, total, z):
    share = count / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    return [100 * max(0.0, middle - half), 100 * min(1.0, middle + half)]


# %% wrong="counts"
def wilson(count, total, z):
    middle = (count + z**2 / 2) / (1 + z**2 / total)
    half = z * math.sqrt(count * (total - count) / total + z**2 / 4) / (1 + z**2 / total)
    return [max(0.0, middle - half), min(float(total), middle + half)]


# %% wrong="of-the-others"
def wilson(count, total, z):
    share = (total - count) / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    return [max(0.0, middle - half), min(1.0, middle + half)]


# %% wrong="high-first"
def wilson(count, total, z):
    share = count / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    return [min(1.0, middle + half), max(0.0, middle - half)]


# %% wrong="middle-and-half"
def wilson(count, total, z):
    share = count / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    return [middle, half]


# %% wrong="middle-and-half"
def wilson(count, total, z):
    share = count / total
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    return [share, half]


# %% wrong="rounded"
def wilson(count, total, z):
    share = count / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    return [round(max(0.0, middle - half), 3), round(min(1.0, middle + half), 3)]


# %% wrong="rounded"
def wilson(count, total, z):
    share = count / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    return [float(f"{end:.2f}") for end in (middle - half, middle + half)]


# %% right="counts that are added"
def wilson(count, total, z):
    many = total + z * z
    middle = (count + z * z / 2) / many
    half = z / many * math.sqrt(count * (total - count) / total + z * z / 4)
    return [max(middle - half, 0.0), min(middle + half, 1.0)]


# %% right="roots of a quadratic"
def wilson(count, total, z):
    # all shares q with (q - share)^2 <= z^2 q (1 - q) / n
    share = count / total
    a, b, c = 1 + z**2 / total, -(2 * share + z**2 / total), share**2
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    return [(-b - root) / (2 * a), (-b + root) / (2 * a)]


# %% right="numpy, a tuple"
def wilson(count, total, z):
    import numpy as np

    share, sides = count / total, np.array([-1.0, 1.0])
    root = np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    low, high = np.clip((share + z**2 / (2 * total) + sides * z * root) / (1 + z**2 / total), 0, 1)
    return low, high


# %% right="statsmodels"
def wilson(count, total, z):
    from scipy.stats import norm
    from statsmodels.stats.proportion import proportion_confint

    return list(proportion_confint(count, total, alpha=2 * norm.sf(z), method="wilson"))


# %% right="scipy"
def wilson(count, total, z):
    from scipy.stats import binomtest, norm

    found = binomtest(count, total).proportion_ci(float(norm.cdf(z) - norm.cdf(-z)), method="wilson")
    return [found.low, found.high]


# %% right="by bisection"
def wilson(count, total, z):
    share = count / total

    def end(inside, outside):
        for _ in range(80):
            middle = (inside + outside) / 2
            if (middle - share) ** 2 <= z**2 * middle * (1 - middle) / total:
                inside = middle
            else:
                outside = middle
        return inside

    return [end(share, 0.0) if count else 0.0, end(share, 1.0) if count < total else 1.0]
