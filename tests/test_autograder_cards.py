"""Cards: all that a learner needs is on them, in HTML, in text and in a line; and nothing that was written runs."""

import re

import pytest
from page_reader import Page

from autograder.desk import cards
from autograder.outcomes import CheckResult, Outcome
from autograder.spec import TaskSpec

TASK = TaskSpec("lab1.x", "Twice", 3, 5, functions=("double",), hints=("one `a < b`", "two", "three"))
SAID = "double(3) returned 9. 6 was wanted. That is the square."
PASSED = CheckResult("public/test_x.py::test_zero", "lab1.x", 1, 1, Outcome.PASSED)
FAILED = CheckResult("public/test_x.py::test_three", "lab1.x", 0, 0.5, Outcome.FAILED, SAID, "squared-it")
NASTY = "<script>alert(1)</script> {{ 7*7 }} </pre>\u202e\x1b[31m " + "w" * 10_000


def page(card: cards.Card) -> Page:
    return Page(f"<html><body>{cards.html(card)}</body></html>")


def test_a_card_says_what_was_called_came_back_and_was_wanted() -> None:
    card = cards.of_task(TASK, [PASSED, FAILED])
    read = page(card)
    assert read.faults == []
    for words in (
        "Twice lab1.x · 1 of 2 checks passed",
        "Zero: passed (1 of 1 point)",
        "Three: not right yet (0 of 0.5 points)",
        "called double(3)",
        "came back 9",
        "wanted 6",
        "That is the square.",
        "Looks like: squared it",
        "1 of 1.5 points from the checks here. When this is graded, further checks with other inputs decide on the "
        "other 1.5.",
        'Stuck? hint("lab1.x") shows hint 1 of 3. It costs no points.',
    ):
        assert words in read.text, words
        assert words.split(" · ")[-1].split()[0] in cards.text(card)
    assert [sign.text for sign in read.classed("dl-sign")] == ["✗", "✓", "✗"]
    assert all(sign.get("aria-hidden") == "true" for sign in read.classed("dl-sign"))
    assert read.classed("dl-card")[0].get("aria-label") == "lab1.x Twice 1 of 2 checks passed"


def test_the_text_of_a_card() -> None:
    assert cards.text(cards.of_task(TASK, [PASSED, FAILED]), 60, ascii_only=True) == (
        "x Twice (lab1.x): 1 of 2 checks passed\n"
        "  + Zero: passed (1 of 1 point)\n"
        "  x Three: not right yet (0 of 0.5 points)\n"
        "      called     double(3)\n"
        "      came back  9\n"
        "      wanted     6\n"
        "      That is the square.\n"
        "      Looks like: squared it\n"
        "  1 of 1.5 points from the checks here. When this is graded,\n"
        "  further checks with other inputs decide on the other 1.5.\n"
        '  Stuck? hint("lab1.x") shows hint 1 of 3. It costs no\n'
        "  points."
    )


def test_the_line_of_a_card() -> None:
    card = cards.of_task(TASK, [PASSED, FAILED])
    line = "lab1.x: 1 of 2 checks passed. Three: called double(3); came back 9; wanted 6; That is the square."
    assert cards.line(card) == line
    assert cards.line(cards.of_task(TASK, [PASSED])) == "lab1.x: the check passed"
    assert cards.line(cards.message("No.", "Do `that`.")) == "No. Do that."
    assert len(cards.line(cards.of_task(TASK, [cards_result(NASTY)]))) < 450


def cards_result(said: str, outcome: Outcome = Outcome.FAILED) -> CheckResult:
    return CheckResult("public/test_x.py::test_y", "lab1.x", 0, 1, outcome, said)


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.PASSED])
def test_every_outcome_is_named(outcome: Outcome) -> None:
    card = cards.of_task(TASK, [PASSED, cards_result("It went wrong.", outcome)])
    assert cards.MARKS[outcome].word in page(card).text
    assert cards.MARKS[outcome].word in cards.text(card).replace("\n     ", "")
    assert ("our fault" in page(card).text) == (outcome is Outcome.SANDBOX_ERROR)


def test_all_passed_needs_no_hint() -> None:
    text = cards.text(cards.of_task(TASK, [PASSED, PASSED]))
    assert "all checks passed" in text
    assert "hint" not in text
    alone = cards.of_task(TASK, [PASSED, FAILED], alone=False)
    assert [line[:5] for line in alone.advice] == ["Stuck"]


def test_not_started_says_what_to_write() -> None:
    result = cards_result("double is not written yet.", Outcome.NOT_ATTEMPTED)
    card = cards.of_task(TASK, [result, result])
    assert card.rows == ()
    assert "Write double in the cell above" in page(card).text
    assert "not started yet" in page(card).text


def test_own_lines_and_noise_are_shown() -> None:
    result = cards_result("double raised IndexError: no", Outcome.STUDENT_ERROR)
    lines = {result.said: ("Cell In[3], line 2, in double: x[9]",)}
    card = cards.of_task(TASK, [result], lines=lines, noise="a warning")
    for text in (page(card).text, cards.text(card)):
        assert "Cell In[3], line 2, in double: x[9]" in text
        assert "a warning" in text
        assert "it does not count" in text


def test_hints_come_one_after_another() -> None:
    first = page(cards.of_hints(TASK, 1, new=True))
    assert "hint 1 of 3" in first.text
    assert "one a < b" in first.text
    assert [code.text for code in first.all("code")] == ["lab1.x", "a < b", 'hint("lab1.x")']
    assert "two" not in first.text
    assert "You have taken 1 of 3 hints; they cost no points." in first.text
    last = cards.text(cards.of_hints(TASK, 3, new=False))
    assert "3. three" in last
    assert "already" in last
    assert "There are no more." in last
    assert cards.next_hint(TASK, 3) == ['All 3 hints are open: `hint("lab1.x")` shows them again.']
    assert cards.next_hint(TaskSpec("a", "b", 1, 1), 0) == []


def test_several_tasks_have_a_row_each() -> None:
    other = TaskSpec("lab1.y", "Root", 2, 5)
    card = cards.of_tasks("Small", [(TASK, [PASSED]), (other, [FAILED])])
    text = page(card).text
    assert "1 of 2 tasks passed" in text
    assert "Root (lab1.y): not right yet (0 of 0.5 points)" in text
    assert "1 of 1.5 points" in text
    assert 'check("lab1.x")' in text


def test_what_was_written_is_shown_and_does_nothing() -> None:
    task = TaskSpec(NASTY, NASTY, 3, 5, functions=(NASTY,), hints=(NASTY,))
    result = CheckResult(f"public/x.py::test_{NASTY}", NASTY, 0, 1, Outcome.FAILED, NASTY, NASTY)
    called = f"f({NASTY}) returned {NASTY}. {NASTY} was wanted. {NASTY}"
    results = [result, cards_result(called)]
    for card in (
        cards.of_task(task, results, lines={NASTY: (NASTY,)}, noise=NASTY),
        cards.of_hints(task, 1, new=True),
        cards.of_tasks(NASTY, [(task, results)], NASTY),
        cards.message(NASTY, NASTY),
    ):
        read = page(card)
        assert read.faults == []
        assert read.all("script") == []
        assert "<script>alert(1)</script> {{ 7*7 }}" in read.text
        for text in (cards.html(card), cards.text(card), cards.line(card)):
            assert "\u202e" not in text
            assert "\x1b" not in text
            assert "⟨U+202E⟩" in text
    short = cards.html(cards.of_task(TASK, [cards_result("x" * 10**6)]))
    assert len(short) < 10_000


def test_text_keeps_to_its_width() -> None:
    card = cards.of_task(TASK, [cards_result("word " * 300)], lines={"word " * 300: ("y " * 200,)}, noise="z " * 200)
    assert max(map(len, cards.text(card, 60).split("\n"))) <= 60


def test_a_card_brings_ink_and_ground_for_light_and_dark() -> None:
    style = page(cards.message("x")).all("style")[0].text
    themes = re.findall(
        r"--dl-ground: (#\w+);[^}]*?--dl-ink: (#\w+); --dl-muted: (#\w+)[^}]*?--dl-good: (#\w+); --dl-bad: (#\w+)",
        style,
    )
    assert len(themes) == 3
    for ground, *inks in themes:
        for ink in inks:
            assert contrast(ground, ink) >= 4.5, (ground, ink)
    panels = re.findall(r"--dl-panel: (#\w+);.*?--dl-ink: (#\w+)", style)
    assert all(contrast(panel, ink) >= 4.5 for panel, ink in panels)


def contrast(one: str, other: str) -> float:
    """As WCAG computes it."""
    lights = []
    for colour in (one, other):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)
