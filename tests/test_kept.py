"""Answers that are kept: nothing is asked twice, nothing is taken for what it is not, and nothing fails for it."""

import json
from pathlib import Path
from typing import Any

import pytest
from small_runs import Listener, small_config, write_data
from test_generate import LIMIT, PROBES

from driftlab import generate as generating
from driftlab import kept, pipeline, stages
from driftlab.config import Generation
from driftlab.generate import generate
from driftlab.kept import Kept, Said, shared_folder
from driftlab.models import OpenedModel
from driftlab.pipeline import run_drift, run_seeds
from driftlab.recording import comparable

SAID = {0: Said([5, 6], 3, True), 3: Said([], 1, True), 7: Said([9] * 20, 20, False)}


def test_what_was_said_comes_back(tmp_path: Path) -> None:
    Kept(tmp_path / "a" / "b").add(SAID)
    Kept(tmp_path / "a" / "b").add({1: Said([4], 1, False)})
    assert Kept(tmp_path / "a" / "b").said == {**SAID, 1: Said([4], 1, False)}
    assert Kept(tmp_path / "a" / "b", forget=True).said == {}
    assert Kept().said == {}


@pytest.mark.parametrize("damage", ["", '{"prompt": 0}\n', "[1]\n", "no json", '{"prompt": 0, "tokens": ["x"]'])
def test_what_cannot_be_read_was_not_said(tmp_path: Path, damage: str) -> None:
    Kept(tmp_path).add({0: Said([1], 1, False)})
    (file,) = tmp_path.glob("*.jsonl")
    file.write_text(damage)
    (tmp_path / ".1-1.jsonl.77.partial").write_text("half of it")
    assert Kept(tmp_path).said == {}


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    keeping = Kept(tmp_path / "file" / "folder")
    keeping.add(SAID)
    assert keeping.said == SAID


def test_where_answers_are_shared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for off in ("off", ""):
        monkeypatch.setenv(kept.VARIABLE, off)
        assert shared_folder() is None
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path))
    assert shared_folder() == tmp_path
    monkeypatch.delenv(kept.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(kept.sys, "platform", "linux")
    assert shared_folder() == tmp_path / "cache" / "driftlab" / "answers"


def test_a_killed_asking_goes_on_with_the_part_it_was_in(
    opened: OpenedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches are the same as without the kill, so the answers are, to the bit."""
    monkeypatch.setattr(generating, "ROUNDS", 2)
    asked = Generation(LIMIT, 5)
    whole = generate(opened, PROBES, asked, phase="before")

    def stop(done: int, total: int) -> None:
        if done == 25:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(opened, PROBES, asked, phase="before", kept=Kept(tmp_path), on_progress=stop)
    known = Kept(tmp_path)
    assert len(known.said) == 20, "two parts of four were over"
    drawn = counted(monkeypatch)
    told: list[tuple[int, int]] = []
    again = generate(opened, PROBES, asked, phase="before", kept=known, on_progress=lambda *at: told.append(at))
    assert again == whole
    assert drawn == [10, 10]
    assert told[:2] == [(10, 40), (20, 40)]
    assert told[-1] == (40, 40)
    assert generate(opened, PROBES, asked, phase="after", kept=Kept(tmp_path))[5].text == whole[5].text
    assert drawn == [10, 10], "nothing is asked any more"


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many prompts were decoded, call by call."""
    calls: list[int] = []
    inner = generating.decode

    def decode(opened: Any, prompts: Any, *arguments: Any, **options: Any) -> Any:
        calls.append(len(prompts))
        return inner(opened, prompts, *arguments, **options)

    monkeypatch.setattr(generating, "decode", decode)
    return calls


def test_runs_of_one_base_share_the_answers_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeds ask before once; a later run is answered from what they kept, a fresh one is not."""
    cache, data = tmp_path / "cache", str(write_data(tmp_path / "data.jsonl"))
    configs = [small_config(tmp_path, seed=seed, data=data, limit=8) for seed in (0, 1)]
    monkeypatch.setenv(kept.VARIABLE, str(cache))
    drawn = counted(monkeypatch)
    seeds, _ = run_seeds(configs, tmp_path / "seeds", Listener())
    assert drawn == [16] * 3, "before once, after twice"
    later = run_drift(configs[0], tmp_path / "later", Listener())
    assert drawn == [16] * 4, "before was known"
    assert comparable(later.record) == comparable(seeds[0].record)
    assert len(list(cache.iterdir())) == 1, "what the fine-tuned models said is not shared"
    assert not (later.folder / "asked").exists()
    rows = [json.loads(line) for path in cache.rglob("*.jsonl") for line in path.read_text().splitlines()]
    assert sorted(row["prompt"] for row in rows) == list(range(16))
    monkeypatch.setenv(kept.VARIABLE, "off")
    run_seeds(configs, tmp_path / "fresh", Listener(), fresh=True)
    assert drawn == [16] * 7, "a fresh run takes nobody's word, and its seeds ask once all the same"


def test_other_weights_are_other_answers(tmp_path: Path) -> None:
    config = small_config(tmp_path)
    opened = pipeline.open_model(config)
    inputs = stages.read_inputs(config)
    keys = {stages.asking_digest(opened, weights, inputs, config) for weights in ("base", "base adapter", "base other")}
    assert len(keys) == 3
