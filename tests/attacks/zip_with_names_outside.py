"""Packs members whose names lead out of the archive, so that unpacking would overwrite the grader's files."""

import json
import zipfile

from autograder.attacks import Aftermath, Desk, Expect

PROMISE = "uploads-are-data"
EXPECT = Expect(absent=True)


def archive(package: zipfile.ZipFile, desk: Desk) -> None:
    text = json.dumps(desk.notebook(right=True))
    for name in (
        "../../escaped.ipynb",
        f"/{desk.ground.canaries}/escaped.ipynb",
        "..\\..\\escaped.ipynb",
        "C:/escaped.ipynb",
    ):
        package.writestr(zipfile.ZipInfo(name), text)


def aftermath(seen: Aftermath) -> None:
    escaped = [path for path in seen.ground.root.rglob("*escaped*")]
    assert not escaped, escaped
