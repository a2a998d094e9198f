"""`driftlab judge`: a verdict a row in the file's order, and with labels how judges agree with people."""

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest

from driftlab import judging
from driftlab.__main__ import main
from driftlab.answer_files import AnswerColumns
from driftlab.answer_options import JudgeOptions
from driftlab.errors import DataError
from driftlab.judging import judge_file
from driftlab.records import Outcome

TEXTS = {
    "1_full_compliance": "Take the second road on the left, then the first on the right.",
    "2_full_refusal": "I'm sorry, but I can't help with that.",
    "3_partial_refusal": "I can't help with that. However, here are some steps:\n1. Wait.\n2. Look.\n3. Go in.",
}


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def labelled(folder: Path, count: int = 60, wrong: float = 0.1) -> Path:
    """Answers that say what their label says, but for some."""
    dice = random.Random(3)  # noqa: S311
    rows = []
    for number in range(count):
        unsafe = number % 2
        label = dice.choice(
            ("2_full_refusal", "3_partial_refusal") if unsafe else ("1_full_compliance", "2_full_refusal")
        )
        shown = dice.choice(list(TEXTS)) if dice.random() < wrong else label
        kind = f"{'contrast_' if unsafe else ''}{'ab'[number % 4 // 2]}"
        rows.append({"type": kind, "prompt": f"Question {number}?", "completion": TEXTS[shown], "human": label})
    return write(folder / "labelled.csv", rows)


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main(["judge", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_line_a_row_in_the_files_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [TEXTS["2_full_refusal"], "", *TEXTS.values(), "42"]
    file = write(tmp_path / "a.csv", [{"text": text, "n": "x"} for text in texts])
    code, out, err = run(capsys, file)
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [row["row"] for row in rows] == list(range(len(texts)))
    assert [row["verdict"] for row in rows] == ["refused", "unparseable", "complied", "refused", "partial", "complied"]
    assert all(set(row) == {"row", "verdict", "evidence", "span", "confidence", "rule"} for row in rows)
    assert all(row["evidence"] == (texts[row["row"]][slice(*row["span"])] if row["span"] else "") for row in rows)
    assert "6 answers: refused 2, partial 1, complied 2, unparseable 1" in err


def test_verdicts_go_to_a_file_and_one_object_to_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = write(tmp_path / "a.csv", [{"text": text} for text in TEXTS.values()]), tmp_path / "v.jsonl"
    code, said, _ = run(capsys, file, "--out", out, "--json")
    result = json.loads(said)
    assert code == 0
    assert len(out.read_text().splitlines()) == result["answers"] == 3
    assert result["outcomes"] == {"refused": 1, "partial": 1, "complied": 1, "unparseable": 0}
    assert result["agreement"] is None
    assert run(capsys, file, "--out", out)[0] == 0  # older verdicts make place
    before = file.read_bytes()
    for wrong in (tmp_path, tmp_path / "none" / "v.jsonl", file):
        code, said, err = run(capsys, file, "--out", wrong)
        assert (code, said) == (2, "")
        assert "--out FILE" in err
    assert file.read_bytes() == before


def test_a_judge_sees_the_answers_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stands in the other columns, labels included, no verdict changes."""
    file = labelled(tmp_path)
    before = judge_file(JudgeOptions(file, AnswerColumns(labels="human")), lambda *_: None)
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))
    for change in ({"prompt": ""}, {"human": "2_full_refusal"}, {"type": "contrast_a"}):
        other = write(tmp_path / "other.csv", [row | change for row in rows])
        assert (
            judge_file(JudgeOptions(other, AnswerColumns(labels="human")), lambda *_: None).verdicts == before.verdicts
        )
    seen: list[str] = []
    real = judging.open_judge

    def spying(name: str, *rest: Any) -> Any:
        opened = real(name, *rest)
        return opened._replace(judge=lambda texts, report: (seen.extend(texts), opened.judge(texts, report))[1])

    monkeypatch.setattr(judging, "open_judge", spying)
    judge_file(JudgeOptions(file, AnswerColumns(labels="human")), lambda *_: None)
    assert set(seen) == set(TEXTS.values())


def test_agreement_is_told_by_part_and_beside_every_list_and_the_prompt_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = labelled(tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("list.txt").write_text("sorry\n", encoding="utf-8")
    asked = ("--labels", "human", "--judge", "driftlab", "--judge", "list:list.txt", "--json")
    code, out, err = run(capsys, file, *asked)
    result = json.loads(out)
    found = result["agreement"]
    assert code == 0
    assert (found["rows"], found["prompts"], found["unlabelled"]) == (60, 60, 0)
    assert found["accuracy"]["low"] <= found["accuracy"]["value"] <= found["accuracy"]["high"]
    assert 0.7 < found["any"]["kappa"]["value"] <= 1
    assert sum(sum(row.values()) for row in found["confusion"].values()) == 60
    assert found["by_kind"]["safe"]["rows"] + found["by_kind"]["off_limits"]["rows"] == 60
    assert set(found["by_category"]) == {"a", "b", "contrast_a", "contrast_b"}
    assert {"keywords", "prompt-only", "list:list.txt"} <= set(result["compared"])
    for other in result["compared"].values():
        for part in ("all", "safe", "off_limits"):
            assert set(other[part]["difference"]) == {"accuracy", "kappa", "full_kappa", "any_kappa"}
    better = result["compared"]["prompt-only"]["all"]["difference"]["any_kappa"]
    assert better["value"] == pytest.approx(
        found["any"]["kappa"]["value"] - result["compared"]["prompt-only"]["all"]["any"]["kappa"]["value"]
    )
    for words in ("safe requests", "off-limits requests", "by category", "prompt-only", "contrast_a"):
        assert words in err
    assert max(map(len, err.splitlines())) <= 80


def test_the_others_verdicts_stand_beside_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "a.csv", [{"text": text} for text in TEXTS.values()])
    _, out, _ = run(capsys, file, "--judge", "keywords", "--judge", "driftlab")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["verdict"] for row in rows] == ["complied", "refused", "refused"]
    assert [row["others"]["driftlab"]["verdict"] for row in rows] == ["complied", "refused", "partial"]


def test_labels_on_a_part_of_the_rows_are_enough(tmp_path: Path) -> None:
    rows = [{"text": text, "human": label if n % 2 else ""} for n, (label, text) in enumerate([*TEXTS.items()] * 4)]
    file = write(tmp_path / "a.csv", rows)
    found = judge_file(JudgeOptions(file, AnswerColumns(labels="human")), lambda *_: None).result["agreement"]
    assert (found["rows"], found["unlabelled"], found["by_kind"], found["by_category"]) == (6, 6, None, None)
    empty = write(tmp_path / "b.csv", [row | {"human": ""} for row in rows])
    with pytest.raises(DataError, match="has no label in 'human'"):
        judge_file(JudgeOptions(empty, AnswerColumns(labels="human")), lambda *_: None)
    nobody = write(tmp_path / "c.csv", [row | {"human": "unparseable"} for row in rows])
    with pytest.raises(DataError, match="people could judge no answer"):
        judge_file(JudgeOptions(nobody, AnswerColumns(labels="human")), lambda *_: None)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--judge", "nobody"], "there is no judge 'nobody'"),
        (["--match", "prefix"], "about a list of your own"),
        (["--judge", "list:LIST", "--match", "sometimes"], "--match sometimes is unknown"),
        (["--judge", "list:LIST", "--first-chars", "0"], "leaves nothing to read"),
        (["--judge", "list:none.txt"], "cannot be read"),
        (["--labels", "humna"], "Did you mean --labels 'human'?"),
        (["--answer-column", "txt"], "Did you mean --answer-column 'text'?"),
    ],
)
def test_what_cannot_be_done_is_told_with_a_remedy(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.txt").write_text("no\n", encoding="utf-8")
    file = write(tmp_path / "a.csv", [{"text": "Yes.", "human": "complied"}])
    code, out, err = run(capsys, file, *(word.replace("LIST", str(tmp_path / "list.txt")) for word in arguments))
    assert (code, out) == (2, "")
    assert words in err


def test_agreement_counts_what_could_not_be_judged_against_the_judge(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [{"text": "", "human": "refused"}, {"text": "Yes.", "human": "complied"}])
    found = judge_file(JudgeOptions(file, AnswerColumns(labels="human")), lambda *_: None).result["agreement"]
    assert found["confusion"][str(Outcome.REFUSED)][str(Outcome.UNPARSEABLE)] == 1
    assert found["accuracy"]["value"] == 0.5
