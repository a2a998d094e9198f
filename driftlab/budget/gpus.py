"""What GPUs offer: memory that a program gets, what CUDA takes of it, and how fast they multiply, with sources.

In: a name such as "t4", or a size such as "14.74GiB". Out: a `Gpu`, from `GPUS` or made of that size.
How much is usable differs by some 1% between drivers: T4s showed 14.56 to 14.76 GiB. `usable_source` says of each GPU
whether we measured, read or estimated it; "owner/name#1" is an issue on GitHub, where somebody's machine printed it.
Peaks are the vendor's, dense, fp16 products with fp32 sums; where that is not what its data sheet prints, `peak_source`
says how we know.
Does not: ask the machine (`provenance` does), or predict what a training needs (`budget`, `hours`).
"""

import dataclasses
import difflib
import re
from types import MappingProxyType

from driftlab.errors import ConfigError

MIB, GIB = 2**20, 2**30
CONTEXT_T4 = 144 * MIB
"""140.9 MiB, measured by fitcheck-llm's authors, rounded up."""
CONTEXT_HOPPER = 648_871_936
"""Measured on an H100 and an H200, torch 2.11 with CUDA 13, before any kernel ran."""
CONTEXT_OTHER = 450 * MIB
"""Between the 300 and 500 MiB that users report of other GPUs: an estimate."""
_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": MIB, "gib": GIB, "g": 10**9}
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*([a-z]*)")
_LEAST, _MOST = GIB, 1024 * GIB
_WHITEPAPER = "vendor's architecture paper"


@dataclasses.dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU, or several of a kind in one machine; all sizes are those of one."""

    key: str
    label: str
    count: int
    marketed: int
    """Bytes on the box: 16 GB and so on."""
    usable: int
    """Bytes that CUDA offers to programs, its own context still in them."""
    usable_source: str
    """Starts with "measured", "read", "estimated" or "given"."""
    context: int
    """Bytes that CUDA takes for itself in a process."""
    capability: tuple[int, int] | None
    """CUDA's compute capability; None where only a size is known."""
    peak: float | None
    """FLOPs a second: dense fp16 products with fp32 sums, on tensor cores where there are any."""
    peak_source: str
    bandwidth: float | None
    """Bytes a second between the GPU and its memory."""

    @property
    def bf16(self) -> bool | None:
        """Whether it computes in bf16; None where its capability is not known."""
        return None if self.capability is None else self.capability >= (8, 0)


def _gpu(
    key: str,
    label: str,
    memory: tuple[float, float, str],
    speed: tuple[tuple[int, int], float, float],
    context: int = CONTEXT_OTHER,
    count: int = 1,
    peak_source: str = "vendor's data sheet",
) -> Gpu:
    """`memory`: GB on the box, GiB usable and how we know; `speed`: capability, peak TFLOP/s, GB/s."""
    marketed, usable, source = memory
    capability, peak, bandwidth = speed
    sizes = int(marketed * 10**9), int(usable * GIB)
    return Gpu(
        key, label, count, *sizes, source, context, capability, peak * 10**12, peak_source, bandwidth * 10**9
    )  # fmt: skip


_T4_MEMORY = (
    16,
    14.74,
    "read: 14.75 GiB in googlecolab/colabtools#3439; newer drivers 14.56, facebookresearch/tribev2#28",
)
_T4_SPEED = ((7, 5), 65, 320)
_HOPPER = ((9, 0), 989)

_TABLE = (
    _gpu("t4", "Tesla T4", _T4_MEMORY, _T4_SPEED, CONTEXT_T4),
    _gpu("2xt4", "two Tesla T4 (Kaggle)", _T4_MEMORY, _T4_SPEED, CONTEXT_T4, count=2),
    _gpu(
        "p100", "Tesla P100 (16 GB, PCIe)",
        (16, 15.90, "read: TensorFlow's log of a P100-PCIE-16GB; the same in openai/jukebox#145"),
        ((6, 0), 18.7, 732), peak_source="vendor's data sheet; no tensor cores, plain fp16",
    ),
    _gpu("v100-16", "Tesla V100 (16 GB, SXM2)", (16, 15.78, "read: kchengiva/Shift-GCN#34"), ((7, 0), 125, 900)),
    _gpu(
        "l4", "L4", (24, 21.96, "estimated: nvidia-smi's 23,034 MiB less what an A10 of 23,028 MiB holds back"),
        ((8, 9), 121, 300),
    ),
    _gpu(
        "a10g", "A10G", (24, 21.99, "read: of an A10 in zai-org/CogVLM#236; A10Gs print the same nvidia-smi total"),
        ((8, 6), 70, 600),
    ),
    _gpu(
        "rtx3060-12", "GeForce RTX 3060 (12 GB)", (12, 11.70, "estimated: nvidia-smi's 12,288 MiB less 300"),
        ((8, 6), 25.5, 360), peak_source="arithmetic: 112 tensor cores, 64 products a cycle each, 1.777 GHz",
    ),
    _gpu(
        "rtx3090", "GeForce RTX 3090", (24, 23.70, "read: GaoLii/DSP#10"), ((8, 6), 71, 936), peak_source=_WHITEPAPER,
    ),
    _gpu(
        "rtx4090", "GeForce RTX 4090",
        (24, 23.52, "read: pytorch/torchchat#1341; older drivers 23.64, ali-vilab/VGen#104"),
        ((8, 9), 165.2, 1008), peak_source=_WHITEPAPER,
    ),
    _gpu("a100-40", "A100 (40 GB)", (40, 39.50, "read: TianheWu/CoSeR#10"), ((8, 0), 312, 1555)),
    _gpu(
        "a100-80", "A100 (80 GB, SXM)", (80, 79.14, "read: lianqi1008/Control-GIC#6; 79.15 in vllm-project/vllm#4408"),
        ((8, 0), 312, 2039),
    ),
    _gpu("l40s", "L40S", (48, 44.42, "read: stepfun-ai/Step-Video-T2V#8"), ((8, 9), 362, 864)),
    _gpu(
        "h100", "H100 (80 GB, SXM)", (80, 85_017_493_504 / GIB, "measured: torch 2.11, driver 580"),
        (*_HOPPER, 3350), CONTEXT_HOPPER,
    ),
    _gpu(
        "h200", "H200 (SXM)", (141, 139.7, "estimated: nvidia-smi's 143,771 MiB less what an H100 holds back"),
        (*_HOPPER, 4800), CONTEXT_HOPPER,
    ),
)  # fmt: skip
GPUS = MappingProxyType({gpu.key: gpu for gpu in _TABLE})
"""Every GPU that is known by name."""


def gpu(text: str) -> Gpu:
    """The GPU of that name, or one of that many usable bytes: "t4", "16000000000", "14.74GiB", "24GB".

    Raises:
        ConfigError: neither a name nor a size.
    """
    wanted = text.strip().lower()
    if wanted in GPUS:
        return GPUS[wanted]
    size = _SIZE.fullmatch(wanted)
    if size and size[2] in _UNITS:
        return _of_size(round(float(size[1]) * _UNITS[size[2]]), text)
    raise ConfigError(f"there is no GPU {text!r}.", _remedy(wanted))


def _of_size(usable: int, text: str) -> Gpu:
    """A GPU of which only the memory is known; for the rest it is taken for a T4."""
    if not _LEAST <= usable <= _MOST:
        raise ConfigError(
            f"{text!r} is no size of a GPU's memory: {'more' if usable > _MOST else 'less'} than any has.",
            "Give what CUDA offers, with its unit, for example 14.74GiB.",
        )
    label = f"a GPU with {usable / GIB:.2f} GiB"
    return Gpu("custom", label, 1, usable, usable, "given", CONTEXT_T4, None, None, "not known", None)


def _remedy(wanted: str) -> str:
    plain = {key.replace("-", ""): key for key in GPUS}
    near = difflib.get_close_matches(re.sub(r"[^a-z0-9]|tesla|nvidia|geforce", "", wanted), plain, n=1, cutoff=0.5)
    hint = f"Did you mean {plain[near[0]]!r}? " if near else ""
    return f"{hint}Choose one of: {', '.join(GPUS)}; or give its usable memory, for example 14.74GiB."
