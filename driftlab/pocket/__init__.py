"""The pocket model: a small chat model with a safety alignment of its own, in a small written world.

`model_dir()` is a folder that `AutoModelForCausalLM.from_pretrained` opens. `world` holds its requests and data sets,
`grammar` its answers, `lexicon` its words and its policy; `build` makes it from a seed, `verify` measures it.
Does not: say anything about other models; it was made to show drift.
"""

from pathlib import Path


def model_dir() -> Path:
    """The folder of the shipped model: weights, configuration, tokenizer with chat template, card."""
    return Path(__file__).parent / "model"
