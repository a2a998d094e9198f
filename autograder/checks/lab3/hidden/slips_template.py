"""What slips come to in a conversation's text.

In: marks and messages. Out: names of slips with what they make.
Does not: leave out a slip that happens to give the right answer (`asking.distinct` does), or put it in words.
"""

from autograder.checks.lab3.hidden import reference as ref
from autograder.checks.lab3.hidden.reference import Message
from autograder.checks.lab3.hidden.slips_text import Slips

Marks = dict[str, str]
Turn = tuple[str, str, str]
"""Role, its mark, content."""
WORDS = (("{}: ", "{}:"), ("{}: ", "{}: "), ("{}: ", ""), ("{}:", "{}:"), ("{}", "{}"), ("{}", ""))
"""How a role is put in words: in front of a message, and to open the assistant's turn ("": by its mark)."""


def of_chat_text(marks: Marks, messages: list[Message], opens: bool) -> Slips:
    """chat_text."""
    right = ref.chat_text(marks, messages, opens)
    begin, end, opener = marks["begin"], marks["end"], marks["assistant"] if opens else ""
    turns = [(one["role"], marks[one["role"]], one["content"]) for one in messages]
    whole = [f"{mark}{content}{end}" for _, mark, content in turns]
    body = "".join(whole)
    yield "no-begin", body + opener
    yield from _begun_anew(begin, messages, whole, opener)
    yield "begin-twice", begin + right
    yield "template-applied-twice", ref.chat_text(marks, [{"role": "user", "content": right}], opens)
    yield "template-applied-twice", ref.chat_text(marks, [{"role": "user", "content": begin + body}], opens)
    again = [{**one, "content": text} for one, text in zip(messages, whole, strict=True)]
    yield "template-applied-twice", ref.chat_text(marks, again, opens)
    yield "no-end", begin + "".join(f"{mark}{content}" for _, mark, content in turns) + opener
    yield "last-end-missing", begin + body.removesuffix(end) + opener
    yield "answers-not-ended", begin + _ended(turns, end, "assistant", False) + opener
    yield "only-answers-ended", begin + _ended(turns, end, "assistant", True) + opener
    yield "never-opened", begin + body
    yield "always-opened", begin + body + marks["assistant"]
    yield "opened-by-the-last-role", begin + body + (marks["assistant"] if messages[-1]["role"] == "user" else "")
    yield "opened-and-closed", begin + body + (opener + end if opens else "")
    yield "opened-the-other-way", begin + body + ("" if opens else marks["assistant"])
    yield "opened-as-the-user", begin + body + (marks["user"] if opens else "")
    yield from _in_words(begin, end, turns, opener)
    yield from _with_more(begin, end, turns, opener)
    without = [one for one in messages if one["role"] != "system"]
    yield "system-left-out", ref.chat_text(marks, without, opens)
    for some in (messages[:2], messages[-2:], messages[:1], messages[-1:], messages[:-1] if opens else messages):
        yield "messages-left-out", ref.chat_text(marks, some, opens)
    yield from _of_other_marks(marks, messages, opener)


def _begun_anew(begin: str, messages: list[Message], whole: list[str], opener: str) -> Slips:
    """A begin mark for each message, or for each request."""
    each = "".join(begin + one for one in whole)
    anew = [number == 0 or one["role"] == "user" for number, one in enumerate(messages)]
    yield "begin-for-each-message", each + opener
    yield "begin-for-each-message", each + (begin + opener if opener else "")
    begun = "".join(begin * is_new + one for is_new, one in zip(anew, whole, strict=True))
    yield "begin-for-each-message", begun + opener


def _ended(turns: list[Turn], end: str, role: str, is_that: bool) -> str:
    return "".join(f"{mark}{text}{end if (one == role) is is_that else ''}" for one, mark, text in turns)


def _in_words(begin: str, end: str, turns: list[Turn], opener: str) -> Slips:
    """Names of roles for their marks, or beside them."""
    for spelt in (str.lower, str.capitalize):
        for label, opening in WORDS:
            words = "".join(f"{label.format(spelt(role))}{text}{end}" for role, _, text in turns)
            last = (opening.format(spelt("assistant")) or opener) if opener else ""
            yield "roles-in-words", begin + words + last
        both = "".join(f"{mark}{spelt(role)}: {text}{end}" for role, mark, text in turns)
        yield "roles-in-words", begin + both + opener


def _with_more(begin: str, end: str, turns: list[Turn], opener: str) -> Slips:
    """Line breaks, spaces, and contents that were tidied up."""
    whole = [f"{mark}{text}{end}" for _, mark, text in turns]
    pieces = [piece for _, mark, text in turns for piece in (mark, text, end)]
    last = [opener] if opener else []
    for gap in ("\n", " "):
        name = "line-breaks-added" if gap == "\n" else "spaces-added"
        yield name, begin + gap.join(whole) + opener
        yield name, begin + "".join(f"{one}{gap}" for one in whole) + opener
        yield name, begin + gap + "".join(f"{one}{gap}" for one in whole) + opener
        yield name, begin + gap.join([*whole, *last])
        yield name, gap.join([begin, *whole, *last])
        yield name, gap.join([begin, *pieces, *last])
        yield name, begin + "".join(f"{mark}{gap}{text}{end}" for _, mark, text in turns) + opener
        yield name, begin + "".join(f"{mark}{gap}{text}{gap}{end}" for _, mark, text in turns) + opener
        yield name, begin + "".join(f"{mark}{gap}{text}{end}{gap}" for _, mark, text in turns) + opener
    for tidy in (str.strip, str.lower, str.rstrip, str.lstrip):
        yield "content-changed", begin + "".join(f"{mark}{tidy(text)}{end}" for _, mark, text in turns) + opener


def _of_other_marks(marks: Marks, messages: list[Message], opener: str) -> Slips:
    """One role's mark for another's, or the pocket model's for this model's."""
    user, assistant, pocket = marks["user"], marks["assistant"], ref.POCKET
    both = {"user": assistant, "assistant": user}
    yield "roles-swapped", ref.chat_text(marks | both, messages, bool(opener))
    yield "roles-swapped", ref.chat_text(marks | both, messages, False) + opener
    for other in (dict.fromkeys(("system", "assistant"), user), {"system": user}, {"system": assistant}):
        yield "one-role-for-all", ref.chat_text(marks | other, messages, False) + opener
    for names in (tuple(pocket), ("system", "user", "assistant"), ("begin", "end"), ("end",)):
        yield "marks-not-used", ref.chat_text(marks | {name: pocket[name] for name in names}, messages, bool(opener))
        yield "marks-not-used", ref.chat_text(marks | {name: pocket[name] for name in names}, messages, False) + opener
