"""Both models read the same rows: in batches of any size, what each says of one row alone."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftlab.inside import forced
from driftlab.inside.forced import Look, Row, Watch, read_both
from driftlab.models import OpenedModel

ROWS = [
    Row([1, *range(40 + n, 40 + n + 3 + 7 * n % 17), 6, 50 + n, 60 + n], range(2 + n % 3, 5 + 7 * n % 17))
    for n in range(11)
]
ROWS[3] = ROWS[3]._replace(watched={ROWS[3].looked[0]: Watch(frozenset({7, 9}), frozenset({50}))})
ROWS[4] = ROWS[4]._replace(watched={ROWS[4].looked[0]: Watch(frozenset(), frozenset({50}))})  # on the way, no end
ROWS[5] = ROWS[5]._replace(looked=[0, 4, len(ROWS[5].ids) - 1])
CLOSE = {"abs": 2e-4, "rel": 2e-3}


def plainly(adapted: OpenedModel, row: Row) -> list[Look]:
    """One row by itself, its whole scores, no batch and no shortcut."""
    import torch

    ids = torch.tensor([list(row.ids)])
    with torch.no_grad():
        after = adapted.model(input_ids=ids).logits[0].log_softmax(-1)
        with adapted.model.disable_adapter():
            before = adapted.model(input_ids=ids).logits[0].log_softmax(-1)
    looks = []
    for n in row.looked:
        sides = before[n], after[n]
        kl = torch.nn.functional.kl_div(sides[1], sides[0], reduction="sum", log_target=True)
        token = row.ids[n + 1] if n + 1 < len(row.ids) else None
        look = Look(float(kl), None if token is None else forced.Sides(*(float(side[token]) for side in sides)))
        if n in row.watched:
            these, apart = row.watched[n]
            rest = [token for token in range(len(sides[0])) if token not in these | apart]
            sums = [[float(side[sorted(which)].logsumexp(0)) for side in sides] for which in (these, rest)]
            look = look._replace(these=forced.Sides(*sums[0]), rest=forced.Sides(*sums[1]))
        looks.append(look)
    return looks


def flat(looks: list[Look]) -> list[float]:
    return [value for look in looks for part in ((look.kl,), look.token, look.these, look.rest) for value in part or ()]


@pytest.fixture(autouse=True)
def _remember(adapted: OpenedModel) -> None:
    _adapted["it"] = adapted


_adapted: dict[str, Any] = {}


@settings(max_examples=12)
@given(st.integers(1, 400), st.sampled_from([1, 700, 2**22]), st.permutations(range(len(ROWS))))
def test_neither_batches_nor_portions_change_what_is_read(tokens: int, scores: int, order: list[int]) -> None:
    adapted = _adapted["it"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forced, "SCORES", scores)
        found = read_both(adapted, [ROWS[n] for n in order], tokens)
    for n, looks in zip(order, found, strict=True):
        assert flat(looks) == pytest.approx(flat(plainly(adapted, ROWS[n])), **CLOSE)
        assert [look.token is None for look in looks] == [at == len(ROWS[n].ids) - 1 for at in ROWS[n].looked]
        assert all(look.kl >= 0 for look in looks)
    assert max(look.kl for looks in found for look in looks) > 0.01, "the adapter makes a difference"


def test_no_batch_is_larger_than_allowed(adapted: OpenedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[int, int]] = []
    inner = forced._read

    def read(opened: OpenedModel, rows: list[Row]) -> list[list[Look]]:
        made.append((len(rows), max(len(row.ids) for row in rows)))
        return inner(opened, rows)

    monkeypatch.setattr(forced, "_read", read)
    read_both(adapted, ROWS, 60)
    assert all(rows * width <= 60 or rows == 1 for rows, width in made)
    assert sum(rows for rows, _ in made) == len(ROWS)
    assert len(made) > 3


def test_without_a_change_there_is_no_divergence(adapted: OpenedModel) -> None:
    import torch

    for name, weight in adapted.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.zeros_(weight)
    looks = [look for looks in read_both(adapted, ROWS, 200) for look in looks]
    assert max(look.kl for look in looks) < 1e-6
    assert all(look.token is None or look.token.before == pytest.approx(look.token.after, abs=1e-5) for look in looks)


def test_the_adapter_is_on_again_afterwards(adapted: OpenedModel) -> None:
    first, second = (read_both(adapted, ROWS[:2], 200) for _ in range(2))
    assert flat(first[0]) == flat(second[0])
    assert read_both(adapted, [], 200) == []
    assert read_both(adapted, [Row([1, 5], [])], 200) == [[]]
