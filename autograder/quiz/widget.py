"""A quiz in a notebook: a question, a button for each choice, why each is right or wrong, the next question.

In: a sitting. Out: a `Board`, which shows itself: widgets where the front end has them, else the question as HTML or
text with what to type to answer it. What is shown is said to screen readers: buttons carry their choice, and answers
are announced.
Does not: know what is right, or keep anything itself.
"""

import html
from typing import Any

from autograder.desk import cards
from autograder.desk.cards import Card
from autograder.quiz import showing
from autograder.quiz.sitting import Asked, Sitting
from driftlab.versions import shown_widget

WITHOUT = "No buttons here? Answer with `quiz({lab!r}, {letter!r})`, or in a terminal: `./lab autograder quiz {lab}`"


class Board:
    """What a notebook shows of a sitting."""

    def __init__(self, sitting: Sitting) -> None:
        self.sitting = sitting
        self.asked = sitting.next()
        self._widgets: dict[str, Any] | None = None

    @property
    def card(self) -> Card:
        """What to show where there are no buttons."""
        return card_of(self.sitting, self.asked)

    @property
    def widgets(self) -> dict[str, Any]:
        """By name: "question", "choices", "told", "next", "failures", and "board", all of them; else empty."""
        if self._widgets is None:
            self._widgets = _made(self)
        return self._widgets

    def bundle(self) -> dict[str, Any]:
        """What a notebook keeps: widgets for a live front end, the card for every other reader."""
        made: dict[str, Any] = {"text/html": cards.html(self.card), "text/plain": cards.text(self.card)}
        if self.widgets:
            shown = shown_widget(self.widgets["board"])
            made.update({kind: data for kind, data in shown.items() if kind != "text/plain"})
        return made


def card_of(sitting: Sitting, asked: Asked | None) -> Card:
    """The question, or the end, with what to type."""
    lab = sitting.quiz.lab
    if asked is None:
        return showing.end(sitting, f"`quiz({lab!r}, fresh=True)` begins anew, in another order.")
    return showing.question(sitting, asked, WITHOUT.format(lab=lab, letter=asked.choices[0][0]))


def _made(board: Board) -> dict[str, Any]:
    """All widgets, wired."""
    try:
        import ipywidgets  # type: ignore[import-untyped]
    except ImportError:
        return {}
    question, told = ipywidgets.HTML(), ipywidgets.HTML()
    choices, after = ipywidgets.HBox(layout={"flex_flow": "row wrap"}), ipywidgets.HBox()
    onward = ipywidgets.Button(description="Next question")
    failures = ipywidgets.Output()  # shows a traceback, which a front end would otherwise lose

    def put() -> None:
        asked = board.asked = board.sitting.next()
        told.value, after.children = "", ()
        card = card_of(board.sitting, None) if asked is None else showing.question(board.sitting, asked)
        question.value, choices.children = cards.html(card), ()
        if asked is not None:
            choices.children = tuple(button(asked, letter, choice.text) for letter, choice in asked.choices)

    def button(asked: Asked, letter: str, text: str) -> Any:
        # the tooltip becomes the button's title, which a screen reader says after its name
        made = ipywidgets.Button(description=f"Answer {letter}", tooltip=text.replace("`", ""))

        def take(_: Any) -> None:
            with failures:
                if board.asked is not asked or made.disabled:
                    return  # pressed twice
                for other in choices.children:
                    other.disabled = True
                board.sitting.answer(asked, letter)
                told.value = f'<div role="status">{cards.html(showing.told(asked, letter))}</div>'
                if not board.sitting.saved:
                    told.value += f"<p>{html.escape(cards.line(showing.unsaved(board.sitting)))}</p>"
                onward.description = "Show the score" if board.sitting.next() is None else "Next question"
                after.children = (onward,)

        made.on_click(take)
        return made

    def follow(_: Any) -> None:
        with failures:
            put()

    onward.on_click(follow)
    put()
    whole = ipywidgets.VBox([question, choices, told, after, failures])
    return {
        "question": question, "choices": choices, "told": told, "next": onward, "failures": failures, "board": whole,
    }  # fmt: skip
