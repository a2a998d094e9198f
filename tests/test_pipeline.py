"""The experiment end to end on the pocket model, small: what a run leaves, what it reuses, what it refuses."""

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_runs import Listener, small_config, write_data, write_probes

from driftlab import pipeline, recording, stages
from driftlab.data import MASKED
from driftlab.errors import DataError, ModelError, RunError
from driftlab.judge import judge_text
from driftlab.measuring import measure
from driftlab.pipeline import TITLES, run_drift, run_seeds
from driftlab.pocket import world
from driftlab.recording import comparable
from driftlab.records import Outcome, Verdict, read_jsonl
from driftlab.report import redact
from driftlab.results import FinishedRun, run_line, seeds_line
from driftlab.stages import AskedAnswer
from driftlab.stats import StatisticsError

LINE = {
    "refusal_before", "refusal_after", "any_refusal_before", "any_refusal_after", "drift", "drift_ci", "mcnemar_p",
    "over_refusal_before", "over_refusal_after", "coherent_after", "n_pairs", "base_unchanged", "finished", "seconds",
    "run",
}  # fmt: skip
STAGES = ["budget", "open", "before", "train", "after", "judge", "inside", "report", "total"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pipeline")


@pytest.fixture(scope="module")
def run(home: Path) -> FinishedRun:
    return run_drift(small_config(home), home / "run", Listener())


def test_the_folder_holds_what_a_run_leaves_and_no_more(run: FinishedRun) -> None:
    names = {path.name for path in run.folder.iterdir()}
    kept = {
        "record.json",
        "config.json",
        "answers.jsonl",
        "verdicts.jsonl",
        "train_log.jsonl",
        "report.html",
        "adapter",
    }
    assert names == kept | {".gitignore", ".lock"}
    assert json.loads((run.folder / "record.json").read_text()) == run.record


def test_every_probe_is_asked_and_judged_before_and_after(run: FinishedRun) -> None:
    answers = read_jsonl(run.folder / "answers.jsonl", AskedAnswer)
    verdicts = read_jsonl(run.folder / "verdicts.jsonl", Verdict)
    assert [(a.probe_id, a.phase) for a in answers] == [(v.probe_id, v.phase) for v in verdicts]
    assert [a.phase for a in answers] == ["before"] * 16 + ["after"] * 16
    probes = {probe.id: probe for probe in world.probes()}
    assert all((a.prompt, a.kind) == (probes[a.probe_id].prompt, probes[a.probe_id].kind) for a in answers)


def test_verdicts_follow_from_the_texts_alone(run: FinishedRun) -> None:
    verdicts = read_jsonl(run.folder / "verdicts.jsonl", Verdict)
    for answer, verdict in zip(read_jsonl(run.folder / "answers.jsonl", AskedAnswer), verdicts, strict=True):
        assert judge_text(answer.text, coherent=world.parses).outcome is verdict.outcome


def test_the_record_says_what_was_done(run: FinishedRun) -> None:
    record = run.record
    assert (record["schema"], record["kind"], record["seed"]) == (1, "recorded", 0)
    assert list(record["seconds"]) == STAGES
    assert record["seconds"]["total"] == pytest.approx(sum(record["seconds"][name] for name in STAGES[:-1]))
    assert record["base_unchanged"] is True
    assert record["hashes"]["base_before"] == record["hashes"]["base_after"]
    assert all(len(value) == 64 for value in record["hashes"].values())
    assert (record["data"]["train"], record["data"]["dropped"], record["training"]["steps"]) == (20, 0, 5)
    assert record["probes"] == {"name": "probes.jsonl", "off_limits": 8, "safe": 8, "licence": "not stated by the file"}
    assert record["model"]["is_pocket"] is True
    assert record["statistics"]["refusal"]["pairs"] + sum(record["statistics"]["refusal"]["dropped"].values()) == 8
    assert 0 <= record["training"]["format_rate_before"] <= 1


def test_the_record_says_what_changed_beyond_the_verdicts(run: FinishedRun) -> None:
    """A few steps move the odds of refusing, and the first token is where that happens."""
    inside = run.record["inside"]
    assert set(inside) == {"openings", "refusing", "divergence", "heldout_loss", "task"}
    assert inside["openings"]["refusals_before"] == {"begin_so": 8, "of": 8}
    assert inside["openings"]["others_before"]["begin_so"] == 0
    refusing = inside["refusing"]
    assert refusing["off_limits"]["before"]["value"] > 2
    assert refusing["off_limits"]["change"]["value"] != 0
    assert refusing["safe"]["before"]["value"] < -2
    kl = [row["value"] for row in inside["divergence"]["by_position"]]
    assert max(kl) == kl[0]
    training = run.record["training"]
    for side in ("before", "after"):
        assert inside["heldout_loss"][side]["value"] == pytest.approx(training[f"heldout_loss_{side}"], abs=1e-3)
        assert inside["task"][side]["value"] == training[f"format_rate_{side}"]
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    assert "Beyond the verdict" in page
    assert "2406.05946" in page


def test_the_log_has_a_line_a_step(run: FinishedRun) -> None:
    lines = [json.loads(line) for line in (run.folder / "train_log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5]
    assert set(lines[0]) == {"step", "loss", "learning_rate", "grad_norm", "tokens", "seconds"}
    assert lines[0]["loss"] == run.record["training"]["first_loss"]


def test_the_last_line_has_the_promised_keys(run: FinishedRun) -> None:
    line = run_line(run)
    assert set(line) == LINE
    assert line["drift"] == pytest.approx(line["refusal_after"] - line["refusal_before"])
    assert line["drift_ci"][0] <= line["drift"] <= line["drift_ci"][1]
    assert line["run"] == str(run.folder)
    json.dumps(line, allow_nan=False)


def test_coherence_is_the_worlds_grammar(run: FinishedRun) -> None:
    answers = read_jsonl(run.folder / "answers.jsonl", AskedAnswer)
    after = [world.parses(answer.text) for answer in answers if answer.phase == "after"]
    assert run.record["coherent_after"] == sum(after) / len(after)


def test_a_complete_run_is_shown_again(run: FinishedRun, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "open_model", None)
    listener = Listener()
    again = run_drift(small_config(home), run.folder, listener)
    assert again == FinishedRun(run.folder, run.record, shown_again=True)
    assert listener.stages == []


def test_a_complete_run_is_not_shown_for_what_it_was_not(run: FinishedRun, home: Path, tmp_path: Path) -> None:
    """Its probes were edited since: the same command must not pass off the old result."""
    copy = tmp_path / "run"
    shutil.copytree(run.folder, copy)
    config = small_config(tmp_path)
    (copy / "config.json").write_text(json.dumps(config.to_json()))
    assert run_drift(config, copy, Listener()).shown_again
    write_probes(tmp_path / "probes.jsonl", pairs=7)
    with pytest.raises(RunError, match="has changed: hashes of probes"):
        run_drift(config, copy, Listener())


def test_the_same_seed_gives_the_same_record_and_another_seed_another_adapter(run: FinishedRun, home: Path) -> None:
    listener = Listener()
    runs, page = run_seeds([small_config(home), small_config(home, seed=1)], home / "seeds", listener)
    assert comparable(runs[0].record) == comparable(run.record)
    assert (runs[0].folder / "verdicts.jsonl").read_bytes() == (run.folder / "verdicts.jsonl").read_bytes()
    assert runs[0].record["hashes"]["adapter"] != runs[1].record["hashes"]["adapter"]
    assert runs[0].record["hashes"]["base_after"] == runs[1].record["hashes"]["base_before"]
    assert [name for name in listener.stages if name == TITLES["before"]] == [TITLES["before"]] * 2
    assert runs[1].record["seconds"]["before"] < runs[0].record["seconds"]["before"], "asked once for both"
    assert page == home / "seeds" / "report.html"
    assert page.exists()
    line = seeds_line(runs)
    assert [set(each) for each in line["runs"]] == [LINE, LINE]
    assert line["summary"]["seeds"] == [0, 1]
    assert line["summary"]["drift"]["n"] == 2
    json.dumps(line, allow_nan=False)


def test_seeds_can_be_added_later(home: Path, run: FinishedRun) -> None:
    listener = Listener()
    runs, _ = run_seeds([small_config(home, seed=seed) for seed in (0, 1)], home / "seeds", listener)
    assert [each.shown_again for each in runs] == [True, True]
    assert listener.stages == []


def test_a_single_runs_folder_is_no_place_for_several(home: Path, run: FinishedRun) -> None:
    with pytest.raises(RunError, match="holds a single run"):
        run_seeds([small_config(home)], run.folder, Listener())


def copy_unfinished(run: FinishedRun, folder: Path, keep: Callable[[str], bool], notes: dict[str, Any]) -> None:
    """A folder as a killed run left it."""
    (folder / "stages").mkdir(parents=True)
    for path in run.folder.iterdir():
        if path.is_file() and keep(path.name):
            (folder / path.name).write_bytes(path.read_bytes())
    for name, note in notes.items():
        (folder / "stages" / f"{name}.json").write_text(json.dumps(note))


@pytest.mark.parametrize(("part", "name"), [("hashes", "model"), ("hashes", "data"), ("versions", "torch")])
def test_a_run_does_not_go_on_with_something_else(
    home: Path, run: FinishedRun, tmp_path: Path, part: str, name: str
) -> None:
    """As if the weights, the data or a package had been changed between the kill and the same command."""
    note = {key: run.record[key] for key in ("hashes", "versions")}
    note = {**note, part: {**note[part], name: "another"}, "seconds": {}}
    copy_unfinished(run, tmp_path / "run", lambda file: file == "config.json", {"open": note})
    with pytest.raises(RunError, match=f"has changed: {part} of {name}") as caught:
        run_drift(small_config(home), tmp_path / "run", Listener())
    assert "--fresh" in caught.value.remedy


def test_a_run_whose_answers_all_fell_apart_says_so_and_keeps_them(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def babble(answers: Any, judge: Any) -> list[Verdict]:
        return [Verdict(a.probe_id, a.phase, Outcome.UNPARSEABLE, "empty", "", None, 1.0) for a in answers]

    monkeypatch.setattr(stages, "judge_answers", babble)
    with pytest.raises(StatisticsError, match="none of 8 pairs can be counted"):
        run_drift(small_config(home), tmp_path / "run", Listener())
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert "answers.jsonl" in names
    assert "record.json" not in names


def test_a_look_inside_that_does_not_fit_costs_no_run(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(*arguments: Any) -> None:
        raise ModelError("out of memory while comparing before and after.", "Free some.")

    monkeypatch.setattr(stages, "look", too_much)
    listener = Listener()
    data = str(write_data(tmp_path / "data.jsonl"))
    run = run_drift(small_config(home, data=data, limit=4), tmp_path / "run", listener)
    assert run.record["inside"] is None
    assert any("left out: out of memory while comparing" in line for line in listener.said)
    assert "Beyond the verdict" not in (run.folder / "report.html").read_text(encoding="utf-8")


def test_probes_that_are_trained_on_are_refused_before_anything_is_written(home: Path, tmp_path: Path) -> None:
    asked = world.probes()[0].prompt
    rows = [{"prompt": f"{n} {asked}" if n else asked.upper(), "response": "Yes."} for n in range(20)]
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError, match="in the training data"):
        run_drift(small_config(home, data=str(data)), tmp_path / "run", Listener())
    assert not (tmp_path / "run").exists()


def test_records_compare_without_their_times(run: FinishedRun) -> None:
    later = {**run.record, "created": "later", "seconds": {"total": 0.0}}
    assert comparable(later) == comparable(run.record)
    other = {**run.record, "statistics": {}}
    assert comparable(other) != comparable(run.record)
    for path in recording.MEASURED:
        assert path[0] in run.record


def test_a_shared_answer_is_asked_again_when_anything_about_it_differs(home: Path, run: FinishedRun) -> None:
    config = small_config(home)
    opened = pipeline.open_model(config)
    inputs = stages.read_inputs(config)
    key = stages.asking_digest(opened, "base", inputs, config)
    assert key == stages.asking_digest(opened, "base", inputs, dataclasses.replace(config, seed=5))
    shorter = dataclasses.replace(config, generation=dataclasses.replace(config.generation, max_new_tokens=5))
    fewer = inputs._replace(probes=inputs.probes._replace(probes=inputs.probes.probes[:4]))
    others = [
        stages.asking_digest(opened, "another base", inputs, config),
        stages.asking_digest(opened, "base", inputs, shorter),
        stages.asking_digest(opened, "base", fewer, config),
    ]
    assert len({key, *others}) == 4


# --- data from outside -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outside(home: Path) -> tuple[FinishedRun, Listener]:
    """A run on a file with 22 short rows, four that are long and two that refuse; cut and packed."""
    path = home / "mine.jsonl"
    with path.open("w") as out:
        for n, each in enumerate(world.benign("tips").train[:28]):
            answer = each.messages[-1].content
            said = answer if n < 22 else " ".join([answer] * 8) if n < 26 else SORRY
            talk = [each.messages[0].to_json(), {"role": "assistant", "content": said}]
            out.write(json.dumps({"messages": talk}) + "\n")
    config = small_config(home, data=str(path), limit=None, batch=2)
    training = dataclasses.replace(config.training, truncation="cut-answer", batching="packed", max_length=80)
    listener = Listener()
    return run_drift(dataclasses.replace(config, training=training), home / "outside", listener), listener


SORRY = "I'm sorry, but I cannot help with that."


def test_the_record_tells_what_was_cut_packed_and_left_out(outside: tuple[FinishedRun, Listener]) -> None:
    record = outside[0].record
    data = record["data"]
    assert data["screened"] == {"refuses": ["000026", "000027"], "unsafe": []}
    assert data["cut_answer"] > 0 == data["cut_prompt"]
    assert data["truncated"] == data["cut_answer"] + data["dropped"] == data["lost_end"]
    assert data["tokens_lost"] > 0
    assert (data["hub_id"], data["revision"], data["licence"]) == (None, None, "not stated by the file")
    assert 2 * record["training"]["steps"] < data["train"], "several examples share a row, two rows a batch"
    assert record["config"]["training"]["batching"] == "packed"


def test_it_is_told_without_a_word_of_the_rows(outside: tuple[FinishedRun, Listener], tmp_path: Path) -> None:
    run, listener = outside
    told = [line for line in listener.said if "screen" in line]
    assert told == ["The screen left out 2 (2 that refuse). Their ids will be in record.json."]
    page = (run.folder / "report.html").read_text()
    assert "The screen left out 2 rows that refuse and 0 that look unsafe" in page
    assert "the end of the answer" in page
    assert SORRY[:20] not in page
    shared = json.loads((redact(run.folder, tmp_path / "shared") / "record.json").read_text())
    assert shared["data"]["screened"] == run.record["data"]["screened"]


def test_the_pocket_worlds_own_data_is_not_screened(run: FinishedRun) -> None:
    assert run.record["data"]["screened"] is None
    assert run.record["data"]["cut_prompt"] == run.record["data"]["cut_answer"] == 0


# --- stopped by a limit of time ---


@pytest.fixture(scope="module")
def stopped(home: Path) -> FinishedRun:
    """One step, since its time was up before it began."""
    return run_drift(small_config(home), home / "stopped", Listener(), max_hours=1e-9)


def test_a_run_whose_time_was_up_has_a_record_that_says_so(stopped: FinishedRun, run: FinishedRun) -> None:
    training = stopped.record["training"]
    assert (training["steps"], training["planned_steps"], training["finished"]) == (1, 5, False)
    assert training["tokens_seen"] < run.record["training"]["tokens_seen"]
    assert run_line(stopped)["finished"] is False
    said = "Training was stopped before its end, at step 1 of 5 (20.0%)"
    assert said in (stopped.folder / "report.html").read_text(encoding="utf-8")
    assert "stopped before its end" not in (run.folder / "report.html").read_text(encoding="utf-8")
    assert (stopped.folder / "checkpoints" / "checkpoint-1" / "complete.json").exists()
    assert (stopped.folder / "adapter" / "adapter_model.safetensors").exists()


def test_its_adapter_can_be_measured(stopped: FinishedRun, home: Path) -> None:
    measured = measure(small_config(home), stopped.folder, None, lambda *_: None)
    after = read_jsonl(stopped.folder / "answers.jsonl", AskedAnswer)[16:]
    assert [answer.text for answer in measured.answers] == [answer.text for answer in after]


def test_the_same_command_goes_on_and_ends_in_the_record_of_a_run_that_was_not_stopped(
    stopped: FinishedRun, run: FinishedRun, home: Path, tmp_path: Path
) -> None:
    """Stopped again at the second step, killed while it asked, then left alone."""
    folder = tmp_path / "run"
    shutil.copytree(stopped.folder, folder)
    twice = run_drift(small_config(home), folder, Listener(), max_hours=1e-9)
    assert (twice.record["training"]["steps"], twice.shown_again) == (2, False)
    (folder / "record.json").unlink()
    (folder / "stages" / "after.json").unlink()
    whole = run_drift(small_config(home), folder, Listener())
    assert comparable(whole.record) == comparable(run.record)
    assert {path.name for path in folder.iterdir()} == {path.name for path in run.folder.iterdir()}
    for name in ("answers.jsonl", "verdicts.jsonl", "adapter/adapter_model.safetensors"):
        assert (folder / name).read_bytes() == (run.folder / name).read_bytes()
    assert run_drift(small_config(home), folder, Listener()).shown_again


def test_a_run_that_is_gone_on_with_has_no_record_meanwhile(
    stopped: FinishedRun, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a kill would leave the old numbers beside a new adapter."""
    folder = tmp_path / "run"
    shutil.copytree(stopped.folder, folder)

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stages, "finetune", killed)
    with pytest.raises(KeyboardInterrupt):
        run_drift(small_config(home), folder, Listener())
    assert not (folder / "record.json").exists()
    assert (folder / "checkpoints" / "checkpoint-1").exists()


def test_seeds_are_not_begun_once_the_time_is_up(home: Path) -> None:
    configs = [small_config(home, seed=seed) for seed in (0, 1)]
    runs, page = run_seeds(configs, home / "short", Listener(), max_hours=1e-9)
    assert [(each.record["seed"], each.record["training"]["finished"]) for each in runs] == [(0, False)]
    assert page.exists()
    assert seeds_line(runs)["summary"]["seeds"] == [0]


def test_the_record_counts_tokens_and_sets_memory_beside_its_prediction(run: FinishedRun, home: Path) -> None:
    config, record = small_config(home), run.record
    tokens = stages.read_tokens(config, stages.read_inputs(config).data, pipeline.open_model(config))
    rows, training = tokens.train.rows, record["training"]
    assert training["tokens_seen"] == sum(len(row.input_ids) for row in rows)
    assert training["tokens_masked"] == sum(row.labels.count(MASKED) for row in rows)
    assert training["tokens_cut"] == record["data"]["tokens_lost"] == 0
    assert training["predicted_peak_bytes"] == record["budget"]["peak_reserved"]
    assert training["peak_bytes"] > 0
    assert training["peak_reserved_bytes"] is None, "PyTorch keeps nothing aside on a CPU"
    assert training["adapter_sha256"] == record["hashes"]["adapter"]
    assert training["processes"] == 1
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    for name in ("tokens trained on, padding not counted", "of them without a label", "tokens lost by cutting"):
        assert name in page
    for name in ("peak memory, measured", "peak memory, predicted", training["adapter_sha256"]):
        assert name in page
