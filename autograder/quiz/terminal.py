"""A quiz in a terminal, or with answers from a pipe: asks, says why, keeps score.

In: a sitting, lines of stdin, a console. Out: cards as text; the sitting's answers are kept one by one.
A line `q`, or the end of the input, leaves; so does Ctrl-C, by its usual way. The same command goes on from there.
Does not: decide what is right, or write anything itself.
"""

import sys
from typing import TYPE_CHECKING

from autograder.desk import cards
from autograder.desk.cards import Card
from autograder.quiz import showing
from autograder.quiz.sitting import Asked, Sitting

if TYPE_CHECKING:
    from rich.console import Console

LEAVE = frozenset({"q", "quit", "exit"})
WIDEST = 100


def ask_all(sitting: Sitting, console: "Console", command: str, *, goes_on: bool) -> None:
    """Ask every question that has no answer yet, until all have one or the learner leaves.

    `command` is what was typed for it, as far as it has to be typed again.
    """
    lab, total = sitting.quiz.lab, len(sitting.quiz.questions)
    where = f"goes on after {len(sitting.answers)} of {total}" if goes_on else f"{total} questions"
    _say(f"{lab} quiz: {where}, order {sitting.seed}. It is for yourself: no points. q leaves, and keeps.", console)
    if not sitting.saved:
        _show(showing.unsaved(sitting), console)
    again = f"From the start, in another order: {command} --fresh"
    while (asked := sitting.next()) is not None:
        _say("", console)
        _show(showing.question(sitting, asked), console)
        letter = _letter(asked, console)
        if letter is None:
            again = f"Go on: {command}"
            break
        sitting.answer(asked, letter)
        _show(showing.told(asked, letter), console)
    _say("", console)
    _show(showing.end(sitting), console)
    _say(f"  {again}", console)  # in one line, to be copied


def _letter(asked: Asked, console: "Console") -> str | None:
    """A letter of one of the choices; None where the learner leaves."""
    letters = [letter for letter, _ in asked.choices]
    prompt = f"  Your answer ({letters[0]} to {letters[-1]}, q leaves): "
    while True:
        console.print(prompt, end="", markup=False, highlight=False, soft_wrap=True)
        console.file.flush()
        line = sys.stdin.readline()
        typed = line.strip()
        if not sys.stdin.isatty() or not line.endswith("\n"):
            _say(typed, console)  # nobody else has ended the line of the prompt
        if not line or typed.lower() in LEAVE:
            return None
        if typed.upper() in letters:
            return typed.upper()
        _say(f"  {typed[:20]!r} is none of {', '.join(letters)}.", console)


def _show(card: Card, console: "Console") -> None:
    plain = not console.encoding.lower().startswith("utf")
    _say(cards.text(card, min(console.width, WIDEST), ascii_only=plain), console)


def _say(text: str, console: "Console") -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
