"""lab3.merge: how many parameters an adapter has, and what is left when it is merged.

In: `adapter_parameters(shapes, config)`; the given `merge_and_look`, which calls `merge`. Out: verdicts.
Does not: quantise anything.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograder import expect
from autograder.checks.asking import Case, ask
from autograder.checks.lab3.public.cases_settings import CASES

SENTENCES = {
    "output-layer-counted": "all-linear leaves the output layer out: an adapter on lm_head is an accident.",
    "output-layer-left-out": "A list of targets may name lm_head: then it counts. Only all-linear leaves it out.",
    "all-linear-not-known": "target_modules may be the word all-linear instead of a list.",
    "found-inside-names": "A target is the whole name, or what follows a dot: o_proj is no part of two_proj.",
    "whole-names-only": "A target may also be the end of a name, behind a dot.",
    "last-part-only": "A target may have dots itself, such as self_attn.q_proj.",
    "a-only": "That is A alone: B has rank times out numbers more.",
    "b-only": "That is B alone: A has rank times in numbers more.",
    "weights-counted": "A and B are thin: together rank times (in + out), not in times out.",
    "rank-forgotten": "The rank is missing.",
    "alpha-for-rank": "The rank is `r`; lora_alpha is the adapter's strength and changes no count.",
    "rank-twice": "The rank counts once: A is (r, in), B is (out, r).",
    "alpha-not-divided": "The scale is alpha over r, not alpha.",
    "scale-turned-round": "The scale is alpha over r, not r over alpha.",
    "scale-left-out": "The update is scaled, by alpha over r.",
    "root-left-out": "With use_rslora the scale is alpha over the square root of r.",
    "root-always-taken": "Without use_rslora the scale is alpha over r, not over its root.",
    "only-one-over-r": "The scale has alpha in it.",
    "turned-round": "B comes first: (out, r) times (r, in).",
    "subtracted": "The update is added.",
    "update-alone": "That is the update alone: the merged weight was wanted.",
    "weight-changed": "merge changed the weight that it was given: somebody may still need the base.",
}


class Layer(NamedTuple):
    """A layer with an adapter, and what comes of merging them."""

    weight: Any
    a: Any
    b: Any
    config: dict[str, Any]
    merged: Any
    slips: tuple[tuple[str, Any], ...]


def layer(weight: Any, a: Any, b: Any, config: dict[str, Any], merged: Any, slips: Sequence[tuple[str, Any]]) -> Layer:
    """A layer from plain lists."""
    arrays = [np.array(one, dtype=np.float32) for one in (weight, a, b, merged)]
    told = tuple((name, np.array(value, dtype=np.float32)) for name, value in slips)
    return Layer(arrays[0], arrays[1], arrays[2], config, arrays[3], told)


def ask_count(submission: Any, cases: Sequence[Case]) -> None:
    """Call `adapter_parameters` and compare."""
    ask(submission, "adapter_parameters", cases, SENTENCES)


def ask_merge(submission: Any, layers: Sequence[Layer]) -> None:
    """Call `merge` through `merge_and_look`; what all layers have in common tells which slip it was."""
    got = [submission.call("merge_and_look", one.weight, one.a, one.b, one.config) for one in layers]
    for one, found in zip(layers, got, strict=True):
        what = f"merge(weight, a, b, {one.config})"
        if type(found) is not dict:
            expect.fail(f"{what} came back as {expect.shown(found)}.")
        expect.array(found.get("merged"), one.merged, what, rel=1e-4, abs_=1e-5, mistakes=_mistakes(layers, got, one))
        kept = expect.as_array(found.get("weight"))
        if kept is None or not np.array_equal(kept, one.weight):
            expect.fail(
                f"After {what} the weight that it was given is another. {SENTENCES['weight-changed']}", "weight-changed"
            )


def _mistakes(layers: Sequence[Layer], got: Sequence[Any], shown: Layer) -> list[expect.Mistake]:
    """The slips of this layer, those first that explain most layers."""

    def explained(name: str) -> int:
        pairs = zip(layers, got, strict=True)
        return sum(_near(found, value) for one, found in pairs for slip, value in one.slips if slip == name)

    ordered = sorted(shown.slips, key=lambda slip: -explained(slip[0]))
    return [expect.Mistake(value, name, SENTENCES[name]) for name, value in ordered]


def _near(found: Any, value: Any) -> bool:
    array = expect.as_array(found.get("merged")) if type(found) is dict else None
    return array is not None and array.shape == value.shape and np.allclose(array, value, rtol=1e-4, atol=1e-5)


@pytest.mark.task("lab3.merge", points=0.5)
def test_parameters(submission: Any) -> None:
    """Lists of targets, names that look alike, all-linear."""
    ask_count(submission, CASES["adapter_parameters"])


@pytest.mark.task("lab3.merge", points=0.5)
def test_merged_layers(submission: Any) -> None:
    """A square layer and others, by both scales."""
    ask_merge(submission, [layer(*one) for one in CASES["layers"]])
