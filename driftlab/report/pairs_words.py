"""The drift between two files of answers in plain words, the same on the page and in the terminal.

In: the object of `driftlab measure --before --after`. Out: sentences.
Does not: compute a statistic.
"""

from collections.abc import Mapping
from typing import Any

from driftlab.report.words import dropped, finding, p_phrase, plural, points, range_points

LIMITS = "it says neither why, nor anything about other requests, nor how harmful an answer is"
PICKED = 0.001
"""Below this p the labelled pairs do not look like a random sample."""


def asked(result: Mapping[str, Any]) -> str:
    """What the requests are that the drift is of."""
    return "off-limits request" if result["requests"] == "off_limits" else "request"


def meaning(result: Mapping[str, Any]) -> str:
    """What came out, in one paragraph: the judge's figure, people's where there are labels, and the limits."""
    of = " of off-limits requests" if result["requests"] == "off_limits" else ""
    return f"{finding(result['statistics'], of, 'safe requests')}{_corrected(result)}; {LIMITS}."


def _corrected(result: Mapping[str, Any]) -> str:
    ppi = (result["labels"] or {}).get("ppi")
    if not ppi:
        return ""
    by = "By people's own labels" if ppi["weight"] is None else "Corrected for the judge's errors"
    return f". {by} the drift is {points(ppi['value'])} points (95% interval {range_points(ppi)})"


def notes(result: Mapping[str, Any]) -> list[str]:
    """What was paired, left out and used, a sentence or two each."""
    said = [_paired(result), dropped(result["statistics"]["refusal"])]
    if result["different_prompts"]:
        said.append(
            f"{plural(result['different_prompts'], 'pair')} by id have different prompts in the two files: see that "
            "the ids mean the same requests."
        )
    if result["requests"] == "all":
        said.append(
            "Nothing says which requests are off limits and which are safe, so all count together: refusals lost and "
            "mistaken refusals mended look alike. --kind-column tells them apart."
        )
    said += _labels(result["labels"], result["n_pairs"])
    return said


def _paired(result: Mapping[str, Any]) -> str:
    files, alone = result["files"], result["unpaired"]
    names = " and ".join(f"{file['name']} ({plural(file['rows'], 'row')})" for file in files.values())
    sentence = f"Paired by {result['paired_by']}: {names}."
    if not any(alone.values()):
        return f"{sentence} Every row has its partner."
    return (
        f"{sentence} Without a partner, and left out: {plural(alone['only_before'], 'row')} before, "
        f"{alone['only_after']:,} after."
    )


def _labels(labels: Mapping[str, Any] | None, pairs: int) -> list[str]:
    if labels is None:
        return ["No labels were given: the judge is taken at its word, and its errors are in no interval here."]
    one_side = f" A label on one side only is not used ({plural(labels['one_side'], 'pair')})."
    one_side = one_side if labels["one_side"] else ""
    known = f"{labels['pairs']:,} of {plural(pairs, 'pair')} are labelled on both sides."
    if not labels["enough"]:
        return [f"{known} That is too few to correct anything; label at least 10, drawn at random.{one_side}"]
    if labels["ppi"]["weight"] is None:
        return [f"{known} The corrected drift is that of the labels themselves.{one_side}"]
    said = [
        f"{known} The correction is PPI++ on the paired difference; it takes the labelled pairs for a random sample of "
        f"all, and believes the judge on the others with weight {labels['ppi']['weight']:.2f}.{one_side}"
    ]
    if labels["picked_p"] < PICKED:
        said.append(
            f"The labelled pairs do not look drawn at random ({p_phrase(labels['picked_p'])}): whether a pair is "
            "labelled goes with what the judge says of it. Then the corrected figures are not those of all pairs."
        )
    return said
