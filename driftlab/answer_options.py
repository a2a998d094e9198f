"""Options about answers that are recorded already, as a user gave them; with them no model is asked.

In: option values (None: not given). Out: files and columns, or a refusal with a remedy.
Does not: open a file, or know how options are parsed (`cli` does).
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from driftlab.answer_files import AnswerColumns
from driftlab.errors import ConfigError
from driftlab.options import Asked


@dataclasses.dataclass(frozen=True, slots=True)
class RecordedAnswers:
    """The options of `driftlab measure` about answers that are recorded already; None where one was left away."""

    before: Path | None = None
    after: Path | None = None
    labels: str | None = None
    prompt_column: str | None = None
    answer_column: str | None = None
    id_column: str | None = None
    category_column: str | None = None
    kind_column: str | None = None
    family_column: str | None = None

    @property
    def columns(self) -> AnswerColumns:
        """The columns by name; None where the usual names shall do."""
        return AnswerColumns(
            self.answer_column, self.prompt_column, self.id_column, self.labels, self.category_column,
            self.kind_column, self.family_column,
        )  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class JudgeOptions:
    """The options of `driftlab judge`; None where one was left away."""

    file: Path
    columns: AnswerColumns
    judges: tuple[str, ...] = ()
    match: str | None = None
    ignore_case: bool = False
    first_chars: int | None = None
    out: Path | None = None


def both_files(recorded: RecordedAnswers, asked: Asked, adapter: Path | None) -> tuple[Path, Path] | None:
    """The two files to compare; None where a model shall be asked instead.

    Raises:
        ConfigError: only one of the files is there, or options of both ways stand together.
    """
    columns = [name for name, value in dataclasses.asdict(recorded).items() if value is not None]
    of_a_model = [
        name for name, value in (dataclasses.asdict(asked) | {"adapter": adapter}).items() if value is not None
    ]
    if recorded.before is None and recorded.after is None:
        if columns:
            raise ConfigError(
                f"{_typed(columns)} is about recorded answers, and there are none.",
                "Give the files: driftlab measure --before FILE --after FILE.",
            )
        return None
    if recorded.before is None or recorded.after is None:
        there, missing = ("--before", "--after") if recorded.after is None else ("--after", "--before")
        raise ConfigError(f"{there} is there and {missing} is not.", f"Give the other side too: {missing} FILE.")
    if of_a_model:
        raise ConfigError(
            f"{_typed(of_a_model)} is about asking a model, and --before and --after name answers that are there.",
            "Leave one of the two away.",
        )
    return recorded.before, recorded.after


def _typed(options: Sequence[str]) -> str:
    """Options as somebody types them."""
    return ", ".join(f"--{name.replace('_', '-')}" for name in options)
