"""Lab 4's checks, judged by the bank; the slips of a report, and the bands of its random interval."""

import random
from typing import ClassVar

import record_lab4
from hypothesis import given, settings
from hypothesis import strategies as st
from judged_by_bank import JudgedByBank

from autograder.checks.lab4.public import report_slips, reporting, test_report
from driftlab.judge import judge_text
from driftlab.transcripts.studies import study


class TestLab4(JudgedByBank):
    LAB = "lab4"
    RECORDER: ClassVar = record_lab4
    ASKED_BY: ClassVar = {"kl_of": "lab4.kl"}
    ONE_SEED = frozenset({"lab4.report"})
    CONSTANTS = (
        "None", "0", "1.0", "0.5", "True", "False", "''", "'refused'", "'complied'", "'partial'", "'unparseable'",
        "[]", "{}", "float('nan')", "[0.0, 1.0]", "[0, 0]", "(None, None)", "['refused'] * 60", "['complied'] * 60",
        "{'n': 0, 'accuracy': 1.0, 'kappa': None}", "{'refusal': None, 'over_refusal': None, 'unparseable': None}",
        "{'both': 0, 'lost': 0, 'gained': 0, 'neither': 0, 'dropped': 0}", "{'false_alarm': '', 'missed': ''}",
    )  # fmt: skip


def test_every_slip_of_a_report_has_a_sentence() -> None:
    rows = [{**row, "label_before": "refused", "label_after": "complied"} for row in study("a")]
    before, after = ([str(judge_text(row[side]).outcome) for row in rows] for side in ("before", "after"))
    judged = report_slips.Judged(rows, before, after, ["complied"] * len(rows), ["refused"] * len(rows))
    assert {name for name, _ in report_slips.slips(judged)} == set(test_report.SENTENCES) - {"judge-first"}


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(3, 4)), min_size=8, max_size=30), st.integers(0, 2**32))
def test_any_generators_interval_lies_in_its_band(groups: list[tuple[int, int]], seed: int) -> None:
    rng, means = random.Random(seed), []  # noqa: S311  draws
    for _ in range(2_000):
        drawn = rng.choices(groups, k=len(groups))
        means.append(sum(net for net, _ in drawn) / sum(size for _, size in drawn))
    means.sort()
    got = [means[49], means[1949]]
    assert reporting.drawn(tuple(sorted(groups))).settled(got) == got
