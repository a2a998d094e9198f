"""What doctor finds here, and what it would say of other machines."""

import dataclasses
import importlib.metadata
import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from rich.console import Console

from driftlab import doctor, packages, pins
from driftlab.architectures import known_architecture
from driftlab.pocket import model_dir

GIB = 2**30
T4 = doctor.Gpu("Tesla T4", (7, 5), int(14.74 * GIB), int(14.56 * GIB))
SMALL = doctor.Gpu("GeForce GTX 1650", (7, 5), 4 * GIB, 3 * GIB)


def machine(**changes: Any) -> doctor.Machine:
    plenty = doctor.Machine("Linux", "x86_64", 2, 16 * GIB, 12 * GIB, 50 * GIB)
    return dataclasses.replace(plenty, **changes)


@pytest.fixture(scope="module")
def here() -> doctor.Examination:
    return doctor.examine()


def shown(examination: doctor.Examination, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, _environ={})
    doctor.show(examination, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return " ".join(text.split())


def test_it_finds_this_machine(here: doctor.Examination) -> None:
    assert here.python == ".".join(map(str, sys.version_info[:3]))
    assert here.python_fits
    assert 0 < here.machine.free_memory_bytes <= here.machine.memory_bytes == psutil.virtual_memory().total
    assert here.machine.cores >= 1
    torch = next(package for package in here.packages if package.name == "torch")
    assert torch.installed == importlib.metadata.version("torch")
    assert bool(here.gpus) != bool(here.gpu_note)


def test_its_json_is_plain_and_says_what_follows(here: doctor.Examination) -> None:
    row = json.loads(json.dumps(here.to_json(), allow_nan=False))
    assert {"version", "python", "packages", "gpus", "machine", "tracks", "next_steps"} <= set(row)
    assert all({"name", "installed", "pinned", "agrees"} == set(package) for package in row["packages"])
    assert [track["part"] for track in row["tracks"][:2]] == ["experiment", "experiment"]
    assert sum(track["part"].startswith("lab ") for track in row["tracks"]) == 2 * 5


def test_labs_that_do_not_exist_are_not_promised(here: doctor.Examination) -> None:
    labs = [track for track in here.tracks if track.part.startswith("lab ")]
    present = 2 * len(doctor.NOTEBOOKS)
    assert [track.command for track in labs[:present:2]] == [f"jupyter lab {path}" for path in doctor.NOTEBOOKS]
    assert all((doctor.ROOT / path).is_file() for path in doctor.NOTEBOOKS)
    assert all(track.runs for track in labs[:present])
    assert not any(track.runs or track.command for track in labs[present:])
    assert "not part of driftlab" in shown(here)
    assert [step for step in here.next_steps if "drift" in step]


def test_the_screen_names_every_package_that_differs(here: doctor.Examination) -> None:
    two = (packages.Package("torch", "2.13.0+cpu", "2.13.0"), packages.Package("peft", "0.1", "0.21.2"))
    text = shown(dataclasses.replace(here, packages=(*two, packages.Package("scipy", None, "1.17.1"))))
    assert "2 of 3 are not as pinned: peft 0.1 (pinned 0.21.2), scipy missing (pinned 1.17.1)" in text
    assert "all 1 as pinned: torch 2.13.0+cpu" in shown(dataclasses.replace(here, packages=two[:1]))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_screen_fits_any_terminal(here: doctor.Examination, width: int) -> None:
    text = shown(dataclasses.replace(here, gpus=(T4,)), width)
    assert "bf16" in text
    assert "Tesla T4" in text


def test_a_t4_has_no_bf16_and_an_ampere_has() -> None:
    assert not T4.bf16
    assert dataclasses.replace(T4, capability=(8, 0)).bf16
    assert dataclasses.replace(T4, capability=(9, 0)).bf16


def test_the_published_run_fits_a_t4_and_not_a_small_card() -> None:
    fits = doctor._llama_track((SMALL, T4), "", ready=True)
    assert fits.runs
    assert "--preset llama2-7b-2xt4" in str(fits.command)
    assert "never run by us" in fits.why
    small = doctor._llama_track((SMALL,), "", ready=True)
    assert (small.runs, small.command) == (False, None)
    assert "does not fit" in small.why
    nothing = doctor._llama_track((), "no NVIDIA GPU was found", ready=True)
    assert not nothing.runs
    assert "no NVIDIA GPU was found" in nothing.why


@pytest.mark.parametrize(
    ("changes", "ready", "words"),
    [
        ({}, False, "packages are missing"),
        ({"free_memory_bytes": GIB}, True, "of free memory are needed"),
        ({"free_disk_bytes": 1000}, True, "of free disk are needed"),
    ],
)
def test_what_keeps_the_pocket_run_from_running(changes: dict[str, int], ready: bool, words: str) -> None:
    track = doctor._pocket_track(machine(**changes), ready)
    assert (track.runs, track.command) == (False, None)
    assert words in track.why
    assert doctor._pocket_track(machine(), ready=True).command == "driftlab drift"


def test_next_steps_name_what_is_wrong_first() -> None:
    wrong = (packages.Package("torch", "2.0", "2.13.0"),)
    steps = doctor._next_steps(wrong, (doctor._pocket_track(machine(), ready=True),), python_fits=False)
    assert "Python 3.11" in steps[0]
    assert "./lab" in steps[1]
    assert steps[2].endswith("driftlab drift")


def fake_torch(monkeypatch: pytest.MonkeyPatch, cuda: str | None, cards: int) -> None:
    properties = SimpleNamespace(name="Tesla T4", major=7, minor=5)
    module = SimpleNamespace(
        version=SimpleNamespace(cuda=cuda),
        cuda=SimpleNamespace(
            is_available=lambda: cards > 0,
            device_count=lambda: cards,
            get_device_properties=lambda number: properties,
            mem_get_info=lambda number: (T4.free_bytes, T4.memory_bytes),
        ),
    )
    monkeypatch.setitem(sys.modules, "torch", module)


def test_gpus_as_torch_reports_them(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_torch(monkeypatch, "13.0", cards=2)
    assert doctor._gpus() == ((T4, T4), "")


@pytest.mark.parametrize(
    ("cuda", "driver", "words"),
    [(None, True, "CPU build"), ("13.0", True, "update the driver"), (None, False, "no NVIDIA GPU was found")],
)
def test_why_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch, cuda: str | None, driver: bool, words: str) -> None:
    fake_torch(monkeypatch, cuda, cards=0)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: "/usr/bin/nvidia-smi" if driver else None)
    monkeypatch.setattr(Path, "exists", lambda self: driver)
    gpus, note = doctor._gpus()
    assert gpus == ()
    assert words in note


def test_a_torch_that_does_not_load_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert "does not load" in doctor._gpus()[1]


def test_without_pins_only_the_main_packages_are_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    assert [package.name for package in packages.found()] == list(packages.MAIN)
    assert all(package.pinned is None for package in packages.found())
    assert "does not lie beside" in packages.line(packages.found())
    assert doctor._next_steps(packages.found(), (), python_fits=True) == ()


def test_the_main_packages_are_pinned_and_the_pocket_shape_is_the_models() -> None:
    pinned = dict(pins.read((doctor.ROOT / pins.FILE).read_text(encoding="utf-8"), (3, 11)))
    assert set(packages.MAIN) <= set(pinned)
    config = json.loads((model_dir() / "config.json").read_text(encoding="utf-8"))
    shape = known_architecture("pocket")
    assert (shape.hidden, shape.layers, shape.heads, shape.kv_heads, shape.intermediate, shape.vocab) == tuple(
        config[name]
        for name in (
            "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "intermediate_size",
            "vocab_size",
        )
    )  # fmt: skip


def test_importing_it_loads_no_torch() -> None:
    code = "import sys, driftlab.doctor; sys.exit(bool({'torch', 'rich', 'psutil'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
