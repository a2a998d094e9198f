"""What slips come to in a conversation's text, its labels and its loss.

In: marks and messages; logits and labels. Out: names of slips with what they make.
Does not: leave out a slip that happens to give the right answer (`asking.distinct` does), or put it in words.
"""

import math
from collections.abc import Iterator
from typing import Any

from autograder.checks.lab3.hidden import reference as ref
from autograder.checks.lab3.hidden.reference import MASKED, Message, Piece, Row

Slips = Iterator[tuple[str, Any]]
Marks = dict[str, str]


def of_chat_text(marks: Marks, messages: list[Message], opens: bool) -> Slips:
    """chat_text."""
    right = ref.chat_text(marks, messages, opens)
    begin, end, opener = marks["begin"], marks["end"], marks["assistant"] if opens else ""
    turns = [(one["role"], marks[one["role"]], one["content"]) for one in messages]
    body = "".join(f"{mark}{content}{end}" for _, mark, content in turns)
    yield "no-begin", body + opener
    yield "begin-for-each-message", "".join(f"{begin}{mark}{content}{end}" for _, mark, content in turns) + opener
    yield "begin-twice", begin + right
    yield "template-applied-twice", ref.chat_text(marks, [{"role": "user", "content": right}], opens)
    yield "template-applied-twice", ref.chat_text(marks, [{"role": "user", "content": right}], False)
    yield "no-end", begin + "".join(f"{mark}{content}" for _, mark, content in turns) + opener
    yield "last-end-missing", begin + body.removesuffix(end) + opener
    yield "last-end-missing", begin + end.join(f"{mark}{content}" for _, mark, content in turns) + opener
    yield "answers-not-ended", begin + _ended(turns, end, "assistant", False) + opener
    yield "only-answers-ended", begin + _ended(turns, end, "assistant", True) + opener
    yield "never-opened", begin + body
    yield "always-opened", begin + body + marks["assistant"]
    yield "opened-and-closed", begin + body + (opener + end if opens else "")
    yield "opened-the-other-way", begin + body + ("" if opens else marks["assistant"])
    yield "opened-as-the-user", begin + body + (marks["user"] if opens else "")
    for label in ("{}: ", "{}:", "{}", "<|{}|>"):
        words = "".join(f"{label.format(role)}{content}{end}" for role, _, content in turns)
        yield "roles-in-words", begin + words + (label.format("assistant").rstrip() if opens else "")
        yield "roles-in-words", begin + words + (label.format("assistant") if opens else "")
        yield "roles-in-words", begin + words + opener
    yield from _with_more(marks, turns, opener)
    for some in ([one for one in messages if one["role"] != "system"], messages[:2], messages[-2:], messages[-1:]):
        name = "system-left-out" if len(some) > 2 or messages[0]["role"] == "system" else "messages-left-out"
        yield name, ref.chat_text(marks, some, opens)
    for some in (messages[:2], messages[-2:], messages[:1], messages[-1:]):
        yield "messages-left-out", ref.chat_text(marks, some, opens)
    swapped = marks | {"user": marks["assistant"], "assistant": marks["user"]}
    yield "roles-swapped", ref.chat_text(swapped, messages, opens)
    yield "roles-swapped", begin + "".join(f"{swapped[r]}{content}{end}" for r, _, content in turns) + opener
    yield (
        "one-role-for-all",
        ref.chat_text(marks | dict.fromkeys(("system", "assistant"), marks["user"]), messages, False) + opener,
    )
    yield "marks-not-used", ref.chat_text(ref.POCKET, messages, opens)


def _ended(turns: list[tuple[str, str, str]], end: str, role: str, is_that: bool) -> str:
    return "".join(f"{mark}{text}{end if (one == role) is is_that else ''}" for one, mark, text in turns)


def _with_more(marks: Marks, turns: list[tuple[str, str, str]], opener: str) -> Slips:
    """Line breaks, spaces, and contents that were tidied up."""
    begin, end = marks["begin"], marks["end"]
    for gap in ("\n", " "):
        name = "line-breaks-added" if gap == "\n" else "spaces-added"
        whole = [f"{mark}{text}{end}" for _, mark, text in turns]
        yield name, begin + gap.join(whole) + opener
        yield name, begin + "".join(f"{one}{gap}" for one in whole) + opener
        yield name, begin + gap + gap.join(whole) + (gap + opener if opener else "")
        yield name, begin + gap.join(whole) + (gap + opener if opener else "")
        yield name, gap.join([begin, *whole, *([opener] if opener else [])])
        yield name, begin + "".join(f"{mark}{gap}{text}{end}" for _, mark, text in turns) + opener
        yield name, begin + "".join(f"{mark}{gap}{text}{gap}{end}" for _, mark, text in turns) + opener
        yield name, begin + "".join(f"{mark}{gap}{text}{end}{gap}" for _, mark, text in turns) + opener
    for tidy in (str.strip, str.lower, str.rstrip, str.lstrip):
        yield "content-changed", begin + "".join(f"{mark}{tidy(text)}{end}" for _, mark, text in turns) + opener


def of_training_row(messages: list[Message]) -> Slips:
    """training_row."""
    parts, right = ref.pieces(messages), ref.training_row(messages)
    tokens, labels = right["input_ids"], right["labels"]
    begin = tokens[0]
    yield "prompt-learnt", {"labels": tokens}
    yield "prompt-learnt", {"labels": [MASKED, *tokens[1:]]}
    yield "end-masked", ref.row_of(parts, lambda piece: ref.learnt(piece) and piece[1] != "end")
    for role in ("assistant", "user", ""):
        left = [piece for piece in parts if piece[1] != "end" or (role and piece[2] != role)]
        yield "end-missing", ref.row_of(left, ref.learnt)
    yield "end-missing", {"input_ids": tokens[:-1], "labels": labels[:-1]}
    yield "begin-twice", {"input_ids": [begin, *tokens], "labels": [MASKED, *labels]}
    yield "begin-twice", {"input_ids": [begin, *tokens], "labels": [begin, *labels]}
    yield from _with_begins(parts, begin)
    yield "labels-shifted", {"labels": [*labels[1:], MASKED]}
    yield "labels-shifted", {"labels": [MASKED, *labels[:-1]]}
    yield "labels-shifted", {"labels": labels[1:]}
    yield "labels-shifted", {"input_ids": tokens[:-1], "labels": labels[1:]}
    yield "mark-learnt", ref.row_of(parts, lambda piece: piece[2] == "assistant")
    answers = [place for place, piece in enumerate(parts) if piece[1:] == ("content", "assistant")]
    for name, wanted in (("only-the-last-answer", answers[-1:]), ("only-the-first-answer", answers[:1])):
        some = {part for place in wanted for part in (place, place + 1)}
        yield name, {"labels": _labels(parts, lambda place, _, some=some: place in some)}
    yield "user-learnt", ref.row_of(parts, lambda piece: piece[2] not in ("assistant", "") and piece[1] != "mark")
    yield "user-learnt", ref.row_of(parts, lambda piece: piece[2] == "user" and piece[1] != "mark")
    yield "every-end-learnt", ref.row_of(parts, lambda piece: ref.learnt(piece) or piece[1] == "end")
    yield "masked-by-zero", {"labels": [0 if label == MASKED else label for label in labels]}
    yield "masked-by-something-else", {"labels": [-1 if label == MASKED else label for label in labels]}
    mark = ref.ids(ref.POCKET["assistant"])
    yield "opened-at-the-end", {"input_ids": tokens + mark, "labels": [*labels, MASKED]}
    yield "opened-at-the-end", {"input_ids": tokens + mark, "labels": [*labels, *mark]}
    firsts = {n for n, label in enumerate(labels) if label != MASKED and labels[n - 1] == MASKED}
    yield "first-word-masked", {"labels": [MASKED if n in firsts else label for n, label in enumerate(labels)]}
    others = [one for one in messages if one["role"] != "system"]
    yield "system-left-out", ref.training_row(others)
    yield "messages-left-out", ref.training_row(others[:2])
    yield "messages-left-out", ref.training_row(others[-2:])
    inner = [{"role": one["role"], "content": ref.chat_text(ref.POCKET, [one], False)} for one in messages]
    yield "template-applied-twice", ref.training_row(inner)
    bare = [piece for piece in parts if piece[1] != "mark"]
    yield "marks-left-out", ref.row_of(bare, ref.learnt)
    yield "nothing-learnt", {"labels": [MASKED] * len(tokens)}


def _labels(parts: list[Piece], chosen: Any) -> list[int]:
    found: list[int] = []
    for place, piece in enumerate(parts):
        tokens = ref.ids(piece[0])
        found += tokens if chosen(place, piece) else [MASKED] * len(tokens)
    return found


def _with_begins(parts: list[Piece], begin: int) -> Slips:
    """A begin token in front of every piece, whatever the pieces were."""
    joined: list[list[Piece]] = [[parts[0]]]
    for piece in parts[1:]:
        joined[-1].append(piece) if piece[1] == "end" else joined.append([piece])
    turns: list[list[Piece]] = [[parts[0]]]
    for piece in parts[1:]:
        turns.append([piece]) if piece[1] == "mark" else turns[-1].append(piece)
    for groups in (joined, turns, [[piece] for piece in parts]):
        for first in (True, False):
            for masked in (True, False):
                row: Row = {"input_ids": [], "labels": []}
                for number, group in enumerate(groups):
                    added = [begin] if number or first else []
                    own = ref.row_of(group, ref.learnt)
                    is_learnt = not masked and any(map(ref.learnt, group))
                    row["input_ids"] += added + own["input_ids"]
                    row["labels"] += (added if is_learnt else [MASKED] * len(added)) + own["labels"]
                yield "begin-twice", row


def of_loss_of(logits: list[Any], labels: list[Any]) -> Slips:
    """loss_of."""
    rows = ref.surprises(logits, labels)
    every = ref.joined(rows)
    mean = sum(every) / len(every)
    for shift, name in ((0, "not-shifted"), (2, "shifted-twice"), (-1, "shifted-backwards")):
        other = ref.joined(ref.surprises(logits, labels, shift))
        if other:
            yield name, sum(other) / len(other)
    zeros = [[0 if label == MASKED else label for label in row] for row in labels]
    with_zero = ref.joined(ref.surprises(logits, zeros))
    yield "masked-counted", sum(with_zero) / len(with_zero)
    yield "masked-counted", sum(every) / len(with_zero)
    yield "masked-counted", sum(every) / sum(map(len, labels))
    yield "mean-of-rows", sum(sum(row) / len(row) for row in rows if row) / sum(bool(row) for row in rows)
    yield "mean-of-rows", sum(sum(row) / len(row) for row in rows if row) / len(rows)
    yield "summed", sum(every)
    yield "summed", sum(every) / len(rows)
    yield "perplexity", math.exp(mean)
    yield "in-bits", mean / math.log(2)
    yield "sign-turned-round", -mean
    chances = [math.exp(-one) for one in every]
    yield "probabilities-averaged", -math.log(sum(chances) / len(chances))
    yield "probabilities-averaged", sum(chances) / len(chances)
    yield "probabilities-averaged", 1 - sum(chances) / len(chances)
    pairs = [(bets[t], row[t + 1]) for bets, row in zip(logits, labels, strict=True) for t in range(len(row) - 1)]
    raw = [-bets[label] for bets, label in pairs if label != MASKED]
    yield "no-softmax", sum(raw) / len(raw)
    if rows[0]:
        yield "first-row-only", sum(rows[0]) / len(rows[0])
