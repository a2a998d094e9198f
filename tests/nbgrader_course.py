"""nbgrader's own commands on a course folder, in a process of their own: python nbgrader_course.py FOLDER STEM STEP…

Steps: generate, autograde, feedback (or feedback=STUDENT,STUDENT), export, show. The last line is JSON: step to what
came of it.
"""

import csv
import json
import os
import sys
from pathlib import Path
from typing import Any

from nbgrader.apps import ExportApp
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader


def main(folder: Path, stem: str, steps: list[str]) -> None:
    # nbgrader starts `alembic` by name, as in an environment that is activated
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ["PYTHONWARNINGS"] = "ignore"
    config = PyFileConfigLoader("nbgrader_config.py", str(folder)).load_config()
    os.environ["PYTHONPATH"] = os.environ["NOTEBOOK_PATH"]  # of the kernels: what a learner's `autograder` is
    config.CourseDirectory.root = str(folder)
    config.CourseDirectory.db_url = f"sqlite:///{folder}/gradebook.db"
    config.Exchange.root = str(folder / "exchange")
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    print(json.dumps({step: run(step, api, folder, stem) for step in steps}))  # noqa: T201


def run(step: str, api: Any, folder: Path, stem: str) -> Any:
    if step == "generate":
        return told(api.generate_assignment(stem, force=True))
    if step == "autograde":
        return {student: told(api.autograde(stem, student)) for student in sorted(os.listdir(folder / "submitted"))}
    if step.startswith("feedback"):
        _, _, named = step.partition("=")
        students = named.split(",") if named else sorted(os.listdir(folder / "autograded"))
        return {student: told(api.generate_feedback(stem, student, force=True)) for student in students}
    if step == "export":
        return exported(folder)
    return {"submissions": api.get_submissions(stem), "notebooks": api.get_notebook_submissions(stem, stem)}


def told(done: dict[str, Any]) -> str:
    return "ok" if done["success"] else f"{done.get('error')}\n{done.get('log')}"


def exported(folder: Path) -> dict[str, str]:
    app = ExportApp.instance()
    app.initialize(
        [
            f"--CourseDirectory.root={folder}",
            f"--CourseDirectory.db_url=sqlite:///{folder}/gradebook.db",
            f"--CsvExportPlugin.to={folder}/grades.csv",
        ]
    )
    app.start()
    with open(folder / "grades.csv", encoding="utf-8") as rows:
        return {row["student_id"]: row["score"] for row in csv.DictReader(rows)}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
