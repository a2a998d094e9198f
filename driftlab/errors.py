"""What can go wrong for a user, as a short tree.

CourseError                 anything that the user can mend; the command prints it and exits with 2
├── ConfigError             an option or a setting that does not exist, contradicts another or is out of range
├── DataError               a data file or probe set that cannot be used as it is
├── ModelError              a model that cannot be opened, or is not a chat model, or does not fit the machine
├── TrainingError           a fine-tuning that cannot go on (NaN loss, nothing to train, every label masked)
├── RunError                a run folder that cannot be written, read or resumed
└── InstallError            the course's environment cannot be made on this machine as it is

Every message carries what was given, what is accepted, and what to type next.
Does not: cover our own bugs. Those are ordinary exceptions, and the command exits with 3.
"""


class CourseError(Exception):
    """Something that the user can mend.

    `problem` says what was given and why it cannot be used; `remedy` says what to do next.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}\n{remedy}")
        self.problem = problem
        self.remedy = remedy


class ConfigError(CourseError):
    """An option or setting that does not exist, contradicts another or is out of range."""


class DataError(CourseError):
    """A data file or probe set that cannot be used as it is."""


class ModelError(CourseError):
    """A model that cannot be opened, is not a chat model, or does not fit the machine."""


class TrainingError(CourseError):
    """A fine-tuning that cannot start or cannot go on."""


class RunError(CourseError):
    """A run folder that cannot be written, read or resumed."""


class InstallError(CourseError):
    """The course's environment cannot be made on this machine as it is."""
