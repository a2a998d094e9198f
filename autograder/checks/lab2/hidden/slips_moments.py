"""What slips come to in the moments of a step, in the verdict, and in what an out-of-memory message says.

In: the parts, or four numbers of bytes. Out: names of slips with their values; a name may come with several.
Does not: leave out a slip that happens to give the right answer (`making` does), or say what a slip is in words.
"""

from autograder.checks.lab2.hidden import reference as ref
from autograder.checks.lab2.hidden.slips_weights import Slips

Parts = dict[str, int]
BACKWARD = ("mlp_backward", "attention_backward")
DURING = ("loss", *BACKWARD)


def of_moments(parts: Parts, checkpointing: bool) -> Slips:
    """moments."""
    right = ref.moments(parts, checkpointing)

    def more(part: str, *names: str) -> Parts:
        return right | {name: right[name] + parts[part] for name in names}

    def less(part: str, *names: str) -> Parts:
        return right | {name: right[name] - parts[part] for name in names}

    yield "gradients-in-every-moment", more("gradients", *DURING)
    yield "gradients-in-every-moment", more("gradients", *BACKWARD)
    yield "gradients-forgotten", less("gradients", "update")
    yield "cache-in-the-wrong-moment", more("cache", *BACKWARD)
    yield "cache-in-the-wrong-moment", more("cache", *BACKWARD, "update")
    yield "cache-in-the-wrong-moment", less("cache", "loss") | {k: v for k, v in more("cache", *BACKWARD).items()
                                                                 if k != "loss"}  # fmt: skip
    yield "cache-forgotten", less("cache", "loss")
    yield "logits-forgotten", less("logits", "loss")
    yield "logits-in-every-moment", more("logits", *BACKWARD)
    yield "copies-forgotten", less("copies", "loss")
    yield "copies-in-every-moment", more("copies", *BACKWARD)
    yield "copies-in-every-moment", more("copies", *BACKWARD, "update")
    yield "work-forgotten", less("work", "mlp_backward")
    yield "work-in-the-attention", more("work", "attention_backward")
    yield "work-in-every-moment", more("work", *DURING)
    yield "kept-forgotten", less("kept", *DURING)
    yield "kept-freed-at-the-backward", less("kept", *BACKWARD)
    yield "kept-at-the-update", more("kept", "update")
    yield "fixed-forgotten", less("fixed", *right)
    yield "fixed-counted-once", less("fixed", *BACKWARD, "update")
    yield "scores-once", right | {"attention_backward": right["attention_backward"] - 2 * parts["scores"]}
    yield "scores-twice", less("scores", "attention_backward")
    yield "scores-forgotten", right | {"attention_backward": right["attention_backward"] - 3 * parts["scores"]}
    yield "scores-four-times", more("scores", "attention_backward")
    yield "scores-in-the-mlp", right | {"mlp_backward": right["mlp_backward"] + 3 * parts["scores"]}
    yield from _of_layers(parts, checkpointing, right)
    yield "checkpointing-turned-round", ref.moments(parts, not checkpointing)
    yield "sum-in-every-moment", dict.fromkeys(right, sum(right.values()))
    yield "largest-in-every-moment", dict.fromkeys(right, max(right.values()))


def _of_layers(parts: Parts, checkpointing: bool, right: Parts) -> Slips:
    """What is wrong with the recomputed layer, or with the layer that is being freed."""
    mlp, attention = right["mlp_backward"], right["attention_backward"]
    if checkpointing:
        yield (
            "recomputed-layer-forgotten",
            {
                "mlp_backward": mlp - parts["attention"] - parts["mlp"],
                "attention_backward": attention - parts["attention"],
            },
        )
        yield "recomputed-layer-forgotten", {"mlp_backward": mlp - parts["attention"] - parts["mlp"]}
        yield "recomputed-layer-forgotten", {"attention_backward": attention - parts["attention"]}
        yield "half-of-the-layer-recomputed", {"mlp_backward": mlp - parts["attention"]}
        yield "half-of-the-layer-recomputed", {"mlp_backward": mlp - parts["mlp"]}
        yield "mlp-not-freed", {"attention_backward": attention + parts["mlp"]}
        yield "mlp-freed-twice", {"attention_backward": attention - parts["mlp"]}
        layer = parts["attention"] + parts["mlp"]
        yield "recomputed-at-the-loss", right | {"loss": right["loss"] + layer}
        return
    yield (
        "recomputed-without-checkpointing",
        {
            "mlp_backward": mlp + parts["attention"] + parts["mlp"],
            "attention_backward": attention + parts["attention"] + parts["mlp"],
        },
    )
    yield "recomputed-without-checkpointing", {"mlp_backward": mlp + parts["attention"] + parts["mlp"]}
    yield "mlp-not-freed", {"attention_backward": attention + parts["mlp"]}
    yield "mlp-added-for-freed", {"attention_backward": attention + 2 * parts["mlp"]}
    yield "attention-freed-too", {"attention_backward": attention - parts["attention"]}


def of_verdict(allocated: int, reserved: int, context: int, usable: int) -> Slips:
    """verdict."""
    yield "context-forgotten", ref.verdict(allocated, reserved, 0, usable)
    yield "reserved-never-asked", "yes" if allocated + context <= usable else "no"
    yield "allocated-never-asked", "yes" if reserved + context <= usable else "no"
    yield "border-left-out", _verdict(reserved + context < usable, allocated + context >= usable)
    yield "border-left-out", _verdict(reserved + context < usable, allocated + context > usable)
    yield "border-left-out", _verdict(reserved + context <= usable, allocated + context >= usable)
    yield "context-taken-off", ref.verdict(allocated, reserved, -context, usable)
    yield "reserved-on-top-of-allocated", _verdict(allocated + reserved + context <= usable,
                                                   allocated + context > usable)  # fmt: skip
    yield "reserved-on-top-of-allocated", _verdict(allocated + reserved + context <= usable,
                                                   allocated + reserved + context > usable)  # fmt: skip
    swapped = {"yes": "yes", "no": "close", "close": "no"}
    yield "no-and-close-swapped", swapped[ref.verdict(allocated, reserved, context, usable)]
    turned = {"yes": "no", "no": "yes", "close": "close"}
    yield "turned-round", turned[ref.verdict(allocated, reserved, context, usable)]
    for word in ("yes", "no", "close"):
        yield f"always-{word}", word


def of_shortage(numbers: dict[str, int]) -> Slips:
    """shortage."""
    asked, free, unused = (numbers[key] for key in ("asked", "free", "unused"))
    enough = {
        "unused-ignored": free >= asked,
        "free-ignored": unused >= asked,
        "border-left-out": free + unused > asked,
        "turned-round": free + unused < asked,
        "total-compared": numbers["total"] >= asked,
        "allocated-counted": free + unused + numbers["allocated"] >= asked,
        "one-of-the-two-alone": max(free, unused) >= asked,
    }
    for name, true in enough.items():
        yield name, "fragmentation" if true else "memory"
    for word in ("fragmentation", "memory"):
        yield f"always-{word}", word


def _verdict(fits: bool, too_much: bool) -> str:
    if fits:
        return "yes"
    return "no" if too_much else "close"
