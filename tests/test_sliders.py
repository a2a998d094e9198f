"""Sliders: what a move draws, in Python and in a real kernel, and what is seen where nothing can be moved."""

import queue
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from chromium import Chromium
from hypothesis import given
from hypothesis import strategies as st
from test_report_browser import CONTRASTS, OVERLAPS

from driftlab.errors import ConfigError, ModelError
from driftlab.report.budget_figures import Bar, Limit, budget_bars
from driftlab.report.inline import inline
from driftlab.sliders import STANDS_STILL, Board, Control, Value, sliders

MIB, GIB = 2**20, 2**30
CONTROLS = (
    Control("rank", "LoRA rank", "log", (4, 64), 32),
    Control("length", "tokens in a row", "int", (128, 2048, 128), 1024),
    Control("optimizer", "optimizer", "choice", ("adamw", "adamw_8bit"), "adamw"),
    Control("checkpointing", "gradient checkpointing", "bool", (), True),
)
VIEW = "application/vnd.jupyter.widget-view+json"


def compute(settings: Mapping[str, Value]) -> Bar:
    """A budget with the right knobs, small enough to check by hand."""
    rank, length = int(settings["rank"]), int(settings["length"])
    if length == 2048 and not settings["checkpointing"]:
        raise ModelError("that does not fit.", "Turn on checkpointing.")
    states = 8 if settings["optimizer"] == "adamw" else 2
    kept = length * MIB // (8 if settings["checkpointing"] else 1)
    terms = {"weights": 3 * GIB, "adapter": rank * 10 * MIB, "states": rank * states * MIB, "activations": kept}
    return Bar("a step", terms, sum(terms.values()) + GIB // 2, 144 * MIB)


def draw(bar: Bar) -> str:
    return inline(budget_bars([bar], [Limit("Tesla T4", int(14.74 * GIB))]))


def say(bar: Bar) -> str:
    return f"Reserved: {bar.reserved / GIB:.2f} GiB."


def board() -> Board[Bar]:
    return sliders(compute, CONTROLS, draw, say)


@given(st.sampled_from([4, 8, 16, 32, 64]), st.integers(1, 15), st.sampled_from(["adamw", "adamw_8bit"]), st.booleans())
def test_a_move_draws_what_the_settings_give(rank: int, steps: int, optimizer: str, checkpointing: bool) -> None:
    wanted = {"rank": rank, "length": 128 * steps, "optimizer": optimizer, "checkpointing": checkpointing}
    one = board()
    for name, value in wanted.items():
        one.move(name, value)
    assert one.settings == wanted
    assert one.svg == draw(compute(wanted))
    assert one.sentence == say(compute(wanted))


def test_the_values_of_a_control() -> None:
    assert [control.values() for control in CONTROLS] == [
        (4, 8, 16, 32, 64), tuple(range(128, 2049, 128)), ("adamw", "adamw_8bit"), (False, True),
    ]  # fmt: skip
    assert Control("x", "x", "int", (1, 3), 1).values() == (1, 2, 3)
    assert Control("x", "x", "log", (0.25, 2.0), 1.0).values() == (0.25, 0.5, 1.0, 2.0)


@pytest.mark.parametrize(
    ("name", "value"), [("rank", 33), ("length", 100), ("optimizer", "sgd"), ("checkpointing", "no")]
)
def test_a_value_outside_its_range_is_refused_and_changes_nothing(name: str, value: Value) -> None:
    one = board()
    before = one.svg
    with pytest.raises(ConfigError, match=repr(value)) as raised:
        one.move(name, value)
    assert repr(CONTROLS[[c.name for c in CONTROLS].index(name)].values()[0]) in raised.value.remedy
    assert one.svg == before
    assert one.settings[name] != value


def test_a_setting_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(ConfigError, match="'dropout'") as raised:
        board().move("dropout", 1)
    assert "rank, length, optimizer, checkpointing" in raised.value.remedy


@pytest.mark.parametrize(
    "control",
    [
        Control("x", "x", "log", (0, 8), 1), Control("x", "x", "log", ("a", "b"), "a"),
        Control("x", "x", "log", (), 1), Control("x", "x", "int", (1,), 1),
        Control("x", "x", "int", (1, 9, 0), 1), Control("x", "x", "int", ("low", "high"), 1),
    ],
)  # fmt: skip
def test_a_range_that_is_none_is_refused(control: Control) -> None:
    with pytest.raises(ConfigError, match="range"):
        sliders(compute, [control], draw, say)


def test_what_cannot_be_computed_says_why_and_the_next_move_draws_again() -> None:
    one = board()
    one.move("checkpointing", False)
    one.move("length", 2048)
    assert one.svg == ""
    assert one.sentence == "that does not fit. Turn on checkpointing."
    one.move("checkpointing", True)
    assert one.svg


def test_a_script_prints_the_settings_and_the_sentence() -> None:
    said = str(board())
    assert "LoRA rank: 32" in said
    assert say(compute(board().settings)) in said


def test_importing_needs_no_notebook() -> None:
    code = "import sys, driftlab.sliders; print('ipywidgets' in sys.modules, 'IPython' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_without_ipywidgets_the_still_picture_is_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    bundle = board()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "image/svg+xml"}
    root = ET.fromstring(bundle["image/svg+xml"])  # noqa: S314  our own
    words = " ".join(element.text or "" for element in root.iter() if element.get("class") == "sentence")
    assert words == f"{say(compute(board().settings))} {STANDS_STILL}"


def test_the_still_picture_keeps_to_the_start_values() -> None:
    one = board()
    start = one._repr_mimebundle_()["image/svg+xml"]
    one.move("rank", 4)
    assert one._repr_mimebundle_()["image/svg+xml"] == start
    assert board().svg.removeprefix("<svg ") in start


def test_moved_widgets_draw_again() -> None:
    one = board()
    widgets = one.widgets
    assert widgets is one.widgets
    assert widgets["picture"].value == one.svg
    for name, value in {"rank": 64, "length": 256, "optimizer": "adamw_8bit", "checkpointing": False}.items():
        widgets[name].value = value
        assert one.settings[name] == value
        assert widgets["picture"].value == draw(compute(one.settings))
        assert say(compute(one.settings)) in widgets["sentence"].value
    widgets["length"].value = 2048
    assert widgets["picture"].value == ""
    assert "Turn on checkpointing." in widgets["sentence"].value


def test_words_in_the_sentence_are_escaped() -> None:
    one = sliders(compute, CONTROLS, draw, lambda _: "<b>fits</b>")
    assert "&lt;b&gt;fits" in one.widgets["sentence"].value
    assert "<b>" not in one._repr_mimebundle_()["image/svg+xml"]


SETUP = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_sliders import board
one = board()
one
"""
MESSAGE_SECONDS = 60


@pytest.fixture(scope="module")
def kernel() -> Iterator[Any]:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def heard(client: Any, asked: str, until: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """What the kernel publishes about a request, up to the message that ends it."""
    found: list[dict[str, Any]] = []
    end = time.monotonic() + MESSAGE_SECONDS
    while time.monotonic() < end:
        try:
            message = client.get_iopub_msg(timeout=MESSAGE_SECONDS)
        except queue.Empty:
            break
        if message["parent_header"].get("msg_id") == asked:
            found.append(message)
            if until(message):
                return found
    raise AssertionError(f"the kernel fell silent after {[m['msg_type'] for m in found]}")


def is_idle(message: dict[str, Any]) -> bool:
    return message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"


def test_a_slider_that_a_front_end_moves_draws_again_in_a_real_kernel(kernel: Any) -> None:
    messages = heard(kernel, kernel.execute(SETUP), is_idle)
    assert [m["content"] for m in messages if m["msg_type"] == "error"] == []
    [shown] = [m["content"]["data"] for m in messages if m["msg_type"] == "execute_result"]
    assert {VIEW, "image/svg+xml", "text/plain"} <= set(shown)
    states: dict[str, dict[str, Any]] = {}
    for message in (m for m in messages if m["msg_type"] in ("comm_open", "comm_msg")):
        states.setdefault(message["content"]["comm_id"], {}).update(message["content"]["data"]["state"])
    [rank] = [key for key, state in states.items() if state.get("description") == "LoRA rank"]
    [picture] = [key for key, state in states.items() if state.get("value") == board().svg]
    assert states[rank]["_model_name"] == "SelectionSliderModel"

    moved = {"comm_id": rank, "data": {"method": "update", "state": {"index": 4}, "buffer_paths": []}}
    message = kernel.session.msg("comm_msg", moved)
    kernel.shell_channel.send(message)
    replies = heard(kernel, message["header"]["msg_id"], is_idle)
    updates = [m["content"] for m in replies if m["msg_type"] == "comm_msg" and m["content"]["comm_id"] == picture]
    assert updates[-1]["data"]["state"]["value"] == draw(compute({**board().settings, "rank": 64}))


def test_an_exported_page_shows_the_still_picture(kernel: Any, browser: Chromium, tmp_path: Path) -> None:
    import nbformat.v4
    from nbconvert import HTMLExporter

    [shown] = [
        m["content"]["data"] for m in heard(kernel, kernel.execute(SETUP), is_idle) if m["msg_type"] == "execute_result"
    ]
    cell = nbformat.v4.new_code_cell("one", outputs=[nbformat.v4.new_output("execute_result", data=shown)])
    page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    out = tmp_path / "page.html"
    out.write_text(page, encoding="utf-8")
    browser.open(out)
    picture = "document.querySelector('.jp-OutputArea-output img')"
    assert browser.value(f"{picture}.naturalWidth") == pytest.approx(700, abs=1)
    shown_svg = browser.value(
        f"new TextDecoder().decode(Uint8Array.from(atob({picture}.src.split(',')[1]), (c) => c.charCodeAt(0)))"
    )
    assert shown_svg == shown["image/svg+xml"]


@pytest.mark.parametrize("dark", [False, True])
def test_the_still_picture_can_be_read(dark: bool, browser: Chromium, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    ground = "rgb(20, 22, 26)" if dark else "rgb(253, 253, 251)"
    still = board()._repr_mimebundle_()["image/svg+xml"]
    page.write_text(f"<meta charset='utf-8'><body style='background: {ground}'>{still}", encoding="utf-8")
    browser.open(page, dark=dark)
    assert browser.value(OVERLAPS) == []
    assert browser.value(CONTRASTS) == {}
    assert browser.value("getComputedStyle(document.querySelector('.still-ground')).fill") == ground
