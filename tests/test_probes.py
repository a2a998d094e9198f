"""Probe sets: ours, and files in the layouts that are accepted, with every way to get one wrong."""

import hashlib
import itertools
import json
import math
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.errors import DataError
from driftlab.probes import MAX_CHARACTERS, families, load_probes, normalised, read_probes
from driftlab.records import Probe
from driftlab.vetting import alike, measure_set, pairs_of, shared_content, vet, words_of

EVERYDAY = load_probes("everyday")
CARD = Path(__file__).resolve().parents[1] / "driftlab" / "probe_sets" / "README.md"
FIRST = "a61427fa4bc0dc35c5938a68daff3bd37f14599e0ec9764683cadbd36849de0b"
"""Of the ids, prompts and kinds of the first sixty pairs, which runs may have recorded."""
RETIRED = {
    "everyday-fibbing-08",
    "everyday-spoiling-02",
    "everyday-spoiling-08",
    "everyday-spoiling-09",
    "everyday-teasing-00",
    "everyday-teasing-03",
    "everyday-teasing-06",
    "everyday-teasing-07",
    "everyday-teasing-08",
}
"""Pairs about children, which a set of wrongs does without."""
REPLACING = {
    "everyday-fibbing-10",
    "everyday-spoiling-10",
    "everyday-spoiling-11",
    "everyday-spoiling-12",
    "everyday-teasing-10",
    "everyday-teasing-11",
    "everyday-teasing-12",
    "everyday-teasing-13",
    "everyday-teasing-14",
}
"""The pairs about adults that stand in their places."""


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def rows(*cells: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in cells)


OFF = {"prompt": "How do I hide her hat?", "kind": "off_limits"}
SAFE = {"prompt": "How do I find her hat?", "kind": "safe"}


def test_everyday_has_ten_pairs_in_each_of_fourteen_categories() -> None:
    counted = Counter((probe.category, probe.kind) for probe in EVERYDAY.probes)
    assert len(counted) == 28
    assert set(counted.values()) == {10}
    assert len(pairs_of(EVERYDAY.probes)) == 140
    assert all(off.category == safe.category for off, safe in pairs_of(EVERYDAY.probes))
    assert set(Counter(families(EVERYDAY.probes).values()).values()) == {2}
    assert not vet(EVERYDAY)


def test_ids_that_runs_may_have_recorded_keep_their_prompts() -> None:
    rows = [(probe.id, probe.prompt, probe.kind) for probe in EVERYDAY.probes[:120]]
    kept = [row for row in rows if row[0].rpartition("-")[0] not in REPLACING]
    assert hashlib.sha256(json.dumps(kept).encode()).hexdigest() == FIRST
    assert len(kept) == len(rows) - 2 * len(REPLACING)
    assert not RETIRED & {probe.id.rpartition("-")[0] for probe in EVERYDAY.probes}, "an id has one prompt for ever"


def test_everyday_twins_share_most_of_their_content_words() -> None:
    shared = {off.id: shared_content(off.prompt, safe.prompt) for off, safe in pairs_of(EVERYDAY.probes)}
    assert min(shared.values()) >= 0.5
    later = sorted(share for id_, share in shared.items() if id_ not in {p.id for p in EVERYDAY.probes[:120]})
    assert later[0] >= 0.6
    assert later[len(later) // 2] >= 0.8


def test_no_two_everyday_prompts_of_a_kind_are_nearly_the_same() -> None:
    for kind in ("off_limits", "safe"):
        prompts = [probe.prompt for probe in EVERYDAY.probes if probe.kind == kind]
        close = [(prompts[one], prompts[other]) for one, other, _ in alike(prompts, at_least=0.5)]
        assert not close


def test_everyday_prompts_vary_in_wording_and_length() -> None:
    openings = Counter(" ".join(words_of(probe.prompt)[:2]) for probe in EVERYDAY.probes)
    assert len(openings) >= 80
    assert openings.most_common(1)[0][1] <= len(EVERYDAY.probes) / 8
    fewest, middle, most = measure_set(EVERYDAY.probes).words
    assert (fewest, most) == (9, 35)
    assert sum(not probe.prompt.endswith("?") for probe in EVERYDAY.probes) >= 80
    assert 15 <= middle <= 20


def told_by_words(pairs: list[tuple[Probe, Probe]]) -> float:
    """How often naive Bayes over words tells the kind of prompts of pairs that it did not learn from."""
    shuffled = random.Random(0).sample(pairs, len(pairs))  # noqa: S311  (no secret)
    right = 0
    for fold in range(10):
        seen = [pair for number, pair in enumerate(shuffled) if number % 10 != fold]
        counts = [Counter(word for pair in seen for word in set(words_of(pair[side].prompt))) for side in (0, 1)]
        for pair in shuffled[fold::10]:
            for side, probe in enumerate(pair):
                words = set(words_of(probe.prompt))
                odds = sum(math.log((counts[0][word] + 1) / (counts[1][word] + 1)) for word in words)
                right += (odds > 0) == (side == 0)
    return right / (2 * len(pairs))


def test_words_and_length_hardly_tell_the_kinds_of_everyday_apart() -> None:
    """Else a model could refuse by a word, and a measure of refusals would be one of that word."""
    pairs = pairs_of(EVERYDAY.probes)
    assert told_by_words(pairs) < 0.65
    difference = [len(words_of(off.prompt)) - len(words_of(safe.prompt)) for off, safe in pairs]
    assert abs(sum(difference) / len(difference)) < 1


def test_the_card_has_the_figures_that_are_measured() -> None:
    text = " ".join(CARD.read_text(encoding="utf-8").split())
    measures, pairs = measure_set(EVERYDAY.probes), pairs_of(EVERYDAY.probes)
    assert measures.shared is not None
    fewest, middle, most = measures.words
    assert f"{fewest} to {most} words long, {middle:g} in the median" in text
    assert f"at least {measures.shared[0]:.0%}, {measures.shared[1]:.0%} in the median" in text
    assert f"tells {told_by_words(pairs):.0%}" in text
    for category, both in itertools.groupby(pairs, key=lambda pair: pair[0].category):
        examples = list(both)
        row = re.search(rf"\| {category} \| (\d+) \+ (\d+) \| (.*?) \| (.*?) \|", text)
        assert row is not None
        assert (row[1], row[2]) == ("10", "10")
        assert (row[3], row[4]) in [(off.prompt, safe.prompt) for off, safe in examples]


def test_families_are_twins_however_they_are_linked() -> None:
    def probe(id_: str, twin: str | None) -> Probe:
        return Probe(id_, id_, "safe", "all", twin)

    linked = [probe("b", "c"), probe("a", "b"), probe("c", None), probe("d", "nobody"), probe("e", "e")]
    assert families(linked) == {"a": "a", "b": "a", "c": "a", "d": "d", "e": "e"}


def test_reading_without_refusing(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", rows({**OFF, "id": "x"}, {**OFF, "id": "x"}))
    assert len(read_probes(path).probes) == 2
    with pytest.raises(DataError, match="the same id twice"):
        load_probes(path)


def test_pocket_probes_come_with_twins() -> None:
    found = load_probes("pocket")
    assert sum(probe.kind == "off_limits" for probe in found.probes) >= 200
    assert sum(probe.kind == "safe" for probe in found.probes) >= 200


def test_the_digest_follows_content_and_nothing_else(tmp_path: Path) -> None:
    one = load_probes(write(tmp_path / "one.jsonl", rows(OFF, SAFE)))
    same = load_probes(write(tmp_path / "other.jsonl", rows(OFF, SAFE)))
    changed = load_probes(write(tmp_path / "changed.jsonl", rows(OFF, {**SAFE, "prompt": "How do I mend her hat?"})))
    assert one.sha256 == same.sha256 != changed.sha256
    assert one.sha256 == load_probes(str(tmp_path / "one.jsonl")).sha256


def test_xstest_layout_tells_kinds_by_type(tmp_path: Path) -> None:
    text = (
        'id,type,prompt,completion\nv2-1,homonyms,"Stop a daemon, how?",x\nv2-2,contrast_homonyms,Stop a bus how?,y\n'
    )
    path = write(tmp_path / "answers.csv", text)
    for name in (path, f"xstest:{path}"):
        safe, off = load_probes(name).probes
        assert safe == Probe("v2-1", "Stop a daemon, how?", "safe", "homonyms")
        assert off == Probe("v2-2", "Stop a bus how?", "off_limits", "homonyms")


def test_xstest_as_published_has_200_unsafe_and_250_safe_prompts() -> None:
    path = Path(__file__).resolve().parents[2] / "shared" / "data" / "xstest" / "llama2orig.csv"
    if not path.exists():
        pytest.skip("the XSTest file is not on this machine; the project ships none of its rows")
    found = load_probes(f"xstest:{path}").probes
    assert [sum(probe.kind == kind for probe in found) for kind in ("off_limits", "safe")] == [200, 250]


def test_xstests_label_column_keeps_its_types_as_categories(tmp_path: Path) -> None:
    text = "id,prompt,type,label\na,Kill a bus?,contrast_homonyms,unsafe\nb,Kill a daemon?,homonyms,safe\n"
    found = load_probes(write(tmp_path / "p.csv", text)).probes
    assert [(probe.kind, probe.category) for probe in found] == [("off_limits", "homonyms"), ("safe", "homonyms")]


@pytest.mark.parametrize("column", ["kind", "label", "type", "Kind"])
@pytest.mark.parametrize(("bad", "good"), [("off_limits", "safe"), ("unsafe", "safe"), ("Harmful", "benign")])
def test_kind_columns(tmp_path: Path, column: str, bad: str, good: str) -> None:
    path = write(tmp_path / "p.csv", f"prompt,{column}\nHide the hat?,{bad}\nFind the hat?,{good}\n")
    assert [probe.kind for probe in load_probes(path).probes] == ["off_limits", "safe"]


def test_optional_columns_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    text = "id,prompt,kind,category,twin,system\na,Hide?,off_limits,hats,b,Be kind.\nb,Find?,safe,hats,a,\n"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    first, second = load_probes(str(path)).probes
    assert first == Probe("a", "Hide?", "off_limits", "hats", "b", "Be kind.")
    assert second.system is None


BROKEN = {
    "no rows": ("p.csv", "prompt,kind\n", "no rows"),
    "empty file": ("p.jsonl", "", "no rows"),
    "not JSON": ("p.jsonl", rows(OFF) + "{oops\n", "line 2 is not JSON"),
    "not an object": ("p.jsonl", "[1]\n", "line 1 is list"),
    "ragged CSV": ("p.csv", "prompt,kind\na,b,c\n", "line 2 does not have the header's 2 cells"),
    "open quote": ("p.csv", 'prompt,kind\n"a,safe\n', "is not CSV"),
    "a column twice": ("p.csv", "prompt,prompt\na,b\n", "names a column twice"),
    "a list for a prompt": ("p.jsonl", rows(SAFE, {**OFF, "prompt": ["a", "b"]}), "line 2 has list"),
    "a number for a prompt": ("p.jsonl", rows(SAFE, {**OFF, "prompt": 7}), "line 2 has int '7' for a prompt"),
    "half a character": ("p.jsonl", rows(SAFE, {**OFF, "prompt": "Hide \ud83d?"}), "half a character"),
    "no columns": ("p.csv", "question,answer\na,b\n", "has the columns question, answer"),
    "unknown kind": ("p.csv", "prompt,kind\na,spicy\n", "unknown kind 'spicy'"),
    "empty prompt": ("p.jsonl", rows({**OFF, "prompt": "  "}, SAFE), "line 1 has an empty prompt"),
    "null prompt": ("p.jsonl", rows(SAFE, {**OFF, "prompt": None}), "line 2 has an empty prompt"),
    "huge prompt": ("p.jsonl", rows({**OFF, "prompt": "a" * (MAX_CHARACTERS + 1)}), "20,001 characters"),
    "same prompt": ("p.jsonl", rows(OFF, SAFE, {**OFF, "prompt": "how do  I hide HER hat?"}), "same prompt twice"),
    "same id": ("p.jsonl", rows({**OFF, "id": "x"}, {**SAFE, "id": "x"}), "same id twice"),
    "one kind only": ("p.jsonl", rows(OFF), "no safe probe"),
    "the other only": ("p.jsonl", rows(SAFE), "no off_limits probe"),
    "another file type": ("p.docx", "x", "not a file that can be read"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files_say_where_and_what_is_accepted(tmp_path: Path, case: str) -> None:
    name, text, message = BROKEN[case]
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        load_probes(write(tmp_path / name, text))
    assert caught.value.remedy


def test_latin_1_is_named_with_the_command_that_mends_it(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes("prompt,kind\ncafé,safe\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"not UTF-8: byte 0xe9 in line 2") as caught:
        load_probes(str(path))
    assert "iconv -f latin1" in caught.value.remedy


def test_misspelt_names_and_paths_get_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Did you mean 'everyday'"):
        load_probes("evryday")
    write(tmp_path / "probes.csv", "x")
    with pytest.raises(DataError, match=r"Did you mean .*probes\.csv"):
        load_probes(str(tmp_path / "probs.csv"))


@given(st.text(alphabet="ab \t\nAB", min_size=1))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
    assert normalised(text.upper()) == normalised(f"  {text} ")
