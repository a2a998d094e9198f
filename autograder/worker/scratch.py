"""A student's folder at the level `landlock`, where no file system of its own limits what it holds.

In: a path. Out: the folder made, measured, or gone, however deep what the student left in it.
Does not: follow a link, or stop a write; the zygote measures several times a second and kills.
"""

import contextlib
import os
import secrets
import shutil
import stat

from autograder.worker import linux

DEEPEST, MOST = 32, 4096


def make(path: str, owner: int | None) -> None:
    """An empty folder for `owner`."""
    remove(path)
    os.mkdir(path, 0o700)
    if owner is not None:
        os.chown(path, owner, owner)


def used(path: str, process: int, user: int | None) -> int | None:
    """Bytes in it and in files that the process still holds without a name; None where there are too many, or too deep.

    What it only maps into memory counts against its address space.
    """
    total, seen, waiting = _nameless(process, user), 0, [(path, 0)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    seen += 1
                    if seen > MOST or depth > DEEPEST:
                        return None
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((entry.path, depth + 1))
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:  # renamed or removed while we looked; or closed to us, which hides no bytes from the next look
            continue
    return total


def _nameless(process: int, user: int | None) -> int:
    """Bytes in files that it holds open and has removed."""
    folder, total = f"/proc/{process}/fd", 0
    with linux.files_of(user):
        for number in _listed(folder):
            with contextlib.suppress(OSError):  # closed while we looked
                found = os.stat(f"{folder}/{number}")
                if stat.S_ISREG(found.st_mode) and found.st_nlink == 0:
                    total += found.st_blocks * 512
    return total


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:  # it is ending, or has not become that user yet
        return []


def remove(path: str) -> None:
    """Delete the folder. Deep trees are flattened as they are found: no path grows longer than two names."""
    if not os.path.lexists(path):
        return
    token, fresh = secrets.token_hex(8), 0
    while folders := _emptied(path):
        for folder in folders:
            for below in _emptied(folder):
                fresh += 1
                os.chmod(below, stat.S_IRWXU)  # moving a folder writes into it: its parent is another one now
                os.rename(below, os.path.join(path, f"{token}.{fresh}"))
            os.rmdir(folder)
    os.rmdir(path)


def _emptied(folder: str) -> list[str]:
    """Delete what lies in the folder but for its folders, which are returned."""
    os.chmod(folder, stat.S_IRWXU)
    folders = []
    for entry in list(os.scandir(folder)):
        if entry.is_dir(follow_symlinks=False):
            folders.append(entry.path)
        else:
            os.unlink(entry.path)
    return folders


def remove_base(path: str) -> None:
    """Delete the folder that holds them all."""
    for entry in list(os.scandir(path)) if os.path.isdir(path) else []:
        remove(entry.path)
    shutil.rmtree(path, ignore_errors=True)
