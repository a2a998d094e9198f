"""pyproject, the pins and environment.yml ask for the same, every import is declared, nothing private is tracked."""

import ast
import importlib.metadata
import itertools
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.version import Version

from driftlab import pins
from driftlab.install import FIRST, IMPORTS

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / pins.FILE).read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FIRST_PARTY = {"driftlab", "autograder", "solutions", "labs", "slides", "docs", "benchmarks", "tests", "conftest"}
DECLARED = [*PROJECT["dependencies"], *itertools.chain(*PROJECT["optional-dependencies"].values())]
PYTHONS = [(3, minor) for minor in range(pins.OLDEST[1], pins.NEWEST[1] + 1)]
SYSTEMS = {"linux": "posix", "darwin": "posix", "win32": "nt"}
LARGEST = 9 * 2**20


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


def locked() -> list[Requirement]:
    lines = (line.split("#")[0].strip() for line in LOCK.splitlines())
    return [Requirement(line) for line in lines if line]


# --- the pins ---


def test_every_pin_is_exact_and_stands_once_in_order() -> None:
    names = [pins.normal(pin.name) for pin in locked()]
    assert names == sorted(set(names))
    assert all(re.fullmatch(r"==[^*]+", str(pin.specifier)) for pin in locked())


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_lab_reads_the_conditions_as_pip_does(
    python: tuple[int, int], system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {
        **default_environment(), "sys_platform": system, "os_name": SYSTEMS[system],
        "python_full_version": f"{python[0]}.{python[1]}.4",
    }  # fmt: skip
    expected = {pins.normal(r.name) for r in locked() if r.marker is None or r.marker.evaluate(dict(environment))}
    monkeypatch.setattr(sys, "platform", system)
    assert {pin.name for pin in pins.read(LOCK, python)} == expected


@given(st.sampled_from(["==", "!=", "<", ">="]), st.sampled_from(["3.11", "3.12", "3.13", "3.14"]))
def test_conditions_on_the_python(comparison: str, value: str) -> None:
    condition = f"python_full_version {comparison} '{value}'"
    for python in PYTHONS:
        if comparison in ("==", "!="):
            with pytest.raises(ValueError, match="not a single comparison"):
                pins.read(f"a==1 ; {condition}", python)
        else:
            asked = {**default_environment(), "python_full_version": f"{python[0]}.{python[1]}.0"}
            assert bool(pins.read(f"a==1 ; {condition}", python)) == Marker(condition).evaluate(dict(asked))


@pytest.mark.parametrize("line", ["torch", "torch>=2", "a==1 ; os_name == 'nt' and sys_platform == 'win32'"])
def test_a_lock_that_lab_does_not_understand_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=re.escape(pins.FILE)):
        pins.read(line, (3, 11))


def test_torch_has_no_build_in_its_pin_and_its_cuda_packages_have_no_pins() -> None:
    names = {pins.normal(pin.name): pin for pin in locked()}
    assert "+" not in str(names[FIRST].specifier)
    assert not [name for name in names if name.startswith(("nvidia", "cuda", "triton"))]
    assert set(IMPORTS) <= set(names)


# --- pyproject, the pins and environment.yml agree ---


def test_every_dependency_is_pinned() -> None:
    versions = {pins.normal(pin.name): str(pin.specifier).removeprefix("==") for pin in locked()}
    for requirement in map(Requirement, DECLARED):
        assert requirement.specifier.contains(versions[pins.normal(requirement.name)]), requirement


def requirements_of(package: importlib.metadata.Distribution, extras: set[str]) -> Iterator[Requirement]:
    for text in package.requires or []:
        requirement = Requirement(text)
        contexts = [{"extra": extra} for extra in (extras or {""})]
        if requirement.marker is None or any(requirement.marker.evaluate(context) for context in contexts):
            yield requirement


def test_the_pins_are_all_that_is_needed_and_nothing_else() -> None:
    """Walks from pyproject's dependencies through what the installed packages ask for."""
    here = (sys.version_info[0], sys.version_info[1])
    pinned = dict(pins.read(LOCK, here))
    waiting = [Requirement(text) for text in DECLARED]
    reached: dict[str, set[str]] = {}
    while waiting:
        requirement = waiting.pop()
        name = pins.normal(requirement.name)
        if name in reached and requirement.extras <= reached[name]:
            continue
        reached[name] = reached.get(name, set()) | requirement.extras
        assert name in pinned, f"{requirement} is needed and not pinned"
        assert requirement.specifier.contains(pinned[name], prereleases=True), f"{requirement}, pinned {pinned[name]}"
        package = importlib.metadata.distribution(name)
        if Version(package.version).public != pinned[name]:
            continue  # another version is installed here: it says nothing about the pinned one
        needed = requirements_of(package, requirement.extras)
        # PyTorch's CUDA build names its own packages, exactly
        waiting += [r for r in needed if name != FIRST or not r.name.startswith(("nvidia", "cuda", "triton"))]
    unconditional = {pins.normal(pin.name) for pin in locked() if pin.marker is None}
    assert unconditional <= set(reached), f"pinned and not needed: {sorted(unconditional - set(reached))}"


def test_conda_gets_the_same_python_pins_and_package() -> None:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    asked = re.findall(r"^ +- (.+)$", text.split("dependencies:")[1], re.MULTILINE)
    assert asked == [f"python {PROJECT['requires-python']}", "pip", "pip:", f"-r {pins.FILE}", "-e ."]


def test_every_dependency_has_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for requirement in DECLARED:
        line = next(line for line in text.splitlines() if line.strip().startswith(f'"{requirement}"'))
        assert re.search(r'",\s+# \S.{5,}$', line), f"say in pyproject.toml what {requirement} is for"


# --- imports ---


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
    return found


BROUGHT = {"inspect_ai", "lm_eval"}
"""What a user brings along to write its format: never needed, and so neither declared nor pinned."""


def test_every_third_party_import_is_declared() -> None:
    bank = ROOT / "autograder" / "wrong_answers"  # of learners, who take what is installed
    sources = [path for path in tracked() if path.suffix == ".py" or path.name == "lab"]
    sources = [path for path in sources if bank not in path.parents]
    beside = [path for path in sources if {ROOT / "tests", ROOT / "benchmarks"} & set(path.parents)]
    ours = FIRST_PARTY | {name for path in beside for name in (path.stem, path.parent.name)}
    packages = importlib.metadata.packages_distributions()
    declared = {pins.normal(Requirement(text).name) for text in DECLARED}
    for path in sources:
        for name in imported(path) - ours - BROUGHT - set(sys.stdlib_module_names):
            providers = {pins.normal(package) for package in packages.get(name, [name])}
            assert providers & declared, f"{path.relative_to(ROOT)} imports {name}: declare it in pyproject.toml"


# --- what must never be tracked ---

# In pieces, so that this file does not hold what it forbids.
HOSTS = ("pyp" + "i.org", "python" + "hosted.org", "download.py" + "torch.org")
SECRETS = {
    "the address of a package index": re.compile(
        rf"https?://(?!127\.0\.0\.1)[^\s\"'`)>\]]*(?:/simple\b|/whl\b|{'|'.join(map(re.escape, HOSTS))})"
        r"|--(?:extra-)?index-url[ =]+[\w\"']*://|--find-links[ =]+[\w/.]|--trusted-host[ =]+\w"
        r"|(?i:index[-_]url)\s*[=:]\s*[\"']?(?!http://127\.0\.0\.1)\w+://"
    ),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
ALLOWED, FORBIDDEN = (
    ["PIP_EXTRA_INDEX_URL=ADDRESS ./lab", 'PIP_INDEX_URL="http://127.0.0.1:9/"', "https://pytorch.org/get-started"],
    [
        f"https://{HOSTS[0]}/project",
        "https://" + "mirror.example/simple",
        "pip install --index-url " + "https://mirror.example/pypi",
        "--find-links=" + "./wheels",
        "extra-index-url = " + "https://example.org/packages",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
    ],
)


def test_the_patterns_know_what_they_forbid() -> None:
    assert all(any(pattern.search(text) for pattern in SECRETS.values()) for text in FORBIDDEN)
    assert not any(pattern.search(text) for pattern in SECRETS.values() for text in ALLOWED)


def test_no_tracked_file_holds_an_index_address_or_a_key_or_is_too_large() -> None:
    for path in tracked():
        assert path.stat().st_size <= LARGEST, f"{path.relative_to(ROOT)} is too large to be tracked"
        text = path.read_text(encoding="utf-8", errors="ignore")
        for what, pattern in SECRETS.items():
            found = pattern.search(text)
            assert found is None, f"{path.relative_to(ROOT)} holds {what}: {found and found[0]}"


def test_ci_runs_the_tests_as_the_readme_does() -> None:
    assert "\n./lab pytest\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    readme = ROOT / "README.md"
    if readme.is_file():
        assert "./lab pytest" in readme.read_text(encoding="utf-8")
