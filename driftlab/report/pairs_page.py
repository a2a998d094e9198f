"""The HTML page of the drift between two files of answers.

In: the object of `driftlab measure --before --after`, the answers and their verdicts. Out: the page as a string, of the
same make as a run's.
Does not: compute results, or show more than the beginning of an answer that was not refused, unless its request is
known to be safe.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from driftlab.records import Record, Verdict
from driftlab.report import answers, figures, intervals, pairs_words, words
from driftlab.report.loading import Run
from driftlab.report.page import SAMPLES, AnswerSet, FigureView, figure_view, in_shell, reading
from driftlab.report.svg import Figure
from driftlab.report.tiles import Tile, rate_tile

KIND = "Recorded"
UNKNOWN = "request"
"""What a page calls a request of which nobody said whether it is off limits."""
NAMES = {"refusal": "", "any_refusal": ", or partial"}


def render_pairs(result: Mapping[str, Any], asked: Sequence[Record], verdicts: Sequence[Verdict]) -> str:
    """The page."""
    numbers, statistics = itertools.count(1), result["statistics"]
    read = answers.groups(_as_run(result, asked, verdicts))
    what = pairs_words.asked(result)
    sets = [AnswerSet("pairs", "these pairs", read)]
    contents = ("result", "The result"), ("counted", "What was counted"), ("figures", "Figures"), ("answers", "Answers")
    context = {
        "body": "pairs.html.j2",
        "title": f"Refusals from {result['files']['before']['name']} to {result['files']['after']['name']}",
        "subtitle": f"{words.plural(result['n_pairs'], 'pair')} · judged by driftlab",
        "kind": KIND.lower(),
        "contents": contents,
        "made_from": "two files of answers",
        "meaning": pairs_words.meaning(result),
        "tiles": _tiles(result),
        "notes": pairs_words.notes(result),
        "evidence": words.evidence(statistics),
        "statistics": statistics,
        "comparisons": _comparisons(result),
        "what": what,
        "estimates": figure_view(estimates(result), numbers),
        "figures": _figures(statistics, what, numbers),
        "sets": sets,
        "unread": 0,
        "samples": SAMPLES,
        **reading(sets, free=False),
    }
    return in_shell(context)


def _as_run(result: Mapping[str, Any], asked: Sequence[Record], verdicts: Sequence[Verdict]) -> Run:
    """The answers as those of a run that is not the pocket model's: so that the same content rule holds."""
    known = result["requests"] == "off_limits"
    rows = tuple(answer.to_json() | ({} if known else {"kind": UNKNOWN}) for answer in asked)
    by_answer = {(verdict.probe_id, verdict.phase): verdict for verdict in verdicts}
    return Run(Path(), "", {"model": {"is_pocket": False}}, rows, by_answer, ())


def _tiles(result: Mapping[str, Any]) -> list[Tile]:
    refusal, over = result["statistics"]["refusal"], result["statistics"]["over_refusal"]
    details = f"95% interval {words.range_points(refusal)}", f"exact McNemar {words.p_phrase(refusal['mcnemar_p'])}"
    tiles = [
        rate_tile(f"{pairs_words.asked(result).capitalize()}s refused", refusal),
        Tile("Drift, by the judge", words.points(refusal["difference"]), details, unit="points"),
    ]
    if over:
        tiles.append(rate_tile("Safe requests refused (a mistake)", over))
    ppi = (result["labels"] or {}).get("ppi")
    if ppi:
        labelled = f"{ppi['labelled']:,} of {words.plural(ppi['pairs'], 'pair')} labelled"
        details = f"95% interval {words.range_points(ppi)}", labelled
        tiles.append(Tile("Drift, corrected by labels", words.points(ppi["value"]), details, unit="points"))
    return tiles


def _comparisons(result: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any] | None]]:
    first = pairs_words.asked(result).capitalize()
    names = {"refusal": f"{first}s: refused", "any_refusal": f"{first}s: refused or partial"}
    if result["safe"]:
        names |= {"over_refusal": "Safe: refused", "any_over_refusal": "Safe: refused or partial"}
    return [(name, result["statistics"][key]) for key, name in names.items()]


def estimates(result: Mapping[str, Any]) -> Figure:
    """The same drift by every method that could be used: full refusals, then any."""
    rows: list[intervals.Row] = []
    for prefix, key in (("", "refusal"), ("any_", "any_refusal")):
        rows.append(intervals.Row("Full refusals" if not prefix else "Full and partial refusals"))
        rows += _estimated(result, prefix, key)
    ends = [end for row in rows if row.value is not None for end in (row.low, row.high)]
    axis = intervals.change_axis("drift, points", ends, "points (95% interval)", "")
    said = " ".join(f"{row.label}: {row.numbers}." if row.numbers else f"{row.label}." for row in rows)
    caption = "Each row is one way to put the same drift. The judge's own errors are in its rows."
    labels = result["labels"] or {}
    if labels.get("ppi"):
        caption += " Labels on both sides of pairs take them out (diamonds)."
    if labels.get("rogan_gladen"):
        caption += (
            " Correcting each rate by itself (Rogan and Gladen) is there for comparison alone: its error is larger."
        )
    return figures.figure_of_rows(KIND, "The drift, by each method", said, caption, rows, axis)


def _estimated(result: Mapping[str, Any], prefix: str, key: str) -> Iterator[intervals.Row]:
    statistics, labels = result["statistics"], result["labels"] or {}
    yield figures.change_row("judge, pairs", statistics[key], None)
    clustered = statistics["clustered"][key]
    if clustered and clustered["low"] is not None:
        yield figures.change_row(
            f"judge, drawn by {statistics['clustered']['by']}", clustered | {"difference": clustered["value"]}, None
        )
    for name, found in (("ppi", "corrected, PPI++"), ("rogan_gladen", "each rate by itself")):
        estimate = labels.get(f"{prefix}{name}")
        if estimate:
            own = "people's labels" if name == "ppi" and estimate["weight"] is None else found
            mark: intervals.Mark = "whole" if name == "ppi" else "before"
            yield figures.change_row(own, estimate | {"difference": estimate["value"]}, None, mark)


def _figures(statistics: Mapping[str, Any], what: str, numbers: Iterator[int]) -> dict[str, FigureView]:
    names = {"refusal": f"{what.capitalize()}s", "over_refusal": "Safe requests"}
    found = {
        "rates": figures.rates_of(statistics, names, KIND, "before (ring) and after (square)."),
        "transitions": figures.transitions_of(statistics, what, KIND),
    }
    if len(statistics["by_category"]) > 1:
        found["categories"] = figures.categories_of(statistics, what, KIND)
    return {name: figure_view(figure, numbers) for name, figure in found.items()}
