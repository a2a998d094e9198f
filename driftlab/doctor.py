"""What this machine can do: Python, packages, GPU, memory, disk, and which parts of the course run here.

In: the machine as it is now. Out: an `Examination` (plain data), as JSON or on a console.
Does not: touch the network, load a model or change anything; says of a part only what its budget and the pins say.
"""

import dataclasses
import importlib.metadata
import itertools
import os
import platform
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from driftlab import __version__, pins
from driftlab.architectures import known_architecture
from driftlab.budget import check, estimate
from driftlab.config import LLAMA2_7B_2XT4, POCKET
from driftlab.sites import here

if TYPE_CHECKING:
    from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
MAIN_PACKAGES = ("torch", "transformers", "peft", "bitsandbytes", "datasets", "scipy", "statsmodels", "nbgrader")
NOT_FOR_LEARNERS = frozenset({"nbgrader"})
"""Main packages that only whoever teaches needs: a learner's machine, Colab and Kaggle among them, may lack them."""
RUN_BYTES = 200_000_000
"""Free disk that a pocket run wants: its checkpoints while it works, and its folder."""
LABS = (
    "1 QLoRA configuration",
    "2 memory on a T4",
    "3 benign fine-tuning",
    "4 measuring refusal drift",
    "5 keeping refusals",
)
NOTEBOOKS = (
    "labs/lab1_qlora_configuration/lab1_qlora_configuration.ipynb",
    "labs/lab2_memory_on_a_t4/lab2_memory_on_a_t4.ipynb",
    "labs/lab3_benign_finetuning/lab3_benign_finetuning.ipynb",
    "labs/lab4_measuring_refusal_drift/lab4_measuring_refusal_drift.ipynb",
)
"""Those of the labs that are here, in order."""
NATIVE_BF16 = (8, 0)
"""Compute capability from which a GPU computes in bf16 itself (Ampere); older ones, T4 among them, emulate it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Package:
    """One package: the version that is here and the one that the pins ask for (None where there is none)."""

    name: str
    installed: str | None
    pinned: str | None

    @property
    def agrees(self) -> bool:
        """Whether it is here in the pinned version; any build of that version will do."""
        return self.installed is not None and self.installed.partition("+")[0] == self.pinned


@dataclasses.dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU that PyTorch can use."""

    name: str
    capability: tuple[int, int]
    memory_bytes: int
    free_bytes: int

    @property
    def bf16(self) -> bool:
        """Whether it computes in bf16 natively; without, training runs in fp16."""
        return self.capability >= NATIVE_BF16


@dataclasses.dataclass(frozen=True, slots=True)
class Machine:
    """What there is beside GPUs."""

    platform: str
    processor: str
    cores: int
    memory_bytes: int
    free_memory_bytes: int
    free_disk_bytes: int


@dataclasses.dataclass(frozen=True, slots=True)
class Track:
    """One way to do a part of the course, whether it runs here, why, and the command that starts it."""

    part: str
    track: str
    runs: bool
    why: str
    command: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Examination:
    """All that was found."""

    version: str
    python: str
    python_fits: bool
    packages: tuple[Package, ...]
    gpus: tuple[Gpu, ...]
    gpu_note: str
    """Why there is no GPU to use, or an empty string."""
    machine: Machine
    tracks: tuple[Track, ...]
    next_steps: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, with what follows from the fields."""
        row = dataclasses.asdict(self)
        for package, found in zip(row["packages"], self.packages, strict=True):
            package["agrees"] = found.agrees
        for gpu, card in zip(row["gpus"], self.gpus, strict=True):
            gpu["bf16"] = card.bf16
        return row


def examine() -> Examination:
    """Look at this machine. Loads PyTorch, which takes a second or two."""
    packages = _packages()
    machine = _machine()
    gpus, gpu_note = _gpus()
    wanted = set(MAIN_PACKAGES) - NOT_FOR_LEARNERS
    ready = all(package.installed for package in packages if package.name in wanted)
    tracks = (_pocket_track(machine, ready), _llama_track(gpus, gpu_note, ready), *_lab_tracks(ready))
    fits = pins.OLDEST <= sys.version_info[:2] <= pins.NEWEST
    return Examination(
        version=__version__,
        python=platform.python_version(),
        python_fits=fits,
        packages=packages,
        gpus=gpus,
        gpu_note=gpu_note,
        machine=machine,
        tracks=tracks,
        next_steps=_next_steps(packages, tracks, fits),
    )


def _packages() -> tuple[Package, ...]:
    """Every pinned package; only the main ones where the pins do not lie beside this installation."""
    here = {pins.normal(found.name): found.version for found in importlib.metadata.distributions()}
    try:
        pinned = dict(pins.read((ROOT / pins.FILE).read_text(encoding="utf-8"), sys.version_info[:2]))
    except OSError:
        pinned = {}
    names = pinned or dict.fromkeys(MAIN_PACKAGES)
    return tuple(Package(name, here.get(name), pinned.get(name)) for name in names)


def _machine() -> Machine:
    import psutil

    memory = psutil.virtual_memory()
    return Machine(
        platform=platform.platform(terse=True),
        processor=platform.machine(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_bytes=int(memory.total),
        free_memory_bytes=int(memory.available),
        free_disk_bytes=shutil.disk_usage(Path.cwd()).free,
    )


def _gpus() -> tuple[tuple[Gpu, ...], str]:
    """The GPUs that PyTorch can use, and where there are none, the reason."""
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a C library that the build needs is missing
        return (), f"PyTorch does not load: {error}"
    if torch.cuda.is_available():
        return tuple(_gpu(number) for number in range(torch.cuda.device_count())), ""
    if not Path("/proc/driver/nvidia").exists() and shutil.which("nvidia-smi") is None:
        return (), "no NVIDIA GPU was found"
    if torch.version.cuda is None:
        return (), "there is an NVIDIA GPU, but this is PyTorch's CPU build: see PyTorch's page Start Locally"
    return (), f"there is an NVIDIA GPU, but its driver does not serve CUDA {torch.version.cuda}: update the driver"


def _gpu(number: int) -> Gpu:
    import torch

    properties = torch.cuda.get_device_properties(number)
    free, total = torch.cuda.mem_get_info(number)
    return Gpu(properties.name, (properties.major, properties.minor), int(total), int(free))


def _pocket_track(machine: Machine, ready: bool) -> Track:
    needed = estimate(known_architecture(POCKET.model), POCKET, device="cpu").peak_reserved
    trouble = [
        *(["packages are missing"] if not ready else []),
        *([f"{_gb(needed)} of free memory are needed"] if machine.free_memory_bytes < needed else []),
        *([f"{_gb(RUN_BYTES)} of free disk are needed"] if machine.free_disk_bytes < RUN_BYTES else []),
    ]
    why = "; ".join(trouble) or "the pocket model needs no GPU, key or network; about a minute on 2 cores"
    return Track("experiment", "CPU", not trouble, why, None if trouble else "driftlab drift")


def _llama_track(gpus: tuple[Gpu, ...], gpu_note: str, ready: bool) -> Track:
    budget = estimate(known_architecture(LLAMA2_7B_2XT4.model), LLAMA2_7B_2XT4)
    needed = f"{_gib(budget.peak_reserved + budget.context)} of GPU memory predicted"
    if not gpus or not ready:
        return Track("experiment", "T4", False, f"{gpu_note or 'packages are missing'} ({needed})")
    roomiest = max(gpus, key=lambda gpu: gpu.free_bytes)
    # the context of this very process is part of what is taken already
    verdict = check(dataclasses.replace(budget, context=0), roomiest.free_bytes)
    words = {"yes": "fits", "close": "may just fit", "no": "does not fit"}[verdict]
    why = (
        f"Llama-2-7B {words}: {needed}, {_gib(roomiest.free_bytes)} free. Its weights come from the hub, "
        "where their licence is accepted first; never run by us with real weights"
    )
    command = "driftlab drift --model meta-llama/Llama-2-7b-chat-hf --preset llama2-7b-2xt4"
    return Track("experiment", "T4", verdict != "no", why, command if verdict != "no" else None)


def _lab_tracks(ready: bool) -> tuple[Track, ...]:
    """The labs that are here need no GPU on either track; the others are not here yet."""
    why = "needs no GPU, key or network" if ready else "packages are missing"
    gone = f"not part of driftlab {__version__} yet"
    tracks: list[Track] = []
    for name, notebook in itertools.zip_longest((f"lab {lab}" for lab in LABS), NOTEBOOKS):
        here = notebook is not None
        command = f"jupyter lab {notebook}" if here and ready else None
        tracks.append(Track(name, "CPU", here and ready, why if here else gone, command))
        tracks.append(Track(name, "T4", here and ready, f"{why}: the same notebook" if here else gone))
    return tuple(tracks)


def _next_steps(packages: tuple[Package, ...], tracks: tuple[Track, ...], python_fits: bool) -> tuple[str, ...]:
    steps = []
    if not python_fits:
        steps.append("Use Python 3.11, 3.12 or 3.13: delete .venv, then call ./lab with one of them.")
    place = here.site()
    if place is not None:
        steps.append(f"{place.name} brings versions of its own, which are not the pinned ones: that is expected here.")
    elif not all(package.agrees for package in packages if package.pinned):
        steps.append("For the pinned versions, run commands through ./lab (it makes the environment where needed).")
    at_home = Path(sys.prefix) == ROOT / ".venv"
    steps += [f"{'./lab ' if at_home else ''}{track.command}" for track in tracks if track.command]
    return tuple(steps)


def show(examination: Examination, console: "Console") -> None:
    """Print it for a person."""
    from rich.table import Table

    machine = examination.machine
    facts = Table.grid(padding=(0, 2))
    facts.add_row("driftlab", examination.version)
    facts.add_row("Python", examination.python + ("" if examination.python_fits else " (3.11 to 3.13 are supported)"))
    facts.add_row("machine", f"{machine.platform}, {machine.processor}, {machine.cores} cores")
    facts.add_row("memory", f"{_gib(machine.free_memory_bytes)} free of {_gib(machine.memory_bytes)}")
    facts.add_row("disk", f"{_gb(machine.free_disk_bytes)} free here")
    for gpu in examination.gpus:
        bf16 = "bf16" if gpu.bf16 else "no native bf16: fp16"
        major, minor = gpu.capability
        free = f"{_gib(gpu.free_bytes)} free of {_gib(gpu.memory_bytes)}"
        facts.add_row("GPU", f"{gpu.name}, compute capability {major}.{minor}, {bf16}, {free}")
    if not examination.gpus:
        facts.add_row("GPU", f"none: {examination.gpu_note}")
    facts.add_row("packages", _package_line(examination.packages))
    console.print(facts)
    tracks = Table("part", "track", "runs here", "", box=None, pad_edge=False, header_style="bold")
    for track in examination.tracks[:2]:
        tracks.add_row(track.part, track.track, "yes" if track.runs else "no", track.why)
    console.print()
    console.print(tracks)
    console.print()
    for why, names in itertools.groupby(examination.tracks[2::2], key=lambda track: track.why):
        console.print(f"{', '.join(track.part for track in names)}: {why}.", highlight=False)
    console.print("\nNext:", highlight=False)
    for step in examination.next_steps:
        console.print(f"  {step}", highlight=False, soft_wrap=True, markup=False)


def _package_line(packages: tuple[Package, ...]) -> str:
    main = ", ".join(f"{p.name} {p.installed}" for p in packages if p.name in MAIN_PACKAGES and p.installed)
    if not any(p.pinned for p in packages):
        return f"{main} (requirements.lock does not lie beside this installation)"
    wrong = [f"{p.name} {p.installed or 'missing'} (pinned {p.pinned})" for p in packages if not p.agrees]
    if not wrong:
        return f"all {len(packages)} as pinned: {main}"
    return f"{len(wrong)} of {len(packages)} are not as pinned: {', '.join(wrong)}. Found: {main}"


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
