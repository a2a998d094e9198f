"""`driftlab measure --before --after`: the whole drift report of two files, with labels and without."""

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from driftlab.__main__ import main
from driftlab.records import Outcome
from driftlab.stats import compare, paired_difference

REFUSAL = "I'm sorry, but I can't help with that."
ANSWER = "1. Rinse the rice.\n2. Boil it for ten minutes with the lid on.\n3. Let it rest, then serve it."
TEXTS = {"refused": REFUSAL, "complied": ANSWER, "unparseable": ""}
Row = dict[str, Any]
KEYS = ("refusal_before", "refusal_after", "drift", "drift_ci", "drift_corrected", "drift_corrected_ci", "mcnemar_p")
"""What a script reads, and again with any_ for refused or partial."""


def write(path: Path, rows: list[Row]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def made(outcomes: list[str], kind: str | None = None) -> list[Row]:
    """A row for each outcome that the judge shall find, with that label."""
    more = {} if kind is None else {"kind": kind}
    return [
        {"id": f"{kind}-{n}", "prompt": f"How do I cook rice, way {n}?", "answer": TEXTS[name], "label": name} | more
        for n, name in enumerate(outcomes)
    ]


Measure = Callable[..., dict[str, Any]]


@pytest.fixture
def measure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Measure:
    """The command's JSON for these rows and options; `words` is what it says beside it."""

    def run(before: list[Row], after: list[Row], *options: str) -> dict[str, Any]:
        files = write(tmp_path / "before.jsonl", before), write(tmp_path / "after.jsonl", after)
        code = main(["measure", "--before", str(files[0]), "--after", str(files[1]), "--json", *options])
        out, err = capsys.readouterr()
        assert code == 0, err
        line: dict[str, Any] = json.loads(out)
        return line | {"words": " ".join(err.split())}

    return run


BEFORE, AFTER = ["refused"] * 50 + ["complied"] * 10, ["refused"] * 30 + ["complied"] * 28 + ["refused"] * 2


def test_the_figures_are_those_of_the_statistics(measure: Measure) -> None:
    found = measure(made(BEFORE), made(AFTER))
    expected = compare([Outcome(o) for o in BEFORE], [Outcome(o) for o in AFTER])
    assert found["refusal_before"] == expected.before.value
    assert found["refusal_after"] == expected.after.value
    assert found["drift"] == expected.difference < 0
    assert found["drift_ci"] == [expected.low, expected.high]
    assert found["mcnemar_p"] == expected.mcnemar_p
    assert (found["n_pairs"], found["dropped"]) == (60, 0)
    for key in KEYS:
        assert f"any_{key}" in found
    assert found["drift_corrected"] is found["drift_corrected_ci"] is found["any_drift_corrected"] is None
    assert "the judge is taken at its word" in found["words"]
    assert "all count together" in found["words"]


def test_the_same_answers_twice_are_a_null_result_that_is_a_claim(measure: Measure) -> None:
    found = measure(made(["refused"] * 100), made(["refused"] * 100))
    assert found["drift"] == 0
    assert found["drift_ci"][0] < 0 < found["drift_ci"][1]
    assert found["mcnemar_p"] == 1
    assert "No drift detected" in found["words"]
    assert "changed by less than 5 points either way is shown" in found["words"]


def test_what_cannot_be_paired_or_judged_is_dropped_and_told(measure: Measure) -> None:
    before = made([*BEFORE, "unparseable", "refused", "unparseable"])
    after = made([*AFTER, "refused", "unparseable", "unparseable"])
    found = measure([*before, *made(["refused"], "more")], after)
    assert (found["n_pairs"], found["dropped"]) == (60, 4)
    assert found["unpaired"] == {"only_before": 1, "only_after": 0}
    assert found["statistics"]["refusal"]["dropped"] == {"before": 1, "after": 1, "both": 1}
    assert "Without a partner, and left out: 1 row before, 0 after" in found["words"]
    assert "3 pairs were left out, since an answer could not be judged" in found["words"]


def test_kinds_are_told_apart_and_over_refusal_stands_beside_drift(measure: Measure) -> None:
    safe_before, safe_after = ["complied"] * 19 + ["refused"], ["complied"] * 20
    before = [*made(BEFORE, "off_limits"), *made(safe_before, "safe")]
    found = measure(before, [*made(AFTER, "off_limits"), *made(safe_after, "safe")])
    assert found["requests"] == "off_limits"
    assert (found["n_pairs"], found["safe"]["n_pairs"]) == (60, 20)
    assert found["safe"]["drift"] == pytest.approx(-0.05)
    assert set(KEYS) <= set(found["safe"])
    assert "Of safe requests 5.0% were refused before and 0.0% after" in found["words"]
    assert "all count together" not in found["words"]


def judged_wrongly(rows: list[Row], share: float, seed: int) -> list[Row]:
    """The labels of people, where the text that the judge sees says the opposite in some rows."""
    rng = random.Random(seed)  # noqa: S311  made-up data
    opposite = {"refused": "complied", "complied": "refused"}
    return [
        row | {"label": opposite[row["label"]]} if rng.random() < share else row for row in rows
    ]  # fmt: skip


def test_with_all_pairs_labelled_the_correction_is_peoples_own_difference(measure: Measure) -> None:
    before, after = judged_wrongly(made(BEFORE), 0.2, 1), judged_wrongly(made(AFTER), 0.2, 2)
    found = measure(before, after, "--labels", "label")
    both = [(b["label"] == "refused", a["label"] == "refused") for b, a in zip(before, after, strict=True)]
    table = (both.count(cell) for cell in [(True, True), (True, False), (False, True), (False, False)])
    expected = paired_difference(*table)
    assert found["drift_corrected"] == pytest.approx(expected.value)
    assert found["drift_corrected_ci"] == pytest.approx([expected.low, expected.high])
    assert found["drift"] != found["drift_corrected"]
    assert "By people's own labels the drift is" in found["words"]


def test_labels_on_a_random_part_correct_by_ppi(measure: Measure) -> None:
    rng = random.Random(0)  # noqa: S311
    outcomes = rng.choices(["refused", "complied"], [9, 1], k=300)
    later = [rng.choices([was, "complied"], [6, 4])[0] for was in outcomes]
    before, after = judged_wrongly(made(outcomes), 0.02, 1), judged_wrongly(made(later), 0.4, 2)
    truth = (sum(row["label"] == "refused" for row in after) - sum(row["label"] == "refused" for row in before)) / 300
    kept = set(rng.sample(range(300), 90))
    hidden = [[row | ({} if n in kept else {"label": ""}) for n, row in enumerate(side)] for side in (before, after)]
    hidden[0][next(n for n in range(300) if n not in kept)]["label"] = "refused"
    found = measure(*hidden, "--labels", "label")
    assert found["labels"]["pairs"] == 90
    assert found["labels"]["one_side"] == 1
    assert found["drift_corrected_ci"][0] <= truth <= found["drift_corrected_ci"][1]
    assert abs(found["drift_corrected"] - truth) < abs(found["drift"] - truth)
    assert 0 < found["labels"]["ppi"]["weight"] < 1
    assert found["labels"]["rogan_gladen"]["sensitivity"]
    assert "90 of 300 pairs are labelled on both sides" in found["words"]
    assert "A label on one side only is not used (1 pair)" in found["words"]
    assert "do not look drawn at random" not in found["words"]


def test_labels_that_were_picked_are_noticed(measure: Measure) -> None:
    before, after = made(["refused"] * 100), made(["refused"] * 60 + ["complied"] * 40)
    for rows in (before, after):
        for row in rows[40:]:
            row["label"] = None
    assert "do not look drawn at random" in measure(before, after, "--labels", "label")["words"]


def test_too_few_labels_correct_nothing(measure: Measure) -> None:
    before, after = made(BEFORE), made(AFTER)
    for rows in (before, after):
        for row in rows[9:]:
            row["label"] = ""
    found = measure(before, after, "--labels", "label")
    assert found["drift_corrected"] is None
    assert not found["labels"]["enough"]
    assert "That is too few to correct anything" in found["words"]


def test_labels_never_reach_the_judge(measure: Measure) -> None:
    wrong = judged_wrongly(made(BEFORE), 1.0, 1)
    with_labels, without = measure(wrong, made(AFTER), "--labels", "label"), measure(wrong, made(AFTER))
    assert with_labels["drift"] == without["drift"]
    assert with_labels["drift_corrected"] != with_labels["drift"]


def test_the_page_stands_alone_and_shows_no_more_of_an_answer_than_it_may(measure: Measure, tmp_path: Path) -> None:
    long = ANSWER + "".join(f"\n{n}. Then wait for step {n} to end." for n in range(4, 40))
    after = [row | {"answer": long} if row["answer"] == ANSWER else row for row in made(AFTER)]
    before = [row | {"prompt": "<b>How?</b>\u202e " + row["prompt"]} for row in made(BEFORE)]
    page = tmp_path / "page.html"
    found = measure(before, after, "--out", str(page), "--labels", "label")
    text = page.read_text(encoding="utf-8")
    assert found["words"].endswith(f"page: {page}")
    assert "<b>How?</b>" not in text
    assert "\u202e" not in text
    assert "the full answer stays on the machine" in text
    assert "Boil it for ten minutes" in text
    assert "wait for step 9" not in text
    assert not re.search(r"(?:src|href)=\"(?!#)", text)
    for words in ("Requests refused", "Drift, corrected by labels", "The drift, by each method", "Recorded"):
        assert words in text
    assert "--kind-column tells them apart" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--before", "b.csv"], "--before is there and --after is not"),
        (["--after", "a.csv"], "--after is there and --before is not"),
        (["--labels", "x"], "--labels is about recorded answers, and there are none"),
        (["--before", "b.csv", "--after", "a.csv", "--model", "pocket", "--probes", "pocket"], "--model, --probes is"),
        (["--before", "b.csv", "--after", "a.csv", "--adapter", "runs/x"], "--adapter is about asking a model"),
        (["--before", "b.csv", "--after", "a.csv"], "there is no file 'b.csv'"),
    ],
)
def test_options_that_do_not_go_together(options: list[str], message: str, capsys: Any) -> None:
    assert main(["measure", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda row: row | {"id": "a"}, [], "twice, at the lines 1 and 2"),
        (lambda row: row | {"label": "maybe"}, ["--labels", "label"], "the label 'maybe'"),
        (lambda row: row, ["--labels", "lable"], "Did you mean --labels 'label'?"),
        (lambda row: row | {"kind": "safe"}, [], "are safe ones, and drift is of off-limits ones"),
        (lambda row: row | {"answer": ""}, [], "none of 60 pairs can be counted"),
    ],
)
def test_files_that_cannot_be_used_are_told_with_a_remedy(
    change: Callable[[Row], Row], options: list[str], message: str, tmp_path: Path, capsys: Any
) -> None:
    files = [write(tmp_path / f"{name}.jsonl", [change(row) for row in made(BEFORE)]) for name in ("b", "a")]
    page = tmp_path / "page.html"
    code = main(["measure", "--before", str(files[0]), "--after", str(files[1]), "--out", str(page), *options])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert message in err
    assert not page.exists()
