"""What slips come to in a report on truncation, and in a batch.

In: rows, a length, an id. Out: names of slips with their reports or batches.
Does not: leave out a slip that happens to give the right one (`making` does), or say what a slip is in words.
"""

from collections.abc import Callable
from typing import Any

from autograder.checks.lab2.hidden import reference as ref
from autograder.checks.lab2.hidden.reference import MASKED, Rows
from autograder.checks.lab2.hidden.slips_weights import Slips

Row = dict[str, list[int]]
Batch = dict[str, list[list[int]]]


def of_truncation_report(rows: Rows, max_length: int, end_id: int) -> Slips:
    """truncation_report."""
    ids = [row["input_ids"] for row in rows]
    long = [one for one in ids if len(one) > max_length]
    full = [one for one in ids if len(one) >= max_length]
    yield "full-counted-as-cut", {"cut": len(full), "lost_end": sum(one[-1] == end_id for one in full)}
    yield "full-counted-as-cut", {"cut": len(full)}
    yield "full-counted-as-cut", {"lost_end": sum(one[-1] == end_id for one in full)}
    yield "uncut-counted", {"cut": len(ids) - len(long)}
    yield "all-tokens-counted", {"tokens_lost": sum(map(len, long))}
    yield "all-tokens-counted", {"tokens_lost": sum(map(len, ids))}
    yield "kept-tokens-counted", {"tokens_lost": sum(min(len(one), max_length) for one in ids)}
    yield "kept-tokens-counted", {"tokens_lost": max_length * len(long)}
    yield "padding-taken-off", {"tokens_lost": sum(len(one) - max_length for one in ids)}
    yield "padding-taken-off", {"tokens_lost": sum(abs(len(one) - max_length) for one in ids)}
    yield "one-token-too-many", {"tokens_lost": sum(len(one) - max_length + 1 for one in long)}
    yield "one-token-too-many", {"tokens_lost": sum(len(one) - max_length + 1 for one in full)}
    beyond = [label for row in rows for label in row["labels"][max_length:]]
    yield "learnt-tokens-counted", {"tokens_lost": sum(label != MASKED for label in beyond)}
    yield "longest-only", {"tokens_lost": max((len(one) - max_length for one in long), default=0)}
    yield "every-cut-row-lost-its-end", {"lost_end": len(long)}
    yield "missing-end-counted-as-lost", {"lost_end": sum(end_id not in one[:max_length] for one in ids)}
    yield "missing-end-counted-as-lost", {"lost_end": sum(one[:max_length][-1:] != [end_id] for one in ids)}
    yield "missing-end-counted-as-lost", {"lost_end": sum(one[max_length - 1] != end_id for one in long)}
    yield "missing-end-counted-as-lost", {"lost_end": sum(end_id not in one[:max_length] for one in long)}
    yield "any-end-counted", {"lost_end": sum(end_id in one[max_length:] for one in long)}
    yield "any-end-counted", {"lost_end": sum(one[max_length:].count(end_id) for one in long)}
    yield "ends-that-stay-counted", {"lost_end": sum(one[-1:] == [end_id] for one in ids)}
    yield from _of_labels(rows, max_length)
    report = ref.truncation_report(rows, max_length, end_id)
    yield "shares-not-counts", {name: value / max(len(rows), 1) for name, value in report.items()}


def _of_labels(rows: Rows, max_length: int) -> Slips:
    """What is wrong with the rows that are left without a label."""
    yield "first-token-counted", {"no_label": _without(rows, lambda r: r["labels"][:max_length])}
    yield "uncut-labels-looked-at", {"no_label": _without(rows, lambda r: r["labels"][1:])}
    yield "uncut-labels-looked-at", {"no_label": _without(rows, lambda r: r["labels"])}
    long = [row for row in rows if len(row["labels"]) > max_length]
    yield "uncut-rows-overlooked", {"no_label": sum(not ref.learns(row, max_length) for row in long)}
    yield "one-label-too-many", {"no_label": _without(rows, lambda r: r["labels"][1 : max_length + 1])}
    yield "one-label-too-few", {"no_label": _without(rows, lambda r: r["labels"][1 : max_length - 1])}
    yield "any-masked-label", {"no_label": sum(MASKED in row["labels"][1:max_length] for row in rows)}
    yield "any-masked-label", {"no_label": sum(MASKED in row["labels"][:max_length] for row in rows)}
    yield "last-label-alone", {"no_label": sum(row["labels"][:max_length][-1] == MASKED for row in rows)}
    yield "learnt-rows-counted", {"no_label": sum(ref.learns(row, max_length) for row in rows)}
    yield "masked-by-zero", {"no_label": sum(not any(row["labels"][1:max_length]) for row in rows)}
    yield "masked-by-zero", {"no_label": sum(all(label <= 0 for label in row["labels"][1:max_length]) for row in rows)}
    yield "cut-from-the-left", {"no_label": _without(rows, lambda r: r["labels"][-max_length:][1:])}


def _without(rows: Rows, labels: Callable[[Row], list[int]]) -> int:
    return sum(all(label == MASKED for label in labels(row)) for row in rows)


def of_collate(rows: Rows, max_length: int, pad_id: int) -> Slips:
    """collate."""
    right = ref.collate(rows, max_length, pad_id)
    kept = [row for row in rows if ref.learns(row, max_length)]
    cut = [_cut(row, max_length) for row in kept]
    everything = [_cut(row, max_length) for row in rows]
    longest = max((len(row["input_ids"]) for row in rows), default=0)
    if right is None:
        yield "empty-batch-made", {"input_ids": [], "attention_mask": [], "labels": []}
    yield "unlearnable-rows-kept", _padded(everything, pad_id)
    yield "first-token-counted", _padded([r for r in everything if _learnt(r["labels"])], pad_id)
    uncut = [_cut(row, max_length) for row in rows if _learnt(row["labels"][1:])]
    yield "uncut-labels-looked-at", _padded(uncut, pad_id)
    yield "uncut-labels-looked-at", _padded([_cut(r, max_length) for r in rows if _learnt(r["labels"])], pad_id)
    yield "long-rows-dropped", _padded([row for row in kept if len(row["input_ids"]) <= max_length], pad_id)
    yield "not-cut", _padded([row for row in rows if _learnt(row["labels"][1:])], pad_id)
    yield "not-cut", _padded(kept, pad_id)
    left = [{key: values[-max_length:] for key, values in row.items()} for row in rows]
    yield "cut-from-the-left", _padded([row for row in left if _learnt(row["labels"][1:])], pad_id)
    yield "cut-from-the-left", _padded([{key: row[key][-max_length:] for key in row} for row in kept], pad_id)
    yield "one-token-less", _padded([_cut(row, max_length - 1) for row in kept], pad_id)
    elsewhere = [_cut(row, max_length) | {"labels": row["labels"][-max_length:]} for row in kept]
    yield "labels-cut-elsewhere", _padded(elsewhere, pad_id)
    if right is not None:
        yield from _of_padding(right, cut, pad_id)
        yield "padded-to-max-length", _padded(cut, pad_id, least=max_length)
        yield "padded-to-the-dropped", _padded(cut, pad_id, least=min(longest, max_length))
        yield "padded-to-the-uncut", _padded(cut, pad_id, least=longest)
        yield "always-none", None


def _of_padding(right: Batch, cut: Rows, pad_id: int) -> Slips:
    """What is wrong with a batch of the right rows."""
    yield "padding-learnt", _padded(cut, pad_id, label=0)
    yield "padding-learnt", _padded(cut, pad_id, label=pad_id)
    yield "padded-with-something-else", _padded(cut, 0)
    yield "padded-with-something-else", _padded(cut, MASKED)
    yield "padded-on-the-left", _padded(cut, pad_id, left=True)
    ids, mask, labels = right["input_ids"], right["attention_mask"], right["labels"]
    yield "mask-turned-round", _padded(cut, pad_id, mask=(0, 1))
    yield "mask-of-ones", right | {"attention_mask": [[1] * len(one) for one in ids]}
    yield "mask-from-the-ids", right | {"attention_mask": [[int(token != pad_id) for token in one] for one in ids]}
    yield (
        "mask-from-the-labels",
        right | {"attention_mask": [[int(label != MASKED) for label in one] for one in labels]},
    )
    pairs = [list(zip(*both, strict=True)) for both in zip(ids, mask, strict=True)]
    yield "labels-from-the-ids", right | {"labels": [[one if seen else MASKED for one, seen in row] for row in pairs]}
    yield "labels-shifted", right | {"labels": [[*one[1:], MASKED] for one in labels]}
    yield "first-label-masked", right | {"labels": [[MASKED, *one[1:]] for one in labels]}
    whole = {key: [row[key] for row in cut] for key in ("input_ids", "labels")}
    yield "not-padded", whole | {"attention_mask": [[1] * len(one) for one in whole["labels"]]}
    yield "rows-sorted", _padded(sorted(cut, key=lambda row: len(row["labels"])), pad_id)
    yield "rows-sorted", _padded(sorted(cut, key=lambda row: -len(row["labels"])), pad_id)


def _learnt(labels: list[int]) -> bool:
    return any(label != MASKED for label in labels)


def _cut(row: Row, length: int) -> Row:
    return {key: values[:length] for key, values in row.items()}


def _padded(
    rows: Rows, pad_id: int, *, label: int = MASKED, mask: tuple[int, int] = (1, 0), least: int = 0, left: bool = False
) -> Any:
    """The rows as a batch; None where there is none."""
    if not rows:
        return None
    longest = max([least, *(len(row["input_ids"]) for row in rows)])

    def fill(values: list[int], filler: int) -> list[int]:
        missing = [filler] * (longest - len(values))
        return missing + values if left else values + missing

    return {
        "input_ids": [fill(row["input_ids"], pad_id) for row in rows],
        "attention_mask": [fill([mask[0]] * len(row["input_ids"]), mask[1]) for row in rows],
        "labels": [fill(row["labels"], label) for row in rows],
    }
