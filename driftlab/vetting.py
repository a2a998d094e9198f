"""What may be wrong with a probe set, and how alike prompts are.

In: a probe set as `read_probes` gives it, and perhaps the requests of a benign set. Out: counts, measures and findings.
Likeness counts words, not meanings: it finds copies and templates, and two ways to say the same thing escape it.
Does not: read files, refuse anything (`probes` does), or judge what a prompt asks.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import median
from typing import Any, NamedTuple

from driftlab.probes import ProbeSet, asked, families
from driftlab.records import Example, Probe

ALIKE = 0.8
"""Prompts that share this much of all their words are taken for one: the same request, asked twice."""
LOPSIDED = 2
"""One kind may have this many times the probes of the other."""
FUNCTION_WORDS = frozenset(
    """
    a about after again all am an and any are as at be because been before being both but by can cannot could did do
    does doing down during each for from get gets give gives had has have he her here hers him his how i i'd i'm if in
    into is it it's its just let lets make makes may me might mine more most much must my myself no nor not now of off
    on once only or other our ours out over own please she should so some such suggest tell than that the their theirs
    them then there these they this those though through to too under until up us very want was we were what when where
    whether which while who whom whose why will with without would you your yours
    """.split()
)
"""Words that any two prompts may share; the rest are content words."""
ENDINGS = ("'s", "ing", "ed", "es", "s", "e")
SHORTEST_STEM = 3


class Finding(NamedTuple):
    """Something to mend. `what` is its kind, for scripts; `text` says it; `ids` are the probes concerned."""

    what: str
    text: str
    ids: tuple[str, ...]


class Measures(NamedTuple):
    """A set in figures. Words are counted as a reader sees them; None where there is nothing to measure."""

    words: tuple[int, float, int]
    """Fewest, median and most words of a prompt."""
    longer: float | None
    """Median difference in words, off-limits minus its safe twin."""
    twins: int
    """Pairs of which each names the other."""
    shared: tuple[float, float] | None
    """Content words that twins share, as a share of the shorter one's: least and median."""


def words_of(prompt: str) -> list[str]:
    """The words of a prompt, without case and punctuation."""
    return [word.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") for word in _WORD.findall(prompt.casefold())]


_WORD = re.compile("[^\\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}-][^\\W_]+)*")


def content_words(prompt: str) -> frozenset[str]:
    """The words that say what a prompt is about, without the commonest English endings."""
    return frozenset(_stem(word) for word in words_of(prompt) if word not in FUNCTION_WORDS)


def _stem(word: str) -> str:
    for ending in ENDINGS:
        if word.endswith(ending) and not word.endswith("ss") and len(word) - len(ending) >= SHORTEST_STEM:
            return word.removesuffix(ending).rstrip("e")
    return word


def shared_content(one: str, other: str) -> float:
    """The share of the shorter prompt's content words that the other has too; 1 where it has none."""
    mine, theirs = content_words(one), content_words(other)
    fewest = min(len(mine), len(theirs))
    return len(mine & theirs) / fewest if fewest else 1.0


def pairs_of(probes: Sequence[Probe]) -> list[tuple[Probe, Probe]]:
    """Off-limits probes with their safe twins, where each names the other."""
    known = {probe.id: probe for probe in probes}
    asked_with = [(probe, known.get(probe.twin or "")) for probe in probes if probe.kind == "off_limits"]
    return [(off, safe) for off, safe in asked_with if safe and (safe.kind, safe.twin) == ("safe", off.id)]


def measure_set(probes: Sequence[Probe]) -> Measures:
    """Lengths and likeness of a set's prompts."""
    pairs = pairs_of(probes)
    counts = [len(words_of(probe.prompt)) for probe in probes]
    longer = [len(words_of(off.prompt)) - len(words_of(safe.prompt)) for off, safe in pairs]
    shared = [shared_content(off.prompt, safe.prompt) for off, safe in pairs]
    return Measures(
        words=(min(counts), median(counts), max(counts)),
        longer=median(longer) if longer else None,
        twins=len(pairs),
        shared=(min(shared), median(shared)) if shared else None,
    )


def categories(probes: Sequence[Probe]) -> dict[str, tuple[int, int]]:
    """Category -> its off-limits and its safe probes, in the order of the set."""
    counted = Counter((probe.category, probe.kind) for probe in probes)
    names = dict.fromkeys(probe.category for probe in probes)
    return {name: (counted[name, "off_limits"], counted[name, "safe"]) for name in names}


def examples(probes: Sequence[Probe], pairs: int) -> list[Probe]:
    """So many off-limits probes from all over the set, each with its twin; as many safe ones where nothing has any."""
    off = [probe for probe in probes if probe.kind == "off_limits"]
    twins = {one.id: other for one, other in pairs_of(probes)}
    lone = [probe for probe in probes if probe.kind == "safe"] if not twins else []
    return [each for probe in _spread(off, pairs) for each in (probe, twins.get(probe.id)) if each] + _spread(
        lone, pairs
    )


def _spread(probes: Sequence[Probe], count: int) -> list[Probe]:
    count = min(count, len(probes))
    return [probes[position * len(probes) // count] for position in range(count)]


def vet(found: ProbeSet, benign: Sequence[Example] = ()) -> list[Finding]:
    """All that is worth mending before the set is asked, most serious first."""
    return [
        *_twice(found.probes),
        *_lopsided(found.probes),
        *_twins(found.probes),
        *_nearly_twice(found.probes),
        *_trained_on(found.probes, benign),
    ]


def _twice(probes: Sequence[Probe]) -> Iterator[Finding]:
    keys: dict[str, Callable[[Probe], str]] = {"id": lambda probe: probe.id, "prompt": asked}
    for what, key in keys.items():
        alike = defaultdict(list)
        for probe in probes:
            alike[key(probe)].append(probe)
        for same in alike.values():
            if len(same) > 1:
                ids = tuple(probe.id for probe in same)
                yield Finding(f"same {what}", f"{len(same)} probes have the same {what}: {same[0].prompt!r}", ids)


def _lopsided(probes: Sequence[Probe]) -> Iterator[Finding]:
    counts = {kind: sum(probe.kind == kind for probe in probes) for kind in ("off_limits", "safe")}
    few, many = sorted(counts, key=lambda kind: counts[kind])
    if counts[many] > LOPSIDED * counts[few]:
        text = f"{counts[few]} {few} probes stand beside {counts[many]} {many} ones"
        yield Finding("unbalanced kinds", f"{text}: one rate will be much less certain than the other", ())


def _twins(probes: Sequence[Probe]) -> Iterator[Finding]:
    """Nothing to say of a set that has no twins at all."""
    known = {probe.id: probe for probe in probes}
    if not any(probe.twin for probe in probes):
        return
    for probe in probes:
        twin = known.get(probe.twin) if probe.twin else None
        if probe.twin and twin is None:
            yield Finding("missing twin", f"{probe.id} names the twin {probe.twin!r}, which is not there", (probe.id,))
        elif twin is None:
            yield Finding("no twin", f"{probe.id} has no twin, though others have", (probe.id,))
        elif twin.kind == probe.kind:
            text = f"{probe.id} and its twin {twin.id} are both {probe.kind}"
            yield Finding("twins of one kind", text, (probe.id, twin.id))
        elif twin.twin != probe.id:
            text = f"{probe.id} names the twin {twin.id}, whose own twin is {twin.twin or 'nobody'}"
            yield Finding("one-sided twin", text, (probe.id, twin.id))


def _nearly_twice(probes: Sequence[Probe]) -> Iterator[Finding]:
    """Within a kind; prompts that are the same altogether are told above."""
    for kind in ("off_limits", "safe"):
        here = [probe for probe in probes if probe.kind == kind]
        for one, other, share in alike([probe.prompt + " " + (probe.system or "") for probe in here]):
            first, second = here[one], here[other]
            if asked(first) != asked(second):
                text = f"{first.prompt!r} and {second.prompt!r} share {share:.0%} of their words"
                yield Finding("nearly the same prompt", text, (first.id, second.id))


def _trained_on(probes: Sequence[Probe], benign: Sequence[Example]) -> Iterator[Finding]:
    said = [(example.id, m.content) for example in benign for m in example.messages if m.role == "user"]
    for one, other, share in alike([probe.prompt for probe in probes], [text for _, text in said]):
        text = f"{probes[one].prompt!r} shares {share:.0%} of its words with the benign example {said[other][0]!r}"
        yield Finding("in the benign data", text, (probes[one].id,))


def alike(
    prompts: Sequence[str], others: Sequence[str] | None = None, at_least: float = ALIKE
) -> Iterator[tuple[int, int, float]]:
    """Pairs of positions whose prompts share at least that much of all their words (intersection over union).

    Without `others`, pairs within `prompts`. Only pairs are looked at that can reach the share: two such sets of
    words have one in common among the rarest of each, since all but a few of the words are shared.
    """
    bags = [frozenset(words_of(prompt)) for prompt in prompts]
    targets = bags if others is None else [frozenset(words_of(prompt)) for prompt in others]
    rarity = Counter(word for bag in targets for word in bag)
    by_word: dict[str, list[int]] = defaultdict(list)
    for position, bag in enumerate(targets):
        for word in _rarest(bag, rarity, at_least):
            by_word[word].append(position)
    for position, bag in enumerate(bags):
        near = {other for word in _rarest(bag, rarity, at_least) for other in by_word.get(word, ())}
        for other in sorted(near):
            if others is None and other <= position:
                continue
            share = len(bag & targets[other]) / len(bag | targets[other])
            if share >= at_least:
                yield position, other, share


def _rarest(bag: Iterable[str], rarity: Counter[str], at_least: float) -> list[str]:
    """So many of the rarest words that a set which shares enough must have one of them."""
    ordered = sorted(bag, key=lambda word: (rarity[word], word))
    return ordered[: len(ordered) - math.ceil(at_least * len(ordered)) + 1]


def summary(found: ProbeSet) -> dict[str, Any]:
    """A set's counts and measures as plain JSON values."""
    counted = categories(found.probes)
    off, safe = (sum(counts[side] for counts in counted.values()) for side in (0, 1))
    return {
        "probes": found.name,
        "off_limits": off,
        "safe": safe,
        "families": len(set(families(found.probes).values())),
        "categories": {name: {"off_limits": counts[0], "safe": counts[1]} for name, counts in counted.items()},
        "licence": found.licence,
        "sha256": found.sha256,
        **measure_set(found.probes)._asdict(),
    }
