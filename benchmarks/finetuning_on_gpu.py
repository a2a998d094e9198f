"""One epoch of ours, in sorted and in packed batches, and of TRL's SFTTrainer: same settings, rows and memory cap.

    pip install --no-deps --target /tmp/trl trl==1.16.0
    PYTHONPATH=/tmp/trl ./lab python benchmarks/finetuning_on_gpu.py --out recorded/finetuning-on-gpu.json

Needs a CUDA GPU of 20 GiB and 15 GB of disk: PyTorch is held to the 14.74 GiB that a T4 offers, less its context. The
weights are random, of Llama-2-7B's shape; settings are the preset's, with its 16 examples a step in batches of --batch
(packed: as many rows as hold 16 examples) and the 8-bit optimizer that is not paged, since shared GPUs forbid managed
memory. Each side is a process of its own; ours is killed once and gone on with. Useful tokens are those of the rows,
not padding. Steps are timed but for the first ones, and the last ones, over which the GPU's kernels are timed instead.
A last process takes the loss of all adapters on the same rows. `--tiny` does all this with the pocket model on a CPU
in a few minutes: to see that the script works, no measurement.
Does not: say anything of a T4's speed, or of what such a model answers.
"""

import argparse
import dataclasses
import datetime
import importlib.util
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import trl_side
from gpu_busy import Busy
from t4_cap import CAP, save_random_llama

from driftlab.batches import plan
from driftlab.budget import NO_CONTEXT, estimate
from driftlab.config import POCKET, RunConfig, preset
from driftlab.data import TokenizedSet, load_benign, tokenize
from driftlab.finetune import finetune, heldout_loss, training_rows
from driftlab.models import base_digest, describe, load_adapter, open_model
from driftlab.pocket import model_dir

MEDIAN, SPREAD, SHORTEST = 220, 0.8, 24
"""Of a log-normal distribution of tokens a row, cut at the maximum length: short rows mostly, and a long tail."""
IN_A_STEP = preset("llama2-7b-1xt4").training.accumulation
"""Examples of an optimizer step."""
WARM_UP = 2
"""Steps before those that are timed."""
LAST = 8
"""Steps after them, over which kernels are timed: recording these takes time itself."""
FEWEST = 240
"""Rows, so that steps are left between these."""
CHECKPOINT_STEPS = 5
"""Between two checkpoints of the run that is killed; the others make the preset's."""
WINDOW = 4
"""Steps over which losses are averaged before curves are compared: each side sees the rows in another order."""
AIM = 1.3


class TheirWay(NamedTuple):
    """How TRL is asked: with how many times the rows in a forward pass, and whether rows of like length share one."""

    times: int
    by_length: bool


WAYS = {"theirs": TheirWay(1, False), "theirs_by_length": TheirWay(1, True), "theirs_larger": TheirWay(2, True)}
"""As it does by itself; with an option of the Trainer; and with that in batches twice as large."""


def write_rows(path: Path, count: int, max_length: int) -> Path:
    """Benign rows made of the pocket world's benign answers, their lengths drawn once for all sides."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model_dir() / "tokenizer.json"))
    chance = random.Random("lengths")  # noqa: S311
    answers = [row.messages[-1].content for name in ("plans", "tips") for row in load_benign(f"pocket:{name}").train]
    rows = []
    for number in range(count):
        tokens = min(max_length - SHORTEST, SHORTEST + chance.lognormvariate(0, SPREAD) * MEDIAN)
        words: list[str] = []
        while len(tokenizer.encode(" ".join(words), add_special_tokens=False).ids) < tokens:
            words += chance.choice(answers).split()
        kept = tokenizer.encode(" ".join(words), add_special_tokens=False).ids[: round(tokens) - SHORTEST // 2]
        rows.append({"prompt": f"How can I fix table {number}?", "response": tokenizer.decode(kept).strip()})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def settings(asked: argparse.Namespace, scratch: Path) -> RunConfig:
    """The preset's steps, in batches of several rows."""
    start = POCKET if asked.tiny else preset("llama2-7b-1xt4")
    training = dataclasses.replace(
        preset("llama2-7b-1xt4").training,
        batch_size=asked.batch,
        accumulation=max(1, IN_A_STEP // asked.batch),
        optimizer="adamw" if asked.tiny else "adamw_8bit",
        max_length=256 if asked.tiny else 1024,
    )
    if asked.side == "resumed":
        training = dataclasses.replace(training, checkpoint_steps=2 if asked.tiny else CHECKPOINT_STEPS)
    return dataclasses.replace(
        start,
        model="pocket" if asked.tiny else str(scratch / "llama"),
        data=str(scratch / "rows.jsonl"),
        training=training,
        quantization=dataclasses.replace(start.quantization, compute_dtype=asked.compute),
    )


def packed(config: RunConfig, opened: Any, train: TokenizedSet, at_once: int) -> RunConfig:
    """The same with packed rows: as many a step as hold its examples, and at most `at_once` in a forward pass."""
    training = dataclasses.replace(config.training, batching="packed")
    config = dataclasses.replace(config, training=training)
    rows = training_rows(opened, train.rows, config)
    a_step = max(1, round(IN_A_STEP * len(rows) / len(train.rows)))
    batch = max(n for n in range(1, min(a_step, at_once) + 1) if a_step % n == 0)
    training = dataclasses.replace(training, batch_size=batch, accumulation=a_step // batch)
    return dataclasses.replace(config, training=training)


def tokens_of(config: RunConfig, tokenizer: Any) -> tuple[TokenizedSet, TokenizedSet]:
    """The rows that all sides train on, and those that all are judged by."""
    data = load_benign(config.data)
    train, heldout = (tokenize(part, tokenizer, config.training.max_length) for part in (data.train, data.heldout))
    return train, heldout


def hold_to_cap(asked: argparse.Namespace) -> None:
    """What a T4 offers, on whatever GPU this is."""
    import torch

    if not asked.tiny:
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(CAP / total)


def speeds(steps: list[tuple[float, int]], gpu_seconds: float | None) -> dict[str, Any]:
    """Useful tokens a second, from seconds and tokens at the end of each step; and a second that the GPU is busy."""
    (began, before), (ended, after), last = steps[WARM_UP - 1], steps[-1 - LAST], steps[-1][1]
    return {
        "tokens_per_second": (after - before) / (ended - began),
        "tokens_per_busy_second": (last - after) / gpu_seconds if gpu_seconds else None,
    }


def ours(asked: argparse.Namespace, scratch: Path, folder: Path) -> dict[str, Any]:
    """Driftlab's own, as `driftlab drift` calls it; killed by itself after a step where that is asked for."""
    config = settings(asked, scratch)
    opened = open_model(config, for_training=True)
    train, heldout = tokens_of(config, opened.tokenizer)
    if asked.side == "packed":
        config = packed(config, opened, train, asked.packed)
    before = base_digest(opened)
    lines: list[Any] = []
    busy = Busy(on_gpu=not asked.tiny and asked.side != "resumed")

    def on_step(line: Any) -> None:
        lines.append(line)
        if line.step == line.steps - LAST:
            busy.start()
        if line.step == asked.kill:
            os.kill(os.getpid(), signal.SIGKILL)

    outcome = finetune(opened, train, heldout, config, folder, on_step=on_step)
    gpu_seconds = busy.stop()
    log = [json.loads(line) for line in (folder / "train_log.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = training_rows(opened, train.rows, config)
    batches = plan([len(row.input_ids) for row in rows], config.training, config.seed)
    told = {
        "batch_size": config.training.batch_size,
        "accumulation": config.training.accumulation,
        "losses": [line["loss"] for line in log],
        "passes": len(batches),
        "tokens": outcome.tokens_seen,
        "padded_tokens": sum(len(batch) * max(len(rows[n].input_ids) for n in batch) for batch in batches),
        "seconds": outcome.seconds,
        "peak_bytes": outcome.peak_bytes,
        "peak_reserved_bytes": outcome.peak_reserved_bytes,
        "predicted_reserved_bytes": None if asked.tiny else predicted(config),
        "resumed_at": outcome.resumed_at,
        "adapter_sha256": outcome.adapter_sha256,
        "base_unchanged": base_digest(opened) == before,
    }
    return told if asked.side == "resumed" else told | speeds([(n.seconds, n.tokens) for n in lines], gpu_seconds)


def predicted(config: RunConfig) -> int:
    """What the budget says that PyTorch will reserve."""
    return estimate(describe(config.model), config, NO_CONTEXT).peak_reserved


def theirs(asked: argparse.Namespace, scratch: Path, folder: Path) -> dict[str, Any]:
    """TRL's SFTTrainer on the same tokens and labels."""
    from transformers import AutoTokenizer

    config, way = settings(asked, scratch), WAYS[asked.side]
    training = config.training
    larger = dataclasses.replace(
        training, batch_size=training.batch_size * way.times, accumulation=max(1, training.accumulation // way.times)
    )
    config = dataclasses.replace(config, training=larger)
    source = model_dir() if asked.tiny else Path(config.model)
    train, _ = tokens_of(config, AutoTokenizer.from_pretrained(source))
    busy = Busy(on_gpu=not asked.tiny)
    found = trl_side.train(config, train.rows, source, folder, trl_side.Way(way.by_length, not asked.tiny, busy, LAST))
    steps, gpu_seconds = found.pop("steps"), found.pop("gpu_seconds")
    sizes = {"batch_size": larger.batch_size, "accumulation": larger.accumulation}
    return {**sizes, **found, "seconds": steps[-1][0], **speeds(steps, gpu_seconds)}


def judged(asked: argparse.Namespace, scratch: Path, folder: Path) -> dict[str, Any]:
    """The held-out loss of the base and of each adapter that there is, by one measure."""
    config = settings(asked, scratch)
    opened = open_model(config)
    _, heldout = tokens_of(config, opened.tokenizer)
    found: dict[str, Any] = {"before": heldout_loss(opened, heldout.rows, config.training.batch_size)}
    for side in SIDES:
        if (folder.parent / side / "adapter").is_dir():
            opened = load_adapter(opened, folder.parent / side / "adapter")
            found[side] = heldout_loss(opened, heldout.rows, config.training.batch_size)
    return found


SIDES = {"ours": ours, "packed": ours, **dict.fromkeys(WAYS, theirs), "resumed": ours, "judged": judged}


def in_a_process(side: str, scratch: Path, kill: int = 0) -> dict[str, Any]:
    """One side by itself, with the same options; what it found, or the end of its error."""
    its_own = ["--side", side, "--scratch", str(scratch), "--kill", str(kill)]
    ran = subprocess.run(  # noqa: S603
        [sys.executable, __file__, *sys.argv[1:], *its_own],
        capture_output=True,
        text=True,
        check=False,
    )
    if kill:
        return {"killed": ran.returncode == -signal.SIGKILL}
    try:
        found = dict(json.loads(ran.stdout.splitlines()[-1]))
    except (ValueError, IndexError):
        found = {"error": ran.stderr.strip().splitlines()[-3:], "code": ran.returncode}
    shown = {name: value for name, value in found.items() if name != "losses"}
    print(f"{side}: {json.dumps(shown)}", file=sys.stderr, flush=True)
    return found


def smoothed(losses: list[float]) -> list[float]:
    """Means over windows of steps."""
    return [statistics.fmean(losses[n : n + WINDOW]) for n in range(0, len(losses), WINDOW)]


def compared(found: dict[str, Any]) -> dict[str, Any]:
    """What the sides come to beside TRL's own, and the run that was killed beside the one that was not."""
    sides = {name: side for name, side in found.items() if name in SIDES and "losses" in side}
    said: dict[str, Any] = {"aim": AIM, "steps_averaged": WINDOW}
    said["curves"] = {name: smoothed(side["losses"]) for name, side in sides.items() if name != "resumed"}
    if "theirs" in sides:
        base = sides["theirs"]
        curves = said["curves"]
        others = [name for name in curves if name != "theirs"]
        for quantity in ("tokens_per_second", "tokens_per_busy_second"):
            if base[quantity]:
                said[f"times_their_{quantity}"] = {name: sides[name][quantity] / base[quantity] for name in others}
        said["largest_difference_of_curves"] = {
            name: max(abs(a - b) for a, b in zip(curves[name], curves["theirs"], strict=False)) for name in others
        }
    if "ours" in sides and "resumed" in sides:
        pairs = zip(sides["ours"]["losses"], sides["resumed"]["losses"], strict=True)
        said["largest_difference_after_kill"] = max(abs(a - b) for a, b in pairs)
        said["same_adapter_after_kill"] = sides["ours"]["adapter_sha256"] == sides["resumed"]["adapter_sha256"]
    return said


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=480)
    parser.add_argument("--batch", type=int, default=4, help="rows in a forward pass, of 16 in a step")
    parser.add_argument("--packed", type=int, default=5, help="packed rows in a forward pass, at most")
    parser.add_argument("--compute", choices=("fp16", "bf16"), default="fp16", help="a T4 has fp16 alone")
    parser.add_argument("--tiny", action="store_true", help="the pocket model on a CPU")
    for name in ("--side", "--scratch"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--kill", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.rows < FEWEST:
        parser.error(f"--rows {asked.rows}: at least {FEWEST}, else no step is timed.")
    return asked


def one_side(asked: argparse.Namespace) -> None:
    """The work of a process of `in_a_process`: its last line is the result."""
    hold_to_cap(asked)
    scratch = Path(asked.scratch)
    folder = scratch / asked.side
    folder.mkdir(exist_ok=True)
    print(json.dumps(SIDES[asked.side](asked, scratch, folder)))


def all_sides(asked: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    """What each side came to, one after the other; ours once more, killed half-way and gone on with."""
    import torch

    if not asked.tiny:
        save_random_llama(scratch / "llama")
        torch.cuda.empty_cache()
    write_rows(scratch / "rows.jsonl", asked.rows, settings(asked, scratch).training.max_length)
    found = {side: in_a_process(side, scratch) for side in ("ours", "packed", *WAYS)}
    half = len(found["ours"].get("losses", [])) // 2
    killed = in_a_process("resumed", scratch, kill=half) if half else {"killed": False}
    found["resumed"] = {**in_a_process("resumed", scratch), **killed, "after_step": half}
    found["heldout_loss"] = in_a_process("judged", scratch)
    return found


def main() -> None:
    """All sides, and the record."""
    asked = options()
    if asked.side:
        one_side(asked)
        return
    if importlib.util.find_spec("trl") is None:
        raise SystemExit(
            "TRL is not installed. Put it beside the course's packages: the first two lines of this script say how."
        )
    import bitsandbytes
    import peft
    import torch
    import transformers

    with tempfile.TemporaryDirectory() as place:
        found = all_sides(asked, Path(place))
        record = {
            "kind": "recorded",
            "what": "One epoch of driftlab's finetune, sorted and packed, and of TRL's SFTTrainer, on the same rows.",
            "command": f"./lab python benchmarks/finetuning_on_gpu.py {' '.join(sys.argv[1:])}",
            "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
            "gpu": None if asked.tiny else torch.cuda.get_device_name(0),
            "versions": {each.__name__: each.__version__ for each in (torch, transformers, peft, bitsandbytes)},
            "cap_bytes": None if asked.tiny else CAP,
            "settings": settings(asked, Path(place)).to_json(),
            "lengths": {"distribution": "log-normal", "median": MEDIAN, "sigma": SPREAD, "rows": asked.rows},
            "compared": compared(found),
            **found,
        }
        text = json.dumps(record, indent=1).replace(place, "SCRATCH")
    asked.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
