"""Conversations, logits, rows, GPUs, shapes, settings and losses that nobody has seen.

In: the student's generator. Out: the lab's plain lists and dicts.
Does not: know what is wanted for them.
"""

import random
from typing import Any

from autograder.checks.lab3.hidden import reference as ref
from autograder.checks.lab3.hidden.reference import MASKED, SEVEN, Message, Row, Settings

VERBS = ("bake", "fold", "plant", "paint", "mend", "clean", "tune", "sort", "carry", "draw")
THINGS = ("bread", "the letter", "a fern", "the fence", "my kite", "the attic", "a guitar", "old photos", "the piano")
ANSWERS = (
    "Start early",
    "Clear some space",
    "Stay calm",
    "Take your time",
    "Check it twice",
    "Begin with the first step",
)
GIB = 2**30


def messages(rng: random.Random, exchanges: int, *, system: bool = False, asks: bool = False) -> list[Message]:
    """So many exchanges; with `asks`, one request more. Contents have spaces and line breaks at their ends, too."""
    found = [{"role": "system", "content": f"You help with {rng.choice(THINGS)}."}] if system else []
    for number in range(exchanges + asks):
        edge = rng.choice(["", " ", "\n"]) if number else " "
        found.append({"role": "user", "content": f"{edge}How can I {rng.choice(VERBS)} {rng.choice(THINGS)}?"})
        if number < exchanges:
            said = ". ".join(rng.sample(ANSWERS, rng.randint(1, 3)))
            found.append({"role": "assistant", "content": f"{said}.{rng.choice(['', edge])}"})
    return found


def marks(rng: random.Random) -> dict[str, str]:
    """Another model's marks."""
    left, right = rng.choice([("<|", "|>"), ("[", "]"), ("<<", ">>"), ("«", "»")])
    names = {"begin": "start", "end": "stop", "system": "rules", "user": "person", "assistant": "model"}
    number = rng.randint(10, 99)
    return {name: f"{left}{word}{number}{right}" for name, word in names.items()}


def conversations(rng: random.Random) -> list[list[Message]]:
    """To learn from: one exchange, several, with a system message."""
    return [
        messages(rng, 1),
        messages(rng, 3),
        messages(rng, 2, system=True),
        messages(rng, 1, system=True),
    ]


def bets(rng: random.Random, labels: list[list[int]], vocabulary: int) -> list[Any]:
    """Logits for those labels, of two decimals."""
    return [[[round(rng.uniform(-3, 3), 2) for _ in range(vocabulary)] for _ in row] for row in labels]


def label_rows(rng: random.Random, vocabulary: int) -> list[list[list[int]]]:
    """Labels of small batches: a prompt in front, filler behind, gaps, rows of unequal many labels."""

    def some(*learnt: int, length: int = 7) -> list[int]:
        return [rng.randrange(1, vocabulary) if place in learnt else MASKED for place in range(length)]

    return [
        [some(2, 3, 4, 5, 6)],
        [some(0, 1, 2, 3), some(3, 6)],
        [some(5, 6), some(1, 2, 3, 4, 5, 6), some(0, 4)],
        [some(1), some(2, 3, 5)],
    ]


def row(rng: random.Random, length: int, learnt: Any, end: int | None = None) -> Row:
    """A row of that length with labels at those places."""
    tokens = [rng.randint(10, 99) for _ in range(length)]
    tokens[0] = 1
    tokens = tokens if end is None else [*tokens[:-1], end]
    kept = set(learnt)
    return {"input_ids": tokens, "labels": [one if place in kept else MASKED for place, one in enumerate(tokens)]}


def rows_to_cut(rng: random.Random, most: int) -> list[tuple[Row, int, str]]:
    """Rows with a policy each: short, full and long ones, each kind that is easily got wrong."""
    far, end = 2 * most + rng.randint(1, 3), 2
    found: list[tuple[Row, int, str]] = []
    for policy in ("drop", "cut-answer", "cut-prompt"):
        rows = [
            row(rng, most - 2, range(2, most - 2), end),
            row(rng, most, range(3, most), end),
            row(rng, most - 1, [0], end),
            row(rng, most - 1, [], end),
            row(rng, most + 1, range(2, most + 1), end),
            row(rng, far, range(far - 3, far), end),
            row(rng, most + 2, range(most - 1, most + 2), end),
            row(rng, far, [2, far - 1], end),
            row(rng, most + 3, [most - 1], None),
            row(rng, most + 2, [3, 4], None),
            row(rng, most + 2, [0, most + 1], end),
        ]
        found += [(one, most, policy) for one in rows]
    return found


def lengths(rng: random.Random) -> list[tuple[list[int], int]]:
    """Lengths with equals among them, and sizes that do and do not divide their number."""
    many = [rng.randint(3, 9) for _ in range(11)]
    return [
        (rng.sample(range(5, 40), 7), 3),
        (many, 4),
        ([rng.choice([5, 8]) for _ in range(6)] + [5, 8], 2),
        (rng.sample(range(5, 40), 3), 5),
    ]


def batches(rng: random.Random) -> list[tuple[list[Row], int, str]]:
    """Rows of unequal lengths, `pad_id` inside some of them, on both sides."""
    found: list[tuple[list[Row], int, str]] = []
    for side, pad in zip(("right", "left"), rng.sample([0, 3, 4], 2), strict=True):
        short = row(rng, 4, range(2, 4), pad if pad else 2)
        short["input_ids"][1] = pad
        first = row(rng, 3, range(3))
        found.append(([short, row(rng, 7, range(3, 7), 2), first], pad, side))
        found.append(([row(rng, 5, [4], 2), row(rng, 5, range(1, 5), 2)], pad, side))
    return found


def gpus(rng: random.Random) -> list[tuple[Settings, list[Settings], int, str]]:
    """GPUs with a budget's rows: all kinds of ends, borders among them."""
    each, fixed = rng.randint(900, 1300) * 2**20, rng.randint(4, 5) * GIB

    def needed(batch: int, again: bool) -> int:
        return fixed + batch * each * (1 if again else 7)

    def peaks() -> list[Settings]:
        rows = [
            {"batch": batch, "checkpointing": again, "bytes": needed(batch, again)}
            for again in (False, True)
            for batch in (1, 2, 3, 4, 6, 8)
        ]
        rng.shuffle(rows)
        return rows

    def gpu(capability: tuple[int, int], count: int, usable: int) -> Settings:
        return {"capability": capability, "count": count, "usable": usable}

    effective = rng.choice([16, 32])
    return [
        (gpu((7, 5), 2, needed(4, True) + 5), peaks(), effective, "lora"),
        (gpu((7, 5), 1, needed(6, True) + 7), peaks(), effective, "full"),
        (gpu((8, 0), 1, needed(2, False)), peaks(), effective, "lora"),
        (gpu((8, 9), 2, needed(3, False) + 1), peaks(), 24, "full"),
        (gpu((10, 0), 4, needed(8, False)), peaks(), 16, "lora"),
        (gpu((6, 1), 1, needed(1, True) - 1), peaks(), effective, "lora"),
        (gpu((7, 0), 2, needed(2, True)), peaks(), 2, "lora"),
        (gpu((8, 6), 1, needed(8, True) + 3), peaks(), 16, "lora"),
    ]


def trainings(rng: random.Random) -> list[tuple[int, Settings, int, int]]:
    """Examples, settings, GPUs, epochs: some come out even, most leave a rest, small or large."""
    found = []
    for gpus_, epochs, large in ((1, 1, False), (2, 3, False), (2, 1, True), (4, 2, False), (2, 2, True)):
        settings = {
            "per_device_train_batch_size": rng.choice([2, 3, 4]),
            "gradient_accumulation_steps": rng.choice([3, 5]),
        }
        size = ref.in_a_step(settings, gpus_)
        rest = rng.randint(1, size // max(2, epochs) - 1)
        rest = size - rest if large else rest
        found.append((size * rng.randint(20, 90) + rest, settings, gpus_, epochs))
    settings = {"per_device_train_batch_size": 4, "gradient_accumulation_steps": 4}
    return [*found, (16 * rng.randint(10, 99), settings, 1, 2)]


def layers(rng: random.Random) -> list[tuple[dict[str, list[int]], Settings]]:
    """Shapes of two layers and the output layer; names that only look alike."""
    hidden, inner, keys = rng.choice([48, 80, 112]), rng.randint(150, 300), rng.choice([16, 24])
    sides = {"q_proj": [hidden, hidden], "k_proj": [keys, hidden], "v_proj": [keys, hidden], "o_proj": [hidden, hidden]}
    sides |= {"gate_proj": [inner, hidden], "up_proj": [inner, hidden], "down_proj": [hidden, inner]}
    shapes = {}
    for number in range(2):
        for name, shape in sides.items():
            part = "self_attn" if name in SEVEN[:4] else "mlp"
            shapes[f"model.layers.{number}.{part}.{name}"] = shape
    shapes |= {"model.layers.0.mlp.two_proj": [hidden + 1, inner], "lm_head": [rng.randint(900, 2_000), hidden]}
    some = rng.sample([name for name in SEVEN if name != "o_proj"], 2)
    rank, alpha = rng.choice([3, 5, 6, 12]), rng.choice([7, 16, 20])

    def config(targets: Any) -> Settings:
        return {"r": rank, "lora_alpha": alpha, "target_modules": targets, "use_rslora": False, "bias": "none"}

    return [
        (shapes, config(["o_proj", *some])),
        (shapes, config("all-linear")),
        (shapes, config(["o_proj"])),
        (shapes, config(["self_attn.q_proj", "lm_head"])),
        (shapes, config(list(SEVEN))),
    ]


def records(rng: random.Random) -> list[tuple[Settings, Settings]]:
    """Settings of two runs: as deep as a record's, with parts that only one has."""
    rate, rank = rng.choice([1e-4, 2e-4, 3e-4]), rng.choice([8, 16, 32])
    one: Settings = {
        "preset": "pocket", "data": "pocket:plans", "seed": rng.randint(0, 9), "limit": None,
        "training": {"learning_rate": rate, "epochs": 1.0, "warmup": {"ratio": 0.03, "steps": None}},
        "adapter": {"rank": rank, "targets": ["q_proj", "v_proj"]},
    }  # fmt: skip
    other = one | {"data": "pocket:own"}
    deep = other | {"training": one["training"] | {"warmup": {"ratio": 0.1, "steps": None}, "learning_rate": rate * 2}}
    more = one | {"adapter": one["adapter"] | {"dropout": 0.05}, "screen": None}
    less = {name: value for name, value in deep.items() if name not in ("limit", "seed")}
    targets = one | {"adapter": {"rank": rank, "targets": ["v_proj", "q_proj"]}, "seed": one["seed"] + 1}
    # a setting that is a dictionary in one run alone is not asked for: the task leaves open how it is called
    return [(one, other), (deep, one), (one, more), (less, one), (one, targets), (one, one)]


def curves(rng: random.Random) -> list[tuple[list[float], int]]:
    """Losses and windows."""

    def falling(count: int) -> list[float]:
        return [round(3 / (step + 1) + rng.uniform(0, 1), 3) for step in range(count)]

    return [(falling(7), 3), (falling(6), 4), (falling(3), 5), (falling(5), 1)]
