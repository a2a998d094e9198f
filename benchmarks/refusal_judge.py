"""How the judge of refusals does on labelled answers that it has not learnt from, beside other judges; and its speed.

    ./lab python benchmarks/refusal_judge.py llama2orig.csv mistralinstruct.csv [--judge qi2023:FILE ...]

The files are XSTest's answers with labels, a model each, from the user's copy. The shipped weights have learnt from
these rows, so the judge is learnt anew without them, in three ways: from our own texts alone; from the other models;
from the answers to other prompts. Safe and unsafe requests stand apart; over both, figures flatter, and a rule that
reads no answer stands beside them. Takes about two minutes.
Does not: change the shipped weights.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from driftlab.agreement import agreement, by_prompt_type, differences
from driftlab.answer_files import AnswerColumns, AnswerRow, read_answers
from driftlab.judge import judge_text, outcome_of
from driftlab.judges import open_judge
from driftlab.pairing import kind_reader
from driftlab.probes import normalised
from driftlab.records import Kind, Outcome
from driftlab.refusals.composing import corpus
from driftlab.refusals.learn import (
    Weighted,
    composed_answers,
    labelled_answers,
    learn_answers,
    learn_sentences,
    written_answers,
)
from driftlab.refusals.reading import read
from driftlab.refusals.roles import SentenceModel, roles_of
from driftlab.refusals.weighing import read_tables, weigh
from driftlab.stats import Interval

FOLDS = 10


class Model(NamedTuple):
    """The labelled answers of one model."""

    name: str
    rows: list[AnswerRow]
    kinds: list[Kind | None]

    @property
    def labels(self) -> list[Outcome]:
        """What people said."""
        return [row.label for row in self.rows if row.label is not None]

    @property
    def prompts(self) -> list[str]:
        """What the answers were given to."""
        return [normalised(row.prompt or "") for row in self.rows]


def main() -> None:
    """Learn without the rows that are judged, and print how judges agree with people."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("answers", nargs="+", type=Path)
    parser.add_argument("--labels", default="final_label")
    parser.add_argument("--judge", action="append", default=[], help="another judge, as `driftlab judge` takes it")
    asked = parser.parse_args()
    models = [_read(path, asked.labels) for path in asked.answers]
    said = {model.name: _ours(model, models) for model in models}
    for model in models:
        for name in ["keywords", *asked.judge]:
            judged = open_judge(name).judge([row.answer for row in model.rows], lambda *_: None)
            said[model.name][name] = [judgement.outcome for judgement in judged]
        categories = [row.category for row in model.rows]
        said[model.name]["prompt-only"] = by_prompt_type(model.labels, model.kinds, categories, model.prompts)
        _print(model, said[model.name])
    _print(
        _together(models), {name: list(chain(*(said[m.name][name] for m in models))) for name in said[models[0].name]}
    )
    _print_speed([row.answer for model in models for row in model.rows])


def _read(path: Path, labels: str) -> Model:
    rows = [row for row in read_answers(path, AnswerColumns(labels=labels)).rows if row.label is not None]
    read_kind = kind_reader([row.category for row in rows])
    return Model(path.stem, rows, [read_kind(row.category) for row in rows])


def _ours(model: Model, models: Sequence[Model]) -> dict[str, list[Outcome]]:
    """Our judge on a model's answers, learnt in each of the ways."""
    sentences = learn_sentences(corpus())
    ours = composed_answers() + written_answers(sentences)
    others = [_weighted(other.rows, sentences) for other in models if other is not model]
    found = {"from our texts": _judge(model.rows, sentences, ours)}
    if others:
        found["from the others"] = _judge(model.rows, sentences, [*ours, *chain(*others)])
    fold = {prompt: n % FOLDS for n, prompt in enumerate(sorted({p for m in models for p in m.prompts}))}
    by_prompt = [Outcome.UNPARSEABLE] * len(model.rows)
    for number in range(FOLDS):
        learnt = list(ours)
        for other in models:
            learnt += _weighted(
                [r for r, p in zip(other.rows, other.prompts, strict=True) if fold[p] != number], sentences
            )
        places = [n for n, prompt in enumerate(model.prompts) if fold[prompt] == number]
        for place, outcome in zip(places, _judge([model.rows[n] for n in places], sentences, learnt), strict=True):
            by_prompt[place] = outcome
    return {**found, "other prompts": by_prompt}


def _weighted(rows: Sequence[AnswerRow], sentences: SentenceModel) -> list[Weighted]:
    return labelled_answers([(row.answer, row.label) for row in rows if row.label is not None], sentences)


def _judge(rows: Sequence[AnswerRow], sentences: SentenceModel, learnt: Sequence[Weighted]) -> list[Outcome]:
    tables = read_tables(learn_answers(learnt))
    found = []
    for row in rows:
        roles = roles_of(read(row.answer), sentences)
        found.append(outcome_of(roles, weigh(roles, tables)) if roles else Outcome.UNPARSEABLE)
    return found


def _together(models: Sequence[Model]) -> Model:
    return Model(
        "all", [row for model in models for row in model.rows], [kind for model in models for kind in model.kinds]
    )


def _print(model: Model, said: Mapping[str, Sequence[Outcome]]) -> None:
    print(f"\n{model.name}: any and full kappa, share of refusals found, share of the three labels right")
    print(f"  {'judge':17}{'requests':11}{'any':>19}{'full':>19}{'found':>19}{'right':>19}{'ours less it, any':>20}")
    for kind in ("safe", "off_limits", "both"):
        places = [n for n, each in enumerate(model.kinds) if kind in (each, "both")]
        labels, prompts = ([values[n] for n in places] for values in (model.labels, model.prompts))
        main_one = [said["other prompts"][n] for n in places]
        for name, outcomes in said.items():
            judged = [outcomes[n] for n in places]
            found = agreement(labels, judged, prompts)
            less = differences(labels, main_one, judged, prompts)["any_kappa"] if name != "other prompts" else None
            shown = (found.any.kappa, found.full.kappa, found.any.sensitivity, found.accuracy)
            print(f"  {name:17}{kind:11}{''.join(f'{_text(each):>19}' for each in shown)}{_text(less):>20}")


def _text(interval: Interval | None) -> str:
    if interval is None:
        return "-"
    known = interval.low == interval.low  # no number where too few draws had both labels
    return f"{interval.value:.3f}" + (f" ({interval.low:.2f}, {interval.high:.2f})" if known else "")


def _print_speed(texts: Sequence[str]) -> None:
    judge_text(texts[0])
    start, busy = time.perf_counter(), time.process_time()
    for text in texts:
        judge_text(text)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    words = sum(len(text.split()) for text in texts) / len(texts)
    print(
        f"\n{len(texts) / seconds:,.0f} answers a second ({len(texts) / busy:,.0f} a second of one core's time), "
        f"{words:.0f} words each on average"
    )


if __name__ == "__main__":
    main()
