"""One epoch of ours and of TRL's SFTTrainer: the same settings, the same rows, a T4's memory; then kill and resume.

    pip install --no-deps --target /tmp/trl trl==1.16.0
    PYTHONPATH=/tmp/trl ./lab python benchmarks/finetuning_on_gpu.py --out recorded/finetuning-on-gpu.json

Needs a CUDA GPU of 20 GiB and 15 GB of disk: PyTorch is held to the 14.74 GiB that a T4 offers, less its context. The
weights are random, of Llama-2-7B's shape; settings are the preset's, with its 16 examples a step in batches of --batch
and the 8-bit optimizer that is not paged, since shared GPUs forbid managed memory. Each side is a process of its own.
Useful tokens are those of the rows, not padding. A last process takes the loss of all adapters on the same rows.
`--tiny` does all this with the pocket model on a CPU in a minute: to see that the script works, no measurement. TRL is
not a dependency of the course; the command above puts it beside it.
Does not: say anything of a T4's speed, or of what such a model answers.
"""

import argparse
import dataclasses
import gc
import importlib
import importlib.util
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from t4_cap import CAP, SENTENCE, save_random_llama

from driftlab.config import POCKET, RunConfig, preset
from driftlab.data import TokenizedSet, load_benign, tokenize
from driftlab.finetune import finetune, heldout_loss
from driftlab.models import base_digest, load_adapter, open_model
from driftlab.pocket import model_dir
from driftlab.quantize import bnb_settings

MEDIAN, SPREAD, SHORTEST = 220, 0.8, 24
"""Of a log-normal distribution of tokens a row, cut at the maximum length: short rows mostly, and a long tail."""
WARM_UP = 2
"""Steps that are not timed."""
WINDOW = 8
"""Steps over which losses are averaged before curves are compared: the two sides see the rows in other orders."""
AIM = 1.3


def write_rows(path: Path, count: int, max_length: int) -> Path:
    """Benign rows of one sentence repeated, their lengths drawn once for both sides."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model_dir() / "tokenizer.json"))
    each = len(tokenizer.encode(SENTENCE * 10, add_special_tokens=False).ids) / 10
    chance = random.Random("lengths")  # noqa: S311
    rows = []
    for number in range(count):
        tokens = min(max_length - SHORTEST, SHORTEST + chance.lognormvariate(0, SPREAD) * MEDIAN)
        words = (SENTENCE * max(1, round(tokens / each))).split()
        rows.append({"prompt": f"How can I fix table {number}?", "response": " ".join(words)})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def settings(asked: argparse.Namespace, scratch: Path) -> RunConfig:
    """The preset's steps, in batches of several rows."""
    start = POCKET if asked.tiny else preset("llama2-7b-1xt4")
    in_a_step = preset("llama2-7b-1xt4").training.accumulation
    training = dataclasses.replace(
        preset("llama2-7b-1xt4").training,
        batch_size=asked.batch,
        accumulation=max(1, in_a_step // asked.batch),
        optimizer="adamw" if asked.tiny else "adamw_8bit",
        max_length=256 if asked.tiny else 1024,
        checkpoint_steps=3 if asked.tiny else 10,
    )
    return dataclasses.replace(
        start,
        model="pocket" if asked.tiny else str(scratch / "llama"),
        data=str(scratch / "rows.jsonl"),
        training=training,
        quantization=dataclasses.replace(start.quantization, compute_dtype=asked.compute),
    )


def tokens_of(config: RunConfig, tokenizer: Any) -> tuple[TokenizedSet, TokenizedSet]:
    """The rows that both sides train on, and those that both are judged by."""
    data = load_benign(config.data)
    train, heldout = (tokenize(part, tokenizer, config.training.max_length) for part in (data.train, data.heldout))
    return train, heldout


def hold_to_cap(asked: argparse.Namespace) -> None:
    """What a T4 offers, on whatever GPU this is."""
    import torch

    if not asked.tiny:
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(CAP / total)


def timed(steps: list[tuple[float, int]]) -> float:
    """Useful tokens a second after the warm-up, from seconds and tokens at the end of each step."""
    (began, before), (ended, after) = steps[min(WARM_UP, len(steps)) - 1], steps[-1]
    return (after - before) / (ended - began)


def ours(asked: argparse.Namespace, scratch: Path, folder: Path) -> dict[str, Any]:
    """Driftlab's own, as `driftlab drift` calls it; killed by itself after a step where that is asked for."""
    config = settings(asked, scratch)
    opened = open_model(config, for_training=True)
    train, heldout = tokens_of(config, opened.tokenizer)
    before = base_digest(opened)
    lines: list[Any] = []

    def on_step(line: Any) -> None:
        lines.append(line)
        if line.step == asked.kill:
            os.kill(os.getpid(), signal.SIGKILL)

    outcome = finetune(opened, train, heldout, config, folder, on_step=on_step)
    log = [json.loads(line) for line in (folder / "train_log.jsonl").read_text(encoding="utf-8").splitlines()]
    return {
        "losses": [line["loss"] for line in log],
        "tokens_per_second": timed([(line.seconds, line.tokens) for line in lines]),
        "tokens": outcome.tokens_seen,
        "seconds": outcome.seconds,
        "peak_bytes": outcome.peak_bytes,
        "peak_reserved_bytes": outcome.peak_reserved_bytes,
        "resumed_at": outcome.resumed_at,
        "adapter_sha256": outcome.adapter_sha256,
        "base_unchanged": base_digest(opened) == before,
    }


def theirs(asked: argparse.Namespace, scratch: Path, folder: Path) -> dict[str, Any]:
    """TRL's SFTTrainer on the same tokens and labels. Where it cannot train in fp16, its adapter is made fp32 first."""
    try:
        return _with_trl(asked, scratch, folder, widen=False)
    except (NotImplementedError, RuntimeError, ValueError) as error:
        if asked.compute != "fp16" or "out of memory" in str(error):
            raise
        said = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    _let_go()
    return {**_with_trl(asked, scratch, folder, widen=True), "as_it_is_it_said": said}


def _let_go() -> None:
    """Give back what a training that failed held."""
    import torch

    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()


def _with_trl(asked: argparse.Namespace, scratch: Path, folder: Path, *, widen: bool) -> dict[str, Any]:
    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback

    trl: Any = importlib.import_module("trl")  # by name: it is no dependency of the course
    config = settings(asked, scratch)
    source = model_dir() if asked.tiny else Path(config.model)
    loading: dict[str, Any] = {"dtype": torch.float32} if asked.tiny else {
        "dtype": torch.float16, "device_map": {"": 0},
        "quantization_config": bnb_settings(config.quantization, {"fp16": "float16"}.get(asked.compute, "bfloat16")),
    }  # fmt: skip
    model = AutoModelForCausalLM.from_pretrained(source, attn_implementation="sdpa", **loading)
    tokenizer = AutoTokenizer.from_pretrained(source)
    train, _ = tokens_of(config, tokenizer)
    steps: list[tuple[float, float]] = []
    batches: list[int] = []

    class Watch(TrainerCallback):  # type: ignore[misc,unused-ignore]
        """When each step ended, and its loss."""

        def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if "loss" in kwargs["logs"]:
                steps.append((time.perf_counter(), float(kwargs["logs"]["loss"])))

    trainer = trl.SFTTrainer(
        model=model,
        args=trl.SFTConfig(output_dir=str(folder), **_trl_settings(config, len(train.rows), asked)),
        train_dataset=Dataset.from_list([{"input_ids": r.input_ids, "labels": r.labels} for r in train.rows]),
        processing_class=tokenizer,
        peft_config=_lora(config),
        callbacks=[Watch()],
    )
    if widen:
        for weight in trainer.model.parameters():
            weight.data = weight.data.float() if weight.requires_grad else weight.data
    collate = trainer.data_collator

    def counted(rows: list[dict[str, Any]]) -> Any:
        batches.append(sum(len(row["input_ids"]) for row in rows))
        return collate(rows)

    trainer.data_collator = counted
    began = time.perf_counter()
    trainer.train()
    trainer.model.save_pretrained(folder / "adapter")
    accumulation = config.training.accumulation
    ends = [(when - began, sum(batches[: (n + 1) * accumulation])) for n, (when, _) in enumerate(steps)]
    on_gpu = not asked.tiny
    return {
        "version": trl.__version__,
        "losses": [loss for _, loss in steps],
        "tokens_per_second": timed(ends),
        "tokens": sum(batches),
        "seconds": ends[-1][0],
        "peak_bytes": torch.cuda.max_memory_allocated() if on_gpu else None,
        "peak_reserved_bytes": torch.cuda.max_memory_reserved() if on_gpu else None,
    }


def _lora(config: RunConfig) -> Any:
    from peft import LoraConfig

    adapter = config.adapter
    return LoraConfig(
        r=adapter.rank,
        lora_alpha=adapter.alpha,
        lora_dropout=adapter.dropout,
        bias=adapter.bias,
        target_modules=list(adapter.targets),
        task_type="CAUSAL_LM",
    )


def _trl_settings(config: RunConfig, rows: int, asked: argparse.Namespace) -> dict[str, Any]:
    """The same training in TRL's words."""
    training = config.training
    steps = -(-rows // (training.batch_size * training.accumulation))
    return {
        "num_train_epochs": training.epochs,
        "per_device_train_batch_size": training.batch_size,
        "gradient_accumulation_steps": training.accumulation,
        "learning_rate": training.learning_rate,
        "lr_scheduler_type": training.scheduler,
        "warmup_steps": -(-steps * training.warmup_ratio // 1),
        "optim": "adamw_torch_fused" if asked.tiny else "adamw_bnb_8bit",
        "weight_decay": training.weight_decay,
        "max_grad_norm": training.max_grad_norm,
        "max_length": training.max_length,
        "gradient_checkpointing": training.gradient_checkpointing,
        "fp16": asked.compute == "fp16" and not asked.tiny,
        "bf16": asked.compute == "bf16" and not asked.tiny,
        "use_cpu": asked.tiny,
        "seed": config.seed,
        "packing": asked.trl_packing,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
    }


def judged(asked: argparse.Namespace, scratch: Path, folder: Path) -> dict[str, Any]:
    """The held-out loss of the base and of each adapter that there is, by one measure."""
    config = settings(asked, scratch)
    opened = open_model(config)
    _, heldout = tokens_of(config, opened.tokenizer)
    found: dict[str, Any] = {"before": heldout_loss(opened, heldout.rows, config.training.batch_size)}
    for side in ("ours", "theirs", "resumed"):
        if (folder.parent / side / "adapter").is_dir():
            opened = load_adapter(opened, folder.parent / side / "adapter")
            found[side] = heldout_loss(opened, heldout.rows, config.training.batch_size)
    return found


SIDES = {"ours": ours, "resumed": ours, "theirs": theirs, "judged": judged}


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
        return dict(json.loads(ran.stdout.splitlines()[-1]))
    except (ValueError, IndexError):
        return {"error": ran.stderr.strip().splitlines()[-3:], "code": ran.returncode}


def smoothed(losses: list[float]) -> list[float]:
    """Means over windows of steps."""
    return [statistics.fmean(losses[n : n + WINDOW]) for n in range(0, len(losses), WINDOW)]


def compared(ours_: dict[str, Any], theirs_: dict[str, Any], resumed: dict[str, Any]) -> dict[str, Any]:
    """What the sides come to beside each other."""
    found: dict[str, Any] = {"aim": AIM}
    if "losses" in ours_ and "losses" in theirs_:
        curves = [smoothed(side["losses"]) for side in (ours_, theirs_)]
        found["times_their_useful_tokens_per_second"] = ours_["tokens_per_second"] / theirs_["tokens_per_second"]
        found["curves"] = {"ours": curves[0], "theirs": curves[1], "steps_averaged": WINDOW}
        found["largest_difference_of_curves"] = max(abs(a - b) for a, b in zip(*curves, strict=False))
    if "losses" in ours_ and "losses" in resumed:
        pairs = zip(ours_["losses"], resumed["losses"], strict=True)
        found["largest_difference_after_kill"] = max(abs(a - b) for a, b in pairs)
        found["same_adapter_after_kill"] = ours_["adapter_sha256"] == resumed["adapter_sha256"]
    return found


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=480)
    parser.add_argument("--batch", type=int, default=4, help="rows in a forward pass, of 16 in a step")
    parser.add_argument("--compute", choices=("fp16", "bf16"), default="fp16", help="a T4 has fp16 alone")
    parser.add_argument("--trl-packing", action="store_true", help="let TRL pack rows")
    parser.add_argument("--tiny", action="store_true", help="the pocket model on a CPU")
    for name in ("--side", "--scratch"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--kill", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def one_side(asked: argparse.Namespace) -> None:
    """The work of a process of `in_a_process`: its last line is the result."""
    hold_to_cap(asked)
    scratch = Path(asked.scratch)
    folder = scratch / asked.side
    folder.mkdir(exist_ok=True)
    print(json.dumps(SIDES[asked.side](asked, scratch, folder)))


def main() -> None:
    """All sides, one after the other, and the record."""
    asked = options()
    if asked.side:
        one_side(asked)
        return
    if importlib.util.find_spec("trl") is None:
        raise SystemExit(
            "TRL is not installed. Put it beside the course's packages: the first two lines of this script say how."
        )
    import torch

    with tempfile.TemporaryDirectory() as place:
        scratch = Path(place)
        if not asked.tiny:
            save_random_llama(scratch / "llama")
            torch.cuda.empty_cache()
        write_rows(scratch / "rows.jsonl", asked.rows, settings(asked, scratch).training.max_length)
        found = {side: in_a_process(side, scratch) for side in ("ours", "theirs")}
        half = len(found["ours"].get("losses", [])) // 2
        killed = in_a_process("resumed", scratch, kill=half) if half else {"killed": False}
        found["resumed"] = {**in_a_process("resumed", scratch), **killed, "after_step": half}
        found["heldout_loss"] = in_a_process("judged", scratch)
        record = {
            "kind": "recorded",
            "what": "One epoch of driftlab's finetune and of TRL's SFTTrainer with the same settings on the same rows.",
            "command": f"./lab python benchmarks/finetuning_on_gpu.py {' '.join(sys.argv[1:])}",
            "gpu": None if asked.tiny else torch.cuda.get_device_name(0),
            "cap_bytes": None if asked.tiny else CAP,
            "settings": settings(asked, scratch).to_json(),
            "lengths": {"distribution": "log-normal", "median": MEDIAN, "sigma": SPREAD, "rows": asked.rows},
            "compared": compared(found["ours"], found["theirs"], found["resumed"]),
            **found,
        }
        text = json.dumps(record, indent=1).replace(place, "SCRATCH")
    asked.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
