"""quantize: the round trip holds the numbers that bitsandbytes' 4-bit layers compute with."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import config_for, save_model

from driftlab.config import Quantization
from driftlab.models import OpenedModel, base_digest, open_model
from driftlab.quantize import decoder_linears, in_16_bits, load_bitsandbytes
from driftlab.quiet import quiet


def opened_with(folder: Path, **quantization: Any) -> OpenedModel:
    return open_model(dataclasses.replace(config_for(folder), quantization=Quantization(**quantization)))


@pytest.mark.parametrize("double_quant", [True, False])
def test_each_layer_computes_what_a_4_bit_layer_computes(saved_model: Path, double_quant: bool) -> None:
    import torch

    dense = opened_with(saved_model, scheme="none")
    round_trip = opened_with(saved_model, double_quant=double_quant)
    bnb = load_bitsandbytes()
    torch.manual_seed(0)
    for before, after in zip(decoder_linears(dense.model), decoder_linears(round_trip.model), strict=True):
        layer = bnb.nn.Linear4bit(
            before.in_features,
            before.out_features,
            bias=False,
            compute_dtype=torch.float32,
            compress_statistics=double_quant,
            quant_type="nf4",
        )
        layer.weight = bnb.nn.Params4bit(
            before.weight.data.clone(), requires_grad=False, compress_statistics=double_quant, quant_type="nf4"
        )
        layer.to("cpu").train()
        x = torch.randn(5, before.in_features)
        assert torch.allclose(layer(x), after(x), atol=1e-5)
        assert not torch.allclose(layer(x), before(x), atol=1e-3)


def test_double_quantisation_is_another_set_of_weights(saved_model: Path) -> None:
    digests = {base_digest(opened_with(saved_model, double_quant=double)) for double in (True, False)}
    assert len(digests) == 2


@pytest.mark.parametrize("tied", [True, False])
def test_real_4_bit_layers_say_the_same_and_stay_as_they_are(tmp_path: Path, tied: bool) -> None:
    """On a CPU with AVX512-BF16, bitsandbytes would round the scales in the first answer, for good."""
    import torch

    folder = save_model(tmp_path / "model", tie_word_embeddings=tied)
    real, dense = opened_with(folder, kernel="bnb"), opened_with(folder)
    assert (real.kernel, dense.kernel) == ("bnb", "roundtrip")
    linear4bit = load_bitsandbytes().nn.Linear4bit
    assert sum(isinstance(part, linear4bit) for part in real.model.modules()) == 2 * 7
    assert not isinstance(real.model.lm_head, linear4bit)
    before = base_digest(real)
    ids = torch.tensor([[1, 5, 40, 41, 42, 2, 6, 60]])
    with torch.no_grad():
        assert torch.allclose(real.model(input_ids=ids).logits, dense.model(input_ids=ids).logits, atol=1e-4)
    assert base_digest(real) == before
    rest = {weight.dtype for name, weight in real.model.named_parameters() if "_proj" not in name}
    assert rest == {torch.float32}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_16_bit_files_are_quantised_from_their_own_values(tmp_path: Path, dtype: str) -> None:
    import torch

    folder = save_model(tmp_path / "model")
    with quiet():
        opened_with(folder, scheme="none").model.to(getattr(torch, dtype)).save_pretrained(folder)
    real, dense = opened_with(folder, kernel="bnb"), opened_with(folder)
    ids = torch.tensor([[1, 5, 40, 41, 42, 2, 6, 60]])
    with torch.no_grad():
        assert torch.allclose(real.model(input_ids=ids).logits, dense.model(input_ids=ids).logits, atol=1e-4)
    assert {weight.dtype for weight in dense.model.parameters()} == {torch.float32}


def test_blocks_in_16_bits_lose_no_more_than_16_bits_do(saved_model: Path) -> None:
    """Layers read rounded numbers, the sum that runs past them is never rounded, and afterwards all is as it was."""
    import torch

    model = opened_with(saved_model).model
    ids = torch.tensor([[1, 5, 40, 41, 42, 2, 6, 60]])
    read: set[Any] = set()
    passed: set[Any] = set()
    hooks = [
        layer.register_forward_pre_hook(lambda part, given: read.add(given[0].dtype))
        for layer in decoder_linears(model)
    ]
    hooks += [
        block.register_forward_hook(lambda part, given, out: passed.add(out.dtype)) for block in model.model.layers
    ]

    def scores() -> torch.Tensor:
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            return model(input_ids=ids).logits.float()

    with torch.no_grad():
        exact = model(input_ids=ids).logits
    rounded = scores()
    read.clear()
    with in_16_bits(model, torch.bfloat16):
        narrow = scores()
    assert (read, passed) == ({torch.bfloat16}, {torch.float32})
    off = [float((found - exact).norm() / exact.norm()) for found in (rounded, narrow)]
    assert 0 < off[1] < 2 * off[0] < 0.05
    assert torch.equal(scores(), rounded)
    for hook in hooks:
        hook.remove()


def test_bitsandbytes_comes_without_messages_and_without_the_compiler() -> None:
    code = (
        "import sys; from driftlab.quantize import load_bitsandbytes; load_bitsandbytes();"
        "print('torch._inductor.compile_fx' in sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "TORCHDYNAMO_DISABLE"}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_the_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    from driftlab.quiet import without_compiler

    for before in (None, "0"):
        monkeypatch.delenv("TORCHDYNAMO_DISABLE", raising=False)
        if before is not None:
            monkeypatch.setenv("TORCHDYNAMO_DISABLE", before)
        with without_compiler():
            assert os.environ["TORCHDYNAMO_DISABLE"] == "1"
        assert os.environ.get("TORCHDYNAMO_DISABLE") == before


def test_threads_that_wait_give_up_their_core_unless_the_user_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    from driftlab.quiet import share_cores

    for before, after in ((None, "1000"), ("5", "5")):
        monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
        if before is not None:
            monkeypatch.setenv("GOMP_SPINCOUNT", before)
        share_cores()
        assert os.environ["GOMP_SPINCOUNT"] == after
