"""What a traced step came to, in bytes and words.

In: a ledger and its replay. Out: a `Traced`.
Does not: trace.
"""

import dataclasses
from typing import Any

from driftlab.trace.allocator import Usage, rounded
from driftlab.trace.ledger import Ledger, Made


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """Storages that were alive at the peak, made in the same way; those of different layers are together."""

    bytes_: int
    """Of all of them."""
    count: int
    shape: tuple[int, ...]
    dtype: str
    op: str
    module: str
    """The module that made them; N stands for any layer."""
    phase: str
    kind: str


@dataclasses.dataclass(frozen=True, slots=True)
class Traced:
    """What a traced step came to. All bytes are as torch's allocator counts them, workspace included."""

    peak_allocated: int
    peak_reserved: int
    """What the allocator held at the end, used or not; depends on more of the past than the peak does."""
    after_forward: int
    """When the forward pass had ended."""
    idle: int
    """Between two steps."""
    base: int
    """The model before it gets its adapter, without the workspace."""
    by_kind: dict[str, int]
    """What was alive at the peak; adds up to `peak_allocated`."""
    at: str
    """Where the peak was: phase, operator, module."""
    peaks: dict[str, int]
    """The most that was allocated in each phase and module, the highest first."""
    held: tuple[Held, ...]
    """What was alive at the peak, in detail, the largest first."""
    seconds: float
    versions: dict[str, str]

    def table(self, rows: int = 40) -> str:
        """The largest of what was alive at the peak, and the highest moments elsewhere, as lines of text."""
        lines = [f"{self.peak_allocated:>15,}  peak, {self.at}"]
        for held in self.held[:rows]:
            each = f"{held.count} x {held.dtype}{list(held.shape)}"
            lines.append(
                f"{held.bytes_:>15,}  {held.kind:<26} {each:<36} {held.op} in {held.module or '-'} ({held.phase})"
            )
        lines += [f"{value:>15,}  most in {place}" for place, value in list(self.peaks.items())[: rows // 2]]
        return "\n".join(lines)


def summarise(ledger: Ledger, found: Usage, workspace: int, seconds: float, versions: dict[str, str]) -> Traced:
    """The `Traced` of a ledger and its replay."""
    alive = ledger.alive_at(found.position)
    peak = found.allocated_at(found.position)
    return Traced(
        peak_allocated=peak + workspace,
        peak_reserved=found.reserved[-1] + workspace,
        after_forward=found.allocated_at(ledger.marks["after_forward"]) + workspace,
        idle=found.allocated_at(ledger.marks["idle"]) + workspace,
        base=found.allocated_at(ledger.marks["base"]),
        by_kind=_by_kind(alive, peak, workspace),
        at=_place(ledger.made[abs(ledger.events[found.position - 1])]),
        peaks=_peaks(ledger, found, workspace),
        held=_grouped(alive),
        seconds=seconds,
        versions=versions,
    )


def _place(made: Made) -> str:
    return f"{made.phase}: {made.op}" + (f" in {made.module}" if made.module else "")


def _any_layer(module: str) -> str:
    return ".".join("N" if part.isdigit() else part for part in module.split("."))


def _by_kind(alive: list[Made], peak: int, workspace: int) -> dict[str, int]:
    kinds: dict[str, int] = {}
    for made in alive:
        kinds[made.kind] = kinds.get(made.kind, 0) + rounded(made.bytes_)
    kinds["rests of blocks"] = peak - sum(kinds.values())
    kinds["cuBLAS workspace"] = workspace
    return {kind: value for kind, value in sorted(kinds.items(), key=lambda item: -item[1]) if value}


def _peaks(ledger: Ledger, found: Usage, workspace: int) -> dict[str, int]:
    peaks: dict[str, int] = {}
    for index in range(ledger.marks["idle"], ledger.marks["end"]):
        if ledger.events[index] > 0:
            made = ledger.made[ledger.events[index]]
            place = f"{made.phase}: {_any_layer(made.module)}"
            peaks[place] = max(peaks.get(place, 0), found.allocated[index] + workspace)
    return dict(sorted(peaks.items(), key=lambda item: -item[1]))


def _grouped(alive: list[Made]) -> tuple[Held, ...]:
    groups: dict[tuple[Any, ...], list[Made]] = {}
    for made in alive:
        key = (made.shape, made.dtype, made.op, _any_layer(made.module), made.phase, made.kind)
        groups.setdefault(key, []).append(made)
    held = [Held(sum(rounded(made.bytes_) for made in group), len(group), *key) for key, group in groups.items()]
    return tuple(sorted(held, key=lambda one: -one.bytes_))
