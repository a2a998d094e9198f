"""Hands in a Python file with cells instead of a notebook, with the line ends and the byte mark of Windows."""

from autograder.attacks import Desk, Expect

PROMISE = "honest"
EXPECT = Expect(everything="passed", points=6)


def upload(desk: Desk) -> None:
    cells = [cell["source"] for cell in desk.notebook(right=True)["cells"] if cell["cell_type"] == "code"]
    text = "".join(f"# %%\n{source}\n" for source in cells)
    desk.file.with_suffix(".py").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
