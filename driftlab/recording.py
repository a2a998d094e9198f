"""A run's record, put together from the notes that its stages left.

In: a configuration, inputs, the notes of all stages, statistics. Out: the object that stands in record.json.
Does not: measure, compute or write anything.
"""

import dataclasses
import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any

from driftlab import __version__
from driftlab.config import RunConfig
from driftlab.data import REASONS, LeftOut
from driftlab.errors import RunError
from driftlab.models import OpenedModel
from driftlab.pocket import model_dir
from driftlab.provenance import machine, versions
from driftlab.stages import Inputs, Note, Tokens

SCHEMA = 1
MEASURED = (
    ("created",),
    ("seconds",),
    ("budget", "usable"),
    ("training", "peak_bytes"),
    ("training", "peak_reserved_bytes"),
    ("training", "tokens_per_second"),
)
"""Parts of a record that differ from one run to the next on the same machine: times, and memory as it was."""


def opening_note(opened: OpenedModel, base: str, inputs: Inputs, tokens: Tokens, budget: Note) -> Note:
    """What is known once everything is loaded; kept so that a run that goes on can show that nothing has changed."""
    return {
        "versions": versions(),
        "hashes": {
            "model": opened.weights_sha256,
            "base_before": base,
            "data": inputs.data.sha256,
            "probes": inputs.probes.sha256,
        },
        "model": {
            "source": opened.source,
            "is_pocket": opened.is_pocket,
            "parameters": opened.architecture.parameters,
            "kernel": opened.kernel,
            "compute_dtype": opened.compute_dtype,
        },
        "budget": budget,
        "data": _data(inputs, tokens),
        "probes": {
            "name": inputs.probes.name,
            "off_limits": sum(probe.kind == "off_limits" for probe in inputs.probes.probes),
            "safe": sum(probe.kind == "safe" for probe in inputs.probes.probes),
            "licence": inputs.probes.licence,
        },
    }


def refuse_changes(known: Note, found: Note) -> None:
    """See that a run goes on with what it began with, or is shown for what it was.

    Raises:
        RunError: the weights, the data, the probes or a package is another one now; the message says which.
    """
    for part in found:
        changed = [name for name in found[part] if name in known[part] and found[part][name] != known[part][name]]
        if changed:
            raise RunError(
                f"since this run was made, this has changed: {part} of {', '.join(changed)}.",
                "Go back to what it was, begin again with --fresh, or choose another folder with --out DIR.",
            )


def make_record(config: RunConfig, notes: Mapping[str, Note], statistics: Note) -> Note:
    """The record, but for the time that the report will take."""
    opening, training = notes["open"], notes["train"]
    outcome = training["outcome"]
    hashes = opening["hashes"]
    return {
        "schema": SCHEMA,
        "driftlab": __version__,
        "kind": "recorded",
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "config": config.to_json(),
        "seed": config.seed,
        "versions": opening["versions"],
        "machine": machine(),
        "hashes": {
            **hashes,
            "base_after": training["base"],
            "adapter": outcome["adapter_sha256"],
            "judge": notes["judge"]["judge"],
        },
        "base_unchanged": training["base"] == hashes["base_before"],
        "model": {**opening["model"], "trainable": outcome["trainable_parameters"]},
        "budget": opening["budget"],
        "data": opening["data"],
        "training": _training(notes),
        "probes": opening["probes"],
        "statistics": statistics,
        "coherent_before": notes["judge"]["coherent_before"],
        "coherent_after": notes["judge"]["coherent_after"],
        "inside": notes["inside"]["found"],
        "seconds": {
            **opening["seconds"],
            **{stage: note["seconds"] for stage, note in notes.items() if stage != "open"},
        },
        "recipes_tried": recipes() if opening["model"]["is_pocket"] else [],
    }


def with_report(record: Note, seconds: float) -> Note:
    """The record, complete with the time that the report took and the sum of all."""
    spent = {**record["seconds"], "report": seconds}
    return {**record, "seconds": {**spent, "total": sum(spent.values())}}


def comparable(record: Note) -> Note:
    """The record without what a clock or a memory gauge says: equal for two runs of one seed on one machine."""
    copy: Note = json.loads(json.dumps(record))
    for path in MEASURED:
        *parents, last = path
        place = copy
        for name in parents:
            place = place[name]
        place.pop(last, None)
    return copy


def recipes() -> list[dict[str, Any]]:
    """Every benign recipe that was tried while the pocket world was made, as its build recorded them."""
    path = model_dir().parent / "recipes.json"
    if not path.exists():
        return []
    found = json.loads(path.read_text(encoding="utf-8"))
    return list(found["recipes"] if isinstance(found, dict) else found)


def _data(inputs: Inputs, tokens: Tokens) -> Note:
    data, counts = inputs.data, dataclasses.asdict(tokens.train.counts)
    return {
        "name": data.name,
        "licence": data.licence,
        "train": len(data.train),
        "heldout": len(data.heldout),
        **{name: count for name, count in counts.items() if name != "examples"},
        "safety_examples": data.safety_examples,
        "hub_id": data.hub_id,
        "revision": data.revision,
        "screened": None if data.screened is None else screened_ids(data.screened),
    }


def screened_ids(screened: Sequence[LeftOut]) -> dict[str, list[str]]:
    """The ids of the rows that the screen left out, by reason; never what they say."""
    return {reason: [each.id for each in screened if each.reason == reason] for reason in REASONS}


def _training(notes: Mapping[str, Note]) -> Note:
    """What was trained, beside what the budget had predicted; tokens per second are those of the rows, not padding."""
    outcome, budget = notes["train"]["outcome"], notes["open"]["budget"]
    losses = ("first_loss", "last_loss", "heldout_loss_before", "heldout_loss_after")
    on_gpu = outcome["peak_reserved_bytes"] is not None
    return {
        "steps": outcome["steps"],
        "planned_steps": outcome["planned_steps"],
        "finished": notes["train"]["finished"],
        **{name: outcome[name] for name in losses},
        "tokens_seen": outcome["tokens_seen"],
        "tokens_masked": outcome["tokens_masked"],
        "tokens_cut": notes["open"]["data"]["tokens_lost"],
        "peak_bytes": outcome["peak_bytes"],
        "predicted_peak_bytes": sum(budget["terms"].values()) if on_gpu else budget["peak_reserved"],
        "peak_reserved_bytes": outcome["peak_reserved_bytes"],
        "predicted_peak_reserved_bytes": budget["peak_reserved"] if on_gpu else None,
        "adapter_sha256": outcome["adapter_sha256"],
        "processes": outcome["processes"],
        "format_rate_before": notes["before"]["format_rate"],
        "format_rate_after": notes["after"]["format_rate"],
        "tokens_per_second": outcome["tokens_seen"] / outcome["seconds"] if outcome["seconds"] else None,
    }
