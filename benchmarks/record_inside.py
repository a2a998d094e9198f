"""Records where in a refusal the fine-tuned pocket model departs from before: `recorded/inside.json`.

    ./lab driftlab drift --seeds 0..2 --out RUNS
    ./lab python benchmarks/record_inside.py RUNS

In: finished runs of one setting, whose records have the part `inside`. Out: of each its seed, the divergence by token
with intervals over requests, and the share of all divergence at the first tokens.
Does not: make the runs.
"""

import argparse
import json
from pathlib import Path

from driftlab.records import write_json

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "recorded" / "inside.json"
COMMANDS = ["./lab driftlab drift --seeds 0..2 --out RUNS", "./lab python benchmarks/record_inside.py RUNS"]


def main() -> None:
    """Collect the runs below a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path)
    found = [json.loads(path.read_text(encoding="utf-8")) for path in parser.parse_args().runs.rglob("record.json")]
    runs = [
        {"seed": run["seed"], "model": run["hashes"]["model"], "data": run["data"]["name"]}
        | {"divergence": run["inside"]["divergence"]}
        for run in sorted(found, key=lambda run: int(run["seed"]))
    ]
    write_json(RECORD, {"made_by": COMMANDS, "driftlab": found[0]["driftlab"], "runs": runs})


if __name__ == "__main__":
    main()
