"""The peak of GPU memory in a QLoRA step, by running transformers', peft's and the optimizers' own code without a GPU.

In: the content of a model's config.json, a `RunConfig`. Out: a `Traced`: the peak in bytes, what was alive, and where.
Nothing is computed: all tensors are fake (shape, type and storage, no numbers), so that a model of any size runs on a
laptop's CPU in seconds, and whatever the libraries allocate is counted. The full model runs; no layer is extrapolated.
How right it is: tests/test_trace.py holds it against 46 measured peaks (Llama-2-7B and TinyLlama on an H200; three
steps of a bare loop). Peak allocated: median error 0.2%, from 2.4% too low to 0.1% too high. What a step adds to what
lies there between steps is met within 1.1 MB by half of them, 28 MB by all; the rest is how the records' models were
loaded, which left up to 31 MB in the rests of blocks. Peak reserved: median 2.4%, within 9% either way. On the 52 peaks
of `recorded/gpu-peaks.jsonl` (Qwen2.5, Llama 3.2, SmolLM2, Phi-3 and Gemma 2 among them), looked at only afterwards:
median 0.15%, from 0.9% too low to 0% (reserved: 1.8%, from 8% too low to 15% too high). Nothing in here was fitted.
A trace of Llama-2-7B takes 3 s on two busy cores.
Does not: need weights, a network or CUDA; count CUDA's own memory in the process or paged optimizer states; trace
mixtures of experts, padding, or more than one GPU.
"""

import gc
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Literal

from driftlab.config import RunConfig
from driftlab.errors import ModelError
from driftlab.quantize import load_bitsandbytes
from driftlab.quiet import first_line, quiet
from driftlab.trace.allocator import replay
from driftlab.trace.gpu import Attention, as_if_on_cuda, expansions
from driftlab.trace.ledger import Ledger, counting
from driftlab.trace.model import build, materialise
from driftlab.trace.step import Step
from driftlab.trace.traced import Held, Traced, summarise

__all__ = ["Attention", "Held", "Traced", "trace"]

CUBLAS_BYTES = 64 * 2**20
"""cuBLAS workspace, as in the measured records (an H200: 32 MiB for each of two threads); a T4 takes about 16 MiB."""
LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes")
STEPS = 3
"""So often the step's allocations are replayed: the first times find fewer free blocks than later ones."""
RestDtype = Literal["fp32", "fp16"]


def trace(
    settings: dict[str, Any],
    config: RunConfig,
    *,
    rest_dtype: RestDtype = "fp32",
    attention: Attention = "auto",
    kv_cache: bool = False,
    workspace: int = CUBLAS_BYTES,
    on_progress: Callable[[str], None] | None = None,
) -> Traced:
    """Trace one step at the full batch and length of `config`, as Trainer makes it in the middle of a training.

    `rest_dtype`: the type of embeddings, head and norms. `attention`: "auto" is what a T4 runs. `kv_cache`: as a bare
    loop does it, which calls the model without saying use_cache, lets the inputs want gradients, holds a step's loss
    until there is a new one, and takes AdamW as torch offers it. `on_progress` is told what comes next.

    Raises:
        ModelError: transformers knows no such decoder, or its step does something that only real numbers allow.
        TrainingError: the model has no layers of the adapter's targets.
    """
    began = time.perf_counter()
    load_bitsandbytes()  # before there are fake tensors: it makes tables of its own when it is imported
    ledger = Ledger()
    with quiet(), _fake(ledger):
        _run(settings, config, rest_dtype, attention, kv_cache, ledger, on_progress or (lambda words: None))
    found = replay(ledger, STEPS)
    versions = {name: version(name) for name in LIBRARIES}
    return summarise(ledger, found, workspace, time.perf_counter() - began, versions)


@contextmanager
def _fake(ledger: Ledger) -> Iterator[None]:
    """Within the block tensors are fake and counted, and cycles are not collected, whenever that might have been."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    # it logs each operator that cannot run, which the error says as well
    logger = logging.getLogger("torch._subclasses.fake_tensor")
    collecting, level = gc.isenabled(), logger.level
    gc.disable()
    logger.setLevel(logging.CRITICAL)
    try:
        with as_if_on_cuda(), FakeTensorMode(), counting(ledger, expansions()):
            yield
    finally:
        logger.setLevel(level)
        if collecting:
            gc.enable()


def _run(
    settings: dict[str, Any], config: RunConfig, rest_dtype: RestDtype, attention: Attention, kv_cache: bool,
    ledger: Ledger, say: Callable[[str], None],
) -> None:  # fmt: skip
    import torch
    from torch.utils._python_dispatch import _disable_current_modes

    names = {"auto": torch.float16, "fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}
    dtype = names[config.quantization.compute_dtype]
    loaded_in = torch.float32 if config.quantization.kernel == "roundtrip" else dtype
    say("model")
    with _disable_current_modes():
        model = build(settings, config, rest_dtype, dtype, loaded_in)
    materialise(model, ledger, loaded_in)
    try:
        step = Step(model, config, ledger, attention, dtype)
        if kv_cache:
            step.as_bare_loop()
        step.settle()
        if kv_cache:
            step.keep_last_loss()
        step.run(say)
        ledger.mark("end")
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"a step of this {settings['model_type']!r} model cannot be traced: {first_line(error)}",
            "Trace a dense decoder; mixtures of experts need real numbers to choose by.",
        ) from error
