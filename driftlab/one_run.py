"""One run in a process of its own: what `python -m driftlab.one_run` does.

In: an order on stdin, one line of JSON: configuration, folder, fresh. Out: lines of JSON on stdout that say how far the
run is and, last of all, how it ended. When stdin is closed the run stops: whoever ordered it has gone, or wants that.
Does not: choose the folder, show anything, or know of other runs.
"""

import contextlib
import json
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, NamedTuple, Self, TextIO

from driftlab.config import RunConfig
from driftlab.errors import CourseError
from driftlab.pipeline import run_drift
from driftlab.versions import hide_old_torchao

GRACE = 10.0
"""Seconds for a run that is told to stop; after that its process ends as it is. Its files are whole at any moment."""
PROGRESS_SECONDS = 0.5
"""Between two lines about the same stage."""
INTERRUPTED = 130


class Order(NamedTuple):
    """A run that is to be made, and what people call it."""

    name: str
    config: RunConfig
    folder: Path
    place: Path
    """The folder in which relative paths of the configuration hold."""
    fresh: bool = False

    def to_text(self) -> str:
        """This order as a line of JSON."""
        row = {**self._asdict(), "config": self.config.to_json(), "folder": str(self.folder), "place": str(self.place)}
        return json.dumps(row)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The order that `to_text` wrote."""
        row = json.loads(text)
        paths = {"folder": Path(row["folder"]), "place": Path(row["place"])}
        return cls(**{**row, **paths, "config": RunConfig.from_json(row["config"])})


class Teller:
    """A reporter whose words are lines of JSON."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last = 0.0

    def tell(self, **event: Any) -> None:
        """One line. Where nobody listens any more it is lost: the run is told to stop by its stdin."""
        with contextlib.suppress(OSError):
            self._stream.write(json.dumps(event) + "\n")
            self._stream.flush()

    def stage(self, title: str) -> None:
        """A stage begins."""
        self._last = 0.0
        self.tell(stage=title)

    def progress(self, done: int, total: int, note: str = "") -> None:
        """A line now and then, and for the last step."""
        if done >= total or time.monotonic() - self._last >= PROGRESS_SECONDS:
            self._last = time.monotonic()
            self.tell(done=done, total=total, note=note)

    def say(self, text: str) -> None:
        """Something to be read."""
        self.tell(say=text)

    def heading(self, text: str) -> None:
        """One run has no parts."""


def main() -> int:
    """Read the order, make the run, and tell how it ended."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started us may have left it ignored
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not come between the lines
    hide_old_torchao()
    text, beginning_of_more = _read_line(0)
    threading.Thread(target=_stop_when_closed, args=(0, beginning_of_more), daemon=True).start()
    return work(Order.from_text(text), Teller(stream))


def work(order: Order, teller: Teller) -> int:
    """Make the run; whatever happens becomes the last line."""
    try:
        run_drift(order.config, order.folder, teller, fresh=order.fresh)
    except KeyboardInterrupt:
        teller.tell(end="interrupted")
        return INTERRUPTED
    except CourseError as error:
        teller.tell(end="failed", problem=error.problem, remedy=error.remedy)
        return 2
    except Exception as error:  # noqa: BLE001  an error of ours in one run must not take the others with it
        teller.tell(end="bug", problem=f"{type(error).__name__}: {error}", trace=traceback.format_exc())
        return 3
    teller.tell(end="finished")
    return 0


def _read_line(descriptor: int) -> tuple[str, bytes]:
    """The first line, and what was read beyond it. By the descriptor, so that no buffer is locked when we end."""
    read = b""
    while b"\n" not in read:
        more = os.read(descriptor, 65_536)
        if not more:
            sys.exit("driftlab.one_run reads its order, a line of JSON, from stdin; `driftlab drift` writes it.")
        read += more
    line, _, rest = read.partition(b"\n")
    return line.decode(), rest


def _stop_when_closed(descriptor: int, more: bytes) -> None:
    import _thread

    with contextlib.suppress(OSError):
        while more or os.read(descriptor, 4096):
            more = b""
    _thread.interrupt_main()
    time.sleep(GRACE)
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    sys.exit(main())
