"""What a person sees: lines in a pipe, bars on a terminal, and nothing of either left half-way."""

import io
import re

import pytest
from rich.console import Console

from driftlab import screen
from driftlab.screen import LiveScreen, PlainScreen, open_screen

CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def live(stream: io.StringIO) -> LiveScreen:
    return LiveScreen(stream, Console(file=stream, force_terminal=True, width=90, _environ={}))


def settled(text: str) -> list[str]:
    """The lines that are left when the bars are gone."""
    lines = (CONTROL.sub("", line).rpartition("\r")[2].rstrip() for line in text.split("\n"))
    return [line for line in lines if line]


def test_the_stream_decides() -> None:
    assert isinstance(open_screen(io.StringIO()), PlainScreen)
    assert isinstance(open_screen(Terminal()), LiveScreen)


def test_plain_lines_hold_no_control_codes_and_come_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(0, 10_000, 10))
    monkeypatch.setattr(screen.time, "monotonic", lambda: float(next(times)))
    stream = io.StringIO()
    with PlainScreen(stream) as plain:
        plain.stage("Fine-tuning")
        for step in range(1, 5):
            plain.progress(step, 4, f"loss {step}.0")
        plain.say("done")
    assert stream.getvalue() == "Fine-tuning\nFine-tuning: 2 of 4, loss 2.0\ndone\n"


def test_a_terminal_keeps_a_line_a_stage() -> None:
    stream = io.StringIO()
    with live(stream) as bars:
        bars.stage("Opening the model")
        bars.say("It may just fit [sic].")
        bars.stage("Fine-tuning")
        bars.progress(1, 2, "loss 0.5")
        bars.progress(2, 2, "loss 0.25")
        bars.heading("seed 1 (2 of 3)")
    text = stream.getvalue()
    kept = settled(text)
    assert "It may just fit [sic]." in kept
    assert re.fullmatch(
        r"✓ Opening the model +\d+\.\d s", next(line for line in kept if "Opening" in line and "✓" in line)
    )
    ticked = next(n for n, line in enumerate(kept) if re.fullmatch(r"✓ Fine-tuning +\d+\.\d s  loss 0\.25", line))
    assert ticked < kept.index("seed 1 (2 of 3)"), "a stage is ticked off before the next run begins"
    assert "\x1b[?25h" in text, "the cursor must come back"


def test_a_stage_that_failed_is_not_ticked_off() -> None:
    stream = io.StringIO()
    bars = live(stream).__enter__()
    bars.stage("Fine-tuning")
    bars.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert "✓" not in stream.getvalue()
    assert "\x1b[?25h" in stream.getvalue()
