"""A process of the self-check's that attacks try to reach: it writes down every signal and every connection.

In: a folder, the mark, the token and a key. Out: its port as a line of JSON on stdout; `witness.log` in the folder.
It holds the token in its memory, arguments, environment and shared memory, and ends when its stdin does.
Does not: answer anything.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGURG, signal.SIGTERM, signal.SIGUSR1, signal.SIGIO, signal.SIGINT, signal.SIGHUP)
CREATE, REMOVE = 0o1000 | 0o666, 0


def main() -> None:
    root, mark, token, key = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    log = os.open(root / "witness.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def noted(number: int, frame: FrameType | None) -> None:
        os.write(log, f"signal {number}\n".encode())

    for number in SIGNALS:
        signal.signal(number, noted)
    ports = [socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)]
    ports[1].bind(str(root / "sentinel.sock"))
    ports[2].bind(f"\0driftlab-{mark}")
    for port in ports[1:]:
        port.listen()
    with shared(mark, token, key):
        sys.stdout.write(json.dumps({"port": ports[0].getsockname()[1]}) + "\n")
        sys.stdout.flush()
        while True:
            ready, _, _ = select.select([sys.stdin, *ports], [], [])
            if sys.stdin in ready:
                return
            for port in (port for port in ports if port in ready):
                port.accept()[0].close()
                os.write(log, f"connection to {port.family.name}\n".encode())


@contextlib.contextmanager
def shared(mark: str, token: str, key: int) -> Iterator[None]:
    """Shared memory, a semaphore and a message queue under names that attackers know."""
    libc = ctypes.CDLL(None)
    memory = Path("/dev/shm") / f"driftlab-{mark}"  # noqa: S108  shared memory has its place there
    if memory.parent.is_dir():
        memory.write_text(f"{token}-shared")
    made: list[tuple[Any, int, tuple[Any, ...]]] = [(libc.shmctl, libc.shmget(key, 4096, CREATE), (REMOVE, None))]
    made += [
        (libc.semctl, libc.semget(key, 1, CREATE), (0, REMOVE)),
        (libc.msgctl, libc.msgget(key, CREATE), (REMOVE, None)),
    ]
    try:
        yield
    finally:
        memory.unlink(missing_ok=True)
        for remove, number, rest in made:
            if number >= 0:
                remove(number, *rest)


if __name__ == "__main__":
    main()
