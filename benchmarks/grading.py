"""Submissions a second: this autograder beside nbgrader's own autograde, same lab, same machine, same run.

    ./lab python benchmarks/grading.py [--submissions 40] [--by-nbgrader 4] [--jobs 2] [--json FILE]

The lab's work is one LoRA step on a tiny Llama, about 0.1 s. Bytecode is compiled before either is timed. nbgrader
grades its students in one call, one after another, as it always does; ours has lanes. Starting up is counted in both.
Does not: say anything about Lab 1, whose ratio `--lab1` measures: the same two graders on Lab 1's own solution.
"""

import argparse
import compileall
import json
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any

from autograder import grading
from autograder.sandbox import levels
from autograder.spec import Course, LabSpec, Limits, TaskSpec

ROOT = Path(__file__).resolve().parents[1]
GIVEN = """\
import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM
"""
SOLUTION = '''\
def lora_step(seed):
    """The loss before one LoRA step on a tiny Llama, and the sum of the adapter's B afterwards."""
    torch.manual_seed(seed)
    shape = LlamaConfig(vocab_size=512, hidden_size=128, intermediate_size=256, num_hidden_layers=2,
                        num_attention_heads=4, num_key_value_heads=4)
    model = get_peft_model(LlamaForCausalLM(shape), LoraConfig(r=8, task_type="CAUSAL_LM", target_modules="all-linear"))
    rows = torch.arange(256).reshape(4, 64) % 512
    loss = model(input_ids=rows, labels=rows).loss
    loss.backward()
    step = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1.0)
    step.step()
    return float(loss), float(sum(p.abs().sum() for n, p in model.named_parameters() if "lora_B" in n))


def scale(rank, alpha):
    """What the product of B and A is multiplied with."""
    return alpha / rank
'''
CHECK = """\
import math
import pytest
from autograder import expect

@pytest.mark.task("bench.step", points=1)
def test_step(submission):
    loss, moved = submission.call("lora_step", 0)
    expect.close(loss, math.log(512), "lora_step(0)[0]", rel=0.1)
    assert moved > 0

@pytest.mark.task("bench.scale", points=1)
def test_scale(submission, rng):
    rank, alpha = rng.randint(1, 64), rng.randint(1, 64)
    expect.close(submission.call("scale", rank, alpha), alpha / rank, f"scale({rank}, {alpha})")
"""
NBGRADER_CHECKS = {
    "bench-step": "import math\nloss, moved = lora_step(0)\nassert abs(loss - math.log(512)) < 0.7\nassert moved > 0",
    "bench-scale": "assert scale(8, 16) == 2",
}
PRELOAD = ("torch", "peft:LoraConfig,get_peft_model", "transformers:LlamaConfig,LlamaForCausalLM")


def main() -> None:
    """Grade the same submission many times in both ways and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=40)
    parser.add_argument("--by-nbgrader", type=int, default=4)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--lab1", action="store_true", help="Lab 1 instead of the benchmark lab.")
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args()
    compileall.compile_dir(sysconfig.get_paths()["purelib"], quiet=2, workers=2)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        notebook, course, lab = lab1() if given.lab1 else bench_lab(place)
        row = {
            "lab": lab,
            "machine_cores": given.jobs,
            "ours": ours(place, notebook, course, lab, given.submissions, given.jobs),
            "nbgrader": by_nbgrader(place, notebook, given.by_nbgrader),
        }
    row["ratio"] = round(row["ours"]["per_second"] / row["nbgrader"]["per_second"], 1)
    print(json.dumps(row, indent=2))
    if given.json:
        given.json.write_text(json.dumps(row, indent=2) + "\n", encoding="utf-8")


def bench_lab(place: Path) -> tuple[dict[str, Any], Course, str]:
    """The benchmark lab: its solved notebook, and its spec and checks for our grader."""
    tasks = (
        TaskSpec("bench.step", "A LoRA step", 1, 1, functions=("lora_step",)),
        TaskSpec("bench.scale", "The scale", 1, 1, functions=("scale",)),
    )
    spec = LabSpec("bench", "Benchmark", "bench", 1, tasks, given=(GIVEN,), preload=PRELOAD, limits=Limits())
    course = Course(place / "specs", place / "checks")
    (place / "checks" / "bench" / "hidden").mkdir(parents=True)
    course.specs.mkdir()
    (course.specs / "bench.json").write_text(json.dumps(spec.to_json()), encoding="utf-8")
    (place / "checks" / "bench" / "hidden" / "test_bench.py").write_text(CHECK, encoding="utf-8")
    cells = [code(GIVEN, "given", solution=False), code(SOLUTION, "solution", solution=True)]
    cells += [code(text, name, points=1) for name, text in NBGRADER_CHECKS.items()]
    return notebook_of(cells), course, "bench"


def code(source: str, name: str, *, solution: bool = False, points: float | None = None) -> dict[str, Any]:
    """A code cell as nbgrader marks it."""
    marks: dict[str, Any] = {
        "grade": points is not None, "grade_id": name, "locked": not solution, "schema_version": 3,
        "solution": solution, "task": False,
    }  # fmt: skip
    if points is not None:
        marks["points"] = points
    return {
        "cell_type": "code", "id": name, "metadata": {"nbgrader": marks}, "source": source, "outputs": [],
        "execution_count": None,
    }  # fmt: skip


def notebook_of(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """A notebook of these cells."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}


def lab1() -> tuple[dict[str, Any], Course, str]:
    """Lab 1 with its solution."""
    from autograder.authoring import notebooks
    from autograder.authoring.lab_source import read_source

    source = read_source(ROOT / "solutions" / "lab1_qlora_configuration.py")
    return json.loads(notebooks.source_notebook(source)), Course(), "lab1"


def ours(place: Path, notebook: dict[str, Any], course: Course, lab: str, count: int, jobs: int) -> dict[str, Any]:
    """Our grader, start-up included."""
    folder = place / "class"
    folder.mkdir()
    for number in range(count):
        (folder / f"student{number:04}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    began = time.perf_counter()
    done = grading.grade(folder, lab, place / "graded", salt=b"a salt for benchmarks", jobs=jobs, course=course)
    seconds = time.perf_counter() - began
    full = sum(result.points == done.out_of for result in done.results)
    if full != count:
        sys.exit(f"{full} of {count} submissions got all points: {done.results[0]}")
    steady = sorted(result.seconds for result in done.results)[count // 2] / jobs
    return {
        "submissions": count, "seconds": round(seconds, 2), "per_second": round(count / seconds, 3),
        "median_seconds_a_submission_in_its_lane": round(steady * jobs, 3), "isolation": str(levels.available()[0]),
    }  # fmt: skip


def by_nbgrader(place: Path, notebook: dict[str, Any], count: int) -> dict[str, Any]:
    """Nbgrader's autograde, one call for all students."""
    course, name = place / "nbgrader", "bench"
    (course / "source" / name).mkdir(parents=True)
    text = json.dumps(notebook)
    (course / "source" / name / "bench.ipynb").write_text(text, encoding="utf-8")
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
    nbgrader(course, "generate_assignment", name)
    for number in range(count):
        folder = course / "submitted" / f"student{number:04}" / name
        folder.mkdir(parents=True)
        (folder / "bench.ipynb").write_text(text, encoding="utf-8")
    began = time.perf_counter()
    nbgrader(course, "autograde", name)
    seconds = time.perf_counter() - began
    shutil.rmtree(course)
    return {"submissions": count, "seconds": round(seconds, 2), "per_second": round(count / seconds, 4)}


def nbgrader(course: Path, *words: str) -> None:
    """One of nbgrader's commands, which must work."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "nbgrader", *words], cwd=course, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"nbgrader {' '.join(words)} failed:\n{done.stderr[-2000:]}")


if __name__ == "__main__":
    main()
