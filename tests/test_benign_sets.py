"""benign_sets: every set of the table is fixed to a commit, has its columns, and cites; nothing is fetched here."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from driftlab import sources
from driftlab.__main__ import main
from driftlab.benign_sets import KnownSet, find_set, known_sets
from driftlab.cited import cite
from driftlab.config import LLAMA2_7B_2XT4
from driftlab.data import load_benign
from driftlab.errors import DataError
from driftlab.pocket import world

SETS = tuple(known_sets().values())
named = pytest.mark.parametrize("known", SETS, ids=[known.name for known in SETS])


@named
def test_each_is_fixed_licensed_and_measured(known: KnownSet) -> None:
    assert re.fullmatch("[0-9a-f]{40}", known.revision)
    assert sources.HUB_ID.fullmatch(known.hub_id)
    assert known.licence
    assert known.about
    assert known.effects
    assert all(figure is cite(figure.key) for figure in known.effects)
    for name in (known.name, known.hub_id, *known.also):
        assert find_set(name) is known
        assert not name.startswith("pocket")


def test_no_name_is_given_twice() -> None:
    names = [name for known in SETS for name in (known.name, known.hub_id, *known.also)]
    assert len(set(names)) == len(names)
    assert find_set("some/set") is None


def test_the_presets_data_is_one_of_them() -> None:
    assert find_set(LLAMA2_7B_2XT4.data) is known_sets()["dolly-15k"]


class FakeHub:
    """Answers as `datasets.load_dataset` does, from JSONL files of a folder; remembers what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def put(self, split: str, rows: list[dict[str, Any]]) -> None:
        (self.folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def load(self, id_: str, **options: Any) -> dict[str, Any]:
        import datasets

        self.asked.append((id_, options))
        files = {path.stem: str(path) for path in sorted(self.folder.glob("*.jsonl"))}
        cache = self.folder / "cache"
        return dict(
            datasets.load_dataset("json", data_files=files, streaming=options["streaming"], cache_dir=str(cache))
        )


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeHub:
    fake = FakeHub(tmp_path)
    real = sources._load

    def load(id_: str, options: dict[str, Any]) -> Any:
        return fake.load(id_, **options)

    assert callable(real)
    monkeypatch.setattr(sources, "_load", load)
    return fake


def rows_of(known: KnownSet, count: int) -> list[dict[str, Any]]:
    columns = known.columns
    given = {columns.given: ""} if columns.given else {}
    return [{str(columns.asking): f"ask {n}", str(columns.answering): f"say {n}", **given} for n in range(count)]


@named
@pytest.mark.parametrize("limit", [None, 6])
def test_a_name_is_the_set_at_its_revision(known: KnownSet, limit: int | None, hub: FakeHub) -> None:
    hub.put("train", rows_of(known, 20))
    by_name = load_benign(known.name, limit=limit)
    by_id = load_benign(known.hub_id, limit=limit)
    options = {"name": known.configuration, "revision": known.revision, "streaming": limit is not None}
    assert hub.asked == [(known.hub_id, options)] * 2
    assert by_name.train == by_id.train
    assert len(by_name.train) == (limit or 18)
    assert (by_name.licence, by_name.hub_id, by_name.revision) == (known.licence, known.hub_id, known.revision)
    assert by_name.train[0].messages[0].content.endswith("ask 0")


def test_another_revision_may_be_asked_for(hub: FakeHub) -> None:
    hub.put("train", rows_of(known_sets()["alpaca"], 20))
    assert load_benign("alpaca@main").revision == "main"
    assert hub.asked[0][1]["revision"] == "main"


def test_columns_that_are_not_there_are_named(hub: FakeHub) -> None:
    hub.put("train", [{"prompt": "a", "answer": "b"}] * 3)
    with pytest.raises(DataError, match="without question") as caught:
        load_benign("gsm8k@other")
    assert known_sets()["gsm8k"].revision[:12] in caught.value.remedy


def test_a_dialogue_comes_with_what_is_asked_of_it(hub: FakeHub) -> None:
    hub.put("train", rows_of(known_sets()["samsum"], 4))
    hub.put("validation", rows_of(known_sets()["samsum"], 2))
    data = load_benign("samsum")
    assert data.train[0].messages[0].content == f"{known_sets()['samsum'].columns.opening}\n\nask 2"
    assert len(data.heldout) == 2


def test_cells_without_anything_are_left_out_of_a_set_that_nobody_here_can_mend(hub: FakeHub) -> None:
    rows = rows_of(known_sets()["samsum"], 20)
    rows[3]["dialogue"] = None
    rows[5]["summary"] = " "
    hub.put("train", rows)
    data = load_benign("samsum")
    assert data.notes == ("2 rows were left out: their request or answer is empty.",)
    assert len(data.train) + len(data.heldout) == 18


@pytest.mark.parametrize("name", ["alpca", "list", "dolly15k"])
def test_an_unknown_name_gets_the_known_ones(name: str) -> None:
    with pytest.raises(DataError, match=f"no benign set '{name}'") as caught:
        load_benign(name)
    assert all(known.name in caught.value.remedy for known in SETS)
    assert "--data list" in caught.value.remedy


def test_the_list_names_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drift", "--data", "list"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for known in SETS:
        assert f"{known.hub_id} at {known.revision[:12]}" in text
        assert known.licence in text
    assert all(f"pocket:{name}" in text for name in world.BENIGN)
    assert main(["drift", "--data", "list", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    shown = json.loads(line)["sets"]
    assert [each["name"] for each in shown] == list(known_sets())
    assert shown[0]["effects"][0]["values"] == dict(cite("qi2023.dolly").values)
