"""Packs a symbolic link to a neighbour's notebook."""

import stat
import zipfile

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-data"
EXPECT = Expect(everything="student error", reason="link")


def archive(package: zipfile.ZipFile, desk: Desk) -> None:
    member = zipfile.ZipInfo(f"{desk.student}.ipynb")
    member.create_system = 3
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    package.writestr(member, "zzz-honest.ipynb")
