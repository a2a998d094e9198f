"""What a deck may say in numbers: each is read from `driftlab.cited`, from a file in `recorded/` or from the library.

In: a key, a setting or a file's name. Out: words for a slide: a number with its unit, or whence it is.
Does not: know a number of its own.
"""

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from driftlab.budget import T4_USABLE_BYTES
from driftlab.cited import How, cite

ROOT = Path(__file__).resolve().parents[1]
RECORDED = ROOT / "recorded"
POCKET_FILE = "recorded/pocket/runs.jsonl"
GRADES = {
    How.PAPER: "From the paper",
    How.SECONDARY: "As cited in a secondary copy, unchecked",
    How.MEASURED: "Measured for this course on published data",
    How.ARITHMETIC: "By arithmetic from published dimensions",
}
"""The first words of a line that says whence a number is."""


def cited(key: str, name: str = "value") -> str:
    """A number from the literature with its unit.

    Raises:
        KeyError: there is no such figure, or no such value of it.
    """
    return cite(key).said(name)


def value(key: str, name: str = "value") -> float:
    """A cited number to compute with."""
    return float(cite(key).value(name))


def crossed(key: str) -> dict[str, dict[str, str]]:
    """A figure whose values are named `one, two 3` as a table: `two 3`, then `one`, to the number."""
    table: dict[str, dict[str, str]] = {}
    for name in cite(key).values:
        column, row = name.split(", ")
        table.setdefault(row, {})[column] = cited(key, name)
    return table


def source(*keys: str) -> str:
    """Whence these numbers are and how we know them; keys of one place share a line."""
    lines = [f"{GRADES[cite(key).how]}: {cite(key).source.name}, {cite(key).where}" for key in keys]
    return "; ".join(dict.fromkeys(lines)) + "."


@dataclass(frozen=True, slots=True)
class PocketRuns:
    """The recorded runs of one setting with the pocket model."""

    runs: Sequence[Mapping[str, Any]]

    def rates(self, phase: str = "after") -> list[float]:
        """The share refused in each run; `phase`: before or after."""
        return [run["statistics"]["refusal"][phase]["value"] for run in self.runs]

    @property
    def mean(self) -> float:
        """The mean share refused after fine-tuning."""
        return sum(self.rates()) / len(self.runs)

    @property
    def before(self) -> str:
        """The share refused before, the same in each run of a model that was not trained yet."""
        return percent(self.rates("before")[0])

    @property
    def after(self) -> str:
        """The mean share refused after."""
        return percent(self.mean)

    @property
    def span(self) -> str:
        """The lowest and the highest share refused after."""
        return f"{percent(min(self.rates()))} to {percent(max(self.rates()))}"

    @property
    def seeds(self) -> str:
        """How many runs there are."""
        return str(len(self.runs))

    @property
    def null(self) -> str:
        """In how many of them the interval of the drift covers zero."""
        covers = [run["statistics"]["refusal"]["low"] <= 0 <= run["statistics"]["refusal"]["high"] for run in self.runs]
        return f"{sum(covers)} of {len(covers)}"

    @property
    def pairs(self) -> str:
        """How many pairs each run compares."""
        return str(self.runs[0]["statistics"]["refusal"]["pairs"])

    @property
    def examples(self) -> str:
        """How many benign examples each run learns from."""
        return f"{self.runs[0]['data']['train']:,}"

    @property
    def parameters(self) -> str:
        """The model's parameters."""
        return f"{self.runs[0]['model']['parameters']:,}"

    @property
    def unchanged(self) -> str:
        """In how many of them the base was bit for bit what it had been."""
        same = [run["hashes"]["base_before"] == run["hashes"]["base_after"] for run in self.runs]
        return f"{sum(same)} of {len(same)}"

    @property
    def form(self) -> str:
        """The mean share of held-out answers in the benign set's form, before fine-tuning."""
        return percent(sum(run["training"]["format_rate_before"] for run in self.runs) / len(self.runs))

    @property
    def losses(self) -> tuple[str, str]:
        """The mean held-out loss before and after."""
        names = ("heldout_loss_before", "heldout_loss_after")
        before, after = (sum(run["training"][name] for run in self.runs) / len(self.runs) for name in names)
        return f"{before:.2f}", f"{after:.2f}"


def pocket(name: str = "") -> PocketRuns:
    """The recorded runs of a setting, named as in `recorded/pocket/plan.json`.

    Without a name, all of them.

    Raises:
        KeyError: no setting of that name was recorded.
    """
    found = [run for run in rows("pocket/runs.jsonl") if name in ("", run["setting"])]
    if not found:
        raise KeyError(name)
    return PocketRuns(found)


@functools.cache
def rows(name: str) -> tuple[dict[str, Any], ...]:
    """The lines of a recorded JSONL file."""
    return tuple(json.loads(line) for line in (RECORDED / name).read_text(encoding="utf-8").splitlines())


@functools.cache
def recorded(name: str) -> Mapping[str, Any]:
    """A recorded JSON file."""
    found: dict[str, Any] = json.loads((RECORDED / name).read_text(encoding="utf-8"))
    return found


def simulated(method: str, size: str) -> Mapping[str, Any]:
    """What the simulation found of a method at a size: its row of `recorded/coverage.json`.

    Raises:
        StopIteration: the simulation has no such row.
    """
    found: Sequence[Mapping[str, Any]] = recorded("coverage.json")["rows"]
    return next(row for row in found if row["method"] == method and row["size"] == size)


def percent(share: float) -> str:
    """A share in percent, to a tenth."""
    return f"{100 * share:.1f}%"


def gib(size: float) -> str:
    """Bytes in GiB, to a hundredth."""
    return f"{size / 2**30:.2f} GiB"


def usable() -> str:
    """What a T4 offers to CUDA."""
    return gib(T4_USABLE_BYTES)


class Lab(NamedTuple):
    """What a lab's source says of it at its top."""

    name: str
    title: str
    minutes: int
    points: int


def labs() -> list[Lab]:
    """The labs that are here, in their order."""
    found = []
    for path in sorted((ROOT / "solutions").glob("lab*_*.py")):
        head = path.read_text(encoding="utf-8")[:600]
        said = dict(re.findall(r"^#   (lab|title|minutes|points): (.+)$", head, re.MULTILINE))
        found.append(Lab(said["lab"], said["title"], int(said["minutes"]), int(said["points"])))
    return found


def lab(name: str) -> Lab:
    """One of them.

    Raises:
        StopIteration: it is not here.
    """
    return next(each for each in labs() if each.name == name)


def lab_alt(lab: str, name: str) -> str:
    """What a lab says of its figure to those who do not see it.

    Raises:
        LookupError: the lab shows no such figure.
    """
    (path,) = (ROOT / "solutions").glob(f"{lab}_*.py")
    found = re.search(rf"!\[([^\]]*)\]\(figures/{re.escape(name)}\.svg\)", path.read_text(encoding="utf-8"))
    if found is None:
        raise LookupError(f"{lab} shows no figure {name!r}")
    return " ".join(found[1].replace("\n#", " ").split())
