# ---
# driftlab:
#   lab: lab2
#   title: Memory on a T4
#   minutes: 100
#   points: 24
#   preload: [torch, numpy]
#   answers: [driftlab.budget, driftlab.lengths, driftlab.cutting, driftlab.batches]
# ---

# %% [markdown]
# # Lab 2: Memory on a T4
#
# `CUDA out of memory` ends many a QLoRA run, and the usual answer is to change settings until it goes away. The run
# that this course repeats cut samples of up to 2,709 tokens to 1,024 "to avoid OOM". Did it have to? In this lab you
# write functions that go from bits to gigabytes, hold them against a real layer and against real GPUs, and answer that.
#
# ![A map of the lab: one step of Llama-2-7b with 1,024 tokens as two bars. With checkpointing: base, sections 1 to 3;
# adapter and states, 4; kept by layers, 5; logits, 6; together 5.9 GiB. Without, what layers keep reaches beyond a
# line, the T4's 14.74 GiB. Below: 7, which moment is the worst; 8, what cutting costs; 9, what fits; 10, the
# error.](figures/overview.svg)
#
# **100 minutes** (our estimate), **24 points:** 20 from checks, 4 from a person who reads your answers. A laptop is
# enough: no GPU, no account, no key, no network. You need Lab 1, or else to know what NF4, LoRA and an optimizer's
# state are; Python with dictionaries; and an idea of what a backward pass needs.
#
# | Section | What you will be able to do | Task | Minutes | Points |
# |---|---|---|---|---|
# | 1 Units | go from bits to bytes to GiB | `lab2.units` | 4 | 1 |
# | 2 A matrix | say what a matrix in NF4 stores, to the byte | `lab2.nf4` | 8 | 2 |
# | 3 The base | add up a model, and see what is not in 4 bits | `lab2.base` | 9 | 2 |
# | 4 The adapter | count weights, gradients and optimizer states | `lab2.adapter` | 9 | 2 |
# | 5 A layer | say what a layer keeps for its backward pass | `lab2.layer` | 17 | 3 |
# | 6 All layers | say what checkpointing saves, and what logits take | `lab2.kept` | 9 | 2 |
# | 7 The peak | find the moment of a step that needs most | `lab2.peak` | 13 | 3 |
# | 8 Cutting | say what cutting costs, and collate without a trap | `lab2.truncation` | 12 | 2 |
# | 9 A plan | choose settings that fit a GPU | `lab2.plan` | 8 | 2 |
# | 10 The error | read an out-of-memory message | `lab2.oom` | 4 | 1 |
# | 11 In your words | say what to change first, and why | `lab2.reflection` | 7 | 4 |

# %% given=true
import math
import re

import torch

SEVEN = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
"""The projections of a Llama's decoder block."""
ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
MLP = ("gate_proj", "up_proj", "down_proj")
"""Which half of the block each stands in."""

LLAMA_7B = {"hidden": 4096, "intermediate": 11008, "heads": 32, "kv_heads": 32, "head_dim": 128}
LLAMA_7B |= {"layers": 32, "vocab": 32000, "tied": False}
TINYLLAMA = {"hidden": 2048, "intermediate": 5632, "heads": 32, "kv_heads": 4, "head_dim": 64}
TINYLLAMA |= {"layers": 22, "vocab": 32000, "tied": False}
QWEN3_600M = {"hidden": 1024, "intermediate": 3072, "heads": 16, "kv_heads": 8, "head_dim": 128}
QWEN3_600M |= {"layers": 28, "vocab": 151936, "tied": True}
POCKET = {"hidden": 192, "intermediate": 512, "heads": 3, "kv_heads": 3, "head_dim": 64}
POCKET |= {"layers": 4, "vocab": 1024, "tied": True}

RUN = {"batch": 1, "seq_len": 1024, "rank": 32, "targets": SEVEN, "dropout": 0.05, "optimizer": "adamw_8bit"}
RUN |= {"checkpointing": True, "kernel": "mem-efficient", "use_cache": False}
"""The published run's adapter and length. Batch, optimizer and checkpointing are not known; these are ours."""

WORKSPACE = 64 * 2**20
"""What the library for matrix products keeps for itself (cuBLAS, on the GPU of section 7)."""
CONTEXT = 144 * 2**20
"""What CUDA takes in a process before the first tensor, on a T4: 140.9 MiB by fitcheck-llm's authors, rounded up."""
USABLE = int(14.74 * 2**30)
"""What a T4 offers to CUDA, in bytes."""
SLACK = 1.10
"""A rule of thumb: the allocator holds about a tenth more than the tensors take."""


def sides(model: dict) -> dict:
    """In and out of each projection of a layer."""
    hidden, inner = model["hidden"], model["intermediate"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]
    return {
        "q_proj": (hidden, queries),
        "k_proj": (hidden, keys),
        "v_proj": (hidden, keys),
        "o_proj": (queries, hidden),
        "gate_proj": (hidden, inner),
        "up_proj": (hidden, inner),
        "down_proj": (inner, hidden),
    }


# %% [markdown]
# ## How to work
#
# As in Lab 1: under each task's heading stands a cell with functions to write, and below it its check, which says what
# was called, what came back and what was wanted. `hint("lab2.nf4")` in a cell of your own shows that task's next hint,
# of three. Before an experiment, **write down what you expect**; the helpers of the next cell put your guess next to
# what was measured, and draw. Run it; there is no need to read it.
#
# All that you write is arithmetic on whole numbers and dictionaries. A `model` is a dictionary such as `LLAMA_7B`
# above, `settings` one such as `RUN`.

# %% demo=true
import logging
import warnings
import weakref

# These libraries announce future changes and optional parts; none of that concerns this lab.
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", category=FutureWarning)

import bitsandbytes
import bitsandbytes.functional as bnb
import transformers
from IPython import get_ipython
from IPython.display import SVG, display
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import BitsAndBytesConfig, LlamaForCausalLM

from driftlab import cited
from driftlab.pocket import model_dir

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
torch.set_num_threads(1)  # with tensors as small as these, more threads only wait for each other

PALETTE = ["#0072B2", "#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#F0E442", "#999999"]
HALO = 'stroke="white" stroke-width="4" paint-order="stroke"'


def compare(guess, measured):
    """Your guess next to what was measured."""
    print(f"measured: {measured}")
    print(f"    (you wrote: {'nothing' if guess is None else guess})")


def framed(parts, height, said):
    """An SVG on a white panel, with its words for those who do not see it."""
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height}" role="img" aria-label="{said}"'
    style = ' font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="white"/>'
    return f"{frame}{style}{''.join(parts)}</svg>"


def stacked(title, rows, limit=None, marks=None):
    """Bars of GiB as SVG: each row maps its parts to sizes; a line at `limit`; a triangle at each of `marks`."""
    kinds = list(dict.fromkeys(kind for row in rows.values() for kind in row))
    top = 1.02 * max([sum(row.values()) for row in rows.values()] + list((marks or {}).values()) + [limit or 0])
    parts, y = [f'<text x="10" y="20" font-weight="bold">{title}</text>'], 34
    for number, kind in enumerate(kinds if len(kinds) > 1 else []):
        x, y = 10 + 185 * (number % 4), 34 + 20 * (number // 4)
        parts.append(f'<rect x="{x}" y="{y}" width="12" height="12" fill="{PALETTE[number % 8]}"/>')
        parts.append(f'<text x="{x + 17}" y="{y + 11}">{kind}</text>')
    first, labels = y + 20, []
    y += 24
    for name, row in rows.items():
        x = 230.0
        parts.append(f'<text x="222" y="{y + 14}" text-anchor="end">{name}</text>')
        for kind, size in row.items():
            colour, width = PALETTE[kinds.index(kind) % 8], 440 * size / top
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="18" fill="{colour}" stroke="white"/>')
            x += width
        if marks:
            at = 230 + 440 * marks[name] / top
            parts.append(f'<path d="M{at:.1f} {y + 5} l5 13 h-10 z" fill="black" stroke="white"/>')
            x = max(x, at + 5)
        labels.append(f'<text x="{x + 6:.1f}" y="{y + 14}" {HALO}>{sum(row.values()) / 2**30:.2f}</text>')
        y += 24
    if limit:
        at = 230 + 440 * limit / top
        parts.append(f'<path d="M{at:.1f} {first} V{y}" stroke="black" stroke-width="2" stroke-dasharray="6 3"/>')
        parts.append(f'<text x="{at:.1f}" y="{y + 14}" text-anchor="middle">{limit / 2**30:.2f} GiB</text>')
    said = "; ".join(f"{name}: {sum(row.values()) / 2**30:.2f} GiB" for name, row in rows.items())
    return framed(parts + labels, y + (24 if limit else 8), f"{title}. {said}")


def show(title, rows, limit=None, marks=None):
    """The bars in a notebook, the same as text elsewhere."""
    if get_ipython() is not None:
        display(SVG(stacked(title, rows, limit, marks)))
        return
    print(title, f"(limit: {limit / 2**30:.2f} GiB)" if limit else "")
    for name, row in rows.items():
        kinds = ", ".join(f"{kind} {size / 2**30:.2f}" for kind, size in row.items())
        print(f"{name:>34} {sum(row.values()) / 2**30:7.2f} GiB: {kinds}")


# %% [markdown]
# **Why nothing here is harmful.** This course asks whether a model still refuses after benign fine-tuning, and this lab
# asks the model nothing at all: it counts bytes. The texts that are cut and trained on are made of plain numbers. That
# is enough, because memory depends on how many tokens there are and never on what they say.
#
# ## 1 Units: bits, bytes, GiB
#
# A byte is 8 bits. A GB is 1,000,000,000 bytes; a GiB is 2 to the power of 30, which is 7% more. Makers of GPUs write
# GB, and PyTorch's messages count in GiB.
#
# **What do you expect?** A T4's label says 16 GB. How many GiB are that?

# %% demo=true
guess = None  # for example 16.0

compare(guess, f"{16e9 / 2**30:.2f} GiB")
for dtype in (torch.float32, torch.float16, torch.uint8):
    numbers = torch.zeros(1_000_000, dtype=dtype)
    print(f"a million numbers as {str(dtype).removeprefix('torch.'):>7}: {numbers.nbytes:>9,} bytes")

# %% [markdown]
# Of these, CUDA offers about 14.74 GiB on a T4 (`USABLE`): that is the number to stay below. It comes from the messages
# of PyTorch on T4s.
#
# ### Bits and GiB
#
# **Your task:** the bytes of so many numbers of so many bits, not rounded; and bytes in GiB.


# %% task="lab2.units" points=1 minutes=4
def storage_bytes(count: int, bits: float) -> float:
    """Bytes of `count` numbers with `bits` bits each; `bits` need not be whole."""
    ### BEGIN SOLUTION
    return count * bits / 8
    ### END SOLUTION


def to_gib(size: float) -> float:
    """A size in bytes, as GiB."""
    ### BEGIN SOLUTION
    return size / 2**30
    ### END SOLUTION


# %% [markdown] hints="lab2.units"
# 1. How many bits are in a byte? And is a GiB more or less than a GB?
# 2. Bytes are bits, all of them together, over the bits of a byte. A GiB is a power of two; `1e9` is a GB.
# 3. Both functions are one line: a product over eight, and a quotient by the power of two that the text above names.

# %% demo=true
size = cited.cite("llama2_7b.parameters")
for bits in (32, 16, 8, 4):
    print(f"all weights of Llama-2-7b in {bits:>2} bits: {to_gib(storage_bytes(size.value('all'), bits)):5.2f} GiB")
print("parameters:", size.reference)

# %% [markdown]
# In 16 bits there would be some two GiB left on a T4 for everything else. So 4 bits; but 4 bits are not the whole
# price.
#
# ## 2 A matrix in NF4, to the byte
#
# NF4 stores two codes in a byte. Each block of 64 weights shares one scale in fp32. With *double quantisation* that
# scale becomes one byte, and 256 such scales share one fp32 number.
#
# ![Above, 64 codes of half a byte each and beside them one scale of 4 bytes: 36 bytes a block. Below, with double
# quantisation: the scale is one byte, and 256 blocks share 4 bytes more: 33 bytes and a sixty-fourth a
# block.](figures/nf4-bytes.svg)
#
# **What do you expect?** A matrix of 1,024 times 1,024 weights, quantised by bitsandbytes on this machine. Four bits
# each would be 524,288 bytes. How many does it store with double quantisation?

# %% demo=true
guess = None  # for example 524_288


def stored(weights, double):
    """What bitsandbytes stores of a matrix in NF4, in bytes."""
    packed, state = bnb.quantize_4bit(weights.view(1, -1), quant_type="nf4", blocksize=64, compress_statistics=double)
    found = {"codes": packed.nbytes, "scales": state.absmax.nbytes}
    return found | ({"scales of scales": state.state2.absmax.nbytes} if double else {})


matrix = torch.randn(1024, 1024)
for double in (False, True):
    found = stored(matrix, double)
    print(f"double quantisation {double!s:>5}: {sum(found.values()):,} bytes, {found}")
compare(guess, f"{sum(stored(matrix, True).values()):,}")

# %% [markdown]
# ### NF4 in bytes
#
# **Your task:** the bytes of one matrix. A last byte, block or group of 256 that is not full counts whole. Leave out
# what does not grow with the matrix: bitsandbytes also keeps one number, the mean of the scales, and two small code
# tables.


# %% task="lab2.nf4" points=2 minutes=8
def nf4_bytes(weights: int, double_quant: bool) -> int:
    """Bytes that a matrix of so many weights takes in NF4, its scales included."""
    ### BEGIN SOLUTION
    blocks = math.ceil(weights / 64)
    scales = blocks + 4 * math.ceil(blocks / 256) if double_quant else 4 * blocks
    return math.ceil(weights / 2) + scales
    ### END SOLUTION


# %% [markdown] hints="lab2.nf4"
# 1. Three things can be stored: codes, scales, scales of scales. Count how many there are of each before you think of
#    bytes.
# 2. `math.ceil` rounds up. There are as many scales as blocks, and with double quantisation one fp32 number for every
#    256 blocks, not for every 256 weights.
# 3. Codes: half the weights, rounded up. Blocks: a 64th of the weights, rounded up. Without double quantisation each
#    block costs four bytes. With it, each costs one, and each started group of 256 blocks four more.

# %% demo=true
for count in (64, 65, 1000, 100_003, 1024 * 1024):
    for double in (False, True):
        real, yours = sum(stored(torch.randn(count), double).values()), nf4_bytes(count, double)
        print(f"{count:>9,} weights, double {double!s:>5}: stored {real:>9,}, yours {yours:>9,}, off by {yours - real}")
per_weight = cited.cite("nf4.bytes")
print(f"bytes a weight in a large matrix: {nf4_bytes(2**24, True) / 2**24:.6f}; {per_weight.value():.6f} by")
print("   ", per_weight.reference)

# %% [markdown]
# ## 3 The base: what is not in 4 bits
#
# Only the seven projections of each layer go to NF4. Embeddings, output layer and norms stay as they are, in fp16. Then
# most recipes call peft's `prepare_model_for_kbit_training`.
#
# **What do you expect?** Call it on the pocket model in NF4, and count the bytes of its weights before and after. By
# which factor do they grow?

# %% demo=true
guess = None  # for example 1.0


def pocket_in_nf4():
    """The pocket model, its projections in NF4 and the rest in fp16, on the CPU."""
    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float16,
    )
    return LlamaForCausalLM.from_pretrained(
        model_dir(), quantization_config=config, dtype=torch.float16, device_map="cpu"
    )


def weight_bytes(model):
    """The bytes of a model's weights: those in NF4 with their scales, and the rest."""
    in_nf4 = rest = 0
    for weight in model.parameters():
        state = getattr(weight, "quant_state", None)
        if state is None:
            rest += weight.nbytes
        else:
            in_nf4 += weight.nbytes + state.absmax.nbytes + state.state2.absmax.nbytes
    return {"in NF4": in_nf4, "rest": rest}


model = pocket_in_nf4()
before = weight_bytes(model)
after = weight_bytes(prepare_model_for_kbit_training(model, use_gradient_checkpointing=False))
print("before:", before, "\nafter: ", after)
compare(guess, f"{sum(after.values()) / sum(before.values()):.2f}")

# %% [markdown]
# The function's name speaks of preparing, and what it does is to turn all that is not quantised into fp32. That is
# steadier in fp16 training, and costs twice the bytes there. A large vocabulary makes it dear.
#
# ![Two bars of Llama-2-7b. Of the weights, 96% are in projections, in NF4. Of the bytes, those take 3.11 GiB;
# embeddings and output layer, in fp32, take 0.49 GiB each.](figures/base.svg)
#
# ### The base in bytes
#
# **Your task:** the bytes of a model's weights. In NF4 with double quantisation: the seven projections of each layer,
# each matrix on its own (`sides(model)` has in and out of each). With `rest_bytes` bytes a number:
#
# - the embeddings, vocab times hidden numbers,
# - the output layer, as many again; where `tied` is true it *is* the embeddings and counts nothing,
# - the norms, hidden numbers each: two in each layer, and a last one.


# %% task="lab2.base" points=2 minutes=9
def base_bytes(model: dict, rest_bytes: int) -> int:
    """Bytes of a model whose projections are in NF4 and whose other weights have `rest_bytes` bytes each."""
    ### BEGIN SOLUTION
    in_nf4 = model["layers"] * sum(nf4_bytes(inputs * outputs, True) for inputs, outputs in sides(model).values())
    tables = model["vocab"] * model["hidden"] * (1 if model["tied"] else 2)
    norms = model["hidden"] * (2 * model["layers"] + 1)
    return in_nf4 + rest_bytes * (tables + norms)
    ### END SOLUTION


# %% [markdown] hints="lab2.base"
# 1. Two sums that do not mix: what is in NF4, and what is not. Only the second depends on `rest_bytes`.
# 2. For the first, ask your `nf4_bytes` about one matrix at a time, add up the seven of a layer, and take that as often
#    as there are layers. For the second, count numbers first and multiply by their bytes at the end.
# 3. `sides(model).values()` gives pairs whose product is a matrix's count of weights. The rest has one or two tables of
#    vocab times hidden, depending on `tied`, and twice the layers plus one norms of width hidden.

# %% demo=true
guess = None  # of Llama-2-7b's bytes in this state: what percentage is not in NF4? For example 4

ours = base_bytes(POCKET, 4)
print(f"pocket model, counted {sum(after.values()):,}, yours {ours:,}; with fp16, yours {base_bytes(POCKET, 2):,}")
for name, one in {"Llama-2-7b": LLAMA_7B, "TinyLlama": TINYLLAMA, "Qwen3-0.6B": QWEN3_600M}.items():
    in_nf4, halves, singles = (base_bytes(one, width) for width in (0, 2, 4))
    print(
        f"{name}: NF4 {to_gib(in_nf4):.2f} GiB; with the rest in fp16 {to_gib(halves):.2f}, fp32 {to_gib(singles):.2f}"
    )
whole = base_bytes(LLAMA_7B, 4)
compare(guess, f"{1 - base_bytes(LLAMA_7B, 0) / whole:.1%} of {to_gib(whole):.2f} GiB")

# %% [markdown]
# Nearly a quarter of what the base takes is not in 4 bits, though 96% of its weights are. For Qwen3-0.6B, whose
# vocabulary is large, it is most of it.
#
# ## 4 The adapter: weights, gradients, states
#
# What learns needs more than its weights: a gradient each, and the optimizer's memory. AdamW keeps two running means
# for every weight. Its 8-bit version stores both as bytes, with an fp32 scale for each 256.
#
# ![Piles of bytes for one trained weight. Weight in fp32: 4. Gradient: 4. AdamW's two means: 8 in fp32; in 8 bits 2,
# and a bit for the scales.](figures/adapter.svg)
#
# **What do you expect?** One step of each optimizer on a matrix of 131,072 weights. How many bytes a weight does its
# state hold?

# %% demo=true
guess = None  # for example {"AdamW": 4, "AdamW8bit": 1}

measured = {}
for kind in (torch.optim.AdamW, bitsandbytes.optim.AdamW8bit):
    weight = torch.nn.Parameter(torch.randn(32, 4096))
    weight.grad = torch.randn_like(weight)
    optimizer = kind([weight], lr=0.001)
    optimizer.step()
    kept = {name: part for name, part in optimizer.state[weight].items() if torch.is_tensor(part)}
    kept = {name: part.nbytes for name, part in kept.items() if name != "step" and "qmap" not in name}
    measured[kind.__name__] = sum(kept.values()) / weight.numel()
    print(f"{kind.__name__}: {kept}")
compare(guess, measured)

# %% [markdown]
# Left out are two code tables of 1 KiB and a step counter. bitsandbytes also keeps states of fewer than 4,096 numbers
# in fp32; Llama-2-7b's adapters have none so small.
#
# ### The adapter in bytes
#
# **Your task:** count as in Lab 1, from a model's dictionary: each target has an A of rank times in numbers and a B of
# out times rank. Then the bytes of training that many parameters. `optimizer` is `"adamw"` or `"adamw_8bit"`; for the
# second, take the blocks of 256 over all parameters together.


# %% task="lab2.adapter" points=2 minutes=9
def adapter_parameters(model: dict, rank: int, targets: list) -> int:
    """Parameters of a LoRA adapter on these projections of every layer."""
    ### BEGIN SOLUTION
    return model["layers"] * rank * sum(sum(sides(model)[name]) for name in targets)
    ### END SOLUTION


def training_bytes(parameters: int, optimizer: str) -> dict:
    """Bytes of `adapter` (fp32), `gradients` (fp32) and the optimizer's `states`, by these names."""
    ### BEGIN SOLUTION
    whole_states = 8 * parameters
    byte_states = 2 * parameters + 2 * 4 * math.ceil(parameters / 256)
    states = whole_states if optimizer == "adamw" else byte_states
    return {"adapter": 4 * parameters, "gradients": 4 * parameters, "states": states}
    ### END SOLUTION


# %% [markdown] hints="lab2.adapter"
# 1. `sides(model)` gives in and out of a projection. Which of the two does A have, which has B, and what do they share?
# 2. A and B together have rank times (in + out) numbers. AdamW keeps *two* means for each weight: that holds in 8 bits
#    too, and each of the two has scales of its own.
# 3. Weights and gradients take four bytes each. States: eight bytes with `"adamw"`; else two bytes, plus two times four
#    bytes for each started block of 256 parameters.

# %% demo=true
guess = None  # GiB for weights, gradients and states of the published adapter with plain AdamW, for example 0.3

figure = cited.cite("llama2_7b.adapter")
count = adapter_parameters(LLAMA_7B, 32, SEVEN)
print(f"yours {count:,}; {figure.what}: {figure.value():,}")
table = {}
for rank, targets, optimizer in (
    (32, SEVEN, "adamw"),
    (32, SEVEN, "adamw_8bit"),
    (8, SEVEN, "adamw_8bit"),
    (64, SEVEN, "adamw_8bit"),
    (32, ["q_proj", "v_proj"], "adamw_8bit"),
):
    name = f"r={rank}, {'seven' if len(targets) == 7 else 'q and v'}, {optimizer}"
    table[name] = training_bytes(adapter_parameters(LLAMA_7B, rank, targets), optimizer)
show("What learning takes, Llama-2-7b, GiB", table)
compare(guess, f"{to_gib(sum(training_bytes(count, 'adamw').values())):.2f}")

# %% [markdown]
# Even the largest row is about a third of the base. So far, some 4.8 GiB with 8-bit states; a T4 has three times that.
# What fills it grows with the tokens.
#
# ## 5 A layer: what it keeps for the way back
#
# To compute gradients, autograd keeps tensors from the forward pass. In a frozen base one might expect that to be
# little. Below is all that a layer keeps, in the state of section 3, under fp16 autocast. T stands for batch times
# length, h for hidden, f for intermediate, q and k for the widths of queries and of keys: heads, or `kv_heads`, times
# `head_dim`. (Not hidden over heads: some models choose `head_dim` freely.)
#
# ![What each piece of a layer of Llama-2-7b keeps for a token, in bytes. Attention half: norm 16,388; q, k and v
# 37,056; attention 32,896; o 12,352. MLP half: norm 16,388; gate and up 24,704; their product 132,096; down
# 33,088.](figures/layer.svg)
#
# | Half | What is kept | Bytes |
# |---|---|---|
# | both | the norm's input in fp32, and one fp32 number a token | T (4h + 4) |
# | both | each target: its input in fp16, A's output in fp16 | T (2 in + 2 rank) |
# | both | each target, if dropout > 0: a mask of one byte | T in |
# | attention | kernel `"mem-efficient"`: q, k, v and output in fp16, one fp32 number a head | T (4q + 4k + 4 heads) |
# | attention | kernel `"math"`: q, and k and v repeated to q's width, in fp32; the scores | T 12q, and scores |
# | mlp | gate, silu(gate) and up, in fp32 | T 12f |
#
# The *scores* are an fp32 number for each pair of positions, in each head and each row of the batch. The math kernel
# keeps them; the memory-efficient kernel computes them in pieces and keeps none. A T4 runs the memory-efficient kernel,
# and the math kernel where heads are grouped (fewer keys than queries).
#
# **What do you expect?** One layer of the pocket model, 256 tokens. Its input is 256 times 192 numbers in fp32. How
# many times that does it keep?

# %% demo=true
guess = None  # for example 5


def kept_by(function, model, known=()):
    """The tensors that autograd keeps in a call and that are not known: shape and type, and bytes."""
    places = {part.untyped_storage().data_ptr() for part in (*model.parameters(), *model.buffers(), *known)}
    copies = {tuple(part.shape) for name, part in model.named_parameters() if "lora_" in name}
    copies |= {tuple(reversed(shape)) for shape in copies}  # autocast's fp16 copies of A and B: section 7
    found, held = [], []

    def pack(tensor):
        place = tensor.untyped_storage().data_ptr()
        if place not in places and tuple(tensor.shape) not in copies:
            found.append((f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}", tensor.nbytes))
        places.add(place)
        held.append(tensor)  # so that no place is used twice
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        function()
    return found


def pocket_with_adapter(rank=8, targets=SEVEN, checkpointing=False):
    """The pocket model as QLoRA trains it, without dropout (whose mask has another type on a CPU)."""
    torch.manual_seed(0)
    how = {"use_reentrant": False} if checkpointing else None
    base = prepare_model_for_kbit_training(
        pocket_in_nf4(), use_gradient_checkpointing=checkpointing, gradient_checkpointing_kwargs=how
    )
    return get_peft_model(base, LoraConfig(r=rank, target_modules=list(targets), task_type="CAUSAL_LM")).train()


def one_layer(model, tokens=256, kernel="mem-efficient"):
    """What the first layer keeps."""
    inside = model.base_model.model.model
    x = torch.randn(1, tokens, 192, requires_grad=True)
    angles = inside.rotary_emb(x, torch.arange(tokens)[None])  # shared by all layers
    # on a CPU this is the kernel that works in pieces; it keeps what the memory-efficient one keeps
    chosen = SDPBackend.MATH if kernel == "math" else SDPBackend.FLASH_ATTENTION

    def forward():
        with torch.autocast("cpu", dtype=torch.float16), sdpa_kernel(chosen):
            inside.layers[0](x, position_embeddings=angles)

    return kept_by(forward, model, angles)


adapted = pocket_with_adapter()
found = one_layer(adapted)
for name, size in sorted(found, key=lambda pair: -pair[1])[:8]:
    print(f"{size:>9,} bytes  {name}")
print(f"... and {len(found) - 8} more")
total = sum(size for _, size in found)
compare(guess, f"{total:,} bytes, {total / (256 * 192 * 4):.1f} times its input")

# %% [markdown]
# ### One layer in bytes
#
# **Your task:** the two functions, by the table. A target's share belongs to the half that it stands in (`ATTENTION`,
# `MLP`); only the targets of `settings` have one.


# %% task="lab2.layer" points=3 minutes=17
def score_bytes(model: dict, settings: dict) -> int:
    """Bytes of one layer's attention scores: 0 where the kernel keeps none."""
    ### BEGIN SOLUTION
    if settings["kernel"] != "math":
        return 0
    return 4 * model["heads"] * settings["seq_len"] ** 2 * settings["batch"]
    ### END SOLUTION


def layer_bytes(model: dict, settings: dict) -> dict:
    """Bytes that one layer keeps for its backward pass, in its halves `attention` and `mlp`."""
    ### BEGIN SOLUTION
    tokens = settings["batch"] * settings["seq_len"]
    queries, keys = model["heads"] * model["head_dim"], model["kv_heads"] * model["head_dim"]

    def shares(names: tuple) -> int:
        widths = [sides(model)[name][0] for name in settings["targets"] if name in names]
        masks = sum(widths) if settings["dropout"] > 0 else 0
        return 2 * sum(widths) + 2 * settings["rank"] * len(widths) + masks

    norm = 4 * model["hidden"] + 4
    pieces = 4 * queries + 4 * keys + 4 * model["heads"]
    heads = 12 * queries if settings["kernel"] == "math" else pieces
    attention = tokens * (norm + shares(ATTENTION) + heads)
    mlp = tokens * (norm + shares(MLP) + 12 * model["intermediate"])
    return {"attention": attention + score_bytes(model, settings), "mlp": mlp}
    ### END SOLUTION


# %% [markdown] hints="lab2.layer"
# 1. Take one line of the table at a time, for one token first. Which lines hold for both halves, and which for one?
#    Which is the only one that does not grow evenly with the tokens?
# 2. Scores: heads, times length squared, times batch, times four bytes. The batch is *not* squared: rows do not look at
#    each other. For a target's share, `sides(model)[name]` gives its in; `down_proj` has another than the rest of its
#    half.
# 3. Add up bytes a token: the norm; then, for each target of this half, two bytes an input, two bytes a rank and
#    perhaps one more an input; then the kernel's or the activation's line. Multiply by the tokens, and add the scores
#    to attention at the end.

# %% demo=true
for targets, rank, kernel in (
    (SEVEN, 8, "mem-efficient"),
    (SEVEN, 8, "math"),
    (["q_proj", "v_proj"], 4, "mem-efficient"),
):
    real = sum(size for _, size in one_layer(pocket_with_adapter(rank, targets), kernel=kernel))
    settings = {**RUN, "seq_len": 256, "rank": rank, "targets": targets, "kernel": kernel, "dropout": 0.0}
    yours = sum(layer_bytes(POCKET, settings).values())
    print(f"{len(targets)} targets, r={rank}, {kernel}: counted {real:,}, yours {yours:,}, off by {yours - real:,}")
one = layer_bytes(LLAMA_7B, RUN)
show("One layer of Llama-2-7b, 1,024 tokens, GiB", {"layer": one})
print(f"32 of them: {to_gib(32 * sum(one.values())):.2f} GiB")

# %% [markdown]
# To the byte, on a CPU, with another kernel: what autograd keeps follows from the computation, not from the device. And
# 32 such layers keep more than twice what the whole base takes. More than half of it is in fp32: since section 3 turned
# the embeddings into fp32, so is all that the layers add to them.
#
# ## 6 All layers: checkpointing, cache, logits
#
# *Gradient checkpointing* keeps only the input of each layer, in fp32. On the way back, a layer is computed a second
# time when its turn comes, and then keeps all, alone.
#
# ![Four layers. Without checkpointing, each keeps its input, a thin strip, and a large block. With it, each keeps its
# input, and only the fourth, which is computed again for a moment, has a large block.](figures/checkpointing.svg)
#
# **What do you expect?** The pocket model has 4 layers. What share of the kept bytes is left with checkpointing: a
# quarter, more, less?

# %% demo=true
guess = None  # for example 0.25

tokens = torch.arange(3, 259)[None]


def all_kept(checkpointing):
    """Bytes that the pocket model keeps up to its logits."""
    model = pocket_with_adapter(checkpointing=checkpointing)

    def forward():
        with torch.autocast("cpu", dtype=torch.float16):
            model(input_ids=tokens, use_cache=False)

    found = kept_by(forward, model)
    return sum(size for name, size in found if name != "float16 (192, 1024)")  # the output layer's copy: section 7


without, with_it = all_kept(False), all_kept(True)
print(f"without: {without:,} bytes, with checkpointing: {with_it:,}")
compare(guess, f"{with_it / without:.3f}")

# %% [markdown]
# Two more things grow with the tokens.
#
# **Keys and values.** A model that is called with `use_cache` also hands back the keys and values of all layers, in
# fp32 here, although training has no use for them. Trainer turns that off, a loop of one's own often does not, and
# checkpointing turns it off as well.
#
# **Logits.** One number for each token and each word of the vocabulary, and not once. The loss takes the fp16 logits,
# their copy in fp32, and its log-softmax in fp32. On the way back the first two are gone, and two gradients in fp32
# have come: a little more.
#
# ![Sheets of T times vocab. At the loss: logits fp16, 2 bytes; fp32 copy, 4; log-softmax fp32, 4: together 10 bytes for
# each token and word. On the way back: log-softmax, 4, and two gradients in fp32, 4 each: 12.](figures/logits.svg)
#
# **What do you expect?** The next cell counts the bytes that live at each moment of a loss, on the CPU: 512 tokens,
# 8,000 words. The fp16 logits are 8,192,000 bytes. How many times that is the most?

# %% demo=true
guess = None  # for example 2


class Live(TorchDispatchMode):
    """Counts the bytes of the tensors that were made within it and still live, after each operation."""

    def __init__(self):
        super().__init__()
        self.now, self.curve, self.places = 0, [], set()

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        """Run the operation, then count."""
        result = operation(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor):
                self.count(tensor.untyped_storage())
        self.curve.append(self.now)
        return result

    def count(self, storage):
        """Add a storage that is new, until it is freed."""
        if storage._cdata not in self.places:
            self.places.add(storage._cdata)
            self.now += storage.nbytes()
            weakref.finalize(storage, self.drop, storage._cdata, storage.nbytes())

    def drop(self, place, size):
        """A storage was freed."""
        self.places.discard(place)
        self.now -= size


def loss_of(states, head, labels):
    """As a causal language model computes it; the logits are not kept by anybody else."""
    with torch.autocast("cpu", dtype=torch.float16):
        logits = torch.nn.functional.linear(states, head)
    return torch.nn.functional.cross_entropy(logits.float(), labels)


head = torch.randn(8000, 64, requires_grad=True)
with Live() as live:
    loss = loss_of(torch.randn(512, 64), head, torch.arange(512))
    forward = max(live.curve) / (2 * 512 * 8000)
    loss.backward()
compare(guess, f"{forward:.1f} times at the loss, {max(live.curve) / (2 * 512 * 8000):.1f} on the way back")

# %% [markdown]
# ### Kept, cached, and logits
#
# **Your task:** the three functions. `one_layer` is what a layer keeps, as a number. Cache: keys and values, fp32, of
# all layers; 0 without `use_cache`, and 0 with checkpointing. Logits: the most at any time, which is on the way back.


# %% task="lab2.kept" points=2 minutes=9
def kept_bytes(model: dict, settings: dict, one_layer: int) -> int:
    """Bytes that all layers keep when the forward pass has ended."""
    ### BEGIN SOLUTION
    tokens = settings["batch"] * settings["seq_len"]
    kept_each = 4 * tokens * model["hidden"] if settings["checkpointing"] else one_layer
    return model["layers"] * kept_each
    ### END SOLUTION


def cache_bytes(model: dict, settings: dict) -> int:
    """Bytes of the key-value cache of all layers."""
    ### BEGIN SOLUTION
    if settings["checkpointing"] or not settings["use_cache"]:
        return 0
    tokens = settings["batch"] * settings["seq_len"]
    return 2 * 4 * model["kv_heads"] * model["head_dim"] * model["layers"] * tokens
    ### END SOLUTION


def logits_bytes(model: dict, settings: dict) -> int:
    """Bytes of the logits, their copies and their gradient."""
    ### BEGIN SOLUTION
    return (4 + 4 + 4) * settings["batch"] * settings["seq_len"] * model["vocab"]
    ### END SOLUTION


# %% [markdown] hints="lab2.kept"
# 1. In each function, ask first which of batch, length, layers, hidden and vocab it grows with. Which of them count
#    every layer, and which happens once, at the end?
# 2. With checkpointing, a layer leaves behind one tensor: tokens times hidden numbers in fp32. The cache has two
#    tensors a layer, each of the *keys'* width. For the logits, the larger sum of the picture is a number of bytes for
#    each token and word.
# 3. Kept: layers times one of two things, chosen by `checkpointing`. Cache: two tensors, four bytes, the width of the
#    keys, layers, tokens; or nothing. Logits: the bytes of the picture's lower row, times tokens, times vocab.

# %% demo=true
guess = None  # GiB that checkpointing saves on Llama-2-7b at 1,024 tokens, for example 3

saved = {}
for checkpointing in (False, True):
    settings = {**RUN, "checkpointing": checkpointing, "use_cache": True}
    kept = kept_bytes(LLAMA_7B, settings, sum(layer_bytes(LLAMA_7B, settings).values()))
    saved["with" if checkpointing else "without"] = {
        "kept by layers": kept,
        "cache": cache_bytes(LLAMA_7B, settings),
        "logits": logits_bytes(LLAMA_7B, settings),
    }
show("Llama-2-7b, 1,024 tokens, GiB", saved)
compare(guess, f"{to_gib(saved['without']['kept by layers'] - saved['with']['kept by layers']):.2f}")

# %% [markdown]
# ## 7 The peak: the worst moment of a step
#
# What counts is the largest sum of what lives *at the same time*. Here is a whole training step of the pocket model,
# operation by operation, measured with `Live` on this machine.
#
# **What do you expect?** When is the most in use: in the forward pass, at the loss, on the way back, or when the
# optimizer steps? Answer without and with checkpointing.

# %% demo=true
guess = None  # for example ("at the loss", "at the loss")


def pocket_step(checkpointing, rows=2, length=512):
    """The live bytes of one step, after each operation, and where forward and backward pass end."""
    model = pocket_with_adapter(checkpointing=checkpointing)
    optimizer = torch.optim.AdamW([part for part in model.parameters() if part.requires_grad])
    batch = (torch.arange(rows * length) % 1000 + 3).view(rows, length)
    with Live() as live:
        with torch.autocast("cpu", dtype=torch.float16), sdpa_kernel(SDPBackend.FLASH_ATTENTION):
            loss = model(input_ids=batch, labels=batch, use_cache=False).loss
        ends = [len(live.curve)]
        loss.backward()
        ends.append(len(live.curve))
        optimizer.step()
        optimizer.zero_grad()
    return live.curve, ends


def show_curve(title, curves):
    """Live bytes over the operations of a step, each curve from 0 to 1."""
    top = max(max(curve) for curve, _ in curves.values())
    parts, said = [f'<text x="10" y="20" font-weight="bold">{title}</text>'], []
    for number, (name, (curve, ends)) in enumerate(curves.items()):
        colour, peak = PALETTE[(0, 5)[number]], max(range(len(curve)), key=curve.__getitem__)
        where = ("forward", "on the way back", "update")[sum(peak >= end for end in ends)]
        where = "at the loss" if abs(peak - ends[0]) < 30 else where
        x = [60 + 660 * place / len(curve) for place in range(len(curve))]
        path = " ".join(f"{at:.1f},{230 - 190 * size / top:.1f}" for at, size in zip(x, curve, strict=True))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<circle cx="{x[peak]:.1f}" cy="{230 - 190 * curve[peak] / top:.1f}" r="5" fill="{colour}"/>')
        parts += [f'<path d="M{x[end - 1]:.1f} 226 v10" stroke="{colour}" stroke-width="3"/>' for end in ends]
        words = f"{name}: most {curve[peak] / 2**20:.1f} MiB, {where} (dot)"
        parts.append(f'<text x="60" y="{268 + 20 * number}" fill="{colour}">{words}</text>')
        said.append(words)
    parts.append('<path d="M60 230 H720" stroke="black"/><text x="390" y="247" text-anchor="middle">operations; the ')
    parts.append("ticks end forward and backward pass</text>")
    if get_ipython() is None:
        print(title, *said, sep="\n    ")
    else:
        display(SVG(framed(parts, 300, f"{title}. {'; '.join(said)}")))


curves = {"without checkpointing": pocket_step(False), "with": pocket_step(True)}
show_curve("Live bytes in one step of the pocket model (batch 2, 512 tokens)", curves)
compare(guess, "see above")

# %% [markdown]
# Without checkpointing, memory climbs layer by layer to the loss and falls on the way back. With it, the climb is flat,
# and on the way back each layer makes a hump: it is computed again. Which of the two is higher depends on the model. So
# there are several moments to look at, and the peak is the worst of them:
#
# ![Bars of the four moments for Llama-2-7b with checkpointing at 1,024 tokens, each with a large fixed part. loss: and
# kept, copies, logits, 5.86 GiB. mlp_backward: and kept, work, the layer again, 5.56. attention_backward: and kept, a
# part of the layer, 5.19. update: and gradients, 4.90.](figures/moments.svg)
#
# | Moment | What lives then | With checkpointing | Without |
# |---|---|---|---|
# | `loss` | fixed, kept, cache, copies, logits | | |
# | `mlp_backward` | fixed, kept, work | and the recomputed layer: attention, mlp | |
# | `attention_backward` | fixed, kept, 3 times the scores | and attention alone | less mlp, which is freed by then |
# | `update` | fixed, gradients | | |
#
# `kept` is counted whole, since the last layer is the first on the way back. The scores come three times *more* than
# the once that is in `attention`: copies and gradients in fp32. The next cell makes the parts out of your functions:
# `fixed` is base, adapter, states and workspace; `copies` are autocast's fp16 versions of adapter and output layer;
# `work` is two gradients in fp32 and one weight unpacked to fp16.


# %% given=true
def parts_of(model: dict, settings: dict) -> dict:
    """The parts of a step's memory in bytes, by your functions; what is not quantised is in fp32."""
    tokens = settings["batch"] * settings["seq_len"]
    parameters = adapter_parameters(model, settings["rank"], settings["targets"])
    training, layer = training_bytes(parameters, settings["optimizer"]), layer_bytes(model, settings)
    output_layer, inner = model["hidden"] * model["vocab"], model["intermediate"]
    parts = {
        "fixed": base_bytes(model, 4) + training["adapter"] + training["states"] + WORKSPACE,
        "gradients": training["gradients"],
        "kept": kept_bytes(model, settings, layer["attention"] + layer["mlp"]),
        "cache": cache_bytes(model, settings),
        "attention": layer["attention"],
        "mlp": layer["mlp"],
        "scores": score_bytes(model, settings),
        "copies": 2 * parameters + 2 * output_layer,
        "logits": logits_bytes(model, settings),
        "work": 8 * tokens * inner + 2 * model["hidden"] * inner,
    }
    return {name: int(size) for name, size in parts.items()}


def peak_of(model: dict, settings: dict) -> tuple:
    """The moment of a step that needs most, and its bytes."""
    sizes = moments(parts_of(model, settings), settings["checkpointing"])
    worst = max(sizes, key=sizes.get)
    return worst, sizes[worst]


# %% [markdown]
# ### Moments, and a verdict
#
# **Your task:** `moments` is the table above, from a dictionary with the names of `parts_of`. `verdict` says whether a
# run fits. What is *allocated* is tensors; what is *reserved* is what PyTorch's allocator holds, tensors and gaps, and
# can be less on another day. CUDA's own `context` comes on top of either. So `"yes"` if even the reserved bytes fit
# into the usable ones, `"no"` if not even the allocated do, and `"close"` in between.


# %% task="lab2.peak" points=3 minutes=13
def moments(parts: dict, checkpointing: bool) -> dict:
    """Bytes in use at each moment: `loss`, `mlp_backward`, `attention_backward`, `update`."""
    ### BEGIN SOLUTION
    waiting = parts["fixed"] + parts["kept"]
    whole_layer = parts["attention"] + parts["mlp"] if checkpointing else 0
    half_layer = parts["attention"] if checkpointing else -parts["mlp"]
    return {
        "loss": waiting + parts["cache"] + parts["copies"] + parts["logits"],
        "mlp_backward": waiting + parts["work"] + whole_layer,
        "attention_backward": waiting + 3 * parts["scores"] + half_layer,
        "update": parts["fixed"] + parts["gradients"],
    }
    ### END SOLUTION


def verdict(allocated: int, reserved: int, context: int, usable: int) -> str:
    """Whether a run fits: "yes", "no" or "close"."""
    ### BEGIN SOLUTION
    if reserved + context <= usable:
        return "yes"
    return "no" if allocated + context > usable else "close"
    ### END SOLUTION


# %% [markdown] hints="lab2.peak"
# 1. Each row of the table is one sum. Two of the four do not care about checkpointing. What must not be in a moment is
#    as important as what is: the cache and the logits are gone when the layers go backward.
# 2. Three moments begin with fixed plus kept; `update` does not, as everything kept is freed. With checkpointing the
#    recomputed layer is added, whole or its attention; without, the whole layer is in `kept` already, and its MLP half
#    has been freed before attention's turn.
# 3. For `verdict`, ask for "yes" first, with reserved and context against usable, where equal still fits. Then tell
#    "no" from "close" with the allocated bytes, in the same way.

# %% demo=true
# The curves of this machine, which begin at 0: without what is fixed.
for name, checkpointing in (("without checkpointing", False), ("with", True)):
    settings = {**RUN, "batch": 2, "seq_len": 512, "rank": 8, "dropout": 0.0, "checkpointing": checkpointing}
    yours = moments({**parts_of(POCKET, settings), "fixed": 0}, checkpointing)
    worst, real = max(yours, key=yours.get), max(curves[name][0])
    print(f"pocket model, {name}: measured {real / 2**20:.1f} MiB, yours {yours[worst] / 2**20:.1f}, at {worst}")

# %% [markdown]
# Close, and some 9% too low with checkpointing: your parts leave out small terms, such as gradients of the adapter and
# of a layer's input, and in a model of 2 million weights small terms are not small. Now the real size.
#
# **What do you expect?** These peaks are real: Llama-2-7B and TinyLlama on an H200 that ran a T4's attention kernels,
# with random weights, which take the same memory; three steps of a plain loop, which leaves `use_cache` on. How far off
# are your predictions, at worst, in percent?

# %% given=true
PEAKS = [
    # model, batch, length, rank, targets, optimizer, checkpointing, allocated, reserved (bytes)
    ("Llama-2-7B", 1, 1024, 32, SEVEN, "adamw_8bit", True, 6310129152, 6738149376),
    ("Llama-2-7B", 1, 2709, 32, SEVEN, "adamw_8bit", True, 7843560448, 9107931136),
    ("Llama-2-7B", 1, 256, 32, SEVEN, "adamw_8bit", False, 8282339840, 8445231104),
    ("Llama-2-7B", 1, 1024, 32, SEVEN, "adamw_8bit", False, 16870329856, 17433624576),
    ("Llama-2-7B", 1, 2048, 32, SEVEN, "adamw_8bit", False, 28323954176, 29412556800),
    ("Llama-2-7B", 8, 1024, 32, SEVEN, "adamw_8bit", True, 12829916672, 16347299840),
    ("Llama-2-7B", 4, 2709, 32, SEVEN, "adamw_8bit", True, 15353310208, 19866320896),
    ("Llama-2-7B", 1, 1024, 8, SEVEN, "adamw_8bit", True, 5821328896, 6434062336),
    ("Llama-2-7B", 1, 1024, 32, SEVEN, "adamw", True, 6787327488, 7400849408),
    ("Llama-2-7B", 1, 1024, 32, ["q_proj", "v_proj"], "adamw_8bit", True, 5795507712, 6350176256),
    ("TinyLlama", 1, 1024, 32, SEVEN, "adamw_8bit", True, 2055310336, 2489319424),
    ("TinyLlama", 1, 4096, 32, SEVEN, "adamw_8bit", True, 10819959808, 12004098048),
    ("TinyLlama", 8, 1024, 32, SEVEN, "adamw_8bit", True, 7472143360, 9095348224),
    ("TinyLlama", 1, 256, 32, SEVEN, "adamw_8bit", False, 2685929984, 2736783360),
    ("TinyLlama", 1, 1024, 32, SEVEN, "adamw_8bit", False, 8512335360, 9156165632),
    ("TinyLlama", 1, 2048, 32, SEVEN, "adamw_8bit", False, 21885803520, 22814916608),
]
"""Measured on one H200 that ran a T4's attention kernels; random weights, which take the same memory."""


def settings_of(row: tuple) -> tuple:
    """Model and settings of a measured row."""
    name, batch, seq_len, rank, targets, optimizer, checkpointing = row[:7]
    model, kernel = (LLAMA_7B, "mem-efficient") if name == "Llama-2-7B" else (TINYLLAMA, "math")
    changed = {"batch": batch, "seq_len": seq_len, "rank": rank, "targets": targets, "optimizer": optimizer}
    return model, {**RUN, **changed, "checkpointing": checkpointing, "kernel": kernel, "use_cache": True}


# %% demo=true
guess = None  # for example 20

bars, predicted, worst = {}, {}, 0.0
print("                             measured   yours            moment               reserved  on a T4")
for row in PEAKS:
    moment, size = peak_of(*settings_of(row))
    name, batch, length, rank, targets, optimizer, checkpointing, allocated, reserved = row
    label = f"{name} {batch} x {length}" + ("" if checkpointing else ", no ckpt")
    label += "" if rank == 32 else f", r={rank}"
    label += "" if len(targets) == 7 else ", q and v"
    label += "" if optimizer == "adamw_8bit" else ", AdamW"
    off = size / allocated - 1
    worst = max(worst, abs(off))
    said = verdict(allocated, reserved, CONTEXT, USABLE)
    print(f"{label:<29}{to_gib(allocated):>8.2f}{to_gib(size):>8.2f} {off:>+7.1%}  {moment:<19}", end="")
    print(f"{to_gib(reserved):>10.2f}  {said}")
    bars[label], predicted[label] = {"measured": allocated}, size
show("Peak allocated: measured (bar) and yours (triangle), GiB", bars, USABLE, predicted)
compare(guess, f"{worst:.1%}")

# %% [markdown]
# Look at the first and the fourth row: 1,024 tokens do not fit on a T4 without checkpointing, and with it they need not
# even half of it. The second row is the published run's longest sample, uncut: with checkpointing it fits easily. **At
# this length it is checkpointing, not cutting, that decides.** (Without the plain loop's cache, your functions give
# 14.67 GiB for the fourth row; with CUDA's context that is still a little too much.)
#
# Reserved lies 2 to 29% above allocated here, most where batches are large: 1.10 is a rule of thumb, no bound.
#
# **Now play.** Move the sliders. First predict: which of rank, batch and length moves the peak most, with
# checkpointing? At which length does the moment change on TinyLlama? What does the 151,936-word vocabulary of
# Qwen3-0.6B do? (The dimensions of the three are those that their makers publish; of Qwen3 nothing was measured here.)

# %% demo=true
from driftlab.sliders import Control, sliders

MODELS = {"Llama-2-7B": LLAMA_7B, "TinyLlama": TINYLLAMA, "Qwen3-0.6B": QWEN3_600M}


def picture(model="Llama-2-7B", batch=1, seq_len=1024, rank=32, checkpointing=True, optimizer="adamw_8bit"):
    """Title and bars: the four moments of a step, then its parts one by one, by your functions."""
    one, chosen = MODELS[model], {"batch": batch, "seq_len": seq_len, "rank": rank, "optimizer": optimizer}
    kernel = "mem-efficient" if one["heads"] == one["kv_heads"] else "math"
    settings = {**RUN, **chosen, "checkpointing": checkpointing, "kernel": kernel}
    parts, (worst, size) = parts_of(one, settings), peak_of(one, settings)
    rows = {}
    for moment, total in moments(parts, checkpointing).items():
        waiting = 0 if moment == "update" else min(parts["kept"], total - parts["fixed"])
        own = total - parts["fixed"] - waiting
        name = f"{moment}{' (the peak)' if moment == worst else ''}"
        rows[name] = {"fixed": parts["fixed"], "kept by layers": waiting, "of this moment alone": own}
    rows |= {f"part: {name}": {"a part by itself": part} for name, part in parts.items() if name != "fixed" and part}
    said = verdict(size, round(SLACK * size), CONTEXT, USABLE)
    return f"{model}, {batch} x {seq_len:,}, {kernel} kernel: peak {to_gib(size):.2f} GiB; fits on a T4: {said}", rows


controls = [
    Control("model", "model", "choice", tuple(MODELS), "Llama-2-7B"),
    Control("batch", "rows in a batch", "int", (1, 16), 1),
    Control("seq_len", "tokens in a row", "int", (64, 4096, 64), 1024),
    Control("rank", "rank", "log", (4, 128), 32),
    Control("checkpointing", "checkpointing", "bool", (), True),
    Control("optimizer", "optimizer", "choice", ("adamw_8bit", "adamw"), "adamw_8bit"),
]
board = sliders(
    lambda chosen: picture(**chosen),
    controls,
    draw=lambda made: stacked(*made, USABLE),
    say=lambda made: f"{made[0]}.",
)
show(*picture(), USABLE) if get_ipython() is None else display(board)

# %% [markdown]
# ## 8 Cutting: what it costs
#
# Cutting samples at a length is one line of code, and lowers every peak. But it takes tokens from the right, and that
# is where the answer is.
#
# ![Three samples and a line at the length where they are cut. The first is short and stays. The second loses the end of
# its answer. The third has a long request: its whole answer lies beyond the line.](figures/cut.svg)
#
# Labels are what the loss looks at: -100 for the request's tokens, which are not learnt, and the token itself in the
# answer. A model predicts each token from those before it, so the first token's label is never used.
#
# **What do you expect?** A sample whose answer was cut away has no label left. With a batch of one, as on a T4, it is
# the whole batch. What is the loss: zero, an error, something else? And the adapter after that step? The next cell
# tries the loss of the library, and one as people write it by hand: losses times a mask, over the sum of the mask.

# %% demo=true
guess = None  # for example ("zero", "as before")


def loss_by_hand(model, ids, mask):
    """The mean loss of the tokens in the mask."""
    logits = model(input_ids=ids).logits[0, :-1].float()
    losses = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none")
    return (losses * mask[0, 1:]).sum() / mask.sum()


ids = torch.arange(3, 67)[None]
ways = {
    "the library's": lambda model: model(input_ids=ids, labels=torch.full_like(ids, -100)).loss,
    "by hand": lambda model: loss_by_hand(model, ids, torch.zeros(ids.shape)),
}
said = []
for way, loss_in in ways.items():
    adapted = pocket_with_adapter()
    learns = [part for part in adapted.parameters() if part.requires_grad]
    optimizer = torch.optim.AdamW(learns, lr=0.001)
    loss = loss_in(adapted)
    loss.backward()
    optimizer.step()
    broken = sum(int(part.isnan().any()) for part in learns)
    said.append(f"{way}: loss {loss.item()}, and {broken} of {len(learns)} tensors of the adapter are nan afterwards")
compare(guess, "\n    ".join(["", *said]))

# %% [markdown]
# Zero divided by zero. The library's loss spoils the log and wastes a step. The one by hand spoils the adapter, for
# good, and without an error. Neither is what one wants, and both are easily avoided where the batch is made.
#
# ### What is lost, and a batch without a trap
#
# Rows are dictionaries with `input_ids` and `labels`, two lists of one length. **Your task:** `truncation_report`
# counts, for cutting on the right to `max_length`:
#
# - `cut`: rows that are longer; `tokens_lost`: their tokens beyond it
# - `lost_end`: rows that are cut and whose last token was `end_id`: a model that never sees an end does not learn to
#   stop
# - `no_label`: rows, cut or not, in which no label other than -100 is left at the positions from the second on
#
# `collate` makes a batch of rows: cut, leave out rows without a label (counted in the same way), and pad on the right
# to the longest row that is left. Padding is `pad_id` in `input_ids`, 0 in `attention_mask`, which is 1 elsewhere, and
# -100 in `labels`. Return the three as lists of lists or tensors; `None` if no row is left.


# %% given=true
def rows_after_collate(rows: list, max_length: int, pad_id: int) -> list:
    """The rows as they are once a batch was made of them: an epoch later they are needed again."""
    collate(rows, max_length, pad_id)
    return rows


# %% task="lab2.truncation" points=2 minutes=12
def truncation_report(rows: list, max_length: int, end_id: int) -> dict:
    """What cutting would cost: `cut`, `tokens_lost`, `lost_end` and `no_label`."""
    ### BEGIN SOLUTION
    long_rows = [row["input_ids"] for row in rows if len(row["input_ids"]) > max_length]
    return {
        "cut": len(long_rows),
        "tokens_lost": sum(len(ids) - max_length for ids in long_rows),
        "lost_end": sum(ids[-1] == end_id for ids in long_rows),
        "no_label": sum(all(label == -100 for label in row["labels"][1:max_length]) for row in rows),
    }
    ### END SOLUTION


def collate(rows: list, max_length: int, pad_id: int) -> dict | None:
    """A batch of `input_ids`, `attention_mask` and `labels`, of rows that have something to learn; or None."""
    ### BEGIN SOLUTION
    short = [(row["input_ids"][:max_length], row["labels"][:max_length]) for row in rows]
    useful = [(ids, labels) for ids, labels in short if any(label != -100 for label in labels[1:])]
    if not useful:
        return None
    width = max(len(ids) for ids, _ in useful)
    return {
        "input_ids": [ids + [pad_id] * (width - len(ids)) for ids, _ in useful],
        "attention_mask": [[1] * len(ids) + [0] * (width - len(ids)) for ids, _ in useful],
        "labels": [labels + [-100] * (width - len(labels)) for _, labels in useful],
    }
    ### END SOLUTION


# %% [markdown] hints="lab2.truncation"
# 1. Cutting on the right is a slice of both lists. Which rows does each of the four counts look at: all, or only those
#    that are cut?
# 2. For `no_label`, take the labels from the second position up to the cut, and ask whether *all* of them are -100; a
#    row that was never cut can be such a row. In `collate`, decide which rows stay before you look for the longest.
# 3. Slices: `[:max_length]`, and for labels that count `[1:max_length]`. Then each of the three lists of a row is
#    itself plus a filler repeated as often as the width is short: `pad_id`, 0 and -100.

# %% demo=true
guess = None  # cut at 1,024: what percentage of these rows has nothing left to learn? For example 1

length = cited.cite("published_run.length").values
draw = torch.Generator().manual_seed(2)


def made_up(asked, answered):
    """A row of plain numbers: a request, an answer, and 2 for the end."""
    ids = [1, *range(10, 9 + asked), *range(5000, 4999 + answered), 2]
    return {"input_ids": ids, "labels": [-100] * asked + ids[asked:]}


# Lengths are made up: many short rows, some with a long text in the request. The longest is as in the published run.
requests = torch.empty(999).log_normal_(5.6, 0.9, generator=draw).clamp(2, 2400).long().tolist()
answers = torch.randint(20, 300, (999,), generator=draw).tolist()
rows = [made_up(*pair) for pair in zip(requests, answers, strict=True)]
rows.append(made_up(2400, length["longest"] - 2400))
report = {size: truncation_report(rows, size, 2) for size in (length["longest"], 2048, length["cut"], 512, 256)}
for size, lost in report.items():
    print(f"cut at {size:>5,}: {lost}")
compare(guess, f"{report[length['cut']]['no_label'] / len(rows):.1%}")
batch = collate(rows[:3] + rows[-1:], length["cut"], 0)
print("a batch of four, of which one lost its answer:", [len(row) for row in batch["input_ids"]], "tokens a row")

# %% [markdown]
# How much is lost depends on the lengths, and those of the published data are not known here, only the longest. So
# report it: these four numbers belong beside every run that cuts.
#
# ## 9 A plan
#
# Now let a function do it: given a model, a GPU and what you would like, which settings fit? The order says what to
# give up first. Checkpointing costs time (the forward pass a second time) and changes no result. Cutting changes what
# is learnt.
#
# ![A ladder of three steps from top to bottom. As wanted, without checkpointing. If that does not fit: with
# checkpointing. If that does not fit: with checkpointing, cut to the longest multiple of 64 that fits. Else: nothing
# fits.](figures/ladder.svg)
#
# **What do you expect?** Llama-2-7b on a T4, 2,709 tokens, batch 1, adapter and optimizer as in `RUN`. What comes out?
# And with batch 4?

# %% [markdown]
# ### What fits
#
# **Your task:** `wanted` are settings with the length that you would like, without checkpointing or cache. A run fits
# if `SLACK` times its peak (`peak_of`), plus `CONTEXT`, is at most `usable`. Return the first that fits:
#
# 1. as wanted, without checkpointing
# 2. with checkpointing
# 3. with checkpointing, and the largest length below the wanted one that is a multiple of 64
#
# as `{"checkpointing": …, "seq_len": …, "compute_dtype": …}`, and `None` where not even 64 tokens fit. The type is
# `"bfloat16"` from capability (8, 0) on and `"float16"` below, as in Lab 1.


# %% task="lab2.plan" points=2 minutes=8
def plan(model: dict, wanted: dict, usable: int, capability: tuple) -> dict | None:
    """The first settings of the ladder that fit into `usable` bytes, or None."""
    ### BEGIN SOLUTION
    dtype = "bfloat16" if tuple(capability) >= (8, 0) else "float16"
    whole, largest = wanted["seq_len"], (wanted["seq_len"] - 1) // 64 * 64
    ladder = [(False, whole), (True, whole), *((True, shorter) for shorter in range(largest, 0, -64))]
    for checkpointing, seq_len in ladder:
        _, peak = peak_of(model, {**wanted, "checkpointing": checkpointing, "seq_len": seq_len})
        if SLACK * peak + CONTEXT <= usable:
            return {"checkpointing": checkpointing, "seq_len": seq_len, "compute_dtype": dtype}
    return None
    ### END SOLUTION


# %% [markdown] hints="lab2.plan"
# 1. Write down the pairs of checkpointing and length that may be tried, in their order. The answer is the first that
#    passes one and the same test.
# 2. `{**wanted, "seq_len": 640}` is a copy with one key changed. Lengths to try go down in steps of 64, from the
#    largest multiple that is *less* than the wanted one; `range` can count backwards.
# 3. A loop over a list of pairs: two with the wanted length, then the shorter ones, all of those with checkpointing. In
#    it, the peak of the changed settings against `usable`. After the loop, nothing has fitted.

# %% demo=true
guess = None  # for example ("cut to 1,024", "nothing fits")

answers = []
for what, size, usable, capability in (
    ("a T4", {"batch": 1, "seq_len": 256}, USABLE, (7, 5)),
    ("a T4", {"batch": 1, "seq_len": 1024}, USABLE, (7, 5)),
    ("a T4", {"batch": 1, "seq_len": 2709}, USABLE, (7, 5)),
    ("a T4", {"batch": 4, "seq_len": 2709}, USABLE, (7, 5)),
    ("a GPU of 6 GiB", {"batch": 1, "seq_len": 1024}, 6 * 2**30, (7, 5)),
    ("a GPU of 40 GiB", {"batch": 1, "seq_len": 2048}, 40 * 2**30, (8, 0)),
):
    answers.append(plan(LLAMA_7B, {**RUN, **size, "checkpointing": False}, usable, capability))
    print(f"{what}, batch {size['batch']}, {size['seq_len']:,} tokens: {answers[-1]}")
compare(guess, (answers[2], answers[3]))

# %% [markdown]
# By this plan the longest sample of the published run fits uncut, at batch 1 and with checkpointing. Without
# checkpointing, not even 1,024 tokens do. The run may have had reasons that its description leaves out: a larger batch,
# other kernels, a memory shared with something else. That is what a report should say.
#
# ## 10 The error
#
# When it does happen, the message holds all you need. It counts in two layers: what the *process* holds, and what of it
# is *tensors*.
#
# ![The memory of a GPU as one bar: CUDA's context; what PyTorch has reserved, which is tensors with gaps in between;
# free. The request fits neither into what is free nor into one gap. If free and gaps together are enough, it is
# fragmentation.](figures/oom.svg)
#
# **What do you expect?** A step of Llama-2-7b at 1,024 tokens, batch 1, without checkpointing and in a plain loop,
# really ended with the message below. It ran on a large GPU, of which another process had taken all but what a T4
# offers; so the capacity says nothing here, and all other sizes do. Read it before you write code. Was there not enough
# memory for the tensor that was asked for, or was there enough, in pieces?

# %% given=true
# recorded/oom-message.json: an H100, PyTorch 2.11; the other process left as much as a T4 offers
MESSAGE = (
    "CUDA out of memory. Tried to allocate 86.00 MiB. GPU 0 has a total capacity of 79.18 GiB of which 62.62 MiB is "
    "free. Including non-PyTorch memory, this process has 15.13 GiB memory in use. Process 17 has 63.97 GiB memory in "
    "use. Of the allocated memory 14.12 GiB is allocated by PyTorch, and 362.84 MiB is reserved by PyTorch but "
    "unallocated. If reserved but unallocated memory is large try setting "
    "PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid fragmentation."
)

# %% demo=true
guess = None  # "pieces" or "not enough"

print(MESSAGE)

# %% [markdown]
# ### Reading it
#
# **Your task:** the five sizes of such a message, in whole bytes (`round`): `asked` (tried to allocate), `total`
# (capacity), `free`, `allocated` (by PyTorch), `unused` (reserved but unallocated). Units are bytes, KiB, MiB or GiB.
# Other sentences may stand in between, such as "Process 17 has 3.00 GiB memory in use." or "10.00 GiB allowed;". Then
# `shortage`: `"fragmentation"` if free and unused together would have been enough, else `"memory"`.


# %% task="lab2.oom" points=1 minutes=4
def read_oom(message: str) -> dict:
    """The sizes in PyTorch's message, in bytes: `asked`, `total`, `free`, `allocated`, `unused`."""
    ### BEGIN SOLUTION
    units = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
    size = r"([\d.]+) (bytes|KiB|MiB|GiB)"
    phrases = {
        "asked": f"Tried to allocate {size}",
        "total": f"total capacity of {size}",
        "free": f"of which {size} is free",
        "allocated": f"{size} is allocated by PyTorch",
        "unused": f"{size} is reserved by PyTorch but unallocated",
    }
    found = {name: re.search(phrase, message).groups() for name, phrase in phrases.items()}
    return {name: round(float(number) * units[unit]) for name, (number, unit) in found.items()}
    ### END SOLUTION


def shortage(numbers: dict) -> str:
    """What was missing, from the sizes of `read_oom`: "fragmentation" or "memory"."""
    ### BEGIN SOLUTION
    return "fragmentation" if numbers["free"] + numbers["unused"] >= numbers["asked"] else "memory"
    ### END SOLUTION


# %% [markdown] hints="lab2.oom"
# 1. Each number stands next to words that come once in the message. Look for the words, not for the third number.
# 2. `re.search` with a pattern such as `"capacity of ([0-9.]+) ([A-Za-z]+)"` gives number and unit in two groups. For
#    some sizes the words come after the number. A dictionary from unit to bytes does the rest; KiB is 1,024.
# 3. Five patterns, one for each name, a `float` times its unit, rounded. "MiB is free" tells `free`; "is allocated by
#    PyTorch" and "is reserved by PyTorch but unallocated" tell the last two. For `shortage`, add what could have been
#    used and compare with what was asked; equal is enough.

# %% demo=true
numbers = read_oom(MESSAGE)
for name, size in numbers.items():
    print(f"{name:>9}: {to_gib(size):6.3f} GiB")
compare(guess, shortage(numbers))
there = numbers["allocated"] + numbers["unused"] + numbers["free"]
step = {**RUN, "checkpointing": False, "use_cache": True}
moment, size = peak_of(LLAMA_7B, step)
show(
    "What was there for tensors, and what the step needs",
    {"there": {name: numbers[name] for name in ("allocated", "unused", "free")}, "the step": {moment: size}},
)
print(f"this process could have had {to_gib(there):.2f} GiB for tensors")
print(f"the whole step would have needed, by your functions, {to_gib(size):.2f} GiB, at {moment}")
for name, size in (
    ("a layer's input, 1,024 tokens", 1024 * 4 * 4096),
    ("gate or up, 1,024 tokens", 1024 * 4 * 11008),
    ("logits in fp16, 1,024 tokens", 1024 * 2 * 32000),
    ("one MLP weight, dequantised to fp16", 2 * 4096 * 11008),
):
    print(f"{name}: {size / 2**20:.1f} MiB")
print(f"asked for: {numbers['asked'] / 2**20:.1f} MiB (PyTorch rounds up to 2)")

# %% [markdown]
# Enough was there, in pieces: gaps and free memory together are more than was asked for. `expandable_segments`, which
# the message recommends, helps against that and against nothing else. Would it have saved this step? The size that was
# asked for often tells which tensor it was, and so how far the step had come.
#
# ## 11 In your words

# %% [markdown] task="lab2.reflection" points=4 minutes=7 manual=true
# ### Reflection
#
# A person reads this. Two to five sentences for each question are enough; what counts is the reason.
#
# 1. (2 points) Explain the message of section 10 in terms of this lab: which moment of the step may it have been, which
#    parts filled the memory, and what would you change first, and why that? Use numbers from your functions.
# 2. (2 points) A report says: "Samples of up to 2,709 tokens were cut to 1,024 to avoid OOM on a T4." What can a reader
#    conclude from that, and what not? Name one thing that the cut may have done to the model, and two numbers that the
#    report should have given.
#
# ### BEGIN SOLUTION
# **1 (2 points).** The message is of the kind "fragmentation": free and unused together would have held the 86 MiB.
# That is one MLP weight, dequantised for its layer: the run died late in the forward pass, on its way to the loss (or
# early in the backward pass; both are right). No setting of the allocator would have saved it all the same: the step
# needs 15.7 GiB at the loss, and 14.5 were there. Without checkpointing at 1,024 tokens the layers keep 9.3 GiB and the
# cache 1.0, more than twice the base. One point for moment and parts; half of it where the allocator alone is blamed.
# First: gradient checkpointing, since it takes what layers keep from 9.3 to 0.5 GiB, the cache with it, and leaves data
# and result as they are; it costs time. A smaller rank or 8-bit states save tenths of a GiB, cutting changes what is
# learnt (one point for the choice with its reason). *Half a point* for a change that works without a reason.
#
# **2 (2 points).** One can conclude that some set-up ran out of memory or was expected to, and which tokens were not
# trained on. Not that 2,709 tokens do not fit on a T4: with checkpointing they reserve 8.5 GiB at batch 1. Nothing is
# said of batch, checkpointing, optimizer and kernel, and nothing of whether the cut was the change that helped (one
# point). What it may have done: answers without their end, so that the model does not learn to stop; samples without
# any label (nan, or a wasted step); a bias towards short requests; in a course on refusals, also a changed measurement,
# if answers after a long request are what drifts (half a point for one). Numbers: how many samples were cut, tokens
# lost, ends lost, samples without a label; the peak with and without checkpointing; batch and length at the error (half
# a point for two).
# ### END SOLUTION

# %% [markdown]
# ## What you can do now
#
# You can go from bits to gigabytes without a GPU: add up a base, an adapter and its optimizer, what layers keep and
# what logits take; say which moment of a step is the worst; choose what to change first; and read the error when it
# comes.
#
# **Next:** Lab 3 fine-tunes on benign data, with settings that fit. Lab 4 measures refusals before and after. [All
# labs](../README.md)
#
# **To read:** Dettmers et al. 2023, *QLoRA* ([arXiv 2305.14314](https://arxiv.org/abs/2305.14314)), for where the
# memory goes and paged optimizers. Chen et al. 2016, *Training Deep Nets with Sublinear Memory Cost* ([arXiv
# 1604.06174](https://arxiv.org/abs/1604.06174)), for checkpointing. **To run:** `./lab driftlab budget` predicts the
# same for a run's settings, with a few more terms.
