"""lab1.quantization: the settings of the published run, each with what happens without it.

In: `quantization_config()`. Out: verdicts.
Does not: build a model, or mind settings that change no number, such as the type that packed weights are stored in.
"""

from typing import Any

import pytest

from autograder import expect
from autograder.values import Dtype

CALL = "quantization_config()"


def settings_of(submission: Any) -> dict[str, Any]:
    """The fields of the returned configuration."""
    returned = submission.call("quantization_config")
    if type(returned) is dict:
        expect.fail(
            f"{CALL} returned a dict. A BitsAndBytesConfig object was wanted: from_pretrained takes the object, and "
            "the object checks its fields.",
            "dict-not-config",
        )
    return expect.config(returned, "BitsAndBytesConfig", CALL)


def four_bit(fields: dict[str, Any]) -> None:
    """4-bit loading is on, for every layer."""
    if fields.get("load_in_8bit") is True:
        expect.fail(
            f"{CALL} has load_in_8bit=True. load_in_4bit=True was wanted: 8-bit weights are twice as large, and the "
            "bnb_4bit_ settings mean nothing to them.",
            "eight-bit",
        )
    if fields.get("load_in_4bit") is not True:
        expect.fail(
            f"{CALL} has load_in_4bit={fields.get('load_in_4bit')!r}. True was wanted: the bnb_4bit_ settings say how "
            "to quantise, and load_in_4bit says that it happens at all.",
            "four-bit-off",
        )
    if fields.get("llm_int8_skip_modules"):
        expect.fail(
            f"{CALL} has llm_int8_skip_modules={fields['llm_int8_skip_modules']!r}. Nothing was wanted there: the "
            "layers it names stay in 16 bits, and the memory is not saved.",
            "layers-skipped",
        )


def nf4(fields: dict[str, Any]) -> None:
    """The 4-bit type is NF4."""
    kind = fields.get("bnb_4bit_quant_type")
    if kind == "fp4":
        expect.fail(
            f"{CALL} has bnb_4bit_quant_type='fp4'. 'nf4' was wanted: fp4 is what you get when you say nothing, and "
            "its levels fit weights that are spread like a bell less well.",
            "fp4-default",
        )
    if kind != "nf4":
        expect.fail(
            f"{CALL} has bnb_4bit_quant_type={kind!r}. 'nf4' was wanted: bitsandbytes knows 'nf4' and 'fp4' only, and "
            "it complains about any other name only when a model is loaded.",
            "unknown-type",
        )


def double_quant(fields: dict[str, Any]) -> None:
    """The scales are quantised too."""
    if fields.get("bnb_4bit_use_double_quant") is not True:
        expect.fail(
            f"{CALL} has bnb_4bit_use_double_quant={fields.get('bnb_4bit_use_double_quant')!r}. True was wanted: "
            "without it each scale stays in 32 bits, which costs 0.37 bits a weight, 0.3 GB for 7 billion of them.",
            "double-quant-off",
        )


def compute_type(fields: dict[str, Any]) -> None:
    """Products are computed in fp16."""
    given = fields.get("bnb_4bit_compute_dtype")
    name = given.name if type(given) is Dtype else str(given).removeprefix("torch.")
    said = f"{CALL} has bnb_4bit_compute_dtype={name}. float16 was wanted"
    if name == "bfloat16":
        expect.fail(
            f"{said}: a T4 has no bfloat16 units. It accepts the type and emulates it, slowly.",
            "bf16-on-a-t4",
        )
    if name == "float32":
        expect.fail(
            f"{said}: float32 is what you get when you say nothing, and it leaves the T4's 16-bit units idle.",
            "float32-default",
        )
    if name != "float16":
        expect.fail(f"{said}.")


@pytest.mark.task("lab1.quantization", points=0.5)
def test_four_bit_nf4(submission: Any) -> None:
    """4-bit weights in NF4, in every layer."""
    fields = settings_of(submission)
    four_bit(fields)
    nf4(fields)


@pytest.mark.task("lab1.quantization", points=0.5)
def test_scales_and_compute_type(submission: Any) -> None:
    """Double quantisation, and products in fp16."""
    fields = settings_of(submission)
    double_quant(fields)
    compute_type(fields)
