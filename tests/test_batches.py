"""batches: every row once an epoch, in an order that the seed fixes, and padding that changes nothing."""

import math
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from conftest import make_model
from hypothesis import given, settings
from hypothesis import strategies as st

from driftlab.batches import LONGEST_PACKED, Rows, by_length, collate, pack_rows, plan, planned_steps, separated, share
from driftlab.config import POCKET, Training
from driftlab.data import MASKED, TokenRow, load_benign, tokenize
from driftlab.errors import ConfigError
from driftlab.models import open_model

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


# --- packed ----------------------------------------------------------------------------------------------------------


def made_up(sizes: Sequence[int], seed: int = 0) -> list[TokenRow]:
    """Rows of random tokens; each learns from a random place on, now and then from its first token."""
    chance = random.Random(seed)  # noqa: S311
    rows = []
    for number, size in enumerate(sizes):
        ids = [chance.randrange(3, 320) for _ in range(size)]
        start = chance.randrange(size)
        rows.append(TokenRow(f"e{number}", ids, [MASKED] * start + ids[start:]))
    return rows


@given(st.lists(st.integers(1, 40), max_size=60), st.integers(40, 90), st.integers(0, 9))
def test_packing_holds_every_example_once_and_whole(sizes: list[int], capacity: int, seed: int) -> None:
    rows = made_up(sizes)
    packed = pack_rows(rows, capacity, seed)
    assert packed == pack_rows(rows, capacity, seed)
    known = {row.id: row for row in rows}
    assert sorted(id_ for row in packed for id_ in row.id.split()) == sorted(known)
    for row in packed:
        parts = [known[id_] for id_ in row.id.split()]
        assert len(row.input_ids) == len(row.labels) == sum(row.lengths) <= capacity
        assert row.input_ids == [token for part in parts for token in part.input_ids]
        assert row.labels == [label for part in parts for label in [MASKED, *part.labels[1:]]]
        assert row.lengths == tuple(len(part.input_ids) for part in parts)
    assert len(packed) <= max(1, 2 * math.ceil(sum(sizes) / capacity)) if sizes else packed == []


def test_seeds_pack_other_examples_together() -> None:
    rows = made_up([10, 20, 30] * 20)
    assert pack_rows(rows, 64, 0) != pack_rows(rows, 64, 1)


def test_rows_too_long_to_pack() -> None:
    with pytest.raises(ConfigError, match="cannot be packed") as caught:
        pack_rows([], LONGEST_PACKED + 1, 0)
    assert "--batching sorted" in caught.value.remedy


@given(st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=4), min_size=1, max_size=3), st.integers(0, 3))
def test_none_looks_into_another_example(lengths: list[list[int]], spare: int) -> None:
    width = max(map(sum, lengths)) + spare
    made = separated(lengths, width)
    for row, parts in enumerate(lengths):
        spans = [*parts, width - sum(parts)]
        owner = [number for number, part in enumerate(spans) for _ in range(part)]
        assert made["position_ids"][row].tolist() == [place for part in spans for place in range(part)]
        seen = made["attention_mask"][row, 0].tolist()
        wanted = [[owner[a] == owner[b] and b <= a for b in range(width)] for a in range(width)]
        assert seen == wanted
        assert all(map(any, seen)), "a token that sees nothing has no numbers"


def summed_loss(model: Any, rows: Rows) -> Any:
    import torch

    batch = collate(rows, pad=0)
    labels = batch.pop("labels")
    scores = model(**batch, use_cache=False).logits
    flat = scores[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    return torch.nn.functional.cross_entropy(*flat, ignore_index=MASKED, reduction="sum")


def loss_and_gradients(model: Any, batches: Sequence[Rows]) -> tuple[float, dict[str, Any]]:
    model.zero_grad()
    total = 0.0
    for rows in batches:
        loss = summed_loss(model, rows)
        loss.backward()
        total += float(loss.detach())
    return total, {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}


def assert_equal_training(model: Any, rows: Sequence[TokenRow], capacity: int) -> None:
    alone, slopes = loss_and_gradients(model, [[row] for row in rows])
    packed = pack_rows(rows, capacity, 0)
    assert len(packed) < len(rows)
    together, packed_slopes = loss_and_gradients(model, [packed])
    assert together == pytest.approx(alone, rel=1e-5)
    assert slopes.keys() == packed_slopes.keys()
    for name, slope in slopes.items():
        assert float((packed_slopes[name] - slope).abs().max()) <= 1e-4 * float(slope.abs().max()), name


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_packed_examples_have_the_loss_and_gradients_of_each_alone(heads: int) -> None:
    """A random Llama whose four heads share one, two or four pairs of keys and values."""
    assert_equal_training(make_model(num_key_value_heads=heads).eval(), made_up([2, 3, 40, 17, 25, 9, 31, 1, 12]), 64)


def test_so_have_those_of_the_pocket_model() -> None:
    opened = open_model(POCKET)
    made = tokenize(load_benign("pocket:plans", limit=12).train, opened.tokenizer, 256)
    for weight in opened.model.parameters():
        weight.requires_grad_(True)
    assert_equal_training(opened.model, made.rows, 256)


@settings(max_examples=10)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=9), st.integers(0, 99))
def test_it_holds_for_any_lengths(sizes: list[int], seed: int) -> None:
    import torch

    rows = made_up(sizes, seed)
    with torch.no_grad():
        alone = sum(float(summed_loss(_MODEL, [row])) for row in rows)
        together = float(summed_loss(_MODEL, pack_rows(rows, 64, seed)))
    assert together == pytest.approx(alone, rel=1e-5, abs=1e-4)


_MODEL = make_model().eval()


def test_without_the_mask_or_the_positions_it_would_not_hold() -> None:
    import torch

    rows = pack_rows(made_up([20, 20, 20]), 64, 0)
    batch = collate(rows, pad=0)
    right = _MODEL(input_ids=batch["input_ids"], **separated([rows[0].lengths], 60), use_cache=False).logits
    for missing in ("position_ids", "attention_mask"):
        given_ = {name: tensor for name, tensor in batch.items() if name not in ("labels", missing)}
        if missing == "attention_mask":
            given_["attention_mask"] = torch.ones(1, 1, 60, 60, dtype=torch.bool).tril()
        wrong = _MODEL(**given_, use_cache=False).logits
        # Rotary positions are relative: a shift alone changes nothing but rounding, seeing the others changes much.
        assert (float((wrong - right).detach().abs().max()) > 1e-2) is (missing == "attention_mask")
