"""Run folders: claimed by one process, never another run's, nothing left where they could not be made."""

import dataclasses
import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab import runs
from driftlab.config import POCKET, Training
from driftlab.errors import ModelError, RunError
from driftlab.runs import CONFIG, RECORD, RunFolder, default_folder, default_group, read_record

OTHER = dataclasses.replace(POCKET, training=dataclasses.replace(POCKET.training, epochs=2.0), limit=7)


def made(path: Path, **record: Any) -> Path:
    """A complete run's folder."""
    with RunFolder(path, POCKET) as folder:
        folder.create()
        folder.finish("train", {"steps": 3})
        (path / RECORD).write_text(json.dumps({"seed": 0, **record}))
    return path


def files(path: Path) -> set[str]:
    return {str(p.relative_to(path)) for p in path.rglob("*")}


def test_nothing_is_written_before_create(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "a" / "run", POCKET) as folder:
        assert not folder.complete
        assert folder.note("train") is None
    assert files(tmp_path) == set()


def test_create_writes_the_configuration_and_keeps_git_away(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "a" / "run", POCKET) as folder:
        folder.create()
    assert json.loads((tmp_path / "a/run" / CONFIG).read_text()) == POCKET.to_json()
    assert (tmp_path / "a/run/.gitignore").read_text() == "*\n"
    assert not (tmp_path / "a/.gitignore").exists()


def test_stages_are_remembered_until_a_fresh_start(tmp_path: Path) -> None:
    made(tmp_path / "run")
    with RunFolder(tmp_path / "run", POCKET) as folder:
        assert folder.complete
        assert folder.note("train") == {"steps": 3}
        assert folder.record()["seed"] == 0
    with RunFolder(tmp_path / "run", POCKET, fresh=True) as folder:
        assert not folder.complete
        assert folder.note("train") is None
        assert (tmp_path / "run" / RECORD).exists(), "the old record stays until the new run really starts"
        folder.create()
        assert not (tmp_path / "run" / RECORD).exists()
        assert folder.note("train") is None


def test_a_fresh_start_leaves_what_is_not_the_runs(tmp_path: Path) -> None:
    (made(tmp_path / "run") / "my notes.txt").write_text("keep")
    with RunFolder(tmp_path / "run", POCKET, fresh=True) as folder:
        folder.create()
    assert (tmp_path / "run/my notes.txt").read_text() == "keep"


def test_what_a_killed_process_left_is_swept_away(tmp_path: Path) -> None:
    path = made(tmp_path / "run")
    (path / RECORD).unlink()
    (path / ".answers.jsonl.123.partial").write_text("{")
    (path / "stages/.judge.json.123.partial").write_text("{")
    with RunFolder(path, POCKET) as folder:
        folder.create()
    assert not [name for name in files(path) if name.endswith(".partial")]


@pytest.mark.parametrize("fresh", [False, True])
def test_another_configuration_is_refused_and_the_difference_named(tmp_path: Path, fresh: bool) -> None:
    path = made(tmp_path / "run")
    before = files(path)
    with pytest.raises(
        RunError, match=re.escape("limit is None there and 7 here; training.epochs is 1.0 there and 2.0")
    ):
        RunFolder(path, OTHER, fresh=fresh)
    assert files(path) == before


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(RunError, match=r"not a run folder; it holds 'thesis\.tex'"):
        RunFolder(tmp_path, POCKET)
    assert files(tmp_path) == {"thesis.tex"}


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(RunError, match="is a file, not a folder"):
            RunFolder(path, POCKET)


def test_a_read_only_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(RunError, match="cannot be written"):
        RunFolder(tmp_path / "run", POCKET)


def test_a_complete_run_is_shown_from_a_read_only_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "run")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert RunFolder(path, POCKET).complete


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_a_folder_that_cannot_be_made_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(path: Path, value: object) -> None:
        raise OSError(code, os.strerror(code), str(path))

    monkeypatch.setattr(runs, "write_json", refuse)
    with RunFolder(tmp_path / "a/b/run", POCKET) as folder, pytest.raises(RunError, match=r"is full|cannot be written"):
        folder.create()
    assert files(tmp_path) == set()


def test_a_disk_that_fills_up_later_is_told_with_how_to_go_on(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "run", POCKET) as folder:
        folder.create()
        with pytest.raises(RunError, match="is full") as caught, folder.writing():
            raise OSError(errno.ENOSPC, "No space left on device")
        assert "goes on from the last finished stage" in caught.value.remedy
        with pytest.raises(RunError, match="is full"), folder.writing():
            raise RuntimeError("I/O error: No space left on device (os error 28)")


def test_other_errors_stay_what_they_are(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "run", POCKET) as folder:
        for error in (FileNotFoundError(errno.ENOENT, "gone", "x"), ZeroDivisionError(), ModelError("a", "b")):
            with pytest.raises(type(error)), folder.writing():
                raise error


HOLD = """
import sys
from pathlib import Path
from driftlab.config import POCKET
from driftlab.runs import RunFolder
with RunFolder(Path(sys.argv[1]), POCKET) as folder:
    folder.create()
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "run")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_two_processes_cannot_share_a_folder(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(RunError, match=rf"in use by another process \({holder.pid}\)"):
        RunFolder(tmp_path / "run", POCKET)


def test_a_killed_process_gives_its_lock_back(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    with RunFolder(tmp_path / "run", POCKET) as folder:
        folder.create()


def test_two_processes_that_start_at_once(tmp_path: Path) -> None:
    late = RunFolder(tmp_path / "run", POCKET)
    with RunFolder(tmp_path / "run", POCKET) as early:
        early.create()
        with pytest.raises(RunError, match="in use"):
            late.create()
    assert (tmp_path / "run" / CONFIG).exists(), "the loser must not remove the winner's folder"


def test_records_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no run folder"):
        read_record(tmp_path / "none")
    with pytest.raises(RunError, match="is not complete"):
        read_record(tmp_path)
    made(tmp_path / "good")
    with pytest.raises(RunError, match="no run folder") as caught:
        read_record(tmp_path / "bad")
    assert "good" in caught.value.remedy
    for text in ("{", "[]"):
        (tmp_path / "good" / RECORD).write_text(text)
        with pytest.raises(RunError, match=r"damaged|no JSON object"):
            read_record(tmp_path / "good")


def test_names_say_what_a_run_is(tmp_path: Path) -> None:
    assert default_folder(POCKET).name == f"pocket-plans-s0-{POCKET.digest()[:8]}"
    hub = dataclasses.replace(POCKET, model="meta-llama/Llama-2-7b-chat-hf", data="C:\\my data\\sätze.jsonl", seed=3)
    assert default_folder(hub).name.startswith("llama-2-7b-chat-hf-s-tze.jsonl-s3-")
    again = dataclasses.replace(POCKET, seed=9)
    assert default_group(POCKET) == default_group(again) != default_group(OTHER)
    assert default_folder(POCKET) != default_folder(again)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_name_makes_a_plain_folder_name(model: str, data: str) -> None:
    config = dataclasses.replace(POCKET, model=model, data=data, training=Training())
    assert re.fullmatch(r"[a-z0-9._-]+", default_folder(config).name)
