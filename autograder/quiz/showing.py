"""A quiz as cards, HTML in a notebook and text in a terminal: a question, what an answer was worth, the end.

In: a sitting, a question as it is put in it, a letter. Out: `Card`s.
Does not: show a card, ask, or say what is right before somebody has answered.
"""

from autograder.desk import cards
from autograder.desk.cards import Card, Row
from autograder.desk.wording import Mark, Parts, plural
from autograder.quiz.questions import Choice
from autograder.quiz.sitting import Asked, Sitting

ASKS = Mark("?", "?", "", "open")
RIGHT, WRONG = Mark("✓", "+", "right", "good"), Mark("✗", "x", "wrong", "bad")


def question(sitting: Sitting, asked: Asked, how: str = "") -> Card:
    """The question and its choices; `how` says how it is answered here."""
    lines = [asked.question.ask, *(f"{letter}. {choice.text}" for letter, choice in asked.choices), how]
    title = f"{sitting.quiz.lab} quiz, question {asked.number} of {len(sitting.quiz.questions)}"
    return Card(title, ASKS, advice=tuple(line for line in lines if line))


def told(asked: Asked, letter: str) -> Card:
    """Why each choice is right or wrong, the one that was taken first."""
    right, letter = asked.right, letter.upper()
    mark, title = (RIGHT, f"{letter} is right") if letter == right else (WRONG, f"{letter} is not right: {right} is")
    shown = sorted(asked.choices, key=lambda one: (one[0] != letter, one[0] != right, one[0]))
    rows = tuple(
        Row(one, RIGHT if one == right else WRONG, "your answer" if one == letter else "", _reason(choice))
        for one, choice in shown
    )
    return Card(title, mark, rows=rows, advice=tuple(f"Source: {source}" for source in asked.question.sources))


def _reason(choice: Choice) -> Parts:
    """What the choice says, and why it is right or wrong."""
    stop = "" if choice.text.endswith((".", "?", "!")) else "."
    return Parts(rest=f"{choice.text}{stop}\n{choice.why}")


def end(sitting: Sitting, again: str = "") -> Card:
    """The score, and where to read on; `again` says how to begin anew."""
    quiz, answers = sitting.quiz, sitting.answers
    missed = [one for one in quiz.questions if one.id in answers and answers[one.id] != one.right]
    sections = sorted({one.section for one in missed})
    lines = [f"Worth reading again in {quiz.lab}: section {', '.join(map(str, sections))}."] if sections else []
    lines += [again] if again else []
    score = f"{sitting.right} of {plural(len(answers), 'answer')} right"
    if not sitting.finished:
        left = plural(len(quiz.questions) - len(answers), "question")
        return Card(f"{quiz.lab} quiz", ASKS, "", f"{score}, {left} left", advice=tuple(lines))
    mark = RIGHT if not missed else ASKS
    return Card(f"{quiz.lab} quiz finished", mark, "", score, advice=tuple(lines))


def unsaved(sitting: Sitting) -> Card:
    """Said once where answers cannot be kept."""
    place = str(sitting.folder / ".progress")
    return cards.message(f"Answers cannot be kept in {place}: they are lost when this ends.")
