"""Fine-tuning and answering, ours beside the plain way, in one run: same model, same batches, same prompts.

Usage: python benchmarks/side_by_side.py [--model pocket|PATH] [--probes N] [--steps N] [--threads N] [--json]

Training: the plain way pads every batch to the maximum length; ours to its longest row. Both have the same batches in
the same order. Dropout is off in both, because it draws its decisions by the shape of a batch, and padding changes
that; then the losses must agree to 1e-4.
Answering: the plain way asks one prompt at a time with `generate(max_new_tokens=128)`; ours asks in batches. Before and
after fine-tuning, with the adapter; the answers must be the same, character for character.
Exit 1 if losses or answers differ. Does not: count opening the model, or importing libraries.
"""

import argparse
import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from driftlab.batches import plan
from driftlab.chat import prompt_ids
from driftlab.checkpoints import ADAPTER, finish_adapter
from driftlab.config import POCKET, RunConfig
from driftlab.data import TokenizedSet, load_benign, tokenize
from driftlab.finetune import adapter_on
from driftlab.generate import end_ids, generate
from driftlab.models import OpenedModel, load_adapter, open_model, unload_adapter
from driftlab.probes import load_probes
from driftlab.quiet import quiet
from driftlab.records import Message, Probe
from driftlab.trainer import Course, make_trainer
from driftlab.training_log import StepLog

TOLERANCE = 1e-4
T = TypeVar("T")


class Timed(NamedTuple):
    """What a piece of work gave, and how long it took."""

    result: Any
    seconds: float


def main() -> int:
    """Run both ways and print the table, or with --json one object."""
    options = _options()
    if options.threads:
        import torch

        torch.set_num_threads(options.threads)
    config = _without_dropout(dataclasses.replace(POCKET, model=options.model))
    opened = open_model(config, for_training=True)
    data = load_benign(config.data, limit=options.steps and options.steps * config.training.batch_size)
    train = tokenize(data.train, opened.tokenizer, config.training.max_length)
    probes = load_probes(config.probes).probes[: options.probes]
    result = compare(opened, config, train, probes)
    print(json.dumps(result) if options.json else _table(result))
    return 0 if result["same"] else 1


def compare(opened: OpenedModel, config: RunConfig, train: TokenizedSet, probes: Sequence[Probe]) -> dict[str, Any]:
    """Both ways of everything, and whether they came to the same."""
    generate(opened, probes[:2], config.generation, phase="before")  # the first calls of a process are slower
    before = _answers(opened, config, probes)
    with tempfile.TemporaryDirectory() as folder:
        ours = _timed(lambda: _losses(opened, train, config, Path(folder) / "ours", None))
        plain = _timed(lambda: _losses(opened, train, config, Path(folder) / "plain", config.training.max_length))
        adapted = load_adapter(opened, Path(folder) / "ours" / ADAPTER)
        after = _answers(adapted, config, probes)
        unload_adapter(adapted)
    apart = max(abs(one - other) for one, other in zip(ours.result, plain.result, strict=True))
    stages = {
        "answers before": (before[0].seconds, before[1].seconds),
        "training": (ours.seconds, plain.seconds),
        "answers after": (after[0].seconds, after[1].seconds),
    }
    stages["all"] = (sum(each[0] for each in stages.values()), sum(each[1] for each in stages.values()))
    differing = sum(
        one != other for pair in (before, after) for one, other in zip(pair[0].result, pair[1].result, strict=True)
    )
    return {
        "model": config.model,
        "steps": len(ours.result),
        "probes": len(probes),
        "tokens_a_row": round(train.counts.tokens / len(train.rows), 1),
        "maximum_length": config.training.max_length,
        "largest_loss_difference": apart,
        "differing_answers": differing,
        "same": apart <= TOLERANCE and not differing,
        "seconds": {name: {"ours": round(each[0], 2), "plain": round(each[1], 2)} for name, each in stages.items()},
        "ratio": {name: round(plain_ / ours_, 1) for name, (ours_, plain_) in stages.items()},
    }


def _answers(opened: OpenedModel, config: RunConfig, probes: Sequence[Probe]) -> tuple[Timed, Timed]:
    ours = _timed(lambda: [each.text for each in generate(opened, probes, config.generation, phase="before")])
    return ours, _timed(lambda: [_alone(opened, probe, config.generation.max_new_tokens) for probe in probes])


def _alone(opened: OpenedModel, probe: Probe, limit: int) -> str:
    """The plain way: one prompt, transformers' own greedy generation."""
    import torch
    from transformers import GenerationConfig

    (ids,) = prompt_ids(opened.tokenizer, [[Message("user", probe.prompt)]])
    prompt = torch.tensor([ids], device=opened.device)
    settings = GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=False,
        max_new_tokens=limit,
        eos_token_id=sorted(end_ids(opened)),
        pad_token_id=opened.tokenizer.pad_token_id,
    )
    with quiet():
        made = opened.model.generate(
            input_ids=prompt, attention_mask=torch.ones_like(prompt), generation_config=settings
        )
    return str(opened.tokenizer.decode(made[0, len(ids) :], skip_special_tokens=True)).strip()


def _losses(
    opened: OpenedModel, train: TokenizedSet, config: RunConfig, folder: Path, width: int | None
) -> list[float]:
    """Train once and write the adapter; the loss of every step."""
    steps: list[StepLog] = []
    folder.mkdir()
    course = Course(
        rows=train.rows,
        batches=plan([len(row.input_ids) for row in train.rows], config.training, config.seed),
        accumulation=config.training.accumulation,
        pad=opened.tokenizer.pad_token_id,
        width=width,
        folder=folder,
        fingerprint="",
        done=[],
        on_step=steps.append,
    )
    with quiet(), adapter_on(opened, config) as model:
        make_trainer(opened, model, config, course).train()
        finish_adapter(model, folder, opened.source)
    return [step.loss for step in steps]


def _timed(work: Callable[[], T]) -> Timed:
    began = time.perf_counter()
    result = work()
    return Timed(result, time.perf_counter() - began)


def _without_dropout(config: RunConfig) -> RunConfig:
    return dataclasses.replace(config, adapter=dataclasses.replace(config.adapter, dropout=0.0))


def _table(result: dict[str, Any]) -> str:
    rows = [f"{'':16}{'ours':>10}{'plain':>10}{'ratio':>9}"]
    for name, seconds in result["seconds"].items():
        rows.append(f"{name:16}{seconds['ours']:>8} s{seconds['plain']:>8} s{result['ratio'][name]:>8}x")
    rows.append(
        f"{result['steps']} steps, rows of {result['tokens_a_row']} tokens on average, plain way padded to "
        f"{result['maximum_length']}; {result['probes']} probes asked twice."
    )
    rows.append(
        f"largest difference of a loss: {result['largest_loss_difference']:.1e} (at most {TOLERANCE:g}); "
        f"differing answers: {result['differing_answers']}"
    )
    return "\n".join(rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=POCKET.model)
    parser.add_argument("--probes", type=int, help="ask only the first N")
    parser.add_argument("--steps", type=int, help="train only about N steps")
    parser.add_argument("--threads", type=int, help="torch's threads; its own choice otherwise")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
