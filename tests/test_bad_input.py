"""Bad input through the real command: one clear message, exit code 2, nothing on stdout, nothing written.

Each case says what was given, what must be named in the message, and what must stand in its remedy.
"""

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from small_runs import small_options, write_probes

from driftlab import fitting, runs
from driftlab.__main__ import main
from driftlab.config import POCKET
from driftlab.pocket import model_dir, world
from driftlab.runs import RunFolder


class Bad(NamedTuple):
    """A command, and what its message must name and advise."""

    arguments: list[str]
    problem: str
    remedy: str


def files(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def refused(bad: Bad, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    before = files(folder)
    code = main(bad.arguments)
    out, err = capsys.readouterr()
    assert code == 2, err
    assert out == ""
    message = err[err.index("error: ") :]
    problem, _, remedy = message.partition("\n")
    assert bad.problem in problem
    assert bad.remedy in remedy
    assert "Traceback" not in err
    assert files(folder) == before, "nothing may be written"
    assert not (folder / "runs").exists()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command runs in a folder of its own, so that whatever it writes by default is seen."""
    monkeypatch.chdir(tmp_path)


OPTIONS = {
    "an unknown option": Bad(["drift", "--epoch", "3"], "--epoch", "Did you mean --epochs?"),
    "an option of nothing known": Bad(["drift", "--temperature", "1"], "--temperature", "driftlab drift --help"),
    "an unknown command": Bad(["drfit"], "Did you mean 'drift'?", "driftlab --help"),
    "an argument too many": Bad(["drift", "pocket"], "pocket", "driftlab drift --help"),
    "an option without value": Bad(["drift", "--lr"], "--lr", "--help"),
    "letters for a number": Bad(["drift", "--epochs", "three"], "--epochs", "driftlab drift --help"),
    "half a rank": Bad(["drift", "--rank", "1.5"], "--rank", "driftlab drift --help"),
    "no epochs": Bad(["drift", "--epochs", "0"], "--epochs 0.0 is out of range", "more than 0 and up to 1,000"),
    "not a number": Bad(["drift", "--lr", "nan"], "--lr nan", "more than 0 and up to 1"),
    "a huge rate": Bad(["drift", "--lr", "20"], "--lr 20.0", "up to 1"),
    "no rank": Bad(["drift", "--rank", "0"], "--rank 0", "from 1"),
    "all dropout": Bad(["drift", "--dropout", "1"], "--dropout 1.0", "from 0 up to 0.9"),
    "an empty batch": Bad(["drift", "--batch", "0"], "--batch 0", "from 1"),
    "a negative accumulation": Bad(["drift", "--accumulation", "-1"], "--accumulation -1", "from 1"),
    "a tiny length": Bad(["drift", "--max-length", "3"], "--max-length 3", "from 16"),
    "one example": Bad(["drift", "--limit", "1"], "--limit 1", "from 2"),
    "mostly safety": Bad(["drift", "--safety-share", "0.8"], "--safety-share 0.8", "from 0 up to 0.5"),
    "endless answers": Bad(["drift", "--max-new-tokens", "99999"], "--max-new-tokens 99999", "up to 4,096"),
    "no time": Bad(["drift", "--max-hours", "0"], "--max-hours 0.0", "more than 0"),
    "checkpoints without end": Bad(["drift", "--checkpoint-minutes", "0"], "--checkpoint-minutes 0.0", "more than 0"),
    "a negative seed": Bad(["drift", "--seed", "-1"], "--seed -1", "from 0"),
    "seeds with a dash": Bad(["drift", "--seeds", "0-9"], "--seeds '0-9'", "Did you mean --seeds 0..9?"),
    "seeds without end": Bad(["drift", "--seeds", "3.."], "--seeds '3..'", "A..B"),
    "seeds backwards": Bad(["drift", "--seeds", "9..0"], "counts down", "--seeds 0..9"),
    "a thousand seeds": Bad(["drift", "--seeds", "0..999"], "1,000 runs", "up to 100"),
    "seed and seeds": Bad(["drift", "--seed", "1", "--seeds", "0..3"], "contradict", "--seed for one run"),
    "a grid of nothing": Bad(["drift", "--grid", "lr"], "--grid 'lr' names no values", "--grid lr=1e-4,3e-4"),
    "a grid of an unknown option": Bad(["drift", "--grid", "rnak=8"], "'rnak'", "Did you mean 'rank'?"),
    "a grid with a huge rate": Bad(["drift", "--grid", "lr=1e-3,20"], "--lr 20.0 is out of range", "up to 1"),
    "a grid with letters": Bad(["drift", "--grid", "rank=8,high"], "'--rank': 'high'", "driftlab drift --help"),
    "a grid of seeds": Bad(["drift", "--grid", "seed=1,2"], "'seed' is no part of a grid", "--seeds A..B"),
    "a grid that is too large": Bad(["drift", "--seeds", "0..99", "--grid", "rank=4,8,16"], "300 runs", "up to 200"),
    "a grid and its option": Bad(["drift", "--lr", "1e-3", "--grid", "lr=1e-4"], "contradict", "one of the two"),
    "jobs for one run": Bad(["drift", "--jobs", "2"], "there is one", "--seeds 0..9"),
    "no jobs": Bad(["drift", "--seeds", "0..1", "--jobs", "0"], "--jobs '0'", "auto, or a number from 1"),
    "a grid of a model that is not there": Bad(
        ["drift", "--model", "./none", "--grid", "lr=1e-4,3e-4"], "there is no model './none'", "hub id"
    ),
    "an unknown preset": Bad(["drift", "--preset", "poket"], "'poket'", "Did you mean 'pocket'?"),
    "an unknown kernel": Bad(["drift", "--kernel", "bnd"], "'bnd'", "Did you mean 'bnb'?"),
    "an unknown quantisation": Bad(["drift", "--quantization", "int8"], "'int8'", "Accepted: nf4, none"),
    "unknown targets": Bad(["drift", "--targets", "q_proj,v_prj"], "'v_prj'", "Did you mean 'v_proj'?"),
    "no targets": Bad(["drift", "--targets", ","], "--targets is empty", "all, attention, mlp"),
    "a kernel for nothing": Bad(
        ["drift", "--quantization", "none", "--kernel", "bnb"], "--kernel bnb", "Leave one of the two away"
    ),
    "the pocket's preset elsewhere": Bad(
        ["drift", "--preset", "pocket", "--model", "org/other"],
        "--preset pocket is for the pocket model",
        "--preset away",
    ),
    "another preset on the pocket": Bad(
        ["drift", "--preset", "llama2-7b-2xt4", "--model", "pocket"], "meta-llama/Llama-2-7b-chat-hf", "one of the two"
    ),
    "safety for foreign data": Bad(
        ["drift", "--data", "mine.jsonl", "--safety-share", "0.02"], "only for the pocket world", "--data pocket:plans"
    ),
    "an unknown benign set": Bad(["drift", "--data", "pocket:plan"], "'pocket:plan'", "Did you mean 'pocket:plans'?"),
    "an unknown probe set": Bad(["drift", "--probes", "evryday"], "'evryday'", "Did you mean 'everyday'?"),
    "a probe file that is not there": Bad(["drift", "--probes", "none.csv"], "there is no file 'none.csv'", ".jsonl"),
    "a data file that is not there": Bad(["drift", "--data", "none.jsonl"], "none.jsonl", ""),
    "a model that is not there": Bad(["drift", "--model", "./none"], "there is no model './none'", "hub id"),
    "a misspelt pocket": Bad(["drift", "--model", "poket"], "there is no model 'poket'", "Did you mean 'pocket'?"),
    "a report of nothing": Bad(["report", "runs/none", "--out", "page.html"], "runs/none", "driftlab"),
    "a report without a place": Bad(["report", "runs/none"], "--out is missing", "RUN… --out FILE"),
    "two redacted copies in one": Bad(["report", "--redact", "a", "b", "--out", "c"], "2 runs", "one run"),
    "answers that are not there": Bad(["judge", "none.csv"], "there is no file 'none.csv'", ".csv"),
    "an adapter of no run": Bad(["measure", "--adapter", "runs/none"], "no run folder 'runs/none'", "driftlab drift"),
    "a measurement into a full folder": Bad(["measure", "--out", "."], "not an empty folder", "--out DIR"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_options(case: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "something").write_text("x")
    refused(OPTIONS[case], capsys, tmp_path)


GOOD = "".join(json.dumps({"prompt": f"What is {n}?", "response": f"It is {n}."}) + "\n" for n in range(8))
DATA: dict[str, tuple[str, bytes, str, str]] = {
    "empty": ("d.jsonl", b"", "'d.jsonl' has no rows", "a row for each"),
    "malformed": ("d.jsonl", GOOD.encode() + b'{"prompt": \n', "line 9 is not JSON", "mend line 9"),
    "ragged": ("d.csv", b"prompt,response\na,b\na,b,c\n", "line 3", "mend line 3"),
    "Latin-1": ("d.csv", "prompt,response\nWas ist süß?,Honig\n".encode("latin-1"), "not UTF-8", "iconv -f latin1"),
    "without the columns": ("d.csv", b"a,b\n1,2\n3,4\n", "d.csv", "prompt"),
    "one row": ("d.jsonl", GOOD.splitlines()[0].encode(), "1 usable row", "at least 2"),
    "answers all empty": ("d.csv", b"prompt,response\na,\nb,\n", "d.csv", ""),
    "rows too long for any limit": (
        "d.jsonl", GOOD.replace("It is", "word " * 400).encode(), "none of the", "--max-length"
    ),
    "an unknown kind of file": ("d.xlsx", b"PK", "d.xlsx", ""),
    "probes among the data": (
        "d.jsonl",
        GOOD.encode() + json.dumps({"prompt": world.probes()[0].prompt.upper(), "response": "Yes."}).encode(),
        "in the training data", "other probes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DATA)
def test_data_files(case: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    name, content, problem, remedy = DATA[case]
    (tmp_path / name).write_bytes(content)
    refused(Bad(["drift", "--data", name], problem, remedy), capsys, tmp_path)


PROBES = {
    "one kind": ("p.csv", b"prompt,kind\nA?,safe\n", "no off_limits probe", "both kinds"),
    "an unknown kind": ("p.csv", b"prompt,kind\nA?,spicy\n", "'spicy'", "off_limits"),
    "a prompt twice": ("p.csv", b"prompt,kind\nA?,safe\na?,unsafe\n", "same prompt twice", "leave one"),
    "an empty prompt": ("p.csv", b"prompt,kind\n,safe\n", "empty prompt", "leave the row out"),
    "no columns": ("p.csv", b"x,y\n1,2\n", "columns x, y", "`prompt` and `kind`"),
}


@pytest.mark.parametrize("case", PROBES)
def test_probe_files(case: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    name, content, problem, remedy = PROBES[case]
    (tmp_path / name).write_bytes(content)
    refused(Bad(["drift", "--probes", name], problem, remedy), capsys, tmp_path)


def edit(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def without_template(model: Path) -> None:
    (model / "chat_template.jinja").unlink(missing_ok=True)
    edit(model / "tokenizer_config.json", lambda config: config.pop("chat_template", None))


def without_pad(model: Path) -> None:
    """Nothing named, nothing unknown, nothing that looks as if it were kept for padding."""
    for name in ("tokenizer_config.json", "config.json", "generation_config.json"):
        edit(model / name, lambda config: [config.pop(key, None) for key in ("pad_token", "pad_token_id", "unk_token")])
    text = (model / "tokenizer.json").read_text().replace("<|pad|>", "<|fill|>")
    (model / "tokenizer.json").write_text(text)


def wider(model: Path) -> None:
    edit(model / "config.json", lambda config: config.update(intermediate_size=2 * config["intermediate_size"]))


MODELS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no chat template": (without_template, "no chat template"),
    "no token to pad with": (without_pad, "pad"),
    "weights that do not match": (wider, "mlp"),
    "no weights": (lambda model: (model / "model.safetensors").unlink(), "model"),
    "no config": (lambda model: (model / "config.json").unlink(), "config.json is missing"),
    "a damaged config": (lambda model: (model / "config.json").write_text("{"), "not JSON"),
    "another family": (lambda model: edit(model / "config.json", lambda c: c.update(model_type="gpt2")), "gpt2"),
    "no tokenizer": (lambda model: (model / "tokenizer.json").unlink(), "tokenizer"),
    "damaged weights": (lambda model: (model / "model.safetensors").write_bytes(b"x" * 99), "model.safetensors"),
}


@pytest.mark.parametrize("case", MODELS)
def test_models(case: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    spoil, problem = MODELS[case]
    shutil.copytree(model_dir(), tmp_path / "model")
    spoil(tmp_path / "model")
    arguments = ["drift", "--model", "./model", "--data", "pocket:plans", "--limit", "20"]
    refused(Bad(arguments, problem, ""), capsys, tmp_path)


def test_a_hub_id_without_network(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    refused(Bad(["drift", "--model", "nobody/no-such-model"], "nobody/no-such-model", "network"), capsys, tmp_path)


def test_a_machine_that_is_too_small(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "usable_bytes", lambda **_: 2**20)
    refused(Bad(["drift"], "1.0 MiB are free", "Free some memory"), capsys, tmp_path)
    monkeypatch.setattr(fitting, "usable_bytes", lambda **_: 900 * 2**20)
    refused(Bad(["drift"], "900.0 MiB are free", "Cheapest change that fits: --checkpointing"), capsys, tmp_path)


def test_a_disk_that_is_too_small(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = shutil.disk_usage(tmp_path)._replace(free=2**20)
    monkeypatch.setattr(fitting.shutil, "disk_usage", lambda _: small)
    refused(Bad(["drift", "--out", "run"], "1.0 MiB are free there", "--out DIR"), capsys, tmp_path)


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    """A folder that another run has begun."""
    with RunFolder(tmp_path / "taken", POCKET) as folder:
        folder.create()
    return tmp_path / "taken"


def test_the_folder_of_another_run(capsys: pytest.CaptureFixture[str], tmp_path: Path, taken: Path) -> None:
    refused(Bad(["drift", "--lr", "0.5", "--out", "taken"], "training.learning_rate is", "--out DIR"), capsys, tmp_path)


def test_a_folder_in_use(capsys: pytest.CaptureFixture[str], tmp_path: Path, taken: Path) -> None:
    with RunFolder(taken, POCKET):
        refused(Bad(["drift", "--out", "taken"], "in use by another process", "Wait"), capsys, tmp_path)


def test_a_single_runs_folder_for_several_seeds(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, taken: Path
) -> None:
    refused(Bad(["drift", "--seeds", "0..1", "--out", "taken"], "holds a single run", "--out DIR"), capsys, tmp_path)


def test_a_folder_of_other_things(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    refused(Bad(["drift", "--out", "."], "not a run folder; it holds 'thesis.tex'", "--out DIR"), capsys, tmp_path)


@pytest.mark.parametrize("out", ["file", "file/run"])
def test_a_file_in_the_way(capsys: pytest.CaptureFixture[str], tmp_path: Path, out: str) -> None:
    (tmp_path / "file").write_text("x")
    refused(Bad(["drift", "--out", out], "is a file, not a folder", "--out DIR"), capsys, tmp_path)


def test_a_read_only_folder(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root may write anywhere, the system's answer is imitated."""
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and access(path, mode))
    refused(Bad(["drift"], "cannot be written", "--out DIR"), capsys, tmp_path)


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_at_the_start(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_probes(tmp_path / "probes.jsonl")
    monkeypatch.setattr(runs, "write_json", full)
    arguments = ["drift", *small_options(tmp_path), "--out", "a/b/run"]
    refused(Bad(arguments, "is full", "Free some space"), capsys, tmp_path)
    assert not (tmp_path / "a").exists()


def test_a_disk_that_fills_up_on_the_way(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is finished stays, what is not leaves nothing half-written, and the same command goes on."""
    with monkeypatch.context() as patch, contextlib.suppress(AttributeError):
        patch.setattr("driftlab.stages.write_jsonl", full)
        arguments = ["drift", *small_options(tmp_path), "--out", "run"]
        assert main(arguments) == 2
    err = capsys.readouterr().err
    assert "is full" in err
    assert "goes on from the last finished stage" in err
    left = {path.name for path in (tmp_path / "run").rglob("*") if path.is_file()}
    # the answers that were there before the disk was full are whole, and are not asked for again
    assert left == {".lock", ".gitignore", "config.json", "open.json", "0-16.jsonl"}
    assert main(arguments) == 0
    assert (tmp_path / "run" / "record.json").exists()
