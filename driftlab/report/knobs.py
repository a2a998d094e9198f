"""Which settings vary among several runs, and which runs make a dose-response curve.

In: loaded runs. Out: settings (runs that differ in the seed alone) and curves (runs that differ in one knob alone).
Does not: average or compare results; it reads configurations.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from driftlab.report.loading import Run

NOT_A_DOSE = frozenset({"seed", "preset", "training.checkpoint_steps", "training.checkpoint_minutes"})
"""What may differ between two runs of one setting: a preset is only a name for values that are listed themselves."""
NAMES = {
    "data": "data set",
    "limit": "examples at most",
    "safety_share": "share of safety examples",
    "adapter.rank": "LoRA rank",
    "adapter.alpha": "LoRA alpha",
    "adapter.dropout": "LoRA dropout",
    "adapter.targets": "target modules",
    "training.epochs": "epochs",
    "training.learning_rate": "learning rate",
    "training.batch_size": "batch size",
    "quantization.scheme": "quantisation",
}
LATER = {"screen": False, "training.truncation": "drop", "training.batching": "sorted"}
"""Settings that older records do not have, and what was then done."""
SEVEN = frozenset({"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"})


class Setting(NamedTuple):
    """All that a configuration fixes but its seed, and the runs that have it."""

    name: str
    runs: tuple[Run, ...]


class Curve(NamedTuple):
    """One knob, with all else equal."""

    knob: str
    values: tuple[Any, ...]
    """Sorted where they are numbers, else in the order of the runs."""
    runs: tuple[tuple[Run, ...], ...]
    """The runs at each value."""
    fixed: str
    """What else tells these runs from the page's other ones; empty where nothing does."""
    left_out: int = 0
    """Runs of seeds that were tried at fewer values."""

    @property
    def numeric(self) -> bool:
        """Whether the values can stand on an axis."""
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values)


def flat(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """A configuration as dotted names and values that can be compared."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = tuple(value) if isinstance(value, list) else value
    return found


def settings_of(run: Run) -> dict[str, Any]:
    """A run's settings, comparable with those of runs of any age. The pocket world's own data is never screened."""
    found = flat(run.config)
    found |= {name: value for name, value in LATER.items() if name not in found}
    if str(found.get("data", "")).startswith("pocket:"):
        found["screen"] = False
    return found


def varying(runs: Sequence[Run]) -> tuple[str, ...]:
    """The knobs that do not have the same value in all runs, in the configuration's order."""
    configs = [settings_of(run) for run in runs]
    names = dict.fromkeys(name for config in configs for name in config if name not in NOT_A_DOSE)
    return tuple(name for name in names if len({config.get(name) for config in configs}) > 1)


def settings(runs: Sequence[Run]) -> list[Setting]:
    """The runs by setting, both in the order in which they came; seeds ascend within a setting."""
    knobs = varying(runs)
    groups = _grouped(runs, knobs)
    common = _usual(groups)
    return [Setting(_name(knobs, key, common), tuple(sorted(group, key=_seed))) for key, group in groups.items()]


def curves(runs: Sequence[Run]) -> list[Curve]:
    """A curve for each knob and each set of runs that differ in this knob (and the seed) alone."""
    knobs = varying(runs)
    found = []
    for knob in knobs:
        others = tuple(other for other in knobs if other != knob)
        groups = _grouped(runs, others)
        usable = [
            (key, group) for key, group in groups.items() if len({settings_of(run).get(knob) for run in group}) > 1
        ]
        for key, group in usable:
            fixed = _listed(others, key) if len(usable) > 1 else ""
            found.append(_curve(knob, group, fixed))
    return found


def with_common_seeds(curve: Curve) -> Curve:
    """The curve with the seeds alone that were run at the most values, so that the same seeds stand at each value."""
    counts = Counter(seed for group in curve.runs for seed in {run.seed for run in group})
    common = {seed for seed, count in counts.items() if count == max(counts.values())}
    kept = [(value, tuple(run for run in group if run.seed in common)) for value, group in _values(curve)]
    kept = [(value, group) for value, group in kept if group]
    left_out = sum(len(group) for group in curve.runs) - sum(len(group) for _, group in kept)
    return curve._replace(
        values=tuple(value for value, _ in kept), runs=tuple(group for _, group in kept), left_out=left_out
    )


def _values(curve: Curve) -> list[tuple[Any, tuple[Run, ...]]]:
    return list(zip(curve.values, curve.runs, strict=True))


def usual(runs: Sequence[Run]) -> str:
    """The usual values of all knobs that vary, where there are so many that settings are named by what is unusual."""
    knobs = varying(runs)
    return _listed(knobs, _usual(_grouped(runs, knobs))) if len(knobs) > 2 else ""


def knob_name(knob: str) -> str:
    """A knob's name in plain words."""
    return NAMES.get(knob, knob.rpartition(".")[2].replace("_", " "))


def knob_value(knob: str, value: Any) -> str:
    """A knob's value in plain words."""
    if isinstance(value, tuple):
        return (
            "all seven projections" if set(value) == SEVEN else ", ".join(str(v).removesuffix("_proj") for v in value)
        )
    if value is None:
        return "no limit" if knob == "limit" else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{100 * value:g}%" if knob == "safety_share" else f"{value:g}"
    return str(value)


def _grouped(runs: Sequence[Run], knobs: Sequence[str]) -> dict[tuple[Any, ...], list[Run]]:
    groups: dict[tuple[Any, ...], list[Run]] = {}
    for run in runs:
        config = settings_of(run)
        groups.setdefault(tuple(config.get(knob) for knob in knobs), []).append(run)
    return groups


def _curve(knob: str, group: Sequence[Run], fixed: str) -> Curve:
    by_value = {key[0]: tuple(sorted(runs, key=_seed)) for key, runs in _grouped(group, (knob,)).items()}
    curve = Curve(knob, tuple(by_value), tuple(by_value.values()), fixed)
    if not curve.numeric:
        return curve
    values = sorted(by_value)
    return Curve(knob, tuple(values), tuple(by_value[value] for value in values), fixed)


def _usual(groups: dict[tuple[Any, ...], list[Run]]) -> tuple[Any, ...]:
    """The commonest value of each knob among the settings."""
    return tuple(Counter(values).most_common(1)[0][0] for values in zip(*groups, strict=True))


def _name(knobs: Sequence[str], key: Sequence[Any], common: Sequence[Any]) -> str:
    """One or two varying knobs are named in full; of more, only those with an unusual value."""
    pairs = list(zip(knobs, key, strict=True))
    told = pairs
    if len(pairs) > 2:
        told = [pair for pair, usual_value in zip(pairs, common, strict=True) if pair[1] != usual_value]
    return _listed(*zip(*told, strict=True)) if told else "the usual setting" if pairs else "one setting"


def _listed(knobs: Sequence[str], key: Sequence[Any]) -> str:
    return ", ".join(f"{knob_name(knob)} {knob_value(knob, value)}" for knob, value in zip(knobs, key, strict=True))


def _seed(run: Run) -> int:
    return run.seed
