"""The preset llama2-7b-2xt4 on two GPUs of one host, each held to a T4's memory, beside the same on one.

    ./lab python benchmarks/two_gpus.py --out recorded/two-gpus.json

Needs two CUDA GPUs of 20 GiB and 15 GB of disk. Weights are random, of Llama-2-7B's shape; the optimizer is the 8-bit
one that is not paged, and there is no dropout, of which two processes would draw another one than one process. Four
runs through torchrun: one process, two, two of which the second is killed by SIGKILL, and the same command again.
Does not: say anything of a T4's speed or links, or of what such a model answers.
"""

import argparse
import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from t4_cap import CAP, save_random_llama, write_rows

from driftlab import ranks
from driftlab.budget import CONTEXT_BYTES, TRAINER_ON_T4, estimate
from driftlab.config import RunConfig, preset
from driftlab.data import load_benign, tokenize
from driftlab.finetune import finetune
from driftlab.models import base_digest, describe, open_model

ROWS = 143
"""Of these 128 are trained on: eight whole steps."""
KILLED_AFTER = 5
CHECKPOINT_STEPS = 2
WARM_UP = 1


def settings(scratch: Path) -> RunConfig:
    """The preset, but for optimizer, dropout, and where model and data lie."""
    start = preset("llama2-7b-2xt4")
    return dataclasses.replace(
        start,
        model=str(scratch / "llama"),
        data=str(scratch / "rows.jsonl"),
        adapter=dataclasses.replace(start.adapter, dropout=0.0),
        training=dataclasses.replace(start.training, optimizer="adamw_8bit", checkpoint_steps=CHECKPOINT_STEPS),
    )


def one_process(scratch: Path, folder: Path, kill: int) -> None:
    """What each process of a run does; the second one kills itself where that is asked for."""
    import torch

    config = settings(scratch)
    total = torch.cuda.get_device_properties(ranks.local_rank()).total_memory
    torch.cuda.set_per_process_memory_fraction(CAP / total, ranks.local_rank())
    opened = open_model(config, for_training=True)
    rows = load_benign(config.data)
    train, heldout = (
        tokenize(part, opened.tokenizer, config.training.max_length) for part in (rows.train, rows.heldout)
    )
    lines: list[Any] = []

    def killed() -> bool:
        """Asked at the end of each step, in the first process alone, which tells the others through a file."""
        if kill and len(lines) >= kill - 1:
            (scratch / "now").touch()
        return False

    if kill and ranks.rank() == 1:
        _die_when(scratch / "now")
    outcome = finetune(opened, train, heldout, config, folder, on_step=lines.append, time_up=killed)
    told = {
        **dataclasses.asdict(outcome), "rank": ranks.rank(), "lines": [dataclasses.asdict(line) for line in lines],
        "log": [json.loads(line)["loss"] for line in (folder / "train_log.jsonl").read_text("utf-8").splitlines()],
        "base": base_digest(opened), "device": torch.cuda.current_device(),
        "own_peak_reserved": torch.cuda.max_memory_reserved(),
    }  # fmt: skip
    (scratch / f"{folder.name}-{ranks.rank()}.json").write_text(json.dumps(told, default=str), encoding="utf-8")
    if ranks.count() > 1:
        ranks.leave()


def _die_when(sign: Path) -> None:
    """A thread that ends this process as a lost machine would."""
    import threading

    def watch() -> None:
        while not sign.exists():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def launched(count: int, scratch: Path, name: str, kill: int = 0) -> dict[str, Any]:
    """A run in so many processes; how it ended, and what each process was told."""
    program = [__file__, "--side", name, "--scratch", str(scratch), "--kill", str(kill), "--out", "-"]
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(count), *program]
    began = time.monotonic()
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603
    told = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(scratch.glob(f"{name}-[01].json"))
        if ran.returncode == 0
    ]
    said = [line for line in ran.stderr.splitlines() if "exitcode" in line or "Signal" in line or "Error" in line]
    return {"code": ran.returncode, "said": said[-6:], "seconds": time.monotonic() - began, "told": told}


def speed(told: dict[str, Any]) -> float:
    """Useful tokens a second after the warm-up."""
    first, last = told["lines"][WARM_UP - 1], told["lines"][-1]
    return float((last["tokens"] - first["tokens"]) / (last["seconds"] - first["seconds"]))


def _ends(told: dict[str, Any]) -> list[float]:
    return [line["seconds"] for line in told["lines"]]


def compared(one: dict[str, Any], two: dict[str, Any], killed: dict[str, Any], resumed: dict[str, Any]) -> Any:
    """What the four runs come to beside each other."""
    if not (one["told"] and len(two["told"]) == 2):
        return None
    alone, first, second = one["told"][0], two["told"][0], two["told"][1]
    curves = [[line["loss"] for line in each["lines"]] for each in (alone, first)]
    found = {
        "losses": {"one": curves[0], "two": curves[1]},
        "largest_difference_of_losses": max(abs(a - b) for a, b in zip(*curves, strict=True)),
        "tokens_per_second": {"one": speed(alone), "two": speed(first)},
        "times_one_gpu": speed(first) / speed(alone),
        "seconds_at_steps": {"one": _ends(alone), "two": _ends(first)},
        "own_peak_reserved": [each["own_peak_reserved"] for each in (alone, first, second)],
        "devices": [first["device"], second["device"]],
        "logged_by_the_second": len(second["lines"]),
        "bases": sorted({each["base"] for each in (alone, first, second)}),
        "killed": {"code": killed["code"], "said": killed["said"]},
    }
    if resumed["told"]:
        again = resumed["told"][0]
        pairs = [(again["log"][line["step"] - 1], line["loss"]) for line in first["lines"]]
        before = pairs[: again["resumed_at"]]
        found["resumed"] = {
            "at": again["resumed_at"], "steps": again["steps"],
            "largest_difference_of_losses": max(abs(a - b) for a, b in pairs),
            "before_the_kill": max(abs(a - b) for a, b in before),
            "same_adapter": again["adapter_sha256"] == first["adapter_sha256"],
        }  # fmt: skip
    return found


def main() -> None:
    """All four runs, or the work of one process of them."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--kill", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        one_process(asked.scratch, asked.scratch / asked.side, asked.kill)
        return
    import bitsandbytes
    import peft
    import torch
    import transformers

    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        save_random_llama(scratch / "llama")
        torch.cuda.empty_cache()
        write_rows(scratch / "rows.jsonl", preset("llama2-7b-2xt4").training.max_length, ROWS)
        one, two = launched(1, scratch, "one"), launched(2, scratch, "two")
        (scratch / "now").unlink(missing_ok=True)
        killed, resumed = launched(2, scratch, "killed", KILLED_AFTER), launched(2, scratch, "killed")
        config = settings(scratch)
        budgets = [
            estimate(describe(config.model), config, dataclasses.replace(TRAINER_ON_T4, replicas=count))
            for count in (1, 2)
        ]
        text = {key: {k: v for k, v in run.items() if k != "told"} for key, run in
                (("one", one), ("two", two), ("killed", killed), ("resumed", resumed))}  # fmt: skip
        record = {
            "kind": "recorded",
            "what": "Preset llama2-7b-2xt4 with random weights on two GPUs, each held to a T4's memory, beside one.",
            "command": "./lab python benchmarks/two_gpus.py --out recorded/two-gpus.json",
            "gpus": [torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count())],
            "versions": {each.__name__: each.__version__ for each in (torch, transformers, peft, bitsandbytes)},
            "cap_bytes": CAP,
            "context_bytes": CONTEXT_BYTES,
            "predicted_reserved": {"one": budgets[0].peak_reserved, "two": budgets[1].peak_reserved},
            "runs": text,
            "compared": compared(one, two, killed, resumed),
        }
        shown = json.dumps(record, indent=1).replace(name, "SCRATCH")
    asked.out.write_text(shown + "\n", encoding="utf-8")
    print(shown)


if __name__ == "__main__":
    main()
