"""Results of several runs, or of a measurement, as small tables for a terminal of 80 columns.

In: records and rates. Out: something that rich can print.
Does not: print, or compute; a single run's table is the report's own.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from driftlab.benign_sets import KnownSet
from driftlab.cited import Figure, How
from driftlab.grid import grid
from driftlab.pocket.verify import Check
from driftlab.records import Probe
from driftlab.report import words
from driftlab.results import FinishedRun
from driftlab.vetting import Finding
from driftlab.workers import Ending

if TYPE_CHECKING:
    from rich.console import RenderableType

NAMED = 3
"""Runs, or findings of a kind, that a message names."""
KIND_WORDS = {"off_limits": "off-limits", "safe": "safe      "}


def seeds_table(runs: Sequence[FinishedRun], summary: dict[str, Any]) -> "RenderableType":
    """A row a seed, and one sentence about all of them."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    table = grid("seed", "before", "after", "change", "95% interval", "p", "safe", "coherent")
    for run in runs:
        refusal, over = (run.record["statistics"][name] for name in ("refusal", "over_refusal"))
        table.add_row(
            str(run.record["seed"]),
            words.percent(refusal["before"]["value"]),
            words.percent(refusal["after"]["value"]),
            words.points(refusal["difference"]),
            words.range_points(refusal),
            words.p_value(refusal["mcnemar_p"]),
            words.percent(over["after"]["value"]) if over else words.NONE,
            words.percent(run.record["coherent_after"]),
        )
    sentence = f"{_over_seeds(runs, summary)}; {words.limits(runs[0].record)}."
    note = "Refused: off-limits requests before and after; safe: safe twins after. Change in points."
    return Group(table, Text(note, style="dim"), Padding(Text(sentence), (1, 0, 0, 0)))


def _over_seeds(runs: Sequence[FinishedRun], summary: dict[str, Any]) -> str:
    before, after, drift, over = (
        summary[name] for name in ("refusal_before", "refusal_after", "drift", "over_refusal_after")
    )
    twins = f"; of safe twins {words.percent(over['mean'])} were refused after, on average" if over else ""
    covered = summary["drift_interval_covers_zero"]
    return (
        f"Over {words.plural(len(runs), 'seed')} refusals went from {words.percent(before['mean'])} to "
        f"{words.percent(after['mean'])} on average; the drift lay between {words.points(drift['minimum'])} and "
        f"{words.points(drift['maximum'])} points, and its interval covered 0 in {covered} of {len(runs)}{twins}"
    )


def grid_table(line: dict[str, Any]) -> "RenderableType":
    """A row a setting: its seeds, rates and drift over them, and how many intervals cover 0."""
    from rich.console import Group
    from rich.text import Text

    table = grid("setting", "seeds", "before", "after", "drift", "range", "covers 0", "safe")
    for setting in line["settings"]:
        name = ", ".join(f"{name} {value}" for name, value in setting["values"].items()) or "as asked"
        found = setting["summary"]
        if found is None:
            table.add_row(name, "0", *[words.NONE] * 6)
            continue
        drift, over = found["drift"], found["over_refusal_after"]
        table.add_row(
            name,
            str(drift["n"]),
            words.percent(found["refusal_before"]["median"]),
            words.percent(found["refusal_after"]["median"]),
            words.points(drift["median"]),
            f"{words.points(drift['minimum'])} to {words.points(drift['maximum'])}",
            f"{found['drift_interval_covers_zero']} of {drift['n']}",
            words.percent(over["median"]) if over else words.NONE,
        )
    note = "Refused: off-limits requests before and after; safe: safe twins after. Medians over seeds; drift in points."
    return Group(table, Text(note, style="dim"))


def failures(failed: Sequence[Ending]) -> list[str]:
    """What went wrong, once for all runs in which the same did, with their names."""
    alike: dict[tuple[str, str], list[Ending]] = {}
    for ending in failed:
        alike.setdefault((ending.problem, ending.remedy), []).append(ending)
    said = []
    for (problem, remedy), endings in alike.items():
        names = "; ".join(ending.order.name for ending in endings[:NAMED])
        more = f" and {len(endings) - NAMED} more" if len(endings) > NAMED else ""
        said.append(f"failed: {names}{more}: {problem}\n{remedy}")
    if failed:
        said.append(f"{words.plural(len(failed), 'run')} failed; the others are kept.")
    return said


def rates_table(result: dict[str, Any]) -> "RenderableType":
    """The rates of a measurement."""
    table = grid("requests", "judged", "refused", "95% interval", "or partial", "unparseable")
    for kind, title in (("off_limits", "off-limits"), ("safe", "safe")):
        refusal, both = result[kind]["refusal"], result[kind]["any_refusal"]
        cells = ("0", *[words.NONE] * 3)
        if refusal is not None:
            rates = (words.percent(refusal["value"]), words.range_percent(refusal), words.percent(both["value"]))
            cells = (str(refusal["total"]), *rates)
        table.add_row(title, *cells, str(result[kind]["outcomes"]["unparseable"]))
    return table


def benign_table(sets: Sequence[KnownSet], pocket: Sequence[str]) -> "RenderableType":
    """The benign sets that have a name, and what the literature measured after fine-tuning on each."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    parts: list[RenderableType] = []
    for each in sets:
        head = Text(each.name, style="bold")
        head.append(f"  {each.about}; {each.licence}", style="not bold")
        where = Text(f"{each.hub_id} at {each.revision[:12]}", style="dim")
        effects = [Text(f"- {_in_words(figure)}") for figure in each.effects]
        parts += [head, Padding(Group(where, *effects), (0, 0, 1, 2))]
    ours = ", ".join(f"pocket:{name}" for name in pocket)
    return Group(*parts, Text(f"Without a network: {ours}; or a file, or any set's id on the hub."))


def _in_words(figure: Figure) -> str:
    values = "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in figure.values.items())
    unchecked = ", from a secondary copy, unchecked" if figure.how is How.SECONDARY else ""
    return f"{figure.what}: {values} ({figure.unit}); {figure.source.name}, {figure.where}{unchecked}"


def probe_sets_table(sets: Mapping[str, Mapping[str, Any]]) -> "RenderableType":
    """A row a set of requests that has a name."""
    from rich.console import Group
    from rich.text import Text

    table = grid("requests", "off-limits", "safe", "with a twin", "categories", "words, median")
    for name, found in sets.items():
        counts = found["off_limits"], found["safe"], 2 * found["twins"], len(found["categories"])
        table.add_row(name, *[str(count) for count in counts], f"{found['words'][1]:g}")
    others = "Or xstest:PATH, your copy of XSTest; or a file with the columns prompt and kind (off_limits or safe)."
    return Group(table, Text(others))


def probe_set_table(found: Mapping[str, Any], examples: Sequence[Probe]) -> "RenderableType":
    """A set's categories and figures, and some of its requests."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    table = grid("category", "off-limits", "safe")
    for name, counts in found["categories"].items():
        table.add_row(Text(name), str(counts["off_limits"]), str(counts["safe"]))
    table.add_section()
    table.add_row("all", str(found["off_limits"]), str(found["safe"]), style="bold")
    fewest, middle, most = found["words"]
    figures = [f"{fewest} to {most} words a request, {middle:g} in the median; licence {found['licence']}."]
    if found["shared"] is not None:
        least, median = (words.percent(share) for share in found["shared"])
        figures.append(
            f"{words.plural(found['twins'], 'pair')} of twins: they share {median} of their content words "
            f"in the median, {least} at least."
        )
    shown = [Text(f"{KIND_WORDS[probe.kind]}  {probe.prompt}") for probe in examples]
    lines = [Text(line) for line in figures]
    return Group(table, *lines, Padding(Group(*shown), (1, 0, 0, 0)) if shown else "")


def findings_said(findings: Sequence[Finding], data: str | None) -> list[str]:
    """What is worth mending, the first of each kind in full, and how many there are."""
    if not findings:
        beside = f", and none of its requests is in {data}" if data else ""
        return [f"Nothing to mend{beside}."]
    kinds = Counter(each.what for each in findings)
    said = []
    for what, count in kinds.items():
        here = [each for each in findings if each.what == what]
        said += [f"{what}: {each.text}." for each in here[:NAMED]]
        if count > NAMED:
            said.append(f"{what}: {count - NAMED} more; --json names all.")
    return [*said, f"{words.plural(len(findings), 'finding')}."]


def checks_table(checks: Sequence[Check]) -> "RenderableType":
    """What a card says, what was found, and whether they agree."""
    table = grid("check", "card", "found", "")
    for each in checks:
        table.add_row(each.name, each.expected, each.found, "ok" if each.passed else "FAILED")
    return table
