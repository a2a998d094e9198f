"""What the zygote is told: once when it starts, and once a job. Plain JSON from the trusted side.

In: JSON. Out: frozen records.
Does not: hold anything of a lab's checks, nor a line of a submission: its text goes to the student's process alone.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Settings:
    """How the zygote is set up."""

    level: str
    preload: tuple[str, ...]
    """`json`, or `transformers:LlamaForCausalLM,LlamaConfig` for names that a module makes on first use."""
    readable: tuple[str, ...]
    """Modules of ours that student code may import."""
    visible: tuple[str, ...]
    """Paths that may be read."""
    root: str
    """The checkout."""
    base: str
    """Folder for the students' folders, at the level `landlock`."""
    channels: tuple[int, ...]
    lifeline: int
    """A socket whose other end only the launcher holds: its end is ours."""

    def dumps(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> Self:
        """From JSON."""
        row: dict[str, Any] = json.loads(text)
        lists = {key: tuple(value) for key, value in row.items() if type(value) is list}
        return cls(**{**row, **lists})


@dataclass(frozen=True, slots=True)
class Order:
    """One job. With it come two descriptors: the data socket and the status socket."""

    seconds: float
    """Wall time for all of it."""
    memory_bytes: int
    tmp_bytes: int
    reply_bytes: int
    load_seconds: float

    def dumps(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def loads(cls, text: bytes) -> Self:
        """From JSON."""
        return cls(**json.loads(text))
