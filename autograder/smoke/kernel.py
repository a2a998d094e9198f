"""A Jupyter kernel of this environment, asked cell by cell as a notebook asks it.

In: sources. Out: for each an `Answer`: what was printed, what was shown, the error where there was one.
Does not: open a notebook, or outlive its `with`.
"""

import ast
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SECONDS = 120
"""For one cell: the first loads PyTorch, which takes half a minute on a slow disk."""


@dataclass(slots=True)
class Answer:
    """What a cell came to."""

    printed: str = ""
    shown: dict[str, str] = field(default_factory=dict)
    """The last thing that was displayed, by its MIME type."""
    error: tuple[str, str] | None = None
    """Type and message."""


class Kernel:
    """One kernel, in a folder of its own.

    Raises:
        ImportError: Jupyter is not installed.
        RuntimeError: the kernel does not start.
    """

    def __init__(self, folder: Path) -> None:
        from jupyter_client.manager import start_new_kernel

        self._manager, self._client = start_new_kernel(
            startup_timeout=SECONDS, kernel_name="python3", cwd=str(folder), stderr=subprocess.DEVNULL
        )

    def run(self, source: str) -> Answer:
        """Run a cell and wait for it; one that takes too long is an error too."""
        answer = Answer()

        def hear(message: dict[str, Any]) -> None:
            kind, content = message["msg_type"], message["content"]
            if kind == "stream" and content["name"] == "stdout":
                answer.printed += content["text"]
            elif kind in ("display_data", "execute_result"):
                answer.shown = content["data"]
            elif kind == "error":
                answer.error = (content["ename"], content["evalue"])

        try:
            self._client.execute_interactive(source, output_hook=hear, timeout=SECONDS)
        except TimeoutError:
            answer.error = ("TimeoutError", f"a cell takes longer than {SECONDS} s")
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


def imports(sources: Iterable[str]) -> str:
    """The imports at the top of those cells, as one cell: whether they work can be tried without running the rest."""
    found = []
    for source in sources:
        tree = ast.parse(re.sub(r"(?m)^(\s*)[%!?].*$", r"\1pass", source))
        found += [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n".join(found)
