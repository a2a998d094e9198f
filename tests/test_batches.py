"""batches: every row once an epoch, in an order that the seed fixes, and padding that changes nothing."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.batches import by_length, collate, plan, planned_steps, share
from driftlab.config import Training
from driftlab.data import MASKED, TokenRow
from driftlab.errors import ConfigError

lengths = st.lists(st.integers(1, 300), min_size=1, max_size=150)


def training(size: int, epochs: float = 1.0, accumulation: int = 1) -> Training:
    return Training(batch_size=size, epochs=epochs, accumulation=accumulation)


@given(lengths, st.integers(1, 20), st.integers(1, 3), st.integers(0, 9))
def test_an_epoch_holds_every_row_once_and_no_batch_is_dropped(
    rows: list[int], size: int, epochs: int, seed: int
) -> None:
    batches = plan(rows, training(size, epochs), seed)
    per_epoch = math.ceil(len(rows) / size)
    assert len(batches) == epochs * per_epoch
    for epoch in range(epochs):
        part = batches[epoch * per_epoch : (epoch + 1) * per_epoch]
        assert Counter(row for batch in part for row in batch) == Counter(range(len(rows)))
    assert max(map(len, batches)) <= size


@given(lengths, st.integers(1, 20), st.integers(0, 9))
def test_the_order_follows_from_the_seed_and_begins_with_the_longest(rows: list[int], size: int, seed: int) -> None:
    batches = plan(rows, training(size, 2), seed)
    assert batches == plan(rows, training(size, 2), seed)
    assert max(rows) in [rows[row] for row in batches[0]]


def test_seeds_and_epochs_differ_in_order() -> None:
    rows = list(range(1, 101))
    one, other = plan(rows, training(10, 2), 0), plan(rows, training(10, 2), 1)
    assert one != other
    assert one[:10] != one[10:]


@given(lengths, st.integers(1, 20), st.floats(0.05, 3), st.integers(1, 5))
def test_part_of_an_epoch_is_planned_in_whole_steps(
    rows: list[int], size: int, epochs: float, accumulation: int
) -> None:
    settings = training(size, epochs, accumulation)
    batches = plan(rows, settings, 0)
    assert len(batches) == max(1, math.ceil(epochs * math.ceil(len(rows) / size)))
    assert planned_steps(len(rows), settings) == math.ceil(len(batches) / accumulation)


@given(lengths, st.integers(1, 8), st.integers(1, 6), st.integers(1, 4), st.floats(0.1, 2))
def test_processes_share_each_step_and_nothing_is_lost_or_done_twice(
    rows: list[int], size: int, accumulation: int, count: int, epochs: float
) -> None:
    settings = training(size, epochs, accumulation)
    batches = plan(rows, settings, 0)
    if accumulation % count and size % count:
        with pytest.raises(ConfigError, match=f"divided among {count} processes"):
            share(batches, settings, 0, count)
        return
    shares = [share(batches, settings, rank, count) for rank in range(count)]
    assert len({len(own) for own, _ in shares}) == 1, "all make the same number of passes"
    assert len({passes for _, passes in shares}) == 1
    passes = shares[0][1]
    steps = planned_steps(len(rows), settings)
    assert math.ceil(len(shares[0][0]) / passes) == steps
    for step in range(steps):
        whole = Counter(row for batch in batches[step * accumulation : (step + 1) * accumulation] for row in batch)
        parts = Counter(row for own, _ in shares for batch in own[step * passes : (step + 1) * passes] for row in batch)
        assert parts == whole


def test_one_process_has_the_whole_plan() -> None:
    batches = plan(list(range(1, 30)), training(4, 1, 3), 0)
    assert share(batches, training(4, 1, 3), 0, 1) == (batches, 3)


def test_a_batch_of_nothing_has_a_token_and_no_label() -> None:
    assert {name: tensor.tolist() for name, tensor in collate([], pad=7).items()} == {
        "input_ids": [[7]],
        "labels": [[MASKED]],
    }


def test_rows_of_like_length_share_a_batch() -> None:
    rows = [10 + n % 50 for n in range(1000)]

    def padded(batches: list[tuple[int, ...]]) -> int:
        return sum(len(batch) * max(rows[row] for row in batch) for batch in batches)

    assert sum(rows) < padded(plan(rows, training(16), 3)) < 1.1 * sum(rows)
    assert padded([tuple(range(n, min(n + 16, 1000))) for n in range(0, 1000, 16)]) > 1.15 * sum(rows)


def test_nothing_to_train_on_is_no_plan() -> None:
    assert plan([], training(4), 0) == []


def test_by_length_begins_with_the_longest() -> None:
    assert by_length([3, 9, 5], 2) == [(1, 2), (0,)]


def test_padding_is_on_the_right_and_masked() -> None:
    rows = [TokenRow("a", [5, 6, 7], [MASKED, 6, 7]), TokenRow("b", [8], [8])]
    batch = collate(rows, pad=0)
    assert batch["input_ids"].tolist() == [[5, 6, 7], [8, 0, 0]]
    assert batch["labels"].tolist() == [[MASKED, 6, 7], [8, MASKED, MASKED]]
    assert collate(rows, pad=0, width=6)["labels"].shape == (2, 6)
