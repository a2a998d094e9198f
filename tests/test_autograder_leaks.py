"""The search for secrets: each way of smuggling a line into what learners get is tried, and ordinary files pass."""

import base64
import json
import zipfile
from pathlib import Path

import pytest
import small_course
from hypothesis import given
from hypothesis import strategies as st
from small_course import SOURCE, STEM

from autograder.authoring import leaks
from autograder.authoring.lab_source import parse
from autograder.authoring.leaks import Secret
from autograder.errors import SourceError

LAB = parse(SOURCE, Path(f"{STEM}.py"))
LINE = "return math.pi * squared_radius"
KEPT = leaks.secrets([LAB], [], [], [])


def secret_texts(*hidden: Path, library: str = "", checks: tuple[Path, ...] = ()) -> set[str]:
    return {secret.text for secret in leaks.secrets([LAB], hidden, [library], checks)}


def test_the_lines_of_solutions_and_hidden_checks_are_secret(tmp_path: Path) -> None:
    (tmp_path / "test_area_hidden.py").write_text(small_course.HIDDEN)
    found = secret_texts(tmp_path / "test_area_hidden.py")
    assert LINE in found
    assert "Because the levels are evenly spread over it." in found
    assert "assert round(submission.call('area', 7), 3) == 153.938" in found
    assert "test_area_hidden.py" in found
    assert "return how_far" in found, "14 characters are worth a search"


def test_what_is_public_or_short_is_no_secret(tmp_path: Path) -> None:
    for folder, text in (("hidden", small_course.HIDDEN + "\nx = 1\n"), ("public", small_course.PUBLIC)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "test_area_of_it.py").write_text(text)
    paths = [tmp_path / folder / "test_area_of_it.py" for folder in ("hidden", "public")]
    assert {"def test_area(submission):", "test_area_of_it.py"} <= secret_texts(paths[0])
    found = secret_texts(paths[0], checks=(paths[1],))
    assert "def test_area(submission):" not in found, "the public check has the same line"
    assert "test_area_of_it.py" not in found
    assert "x = 1" not in found
    assert LINE not in secret_texts(library=f"def f():\n        {LINE}\n")


def test_a_public_check_excuses_no_solution_line(tmp_path: Path) -> None:
    (tmp_path / "test_area.py").write_text(f"# {LINE}\n")
    assert LINE in secret_texts(checks=(tmp_path / "test_area.py",))


def test_hints_are_public() -> None:
    text = SOURCE.replace("# 2. `math.pi` is there.", f"# 2. Try `{LINE}`.")
    assert LINE not in {secret.text for secret in leaks.secrets([parse(text, LAB.path)], [], [], [])}


def test_ordinary_files_pass(tmp_path: Path) -> None:
    small_course.make(tmp_path / "a")
    leaks.search(tmp_path / "a" / "driftlab", KEPT)
    leaks.search(tmp_path / "a" / "autograder" / "checks" / "lab9" / "public", KEPT)


def notebook(**cell: object) -> str:
    row = {"cell_type": "markdown", "metadata": {}, "source": ["# A title\n"], "id": "x", **cell}
    return json.dumps({"cells": [row], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


ENCODED = base64.b64encode(f"def area(radius):\n    {LINE}\n".encode()).decode()
WAYS = {
    "text": ("notes.md", f"First.\nSo: {LINE}!\n", ":2"),
    "other spaces": ("notes.md", "return   math.pi  *\tsquared_radius", ":1"),
    "over two lines": ("notes.md", "return math.pi *\n    squared_radius", ""),
    "a comment": ("x.py", f"x = 1\n# {LINE}\n", ":2"),
    "a cell's source": ("x.ipynb", notebook(source=["def area(r):\n", f"    {LINE}\n"]), ":8"),
    "a source cut up": ("x.ipynb", notebook(source=["return math.pi ", "* squared_radius"]), ""),
    "metadata": ("x.ipynb", notebook(metadata={"solution": {"old": LINE}}), ":7"),
    "a key of metadata": ("x.ipynb", notebook(metadata={LINE: 1}), ":6"),
    "an output": ("x.ipynb", notebook(cell_type="code", outputs=[{"data": {"text/plain": [f"'{LINE}'"]}}]), ":14"),
    "an attachment": ("x.ipynb", notebook(attachments={"a.txt": {"text/plain": ENCODED}}), ""),
    "base64 in a link": ("notes.md", f"![x](data:text/plain;base64,{ENCODED})", ""),
    "base64 after a word": ("notes.md", f"abc{ENCODED}", ""),
    "base64 in lines": ("x.txt", base64.encodebytes((f"{LINE}\n" * 9).encode()).decode(), ""),
    "base64 of another alphabet": ("x.txt", base64.urlsafe_b64encode(f"~~~???{LINE}".encode()).decode(), ""),
    "base64 twice": ("x.txt", base64.b64encode(ENCODED.encode()).decode(), ""),
    "an escape in JSON": ("x.json", json.dumps({"a": LINE}).replace("*", "\\u002a"), ""),
    "bytes that are no text": ("x.bin", f"\udcff\udc80{LINE}\udcfe", ":1"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("zipped", [False, True])
def test_a_line_that_was_smuggled_in_is_found(way: str, zipped: bool, tmp_path: Path) -> None:
    name, text, line = WAYS[way]
    data = text.encode("utf-8", "surrogateescape")
    made = tmp_path / "made"
    if zipped:
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("a/good.md", "Nothing here.\n")
            archive.writestr(f"a/{name}", data)
    else:
        (made / "a").mkdir(parents=True)
        (made / "a" / name).write_bytes(data)
    with pytest.raises(SourceError) as caught:
        leaks.search(made, KEPT)
    assert caught.value.problem.startswith(f"made/a/{name}{line} "), caught.value.problem
    assert f"{STEM}.py:33" in caught.value.problem or way == "base64 in lines", caught.value.problem


@pytest.mark.parametrize("folder", sorted(leaks.FORBIDDEN))
def test_a_folder_that_no_learner_gets_is_refused(folder: str, tmp_path: Path) -> None:
    (tmp_path / "made" / folder).mkdir(parents=True)
    (tmp_path / "made" / folder / "x.md").write_text("Harmless.")
    with pytest.raises(SourceError, match=rf"lies in {folder}/"):
        leaks.search(tmp_path / "made", KEPT)


def test_a_notebook_that_was_run_is_refused(tmp_path: Path) -> None:
    for number, change in enumerate(({"outputs": [{"output_type": "stream", "text": "Ada"}]}, {"execution_count": 3})):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "x.ipynb").write_text(notebook(cell_type="code", **change))
        with pytest.raises(SourceError, match="has outputs of 1 cells"):
            leaks.search(tmp_path / str(number), KEPT)


@given(st.text(min_size=leaks.SHORTEST).filter(lambda text: len(" ".join(text.split())) >= leaks.SHORTEST), st.binary())
def test_any_secret_is_found_in_base64_and_in_json(text: str, before: bytes) -> None:
    secret = Secret(" ".join(text.split()), "here")
    try:
        data = secret.text.encode()
    except UnicodeEncodeError:
        return
    for inside in (json.dumps({"a": [secret.text]}).encode(), base64.b64encode(before + b"\n" + data)):
        assert leaks.held(inside, [secret]) == secret
