"""What slips come to in a conversation's labels and its loss.

In: messages; logits and labels. Out: names of slips with what they make.
Does not: leave out a slip that happens to give the right answer (`asking.distinct` does), or put it in words.
"""

import itertools
import math
from collections.abc import Iterator
from typing import Any

from autograder.checks.lab3.hidden import reference as ref
from autograder.checks.lab3.hidden.reference import MASKED, Message, Piece, Row

Slips = Iterator[tuple[str, Any]]


def of_training_row(messages: list[Message]) -> Slips:
    """training_row."""
    parts, right = ref.pieces(messages), ref.training_row(messages)
    tokens, labels = right["input_ids"], right["labels"]
    begin, mark = tokens[0], ref.ids(ref.POCKET["assistant"])
    yield "later-prompts-learnt", {"labels": _labels(parts, lambda place, _: place > _first_mark(parts))}
    yield from _of_learnt(parts, tokens)
    yield "begin-learnt", {"labels": [begin, *labels[1:]]}
    for role in ("assistant", "user", ""):
        left = [piece for piece in parts if piece[1] != "end" or (role and piece[2] != role)]
        yield "end-missing", ref.row_of(left, ref.learnt)
    yield "end-missing", {"input_ids": tokens[:-1], "labels": labels[:-1]}
    for label in (MASKED, begin):
        yield "begin-twice", {"input_ids": [begin, *tokens], "labels": [label, *labels]}
    yield from _with_begins(parts, begin)
    yield "labels-shifted", {"labels": [*labels[1:], MASKED]}
    yield "labels-shifted", {"labels": [MASKED, *labels[:-1]]}
    yield "labels-shifted", {"labels": labels[1:]}
    yield "labels-shifted", {"input_ids": tokens[:-1], "labels": labels[1:]}
    for filler in (0, -1, 100, None):
        name = "masked-by-zero" if filler == 0 else "masked-by-something-else"
        yield name, {"labels": [filler if label == MASKED else label for label in labels]}
    for label_of_mark in ([MASKED], mark):
        yield "opened-at-the-end", {"input_ids": tokens + mark, "labels": [*labels, *label_of_mark]}
    yield from _of_messages(messages)
    bare = [piece for piece in parts if piece[1] != "mark"]
    yield "marks-left-out", ref.row_of(bare, ref.learnt)


def _of_learnt(parts: list[Piece], tokens: list[int]) -> Slips:
    """Other pieces learnt than the assistant's contents and ends."""
    yield "prompt-learnt", {"labels": tokens}
    yield "prompt-learnt", {"labels": [MASKED, *tokens[1:]]}
    yield "prompt-learnt", ref.row_of(parts, lambda piece: piece[1] in ("content", "end"))
    yield "prompt-learnt", ref.row_of(parts, lambda piece: piece[1] == "content" or ref.learnt(piece))
    yield "prompt-learnt", ref.row_of(parts, lambda piece: piece[2] in ("user", "assistant") and piece[1] != "mark")
    yield "end-masked", ref.row_of(parts, lambda piece: ref.learnt(piece) and piece[1] != "end")
    yield "mark-learnt", ref.row_of(parts, lambda piece: piece[2] == "assistant")
    answers = [place for place, piece in enumerate(parts) if piece[1:] == ("content", "assistant")]
    for name, wanted in (("only-the-last-answer", answers[-1:]), ("only-the-first-answer", answers[:1])):
        some = {part for place in wanted for part in (place, place + 1)}
        yield name, {"labels": _labels(parts, lambda place, _, some=some: place in some)}
    yield "user-learnt", ref.row_of(parts, lambda piece: piece[2] not in ("assistant", "") and piece[1] != "mark")
    yield "user-learnt", ref.row_of(parts, lambda piece: piece[2] == "user" and piece[1] != "mark")
    yield "every-end-learnt", ref.row_of(parts, lambda piece: ref.learnt(piece) or piece[1] == "end")
    labels = ref.row_of(parts, ref.learnt)["labels"]
    firsts = {n for n, label in enumerate(labels) if label != MASKED and labels[n - 1] == MASKED}
    yield "first-word-masked", {"labels": [MASKED if n in firsts else label for n, label in enumerate(labels)]}
    yield "nothing-learnt", {"labels": [MASKED] * len(tokens)}


def _first_mark(parts: list[Piece]) -> int:
    """The place of the assistant's first mark."""
    return next((place for place, piece in enumerate(parts) if piece[1:] == ("mark", "assistant")), len(parts))


def _of_messages(messages: list[Message]) -> Slips:
    """Messages that are left out, or have their marks already."""
    others = [one for one in messages if one["role"] != "system"]
    yield "system-left-out", ref.training_row(others)
    for some in (messages[:2], messages[-2:], others[:2]):
        yield "messages-left-out", ref.training_row(some)
    turns = [f"{ref.POCKET[one['role']]}{one['content']}{ref.POCKET['end']}" for one in messages]
    for texts in (turns, [ref.POCKET["begin"] + turn for turn in turns]):
        again = [{**one, "content": text} for one, text in zip(messages, texts, strict=True)]
        yield "template-applied-twice", ref.training_row(again)


def _labels(parts: list[Piece], chosen: Any) -> list[int]:
    found: list[int] = []
    for place, piece in enumerate(parts):
        tokens = ref.ids(piece[0])
        found += tokens if chosen(place, piece) else [MASKED] * len(tokens)
    return found


def _with_begins(parts: list[Piece], begin: int) -> Slips:
    """A begin token in front of every piece, whatever the pieces were, and whether a begin mark of its own is there."""
    joined, turns, spans = _groups(parts)
    exchanges = [list(itertools.chain(*spans[at : at + 2])) for at in range(0, len(spans), 2)]
    for groups in (joined, turns, spans, exchanges, [[piece] for piece in parts]):
        first, *later = groups
        for leading, told in (([begin], [first]), ([], [first]), ([begin], [first[1:]] if first[1:] else [])):
            row: Row = {"input_ids": [], "labels": []}
            for number, group in enumerate([*told, *later]):
                added = leading if number == 0 and told else [begin]
                row["input_ids"] += added + ref.row_of(group, ref.learnt)["input_ids"]
                row["labels"] += added if ref.learnt(group[0]) else [MASKED] * len(added)
                row["labels"] += ref.row_of(group, ref.learnt)["labels"]
            yield "begin-twice", row


def _groups(parts: list[Piece]) -> tuple[list[list[Piece]], list[list[Piece]], list[list[Piece]]]:
    """The pieces with each content and its end as one; by turn; by what is learnt as a whole."""
    joined: list[list[Piece]] = [[parts[0]]]
    turns: list[list[Piece]] = [[parts[0]]]
    for piece in parts[1:]:
        joined[-1].append(piece) if piece[1] == "end" else joined.append([piece])
        turns.append([piece]) if piece[1] == "mark" else turns[-1].append(piece)
    return joined, turns, [list(group) for _, group in itertools.groupby(parts, key=ref.learnt)]


def of_loss_of(logits: list[Any], labels: list[Any]) -> Slips:
    """loss_of."""
    rows = ref.surprises(logits, labels)
    every = ref.joined(rows)
    mean = sum(every) / len(every)
    yield from _of_places(logits, labels)
    zeros = [[0 if label == MASKED else label for label in row] for row in labels]
    with_zero = ref.joined(ref.surprises(logits, zeros))
    yield "masked-counted", sum(with_zero) / len(with_zero)
    yield "masked-counted", sum(every) / len(with_zero)
    yield "masked-counted", sum(every) / sum(map(len, labels))
    yield "first-label-counted", sum(every) / sum(label != MASKED for row in labels for label in row)
    means = [sum(row) / len(row) for row in rows if row]
    yield "mean-of-rows", sum(means) / len(means)
    yield "mean-of-rows", sum(means) / len(rows)
    yield "mean-of-rows", sum(means)
    yield "summed", sum(every)
    yield "summed", sum(every) / len(rows)
    yield "perplexity", math.exp(mean)
    yield "in-bits", mean / math.log(2)
    yield "sign-turned-round", -mean
    chances = [math.exp(-one) for one in every]
    yield "probabilities-averaged", -math.log(sum(chances) / len(chances))
    yield "probabilities-averaged", sum(chances) / len(chances)
    yield "probabilities-averaged", -sum(chances) / len(chances)
    yield "probabilities-averaged", 1 - sum(chances) / len(chances)
    yield from _of_softmax(logits, labels)
    if rows[0]:
        yield "first-row-only", sum(rows[0]) / len(rows[0])


def _mean(rows: list[list[float]]) -> float | None:
    """Over all labels; None where none is asked for."""
    every = ref.joined(rows)
    return sum(every) / len(every) if every else None


def _of_places(logits: list[Any], labels: list[Any]) -> Slips:
    """Logits that meet labels of other places than the next."""
    for shift, name in ((0, "not-shifted"), (2, "shifted-twice"), (-1, "shifted-backwards")):
        yield name, _mean(ref.surprises(logits, labels, shift))
    in_one = [ref.joined(logits)], [ref.joined(labels)]
    yield "rows-run-together", _mean(ref.surprises(*in_one))
    for moved in (1, 2):
        name = "rolled-round" if moved == 1 else "shifted-twice"
        rolled = [[*row[1:], row[0]] for row in labels]
        yield name, _mean(ref.surprises(logits, rolled, moved - 1))


def _of_softmax(logits: list[Any], labels: list[Any]) -> Slips:
    """Logits that go through softmax never, twice, or across positions."""
    pairs = [(bets[t], row[t + 1]) for bets, row in zip(logits, labels, strict=True) for t in range(len(row) - 1)]
    raw = [-bets[label] for bets, label in pairs if label != MASKED]
    yield "no-softmax", sum(raw) / len(raw)
    again = [[_softmax(bets) for bets in row] for row in logits]
    yield "softmax-twice", _mean(ref.surprises(again, labels))
    for last in (0, 1):
        chances = [list(zip(*map(_softmax, zip(*row[: len(row) - last], strict=True)), strict=True)) for row in logits]
        told = [
            -math.log(row[t][asked[t + 1]])
            for row, asked in zip(chances, labels, strict=True)
            for t in range(len(asked) - 1)
            if asked[t + 1] != MASKED
        ]
        yield "softmax-across-positions", sum(told) / len(told)


def _softmax(bets: Any) -> list[float]:
    powers = [math.exp(bet) for bet in bets]
    return [power / sum(powers) for power in powers]
