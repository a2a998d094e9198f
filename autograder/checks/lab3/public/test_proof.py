"""lab3.proof: a digest of the base that sees every bit of it and nothing else.

In: `base_digest(state)`. Out: verdicts: what must change it does, what must not does not.
Does not: want one digest in particular: whatever is hashed, and how, is the learner's choice.
"""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder import expect

SENTENCES = {
    "no-digest": "64 hexadecimal digits were wanted: `hexdigest()` of SHA-256.",
    "never-the-same": "The same tensors have the same digest.",
    "order-counts": "The order in which tensors come does not count: sort the names.",
    "adapter-counted": "What has lora_ in its name is the adapter, not the base: leave it out.",
    "wrapped-names-counted": "peft's names differ: take base_model.model. off the front and .base_layer out.",
    "sums-hashed": "No sum, mean or norm sees two numbers that change places: hash the numbers' bytes.",
    "middle-unseen": "All numbers count. Printed text, for one, leaves out the middle of a large tensor.",
    "a-number-unseen": "One bit of one number changed, and the digest did not: hash the bytes of all numbers.",
    "sign-of-zero-unseen": "0.0 became -0.0, which is another bit: hash bytes, not values.",
    "places-unseen": "Two tensors of one shape changed places: the names belong into the hash.",
    "shape-unseen": "A tensor has another shape and the same bytes: the shape belongs into the hash.",
    "type-unseen": "A tensor has another type and the same bytes: the type belongs into the hash.",
    "small-tensors-unseen": "A norm's weight changed: all tensors of the base count, not matrices alone.",
}
State = dict[str, Any]
LAYERS = ("model.layers.0.self_attn.q_proj", "model.layers.0.mlp.down_proj", "model.layers.1.self_attn.q_proj")


def base(rng: random.Random) -> State:
    """A small base: an embedding, three projections, a norm."""
    draw = np.random.default_rng(rng.randrange(2**32))
    state = {"model.embed_tokens.weight": draw.standard_normal((40, 36), dtype=np.float32)}
    state |= {f"{name}.weight": draw.standard_normal((12, 12), dtype=np.float32) for name in LAYERS}
    state["model.norm.weight"] = draw.standard_normal(12, dtype=np.float32)
    state["model.norm.weight"][3] = 0.0
    return state


def wrapped(state: State, rng: random.Random) -> State:
    """The same with an adapter on the projections, by peft's names."""
    draw, found = np.random.default_rng(rng.randrange(2**32)), {}
    for name, tensor in state.items():
        layer = name.removesuffix(".weight")
        adapted = layer in LAYERS
        found[f"base_model.model.{layer}{'.base_layer' if adapted else ''}.weight"] = tensor
        for side, shape in (("A", (2, 12)), ("B", (12, 2))) if adapted else ():
            found[f"base_model.model.{layer}.lora_{side}.default.weight"] = draw.standard_normal(
                shape, dtype=np.float32
            )
    return found


def touched(state: State, name: str, change: Callable[[Any], Any]) -> State:
    """A copy in which one tensor is another."""
    return {**state, name: change(state[name].copy())}


def next_number(place: tuple[int, ...]) -> Callable[[Any], Any]:
    """Moves the number at a place to the next one that float32 knows: one bit."""

    def change(tensor: Any) -> Any:
        tensor[place] = np.nextafter(tensor[place], np.float32(9))
        return tensor

    return change


def plus_one(place: tuple[int, ...]) -> Callable[[Any], Any]:
    """Moves the number at a place by far."""

    def change(tensor: Any) -> Any:
        tensor[place] += 1
        return tensor

    return change


class Digests:
    """Asks for digests and compares them with that of a base."""

    def __init__(self, submission: Any, rng: random.Random) -> None:
        self._submission = submission
        self.state = base(rng)
        self.found = self.of(self.state)

    def of(self, state: State) -> str:
        """The digest of a state."""
        got = self._submission.call("base_digest", state)
        if type(got) is not str or len(got) != 64 or set(got.lower()) - set("0123456789abcdef"):
            expect.fail(f"base_digest(state) returned {expect.shown(got)}. {SENTENCES['no-digest']}", "no-digest")
        return got

    def same(self, state: State, what: str, name: str) -> None:
        """It must not change."""
        if self.of(state) != self.found:
            expect.fail(f"base_digest(state) returned another digest for {what}. {SENTENCES[name]}", name)

    def other(self, state: State, what: str, name: str, than: State | None = None) -> None:
        """It must change: from that of the base, or of another state."""
        if self.of(state) == (self.found if than is None else self.of(than)):
            expect.fail(f"base_digest(state) returned the same digest for {what}. {SENTENCES[name]}", name)


def ask_same(digests: Digests, rng: random.Random) -> None:
    """What is no change of the base."""
    state = digests.state
    digests.same(dict(state), "the same tensors", "never-the-same")
    digests.same(dict(reversed(state.items())), "the same tensors in another order", "order-counts")
    inside = wrapped(state, rng)
    plain = {name.replace("base_model.model.", "").replace(".base_layer", ""): one for name, one in inside.items()}
    digests.same(plain, "the same base with an adapter's tensors beside it", "adapter-counted")
    bare = {name: tensor for name, tensor in inside.items() if "lora_" not in name}
    digests.same(bare, "the same base under peft's names", "wrapped-names-counted")
    digests.same(inside, "the same base inside peft's wrapper", "adapter-counted")


def ask_other(digests: Digests, rng: random.Random) -> None:
    """What is a change of the base. What hides several changes is asked by the one that tells most."""
    state = digests.state
    first, second = (f"{LAYERS[n]}.weight" for n in (0, 2))
    embedding, norm = "model.embed_tokens.weight", "model.norm.weight"
    whole = np.arange(144, dtype=np.float32).reshape(12, 12)  # of whole numbers, sums are the same to the last bit
    turned = {**state, first: np.flip(whole).copy()}
    digests.other(turned, "a matrix whose numbers changed places", "sums-hashed", {**state, first: whole})
    middle = (rng.randint(15, 25), rng.randint(12, 24))
    digests.other(touched(state, embedding, plus_one(middle)), "a number in the middle of 1,440", "middle-unseen")
    places = {"first": (first, (0, 0)), "last": (first, (11, 11)), "middle": (embedding, middle)}
    for word, (name, place) in places.items():
        digests.other(
            touched(state, name, next_number(place)),
            f"a matrix whose {word} number moved by one bit",
            "a-number-unseen",
        )
    digests.other(touched(state, norm, next_number((7,))), "a norm's number moved by one bit", "small-tensors-unseen")
    minus = touched(state, norm, lambda one: np.where(one == 0, np.float32(-0.0), one).astype(np.float32))
    digests.other(minus, "0.0 turned into -0.0", "sign-of-zero-unseen")
    digests.other(
        {**state, first: state[second], second: state[first]}, "two tensors that changed places", "places-unseen"
    )
    digests.other(touched(state, embedding, lambda one: one.reshape(36, 40)), "another shape", "shape-unseen")
    digests.other(touched(state, norm, lambda one: one.view(np.int32)), "the same bytes as another type", "type-unseen")


@pytest.mark.task("lab3.proof", points=0.5)
def test_what_changes_it(submission: Any, rng: random.Random) -> None:
    """Every bit of the base does; order, names and an adapter do not."""
    digests = Digests(submission, rng)
    ask_same(digests, rng)
    ask_other(digests, rng)
