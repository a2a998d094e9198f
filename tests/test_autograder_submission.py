"""Submissions: the student's own cells in their order, ours taken out, answers in words found; never anything run."""

import contextlib
import hashlib
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upload_makers import DEMO, GIVEN, SPEC, code, notebook, text, tree

from autograder.errors import GradingError, SubmissionError
from autograder.submissions import submission, uploads
from autograder.submissions.submission import MAX_WRITTEN, Submission, normal, parse


def parsed(*cells: Any, **more: Any) -> Submission:
    return parse(notebook(*cells, **more), "ana.ipynb", SPEC, student="ana")


def kept(*cells: Any) -> list[str]:
    return [source for _, source in parsed(*cells).cells]


def test_a_submission_from_a_file(tmp_path: Path) -> None:
    data = notebook(text("# Title"), "x = 1", 'check("lab1.nf4")', "y = 2")
    (upload,) = uploads.find(tree(tmp_path, {"ana.ipynb": data}), SPEC)
    assert submission.read(upload, SPEC) == Submission(
        "ana",
        hashlib.sha256(data).hexdigest(),
        (("cell 2", "x = 1"), ("cell 4", "y = 2")),
        {"lab1.reflection": ""},
    )


def test_notes_of_the_upload_and_of_its_cells(tmp_path: Path) -> None:
    files = {f"ana/{SPEC.notebook}.ipynb": notebook(code(3)), "ana/b.py": b"x"}
    (upload,) = uploads.find(tree(tmp_path, files), SPEC)
    assert submission.read(upload, SPEC).notes == ("not read: ana/b.py", "cell 1 is damaged and was left out")


def test_an_unreadable_upload_says_why(tmp_path: Path) -> None:
    (upload,) = uploads.find(tree(tmp_path, {"ana.ipynb": b""}), SPEC)
    with pytest.raises(SubmissionError, match=r"ana\.ipynb is empty"):
        submission.read(upload, SPEC)


def test_an_empty_notebook_is_a_submission_without_code() -> None:
    assert parsed().cells == ()


@pytest.mark.parametrize(
    "source",
    [
        GIVEN,
        DEMO,
        GIVEN.replace("\n", "  \r\n") + "\n\n",
        f"\n\n{DEMO}\t",
        'check("lab1.nf4")',
        "check('lab1.nf4')\nhint('lab1.nf4', 2)\n",
        '# run me\n\ncheck("lab1.nf4")  ',
        'from autograder.learner import check, hint\ncheck("lab1.nf4")',
        'from autograder.learner import quiz\nquiz("lab1", "B")',
        "hint()",
        "progress()\nprogress('all')",
    ],
)
def test_our_cells_are_left_out(source: str) -> None:
    assert kept("x = 1", source, "y = 2") == ["x = 1", "y = 2"]


@pytest.mark.parametrize(
    "source",
    [
        GIVEN + "x = 1",
        "x = 1\n" + DEMO,
        'check("lab1.nf4"); x = 1',
        'check("lab1.nf4") or quantize()',
        'check(open("x"))',
        'x = check("lab1.nf4")',
        'check("lab1.nf4")\nx = 1',
        'if True:\n    check("lab1.nf4")',
        "def check(task):\n    pass",
        "from autograder.learner import check, hint",
        "# check",
        "%pip install torch",
        "check(",
        "check)",
    ],
)
def test_cells_with_anything_of_the_students_are_kept_as_they_are(source: str) -> None:
    assert kept("x = 1", source, "y = 2") == ["x = 1", source, "y = 2"]


@given(st.lists(st.sampled_from(["a = 1", "b = 2\n", GIVEN, DEMO, 'check("lab1.nf4")']), max_size=9))
def test_order_and_repetition_stay(cells: list[str]) -> None:
    ours = {GIVEN, DEMO, 'check("lab1.nf4")'}
    found = parsed(*cells).cells
    assert [source for _, source in found] == [cell for cell in cells if cell not in ours]
    assert [origin for origin, _ in found] == [f"cell {n}" for n, cell in enumerate(cells, 1) if cell not in ours]


def test_metadata_has_no_say_in_what_is_kept() -> None:
    role = {"grade": True, "solution": False, "locked": True, "points": 100, "grade_id": "lab1-nf4"}
    cell = code("x = 1", metadata={"nbgrader": role, "tags": ["skip-execution", "remove-cell"]})
    assert kept(cell, cell, cell) == ["x = 1"] * 3


def graded(source: str, name: str = "lab1-reflection") -> dict[str, Any]:
    return text(source, metadata={"nbgrader": {"grade_id": name, "grade": True, "solution": True}})


@pytest.mark.parametrize(
    ("cells", "answer"),
    [
        ([graded("I would\r\nmeasure. ")], "I would\nmeasure."),
        ([graded("one"), "x = 1", graded("two")], "one\n\ntwo"),
        ([graded("### Reflection\nYOUR ANSWER")], ""),
        ([graded("### Reflection\nYOUR ANSWER "), graded("mine")], "mine"),
        ([graded("other", "lab1-nf4")], ""),
        ([text("## What you would measure\nno name"), "x = 1", text("more\n## Next"), text("no")], "no name\n\nmore"),
        ([text("# 9. what YOU would measure"), text("## part\nof it")], "## part\nof it"),
        ([text("What you would measure")], ""),
        ([text("## What you would measure")], ""),
        ([], ""),
    ],
)  # fmt: skip
def test_answers_in_words(cells: list[Any], answer: str) -> None:
    assert parsed(*cells).written == {"lab1.reflection": answer}


def test_an_answer_in_a_python_file() -> None:
    for mark in ('nbgrader={"grade_id": "lab1-reflection"}', 'task="lab1.reflection" points=4'):
        data = f"# %%\nx = 1\n# %% [markdown] {mark}\n# my\n#\n# words\n# %%\ny = 2".encode()
        found = parse(data, "ana.py", SPEC, student="ana")
        assert found.written == {"lab1.reflection": "my\n\nwords"}
        assert [source for _, source in found.cells] == ["x = 1", "y = 2"]


def test_an_endless_answer_is_cut() -> None:
    written = parsed(graded("w" * (MAX_WRITTEN + 1))).written["lab1.reflection"]
    assert written == "w" * MAX_WRITTEN + "\n(the rest is cut off)"


def test_normal() -> None:
    assert normal("\n\n a  \r\n\r\n b\t\n\n") == " a\n\n b"


@given(st.binary(max_size=200), st.sampled_from(["a.ipynb", "a.py", "a.zip"]))
def test_any_bytes_are_a_submission_or_a_reason(data: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(GradingError):
        path = tree(Path(folder), {name: data}) / name
        for upload in uploads.find(path, SPEC):
            assert submission.read(upload, SPEC).student == upload.student


def test_nothing_of_a_submission_is_compiled_or_run(tmp_path: Path) -> None:
    """Code that would show if it ran, in each place that a reader could trip over."""
    trap = f"__import__('pathlib').Path({str(tmp_path / 'ran')!r}).touch()"
    seen: list[str] = []
    watching = True

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if watching and event in ("compile", "exec", "import", "open", "subprocess.Popen", "os.system"):
            seen.append(event)

    sys.addaudithook(hook)  # cannot be taken away again; `watching` ends it
    found = parsed(trap, f"# coding: {trap}\n%run {trap}", code(trap, outputs=[{"text": trap}]))
    watching = False
    assert len(found.cells) == 3
    assert seen == []
    assert not (tmp_path / "ran").exists()
