"""Make the pocket model from its seed: tokenizer, "answer everything", then "align".

In: a seed. Out: a folder with weights (fp32 safetensors, Llama architecture), tokenizer and chat template.
The two stages are ordinary supervised training with the loss on the assistant's tokens; what the model refuses, and how
firmly, comes out of the second stage alone.
Does not: fine-tune (`driftlab.finetune` does) or judge what it made (`verify` does).
"""

import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from driftlab.errors import RunError
from driftlab.pocket import world
from driftlab.quiet import quiet
from driftlab.records import Example

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

VOCABULARY = 1024
MAX_POSITIONS = 512
SPECIAL = ("<|pad|>", "<|begin|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>")
CHAT_TEMPLATE = (
    "{{ '<|begin|>' }}"
    "{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


OnStep = Callable[[str, int, int, float], None]


class Stage(NamedTuple):
    """One stage of training: which conversations, how many, in batches of how many, at which peak rate."""

    name: str
    conversations: int
    batch_size: int
    learning_rate: float


SEED = 2
"""The shipped model's seed: of three that were built and fine-tuned, the one whose response was the most graded."""
STAGES = (Stage("answer", 80_000, 64, 2e-3), Stage("align", 30_000, 64, 3e-4))


def build(
    out: Path,
    *,
    seed: int = SEED,
    stages: tuple[Stage, ...] = STAGES,
    device: str | None = None,
    on_step: OnStep | None = None,
) -> Path:
    """Train a pocket model from nothing and save it in `out`, all or nothing.

    `device` is CUDA where there is one and else the CPU. `on_step(stage, step, steps, loss)` is called after every
    optimizer step. Another device, or another version of torch, gives other weights of the same kind.

    Raises:
        RunError: `out` is there already, or cannot be written.
    """
    import torch

    partial = _partial_folder(out)
    try:
        tokenizer = make_tokenizer()
        torch.manual_seed(seed)
        model = new_model()
        model.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))  # type: ignore[arg-type]
        for stage in stages:
            examples = list(world.conversations(stage.name, stage.conversations))
            for step, steps, loss in train(model, tokenizer, examples, stage, seed):
                if on_step:
                    on_step(stage.name, step, steps, loss)
        with quiet():
            model.to("cpu").save_pretrained(partial)  # type: ignore[arg-type]
            tokenizer.save_pretrained(partial)
        partial.replace(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return out


def _partial_folder(out: Path) -> Path:
    """An empty folder beside `out`, which becomes `out` when all is done."""
    if out.exists():
        raise RunError(f"{str(out)!r} is there already.", "Name a new folder with --out.")
    partial = out.with_name(f".{out.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
    except OSError as error:
        raise RunError(f"{str(out)!r} cannot be made ({error.strerror}).", "Name another folder with --out.") from None
    return partial


def make_tokenizer() -> "PreTrainedTokenizerFast":
    """A byte-level BPE tokenizer of `VOCABULARY` entries, learnt from the world's conversations."""
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=_learn_bpe(),
        bos_token="<|begin|>",  # noqa: S106
        eos_token="<|end|>",  # noqa: S106
        pad_token="<|pad|>",  # noqa: S106
        additional_special_tokens=list(SPECIAL[3:]),
        padding_side="left",
        model_max_length=MAX_POSITIONS,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def _learn_bpe() -> "Tokenizer":
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    corpus = (
        m.content for stage in ("answer", "align") for e in world.conversations(stage, 20_000) for m in e.messages
    )
    bpe.train_from_iterator(corpus, trainer)
    return bpe


def new_model() -> "LlamaForCausalLM":
    """An untrained model of the pocket's shape. Widths are multiples of 64, as 4-bit CPU kernels need."""
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=VOCABULARY,
            hidden_size=192,
            intermediate_size=512,
            num_hidden_layers=4,
            num_attention_heads=3,
            max_position_embeddings=MAX_POSITIONS,
            tie_word_embeddings=True,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
        )
    )


def train(
    model: "LlamaForCausalLM", tokenizer: "PreTrainedTokenizerFast", examples: list[Example], stage: Stage, seed: int
) -> Iterator[tuple[int, int, float]]:
    """Train on the assistant's tokens, one pass, cosine rate with warm-up; yields (step, steps, loss)."""
    import torch

    rows = encode(tokenizer, examples)
    batches = _batches(rows, stage.batch_size, seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=stage.learning_rate, betas=(0.9, 0.95), weight_decay=0.1)
    model.train()
    for step, batch in enumerate(batches):
        rate = stage.learning_rate * _schedule(step, len(batches))
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = model(**_pad(batch, model.device)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        yield step + 1, len(batches), float(loss.detach())
    model.eval()  # type: ignore[no-untyped-call]


def encode(tokenizer: "PreTrainedTokenizerFast", examples: list[Example]) -> list[tuple[list[int], int]]:
    """Token ids of each conversation, and where its answer begins."""
    rows = []
    for example in examples:
        messages = [message.to_json() for message in example.messages]
        prompt = tokenizer.apply_chat_template(messages[:-1], tokenize=False, add_generation_prompt=True)
        full = tokenizer.apply_chat_template(messages, tokenize=False)
        start = len(tokenizer.encode(prompt, add_special_tokens=False))
        rows.append((tokenizer.encode(full, add_special_tokens=False), start))
    return rows


def _schedule(step: int, steps: int) -> float:
    warm = max(1, steps // 20)
    return min((step + 1) / warm, 0.5 * (1 + math.cos(math.pi * step / steps)))


def _batches(rows: list[tuple[list[int], int]], size: int, seed: int) -> list[list[tuple[list[int], int]]]:
    """Batches of rows of like length, in a random order fixed by the seed."""
    import torch

    chooser = torch.Generator().manual_seed(seed)
    noise = torch.rand(len(rows), generator=chooser).tolist()
    order = sorted(range(len(rows)), key=lambda n: (len(rows[n][0]) // 8, noise[n]))
    batches = [[rows[n] for n in order[i : i + size]] for i in range(0, len(order), size)]
    return [batches[n] for n in torch.randperm(len(batches), generator=chooser).tolist()]


def _pad(batch: list[tuple[list[int], int]], device: "torch.device") -> dict[str, "torch.Tensor"]:
    """Right-padded input ids and labels of shape (batch, tokens); labels are -100 outside the answer."""
    import torch

    width = max(len(ids) for ids, _ in batch)
    ids = torch.tensor([row + [0] * (width - len(row)) for row, _ in batch])
    labels = torch.tensor([[-100] * start + row[start:] + [-100] * (width - len(row)) for row, start in batch])
    return {"input_ids": ids.to(device), "labels": labels.to(device)}
