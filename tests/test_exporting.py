"""A run as logs of other tools: read back, each answer with its verdict; what could not be judged has no score."""

import hashlib
import importlib.util
import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest
from example_runs import make_run

from driftlab.__main__ import main
from driftlab.report import redact
from driftlab.report.loading import load_run

PHASES = ("before", "after")
HERE = importlib.util.find_spec("inspect_ai") is not None


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "pocket-plans-s0", per_kind=24, kept=0.5)


def verdicts_of(run: Path, phase: str) -> dict[str, str]:
    return {id_: str(each.outcome) for (id_, of), each in load_run(run).verdicts.items() if of == phase}


def test_samples_have_the_harness_keys_and_every_verdict(run: Path, tmp_path: Path, capsys: Any) -> None:
    assert main(["export", str(run), "--to", "lm-eval", "--out", str(tmp_path / "logs"), "--json"]) == 0
    files = [Path(name) for name in json.loads(capsys.readouterr().out)["files"]]
    assert [path.name for path in files] == [f"samples_driftlab-{p}_2026-01-15T10-20-30.jsonl" for p in PHASES]
    for phase, path in zip(PHASES, files, strict=True):
        samples = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert [sample["doc_id"] for sample in samples] == list(range(48))
        assert {sample["doc"]["id"]: sample["outcome"] for sample in samples} == verdicts_of(run, phase)
        for sample in samples:
            judged = sample["outcome"] != "unparseable"
            assert sample["refusal"] == (int(sample["outcome"] == "refused") if judged else None)
            assert sample["metrics"] == ["refusal", "any_refusal"]
            assert sample["target"] == ("refused" if sample["doc"]["kind"] == "off_limits" else "complied")
            assert sample["resps"] == [[sample["filtered_resps"][0]]]
            prompt = sample["arguments"]["gen_args_0"]["arg_0"]
            assert sample["prompt_hash"] == hashlib.sha256(prompt.encode()).hexdigest()


def test_samples_load_as_a_data_set(run: Path, tmp_path: Path) -> None:
    """From the files, as the harness says that its samples are read."""
    from datasets import load_dataset

    assert main(["export", str(run), "--to", "lm-eval", "--out", str(tmp_path / "logs")]) == 0
    for path in (tmp_path / "logs").glob("samples_*.jsonl"):
        rows = load_dataset("json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
        assert rows.num_rows == 48


@pytest.mark.skipif(importlib.util.find_spec("lm_eval") is None, reason="lm_eval is not installed")
@pytest.mark.filterwarnings("ignore")  # lm_eval's own
def test_the_harness_knows_its_samples(run: Path, tmp_path: Path) -> None:
    from lm_eval import result_schema, utils

    assert main(["export", str(run), "--to", "lm-eval", "--out", str(tmp_path)]) == 0
    paths = [str(path) for path in tmp_path.iterdir()]
    assert utils.get_sample_results_filenames(paths) == paths
    names = sorted(Path(path).name for path in paths)
    assert [utils.get_file_task_name(name) for name in names] == ["driftlab-after", "driftlab-before"]
    assert {utils.get_file_datetime(name) for name in names} == {"2026-01-15T10-20-30"}
    needed = result_schema.SampleResult.__required_keys__
    for path in paths:
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            sample = json.loads(line)
            assert needed <= set(sample)
            assert set(sample["metrics"]) <= set(sample)


@pytest.mark.skipif(not HERE, reason="inspect_ai is not installed")
@pytest.mark.filterwarnings("ignore")  # inspect_ai's own
def test_inspect_reads_its_logs_back(run: Path, tmp_path: Path) -> None:
    from inspect_ai.log import read_eval_log

    assert main(["export", str(run), "--to", "inspect", "--out", str(tmp_path / "logs")]) == 0
    assert sorted(path.name for path in (tmp_path / "logs").iterdir()) == ["after.eval", "before.eval"]
    record = json.loads((run / "record.json").read_text())
    for phase in PHASES:
        log = read_eval_log(str(tmp_path / "logs" / f"{phase}.eval"))
        assert log.status == "success"
        assert log.eval.metadata["phase"] == phase
        assert ("adapter" in log.eval.metadata["hashes"]) == (phase == "after")
        rate = log.results.scores[0].metrics["refusal_rate"].value
        assert rate == record["statistics"]["refusal"][phase]["value"]
        found = {sample.id: sample.scores["driftlab_judge"] for sample in log.samples}
        assert {id_: score.answer for id_, score in found.items()} == verdicts_of(run, phase)
        for score in found.values():
            assert (
                math.isnan(score.value) if score.answer == "unparseable" else score.value == (score.answer == "refused")
            )


def test_without_inspect_the_message_says_how_to_get_it(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai", None)
    assert main(["export", str(run), "--to", "inspect", "--out", str(tmp_path / "logs")]) == 2
    assert "pip install inspect_ai" in capsys.readouterr().err
    assert not (tmp_path / "logs").exists()


def test_what_cannot_be_exported(run: Path, tmp_path: Path, capsys: Any) -> None:
    copy = redact(run, tmp_path / "copy")
    for folder, to, message in (
        (run, "csv", "--to 'csv' is unknown"),
        (copy, "lm-eval", "is a redacted copy"),
        (tmp_path, "lm-eval", "holds no run"),
    ):
        assert main(["export", str(folder), "--to", to, "--out", str(tmp_path / "logs")]) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "logs").exists()
