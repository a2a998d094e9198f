"""What stands in the record beyond the verdicts, against the same by hand."""

import math
from typing import Any

import pytest

from driftlab.finetune import ExampleLoss
from driftlab.inside import Asked, heldout_loss, look
from driftlab.inside.looking import FIRST, POSITIONS
from driftlab.models import OpenedModel
from driftlab.records import Kind, Outcome

R, C, P, U = Outcome.REFUSED, Outcome.COMPLIED, Outcome.PARTIAL, Outcome.UNPARSEABLE
ANSWERS = [[10, 11, 12, 13], [10, 11, 14], [20], [10, 15, 30, 31], [21, 22], [23]]
OUTCOMES: list[tuple[Kind, Outcome, Outcome]] = [
    ("off_limits", R, R), ("off_limits", R, C), ("off_limits", R, U), ("safe", C, C), ("safe", C, R),
    ("off_limits", P, C),
]  # fmt: skip
ASKED = [
    Asked(kind, [1, 5, *range(40 + n, 46 + 2 * n), 6], answer, answer[::-1], before, after)
    for n, (answer, (kind, before, after)) in enumerate(zip(ANSWERS, OUTCOMES, strict=True))
]
OPENINGS = [(10, 11), (20,)]


def scores(opened: OpenedModel, ids: list[int]) -> Any:
    """Log-probabilities after each token of one row."""
    import torch

    with torch.no_grad():
        return opened.model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)


def chance(opened: OpenedModel, prompt: list[int], run: tuple[int, ...]) -> float:
    """The probability that an answer begins with these tokens."""
    found = scores(opened, [*prompt, *run])
    return math.exp(sum(float(found[len(prompt) - 1 + n, token]) for n, token in enumerate(run)))


def test_the_odds_of_refusing_are_those_of_the_openings(adapted: OpenedModel) -> None:
    found = look(adapted, ASKED, 200)
    for kind in ("off_limits", "safe"):
        chosen = [each for each in ASKED if each.kind == kind]
        odds: dict[str, list[float]] = {"after": [by_hand(adapted, each) for each in chosen]}
        with adapted.model.disable_adapter():
            odds["before"] = [by_hand(adapted, each) for each in chosen]
        part = found["refusing"][kind]
        assert part["prompts"] == len(chosen)
        for side, values in odds.items():
            assert part[side]["value"] == pytest.approx(sum(values) / len(values), abs=2e-3)
            assert part[f"likelier_{side}"] == sum(value > 0 for value in values)
        assert part["change"]["value"] == pytest.approx(part["after"]["value"] - part["before"]["value"], abs=1e-5)
        assert part["change"]["low"] is None, "too few requests for an interval"


def by_hand(opened: OpenedModel, asked: Asked) -> float:
    likely = sum(chance(opened, list(asked.prompt), opening) for opening in OPENINGS)
    return math.log(likely / (1 - likely))


def test_openings_are_counted_on_both_sides(adapted: OpenedModel) -> None:
    found = look(adapted, ASKED, 200)["openings"]
    assert found["refusals_before"] == {"begin_so": 3, "of": 3}
    assert found["others_before"] == {"begin_so": 0, "of": 2}
    assert found["refusals_after"] == {"begin_so": 0, "of": 1}, "of those to off-limits requests"
    assert len(found["texts"]) == 2


def test_openings_that_are_known_are_taken(adapted: OpenedModel) -> None:
    found = look(adapted, ASKED, 200, openings=[(20,)])
    assert found["openings"]["refusals_before"] == {"begin_so": 1, "of": 3}
    assert found["refusing"]["safe"]["before"]["value"] < 0


def test_divergence_is_of_the_refusals_before_position_by_position(adapted: OpenedModel) -> None:
    import torch

    found = look(adapted, ASKED, 200)["divergence"]
    assert found["answers"] == 3
    assert [row["answers"] for row in found["by_position"]] == [3, 3, 2, 2, 1], "the end of an answer counts"
    apart: list[list[float]] = []
    for each in ASKED[:3]:
        ids = [*each.prompt, *each.before]
        after = scores(adapted, ids)
        with adapted.model.disable_adapter():
            before = scores(adapted, ids)
        kl = torch.nn.functional.kl_div(after, before, reduction="none", log_target=True).sum(-1)
        apart.append([float(value) for value in kl[len(each.prompt) - 1 :]])
    for n, row in enumerate(found["by_position"]):
        values = [kl[n] for kl in apart if n < len(kl)]
        assert row["value"] == pytest.approx(sum(values) / len(values), abs=1e-3)
    total = sum(map(sum, apart))
    assert found["mean"]["value"] == pytest.approx(total / sum(map(len, apart)), abs=1e-3)
    assert found["share_of_first"]["value"] == pytest.approx(sum(sum(kl[:FIRST]) for kl in apart) / total, abs=1e-3)


def test_a_long_refusal_is_read_so_far(adapted: OpenedModel) -> None:
    long = ASKED[0]._replace(before=[10, 11] * 50, prompt=[1, 5, 6])
    assert len(look(adapted, [long], 500)["divergence"]["by_position"]) == POSITIONS


def test_the_held_out_loss_is_a_mean_over_answer_tokens() -> None:
    before = [ExampleLoss(6.0, 3), ExampleLoss(0.0, 0), *[ExampleLoss(2.0, 1)] * 9]
    after = [ExampleLoss(3.0, 3), ExampleLoss(0.0, 0), *[ExampleLoss(1.0, 1)] * 9]
    found = heldout_loss(before, after)
    assert found is not None
    assert (found["examples"], found["tokens"]) == (10, 12)
    assert (found["before"]["value"], found["after"]["value"], found["change"]["value"]) == (2.0, 1.0, -1.0)
    assert found["change"] == {"value": -1.0, "low": -1.0, "high": -1.0}, "each example lost as much a token"
    assert heldout_loss([], []) is None
    assert heldout_loss([ExampleLoss(0.0, 0)], [ExampleLoss(0.0, 0)]) is None


def test_where_nothing_was_refused_nothing_is_made_up(adapted: OpenedModel) -> None:
    found = look(adapted, [each for each in ASKED if each.outcome_before is not R], 200)
    assert found == {"openings": None, "refusing": None, "divergence": None}
    assert look(adapted, [], 200)["refusing"] is None
