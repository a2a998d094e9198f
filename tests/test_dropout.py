"""dropout: as many decisions as asked for, each its own, the mean kept, and nothing outside training."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.dropout import cheapen_dropout


def layer(p: float) -> object:
    import torch

    model = torch.nn.ModuleDict({"inner": torch.nn.ModuleDict({"default": torch.nn.Dropout(p)})})
    assert cheapen_dropout(model) == 1
    assert cheapen_dropout(model) == 0
    return model["inner"]["default"]  # type: ignore[index]


@pytest.mark.parametrize("p", [0.05, 0.5, 0.9])
def test_share_mean_and_scale(p: float) -> None:
    import torch

    torch.manual_seed(0)
    count = 1_000_003
    out = layer(p)(torch.ones(count))  # type: ignore[operator]
    dropped = float((out == 0).double().mean())
    # Five standard errors; a wrong threshold or a sign bit that never varies is hundreds away.
    assert abs(dropped - p) < 5 * (p * (1 - p) / count) ** 0.5 + 1e-5
    assert float(out.max()) == pytest.approx(1 / (1 - p), rel=1e-3)


def test_decisions_that_share_a_word_do_not_hang_together() -> None:
    import torch

    torch.manual_seed(0)
    dropped = (layer(0.5)(torch.ones(400_000)) == 0).double().reshape(-1, 4)  # type: ignore[operator]
    correlations = torch.corrcoef(dropped.T) - torch.eye(4)
    assert float(correlations.abs().max()) < 5 / 100_000**0.5


@given(st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_gradients_go_where_values_went(shape: list[int]) -> None:
    import torch

    x = torch.ones(shape, requires_grad=True)
    out = layer(0.5)(x)  # type: ignore[operator]
    out.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, out.detach())


def test_the_seed_fixes_it_and_evaluation_passes_through() -> None:
    import torch

    drop, x = layer(0.3), torch.ones(64)
    outs = []
    for _ in range(2):
        torch.manual_seed(3)
        outs.append(drop(x))  # type: ignore[operator]
    assert torch.equal(*outs)
    assert torch.equal(drop.eval()(x), x)  # type: ignore[attr-defined]
    assert torch.equal(layer(0.0)(x), x)  # type: ignore[operator]


def test_a_layer_keeps_its_mode() -> None:
    import torch

    model = torch.nn.Sequential(torch.nn.Dropout(0.5)).eval()
    cheapen_dropout(model)
    assert torch.equal(model(torch.ones(99)), torch.ones(99))
