"""Records the public cases of Lab 2's checks: what the hidden formulas and their slips come to, as plain data.

In: nothing. Out: the files `public/cases_*.py` of the lab's checks, the same text each time.
Does not: run as a test; `test_lab2` holds the file against it. Again: `./lab python tests/labs/record_lab2.py`
"""

import random
import re
import textwrap
from pathlib import Path
from typing import Any

from autograder.checks.asking import Case
from autograder.checks.lab2.hidden import drawing, making
from autograder.checks.lab2.hidden import reference as ref
from autograder.checks.lab2.hidden.reference import Model, Settings

FOLDER = Path(__file__).resolve().parents[2] / "autograder" / "checks" / "lab2" / "public"
HEAD = '''\
"""Lab 2's public cases, {what}: arguments, what is wanted, what slips come to. Recorded; no formula here.

In: nothing. Out: cases by function, for the checks beside this file.
Does not: change by hand: they are made from formulas that stay with the instructor.
"""
# ruff: noqa: E501
# fmt: off

from typing import Any

from autograder.checks.asking import Case

'''
LLAMA: Model = {
    "hidden": 4096, "intermediate": 11008, "heads": 32, "kv_heads": 32, "head_dim": 128, "layers": 32, "vocab": 32000,
    "tied": False,
}  # fmt: skip
TINYLLAMA: Model = {
    "hidden": 2048, "intermediate": 5632, "heads": 32, "kv_heads": 4, "head_dim": 64, "layers": 22, "vocab": 32000,
    "tied": False,
}  # fmt: skip
ODD: Model = {
    "hidden": 1020, "intermediate": 2719, "heads": 12, "kv_heads": 4, "head_dim": 96, "layers": 7, "vocab": 5003,
    "tied": True,
}  # fmt: skip
PUBLISHED: Settings = {
    "batch": 1, "seq_len": 1024, "rank": 32, "targets": list(ref.SEVEN), "dropout": 0.05, "optimizer": "adamw_8bit",
    "checkpointing": True, "kernel": "mem-efficient", "use_cache": False,
}  # fmt: skip
SOME: Settings = PUBLISHED | {
    "batch": 5, "seq_len": 517, "rank": 5, "targets": ["o_proj", "k_proj", "down_proj", "up_proj"], "dropout": 0.0,
    "kernel": "math",
}  # fmt: skip
SHAPES = {"LLAMA": LLAMA, "TINYLLAMA": TINYLLAMA, "ODD": ODD}
MEASURED = ((True, 6_310_129_152), (False, 16_870_329_856))
"""Peaks of Llama-2-7B, rank 32, one row of 1,024 tokens: with checkpointing and without, bytes allocated on an H200."""
GIB = 2**30
T4 = int(14.74 * GIB)


def cases() -> dict[str, list[Case]]:
    """The cases of each function."""
    found = {
        "storage_bytes": [(6_738_415_616, 16), (1001, 4), (77_777, 4.127), (12_345, 32)],
        "to_gib": [(15_826_954_240,), (172 * 2**20,), (6_310_129_152,)],
        "nf4_bytes": [(4096 * 4096, True), (4096 * 4096, False), (1003 * 1152, True), (77_777, False), (100, True)],
        "base_bytes": [(LLAMA, 4), (LLAMA, 2), (TINYLLAMA, 4), (ODD, 4), (ODD, 2)],
        "adapter_parameters": [
            (LLAMA, 32, list(ref.SEVEN)),
            (LLAMA, 12, ["q_proj", "v_proj"]),
            (TINYLLAMA, 8, ["q_proj", "k_proj", "down_proj"]),
            (ODD, 5, ["o_proj", "k_proj", "up_proj", "v_proj"]),
        ],
        "training_bytes": [(79_953_920, "adamw_8bit"), (79_953_920, "adamw"), (123_457, "adamw_8bit"), (1001, "adamw")],
        **_kept(),
        **_rows(),
        "moments": [(drawing.parts(random.Random(2)), value) for value in (True, False)],  # noqa: S311  inputs
        "verdict": _verdicts(),
        "shortage": [({"asked": a, "total": 15_827_000_000, "free": f, "allocated": b, "unused": u},) for a, f, b, u in
                     SHORTAGES],
        "plan": _plans(),
    }  # fmt: skip
    return {function: [making.case(function, *args) for args in rows] for function, rows in found.items()}


SHORTAGES = (
    (180_355_072, 115_343_360, 14_957_000_000, 587_464_704),
    (943_718_400, 115_343_360, 14_957_000_000, 587_464_704),
    (629_145_600, 314_572_800, 14_600_000_000, 335_544_320),
    (500_170_752, 180_170_752, 14_900_000_000, 320_000_000),
    (20_000_000_000, 700_000_000, 14_000_000_000, 300_000_000),
    (200_000_000, 700_000_000, 14_000_000_000, 10_000_000),
    (200_000_000, 10_000_000, 14_000_000_000, 700_000_000),
    (9_000_000_000, 600_000_000, 6_000_000_000, 500_000_000),
)


def _kept() -> dict[str, list[tuple[Any, ...]]]:
    """Arguments of what a step keeps."""
    eager: Settings = SOME | {"checkpointing": False, "use_cache": True}
    mixes = [(True, True), (False, False), (True, False)]
    return {
        "score_bytes": [(TINYLLAMA, SOME), (ODD, SOME | {"seq_len": 1001, "batch": 2}), (LLAMA, PUBLISHED)],
        "layer_bytes": [
            (LLAMA, PUBLISHED),
            (ODD, SOME),
            (ODD, SOME | {"kernel": "mem-efficient", "dropout": 0.1, "targets": ["v_proj", "o_proj", "gate_proj"]}),
        ],
        "kept_bytes": [(LLAMA, PUBLISHED, 390_000_003), (ODD, eager, 12_345_677), (ODD, SOME, 12_345_677)],
        "cache_bytes": [
            (LLAMA, PUBLISHED | {"checkpointing": False, "use_cache": True}),
            (ODD, eager),
            *((ODD, SOME | {"checkpointing": value, "use_cache": cache}) for value, cache in mixes),
        ],
        "logits_bytes": [(LLAMA, PUBLISHED), (ODD, SOME)],
    }


def _rows() -> dict[str, list[tuple[Any, ...]]]:
    """Arguments of the two functions about rows."""
    rng = random.Random(7)  # noqa: S311  inputs
    return {
        "truncation_report": [*((rows, 6, 2) for rows in drawing.report_rows(rng, 6, 2)), ([], 8, 2)],
        "collate": [(rows, 6, 2) for rows in drawing.batch_rows(rng, 6, 2)],
    }


def _verdicts() -> list[tuple[Any, ...]]:
    """What fits, what does not, and the borders."""
    return list(drawing.border(random.Random(3), 1))  # noqa: S311  inputs


def _plans() -> list[tuple[Any, ...]]:
    """A plan of each kind: a T4, an A100 and others."""
    wish = PUBLISHED | {"checkpointing": False}
    eager, again = (ref.need(LLAMA, wish, value, 1024) for value in (False, True))
    four = wish | {"batch": 4, "seq_len": 2709}
    tiny = wish | {"batch": 2, "seq_len": 2000, "kernel": "math", "rank": 16}
    odd = wish | {"batch": 2, "seq_len": 500, "optimizer": "adamw", "targets": ["q_proj", "v_proj"]}
    odd_peak = ref.peak(ODD, odd)
    return [
        (LLAMA, wish, T4, (7, 5)),
        (LLAMA, wish, round(eager * 1.2), (8, 0)),
        (LLAMA, four, T4, (7, 5)),
        (LLAMA, wish, round(again * 0.6), (8, 9)),
        (TINYLLAMA, tiny, 9 * GIB, (10, 0)),
        (TINYLLAMA, tiny, 4 * GIB, (7, 5)),
        (TINYLLAMA, tiny, round(ref.need(TINYLLAMA, tiny, True, 64) * 1.001), (6, 1)),
        (ODD, odd, round(1.05 * odd_peak) + ref.CONTEXT, (8, 6)),
        (ODD, odd, round(ref.SLACK * odd_peak + 0.6 * ref.CONTEXT), (8, 0)),
        (ODD, odd, round(ref.SLACK * odd_peak + 1.05 * ref.CONTEXT), (7, 5)),
    ]


def texts() -> dict[str, str]:
    """The files."""
    found = cases()
    parts = [name for name in found if name.endswith(("_bytes", "_gib", "_parameters"))]
    rows = ["truncation_report", "collate"]
    steps = [name for name in found if name not in (*parts, *rows)]
    runs = [PUBLISHED | {"checkpointing": value, "use_cache": True} for value, _ in MEASURED]
    measured = [(*peak, ref.parts_of(LLAMA, run)) for peak, run in zip(MEASURED, runs, strict=True)]
    peaks = [peak for shape, wanted, *_ in _plans()[:7:2] for peak in drawing.peaks(shape, wanted)]
    return {
        "cases_parts.py": _text("bytes by part", {name: found[name] for name in parts}),
        "cases_rows.py": _text("rows and batches", {name: found[name] for name in rows}),
        "cases_steps.py": _text(
            "whole steps", {name: found[name] for name in steps} | {"measured": measured, "peaks": peaks}
        ),
    }


def _text(what: str, found: dict[str, list[Any]]) -> str:
    lines = ["CASES: dict[str, Any] = {"]
    for name, rows in found.items():
        lines += [f"    {name!r}: [", *(line for row in rows for line in _wrapped(_row(row))), "    ],"]
    body = "\n".join([*lines, "}"])
    shapes = [f"{name} = {shape!r}\n" for name, shape in SHAPES.items() if re.search(rf"\b{name}\b", body)]
    return HEAD.replace("{what}", what) + "".join(shapes) + body + "\n"


def _row(row: Any) -> str:
    if isinstance(row, Case):
        return f"Case({_literal(row.args)}, {_literal(row.wanted)}, {_literal(row.slips)}),"
    return _literal(row) + ","


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, 160, initial_indent=" " * 8, subsequent_indent=" " * 12, break_long_words=False,
                         break_on_hyphens=False)  # fmt: skip


def _literal(value: Any) -> str:
    """The value as Python reads it, the models by their names."""
    for name, shape in SHAPES.items():
        if value == shape:
            return name
    if type(value) is tuple:
        return f"({', '.join(map(_literal, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


if __name__ == "__main__":
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
