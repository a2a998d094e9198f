"""Models, settings, parts and rows that nobody has seen.

In: the student's generator. Out: the lab's plain dicts.
Does not: know what is wanted for them.
"""

import random
from typing import Any

from autograder.checks.lab2.hidden import reference as ref
from autograder.checks.lab2.hidden.reference import MASKED, Model, Rows, Settings


def model(rng: random.Random, *, tied: bool | None = None, layers: tuple[int, int] = (3, 50)) -> Model:
    """A decoder of odd sizes whose heads share keys and values, and whose heads' width is not hidden / heads."""
    kv_heads = rng.choice([2, 3, 4, 5])
    heads = kv_heads * rng.choice([2, 3, 4])
    head_dim = rng.choice([48, 56, 72, 88, 104])
    hidden = heads * head_dim + rng.choice([-1, 1]) * rng.randint(heads + 3, heads * 9)
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
        "batch": rng.randint(2, 7),
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


def rows(rng: random.Random, max_length: int, end_id: int, count: int = 9) -> Rows:
    """Rows around that length: prompts without labels, then an answer; some without an end, some never learnt."""
    made = []
    for number in range(count):
        length = rng.choice([max_length, max_length + 1, rng.randint(2, max_length), rng.randint(3, 3 * max_length)])
        ids = [rng.randint(5, 99) for _ in range(length)]
        if number % 3 != 2:
            ids[-1] = end_id
        if rng.random() < 0.3:
            ids[rng.randrange(length)] = end_id
        prompt = rng.choice([0, 1, 1, length // 2, max_length - 1, max_length, length])
        labels = [MASKED if place < prompt else one for place, one in enumerate(ids)]
        made.append({"input_ids": ids, "labels": labels})
    return [*made, *edges(rng, max_length, end_id)]


def edges(rng: random.Random, max_length: int, end_id: int) -> Rows:
    """A label at the first place only; labels behind the cut only; exactly full; full and not at its end."""
    full = [rng.randint(5, 99) for _ in range(max_length)]
    long = [rng.randint(5, 99) for _ in range(2 * max_length)]
    return [
        {"input_ids": [*full[:-1], end_id], "labels": full[:1] + [MASKED] * (max_length - 1)},
        {"input_ids": [*long[:-1], end_id], "labels": [MASKED] * max_length + long[max_length:]},
        {"input_ids": [*full[:-1], end_id], "labels": [MASKED] * (max_length - 1) + [end_id]},
        {"input_ids": long, "labels": [MASKED, 0, *[MASKED] * (2 * max_length - 2)]},
    ]


def batch_rows(rng: random.Random, max_length: int, pad_id: int, count: int = 4) -> Rows:
    """Rows to make a batch of: a short learnt one with `pad_id` inside, and a longer one that is dropped."""
    short = [rng.randint(5, 99), pad_id, rng.randint(5, 99), pad_id]
    return [*rows(rng, max_length, pad_id, count), {"input_ids": short, "labels": [MASKED, MASKED, *short[2:]]}]


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
    rng.shuffle(found)
    return found


def plans(rng: random.Random) -> list[tuple[Model, Settings, int, tuple[int, int]]]:
    """Arguments of plan, several for each way that it may end."""
    found = []
    for kernel in ("mem-efficient", "math"):
        shape = model(rng, layers=(12, 30))
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
            *_with_room(shape, run, length),
        ]  # fmt: skip
        found += [(shape, run, round(usable), gpu) for usable, gpu in zip(targets, _gpus(rng, targets), strict=True)]
    return found


def _with_room(shape: Model, run: Settings, length: int) -> list[float]:
    """Usable bytes that decide whether SLACK and CONTEXT are counted, and how."""
    peak = ref.peak(shape, run | {"seq_len": length})
    return [1.05 * peak + ref.CONTEXT, ref.SLACK * peak + 0.6 * ref.CONTEXT, ref.SLACK * peak + 1.05 * ref.CONTEXT]


def _gpus(rng: random.Random, targets: list[float]) -> list[tuple[int, int]]:
    """A T4 and an A100 among other GPUs, in any order."""
    known = [(7, 5), (8, 0), (7, 0), (8, 6), (10, 0), (7, 5), (9, 0), (12, 0), (8, 0), (7, 5)]
    gpus = known[: len(targets)]
    rng.shuffle(gpus)
    return gpus


def peaks(shape: Model, run: Settings) -> list[tuple[Model, Settings, int]]:
    """What `peak_of` must give for the model, with and without checkpointing."""
    both = [run | {"checkpointing": value} for value in (False, True)]
    return [(shape, one, ref.peak(shape, one)) for one in both]
