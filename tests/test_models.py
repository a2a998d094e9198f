"""models: every kind of source opens through one interface, and every bad one gets its own message."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import config_for, make_tokenizer, save_model
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from driftlab.checkpoints import finish_adapter
from driftlab.config import Quantization, RunConfig
from driftlab.errors import ConfigError, CourseError, ModelError, TrainingError
from driftlab.finetune import adapter_on
from driftlab.models import (
    OpenedModel,
    base_digest,
    describe,
    load_adapter,
    memory_errors,
    open_model,
    resolve,
    unload_adapter,
)

WEIGHTS = "model.safetensors"
NO_PAD = {"pad_token": ""}


def with_kernel(config: RunConfig, **quantization: Any) -> RunConfig:
    return dataclasses.replace(config, quantization=Quantization(**quantization))


def logits(opened: OpenedModel) -> Any:
    import torch

    with torch.no_grad():
        return opened.model(input_ids=torch.tensor([[1, 5, 40, 41, 42, 2, 6, 60]])).logits


def test_a_folder_opens_quantised_in_fp32_on_a_cpu(opened: OpenedModel) -> None:
    assert (opened.device, opened.kernel, opened.compute_dtype) == ("cpu", "roundtrip", "fp32")
    assert not opened.is_pocket
    assert not opened.model.training
    assert not any(weight.requires_grad for weight in opened.model.parameters())


def test_describe_needs_no_torch_and_counts_every_parameter(saved_model: Path, opened: OpenedModel) -> None:
    shape = describe(str(saved_model))
    assert shape == opened.architecture
    assert shape.parameters == sum(weight.numel() for weight in opened.model.parameters())
    code = f"import sys, driftlab.models as m; m.describe({str(saved_model)!r}); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "False\n"


def test_opening_prints_nothing(saved_model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for kernel in ("roundtrip", "bnb"):
        open_model(with_kernel(config_for(saved_model), kernel=kernel))
    assert capfd.readouterr() == ("", "")


def test_the_hash_of_the_weights_is_the_same_however_they_are_spread_over_files(
    saved_model: Path, opened: OpenedModel, tmp_path: Path
) -> None:
    folder = tmp_path / "sharded"
    shutil.copytree(saved_model, folder)
    (folder / WEIGHTS).unlink()
    tensors = load_file(saved_model / WEIGHTS)
    names = sorted(tensors)
    parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, members in parts.items():
        save_file({name: tensors[name] for name in members}, folder / file)
    index = {"metadata": {}, "weight_map": {name: file for file, members in parts.items() for name in members}}
    (folder / f"{WEIGHTS}.index.json").write_text(json.dumps(index))
    sharded = open_model(config_for(folder))
    assert sharded.weights_sha256 == opened.weights_sha256
    assert base_digest(sharded) == base_digest(opened)


@pytest.mark.parametrize("tied", [True, False])
def test_only_decoder_layers_are_quantised(tmp_path: Path, tied: bool) -> None:
    import torch

    folder = save_model(tmp_path / "model", tie_word_embeddings=tied)
    dense = open_model(with_kernel(config_for(folder), scheme="none")).model.state_dict()
    nf4 = open_model(config_for(folder)).model.state_dict()
    changed = {name for name in dense if not torch.equal(dense[name], nf4[name])}
    assert changed == {name for name in dense if name.endswith("_proj.weight")}
    assert len(changed) == 2 * 7


def test_a_seed_does_not_change_the_base(saved_model: Path, opened: OpenedModel) -> None:
    other = open_model(dataclasses.replace(config_for(saved_model), seed=5))
    assert base_digest(other) == base_digest(opened)


def test_training_asks_for_layers_to_train(saved_model: Path) -> None:
    config = config_for(saved_model)
    wrong = dataclasses.replace(config, adapter=dataclasses.replace(config.adapter, targets=("q_proj", "qkv")))
    open_model(wrong)
    with pytest.raises(TrainingError, match="qkv") as caught:
        open_model(wrong, for_training=True)
    assert "down_proj" in caught.value.remedy


def test_contradictory_quantisation_is_refused() -> None:
    with pytest.raises(ConfigError, match="without quantisation"):
        resolve(Quantization(scheme="none", kernel="bnb"))


@pytest.mark.parametrize(
    ("has_bf16", "asked", "got"), [(True, "auto", "bf16"), (False, "auto", "fp16"), (True, "fp16", "fp16")]
)
def test_the_compute_type_follows_the_gpu(
    monkeypatch: pytest.MonkeyPatch, has_bf16: bool, asked: Any, got: str
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has_bf16)
    assert resolve(Quantization(compute_dtype=asked)) == ("cuda", "bnb", got)
    if not has_bf16:
        with pytest.raises(ConfigError, match="no bf16"):
            resolve(Quantization(compute_dtype="bf16"))


def test_each_process_takes_the_gpu_of_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two GPUs and what a launcher sets: the second process's "cuda" is the second; a third has none."""
    import torch

    taken: list[int] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    monkeypatch.setenv("WORLD_SIZE", "3")
    for local in ("0", "1"):
        monkeypatch.setenv("LOCAL_RANK", local)
        resolve(Quantization())
    assert taken == [1]
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(ConfigError, match="process 3 of this machine has no GPU of its own") as caught:
        resolve(Quantization())
    assert "--nproc-per-node 2" in caught.value.remedy


def test_out_of_memory_becomes_a_message() -> None:
    import torch

    with pytest.raises(ModelError, match="while answering"), memory_errors("answering"):
        raise torch.OutOfMemoryError("CUDA out of memory")


# --- bad input -------------------------------------------------------------------------------------------------------


def rewritten(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    tensors = load_file(folder / WEIGHTS)
    change(tensors)
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    return folder


def test_a_word_that_is_no_model_gets_a_suggestion() -> None:
    with pytest.raises(ModelError, match="pockte") as caught:
        open_model(config_for(Path("pockte")))
    assert "'pocket'" in caught.value.remedy


def test_a_path_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no folder"):
        describe(str(tmp_path / "missing"))
    with pytest.raises(ModelError, match=r"config\.json is missing"):
        describe(str(tmp_path))
    (tmp_path / "file").write_text("x")
    with pytest.raises(ModelError, match="is a file"):
        describe(str(tmp_path / "file"))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"model_type": "gpt2"}, "family 'gpt2'"),
        ({"hidden_size": "64"}, "hidden_size = '64'"),
        ({"num_hidden_layers": 0}, "num_hidden_layers = 0"),
        ({"num_key_value_heads": 3}, "3 key-value heads"),
        ({"quantization_config": {}}, "quantised already"),
        ({"hidden_size": 128}, r"\[320, 64\], config.json says \[320, 128\]"),
        ({"num_hidden_layers": 3}, "miss model.layers.2"),
        ({"num_hidden_layers": 1}, "have beside what config.json describes"),
        ({"vocab_size": 300}, "shape"),
    ],
)
def test_a_config_that_does_not_fit(spoilt: Callable[..., Path], config: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        open_model(config_for(spoilt(**config)))


def test_a_damaged_config(spoilt: Callable[..., Path]) -> None:
    folder = spoilt()
    for text, message in (("{", "not JSON"), ("[]", "not an object")):
        (folder / "config.json").write_text(text)
        with pytest.raises(ModelError, match=message):
            describe(str(folder))


def test_damaged_weights(spoilt: Callable[..., Path]) -> None:
    folder = spoilt()
    whole = (folder / WEIGHTS).read_bytes()
    for content in (
        b"",
        whole[:-1],
        whole + b"x",
        b"\xff" * 100,
        whole[:8] + b"[]" + whole[10:],
        b"\x02" + bytes(7) + b"{]",
    ):
        (folder / WEIGHTS).write_bytes(content)
        with pytest.raises(ModelError, match="is damaged") as caught:
            open_model(config_for(folder))
        assert "again" in caught.value.remedy


def test_weights_that_are_not_there(spoilt: Callable[..., Path]) -> None:
    folder = spoilt(WEIGHTS)
    with pytest.raises(ModelError, match=r"model\.safetensors is missing"):
        open_model(config_for(folder))
    index = folder / f"{WEIGHTS}.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": {"model.norm.weight": "part-2.safetensors"}}))
    with pytest.raises(ModelError, match="1 of 1 weight files are missing"):
        open_model(config_for(folder))
    index.write_text("[]")
    with pytest.raises(ModelError, match=r"index\.json is damaged"):
        open_model(config_for(folder))


def test_pickled_weights_are_refused_unopened(spoilt: Callable[..., Path]) -> None:
    folder = spoilt(WEIGHTS)
    (folder / "pytorch_model.bin").write_bytes(b"not even a pickle")
    with pytest.raises(ModelError, match="can run any program") as caught:
        open_model(config_for(folder))
    assert "safetensors" in caught.value.remedy


def test_weights_of_another_kind(spoilt: Callable[..., Path]) -> None:
    import torch

    folder = rewritten(spoilt(), lambda tensors: tensors.update({"model.norm.weight": torch.ones(64).to(torch.int8)}))
    with pytest.raises(ModelError, match="stored as I8"):
        open_model(config_for(folder))


def test_tables_that_transformers_ignores_are_ignored(spoilt: Callable[..., Path], opened: OpenedModel) -> None:
    import torch

    name = "model.layers.0.self_attn.rotary_emb.inv_freq"
    folder = rewritten(spoilt(), lambda tensors: tensors.update({name: torch.ones(8)}))
    assert base_digest(open_model(config_for(folder))) == base_digest(opened)


def test_a_missing_tokenizer(spoilt: Callable[..., Path]) -> None:
    with pytest.raises(ModelError, match="has no tokenizer"):
        open_model(config_for(spoilt("tokenizer.json")))


def test_a_damaged_tokenizer(spoilt: Callable[..., Path]) -> None:
    folder = spoilt()
    (folder / "tokenizer.json").write_text('{"model": 3}')
    with pytest.raises(ModelError, match=r"tokenizer of .* cannot be opened"):
        open_model(config_for(folder))


def test_a_base_model_without_a_chat_template(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "base", make_tokenizer(template=None))
    with pytest.raises(ModelError, match="no chat template") as caught:
        open_model(config_for(folder))
    assert "chat or instruct" in caught.value.remedy


def test_a_tokenizer_of_another_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="320 tokens, the model has 256"):
        open_model(config_for(save_model(tmp_path / "small", vocab_size=256)))


def test_a_missing_pad_token_is_replaced_only_by_one_that_never_ends_a_turn(tmp_path: Path) -> None:
    padded = open_model(config_for(save_model(tmp_path / "unk", make_tokenizer(**NO_PAD, **{"unk_token": "<unk>"}))))
    assert padded.tokenizer.pad_token_id == 3
    named = open_model(config_for(save_model(tmp_path / "named", make_tokenizer(**NO_PAD))))
    assert named.tokenizer.pad_token_id == 0
    without = make_tokenizer(**NO_PAD)
    text = without.backend_tokenizer.to_str().replace("<pad>", "<thing>")
    folder = save_model(tmp_path / "none", without)
    (folder / "tokenizer.json").write_text(text)
    with pytest.raises(ModelError, match="no pad token") as caught:
        open_model(config_for(folder))
    assert "tokenizer_config.json" in caught.value.remedy


@pytest.mark.parametrize("cached", [True, False])
def test_a_hub_id_without_a_network(saved_model: Path, tmp_path: Path, cached: bool) -> None:
    """Port 9 of this machine answers nobody; what the cache holds is used all the same."""
    snapshot = tmp_path / "hub" / "models--some--model" / "snapshots" / ("0" * 40)
    if cached:
        snapshot.mkdir(parents=True)
        (snapshot / "config.json").write_bytes((saved_model / "config.json").read_bytes())
        (snapshot.parents[1] / "refs").mkdir()
        (snapshot.parents[1] / "refs" / "main").write_text("0" * 40)
    code = (
        "from driftlab.errors import ModelError\nfrom driftlab.models import describe\n"
        "for local in (False, True):\n"
        "  try: print(describe('some/model', local_only=local).hidden)\n"
        "  except ModelError as error: print(error.problem, '|', error.remedy)"
    )
    environment = os.environ | {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    lines = done.stdout.splitlines()
    if cached:
        assert lines == ["64", "64"]
    else:
        assert "could not be reached" in lines[0]
        assert "cache only" in lines[1]
        assert all("--model pocket" in line for line in lines)


# --- adapters --------------------------------------------------------------------------------------------------------


def test_an_adapter_is_put_on_and_taken_off(opened: OpenedModel, saved_model: Path, tmp_path: Path) -> None:
    import torch

    plain, digest = logits(opened), base_digest(opened)
    with adapter_on(opened, config_for(saved_model)) as model:
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.constant_(weight, 0.05)
        with_it = logits(opened)
        finish_adapter(model, tmp_path, opened.source)
    assert torch.equal(logits(opened), plain)
    adapted = load_adapter(opened, tmp_path / "adapter")
    again = load_adapter(adapted, tmp_path / "adapter")
    assert base_digest(again) == digest
    assert torch.equal(logits(again), with_it)
    assert not torch.equal(with_it, plain)
    assert torch.equal(logits(unload_adapter(again)), plain)
    with safe_open(tmp_path / "adapter" / "adapter_model.safetensors", framework="pt") as file:
        assert all(file.get_slice(name).get_dtype() == "F32" for name in file.keys())


def test_an_adapter_that_does_not_fit_leaves_the_model_as_it_was(opened: OpenedModel, tmp_path: Path) -> None:
    import torch

    other = config_for(save_model(tmp_path / "wide", hidden_size=128))
    wide = open_model(other)
    with adapter_on(wide, other) as model:
        finish_adapter(model, tmp_path, "wide")
    folder, plain = tmp_path / "adapter", logits(opened)
    with pytest.raises(ModelError, match="does not fit"):
        load_adapter(opened, folder)
    deep = open_model(config_for(save_model(tmp_path / "deep", num_hidden_layers=1)))
    with adapter_on(deep, other) as model:
        finish_adapter(model, tmp_path / "less", "deep")
    with pytest.raises(ModelError, match=r"14 tensors, .* wants 28"):
        load_adapter(opened, tmp_path / "less" / "adapter")
    (folder / "adapter_model.safetensors").write_bytes(b"no")
    with pytest.raises(ModelError, match="does not fit"):
        load_adapter(opened, folder)
    with pytest.raises(ModelError, match="holds no adapter"):
        load_adapter(opened, tmp_path)
    assert torch.equal(logits(opened), plain)


def test_every_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CourseError) as caught:
        open_model(config_for(tmp_path))
    assert caught.value.remedy.startswith("Accepted: pocket, a folder")
