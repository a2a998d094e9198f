"""The copy that may be shared: all that was measured, nothing that was said."""

import dataclasses
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import example_runs
import pytest
from example_runs import LONG, change_record, make_run
from page_reader import Page

from driftlab.errors import RunError
from driftlab.records import Outcome
from driftlab.report import page as page_module
from driftlab.report import redact, write_report
from driftlab.report.loading import load_run
from driftlab.report.scrub import PATH, Scrubber


@pytest.fixture(scope="module")
def pocket_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "pocket-plans-s0-1a2b3c4d")


SECRET_PATHS = (
    "/home/alice/models/secret-llama",
    r"C:\Users\Alice Smith\models",
    "~/private/data.jsonl",
    "../bob/x.csv",
)


@pytest.fixture
def private_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOGNAME", "carolus")
    monkeypatch.setattr("socket.gethostname", lambda: "deepthought.lab.example")
    run = make_run(tmp_path / "private", pocket=False, texts=LONG | {Outcome.REFUSED: example_runs.REFUSALS})

    def name_names(record: dict[str, Any]) -> None:
        record["config"]["model"] = record["model"]["source"] = SECRET_PATHS[0]
        record["config"]["data"] = record["data"]["name"] = SECRET_PATHS[2]
        record["config"]["probes"] = record["probes"]["name"] = f"xstest:{SECRET_PATHS[0]}/x.csv"
        record["machine"]["platform"] = "Linux deepthought 6.1"
        record["versions"]["note"] = f"built by carolus in {SECRET_PATHS[1]}"
        record["budget"]["terms"][SECRET_PATHS[3]] = 1
        record["unknown"] = {"anything": "else"}

    change_record(run, name_names)
    (run / "adapter").mkdir()
    (run / "adapter" / "adapter_model.safetensors").write_bytes(b"weights")
    return run


def test_redacted_copy_holds_no_answer_request_path_or_name(private_run: Path, tmp_path: Path) -> None:
    shared = redact(private_run, tmp_path / "shared")
    names = {path.name for path in shared.iterdir()}
    assert names == {
        "record.json", "verdicts.jsonl", "answers.sha256.jsonl", "train_log.jsonl", "report.html", "README.txt",
    }  # fmt: skip
    text = "\n".join(path.read_text(encoding="utf-8") for path in shared.iterdir()).lower()
    rows = [json.loads(line) for line in (private_run / "answers.jsonl").read_text().splitlines()]
    for row in rows:
        assert row["text"].strip().lower() not in text
        assert row["text"][:30].strip().lower() not in text
        assert row["prompt"].lower() not in text
    for secret in (
        "alice",
        "smith",
        "carolus",
        "deepthought",
        "bob",
        "/home",
        "private",
        "secret-llama",
        str(tmp_path),
        "unknown",
    ):
        assert secret not in text, secret


def test_redacted_copy_keeps_numbers_verdicts_and_hashes(private_run: Path, tmp_path: Path) -> None:
    shared = redact(private_run, tmp_path / "shared")
    before, after = (json.loads((folder / "record.json").read_text()) for folder in (private_run, shared))
    assert after["redacted"] is True
    assert after["statistics"] == before["statistics"]
    assert after["hashes"] == before["hashes"]
    assert after["config"]["training"] == before["config"]["training"]
    assert after["config"]["model"] == PATH
    assert after["config"]["probes"] == f"xstest:{PATH}"
    full, copy = load_run(private_run), load_run(shared)
    assert {key: v.outcome for key, v in full.verdicts.items()} == {key: v.outcome for key, v in copy.verdicts.items()}
    assert any(v.evidence for v in full.verdicts.values())
    assert {v.evidence for v in copy.verdicts.values()} == {""}
    hashes = [json.loads(line) for line in (shared / "answers.sha256.jsonl").read_text().splitlines()]
    assert [row["sha256"] for row in hashes] == [
        hashlib.sha256(row["text"].encode()).hexdigest() for row in full.answers
    ]
    assert full.log == copy.log


def test_redacted_page_has_the_figures_and_no_answers(private_run: Path, tmp_path: Path) -> None:
    shared = redact(private_run, tmp_path / "shared")
    page = Page((shared / "report.html").read_text(encoding="utf-8"))
    assert page.faults == []
    assert len(page.all("figure")) == 4
    assert page.all("article") == []
    assert "This copy holds no answers" in page.text
    assert "This is a redacted copy" in page.text
    again = write_report([shared], tmp_path / "again.html")
    assert "This copy holds no answers" in Page(again.read_text(encoding="utf-8")).text


def test_hub_ids_and_pocket_names_survive_redaction(tmp_path: Path) -> None:
    for pocket, model in ((True, "pocket"), (False, "meta-llama/Llama-2-7b-chat-hf")):
        run = make_run(tmp_path / f"run-{pocket}", per_kind=12, pocket=pocket)
        record = json.loads((redact(run, tmp_path / f"shared-{pocket}") / "record.json").read_text())
        assert record["config"]["model"] == model
        assert (
            record["data"]["name"]
            == record["config"]["data"]
            == ("pocket:plans" if pocket else "databricks/databricks-dolly-15k")
        )


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("/home/zoe/x", PATH),
        ("model at /srv/models/x y, opened", f"model at {PATH}"),
        ("file:///tmp/x y", PATH),
        (r"\\server\share", PATH),
        ("//server/share", PATH),
        ("D:/data", PATH),
        ("CC BY 4.0 / MIT", "CC BY 4.0 / MIT"),
        ("and/or 3/4", "and/or 3/4"),
        ("https://example.org/page", "https://example.org/page"),
        ("Linux-6.1-x86_64-with-glibc2.36", "Linux-6.1-x86_64-with-glibc2.36"),
        ("asked zoe, zoed", "asked [name], zoed"),
    ],
)
def test_scrubbing(text: str, clean: str) -> None:
    scrubber = Scrubber(re.compile(r"(?<![\w-])(?:zoe)(?![\w-])"))
    assert scrubber.clean({"key": [text]}) == {"key": [clean]}
    assert scrubber.clean(clean) == clean


def test_an_occupied_place_is_refused_and_left_alone(pocket_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    redact(pocket_run, out)
    kept = sorted(path.name for path in out.iterdir())
    with pytest.raises(RunError, match="is not an empty folder"):
        redact(pocket_run, out)
    with pytest.raises(RunError, match="is not an empty folder"):
        redact(pocket_run, pocket_run)
    with pytest.raises(RunError, match="is a redacted copy already"):
        redact(out, tmp_path / "twice")
    assert sorted(path.name for path in out.iterdir()) == kept


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_copy_that_fails_leaves_nothing(
    error: BaseException, pocket_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(runs: object) -> str:
        raise error

    monkeypatch.setattr("driftlab.report.sharing.render", fail)
    with pytest.raises((RunError, KeyboardInterrupt)):
        redact(pocket_run, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_would_leak_is_not_made(pocket_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leaky(runs: object) -> str:
        return f"<p>{page_module.visible(example_runs.PLANS[0])}</p>"

    monkeypatch.setattr("driftlab.report.sharing.render", leaky)
    with pytest.raises(RunError, match="would still hold an answer"):
        redact(pocket_run, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_run_cannot_be_redacted(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", per_kind=12)
    (run / "record.json").unlink()
    with pytest.raises(RunError, match="is not finished"):
        redact(run, tmp_path / "out")


def test_runs_are_frozen(pocket_run: Path) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_run(pocket_run).name = "other"  # type: ignore[misc]
