"""Keep the libraries that models are opened and trained with quiet: on the terminal, and on the cores.

In: a block of code. Out: the same block without progress bars, log lines and warnings of transformers, peft and others.
Does not: hide an error, or anything that driftlab itself says.
"""

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator

NOISY = ("transformers", "peft", "accelerate", "bitsandbytes", "torch", "datasets", "huggingface_hub")


@contextlib.contextmanager
def quiet(*, bars: bool = False) -> Iterator[None]:
    """Within the block, libraries report errors only; afterwards they are as talkative as before.

    With `bars` they may draw progress bars: a download can take an hour.
    """
    # Imported before the levels are set: the first import of transformers sets its own.
    from transformers.utils import logging as transformers_logging

    stop_bars = not bars and transformers_logging.is_progress_bar_enabled()
    loggers = [logging.getLogger(name) for name in NOISY]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        if stop_bars:
            transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
            if stop_bars:
                transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def share_cores() -> None:
    """Let torch's threads give up a core soon when they wait; call it before torch is imported for the first time.

    By default a thread that waits for the others keeps its core busy. With two threads on two cores that something else
    uses too, a step of the pocket model took over 6 s instead of 0.8 s; on cores of one's own it makes no difference.
    A value that the user has set stays.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")


@contextlib.contextmanager
def without_compiler() -> Iterator[None]:
    """Within the block, `torch.compile` hands functions back as they are.

    bitsandbytes compiles four helpers when it is imported. That alone loads torch's compiler (1.3 s of 1.4 s measured
    on one core), and the first call could look for a C++ compiler; uncompiled they give the same numbers.
    """
    before = os.environ.get("TORCHDYNAMO_DISABLE")
    os.environ["TORCHDYNAMO_DISABLE"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["TORCHDYNAMO_DISABLE"]
        else:
            os.environ["TORCHDYNAMO_DISABLE"] = before


def first_line(error: BaseException) -> str:
    """The first line of what a library says about an error, for a message of ours."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
