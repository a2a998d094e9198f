"""Hands in modules, a conftest, settings and packages beside its notebook, for the grader to import."""

from autograder.attacks import Desk, Expect

PROMISE = "uploads-are-data"
EXPECT = Expect(said="returned|raised")


CODE_OF_ALL = "raise SystemExit('imported from a student\\'s folder')\n"


def upload(desk: Desk) -> None:
    for name in ("conftest", "sitecustomize", "json", "numpy", "autograder", "test_attacklab", "pytest", "__init__"):
        (desk.folder / f".{name}.py").write_text(CODE_OF_ALL, encoding="utf-8")
        package = desk.folder / f".{name}"
        package.mkdir()
        (package / "__init__.py").write_text(CODE_OF_ALL, encoding="utf-8")
    (desk.folder / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n", encoding="utf-8")
    (desk.folder / "nbgrader_config.py").write_text(CODE_OF_ALL, encoding="utf-8")
    desk.save(desk.notebook("import conftest, sitecustomize, test_attacklab\n"))
