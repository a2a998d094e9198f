"""Makes the pages that show numbers of the course: `./lab python -m docs.build`.

In: `sources/*.md.j2`, and what `teaching`, `replication` and `slides.known` give. Out: the pages beside this file.
Does not: hold a number; a test holds the pages to their sources.
"""

import sys
from pathlib import Path

from docs import replication, teaching
from driftlab.errors import CourseError
from driftlab.records import write_atomically
from slides import filling, known

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources"
MADE = "<!-- Made by docs/build.py from docs/sources/{name}.md.j2: change that, not this. -->"


def filled() -> dict[str, str]:
    """File names beside this file and what they hold.

    Raises:
        DataError: a source asks for what there is not.
    """
    functions = (
        known.cited, known.source, known.pocket, known.labs,
        teaching.tasks, teaching.minutes, teaching.points, teaching.lecture, teaching.syllabus, teaching.timetable,
        teaching.objectives, teaching.kept, teaching.one_slip, teaching.mistakes, teaching.reflection_line,
        teaching.lab_stem, teaching.bundles, teaching.called_by,
        replication.replication, replication.settings, replication.verdicts, replication.uncited,
        replication.unchecked, replication.least_coherent,
    )  # fmt: skip
    return filling.fill(SOURCES, filling.named(*functions), {}, MADE, "docs/build.py")


def main() -> int:
    """The command. Returns 0, or 2 where the reader can mend what went wrong."""
    try:
        files = filled()
    except CourseError as failed:
        sys.stderr.write(f"{failed}\n")
        return 2
    for name, text in files.items():
        write_atomically(HERE / name, [text])
        sys.stdout.write(f"{HERE / name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
