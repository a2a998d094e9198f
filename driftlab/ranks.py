"""The processes of one training, where a launcher has started several: one for each GPU, or on CPUs.

In: what torchrun or `accelerate launch` set for each process (RANK, WORLD_SIZE, LOCAL_RANK). Out: this process's place
among them, and words that pass between them; a process alone is the first of one, and all of this does nothing then.
Words go over gloo on the processors, so that a process can wait for hours without keeping a GPU busy.
Does not: start a process, or set anything that the environment sets for NCCL.
"""

import contextlib
import datetime
import functools
import os
from collections.abc import Iterator
from typing import Any, TypeVar

T = TypeVar("T")
PATIENCE = datetime.timedelta(days=7)
"""How long a process waits for the first one, which asks a model for hours before it trains."""


def count() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """This process's number among them all, from 0."""
    return int(os.environ.get("RANK", "0")) if count() > 1 else 0


def local_rank() -> int:
    """This process's number on its machine, which is that of its GPU."""
    return int(os.environ.get("LOCAL_RANK", "0")) if count() > 1 else 0


def first() -> bool:
    """Whether this is the process that writes, logs and reports."""
    return rank() == 0


def tell(word: T) -> T:
    """What the first process says, in all of them."""
    if count() == 1:
        return word
    import torch.distributed as dist

    box = [word]
    dist.broadcast_object_list(box, src=0, group=_words())
    return box[0]


def gather(word: T) -> list[T]:
    """What each process says, in all of them; nobody goes on before all have spoken."""
    if count() == 1:
        return [word]
    import torch.distributed as dist

    said: list[Any] = [None] * count()
    dist.all_gather_object(said, word, group=_words())
    return said


@contextlib.contextmanager
def leading() -> Iterator[None]:
    """Within the block the first process works; at its end the others are told that there is nothing left to do."""
    yield
    if count() > 1:
        tell(None)
        leave()


def leave() -> None:
    """Take leave of the other processes, at the end of this one."""
    import torch.distributed as dist

    if dist.is_initialized():
        dist.destroy_process_group()
    _words.cache_clear()


@functools.cache
def _words() -> Any:
    """The group that words go over; the first call brings all processes together, for their gradients too."""
    import torch
    import torch.distributed as dist

    if not dist.is_initialized():
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo", timeout=PATIENCE)
    return dist.new_group(backend="gloo", timeout=PATIENCE)
