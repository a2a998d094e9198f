"""The file of results: one line of JSON a submission, written as each is done, so that a killed grader loses nothing.

In: `SubmissionResult`s. Out: `scores.jsonl`, and the object of `--json`. The last line of a student counts.
Does not: decide what a submission is worth, or write anywhere else.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from autograder.errors import GradingError
from autograder.outcomes import SubmissionResult


class ScoreFile:
    """`scores.jsonl` of one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, SubmissionResult]:
        """The last result of each student; a line that a kill cut off in the middle is left out.

        Raises:
            GradingError: the file holds something else than results.
        """
        if not self.path.exists():
            return {}
        found: dict[str, SubmissionResult] = {}
        lines = self.path.read_bytes().split(b"\n")
        for number, line in enumerate(lines, start=1):
            if not line:
                continue
            try:
                result = SubmissionResult.from_json(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                if number == len(lines):  # no line end: the grader was killed while it wrote this
                    break
                raise GradingError(
                    f"line {number} of {str(self.path)!r} is no result: {error}",
                    "Move the file away, or give another folder with --out.",
                ) from error
            found[result.student] = result
        return found

    def append(self, result: SubmissionResult) -> None:
        """Add one result and see it on the disk."""
        line = json.dumps(result.to_json(), sort_keys=True, ensure_ascii=True, allow_nan=False) + "\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())

    def mend(self) -> None:
        """Cut off a last line that has no end, so that the next one starts on its own."""
        if not self.path.exists():
            return
        data = self.path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if whole != data:
            os.truncate(self.path, len(whole))


def summary(results: Iterable[SubmissionResult], out_of: float, isolation: str, seconds: float) -> dict[str, Any]:
    """The object of `--json`: whoever could not be scored is in `ungraded`, and nowhere in `points`."""
    ordered = sorted(results, key=lambda result: result.student)
    points = {result.student: tidy(result.points) for result in ordered if result.points is not None}
    return {
        "graded": len(points),
        "points": points,
        "ungraded": {result.student: result.reason for result in ordered if result.points is None},
        "out_of": tidy(out_of),
        "isolation": isolation,
        "seconds": round(seconds, 2),
    }


def tidy(points: float) -> float | int:
    """Points as people write them: 3, not 3.0."""
    return int(points) if float(points).is_integer() else round(points, 4)
