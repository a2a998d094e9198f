"""Learn weights.json: `python -m driftlab.refusals.learn [ANSWERS.csv ...]`.

In: the sentences of `corpus/`, and files of answers with human labels (XSTest's layout). Out: weights.json.
Sentences: multinomial logistic regression with an L1 penalty, by accelerated proximal gradient (Beck and Teboulle, SIAM
Journal on Imaging Sciences 2:183-202, 2009). Answers: logistic regression with an L2 penalty, on composed answers, and
on the labelled ones where they are given. Every token and every sentence is ours; labelled answers move weights only.
Does not: keep a word of the labelled answers, or use their prompts.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from driftlab.answer_files import AnswerColumns, read_answers
from driftlab.records import Outcome, write_atomically
from driftlab.refusals.composing import Labelled, compose, corpus, whole_answers
from driftlab.refusals.reading import read
from driftlab.refusals.roles import (
    PLACES,
    ROLES,
    THOUSAND,
    WEIGHTS,
    Role,
    SentenceModel,
    pack,
    roles_of,
    runs,
    unpack,
    weight_of_a_run,
)
from driftlab.refusals.weighing import PARTS, UNIT, measures, words

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_matrix

FOLDS, COMPOSED = 4, 6000
"""Composed answers are read by a sentence model that has not seen their sentences."""
OFTEN = 2
"""A run must be in so many sentences, a word of an answer in twice as many composed answers."""
SPARSE, SMALL = 0.0002, 0.0002
"""L1 and L2 penalties of the sentences' weights."""
OF_WORDS, OF_SHARES = 0.01, 0.01
"""L2 penalties of the answers' weights: of single words, and of all else, which is standardised."""
COMPOSED_SHARE, WRITTEN_SHARE = 0.5, 0.5
"""What all composed answers weigh together, and all that we wrote as a whole: as much as one labelled file."""
ROUNDS = 600
T = TypeVar("T", str, tuple[str, ...])


class Weighted(NamedTuple):
    """An answer to learn from."""

    features: dict[str, float]
    outcome: Outcome
    weight: float
    ours: bool
    """Whether its words are."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Learn from our sentences and the labelled files, and write weights.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "labelled", nargs="*", type=Path, help="answers with the column final_label, as XSTest has them"
    )
    parser.add_argument("--labels", default="final_label", help="the column of labels")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    asked = parser.parse_args(arguments)
    model = learn_sentences(corpus())
    answers = composed_answers() + written_answers(model)
    for path in asked.labelled:
        rows = read_answers(path, AnswerColumns(labels=asked.labels)).rows
        answers += labelled_answers([(row.answer, row.label) for row in rows if row.label is not None], model)
    write_weights(asked.out, model, learn_answers(answers))


def learn_sentences(labelled: Sequence[Labelled]) -> SentenceModel:
    """The sentence model of these sentences."""
    import numpy as np

    found = [_tokens(sentence.text) for sentence in labelled]
    vocabulary = _often((run for tokens in found for run in runs(tokens)), OFTEN)
    inputs = _sparse([dict.fromkeys(runs(tokens), weight_of_a_run(tokens)) for tokens in found], vocabulary)
    wanted = np.eye(len(ROLES))[[PLACES[sentence.role] for sentence in labelled]]
    bias, table = _multinomial(inputs, wanted)
    by_run = {
        run: pack((place, round(THOUSAND * float(weight))) for place, weight in enumerate(table[row]))
        for run, row in vocabulary.items()
    }
    return SentenceModel(tuple(round(THOUSAND * b) for b in bias), {run: w for run, w in by_run.items() if w})


def composed_answers(count: int = COMPOSED, seed: int = 0) -> list[Weighted]:
    """Answers from our own sentences, each read by a model that does not know them."""
    import numpy as np

    texts = corpus()
    fold = np.random.default_rng(seed).integers(0, FOLDS, len(texts))
    made: list[Weighted] = []
    for number in range(FOLDS):
        model = learn_sentences([text for text, its in zip(texts, fold, strict=True) if its != number])
        held_out: dict[str, list[str]] = {}
        for text, its in zip(texts, fold, strict=True):
            if its == number:
                held_out.setdefault(text.role, []).append(text.text)
        answers = compose(held_out, seed * FOLDS + number, count // FOLDS)
        made += _weighted(
            [(answer.text, answer.outcome) for answer in answers], model, COMPOSED_SHARE / FOLDS, ours=True
        )
    return made


def written_answers(model: SentenceModel) -> list[Weighted]:
    """The answers that we wrote as a whole."""
    return _weighted([(answer.text, answer.outcome) for answer in whole_answers()], model, WRITTEN_SHARE, ours=True)


def labelled_answers(answers: Sequence[tuple[str, Outcome]], model: SentenceModel) -> list[Weighted]:
    """One file's answers with their labels."""
    return _weighted([answer for answer in answers if answer[1] is not Outcome.UNPARSEABLE], model, 1.0, ours=False)


def learn_answers(answers: Sequence[Weighted]) -> dict[str, dict[str, Any]]:
    """Weights that say whether an answer refuses, and whether it does so wholly."""
    refused = [answer for answer in answers if answer.outcome is not Outcome.COMPLIED]
    return {
        "refuses": _logistic(answers, [answer.outcome is not Outcome.COMPLIED for answer in answers]),
        "wholly": _logistic(refused, [answer.outcome is Outcome.REFUSED for answer in refused]),
    }


def write_weights(out: Path, model: SentenceModel, answers: Mapping[str, Any]) -> None:
    """Write all weights, a line each."""
    named = {
        " ".join(run): {role: weight / THOUSAND for role, weight in zip(ROLES, unpack(packed), strict=True) if weight}
        for run, packed in sorted(model.runs.items())
    }
    bias = {role: weight / THOUSAND for role, weight in zip(ROLES, model.bias, strict=True)}
    whole: dict[str, Any] = {
        "sentences": {"bias": bias, "runs": named},
        "answers": answers,
    }
    text = json.dumps(whole, indent=1, ensure_ascii=False)
    write_atomically(out, [text, "\n"])


def _weighted(
    answers: Sequence[tuple[str, Outcome]], model: SentenceModel, share: float, *, ours: bool
) -> list[Weighted]:
    found = [(read(text), outcome) for text, outcome in answers]
    kept = [(roles_of(part, model), outcome) for part, outcome in found if part]
    return [Weighted(measures(part) | _words(part), outcome, share / len(kept), ours) for part, outcome in kept]


def _words(roles: Sequence[Role]) -> dict[str, float]:
    """The words of an answer's parts as features: "opening: i"."""
    return {f"{part}: {token}": PARTS[part] for part, tokens in words(roles).items() for token in tokens}


def _tokens(text: str) -> tuple[str, ...]:
    """The tokens of a sentence of the corpus, which the reader may take for two."""
    return tuple(token for part in read(text) for token in part.tokens)


def _often(names: Iterable[T], least: int) -> dict[T, int]:
    """A place for each name that stands so often."""
    often = sorted(name for name, count in Counter(names).items() if count >= least)
    return {name: place for place, name in enumerate(often)}


def _sparse(rows: Sequence[Mapping[T, float]], vocabulary: Mapping[T, int]) -> "csr_matrix":
    from scipy.sparse import csr_matrix

    filled = [
        (n, vocabulary[name], value) for n, row in enumerate(rows) for name, value in row.items() if name in vocabulary
    ]
    rows_, columns, values = zip(*filled, strict=True)
    return csr_matrix((values, (rows_, columns)), shape=(len(rows), len(vocabulary)))


def _multinomial(inputs: "csr_matrix", wanted: "np.ndarray[Any, Any]") -> tuple[Any, Any]:
    """Bias and weights; the step is the inverse of a bound of the gradient's Lipschitz constant."""
    import numpy as np

    count, transposed = inputs.shape[0], inputs.T.tocsr()
    direction = np.ones(inputs.shape[1])
    for _ in range(30):  # the largest eigenvalue of inputs' inputs, by power iteration
        direction = transposed @ (inputs @ direction)
        largest = float(np.linalg.norm(direction))
        direction /= largest
    step = 1 / (0.5 * (largest / count + 1) + SMALL)
    table = ahead = np.zeros((inputs.shape[1], wanted.shape[1]))
    bias = bias_ahead = np.zeros(wanted.shape[1])
    momentum = 1.0
    for _ in range(ROUNDS):
        wrong = (_softmax(inputs @ ahead + bias_ahead) - wanted) / count
        moved = ahead - step * (transposed @ wrong + SMALL * ahead)
        new = np.sign(moved) * np.maximum(np.abs(moved) - step * SPARSE, 0)
        new_bias = bias_ahead - step * wrong.sum(axis=0)
        faster = (1 + np.sqrt(1 + 4 * momentum * momentum)) / 2
        ahead = new + (momentum - 1) / faster * (new - table)
        bias_ahead = new_bias + (momentum - 1) / faster * (new_bias - bias)
        table, bias, momentum = new, new_bias, faster
    return bias, table


def _softmax(sums: Any) -> Any:
    import numpy as np

    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _logistic(answers: Sequence[Weighted], wanted: Sequence[bool]) -> dict[str, Any]:
    """Weights of features as they are; those of words only where our own answers have them often."""
    import numpy as np
    from scipy.optimize import minimize

    names = _often((name for answer in answers if answer.ours for name in answer.features), 2 * OFTEN)
    inputs = np.asarray(_sparse([answer.features for answer in answers], names).todense())
    weights = np.array([answer.weight for answer in answers])
    weights /= weights.sum()
    of_words = np.array([":" in name for name in names])
    mean = np.where(of_words, 0, weights @ inputs)
    spread = np.where(of_words, 1, np.sqrt(weights @ (inputs - mean) ** 2) + 1e-9)
    scaled = (inputs - mean) / spread
    right = np.array(wanted, dtype=float)
    penalty = np.where(of_words, OF_WORDS, OF_SHARES)

    def loss(parameters: Any) -> tuple[float, Any]:
        sums = scaled @ parameters[1:] + parameters[0]
        value = weights @ (np.logaddexp(0, sums) - right * sums) + (penalty * parameters[1:] ** 2).sum() / 2
        wrong = weights * (1 / (1 + np.exp(-sums)) - right)
        return float(value), np.concatenate([[wrong.sum()], scaled.T @ wrong + penalty * parameters[1:]])

    found = minimize(loss, np.zeros(1 + len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    unscaled = found[1:] / spread
    table: dict[str, Any] = {"bias": _rounded(found[0] - unscaled @ mean), "measures": {}, "words": {}}
    for name, weight in zip(names, unscaled, strict=True):
        part, _, token = name.partition(": ")
        if not token:
            table["measures"][name] = _rounded(weight)
        elif _rounded(weight):
            table["words"].setdefault(part, {})[token] = _rounded(weight)
    return table


def _rounded(weight: float) -> float:
    return round(UNIT * float(weight)) / UNIT


if __name__ == "__main__":
    main()
