"""A finished run in the formats of other tools: Inspect's logs and lm-evaluation-harness's samples, one for each phase.

In: a run's folder with its answers. Out: `before.eval` and `after.eval`, or `samples_driftlab-before_DATE.jsonl` and
the same of after. Each sample has the answer, the verdict (1 refused, 0 not; not scored where unparseable) and what the
judge went by; what is expected is a refusal of an off-limits request and an answer to a safe one.
Does not: need Inspect unless its logs are asked for; compute a statistic; share an adapter. The answers are the run's
own and whole, so such a file stays where the run's folder stays.
"""

import datetime
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from driftlab.errors import ConfigError, RunError
from driftlab.records import Outcome, Phase, Verdict, write_atomically
from driftlab.report.loading import Run, load_run
from driftlab.runs import writing_to

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog, EvalResults, EvalSample

FORMATS = ("inspect", "lm-eval")
PHASES: tuple[Phase, Phase] = ("before", "after")
EXPECTED = {"off_limits": Outcome.REFUSED, "safe": Outcome.COMPLIED}
TASK, SCORER = "driftlab", "driftlab_judge"


class Answered(NamedTuple):
    """One row of answers.jsonl with its verdict."""

    row: dict[str, Any]
    verdict: Verdict

    @property
    def expected(self) -> str:
        """The outcome that is wanted of such a request."""
        return str(EXPECTED[self.row["kind"]])

    @property
    def scores(self) -> dict[str, int | None]:
        """Whether it is a refusal, a full one or any; None where it could not be judged."""
        outcome = self.verdict.outcome
        if outcome is Outcome.UNPARSEABLE:
            return {"refusal": None, "any_refusal": None}
        return {
            "refusal": int(outcome is Outcome.REFUSED),
            "any_refusal": int(outcome in (Outcome.REFUSED, Outcome.PARTIAL)),
        }


def export_run(folder: Path, to: str, out: Path) -> list[Path]:
    """Write both phases of a run into the folder `out`, each file whole or not at all.

    Raises:
        ConfigError: the format is unknown, or its package is not installed.
        RunError: the run cannot be read, holds no answers, or `out` cannot be written.
    """
    if to not in FORMATS:
        raise ConfigError(f"--to {to!r} is unknown.", f"Accepted: {', '.join(FORMATS)}.")
    if to == "inspect":
        _require_inspect()
    run = load_run(folder)
    if not run.answers:
        raise RunError(
            f"{str(folder)!r} is a redacted copy: it holds no answers.", "Give the folder of the run itself."
        )
    write = _write_inspect if to == "inspect" else _write_samples
    with writing_to(out.absolute()):
        out.mkdir(parents=True, exist_ok=True)
        return [write(run, phase, _answered(run, phase), out) for phase in PHASES]


def _require_inspect() -> None:
    try:
        import inspect_ai  # noqa: F401
    except ImportError as missing:
        raise ConfigError(
            "--to inspect needs the package inspect_ai, which is no part of driftlab.",
            "Install it beside driftlab: ./lab python -m pip install inspect_ai",
        ) from missing


def _answered(run: Run, phase: Phase) -> list[Answered]:
    return [Answered(row, run.verdicts[row["probe_id"], phase]) for row in run.answers if row["phase"] == phase]


def _write_inspect(run: Run, phase: Phase, answered: Sequence[Answered], out: Path) -> Path:
    """Through Inspect's own writer, under another name until it is whole."""
    from inspect_ai.log import write_eval_log

    path, draft = out / f"{phase}.eval", out / f".{phase}.draft.eval"
    try:
        write_eval_log(_log(run, phase, answered), str(draft), format="eval")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def _log(run: Run, phase: Phase, answered: Sequence[Answered]) -> "EvalLog":
    from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSpec

    record = run.record
    hashes = {name: value for name, value in record["hashes"].items() if phase == "after" or name != "adapter"}
    ids: list[int | str] = [each.row["probe_id"] for each in answered]
    return EvalLog(
        status="success",
        results=_results(record["statistics"], phase, len(ids)),
        eval=EvalSpec(
            created=record["created"],
            task=TASK,
            dataset=EvalDataset(name=record["probes"]["name"], samples=len(ids), sample_ids=ids),
            model=f"driftlab/{record['model']['source']}",
            config=EvalConfig(epochs=1),
            packages={name: version for name, version in record["versions"].items() if version},
            metadata={"phase": phase, "run": run.name, "seed": run.seed, "hashes": hashes, "config": record["config"]},
        ),
        samples=[_sample(each) for each in answered],
    )


def _results(statistics: dict[str, Any], phase: Phase, samples: int) -> "EvalResults":
    """The record's own rates, which count pairs that could be judged on both sides."""
    from inspect_ai.log import EvalMetric, EvalResults, EvalScore

    names = ("refusal", "any_refusal", "over_refusal", "any_over_refusal")
    rates = {f"{name}_rate": statistics[name][phase]["value"] for name in names if statistics[name]}
    metrics = {name: EvalMetric(name=name, value=value) for name, value in rates.items()}
    scored = EvalScore(name=SCORER, scorer=SCORER, metrics=metrics)
    return EvalResults(total_samples=samples, completed_samples=samples, scores=[scored])


def _sample(each: Answered) -> "EvalSample":
    from inspect_ai.log import EvalSample
    from inspect_ai.model import ModelOutput
    from inspect_ai.scorer import Score

    row, verdict, refused = each.row, each.verdict, each.scores["refusal"]
    about = {"confidence": verdict.confidence, "rule": verdict.rule, "any_refusal": each.scores["any_refusal"]}
    told = {"answer": str(verdict.outcome), "explanation": verdict.evidence, "metadata": about}
    score = Score.unscored(**told) if refused is None else Score(value=refused, **told)
    return EvalSample(
        id=row["probe_id"],
        epoch=1,
        input=row["prompt"],
        target=each.expected,
        output=ModelOutput.from_content("driftlab", row["text"], "stop" if row["finished"] else "max_tokens"),
        scores={SCORER: score},
        metadata={"kind": row["kind"], "category": row["category"], "tokens": row["tokens"]},
    )


def _write_samples(run: Run, phase: Phase, answered: Sequence[Answered], out: Path) -> Path:
    date = datetime.datetime.fromisoformat(run.record["created"]).strftime("%Y-%m-%dT%H-%M-%S")
    path = out / f"samples_{TASK}-{phase}_{date}.jsonl"
    limit = run.record["config"]["generation"]["max_new_tokens"]
    lines = (json.dumps(_as_sample(n, each, limit), ensure_ascii=False) + "\n" for n, each in enumerate(answered))
    write_atomically(path, lines)
    return path


def _as_sample(number: int, each: Answered, limit: int) -> dict[str, Any]:
    row = each.row
    doc = {"id": row["probe_id"], "prompt": row["prompt"], "kind": row["kind"], "category": row["category"]}
    asked = {"do_sample": False, "max_gen_toks": limit}
    return {
        "doc_id": number,
        "doc": doc,
        "target": each.expected,
        "arguments": {"gen_args_0": {"arg_0": row["prompt"], "arg_1": asked}},
        "resps": [[row["text"]]],
        "filtered_resps": [row["text"]],
        "filter": "none",
        "metrics": list(each.scores),
        "doc_hash": _sha256(json.dumps(doc, indent=2, ensure_ascii=False)),
        "prompt_hash": _sha256(row["prompt"]),
        "target_hash": _sha256(each.expected),
        **each.scores,
        "outcome": str(each.verdict.outcome),
        "evidence": each.verdict.evidence,
    }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
