"""What a record says of the machine: enough to compare runs, nothing about whose machine it is."""

import getpass
import json
import platform
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from driftlab import provenance
from driftlab.provenance import machine, usable_bytes, versions


def test_versions_of_what_computes() -> None:
    found = versions()
    assert found["python"] == platform.python_version()
    assert all(found[name] for name in ("torch", "transformers", "peft", "scipy"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "PACKAGES", ("no-such-package",))
        assert versions()["no-such-package"] is None


def test_nobody_is_named() -> None:
    text = json.dumps(machine())
    for name in (socket.gethostname(), platform.release(), str(Path.home()), getpass.getuser()):
        assert len(name) < 4 or name not in text


def test_memory_and_cores_are_those_of_this_process() -> None:
    found = machine()
    assert found["cores"] >= 1
    assert 0 < usable_bytes(on_gpu=False) <= found["memory_bytes"]


def test_a_gpu_is_described_by_what_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    card = SimpleNamespace(name="T4", total_memory=16 * 2**30, major=7, minor=5)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: card)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (7, 16))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_per_process_memory_fraction", lambda: 1.0)
    gpu = machine()["gpu"]
    assert (gpu["name"], gpu["capability"], gpu["count"]) == ("T4", "7.5", 2)
    assert usable_bytes(on_gpu=True) == 7
    monkeypatch.setattr(torch.cuda, "get_per_process_memory_fraction", lambda: 0.25)
    assert usable_bytes(on_gpu=True) == 3, "a quarter of 16, and 1 is this process's already"
