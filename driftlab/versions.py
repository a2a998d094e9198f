"""Where packages of other versions than the pinned ones differ: Colab and Kaggle bring their own.

In: nothing, or an object of such a package. Out: the same name, settings or data whatever the version.
Each difference names the versions between which it lies. They were found by reading the packages that Colab had in June
2026 (`recorded/sites.json`), and the experiment was then run with these. With the pinned versions nothing here does
anything.
Does not: check or install a version.
"""

import importlib.metadata
import re
import sys
from typing import Any

TORCHAO = (0, 16)
"""The oldest torchao that peft 0.19 puts up with. Where an older one lies beside it (Colab and Kaggle have 0.10),
`get_peft_model` raises, even for models that have nothing to do with it: unslothai/notebooks#258, of 2026-04-29."""


def hide_old_torchao() -> None:
    """Make an old torchao look absent to this process, which peft takes as it is; nothing of ours needs it.

    To be called before peft is first used, in each process; a torchao that will do stays.
    """
    try:
        version = importlib.metadata.version("torchao")
    except importlib.metadata.PackageNotFoundError:
        return
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < TORCHAO:
        sys.modules["torchao"] = None  # type: ignore[assignment]  # Python's own way to say: there is none


def usage_errors() -> type[Exception]:
    """What typer raises for arguments that cannot be parsed: a class of its own now, one of click's in 0.25."""
    import typer

    line: tuple[Any, ...] = typer.BadParameter.__mro__
    family: type[Exception] = line[line.index(Exception) - 1]
    return family


def shown_widget(widget: Any) -> dict[str, Any]:
    """What a notebook keeps of a widget; ipywidgets has a method for it since 8, and displayed it itself before."""
    if hasattr(widget, "_repr_mimebundle_"):
        return dict(widget._repr_mimebundle_())
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"text/plain": repr(widget), "application/vnd.jupyter.widget-view+json": view}


def revision_errors() -> tuple[type[Exception], ...]:
    """What the hub raises for a revision that it cannot find its way to: huggingface_hub has it since 1.18 or later."""
    from huggingface_hub import errors

    found = getattr(errors, "RevisionResolutionError", None)
    return () if found is None else (found,)
