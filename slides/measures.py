"""Charts of how refusals are measured: how judges agree with people, and how often intervals cover.

In: cited figures and the simulation's record. Out: for each chart its SVG, its words and whence it is.
Does not: compute a statistic, or show a run.
"""

from collections.abc import Callable, Sequence

from driftlab.cited import cite
from slides.known import percent, simulated, source
from slides.scale import Chart, Row, scale_chart

SIMULATED = "Simulated: `recorded/coverage.json`, by `benchmarks/coverage.py`."


def kappa_chart(values: Sequence[tuple[str, float]], what: str, label: str) -> Chart:
    """Cohen's kappas on a scale from 0 to 1."""
    table = [Row(name, kappa, kappa, kappa, f"{kappa:.2f}") for name, kappa in values]
    axis = f"Cohen's kappa with people's labels, {what}: 1 agrees always, 0 by chance alone"
    alt = f"Cohen's kappa with people's labels, {what}: {'; '.join(f'{row.name} {row.said}' for row in table)}."
    return Chart(scale_chart(table, 1.0, axis, said="{:.1f}".format), alt, label)


def lists() -> Chart:
    """Agreement on full refusals, list by list, and between two people."""
    names = {
        "humans": "two people",
        "string_match": "XSTest's list",
        "promptfoo": "promptfoo's lists",
        "gpt4": "GPT-4",
        "advbench": "AdvBench's list",
        "harmbench": "HarmBench's list",
        "garak": "garak's list",
    }
    values = [(words, float(cite(f"judge.xstest.{key}").value("full"))) for key, words in names.items()]
    return kappa_chart(values, "full refusals", source(*(f"judge.xstest.{key}" for key in names)))


def models() -> Chart:
    """Agreement of one list, model by model, named as in the data."""
    figure = cite("judge.xstest.by_model")
    values = [(name, float(kappa)) for name, kappa in figure.values.items()]
    return kappa_chart(values, "full refusals", source(figure.key))


def families() -> Chart:
    """How often intervals cover where requests come in families: pairs drawn, and families drawn."""
    table = []
    for size in ("7 families of 32", "18 families of 14", "50 families of 4", "100 families of 2"):
        pairs, ours = (simulated(name, size)["lowest"] for name in ("pairs, percentiles", "families, moved out (ours)"))
        table.append(Row(size, ours, ours, ours, f"{percent(pairs)}, {percent(ours)}", pairs))
    axis = "worst case covered by a 95% interval: pairs drawn (ring), families drawn (square)"
    alt = "Lowest simulated coverage of 95% bootstrap intervals, drawing single pairs and drawing families: "
    alt += "; ".join(f"{row.name}: {row.said}" for row in table) + "."
    return Chart(scale_chart(table, 1.0, axis), alt, SIMULATED)


def corrected() -> Chart:
    """How often intervals of a drift cover that a judge counted, a few labels counted, or both."""
    names = {
        "judge, uncorrected": "the judge alone",
        "Rogan-Gladen per arm": "Rogan-Gladen, each rate",
        "labels alone": "the labels alone",
        "PPI++, two more (ours)": "both, by PPI++ (ours)",
    }
    size = "50 of 200 labelled"
    table = []
    for method, words in names.items():
        held = simulated(method, size)["lowest"]
        table.append(Row(words, held, held, held, percent(held)))
    axis = f"worst case covered by a 95% interval, {size}"
    alt = f"Lowest simulated coverage of 95% intervals of the drift, {size}: "
    alt += "; ".join(f"{row.name} {row.said}" for row in table) + "."
    return Chart(scale_chart(table, 1.0, axis), alt, SIMULATED)


MEASURES: dict[str, Callable[[], Chart]] = {
    "lists": lists, "models": models, "families": families, "corrected": corrected,
}  # fmt: skip
