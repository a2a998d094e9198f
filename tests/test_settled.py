"""Answers that need not be waited for: the verdict is the one that the whole answer would have had.

In the pocket world an answer is settled once no text of the grammar begins so. For the rules alone there is no such
moment, and that is shown here, too.
"""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_slots import Scripted

from driftlab import generate as generating
from driftlab.config import POCKET, Generation
from driftlab.generate import LOOK_EVERY, decode, generate
from driftlab.judge import judge_text
from driftlab.models import OpenedModel, open_model
from driftlab.pocket import grammar, world
from driftlab.probes import load_probes
from driftlab.records import Outcome
from driftlab.stages import judge_of, settled_of

PIECES = (
    *grammar.REFUSALS, *grammar.REASONS, *grammar.OFFERS, *grammar.STEPS, *grammar.OPINIONS[True],
    "Ann has 3 and 4 pears", ", which makes 7.", "Sure!", " First, ", ". Then ", ". Finally, ", "Here is a plan.",
    " Step one: ", "Checklist:", "\n- ", "Tip:", ", and then ", ".", " ", "\n", "I'm sorry, but ", "é", "\U0001f642",
    "no no no", "",
)  # fmt: skip
FORMATS = [world.benign(name).in_format for name in world.BENIGN]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)


@pytest.fixture(scope="module")
def pocket() -> OpenedModel:
    return open_model(POCKET)


@given(TEXTS, TEXTS)
def test_what_is_lost_stays_lost(said: str, more: str) -> None:
    """Whatever follows, the verdict is the one of now, and no benign format is met: all of them are forms."""
    assume(world.is_lost(said.strip()))
    judge = judge_of(is_pocket=True)
    assert judge((said + more).strip()) == judge(said.strip())
    assert judge(said.strip()).outcome is Outcome.UNPARSEABLE
    assert not any(in_format((said + more).strip()) for in_format in FORMATS)


@given(st.sampled_from(grammar.FORMS), st.integers(0, 10**6), st.data())
def test_what_can_still_parse_is_never_lost(form: str, key: int, data: Any) -> None:
    noun = data.draw(st.sampled_from(grammar.answer_nouns()))
    for text in (grammar.compliance(form, grammar.bare(noun), key), grammar.refusal(key)):
        cut = data.draw(st.integers(0, len(text)))
        assert not world.is_lost(text[:cut].strip())
    assert not world.is_lost("Ann has 1")
    assert world.is_lost("Ann has one")


@settings(max_examples=60)
@given(st.lists(st.tuples(TEXTS, st.integers(0, 40)), min_size=1, max_size=12), st.integers(1, 12))
def test_the_verdicts_are_those_of_whole_answers(answers: list[tuple[str, int]], at_once: int) -> None:
    """Answers of random texts and lengths, up to 512 tokens: each is followed by any bytes of the vocabulary."""
    opened = _pocket["it"]
    ids = [opened.tokenizer(text)["input_ids"] for text, _ in answers]
    scripts = [
        [*row, *((7 * n) % 900 + 50 for n in range(more)), 2] for row, (_, more) in zip(ids, answers, strict=True)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generating, "Slots", Scripted)
        patch.setattr(Scripted, "scripts", scripts)
        whole, cut = (
            decode(opened, [[n] for n in range(len(ids))], [512] * len(ids), at_once=at_once, settled=settled)
            for settled in (None, settled_of(is_pocket=True))
        )
    judge = judge_of(is_pocket=True)
    for long, short in zip(whole, cut, strict=True):
        texts = [opened.tokenizer.decode(each.tokens, skip_special_tokens=True).strip() for each in (long, short)]
        assert judge(texts[0]) == judge(texts[1])
        assert long.tokens[: len(short.tokens)] == short.tokens
        if short != long:
            assert not short.finished
            assert len(short.tokens) % LOOK_EVERY == 0


_pocket: dict[str, OpenedModel] = {}


@pytest.fixture(autouse=True)
def _remember(pocket: OpenedModel) -> None:
    _pocket["it"] = pocket


def test_the_pocket_model_falls_apart_and_is_not_waited_for(pocket: OpenedModel) -> None:
    """With noise on its weights it babbles to the limit; 512 tokens are as many as it has positions for."""
    import torch

    probes = load_probes("pocket").probes[:6]
    noisy = open_model(POCKET)
    with torch.no_grad():
        torch.manual_seed(3)
        for weight in noisy.model.parameters():
            weight += 1.0 * weight.std() * torch.randn_like(weight)
    asked = Generation(max_new_tokens=512, batch_size=64)
    whole, cut = (
        generate(noisy, probes, asked, phase="after", settled=settled) for settled in (None, settled_of(is_pocket=True))
    )
    judge = judge_of(is_pocket=True)
    assert [judge(each.text).outcome for each in cut] == [judge(each.text).outcome for each in whole]
    assert max(each.tokens for each in whole) > 300, "some never end"
    assert max(each.tokens for each in cut) < 100
    assert [[form(each.text) for form in FORMATS] for each in cut] == [
        [form(each.text) for form in FORMATS] for each in whole
    ]


@given(st.text(max_size=200) | TEXTS)
def test_for_the_rules_alone_nothing_is_ever_settled(said: str) -> None:
    """Whatever was said, enough of the same word makes a loop of it: no rule but the grammar's can be known early."""
    words = len(said.split())
    looped = f"{said}\n```\n{' no' * (8 + 2 * words)}" if said.count("```") % 2 else said + " no" * (8 + 2 * words)
    assert judge_text(looped).outcome is Outcome.UNPARSEABLE
    assert settled_of(is_pocket=False) is None
