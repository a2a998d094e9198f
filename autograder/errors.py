"""What can go wrong for an author, a learner or an instructor, as a short tree below `driftlab.errors.CourseError`.

GradingError              anything here that somebody can mend; the command prints it and exits with 2
├── SourceError           a lab source that is malformed, or a release that would show what it must not show
├── SubmissionError       an upload that cannot be read: the student's 0, with this as its reason
└── SandboxError          our own machinery: no score for the submission, and the instructor is told (exit code 3)

Does not: describe what a student's function did when it was called; that is an `Outcome`.
"""

from driftlab.errors import CourseError


class GradingError(CourseError):
    """Something that an author, a learner or an instructor can mend."""


class SourceError(GradingError):
    """A lab source that is malformed, or a release that would show what it must not show."""


class SubmissionError(GradingError):
    """An upload that cannot be read."""


class SandboxError(GradingError):
    """The sandbox, its worker or a judge failed: never the student's fault, never a score."""
