"""What is seen of many runs: a count of all in every line, and no control code where nobody looks."""

import io
import re
from typing import Any

import pytest

from driftlab import many_screen
from driftlab.many_screen import LiveManyScreen, ManyScreen, PlainManyScreen, open_many_screen

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def two_runs(screen: ManyScreen) -> None:
    with screen:
        screen.begin(3, 1)
        screen.began("lr 1e-4, seed 0")
        screen.began("lr [bold]x[/], seed 0")
        screen.heard("lr 1e-4, seed 0", {"stage": "Fine-tuning"})
        screen.heard("lr 1e-4, seed 0", {"done": 3, "total": 60, "note": "loss 1.250"})
        screen.heard("lr 1e-4, seed 0", {"say": "It may just fit."})
        screen.ended("lr 1e-4, seed 0", "finished")
        screen.ended("lr [bold]x[/], seed 0", "killed")


def test_a_pipe_gets_plain_lines_that_each_count_all() -> None:
    stream = io.StringIO()
    screen = open_many_screen(stream)
    assert isinstance(screen, PlainManyScreen)
    two_runs(screen)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "3 runs, 1 of them complete already"
    assert lines[1] == "[1 of 3 done] lr 1e-4, seed 0: begun"
    assert "[1 of 3 done] lr 1e-4, seed 0: It may just fit." in lines
    assert re.fullmatch(r"\[2 of 3 done\] lr 1e-4, seed 0: done in \d+\.\d s", lines[-2])
    assert lines[-1] == "[2 of 3 done, 1 failed] lr [bold]x[/], seed 0: killed"
    assert len(lines) == 6
    assert not CONTROL.search(stream.getvalue())


def test_a_pipe_hears_of_steps_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(many_screen.time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    screen = PlainManyScreen(stream)
    screen.begin(1, 0)
    screen.began("seed 0")
    screen.heard("seed 0", {"stage": "Fine-tuning"})
    for step in range(60):
        now[0] = float(step)
        screen.heard("seed 0", {"done": step, "total": 60, "note": "loss 1.250"})
    steps = [line for line in stream.getvalue().splitlines() if "Fine-tuning" in line]
    assert steps == [f"[0 of 1 done] seed 0: Fine-tuning: {step} of 60, loss 1.250" for step in (15, 30, 45)]


def test_a_terminal_gets_a_bar_a_run_and_one_for_all() -> None:
    from rich.console import Console

    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=110, legacy_windows=False)
    screen: Any = LiveManyScreen(io.StringIO(), console)
    two_runs(screen)
    text = stream.getvalue()
    assert "all runs" in text
    assert "✓ lr 1e-4, seed 0: done in" in text
    assert "✗ lr [bold]x[/], seed 0: killed" in text
    assert "It may just fit." in text
    assert [task.description for task in screen._progress.tasks] == ["all runs"]
    assert screen._progress.tasks[0].completed == 3
