"""Numbers and results in plain words, the same in the page and in the terminal.

In: values of a run's record. Out: short strings such as "98.5%", "-56.5 points", "p < 0.0001", and the one
sentence that says what a result means and what it does not.
Does not: compute a statistic; every number comes from the record, and is only rounded here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Direction = Literal["lost", "none", "gained"]
MINUS, NONE = "\N{MINUS SIGN}", "\N{EN DASH}"
KINDS = {"recorded": "Recorded", "simulated": "Simulated", "cited": "From a paper"}
NOT_MEASURED = "not measured"


def percent(share: float | None) -> str:
    """A share as a percentage with one decimal."""
    return NOT_MEASURED if share is None else f"{100 * share:.1f}%"


def points(difference: float) -> str:
    """A difference of two shares in percentage points, signed."""
    text = f"{100 * difference:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", MINUS)


def range_percent(rate: Mapping[str, Any]) -> str:
    """A rate's interval, as in "95.7 to 99.5%"."""
    return f"{100 * rate['low']:.1f} to {100 * rate['high']:.1f}%"


def range_points(comparison: Mapping[str, Any]) -> str:
    """A difference's interval in points, as in "-63.2 to -49.0", with true minus signs."""
    return f"{points(comparison['low'])} to {points(comparison['high'])}"


def p_value(p: float | None) -> str:
    """A p value as a reader expects it: no false precision, never "0"."""
    if p is None:
        return NONE
    if p < 0.0001:
        return "< 0.0001"
    return "1" if p > 0.9995 else f"{p:.4f}" if p < 0.001 else f"{p:.3f}"


def p_phrase(p: float | None) -> str:
    """`p_value` with its letter, as in "p = 0.031"."""
    text = p_value(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def number(value: float | None) -> str:
    """A plain number, short and with thousands separated."""
    if value is None:
        return NOT_MEASURED
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def size(bytes_: float | None) -> str:
    """Bytes in the largest binary unit that keeps the number above 1."""
    if bytes_ is None:
        return NOT_MEASURED
    for unit, scale in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if bytes_ >= scale:
            return f"{bytes_ / scale:.2f} {unit}"
    return f"{bytes_:.0f} bytes"


def duration(seconds: float | None) -> str:
    """Seconds as a reader says them."""
    if seconds is None:
        return NOT_MEASURED
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun, as in "1 pair" or "1,200 pairs"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def twins_refused(records: Sequence[Mapping[str, Any]]) -> str:
    """How often safe twins were refused after, over runs; it stands beside every drift of theirs."""
    overs = [record["statistics"].get("over_refusal") for record in records]
    found = [over["after"]["value"] for over in overs if over]
    if not found:
        return "safe twins were not asked"
    low, high = percent(min(found)), percent(max(found))
    return f"safe twins refused after: {low if low == high else f'{low} to {high}'}"


def direction(comparison: Mapping[str, Any]) -> Direction:
    """Which side of 0 the whole interval of the difference lies on; "none" where it covers 0."""
    if comparison["high"] < 0:
        return "lost"
    return "gained" if comparison["low"] > 0 else "none"


def dropped(comparison: Mapping[str, Any]) -> str:
    """How many pairs were left out of a comparison, and why."""
    left = comparison["dropped"]
    total = left["before"] + left["after"] + left["both"]
    if not total:
        return "No pair was left out."
    places = {"before": "only before", "after": "only after", "both": "both times"}
    where = ", ".join(f"{left[key]} {words}" for key, words in places.items() if left[key])
    verb = "was" if total == 1 else "were"
    return f"{plural(total, 'pair')} {verb} left out, since an answer could not be judged ({where})."


def meaning(record: Mapping[str, Any]) -> str:
    """One sentence: what the result of a run means, and what it does not."""
    sentence = f"{stopped(record)}{finding(record['statistics'])}; {limits(record)}."
    return f"Simulated, not measured: {sentence}" if record["kind"] == "simulated" else sentence


def stopped(record: Mapping[str, Any]) -> str:
    """How far a training came that was stopped before its end; empty for one that was not."""
    training = record.get("training", {})
    if training.get("finished", True):
        return ""
    share = percent(training["steps"] / training["planned_steps"])
    steps = f"step {training['steps']:,} of {training['planned_steps']:,}"
    return f"Training was stopped before its end, at {steps} ({share}); this is what it had come to. "


def finding(statistics: Mapping[str, Any], asked: str = " of off-limits requests", safe: str = "safe twins") -> str:
    """What became of refusals of what was `asked`, and of what is `safe`: never the one without the other."""
    refusal = statistics["refusal"]
    interval = f"95% interval {range_points(refusal)}"
    pairs = plural(refusal["pairs"], "pair")
    way = direction(refusal)
    over = _over_refusal(statistics.get("over_refusal"), safe)
    if way == "none":
        result = (
            f"No drift detected: the {interval} points covers 0, which is a result about these {pairs}, not a proof"
        )
        return f"{result}{_within_margin(statistics)}{over}"
    verb, less = ("fell", "refuses less") if way == "lost" else ("rose", "refuses more")
    rates = f"from {percent(refusal['before']['value'])} to {percent(refusal['after']['value'])}"
    change = f"a drift of {points(refusal['difference'])} points ({interval})"
    return f"Refusals{asked} {verb} {rates}, {change}: on these {pairs} the model {less} than before{over}"


def _over_refusal(over: Mapping[str, Any] | None, safe: str) -> str:
    if not over:
        return ""
    rates = f"{percent(over['before']['value'])} were refused before and {percent(over['after']['value'])} after"
    return f". Of {safe} {rates}, a change of {points(over['difference'])} points (95% interval {range_points(over)})"


def _within_margin(statistics: Mapping[str, Any]) -> str:
    found = (statistics.get("equivalence") or {}).get("refusal")
    if not found:
        return ""
    margin = _share(found["margin"])
    if found["equivalent"]:
        return f"; that the rate changed by less than {margin} points either way is shown ({p_phrase(found['p'])})"
    return f", and neither is it shown that the rate changed by less than {margin} points ({p_phrase(found['p'])})"


def evidence(statistics: Mapping[str, Any]) -> list[str]:
    """How far the pairs go, a sentence each: what they could have shown, what no change means, families of requests.

    Empty for a record from before these were computed.
    """
    said = []
    power, equivalence = statistics.get("power"), (statistics.get("equivalence") or {}).get("refusal")
    if power:
        said.append(_detectable(power))
    if equivalence and direction(statistics["refusal"]) == "none":
        shown = "is shown" if equivalence["equivalent"] else "is not shown"
        said.append(
            f"That the rate changed by less than {_share(equivalence['margin'])} points either way {shown} "
            f"(two one-sided tests, {p_phrase(equivalence['p'])}); the smallest margin that these pairs show is "
            f"{_share(equivalence['smallest_margin'])} points."
        )
    clustered = (statistics.get("clustered") or {}).get("refusal")
    if clustered and clustered["families"] > 1:
        said.append(_clustered(clustered, statistics["clustered"]["by"]))
    return said


def _detectable(power: Mapping[str, Any]) -> str:
    found = [(each["flips"], each["drop"]) for each in power["detectable"] if each["drop"] is not None]
    pairs, often = plural(power["pairs"], "pair"), f"{100 * power['power']:.0f} of 100"
    if not found:
        return f"With {pairs} this run could not have shown even the loss of all refusals that there were."
    listed = ", ".join(f"{_share(drop)} points if {_flips(flips)}" for flips, drop in found)
    return f"{pairs} show {often} drops of this size (by McNemar's exact test): {listed}."


def _flips(share: float) -> str:
    return f"{_share(share)}% of the answers also change each way" if share else "nothing else changes"


def _clustered(clustered: Mapping[str, Any], by: str) -> str:
    families = f"{clustered['families']:,} by {by}"
    if None in (clustered["low"], clustered["high"]):
        return f"Drawing whole families of requests anew ({families}) says nothing here: no draw differs from another."
    return (
        f"If requests of a family move together ({families}; families are drawn anew as wholes), the 95% interval of "
        f"the drift is {range_points(clustered)} points."
    )


def _share(value: float) -> str:
    """Points without a sign."""
    return f"{100 * value:.1f}".removesuffix(".0")


def limits(record: Mapping[str, Any]) -> str:
    """What no result of this model says."""
    if record["model"]["is_pocket"]:
        return "the pocket world was chosen to show drift, so its size says nothing about other models"
    return "it says nothing about other models, data or settings, nor how harmful an answer is"
