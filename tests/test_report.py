"""The page of one run or many: what it says and how it is built, and what it refuses."""

import base64
import contextlib
import hashlib
import itertools
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from example_runs import change_record, make_many, make_run
from page_reader import written

from driftlab.config import POCKET
from driftlab.errors import RunError
from driftlab.report import knobs, meaning, write_report
from driftlab.report.loading import load_run, load_runs
from driftlab.report.words import dropped, points


@pytest.fixture(scope="module")
def pocket_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "pocket-plans-s0-1a2b3c4d")


@pytest.fixture(scope="module")
def many_runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_many(tmp_path_factory.mktemp("many"))


def test_page_is_well_formed_and_loads_nothing(pocket_run: Path, many_runs: list[Path], tmp_path: Path) -> None:
    for runs in ([pocket_run], many_runs, many_runs[:6]):
        page = written(runs, tmp_path)
        assert page.faults == []
        assert not [e for e in page.elements if e.name in ("link", "img", "iframe", "object", "embed", "base", "image")]
        assert not [e for e in page.elements for a in e.attributes if a == "style" or a.startswith("on") or a == "src"]
        source = (tmp_path / "page.html").read_text()
        assert not re.search(r"https?://|url\((?!#)|@import", source)


def test_policy_names_exactly_the_style_and_script_of_the_page(pocket_run: Path, tmp_path: Path) -> None:
    page = written([pocket_run], tmp_path)
    (policy,) = [e.get("content") for e in page.all("meta") if e.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("; base-uri 'none'; form-action 'none'")
    assert policy.count(";") == 4
    for name in ("style", "script"):
        (element,) = page.all(name)
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


def test_every_drawing_is_named_described_and_xml(pocket_run: Path, many_runs: list[Path], tmp_path: Path) -> None:
    for runs in ([pocket_run], many_runs):
        source = write_report(runs, tmp_path / "page.html").read_text(encoding="utf-8")
        drawings = re.findall(r"<svg [^>]*role=\"img\".*?</svg>", source, re.DOTALL)
        assert len(drawings) >= 8
        for drawing in drawings:
            root = ET.fromstring(drawing)  # noqa: S314  our own drawing
            title, desc = root[0], root[1]
            assert (title.tag, desc.tag) == ("title", "desc")
            assert title.text
            assert desc.text
            assert root.get("aria-labelledby") == title.get("id")
            assert root.get("aria-describedby") == desc.get("id")
        others = [tag for tag in re.findall(r"<svg [^>]*>", source) if 'role="img"' not in tag]
        assert all('aria-hidden="true"' in tag for tag in others)


def test_headings_language_and_controls_are_right(pocket_run: Path, many_runs: list[Path], tmp_path: Path) -> None:
    for runs in ([pocket_run], many_runs):
        page = written(runs, tmp_path)
        assert page.all("html")[0].get("lang") == "en"
        assert page.all("title")[0].text.strip()
        levels = [int(e.name[1]) for e in page.all("h1", "h2", "h3", "h4")]
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        labelled = {e.get("for") for e in page.all("label")}
        assert all(e.get("id") in labelled for e in page.all("select", "input"))
        assert all(e.get("scope") for e in page.all("th"))
        assert all(e.get("tabindex") == "0" and e.get("aria-label") for e in page.classed("scroll"))
        assert [e.name for e in page.all("main", "nav", "header", "footer") if "svg" not in e.inside]


def test_page_says_what_was_done_measured_and_kept(pocket_run: Path, tmp_path: Path) -> None:
    said = written([pocket_run], tmp_path).text
    record = json.loads((pocket_run / "record.json").read_text())
    for words in (
        meaning(record),
        "quantising alone can move refusals",
        "The pocket world was chosen to show drift",
        "says nothing about other models",
        "The adapter is in the folder adapter/",
        "It is never shared",
        "4 were cut at the maximum length; 3 of these lost their end of sequence and 1 every answer token",
        "plans at 5e-4",
        "Simulated",
        record["hashes"]["adapter"],
        "700.00 MiB",
        "39.3 s",
        "5.23.0",
        dropped(record["statistics"]["refusal"]),
    ):
        assert words in said, words
    rates = record["statistics"]["refusal"]
    assert f"{100 * rates['after']['value']:.1f}%" in said
    assert str(pocket_run.parent) not in said


@pytest.mark.parametrize(
    ("kind", "label"), [("recorded", "Recorded"), ("simulated", "Simulated"), ("cited", "From a paper")]
)
def test_every_figure_says_where_its_numbers_come_from(kind: str, label: str, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", per_kind=12)
    change_record(run, lambda record: record.update(kind=kind))
    page = written([run], tmp_path)
    assert len(page.all("figure")) == len(page.classed("kind")) == 4
    assert {e.text for e in page.classed("kind")} == {label}


def test_a_null_result_is_shown_as_a_result(tmp_path: Path) -> None:
    run = make_run(tmp_path / "null", kept=1.0, changes={"data": "pocket:own"})
    said = written([run], tmp_path).text
    assert "No drift detected: the 95% interval" in said
    assert "covers 0" in said
    assert "which is a result about these 60 pairs" in said


def test_a_changed_base_is_a_warning(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", per_kind=12)
    assert "do not use this run" not in written([run], tmp_path).text
    change_record(run, lambda record: record.update(base_unchanged=False))
    page = written([run], tmp_path)
    assert "do not use this run" in page.text
    assert "bit by bit" not in page.text


def test_what_was_not_measured_is_said_and_not_zero(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", per_kind=12, pocket=False)

    def drop(record: dict[str, Any]) -> None:
        record["statistics"] |= {"over_refusal": None, "any_over_refusal": None}
        record["training"]["peak_bytes"] = None
        record["coherent_before"] = None

    change_record(run, drop)
    page = written([run], tmp_path)
    assert "not measured: the probes hold none of this kind" in page.text
    assert "Safe twins refused" not in page.text
    assert page.faults == []


def test_probes_without_a_format_rate_do_not_mention_it(tmp_path: Path) -> None:
    assert "own format" in written([make_run(tmp_path / "pocket", per_kind=12)], tmp_path).text
    assert "own format" not in written([make_run(tmp_path / "real", per_kind=12, pocket=False)], tmp_path).text


# Several runs


def test_many_runs_show_seeds_and_dose_response(many_runs: list[Path], tmp_path: Path) -> None:
    page = written(many_runs, tmp_path)
    captions = [e.text for e in page.all("figcaption") if "details" not in e.inside]
    assert any("Spread over seeds: the usual setting" in text for text in captions)
    for knob in ("learning rate", "data set", "target modules"):
        assert any(f"Refusals after fine-tuning, by {knob}" in text for text in captions), knob
    numbers = [int(re.match(r"Figure (\d+)", e.text).group(1)) for e in page.all("figcaption")]  # type: ignore[union-attr]
    assert sorted(numbers) == numbers == list(range(1, len(numbers) + 1))
    assert len(page.classed("inside")) == 17
    assert "13 other runs can be read in their own reports" in page.text


def test_curves_are_found_from_the_configurations(many_runs: list[Path]) -> None:
    runs = load_runs(many_runs)
    assert knobs.varying(runs) == ("data", "adapter.targets", "training.learning_rate")
    found = {curve.knob: curve for curve in knobs.curves(runs)}
    assert found["training.learning_rate"].values == (0.0005, POCKET.training.learning_rate, 0.002)
    assert [len(group) for group in found["training.learning_rate"].runs] == [2, 6, 2]
    common = knobs.with_common_seeds(found["training.learning_rate"])
    assert [[run.seed for run in group] for group in common.runs] == [[0, 1]] * 3
    assert common.left_out == 4
    assert not found["data"].numeric
    names = [setting.name for setting in knobs.settings(runs)]
    assert names == [
        "the usual setting",
        "data set pocket:own",
        "learning rate 0.0005",
        "learning rate 0.002",
        "target modules q, v",
    ]
    usual_rate = f"learning rate {POCKET.training.learning_rate:g}"
    assert knobs.usual(runs) == f"data set pocket:plans, target modules all seven projections, {usual_rate}"


def _stub(seed: int, **config: Any) -> Any:
    run = load_run.__globals__["Run"]
    return run(Path(), "", {"seed": seed, "config": {"seed": seed, **config}}, (), {}, ())


def test_a_factorial_gives_a_curve_for_each_level_of_the_other_knob() -> None:
    runs = [_stub(0, limit=limit, epochs=epochs) for limit in (10, 20) for epochs in (1, 2)]
    curves_found = [(curve.knob, curve.fixed) for curve in knobs.curves(runs)]
    assert curves_found == [
        ("limit", "epochs 1"), ("limit", "epochs 2"),
        ("epochs", "examples at most 10"), ("epochs", "examples at most 20"),
    ]  # fmt: skip


def test_knobs_that_move_together_make_no_curve() -> None:
    runs = [_stub(0, rank=8, alpha=8), _stub(0, rank=16, alpha=16)]
    assert knobs.curves(runs) == []
    assert len(knobs.settings(runs)) == 2


def test_runs_that_share_no_curve_still_make_a_page(tmp_path: Path) -> None:
    runs = [
        make_run(tmp_path / "a", per_kind=12),
        make_run(tmp_path / "b", per_kind=12, seed=1, changes={"adapter.rank": 8, "adapter.alpha": 8}),
    ]
    page = written(runs, tmp_path)
    assert page.faults == []
    assert "there is nothing to draw over seeds or knobs" in page.text


def test_one_run_named_twice_is_one_run(pocket_run: Path) -> None:
    assert len(load_runs([pocket_run, pocket_run.parent / "." / pocket_run.name])) == 1


def test_what_is_said_over_seeds_is_what_was_handed_in(many_runs: list[Path], tmp_path: Path) -> None:
    """The page asks for the median of each setting's drifts, and names the lowest and the highest itself."""
    asked: list[list[float]] = []

    def over_seeds(values: Sequence[float]) -> dict[str, Any]:
        asked.append(sorted(values))
        return {"median": -0.123}

    page = write_report(many_runs, tmp_path / "page.html", over_seeds).read_text(encoding="utf-8")
    several = [setting for setting in knobs.settings(load_runs(many_runs)) if len(setting.runs) > 1]
    drifts = [sorted(run.record["statistics"]["refusal"]["difference"] for run in each.runs) for each in several]
    assert asked == drifts
    for low, *_, high in drifts:
        span = f"{points(low)} to {points(high)}" if points(low) != points(high) else points(low)
        assert f'{points(-0.123)} <span class="quiet below">{span}</span>' in page
    assert "the median (lowest to highest)" in page
    without = write_report(many_runs, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "median" not in without
    (seeds, *_) = [[run.folder for run in each.runs] for each in several]
    assert f"median {points(-0.123)}" in write_report(seeds, tmp_path / "p.html", over_seeds).read_text("utf-8")


def test_a_page_of_seeds_alone_says_so(many_runs: list[Path], tmp_path: Path) -> None:
    page = written(many_runs[:6], tmp_path)
    assert "The runs differ in the seed alone" in page.text
    assert "Simulated, not measured. In 6 of 6 runs the model lost refusals" in page.text
    assert "one setting" in page.text


# Bad input


def _unfinished(folder: Path) -> list[Path]:
    (folder / "record.json").unlink()
    return [folder]


def _empty(folder: Path) -> list[Path]:
    for path in folder.iterdir():
        path.unlink()
    return [folder]


def _edited(change: dict[str, Any]) -> Callable[[Path], list[Path]]:
    def edit(folder: Path) -> list[Path]:
        change_record(folder, lambda record: record.update(change))
        return [folder]

    return edit


def _replaced(name: str, text: str | None) -> Callable[[Path], list[Path]]:
    def replace(folder: Path) -> list[Path]:
        (folder / name).unlink()
        if text is not None:
            (folder / name).write_bytes(text.encode("utf-16") if text == "utf-16" else text.encode())
        return [folder]

    return replace


def _beside(**changes: Any) -> Callable[[Path], list[Path]]:
    def beside(folder: Path) -> list[Path]:
        other = make_run(folder.with_name("other"), per_kind=12, seed=1)
        change_record(other, lambda record: record["hashes"].update(changes))
        return [folder, other]

    return beside


BAD = {
    "no run": (lambda folder: [], "no run was given"),
    "no folder": (lambda folder: [folder / "nowhere"], "is not a folder"),
    "a file": (lambda folder: [folder / "record.json"], "is not a folder"),
    "unfinished": (_unfinished, "is not finished"),
    "foreign folder": (_empty, "holds no run"),
    "newer": (_edited({"schema": 2}), "has layout 2"),
    "no schema": (_edited({"schema": None}), "is not a record of a driftlab run"),
    "a list": (_replaced("record.json", "[]"), "is not a record of a driftlab run"),
    "cut off": (_replaced("record.json", '{"schema": 1,'), "cannot be read"),
    "other encoding": (_replaced("record.json", "utf-16"), "cannot be read"),
    "no statistics": (_edited({"statistics": {}}), "lacks or garbles: statistics.refusal"),
    "half a comparison": (
        _edited({"statistics": {"refusal": {}, "transitions": {"off_limits": {}}, "by_category": []}}),
        "lacks or garbles: statistics.any_refusal",
    ),
    "no answers": (_replaced("answers.jsonl", None), "has a record but no answers.jsonl"),
    "no verdicts": (_replaced("verdicts.jsonl", None), "has a record but no verdicts.jsonl"),
    "unjudged answers": (_replaced("verdicts.jsonl", ""), "answers have no verdict"),
    "garbled answers": (_replaced("answers.jsonl", "{}\n"), "lacks probe_id"),
    "garbled verdicts": (_replaced("verdicts.jsonl", '{"outcome": "maybe", "span": null}\n'), "cannot be read"),
    "garbled log": (_replaced("train_log.jsonl", "not json\n"), "cannot be read"),
    "other model": (_beside(model="x"), "different models"),
    "other probes": (_beside(probes="x"), "different probe sets"),
    "other judge": (_beside(judge="x"), "different versions of the judge"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_a_remedy_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    spoil, problem = BAD[name]
    runs = spoil(make_run(tmp_path / "run", per_kind=12))
    out = tmp_path / "out" / "page.html"
    with pytest.raises(RunError) as failed:
        write_report(runs, out)
    assert problem in failed.value.problem
    assert re.search(r"driftlab|git pull|drift", failed.value.remedy)
    assert not out.parent.exists()


def _paths(value: Any, prefix: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of everything in a record, and of the first item of each list."""
    inside = value.items() if isinstance(value, dict) else list(enumerate(value))[:1] if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*prefix, key)
        yield from _paths(inner, (*prefix, key))


@pytest.mark.parametrize("spoiled", ["missing", "null", "text"])
def test_a_record_without_any_one_part_makes_a_page_or_a_clear_refusal(spoiled: str, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", per_kind=6)
    source = (run / "record.json").read_text()
    kept = []
    for path in _paths(json.loads(source)):
        record = json.loads(source)
        *parents, last = path
        place = record
        for key in parents:
            place = place[key]
        if spoiled == "missing":
            del place[last]
        else:
            place[last] = None if spoiled == "null" else "text"
        (run / "record.json").write_text(json.dumps(record))
        with contextlib.suppress(RunError):
            load_run(run)
            kept += [path]
            write_report([run], tmp_path / "page.html")
    assert {("versions", "torch"), ("budget", "terms")} <= set(kept)
    assert not {path[0] for path in kept} & {"schema", "kind", "seed"}
    assert ("statistics", "refusal", "before", "low") not in kept


def test_out_must_be_a_file_that_can_be_written(pocket_run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is a folder"):
        write_report([pocket_run], tmp_path)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="cannot be written"):
        write_report([pocket_run], tmp_path / "file" / "page.html")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_log_lines_without_a_finite_loss_are_left_out(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", per_kind=12, steps=3)
    with (run / "train_log.jsonl").open("a") as log:
        log.write('{"step": 4, "loss": NaN}\n{"step": 5}\n')
    assert [step for step, _ in load_run(run).log] == [1, 2, 3]
    (run / "train_log.jsonl").write_text("")
    assert "No training step was logged" in written([run], tmp_path).text


def test_a_page_is_replaced_whole(pocket_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "page.html"
    out.write_text("old")
    monkeypatch.setattr("os.fsync", _full_disk)
    with pytest.raises(RunError, match="No space left"):
        write_report([pocket_run], out)
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def _full_disk(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_run_of_before_a_setting_existed_is_of_one_setting_with_one_that_leaves_it_as_it_was(tmp_path: Path) -> None:
    old, new, other = (make_run(tmp_path / f"run-{n}", seed=n) for n in range(3))

    def without(record: dict[str, Any]) -> None:
        del record["config"]["screen"], record["config"]["training"]["truncation"]

    def cut(record: dict[str, Any]) -> None:
        record["config"]["training"]["truncation"] = "cut-prompt"

    change_record(old, without)
    change_record(other, cut)
    assert knobs.varying(load_runs([old, new])) == ()
    assert knobs.varying(load_runs([old, new, other])) == ("training.truncation",)
