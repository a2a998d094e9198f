"""Cutting at a maximum length: what is lost adds up, other ways to batch keep their promises, bad files are named."""

import dataclasses
import io
import itertools
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from driftlab.architectures import known_architecture
from driftlab.budget import T4_USABLE_BYTES, Budget, Fits, estimate
from driftlab.chat import open_tokenizer
from driftlab.cited import cite
from driftlab.config import LLAMA2_7B_2XT4, RunConfig
from driftlab.data import load_benign, tokenize
from driftlab.errors import ConfigError, CourseError, DataError
from driftlab.lengths import counting, table
from driftlab.lengths.counting import Example, LengthSource, audit, expected_padded, histogram, pack, sorted_padded
from driftlab.lengths.saving import Choice, choices, in_words, of_audit
from driftlab.lengths.sources import LARGEST, from_benign, read_lengths
from driftlab.models import describe
from driftlab.pocket import model_dir

SHAPE = known_architecture("llama-2-7b")
LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=40)


@st.composite
def sources(draw: st.DrawFn) -> LengthSource:
    examples = []
    for length in draw(LENGTHS):
        prompt = draw(st.integers(0, length))
        labels = max(0, length - max(prompt, 1))
        examples.append(Example(length, prompt, labels, draw(st.booleans())))
    return LengthSource("drawn", tuple(examples))


def predicted(config: RunConfig) -> Budget:
    return estimate(SHAPE, config)


def of(*counts: int) -> LengthSource:
    return LengthSource("given", tuple(Example(count) for count in counts))


# --- what a cut does -------------------------------------------------------------------------------------------------


def test_a_cut_counts_examples_tokens_ends_and_labels() -> None:
    rows = (
        Example(10, 4, 6, True),  # fits exactly
        Example(14, 9, 5, True),  # loses its end, keeps a label
        Example(30, 10, 20, True),  # keeps the prompt alone
        Example(12, 3, 9, False),  # is cut, and had no end to lose
        Example(5, 5, 0, True),  # had no label before
    )
    made = audit(LengthSource("five", rows), 10, 2)
    assert (made.examples, made.tokens, made.longest, made.median) == (5, 71, 30, 12)
    assert (made.cut, made.tokens_lost, made.tokens_kept) == (3, 4 + 20 + 2, 45)
    assert (made.lost_end, made.no_label, made.never_labelled) == (2, 2, 1)
    assert (made.dropped.examples, made.dropped.tokens) == (4, 14 + 30 + 12 + 5)
    assert made.cut_share == 3 / 5
    assert made.tokens_lost_share == 26 / 71


@given(sources(), st.integers(1, 70), st.integers(1, 9))
def test_what_is_lost_and_what_is_kept_is_all_there_was(source: LengthSource, max_length: int, batch: int) -> None:
    made = audit(source, max_length, batch)
    assert made.tokens_lost + made.tokens_kept == made.tokens == sum(each.length for each in source.examples)
    assert 0 <= made.lost_end <= made.cut <= made.dropped.examples <= made.examples
    assert made.never_labelled is not None
    assert made.no_label is not None
    assert made.never_labelled <= made.no_label <= made.never_labelled + made.cut
    for way in made.alternatives:
        assert way.tokens - way.padding == made.tokens_kept
        assert way.passes == math.ceil(way.rows / batch)
        assert way.padding >= 0
        assert way.longest_batch <= batch * max_length
        assert way.tokens <= way.passes * way.longest_batch


@given(sources(), st.integers(1, 70), st.integers(0, 30), st.integers(1, 9))
def test_a_longer_maximum_loses_no_more_and_computes_no_less(
    source: LengthSource, max_length: int, more: int, batch: int
) -> None:
    short, long = (audit(source, length, batch) for length in (max_length, max_length + more))
    for name in ("cut", "tokens_lost", "lost_end", "no_label"):
        assert getattr(long, name) <= getattr(short, name)
    assert long.dropped.examples <= short.dropped.examples
    for less, full in zip(short.alternatives[:2], long.alternatives[:2], strict=True):
        assert (less.name, less.passes) == (full.name, full.passes)
        assert less.tokens <= full.tokens + 1  # the mean is rounded
        assert less.longest_batch <= full.longest_batch


def test_the_first_token_is_never_learnt() -> None:
    """Nothing predicts it: an example of one token teaches nothing, though all of it is an answer."""
    assert audit(LengthSource("x", (Example(1, 0, 0), Example(2, 0, 1))), 2, 1).no_label == 1
    assert audit(LengthSource("x", (Example(9, 0, 8),)), 1, 1).no_label == 1


def test_percentiles_are_lengths_that_an_example_has() -> None:
    made = audit(of(*range(1, 101)), 50, 4)
    assert (made.median, made.p90, made.p99, made.longest) == (50, 90, 99, 100)
    assert audit(of(7), 50, 4).p99 == 7


def test_what_is_not_known_is_not_counted_and_said() -> None:
    made = audit(LengthSource("x", (Example(9), Example(30, 4, 26))), 10, 1)
    assert made.no_label is None
    assert made.never_labelled is None
    assert made.lost_end == 1
    said = " ".join(made.notes)
    assert "Where answers begin is not known" in said
    assert "taken to end" in said
    assert "drops an example that does not fit" in said
    known = " ".join(audit(LengthSource("x", (Example(30, 4, 26, True),)), 10, 1).notes)
    assert "not known" not in known
    assert "taken to end" not in known


def test_a_set_that_was_cut_before_it_was_counted_is_told() -> None:
    told = "look cut already"
    assert told in " ".join(audit(of(*range(400, 500), 1024, 1024), 1024, 1).notes)
    assert told not in " ".join(audit(of(*range(400, 500), 1024, 1024, 1025), 1024, 1).notes)
    assert told not in " ".join(audit(of(*range(400, 500), 1024), 1024, 1).notes)


@pytest.mark.parametrize(("max_length", "batch"), [(0, 1), (-5, 1), (8, 0)])
def test_a_length_or_a_batch_of_nothing(max_length: int, batch: int) -> None:
    with pytest.raises(ConfigError, match="at least 1"):
        audit(of(3), max_length, batch)


def test_no_examples() -> None:
    with pytest.raises(DataError, match="no examples"):
        audit(LengthSource("none", ()), 8, 1)


def test_an_audit_is_json() -> None:
    made = audit(of(3, 9, 2000), 8, 2)
    row = json.loads(json.dumps(made.to_json(), allow_nan=False))
    assert row["tokens_lost"] == made.tokens_lost
    assert row["histogram"]["counts"] == list(made.histogram.counts)
    assert [way["name"] for way in row["alternatives"]] == [counting.RANDOM, counting.SORTED, counting.PACKED]


# --- the histogram ---------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=60), st.integers(1, 6000))
def test_every_example_is_in_one_bar_and_no_bar_crosses_the_cut(counts: list[int], max_length: int) -> None:
    bars = histogram(counts, max_length)
    assert sum(bars.counts) + bars.beyond == len(counts)
    for (low, high), count in zip(itertools.pairwise(bars.edges), bars.counts, strict=True):
        assert low < high
        assert count == sum(low < length <= high for length in counts)
    assert max_length in bars.edges or max_length > bars.edges[-1] > 0
    if max_length > bars.edges[-1]:
        assert max(counts) <= bars.edges[-1]
    assert len(bars.counts) <= counting.BARS + 2
    widths = {high - low for low, high in itertools.pairwise(bars.edges[1:])}
    assert len(widths) <= 1


def test_a_few_giants_do_not_flatten_the_rest() -> None:
    bars = histogram([*range(100, 1100), 1_000_000], 1024)
    assert bars.beyond == 1
    assert bars.edges[-1] < 4 * 1024
    assert 1024 in bars.edges


# --- other ways to batch ---------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.integers(1, 4))
@settings(max_examples=60)
def test_random_batches_are_the_mean_over_all_orders(counts: list[int], batch: int) -> None:
    def padded(order: tuple[int, ...]) -> int:
        batches = [order[n : n + batch] for n in range(0, len(order), batch)]
        return sum(len(rows) * max(rows) for rows in batches)

    orders = [padded(order) for order in itertools.permutations(counts)]
    assert expected_padded(counts, batch) == pytest.approx(sum(orders) / len(orders))


@given(LENGTHS, st.integers(1, 9))
def test_sorting_pads_little_however_many_examples(counts: list[int], batch: int) -> None:
    padding = sorted_padded(counts, batch) - sum(counts)
    assert 0 <= padding <= (batch - 1) * (max(counts) - min(counts))
    whole = counts * batch  # no batch is left over: only then is sorting the best that any order can do
    assert sorted_padded(whole, batch) <= expected_padded(whole, batch) + 1e-6


@given(LENGTHS, st.integers(0, 60))
def test_packed_rows_hold_everything_and_never_too_much(counts: list[int], more: int) -> None:
    capacity = max(counts) + more
    rows = pack(counts, capacity)
    assert sorted(itertools.chain(*rows)) == sorted(counts)
    assert all(0 < sum(row) <= capacity for row in rows)
    assert all(sum(one) + sum(other) > capacity for one, other in itertools.combinations(rows, 2))
    assert rows == pack(list(reversed(counts)), capacity)
    assert rows == first_fit_decreasing(counts, capacity)


def first_fit_decreasing(counts: list[int], capacity: int) -> list[list[int]]:
    """The textbook's way, which looks through all rows for each length."""
    rows: list[list[int]] = []
    for length in sorted(counts, reverse=True):
        row = next((row for row in rows if sum(row) + length <= capacity), None)
        if row is None:
            rows.append([length])
        else:
            row.append(length)
    return rows


def test_nothing_that_is_too_long_is_packed() -> None:
    assert pack([], 8) == []
    with pytest.raises(ConfigError, match="9 does not fit 8"):
        pack([3, 9], 8)


def test_a_hundred_thousand_different_lengths_need_no_search_through_all_rows() -> None:
    """Steps of the search, not seconds: looking through the rows one by one would take thousands of steps a length."""
    chance = random.Random(0)  # noqa: S311
    counts = [chance.randint(1, 131_072) for _ in range(20_000)]
    steps = 0

    class Room(list[int]):
        def __getitem__(self, at: Any) -> Any:
            nonlocal steps
            steps += 1
            return super().__getitem__(at)

    room = Room([131_072] * (2 << 15))
    for length in counts:
        counting._take(room, (1 << 15) + counting._first_with_room(room, 1 << 15, length), length)
    assert steps < 80 * len(counts)


# --- reading files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("a.txt", "12\n\n 7 \n", [Example(12), Example(7)]),
        ("lengths", "12\r\n7", [Example(12), Example(7)]),
        ("a.csv", "12\n7\n", [Example(12), Example(7)]),
        ("a.jsonl", "12\n7\n", [Example(12), Example(7)]),
        ("a.csv", "\ufefflength\n12\n7.0\n", [Example(12), Example(7)]),
        ("a.csv", "id,Tokens\nx,12\ny,7\n", [Example(12), Example(7)]),
        ("a.tsv", "tokens\tprompt\n12\t5\n7\t0\n", [Example(12, 5, 7), Example(7, 0, 6)]),
        ("a.csv", "length,prompt_tokens\n12,12\n", [Example(12, 12, 0)]),
        ("a.jsonl", '{"length": 9, "prompt": 5}\n{"tokens": 7, "prompt": 1}', [Example(9, 5, 4), Example(7, 1, 6)]),
        ("a.jsonl", '{"length": 12, "prompt": null}', [Example(12)]),
        ("a.jsonl", '{"input_ids": [5, 6, 7]}', [Example(3)]),
        ("a.jsonl", '{"input_ids": [5, 6, 7], "labels": [-100, -100, 7]}', [Example(3, 2, 1)]),
        ("a.jsonl", '{"input_ids": [5, 6], "labels": [5, 6]}', [Example(2, 1, 1)]),
        ("a.jsonl", '{"input_ids": [5, 6], "labels": [-100, -100]}', [Example(2, 2, 0)]),
        (
            "a.jsonl",
            '{"input_ids": [5, 6, 0, 0], "labels": [-100, 6, -100, -100], "attention_mask": [1, 1, 0, 0]}',
            [Example(2, 1, 1)],
        ),
    ],
)  # fmt: skip
def test_files_of_lengths(tmp_path: Path, name: str, text: str, wanted: list[Example]) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    read = read_lengths(path)
    assert list(read.examples) == wanted
    assert read.name == name


def test_the_end_of_sequence_is_the_token_that_most_rows_end_with(tmp_path: Path) -> None:
    path = tmp_path / "tokens.jsonl"
    rows = [[4, 5, 2], [4, 2], [4, 5, 6, 7], [4, 9, 2]]
    path.write_text("\n".join(json.dumps({"input_ids": row, "labels": row}) for row in rows))
    read = read_lengths(path)
    assert [each.ends for each in read.examples] == [True, True, False, True]
    assert "Token 2, the last of 3 of 4 rows" in read.notes[0]
    assert audit(read, 2, 1).lost_end == 2
    path.write_text("\n".join(json.dumps({"input_ids": [1, last], "labels": [1, last]}) for last in range(4)))
    assert [each.ends for each in read_lengths(path).examples] == [None] * 4


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "", "is empty"),
        ("a.txt", "\n \n", "is empty"),
        ("a.txt", "12\n0\n", "line 2 has 0 as the length, less than 1"),
        ("a.txt", "12\n\n-3\n", "line 3 has -3 as the length, less than 1"),
        ("a.txt", "12\n3.5\n", "line 2 has '3.5' as the length, not a whole number"),
        ("a.txt", "1,024\n", "line 1 has '1,024' as the length, not a whole number"),
        ("a.txt", "12\nlong\n", "line 2 has 'long' as the length, not a whole number"),
        ("a.txt", f"{LARGEST + 1}\n", f"more than {LARGEST:,}"),
        ("a.txt", "9" * 6000, f"more than {LARGEST:,}"),
        ("a.txt", "12 words\n", "not a file that can be read as a table"),
        ("a.csv", "length\n12\n\n0\n", "line 4 has 0 as length"),
        ("a.csv", "length,prompt\n12,13\n", "line 2 has a prompt of 13 tokens in an example of 12"),
        ("a.csv", "length,prompt\n12,-1\n", "line 2 has -1 as prompt, less than 0"),
        ("a.csv", "length,prompt\n12,\n", "line 2 has nothing as prompt"),
        ("a.csv", "words\n12\n", "line 2 has none of length, tokens, input_ids among words"),
        ("a.csv", "length\n", "has no rows"),
        ("a.jsonl", '{"length": 12}\n{"length": true}', "line 2 has True as length"),
        ("a.jsonl", '{"length": NaN}', "line 1 has nan as length"),
        ("a.jsonl", '{"length": [3]}', "line 1 has [3] as length"),
        ("a.jsonl", '{"length": null}', "line 1 has nothing as length"),
        ("a.jsonl", '{"length": 12}\n{"length": ', "line 2 is not JSON"),
        ("a.jsonl", '{"length": 12}\n' + "[" * 100_000, "line 2 is not JSON"),
        ("a.jsonl", '{"length": 12}\n[7]', "line 2 is list"),
        ("a.jsonl", '{"length": 12, "prompt": 3}\n{"length": 12}', "in 1 of 2 rows; row 2 does not"),
        ("a.jsonl", '{"input_ids": []}', "line 1 has no token"),
        ("a.jsonl", '{"input_ids": [1, 2], "attention_mask": [0, 0]}', "line 1 has no token"),
        ("a.jsonl", '{"input_ids": "1 2"}', "line 1 has input_ids that are not a list of whole numbers"),
        ("a.jsonl", '{"input_ids": [1, 2], "labels": [1]}', "line 1 has 2 input_ids and 1 labels"),
        ("a.jsonl", '{"input_ids": [1, 2], "labels": [1, "2"]}', "line 1 has labels that are not"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        read_lengths(path)
    assert message in caught.value.problem
    assert name in caught.value.problem
    assert caught.value.remedy


def test_files_that_are_not_there_or_not_text(tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes(b"12\n7\n\xe9\n")
    for path in (tmp_path / "missing.txt", tmp_path, tmp_path / "latin.txt"):
        with pytest.raises(DataError, match=path.name):
            read_lengths(path)


# --- sets as a model reads them --------------------------------------------------------------------------------------


@pytest.mark.parametrize("max_length", [8, 20, 45, 52, 1000])
def test_the_audit_counts_what_training_counts(max_length: int) -> None:
    data = load_benign("pocket:plans", limit=80)
    tokenizer = open_tokenizer(model_dir(), "pocket", describe("pocket"))
    trained = tokenize(data.train, tokenizer, max_length).counts
    made = audit(from_benign("pocket:plans", "pocket", limit=80), max_length, 8)
    assert (made.examples, made.cut, made.lost_end) == (trained.examples, trained.truncated, trained.lost_end)
    assert made.no_label == trained.lost_all_labels
    assert made.dropped.examples == trained.dropped
    assert made.tokens - made.dropped.tokens == trained.tokens


def test_a_set_of_ones_own_is_counted_in_the_models_template(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    rows = [{"prompt": f"Say {n}.", "response": "word " * n} for n in range(1, 31)]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    read = from_benign(str(path), "pocket")
    assert len(read.examples) == 27
    assert "held-out examples are not counted" in read.notes[0]
    assert all(each.ends and each.labels and each.prompt for each in read.examples)
    assert all(each.prompt + each.labels == each.length for each in read.examples if each.prompt and each.labels)


# --- memory ----------------------------------------------------------------------------------------------------------


def test_for_the_published_lengths_checkpointing_decides_and_the_cut_does_not() -> None:
    known = cite("published_run.length")
    longest, cut = int(known.value("longest")), int(known.value("cut"))
    training = dataclasses.replace(LLAMA2_7B_2XT4.training, max_length=cut)
    found = choices(longest, dataclasses.replace(LLAMA2_7B_2XT4, training=training), predicted, T4_USABLE_BYTES)
    fits = {(choice.max_length, choice.checkpointing): choice.fits for choice in found}
    assert fits == {(1024, True): "yes", (2709, True): "yes", (1024, False): "no", (2709, False): "no"}
    assert in_words(found).startswith("Checkpointing decides here, not the cut")


def test_a_sets_choices_are_predicted_at_its_own_batch_and_length() -> None:
    asked = []

    def predict(config: RunConfig) -> Budget:
        asked.append((config.training.max_length, config.training.batch_size, config.training.gradient_checkpointing))
        return predicted(config)

    made = of_audit(audit(of(100, 700), 512, 3), LLAMA2_7B_2XT4, predict, T4_USABLE_BYTES)
    assert asked == [(512, 3, False), (512, 3, True), (700, 3, False), (700, 3, True)]
    assert [choice.whole for choice in made] == [False, False, True, True]
    short = of_audit(audit(of(100, 300), 512, 3), LLAMA2_7B_2XT4, predict, T4_USABLE_BYTES)
    assert [(choice.max_length, choice.whole) for choice in short] == [(300, True), (300, True)]


@pytest.mark.parametrize(
    ("fits", "said"),
    [
        (("yes", "yes", "yes", "yes"), "no reason to cut"),
        (("yes", "yes", "no", "yes"), "Either is enough"),
        (("close", "yes", "no", "yes"), "surer way"),
        (("no", "yes", "no", "yes"), "Checkpointing decides"),
        (("no", "yes", "no", "close"), "cut examples fit, and only with checkpointing; whole ones may just"),
        (("yes", "yes", "no", "no"), "cut examples fit, even without checkpointing; whole ones do not fit"),
        (("no", "close", "no", "no"), "None of these is sure to fit"),
        ((None, None, "no", "yes"), "No example is longer than the cut"),
        ((None, None, "yes", "yes"), "no reason to cut"),
        ((None, None, "no", "no"), "None of these is sure to fit"),
    ],
)  # fmt: skip
def test_what_the_choices_come_to(fits: tuple[Fits | None, ...], said: str) -> None:
    found = [
        Choice(9, whole, checkpointing, 1, fit)
        for (whole, checkpointing), fit in zip(itertools.product((False, True), repeat=2), fits, strict=True)
        if fit is not None
    ]
    assert said in in_words(tuple(found))


# --- in a terminal ---------------------------------------------------------------------------------------------------


def shown(made: counting.LengthAudit, **more: Any) -> str:
    console = Console(width=80, no_color=True, record=True, file=io.StringIO(), _environ={})
    console.print(table.lengths_table(made, **more))
    return console.export_text()


def many(count: int, scale: int) -> LengthSource:
    chance = random.Random(count)  # noqa: S311
    drawn = (max(2, int(chance.lognormvariate(5, 1) * scale)) for _ in range(count))
    return LengthSource("many.csv", tuple(Example(n, n // 2, n - max(1, n // 2), True) for n in drawn))


@pytest.mark.parametrize(
    "made",
    [
        audit(of(2709), 1024, 1),
        audit(of(1), 1024, 1),
        audit(of(1), 1, 1),
        audit(of(*range(1, 200)), 10, 3),
        audit(many(3000, 1), 1024, 16),
        audit(many(3000, 4000), 131_072, 1024),
        audit(many(300, 1), 1, 2),
    ],
)
def test_the_table_fits_80_columns_and_says_every_count(made: counting.LengthAudit) -> None:
    memory = of_audit(made, LLAMA2_7B_2XT4, predicted, T4_USABLE_BYTES)
    text = shown(made, memory=memory, usable=T4_USABLE_BYTES)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "…" not in text
    joined = " ".join(text.split())
    for number in (made.cut, made.tokens_lost, made.lost_end, made.dropped.tokens):
        assert f"{number:,}" in joined
    for way in made.alternatives:
        assert f"{way.passes:,} {way.tokens:,} {100 * way.padding_share:.1f}% {way.longest_batch:,}" in joined
    assert in_words(memory) in joined
    for note in made.notes:
        assert note in joined


def test_the_pictures_bars_are_as_high_as_their_counts_and_the_cut_stands_between() -> None:
    made = audit(of(*[4] * 8, *[12] * 4, 20), 16, 1)
    lines = table.picture(made).plain.splitlines()
    wide = 2 if len(made.histogram.counts) <= 30 else 1
    at = lines[0].index("┃")
    edge = made.histogram.edges.index(16)
    assert all(line[at] == "┃" for line in lines[: table.LINES])
    assert at == lines[0].index("│") + 1 + edge * wide
    assert lines[3][:at].count("█") == wide  # half way up only the highest bar is left
    assert lines[table.LINES - 1][at:].count("█") == wide  # one of eight is one line high


def test_a_cut_that_nothing_reaches_is_said_not_drawn() -> None:
    text = shown(audit(of(40, 50, 60), 256, 2))
    assert "┃" not in text
    assert "None is longer than the cut at 256." in " ".join(text.split())


def test_a_name_cannot_write_to_the_terminal() -> None:
    assert "\x1b" not in shown(audit(LengthSource("a\x1b[31m", (Example(3),), ("b\x1b[0m",)), 2, 1))


def test_errors_say_what_to_do() -> None:
    with pytest.raises(CourseError) as caught:
        audit(of(3), 0, 1)
    assert caught.value.remedy == "Give at least 1."
