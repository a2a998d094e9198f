"""What slips come to when rows are cut, planned and padded.

In: rows, lengths. Out: names of slips with what they make.
Does not: leave out a slip that happens to give the right answer (`asking.distinct` does), or put it in words.
"""

import math
from collections.abc import Iterator
from typing import Any

from autograder.checks.lab3.hidden import reference as ref
from autograder.checks.lab3.hidden.reference import MASKED, Row

Slips = Iterator[tuple[str, Any]]
EMPTY: Row = {"input_ids": [], "labels": []}


def of_cut_row(row: Row, max_length: int, policy: str) -> Slips:
    """cut_row."""
    length, right = len(row["input_ids"]), ref.cut_row(row, max_length, policy)
    long = length > max_length
    if right is None:
        yield "empty-for-none", EMPTY
    places = ref.kept_places(length, max_length, policy) if long else list(range(length))
    dropped = long and policy == "drop"
    torn = policy == "cut-prompt" and any(row["labels"][at] != MASKED for at in range(length) if at not in places)
    if not dropped and not torn:
        yield "rows-without-labels-kept", _left(row, places)
        yield "first-label-counted", _if_any(_left(row, places), first=True)
    if length == max_length:
        yield (
            "full-rows-cut",
            None if policy == "drop" else _if_any(_left(row, ref.kept_places(length, length - 1, policy))),
        )
        yield "full-rows-cut", None
    if not long:
        return
    yield "never-cut", row
    yield "always-dropped", None
    if policy == "drop":
        yield "drop-not-done", _if_any(_left(row, ref.kept_places(length, max_length, "cut-answer")))
        yield "drop-not-done", _if_any(_left(row, ref.kept_places(length, max_length, "cut-prompt")))
        return
    yield from _of_places(row, max_length, policy, right)


def _of_places(row: Row, max_length: int, policy: str, right: Row | None) -> Slips:
    """Other places kept than the policy says."""
    length, answer = len(row["input_ids"]), policy == "cut-answer"
    other = "cut-prompt" if answer else "cut-answer"
    last = list(range(length - max_length, length))
    wrong_side = [ref.kept_places(length, max_length, other), *([last] if answer else [])]
    for places in wrong_side:
        yield "cut-from-the-wrong-side", _if_any(_left(row, places))
        yield "cut-from-the-wrong-side", _whole(row, places)
    for change in (-1, 1):
        shifted = ref.kept_places(length, max_length + change, policy)
        yield "one-token-off", _if_any(_left(row, shifted)) if answer else _whole(row, shifted)
    if not answer:
        yield "begin-lost", _whole(row, last)
        yield "begin-lost", _whole(row, list(range(length - max_length + 1, length)))
        yield "torn-answers-kept", _if_any(_left(row, ref.kept_places(length, max_length, policy)))
    else:
        first = row["labels"][max_length - 1]
        cut = _left(row, list(range(max_length)))
        end = row["input_ids"][-1]
        for label in (end, MASKED):
            put = {"input_ids": [*cut["input_ids"][:-1], end], "labels": [*cut["labels"][:-1], label]}
            yield "end-put-back", _if_any(put)
            yield "end-put-back", _if_any({"input_ids": [*cut["input_ids"], end], "labels": [*cut["labels"], label]})
        whole = all(one == MASKED for one in row["labels"][max_length:])
        yield "torn-answers-dropped", _if_any(cut) if whole else None
        yield "torn-answers-dropped", None if first != MASKED else _if_any(cut)
    if right is not None:
        ids, labels = row["input_ids"], row["labels"]
        for one in (labels[:max_length], labels[-max_length:], labels):
            yield "labels-cut-elsewhere", {"labels": one}
        for one in (ids[:max_length], ids[-max_length:], ids):
            yield "labels-cut-elsewhere", {"input_ids": one}


def _left(row: Row, places: list[int]) -> Row:
    return ref.taken(row, places)


def _if_any(row: Row, *, first: bool = False) -> Row | None:
    labels = row["labels"] if first else row["labels"][1:]
    return row if any(label != MASKED for label in labels) else None


def _whole(row: Row, places: list[int]) -> Row | None:
    """As cut-prompt: None where a label would go."""
    lost = [label for place, label in enumerate(row["labels"]) if place not in places]
    return None if any(label != MASKED for label in lost) else _if_any(_left(row, places))


def of_batch_plan(lengths: list[int], size: int) -> Slips:
    """batch_plan."""
    numbers, right = list(range(len(lengths))), ref.batch_plan(lengths, size)
    whole = len(lengths) // size * size
    order = sorted(numbers, key=lambda number: -lengths[number])
    yield "last-batch-dropped", _in(order[:whole], size)
    yield "not-sorted", _in(numbers, size)
    rising = sorted(numbers, key=lambda number: lengths[number])
    yield "shortest-first", _in(rising, size)
    yield "shortest-first", right[::-1]
    yield "shortest-first", [batch[::-1] for batch in right[::-1]]
    yield "ties-turned-round", _in(sorted(numbers, key=lambda number: (-lengths[number], -number)), size)
    yield "ties-turned-round", _in(rising[::-1], size)
    yield "lengths-for-numbers", [[lengths[number] for number in batch] for batch in right]
    yield "size-taken-for-count", _in(order, max(1, math.ceil(len(order) / size)))
    yield "not-in-batches", order
    yield "sorted-inside-batches-only", [sorted(batch, key=lambda n: -lengths[n]) for batch in _in(numbers, size)]
    if whole < len(lengths):
        yield "last-batch-filled-up", [*right[:-1], (right[-1] + order)[:size]]
        yield "last-batch-filled-up", [*right[:-1], (right[-1] * size)[:size]]
    places = {length: number for number, length in enumerate(lengths)}
    firsts = {length: number for number, length in reversed(list(enumerate(lengths)))}
    ordered = sorted(lengths, reverse=True)
    for table in (places, firsts):
        yield "equals-taken-twice", _in([table[length] for length in ordered], size)


def _in(order: list[int], size: int) -> list[list[int]]:
    return [order[at : at + size] for at in range(0, len(order), size)]


def of_pad_batch(rows: list[Row], pad_id: int, side: str) -> Slips:
    """pad_batch."""
    right, other = ref.pad_batch(rows, pad_id, side), "left" if side == "right" else "right"
    all_ids, all_labels = [row["input_ids"] for row in rows], [row["labels"] for row in rows]
    width = max(map(len, all_ids))

    def fill(values: list[list[int]], filler: int, where: str = side, to: int = width) -> list[list[int]]:
        return [ref.filled(one, to, filler, where) for one in values]

    for filler in (pad_id, 0):
        yield "padding-learnt", {"labels": fill(all_labels, filler)}
    for filler in (0, 1, 2, -1, MASKED):
        yield "padded-with-something-else", {"input_ids": fill(all_ids, filler)}
    yield "mask-of-ones", {"attention_mask": [[1] * width for _ in rows]}
    yield (
        "mask-from-the-ids",
        {"attention_mask": [[int(token != pad_id) for token in one] for one in right["input_ids"]]},
    )
    yield (
        "mask-from-the-labels",
        {"attention_mask": [[int(label != MASKED) for label in one] for one in right["labels"]]},
    )
    yield "mask-turned-round", {"attention_mask": [[1 - one for one in row] for row in right["attention_mask"]]}
    yield "sides-swapped", ref.pad_batch(rows, pad_id, other)
    for always in ("right", "left"):
        yield f"always-on-the-{always}", ref.pad_batch(rows, pad_id, always)
    for one in ("labels", "attention_mask", "input_ids"):
        for always in ("right", "left"):
            yield "parts-on-different-sides", {one: ref.pad_batch(rows, pad_id, always)[one]}
    yield (
        "not-padded",
        {"input_ids": all_ids, "labels": all_labels, "attention_mask": [[1] * len(one) for one in all_ids]},
    )
    yield "labels-from-the-ids", {"labels": fill(all_ids, MASKED)}
    yield "labels-from-the-ids", {"labels": right["input_ids"]}
    wider = [fill(values, filler, side, width + 1) for values, filler in ((all_ids, pad_id), (all_labels, MASKED))]
    mask = fill([[1] * len(one) for one in all_ids], 0, side, width + 1)
    yield "one-filler-too-many", {"input_ids": wider[0], "labels": wider[1], "attention_mask": mask}
    order = sorted(range(len(rows)), key=lambda number: -len(all_ids[number]))
    yield "rows-sorted", ref.pad_batch([rows[number] for number in order], pad_id, side)
    shifted = [[*labels[1:], MASKED] for labels in all_labels]
    yield "labels-shifted", {"labels": fill(shifted, MASKED)}
    first = [[MASKED, *labels[1:]] for labels in all_labels]
    yield "first-label-masked", {"labels": fill(first, MASKED)}
