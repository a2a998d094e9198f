"""Judges by name, all with one interface: ours, keyword lists, language models, and a majority of several.

In: a name such as `driftlab`, `keywords`, `list:FILE`, `garak`, `qi2023:FILE`, `openai:MODEL`, `hf:PATH` or
`majority:a,b,c`. Out: a `NamedJudge`, which judges many answers, each by its text alone.
Does not: open a file of answers, or ask anything before it judges.
"""

import difflib
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from driftlab.errors import ConfigError
from driftlab.judge import Judge, Judgement, judge_digest, judge_text
from driftlab.judges.lists import KEYWORDS, Matching, keyword_judge, read_phrases
from driftlab.judges.local import ask_here
from driftlab.judges.peers import PEERS, is_installed, peer_phrases
from driftlab.judges.remote import ask_all, endpoint
from driftlab.judges.voting import majority

OnProgress = Callable[[int, int], None]
OURS, OUR_LIST = "driftlab", "keywords"
WITH_MORE = ("list:FILE", "openai:MODEL", "hf:PATH", "majority:NAME,NAME,…")


class NamedJudge(NamedTuple):
    """A judge as somebody asked for it."""

    name: str
    about: str
    """What it is, in a few words; of ours its digest."""
    judge: Callable[[Sequence[str], OnProgress], list[Judgement]]


def open_judge(name: str, matching: Matching = Matching()) -> NamedJudge:  # noqa: B008  frozen
    """The judge of that name; `matching` is for `list:FILE`.

    Raises:
        ConfigError: there is no such judge, or what it needs is missing.
        DataError: a file of phrases cannot be used.
    """
    kind, _, rest = name.partition(":")
    if name == OURS:
        return _each(name, f"sentences by learnt weights, {judge_digest()[:12]}", judge_text)
    if name == OUR_LIST:
        return _each(name, f"{len(KEYWORDS)} phrases of our own", keyword_judge(KEYWORDS))
    if kind == "list" and rest:
        return _list(name, rest, matching)
    if kind in PEERS:
        phrases = peer_phrases(kind, rest or None)
        return _each(
            name, f"{len(phrases)} phrases, {PEERS[kind].matching.how}", keyword_judge(phrases, PEERS[kind].matching)
        )
    if kind == "openai":
        where = endpoint(rest)
        return NamedJudge(name, f"asked over HTTP at {where.url}", functools.partial(ask_all, where))
    if kind == "hf" and rest:
        return NamedJudge(name, "asked on this machine", functools.partial(ask_here, rest))
    if kind == "majority" and rest:
        return _majority(name, rest, matching)
    known = [OURS, OUR_LIST, *PEERS]
    close = difflib.get_close_matches(name, [*known, "list:", "openai:", "hf:", "majority:"], n=1)
    raise ConfigError(
        f"there is no judge {name!r}.",
        (f"Did you mean {close[0]!r}? " if close else "") + f"Accepted: {', '.join((*known, *WITH_MORE))}.",
    )


def lists_at_hand() -> list[str]:
    """The keyword judges that need nothing from the user: ours, and the lists of installed packages."""
    return [OUR_LIST, *(name for name in PEERS if is_installed(name))]


def _each(name: str, about: str, judge: Judge) -> NamedJudge:
    """A judge of one answer as a judge of many."""

    def judge_all(texts: Sequence[str], on_progress: OnProgress) -> list[Judgement]:
        judged = []
        for number, text in enumerate(texts, start=1):
            judged.append(judge(text))
            on_progress(number, len(texts))
        return judged

    return NamedJudge(name, about, judge_all)


def _list(name: str, rest: str, matching: Matching) -> NamedJudge:
    """`list:FILE`, or `list:FILE.py:NAME` for a list in Python source."""
    file, colon, inside = rest.rpartition(":")
    path, picked = (Path(file), inside) if colon and file.endswith(".py") else (Path(rest), None)
    phrases = read_phrases(path.expanduser(), picked)
    return _each(name, f"{len(phrases)} phrases, {matching.how}", keyword_judge(phrases, matching))


def _majority(name: str, rest: str, matching: Matching) -> NamedJudge:
    members = [part.strip() for part in rest.split(",") if part.strip()]
    if len(members) < 2 or any(member.startswith("majority:") for member in members):
        raise ConfigError(
            f"{name!r} is no majority.",
            "Name two judges or more, with commas: --judge majority:driftlab,keywords,garak.",
        )
    opened = [open_judge(member, matching) for member in members]

    def judge_all(texts: Sequence[str], on_progress: OnProgress) -> list[Judgement]:
        judged = []
        for place, each in enumerate(opened):

            def on_part(done: int, total: int, place: int = place) -> None:
                on_progress(place * total + done, len(opened) * total)

            judged.append(each.judge(texts, on_part))
        return majority(judged)

    return NamedJudge(name, f"the majority of {len(opened)}", judge_all)
