"""Packs a zip, which holds a zip, which holds the solution."""

import io
import json
import zipfile

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-data"
EXPECT = Expect(everything="student error", reason="no notebook")


def archive(package: zipfile.ZipFile, desk: Desk) -> None:
    data = json.dumps(desk.notebook(right=True)).encode()
    for name in ("attacklab.ipynb", "inner.zip"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as inner:
            inner.writestr(name, data)
        data = packed.getvalue()
    package.writestr(f"{desk.student}.zip", data)
