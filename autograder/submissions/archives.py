"""Zip archives as learning platforms make them, read in memory; nothing is ever unpacked to a disk.

In: an archive and the names to look for. Out: its members, each with the reason if it will not be read; their bytes.
Covered: names that point outside (absolute, `..`, drives, backslashes), links and devices as members, encryption, other
packing methods, bombs (by size, by number of members, by members that share bytes), wrong sizes and checksums.
Not covered: archives of other kinds, and zips in zips: a member is never opened as one.
Does not: trust a size that the archive states, or give a member's name to the file system.
"""

import errno
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from io import BufferedReader, FileIO
from pathlib import Path

from autograder.errors import GradingError, SandboxError, SubmissionError
from autograder.submissions.found import AGAIN, LINK, MAX_BYTES, Found, Member, kind_problem, too_large
from autograder.submissions.names import shown

MAX_MEMBERS = 20_000
MAX_DIRECTORY = 8 * 2**20
"""Bytes of the archive's list of members: names of 400 bytes for each of the most that we take."""
MAX_DEPTH = 16
"""Folders in a member's name."""
ENCRYPTED = 0x1 | 0x40 | 0x2000
"""Bits of a member's flags: its content, strongly, its headers."""
UTF8_NAME = 0x800
HEADER = struct.Struct("<4s22xHH")
"""A member's own header: its mark, 22 bytes that the archive's list repeats, lengths of its name and extra field."""
BAD = (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, EOFError, struct.error, OSError)
"""What the standard library raises for damaged archives."""


class _Bounded(BufferedReader):
    """A file that is read in bounded pieces, so that an archive's list of members cannot be of any size."""

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = MAX_DIRECTORY + 1 if size is None or size < 0 else size
        data = super().read(min(wanted, MAX_DIRECTORY + 1))
        if len(data) > MAX_DIRECTORY:
            raise zipfile.BadZipFile("its list of members is too long")
        return data


def listed(path: Path, keep: Callable[[str], bool]) -> list[Found]:
    """The members whose names are to be kept, in the order of their names.

    Raises:
        GradingError: it is no zip, is damaged as a whole, or has too many members.
    """
    try:
        with _opened(path) as file, zipfile.ZipFile(file) as archive:
            members, end = archive.infolist(), archive.start_dir
    except BAD as error:
        raise GradingError(
            f"{shown(path.name)} cannot be read as a zip: {shown(str(error))}.",
            "Get it once more from where it came, or unpack it and give the folder's path.",
        ) from error
    if len(members) > MAX_MEMBERS:
        raise GradingError(
            f"{shown(path.name)} has {len(members):,} members; at most {MAX_MEMBERS:,} are read.",
            "Unpack it and give the folder's path.",
        )
    overlapping = _overlapping(members, end)
    found = [_found(info, info.header_offset in overlapping) for info in members if not info.is_dir()]
    return sorted((one for one in found if one.problem == LINK or keep(_last(one))), key=lambda one: one.parts)


def read(path: Path, member: Member, name: str, limit: int = MAX_BYTES) -> bytes:
    """The bytes of one member, unpacked no further than the size that the archive states.

    Raises:
        SubmissionError: it is larger than the limit, or damaged.
        SandboxError: the archive itself cannot be read any more.
    """
    if max(member.size, member.packed) > limit:
        raise SubmissionError(f"{shown(name)} {too_large(max(member.size, member.packed), limit)}", AGAIN)
    try:
        with _opened(path) as file:
            packed = _packed(file, member)
    except OSError as error:
        raise SandboxError(f"{shown(path.name)} cannot be read: {error.strerror}.", "Grade again.") from error
    data = packed if member.method == zipfile.ZIP_STORED else _unpacked(packed, member.size)
    if data is None or len(data) != member.size or zlib.crc32(data) != member.checksum:
        raise SubmissionError(f"{shown(name)} is damaged: its bytes are not those that the zip states.", AGAIN)
    return data


def _opened(path: Path) -> _Bounded:
    """The archive, which must be a plain file; a pipe would hold the class up."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise OSError(errno.EINVAL, kind_problem(mode))
    return _Bounded(FileIO(handle))


def _packed(file: BufferedReader, member: Member) -> bytes:
    """A member's bytes as they lie in the archive; none if there is no member."""
    file.seek(member.offset)
    header = file.read(HEADER.size)
    if len(header) < HEADER.size:
        return b""
    mark, name, extra = HEADER.unpack(header)
    file.seek(member.offset + HEADER.size + name + extra)
    pieces = []
    left = member.packed
    while mark == b"PK\3\4" and left and (piece := file.read(min(left, 2**20))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _unpacked(packed: bytes, size: int) -> bytes | None:
    """The bytes, or one more than stated where there are more, or None where they are damaged."""
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1)
    except zlib.error:
        return None


def _overlapping(members: Iterable[zipfile.ZipInfo], end: int) -> set[int]:
    """Where members begin whose bytes another member uses too, or that reach into the list of members."""
    spans = sorted((info.header_offset, info.header_offset + HEADER.size + info.compress_size) for info in members)
    found, reach, owner = set(), 0, -1
    for start, stop in spans:
        if start < reach:
            found |= {start, owner}
        if start < 0 or stop > end:
            found.add(start)
        if stop > reach:
            reach, owner = stop, start
    return found


def _found(info: zipfile.ZipInfo, overlaps: bool) -> Found:
    name = _name(info)
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    drive = name[1:2] == ":" and name[:1].isalpha()
    if name.startswith("/") or "\\" in name or ".." in parts or drive or not parts:
        return Found((name,), problem="has a name that points outside the zip.", outside=True)
    if len(parts) > MAX_DEPTH:
        return Found(parts, problem=f"lies deeper than {MAX_DEPTH} folders.")
    member = Member(info.header_offset, info.compress_size, info.file_size, info.CRC, info.compress_type)
    return Found(parts, problem=_problem(info, overlaps), member=member)


def _last(found: Found) -> str:
    """The file's own name, also in a path that points outside."""
    return found.parts[-1].replace("\\", "/").rsplit("/", 1)[-1]


def _name(info: zipfile.ZipInfo) -> str:
    """The member's whole name. Macs write UTF-8 and do not say so, which the standard library takes for cp437."""
    name = info.orig_filename
    if info.flag_bits & UTF8_NAME:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _problem(info: zipfile.ZipInfo, overlaps: bool) -> str:
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return LINK
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return kind_problem(mode)
    if info.flag_bits & ENCRYPTED:
        return "is encrypted."
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"is packed by a method that is not read (number {info.compress_type})."
    if overlaps:
        return "shares its bytes with another member of the zip, as zip bombs do."
    if max(info.file_size, info.compress_size) > MAX_BYTES:
        return too_large(max(info.file_size, info.compress_size), MAX_BYTES)
    return ""
