"""The house's arrows as a test: who may import whom, what nobody may import, and what importing may do (nothing).

A module that is new fails until it is placed in ALLOWED. Every rule is also tried on code that breaks it.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("driftlab", "autograder", "labs", "solutions")
"""The first-party import roots. Those that do not exist yet have no sources; nobody may import them all the same."""

# A unit is a module, or a package whose inside is free (FREE_INSIDE). unit -> the units that it may import.
# Read from top to bottom: whatever stands lower may know what stands higher, and never the other way round.
ALLOWED: dict[str, set[str]] = {
    # what all may know
    "driftlab": set(),
    "driftlab.records": set(),
    "driftlab.errors": set(),
    "driftlab.config": {"errors"},
    "driftlab.cited": set(),
    "driftlab.quiet": set(),
    "driftlab.tables": {"errors"},
    # ./lab, before there is an environment
    "driftlab.pins": set(),
    "driftlab.install_trouble": {"errors"},
    "driftlab.install": {"errors", "install_trouble", "pins"},
    # prediction: never from a measurement
    "driftlab.budget": {"config", "errors", "cited"},
    "driftlab.doctor": {"config", "errors", "budget", "pins"},
    # the pocket world
    "driftlab.pocket": set(),
    "driftlab.pocket.lexicon": set(),
    "driftlab.pocket.grammar": {"pocket.lexicon"},
    "driftlab.pocket.world": {"records", "pocket.lexicon", "pocket.grammar"},
    "driftlab.pocket.build": {"records", "errors", "config", "quiet", "pocket.world"},
    # models and what they are asked; probes are no part of this
    "driftlab.hub": {"errors", "quiet"},
    "driftlab.weights": {"errors", "hub", "pocket"},
    "driftlab.quantize": {"config", "quiet"},
    "driftlab.chat": {"records", "errors", "quiet", "weights"},
    "driftlab.models": {"config", "errors", "pocket", "chat", "quantize", "quiet", "weights"},
    "driftlab.generate": {"records", "errors", "config", "models", "chat", "quiet"},
    # benign data and training; no probe and no verdict comes here
    "driftlab.rows": {"records", "errors"},
    "driftlab.sources": {"errors", "quiet", "rows", "tables"},
    "driftlab.data": {"records", "errors", "config", "chat", "rows", "sources", "pocket.world"},
    "driftlab.batches": {"config", "data"},
    "driftlab.training_log": {"records"},
    "driftlab.checkpoints": {"records", "errors", "models"},
    "driftlab.dropout": set(),
    "driftlab.trainer": {"config", "errors", "models", "data", "batches", "checkpoints", "training_log"},
    "driftlab.finetune": {
        "records", "errors", "config", "models", "data", "quiet",
        "batches", "checkpoints", "dropout", "trainer", "training_log",
    },
    # from texts to verdicts, to numbers, to a page; no model comes here
    "driftlab.probes": {"records", "errors", "tables", "pocket.world"},
    "driftlab.coherence": set(),
    "driftlab.judge": {"records", "errors", "coherence"},
    "driftlab.stats": {"records", "errors"},
    "driftlab.report": {"records", "errors", "cited"},
    "driftlab.pocket.verify": {
        "records", "errors", "config", "models", "generate", "judge", "stats", "pocket", "pocket.world",
    },
    # the experiment
    "driftlab.runs": {"records", "config", "errors"},
    "driftlab.provenance": set(),
    "driftlab.fitting": {"config", "errors", "budget", "models", "provenance"},
    "driftlab.stages": {
        "records", "errors", "config", "data", "finetune", "generate", "judge", "models", "pocket.world", "probes",
        "report", "runs", "stats", "weights", "quiet",
    },
    "driftlab.recording": {"config", "errors", "models", "pocket", "provenance", "stages"},
    "driftlab.results": {"stats"},
    "driftlab.pipeline": {
        "records", "errors", "config", "fitting", "models", "recording", "report", "results", "runs", "stages",
    },
    "driftlab.measuring": {
        "records", "errors", "config", "generate", "judge", "models", "probes", "runs", "stages", "stats", "tables",
    },
    # the command line
    "driftlab.options": {"config", "errors"},
    "driftlab.screen": set(),
    "driftlab.showing": {"budget", "pocket.verify", "report", "results"},
    "driftlab.commands": {
        "budget", "config", "doctor", "errors", "fitting", "measuring", "options", "pipeline", "pocket",
        "pocket.build", "pocket.verify", "records", "report", "results", "runs", "screen", "showing", "stages",
    },
    "driftlab.console": {"errors"},
    "driftlab.cli": {"commands", "console", "options"},
    "driftlab.__main__": {"cli", "console"},
}  # fmt: skip
# Modules that must run with no third-party package at all.
STDLIB_ONLY = {
    "driftlab.records", "driftlab.errors", "driftlab.config", "driftlab.cited", "driftlab.budget", "driftlab.pins",
    "driftlab.install", "driftlab.install_trouble", "driftlab.pocket.world", "driftlab.judge", "driftlab.coherence",
}  # fmt: skip
FREE_INSIDE = ("driftlab.report",)
# Loading any of these from untrusted bytes runs code or forges objects.
BANNED = {"pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
# Names that load code where this test cannot see it.
DYNAMIC = {"import_module", "__import__", "exec", "eval", "run_path", "run_module", "LazyLoader", "module_from_spec"}
MAY_BE_DYNAMIC = {"driftlab.console"}  # loads the commands on first use; the same import stands under TYPE_CHECKING
# Slow to load: only inside the function that needs them.
HEAVY = {
    "torch", "transformers", "peft", "bitsandbytes", "datasets", "accelerate", "scipy", "statsmodels", "numpy",
    "pandas", "safetensors", "tokenizers", "huggingface_hub", "pyarrow", "rich", "jinja2", "psutil",
}  # fmt: skip
# The report formats; nothing with which it could compute a statistic.
NOT_IN_REPORT = {"scipy", "statsmodels", "numpy", "pandas", "statistics", "torch", "random"}
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "shared"}
MAX_FUNCTION, MAX_MODULE = 60, 400


class Import(NamedTuple):
    """One imported name, wherever it hides: module level, function body, TYPE_CHECKING."""

    line: int
    name: str
    in_function: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.py"))
MODULES = {module_name(path): path for path in SOURCES}


def unit_of(module: str) -> str:
    return next((package for package in FREE_INSIDE if module == package or module.startswith(package + ".")), module)


def walk(node: ast.AST, in_function: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        inside = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield child, inside
        yield from walk(child, inside)


def imports(code: str, module: str, is_package: bool = False) -> list[Import]:
    found = []
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node, inside in walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found += [Import(node.lineno, alias.name, inside) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            found += [Import(node.lineno, f"{start}.{alias.name}", inside) for alias in node.names]
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in DYNAMIC and not (name == "eval" and isinstance(node.func, ast.Attribute)):  # model.eval()
                found.append(Import(node.lineno, name, inside))
    return found


def target_of(name: str) -> str:
    """The module that an imported name belongs to: the longest prefix that is one, or that would have to be one."""
    parts, known = name.split("."), set(MODULES) | set(ALLOWED)
    length = next((n for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in known), len(parts))
    return ".".join(parts[: length + 1] if len(parts) > length + 1 else parts[:length])


def faults(code: str, module: str, is_package: bool = False) -> list[str]:
    """Everything that is wrong with a module's imports."""
    if unit_of(module) not in ALLOWED:
        return [f"{unit_of(module)} is new: add it to ALLOWED with the units it may import"]
    found = []
    for imported in imports(code, module, is_package):
        ours = imported.name.split(".")[0] in PARTS
        wrong = first_party_faults(imported, module) if ours else third_party_faults(imported, module, code)
        found += [f"{module}:{imported.line} imports {imported.name}: {text}" for text in wrong]
    return found


def first_party_faults(imported: Import, module: str) -> Iterator[str]:
    unit = unit_of(module)
    allowed = {f"driftlab.{name}" for name in ALLOWED[unit]} | {"driftlab", unit}
    if unit_of(target_of(imported.name)) not in allowed:
        yield f"allowed for {unit} are {sorted(allowed - {unit})}"
    if imported.in_function:
        yield "first-party imports stand at the top of the module"


def third_party_faults(imported: Import, module: str, code: str) -> Iterator[str]:
    top, unit = imported.name.split(".")[0], unit_of(module)
    if top in BANNED or imported.name == "torch.load":
        yield "data crosses processes as JSON, weights as safetensors"
    if imported.name in DYNAMIC:
        if module not in MAY_BE_DYNAMIC:
            yield "imports must be visible to this test"
        return
    if top in HEAVY and not imported.in_function and not type_checking_only(code, imported.line):
        yield "heavy libraries are imported in the function that needs them"
    if unit in STDLIB_ONLY and top not in sys.stdlib_module_names:
        yield f"{unit} runs on the standard library alone"
    if unit == "driftlab.report" and top in NOT_IN_REPORT:
        yield "the report formats and never computes"


def type_checking_only(code: str, line: int) -> bool:
    blocks = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.If)]
    return any(
        "TYPE_CHECKING" in ast.unparse(block.test) and block.lineno < line <= (block.end_lineno or 0)
        for block in blocks
    )


def test_the_sources_were_found() -> None:
    assert set(MODULES) >= {"driftlab.records", "driftlab.pipeline", "driftlab.pocket.world", "driftlab.report"}


@pytest.mark.parametrize("module", MODULES)
def test_arrows(module: str) -> None:
    path = MODULES[module]
    found = faults(path.read_text(encoding="utf-8"), module, path.name == "__init__.py")
    assert not found, "\n".join(found)


BAD = {
    "a forbidden arrow": ("driftlab.judge", "from driftlab.models import open_model"),
    "a plain import": ("driftlab.judge", "import driftlab.pipeline"),
    "hidden in a function": ("driftlab.stats", "def f():\n    from driftlab.judge import judge_text"),
    "hidden in a method": ("driftlab.runs", "class A:\n    def f(self):\n        import driftlab.records"),
    "under TYPE_CHECKING": ("driftlab.generate", "if TYPE_CHECKING:\n    from driftlab.probes import ProbeSet"),
    "relative": ("driftlab.stats", "from . import judge"),
    "relative with a name": ("driftlab.pocket.world", "from ..models import open_model"),
    "relative in a package": ("driftlab.report", "from ..pipeline import run_drift"),
    "probes in training": ("driftlab.finetune", "from driftlab.probes import load_probes"),
    "verdicts in generation": ("driftlab.generate", "from driftlab.judge import judge_text"),
    "measured bytes in predicted ones": ("driftlab.budget", "from driftlab.provenance import usable_bytes"),
    "models reach into the pocket": ("driftlab.models", "from driftlab.pocket.world import probes"),
    "the library knows its grader": ("driftlab.pipeline", "import autograder.grade"),
    "the library knows its labs": ("driftlab.pipeline", "from labs import lab1"),
    "a name that does not exist yet": ("driftlab.stats", "from driftlab.defences import safe_lora"),
    "pickle": ("driftlab.runs", "import pickle"),
    "pickle's cousin": ("driftlab.runs", "from joblib import load"),
    "torch.load": ("driftlab.models", "def f():\n    from torch import load"),
    "import_module": ("driftlab.runs", "import importlib\nimportlib.import_module('driftlab.judge')"),
    "__import__": ("driftlab.runs", "__import__('driftlab.judge')"),
    "exec": ("driftlab.runs", "exec('import torch')"),
    "torch at the top": ("driftlab.models", "import torch"),
    "torch below the top": ("driftlab.models", "try:\n    import torch.nn\nexcept ImportError:\n    pass"),
    "scipy in the report": ("driftlab.report.words", "def f():\n    from scipy import stats"),
    "statistics in the report": ("driftlab.report.words", "import statistics"),
    "a package in the budget": ("driftlab.budget", "def f():\n    import torch"),
    "a package in the installer": ("driftlab.install", "def f():\n    import rich"),
    "a lazy module": ("driftlab.runs", "import importlib.util\nimportlib.util.LazyLoader(None)"),
    "training knows the judge": ("driftlab.trainer", "from driftlab.judge import judge_text"),
    "data knows the probes": ("driftlab.data", "from driftlab.probes import load_probes"),
    "the judge knows the phase's models": ("driftlab.coherence", "from driftlab import models"),
    "a new module": ("driftlab.defences", "import json"),
}


@pytest.mark.parametrize("case", BAD)
def test_forbidden_imports_are_caught(case: str) -> None:
    module, code = BAD[case]
    assert faults(code, module, is_package=module == "driftlab.report")


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("driftlab.models", "from driftlab.pocket import model_dir"),
        ("driftlab.models", "def f(model):\n    import torch\n    model.eval()"),
        ("driftlab.report.words", "from driftlab.report.svg import text\nfrom driftlab import cited"),
        ("driftlab.screen", "if TYPE_CHECKING:\n    from rich.console import Console"),
        ("driftlab.finetune", "from driftlab import __version__"),
    ],
)
def test_allowed_imports_pass(module: str, code: str) -> None:
    assert not faults(code, module)


def test_allowed_is_a_ladder_of_units_that_exist() -> None:
    """Whoever is allowed stands higher in the list, so the list has no cycle and reads as the architecture."""
    places = {unit: place for place, unit in enumerate(ALLOWED)}
    for unit, targets in ALLOWED.items():
        assert unit in {unit_of(module) for module in MODULES}, f"{unit} is gone: take it out"
        for name in targets:
            assert places[f"driftlab.{name}"] < places[unit], f"{name} stands below {unit}"


def test_no_import_cycle() -> None:
    """Over the modules as they are, so the inside of a package counts too."""
    graph = {
        module: {
            target
            for found in imports(path.read_text(encoding="utf-8"), module, path.name == "__init__.py")
            if (target := target_of(found.name)) in MODULES and target != module
        }
        for module, path in MODULES.items()
    }
    state: dict[str, str] = {}

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert state.get(module) != "open", f"import cycle: {' -> '.join((*trail, module))}"
        if state.get(module) != "done":
            state[module] = "open"
            for target in graph[module]:
                visit(target, (*trail, module))
            state[module] = "done"

    for module in graph:
        visit(module, ())


ALONE = """
import sys
before = set(sys.modules)
import {module}
heavy = sorted({{name.split(".")[0] for name in set(sys.modules) - before}} & {heavy})
sys.exit(f"{module} loads " + ", ".join(heavy) if heavy else 0)
"""


@pytest.mark.parametrize("module", MODULES)
def test_every_module_can_be_imported_alone_and_does_nothing(module: str, tmp_path: Path) -> None:
    """In its own process, warnings as errors: no heavy library, no output, no file."""
    code = ALONE.format(module=module, heavy=HEAVY)
    command = [sys.executable, "-W", "error", "-B", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("module", MODULES)
def test_house_numbers(module: str) -> None:
    path = MODULES[module]
    code = path.read_text(encoding="utf-8")
    tree = ast.parse(code)
    docstring = ast.get_docstring(tree) or ""
    assert len(code.splitlines()) <= MAX_MODULE
    assert path.stem not in NAMELESS, "name a module by what it makes"
    assert docstring, "a module says what it is for"
    if path.name != "__init__.py":
        assert "Does not" in docstring, "a module says what it does not do"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= MAX_FUNCTION, f"{node.name} has {length} lines"
