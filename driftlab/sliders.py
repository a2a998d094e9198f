"""A picture that follows its settings: sliders in a notebook, and a still picture with a sentence everywhere else.

In: a function from settings to a result, what can be set, and how a result becomes a picture (SVG) and a sentence.
Out: a `Board`; as the value of a notebook's cell it shows itself. A live front end shows widgets; one without them, an
exported page or a copy on GitHub shows the picture of the start values, since the cell's output holds both. In a
script, `print` shows the sentence.
Does not: know what is set or drawn, keep results, or run anything twice for the same move.
"""

import dataclasses
import html
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

from driftlab.errors import ConfigError, CourseError
from driftlab.report.svg import label, tag, text_width
from driftlab.versions import shown_widget

Value = int | float | str | bool
Kind = Literal["int", "log", "choice", "bool"]
Result = TypeVar("Result")
FONT, LINE, SIDE = 13.0, 18.0, 10.0
STANDS_STILL = "This picture stands still: run the cell in Jupyter or Colab to move its settings."

COLOURS = """
.driftlab-still .still-ground { fill: #fdfdfb; }
.driftlab-still .sentence { font: 13px system-ui, "Liberation Sans", sans-serif; fill: #1c1e22; }
@media screen and (prefers-color-scheme: dark) {
  .driftlab-still .still-ground { fill: #14161a; }
  .driftlab-still .sentence { fill: #e9e9e4; }
}
"""
"""The page's ground and ink, as in report/templates/page.css."""


@dataclasses.dataclass(frozen=True, slots=True)
class Control:
    """One setting that can be moved."""

    name: str
    """Its key among the settings."""
    label: str
    """What it is called beside its slider."""
    kind: Kind
    range: tuple[Value, ...]
    """int: lowest, highest and, where it is not 1, the step. log: lowest and highest of values that double each time.
    choice: all values. bool: nothing."""
    value: Value
    """At the start."""

    def values(self) -> tuple[Value, ...]:
        """Everything that it can be set to, in order.

        Raises:
            ConfigError: the range is none.
        """
        try:
            return self._values()
        except (TypeError, ValueError, IndexError) as wrong:
            raise ConfigError(
                f"the control {self.name!r} has the range {self.range!r}.",
                "Give (low, high) or (low, high, step) for int, (low, high) for log, all for choice, () for bool.",
            ) from wrong

    def _values(self) -> tuple[Value, ...]:
        if self.kind == "bool":
            return (False, True)
        if self.kind == "choice":
            return self.range
        low, high, *step = self.range
        if self.kind == "int":
            return tuple(range(int(low), int(high) + 1, *map(int, step)))
        if isinstance(low, str) or isinstance(high, str) or low <= 0:
            raise ValueError("only positive numbers double")
        values: list[Value] = [low]
        while (after := 2 * values[-1]) <= high:  # type: ignore[operator]
            values.append(after)
        return tuple(values)


class Board(Generic[Result]):
    """A picture, its settings, and in a notebook the widgets that move them."""

    def __init__(
        self,
        compute: Callable[[Mapping[str, Value]], Result],
        controls: Sequence[Control],
        draw: Callable[[Result], str],
        say: Callable[[Result], str],
    ) -> None:
        self._compute, self._draw, self._say = compute, draw, say
        self.controls = {control.name: control for control in controls}
        self.settings: dict[str, Value] = {}
        for control in controls:
            self._accept(control.name, control.value)
        self._redraw()
        self._still = _still(self.svg, f"{self.sentence} {STANDS_STILL}")
        self._widgets: dict[str, Any] | None = None

    def move(self, name: str, value: Value) -> None:
        """Set one of the settings, as its slider would, and draw again.

        Raises:
            ConfigError: there is no such setting, or it cannot be this value.
        """
        self._accept(name, value)
        self._redraw()

    def _accept(self, name: str, value: Value) -> None:
        if name not in self.controls:
            raise ConfigError(f"there is no setting {name!r}.", f"There are: {', '.join(self.controls)}.")
        values = self.controls[name].values()
        if value not in values:
            some = ", ".join(map(repr, values if len(values) <= 12 else (*values[:5], "…", *values[-5:])))
            raise ConfigError(f"{name} cannot be {value!r}.", f"It can be: {some}.")
        self.settings[name] = value

    def _redraw(self) -> None:
        """Picture and sentence for the settings; where they cannot be, the reason in place of both."""
        try:
            result = self._compute(dict(self.settings))
        except CourseError as refused:
            self.svg, self.sentence = "", f"{refused.problem} {refused.remedy}"
        else:
            self.svg, self.sentence = self._draw(result), self._say(result)

    def __str__(self) -> str:
        moved = ", ".join(f"{control.label}: {self.settings[name]}" for name, control in self.controls.items())
        return f"{moved}\n{self.sentence}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What a notebook keeps of it: the still picture for every reader, the widgets for a live one."""
        bundle: dict[str, Any] = {"text/plain": str(self)}
        if self._still:
            bundle["image/svg+xml"] = self._still
        widgets = self.widgets
        if widgets:
            bundle.update(shown_widget(widgets["board"]))
            bundle["text/plain"] = str(self)
        return bundle

    @property
    def widgets(self) -> dict[str, Any]:
        """By setting, and "picture", "sentence", "failures" and the "board" of all; empty without ipywidgets."""
        if self._widgets is None:
            self._widgets = _widgets(self)
        return self._widgets


def sliders(
    compute: Callable[[Mapping[str, Value]], Result],
    controls: Sequence[Control],
    draw: Callable[[Result], str],
    say: Callable[[Result], str],
) -> Board[Result]:
    """A picture that can be moved: `draw` makes it of what `compute` makes of the settings, `say` puts it into words.

    Raises:
        ConfigError: a control's start value is not in its range.
    """
    return Board(compute, controls, draw, say)


def _widgets(board: Board[Any]) -> dict[str, Any]:
    """All widgets, wired: a move draws again, and what fails is shown below."""
    try:
        import ipywidgets  # type: ignore[import-untyped]
    except ImportError:
        return {}
    picture, sentence, failures = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.Output()
    moved = {control.name: _widget(ipywidgets, board, control) for control in board.controls.values()}

    def show() -> None:
        picture.value = board.svg
        sentence.value = f'<p role="status" style="max-width: 46rem; margin: 0">{html.escape(board.sentence)}</p>'

    def follow(change: Mapping[str, Any]) -> None:
        name = next(name for name, widget in moved.items() if widget is change["owner"])
        with failures:  # shows a traceback, which a front end would otherwise lose
            board.move(name, change["new"])
            show()

    for widget in moved.values():
        widget.observe(follow, names="value")
    show()
    whole = ipywidgets.VBox([*moved.values(), picture, sentence, failures])
    return {**moved, "picture": picture, "sentence": sentence, "failures": failures, "board": whole}


def _widget(ipywidgets: Any, board: Board[Any], control: Control) -> Any:
    """The widget of one control; labels get the room that they need, so that none is cut."""
    values = control.values()
    common = {
        "value": board.settings[control.name],
        "description": control.label,
        "style": {"description_width": "16em"},
        "layout": {"width": "100%", "max_width": "44em"},
    }
    if control.kind == "bool":
        return ipywidgets.Checkbox(indent=True, **common)
    if control.kind == "choice":
        return ipywidgets.Dropdown(options=values, **common)
    if control.kind == "int":
        low, high, *step = control.range
        return ipywidgets.IntSlider(min=low, max=high, step=step[0] if step else 1, **common)
    return ipywidgets.SelectionSlider(options=[(f"{value:,}", value) for value in values], **common)


def _still(svg: str, sentence: str) -> str:
    """The picture with the sentence above it, as one SVG; a viewer of notebooks shows one output of a cell's value."""
    size = re.match(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"', svg)
    if not size:
        return ""
    width, height = float(size[1]), float(size[2])
    lines = _wrapped(sentence, width - 2 * SIDE)
    top = LINE * len(lines) + SIDE
    words = "".join(label(SIDE, LINE * (n + 1), line, "sentence") for n, line in enumerate(lines))
    ground = tag("rect", width=width, height=top + height, class_="still-ground")
    inner = svg.replace("<svg ", f'<svg y="{top:g}" ', 1)
    return tag(
        "svg", raw=f"<style>{COLOURS}</style>{ground}{words}{inner}", xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {top + height:g}", width=width, height=top + height, class_="driftlab-still",
    )  # fmt: skip


def _wrapped(text: str, room: float) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and text_width(f"{lines[-1]} {word}", FONT) > room:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
