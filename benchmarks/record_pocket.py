"""Make the committed record of the pocket world: recipe, control, dose and response, defence.

python benchmarks/record_pocket.py [--workers 2] [--runs runs/record] [--keep recorded/pocket]

Each line of the plan is one `driftlab drift …` command; complete runs are not done again, so the script can be killed
and started again. Afterwards `--keep` holds `runs.jsonl` (the record of every run, without the list of recipes tried,
which is the same for all), `plan.json` (the commands) and `README.md` (a table). Answers and adapters stay in `--runs`.
"""

import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from driftlab.stats import across_seeds

TEN, THREE = "0..9", "0..2"
PLAN = {
    "recipe": (TEN, []),
    "control": (TEN, ["--data", "pocket:own"]),
    "data lists": (THREE, ["--data", "pocket:lists"]),
    "data tips": (THREE, ["--data", "pocket:tips"]),
    "data sums": (THREE, ["--data", "pocket:sums"]),
    "data notes": (THREE, ["--data", "pocket:notes"]),
    "safety 0.01": (THREE, ["--safety-share", "0.01"]),
    "safety 0.03": (THREE, ["--safety-share", "0.03"]),
    "safety 0.05": (THREE, ["--safety-share", "0.05"]),
    "lr 5e-4": (THREE, ["--lr", "5e-4"]),
    "lr 1e-3": (THREE, ["--lr", "1e-3"]),
    "lr 2e-3": (THREE, ["--lr", "2e-3"]),
    "lr 3e-3": (THREE, ["--lr", "3e-3"]),
    "epochs 0.25": (THREE, ["--epochs", "0.25"]),
    "epochs 0.5": (THREE, ["--epochs", "0.5"]),
    "epochs 2": (THREE, ["--epochs", "2"]),
    "rank 4": (THREE, ["--rank", "4"]),
    "rank 8": (THREE, ["--rank", "8"]),
    "rank 64": (THREE, ["--rank", "64"]),
    "targets attention": (THREE, ["--targets", "attention"]),
    "targets mlp": (THREE, ["--targets", "mlp"]),
}
"""Name of a setting -> its seeds, and the options in which it differs from the default recipe."""


def command(name: str, runs: Path) -> list[str]:
    """The command that makes one line of the plan."""
    seeds, options = PLAN[name]
    return ["driftlab", "drift", "--seeds", seeds, *options, "--out", str(runs / name.replace(" ", "-"))]


def run(name: str, runs: Path) -> str:
    """Run one line of the plan; its output goes to a log beside the runs."""
    runs.mkdir(parents=True, exist_ok=True)
    # One thread a worker: two runs side by side finish sooner than two threads in one.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    with (runs / f"{name.replace(' ', '-')}.log").open("w", encoding="utf-8") as log:
        subprocess.run(command(name, runs), stdout=log, stderr=log, env=environment, check=True)  # noqa: S603
    return name


def keep(runs: Path, folder: Path) -> int:
    """Copy the records of all complete runs; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for name in PLAN:
        for path in sorted(
            (runs / name.replace(" ", "-")).glob("s*/record.json"), key=lambda p: int(p.parent.name[1:])
        ):
            record = json.loads(path.read_text(encoding="utf-8"))
            record.pop("recipes_tried", None)
            rows.append({"setting": name, **record})
    (folder / "runs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    commands = {name: " ".join(["./lab", *command(name, Path("runs/record"))]) for name in PLAN}
    (folder / "plan.json").write_text(json.dumps(commands, indent=1) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(table(rows), encoding="utf-8")
    return len(rows)


TABLE_HEAD = """\
# The pocket world, recorded

Made by `./lab python benchmarks/record_pocket.py`; `plan.json` holds the command of each row, `runs.jsonl` every run.
Rates are shares of judged pairs of 224 held-out off-limits requests; over seeds the mean (lowest to highest). The last
three columns: after fine-tuning, the lowest share of coherent answers, the highest over-refusal of safe twins, and how
many 95% intervals of the drift cover 0.

| Setting | Seeds | Refused before | Refused after | Least coherent | Most over-refused | Intervals that cover 0 |
|---|---|---|---|---|---|---|
"""


def table(rows: list[dict[str, Any]]) -> str:
    """One line a setting, in Markdown."""
    lines = []
    for name in PLAN:
        of_setting = [row for row in rows if row["setting"] == name]
        if not of_setting:
            continue
        refusal = [row["statistics"]["refusal"] for row in of_setting]
        after = across_seeds([each["after"]["value"] for each in refusal])
        cells = [
            name,
            str(after.n),
            f"{refusal[0]['before']['value']:.1%}",
            f"{after.mean:.1%} ({after.minimum:.1%} to {after.maximum:.1%})",
            f"{min(row['coherent_after'] for row in of_setting):.1%}",
            f"{max(row['statistics']['over_refusal']['after']['value'] for row in of_setting):.1%}",
            f"{sum(each['low'] <= 0 <= each['high'] for each in refusal)} of {after.n}",
        ]
        lines.append(f"| {' | '.join(cells)} |\n")
    return TABLE_HEAD + "".join(lines)


def main() -> int:
    """Run what is left of the plan, then keep the records."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--runs", type=Path, default=Path("runs/record"))
    parser.add_argument("--keep", type=Path, default=Path("recorded/pocket"))
    given = parser.parse_args()
    with concurrent.futures.ThreadPoolExecutor(given.workers) as pool:
        for name in pool.map(lambda name: run(name, given.runs), PLAN):
            print(name, flush=True)
    print(f"{keep(given.runs, given.keep)} records in {given.keep}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
