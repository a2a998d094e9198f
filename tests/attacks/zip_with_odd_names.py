"""Packs members whose names hold line ends, escapes, other letters that look the same, and hundreds of characters."""

import json
import zipfile

from autograder.attacks import Aftermath, Desk, Expect

PROMISE = "uploads-are-data"
EXPECT = Expect(absent=True)


def archive(package: zipfile.ZipFile, desk: Desk) -> None:
    text = json.dumps(desk.notebook())
    for name in ("a\nzzz-honest: 6 of 6", "\x1b[2Jclear", "zzz-h\u043enest", "x" * 400, "{{7*7}}<b>", "=cmd|x"):
        package.writestr(zipfile.ZipInfo(f"odd-{name}.ipynb"), text)


def aftermath(seen: Aftermath) -> None:
    for line in (seen.ground.root / "out").rglob("scores.jsonl"):
        text = line.read_text(encoding="utf-8")
        assert "\x1b" not in text, "a name is written as it came"
        assert text.isascii(), "a name is written as it came"
