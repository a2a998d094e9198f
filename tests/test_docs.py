"""What the documents say is so: the tree is the disk, commands parse, links lead somewhere, figures are the code's own.

Index addresses and keys are looked for by test_environment.py, in every tracked file. Here it is paths of a machine.
"""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.exceptions import TyperException
from typer.main import get_command

from autograder.cli import app as autograder_app
from driftlab import __version__, pins
from driftlab.__main__ import main as driftlab_main
from driftlab.cli import app as driftlab_app
from driftlab.config import LLAMA2_7B_2XT4, OURS
from driftlab.doctor import LABS, NOTEBOOKS
from driftlab.errors import CourseError
from driftlab.options import Asked, configure
from driftlab.pocket import world
from driftlab.probes import load_probes
from driftlab.results import FinishedRun, run_line

ROOT = Path(__file__).resolve().parents[1]
LISTED = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
TRACKED = sorted(name for name in LISTED.stdout.decode().split("\0") if name and (ROOT / name).is_file())
DOCUMENTS = [name for name in TRACKED if name.endswith(".md")]
checkout = pytest.mark.skipif(LISTED.returncode != 0, reason="this is not a git checkout")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


# the document may not be tracked yet while it is written
README = read("README.md")
TREE = read("docs/tree.md")
PARTS = ("experiment", "statistics", "memory", "published-setup", "benchmarks")
MANUAL = "\n".join([README, *(read(f"docs/{name}.md") for name in PARTS)])
"""The front page and what it leads to."""
PROSE = " ".join(MANUAL.split())


# --- the tree ---


def tree_of(text: str) -> dict[str, set[str]]:
    """Folder -> the entries that the tree shows in it; folders end in a slash, the top is ""."""
    block = re.search(r"# The tree\n\n```text\n(.*?)```", text, re.DOTALL)
    assert block is not None
    found: dict[str, set[str]] = {"": set()}
    above = [""]
    for line in block[1].splitlines():
        match = re.fullmatch(r"( *)(\S+?)(/?) {2,}\S.*", line)
        assert match is not None, f"not `path  what it is`: {line!r}"
        depth = len(match[1]) // 2
        parent = above[depth]
        path = f"{parent}{match[2]}{match[3]}"
        assert path not in found[parent], f"{path} stands twice"
        found[parent].add(path)
        above[depth + 1 :] = [path]
        if match[3]:
            found[path] = set()
    return found


def disk_of(folder: str) -> set[str]:
    """What is tracked in a folder, in the tree's way of writing. A package's __init__.py is the folder itself."""
    inside = [name.removeprefix(folder) for name in TRACKED if name.startswith(folder)]
    entries = {folder + name.partition("/")[0] + ("/" if "/" in name else "") for name in inside}
    return entries - {f"{folder}__init__.py"}


@checkout
def test_the_tree_is_the_disk() -> None:
    tree = tree_of(TREE)
    packages = {f"{Path(name).parent}/" for name in TRACKED if re.fullmatch(r"driftlab/(.+/)?__init__\.py", name)}
    for folder in {"", *packages}:
        shown, there = tree.get(folder, set()), disk_of(folder)
        assert shown == there, f"in {folder or 'the top'}: not there {shown - there}, no line {there - shown}"


@checkout
def test_no_folder_is_shown_in_part() -> None:
    for folder, shown in tree_of(TREE).items():
        assert not shown or shown == disk_of(folder)


def test_a_wrong_tree_is_noticed() -> None:
    tree = tree_of("## The tree\n\n```text\na.md   one\nb/     two\n  c.py  three\n```")
    assert tree == {"": {"a.md", "b/"}, "b/": {"b/c.py"}}
    with pytest.raises(AssertionError):
        tree_of("## The tree\n\n```text\na.md\n```")


# --- commands ---


class Command(NamedTuple):
    """A command as a document has it. `in_full` is False in a sentence, which may name a command and no more."""

    place: str
    words: tuple[str, ...]
    in_full: bool


STARTS = re.compile(r"(?:\./lab|(?:py|python) lab|driftlab|conda|\.ci/run)(?= |$)")


def commands_in(place: str, text: str) -> Iterator[Command]:
    """Those in code blocks and in `code`, without their comments and without `./lab` before them."""
    blocks = re.findall(r"^```bash\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", without_blocks(text))
    lines = [(line, True) for block in blocks for line in block.splitlines()] + [(span, False) for span in spans]
    for line, in_full in lines:
        if STARTS.match(line):
            words = shlex.split(line, comments=True)
            skipped = 2 if words[0] in ("py", "python") else words[0] == "./lab"
            yield Command(place, tuple(words[skipped:]), in_full)


COMMANDS = [
    found
    for name in sorted({"README.md", *DOCUMENTS})
    for found in commands_in(name, read(name))
    if found.words not in ((), ("driftlab",), ("--help",), ("CMD",))  # ./lab itself: test_lab_script.py has it
]
PROGRAMS = {"driftlab": driftlab_app, "autograder": autograder_app}
OURS_FIRST = [found for found in COMMANDS if found.words[0] in PROGRAMS]


def named(found: Command) -> str:
    return f"{found.place}: {' '.join(found.words)}"


def parse(words: tuple[str, ...], program: str = "driftlab") -> dict[str, Any]:
    """The options of a command of ours, as its own parser reads them; without options, whether it exists."""
    group: Any = get_command(PROGRAMS[program])
    arguments, name = list(words), program
    if arguments in (["--help"], ["--version"]):
        return {}
    while hasattr(group, "commands"):
        name = arguments.pop(0)
        if name not in group.commands:
            raise AssertionError(f"there is no command {name!r}")
        group = group.commands[name]
    if arguments[-1:] == ["--help"]:
        return {}
    return {"command": name, **group.make_context(name, arguments).params}


@pytest.mark.parametrize("found", OURS_FIRST, ids=named)
def test_our_commands_parse(found: Command) -> None:
    """The command exists, has these options, and takes such values."""
    words = found.words[1:]
    named_only = not found.in_full and not any(word.startswith("-") for word in words)
    options = parse((*words, "--help") if named_only else words, found.words[0])
    if options.get("command") in ("drift", "measure", "budget"):
        configure(Asked(**{name: options[name] for name in Asked.__dataclass_fields__ if name in options}))


@pytest.mark.parametrize("words", [("drift", "--rankk", "3"), ("drfit",), ("report",), ("pocket", "make")])
def test_wrong_commands_do_not_parse(words: tuple[str, ...]) -> None:
    with pytest.raises((TyperException, AssertionError)):
        parse(words)


def test_wrong_values_are_noticed() -> None:
    with pytest.raises(CourseError):
        configure(Asked(seeds=parse(("drift", "--seeds", "9..0"))["seeds"]))


@pytest.mark.parametrize("found", [each for each in COMMANDS if each not in OURS_FIRST], ids=named)
def test_other_commands_exist(found: Command) -> None:
    """A program of the environment, or one that the reader brings; the files that it is given are there."""
    program, *rest = found.words
    own = [program] if program.startswith(".") else []
    for word in own + [word for word in rest if "/" in word or Path(word).suffix in (".py", ".yml")]:
        assert (ROOT / word).exists(), f"there is no {word}"
    if program == "conda":
        assert f"name: {rest[-1]}\n" in read("environment.yml") or rest[-1] == "environment.yml"
    elif not own:
        folder = Path(sys.executable).parent
        assert (folder / program).exists() or (folder / f"{program}.exe").exists(), f"{program} is not installed"


def test_the_front_page_leads_to_every_page() -> None:
    pages = {name for name in DOCUMENTS if name.startswith("docs/")} | {f"docs/{name}.md" for name in PARTS}
    assert pages <= set(re.findall(r"\]\((docs/[\w-]+\.md)", README))


def test_the_readme_starts_with_the_two_commands() -> None:
    first = [" ".join(found.words) for found in commands_in("README.md", README)][:2]
    assert first == ["driftlab drift", "pytest"]
    assert README.index("./lab pytest") < 1500, "they belong on the first screen"


# --- options, settings and figures that the front page and its manual repeat ---


def test_the_manual_names_the_options_that_there_are() -> None:
    group, other = (get_command(program) for program in PROGRAMS.values())
    commands = [*group.commands.values(), *group.commands["pocket"].commands.values(), *other.commands.values()]
    known = {
        option
        for command in commands
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    # pytest's, git's and pip's own are not spelt out there; those of torchrun and accelerate are
    launching = {"--nproc-per-node", "--multi-gpu", "--num-processes"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", MANUAL)) <= known | launching | {"--help"}


def test_the_manual_names_the_keys_of_json() -> None:
    rate = {"value": 0.5}
    compared = {"before": rate, "after": rate, "difference": 0.0, "low": 0.0, "high": 0.0, "mcnemar_p": 1.0, "pairs": 1}
    statistics = dict.fromkeys(("refusal", "any_refusal", "over_refusal"), compared)
    record = {"statistics": statistics, "coherent_after": 1.0, "base_unchanged": True, "seconds": {}}
    line = run_line(FinishedRun(Path("run"), record, shown_again=False))
    sentence = re.search(r"Its keys: (.*?)\.", PROSE)
    assert sentence is not None
    assert re.findall(r"`(\w+)`", sentence[1]) == list(line)


def test_the_manual_names_the_benign_sets_and_counts_the_requests() -> None:
    sentence = re.search(r"Benign sets of the pocket world: (.*?)\.", PROSE)
    assert sentence is not None
    assert set(re.findall(r"`pocket:(\w+)`", sentence[1])) == set(world.BENIGN)
    probes = world.probes()
    off_limits = sum(probe.kind == "off_limits" for probe in probes)
    assert f"{off_limits} held-out off-limits requests and their {len(probes) - off_limits} safe twins" in PROSE
    everyday = sum(probe.kind == "off_limits" for probe in load_probes("everyday").probes)
    assert f"`everyday`: {everyday} mild off-limits ones" in PROSE


def test_the_presets_table_says_whose_each_setting_is() -> None:
    config = LLAMA2_7B_2XT4
    values: dict[str, object] = {}
    for part in (config.quantization, config.adapter, config.training):
        values |= {name: getattr(part, name) for name in part.__dataclass_fields__}
    ours: set[str] = set()
    for cells in re.findall(r"^\| (`.*?) \| (.*?) \| (published run|ours) \|$", MANUAL, re.MULTILINE):
        names = re.findall(r"`(\w+)`", cells[0])
        if names != ["targets"]:
            assert cells[1].split(", ") == [str(values[name]) for name in names]
        assert all((name in OURS) == (cells[2] == "ours") for name in names)
        ours |= set(names) if cells[2] == "ours" else set()
    assert ours == set(OURS)
    assert f"`{config.data}`" in MANUAL
    assert f"`{config.probes}`" in MANUAL


def test_sizes_and_pythons_are_those_that_lab_names() -> None:
    shown = subprocess.run([sys.executable, "lab", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    words = " ".join(shown.stdout.split())
    for size in re.findall(r"\d+(?:\.\d+)? GB", README):
        assert size in words
    minors = range(pins.OLDEST[1], pins.NEWEST[1] + 1)
    assert all(f"3.{minor}" in README for minor in minors)


@checkout
def test_the_gpu_peak_is_the_recorded_one() -> None:
    found = re.search(r"the peak was ([\d.]+) GiB \(`(recorded/[\w.-]+)`\), where ([\d.]+) GiB was predicted", PROSE)
    assert found is not None
    run = json.loads(read(found[2]))["with_checkpointing"]
    assert found[1] == f"{run['peak_allocated'] / 2**30:.2f}"
    assert found[3] == f"{run['predicted_allocated'] / 2**30:.2f}"


def test_two_gpus_came_to_what_the_readme_says() -> None:
    found = json.loads(read("recorded/two-gpus.json"))
    compared, predicted = found["compared"], found["predicted_reserved"]["two"]
    reserved = max(compared["own_peak_reserved"][1:])
    assert reserved < predicted < found["cap_bytes"]
    assert f"{compared['times_one_gpu']:.2f} times its tokens a second" in PROSE
    assert f"{reserved / 2**30:.2f} GiB reserved on each where {predicted / 2**30:.2f} were predicted" in PROSE
    assert compared["largest_difference_of_losses"] < 3e-4
    assert compared["resumed"]["largest_difference_of_losses"] < 2e-4
    assert compared["logged_by_the_second"] == 0
    assert compared["killed"]["code"] != 0


def test_the_other_trainer_came_to_what_the_readme_says() -> None:
    found = json.loads(read("recorded/finetuning-on-gpu.json"))
    sides = ("packed", "ours", "theirs", "theirs_by_length", "theirs_larger")
    rows = re.findall(r"^\| [\w, ]+ \| (\d) \| ([\d,]+) \| ([\d,]+) \| ([\d.]+) GiB \| ([\d.]+) \|$", MANUAL, re.M)
    assert rows == [
        (
            str(found[side]["batch_size"]),
            f"{found[side]['tokens_per_second']:,.0f}",
            f"{found[side]['tokens_per_busy_second']:,.0f}",
            f"{found[side]['peak_reserved_bytes'] / 2**30:.2f}",
            f"{found['heldout_loss'][side]:.2f}",
        )
        for side in sides
    ]
    speeds, kernels = (found["compared"][f"times_their_tokens_per_{each}"] for each in ("second", "busy_second"))
    assert f"Packing trains on {speeds['packed']:.2f} times TRL's a second" in PROSE
    assert f"on {speeds['packed'] / speeds['theirs_larger']:.2f} times those of TRL with" in PROSE
    assert f"sorting comes to {kernels['ours']:.2f} and packing to {kernels['packed']:.2f} times TRL" in PROSE
    assert (found["ours"]["passes"], found["packed"]["passes"]) == (108, 28)


def test_the_run_beside_the_other_trainer_was_a_fair_one() -> None:
    """The same tokens on all sides, inside the cap and the prediction; killed, it went on to the same losses."""
    found = json.loads(read("recorded/finetuning-on-gpu.json"))
    sides = ("ours", "packed", "resumed", "theirs", "theirs_by_length", "theirs_larger")
    assert len({found[side]["tokens"] for side in sides}) == 1
    ours, packed, resumed = (found[side] for side in sides[:3])
    assert found["compared"]["times_their_tokens_per_second"]["packed"] > found["compared"]["aim"]
    for side in (ours, packed, resumed):
        assert side["peak_reserved_bytes"] < side["predicted_reserved_bytes"] < found["cap_bytes"]
        assert side["base_unchanged"]
    loss = found["heldout_loss"]
    assert max(loss["ours"], loss["packed"]) < loss["theirs"] < loss["before"] / 2
    assert (resumed["killed"], resumed["after_step"], resumed["resumed_at"]) == (True, 13, 10)
    assert found["compared"]["largest_difference_after_kill"] < 3e-4


def test_the_table_of_memory_is_what_the_command_says(capsys: pytest.CaptureFixture[str]) -> None:
    rows = re.findall(r"^\| ([\d,]+) \| (yes|no) \| ([\d.]+) GiB \| (yes|no|close) \| ([\d.]+) GiB \|$", MANUAL, re.M)
    assert len(rows) == 3
    for tokens, checkpointed, reserved, fits, _ in rows:
        flag = "--checkpointing" if checkpointed == "yes" else "--no-checkpointing"
        words = ["--model", "llama-2-7b", "--seq-len", tokens.replace(",", ""), flag, "--optimizer", "adamw_8bit"]
        assert driftlab_main(["budget", *words, "--json"]) == 0
        line = json.loads(capsys.readouterr().out)
        assert (f"{line['peak_reserved'] / 2**30:.2f}", line["fits"]) == (reserved, fits)


def test_the_calculators_errors_are_the_recorded_ones() -> None:
    recorded = {row["tool"]: row for row in json.loads(read("recorded/estimators.json"))["tools"]}
    rows = re.findall(r"^\| ([\w, -]+) \| ([\d.]+)% \| ([+-]\d+)% \| (\d+) \|$", MANUAL, re.M)
    assert len(rows) == 8
    for name, median, worst, wrong in rows:
        tensors = recorded[name]["tensors"]["all"]
        assert (median, worst) == (f"{100 * tensors['median']:.1f}", f"{100 * tensors['worst']:+.0f}")
        assert int(wrong) == recorded[name]["verdicts"]["wrong"]


def test_files_that_are_named_are_there() -> None:
    """In `code`, with a slash and an ending, or a folder's slash at the end."""
    made_by_a_run = (
        "runs/",
        "submitted/",
        "adapter/",
        "checkpoints/",
        "graded/",
        "autograded/",
        ".progress/",
        "build/",
    )
    for name in sorted({"README.md", *DOCUMENTS}):
        for path in re.findall(r"`((?:[\w.-]+/)+(?:[\w-]+\.\w+)?)`", without_blocks(read(name))):
            if not path.startswith(made_by_a_run) and "NAME" not in path:
                assert (ROOT / path).exists(), f"{name} names {path}"


# --- links ---


def anchors(text: str) -> set[str]:
    """The ids that a Markdown heading gets on the usual sites."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@checkout
@pytest.mark.parametrize("name", DOCUMENTS)
def test_relative_links_resolve(name: str) -> None:
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", read(name)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (ROOT / name).parent / path if path else ROOT / name
        assert place.exists(), f"{target} leads nowhere"
        assert place.resolve().is_relative_to(ROOT), f"{target} leads out of the repository"
        if anchor:
            assert anchor in anchors(place.read_text(encoding="utf-8")), f"{target} has no such heading"


def test_anchors_are_made_as_sites_make_them() -> None:
    assert anchors("# The tree\n## What's new, here?\n```\n# no heading\n```") == {"the-tree", "whats-new-here"}


# --- licences and versions ---


def test_licences_agree() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    licence = project["license"]
    assert licence == "Apache-2.0"
    assert f"\nlicense: {licence}\n" in read("CITATION.cff")
    assert re.match(r"\s+Apache License\s+Version 2\.0, January 2004\s", read("LICENSE"))
    assert f"`{licence}`" in read("LICENSE-text.md")
    assert "`CC-BY-4.0`" in read("LICENSE-text.md")
    assert f"license: {licence.lower()}\n" in read("driftlab/pocket/model/README.md")
    assert load_probes("everyday").licence == "CC BY 4.0"
    for text in (README, read("CONTRIBUTING.md")):
        assert licence in text
        assert "CC BY 4.0" in text


def test_versions_agree() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    latest = re.search(r"^## (\d+\.\d+\.\d+)", read("CHANGELOG.md"), re.MULTILINE)
    assert latest is not None
    assert f"\nversion: {__version__}\n" in read("CITATION.cff")
    assert __version__ == project["version"] == latest[1]


def test_what_is_not_here_yet_says_so() -> None:
    """The folders of later parts hold no code, and their first words are honest."""
    for folder in ("labs", "solutions", "autograder", "slides"):
        inside = [name for name in TRACKED if name.startswith(f"{folder}/")]
        if inside == [f"{folder}/README.md"]:
            assert "**This version holds the experiment only." in read(f"{folder}/README.md")
            assert re.search(rf"^{folder}/ +not here yet", TREE, re.MULTILINE)
        elif inside:
            assert not re.search(rf"^{folder}/ +not here yet", TREE, re.MULTILINE)


def test_labs_have_the_names_that_doctor_gives_them() -> None:
    listed = re.findall(r"^(\d)\. (.*?)(?: \(.*\))?$", read("labs/README.md"), re.MULTILINE)
    assert [f"{number} {name}" for number, name in listed] == list(LABS)
    assert sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "labs").glob("*/*.ipynb")) == list(NOTEBOOKS)


def test_decisions_are_dated() -> None:
    entries = re.findall(r"^\*\*(.*?)\*\*", read("docs/decisions.md"), re.MULTILINE)
    assert entries
    assert all(re.match(r"20\d\d-[01]\d-[0-3]\d\. \S", entry) for entry in entries)


# --- nothing of anybody's machine ---

HOME = re.compile(r"(?:/home/|/Users/|[A-Za-z]:\\+Users\\+)(?!\()[\w.-]+")
NOBODY = ("ada", "alice", "bob", "zoe")
"""Names that tests and examples may use in a home folder."""


@checkout
def test_no_tracked_text_holds_a_path_of_this_machine() -> None:
    own = {str(path) for path in (ROOT, Path.home()) if len(path.parts) > 2}
    for name in TRACKED:
        text = (ROOT / name).read_text(encoding="utf-8", errors="ignore")
        for path in own:
            assert path not in text, f"{name} holds {path}"
        for found in HOME.findall(text):
            assert re.split(r"[/\\]+", found)[-1].lower() in NOBODY, f"{name} holds {found}"
