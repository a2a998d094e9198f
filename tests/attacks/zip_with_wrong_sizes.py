"""States a small size for a member that unpacks to a large one."""

import zipfile

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-bounded"
EXPECT = Expect(everything="student error", reason="damaged")


def archive(package: zipfile.ZipFile, desk: Desk) -> None:
    name = f"{desk.student}.ipynb"
    package.writestr(name, b" " * (30 * 2**20))
    package.getinfo(name).file_size = 1000
