"""Zips: every way in which a member lies about itself is told, the others are read, and nothing reaches the disk."""

import contextlib
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from upload_makers import SPEC, answer, patched, zipped

from autograder.errors import GradingError, SandboxError, SubmissionError
from autograder.submissions import archives
from autograder.submissions.found import MAX_BYTES
from autograder.submissions.uploads import content, find

HONEST = answer("honest")


def honest_and(path: Path, members: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None) -> Path:
    """A zip of an honest member, the first, and others that `change` alters."""

    def alter(info: zipfile.ZipInfo) -> None:
        if change and info.filename != "honest.ipynb":
            change(info)

    return zipped(path, {"honest.ipynb": HONEST, **members}, alter)


def reasons(path: Path) -> dict[str, str]:
    """Of all but the honest member, which is read; nothing was written beside the zip."""
    before = sorted(path.parent.rglob("*"))
    found, why = {}, {}
    for upload in find(path, SPEC):
        try:
            found[upload.student] = content(upload)
        except SubmissionError as error:
            why[upload.student] = error.problem
    assert found == {"honest": HONEST}
    assert sorted(path.parent.rglob("*")) == before
    return why


@pytest.mark.parametrize(
    "name",
    [
        "/mallory.ipynb",
        "../mallory.ipynb",
        "a/../../mallory.ipynb",
        "../honest.ipynb",
        "C:/mallory.ipynb",
        "c:mallory.ipynb",
        "..\\mallory.ipynb",
        "honest\\mallory.ipynb",
        "//server/share/mallory.ipynb",
        "honest/../honest.ipynb",
    ],
)
def test_names_that_point_outside(name: str, tmp_path: Path) -> None:
    path = honest_and(tmp_path / "in.zip", {name: b"1"})
    assert reasons(path) == {name: f"{name} has a name that points outside the zip."}


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (stat.S_IFLNK, "is a link, and links are not followed."),
        (stat.S_IFIFO, "is a pipe, not a plain file."),
        (stat.S_IFCHR, "is a device, not a plain file."),
        (stat.S_IFDIR, "is a folder, not a plain file."),
    ],
)
def test_members_that_are_no_files(mode: int, said: str, tmp_path: Path) -> None:
    def change(info: zipfile.ZipInfo) -> None:
        info.external_attr = (mode | 0o777) << 16

    path = honest_and(tmp_path / "in.zip", {"mallory.ipynb": b"/etc/passwd"}, change)
    assert reasons(path) == {"mallory": f"mallory.ipynb {said}"}


def test_a_link_in_place_of_a_folder(tmp_path: Path) -> None:
    def change(info: zipfile.ZipInfo) -> None:
        info.external_attr = (stat.S_IFLNK | 0o777) << 16

    path = honest_and(tmp_path / "in.zip", {"mallory": b"../honest"}, change)
    assert reasons(path) == {"mallory": "mallory is a link, and links are not followed."}


def test_a_bomb_that_states_its_size(tmp_path: Path) -> None:
    path = honest_and(tmp_path / "in.zip", {"mallory.ipynb": bytes(MAX_BYTES + 1)})
    assert reasons(path)["mallory"].startswith("mallory.ipynb is too large: 20,971,521 bytes")


# offsets in a member's entry: 8 flags, 10 method, 16 checksum, 20 packed size, 24 size, 42 place
@pytest.mark.parametrize(
    ("offset", "form", "value", "said"),
    [
        (24, "<I", 10, "mallory.ipynb is damaged: its bytes are not those that the zip states."),
        (24, "<I", 2**21, "mallory.ipynb is damaged"),
        (24, "<I", 2**32 - 2, "mallory.ipynb is too large"),
        (20, "<I", 3, "mallory.ipynb is damaged"),
        (20, "<I", 2**31, "mallory.ipynb shares its bytes"),
        (16, "<I", 7, "mallory.ipynb is damaged"),
        (8, "<H", 1, "mallory.ipynb is encrypted."),
        (10, "<H", zipfile.ZIP_LZMA, "mallory.ipynb is packed by a method that is not read (number 14)."),
        (10, "<H", zipfile.ZIP_STORED, "mallory.ipynb is damaged"),
        (42, "<I", 7, "mallory.ipynb shares its bytes with another member of the zip"),
        (42, "<I", 2**31, "mallory.ipynb shares its bytes"),
    ],
)
def test_lies_in_the_list_of_members(offset: int, form: str, value: int, said: str, tmp_path: Path) -> None:
    path = honest_and(tmp_path / "in.zip", {"mallory.ipynb": bytes(2**20)})
    honest = path.read_bytes()
    patched(path, offset, form, value, member=1)
    assert path.read_bytes() != honest
    if offset == 42 and value == 7:
        # whose bytes they are cannot be told, so that neither is read
        assert len([pick for pick in find(path, SPEC) if "shares its bytes" in pick.problem]) == 2
    else:
        assert reasons(path)["mallory"].startswith(said)


def test_a_bomb_is_unpacked_no_further_than_it_states() -> None:
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(bytes(2**24)) + packer.flush()
    assert len(archives._unpacked(packed, 1000) or b"") == 1001


def test_members_on_the_same_bytes(tmp_path: Path) -> None:
    """One kernel of zeros, stated as the content of many members."""
    path = zipped(tmp_path / "in.zip", {f"{n}.ipynb": bytes(2**20) for n in range(5)})
    for n in range(5):
        patched(path, 42, "<I", 0, member=n)
    assert all("shares its bytes" in upload.problem for upload in find(path, SPEC))


def test_a_truncated_member_and_a_damaged_stream(tmp_path: Path) -> None:
    path = honest_and(tmp_path / "in.zip", {"mallory.ipynb": b"1" * 100})
    data = path.read_bytes()
    packed = zlib.compressobj(wbits=-15)
    stream = packed.compress(b"1" * 100) + packed.flush()
    assert stream in data
    path.write_bytes(data.replace(stream, b"\xff" * len(stream)))
    assert reasons(path) == {"mallory": "mallory.ipynb is damaged: its bytes are not those that the zip states."}
    path.write_bytes(data.replace(b"PK\3\4", b"PK\5\5").replace(b"PK\5\5", b"PK\3\4", 1))
    assert "damaged" in reasons(path)["mallory"]


def test_zips_in_zips_are_not_opened(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"mallory.ipynb": b"1"}).read_bytes()
    path = honest_and(tmp_path / "in.zip", {"mallory/all.zip": inner})
    assert reasons(path) == {"mallory": "mallory/all.zip is no notebook and no Python file."}


def test_too_deep_a_name_and_too_long_a_name(tmp_path: Path) -> None:
    deep = honest_and(tmp_path / "deep.zip", {"mallory/" * 20 + "x.ipynb": b"1"})
    assert reasons(deep)["mallory"].endswith("lies deeper than 16 folders.")
    long = zipped(tmp_path / "long.zip", {"a" * 4096 + ".ipynb": b"1", "b\nQc.ipynb": b"2"})
    long.write_bytes(long.read_bytes().replace(b"b\nQc", b"b\n\0c"))
    assert [len(upload.student) for upload in find(long, SPEC)] == [120, 14]


def test_names_from_a_mac_that_do_not_say_they_are_utf_8(tmp_path: Path) -> None:
    path = zipped(tmp_path / "in.zip", {"jos\u00e9.ipynb": b"1"})
    for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data = bytearray(path.read_bytes())
        struct.pack_into("<H", data, data.index(mark) + flags, 0)
        path.write_bytes(data)
    assert [upload.student for upload in find(path, SPEC)] == ["jos\u00e9"]


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    with pytest.raises(GradingError, match="has 4 members; at most 3 are read") as caught:
        find(zipped(tmp_path / "in.zip", {f"{n}.txt": b"" for n in range(4)}), SPEC)
    assert "Unpack it" in caught.value.remedy


def test_too_long_a_list_of_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_DIRECTORY", 70_000)
    with pytest.raises(GradingError, match="its list of members is too long"):
        find(zipped(tmp_path / "in.zip", {f"{n}" + "x" * 4000: b"" for n in range(20)}), SPEC)


def test_a_zip_that_is_gone_is_not_the_students_fault(tmp_path: Path) -> None:
    path = zipped(tmp_path / "in.zip", {"ana.ipynb": b"1"})
    (upload,) = find(path, SPEC)
    path.unlink()
    with pytest.raises(SandboxError, match=r"in\.zip cannot be read"):
        content(upload)


def everything_in(path: Path) -> None:
    try:
        uploads = find(path, SPEC)
    except GradingError:
        return
    for upload in uploads:
        with contextlib.suppress(SubmissionError):
            assert len(content(upload)) <= MAX_BYTES


@given(st.binary(max_size=300))
@example(b"")
@example(b"PK\5\6" + bytes(18))
@example(b"PK\5\6" + b"\xff" * 18)
def test_any_bytes_as_a_zip(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "in.zip").write_bytes(data)
        everything_in(Path(folder) / "in.zip")


GOOD = {"honest.ipynb": HONEST, "ana/x.ipynb": b"1" * 1000, "../bob.py": b"2", "cleo.py": b""}


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, 10_000))
def test_a_zip_with_any_bytes_changed_or_cut_off(changes: list[tuple[int, int]], length: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = zipped(Path(folder) / "in.zip", GOOD)
        data = bytearray(path.read_bytes())
        for place, value in changes:
            data[place % len(data)] = value
        path.write_bytes(data[: length if length < len(data) else None])
        everything_in(path)
