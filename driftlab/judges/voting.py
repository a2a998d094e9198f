"""Several judges as one: what more than half of those that could judge say.

In: each judge's judgements of the same answers. Out: one judgement an answer. A tie is "could not judge".
Does not: weigh judges, or ask them.
"""

from collections import Counter
from collections.abc import Sequence

from driftlab.judge import Judgement
from driftlab.judges.asking import could_not_judge
from driftlab.records import Outcome


def majority(judged: Sequence[Sequence[Judgement]]) -> list[Judgement]:
    """The judgement of each answer: evidence and rule of the first judge that is with the majority."""
    return [_vote(votes) for votes in zip(*judged, strict=True)]


def _vote(votes: Sequence[Judgement]) -> Judgement:
    cast = Counter(vote.outcome for vote in votes if vote.outcome is not Outcome.UNPARSEABLE)
    if not cast:
        return could_not_judge("no_vote")
    outcome, most = cast.most_common(1)[0]
    if 2 * most <= cast.total():
        return could_not_judge("tie")
    first = next(vote for vote in votes if vote.outcome is outcome)
    return first._replace(confidence=most / len(votes))
