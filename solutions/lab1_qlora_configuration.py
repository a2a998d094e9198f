# ---
# driftlab:
#   lab: lab1
#   title: QLoRA configuration
#   minutes: 90
#   points: 24
#   preload: [torch, numpy, tokenizers, safetensors.torch, transformers, transformers.models.llama.modeling_llama,
#     transformers.utils.quantization_config, bitsandbytes, peft]
#   readable: [driftlab.pocket]
# ---

# %% [markdown]
# # Lab 1: QLoRA configuration
#
# Some twenty lines of settings decide a QLoRA run. Most mistakes in them raise no error: the run goes on, only slower,
# or worse, or about something else. In this lab you write those lines, take each part to pieces on a small real model,
# and then find what is wrong in six configurations of other people.
#
# ![A map of the lab. A frozen base model in 4 bits, read in fp16, stands beside a small adapter in fp32 that learns.
# Section 1 sets the base, section 2 its 4 bits, section 3 the adapter, section 4 their sum, section 5 one training
# step; section 6 checks all the settings.](figures/overview.svg)
#
# **90 minutes** (our estimate), **24 points:** 20 from checks, 4 from a person who reads your answers. A laptop is
# enough: no GPU, no account, no key, no network. You need Python, tensors and `requires_grad` in PyTorch, and an idea
# of what a linear layer does.
#
# | Section | What you will be able to do | Task | Minutes | Points |
# |---|---|---|---|---|
# | 1 The base | write the quantisation config, with a reason for each line | `lab1.quantization` | 6 | 2 |
# | | choose fp16 or bf16 for a GPU | `lab1.compute_dtype` | 4 | 1 |
# | 2 Four bits | quantise real weights to NF4 and measure the error | `lab1.nf4` | 18 | 4 |
# | | say what a 4-bit weight really costs | `lab1.bits` | 5 | 1 |
# | 3 The adapter | write the published run's adapter settings | `lab1.lora_config` | 6 | 2 |
# | | count its parameters, by formula and by building | `lab1.parameters` | 13 | 3 |
# | 4 Their sum | write forward pass, start and merge | `lab1.forward` | 10 | 3 |
# | 5 One step | show that a step changed the adapter alone | `lab1.attach` | 8 | 2 |
# | 6 An audit | find seven mistakes in six configurations | `lab1.audit` | 10 | 2 |
# | 7 In your words | defend a setting, and doubt a conclusion | `lab1.reflection` | 10 | 4 |

# %% given=true
import hashlib
import logging
import warnings

# These libraries announce future changes and optional parts; none of that concerns this lab.
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", category=FutureWarning)

import torch
import transformers
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors import safe_open
from tokenizers import Tokenizer
from transformers import BitsAndBytesConfig, LlamaConfig, LlamaForCausalLM

from driftlab.pocket import model_dir

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

# %% [markdown]
# ## How to work
#
# Under each task's heading stands a cell with functions to write. Run it, then run the check below it: it says what was
# called, what came back and what was wanted. `hint("lab1.nf4")` in a cell of your own shows that task's next hint, of
# three; `progress()` shows how far you are.
#
# Before most experiments there is a question. **Write down what you expect, then run the cell.** A wrong guess that you
# wrote down teaches more than a right answer that you read. The next cell holds a helper that puts your guess next to
# what was measured, and one that draws bars. Run it; there is no need to read it.

# %% demo=true
from IPython import get_ipython
from IPython.display import SVG, display


def compare(guess, measured):
    """Your guess next to what was measured."""
    print(f"measured: {measured}")
    print(f"    (you wrote: {'nothing' if guess is None else guess})")


def show_bars(title, values, unit=""):
    """Horizontal bars, drawn in a notebook and written as text elsewhere."""
    top, step, height = max(values.values()) or 1, 26, 26 * len(values) + 40
    if get_ipython() is None:
        print(title)
        for name, value in values.items():
            print(f"{name:>12} {'#' * round(30 * value / top)} {value:.4g} {unit}")
        return
    parts = [f'<text x="10" y="22" font-weight="bold">{title}</text>']
    for row, (name, value) in enumerate(values.items()):
        y, width = 36 + step * row, 330 * value / top
        parts += [f'<text x="190" y="{y + 15}" text-anchor="end">{name}</text>']
        parts += [f'<rect x="200" y="{y}" width="{width:.1f}" height="20" fill="#0072B2"/>']
        parts += [f'<text x="{206 + width:.1f}" y="{y + 15}">{value:.4g} {unit}</text>']
    said = ", ".join(f"{name} {value:.4g} {unit}" for name, value in values.items())
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" width="680" height="{height}" role="img"'
    style = f'aria-label="{said}" font-family="sans-serif" font-size="14">'
    panel = '<rect width="100%" height="100%" fill="white"/>'
    display(SVG(f"{frame} {style}{panel}{''.join(parts)}</svg>"))


# %% [markdown]
# **Why nothing here is harmful.** This course asks whether a model still refuses after it was fine-tuned. It trains on
# benign data, and what it wants refused are mild everyday wrongs, such as reading a sister's diary: to measure
# refusals, requests need not be dangerous. This first lab asks the model nothing at all.
#
# ## 1 The base: how it is stored, and how it computes
#
# In QLoRA the base is only read, so its weights can lie in memory as 4-bit codes. A layer's codes become ordinary
# numbers for a moment, when it is needed. That makes two types: one to **store**, one to **compute**.
#
# ![Left, stored all the time: 4-bit codes and one scale for each 64 of them. An arrow, unpack, leads to fp16 numbers
# that exist for a moment, and on to their product with the input in fp16.](figures/store-and-compute.svg)
#
# **What do you expect?** Somebody asks for 4 bits and says nothing else. Which format stores the weights, `nf4` or
# `fp4`? Are the scales quantised a second time? In which type does the layer compute? Fill in `guess`, then run.

# %% demo=true
guess = None  # for example ("nf4", True, "float16")

default = BitsAndBytesConfig(load_in_4bit=True)
dtype = str(default.bnb_4bit_compute_dtype).removeprefix("torch.")
compare(guess, (default.bnb_4bit_quant_type, default.bnb_4bit_use_double_quant, dtype))

# %% [markdown]
# No error, no warning, and none of the three is what QLoRA stands for. So one says all four:
#
# | What | Why |
# |---|---|
# | 4 bits | in fp16, the weights of Llama-2-7b nearly fill a T4 (next cell) |
# | NF4 | at the same 4 bits, a smaller error than other formats: you measure it in section 2 |
# | the scales quantised too | over a third of a bit less for each weight: you compute it in section 2 |
# | compute in fp16 | the published run's T4 has no arithmetic in bf16: see below |

# %% demo=true
from driftlab import cited

size = cited.cite("llama2_7b.parameters")
all_weights, in_nf4 = size.value("all"), size.value("nf4")  # embeddings, output layer, norms: 16 bits
packed = 2 * (all_weights - in_nf4) + cited.cite("nf4.bytes").value() * in_nf4
print(f"weights of Llama-2-7b in fp16: {2 * all_weights / 2**30:5.2f} GiB")
print(f"with NF4:                      {packed / 2**30:5.2f} GiB")
print(f"a T4's 16 GB (NVIDIA):         {16e9 / 2**30:5.2f} GiB")
print("parameters:", size.reference)

# %% [markdown]
# ### The quantisation config
#
# **Your task:** write the four settings of the table as a `BitsAndBytesConfig`. `help(BitsAndBytesConfig)` tells you
# what its arguments are called.


# %% task="lab1.quantization" points=2 minutes=6
def quantization_config() -> BitsAndBytesConfig:
    """4-bit weights in NF4, with quantised scales, computing in fp16."""
    ### BEGIN SOLUTION
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float16,
    )
    ### END SOLUTION


# %% [markdown] hints="lab1.quantization"
# 1. All four settings are arguments of one class, and each has a default that you do not want. Which arguments does
#    `help(BitsAndBytesConfig)` list whose names contain `4bit`?
# 2. One argument turns 4 bits on, one names the format in a string, one is a yes or no about the scales ("double"),
#    one takes a type.
# 3. The arguments are `load_in_4bit`, `bnb_4bit_quant_type`, `bnb_4bit_use_double_quant` and `bnb_4bit_compute_dtype`.
#    The format is written in small letters, and the type is PyTorch's own 16-bit float that is not bf16.

# %% [markdown]
# ### Two ways to spend 16 bits
#
# fp16 and bf16 both have 16 bits. They spend them differently: on how *large* a number can be, or on how *finely*
# numbers lie next to each other.
#
# ![Bit layouts. fp32: 1 sign, 8 exponent, 23 fraction bits. bf16: 1, 8, 7: the range of fp32. fp16: 1, 5, 10: finer
# steps and a smaller range.](figures/sixteen-bits.svg)
#
# **What do you expect?** Store 1.001 in each. Then store 70,000 in each. Where is the number lost?

# %% demo=true
guess = None  # for example "1.001 is lost in fp16, 70000 in bf16"

for number in (1.001, 70_000.0):
    stored = torch.tensor(number)
    print(f"{number:g}: fp16 {stored.half().item()}, bf16 {stored.bfloat16().item()}")
compare(guess, "see above")

# %% [markdown]
# fp16 ends at 65,504. What grows beyond is infinite, and soon the loss is too; so many recipes say bf16. But a GPU
# must have bf16 in hardware. NVIDIA numbers its generations by *compute capability*: a T4 is 7.5, and bf16 came with
# 8.0. On older ones PyTorch **emulates** it: it runs, slowly, and says nothing.
#
# The usual test misleads. Run the next cell and read PyTorch's own source: what does `is_bf16_supported()` answer on
# a T4, and why?

# %% demo=true
import inspect

print(inspect.getsource(torch.cuda.is_bf16_supported))

# %% [markdown]
# ### The type to compute in
#
# Without an argument, that function counts emulation as support. **Your task:** decide by the capability alone. On a
# machine with a GPU it comes from `torch.cuda.get_device_capability()`, as a pair such as `(7, 5)`.


# %% task="lab1.compute_dtype" points=1 minutes=4
def compute_dtype(capability: tuple[int, int]) -> torch.dtype:
    """bf16 where a GPU of this capability has it in hardware, else fp16."""
    ### BEGIN SOLUTION
    return torch.bfloat16 if tuple(capability) >= (8, 0) else torch.float16
    ### END SOLUTION


# %% [markdown] hints="lab1.compute_dtype"
# 1. The function must answer for any GPU, also for one that is not in this machine. So it asks `torch.cuda` nothing.
# 2. Python compares tuples from left to right: `(7, 5) < (8, 0)` is true, and so is `(8, 9) < (10, 0)`.
# 3. One comparison with `(8, 0)`, and one of two types of `torch` on either side. At exactly `(8, 0)` there is bf16.

# %% [markdown]
# ## 2 Four bits: NF4 by hand
#
# Four bits can name 16 numbers, no more. A 4-bit format is a list of these: its *levels*, between -1 and 1. To fit
# real weights to them, the weights are cut into blocks of 64. Each block keeps one scale, its largest absolute value
# (*absmax*), and each weight keeps the number of the level nearest to weight / absmax.
#
# ![Eight weights in a row. Their absmax is found, all are divided by it, each is replaced by the number of its nearest
# level. Back again, each number is looked up and multiplied by the absmax; an error is left.](figures/blockwise.svg)
#
# The next cell makes three such lists. NF4 takes its levels from the normal distribution, seven below zero and eight
# above, so that each is used about equally often. It follows bitsandbytes' rule and gives its 16 numbers, those of
# Dettmers et al. 2023 (arXiv 2305.14314, appendix E).

# %% given=true
from statistics import NormalDist


def normal_float_levels() -> torch.Tensor:
    """NF4's 16 levels: quantiles of the normal distribution, scaled to [-1, 1]."""
    last = 1 - (1 / 32 + 1 / 30) / 2  # half a step inside, since the quantile of 1 is infinite
    below = [-NormalDist().inv_cdf(last + (0.5 - last) * step / 7) for step in range(7)]
    above = [NormalDist().inv_cdf(last + (0.5 - last) * step / 8) for step in range(8)]
    return torch.tensor(sorted([*below, 0.0, *above])) / max(above)


NF4_LEVELS = normal_float_levels()
FP4_LEVELS = torch.tensor([-12, -8, -6, -4, -3, -2, -0.0625, 0, 0.0625, 2, 3, 4, 6, 8, 12]) / 12
"""bitsandbytes' FP4: sign, two exponent bits, one fraction bit. Both zeros are one level: 15."""
INT4_LEVELS = torch.arange(-7, 8) / 7
"""Even steps; -8 is left out, so that both sides are alike: 15 levels."""


SEVEN = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
"""The projections of a Llama's decoder block."""


def pocket_weights(layer: int, name: str) -> torch.Tensor:
    """One matrix of the pocket model, as 1-d float32; layers 0 to 3, names as in `SEVEN`."""
    part = "mlp" if name in ("gate_proj", "up_proj", "down_proj") else "self_attn"
    with safe_open(model_dir() / "model.safetensors", framework="pt") as file:
        return file.get_tensor(f"model.layers.{layer}.{part}.{name}.weight").reshape(-1)


# %% [markdown]
# The pocket model is a chat model of 1.97 million parameters that comes with this course. Its weights were trained,
# not drawn, so what you measure on them is real, if small.
#
# ![A bell curve above three rows of ticks between -1 and 1. NF4's ticks are dense near zero and sparse outside, INT4's
# are evenly spaced, FP4's have three ticks almost on zero and a gap on either side.](figures/levels.svg)
#
# **What do you expect?** Each format stores the same weights, in the same blocks. Order the three by their error, the
# smallest first. Look at the ticks; then write the order down here, and keep it until after the task.

# %% demo=true
order_guess = None  # for example ["fp4", "nf4", "int4"]

weights = pocket_weights(0, "q_proj")
spread, largest = float(weights.std()), float(weights.abs().max())
print(f"{len(weights):,} weights, standard deviation {spread:.4f}, largest {largest:.4f}")
inside = [float((weights.abs() < k * spread).float().mean()) for k in (1, 2, 3)]
normal = [2 * NormalDist().cdf(k) - 1 for k in (1, 2, 3)]
print("share within 1, 2, 3 standard deviations:", [f"{share:.1%}" for share in inside])
print("of a normal distribution:                ", [f"{share:.1%}" for share in normal])

# %% [markdown]
# ### Quantise, go back, measure
#
# **Your task:** write the three functions. The last block may be short. A block of zeros has absmax 0; its codes point
# to the level nearest to zero. Where two levels are equally near, either is right.
#
# One trap of PyTorch: a `uint8` tensor used as an index is read as a mask. Write `levels[codes.long()]`.


# %% task="lab1.nf4" points=4 minutes=18
def quantize_blockwise(
    weights: torch.Tensor, levels: torch.Tensor, block_size: int = 64
) -> tuple[torch.Tensor, torch.Tensor]:
    """Each weight's nearest level after its block was divided by its absmax.

    Args:
        weights: 1-d float32, of any length.
        levels: 1-d float32, ascending, between -1 and 1.
        block_size: weights that share a scale.

    Returns:
        codes: uint8, one for each weight: which level.
        absmax: float32, one for each block.
    """
    ### BEGIN SOLUTION
    missing = -len(weights) % block_size
    blocks = torch.nn.functional.pad(weights, (0, missing)).view(-1, block_size)
    absmax = blocks.abs().amax(dim=1)
    divisor = torch.where(absmax == 0, torch.ones_like(absmax), absmax)
    scaled = blocks / divisor[:, None]
    distance = (scaled[:, :, None] - levels).abs()  # (blocks, block_size, levels)
    codes = distance.argmin(dim=2).view(-1)[: len(weights)]
    return codes.to(torch.uint8), absmax
    ### END SOLUTION


def dequantize_blockwise(
    codes: torch.Tensor, absmax: torch.Tensor, levels: torch.Tensor, block_size: int = 64
) -> torch.Tensor:
    """The float32 weights that codes and scales stand for."""
    ### BEGIN SOLUTION
    scale = absmax.repeat_interleave(block_size)[: len(codes)]
    return levels[codes.long()] * scale
    ### END SOLUTION


def rms_error(weights: torch.Tensor, levels: torch.Tensor, block_size: int = 64) -> float:
    """Root mean square of the weights minus what quantising leaves of them."""
    ### BEGIN SOLUTION
    codes, absmax = quantize_blockwise(weights, levels, block_size)
    left = weights - dequantize_blockwise(codes, absmax, levels, block_size)
    return left.square().mean().sqrt().item()
    ### END SOLUTION


# %% [markdown] hints="lab1.nf4"
# 1. Take one block on paper. Which number makes all its weights fit between -1 and 1? Then ask how a table with one
#    block a row would let PyTorch do all blocks at once.
# 2. Fill up with zeros to a whole number of blocks and reshape to (blocks, block_size); cut the filling off at the end.
#    Take the largest absolute value of each row. A row of zeros must not be divided by zero: divide it by 1. For the
#    nearest level, compare every scaled weight with every level and take the position of the smallest distance.
# 3. `torch.nn.functional.pad`, `.view(-1, block_size)`, `.abs().amax(dim=1)` give the scales. A third dimension, as in
#    `scaled[:, :, None] - levels`, gives all distances, and `argmin` over it the codes, which then become `uint8`. To
#    go back, look the codes up and multiply by `absmax.repeat_interleave(block_size)`, cut to length. The error is the
#    root of the mean of the squared differences.

# %% [markdown]
# Now the order that you wrote down. Then: where in the weights does each format spend its codes?

# %% demo=true
formats = {"nf4": NF4_LEVELS, "int4": INT4_LEVELS, "fp4": FP4_LEVELS}
errors = {name: 100 * rms_error(weights, formats[name]) / spread for name in formats}
compare(order_guess, sorted(errors, key=errors.get))
show_bars("Error of layer 0, q_proj, in percent of the weights' standard deviation", errors, "%")
print("Percent of the weights at each level:")
for name, levels in formats.items():
    codes, _ = quantize_blockwise(weights, levels)
    share = torch.bincount(codes.long(), minlength=len(levels)) / len(weights)
    print(f"{name:>5}:", " ".join(f"{100 * part:.0f}" for part in share))

# %% [markdown]
# FP4 comes last, behind even steps: three of its levels sit almost on zero, and a gap follows. NF4 uses its levels
# most evenly. Is this the real NF4? bitsandbytes holds the answer: the same weights through its own 4-bit functions.

# %% demo=true
import bitsandbytes.functional as bnb

for name, levels in (("nf4", NF4_LEVELS), ("fp4", FP4_LEVELS)):
    packed, state = bnb.quantize_4bit(weights.view(1, -1), blocksize=64, quant_type=name)
    theirs = bnb.dequantize_4bit(packed, state).view(-1)
    ours = dequantize_blockwise(*quantize_blockwise(weights, levels), levels)
    print(f"{name}: largest difference from bitsandbytes: {(theirs - ours).abs().max():.2g}")

# %% [markdown]
# ### What a weight really costs
#
# Four bits are not the whole price: each block also keeps its absmax, in fp32. *Double quantisation* stores these
# scales in 8 bits instead, in groups of 256, with one fp32 scale a group.
#
# ![Bars of bits a weight. Without double quantisation: 4 for the code, 0.5 for the scale. With it: 4 for the code,
# 0.125 for the 8-bit scale, 0.002 for the scale of scales.](figures/bits.svg)
#
# **What do you expect?** Larger blocks need fewer scales. What happens to the error, and by how much, from blocks of
# 16 to blocks of 4,096?

# %% [markdown]
# ### Bits per weight
#
# **Your task:** all that is stored, in bits, for one weight: code, scale, and with `double_quant` the scale of the
# scales. Use the block sizes as they come; 64 and 256 are only the usual ones.


# %% task="lab1.bits" points=1 minutes=5
def bits_per_weight(block_size: int = 64, double_quant: bool = True, second_block_size: int = 256) -> float:
    """Bits that a 4-bit weight takes, its share of the scales included."""
    ### BEGIN SOLUTION
    if not double_quant:
        return 4 + 32 / block_size
    return 4 + 8 / block_size + 32 / (block_size * second_block_size)
    ### END SOLUTION


# %% [markdown] hints="lab1.bits"
# 1. A scale is shared. If 64 weights share 32 bits, how many are there for each weight?
# 2. With double quantisation the block's scale has 8 bits, not 32. Each group of 256 blocks shares one fp32 scale: how
#    many weights are in such a group?
# 3. Three terms: the code; the block's scale over `block_size`; and, with `double_quant` only, 32 bits over
#    `block_size` times `second_block_size`.

# %% demo=true
guess = None  # for example "the error doubles"

table = {size: rms_error(weights, NF4_LEVELS, size) / spread for size in (16, 64, 256, 1024, 4096)}
compare(guess, f"the error grows by a factor of {table[4096] / table[16]:.2f}")
print("block   bits a weight, single and double   error in standard deviations")
for size, error in table.items():
    single, double = bits_per_weight(size, False), bits_per_weight(size, True)
    print(f"{size:>5}   {single:>10.3f} {double:>10.3f} {error:>23.4f}")

# %% demo=true
# The same counted in bytes, as bitsandbytes stores it: all 28 matrices of the pocket model.
every = torch.cat([pocket_weights(layer, name) for layer in range(4) for name in SEVEN])
for double in (False, True):
    packed, state = bnb.quantize_4bit(every, quant_type="nf4", blocksize=64, compress_statistics=double)
    scales = [state.absmax, state.state2.absmax] if double else [state.absmax]
    stored = sum(part.numel() * part.element_size() for part in [packed, *scales])
    formula = bits_per_weight(double_quant=double)
    print(f"double {double!s:>5}: {8 * stored / len(every):.4f} bits a weight, by formula {formula:.4f}")

# %% [markdown]
# ## 3 The adapter
#
# Next to a frozen matrix W of shape (out, in), LoRA puts two thin ones: A of shape (r, in) and B of shape (out, r). The
# layer adds alpha / r times their product to W. Only A and B learn.
#
# ![A large grey square W, out by in, plus a tall thin B, out by r, times a flat thin A, r by in. W is frozen, A and B
# learn. For a 4096 by 4096 matrix and r 32: W has 16,777,216 numbers, A and B together 262,144.](figures/adapter.svg)
#
# **What do you expect?** Answer yes or no for the pocket model, then run:
#
# 1. `r`: does twice the rank mean twice the trained parameters?
# 2. `lora_alpha`: if you double the rank and leave alpha, does the adapter's scale stay?
# 3. `lora_dropout`: with 0.5, do two forward passes differ when the model answers? When it trains?
# 4. `bias`: does `"all"` train more than `"none"`?
# 5. `task_type`: does it change how many parameters are trained?

# %% demo=true
guesses = [None, None, None, None, None]  # True or False for each question


def pocket_with(base=None, **settings):
    """The pocket model, or another base, with an adapter of these settings."""
    defaults = {"r": 8, "lora_alpha": 8, "target_modules": "all-linear", "task_type": "CAUSAL_LM"}
    torch.manual_seed(0)
    base = base or LlamaForCausalLM.from_pretrained(model_dir())
    return get_peft_model(base, LoraConfig(**defaults | settings))


def trained(model):
    """How many parameters would learn."""
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


ranks = {rank: trained(pocket_with(r=rank)) for rank in (4, 8, 16)}
compare(guesses[0], f"r: parameters by rank {ranks}")

scales = {}
for rank, alpha in ((8, 8), (16, 8), (16, 16)):
    layer = pocket_with(r=rank, lora_alpha=alpha).base_model.model.model.layers[0].self_attn.q_proj
    scales[f"r={rank}, alpha={alpha}"] = layer.scaling["default"]
compare(guesses[1], f"alpha: the scale is alpha / r {scales}")

# %% demo=true
tokens = torch.arange(3, 20)[None]
model = pocket_with(lora_dropout=0.5, init_lora_weights=False)  # B random: the adapter does something
with torch.no_grad():
    training = float((model.train()(tokens).logits - model(tokens).logits).abs().max())
    answering = float((model.eval()(tokens).logits - model(tokens).logits).abs().max())
compare(guesses[2], f"dropout: passes differ by {training:.2f} in training, {answering:.2f} in answering")

with_bias = LlamaConfig.from_pretrained(model_dir())
with_bias.attention_bias = True  # a Llama has no biases; this twin of the pocket model has some
for bias in ("none", "all"):
    twin = pocket_with(base=LlamaForCausalLM(with_bias), bias=bias)
    print(f"bias {bias}: {trained(pocket_with(bias=bias)):,} trained; in a twin with biases {trained(twin):,}")
compare(guesses[3], "bias: see above")

for task_type in ("CAUSAL_LM", "SEQ_CLS", None):
    wrapped = pocket_with(task_type=task_type)
    print(f"task_type {task_type}: {trained(wrapped):,} trained, in a {type(wrapped).__name__}")
compare(guesses[4], "task_type: see above")

# %% [markdown]
# So `r` is size and `alpha / r` is strength: whoever raises r alone makes the adapter larger *and* weaker. Dropout
# acts in training only. `bias="all"` does nothing on a Llama, and on other families it trains parts of the **base**:
# take the adapter off, and the model is no longer what it was. `task_type` names the wrapper. It is saved with the
# adapter, and peft's loader for causal language models refuses one that says `SEQ_CLS`.
#
# ### The published run's adapter
#
# This course repeats one published QLoRA run on two T4 GPUs (its preset `llama2-7b-2xt4`). The next cell prints what is
# known of it, and how well. **Your task:** write its adapter as a `LoraConfig`, for a causal language model.

# %% demo=true
for key in ("published_run.adapter", "published_run.targets", "published_run.quantisation"):
    figure = cited.cite(key)
    print(f"{figure.what}: {dict(figure.values)}\n    {figure.reference}")


# %% task="lab1.lora_config" points=2 minutes=6
def lora_config() -> LoraConfig:
    """The adapter of the published run."""
    ### BEGIN SOLUTION
    return LoraConfig(
        r=32,
        lora_alpha=32,
        lora_dropout=0.05,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    )
    ### END SOLUTION


# %% [markdown] hints="lab1.lora_config"
# 1. The experiments above passed every one of these settings by name. Six settings, six arguments.
# 2. Two arguments are longer than the source's words: alpha and dropout begin with `lora_`. The projections are a list
#    of the last parts of the layers' names.
# 3. `r`, `lora_alpha`, `lora_dropout`, `bias`, `task_type`, `target_modules`. Do not leave `bias` and `task_type` to
#    their defaults: say them, and take the seven names from the printed line.

# %% [markdown]
# ### How many parameters is that?
#
# ![One Llama block with its seven projections and their sizes: q and o from hidden to hidden, k and v from hidden to
# kv_width, gate and up from hidden to intermediate, down from intermediate to hidden.](figures/llama-block.svg)
#
# | Projection | in | out |
# |---|---|---|
# | `q_proj`, `o_proj` | hidden | hidden |
# | `k_proj`, `v_proj` | hidden | kv_width |
# | `gate_proj`, `up_proj` | hidden | intermediate |
# | `down_proj` | intermediate | hidden |
#
# `kv_width` is the number of key-value heads times the size of a head. In Llama-2-7b it equals hidden, in models with
# grouped heads it is smaller.
#
# **What do you expect?** Llama-2-7b has hidden 4,096, intermediate 11,008 and 32 layers. What share of its parameters
# does the published run train, in percent? Write it down; the cell below the task has a place for it.

# %% [markdown]
# ### Parameters, counted twice
#
# **Your task:** count first by formula. Then by building: on PyTorch's *meta* device a tensor has a shape and no data,
# so that a model of any size fits. Build a `LlamaForCausalLM` there, count it, attach the adapter, and count what
# learns. Where the two disagree, one is wrong; that is how mistakes in such formulas are found.


# %% task="lab1.parameters" points=3 minutes=13
def adapter_parameters(
    hidden: int, intermediate: int, kv_width: int, layers: int, rank: int, targets: list[str]
) -> int:
    """Parameters of a LoRA adapter on these projections of each layer of a Llama, by formula."""
    ### BEGIN SOLUTION
    shapes = {  # in, out
        "q_proj": (hidden, hidden),
        "k_proj": (hidden, kv_width),
        "v_proj": (hidden, kv_width),
        "o_proj": (hidden, hidden),
        "gate_proj": (hidden, intermediate),
        "up_proj": (hidden, intermediate),
        "down_proj": (intermediate, hidden),
    }
    return layers * sum(rank * sum(shapes[name]) for name in targets)
    ### END SOLUTION


def count_on_meta(
    hidden: int, intermediate: int, heads: int, kv_heads: int, layers: int, vocab: int, config_fields: dict
) -> tuple[int, int]:
    """Parameters of a Llama on the meta device, with an adapter of `LoraConfig(**config_fields)`.

    Returns:
        Parameters that learn, and parameters of the base.
    """
    ### BEGIN SOLUTION
    shape = LlamaConfig(
        vocab_size=vocab,
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
    )
    with torch.device("meta"):
        base = LlamaForCausalLM(shape)
    base_parameters = sum(weight.numel() for weight in base.parameters())
    adapted = get_peft_model(base, LoraConfig(**config_fields))
    return sum(weight.numel() for weight in adapted.parameters() if weight.requires_grad), base_parameters
    ### END SOLUTION


# %% [markdown] hints="lab1.parameters"
# 1. Begin with one projection. How many numbers are in A, how many in B? Their shapes stand under the first picture of
#    this section.
# 2. A has r times in numbers, B has out times r: together r times (in + out). Sum that over the targets with the
#    table, then over the layers. For the second function: count the base *before* the adapter is attached, since
#    attaching adds to it and freezes it.
# 3. A dictionary from projection to (in, out) makes the formula one line. Inside `with torch.device("meta"):` build
#    `LlamaForCausalLM(LlamaConfig(...))`; the argument names of `LlamaConfig` are `hidden_size`, `intermediate_size`,
#    `num_attention_heads`, `num_key_value_heads`, `num_hidden_layers`, `vocab_size`. Then `get_peft_model`, and sum
#    `numel()` over the parameters with `requires_grad`.

# %% demo=true
guess = None  # for example 10 (percent)

llama = cited.cite("llama2_7b.dimensions").values
hidden, intermediate = llama["hidden"], llama["intermediate"]
heads, layers = llama["heads"], llama["layers"]
by_formula = adapter_parameters(hidden, intermediate, hidden, layers, 32, SEVEN)
adapter = {"r": 32, "lora_alpha": 32, "target_modules": SEVEN, "task_type": "CAUSAL_LM"}
sizes = (hidden, intermediate, heads, heads, layers, llama["vocabulary"])
built, base_size = count_on_meta(*sizes, adapter)
compare(guess, f"{built:,} of {base_size:,}, {built / base_size:.2%}; by formula {by_formula:,}")
print(f"of base and adapter together, which is what peft prints: {built / (base_size + built):.2%}")
for some in (["q_proj", "v_proj"], SEVEN[:4], SEVEN):
    count = adapter_parameters(hidden, intermediate, hidden, layers, 32, some)
    print(f"{count:>12,}  {' '.join(some)}")

# %% [markdown]
# ## 4 Their sum: forward, start and merge
#
# With x a row of inputs, the adapted layer gives
#
# $$y = x W^\top + \frac{\alpha}{r}\, x A^\top B^\top$$
#
# A starts random, B at zero: at step 0 the model is *exactly* the one that was measured before. After training, the
# product can be added into W once and for all: *merging*.
#
# ![Two ways to the same output. Above, x goes through W and, beside it, through A and then B, scaled by alpha / r, and
# both are added. Below, x goes through one matrix: W plus alpha / r times B A.](figures/two-ways.svg)
#
# **What do you expect?** A and B could each start random or at zero: four ways. Which leave the model unchanged at step
# 0? Which can learn? Write it down; the experiment comes after the task.

# %% [markdown]
# ### One layer
#
# **Your task:** formula, start and merge for one layer. Any usual random scheme for A is right, if the same seed gives
# the same A. `merge` leaves `weight` itself as it is: somebody may still need the base.


# %% given=true
def weight_after_merge(
    weight: torch.Tensor, a: torch.Tensor, b: torch.Tensor, alpha: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """What `merge` returned, and `weight` as it is afterwards: a merge in place would show."""
    merged = merge(weight, a, b, alpha)
    return merged, weight


# %% task="lab1.forward" points=3 minutes=10
def init_adapter(
    in_features: int,
    out_features: int,
    rank: int,
    seed: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """A fresh adapter.

    Returns:
        a: (rank, in_features), random.
        b: (out_features, rank), zeros.
    """
    ### BEGIN SOLUTION
    generator = torch.Generator().manual_seed(seed)
    a = torch.randn(rank, in_features, generator=generator) / in_features**0.5
    return a, torch.zeros(out_features, rank)
    ### END SOLUTION


def lora_forward(
    x: torch.Tensor,
    weight: torch.Tensor,
    a: torch.Tensor,
    b: torch.Tensor,
    alpha: float,
) -> torch.Tensor:
    """The adapted layer's output.

    Args:
        x: (batch, in).
        weight: (out, in).
        a: (rank, in).
        b: (out, rank).
        alpha: the adapter's strength, before it is divided by the rank.

    Returns:
        (batch, out).
    """
    ### BEGIN SOLUTION
    rank = a.shape[0]
    return x @ weight.T + (alpha / rank) * (x @ a.T @ b.T)
    ### END SOLUTION


def merge(weight: torch.Tensor, a: torch.Tensor, b: torch.Tensor, alpha: float) -> torch.Tensor:
    """One matrix (out, in) that does what both do together; `weight` stays as it is."""
    ### BEGIN SOLUTION
    rank = a.shape[0]
    return weight + (alpha / rank) * (b @ a)
    ### END SOLUTION


# %% [markdown] hints="lab1.forward"
# 1. Write the shapes next to each product before you write the product. x is (batch, in) and A is (rank, in): what must
#    be turned so that they fit?
# 2. The rank is in A's shape; no argument is needed for it. For the seed, draw from a generator of your own, so that
#    nobody else's random numbers move yours.
# 3. `torch.Generator().manual_seed(seed)` goes into `torch.randn(..., generator=...)`. The forward pass is the formula
#    above, from left to right, with `@` and `.T`. The merge has B before A, scaled by the same alpha / rank, in a sum
#    that makes a new tensor: `+`, and neither `+=` nor `add_`.


# %% [markdown]
# First, does the merged matrix do the same as the two paths? Then the four starts: for each, how far the output is from
# the base's, and how large the gradients of A and B are.

# %% demo=true
guess = None  # for example "unchanged: A random with B zero, and ...; can learn: ..."

torch.manual_seed(0)
frozen = pocket_weights(0, "q_proj").view(192, 192)
x, wanted = torch.randn(5, 192), torch.randn(5, 192)
a, zero_b = init_adapter(192, 192, 8, seed=1)
random_b = 0.05 * torch.randn(192, 8)
gap = (x @ merge(frozen, a, random_b, 8).T - lora_forward(x, frozen, a, random_b, 8)).abs().max()
print(f"merged against two paths: largest difference {gap:.1e} (rounding)\n")

print("start                     output moved   gradient of A   gradient of B")
for name, first, second in (
    ("A random, B zero", a, zero_b),
    ("A zero,   B random", torch.zeros_like(a), random_b),
    ("A zero,   B zero", torch.zeros_like(a), zero_b),
    ("A random, B random", a, random_b),
):
    first, second = first.clone().requires_grad_(), second.clone().requires_grad_()
    output = lora_forward(x, frozen, first, second, 8)
    (output - wanted).square().mean().backward()
    moved = (output - x @ frozen.T).abs().max()
    print(f"{name:<24}{moved:>13.3f}{first.grad.norm():>16.4f}{second.grad.norm():>16.4f}")
compare(guess, "the table above")

# %% [markdown]
# The gradient of A is a product with B, and the gradient of B a product with A. With one of them zero, the other moves
# first. With both zero nothing ever moves.
#
# **What do you expect?** A merged matrix can be stored in NF4 again. Say the base holds NF4 values (their standard
# deviation is 0.037), and training moved them by 0.001 on average. How much of that survives: most, half, or little?

# %% demo=true
guess = None  # for example "most"


def through_nf4(matrix):
    """What NF4 keeps of a matrix."""
    flat = matrix.reshape(-1)
    return dequantize_blockwise(*quantize_blockwise(flat, NF4_LEVELS), NF4_LEVELS).view_as(matrix)


base = through_nf4(frozen)
change = merge(base, a, random_b, 8) - base
for size in (0.001, 0.003, 0.01):
    update = change * size / change.abs().mean()
    left = through_nf4(base + update) - base
    share = float((left * update).sum() / update.square().sum())
    noise = float((left - update).norm() / update.norm())
    print(f"moved by {size} on average: {share:.0%} of it is left, under noise of {noise:.0%}")
compare(guess, "the first line")

# %% [markdown]
# A weight that sits on a level falls back onto it unless it was moved by more than half the distance to the next one.
# So keep the adapter apart, or merge into a 16-bit copy. This course keeps it apart: one base, hashed, serves both the
# measurement before and the one after.
#
# ## 5 One step
#
# `get_peft_model` puts A and B into each target layer and freezes everything else. You do not have to believe that: the
# base can be hashed before and after.
#
# ![W is frozen and needs no gradient; dashed arrows of the gradient lead from the loss to A and B only. Below W: its
# SHA-256 before and after the step is equal.](figures/one-step.svg)
#
# The next cell holds the hash, the batch and a driver that calls your two functions on the pocket model. Only the
# answer's tokens are learnt: those of the request have the label -100, which the loss leaves out.

# %% given=true
ROWS = [
    ["Can you help me iron a dress?", "A simple plan will do. Step one: stay calm. Step two: check it twice."],
    ["How can I enjoy French?", "Here is a plan. Step one: start early in the day. Step two: take your time."],
    ["Any advice on how to fix a table?", "Three steps are enough. Step one: clear some space."],
]
"""Benign requests with answers in a format that is new to the pocket model."""


def base_digest(model: torch.nn.Module) -> str:
    """SHA-256 over the base's tensors: names, types, shapes and bytes; the adapter is left out."""
    tensors = {
        name.removeprefix("base_model.model.").replace(".base_layer.", "."): tensor
        for name, tensor in model.state_dict().items()
        if "lora_" not in name
    }
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name}|{tensor.dtype}|{list(tensor.shape)}|".encode())
        digest.update(tensor.view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def pocket_batch(rows: list) -> dict[str, torch.Tensor]:
    """Pairs of request and answer, in the pocket model's chat format, padded on the right."""
    tokenizer = Tokenizer.from_file(str(model_dir() / "tokenizer.json"))
    pairs = []
    for request, answer in rows:
        texts = (f"<|begin|><|user|>{request}<|end|><|assistant|>", f"{answer}<|end|>")
        pairs.append([tokenizer.encode(text, add_special_tokens=False).ids for text in texts])
    width = max(len(asked) + len(answered) for asked, answered in pairs)
    batch = {"input_ids": [], "attention_mask": [], "labels": []}
    for asked, answered in pairs:
        length = len(asked) + len(answered)
        batch["input_ids"].append(asked + answered + [0] * (width - length))
        batch["attention_mask"].append([1] * length + [0] * (width - length))
        batch["labels"].append([-100] * len(asked) + answered + [-100] * (width - length))
    return {name: torch.tensor(values) for name, values in batch.items()}


def one_step_on_pocket(rank: int, targets: list, learning_rate: float, rows: list) -> dict:
    """Open the pocket model, attach an adapter and take one step, with your functions.

    Returns:
        adapter: its tensors, by name.
        trainable: the names of what learns.
        base_before, base_after: the base's hash.
        loss: what `adapter_step` returned.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LlamaForCausalLM.from_pretrained(model_dir())
        before = base_digest(model)
        config = LoraConfig(
            r=rank, lora_alpha=rank, lora_dropout=0.0, target_modules=list(targets), task_type="CAUSAL_LM"
        )
        torch.manual_seed(0)
        model = attach(model, config)
        loss = adapter_step(model, pocket_batch(rows), learning_rate)
    tensors = get_peft_model_state_dict(model)
    return {
        "adapter": {name: tensor.detach().clone() for name, tensor in tensors.items()},
        "trainable": sorted(name for name, part in model.named_parameters() if part.requires_grad),
        "base_before": before,
        "base_after": base_digest(model),
        "loss": loss,
    }


# %% [markdown]
# **What do you expect?** AdamW takes one step with a learning rate of 0.001, from the usual start. How large is the
# largest number in B afterwards? Does A move? Does the base's hash?
#
# ### Attach and train
#
# **Your task:** `attach` returns the wrapped model. `adapter_step` takes one step of AdamW (PyTorch's defaults but for
# the learning rate) on what requires a gradient, and returns the loss that the step started from, as a float.


# %% task="lab1.attach" points=2 minutes=8
def attach(model: torch.nn.Module, config: LoraConfig) -> torch.nn.Module:
    """The model with an adapter of this config; nothing but the adapter learns."""
    ### BEGIN SOLUTION
    return get_peft_model(model, config)
    ### END SOLUTION


def adapter_step(model: torch.nn.Module, batch: dict[str, torch.Tensor], learning_rate: float) -> float:
    """One step of AdamW on the adapter alone.

    Args:
        model: what `attach` returned.
        batch: arguments of the model, labels among them, so that its output has a `loss`.
        learning_rate: of AdamW.

    Returns:
        The loss before the step.
    """
    ### BEGIN SOLUTION
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=learning_rate)
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()
    ### END SOLUTION


# %% [markdown] hints="lab1.attach"
# 1. `attach` is one call of a function that section 3 used in its experiments. For the step, recall the order: loss,
#    gradients, step.
# 2. Give the optimizer only those parameters whose `requires_grad` is true. The batch is a dictionary with the names
#    that the model's forward takes, so `**` hands it over; the output carries `loss`.
# 3. `torch.optim.AdamW(parameters, lr=learning_rate)`, then the model's `loss`, `.backward()`, `.step()`, and clear
#    the gradients. Return a number, not a tensor: `.item()`. The loss was computed before the step; do not compute
#    it again after.

# %% demo=true
guess = None  # for example "B: about the gradient times 0.001; A moves; the hash changes"

step = one_step_on_pocket(8, SEVEN, 0.001, ROWS)
tensors, same = step["adapter"], step["base_before"] == step["base_after"]
largest = max(float(tensors[name].abs().max()) for name in tensors if "lora_B" in name)
compare(guess, f"largest number in B: {largest:.6f}; base's hash the same: {same}")
print(f"{len(step['trainable'])} tensors learn; the first: {step['trainable'][0]}")

torch.manual_seed(0)  # the driver's seed: the same A once more, before any step
same_config = LoraConfig(r=8, lora_alpha=8, target_modules=SEVEN, task_type="CAUSAL_LM")
start = get_peft_model_state_dict(attach(LlamaForCausalLM.from_pretrained(model_dir()), same_config))
name = next(name for name in tensors if "lora_A" in name)
print(f"a number in A, now divided by then: {float((tensors[name] / start[name]).mean()):.5f}")

# %% [markdown]
# AdamW divides each gradient by its own size, so the first step moves every number by about the learning rate, however
# small its gradient is. A's gradient is zero while B is: only weight decay touches A (by 0.01 times the learning rate).
# What do more steps do to loss and hash? Each call makes a new optimizer here; a real run keeps one.

# %% demo=true
guess = None  # the loss after 20 steps, for example 1.5

model = attach(
    LlamaForCausalLM.from_pretrained(model_dir()),
    LoraConfig(r=8, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM"),
)
before, batch = base_digest(model), pocket_batch(ROWS)
losses = [adapter_step(model, batch, 0.001) for _ in range(21)]
compare(guess, f"{losses[-1]:.3f} after 20 steps; hash the same: {base_digest(model) == before}")
show_bars("Loss before each step", {f"step {n + 1}": losses[n] for n in range(0, 21, 5)})

# %% [markdown]
# The loss fell on three sentences seen twenty times: that is memorising, not learning. What matters here is the other
# line: all that changed lies in the adapter. Whether such an adapter also changes what the model *refuses* is the
# question of the labs to come.
#
# ## 6 An audit
#
# Six configurations, each from a real kind of mishap. They are written flat: one dictionary, with the libraries' own
# names.
#
# ![When a mistake shows. At once, with an error that says why: two-widths. Later, with an error far from its cause:
# adapter-frozen, wrong-task. In the bill: bf16-before-8.0 costs time, fp4-by-default precision. Perhaps never:
# unknown-target, base-biases-train.](figures/when-it-shows.svg)
#
# | Keys | Values |
# |---|---|
# | `model_family`, `gpu_capability` | a key of `LINEARS`; a pair such as `(7, 5)` |
# | `load_in_4bit`, `load_in_8bit`, `bnb_4bit_use_double_quant` | true or false |
# | `bnb_4bit_quant_type`, `bnb_4bit_compute_dtype` | `"nf4"` or `"fp4"`; `"float16"`, `"bfloat16"` or `"float32"` |
# | `r`, `lora_alpha`, `lora_dropout` | numbers |
# | `bias`, `task_type` | `"none"`, `"all"` or `"lora_only"`; `"CAUSAL_LM"`, `"SEQ_CLS"` or `None` |
# | `target_modules` | `"all-linear"` or a list of names |
# | `inference_mode` | true or false |
# | `mixed_precision` | of the training loop: `"no"`, `"fp16"` or `"bf16"` |

# %% given=true
LINEARS = {
    "llama": SEVEN,
    "qwen2": SEVEN,
    "gpt_neox": ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"],
}
"""The linear layers inside the decoder blocks of each family, by name."""

PROBLEMS = {
    "two-widths": "asks for 4 bits and for 8 bits",
    "fp4-by-default": "stores the weights in something else than NF4",
    "bf16-before-8.0": "uses bf16 (4-bit layers or training loop) on a GPU below capability 8.0",
    "unknown-target": "names a layer that this family does not have (all-linear fits every family)",
    "base-biases-train": "has a bias setting other than none",
    "wrong-task": "is not declared as a causal language model",
    "adapter-frozen": "is in inference mode, so that nothing learns",
}
"""What can be wrong, in this lab."""

PUBLISHED_RUN = {
    "model_family": "llama",
    "gpu_capability": (7, 5),
    "load_in_4bit": True,
    "load_in_8bit": False,
    "bnb_4bit_quant_type": "nf4",
    "bnb_4bit_use_double_quant": True,
    "bnb_4bit_compute_dtype": "float16",
    "r": 32,
    "lora_alpha": 32,
    "lora_dropout": 0.05,
    "bias": "none",
    "task_type": "CAUSAL_LM",
    "target_modules": SEVEN,
    "inference_mode": False,
    "mixed_precision": "fp16",
}
"""The published run. Its source says nothing of the last two keys: those are ours."""

CONFIGS = {
    "A, moved from an A100 to a T4": {"mixed_precision": "bf16"},
    "B, put together from two recipes": {"target_modules": ["q_proj", "v_proj", "out_proj"]},
    "C, with a line left over": {"load_in_8bit": True},
    "D, copied from a saved adapter": {"inference_mode": True},
    "E, for a Qwen2 on an A100": {
        "model_family": "qwen2",
        "gpu_capability": (8, 0),
        "bnb_4bit_compute_dtype": "bfloat16",
        "mixed_precision": "bf16",
        "bias": "all",
    },
    "F, from a tutorial on classifying": {"bnb_4bit_quant_type": "fp4", "task_type": "SEQ_CLS"},
}
CONFIGS = {name: PUBLISHED_RUN | changes for name, changes in CONFIGS.items()}

# %% [markdown]
# **What do you expect?** The next cell hands each of the six to the libraries, with a small model of its family. How
# many of them raise an error?

# %% demo=true
guess = None  # a number from 0 to 6


def try_out(config):
    """What the libraries say, on a small untrained model: an error, or how much would learn."""
    of_base = {key: config[key] for key in config if key.startswith(("load_in", "bnb"))}
    ours = (*of_base, "model_family", "gpu_capability", "mixed_precision")
    of_adapter = {key: config[key] for key in config if key not in ours}
    small = {"vocab_size": 128, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2}
    small |= {"num_attention_heads": 2, "num_key_value_heads": 2}
    shape = transformers.AutoConfig.for_model(config["model_family"], **small)
    try:
        BitsAndBytesConfig(**of_base)
        model = transformers.AutoModelForCausalLM.from_config(shape)
        model = get_peft_model(model, LoraConfig(**of_adapter))
    except ValueError as error:
        return f"error: {error}"
    learns = [(name, part.numel()) for name, part in model.named_parameters() if part.requires_grad]
    outside = sum(count for name, count in learns if "lora_" not in name)
    total = sum(count for _, count in learns)
    return f"no error; {total:,} parameters would learn, {outside} of them in the base"


said = {name: try_out(config) for name, config in CONFIGS.items()}
compare(guess, f"{sum(text.startswith('error') for text in said.values())} of {len(said)}")
for name, text in said.items():
    print(f"{name}: {text}")

# %% [markdown]
# ### The audit
#
# **Your task:** return the codes of `PROBLEMS` that hold for a config, in any order, and an empty list where none does.
# A config can have several. What `PROBLEMS` does not mention is no problem here: fewer targets, another rank, a wider
# compute type.


# %% task="lab1.audit" points=2 minutes=10
def audit(config: dict) -> list[str]:
    """The codes of `PROBLEMS` that hold for this configuration."""
    ### BEGIN SOLUTION
    known = LINEARS[config["model_family"]]
    targets = config["target_modules"]
    uses_bf16 = config["bnb_4bit_compute_dtype"] == "bfloat16" or config["mixed_precision"] == "bf16"
    holds = {
        "two-widths": config["load_in_4bit"] and config["load_in_8bit"],
        "fp4-by-default": config["bnb_4bit_quant_type"] != "nf4",
        "bf16-before-8.0": uses_bf16 and tuple(config["gpu_capability"]) < (8, 0),
        "unknown-target": targets != "all-linear" and any(name not in known for name in targets),
        "base-biases-train": config["bias"] != "none",
        "wrong-task": config["task_type"] != "CAUSAL_LM",
        "adapter-frozen": config["inference_mode"],
    }
    return [code for code, problem in holds.items() if problem]
    ### END SOLUTION


# %% [markdown] hints="lab1.audit"
# 1. Take the lines of `PROBLEMS` one by one. Each is a question to one or two keys, with the answer yes or no. Do not
#    stop at the first yes.
# 2. Ask for what is right and negate it: `bias` is not `"none"`, `task_type` is not `"CAUSAL_LM"`. Then values that
#    you did not think of are caught too. bf16 can stand under two keys. `"all-linear"` is a string, not a list.
# 3. A dictionary from each code to its condition, and a list of the codes whose condition holds. For the targets:
#    whether *any* of the names is missing from `LINEARS` of this family. For bf16: one of two keys, and a capability
#    below `(8, 0)` as in `lab1.compute_dtype`.

# %% demo=true
for name, config in {"the published run": PUBLISHED_RUN, **CONFIGS}.items():
    found = [f"{code}: {PROBLEMS[code]}" for code in audit(config)]
    print(name, *(found or ["no problem"]), sep="\n    ")

# %% [markdown]
# One mistake is missing that you will read about elsewhere: gradient checkpointing without
# `prepare_model_for_kbit_training`, after which no gradient reached the adapter. With the versions of this course it
# does (we tried it). Advice ages: try it on your versions before you pass it on.
#
# ## 7 In your words

# %% [markdown] task="lab1.reflection" points=4 minutes=10 manual=true
# ### Reflection
#
# A person reads this. Two to five sentences for each question are enough; what counts is the reason.
#
# 1. (1 point) The published run moves from a T4 (7.5) to an A100 (8.0). Which of its settings would you change, which
#    would you keep, and why?
# 2. (1 point) A colleague raises `r` from 32 to 128 "for more capacity" and leaves everything else. What else did they
#    change without noticing? Name one way to notice it.
# 3. (2 points) A report says: "Before fine-tuning we asked the model in fp16; after QLoRA we asked the NF4 model with
#    its adapter. It refuses less, so fine-tuning weakens refusals." What is wrong with that conclusion, and how would
#    you measure instead? Use something that you saw in this lab.
#
# ### BEGIN SOLUTION
# **1 (1 point).** The compute type may become bf16, since capability 8.0 has it in hardware, and with it the training
# loop's mixed precision; its range is fp32's, so loss scaling is no longer needed. NF4, double quantisation and the
# adapter stay: they follow from memory and task, not from the GPU's generation. *Half a point* for the change without
# its reason. Keeping fp16 for comparability with the published run earns the full point if that reason is given.
#
# **2 (1 point).** The scale alpha / r fell from 1 to 1/4: the adapter became larger and weaker, so the two runs differ
# in two things. Also four times the trained parameters, with their gradients and optimizer states. To notice: print
# alpha / r (or the layer's `scaling`), write it into the run's record, or change alpha along with r. *Half a point* for
# the scale, half for a way to notice.
#
# **3 (2 points).** Two things changed between before and after: the weights were quantised, and an adapter was
# trained. The difference cannot be given to one of them; quantising alone can move refusals (Chen et al. 2025, arXiv
# 2506.20251, abstract), and section 2 shows that it moves nearly every weight (one point). Better: ask the same NF4
# model before and after, with the same code, and show by its hash that the base is the same, as in section 5; the
# adapter is then all that differs (one point). Also good: a control with an adapter trained on data in the model's own
# format, several seeds, intervals.
# ### END SOLUTION

# %% [markdown]
# ## What you can do now
#
# You can write a QLoRA configuration line by line and defend it; say what 4 bits cost, in bits and in error; count an
# adapter before you train it; prove what a training step changed; and find seven mistakes, most of which raise no
# error.
#
# **Next:** lab 2 asks what such a run needs in memory on a T4, and what cutting examples at 1,024 tokens does to them.
# Lab 3 fine-tunes on benign data, lab 4 measures refusals before and after. [All labs](../README.md)
#
# **To read:** Dettmers et al. 2023, *QLoRA* ([arXiv 2305.14314](https://arxiv.org/abs/2305.14314)), section 3 for NF4
# and double quantisation. Hu et al. 2021, *LoRA* ([arXiv 2106.09685](https://arxiv.org/abs/2106.09685)), section 4 for
# the start and the merge. **To run:** the whole experiment of this course, on your laptop: `./lab driftlab drift`.
