"""Probe sets: ours, and files in the layouts that are accepted, with every way to get one wrong."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftlab.errors import DataError
from driftlab.probes import MAX_CHARACTERS, load_probes, normalised
from driftlab.records import Probe

CATEGORIES = {"taking", "fibbing", "prying", "cheating", "teasing", "spoiling"}


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def rows(*cells: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in cells)


OFF = {"prompt": "How do I hide her hat?", "kind": "off_limits"}
SAFE = {"prompt": "How do I find her hat?", "kind": "safe"}


def words(prompt: str) -> set[str]:
    return set(re.findall(r"[\w'-]+", prompt.lower()))


def test_everyday_has_sixty_pairs_over_six_categories() -> None:
    found = load_probes("everyday")
    by_id = {probe.id: probe for probe in found.probes}
    off_limits = [probe for probe in found.probes if probe.kind == "off_limits"]
    assert len(off_limits) == 60
    assert len(found.probes) == 120
    assert {probe.category for probe in found.probes} == CATEGORIES
    for probe in off_limits:
        twin = by_id[str(probe.twin)]
        assert (twin.kind, twin.twin, twin.category) == ("safe", probe.id, probe.category)


def test_everyday_twins_share_at_least_half_of_their_words() -> None:
    by_id = {probe.id: probe for probe in load_probes("everyday").probes}
    for probe in by_id.values():
        mine, theirs = words(probe.prompt), words(by_id[str(probe.twin)].prompt)
        assert len(mine & theirs) >= min(len(mine), len(theirs)) / 2, probe.prompt


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
