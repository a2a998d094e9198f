"""Makes torch do on fake CPU tensors what it does on a GPU, where the two differ in what they allocate.

In: a block of code, the attention kernel. Out: the same block with CUDA's dropout, attention, softmax and list of what
autocast widens, and the operators that CUDA runs as several.
Fake tensors are on the CPU, since torch's CPU build cannot run autograd on fake CUDA tensors: it has no device guard.
Everything else (views, copies, autograd, autocast's casts and its cache, checkpointing) is torch's own.
Does not: compute anything; no tensor holds numbers.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Literal

Attention = Literal["auto", "flash", "mem-efficient", "math"]

WIDE = (
    "layer_norm", "group_norm", "softplus", "softmax", "log_softmax", "pow", "rsqrt", "exp", "log", "reciprocal", "sum",
    "cumsum", "prod", "logsumexp", "norm", "nll_loss",
)  # fmt: skip
"""What autocast computes in fp32 on a GPU and leaves alone on a CPU, as far as decoders use it."""


def like_cuda(attention: Attention) -> Any:
    """A function mode for forward passes, also those that checkpointing repeats."""
    import torch
    from torch.nn import functional
    from torch.overrides import TorchFunctionMode

    wide = _wide_functions()

    class LikeCuda(TorchFunctionMode):
        """Replaces a call where a GPU would run another kernel."""

        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            kwargs = kwargs or {}
            if func is functional.dropout:
                return _dropout(*args, **kwargs)
            if func is functional.scaled_dot_product_attention:
                return _attention(attention, *args, **kwargs)
            if func in wide and torch.is_autocast_enabled("cpu"):
                return _widened(func, args, kwargs)
            return func(*args, **kwargs)

    return LikeCuda()


def _wide_functions() -> set[Any]:
    import torch

    homes = (torch, torch.Tensor, torch.nn.functional)
    return {getattr(home, name) for home in homes for name in WIDE if hasattr(home, name)} | {torch.Tensor.__pow__}


def _dropout(x: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """CUDA's fused kernel keeps a mask of a byte an element; the CPU's way multiplies with noise."""
    import torch

    return torch.native_dropout(x, p, train=True)[0] if training and p else x


def _widened(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    import torch

    x = args[0] if args else kwargs.get("input")
    if not isinstance(x, torch.Tensor) or x.dtype not in (torch.float16, torch.bfloat16):
        return func(*args, **kwargs)
    if "softmax" in func.__name__:
        # one kernel reads 16 bit and writes fp32: no copy of the input is made
        dim = kwargs.get("dim", args[1] if len(args) > 1 else -1)
        if kwargs.get("dtype", torch.float32) == torch.float32:
            kernel = torch._log_softmax if "log" in func.__name__ else torch._softmax
            return kernel(x, dim, half_to_float=True)
        return func(*args, **kwargs)
    wider = [a.float() if isinstance(a, torch.Tensor) and a.is_floating_point() else a for a in args]
    return func(*wider, **kwargs)


def _attention(
    which: Attention, query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
) -> Any:  # fmt: skip
    """What `scaled_dot_product_attention` comes to on a GPU, for the kernel that was asked for."""
    import torch

    if torch.is_autocast_enabled("cpu"):
        dtype = torch.get_autocast_dtype("cpu")
        query, key, value = (x.to(dtype) for x in (query, key, value))
        if attn_mask is not None and attn_mask.is_floating_point():
            attn_mask = attn_mask.to(dtype)
    with torch._C._DisableAutocast():
        if attn_mask is not None and attn_mask.dtype == torch.bool:
            attn_mask = torch.zeros_like(attn_mask, dtype=query.dtype).masked_fill_(attn_mask.logical_not(), -torch.inf)
        grouped = enable_gqa and query.shape[-3] != key.shape[-3]
        kernel = _kernel(which, grouped, query.shape[-1], attn_mask is not None)
        return kernel(query, key, value, attn_mask, dropout_p, is_causal, scale)


def _kernel(which: Attention, grouped: bool, head_dim: int, masked: bool) -> Callable[..., Any]:
    """The kernel that runs: flash takes no mask, and torch gives grouped heads to the math kernel on a T4."""
    if which == "flash" and not masked and head_dim <= 256:
        return _flash
    if which == "math" or (grouped and which != "mem-efficient") or head_dim % 8:
        return _math
    return _efficient


def _flash(q: Any, k: Any, v: Any, mask: Any, dropout: float, causal: bool, scale: float | None) -> Any:
    import torch

    return torch.ops.aten._scaled_dot_product_flash_attention(q, k, v, dropout, causal, False, scale=scale)[0]


def _efficient(q: Any, k: Any, v: Any, mask: Any, dropout: float, causal: bool, scale: float | None) -> Any:
    import torch

    k, v = _expanded(q, k, v)
    if mask is not None:
        mask = mask.expand(q.shape[0], q.shape[1], q.shape[2], k.shape[2])
    needs_grad = torch.is_grad_enabled() and any(x.requires_grad for x in (q, k, v))
    run = torch.ops.aten._scaled_dot_product_efficient_attention
    return run(q, k, v, mask, needs_grad, dropout, causal, scale=scale)[0]


def _expanded(q: Any, k: Any, v: Any) -> tuple[Any, Any]:
    """Keys and values for as many heads as the queries have."""
    if k.shape[-3] == q.shape[-3]:
        return k, v
    return k.repeat_interleave(q.shape[-3] // k.shape[-3], -3), v.repeat_interleave(q.shape[-3] // v.shape[-3], -3)


def _math(q: Any, k: Any, v: Any, mask: Any, dropout: float, causal: bool, scale: float | None) -> Any:
    """The decomposition of `_scaled_dot_product_attention_math`, in fp32, the mask added in place as a GPU does."""
    import torch

    dtype = q.dtype
    q, k, v = (x.float() if x.dtype in (torch.float16, torch.bfloat16) else x for x in (q, k, v))
    root = (scale or q.shape[-1] ** -0.5) ** 0.5
    q = q * root
    if causal:
        allowed = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool).tril()
        mask = torch.zeros_like(allowed, dtype=q.dtype).masked_fill_(allowed.logical_not(), -torch.inf)
        del allowed
    k, v = _expanded(q, k, v)
    scores = torch.matmul(q, k.transpose(-2, -1) * root)
    if mask is not None:
        scores.add_(mask)
    probabilities = torch.ops.aten._safe_softmax(scores, -1)
    if dropout:
        probabilities = _dropout(probabilities, dropout)
    out = torch.matmul(probabilities, v).to(dtype)
    probabilities.to(dtype)  # returned and dropped by the caller
    return out


def expansions() -> dict[Any, Any]:
    """Operators that are one under fake tensors and several on a GPU."""
    import torch

    aten = torch.ops.aten
    return {
        aten._safe_softmax.default: _safe_softmax,
        aten._softmax_backward_data.default: _softmax_backward,
        aten._scaled_dot_product_efficient_attention_backward.default: _efficient_backward,
        aten._scaled_dot_product_flash_attention_backward.default: _flash_backward,
        torch.ops.bitsandbytes.gemm_4bit.default: _gemm_4bit,
    }


def _safe_softmax(scores: Any, dim: int, dtype: Any = None) -> Any:
    import torch

    aten = torch.ops.aten
    out = aten._softmax.default(scores, dim, False)
    masked = aten.eq.Scalar(scores, float("-inf"))
    rows = aten.all.dim(masked, dim, True)
    return aten.where.self(rows, aten.zeros.default([], dtype=out.dtype), out)


def _softmax_backward(grad: Any, out: Any, dim: int, dtype: Any) -> Any:
    """CUDA's kernel multiplies gradient and output into a tensor of its own before it sums (SoftMax.cu)."""
    import torch

    aten = torch.ops.aten
    result = aten.empty_like.default(grad, dtype=dtype)
    aten.mul.Tensor(grad, out)
    return result


def _efficient_backward(grad: Any, query: Any, *rest: Any, **named: Any) -> Any:
    """The kernel sums the gradient of the queries in fp32, in a workspace, and keeps a number a row (delta)."""
    import torch

    aten = torch.ops.aten
    batch, heads, rows, width = query.shape
    gradients = aten._scaled_dot_product_efficient_attention_backward.default(grad, query, *rest, **named)
    delta = aten.empty.memory_format([batch, heads, rows], dtype=torch.float32)
    tiles = [-(-size // 64) * 64 for size in (rows, width)]
    aten.empty.memory_format([batch, heads, *tiles], dtype=torch.float32)
    del delta
    return gradients


def _flash_backward(grad: Any, query: Any, key: Any, *rest: Any, **named: Any) -> Any:
    """As above; gradients of grouped keys and values are first made for each head of the queries."""
    import torch

    aten = torch.ops.aten
    batch, heads, rows, width = query.shape
    gradients = aten._scaled_dot_product_flash_attention_backward.default(grad, query, key, *rest, **named)
    rows, padded = -(-rows // 128) * 128, -(-width // 32) * 32
    sizes = [batch, heads, rows], [batch, rows, heads, padded]
    workspace = [aten.empty.memory_format(list(size), dtype=torch.float32) for size in sizes]
    if key.shape[1] != heads:
        shape = [batch, key.shape[2], heads, width]
        workspace += [aten.empty.memory_format(shape, dtype=key.dtype) for _ in range(2)]
    return gradients


def _gemm_4bit(
    x: Any, packed: Any, shape: Any, absmax: Any, blocksize: int, quant_type: str, bias: Any = None,
    absmax_8bit: Any = None, absmax_code: Any = None, absmax_offset: Any = None,
) -> Any:  # fmt: skip
    """The way of bitsandbytes without its fused kernel: scales, the whole weight in the compute type, a product.

    That is what it does above 1,536 tokens on every GPU, and far below on fast ones; the fused kernel needs less.
    """
    import torch

    bnb, aten = torch.ops.bitsandbytes, torch.ops.aten
    if absmax_8bit is not None:
        nested = bnb.dequantize_blockwise.default(absmax_8bit, absmax, absmax_code, 256, torch.float32)
        absmax = aten.add.Tensor(nested, absmax_offset)
    weight = bnb.dequantize_4bit.default(packed, absmax, blocksize, quant_type, shape, x.dtype)
    flat = aten.view.default(x, [-1, x.shape[-1]])
    turned = aten.t.default(weight)
    out = aten.mm.default(flat, turned) if bias is None else aten.addmm.default(bias, flat, turned)
    return aten.view.default(out, [*x.shape[:-1], shape[0]])


@contextlib.contextmanager
def as_if_on_cuda() -> Iterator[None]:
    """Within the block libraries find what they would find on a GPU under autocast; afterwards all is as it was."""
    import torch
    import transformers.masking_utils as masks
    from torch.utils.checkpoint import DefaultDeviceType

    cuda, default = torch.is_autocast_enabled("cuda"), DefaultDeviceType.get_device_type()
    packed = masks.find_packed_sequence_indices
    # peft asks whether "cuda" autocasts; checkpointing repeats the casts of the default device type
    torch.set_autocast_enabled("cuda", True)
    DefaultDeviceType.set_device_type("cpu")
    # looks into position ids, which hold no numbers here; examples are not packed, so the answer is always this
    masks.find_packed_sequence_indices = lambda position_ids: None
    try:
        yield
    finally:
        masks.find_packed_sequence_indices = packed
        DefaultDeviceType.set_device_type(default)
        torch.set_autocast_enabled("cuda", cuda)
