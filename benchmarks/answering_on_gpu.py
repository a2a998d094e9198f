"""Answering on a real GPU: ours beside one prompt at a time, and beside plain padded batches, tokens a second.

    ./lab python benchmarks/answering_on_gpu.py --out recorded/answering-on-gpu.json
    ./lab python benchmarks/answering_on_gpu.py --cap --out recorded/answering-t4-cap.json

Needs a CUDA GPU of 20 GiB and 15 GB of disk; with --cap PyTorch is held to the 14.74 GiB that a T4 offers, less its
context. The weights are random, of Llama-2-7B's shape, in NF4; the tokenizer is the pocket model's. What such weights
say never ends by itself, so each answer ends at a length that was recorded: of 772 answers of two chat models to XSTest
(Röttger et al. 2023, its published completions), in words, at 4/3 tokens a word.
One at a time: `generate` of transformers for each prompt, with as many tokens. Plain batches: `generate` for so many
prompts at once, in their order, until the longest has ended; the tokens that the others are owed are counted. Ours:
the loop that `driftlab drift` answers with. All three give the same tokens of the same prompts; in 16 bits a tie can
fall the other way in another batch, so it is counted how many answers are the same, and how far they agree.
`--tiny` does this with the pocket model on a CPU in a minute, where all answers must be the same: to see that the
script works, no measurement.
Does not: say anything of a T4's speed, or of what such a model answers.
"""

import argparse
import dataclasses
import datetime
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from t4_cap import CAP, save_random_llama

from driftlab.config import POCKET, RunConfig, preset
from driftlab.generate import decode, rows_that_fit
from driftlab.models import OpenedModel, open_model
from driftlab.provenance import versions
from driftlab.quiet import quiet, share_cores

DECILES = (5, 50, 74, 97, 126, 144, 161, 170, 182, 191, 219)
"""Words an answer, from the shortest to the longest of the 772."""
TOKENS_A_WORD = 4 / 3
PROMPT_TOKENS = (16, 96)
"""Of a request in a chat template."""
NEVER = 2**31 - 1
"""The end of sequence: a token that no vocabulary has, so that lengths alone end an answer."""
AIM = 10.0
TINY = {"prompts": 40, "alone": 5, "plain": 20, "rows": 8, "most_tokens": 90}
"""What --tiny asks for, whatever the other options say."""


class Work(NamedTuple):
    """Prompts and how long the answer to each is, in tokens."""

    prompts: list[list[int]]
    lengths: list[int]

    def first(self, count: int) -> "Work":
        """The first of them: a fair sample, since their order is random."""
        return Work(self.prompts[:count], self.lengths[:count])


def make_work(count: int, vocab: int, most: int) -> Work:
    """Random prompts with answers of recorded lengths, the same for all sides."""
    chance = random.Random("answers")  # noqa: S311
    prompts = [[chance.randrange(5, vocab) for _ in range(chance.randint(*PROMPT_TOKENS))] for _ in range(count)]
    return Work(prompts, [min(most, max(1, round(TOKENS_A_WORD * words(chance.random())))) for _ in range(count)])


def words(share: float) -> float:
    """The length that this share of the recorded answers is below."""
    place, rest = divmod(10 * share, 1)
    return DECILES[int(place)] + rest * (DECILES[min(10, int(place) + 1)] - DECILES[int(place)])


def ours(opened: OpenedModel, work: Work, rows: int) -> list[list[int]]:
    """As `driftlab drift` answers, but that no token ends an answer."""
    columns = max(len(prompt) + length for prompt, length in zip(work.prompts, work.lengths, strict=True))
    at_once = rows_that_fit(opened, rows, columns)
    said = decode(opened, work.prompts, work.lengths, at_once=at_once, ends=frozenset())
    return [each.tokens for each in said]


def one_by_one(opened: OpenedModel, work: Work, rows: int) -> list[list[int]]:
    """The plain way."""
    return [
        in_batches(opened, Work([prompt], [length]), 1)[0]
        for prompt, length in zip(work.prompts, work.lengths, strict=True)
    ]


def in_batches(opened: OpenedModel, work: Work, rows: int) -> list[list[int]]:
    """Transformers' `generate` in batches padded on the left, each as long as its longest answer."""
    import torch
    from transformers import GenerationConfig

    found: list[list[int]] = []
    pad = opened.tokenizer.pad_token_id
    for start in range(0, len(work.prompts), rows):
        prompts, lengths = work.prompts[start : start + rows], work.lengths[start : start + rows]
        width, most = max(map(len, prompts)), max(lengths)
        ids = torch.tensor([[pad] * (width - len(row)) + row for row in prompts], device=opened.device)
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in prompts], device=opened.device)
        settings = GenerationConfig(  # type: ignore[no-untyped-call]
            do_sample=False, max_new_tokens=most, pad_token_id=pad, eos_token_id=NEVER
        )
        with quiet(), torch.inference_mode():
            made = opened.model.generate(input_ids=ids, attention_mask=mask, generation_config=settings)
        found += [made[n, width : width + length].tolist() for n, length in enumerate(lengths)]
    return found


Side = Callable[[OpenedModel, Work, int], list[list[int]]]


def timed(side: Side, opened: OpenedModel, work: Work, rows: int) -> tuple[dict[str, Any], list[list[int]]]:
    """Seconds, tokens a second and the peak of one side, after a short turn to warm up; and what was said."""
    import torch

    side(opened, Work(work.prompts[:2], [4, 4]), rows)
    on_gpu = opened.device == "cuda"
    if on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        torch.cuda.synchronize()
    began = time.perf_counter()
    said = side(opened, work, rows)
    seconds = time.perf_counter() - began
    tokens = sum(map(len, said))
    return {
        "answers": len(said),
        "tokens": tokens,
        "seconds": seconds,
        "tokens_per_second": tokens / seconds,
        "peak_bytes": torch.cuda.max_memory_allocated() if on_gpu else None,
        "peak_reserved_bytes": torch.cuda.max_memory_reserved() if on_gpu else None,
    }, said


def agreement(one: Sequence[list[int]], other: Sequence[list[int]]) -> dict[str, Any]:
    """How many answers are the same, and which share of each agrees before the first difference."""
    shares = []
    for a, b in zip(one, other, strict=False):
        same = next((n for n, (x, y) in enumerate(zip(a, b, strict=True)) if x != y), len(a))
        shares.append(same / len(a))
    return {"answers": len(shares), "same": sum(share == 1 for share in shares), "mean_share": statistics.fmean(shares)}


def settings(asked: argparse.Namespace, scratch: Path) -> RunConfig:
    """The model of a run, opened as it opens it."""
    if asked.tiny:
        return POCKET
    return dataclasses.replace(preset("llama2-7b-1xt4"), model=str(save_random_llama(scratch / "llama")))


def measure(opened: OpenedModel, asked: argparse.Namespace) -> dict[str, Any]:
    """All sides on the same work; the slower ones on as much of it as was asked for."""
    vocab = len(opened.tokenizer)
    work = make_work(asked.prompts, vocab, asked.most_tokens)
    columns = max(len(prompt) + length for prompt, length in zip(work.prompts, work.lengths, strict=True))
    fitting = rows_that_fit(opened, asked.rows, columns)
    our_numbers, we_said = timed(ours, opened, work, asked.rows)
    alone, alone_said = timed(one_by_one, opened, work.first(asked.alone), 1)
    plain, plain_said = timed(in_batches, opened, work.first(asked.plain), max(1, min(fitting, asked.plain)))
    return {
        "rows_at_once": fitting,
        "columns": columns,
        "ours": our_numbers,
        "one_by_one": alone,
        "plain_batches": plain,
        "times_one_by_one": our_numbers["tokens_per_second"] / alone["tokens_per_second"],
        "times_plain_batches": our_numbers["tokens_per_second"] / plain["tokens_per_second"],
        "aim_one_by_one": AIM,
        "same_as_one_by_one": agreement(alone_said, we_said),
        "plain_batches_same_as_one_by_one": agreement(alone_said, plain_said),
    }


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--prompts", type=int, default=256, help="that ours answers")
    parser.add_argument("--alone", type=int, default=12, help="of them, that are answered one by one")
    parser.add_argument("--plain", type=int, default=128, help="of them, that plain batches answer")
    parser.add_argument("--rows", type=int, default=64, help="at once, at most")
    parser.add_argument("--most-tokens", type=int, default=512, help="of an answer")
    parser.add_argument("--cap", action="store_true", help="hold PyTorch to a T4's memory")
    parser.add_argument("--tiny", action="store_true", help="the pocket model on a CPU")
    asked = parser.parse_args()
    for name, value in TINY.items() if asked.tiny else ():
        setattr(asked, name, value)
    return asked


def main() -> None:
    """Measure and write the record; exit 1 where a CPU says different things."""
    asked = options()
    share_cores()
    import torch

    with tempfile.TemporaryDirectory() as place:
        config = settings(asked, Path(place))
        if asked.cap:
            torch.cuda.empty_cache()
            torch.cuda.set_per_process_memory_fraction(CAP / torch.cuda.get_device_properties(0).total_memory)
        opened = open_model(config)
        found = measure(opened, asked)
    record = {
        "kind": "recorded",
        "what": "Greedy answers of random weights, each ended at a recorded length: tokens a second, three ways.",
        "command": f"./lab python benchmarks/answering_on_gpu.py{' --cap' * asked.cap} --out FILE",
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "versions": {name: versions()[name] for name in ("torch", "transformers", "peft", "bitsandbytes")},
        "gpu": None if asked.tiny else torch.cuda.get_device_name(0),
        "cap_bytes": CAP if asked.cap else None,
        "model": "pocket" if asked.tiny else "random weights of Llama-2-7B's shape",
        "kernel": opened.kernel,
        "compute_dtype": opened.compute_dtype,
        "lengths": {"deciles_in_words": DECILES, "tokens_a_word": TOKENS_A_WORD, "most_tokens": asked.most_tokens},
        **found,
    }
    text = json.dumps(record, indent=1)
    asked.out.write_text(text + "\n", encoding="utf-8")
    print(text)
    if asked.tiny and found["same_as_one_by_one"]["same"] < found["same_as_one_by_one"]["answers"]:
        raise SystemExit("on a CPU all answers must be the same")


if __name__ == "__main__":
    main()
