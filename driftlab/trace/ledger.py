"""Counts what is alive: each storage, from the operator that made it to the moment that nothing refers to it any more.

In: the operators that run within the block. Out: a list of allocations and releases in order, and what each one was.
Views and in-place operators make no storage and cost nothing. When the autograd engine adds two gradients, a GPU adds
into one of them; under fake tensors it makes a third, which takes over the place of the one that dies.
Does not: decide how an allocator would lay the storages out; `allocator` does.
"""

import bisect
import contextlib
import dataclasses
import sys
import weakref
from collections.abc import Iterator
from typing import Any

FORWARD, BACKWARD, UPDATE, STATES = "forward", "backward", "update", "optimizer states"
"""Phases of a step; the last is the one before it, when the optimizer's states come into being."""


@dataclasses.dataclass(slots=True)
class Made:
    """One storage: what it is, and what made it."""

    bytes_: int
    shape: tuple[int, ...]
    dtype: str
    op: str
    module: str
    phase: str
    kind: str


@dataclasses.dataclass(slots=True)
class Ledger:
    """The storages of one trace. `events` holds n where storage n appears and -n where it goes; they count from 1."""

    made: list[Made] = dataclasses.field(default_factory=lambda: [Made(0, (), "", "", "", "", "")])
    events: list[int] = dataclasses.field(default_factory=list)
    in_place: set[int] = dataclasses.field(default_factory=set)
    """Storages that take the place of one that goes right afterwards."""
    marks: dict[str, int] = dataclasses.field(default_factory=dict)
    """Named moments, as positions in `events`."""
    phase: str = "load"
    kind: str | None = None
    """What all storages are while it is set; None leaves it to `_kind`."""
    paused: bool = False
    vocab: int = -1
    _ids: dict[int, int] = dataclasses.field(default_factory=dict)
    _watched: dict[int, Any] = dataclasses.field(default_factory=dict)
    _modules: list[str] = dataclasses.field(default_factory=list)
    _nodes: tuple[list[int], list[str]] = dataclasses.field(default_factory=lambda: ([], []))

    def mark(self, name: str) -> None:
        """Give this moment a name."""
        self.marks[name] = len(self.events)

    @contextlib.contextmanager
    def uncounted(self) -> Iterator[None]:
        """Within the block, storages are not counted: they lie outside the GPU's allocator."""
        before, self.paused = self.paused, True
        try:
            yield
        finally:
            self.paused = before

    @contextlib.contextmanager
    def all_as(self, kind: str) -> Iterator[None]:
        """Within the block, every storage is of this kind."""
        before, self.kind = self.kind, kind
        try:
            yield
        finally:
            self.kind = before

    def enter(self, module: str, sequence: int) -> None:
        """The forward pass goes into a module; `sequence` is the number of the next autograd node."""
        self._modules.append(module)
        self._note(sequence)

    def leave(self, module: str, sequence: int) -> None:
        """It comes out again; modules that an exception left open inside are closed too."""
        while self._modules and self._modules.pop() != module:
            pass
        self._note(sequence)

    def _note(self, sequence: int) -> None:
        starts, names = self._nodes
        starts.append(sequence)
        names.append(self._modules[-1] if self._modules else "")

    def relabel(self, tensor: Any, kind: str) -> None:
        """Say what a storage is once that is known."""
        number = self._ids.get(tensor.untyped_storage()._cdata)
        if number is not None:
            self.made[number].kind = kind

    def add(self, tensor: Any, op: str, inputs: tuple[Any, ...] = ()) -> int | None:
        """Count a tensor's storage if it is new; returns its number then."""
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self._ids or self.paused:
            return None
        if self.phase == STATES and not tensor.shape:
            return None  # torch's AdamW counts its steps on the CPU
        number = len(self.made)
        self._ids[key] = number
        self._watched[key] = weakref.ref(storage, lambda _, key=key: self._gone(key))  # type: ignore[misc]
        module = self._modules[-1] if self._modules else self._behind_node()
        dtype, kind = str(tensor.dtype).removeprefix("torch."), self.kind or self._kind(tensor, op, inputs, module)
        self.made.append(Made(storage.nbytes(), tuple(tensor.shape), dtype, op, module, self.phase, kind))
        self.events.append(number)
        return number

    def _gone(self, key: int) -> None:
        del self._watched[key]
        self.events.append(-self._ids.pop(key))

    def _behind_node(self) -> str:
        """In the backward pass: the module whose forward pass made the autograd node that runs now."""
        import torch

        node = torch._C._current_autograd_node() if self.phase == BACKWARD else None
        if node is None or not self._nodes[0]:
            return ""
        place = bisect.bisect_right(self._nodes[0], node._sequence_nr())
        return self._nodes[1][place - 1] if place else ""

    def _kind(self, tensor: Any, op: str, inputs: tuple[Any, ...], module: str) -> str:
        if op.startswith("bitsandbytes.dequantize_4bit"):
            return "dequantised weight"
        if op.startswith("aten._to_copy") and inputs and getattr(inputs[0], "_is_param", False):
            return "fp16 copies"
        if self.phase not in (FORWARD, BACKWARD):
            return {UPDATE: "optimizer workspace"}.get(self.phase, self.phase)
        if tensor.shape[-1:] == (self.vocab,) and ".layers." not in module:
            return "logits and loss"
        if self.phase == FORWARD:
            return "activations"
        return "activations recomputed" if self._modules else "gradients of activations"

    def alive_at(self, position: int) -> list[Made]:
        """What is alive after so many events, the largest first."""
        numbers: set[int] = set()
        for event in self.events[:position]:
            if event > 0:
                numbers.add(event)
            else:
                numbers.discard(-event)
        return sorted((self.made[n] for n in numbers), key=lambda made: -made.bytes_)


def counting(ledger: Ledger, expansions: dict[Any, Any]) -> Any:
    """A dispatch mode that writes into the ledger. `expansions`: operators to run as several, as CUDA's kernels do."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    device_of, add_ = torch.ops.prim.device.default, torch.ops.aten.add.Tensor

    class Counting(TorchDispatchMode):  # type: ignore[no-untyped-call,unused-ignore]
        """Runs each operator and counts the storages that it returns."""

        expanding = False

        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            return False  # its wrapper would load torch's compiler and hide who called

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if func is device_of:
                return args[0].fake_device
            if func in expansions and not self.expanding:
                self.expanding = True
                try:
                    with self:
                        return expansions[func](*args, **(kwargs or {}))
                finally:
                    self.expanding = False
            out = func(*args, **(kwargs or {}))
            name = str(func)
            for tensor in out if isinstance(out, (tuple, list)) else (out,):
                if isinstance(tensor, torch.Tensor):
                    number = ledger.add(tensor, name, args)
                    if number and func is add_ and sys._getframe(1).f_code.co_name == "_engine_run_backward":
                        ledger.in_place.add(number)
            return out

    make: Any = Counting
    return make()
