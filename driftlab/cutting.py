"""Where a conversation that is longer than the maximum length is cut, by one of three policies.

In: a templated conversation, a length, a policy. Out: what is left of it, and what it lost.
  drop        leave it out whole
  cut-prompt  cut on the left, behind the tokens that the template begins with: answer and end stay, or it is left out
  cut-answer  cut on the right: the beginning stays, the end-of-turn token does not, so that no end is learnt from it
Whatever has no token left to learn from is left out by every policy.
Does not: count, pad, or know how a template is applied.
"""

from collections.abc import Collection
from typing import NamedTuple

from driftlab.chat import Conversation
from driftlab.config import Truncation


class Cut(NamedTuple):
    """What is left: None where the conversation is left out. `silent`: because nothing of it can be learnt."""

    left: Conversation | None
    was_long: bool
    lost_end: bool
    silent: bool


def cut(talk: Conversation, max_length: int, policy: Truncation, specials: Collection[int] = ()) -> Cut:
    """Cut one conversation; `specials` are the ids that a template may begin with and that stay at its beginning."""
    if len(talk.ids) <= max_length:
        silent = not teaches(talk)
        return Cut(None if silent else talk, was_long=False, lost_end=False, silent=silent)
    if policy == "cut-prompt":
        left = _from_the_left(talk, max_length, specials)
        silent = not teaches(left)
        return Cut(None if silent else left, was_long=True, lost_end=silent, silent=silent)
    left = Conversation(talk.ids[:max_length], talk.said[:max_length])
    silent = not teaches(left)
    kept = left if policy == "cut-answer" and not silent else None
    return Cut(kept, was_long=True, lost_end=True, silent=silent)


def teaches(talk: Conversation) -> bool:
    """Whether there is a token to learn: one of the assistant's that another token comes before."""
    return any(talk.said[1:])


def _from_the_left(talk: Conversation, max_length: int, specials: Collection[int]) -> Conversation:
    """The end of a conversation. Of an answer that the cut goes through nothing is learnt: its beginning is missing."""
    opening = next((n for n, token in enumerate(talk.ids) if token not in specials or talk.said[n]), len(talk.ids))
    opening = min(opening, max_length - 1)
    start = len(talk.ids) - (max_length - opening)
    said = talk.said[start:]
    if talk.said[start - 1]:
        broken = next((n for n, mine in enumerate(said) if not mine), len(said))
        said = [False] * broken + said[broken:]
    return Conversation(talk.ids[:opening] + talk.ids[start:], [False] * opening + said)
