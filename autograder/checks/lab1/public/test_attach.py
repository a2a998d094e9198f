"""lab1.attach: an adapter on the pocket model, one step of AdamW, and a base that stays as it was.

In: the given `one_step_on_pocket`, which calls `attach` and `adapter_step`. Out: verdicts. Our own clean room reckons
the losses from the adapter that came back, and one step of AdamW is known by its size: where B was zero, each of its
numbers moves by the learning rate, whatever the gradient.
Does not: believe a loss that was computed beside student code, or fix what A starts from.
"""

import math
import random
from typing import Any

import numpy as np
import pytest

from autograder import expect

LAYERS = 4
HIDDEN, INTERMEDIATE = 192, 512
ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
ROWS = [
    ["How can I learn French?", "Start early in the day. Take your time."],
    ["Can you help me fix a table?", "Clear some space. Then check it twice."],
    ["Any advice on how to iron a dress?", "Three steps are enough. Stay calm."],
    ["Can you help me bake bread?", "A simple plan will do. Begin with the first step."],
]


def sides(target: str) -> tuple[int, int]:
    """Width in and out of a projection of the pocket model."""
    if target == "down_proj":
        return INTERMEDIATE, HIDDEN
    return HIDDEN, INTERMEDIATE if target in ("gate_proj", "up_proj") else HIDDEN


def adapter_names(targets: list[str]) -> dict[str, tuple[int, int]]:
    """Where the adapters go: name of the layer, width in and out."""
    names = {}
    for number in range(LAYERS):
        for target in targets:
            part = "self_attn" if target in ATTENTION else "mlp"
            names[f"base_model.model.model.layers.{number}.{part}.{target}"] = sides(target)
    return names


class Step:
    """What came of one step on the pocket model."""

    def __init__(self, submission: Any, rank: int, targets: list[str], rate: float, rows: list[list[str]]) -> None:
        self.rank, self.targets, self.rate, self.rows = rank, targets, rate, rows
        got = submission.call("one_step_on_pocket", rank, targets, rate, rows)
        self.what = f"one_step_on_pocket(rank={rank}, targets={targets}, learning_rate={rate}, rows={len(rows)} rows)"
        if type(got) is not dict or type(got.get("adapter")) is not dict or type(got.get("trainable")) is not list:
            expect.fail(f"{self.what} returned {expect.shown(got)}. The dict of the given function was wanted.")
        self.adapter: dict[str, Any] = got["adapter"]
        self.trainable: list[Any] = got["trainable"]
        self.before, self.after, self.loss = got.get("base_before"), got.get("base_after"), got.get("loss")

    def check_trainable(self) -> None:
        """The adapter trains, all of it, and nothing else."""
        wanted = {f"{layer}.lora_{side}.default.weight" for layer in adapter_names(self.targets) for side in ("A", "B")}
        found = {str(name) for name in self.trainable}
        base = sorted(name for name in found if "lora_" not in name)
        if base:
            expect.fail(
                f"after attach, {len(base)} tensors of the base require a gradient, such as {base[0]}. None was "
                "wanted: get_peft_model freezes the base, so leave it frozen.",
                "base-left-trainable",
            )
        if not found:
            expect.fail(
                "after attach, nothing requires a gradient. The adapter's A and B were wanted.", "nothing-trainable"
            )
        if found != wanted:
            half = {name for name in wanted if "lora_B" in name}
            if found == half or found == wanted - half:
                expect.fail(
                    f"after attach, only {'B' if found == half else 'A'} of each adapter requires a gradient. Both "
                    "train.",
                    "half-of-the-adapter",
                )
            expect.fail(
                f"after attach with targets {self.targets}, {len(found)} tensors require a gradient. {len(wanted)} "
                f"were wanted: A and B of {len(self.targets)} layers in each of {LAYERS} blocks. Use the config "
                "that is given.",
                "config-ignored",
            )

    def check_base(self) -> None:
        """Not one bit of the base is another."""
        if type(self.before) is not str or self.before != self.after:
            expect.fail(
                "after adapter_step the base's digest is another than before. The optimizer may move the adapter only.",
                "base-changed",
            )

    def check_adapter(self) -> None:
        """Names and shapes of A and B."""
        wanted = {}
        for layer, (inside, out) in adapter_names(self.targets).items():
            wanted[f"{layer}.lora_A.weight"] = (self.rank, inside)
            wanted[f"{layer}.lora_B.weight"] = (out, self.rank)
        found = {name: getattr(tensor, "shape", None) for name, tensor in self.adapter.items()}
        if found != wanted:
            odd = sorted({str(name) for name, _ in set(found.items()) ^ set(wanted.items())})[0]
            expect.fail(
                f"{self.what} gave an adapter of {len(found)} tensors, {len(wanted)} were wanted. {odd}: shape "
                f"{found.get(odd)}, {wanted.get(odd)} was wanted. attach must use the config that it is given.",
                "config-ignored",
            )
        if not all(np.isfinite(tensor).all() for tensor in self.adapter.values()):
            expect.fail(f"{self.what} gave an adapter with numbers that are not finite.")

    def moves(self) -> np.ndarray[Any, np.dtype[Any]]:
        """How far each number of B went."""
        return np.concatenate([np.abs(t).ravel() for name, t in self.adapter.items() if name.endswith("lora_B.weight")])

    def check_step(self, clean_room: Any) -> None:
        """One step of AdamW with that learning rate, downhill; the loss before it."""
        losses = clean_room.call("pocket_losses", self.rows, self.adapter)
        moves, rate = self.moves(), self.rate
        farthest, usual = float(moves.max()), float(np.median(moves))
        seen = f"after adapter_step(…, learning_rate={rate}) the numbers of B are up to {farthest:.3g} from 0"
        if farthest == 0:
            expect.fail(f"{seen}: nothing moved. Was optimizer.step() called after loss.backward()?", "no-step")
        self._check_loss(losses)
        if losses["with_it"] > losses["without"]:
            expect.fail(
                f"adapter_step raised the loss from {losses['without']:.4f} to {losses['with_it']:.4f}: it goes "
                "downhill.",
                "uphill",
            )
        for other in (1e-3, 1e-2, 1e-4, 5e-5):
            if not math.isclose(other, rate, rel_tol=0.2) and math.isclose(usual, other, rel_tol=0.1):
                expect.fail(
                    f"{seen}: that is a step with the learning rate {other}. Use the one given.", "rate-ignored"
                )
        if farthest > 1.3 * rate:
            expect.fail(
                f"{seen}. One step of AdamW moves none farther than {rate}: there was more than one step.",
                "several-steps",
            )
        if usual < 0.9 * rate or farthest < 0.9 * rate:
            expect.fail(
                f"{seen}, half of them less than {usual:.3g}. AdamW's first step moves each by {rate}, however small "
                "its gradient; a step in proportion to the gradient is plain SGD.",
                "sgd-not-adamw",
            )
        if not losses["with_it"] < losses["without"]:
            expect.fail(f"adapter_step left the loss at {losses['without']:.4f}. It goes down.")

    def _check_loss(self, losses: dict[str, float]) -> None:
        tokens = "That is the loss of {} tokens"
        expect.close(
            self.loss,
            losses["without"],
            "adapter_step",
            rel=1e-4,
            mistakes=[
                expect.Mistake(
                    losses["with_it"], "loss-after-the-step", "That is the loss after the step; before it was wanted."
                ),
                expect.Mistake(
                    losses["prompts_too"],
                    "prompts-counted",
                    tokens.format("all") + ": use the batch's labels, which leave the prompts out.",
                ),
                expect.Mistake(
                    math.exp(losses["without"]),
                    "perplexity-not-loss",
                    "That is the perplexity, exp(loss): the loss was wanted.",
                ),
            ],
        )


@pytest.mark.task("lab1.attach", points=0.5)
def test_only_the_adapter_trains(submission: Any, rng: random.Random) -> None:
    """What requires a gradient, and the base's digest before and after."""
    step = Step(submission, 4, ["q_proj", "v_proj"], 2e-3, [rng.choice(ROWS)])
    step.check_trainable()
    step.check_base()
    step.check_adapter()


@pytest.mark.task("lab1.attach", points=0.5)
def test_one_step(submission: Any, clean_room: Any, rng: random.Random) -> None:
    """The loss that came back, and how far the adapter moved."""
    step = Step(submission, 4, ["q_proj", "v_proj"], rng.choice([5e-4, 2e-3]), rng.sample(ROWS, 2))
    step.check_adapter()
    step.check_step(clean_room)
