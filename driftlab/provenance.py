"""Where a record comes from: versions of what computed it, and the machine it ran on.

In: nothing. Out: plain JSON values for the record.
Does not: name a user, a host or a folder; a record can be shown to others.
"""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

PACKAGES = (
    "torch",
    "transformers",
    "peft",
    "bitsandbytes",
    "accelerate",
    "tokenizers",
    "safetensors",
    "scipy",
    "statsmodels",
)


def versions() -> dict[str, str | None]:
    """Python's and each package's version; None for a package that is not installed."""
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}}


def machine() -> dict[str, Any]:
    """What the run was computed on."""
    import psutil

    return {
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": cores(),
        "memory_bytes": int(psutil.virtual_memory().total),
        "gpu": _gpu(),
    }


def usable_bytes(*, on_gpu: bool) -> int:
    """Memory that is free now: the GPU's, as far as this process may take it, or the machine's."""
    import psutil
    import torch

    if on_gpu:
        free, total = torch.cuda.mem_get_info()
        allowed = torch.cuda.get_per_process_memory_fraction() * total - torch.cuda.memory_reserved()
        return int(min(free, allowed))
    return int(psutil.virtual_memory().available)


def _processor() -> str | None:
    """The processor's own name, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or None
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else None


def _gpu() -> dict[str, Any] | None:
    import torch

    if not torch.cuda.is_available():
        return None
    properties = torch.cuda.get_device_properties(0)
    return {
        "name": properties.name,
        "memory_bytes": int(properties.total_memory),
        "capability": f"{properties.major}.{properties.minor}",
        "cuda": torch.version.cuda,
        "count": torch.cuda.device_count(),
    }


def cores() -> int:
    """Cores that this process may use, which can be fewer than the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
