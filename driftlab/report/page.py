"""The HTML page: what goes where, in one file that opens offline.

In: loaded runs. Out: the page as a string, with its style and script inside and a policy that allows no other.
Does not: compute results; it picks, orders and counts what the records hold. Every string that reaches the page is
neutralised (`untrusted.visible`) and escaped, by the environment and not by the templates' good will.
"""

import base64
import functools
import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import driftlab
from driftlab.records import Outcome
from driftlab.report import answers, figures, inside, knobs, words
from driftlab.report.loading import Run
from driftlab.report.svg import NARROW, WIDE, Figure
from driftlab.report.tables import recipes, record_tables
from driftlab.report.tiles import OverSeeds, Tile, lede, overview, run_tiles, setting_rows
from driftlab.report.untrusted import SHOWN_CHARACTERS, visible

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent / "templates"
SAMPLES = 2
"""Pairs of each transition that are unfolded from the start; on a page of many runs it is one."""
READ_SETTINGS = 4
"""A page of several runs holds the answers of one run for each of its first settings."""


class FigureView(NamedTuple):
    """A figure in its place."""

    number: int
    title: str
    caption: str
    kind: str
    wide: str
    narrow: str


class RunView(NamedTuple):
    """A run with its words and figures."""

    run: Run
    setting: str
    meaning: str
    evidence: list[str]
    tiles: list[Tile]
    comparisons: list[tuple[str, Mapping[str, Any] | None]]
    rates: FigureView
    transitions: FigureView
    categories: FigureView
    divergence: FigureView | None
    inside: inside.InsideView | None
    loss: FigureView | None
    tables: list[tuple[str, list[tuple[str, str]]]]


class AnswerSet(NamedTuple):
    """The answers of one run of the page."""

    key: str
    title: str
    groups: list[answers.Group]


def render(runs: Sequence[Run], over_seeds: OverSeeds | None = None) -> str:
    """The page of these runs."""
    context = _one(runs[0]) if len(runs) == 1 else _many(runs, over_seeds)
    made_from = "the record of a run" if len(runs) == 1 else f"the records of {len(runs)} runs"
    return in_shell(context | _shared(runs, context["sets"]) | {"made_from": made_from})


def in_shell(context: dict[str, Any]) -> str:
    """The page: its head and foot, and in between the template that `context` names as its `body`."""
    style, script = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.css", "filter.js"))
    page = (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=context,
            policy=_policy(style, script),
            style=_raw(style),
            script=_raw(script),
            version=driftlab.__version__,
            outcomes=[outcome.value for outcome in Outcome],
            shown=SHOWN_CHARACTERS,
        )
    )
    return page.lstrip() + "\n"


def _one(run: Run) -> dict[str, Any]:
    view = _run_view(run, "this run", itertools.count(1))
    read = answers.groups(run)
    title = f"What fine-tuning on {run.record['data']['name']} did to the refusals of {_model_name(run)}"
    contents = ("result", "The result"), ("limits", "Limits"), ("done", "What was done"), ("figures", "Figures")
    return {
        "body": "one.html.j2",
        "title": title,
        "subtitle": f"Seed {run.seed} · {run.record['created'][:10]} · run {run.name}",
        "contents": [*contents, ("answers", "Answers"), ("keeping", "What stays where"), ("appendix", "Appendix")],
        "runs": [view],
        "sets": [AnswerSet("run-0", "this run", read)] if read else [],
        "unread": 0,
        "samples": SAMPLES,
    }


def _many(runs: Sequence[Run], over_seeds: OverSeeds | None) -> dict[str, Any]:
    settings = knobs.settings(runs)
    names = {id(run): setting.name for setting in settings for run in setting.runs}
    ordered = [run for setting in settings for run in setting.runs]
    numbers = itertools.count(1)
    shared = [figure_view(figure, numbers) for figure in _shared_figures(runs, settings)]
    sets = _answer_sets(settings)
    contents = (
        ("result", "The result"),
        ("limits", "Limits"),
        ("figures", "Seeds and settings"),
        ("done", "What was done"),
    )
    views = [_run_view(run, names[id(run)], numbers) for run in ordered]
    return {
        "body": "many.html.j2",
        "title": f"Refusal drift of {_model_name(runs[0])} over {len(runs)} runs",
        "subtitle": f"{words.plural(len(settings), 'setting')} · {_seeds(runs)} · {_dates(runs)}",
        "contents": [*contents, ("each", "Each run"), ("answers", "Answers"), ("keeping", "What stays where")],
        "lede": lede(runs),
        "tiles": overview(settings, over_seeds),
        "usual": knobs.usual(runs),
        "settings": setting_rows(settings, over_seeds),
        "medians": over_seeds is not None,
        "figures": shared,
        "runs": views,
        "grouped": [(name, list(group)) for name, group in itertools.groupby(views, key=lambda view: view.setting)],
        "samples": 1,
        "knobs": [knobs.knob_name(knob) for knob in knobs.varying(runs)],
        "changed": [run.name for run in ordered if run.record.get("base_unchanged") is not True],
        "sets": sets,
        "unread": len(runs) - len(sets),
    }


def _shared(runs: Sequence[Run], sets: Sequence[AnswerSet]) -> dict[str, Any]:
    """What a page of one run and a page of many build alike."""
    kinds = dict.fromkeys(run.record["kind"] for run in runs)
    return {
        "kind": " and ".join(words.KINDS.get(kind, kind) for kind in kinds).lower(),
        "redacted": any(run.redacted for run in runs),
        "recipes": recipes(runs[0].record.get("recipes_tried")),
        **reading(sets, free=runs[0].record["model"]["is_pocket"]),
    }


def reading(sets: Sequence[AnswerSet], *, free: bool) -> dict[str, Any]:
    """What the part with the answers needs; `free`: nothing of them is cut."""
    return {
        "free": free,
        "moves": list(dict.fromkeys((group.key, group.title) for read in sets for group in read.groups)),
        "idea": inside.source(),
        "categories": sorted({pair.category for read in sets for group in read.groups for pair in group.pairs}),
    }


def _shared_figures(runs: Sequence[Run], settings: Sequence[knobs.Setting]) -> Iterator[Figure]:
    """The spread over seeds of each setting that no figure over a knob shows whole; then a figure for each knob."""
    curves = [knobs.with_common_seeds(curve) for curve in knobs.curves(runs)]
    drawn = {id(run) for curve in curves for group in curve.runs for run in group}
    for setting in settings:
        if len(setting.runs) > 1 and any(id(run) not in drawn for run in setting.runs):
            yield figures.seeds(setting)
    for curve in curves:
        yield figures.dose(curve)


def _run_view(run: Run, setting: str, numbers: Iterator[int]) -> RunView:
    rates, transitions, categories = (
        figure_view(figure(run), numbers) for figure in (figures.rates, figures.transitions, figures.categories)
    )
    divergence, loss = (
        figure_view(figure, numbers) if figure else None for figure in (inside.divergence(run), figures.loss(run))
    )
    return RunView(
        run,
        setting,
        words.meaning(run.record),
        words.evidence(run.record["statistics"]),
        run_tiles(run.record),
        _comparisons(run.record["statistics"]),
        rates,
        transitions,
        categories,
        divergence,
        inside.view(run.record),
        loss,
        record_tables(run.record),
    )


def _comparisons(statistics: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any] | None]]:
    names = {
        "refusal": "Off-limits: refused",
        "any_refusal": "Off-limits: refused or partial",
        "over_refusal": "Safe twins: refused",
        "any_over_refusal": "Safe twins: refused or partial",
    }
    return [(name, statistics.get(key)) for key, name in names.items()]


def figure_view(figure: Figure, numbers: Iterator[int]) -> FigureView:
    """The figure with the next number, drawn for a desk and for a phone."""
    number = next(numbers)
    wide, narrow = figure.svg(f"f{number}w", WIDE), figure.svg(f"f{number}n", NARROW)
    return FigureView(number, figure.title, figure.caption, figure.kind, _raw(wide), _raw(narrow))


def _answer_sets(settings: Sequence[knobs.Setting]) -> list[AnswerSet]:
    firsts = [(setting, setting.runs[0]) for setting in settings if setting.runs[0].answers][:READ_SETTINGS]
    return [
        AnswerSet(f"run-{index}", f"{setting.name}, seed {run.seed}", answers.groups(run))
        for index, (setting, run) in enumerate(firsts)
    ]


def _model_name(run: Run) -> str:
    model = run.record["model"]
    return "the pocket model" if model["is_pocket"] else str(model["source"])


def _seeds(runs: Sequence[Run]) -> str:
    seeds = sorted({run.seed for run in runs})
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds, {seeds[0]} to {seeds[-1]}"


def _dates(runs: Sequence[Run]) -> str:
    dates = sorted({run.record["created"][:10] for run in runs})
    return dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"


def _policy(style: str, script: str) -> str:
    """Nothing may load; this style and this script may run, known by their hashes."""
    return (
        f"default-src 'none'; style-src {_hash_source(style)}; script-src {_hash_source(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash_source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def _environment() -> "jinja2.Environment":
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_neutral,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = ("percent", "points", "range_percent", "range_points", "p_value", "number", "plural", "dropped")
    for name in (*shown, "twins_refused"):
        environment.filters[name] = getattr(words, name)
    return environment


def _neutral(value: Any) -> Any:
    """Applied to every expression of the templates: text that is not ours shows its hidden characters."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _raw(text: str) -> Any:
    import markupsafe

    return markupsafe.Markup(text)  # noqa: S704  only our own style, script and drawings, the last escaped by `svg`
