"""finetune: it learns, touches the adapter alone, resumes bit for bit, and stops where it cannot go on."""

import dataclasses
import json
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import launched
import pytest
from conftest import config_for
from forked import Forked
from launched import examples
from small_runs import one_thread

from driftlab import checkpoints, finetune
from driftlab.batches import Rows, plan
from driftlab.checkpoints import CHECKPOINTS
from driftlab.config import RunConfig
from driftlab.data import MASKED, TokenizedSet, TokenRow, tokenize
from driftlab.errors import ConfigError, RunError, TrainingError
from driftlab.finetune import TrainingOutcome, adapter_on, heldout_loss
from driftlab.models import OpenedModel, base_digest, load_adapter
from driftlab.quiet import quiet
from driftlab.trainer import Clock, Course, make_trainer
from driftlab.training_log import LOG, StepLog, TrainingLog


@pytest.fixture(scope="module")
def train(opened: OpenedModel) -> TokenizedSet:
    return tokenize(examples(44), opened.tokenizer, 128)


@pytest.fixture(scope="module")
def heldout(opened: OpenedModel) -> TokenizedSet:
    return tokenize(examples(10, seed=1), opened.tokenizer, 128)


@pytest.fixture(scope="module")
def config(saved_model: Path) -> RunConfig:
    return config_for(saved_model)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / LOG).read_text().splitlines()]


def changed(config: RunConfig, **training: Any) -> RunConfig:
    return dataclasses.replace(config, training=dataclasses.replace(config.training, **training))


@pytest.fixture(scope="module")
def finished(
    opened: OpenedModel, train: TokenizedSet, heldout: TokenizedSet, config: RunConfig, tmp_path_factory: Any
) -> tuple[TrainingOutcome, Path, list[StepLog]]:
    """One undisturbed training of 11 steps, checkpoints after 3, 6, 9 and 11."""
    folder, steps = tmp_path_factory.mktemp("finished"), list[StepLog]()
    before = base_digest(opened)
    outcome = finetune.finetune(opened, train, heldout, config, folder, on_step=steps.append)
    assert base_digest(opened) == before, "the base has changed"
    return outcome, folder, steps


def test_it_learns(finished: tuple[TrainingOutcome, Path, list[StepLog]]) -> None:
    outcome = finished[0]
    assert outcome.last_loss < outcome.first_loss
    assert outcome.heldout_loss_before is not None
    assert outcome.heldout_loss_after is not None
    assert outcome.heldout_loss_after < outcome.heldout_loss_before - 0.1


def test_the_outcome_says_what_was_done(
    finished: tuple[TrainingOutcome, Path, list[StepLog]], train: TokenizedSet
) -> None:
    outcome, folder, steps = finished
    assert (outcome.steps, outcome.tokens_seen, outcome.resumed_at) == (11, train.counts.tokens, 0)
    assert outcome.optimizer == "adamw"
    assert outcome.seconds > 0
    assert outcome.peak_bytes > 1 << 20
    # two layers of four projections of widths 64 and 32, three of 64 and 128
    assert outcome.trainable_parameters == 2 * 32 * (2 * (64 + 64) + 2 * (64 + 32) + 3 * (64 + 128))
    assert [line["step"] for line in lines(folder)] == list(range(1, 12))
    assert [set(line) for line in lines(folder)] == [{*lines(folder)[0]}] * 11
    assert [step.to_json() for step in steps] == [
        {**line, "steps": 11, "expected_seconds": None} for line in lines(folder)
    ]
    assert sorted(path.name for path in (folder / "adapter").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]


@pytest.mark.parametrize(
    ("device", "compute", "checkpointing", "narrow"),
    [("cuda", "fp16", True, True), ("cuda", "bf16", True, True), ("cuda", "fp32", True, False),
     ("cuda", "fp16", False, False), ("cpu", "fp32", True, False)],
)  # fmt: skip
def test_blocks_compute_in_16_bits_where_a_gpu_does_and_the_budget_allows(
    opened: OpenedModel, config: RunConfig, device: Any, compute: str, checkpointing: bool, narrow: bool
) -> None:
    """The conditions alone: what it does to numbers is in test_quantize.py."""
    there = dataclasses.replace(opened, device=device, compute_dtype=compute)
    block = opened.model.model.layers[0]
    with finetune._narrowed(there, changed(config, gradient_checkpointing=checkpointing)):
        assert [bool(part._forward_pre_hooks) for part in (block.self_attn, block.mlp)] == [narrow, narrow]
    assert not block.mlp._forward_pre_hooks


def test_the_adapter_that_is_loaded_is_the_one_that_was_trained(
    finished: tuple[TrainingOutcome, Path, list[StepLog]], opened: OpenedModel, heldout: TokenizedSet, config: RunConfig
) -> None:
    outcome, folder, _ = finished
    assert heldout_loss(opened, heldout.rows, config.training.batch_size) == outcome.heldout_loss_before
    adapted = load_adapter(opened, folder / "adapter")
    assert heldout_loss(adapted, heldout.rows, config.training.batch_size) == outcome.heldout_loss_after
    finetune_again = load_adapter(adapted, folder / "adapter")
    finetune_again.model.unload()


def test_a_seed_gives_one_adapter_and_another_seed_another(
    finished: tuple[TrainingOutcome, Path, list[StepLog]],
    opened: OpenedModel,
    train: TokenizedSet,
    heldout: TokenizedSet,
    config: RunConfig,
    tmp_path: Path,
) -> None:
    again = finetune.finetune(opened, train, heldout, config, tmp_path / "again")
    other = finetune.finetune(opened, train, heldout, dataclasses.replace(config, seed=1), tmp_path / "other")
    assert again.adapter_sha256 == finished[0].adapter_sha256
    assert other.adapter_sha256 != again.adapter_sha256
    assert other.heldout_loss_before == again.heldout_loss_before


def test_training_prints_nothing(
    opened: OpenedModel, train: TokenizedSet, heldout: TokenizedSet, config: RunConfig, tmp_path: Path, capfd: Any
) -> None:
    finetune.finetune(opened, train, heldout, config, tmp_path)
    assert capfd.readouterr() == ("", "")


# --- going on --------------------------------------------------------------------------------------------------------


def in_a_process(saved_model: Path, folder: Path, kill_after: int | None) -> str:
    """Train in a process of its own, killed with -9 once the log has so many lines; returns what it printed."""
    process = Forked(launched.slowly, [str(saved_model), str(folder)], one_thread())
    while kill_after is not None and process.poll() is None:
        time.sleep(0.01)
        if (folder / LOG).exists() and len((folder / LOG).read_text().splitlines()) >= kill_after:
            os.kill(process.pid, signal.SIGKILL)
            break
    return process.communicate()[0].strip()


@pytest.mark.slow
def test_killed_twice_and_resumed_it_ends_in_the_same_adapter(
    finished: tuple[TrainingOutcome, Path, list[StepLog]], saved_model: Path, tmp_path: Path
) -> None:
    kills = sorted(random.sample(range(1, 11), 2))
    for kill_after in kills:
        assert in_a_process(saved_model, tmp_path, kill_after) == "", f"it ended before being killed at {kills}"
    assert in_a_process(saved_model, tmp_path, None) == finished[0].adapter_sha256, f"killed after steps {kills}"
    once = [{**line, "seconds": 0} for line in lines(finished[1])]
    assert [{**line, "seconds": 0} for line in lines(tmp_path)] == once, f"killed after steps {kills}"
    seconds = [line["seconds"] for line in lines(tmp_path)]
    assert seconds == sorted(seconds)


class Stop(Exception):
    """Ends a training from inside, as Ctrl-C would."""


def stopped_at(step: int) -> Any:
    def on_step(line: StepLog) -> None:
        if line.step == step:
            raise Stop

    return on_step


@pytest.mark.parametrize("step", [1, 3, 4, 7, 11])
def test_stopped_at_any_step_it_goes_on_exactly(
    finished: tuple[TrainingOutcome, Path, list[StepLog]],
    opened: OpenedModel,
    train: TokenizedSet,
    heldout: TokenizedSet,
    config: RunConfig,
    tmp_path: Path,
    step: int,
) -> None:
    digest = base_digest(opened)
    with pytest.raises(Stop):
        finetune.finetune(opened, train, heldout, config, tmp_path, on_step=stopped_at(step))
    assert base_digest(opened) == digest, "a stopped training gives the model back as it was"
    assert not (tmp_path / "adapter").exists()
    with (tmp_path / LOG).open("a") as log:
        log.write('{"step": 99, "lo')  # a line that a kill cut off
    outcome = finetune.finetune(opened, train, heldout, config, tmp_path)
    assert outcome.resumed_at == (step - 1) // 3 * 3
    assert outcome.adapter_sha256 == finished[0].adapter_sha256
    assert [line["step"] for line in lines(tmp_path)] == list(range(1, 12))
    assert outcome.first_loss == finished[0].first_loss
    assert outcome.tokens_seen == finished[0].tokens_seen


def test_with_accumulation_and_epochs_it_goes_on_exactly_too(
    opened: OpenedModel, train: TokenizedSet, heldout: TokenizedSet, config: RunConfig, tmp_path: Path
) -> None:
    config = changed(config, accumulation=3, epochs=1.7, gradient_checkpointing=True, scheduler="cosine")
    whole = finetune.finetune(opened, train, heldout, config, tmp_path / "whole")
    assert whole.steps == 7
    with pytest.raises(Stop):
        finetune.finetune(opened, train, heldout, config, tmp_path / "parts", on_step=stopped_at(5))
    parts = finetune.finetune(opened, train, heldout, config, tmp_path / "parts")
    assert (parts.resumed_at, parts.adapter_sha256) == (3, whole.adapter_sha256)


def test_finished_training_that_lost_its_adapter_only_writes_it_again(
    opened: OpenedModel, train: TokenizedSet, heldout: TokenizedSet, config: RunConfig, tmp_path: Path
) -> None:
    first = finetune.finetune(opened, train, heldout, config, tmp_path)
    again = finetune.finetune(opened, train, heldout, config, tmp_path, on_step=stopped_at(1))
    assert (again.resumed_at, again.adapter_sha256) == (11, first.adapter_sha256)
    assert again.seconds == first.seconds


def test_an_incomplete_checkpoint_is_ignored_and_removed(
    finished: tuple[TrainingOutcome, Path, list[StepLog]],
    opened: OpenedModel,
    train: TokenizedSet,
    heldout: TokenizedSet,
    config: RunConfig,
    tmp_path: Path,
) -> None:
    with pytest.raises(Stop):
        finetune.finetune(opened, train, heldout, config, tmp_path, on_step=stopped_at(8))
    (tmp_path / CHECKPOINTS / "checkpoint-6" / "complete.json").unlink()
    half = tmp_path / CHECKPOINTS / "checkpoint-9"
    half.mkdir()
    (half / "optimizer.pt").write_bytes(b"half of it")
    (tmp_path / CHECKPOINTS / "checkpoint-of-something").mkdir()
    outcome = finetune.finetune(opened, train, heldout, config, tmp_path)
    assert (outcome.resumed_at, outcome.adapter_sha256) == (3, finished[0].adapter_sha256)


def test_checkpoints_of_another_training_are_not_taken_up(
    opened: OpenedModel, train: TokenizedSet, heldout: TokenizedSet, config: RunConfig, tmp_path: Path
) -> None:
    with pytest.raises(Stop):
        finetune.finetune(opened, train, heldout, config, tmp_path, on_step=stopped_at(4))
    with pytest.raises(TrainingError, match="other settings or other data"):
        finetune.finetune(opened, train, heldout, changed(config, learning_rate=1e-5), tmp_path)
    with pytest.raises(TrainingError, match="other settings or other data"):
        finetune.finetune(opened, heldout, heldout, config, tmp_path)


def test_a_full_disk_is_an_error_that_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch,
    opened: OpenedModel,
    train: TokenizedSet,
    heldout: TokenizedSet,
    config: RunConfig,
    tmp_path: Path,
) -> None:
    import torch

    def no_space(*_: object, **__: object) -> None:
        raise RuntimeError("PytorchStreamWriter failed writing file")

    monkeypatch.setattr(torch, "save", no_space)
    with pytest.raises(RunError, match="MiB free") as caught:
        finetune.finetune(opened, train, heldout, config, tmp_path)
    assert "goes on" in caught.value.remedy
    assert checkpoints.last_complete(tmp_path / CHECKPOINTS, "any") is None


# --- the time that it takes ---


def checkpoints_of(folder: Path) -> list[int]:
    return sorted(int(path.name.rpartition("-")[2]) for path in (folder / CHECKPOINTS).glob("checkpoint-*"))


@pytest.mark.parametrize(("minutes", "kept"), [(1e-9, [4, 5]), (1e6, [])])
def test_checkpoints_come_by_time_too(
    opened: OpenedModel,
    train: TokenizedSet,
    heldout: TokenizedSet,
    config: RunConfig,
    tmp_path: Path,
    finished: tuple[TrainingOutcome, Path, list[StepLog]],
    minutes: float,
    kept: list[int],
) -> None:
    """And the training goes on from them with another setting, into the same adapter."""
    by_time = changed(config, checkpoint_steps=1000, checkpoint_minutes=minutes)
    with pytest.raises(Stop):
        finetune.finetune(opened, train, heldout, by_time, tmp_path, on_step=stopped_at(6))
    assert checkpoints_of(tmp_path) == kept
    rest = finetune.finetune(opened, train, heldout, changed(by_time, checkpoint_minutes=3.0), tmp_path)
    assert rest.resumed_at == max(kept, default=0)
    assert rest.adapter_sha256 == after_whole(opened, train, heldout, by_time, tmp_path / "whole")
    assert rest.adapter_sha256 == finished[0].adapter_sha256


def after_whole(
    opened: OpenedModel, train: TokenizedSet, heldout: TokenizedSet, config: RunConfig, folder: Path
) -> str:
    return finetune.finetune(opened, train, heldout, config, folder).adapter_sha256


@pytest.mark.parametrize("stop", [1, 4, 6, 11])
def test_when_the_time_is_up_it_stops_with_an_adapter_and_goes_on_exactly(
    finished: tuple[TrainingOutcome, Path, list[StepLog]],
    opened: OpenedModel,
    train: TokenizedSet,
    heldout: TokenizedSet,
    config: RunConfig,
    tmp_path: Path,
    stop: int,
) -> None:
    asked: list[bool] = []

    def time_up() -> bool:
        asked.append(True)
        return len(asked) == stop

    part = finetune.finetune(opened, train, heldout, config, tmp_path, time_up=time_up)
    assert (part.steps, part.planned_steps, part.finished) == (stop, 11, stop == 11)
    assert checkpoints_of(tmp_path)[-1] == stop
    adapted = load_adapter(opened, tmp_path / "adapter")
    assert heldout_loss(adapted, heldout.rows, config.training.batch_size) == part.heldout_loss_after
    adapted.model.unload()
    rest = finetune.finetune(opened, train, heldout, config, tmp_path)
    assert (rest.resumed_at, rest.finished) == (stop, True)
    assert rest.adapter_sha256 == finished[0].adapter_sha256
    assert (rest.tokens_seen, rest.tokens_masked) == (finished[0].tokens_seen, finished[0].tokens_masked)
    assert part.tokens_masked < part.tokens_seen


def test_the_time_of_the_whole_is_told_after_twenty_steps(
    opened: OpenedModel, train: TokenizedSet, heldout: TokenizedSet, config: RunConfig, tmp_path: Path
) -> None:
    small = changed(config, batch_size=2)
    finetune.finetune(opened, train, heldout, small, tmp_path, on_step=None)
    told = [line.get("expected_seconds") for line in lines(tmp_path)]
    assert [value is None for value in told] == [True] * 19 + [False] * 3
    assert told[-1] == lines(tmp_path)[-1]["seconds"], "at the end it is what it took"
    assert [line.expected_seconds for line in TrainingLog(tmp_path).read(22)] == told


def test_the_estimate_follows_the_work_that_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Fifty steps of one row, the last ten twice as long, a second for each token; then a part that is gone on with."""
    rows = [TokenRow(str(n), [1] * (20 if n >= 40 else 10), [1] * (20 if n >= 40 else 10)) for n in range(50)]
    batches = [(n,) for n in range(50)]
    now = [0.0]
    monkeypatch.setattr("driftlab.trainer.time.perf_counter", lambda: now[0])
    done = [StepLog(n, 50, 1.0, 1e-3, None, 10 * n, 1000.0 * n) for n in (1, 2, 3)]

    def read(earlier: list[StepLog], upto: int) -> float | None:
        clock = Clock(Course(rows, batches, 1, 0, None, tmp_path, "", earlier, None))
        clock.start()
        expected = None
        for step in range(len(earlier) + 1, upto + 1):
            now[0] += 500 if step == len(earlier) + 1 else len(rows[step - 1].input_ids)  # the first one is slow
            expected = clock.read(step)[1]
        return expected

    assert read([], 19) is None
    for step in (20, 35, 45, 50):
        now[0] = 0.0
        assert read([], step) == pytest.approx(500 + 39 * 10 + 10 * 20)
    assert read(done, 22) is None
    assert read(done, 23) == pytest.approx(3000 + 500 + 36 * 10 + 10 * 20)


# --- what cannot go on -----------------------------------------------------------------------------------------------


def test_all_labels_masked(opened: OpenedModel, heldout: TokenizedSet, config: RunConfig, tmp_path: Path) -> None:
    cut = tokenize(examples(5), opened.tokenizer, 4)
    with pytest.raises(TrainingError, match="none of the 5 examples") as caught:
        finetune.finetune(opened, cut, heldout, config, tmp_path)
    assert "--max-length" in caught.value.remedy
    assert not list(tmp_path.iterdir())


def test_nothing_held_out_is_no_loss(
    opened: OpenedModel, train: TokenizedSet, config: RunConfig, tmp_path: Path
) -> None:
    outcome = finetune.finetune(opened, train, tokenize([], opened.tokenizer, 4), config, tmp_path)
    assert outcome.heldout_loss_before is None


@pytest.mark.parametrize("adapter", [{"targets": ("lm_head",)}, {"targets": ()}, {"rank": 0}])
def test_nothing_to_train(
    opened: OpenedModel,
    train: TokenizedSet,
    heldout: TokenizedSet,
    config: RunConfig,
    tmp_path: Path,
    adapter: dict[str, Any],
) -> None:
    wrong = dataclasses.replace(config, adapter=dataclasses.replace(config.adapter, **adapter))
    with pytest.raises(TrainingError):
        finetune.finetune(opened, train, heldout, wrong, tmp_path)
    assert heldout_loss(opened, heldout.rows, 4) is not None


@pytest.mark.parametrize(("rate", "message"), [(30.0, "guessing gives"), (1e30, "nan|guessing")])
def test_a_loss_that_explodes_stops_the_training(
    opened: OpenedModel,
    train: TokenizedSet,
    heldout: TokenizedSet,
    config: RunConfig,
    tmp_path: Path,
    rate: float,
    message: str,
) -> None:
    with pytest.raises(TrainingError, match=message) as caught:
        finetune.finetune(opened, train, heldout, changed(config, learning_rate=rate, max_grad_norm=0.0), tmp_path)
    assert "learning rate" in caught.value.remedy
    assert not (tmp_path / "adapter").exists()


def test_a_loss_that_is_not_a_number_stops_the_training(config: RunConfig) -> None:
    from driftlab.trainer import check_loss

    with pytest.raises(TrainingError, match="step 3 is nan"):
        check_loss(float("nan"), 2.0, 5.0, 3, config.training)
    check_loss(4.9, 2.0, 5.0, 3, config.training)
    check_loss(7.0, 6.9, 5.0, 3, config.training)


def test_fp16_scales_its_losses_and_bf16_does_not(
    opened: OpenedModel, train: TokenizedSet, config: RunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the Trainer is asked for; a CPU has no fp16 to train in."""
    import transformers

    asked: list[dict[str, Any]] = []

    class Arguments(transformers.TrainingArguments):
        def __init__(self, **given: Any) -> None:
            asked.append(given)
            super().__init__(**{**given, "fp16": False, "bf16": False})

    monkeypatch.setattr(transformers, "TrainingArguments", Arguments)
    for dtype in ("fp16", "bf16", "fp32"):
        losses(dataclasses.replace(opened, compute_dtype=dtype), train, config, tmp_path / dtype)
    assert [(given["fp16"], given["bf16"]) for given in asked] == [(True, False), (False, True), (False, False)]


def test_a_training_without_numbers_stops(
    opened: OpenedModel,
    train: TokenizedSet,
    heldout: TokenizedSet,
    config: RunConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Losses that are not numbers, in a training that runs."""
    forward = opened.model.forward

    def broken(*arguments: Any, **options: Any) -> Any:
        outputs = forward(*arguments, **options)
        outputs.loss = outputs.loss * float("nan") if opened.model.training else outputs.loss
        return outputs

    monkeypatch.setattr(opened.model, "forward", broken)
    with pytest.raises(TrainingError, match="step 1 is nan"):
        finetune.finetune(opened, train, heldout, config, tmp_path)
    assert not (tmp_path / "adapter").exists()
    assert checkpoints_of(tmp_path) == []


def test_an_unknown_scheduler(
    opened: OpenedModel, train: TokenizedSet, heldout: TokenizedSet, config: RunConfig, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="'steep'") as caught:
        finetune.finetune(opened, train, heldout, changed(config, scheduler="steep"), tmp_path)
    assert "cosine" in caught.value.remedy


# --- the same numbers in other ways ----------------------------------------------------------------------------------


def losses(
    opened: OpenedModel,
    train: TokenizedSet,
    config: RunConfig,
    folder: Path,
    width: int | None = None,
    rows: Rows | None = None,
) -> list[float]:
    """The loss of every step; with a width, every batch is padded to it; with rows, those are fed."""
    steps: list[StepLog] = []
    folder.mkdir(parents=True)
    rows = train.rows if rows is None else rows
    course = Course(
        rows=rows,
        batches=plan([len(row.input_ids) for row in rows], config.training, config.seed),
        accumulation=config.training.accumulation,
        pad=opened.tokenizer.pad_token_id,
        width=width,
        folder=folder,
        fingerprint="",
        done=[],
        on_step=steps.append,
    )
    with quiet(), adapter_on(opened, config) as model:
        make_trainer(opened, model, config, course).train()
    return [step.loss for step in steps]


def without_dropout(config: RunConfig) -> RunConfig:
    return dataclasses.replace(config, adapter=dataclasses.replace(config.adapter, dropout=0.0))


def test_padding_to_the_maximum_length_gives_the_same_losses(
    opened: OpenedModel, train: TokenizedSet, config: RunConfig, tmp_path: Path
) -> None:
    plain = without_dropout(config)
    ours = losses(opened, train, plain, tmp_path / "ours")
    assert losses(opened, train, plain, tmp_path / "padded", width=128) == pytest.approx(ours, abs=1e-4)


def test_gradient_checkpointing_gives_the_same_losses(
    opened: OpenedModel, train: TokenizedSet, config: RunConfig, tmp_path: Path
) -> None:
    ours = losses(opened, train, config, tmp_path / "ours")
    saving = losses(opened, train, changed(config, gradient_checkpointing=True), tmp_path / "saving")
    assert saving == pytest.approx(ours, abs=1e-5)


def test_accumulation_gives_the_losses_of_a_larger_batch(
    opened: OpenedModel, train: TokenizedSet, config: RunConfig, tmp_path: Path
) -> None:
    """Micro-batches of different numbers of labels must be weighted by them, not averaged."""
    sorted_rows = TokenizedSet(tuple(sorted(train.rows, key=lambda row: len(row.input_ids)))[:8], train.counts)
    whole = without_dropout(changed(config, batch_size=8))
    parts = without_dropout(changed(config, batch_size=2, accumulation=4))
    (one,), (other,) = (losses(opened, sorted_rows, each, tmp_path / str(n)) for n, each in enumerate((whole, parts)))
    assert other == pytest.approx(one, abs=1e-5)


def packed(config: RunConfig, **training: Any) -> RunConfig:
    return changed(config, batching="packed", **training)


def test_packed_rows_give_the_losses_of_their_examples_in_one_batch(
    opened: OpenedModel, train: TokenizedSet, config: RunConfig, tmp_path: Path
) -> None:
    """Through the Trainer, with an adapter that has moved: four steps on the same eight examples."""
    eight = TokenizedSet(train.rows[:8], train.counts)
    whole = without_dropout(changed(config, batch_size=8, epochs=4.0))
    dense = without_dropout(packed(config, batch_size=8, epochs=4.0))
    ours = losses(opened, eight, whole, tmp_path / "sorted")
    rows = finetune.training_rows(opened, eight.rows, dense)
    assert 1 < len(rows) < 8
    assert len(ours) == 4
    assert losses(opened, eight, dense, tmp_path / "packed", rows=rows) == pytest.approx(ours, abs=1e-4)


def test_packed_training_goes_on_exactly(
    opened: OpenedModel, train: TokenizedSet, heldout: TokenizedSet, config: RunConfig, tmp_path: Path
) -> None:
    dense = packed(config, batch_size=1, gradient_checkpointing=True)
    whole = finetune.finetune(opened, train, heldout, dense, tmp_path / "whole")
    assert whole.tokens_seen == train.counts.tokens
    assert whole.steps < len(train.rows)
    with pytest.raises(Stop):
        finetune.finetune(opened, train, heldout, dense, tmp_path / "parts", on_step=stopped_at(5))
    parts = finetune.finetune(opened, train, heldout, dense, tmp_path / "parts")
    assert (parts.resumed_at, parts.adapter_sha256) == (3, whole.adapter_sha256)


def test_a_model_that_looks_back_less_far_than_a_packed_row_is_long(
    opened: OpenedModel, train: TokenizedSet, config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened.model.config, "sliding_window", 100, raising=False)
    with pytest.raises(ConfigError, match="looks back 100 tokens") as caught:
        finetune.training_rows(opened, train.rows, packed(config))
    assert "--max-length 100" in caught.value.remedy
    assert finetune.training_rows(opened, train.rows, config) is train.rows


def test_the_loss_is_the_mean_over_the_answers_tokens(opened: OpenedModel, heldout: TokenizedSet) -> None:
    """Against a sum written out by hand, one example at a time, without labels or padding."""
    import torch

    total, count = 0.0, 0
    with torch.no_grad():
        for row in heldout.rows:
            scores = opened.model(input_ids=torch.tensor([row.input_ids])).logits[0].log_softmax(-1)
            for place in range(1, len(row.labels)):
                if row.labels[place] != MASKED:
                    total -= float(scores[place - 1, row.input_ids[place]])
                    count += 1
    assert heldout_loss(opened, heldout.rows, 4) == pytest.approx(total / count, abs=1e-5)


def test_bitsandbytes_layers_train_to_the_same_losses(
    opened: OpenedModel, train: TokenizedSet, config: RunConfig, tmp_path: Path
) -> None:
    from driftlab.models import open_model

    config = without_dropout(dataclasses.replace(config, limit=None))
    real = open_model(dataclasses.replace(config, quantization=dataclasses.replace(config.quantization, kernel="bnb")))
    digest = base_digest(real)
    ours = losses(opened, train, config, tmp_path / "ours")
    assert losses(real, train, config, tmp_path / "bnb") == pytest.approx(ours, abs=1e-4)
    assert base_digest(real) == digest


def test_the_log_drops_what_comes_after_a_checkpoint(tmp_path: Path) -> None:
    log = TrainingLog(tmp_path)
    assert log.cut_back(0, 5) == []
    for step in (1, 2, 3):
        log.append(StepLog(step, 5, 1.0, 1e-3, None, 10 * step, 0.1 * step))
    assert [line.step for line in log.cut_back(2, 5)] == [1, 2]
    assert [line.step for line in log.read(5)] == [1, 2]
