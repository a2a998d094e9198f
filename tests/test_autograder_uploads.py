"""Uploads: every layout gives each student their own file, and nothing hostile is followed, waited for or unpacked."""

import os
import socket
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upload_makers import SPEC, STEM, answer, tree, zipped

from autograder.errors import GradingError, SandboxError, SubmissionError
from autograder.submissions import files
from autograder.submissions.found import MAX_BYTES
from autograder.submissions.uploads import Upload, content, find, safe_name

HONEST = answer("honest")


def students(path: Path) -> dict[str, bytes | str]:
    """Each student's bytes, or the reason why there are none."""
    found = find(path, SPEC)
    assert len({upload.student for upload in found}) == len(found)
    assert [upload.student for upload in found] == sorted(upload.student for upload in found)
    return {upload.student: read(upload) for upload in found}


def read(upload: Upload) -> bytes | str:
    try:
        return content(upload)
    except SubmissionError as error:
        return error.problem


def reason(path: Path, student: str = "mallory") -> str:
    """Why that student's upload is not read; the honest one beside it is."""
    found = students(path)
    assert found["honest"] == HONEST
    why = found[student]
    assert isinstance(why, str)
    return why


NBGRADER = {f"ana/{STEM}/{STEM}.ipynb": answer("ana"), f"bob/{STEM}/{STEM}.ipynb": answer("bob")}
ANA_AND_BOB = {"ana": answer("ana"), "bob": answer("bob")}
LAYOUTS = {
    "nbgrader": NBGRADER,
    "a course": {f"submitted/{name}": data for name, data in NBGRADER.items()}
    | {"nbgrader_config.py": b"c = 1", f"source/{STEM}/{STEM}.ipynb": b"{}", "gradebook.db": b""},
    "an assignment of another name": {f"ana/hw1/{STEM}.ipynb": answer("ana"), "bob/hw1/my own.ipynb": answer("bob")},
    "several assignments": {**NBGRADER, "ana/lab2_memory/lab2_memory.ipynb": b"{}", "bob/lab2_memory/x.py": b"x"},
    "a student with another assignment only": {**NBGRADER, "cleo/lab2_memory/lab2_memory.ipynb": b"{}"},
    "files": {"ana.ipynb": answer("ana"), "bob.py": answer("bob")},
    "files and what lies about": {
        "ana.ipynb": answer("ana"),
        "bob.IPYNB": answer("bob"),
        "grades.csv": b"",
        "figures/a.png": b"",
        ".hidden.ipynb": b"",
        ".ipynb_checkpoints/ana-checkpoint.ipynb": b"",
        "__MACOSX/._ana.ipynb": b"",
    },
    "a folder a student": {"ana/x.ipynb": answer("ana"), "bob/y.py": answer("bob"), "bob/notes.txt": b""},
    "the lab's notebook among others": {
        f"ana/{STEM}.ipynb": answer("ana"),
        "ana/scratch.ipynb": b"{}",
        "ana/helper.py": b"",
        f"bob/{STEM.upper()}.IPYNB": answer("bob"),
        f"bob/{STEM}.py": b"exported",
    },
    "Gradescope": {
        "assignment_1_export/submission_1/x.ipynb": answer("ana"),
        "assignment_1_export/submission_2/x.ipynb": answer("bob"),
        "assignment_1_export/submission_metadata.yml": b":submission_1:\n",
        "__MACOSX/assignment_1_export/._x.ipynb": b"",
    },
    "Gradescope, one of them": {"assignment_1_export/submission_1/x.ipynb": answer("ana")},
    "an export with folders of any name": {
        "export/ana/x.ipynb": answer("ana"),
        "export/bob/x.ipynb": answer("bob"),
        "export/submission_metadata.yml": b"",
    },
    "Moodle": {
        "Ana Silva_11_assignsubmission_file_/x.ipynb": answer("ana"),
        "Ana Silva_11_assignsubmission_onlinetext_/onlinetext.html": b"<p>",
        "Bob_12_assignsubmission_file_/y.ipynb": answer("bob"),
    },
}
STUDENTS = {
    "Gradescope": {"submission_1": answer("ana"), "submission_2": answer("bob")},
    "Gradescope, one of them": {"submission_1": answer("ana")},
    "Moodle": {
        "Ana Silva_11_assignsubmission_file_": answer("ana"),
        "Bob_12_assignsubmission_file_": answer("bob"),
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_unpacked(layout: str, tmp_path: Path) -> None:
    assert students(tree(tmp_path / "in", LAYOUTS[layout])) == STUDENTS.get(layout, ANA_AND_BOB)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_in_a_zip(layout: str, tmp_path: Path) -> None:
    assert students(zipped(tmp_path / "in.zip", LAYOUTS[layout])) == STUDENTS.get(layout, ANA_AND_BOB)


@pytest.mark.parametrize("layout", ["nbgrader", "files", "a folder a student", "several assignments", "Moodle"])
def test_a_packed_folder_is_seen_through(layout: str, tmp_path: Path) -> None:
    members = {f"class of 2026/{name}": data for name, data in LAYOUTS[layout].items()}
    assert students(zipped(tmp_path / "in.zip", members)) == STUDENTS.get(layout, ANA_AND_BOB)


def test_canvas_names_stay_whole(tmp_path: Path) -> None:
    members = {"doejane_12345_67890_lab1.ipynb": b"1", "roerichard_LATE_12346_67891_lab1-1.ipynb": b"2"}
    assert list(students(zipped(tmp_path / "submissions.zip", members))) == [
        "doejane_12345_67890_lab1",
        "roerichard_LATE_12346_67891_lab1-1",
    ]


@pytest.mark.parametrize(
    ("members", "student"),
    [
        ({f"ana/{STEM}/{STEM}.ipynb": b"1", "ana/lab2/x.ipynb": b"2"}, "ana"),
        ({f"Ana_1_assignsubmission_file_/{STEM}.ipynb": b"1", "Ana_1_assignsubmission_file_/helper.py": b""}, None),
        ({f"ana/{STEM}.ipynb": b"1", "ana/helper.py": b""}, "ana"),
        ({"ana/x.ipynb": b"1"}, "ana"),
    ],
)
def test_a_zip_of_one_student(members: dict[str, bytes], student: str | None, tmp_path: Path) -> None:
    assert students(zipped(tmp_path / "in.zip", members)) == {student or "Ana_1_assignsubmission_file_": b"1"}


def test_a_packed_folder_of_notebooks_one_of_which_has_the_labs_name(tmp_path: Path) -> None:
    path = zipped(tmp_path / "in.zip", {f"class/{STEM}.ipynb": b"1", "class/bob.ipynb": b"2"})
    assert students(path) == {STEM: b"1", "bob": b"2"}


def test_a_single_file(tmp_path: Path) -> None:
    assert students(tree(tmp_path, {"ana.ipynb": b"1"}) / "ana.ipynb") == {"ana": b"1"}


def test_submitted_itself_with_one_student_is_not_seen_through(tmp_path: Path) -> None:
    tree(tmp_path, {"submitted/ana/hw/submission_1/x.ipynb": b"1"})
    assert students(tmp_path) == students(tmp_path / "submitted") == {"ana": b"1"}


def test_a_course_without_submissions_and_one_whose_folder_is_a_link(tmp_path: Path) -> None:
    course = tree(tmp_path / "course", {"submitted": None, "source/lab1/x.ipynb": b"{}"})
    with pytest.raises(GradingError, match="there is no notebook"):
        find(course, SPEC)
    (course / "submitted").rmdir()
    (course / "submitted").symlink_to("source")
    assert students(course)["submitted"] == "submitted is a link, and links are not followed."


def test_what_was_left_aside_is_noted(tmp_path: Path) -> None:
    (upload,) = find(tree(tmp_path, {f"ana/{STEM}.ipynb": b"1", "ana/helper.py": b"", "ana/b.ipynb": b""}), SPEC)
    assert upload.notes == ("not read: ana/b.ipynb, ana/helper.py",)


AMBIGUOUS = {
    "two notebooks in a folder": {"mallory/a.ipynb": b"1", "mallory/b.ipynb": b"2"},
    "a notebook and a .py file": {"mallory/a.ipynb": b"1", "mallory/b.py": b"2"},
    "twice the lab's name": {f"mallory/a/{STEM}.ipynb": b"1", f"mallory/b/{STEM}.ipynb": b"2"},
    "two files of one stem": {"mallory.ipynb": b"1", "mallory.py": b"2"},
    "a file and a folder": {"mallory.ipynb": b"1", f"mallory/{STEM}.ipynb": b"2"},
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", AMBIGUOUS)
def test_two_files_are_never_chosen_between(case: str, packed: bool, tmp_path: Path) -> None:
    members = {**AMBIGUOUS[case], "honest/x.ipynb": HONEST}
    path = zipped(tmp_path / "in.zip", members) if packed else tree(tmp_path / "in", members)
    assert "mallory handed in 2 files that could be meant" in reason(path)


def test_one_student_alone_with_two_notebooks(tmp_path: Path) -> None:
    assert "could be meant" in str(students(tree(tmp_path, {"ana/a.ipynb": b"1", "ana/b.ipynb": b"2"}))["ana"])


def test_the_same_member_twice(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("honest.ipynb", HONEST)
        archive.writestr("mallory.ipynb", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("mallory.ipynb", b"2")
    assert "mallory handed in 2 files" in reason(tmp_path / "in.zip")


def test_one_letter_written_in_two_ways_is_one_student(tmp_path: Path) -> None:
    composed, apart = "jos\u00e9", unicodedata.normalize("NFD", "jos\u00e9")
    found = students(tree(tmp_path, {f"{composed}.ipynb": b"1", f"{apart}.ipynb": b"2", "honest.ipynb": HONEST}))
    assert "handed in 2 files" in str(found[composed])


def test_upper_and_lower_case_are_two_students(tmp_path: Path) -> None:
    found = students(tree(tmp_path, {"Ana.ipynb": b"1", "ana.ipynb": b"2"}))
    assert found == {"Ana": b"1", "ana": b"2"}
    assert len({safe_name(student) for student in found}) == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mallory/essay.pdf", "is no notebook and no Python file"),
        ("mallory/all.zip", "is no notebook and no Python file"),
        ("mallory.zip", "is no notebook and no Python file"),
        ("mallory.ipynb.txt", "is no notebook and no Python file"),
        ("mallory/notes.txt", "holds no notebook and no Python file"),
        ("mallory/", "the folder mallory holds no notebook and no Python file"),
        ("mallory/x.ipynb/", "the folder mallory holds no notebook and no Python file"),
        ("mallory/1/2/3/4/5/6/x.ipynb", "lies deeper than 6 folders"),
    ],
)
def test_nothing_to_read_has_a_reason(name: str, said: str, tmp_path: Path) -> None:
    files = {name: None if name.endswith("/") else b"PK"}
    assert said in reason(tree(tmp_path, {**files, "honest/x.ipynb": HONEST}))


def link(folder: Path) -> None:
    (folder / "mallory.ipynb").symlink_to("honest.ipynb")


def absolute_link(folder: Path) -> None:
    (folder / "mallory.ipynb").symlink_to("/etc/passwd")


def dangling_link(folder: Path) -> None:
    (folder / "mallory.py").symlink_to("nowhere")


def linked_folder(folder: Path) -> None:
    tree(folder, {f"other/{STEM}.ipynb": HONEST})
    (folder / "mallory").symlink_to("other")


def link_in_a_folder(folder: Path) -> None:
    tree(folder, {"mallory": None})
    (folder / "mallory" / "x.ipynb").symlink_to("../honest.ipynb")


def linked_assignment(folder: Path) -> None:
    tree(folder, {"mallory": None})
    (folder / "mallory" / STEM).symlink_to("..")


def link_to_itself(folder: Path) -> None:
    (folder / "mallory").symlink_to("mallory")


def hard_link(folder: Path) -> None:
    (folder.parent / "secret").write_bytes(b"secret")
    os.link(folder.parent / "secret", folder / "mallory.ipynb")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "mallory.ipynb")


def unix_socket(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as listener:  # the path below is short, however long the folder's is
        listener.bind(f"/proc/self/fd/{handle}/mallory.ipynb")
    os.close(handle)


def sparse_file(folder: Path) -> None:
    with (folder / "mallory.ipynb").open("wb") as file:
        file.truncate(2**40)


def one_byte_too_many(folder: Path) -> None:
    with (folder / "mallory.ipynb").open("wb") as file:
        file.truncate(MAX_BYTES + 1)


def crowd(folder: Path) -> None:
    tree(folder, {f"mallory/a/{number}.txt": b"" for number in range(41)})


def crowd_in_crowds(folder: Path) -> None:
    tree(folder, {f"mallory/a/{outer}/{inner}.txt": b"" for outer in range(6) for inner in range(6)})


HOSTILE: dict[Callable[[Path], None], str] = {
    link: "mallory.ipynb is a link",
    absolute_link: "mallory.ipynb is a link",
    dangling_link: "mallory.py is a link",
    linked_folder: "mallory is a link",
    link_in_a_folder: "mallory/x.ipynb is a link",
    linked_assignment: f"mallory/{STEM} is a link",
    link_to_itself: "mallory is a link",
    hard_link: "mallory.ipynb is one of 2 hard links",
    pipe: "mallory.ipynb is a pipe",
    unix_socket: "mallory.ipynb is a socket",
    sparse_file: "mallory.ipynb is too large: 1,099,511,627,776 bytes",
    one_byte_too_many: "mallory.ipynb is too large",
    crowd_in_crowds: "mallory/a holds more than 40 files",
    crowd: "mallory/a holds more than 40 files",
}


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_hostile_files_are_refused_and_the_next_is_read(
    make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_NAMES_EACH", 40)
    folder = tree(tmp_path / "in", {"honest.ipynb": HONEST})
    make(folder)
    assert HOSTILE[make] in reason(folder)


@pytest.mark.parametrize("make", [link, absolute_link, hard_link, pipe], ids=lambda make: make.__name__)
def test_hostile_files_named_alone(make: Callable[[Path], None], tmp_path: Path) -> None:
    folder = tree(tmp_path / "in", {"honest.ipynb": HONEST})
    make(folder)
    assert HOSTILE[make] in str(students(folder / "mallory.ipynb")["mallory"])


def test_a_device_is_not_opened(tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "mallory.ipynb", 0o20666, os.makedev(1, 5))  # /dev/zero
    except PermissionError:
        pytest.skip("only root makes devices")
    tree(tmp_path, {"honest.ipynb": HONEST})
    assert "mallory.ipynb is a device" in reason(tmp_path)


def test_the_largest_file_is_read(tmp_path: Path) -> None:
    with (tmp_path / "ana.py").open("wb") as file:
        file.truncate(MAX_BYTES)
    assert len(students(tmp_path)["ana"]) == MAX_BYTES


def test_a_file_that_becomes_a_link_after_it_was_found(tmp_path: Path) -> None:
    tree(tmp_path, {"in/mallory/x.ipynb": b"1", "secret/x.ipynb": b"secret"})
    (upload,) = find(tmp_path / "in", SPEC)
    (tmp_path / "in/mallory/x.ipynb").unlink()
    (tmp_path / "in/mallory").rmdir()
    (tmp_path / "in/mallory").symlink_to(tmp_path / "secret")
    assert read(upload) == "mallory is a link, and links are not followed."


@pytest.mark.parametrize("make", [link, absolute_link, pipe], ids=lambda make: make.__name__)
def test_a_file_that_is_swapped_between_the_look_and_the_opening(
    make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tree(tmp_path / "in", {"honest.ipynb": HONEST})
    make(folder)
    plain = (folder / "honest.ipynb").stat()
    monkeypatch.setattr(os, "stat", lambda *_args, **_more: plain)
    with pytest.raises(SubmissionError, match=r"mallory\.ipynb is a (link|pipe)"):
        files.read(folder, ("mallory.ipynb",))


def test_a_file_that_grows_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, {"ana.ipynb": b"12345"})
    small = tree(tmp_path / "other", {"small": b"1"}) / "small"
    state = small.stat()
    monkeypatch.setattr(os, "fstat", lambda _file: state)
    assert files.read(tmp_path, ("ana.ipynb",), limit=5) == b"12345"
    with pytest.raises(SubmissionError, match="is too large: 5 bytes, where 4 are read"):
        files.read(tmp_path, ("ana.ipynb",), limit=4)


def test_a_file_that_is_gone_is_not_the_students_fault(tmp_path: Path) -> None:
    (upload,) = find(tree(tmp_path, {"ana.ipynb": b"1"}), SPEC)
    (tmp_path / "ana.ipynb").unlink()
    with pytest.raises(SandboxError, match=r"ana\.ipynb cannot be read"):
        content(upload)


@pytest.mark.parametrize("code", [5, 24])
def test_a_disk_that_fails_is_not_the_students_fault(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, {"ana/x.ipynb": b"1"})
    honest_open = os.open

    def failing(path: str, *args: int, dir_fd: int | None = None) -> int:
        if path == "ana":
            raise OSError(code, os.strerror(code))
        return honest_open(path, *args, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", failing)
    (upload,) = find(tmp_path, SPEC)
    with pytest.raises(SandboxError):
        content(upload)


def test_the_named_folder_may_be_a_link(tmp_path: Path) -> None:
    tree(tmp_path, {"real/ana.ipynb": b"1"})
    (tmp_path / "link").symlink_to("real")
    assert students(tmp_path / "link") == {"ana": b"1"}


@pytest.mark.parametrize(
    "name", ["", "x" * 300, "a\0b", "missing", "empty", "words.txt", "bad.zip", "empty.zip", "pipe.zip"]
)
def test_paths_that_are_nothing_we_know(name: str, tmp_path: Path) -> None:
    tree(tmp_path, {"empty": None, "words.txt": b"", "bad.zip": b"PK\3\4"})
    os.mkfifo(tmp_path / "pipe.zip")
    zipped(tmp_path / "empty.zip", {})
    with pytest.raises(GradingError) as caught:
        find(tmp_path / (name or "empty"), SPEC)
    assert caught.value.remedy
    assert caught.value.problem.isprintable()


def test_too_many_files_in_the_named_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_NAMES", 3)
    with pytest.raises(GradingError, match="more than 3 names"):
        find(tree(tmp_path, {f"{n}.ipynb": b"" for n in range(4)}), SPEC)


ODD_NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(st.lists(ODD_NAMES, max_size=4), st.binary(min_size=1, max_size=6))
def test_odd_names_break_nothing(names: list[str], raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = tree(Path(folder), {"honest.ipynb": HONEST})
        for name in [*names, os.fsdecode(raw.replace(b"/", b"").replace(b"\0", b"") or b"x")]:
            (root / f"{name}.ipynb").write_bytes(b"1")
        found = students(root)
        assert found["honest"] in (HONEST, *found.values())
        assert all(student.isprintable() and student.strip() for student in found)


def test_names_at_the_limit_and_with_line_ends(tmp_path: Path) -> None:
    names = ["a" * 249, "-rf", "new\nline", "esc\x1b[31m", "[red]", " ", "dot.", "..x"[1:], "a\\b", "\u202etxt"]
    found = students(tree(tmp_path, {f"{name}.ipynb": b"1" for name in names}))
    assert len(found) == len(names) - 1  # hidden files are nobody's
    assert all(data == b"1" for data in found.values())
