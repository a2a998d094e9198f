"""What slips come to when rows are cut, planned and padded.

In: rows, lengths. Out: names of slips with what they make.
Does not: leave out a slip that happens to give the right answer (`asking.distinct` does), or put it in words.
"""

import itertools
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
        for how in ("cut-answer", "cut-prompt"):
            yield "drop-not-done", _if_any(_left(row, ref.kept_places(length, max_length, how)))
        yield "drop-not-done", _if_any(row)
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
        yield "first-label-called-lost", None if row["labels"][0] != MASKED else right
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
    yield from _so_many(order, size)
    yield "not-in-batches", order
    yield "sorted-inside-batches-only", [sorted(batch, key=lambda n: -lengths[n]) for batch in _in(numbers, size)]
    if whole < len(lengths):
        yield "last-batch-filled-up", [*right[:-1], (right[-1] + order)[:size]]
        yield "last-batch-filled-up", [*right[:-1], (right[-1] * size)[:size]]
        missing = size - len(right[-1])
        for filler in (-1, right[-1][-1]):
            yield "last-batch-filled-up", [*right[:-1], right[-1] + [filler] * missing]
        yield "last-batch-filled-up", [*right[:-1], order[-size:]]
    places = {length: number for number, length in enumerate(lengths)}
    firsts = {length: number for number, length in reversed(list(enumerate(lengths)))}
    ordered = sorted(lengths, reverse=True)
    for table in (places, firsts):
        yield "equals-taken-twice", _in([table[length] for length in ordered], size)
        yield "equals-lost", _in([table[length] for length in sorted(table, reverse=True)], size)


def _in(order: list[int], size: int) -> list[list[int]]:
    return [order[at : at + size] for at in range(0, len(order), size)]


def _so_many(order: list[int], count: int) -> Slips:
    """That many batches, in each of the usual ways."""
    name, (each, more) = "size-taken-for-count", divmod(len(order), count)
    yield name, _in(order, max(1, math.ceil(len(order) / count)))
    yield name, [order[start::count] for start in range(count)]
    starts = [number * each + min(number, more) for number in range(count + 1)]
    yield name, [order[start:stop] for start, stop in itertools.pairwise(starts)]


def of_pad_batch(rows: list[Row], pad_id: int, side: str) -> Slips:
    """pad_batch."""
    right, other = ref.pad_batch(rows, pad_id, side), "left" if side == "right" else "right"
    all_ids, all_labels = [row["input_ids"] for row in rows], [row["labels"] for row in rows]
    width = max(map(len, all_ids))

    def fill(values: list[list[int]], filler: int, to: int = width) -> list[list[int]]:
        return [ref.filled(one, to, filler, side) for one in values]

    for filler in (pad_id, 0):
        yield "padding-learnt", {"labels": fill(all_labels, filler)}
    for filler in (0, 1, 2, -1, MASKED):
        yield "padded-with-something-else", {"input_ids": fill(all_ids, filler)}
    yield from _of_mask(right, pad_id, width)
    yield from _of_sides(rows, pad_id, side, other)
    ones = [[1] * len(one) for one in all_ids]
    yield "not-padded", {"input_ids": all_ids, "labels": all_labels, "attention_mask": ones}
    least = min(map(len, all_ids))
    for cut in (slice(least), slice(-least, None)):
        short = [[one[cut] for one in values] for values in (all_ids, all_labels, ones)]
        yield "cut-to-the-shortest", dict(zip(("input_ids", "labels", "attention_mask"), short, strict=True))
    yield "labels-from-the-ids", {"labels": fill(all_ids, MASKED)}
    yield "labels-from-the-ids", {"labels": right["input_ids"]}
    yield "labels-from-the-ids", {"labels": _without(right["input_ids"], pad_id)}
    yield "pad-token-masked", {"labels": _without(right["labels"], pad_id)}
    wider = {"input_ids": fill(all_ids, pad_id, width + 1), "labels": fill(all_labels, MASKED, width + 1)}
    yield "one-filler-too-many", wider | {"attention_mask": fill(ones, 0, width + 1)}
    order = sorted(range(len(rows)), key=lambda number: -len(all_ids[number]))
    yield "rows-sorted", ref.pad_batch([rows[number] for number in order], pad_id, side)
    yield "rows-sorted", ref.pad_batch([rows[number] for number in order[::-1]], pad_id, side)
    for shifted in ([[*labels[1:], MASKED] for labels in all_labels], [labels[1:] for labels in all_labels]):
        yield "labels-shifted", {"labels": fill(shifted, MASKED)}
    yield "first-label-masked", {"labels": fill([[MASKED, *labels[1:]] for labels in all_labels], MASKED)}


def _without(rows: list[list[int]], token: int) -> list[list[int]]:
    """The rows with that token masked, wherever it stands."""
    return [[MASKED if one == token else one for one in row] for row in rows]


def _of_mask(right: dict[str, list[list[int]]], pad_id: int, width: int) -> Slips:
    """Masks that are made of something else than the rows' lengths."""
    ids, labels, mask = right["input_ids"], right["labels"], right["attention_mask"]
    for name, made in (
        ("mask-of-ones", [[1] * width for _ in ids]),
        ("mask-from-the-ids", [[int(token != pad_id) for token in one] for one in ids]),
        ("mask-from-the-labels", [[int(label != MASKED) for label in one] for one in labels]),
        ("mask-turned-round", [[1 - one for one in row] for row in mask]),
    ):
        yield name, {"attention_mask": made}


def _of_sides(rows: list[Row], pad_id: int, side: str, other: str) -> Slips:
    """Filler on another side than was asked for, in all parts or in some."""
    yield "sides-swapped", ref.pad_batch(rows, pad_id, other)
    for always in ("right", "left"):
        padded = ref.pad_batch(rows, pad_id, always)
        yield f"always-on-the-{always}", padded
        for count in (1, 2):
            for names in itertools.combinations(padded, count):
                yield "parts-on-different-sides", {name: padded[name] for name in names}
