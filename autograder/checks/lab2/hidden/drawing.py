"""Models, settings, parts and rows that nobody has seen.

In: the student's generator. Out: the lab's plain dicts.
Does not: know what is wanted for them.
"""

import random
from collections.abc import Iterable
from typing import Any

from autograder.checks.lab2.hidden import reference as ref
from autograder.checks.lab2.hidden.reference import MASKED, Model, Rows, Settings


def model(rng: random.Random, *, tied: bool | None = None, layers: tuple[int, int] = (3, 50)) -> Model:
    """A decoder of odd sizes whose heads share keys and values, and whose heads' width is not hidden / heads."""
    kv_heads = rng.choice([2, 3, 4, 5])
    heads = kv_heads * rng.choice([2, 3, 4])
    head_dim = rng.choice([48, 56, 72, 88, 104])
    hidden = heads * (head_dim + rng.choice([-13, -11, -7, -5, -3, 3, 5, 9, 11, 17]))
    return {
        "hidden": hidden,
        "intermediate": hidden * 2 + rng.randint(5, 600),
        "heads": heads,
        "kv_heads": kv_heads,
        "head_dim": head_dim,
        "layers": rng.randint(*layers),
        "vocab": rng.randint(3_001, 90_000),
        "tied": rng.random() < 0.5 if tied is None else tied,
    }


def settings(rng: random.Random, **fixed: Any) -> Settings:
    """A run on a few targets; what is fixed is not drawn."""
    drawn = {
        "batch": rng.choice([5, 7, 9]),
        "seq_len": rng.randint(130, 1_900),
        "rank": rng.choice([3, 5, 6, 7, 12, 20, 24, 48]),
        "targets": rng.sample(ref.SEVEN, rng.randint(3, 6)),
        "dropout": rng.choice([0.05, 0.1, 0.2]),
        "optimizer": rng.choice(["adamw", "adamw_8bit"]),
        "checkpointing": rng.random() < 0.5,
        "kernel": rng.choice(["mem-efficient", "math"]),
        "use_cache": rng.random() < 0.5,
    }
    return drawn | fixed


def parts(rng: random.Random) -> dict[str, int]:
    """Parts of odd sizes, so that no two sums are the same; `kept` is larger than a layer."""
    names = ("gradients", "cache", "attention", "mlp", "scores", "copies", "logits", "work")
    drawn = {name: rng.randint(10**6, 10**9) for name in names}
    big = {"fixed": rng.randint(10**9, 10**10), "kept": rng.randint(4 * 10**9, 10**10)}
    found = big | drawn
    return {name: found[name] for name in ("fixed", "gradients", "kept", "cache", "attention", "mlp", "scores",
                                           "copies", "logits", "work")}  # fmt: skip


def row(rng: random.Random, length: int, learnt: Iterable[int], end_id: int | None) -> dict[str, list[int]]:
    """A row of that length, with labels at those places; it has no other `end_id` than the one at its end, if any."""
    ids = [rng.randint(10, 99) for _ in range(length)]
    ids = ids if end_id is None else [*ids[:-1], end_id]
    kept = set(learnt)
    return {"input_ids": ids, "labels": [one if place in kept else MASKED for place, one in enumerate(ids)]}


def report_rows(rng: random.Random, length: int, end_id: int) -> list[Rows]:
    """Small sets of rows; each holds one kind that is easily miscounted, beside a row that is not."""
    far = 2 * length + rng.randint(1, 3)

    def usual() -> dict[str, list[int]]:
        return row(rng, length - 2, range(1, length - 2), end_id)

    zero = row(rng, length - 1, [length - 2], end_id=None)
    zero["input_ids"][-1] = zero["labels"][-1] = 0
    inside = row(rng, far, range(2, far), end_id=None)
    inside["input_ids"][length + 1] = inside["labels"][length + 1] = end_id
    full = row(rng, far, range(2, far), end_id=None)
    full["input_ids"][length - 1] = full["labels"][length - 1] = end_id
    early = row(rng, length + 3, range(2, length), end_id)
    early["input_ids"][2] = early["labels"][2] = end_id
    return [
        [usual(), row(rng, length, range(2, length), end_id), row(rng, length, range(2, length), None)],  # full
        [row(rng, far, range(2, far), end_id), row(rng, length + 1, range(3, length), None), usual()],  # cut
        [usual(), row(rng, length - 1, [0], end_id), row(rng, length - 2, [0], end_id)],  # the first label only
        [row(rng, length + 1, [length], end_id), usual()],  # a label just behind the cut
        [row(rng, far, [far - 1], end_id), row(rng, far + 1, [far - 1], end_id), usual()],  # labels far behind it
        [usual(), row(rng, length + 2, [length - 1], end_id), row(rng, length, [length - 1], end_id)],  # at the cut
        [row(rng, length - 1, [1], end_id), row(rng, far, range(1, 3), end_id)],  # none at the end
        [zero, usual(), usual(), row(rng, length - 1, [], end_id)],  # the label 0; none at all
        [inside, usual(), full],  # an end that is not the last token
        [early, usual()],  # an end that stays, and one that is lost
    ]


def batch_rows(rng: random.Random, length: int, pad_id: int) -> list[Rows]:
    """Small sets of rows to make a batch of, of each kind that is easily got wrong."""
    far = 2 * length + rng.randint(1, 3)
    short = row(rng, length - 3, range(1, length - 3), pad_id)
    short["input_ids"][1] = short["labels"][1] = pad_id  # pad_id is a token, too
    first = row(rng, length - 2, range(length - 2), pad_id)
    return [
        [row(rng, length - 1, range(2, length - 1), None), short],
        [short, row(rng, length - 2, [0], None), first],
        [short, row(rng, length - 1, [], None), row(rng, far, [length, far - 1], None)],
        [row(rng, far, range(1, far), None), first],
        [first, row(rng, length + 1, [length], None), row(rng, length, [length - 1], None)],
        [row(rng, length, [0], None), row(rng, far, range(length, far), None)],
        [],
    ]


def border(rng: random.Random, times: int = 3) -> list[tuple[int, int, int, int]]:
    """Needs on both sides of, and exactly at, what is usable: yes, close and no."""
    found = []
    for _ in range(times):
        context, usable = rng.randint(10**8, 3 * 10**8), rng.randint(10**10, 2 * 10**10)
        room = usable - context
        less, more = room - rng.randint(1, context - 1), room + rng.randint(1, context - 1)
        far = room - rng.randint(2 * context, 10**9)
        found += [(far, less, context, usable), (less, more, context, usable), (more, more + 5, context, usable)]
        found += [(less, room, context, usable), (room, more, context, usable), (room + 1, more + 1, context, usable)]
        found += [(far, room + 1, context, usable), (far, more, context, usable)]
        found += [
            (room // 3, room // 3 + 5, context, usable),
            (usable + 3 * context, usable + 4 * context, context, usable),
        ]
        found += [(usable + rng.randint(5, context - 9), usable + context - 5, context, usable)]
    rng.shuffle(found)
    return found


def plans(rng: random.Random) -> list[tuple[Model, Settings, int, tuple[int, int]]]:
    """Arguments of plan, several for each way that it may end."""
    found = []
    for kernel in ("mem-efficient", "math"):
        shape = model(rng, layers=(12, 30))
        if kernel == "math":  # few words, so that the scores decide
            shape["vocab"] = rng.randint(3_001, 7_000)
        run = settings(
            rng, kernel=kernel, batch=rng.randint(1, 3), seq_len=64 * rng.randint(13, 30) + rng.randint(5, 50)
        )
        run |= {"checkpointing": False, "use_cache": False}
        length = run["seq_len"]
        plain, again, least = (ref.need(shape, run, *one) for one in ((False, length), (True, length), (True, 64)))
        cut = rng.randint(3, length // 64 - 2) * 64
        odd = next(one for one in range(cut, 0, -64) if one % 128)
        targets = [
            plain * rng.uniform(1.05, 2), rng.uniform(again, plain), ref.need(shape, run, True, cut) * 1.002,
            ref.need(shape, run, True, odd) * 1.002, ref.need(shape, run, True, 64) * 1.002, least * 0.96, least * 0.5,
            *_with_room(shape, run, length), *_between_moments(shape, run, (length, cut, odd)),
        ]  # fmt: skip
        found += [(shape, run, round(usable), gpu) for usable, gpu in zip(targets, _gpus(rng, targets), strict=True)]
    return found


def _with_room(shape: Model, run: Settings, length: int) -> list[float]:
    """Usable bytes that decide whether SLACK and CONTEXT are counted, and how."""
    peak = ref.peak(shape, run | {"seq_len": length})
    return [1.05 * peak + ref.CONTEXT, ref.SLACK * peak + 0.6 * ref.CONTEXT, ref.SLACK * peak + 1.05 * ref.CONTEXT]


def _between_moments(shape: Model, run: Settings, lengths: Iterable[int]) -> list[float]:
    """Usable bytes that are enough at the loss, and too few where the scores are largest."""
    found = []
    for length in lengths if run["kernel"] == "math" else ():
        settings = run | {"checkpointing": True, "seq_len": length}
        loss, peak = ref.moments(ref.parts_of(shape, settings), True)["loss"], ref.peak(shape, settings)
        found.append(ref.SLACK * min((loss + peak) / 2, 0.99 * peak) + ref.CONTEXT)
    return found


def _gpus(rng: random.Random, targets: list[float]) -> list[tuple[int, int]]:
    """A T4 and an A100 among other GPUs, in any order."""
    known = [(7, 5), (8, 0), (6, 1), (8, 6), (10, 0), (7, 5), (8, 0), (6, 0), (7, 0), (12, 0), (8, 9), (7, 5), (9, 0)]
    gpus = known[: len(targets)]
    rng.shuffle(gpus)
    return gpus


def peaks(shape: Model, run: Settings) -> list[tuple[Model, Settings, int]]:
    """What `peak_of` must give for the model, with and without checkpointing."""
    both = [run | {"checkpointing": value} for value in (False, True)]
    return [(shape, one, ref.peak(shape, one)) for one in both]
