"""This course's memory estimate beside other public calculators, on the same measured runs.

    ./lab python benchmarks/estimators.py [--records FILE] [--trace] [--json] [--write]

Every tool is asked about every run, with the options that suit the run best. What it says the tensors take is held
against the allocator's peak. Its total, which has CUDA's share and fragments too, is held against the measured field
that it means, and, since totals are often read so, against the allocator's peak as well. The verdict is whether the
run fits into a T4's 14.74 GiB; what the allocator's luck decides counts as wrong for nobody.
--trace also traces every run, which takes some minutes. Two calculators are called only where they are installed: pip
install fitcheck-llm==0.3.1 canifinetune==0.4.1.
--write keeps the numbers in recorded/estimators.json; otherwise they are held against that file, and the exit status
is 1 if they differ. Does not: measure anything, or hold any run's measurement in what it writes.
"""

import argparse
import hashlib
import json
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from memory_peers.called import NotInstalledError
from memory_peers.measured import Case, read_cases
from memory_peers.tools import TOOLS, Answer, Tool, Whole

from driftlab.errors import CourseError

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ROOT.parent / "shared" / "truth" / "qlora_peak_memory_h200.jsonl"
RECORDED = ROOT / "recorded" / "estimators.json"
COMMAND = "./lab python benchmarks/estimators.py --trace --write"
WHAT = (
    "Errors of memory calculators on 46 peaks, measured on one H200 with a T4's attention kernels, of Llama-2-7B and "
    "TinyLlama with random weights: medians and the like, as shares of the measured value. Regime A: embeddings, head "
    "and norms in fp16; B: in fp32. tensors: against the allocator's peak; total: against the field that the total "
    "is of. Verdicts are about 14.74 GiB. Two coefficients of driftlab's were measured on these and other runs, "
    "which favours it; the other tools have their authors' own. The measured peaks are not in the repository."
)
LOW = -0.05
"""An error below this is "too low": the run may die although the tool said that it fits."""
GROUPS: dict[str, Callable[[Case], bool]] = {
    "all": lambda case: True,
    "B, checkpointing": lambda case: case.fp32_rest and case.checkpointing,
    "B, none": lambda case: case.fp32_rest and not case.checkpointing,
    "A, checkpointing": lambda case: not case.fp32_rest and case.checkpointing,
    "A, none": lambda case: not case.fp32_rest and not case.checkpointing,
}
MEASURED: dict[Whole, Callable[[Case], int]] = {
    "process": lambda case: case.device_used,
    "process on a T4": lambda case: case.process_on_t4,
    "reserved": lambda case: case.peak_reserved,
}


class Pair(NamedTuple):
    """A run and what a tool says of it."""

    case: Case
    answer: Answer


def main() -> int:
    """Compare, print, and write or check the recorded numbers."""
    options = _options()
    try:
        if options.write and options.records != RECORDS:
            raise CourseError(
                f"--write does not go with --records {str(options.records)!r}.",
                f"recorded/{RECORDED.name} is about {RECORDS.name}. Leave out one of them; --json prints the numbers.",
            )
        cases = read_cases(options.records)
    except CourseError as trouble:
        print(trouble, file=sys.stderr)
        return 2
    digest = hashlib.sha256(options.records.read_bytes()).hexdigest()
    rows = [compare(tool, cases, slow=options.trace) for tool in TOOLS]
    print(json.dumps(rows, indent=1) if options.json else table(rows, cases))
    if options.write:
        record = {"kind": "recorded", "what": WHAT, "command": COMMAND, "records_sha256": digest}
        RECORDED.write_text(json.dumps({**record, "tools": keep(rows, digest)}, indent=1) + "\n", encoding="utf-8")
        return 0
    differing = disagreements(rows, digest)
    for name in differing:
        print(f"{name}: not what {RECORDED.name} has. To keep the new numbers: {COMMAND}", file=sys.stderr)
    return 1 if differing else 0


def compare(tool: Tool, cases: Sequence[Case], *, slow: bool = False) -> dict[str, Any]:
    """One tool's errors and verdicts; with a `missing` instead of numbers where it was not asked or is not there."""
    about = {"tool": tool.name, "version": tool.version, "licence": tool.licence, "covers": tool.covers}
    about |= {"how": tool.how}
    if tool.slow and not slow:
        return {**about, "missing": "it takes some minutes: --trace"}
    try:
        pairs = [Pair(case, tool.ask(case)) for case in cases]
    except NotInstalledError as missing:
        return {**about, "missing": str(missing)}
    numbers: dict[str, Any] = {**about, "tensors": {}, "models": {}, "total": None}
    for name, belongs in GROUPS.items():
        numbers["tensors"][name] = errors(_tensors(pair) for pair in pairs if belongs(pair.case))
    for model in dict.fromkeys(case.model for case in cases):
        numbers["models"][model] = errors(_tensors(pair) for pair in pairs if pair.case.model == model)
    if tool.whole is not None:
        of = MEASURED[tool.whole]
        numbers["total"] = {
            "of": tool.whole,
            **errors((pair.answer.total or 0) / of(pair.case) - 1 for pair in pairs),
            "against_peak_alloc": errors((pair.answer.total or 0) / pair.case.peak_alloc - 1 for pair in pairs),
        }
    return {**numbers, "verdicts": verdicts(pairs)}


def _tensors(pair: Pair) -> float:
    return pair.answer.tensors / pair.case.peak_alloc - 1


def errors(values: Iterable[float]) -> dict[str, Any]:
    """How many, the median of their sizes, the largest with its sign, and the share that is too low."""
    found: list[float] = list(values)
    if not found:
        return {"n": 0, "median": None, "worst": None, "too_low": None}
    return {
        "n": len(found),
        "median": round(statistics.median(abs(value) for value in found), 4),
        "worst": round(float(max(found, key=float.__abs__)), 4),
        "too_low": round(sum(value < LOW for value in found) / len(found), 4),
    }


def verdicts(pairs: Sequence[Pair]) -> dict[str, int]:
    """How often a tool was wrong about a T4, how often of these it promised what fails, and how often undecided."""
    hopeful = sum(pair.answer.fits == "yes" and pair.case.fits_t4 == "no" for pair in pairs)
    fearful = sum(pair.answer.fits == "no" and pair.case.fits_t4 == "yes" for pair in pairs)
    undecided = sum(pair.answer.fits == "close" for pair in pairs)
    return {"wrong": hopeful + fearful, "fits_but_does_not": hopeful, "undecided": undecided}


def keep(rows: Sequence[dict[str, Any]], digest: str) -> list[dict[str, Any]]:
    """What is written: new numbers, and for a tool that is not installed the old ones if they are of the same runs."""
    old = {row["tool"]: row for row in _recorded(digest)}
    return [old.get(row["tool"], row) if "missing" in row else row for row in rows]


def disagreements(rows: Sequence[dict[str, Any]], digest: str) -> list[str]:
    """Tools whose recorded numbers are others; none where the record is of other runs."""
    old = {row["tool"]: row for row in _recorded(digest)}
    return [row["tool"] for row in rows if "missing" not in row and old and old.get(row["tool"]) != row]


def _recorded(digest: str) -> list[dict[str, Any]]:
    """The recorded rows, if they are of the runs of that digest."""
    if not RECORDED.is_file():
        return []
    record = json.loads(RECORDED.read_text(encoding="utf-8"))
    rows: list[dict[str, Any]] = record["tools"]
    return rows if record["records_sha256"] == digest else []


def table(rows: Sequence[dict[str, Any]], cases: Sequence[Case]) -> str:
    """The tables for a terminal, and below them how each tool was run."""
    there = [row for row in rows if "missing" not in row]
    fits = [case.fits_t4 for case in cases]
    return "\n".join(
        (
            f"{len(cases)} runs; in 14.74 GiB {fits.count('yes')} of them fit, {fits.count('no')} do not, "
            f"{fits.count('close')} could go either way. Errors: median size, and worst with its sign.",
            "",
            *_overview(there),
            "",
            "Tensors against the allocator's peak, by regime (A: fp16 rest, B: fp32 rest) and checkpointing, by model:",
            "",
            *_by_group(there),
            "",
            *_notes(rows),
        )
    )


def _overview(rows: Sequence[dict[str, Any]]) -> list[str]:
    heads = ("tensors", "too low", "wrong verdicts", "total as tensors", "total")
    lines = [_line("", heads) + "  of"]
    for row in rows:
        found, total, said = row["tensors"]["all"], row["total"], row["verdicts"]
        counts = {"": said["wrong"], " hopeful": said["fits_but_does_not"], " open": said["undecided"]}
        wrong = ", ".join(f"{count}{what}" for what, count in counts.items() if count or not what)
        totals = (_cell(total["against_peak_alloc"]), _cell(total)) if total else ("-", "-")
        line = _line(row["tool"], (_cell(found), f"{found['too_low']:.0%}", wrong, *totals))
        lines.append(f"{line}  {total['of']}" if total else line)
    return [*lines, f"too low: by more than {-LOW:.0%}; hopeful: said to fit, and does not; open: left to luck"]


def _by_group(rows: Sequence[dict[str, Any]]) -> list[str]:
    columns = [("tensors", name) for name in GROUPS if name != "all"] + [("models", name) for name in rows[0]["models"]]
    lines = [_line("", [name for _, name in columns])]
    lines.append(_line("runs", [str(rows[0][part][name]["n"]) for part, name in columns]))
    return lines + [_line(row["tool"], [_cell(row[part][name]) for part, name in columns]) for row in rows]


def _notes(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [
        line
        for row in rows
        for line in (
            f"{row['tool']} ({row['version']}; licence: {row['licence']})",
            f"    {row['covers']}",
            f"    {row.get('missing', row['how'])}",
        )
    ]


def _line(name: str, cells: Sequence[str]) -> str:
    return f"{name:22}" + "".join(f"{cell:>19}" for cell in cells)


def _cell(found: dict[str, Any]) -> str:
    return f"{found['median']:.1%} {found['worst']:+.0%}" if found["n"] else "-"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=Path, default=RECORDS, help="JSONL of measured runs")
    parser.add_argument("--trace", action="store_true", help="trace every run, too")
    parser.add_argument("--json", action="store_true", help="the numbers as JSON instead of tables")
    parser.add_argument("--write", action="store_true", help=f"keep the numbers in recorded/{RECORDED.name}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
