"""No instruction is left untried: every command of every document is run by a test, or says why it cannot be.

Cheap ones run here, in a folder that has what they name. Long ones run here with smaller settings added (`SMALL`), or
elsewhere, in the test that is named. What needs a GPU, a network, an account or hours is read by its parser only.
"""

import ast
import csv
import io
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from small_runs import write_data
from test_comparing import ANSWER, REFUSAL
from test_docs import DOCUMENTS, ROOT, TRACKED, read, without_blocks
from test_links import markdown_of

from autograder.__main__ import main as autograder_main
from autograder.authoring import bundle
from autograder.spec import Course
from driftlab.__main__ import main as driftlab_main
from driftlab.pocket import world

PROGRAMS = (
    r"\./lab|(?:py|python) lab|driftlab|autograder|\.ci/run|python -m|python|pytest|jupyter|nbgrader|torchrun"
    r"|accelerate|conda|hf|ruff|mypy|pip|uv|npm|docker|git"
)
STARTS = re.compile(rf"(?:{PROGRAMS})(?= |$)")
ALONE = re.compile(rf"(?:{PROGRAMS}|\./lab --help|\./lab CMD|(?:py|python) lab CMD)")
"""A program that is only named. `./lab` itself is tried by `test_lab_script.py`."""


def lines_of(text: str) -> Iterator[tuple[str, bool]]:
    """(line, whether it stands in a block) of all that could be a command."""
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        lines = block.splitlines() if language in ("bash", "sh", "shell", "console", "text", "") else []
        yield from ((line.strip().removeprefix("$ "), True) for line in lines)
    bare = without_blocks(text)
    for line in re.findall(r"^ {4,}(\S.*)$", bare, re.MULTILINE):
        yield re.split(r" {2,}", line)[0], True
    for span in re.findall(r"`([^`]+)`", bare):
        yield " ".join(span.split()), False


def commands(text: str) -> Iterator[tuple[str, bool]]:
    """The commands of a text, without comments and without `./lab`, and whether they stand there to be typed whole."""
    for line, in_block in lines_of(text):
        if STARTS.match(line) and not ALONE.fullmatch(line):
            words = re.sub(r"^(\./lab|(?:py|python) lab) ", "", line)
            words = " ".join(shlex.split(words, comments=True)) if in_block else words
            yield re.sub(r"^autograder (\w+) (\w+)/(?= |$)", r"autograder \1 \2", words), in_block


def documents() -> dict[str, str]:
    """Every text that a reader may take a command from: documents, notebooks, decks, and the bundle's first page."""
    texts = {name: read(name) for name in DOCUMENTS}
    texts |= {name: markdown_of(read(name)) for name in TRACKED if name.endswith(".ipynb")}
    course = Course()
    files = bundle.files(ROOT, ROOT, [course.spec(lab) for lab in course.labs])
    return texts | {"the bundle's README.md": files["README.md"].decode()}


FOUND: dict[str, set[str]] = {}
"""Command to the documents that have it."""
NAMED: dict[str, set[str]] = {}
"""The same of those in a sentence."""
for place, text in documents().items():
    for command, whole in commands(text):
        (FOUND if whole else NAMED).setdefault(command, set()).add(place)

SMALL = ("--limit=12", "--max-new-tokens=24", "--batch=4")
"""Added to a command that trains; with our own few requests and examples where it names none."""
HERE = [
    "driftlab drift",
    "driftlab drift --lr 5e-4 --epochs 2",
    "driftlab drift --kernel bnb",
    "driftlab drift --targets attention --fresh",
    "driftlab drift --data mine.jsonl --probes requests.csv",
    "driftlab drift --data mine.jsonl --truncation cut-prompt --batching packed",
    "driftlab drift --data list",
    "driftlab drift --model FOLDER --data dolly-15k --probes everyday --limit 200",
    "driftlab report runs/* --out page.html",
    "driftlab report --redact runs/MY-RUN --out shared",
    "driftlab artefacts runs/MY-RUN",
    "driftlab measure --probes requests.csv",
    "driftlab measure --before before.csv --after after.csv --labels label",
    "driftlab measure --model FOLDER --probes everyday",
    "driftlab judge answers.csv --out verdicts.jsonl",
    "driftlab probes list",
    "driftlab probes show everyday",
    "driftlab probes check requests.csv --data mine.jsonl",
    "driftlab doctor",
    "driftlab budget --model llama-2-7b --gpu t4 --no-checkpointing",
    "driftlab budget --model llama-2-7b --gpu t4 --seq-len 2709",
    "driftlab budget --model pocket --trace",
    "driftlab budget --model FOLDER --gpu t4 --trace",
    "driftlab budget --model Qwen/Qwen2.5-0.5B-Instruct --gpu t4",
    "driftlab budget --preset llama2-7b-2xt4 --figure terms.svg --curve lengths.svg",
    "driftlab budget --preset llama2-7b-1xt4",
    "driftlab budget --model pocket --gpu t4 --data pocket:plans --seq-len 32",
    "driftlab budget --model llama-2-7b --lengths lengths.csv --figure cut.svg",
    "autograder check lab1 nf4",
    "autograder quiz lab1",
    "autograder quiz --check FILE",
    "autograder progress",
    "autograder progress --page progress.html",
]
"""Run below."""
SAME = {
    "driftlab drift --fresh": "driftlab drift",
    "driftlab drift --lr 5e-4 --seed 1 --fresh": "driftlab drift --lr 5e-4 --epochs 2",
    "driftlab drift --model ./my-model --probes everyday --data mine.jsonl":
        "driftlab drift --model FOLDER --data dolly-15k --probes everyday --limit 200",
    "driftlab measure --model ./my-model --probes everyday": "driftlab measure --model FOLDER --probes everyday",
    "driftlab measure --before b.csv --after a.csv --labels label":
        "driftlab measure --before before.csv --after after.csv --labels label",
    "driftlab measure --before FILE --after FILE":
        "driftlab measure --before before.csv --after after.csv --labels label",
    "driftlab budget --lengths FILE": "driftlab budget --model llama-2-7b --lengths lengths.csv --figure cut.svg",
    "driftlab judge FILE": "driftlab judge answers.csv --out verdicts.jsonl",
    "driftlab report --redact RUN --out shared": "driftlab report --redact runs/MY-RUN --out shared",
    "driftlab artefacts RUN": "driftlab artefacts runs/MY-RUN",
    "autograder quiz lab2": "autograder quiz lab1",
    "python -m driftlab": "driftlab doctor",
}  # fmt: skip
"""Another name for one that runs below, or one option more that runs in others."""
SEEDS, GRID = (
    "tests/test_cli.py::test_seeds_end_in_one_object_and_one_page",
    "tests/test_grid_runs.py::test_killed_and_stopped_and_gone_on_with_it_ends_as_runs_one_after_another",
)
RELEASED = "tests/test_autograder_release.py::test_what_is_released_here_is_what_the_sources_say"
INSPECT = "tests/test_exporting.py::test_inspect_reads_its_logs_back"
DECKS, GUIDE = (
    "tests/test_slides.py::test_nothing_overflows_overlaps_or_is_hard_to_read",
    "tests/test_guide.py::test_the_pages_are_what_their_sources_say",
)
LAUNCHED = "tests/test_ranks.py::test_the_whole_experiment_under_the_launchers_that_people_use"
ELSEWHERE = {
    "driftlab drift --seeds 0..9": SEEDS,
    "driftlab drift --seeds 0..2": SEEDS,
    "driftlab drift --seeds 0..4": SEEDS,
    "driftlab drift --seeds 0..4 --grid rank=8,64": GRID,
    "driftlab drift --seeds 0..9 --grid lr=1e-3,2e-3": GRID,
    "driftlab drift --seeds 0..9 --grid lr=1e-3,2e-3 --grid rank=8,32": GRID,
    "driftlab measure --adapter runs/MY-RUN":
        "tests/test_cli.py::test_measure_with_a_runs_adapter_agrees_with_that_run",
    "driftlab export runs/MY-RUN --to inspect --out logs": INSPECT,
    "driftlab export RUN --to inspect --out DIR": INSPECT,
    "driftlab pocket verify": "tests/test_pocket_model.py::test_the_shipped_weights_agree_with_their_card",
    "python -m driftlab.refusals.learn llama2orig.csv mistralinstruct.csv":
        "tests/test_judge.py::test_the_shipped_weights_are_what_the_command_makes",
    "accelerate launch --multi-gpu --num-processes 2 -m driftlab …": LAUNCHED,
    "accelerate launch": LAUNCHED,
    "autograder check lab1": "tests/test_autograder_terminal.py::test_the_labs_own_notebook_is_found",
    "autograder grade submitted --lab lab1":
        "tests/test_autograder_grading.py::test_the_command_writes_one_line_of_json",
    "autograder grade submitted --lab lab1 --gradebook sqlite:///gradebook.db":
        "tests/test_nbgrader.py::test_a_small_lab_through_all_of_nbgrader",
    "autograder grade … --gradebook URL": "tests/test_nbgrader.py::test_a_small_lab_through_all_of_nbgrader",
    "autograder self-check": "tests/test_attacks.py::test_no_attack_gains_anything",
    "autograder release": RELEASED,
    "autograder release lab1":
        "tests/test_autograder_release.py::test_a_lab_has_a_bundle_of_its_own_and_it_may_go_elsewhere",
    "autograder release --check":
        "tests/test_autograder_release.py::test_comparing_writes_nothing_and_names_each_difference",
    "autograder release lab2":
        "tests/test_autograder_release.py::test_a_lab_has_a_bundle_of_its_own_and_it_may_go_elsewhere",
    "autograder demo FOLDER": "tests/test_autograder_rehearsal.py::test_the_same_words_make_the_same_bytes_anywhere",
    "autograder demo FOLDER --compare DIR":
        "tests/test_autograder_rehearsal.py::test_the_comparison_tells_what_differs",
    "autograder demo build/demo":
        "tests/test_autograder_rehearsal.py::test_the_same_words_make_the_same_bytes_anywhere",
    "autograder grade build/demo/submitted --lab lab1 --out build/demo/lab1 --gradebook sqlite:///build/demo/gradebook.db":
        "tests/test_dress_rehearsal.py::test_gradebook_export_and_pages_say_the_same",
    "autograder demo build/demo --compare build/demo/lab1":
        "tests/test_autograder_rehearsal.py::test_the_comparison_tells_what_differs",
    "autograder smoke [LAB…]":
        "tests/test_student_bundle.py::test_the_courses_bundle_installs_elsewhere_and_passes_its_smoke_test",
    "autograder smoke":
        "tests/test_student_bundle.py::test_a_labs_own_bundle_installs_passes_its_smoke_test_and_can_be_worked",
    "nbgrader autograde": "tests/test_nbgrader.py::test_a_small_lab_through_all_of_nbgrader",
    "python -m slides.build": DECKS,
    "python -m slides.build --markdown": "tests/test_slides.py::test_the_decks_are_what_their_sources_say",
    "python -m docs.build": GUIDE,
    "python -m solutions.figures.draw_lab1": "tests/test_lab_figures.py::test_figures_are_what_their_script_draws",
}  # fmt: skip
"""Command to the test that does it, with what is small enough."""
RUNS_THIS = "it is what runs this test"
SERVES = "it opens a browser and serves until it is stopped; that its file is there is held by test_docs.py"
MINUTES, HOURS, GPU = "it takes minutes", "it takes hours", "it needs a CUDA GPU"
CONDA = "conda is no part of the environment; test_environment.py holds environment.yml"
FOREIGN = "it needs weights or data from a network"
RECORDED = "it was run whole for recorded/pocket, whose tests hold what came of it; half a minute each"
ONLY_READ = {
    "pytest": RUNS_THIS,
    "pytest -m \"not slow\"": RUNS_THIS,
    "pytest -n0 tests/test_stats.py": RUNS_THIS,
    "pytest -n0 tests/labs/test_lab1.py": RUNS_THIS,
    "pytest -n0 tests/labs/test_lab1.py tests/test_guide.py": RUNS_THIS,
    "pytest -n0 tests/test_architectures.py": RUNS_THIS,
    "ruff check": "CI runs it before the tests",
    "ruff format": "CI runs it before the tests",
    "mypy": "CI runs it before the tests",
    **{f"jupyter lab {notebook}": SERVES for notebook in TRACKED if notebook.endswith(".ipynb")},
    "jupyter lab labs/": SERVES,
    "conda env create -f environment.yml": CONDA,
    "conda activate driftlab": CONDA,
    "hf auth login": "it asks for the token of an account",
    "driftlab drift --preset llama2-7b-1xt4 --max-hours 10": f"{GPU}, and weights that are not ours to give",
    "torchrun --nproc-per-node 2 -m driftlab drift --preset llama2-7b-2xt4": f"{GPU}; small, on CPUs: {LAUNCHED}",
    "driftlab drift --preset qwen2.5-0.5b-cpu": FOREIGN,
    "driftlab drift --data pocket:own": RECORDED,
    "driftlab drift --data pocket:sums --fresh": RECORDED,
    "driftlab drift --safety-share 0.03": RECORDED,
    "driftlab budget --model Qwen/Qwen2.5-7B --seq-len 4096 --trace": "it takes 7 s; others with --trace run below",
    "driftlab pocket build --out my-pocket": HOURS,
    "driftlab pocket build --out DIR": HOURS,
    "python tests/labs/record_bank.py": MINUTES,
    "python tests/labs/record_bank.py lab1": MINUTES,
    "python benchmarks/side_by_side.py": MINUTES,
    "python benchmarks/grading.py": MINUTES,
    "python benchmarks/record_pocket.py": HOURS,
    "python benchmarks/coverage.py": HOURS,
    "python benchmarks/coverage.py --write": HOURS,
    "python benchmarks/estimators.py": "it needs the programs that it compares with",
    "python benchmarks/estimators.py --trace --write": "as without --trace",
    "python benchmarks/answering_on_gpu.py": GPU,
    "python benchmarks/answering_on_gpu.py [--cap] --out FILE": GPU,
    "python benchmarks/finetuning_on_gpu.py": GPU,
    "python benchmarks/finetuning_on_gpu.py --out FILE": GPU,
    "python benchmarks/gpu_peaks.py --out FILE": GPU,
    "python benchmarks/oom_message.py --out FILE": GPU,
    "python benchmarks/t4_cap.py --out FILE": GPU,
    "python benchmarks/two_gpus.py --out FILE": GPU,
}  # fmt: skip
"""Command to why no test runs it."""
KNOWN = {*HERE, *SAME, *ELSEWHERE, *ONLY_READ}


def begins(command: str) -> bool:
    """Whether a sentence names the beginning of a command that is known, such as `autograder grade`."""
    command = command.removesuffix(" --help")
    return any(known == command or known.startswith(f"{command} ") for known in KNOWN)


def test_every_command_of_every_document_is_tried_or_says_why_not() -> None:
    unknown = {command: places for command, places in FOUND.items() if command not in KNOWN}
    assert not unknown, "run it in HERE, name the test that runs it in ELSEWHERE, or why it cannot be in ONLY_READ"
    named = {command: places for command, places in NAMED.items() if command not in FOUND and not begins(command)}
    assert not named, "as above"


def test_nothing_is_listed_that_no_document_has() -> None:
    assert len(KNOWN) == len(HERE) + len(SAME) + len(ELSEWHERE) + len(ONLY_READ), "a command stands in two lists"
    told = {*FOUND, *NAMED}
    assert {command for command in KNOWN if command not in told} == set()
    assert set(SAME.values()) <= set(HERE)


@pytest.mark.parametrize("command", ELSEWHERE)
def test_the_test_that_is_named_is_there(command: str) -> None:
    file, _, name = ELSEWHERE[command].partition("::")
    tree = ast.parse(read(file))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


# --- those that run here ---

STAND_INS = {"FOLDER": "my-model", "FILE": "lab1.toml", "dolly-15k": "mine.jsonl"}
"""What a reader puts in a place; and a file for a data set that only a network has."""
TYPED = {"autograder quiz lab1": "a\nq\n"}
CODES = {"autograder check lab1 nf4": 1}
"""What is not started yet does not pass."""


def table(path: Path, rows: Sequence[tuple[object, ...]]) -> None:
    """A CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that the commands name."""
    root = tmp_path_factory.mktemp("reader")
    write_data(root / "mine.jsonl", 24)
    table(root / "requests.csv", [("prompt", "kind"), *((probe.prompt, probe.kind) for probe in world.probes()[:8])])
    table(root / "lengths.csv", [("length",), *((n,) for n in range(40, 900, 7))])
    for name, refused in (("before", 14), ("after", 6), ("answers", 6)):
        said = [(REFUSAL, "refused") if n < refused else (ANSWER, "complied") for n in range(20)]
        rows = [(n, f"How do I cook rice {n}?", *pair) for n, pair in enumerate(said)]
        table(root / f"{name}.csv", [("id", "prompt", "answer", "label"), *rows])
    files = ["--data", str(root / "mine.jsonl"), "--probes", str(root / "requests.csv")]
    for seed, name in enumerate(("MY-RUN", "ANOTHER")):
        assert driftlab_main(["drift", *files, *SMALL, f"--seed={seed}", "--out", str(root / "runs" / name)]) == 0
    shutil.copytree(ROOT / "driftlab" / "pocket" / "model", root / "my-model")
    shutil.copy(ROOT / "autograder" / "quizzes" / "lab1.toml", root)
    shutil.copytree(ROOT / "labs", root / "labs")
    return root


@pytest.mark.parametrize("command", HERE)
def test_it_does_what_a_reader_types(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    program, *words = [STAND_INS.get(word, word) for word in shlex.split(command)]
    words = [part for word in words for part in (map(str, sorted(Path().glob(word))) if "*" in word else [word])]
    monkeypatch.setattr("sys.stdin", io.StringIO(TYPED.get(command, "")))
    code = {"driftlab": driftlab_main, "autograder": autograder_main}[program]([*words, *smaller(words)])
    out, err = capsys.readouterr()
    assert code == CODES.get(command, 0), err
    if "--out" in words:
        assert Path(words[words.index("--out") + 1]).exists()
    else:
        assert out.strip()


def smaller(words: list[str]) -> list[str]:
    """What makes it small enough: few examples, few requests, short answers."""
    if words[0] == "measure" and "--before" not in words:
        return ["--max-new-tokens=8"]
    if words[0] != "drift" or "list" in words:
        return []
    data = [] if "--data" in words else ["--data=mine.jsonl"]
    probes = [] if "requests.csv" in words else ["--probes=requests.csv"]  # the last one counts
    return [*SMALL, *data, *probes, f"--out=made/{len(list(Path().glob('made/*')))}"]


def test_a_new_command_would_be_noticed() -> None:
    text = "```bash\n./lab driftlab frobnicate --now   # words\n```\nSay `autograder gr\nade x`, `./lab` and `x = 1`.\n"
    assert dict(commands(text)) == {"driftlab frobnicate --now": True, "autograder gr ade x": False}
    assert not begins("autograder gr")
    assert begins("autograder grade")


def test_they_run_as_programs_too() -> None:
    """The names that a reader types are programs of the environment."""
    for module in ("driftlab", "autograder"):
        done = subprocess.run([sys.executable, "-m", module, "--version"], cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
