"""Measured peaks of QLoRA steps, each with the shape of its model.

In: a JSONL file of records, and its .meta.json beside it. Out: `Case`s, all sizes in bytes.
Does not: predict anything, or know models that are not in `SHAPES`.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any, Literal, NamedTuple

from driftlab.architectures import Architecture, known_architecture
from driftlab.budget import CONTEXT_BYTES, T4_USABLE_BYTES, Fits
from driftlab.errors import CourseError

Optimizer = Literal["adamw", "adamw_8bit"]
OPTIMIZERS: dict[str, Optimizer] = {"adamw8bit": "adamw_8bit", "adamw": "adamw", "adamw_foreach": "adamw"}
ATTENTION = frozenset({"q_proj", "k_proj", "v_proj", "o_proj"})
SHAPES = {
    name: known_architecture(name)
    for name in ("llama-2-7b", "llama-2-13b", "llama-3.1-8b", "mistral-7b", "smollm2-360m", "tinyllama-1.1b")
}


class Sides(NamedTuple):
    """The widths on both sides of a projection."""

    inputs: int
    outputs: int


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """One measured run: what it was, and what it took."""

    model: str
    shape: Architecture
    seq: int
    batch: int
    rank: int
    targets: tuple[str, ...]
    checkpointing: bool
    optimizer: Optimizer
    fp32_rest: bool
    """Regime B: embeddings, head and norms in fp32. Else regime A: in fp16."""
    peak_alloc: int
    peak_reserved: int
    device_used: int
    """The whole GPU, with the CUDA context of the GPU that it was measured on."""
    context: int
    """That context."""

    @property
    def tokens(self) -> int:
        """Tokens in a batch."""
        return self.seq * self.batch

    @property
    def writes_scores(self) -> bool:
        """Whether attention wrote its scores down: the math kernel, which grouped-query heads got in these runs."""
        return self.shape.kv_heads != self.shape.heads

    @property
    def adapter(self) -> int:
        """LoRA's weights."""
        return lora(self.shape, self.targets, self.rank)

    @property
    def process_on_t4(self) -> int:
        """What the process would take where the CUDA context is a T4's."""
        return self.device_used - self.context + CONTEXT_BYTES

    @property
    def fits_t4(self) -> Fits:
        """Whether it would run in a T4's memory; "close" where that depends on what the allocator keeps beside."""
        if self.peak_reserved + CONTEXT_BYTES <= T4_USABLE_BYTES:
            return "yes"
        return "no" if self.peak_alloc + CONTEXT_BYTES > T4_USABLE_BYTES else "close"


def sides(shape: Architecture) -> dict[str, Sides]:
    """Both widths of each of a layer's seven projections."""
    h, f, q, k = shape.hidden, shape.intermediate, shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    return {
        "q_proj": Sides(h, q), "k_proj": Sides(h, k), "v_proj": Sides(h, k), "o_proj": Sides(q, h),
        "gate_proj": Sides(h, f), "up_proj": Sides(h, f), "down_proj": Sides(f, h),
    }  # fmt: skip


def lora(shape: Architecture, targets: tuple[str, ...], rank: int) -> int:
    """How many weights LoRA trains."""
    return shape.layers * rank * sum(sum(sides(shape)[name]) for name in targets)


def read_cases(path: Path) -> list[Case]:
    """All runs of a file.

    Raises:
        CourseError: there is no such file or none beside it that says how large the CUDA context is, or a run is of a
            model or an optimizer that is not known here.
    """
    beside = path.with_suffix(".meta.json")
    for needed in (path, beside):
        if not needed.is_file():
            raise CourseError(
                f"There is no file {str(needed)!r}.",
                "The measured peaks are not part of the repository. Name your own with --records FILE; what stands in "
                "FILE and in FILE's .meta.json is said in benchmarks/memory_peers/measured.py.",
            )
    context = int(json.loads(beside.read_text(encoding="utf-8"))["context"])
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_case(json.loads(line), context, f"{path.name}, line {number}") for number, line in enumerate(lines, 1)]


def _case(record: dict[str, Any], context: int, place: str) -> Case:
    for field, known in (("model", SHAPES), ("optim", OPTIMIZERS)):
        if record[field] not in known:
            raise CourseError(
                f"{place}: {field} is {record[field]!r}, which this benchmark does not know.",
                f"It knows {', '.join(sorted(known))}. Add it to benchmarks/memory_peers/measured.py.",
            )
    return Case(
        model=record["model"],
        shape=SHAPES[record["model"]],
        seq=record["seq"],
        batch=record["batch"],
        rank=record["r"],
        targets=tuple(record["targets"].split(",")),
        checkpointing=record["ckpt"],
        optimizer=OPTIMIZERS[record["optim"]],
        fp32_rest=record["fp32_rest"],
        peak_alloc=record["peak_alloc"],
        peak_reserved=record["peak_reserved"],
        device_used=record["device_used"],
        context=context,
    )
