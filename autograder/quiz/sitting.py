"""One sitting of a quiz: in which order, what was answered, how many were right. It can be left and gone on with.

In: a `Quiz`, a folder for `.progress`, a seed or none. Out: a `Sitting`: the next question with its choices in this
sitting's order, what an answer was worth, the score. Each answer is on the disk before the next question is asked.
The same seed gives the same order on any machine: questions and choices are sorted by a hash of it and their names.
Does not: show anything. A quiz is for oneself: nothing of it counts for a grade.
"""

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.desk.progress import Progress, QuizProgress
from autograder.quiz.questions import Choice, Question, Quiz

LETTERS = "ABCDE"
SEEDS = 10**6
"""A seed that we draw is below it, short enough to be typed again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is put in a sitting."""

    question: Question
    number: int
    """Of this sitting, from 1."""
    order: tuple[int, ...]
    """Places of the choices in the file, in the order in which they are shown."""

    @property
    def choices(self) -> list[tuple[str, Choice]]:
        """Letter and choice, as shown."""
        return [(LETTERS[at], self.question.choices[place]) for at, place in enumerate(self.order)]

    @property
    def right(self) -> str:
        """The letter of the right choice."""
        return LETTERS[self.order.index(self.question.right)]


@dataclass(slots=True)
class Sitting:
    """A quiz that somebody sits."""

    quiz: Quiz
    folder: Path
    """`.progress` is kept below it."""
    saved: bool = True
    """Whether the last answer reached the disk."""

    @property
    def _kept(self) -> QuizProgress:
        return Progress.load(self.folder, self.quiz.lab).quiz

    @property
    def seed(self) -> int:
        """Of the order."""
        return self._kept.seed

    @property
    def answers(self) -> dict[str, int]:
        """Question id to the place of the choice that was taken; questions that are no longer there are left out."""
        there = {question.id: question for question in self.quiz.questions}
        return {
            name: place
            for name, place in self._kept.answers.items()
            if name in there and 0 <= place < len(there[name].choices)
        }

    @property
    def right(self) -> int:
        """How many answers were right so far."""
        return sum(self.quiz.question(name).right == place for name, place in self.answers.items())

    @property
    def finished(self) -> bool:
        """Whether every question has an answer."""
        return len(self.answers) == len(self.quiz.questions)

    def begin(self, seed: int | None = None, *, fresh: bool = False) -> bool:
        """Go on with the sitting that is open, or begin one. Returns whether it goes on.

        A new one begins where the last is finished, another seed is asked for, or `fresh` is set.
        """
        progress = Progress.load(self.folder, self.quiz.lab)
        kept = progress.quiz
        goes_on = bool(self.answers) and not self.finished and not fresh and seed in (None, kept.seed)
        if not goes_on:
            kept.seed = secrets.randbelow(SEEDS) if seed is None else seed
            kept.answers = {}
        progress.worked()
        self.saved = progress.save()
        return goes_on

    def order(self) -> list[Question]:
        """The questions in this sitting's order."""
        seed = self.seed
        return sorted(self.quiz.questions, key=lambda question: _drawn(seed, question.id))

    def next(self) -> Asked | None:
        """The first question that has no answer yet; None where all have one."""
        seed, answers = self.seed, self.answers
        for number, question in enumerate(self.order(), 1):
            if question.id not in answers:
                places = range(len(question.choices))
                order = sorted(places, key=lambda place: _drawn(seed, question.id, question.choices[place].text))
                return Asked(question, number, tuple(order))
        return None

    def answer(self, asked: Asked, letter: str) -> bool:
        """Take that choice; returns whether it is the right one.

        Raises:
            ValueError: there is no such letter.
        """
        place = asked.order[[shown for shown, _ in asked.choices].index(letter.upper())]
        progress = Progress.load(self.folder, self.quiz.lab)
        kept = progress.quiz
        kept.answers = {**self.answers, asked.question.id: place}
        if len(kept.answers) == len(self.quiz.questions):
            right = sum(self.quiz.question(name).right == taken for name, taken in kept.answers.items())
            kept.finished += 1
            kept.best, kept.best_of = max((kept.best, kept.best_of), (right, len(kept.answers)), key=_share)
        progress.worked()
        self.saved = progress.save()
        return place == asked.question.right

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: the score, and each answer by question."""
        answers = self.answers
        return {
            "lab": self.quiz.lab,
            "seed": self.seed,
            "questions": len(self.quiz.questions),
            "answered": len(answers),
            "right": self.right,
            "finished": self.finished,
            "answers": {name: self.quiz.question(name).right == place for name, place in answers.items()},
            "best": self._kept.best,
            "best_of": self._kept.best_of,
        }


def _share(score: tuple[int, int]) -> float:
    right, out_of = score
    return right / out_of if out_of else -1.0


def _drawn(seed: int, *names: str) -> bytes:
    """Where something comes in an order that only the seed decides."""
    return hashlib.sha256("\n".join([str(seed), *names]).encode()).digest()
