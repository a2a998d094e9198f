"""What the zygote imports, once for all jobs: the few readable modules of ours, then a lab's libraries.

In: names. Out: modules in memory, and an import system that finds nothing else of ours.
Does not: run anything of theirs but the imports: an operation could start threads, and then a fork would not be safe.
"""

import importlib
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from autograder.worker.orders import Settings


def files_as_root(settings: Settings) -> bool:
    """Whether only root may read the interpreter's files; asked before anything is given up."""
    if os.geteuid():
        return False
    places = [Path(os.__file__), *(Path(path).resolve() for path in settings.visible)]
    closed = [path for path in places if ~path.stat().st_mode & (0o5 if path.is_dir() else 0o4)]
    if settings.level == "landlock":  # there the whole way to a file counts, here only what is shown
        closed += [folder for path in places for folder in path.parents if ~folder.stat().st_mode & 0o1]
    return bool(closed)


def import_ours(settings: Settings) -> None:
    """The modules that may be read, while the checkout can still be listed; nothing else of ours is found any more."""
    # An editable install would find the whole checkout.
    sys.meta_path[:] = [finder for finder in sys.meta_path if not _module_of(finder).startswith("__editable__")]
    for name in settings.readable:
        importlib.import_module(name)
    sys.path[:] = [entry for entry in sys.path if entry not in ("", settings.root)]
    importlib.invalidate_caches()


def import_libraries(preload: Sequence[str]) -> None:
    """Modules, and the names that some modules make on first use."""
    warnings.simplefilter("ignore")
    for wanted in preload:
        name, _, attributes = wanted.partition(":")
        module = importlib.import_module(name)
        for attribute in filter(None, attributes.split(",")):
            getattr(module, attribute)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
        torch.set_num_interop_threads(1)


def _module_of(finder: object) -> str:
    """The module that a finder, a class or an object, comes from."""
    kind = finder if isinstance(finder, type) else type(finder)
    return kind.__module__
