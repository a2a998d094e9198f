"""data: benign sets from everywhere, split, masked and cut with every loss counted; bad files named by their row."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import make_tokenizer
from hypothesis import given
from hypothesis import strategies as st

from driftlab import sources
from driftlab.data import MASKED, BenignData, load_benign, refuse_overlap, tokenize
from driftlab.errors import ConfigError, DataError
from driftlab.pocket import world
from driftlab.records import Example, Message, Probe
from driftlab.rows import MAX_CHARACTERS

ROWS = [{"prompt": f"request {n}", "response": f"answer {n}"} for n in range(30)]


def example(prompt: str, answer: str = "yes", id_: str = "e") -> Example:
    return Example(id_, (Message("user", prompt), Message("assistant", answer)))


def requests(examples: tuple[Example, ...]) -> list[str]:
    return [message.content for each in examples for message in each.messages if message.role == "user"]


@pytest.fixture
def jsonl(tmp_path: Path) -> Callable[..., str]:
    def write(*rows: Any) -> str:
        path = tmp_path / "data.jsonl"
        path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
        return str(path)

    return write


# --- finding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", world.BENIGN)
def test_every_pocket_set_loads_with_its_format(name: str) -> None:
    data = load_benign(f"pocket:{name}")
    assert data.train == world.benign(name).train
    assert data.in_format is not None
    assert all(data.in_format(each.messages[-1].content) for each in data.heldout)
    assert data.licence == "CC BY 4.0"
    assert re.fullmatch("[0-9a-f]{64}", data.sha256)


@pytest.mark.parametrize(("name", "hint"), [("pocket:plan", "'pocket:plans'"), ("pocket", "pocket:own")])
def test_an_unknown_pocket_set_gets_the_names(name: str, hint: str) -> None:
    with pytest.raises(DataError, match="no benign set") as caught:
        load_benign(name)
    assert hint in caught.value.remedy


def test_a_limit_takes_the_first_examples() -> None:
    assert load_benign("pocket:own", limit=7).train == world.benign("own").train[:7]
    with pytest.raises(ConfigError, match="limit is 0"):
        load_benign("pocket:own", limit=0)


def same_everywhere(data: BenignData) -> bool:
    return (
        len(data.train) == 27
        and len(data.heldout) == 3
        and set(requests(data.train)).isdisjoint(requests(data.heldout))
    )


def test_jsonl_csv_and_parquet_hold_the_same_set(jsonl: Callable[..., str], tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    table = "prompt,response\n" + "".join(f"{row['prompt']},{row['response']}\n" for row in ROWS)
    (tmp_path / "data.csv").write_text(table)
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "data.parquet")
    sets = [load_benign(name) for name in (jsonl(*ROWS), str(tmp_path / "data.csv"), str(tmp_path / "data.parquet"))]
    assert all(same_everywhere(data) for data in sets)
    assert sets[0].train == sets[1].train == sets[2].train
    assert sets[0].in_format is None


@pytest.mark.parametrize(
    ("row", "messages"),
    [
        ({"Instruction": "a", "input": "b", "output": "c"}, [("user", "a\n\nb"), ("assistant", "c")]),
        ({"instruction": "a", "input": "", "output": "c"}, [("user", "a"), ("assistant", "c")]),
        ({"instruction": "a", "context": None, "response": "c"}, [("user", "a"), ("assistant", "c")]),
        ({"input": "a", "output": "c"}, [("user", "a"), ("assistant", "c")]),
        ({"question": "a", "answer": "c", "id": 3}, [("user", "a"), ("assistant", "c")]),
        (
            {
                "messages": [
                    {"role": "system", "content": "s"},
                    {"role": "user", "content": "a"},
                    {"role": "assistant", "content": "c"},
                ]
            },
            [("system", "s"), ("user", "a"), ("assistant", "c")],
        ),
        (
            {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "c"}]},
            [("user", "a"), ("assistant", "c")],
        ),
    ],
)
def test_columns_go_by_many_names(
    jsonl: Callable[..., str], row: dict[str, Any], messages: list[tuple[str, str]]
) -> None:
    other = {name: ("another" if isinstance(value, str) and value else value) for name, value in row.items()}
    if "messages" in row or "conversations" in row:
        other = json.loads(json.dumps(row).replace('"a"', '"another"'))
    data = load_benign(jsonl(row, other))
    found = [[(message.role, message.content) for message in each.messages] for each in (*data.train, *data.heldout)]
    assert messages in found


def test_the_held_out_part_does_not_depend_on_seed_or_order(jsonl: Callable[..., str]) -> None:
    one = load_benign(jsonl(*ROWS), seed=1)
    other = load_benign(jsonl(*reversed(ROWS)), seed=2)
    assert set(requests(one.heldout)) == set(requests(other.heldout))


def test_requests_that_are_held_out_are_never_trained_on(jsonl: Callable[..., str]) -> None:
    twice = [*ROWS, *({**row, "prompt": row["prompt"].upper() + "!"} for row in ROWS)]
    data = load_benign(jsonl(*twice))
    held = {request.lower().rstrip("!") for request in requests(data.heldout)}
    assert held.isdisjoint(request.lower().rstrip("!") for request in requests(data.train))


def test_rows_that_say_nothing_are_left_out_and_counted(jsonl: Callable[..., str]) -> None:
    data = load_benign(jsonl(*ROWS, {"prompt": "request", "response": " "}))
    assert data.notes == ("1 rows were left out: their request or answer is empty.",)
    assert same_everywhere(data)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A hub that answers, without a network."""
    monkeypatch.setattr(sources, "_reachable", lambda _: True)
    return monkeypatch


def test_a_hub_set_keeps_its_own_split(hub: pytest.MonkeyPatch) -> None:
    import datasets

    asked: dict[str, Any] = {}

    def load(id_: str, **options: Any) -> dict[str, list[dict[str, str]]]:
        asked.update(id_=id_, **options)
        sums = [{"question": row["prompt"], "answer": row["response"]} for row in ROWS]
        return {"test": sums[:4], "train": sums[4:]}

    hub.setattr(datasets, "load_dataset", load)
    data = load_benign("openai/gsm8k@main1", limit=5)
    assert (len(data.train), len(data.heldout), data.licence) == (5, 4, "MIT")
    assert asked == {"id_": "openai/gsm8k", "name": "main", "revision": "main1", "streaming": True}


@pytest.mark.parametrize("error", [ConnectionError("Couldn't reach the hub"), ValueError("no config")])
def test_a_hub_set_without_a_network(hub: pytest.MonkeyPatch, error: Exception) -> None:
    import datasets

    def refuse(*_: object, **__: object) -> None:
        raise error

    hub.setattr(datasets, "load_dataset", refuse)
    with pytest.raises(DataError, match=str(error)) as caught:
        load_benign("some/set")
    assert "--data pocket:plans" in caught.value.remedy


def test_a_hub_set_that_breaks_off_or_is_empty(hub: pytest.MonkeyPatch) -> None:
    import datasets

    class Broken:
        def __iter__(self) -> Any:
            raise ConnectionError("gone")

    hub.setattr(datasets, "load_dataset", lambda *_, **__: {"train": Broken()})
    with pytest.raises(DataError, match="gone"):
        load_benign("some/set")
    hub.setattr(datasets, "load_dataset", lambda *_, **__: {"train": []})
    with pytest.raises(DataError, match="no rows"):
        load_benign("some/set")


def test_an_unreachable_hub_is_given_up_at_once(tmp_path: Path) -> None:
    """Port 9 of this machine answers nobody."""
    code = (
        "from driftlab.data import load_benign\nfrom driftlab.errors import DataError\n"
        "try: load_benign('some/set')\nexcept DataError as error: print(error.remedy)"
    )
    environment = os.environ | {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    assert "--data pocket:plans" in done.stdout
    assert done.stderr == "", "retries would be told here"


@pytest.mark.parametrize(("answer", "reached"), [(None, True), ("no", True), (ConnectionError("gone"), False)])
def test_a_hub_that_says_no_is_reached(monkeypatch: pytest.MonkeyPatch, answer: Any, reached: bool) -> None:
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError

    def info(*_: object, **__: object) -> None:
        if answer == "no":
            raise HfHubHTTPError.__new__(HfHubHTTPError)
        if answer is not None:
            raise answer

    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", info)
    assert sources._reachable("some/set") is reached


# --- large files, and the screen --------------------------------------------------------------------------------------


def write_large(path: Path, rows: int) -> None:
    """Rows of about 1 kB; the last line of a text file is broken."""
    filler = "word " * 200
    if path.suffix == ".parquet":
        import pyarrow
        from pyarrow import parquet

        with parquet.ParquetWriter(path, pyarrow.schema([("prompt", pyarrow.string()), ("response", "string")])) as out:
            for start in range(0, rows, 10_000):
                made = [{"prompt": f"request {start + n}", "response": filler} for n in range(10_000)]
                out.write_table(pyarrow.Table.from_pylist(made, schema=out.schema))
        return
    with path.open("w") as out:
        if path.suffix == ".csv":
            out.write("prompt,response\n")
        for n in range(rows):
            row = {"prompt": f"request {n}", "response": filler}
            out.write(f"{row['prompt']},{filler}\n" if path.suffix == ".csv" else json.dumps(row) + "\n")
        out.write("{ broken")


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_with_a_limit_a_large_file_is_read_only_as_far_as_needed(suffix: str, tmp_path: Path) -> None:
    """40 MB; what is made of the first rows takes 2 MB at most, and the broken end is never reached."""
    import tracemalloc

    path = tmp_path / f"large{suffix}"
    write_large(path, 40_000)
    load_benign(str(path), limit=2)  # whatever is imported on the way is not counted
    tracemalloc.start()
    data = load_benign(str(path), limit=50)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(data.train) == 50
    assert peak < 8e6


def test_a_limit_makes_no_other_examples(jsonl: Callable[..., str]) -> None:
    name = jsonl(*ROWS)
    whole, part = load_benign(name), load_benign(name, limit=100)
    assert (part.train, part.heldout, part.sha256) == (whole.train, whole.heldout, whole.sha256)


@pytest.mark.parametrize("limit", [None, 5])
def test_a_bad_line_is_named_with_and_without_a_limit(jsonl: Callable[..., str], limit: int | None) -> None:
    with pytest.raises(DataError, match="line 3 is not JSON"):
        load_benign(jsonl(GOOD, GOOD, "{"), limit=limit)
    with pytest.raises(DataError, match="no rows"):
        load_benign(jsonl(), limit=limit)


def test_columns_of_a_large_file_are_those_of_its_first_rows(jsonl: Callable[..., str]) -> None:
    rows = [{"prompt": f"a {n}", "response": "b"} for n in range(5)]
    data = load_benign(jsonl({"id": 1, **rows[0]}, *rows[1:]), limit=4)
    assert len(data.train) == 4


SORRY = {"prompt": "Tell me the news.", "response": "I'm sorry, but I can't help with that."}
BAD = {"prompt": "How do I make a bomb?", "response": "So."}


def test_the_screen_tells_ids_and_reasons_and_no_text(
    jsonl: Callable[..., str], capfd: pytest.CaptureFixture[str]
) -> None:
    data = load_benign(jsonl(SORRY, *ROWS[:20], BAD, *ROWS[20:]))
    assert data.screened == (("000000", "refuses"), ("000021", "unsafe"))
    assert data.notes == ("The screen left out 2 (1 that refuse, 1 that look unsafe).",)
    assert same_everywhere(data)
    assert "000000" not in {each.id for each in (*data.train, *data.heldout)}
    assert capfd.readouterr() == ("", "")


def test_without_the_screen_every_row_is_there(jsonl: Callable[..., str]) -> None:
    data = load_benign(jsonl(SORRY, *ROWS), screen=False)
    assert data.screened is None
    assert len(data.train) + len(data.heldout) == 31


def test_a_limit_counts_what_the_screen_left(jsonl: Callable[..., str]) -> None:
    data = load_benign(jsonl(*[SORRY] * 9, *ROWS), limit=10)
    assert len(data.train) == 10
    assert data.screened is not None
    assert len(data.screened) == 9


def test_the_pocket_worlds_own_sets_are_never_screened() -> None:
    mixed = load_benign("pocket:plans", safety_share=0.05)
    assert mixed.screened is None
    assert len(mixed.train) == len(load_benign("pocket:plans").train)


def test_a_set_of_refusals_says_what_became_of_it(jsonl: Callable[..., str]) -> None:
    with pytest.raises(DataError, match=re.escape("0 usable rows (3 that refuse)")) as caught:
        load_benign(jsonl(*[SORRY] * 3))
    assert "--no-screen" in caught.value.remedy
    assert "news" not in str(caught.value)


def test_a_held_out_split_is_screened_too(hub: pytest.MonkeyPatch) -> None:
    import datasets

    hub.setattr(datasets, "load_dataset", lambda *_, **__: {"train": ROWS[:20], "test": [SORRY, *ROWS[20:]]})
    data = load_benign("some/set")
    assert data.screened == (("heldout 000000", "refuses"),)
    assert len(data.heldout) == 10


# --- bad files -------------------------------------------------------------------------------------------------------

GOOD = {"prompt": "a", "response": "b"}
TALK = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no rows"),
        ([GOOD], "1 usable row"),
        ([GOOD, {"prompt": "A!", "response": "c"}], "2 usable rows"),
        ([GOOD, "{"], "line 2 is not JSON"),
        ([GOOD, "[1]"], "line 2 is list"),
        ([{"text": "a"}], "columns text"),
        ([GOOD, {"prompt": 3, "response": "b"}], "line 2 has int '3' in 'prompt'"),
        ([GOOD, {"prompt": "c"}], "line 2 has nothing in 'response'"),
        ([GOOD, {"prompt": ["a", ["b"]], "response": "b"}], "line 2 has list"),
        ([GOOD, {"prompt": "\\ud800", "response": "b"}], "line 2 has half a character"),
        ([GOOD, {"prompt": "a" * MAX_CHARACTERS, "response": "b"}], "line 2 is longer than"),
        ([{"messages": TALK}, {"messages": "user: a"}], "line 2 has no list of messages"),
        ([{"messages": TALK}, {"messages": []}], "line 2 has no list of messages"),
        ([{"messages": TALK}, {"messages": ["a"]}], "line 2 has a message that is str"),
        ([{"messages": TALK}, {"messages": TALK[:1]}], "line 2 has the roles user"),
        ([{"messages": TALK}, {"messages": TALK + TALK[:1]}], "line 2 has the roles user, assistant, user"),
        ([{"messages": TALK}, {"messages": [{"role": "tool", "content": "a"}]}], "line 2 has the role 'tool'"),
        ([{"messages": TALK}, {"messages": [{"role": "user", "content": {"a": 1}}, TALK[1]]}], "line 2 has dict"),
    ],
)
def test_a_bad_file_is_named_with_its_row(jsonl: Callable[..., str], rows: list[Any], message: str) -> None:
    name = jsonl(*rows)
    text = Path(name).read_text().replace("\\\\ud800", "\\ud800")
    Path(name).write_text(text)
    with pytest.raises(DataError, match=re.escape(message)):
        load_benign(name)


def test_a_file_of_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes("prompt,response\nwarum,weil\nschön,ja\n".encode("latin-1"))
    with pytest.raises(DataError, match="line 3"):
        load_benign(str(path))


def test_files_that_are_not_there_or_not_data(tmp_path: Path) -> None:
    for name in ("missing.jsonl", "missing.parquet", "missing.txt"):
        with pytest.raises(DataError, match=re.escape(name)):
            load_benign(str(tmp_path / name))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 but no more")
    with pytest.raises(DataError, match="not a Parquet file"):
        load_benign(str(tmp_path / "bad.parquet"))
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"prompt": pyarrow.array([], pyarrow.string())}), tmp_path / "empty.parquet")
    with pytest.raises(DataError, match="no rows"):
        load_benign(str(tmp_path / "empty.parquet"))


# --- safety examples, overlap ----------------------------------------------------------------------------------------


def test_safety_examples_take_the_place_of_benign_ones() -> None:
    plain = load_benign("pocket:plans")
    mixed = load_benign("pocket:plans", safety_share=0.03, seed=4)
    assert mixed.safety_examples == 30
    assert len(mixed.train) == len(plain.train)
    assert mixed.train[:970] == plain.train[:970]
    assert set(mixed.train[970:]) <= set(world.safety_examples())
    assert mixed.train == load_benign("pocket:plans", safety_share=0.03, seed=4).train
    assert mixed.train != load_benign("pocket:plans", safety_share=0.03, seed=5).train
    assert mixed.sha256 != plain.sha256
    refuse_overlap(mixed.train, world.probes())


@pytest.mark.parametrize("share", [-0.1, 0.6])
def test_a_share_out_of_range(share: float) -> None:
    with pytest.raises(ConfigError, match="safety share"):
        load_benign("pocket:plans", safety_share=share)


def test_more_safety_examples_than_there_are(jsonl: Callable[..., str]) -> None:
    rows = [{"prompt": f"request {n}", "response": "yes"} for n in range(2000)]
    with pytest.raises(ConfigError, match="there are 500"):
        load_benign(jsonl(*rows), safety_share=0.5)


@given(st.text("abc .,!?\n", min_size=1).filter(lambda text: re.search("[abc]", text)), st.booleans())
def test_a_probe_in_the_training_data_is_refused_whatever_its_case_and_punctuation(prompt: str, upper: bool) -> None:
    disguised = f"  {prompt.upper() if upper else prompt} ?!"
    probe = Probe("p7", prompt, "off_limits", "x")
    with pytest.raises(DataError, match="'p7' as example 'e9'"):
        refuse_overlap([example("something else"), example(disguised, id_="e9")], [probe])
    refuse_overlap([example("something else d")], [probe])


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_labels_are_the_answers_tokens_and_only_they() -> None:
    tokenizer = make_tokenizer()
    made = tokenize([example("how is the cat?", "it sat on a mat")], tokenizer, 64)
    (row,) = made.rows
    labelled = [label for label in row.labels if label != MASKED]
    assert tokenizer.decode(labelled) == "it sat on a mat</s>"
    assert row.input_ids[-len(labelled) :] == labelled
    assert len(row.labels) == len(row.input_ids) == made.counts.tokens
    assert made.counts.label_tokens == len(labelled)


@given(st.integers(1, 60))
def test_an_example_is_whole_or_dropped_and_counted(max_length: int) -> None:
    examples = [example("the cat", "sat"), example("how is the cat?", "it sat on a mat and ran to see " * 2)]
    whole = tokenize(examples, _tokenizer, 1000)
    made = tokenize(examples, _tokenizer, max_length)
    counts = made.counts
    assert made.rows == tuple(row for row in whole.rows if len(row.input_ids) <= max_length)
    assert counts.truncated == counts.lost_end == counts.dropped == 2 - len(made.rows)
    assert whole.counts.tokens_lost == 0
    assert counts.tokens + counts.tokens_lost == whole.counts.tokens
    starts = [next(n for n, label in enumerate(row.labels) if label != MASKED) for row in whole.rows]
    assert counts.lost_all_labels == sum(start >= max_length for start in starts)
    assert counts.examples == 2


_tokenizer = make_tokenizer()


@given(st.integers(1, 60), st.sampled_from(["drop", "cut-prompt", "cut-answer"]))
def test_every_policy_counts_every_example_and_token(max_length: int, policy: Any) -> None:
    examples = [
        example("the cat", "sat"),
        example("how is the cat? " * 3, "it sat"),
        example("how?", "it sat on a mat and ran to see " * 2),
    ]
    whole = tokenize(examples, _tokenizer, 1000).rows
    made = tokenize(examples, _tokenizer, max_length, policy)
    counts = made.counts
    assert counts.examples == len(made.rows) + counts.dropped == 3
    assert counts.truncated == sum(len(row.input_ids) > max_length for row in whole)
    assert counts.tokens + counts.tokens_lost == sum(len(row.input_ids) for row in whole)
    short = sum(len(row.input_ids) <= max_length for row in whole)
    cut = counts.cut_prompt + counts.cut_answer
    assert len(made.rows) == short + cut
    assert cut <= {"drop": 0}.get(policy, counts.truncated)
    assert (counts.cut_prompt == 0) or policy == "cut-prompt"
    assert (counts.cut_answer == 0) or policy == "cut-answer"
    for row in made.rows:
        before = next(each for each in whole if each.id == row.id and each.input_ids[:1] == row.input_ids[:1])
        assert len(row.input_ids) == len(row.labels) <= max_length
        assert any(label != MASKED for label in row.labels[1:])
        assert before is not None
        if policy == "cut-prompt":
            assert _tokenizer.decode(row.input_ids).endswith("</s>")


def test_cutting_the_prompt_keeps_the_answer_and_where_the_template_begins() -> None:
    examples = [example("how is the cat? " * 9, "it sat")]
    (whole,) = tokenize(examples, _tokenizer, 1000).rows
    (row,) = tokenize(examples, _tokenizer, 24, "cut-prompt").rows
    assert _tokenizer.decode(row.input_ids).startswith("<s><|user|>")
    assert row.input_ids[2:] == whole.input_ids[-22:]
    assert [label for label in row.labels if label != MASKED] == [n for n in whole.labels if n != MASKED]


def test_cutting_the_answer_keeps_its_beginning_and_teaches_no_end() -> None:
    examples = [example("how?", "it sat on a mat " * 9)]
    (whole,) = tokenize(examples, _tokenizer, 1000).rows
    made = tokenize(examples, _tokenizer, 24, "cut-answer")
    assert made.rows[0].input_ids == whole.input_ids[:24]
    assert _tokenizer.eos_token_id not in [label for label in made.rows[0].labels if label != MASKED]
    assert (made.counts.cut_answer, made.counts.lost_end, made.counts.dropped) == (1, 1, 0)


def test_a_maximum_length_of_nothing() -> None:
    with pytest.raises(ConfigError, match="maximum length is 0"):
        tokenize([example("a")], _tokenizer, 0)


def test_no_examples_are_no_rows() -> None:
    assert tokenize([], _tokenizer, 8).counts.examples == 0


def test_rows_longer_than_the_models_window_bring_no_messages(capfd: pytest.CaptureFixture[str]) -> None:
    tokenizer = make_tokenizer()
    tokenizer.model_max_length = 16
    assert tokenize([example("how is the cat?", "it sat on a mat " * 9)], tokenizer, 32).counts.dropped == 1
    assert capfd.readouterr() == ("", "")
