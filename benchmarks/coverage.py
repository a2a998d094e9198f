"""How often the intervals of `driftlab.stats` cover, and how often its tests err: simulated, beside what others use.

    ./lab python benchmarks/coverage.py [--draws N] [--write]

Rates near 0 and 1, few prompts and many, alike and independent; judges that err; requests that resemble one another.
The truth is known, since the draws are made from it. Each group has a row for each method and size: its lowest, median
and highest share over the scenarios. The table is printed; --write also keeps it in recorded/coverage.json and draws
recorded/coverage-*.svg. The seed is fixed: the same versions of numpy and scipy give the same numbers.
Does not: read an answer, or say anything about a model.
"""

import argparse
import datetime
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from simulated import families, judges, pairs
from simulated.rows import Row, summary

from driftlab import provenance, stats
from driftlab.records import write_json
from driftlab.report.coverage_figure import GROUPS, coverage_figure
from driftlab.report.standalone import write_svg

RECORDED = Path(__file__).resolve().parents[1] / "recorded" / "coverage.json"
COMMAND = "./lab python benchmarks/coverage.py --write"
WHAT = (
    "Shares of simulated draws in which an interval at the 95% level covers what was drawn from, or a test at the 5% "
    "level rejects what is true: the lowest, median and highest over the scenarios of a size. width: of the interval, "
    "error: root of the mean squared error of the estimate, both means over the scenarios. power: exact sums."
)
DRAWS, SEED = 4000, 20261126
PAIRS = (50, 100, 200, 224, 250, 450, 939)
DROPS = (0.2, 0.1, 0.05, 0.02, 0.01)


def main() -> int:
    """Simulate, print, and keep where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=DRAWS, help=f"for each scenario of the fast groups ({DRAWS})")
    parser.add_argument("--write", action="store_true", help="keep the record and its figure")
    options = parser.parse_args()
    started = time.process_time()
    rows = simulate(options.draws, lambda text: print(text, file=sys.stderr))
    found = record(rows, options.draws, time.process_time() - started)
    print(table(found["rows"]))
    if options.write:
        write_json(RECORDED, found)
        for group in GROUPS:
            print(write_svg(coverage_figure(found, group), RECORDED.with_name(f"coverage-{group}.svg")))
    return 0


def simulate(draws: int = DRAWS, say: Callable[[str], object] = lambda _: None) -> list[Row]:
    """Every group, with so many draws a scenario; the slow groups take a quarter or an eighth of them."""
    groups: dict[str, tuple[Callable[..., Any], int]] = {
        "intervals": (pairs.intervals, draws),
        "tests": (pairs.tests, draws),
        "corrected": (judges.corrected, draws // 4),
        "clustered": (families.clustered, draws // 4),
        "seeds": (families.over_seeds, draws // 8),
    }
    rows: list[Row] = []
    for name, (group, count) in groups.items():
        started = time.process_time()
        rows += group(np.random.default_rng(SEED), count)
        say(f"{name}: {time.process_time() - started:.0f} s")
    return rows


def record(rows: Sequence[Row], draws: int, seconds: float) -> dict[str, Any]:
    """What is kept."""
    return {
        "kind": "simulated",
        "what": WHAT,
        "command": COMMAND,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "draws": draws,
        "seed": SEED,
        "seconds_of_one_core": round(seconds),
        "machine": {name: provenance.machine()[name] for name in ("platform", "processor", "cores")},
        "versions": {"numpy": np.__version__, "scipy": provenance.versions()["scipy"]},
        "rows": summary(rows),
        "power": power(),
    }


def power() -> dict[str, Any]:
    """The smallest drop that a number of pairs shows, and the pairs for a drop, by flips each way."""
    return {
        "detectable": [
            {
                "pairs": count,
                "drops": {str(flips): _rounded(stats.detectable_drop(count, flips)) for flips in stats.FLIPS},
            }
            for count in PAIRS
        ],
        "needed": [
            {"drop": drop, "pairs": {str(flips): stats.pairs_needed(drop, flips) for flips in stats.FLIPS}}
            for drop in DROPS
        ],
    }


def _rounded(drop: float | None) -> float | None:
    return None if drop is None else round(drop, 4)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The summary as text."""
    lines = [f"{'group':10} {'method':34} {'size':22} lowest median highest  width  error  worst"]
    for row in rows:
        shares = "  ".join(f"{row[name]:.3f}" for name in ("lowest", "median", "highest"))
        more = "  ".join("    -" if row[name] is None else f"{row[name]:.3f}" for name in ("width", "error"))
        lines.append(f"{row['group']:10} {row['method']:34} {row['size']:22} {shares}  {more}  {row['worst']}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
