"""A run's folder: claimed by one process, filled stage by stage, complete when `record.json` stands in it.

In: a path and the configuration that the folder belongs to. Out: a locked `RunFolder` that knows which stages are done.
Every file is written whole or not at all, so a process that is killed at any moment leaves a folder to go on from.
Does not: run a stage, or ever touch a file that is not a run's.
"""

import contextlib
import dataclasses
import errno
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from driftlab.config import RunConfig, effective
from driftlab.errors import CourseError, RunError
from driftlab.records import write_atomically, write_json

RUNS = Path("runs")
CONFIG, RECORD, LOCK, STAGES, ASKED = "config.json", "record.json", ".lock", "stages", "asked"
OURS = (
    RECORD,
    "report.html",
    "before.answers.jsonl",
    "after.answers.jsonl",
    "answers.jsonl",
    "verdicts.jsonl",
    "train_log.jsonl",
    STAGES,
    ASKED,
    "adapter",
    "checkpoints",
    ".draft",
)
"""All that a run writes besides its marks; in the order in which a fresh start removes it: the record goes first."""
LEFT_OVER = ("before.answers.jsonl", "after.answers.jsonl", STAGES, ASKED, "checkpoints", ".draft")
"""What is of no use once the record stands."""
MARKS = frozenset({LOCK, ".gitignore"})
"""What a run that was killed at once may leave; a folder with nothing else is as good as new."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
REFUSED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def default_folder(config: RunConfig, runs: Path = RUNS) -> Path:
    """Where a run goes if the user names no folder; equal settings go to the same one."""
    return runs / f"{_stem(config)}-s{config.seed}-{config.digest()[:8]}"


def default_group(config: RunConfig, runs: Path = RUNS) -> Path:
    """Where the runs of several seeds go; the seeds are no part of the name, so that more can join later."""
    return runs / f"{_stem(config)}-seeds-{seedless(config)[:8]}"


def grid_folder(configs: Sequence[RunConfig], runs: Path = RUNS) -> Path:
    """Where the page of a grid goes, whatever the seeds and the order of its points."""
    digest = hashlib.sha256("".join(sorted(map(seedless, configs))).encode()).hexdigest()
    return runs / f"{_stem(configs[0])}-grid-{digest[:8]}"


def seedless(config: RunConfig) -> str:
    """A digest of all settings but the seed."""
    return dataclasses.replace(config, seed=0).digest()


def read_record(folder: Path) -> dict[str, Any]:
    """The record of a complete run.

    Raises:
        RunError: there is no such folder, its run is not complete, or the record is damaged.
    """
    if not folder.is_dir():
        raise RunError(f"there is no run folder {str(folder)!r}.", _known_runs(folder))
    if not (folder / RECORD).exists():
        raise RunError(
            f"the run in {str(folder)!r} is not complete: it has no {RECORD}.",
            "Run the command that began it once more; it goes on from the last finished stage.",
        )
    return _read(folder / RECORD)


def training_finished(record: dict[str, Any]) -> bool:
    """Whether a record is of a training that went to its end; False where --max-hours stopped it."""
    return record.get("training", {}).get("finished", True) is not False


class RunFolder:
    """One run's folder. Use it as a context: the lock is held until the end, or until the process dies.

    `complete` says whether there is a record to show of a training that was not stopped before its end; then nothing
    is locked or written.
    """

    def __init__(self, path: Path, config: RunConfig, *, fresh: bool = False) -> None:
        """Look at the folder and write nothing yet.

        Raises:
            RunError: it is not a folder, holds another run or other files, cannot be written, or is in use.
        """
        self.path = path
        self.config = config
        self._fresh = fresh
        self._lock: int | None = None
        self._made: list[Path] = []
        _refuse_unwritable(path)
        self._refuse_others()
        self.complete = not fresh and (path / RECORD).exists() and training_finished(_read(path / RECORD))
        if not self.complete and (path / CONFIG).exists():
            self._take_lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def record(self) -> dict[str, Any]:
        """The record of this run, which is complete."""
        return read_record(self.path)

    def create(self) -> None:
        """Make the folder, or go on with it; from here on files are written.

        Raises:
            RunError: it cannot be written; then nothing of it is left.
        """
        with self.writing():
            try:
                self._make_folders()
                self._take_lock()
                self._refuse_others()
                if self._fresh:
                    self.remove(*OURS)
                    self._fresh = False
                self._sweep()
                if not (self.path / CONFIG).exists():
                    write_json(self.path / CONFIG, self.config.to_json())
                    write_atomically(self.path / ".gitignore", ["*\n"])
            except BaseException:
                self._unmake()
                raise

    def note(self, stage: str) -> dict[str, Any] | None:
        """What a finished stage left to the following ones; None where it is still to be done."""
        path = self.path / STAGES / f"{stage}.json"
        return _read(path) if path.exists() and not self._fresh else None

    def finish(self, stage: str, note: dict[str, Any]) -> None:
        """Mark a stage as done, once all its files are written."""
        (self.path / STAGES).mkdir(exist_ok=True)
        write_json(self.path / STAGES / f"{stage}.json", note)

    def forget(self, *stages: str) -> None:
        """Have stages done again."""
        self.remove(*(f"{STAGES}/{stage}.json" for stage in stages))

    def remove(self, *names: str) -> None:
        """Remove files or folders of the run that are no longer needed."""
        for name in names:
            path = self.path / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what only a run that is under way needs."""
        self.remove(*LEFT_OVER)

    def writing(self) -> contextlib.AbstractContextManager[None]:
        """See `writing_to`."""
        return writing_to(self.path)

    def _refuse_others(self) -> None:
        """Refuse a folder that is not this run's: another configuration's, or one with other files."""
        if (self.path / CONFIG).exists():
            theirs = _read(self.path / CONFIG)
            ours = self.config.to_json()
            if effective(theirs) != effective(ours):
                raise RunError(
                    f"{str(self.path)!r} holds another run: {_differences(effective(theirs), effective(ours))}.",
                    "Choose another folder with --out DIR, or leave --out away.",
                )
            return
        names = [path.name for path in self.path.iterdir()] if self.path.exists() else []
        others = sorted(name for name in names if name not in MARKS and not name.endswith(".partial"))
        if others:
            raise RunError(
                f"{str(self.path)!r} is not a run folder; it holds {', '.join(map(repr, others[:3]))}"
                f"{' and more' if len(others) > 3 else ''}.",
                "Choose a new or an empty folder with --out DIR.",
            )

    def _make_folders(self) -> None:
        missing = [folder for folder in (self.path, *self.path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
            self._made.append(folder)

    def _unmake(self) -> None:
        """Leave no trace of a folder that could not be set up, unless another process holds it."""
        if self.path in self._made and self._lock is not None:
            shutil.rmtree(self.path, ignore_errors=True)
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):
                folder.rmdir()

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock_now(lock)
        except OSError as error:
            owner = os.read(lock, 32).decode(errors="replace").strip()
            os.close(lock)
            raise RunError(
                f"{str(self.path)!r} is in use by another process{f' ({owner})' if owner else ''}.",
                "Wait until it has ended, or choose another folder with --out DIR.",
            ) from error
        os.truncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        self._lock = lock

    def _sweep(self) -> None:
        """Remove what a killed process left unfinished."""
        for partial in self.path.rglob(".*.partial"):
            partial.unlink(missing_ok=True)


@contextlib.contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Turn a disk that is full, read-only or forbidden into a `RunError` about the folder."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise _full(path) from error
        if error.errno in REFUSED and _is_inside(error.filename, path):
            raise _unwritable(path, error.strerror or "refused") from error
        raise
    except CourseError:
        raise
    except Exception as error:
        # Libraries wrap a full disk in their own exceptions (safetensors, torch's zip writer).
        if "No space left" in str(error) or _free_bytes(path) == 0:
            raise _full(path) from error
        raise


def _full(path: Path) -> RunError:
    return RunError(
        f"the disk that holds {str(path)!r} is full.",
        "Free some space and run the same command again: it goes on from the last finished stage. "
        "Or choose another disk with --out DIR.",
    )


def _lock_now(descriptor: int) -> None:
    """Lock, or raise OSError at once. The system drops the lock with the process, however it ends."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{str(path)!r} is damaged: {error}.", "Choose another folder with --out DIR.") from error
    if not isinstance(value, dict):
        raise RunError(f"{str(path)!r} holds no JSON object.", "Choose another folder with --out DIR.")
    return value


def _refuse_unwritable(path: Path) -> None:
    nearest = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    if not nearest.is_dir():
        raise RunError(f"{str(nearest)!r} is a file, not a folder.", "Choose a folder with --out DIR.")
    if (path / RECORD).exists():
        return  # a complete run can be shown from a read-only disk
    if not os.access(nearest, os.W_OK):
        raise _unwritable(path, "read-only, or not yours")


def _unwritable(path: Path, why: str) -> RunError:
    return RunError(f"{str(path)!r} cannot be written ({why}).", "Choose a folder that you can write with --out DIR.")


def _is_inside(name: object, folder: Path) -> bool:
    if not isinstance(name, str | bytes | os.PathLike):
        return False
    there, here = Path(os.fsdecode(name)).absolute(), folder.absolute()
    return here in (there, *there.parents) or there in here.parents


def _free_bytes(path: Path) -> int:
    nearest = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    return shutil.disk_usage(nearest).free


def _differences(theirs: dict[str, Any], ours: dict[str, Any]) -> str:
    """The settings in which two configurations differ, as "training.epochs 1.0, not 2.0"."""
    before, after = _flat(theirs), _flat(ours)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    shown = [f"{name} is {before.get(name)!r} there and {after.get(name)!r} here" for name in names[:3]]
    return "; ".join(shown) + (f"; and {len(names) - 3} more" if len(names) > 3 else "")


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, item in value.items():
        flat |= _flat(item, f"{prefix}{name}.") if isinstance(item, dict) else {prefix + name: item}
    return flat


def _stem(config: RunConfig) -> str:
    return f"{_slug(config.model)}-{_slug(config.data)}"


def _slug(name: str) -> str:
    """The last part of a path, an id or a set's name, fit for a folder's name on every system."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2].rpartition(":")[2]
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._") else "-" for c in last).strip("-.")
    return kept.lower()[:40] or "run"


def _known_runs(folder: Path) -> str:
    runs = sorted(str(path.parent) for path in folder.parent.glob(f"*/{RECORD}"))[:3] if folder.parent.is_dir() else []
    return f"Complete runs here: {', '.join(runs)}." if runs else "Make one with: driftlab drift"
