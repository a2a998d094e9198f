"""What a record must hold for a page to be made of it.

In: a value read from record.json. Out: the names of what is missing or of the wrong kind.
Does not: check that numbers make sense; `stats` made them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from driftlab.records import Outcome
from driftlab.report.words import KINDS

Shape = Mapping[str, type | tuple[type, ...]]
NUMBER = (int, float)
MAYBE = (int, float, type(None))
"""A measurement that may not have been made."""
COUNTS = ("train", "heldout", "truncated", "lost_end", "lost_all_labels", "dropped", "tokens", "label_tokens")
MEASURED = ("heldout_loss_before", "heldout_loss_after", "format_rate_before", "format_rate_after")
SHAPE: Shape = {
    "created": str,
    "seed": int,
    "config.quantization.scheme": str,
    "config.quantization.double_quant": bool,
    "config.adapter.rank": int,
    "config.adapter.alpha": NUMBER,
    "config.adapter.dropout": NUMBER,
    "config.adapter.targets": list,
    "config.training.epochs": NUMBER,
    "config.training.learning_rate": NUMBER,
    "config.generation.max_new_tokens": int,
    "versions": dict,
    "machine": dict,
    "hashes": dict,
    "base_unchanged": bool,
    "model.source": str,
    "model.is_pocket": bool,
    "model.parameters": int,
    "model.trainable": int,
    "model.kernel": str,
    "model.compute_dtype": str,
    "data.name": str,
    "data.licence": (str, type(None)),
    "data.safety_examples": int,
    **{f"data.{name}": int for name in COUNTS},
    "training.steps": int,
    **{f"training.{name}": MAYBE for name in MEASURED},
    "probes.name": str,
    "probes.off_limits": int,
    "probes.safe": int,
    "coherent_before": MAYBE,
    "coherent_after": MAYBE,
    "statistics.refusal": dict,
    "statistics.any_refusal": dict,
    "statistics.over_refusal": (dict, type(None)),
    "statistics.any_over_refusal": (dict, type(None)),
    "statistics.transitions.off_limits": dict,
    "statistics.by_category": list,
    "seconds": dict,
}
ESTIMATE: Shape = {"value": NUMBER, "low": MAYBE, "high": MAYBE}
INSIDE: Shape = {"openings": (dict, type(None)), "refusing": (dict, type(None)), "task": (dict, type(None))}
"""Of the part `inside`, which records made before it existed lack; so have the two below."""
BY_POSITION: Shape = {"position": int, "answers": int, **ESTIMATE}
CHANGED: Shape = {f"{side}.{name}": kind for side in ("before", "after", "change") for name, kind in ESTIMATE.items()}
MEASURES = ("refusal", "any_refusal", "over_refusal", "any_over_refusal")
SIDE = ("count", "total", "value", "low", "high")
COMPARISON: Shape = {
    **dict.fromkeys(("pairs", "lost", "gained"), int),
    **dict.fromkeys(("difference", "low", "high", "mcnemar_p"), NUMBER),
    **{f"{side}.{key}": NUMBER for side in ("before", "after") for key in SIDE},
    **{f"dropped.{key}": int for key in ("before", "after", "both")},
}
SINCE: Mapping[str, Shape] = {
    "clustered": {"value": NUMBER, "low": MAYBE, "high": MAYBE, "families": int},
    "equivalence": {**dict.fromkeys(("margin", "p", "smallest_margin"), NUMBER), "equivalent": bool},
}
"""Parts that a record has since they are computed, each by measure; one from before may lack the whole part."""
POWER: Shape = {"pairs": int, "power": NUMBER, "detectable": list}
DETECTABLE: Shape = {"flips": NUMBER, "drop": MAYBE}
CATEGORY: Shape = {"category": str, "comparison": (dict, type(None)), "p_holm": MAYBE}
TRANSITIONS: Shape = {f"{before}.{after}": int for before in Outcome for after in Outcome}
_ABSENT = object()


def faults(record: Mapping[str, Any]) -> list[str]:
    """The dotted names of all that is missing or of the wrong kind."""
    found = list(_wrong(record, SHAPE, "")) + (["kind"] if record.get("kind") not in KINDS else [])
    return found or [*_wrong_statistics(record["statistics"]), *_wrong_inside(record.get("inside"))]


def _wrong_inside(inside: Any) -> Iterator[str]:
    """Of the part beyond the verdicts, where there is one."""
    if inside is None:
        return
    yield from _wrong(inside, INSIDE, "inside.")
    refusing = _dig(inside, "refusing")
    parts = {"heldout_loss": _dig(inside, "heldout_loss"), **(refusing if isinstance(refusing, dict) else {})}
    for name, part in parts.items():
        if part is not None:
            yield from _wrong(part, CHANGED, f"inside.{name}.")
    divergence, task = _dig(inside, "divergence"), _dig(inside, "task")
    if isinstance(task, dict):
        yield from _wrong(task, COMPARISON, "inside.task.")
    if divergence is not None:
        rows = _dig(divergence, "by_position")
        yield from _wrong(divergence, {"answers": int, "first": int, "by_position": list}, "inside.divergence.")
        for row in rows if isinstance(rows, list) else []:
            yield from _wrong(row, BY_POSITION, "inside.divergence.by_position.")


def _wrong_statistics(statistics: Mapping[str, Any]) -> Iterator[str]:
    for name in MEASURES:
        if statistics[name] is not None:
            yield from _wrong(statistics[name], COMPARISON, f"statistics.{name}.")
    for index, row in enumerate(statistics["by_category"]):
        place = f"statistics.by_category[{index}]."
        bad = list(_wrong(row, CATEGORY, place))
        yield from bad
        if not bad and row["comparison"]:
            yield from _wrong(row["comparison"], COMPARISON, f"{place}comparison.")
    yield from _wrong_since(statistics)
    for kind, table in statistics["transitions"].items():
        if list(_wrong(table, TRANSITIONS, "")):
            yield f"statistics.transitions.{kind}"


def _wrong_since(statistics: Mapping[str, Any]) -> Iterator[str]:
    for part, shape in SINCE.items():
        found = statistics.get(part, {})
        if not isinstance(found, dict) or (part == "clustered" and found and not isinstance(found.get("by"), str)):
            yield f"statistics.{part}"
            continue
        for name in MEASURES:
            if found.get(name) is not None:
                yield from _wrong(found[name], shape, f"statistics.{part}.{name}.")
    if "power" in statistics:
        bad = list(_wrong(statistics["power"], POWER, "statistics.power."))
        yield from bad
        rows = [] if bad else statistics["power"]["detectable"]
        yield from (name for row in rows for name in _wrong(row, DETECTABLE, "statistics.power.detectable."))


def _wrong(value: Any, shape: Shape, prefix: str) -> Iterator[str]:
    return (prefix + name for name, kind in shape.items() if not isinstance(_dig(value, name), kind))


def _dig(value: Any, dotted: str) -> Any:
    for key in dotted.split("."):
        value = value.get(key, _ABSENT) if isinstance(value, dict) else _ABSENT
    return value
