"""Other versions than the pinned: what Colab and Kaggle had (recorded/sites.json), and what our code makes of them."""

import importlib.metadata
import json
import subprocess
import sys
import tomllib
import types
from pathlib import Path
from typing import Any

import pytest
import typer
from packaging.requirements import Requirement
from packaging.version import Version

from driftlab import console, doctor, pins, versions
from driftlab.sites import here, packages

ROOT = Path(__file__).resolve().parents[1]
SITES: dict[str, Any] = json.loads((ROOT / "recorded/sites.json").read_text(encoding="utf-8"))["sites"]
WHOLE = [name for name, site in SITES.items() if "partial" not in site]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


# --- what they have, as constraints ---


@pytest.mark.parametrize("name", WHOLE)
def test_only_bitsandbytes_is_missing_and_the_rest_will_do(name: str) -> None:
    there, lock = SITES[name]["packages"], dict(pins.read((ROOT / pins.FILE).read_text(), (3, 12)))
    assert [wanted for wanted in packages.needed(ROOT) if wanted not in there] == ["bitsandbytes"]
    declared = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"][packages.EXTRA]]
    for requirement in map(Requirement, declared):
        version = {**lock, **there}[pins.normal(requirement.name)]
        assert requirement.specifier.contains(version, prereleases=True), requirement
    # what is installed, in the pinned version, takes what is there
    asked = [Requirement(text) for text in importlib.metadata.requires("bitsandbytes") or []]
    asked = [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
    assert asked, "bitsandbytes asks for torch at least"
    for requirement in asked:
        assert requirement.specifier.contains(there[pins.normal(requirement.name)], prereleases=True), requirement


@pytest.mark.parametrize("name", SITES)
def test_no_check_of_ours_refuses_their_versions(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    site = SITES[name]
    python = tuple(map(int, site["python"].split(".")))
    assert pins.OLDEST <= python <= pins.NEWEST
    found = {**site["packages"], "bitsandbytes": "0.50.2"}
    if "partial" in site:
        found = {**SITES["colab-gpu"]["packages"], **found}
    lock = pins.read((ROOT / pins.FILE).read_text(encoding="utf-8"), (3, 12))
    listed = tuple(doctor.Package(pin.name, found.get(pin.name), pin.version) for pin in lock)
    assert not all(package.agrees for package in listed)
    monkeypatch.setattr(doctor, "_packages", lambda: listed)
    monkeypatch.setattr(doctor.here, "site", lambda: here.Site("Colab", (), ROOT, ""))
    examined = doctor.examine()
    assert all(track.runs for track in examined.tracks if track.part.startswith("lab ") and "5" not in track.part)
    assert examined.tracks[0].runs
    assert "Colab brings versions of its own" in " ".join(examined.next_steps)
    assert not any("./lab" in step for step in examined.next_steps)


def test_versions_that_no_constraint_can_hold_are_left_out() -> None:
    for site in SITES.values():
        for version in site["packages"].values():
            assert packages.VERSION.fullmatch(version)
            Version(version)
    assert not packages.VERSION.fullmatch("1.0-unknown")


def test_each_site_says_where_it_is_from_when_and_how_it_was_read() -> None:
    for site in SITES.values():
        assert all(len(site[key]) > 5 for key in ("source", "dated", "how"))
        assert site["packages"] == dict(sorted(site["packages"].items()))


# --- the same code with both ---


@pytest.mark.parametrize(("version", "hidden"), [("0.10.0", True), ("0.15.9", True), ("0.16.0", False), ("1.2", False)])
def test_a_torchao_that_peft_refuses_is_hidden(version: str, hidden: bool, tmp_path: Path) -> None:
    """peft 0.19 raises for it wherever an adapter is attached; the pinned one does so too."""
    (tmp_path / "torchao").mkdir()
    (tmp_path / "torchao/__init__.py").write_text("")
    (tmp_path / f"torchao-{version}.dist-info").mkdir()
    (tmp_path / f"torchao-{version}.dist-info/METADATA").write_text(f"Name: torchao\nVersion: {version}\n")
    code = "import importlib.util\nfrom driftlab.versions import hide_old_torchao\nhide_old_torchao()\n"
    code += "print(importlib.util.find_spec('torchao') is None)"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": f"{ROOT}:{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == f"{hidden}\n"


def test_the_pinned_peft_attaches_an_adapter_beside_an_old_torchao(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from peft import LoraConfig, get_peft_model, import_utils

    (tmp_path / "torchao-0.10.0.dist-info").mkdir()
    (tmp_path / "torchao-0.10.0.dist-info/METADATA").write_text("Name: torchao\nVersion: 0.10.0\n")
    (tmp_path / "torchao").mkdir()
    (tmp_path / "torchao/__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    forget = getattr(import_utils.is_torchao_available, "cache_clear", lambda: None)

    def attach() -> Any:
        forget()
        model = torch.nn.Sequential(torch.nn.Linear(4, 4))
        return get_peft_model(model, LoraConfig(r=2, target_modules=["0"]))

    with pytest.raises(ImportError, match="incompatible version of torchao"):
        attach()
    monkeypatch.setitem(sys.modules, "torchao", None)  # undone at the end
    versions.hide_old_torchao()
    assert "LoraModel" in str(attach())
    forget()


def test_a_widget_is_shown_by_either_ipywidgets() -> None:
    import ipywidgets  # type: ignore[import-untyped]

    slider = ipywidgets.IntSlider()
    now = versions.shown_widget(slider)
    before = versions.shown_widget(types.SimpleNamespace(model_id=slider.model_id))
    view = "application/vnd.jupyter.widget-view+json"
    assert now[view] == before[view]


class ClickException(Exception):
    @property
    def message(self) -> str:
        return str(self)

    def format_message(self) -> str:
        return str(self)


class ClickBadParameter(ClickException):
    pass


@pytest.mark.parametrize("shape", ["click", "typer"])
def test_wrong_arguments_are_told_by_either_typer(
    shape: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = versions.usage_errors()("No such option: --wrong")
    if shape == "click":  # typer 0.25 handed on click's classes, which this one is shaped like
        monkeypatch.setattr(typer, "BadParameter", ClickBadParameter)
        error = ClickBadParameter("No such option: --wrong")
        assert versions.usage_errors() is ClickException

    def app(*_: Any, **__: Any) -> int:
        raise error

    assert console.run(app, "driftlab", ["--wrong"]) == console.USER  # type: ignore[arg-type]
    assert capsys.readouterr().err == "error: No such option: --wrong.\nSee `driftlab --help`.\n"


def test_a_hub_without_the_newest_error_is_still_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import errors

    assert all(issubclass(error, Exception) for error in versions.revision_errors())
    monkeypatch.delattr(errors, "RevisionResolutionError", raising=False)
    assert versions.revision_errors() == ()
