"""One optimizer step of a bare QLoRA loop on fake tensors: forward, loss, backward, unscaling, clipping, update.

In: a model whose parameters are fake, a `RunConfig`. Out: the ledger's events, and named moments in it.
The step is one in the middle of a training: optimizer states are there, and under accumulation gradients are too.
Does not: load anything, or feed padding: each batch is full.
"""

import contextlib
from collections.abc import Callable
from typing import Any

from driftlab import activation_checkpointing
from driftlab.config import RunConfig
from driftlab.quantize import load_bitsandbytes
from driftlab.trace.gpu import Attention, like_cuda
from driftlab.trace.ledger import BACKWARD, FORWARD, STATES, UPDATE, Ledger

PAGED_FROM = 100_000
"""bitsandbytes' paged optimizers page states of so many elements or more."""
Say = Callable[[str], None]


class Step:
    """A model, its optimizer, and what happens to them."""

    def __init__(self, model: Any, config: RunConfig, ledger: Ledger, attention: Attention, dtype: Any) -> None:
        self.model, self.config, self.ledger, self.attention, self.dtype = model, config, ledger, attention, dtype
        self.trained = [weight for weight in model.parameters() if weight.requires_grad]
        self.bare_loop = False
        self.loss: Any = None
        ledger.vocab = model.get_output_embeddings().weight.shape[0]
        self._follow_modules()
        model.train()
        if config.training.gradient_checkpointing:
            # the forward pass that is repeated must run under the same function mode as the first
            settings = {
                "use_reentrant": False,
                "preserve_rng_state": False,  # a generator's state is not on the GPU, and fake tensors have none
                "context_fn": lambda: (contextlib.nullcontext(), like_cuda(attention)),
            }
            activation_checkpointing.enable(model, settings)

    def as_bare_loop(self) -> None:
        """Do as a plain loop: inputs that want gradients, use_cache as the model has it, a loss that is kept."""
        self.bare_loop = True
        self.model.enable_input_require_grads()

    def keep_last_loss(self) -> None:
        """Bring about what the kept loss of the last step holds: that step's inputs and the gradient they got."""
        import torch

        training, self.ledger.phase = self.config.training, "the step before"
        with self.ledger.uncounted():
            ids = torch.zeros(training.batch_size, training.max_length, dtype=torch.int64)
        inputs = self.model.get_input_embeddings()(ids)
        inputs.grad = torch.zeros_like(inputs)
        self.loss = inputs, torch.zeros(())

    def _follow_modules(self) -> None:
        import torch

        next_node: Callable[[], int] = torch._C._autograd._get_sequence_nr  # type: ignore[attr-defined,unused-ignore]
        ledger = self.ledger
        for name, module in self.model.named_modules():
            inside = name.removeprefix("base_model.model.")
            short = type(module).__name__ if inside in ("", "base_model", "base_model.model") else inside

            def enter(module: Any, args: Any, short: str = short) -> None:
                ledger.enter(short, next_node())

            def leave(module: Any, args: Any, out: Any, short: str = short) -> None:
                ledger.leave(short, next_node())

            module.register_forward_pre_hook(enter)
            module.register_forward_hook(leave, always_call=True)

    def settle(self) -> None:
        """Make the optimizer, and bring about its states by an update; its gradients are not counted."""
        import torch

        self.optimizer = self._optimizer()
        with self.ledger.uncounted():
            for weight in self.trained:
                weight.grad = torch.zeros_like(weight)
        self.ledger.phase = STATES
        self._update()

    def _optimizer(self) -> Any:
        import torch
        from torch.utils._python_dispatch import _disable_current_modes

        training = self.config.training
        if training.optimizer == "adamw":
            # Trainer asks for the fused one; torch's own choice makes temporaries as large as all that is trained
            return torch.optim.AdamW(self.trained, foreach=self.bare_loop, fused=not self.bare_loop)
        with _disable_current_modes():  # its tables are made from numbers
            optimizer = load_bitsandbytes().optim.AdamW8bit(self.trained)
        with self.ledger.all_as(STATES):
            for name, table in optimizer.name2qmap.items():
                optimizer.name2qmap[name] = torch.empty(table.shape)
        paged = training.optimizer == "paged_adamw_8bit"

        def state_buffer(weight: Any, dtype: Any = torch.float32) -> Any:
            outside = paged and weight.numel() >= PAGED_FROM
            with self.ledger.uncounted() if outside else contextlib.nullcontext():
                return torch.zeros_like(weight, dtype=dtype)

        # the library's own asks CUDA for managed memory
        optimizer.get_state_buffer = state_buffer
        return optimizer

    def run(self, say: Say) -> None:
        """One micro-step that ends with the update; under accumulation it finds the gradients of those before it."""
        import torch

        ledger, training = self.ledger, self.config.training
        ledger.mark("idle")
        if training.accumulation > 1:
            with ledger.all_as("gradients"):
                for weight in self.trained:
                    weight.grad = torch.zeros_like(weight)
        with ledger.all_as("batch"):
            ids = torch.zeros(training.batch_size, training.max_length, dtype=torch.int64)
            labels = torch.zeros_like(ids)
            scaler = torch.ones(()), torch.zeros(1), torch.ones(1)  # what loss scaling keeps on the device
        say("forward")
        ledger.phase = FORWARD
        loss = self._forward(ids, labels)
        self.loss = loss if self.bare_loop else None
        ledger.mark("after_forward")
        say("backward")
        ledger.phase = BACKWARD
        self._backward(loss, scaler[0])
        say("update")
        ledger.phase = UPDATE
        if self.dtype == torch.float16:
            gradients = [weight.grad for weight in self.trained]
            torch._amp_foreach_non_finite_check_and_unscale_(gradients, scaler[1], scaler[2])
            del gradients
        torch.nn.utils.clip_grad_norm_(self.trained, training.max_grad_norm)
        self._update()

    def _forward(self, ids: Any, labels: Any) -> Any:
        import torch

        autocast = torch.autocast("cpu", dtype=self.dtype) if self.dtype != torch.float32 else contextlib.nullcontext()
        with like_cuda(self.attention), autocast:
            options = {} if self.bare_loop else {"use_cache": False}
            outputs = self.model(input_ids=ids, labels=labels, **options)
            for tensor in _cached(outputs):
                self.ledger.relabel(tensor, "key-value cache")
            return outputs.loss

    def _backward(self, loss: Any, scale: Any) -> None:
        import torch

        (loss * scale if self.dtype == torch.float16 else loss).backward()
        for weight in self.trained:
            self.ledger.relabel(weight.grad, "gradients")

    def _update(self) -> None:
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


def _cached(outputs: Any) -> list[Any]:
    """Keys and values that the model's output holds."""
    cache = getattr(outputs, "past_key_values", None)
    layers = getattr(cache, "layers", [])
    found = [getattr(layer, name, None) for layer in layers for name in ("keys", "values")]
    return [tensor for tensor in found if tensor is not None]
