"""What of a run is handed in: its text is its value, tells nobody's secrets, and is one that Lab 3's check takes."""

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from example_runs import LONG, change_record, make_run
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import Listener, small_config, write_data

from autograder.checks.lab3.public.test_artefacts import RULES, ask_artefacts
from autograder.expect import CheckFailed
from driftlab.__main__ import main
from driftlab.artefacts import LOGGED, MOST_STEPS, OF_ADAPTER, WIDTH, _lines, artefacts
from driftlab.errors import RunError
from driftlab.pipeline import run_drift
from driftlab.report import redact

SETTINGS = {
    "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": "/home/alice/models/secret", "r": 32,
    "lora_alpha": 32, "lora_dropout": 0.05, "bias": "none", "target_modules": ["q_proj", "v_proj"],
    "modules_to_save": None, "use_rslora": False, "use_dora": False, "revision": None, "inference_mode": True,
}  # fmt: skip


class Pasted:
    """A submission whose function returns that text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def call(self, function: str) -> str:
        assert function == "my_run"
        return self._text


def logged(count: int) -> str:
    """A log of so many steps."""
    row = {"loss": 0.5, "grad_norm": 1.0, "seconds": 0.1}
    return "".join(
        json.dumps({"step": n, "learning_rate": 1e-3 / n, "tokens": 90 * n, **row}) + "\n" for n in range(1, count + 1)
    )


def with_adapter(folder: Path, steps: int = 7) -> Path:
    """What `make_run` leaves out: the adapter's settings, tokens in the log."""
    (folder / "adapter").mkdir()
    (folder / "adapter" / "adapter_config.json").write_text(json.dumps(SETTINGS))
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(b"weights")
    (folder / "train_log.jsonl").write_text(logged(steps))
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return with_adapter(make_run(tmp_path / "run", texts=LONG))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real run, of files, so that it has paths to hide."""
    home = tmp_path_factory.mktemp("trained")
    data = write_data(home / "alices_data.jsonl")
    config = small_config(home, data=str(data), limit=None, batch=4)
    return run_drift(config, home / "run", Listener()).folder


def test_the_text_is_the_value_in_short_lines(run: Path) -> None:
    value, text = artefacts(run)
    assert json.loads(text) == value
    assert set(value) == {"schema", "adapter_config", "logged", "log", "record"}
    assert value["adapter_config"] == {name: SETTINGS[name] for name in OF_ADAPTER}
    assert value["logged"] == list(LOGGED)
    assert value["log"][0] == [1, 0.5, 1e-3, 90]
    record = json.loads((run / "record.json").read_text())
    assert set(value["record"]["statistics"]) == {"refusal", "over_refusal"}
    for name in ("config", "training", "hashes", "data", "base_unchanged"):
        assert value["record"][name] == record[name]
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.isascii()
    assert text.endswith("}\n")


@settings(max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_value_comes_back_from_its_lines(value: Any) -> None:
    assert json.loads("\n".join(_lines(value))) == value


def test_a_text_goes_through_a_raw_string_of_a_notebook(run: Path) -> None:
    change_record(run, lambda record: record["data"].update(name='a "quoted" \\ name'))
    value, text = artefacts(run)
    namespace: dict[str, Any] = {}
    exec(f'def my_run():\n    return r"""\n{text}"""\n', namespace)  # noqa: S102  what a learner pastes
    assert json.loads(namespace["my_run"]()) == value


def test_no_weight_answer_request_path_or_name_is_in_it(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "carolus")
    monkeypatch.setattr("socket.gethostname", lambda: "deepthought.lab.example")

    def name_names(record: dict[str, Any]) -> None:
        record["config"]["model"] = record["model"]["source"] = "/home/alice/models/secret-llama"
        record["config"]["data"] = record["data"]["name"] = r"C:\Users\Alice Smith\data.jsonl"
        record["machine"]["platform"] = "Linux deepthought 6.1"
        record["versions"]["note"] = "built by carolus in ~/private/wheels"
        record["unknown"] = {"anything": "else"}

    change_record(run, name_names)
    text = artefacts(run).text.lower()
    for row in map(json.loads, (run / "answers.jsonl").read_text().splitlines()):
        assert row["text"][:30].strip().lower() not in text
        assert row["prompt"].lower() not in text
    for secret in ("alice", "smith", "carolus", "deepthought", "/home", "private", "secret", "unknown", "weights\x00"):
        assert secret not in text, secret
    assert str(run.parent).lower() not in text


@pytest.mark.parametrize("steps", [1, 2, MOST_STEPS - 1, MOST_STEPS, MOST_STEPS + 1, 938, 10_000])
def test_a_long_log_keeps_its_first_and_last_step_and_what_lies_evenly_between(tmp_path: Path, steps: int) -> None:
    kept = [row[0] for row in artefacts(with_adapter(make_run(tmp_path / "run", per_kind=6), steps)).value["log"]]
    assert len(kept) == min(steps, MOST_STEPS)
    assert (kept[0], kept[-1]) == (1, steps)
    apart = [after - before for before, after in itertools.pairwise(kept)]
    assert max(apart, default=1) - min(apart, default=1) <= 1


def test_a_real_run_is_one_that_the_check_of_lab_3_takes(trained: Path) -> None:
    value, text = artefacts(trained)
    ask_artefacts(Pasted(text), RULES)
    assert value["record"]["data"]["train"] % 4, "the last batch is a short one"
    assert value["log"][-1][0] == value["record"]["training"]["steps"] > 1
    assert "alice" not in text
    assert str(trained.parent) not in text


def test_a_real_run_whose_last_batch_is_taken_away_is_not(trained: Path) -> None:
    value = artefacts(trained).value
    value["log"].pop()
    training = value["record"]["training"]
    for name in ("steps", "planned_steps"):
        training[name] -= 1
    training |= {"last_loss": value["log"][-1][1], "tokens_seen": value["log"][-1][3]}
    with pytest.raises(CheckFailed, match="was the last batch dropped"):
        ask_artefacts(Pasted(json.dumps(value)), RULES)


def test_the_command_prints_the_text_and_nothing_else(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["artefacts", str(run)]) == 0
    assert capsys.readouterr() == (artefacts(run).text, "")


def test_the_command_writes_a_file(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "mine.json"
    assert main(["artefacts", str(run), "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8") == artefacts(run).text
    said = capsys.readouterr()
    assert "mine.json" in "".join(said.out + said.err)


def test_a_file_that_cannot_be_made_leaves_what_was_there(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine.json"
    out.write_text("an earlier one")
    (run / "train_log.jsonl").unlink()
    before = sorted(tmp_path.rglob("*"))
    assert main(["artefacts", str(run), "--out", str(out)]) == 2
    assert out.read_text() == "an earlier one"
    assert sorted(tmp_path.rglob("*")) == before
    assert "train_log.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize("place", [".", "file/mine.json"])
def test_a_place_that_is_no_file_is_told(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    before = sorted(tmp_path.rglob("*"))
    assert main(["artefacts", str(run), "--out", str(tmp_path / place)]) == 2
    assert "Name a" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def shared(run: Path) -> Path:
    return redact(run, run.parent / "shared")


def without_record(run: Path) -> Path:
    (run / "record.json").unlink()
    return run


def overwritten(name: str, text: str) -> Callable[[Path], Path]:
    def change(run: Path) -> Path:
        (run / name).write_text(text)
        return run

    return change


def without(*names: str) -> Callable[[Path], Path]:
    def change(run: Path) -> Path:
        *above, last = names

        def take(record: dict[str, Any]) -> None:
            for name in above:
                record = record[name]
            del record[last]

        change_record(run, take)
        return run

    return change


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (shared, "a copy to share has no adapter"),
        (without_record, "is not complete"),
        (lambda run: run.parent / "elsewhere", "there is no run folder"),
        (overwritten("adapter/adapter_config.json", "{"), "adapter_config.json' is damaged"),
        (overwritten("adapter/adapter_config.json", "[1]"), "adapter_config.json' is damaged"),
        (overwritten("train_log.jsonl", ""), "train_log.jsonl' is damaged"),
        (overwritten("train_log.jsonl", logged(3)[:-20]), "train_log.jsonl' is damaged"),
        (overwritten("train_log.jsonl", logged(3).replace("0.5", "NaN")), "train_log.jsonl' is damaged"),
        (overwritten("train_log.jsonl", logged(3).replace("tokens", "words")), "train_log.jsonl' is damaged"),
        (overwritten("train_log.jsonl", logged(3).replace("0.5", '"/home/alice"')), "train_log.jsonl' is damaged"),
        (without("budget"), "has no budget"),
        (without("statistics", "refusal"), r"has no statistics\.refusal"),
    ],
)
def test_what_is_not_whole_is_told(run: Path, spoil: Callable[[Path], Path], said: str) -> None:
    with pytest.raises(RunError, match=said) as raised:
        artefacts(spoil(run))
    assert re.search(r"[a-z]", raised.value.remedy)
