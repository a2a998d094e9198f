"""One optimizer step of a bare QLoRA loop on fake tensors: forward, loss, backward, unscaling, clipping, update.

In: a model whose parameters are fake, a `RunConfig`. Out: the ledger's events, and named moments in it.
The step is one in the middle of a training: optimizer states are there, and under accumulation gradients are too.
Does not: load anything, or feed padding: each batch is full.
"""

import contextlib
from collections.abc import Callable
from typing import Any

from driftlab.config import RunConfig
from driftlab.quantize import load_bitsandbytes
from driftlab.trace.gpu import Attention, like_cuda
from driftlab.trace.ledger import BACKWARD, Ledger

PAGED_FROM = 100_000
"""bitsandbytes' paged optimizers page states of so many elements or more."""
Say = Callable[[str], None]


class Step:
    """A model, its optimizer, and what happens to them."""

    def __init__(
        self, model: Any, config: RunConfig, ledger: Ledger, attention: Attention, dtype: Any, bare_loop: bool
    ) -> None:
        self.model, self.config, self.ledger, self.attention, self.dtype = model, config, ledger, attention, dtype
        self.trained = [weight for weight in model.parameters() if weight.requires_grad]
        self._follow_modules()
        model.train()
        if config.training.gradient_checkpointing:
            # the forward pass that is repeated must run under the same function mode as the first
            contexts = lambda: (contextlib.nullcontext(), like_cuda(attention))  # noqa: E731
            settings = {"use_reentrant": False, "preserve_rng_state": False, "context_fn": contexts}
            model.activation_checkpointing_enable(settings)
        if bare_loop:
            model.enable_input_require_grads()
        self.bare_loop = bare_loop
        self.optimizer = self._optimizer()

    def _follow_modules(self) -> None:
        from torch.autograd import _get_sequence_nr

        ledger = self.ledger
        for name, module in self.model.named_modules():
            short = name.removeprefix("base_model.model.")

            def enter(module: Any, args: Any, short: str = short) -> None:
                ledger.enter(short, _get_sequence_nr())

            def leave(module: Any, args: Any, out: Any, short: str = short) -> None:
                ledger.leave(short, _get_sequence_nr())

            module.register_forward_pre_hook(enter)
            module.register_forward_hook(leave, always_call=True)

    def _optimizer(self) -> Any:
        import torch
        from torch.utils._python_dispatch import _disable_current_modes

        training = self.config.training
        if training.optimizer == "adamw":
            return torch.optim.AdamW(self.trained, weight_decay=training.weight_decay, foreach=True)
        with _disable_current_modes():  # its tables are made from numbers
            bnb = load_bitsandbytes()
            optimizer = bnb.optim.AdamW8bit(self.trained, weight_decay=training.weight_decay)
        with self.ledger.all_as("optimizer states"):
            for name, table in optimizer.name2qmap.items():
                optimizer.name2qmap[name] = torch.empty(table.shape)
        paged = training.optimizer == "paged_adamw_8bit"

        def state_buffer(weight: Any, dtype: Any = torch.float32) -> Any:
            outside = paged and weight.numel() >= PAGED_FROM
            with self.ledger.uncounted() if outside else contextlib.nullcontext():
                return torch.zeros_like(weight, dtype=dtype)

        # the library's own would page on CUDA alone
        optimizer.get_state_buffer = state_buffer
        return optimizer

    def settle(self) -> None:
        """Bring about the state between two steps: optimizer states, and nothing else."""
        import torch

        with self.ledger.uncounted():
            for weight in self.trained:
                weight.grad = torch.zeros_like(weight)
        self.ledger.phase = "optimizer states"
        self._update()

    def run(self, say: Say, previous_loss: Any = None) -> Any:
        """One micro-step that ends with the update; returns the loss. `previous_loss` lives on until then."""
        import torch

        ledger, training = self.ledger, self.config.training
        ledger.mark("idle")
        if training.accumulation > 1:
            with ledger.all_as("gradients"):
                for weight in self.trained:
                    weight.grad = torch.zeros_like(weight)
        ledger.phase = "forward"
        ledger.vocab = self.model.get_output_embeddings().weight.shape[0]
        with ledger.all_as("batch"):
            ids = torch.zeros(training.batch_size, training.max_length, dtype=torch.int64)
            labels = torch.zeros_like(ids)
            scale, found, inverse = torch.ones(()), torch.zeros(1), torch.ones(1)
        say("forward")
        loss = self._forward(ids, labels)
        del previous_loss
        ledger.mark("after_forward")
        say("backward")
        ledger.phase = BACKWARD
        scaled = loss * scale if self.dtype == torch.float16 else loss
        scaled.backward()
        del scaled
        for weight in self.trained:
            ledger.relabel(weight.grad, "gradients")
        say("update")
        ledger.phase = "update"
        if self.dtype == torch.float16:
            torch._amp_foreach_non_finite_check_and_unscale_([weight.grad for weight in self.trained], found, inverse)
        torch.nn.utils.clip_grad_norm_(self.trained, training.max_grad_norm)
        self._update()
        ledger.mark("end")
        return loss

    def _forward(self, ids: Any, labels: Any) -> Any:
        import torch

        autocast = torch.autocast("cpu", dtype=self.dtype) if self.dtype != torch.float32 else contextlib.nullcontext()
        with like_cuda(self.attention), autocast:
            options = {} if self.bare_loop else {"use_cache": False}
            outputs = self.model(input_ids=ids, labels=labels, **options)
            for tensor in _cached(outputs):
                self.ledger.relabel(tensor, "key-value cache")
            return outputs.loss

    def _update(self) -> None:
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


def _cached(outputs: Any) -> list[Any]:
    """Keys and values that the model's output holds."""
    cache = getattr(outputs, "past_key_values", None)
    layers = getattr(cache, "layers", [])
    found = [getattr(layer, name, None) for layer in layers for name in ("keys", "values")]
    return [tensor for tensor in found if tensor is not None]
