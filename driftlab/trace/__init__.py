"""The peak of GPU memory in a QLoRA step, by running transformers', peft's and the optimizers' own code without a GPU.

In: the content of a model's config.json, a `RunConfig`. Out: a `Traced`: the peak in bytes, what was alive, and where.
Nothing is computed: all tensors are fake (shape, type and storage, no numbers), so that a model of any size runs on a
laptop's CPU in seconds, and whatever the libraries allocate is counted.
Does not: need weights, a network or CUDA; count CUDA's own memory in the process, paged optimizer states, or what the
allocator keeps in reserve.
"""

import dataclasses
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Literal

from driftlab.config import RunConfig
from driftlab.quantize import load_bitsandbytes
from driftlab.quiet import quiet
from driftlab.trace.allocator import Usage, replay, rounded
from driftlab.trace.gpu import Attention, as_if_on_cuda, expansions
from driftlab.trace.ledger import Ledger, Made, counting
from driftlab.trace.model import build, materialise
from driftlab.trace.step import Step

__all__ = ["Attention", "Held", "Traced", "trace"]

CUBLAS_BYTES = 64 * 2**20
"""cuBLAS workspace, as in the measured records (an H200)."""
LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes")


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """Storages of one kind, made alike, that were alive at the peak."""

    bytes_: int
    """Of all of them."""
    count: int
    shape: tuple[int, ...]
    dtype: str
    op: str
    module: str
    """The module of the first; `layers.N` where others are in other layers."""
    phase: str
    kind: str


@dataclasses.dataclass(frozen=True, slots=True)
class Traced:
    """What a traced step came to. All bytes are as the allocator counts them, workspace included."""

    peak_allocated: int
    peak_reserved: int
    """What the allocator held at the end, used or not."""
    after_forward: int
    idle: int
    """Between two steps."""
    base: int
    """The model before it gets its adapter, without the workspace."""
    by_kind: dict[str, int]
    """What was alive at the peak; adds up to `peak_allocated`."""
    at: str
    """The phase, operator and module of the peak."""
    held: tuple[Held, ...]
    """The same in detail, the largest first."""
    seconds: float
    versions: dict[str, str]

    def table(self, rows: int = 40) -> str:
        """The largest of what was alive at the peak, as lines of text."""
        lines = [f"{self.peak_allocated:>15,}  peak, {self.at}"]
        for held in self.held[:rows]:
            each = f"{held.count} x {held.dtype}{list(held.shape)}"
            lines.append(
                f"{held.bytes_:>15,}  {held.kind:<26} {each:<36} {held.op} in {held.module or '-'} ({held.phase})"
            )
        return "\n".join(lines)


def trace(
    settings: dict[str, Any],
    config: RunConfig,
    *,
    rest_dtype: Literal["fp32", "fp16"] = "fp32",
    attention: Attention = "auto",
    kv_cache: bool = False,
    workspace: int = CUBLAS_BYTES,
    on_progress: Callable[[str], None] | None = None,
) -> Traced:
    """Trace one step at the full batch and length of `config`.

    `attention`: "auto" is what a T4 runs. `kv_cache`: as a bare loop does it, which calls the model without saying
    use_cache and holds the last step's loss until the next one; Trainer does neither.

    Raises:
        ModelError: transformers knows no such decoder.
        TrainingError: the model has no layers of the adapter's targets.
    """
    began = time.perf_counter()
    say = on_progress or (lambda words: None)
    ledger = Ledger()
    load_bitsandbytes()
    with quiet(), _fake(ledger):
        _run(settings, config, rest_dtype, attention, kv_cache, ledger, say)
    found = replay(ledger, ledger.marks["idle"])
    alive = ledger.alive_at(found.position)
    return Traced(
        peak_allocated=found.allocated_at(found.position) + workspace,
        peak_reserved=found.peak_reserved + workspace,
        after_forward=found.allocated_at(ledger.marks["after_forward"]) + workspace,
        idle=found.allocated_at(ledger.marks["idle"]) + workspace,
        base=found.allocated_at(ledger.marks["base"]),
        by_kind=_by_kind(alive, workspace),
        at=_place(ledger, found),
        held=_grouped(alive),
        seconds=time.perf_counter() - began,
        versions={name: version(name) for name in LIBRARIES},
    )


@contextmanager
def _fake(ledger: Ledger) -> Iterator[None]:
    """Within the block tensors are fake and counted; the garbage of cycles is only collected at its ends."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    collecting = gc.isenabled()
    gc.disable()
    try:
        with as_if_on_cuda(), FakeTensorMode(), counting(ledger, expansions()):
            yield
    finally:
        if collecting:
            gc.enable()


def _run(
    settings: dict[str, Any], config: RunConfig, rest_dtype: Literal["fp32", "fp16"], attention: Attention,
    kv_cache: bool, ledger: Ledger, say: Callable[[str], None],
) -> None:  # fmt: skip
    import torch
    from torch.utils._python_dispatch import _disable_current_modes

    names = {"auto": torch.float16, "fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}
    dtype = names[config.quantization.compute_dtype]
    say("model")
    with _disable_current_modes():
        model = build(settings, config, rest_dtype, dtype)
    materialise(model, ledger, torch.float32 if config.quantization.kernel == "roundtrip" else dtype)
    step = Step(model, config, ledger, attention, dtype, kv_cache)
    step.settle()
    if kv_cache:
        step.run(say, step.run(say))
    else:
        step.run(say)


def _by_kind(alive: list[Made], workspace: int) -> dict[str, int]:
    kinds: dict[str, int] = {}
    for made in alive:
        kinds[made.kind] = kinds.get(made.kind, 0) + rounded(made.bytes_)
    if workspace:
        kinds["cuBLAS workspace"] = workspace
    return dict(sorted(kinds.items(), key=lambda item: -item[1]))


def _place(ledger: Ledger, found: Usage) -> str:
    made = ledger.made[abs(ledger.events[found.position - 1])]
    return f"{made.phase}: {made.op}" + (f" in {made.module}" if made.module else "")


def _grouped(alive: list[Made]) -> tuple[Held, ...]:
    groups: dict[tuple[Any, ...], list[Made]] = {}
    for made in alive:
        anywhere = ".".join("N" if part.isdigit() else part for part in made.module.split("."))
        key = (made.kind, made.shape, made.dtype, made.op, anywhere, made.phase)
        groups.setdefault(key, []).append(made)
    held = [
        Held(
            sum(rounded(made.bytes_) for made in group), len(group), group[0].shape, group[0].dtype, group[0].op,
            key[4] if len(group) > 1 else group[0].module, group[0].phase, group[0].kind,
        )
        for key, group in groups.items()
    ]  # fmt: skip
    return tuple(sorted(held, key=lambda one: -one.bytes_))
