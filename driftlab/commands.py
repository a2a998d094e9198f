"""What each command does: run it with a screen to watch, then print its result.

In: parsed arguments. Out: an exit code; the result on stdout, progress on stderr.
With --json, everything but one JSON object on the last line goes to stderr.
Does not: parse arguments (`cli` does), catch errors (`console` does) or compute.
"""

import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from driftlab import comparing, console, exporting, forecast, grid_points, judging, measuring, pipeline, ranks, vetting
from driftlab import report as reports
from driftlab.answer_options import JudgeOptions, RecordedAnswers, both_files
from driftlab.artefacts import artefacts as artefacts_of
from driftlab.artefacts import write_artefacts
from driftlab.benign_sets import known_sets
from driftlab.cluster import run_there
from driftlab.config import RunConfig
from driftlab.crew import choose_crew
from driftlab.data import load_benign
from driftlab.doctor import examine, show
from driftlab.errors import ConfigError
from driftlab.forecast_tables import forecast_tables
from driftlab.grid_runs import GRID, folders_of, run_grid
from driftlab.judging_tables import judged_tables
from driftlab.lengths.table import lengths_table
from driftlab.many_screen import open_many_screen
from driftlab.one_run import Order
from driftlab.options import Asked, BudgetOptions, ManyRuns, configure, parse_jobs, refuse_lonely
from driftlab.pocket import model_dir, world
from driftlab.pocket.build import SEED, build
from driftlab.pocket.verify import verify
from driftlab.probes import NAMED, read_probes
from driftlab.report.lengths_figure import lengths_figure
from driftlab.report.standalone import write_svg
from driftlab.results import over_seeds, run_line, seeds_line
from driftlab.runs import RECORD, read_record, training_finished, writing_to
from driftlab.screen import open_screen
from driftlab.showing import (
    benign_table,
    checks_table,
    failures,
    findings_said,
    grid_table,
    probe_set_table,
    probe_sets_table,
    rates_table,
    seeds_table,
)
from driftlab.stages import PAGE
from driftlab.workers import Ending, Watcher, run_here

if TYPE_CHECKING:
    from rich.console import Console

OK, FAILED = 0, 1
LIST = "list"
"""Given as the data, it asks which there are."""
GO_ON = "The time of --max-hours is up. The same command goes on with training from here."
AGAIN = "This run was complete already: nothing was computed. `--fresh` does it again."


def drift(
    asked: Asked,
    out: Path | None,
    *,
    fresh: bool,
    as_json: bool,
    many: ManyRuns = ManyRuns(),  # noqa: B008  frozen
) -> int:
    """Run the experiment for one seed or several, and show what came out; or list the benign sets that have a name."""
    if asked.data == LIST:
        return _list_sets(as_json=as_json)
    refuse_lonely(asked, many)
    if many != ManyRuns():
        return _drift_grid(asked, many, out, fresh=fresh, as_json=as_json)
    configs = configure(asked)
    if not ranks.first():
        pipeline.take_part()
        return OK
    if asked.seeds is not None:
        return _drift_seeds(configs, out, asked.max_hours, fresh=fresh, as_json=as_json)
    with open_screen() as screen, ranks.leading():
        run = pipeline.run_drift(configs[0], out, screen, fresh=fresh, max_hours=asked.max_hours)
    prose = _prose(as_json)
    prose.print(reports.drift_table(run.record))
    if run.shown_again:
        prose.print(f"\n{AGAIN}", highlight=False)
    if not training_finished(run.record):
        prose.print(f"\n{GO_ON}", highlight=False)
    _say_where(prose, {"run folder": run.folder, "read on": run.folder / PAGE})
    return _end(run_line(run) if as_json else None)


def _list_sets(*, as_json: bool) -> int:
    sets = tuple(known_sets().values())
    _prose(as_json).print(benign_table(sets, tuple(world.BENIGN)))
    return _end({"sets": [each.to_json() for each in sets]} if as_json else None)


def _drift_seeds(
    configs: Sequence[RunConfig], out: Path | None, max_hours: float | None, *, fresh: bool, as_json: bool
) -> int:
    with open_screen() as screen, ranks.leading():
        runs, page = pipeline.run_seeds(configs, out, screen, fresh=fresh, max_hours=max_hours)
    line = seeds_line(runs)
    prose = _prose(as_json)
    prose.print(seeds_table(runs, line["summary"]))
    shown = sum(run.shown_again for run in runs)
    if shown:
        prose.print(f"{shown} of {len(runs)} runs were complete already. `--fresh` does them again.", highlight=False)
    stopped = sum(not training_finished(run.record) for run in runs)
    if stopped or len(runs) < len(configs):
        left = f"{len(configs) - len(runs)} of {len(configs)} runs were not begun, {stopped} not trained to the end."
        prose.print(f"{left} {GO_ON}", highlight=False)
    _say_where(prose, {"run folders": page.parent, "read on": page})
    return _end(line if as_json else None)


def _drift_grid(asked: Asked, many: ManyRuns, out: Path | None, *, fresh: bool, as_json: bool) -> int:
    """Runs in processes of their own; the exit code says whether any of them failed."""
    if ranks.count() > 1:
        raise ConfigError(
            f"{ranks.count()} processes were started to train together, and a grid starts processes of its own.",
            "Start it without torchrun, or give one of its runs to torchrun.",
        )
    jobs, points = parse_jobs(many.jobs), grid_points.points(asked, many.grid)
    with open_many_screen() as screen:

        def make(orders: Sequence[Order], watcher: Watcher) -> list[Ending]:
            if many.scheduler is not None:
                return run_there(orders, many.scheduler, watcher)
            crew = choose_crew([order.config for order in orders], jobs, screen.say)
            return run_here(orders, crew.jobs, crew.threads, watcher)

        result = run_grid(points, out, make, screen, fresh=fresh)
    line = result.to_json()
    prose = _prose(as_json)
    prose.print(grid_table(line))
    shown = sum(run.shown_again for run in result.runs)
    if shown:
        again = "runs were complete already. `--fresh` does them again."
        prose.print(f"{shown} of {len(result.runs)} {again}", highlight=False)
    if result.page is not None:
        _say_where(prose, {"page and summary": result.folder, "read on": result.page})
    _prose(to_stderr=True).print(*failures(result.failed), sep="\n", highlight=False, markup=False, soft_wrap=True)
    _end(line if as_json else None)
    bugs = any(ending.how == "bug" for ending in result.failed)
    return console.BUG if bugs else console.USER if result.failed else OK


def measure(asked: Asked, run: Path | None, out: Path | None, *, recorded: RecordedAnswers, as_json: bool) -> int:
    """Ask and judge a model, or the model of a finished run with its adapter; or compare two files of answers."""
    files = both_files(recorded, asked, run)
    if files is not None:
        return _measure_files(*files, recorded, out, as_json=as_json)
    start = RunConfig.from_json(read_record(run)["config"]) if run is not None and asked.model is None else None
    config = configure(asked, start)[0]
    with open_screen() as screen:
        screen.stage(f"Asking {config.model}")
        measured = measuring.measure(config, run, out, screen.progress)
    prose = _prose(as_json)
    prose.print(rates_table(measured.result))
    if out is not None:
        _say_where(prose, {"answers and verdicts": out})
    return _end(measured.result if as_json else None)


def _measure_files(before: Path, after: Path, recorded: RecordedAnswers, out: Path | None, *, as_json: bool) -> int:
    found = comparing.compare_files(before, after, recorded.columns)
    prose = _prose(as_json)
    prose.print(reports.pairs_table(found.result))
    if out is not None:
        _say_where(prose, {"page": reports.write_pairs_page(found.result, found.answers, found.verdicts, out)})
    return _end(found.result if as_json else None)


def judge(options: JudgeOptions, *, as_json: bool) -> int:
    """Judge the answers of a file; the verdicts go to a file, or to stdout as JSONL."""
    with open_screen() as screen:
        begun: list[str] = []

        def on_progress(name: str, done: int, total: int) -> None:
            if name not in begun:
                begun.append(name)
                screen.stage(f"Judging by {name}")
            screen.progress(done, total)

        judged = judging.judge_file(options, on_progress)
    if options.out is not None:
        judging.write_verdicts(options.out, judged.verdicts)
    elif not as_json:
        for verdict in judged.verdicts:
            sys.stdout.write(json.dumps(verdict, ensure_ascii=False) + "\n")
    _prose(to_stderr=True).print(judged_tables(judged.result))
    return _end(judged.result if as_json else None)


def report(runs: Sequence[Path], out: Path | None, *, redact: bool, as_json: bool) -> int:
    """One page of several runs, or one run's copy to share."""
    if redact and len(runs) != 1:
        raise ConfigError(f"--redact was given {len(runs)} runs.", "It makes a copy of one run; call it for each.")
    if out is None:
        wanted = "--redact RUN --out DIR" if redact else "RUN… --out FILE"
        raise ConfigError("--out is missing.", f"Say where the result goes: driftlab report {wanted}")
    made = reports.redact(runs[0], out) if redact else reports.write_report(_expanded(runs), out, over_seeds)
    _say_where(_prose(as_json), {"redacted copy" if redact else "page": made})
    return _end({"out": str(made)} if as_json else None)


def artefacts(run: Path, out: Path | None) -> int:
    """The text that is handed in of a run."""
    made = artefacts_of(run)
    if out is None:
        sys.stdout.write(made.text)
        return OK
    write_artefacts(made, out)
    _say_where(_prose(to_stderr=False), {"artefacts": out})
    return OK


def export(run: Path, to: str, out: Path, *, as_json: bool) -> int:
    """A run's answers and verdicts as logs that another tool reads."""
    made = exporting.export_run(run, to, out)
    _say_where(_prose(as_json), {path.name: path for path in made})
    return _end({"files": [str(path) for path in made]} if as_json else None)


def budget(asked: Asked, options: BudgetOptions, drawn: dict[str, Path | None], *, as_json: bool) -> int:
    """Predict the memory of a run on a GPU, or what a cut does to a set; `drawn`: where figures go, by name."""
    if options.lengths is not None or asked.data is not None:
        return _budget_of_cut(asked, options, drawn, as_json=as_json)
    with open_screen() if options.trace else contextlib.nullcontext() as screen:
        if screen is not None:
            screen.stage("Running the step on fake tensors")
        made = forecast.forecast(asked, options)
    _prose(as_json).print(forecast_tables(made))
    wanted = {name: out for name, out in drawn.items() if out is not None}
    if wanted:
        figures = forecast.figures(made)
        _say_where(_prose(as_json), {name: write_svg(figures[name], out) for name, out in wanted.items()})
    return _end(made.to_json() if as_json else None)


def _budget_of_cut(asked: Asked, options: BudgetOptions, drawn: dict[str, Path | None], *, as_json: bool) -> int:
    made = forecast.cut_forecast(asked, options)
    _prose(as_json).print(lengths_table(made.audit, made.choices, made.usable))
    out = drawn["bars"]
    if out is not None:
        _say_where(_prose(as_json), {"figure": write_svg(lengths_figure(made.audit.to_json()), out)})
    return _end(made.to_json() if as_json else None)


def doctor(*, as_json: bool) -> int:
    """What this machine can do; the exit code is 1 where not even the pocket model runs."""
    found = examine()
    show(found, _prose(as_json))
    if as_json:
        _end(found.to_json())
    return OK if any(track.runs for track in found.tracks) else FAILED


def pocket_path() -> int:
    """Where the shipped model lies."""
    sys.stdout.write(f"{model_dir()}\n")
    return OK


def pocket_build(out: Path, seed: int | None, *, as_json: bool) -> int:
    """Make the pocket model again in a new folder."""
    measuring.refuse_occupied(out, only_new=True)
    with open_screen() as screen, writing_to(out.absolute().parent):
        stages: list[str] = []

        def on_step(stage: str, step: int, steps: int, loss: float) -> None:
            if stage not in stages:
                stages.append(stage)
                screen.stage(f"Learning to {stage}")
            screen.progress(step, steps, f"loss {loss:.3f}")

        chosen = SEED if seed is None else seed
        made = build(out, seed=chosen, on_step=on_step)
    _say_where(_prose(as_json), {"model": made})
    return _end({"out": str(made), "seed": chosen} if as_json else None)


def pocket_verify(folder: Path | None, *, as_json: bool) -> int:
    """Measure a pocket model against its card; the exit code is 1 where a check fails."""
    with open_screen() as screen:
        screen.stage("Asking the pocket model")
        checks = verify(folder, on_progress=screen.progress)
    passed = all(each.passed for each in checks)
    _prose(as_json).print(checks_table(checks))
    if as_json:
        _end({"passed": passed, "checks": [each._asdict() for each in checks]})
    return OK if passed else FAILED


def probes_list(*, as_json: bool) -> int:
    """The sets of requests that have a name."""
    sets = {name: vetting.summary(read_probes(name)) for name in NAMED}
    _prose(as_json).print(probe_sets_table(sets))
    return _end({"sets": list(sets.values())} if as_json else None)


def probes_show(name: str, pairs: int, *, as_json: bool) -> int:
    """What is in a set of requests, and a few of them."""
    found = read_probes(name)
    summary, examples = vetting.summary(found), vetting.examples(found.probes, pairs)
    _prose(as_json).print(probe_set_table(summary, examples), highlight=False)
    return _end({**summary, "examples": [probe.to_json() for probe in examples]} if as_json else None)


def probes_check(file: str, data: str | None, *, as_json: bool) -> int:
    """Look for what is worth mending in a set of requests; the exit code is 1 where something was found."""
    found = read_probes(file)
    benign = load_benign(data, screen=False) if data is not None else None
    findings = vetting.vet(found, (*benign.train, *benign.heldout) if benign is not None else ())
    summary = vetting.summary(found)
    prose = _prose(as_json)
    prose.print(probe_set_table(summary, ()), highlight=False)
    prose.print(*findings_said(findings, data), sep="\n", highlight=False, markup=False, soft_wrap=True)
    if as_json:
        _end({**summary, "data": data, "passed": not findings, "findings": [each._asdict() for each in findings]})
    return FAILED if findings else OK


def _expanded(runs: Sequence[Path]) -> list[Path]:
    """Folders of several seeds, and of grids, stand for their runs."""
    found: list[Path] = []
    for run in runs:
        if (run / GRID).exists():
            found += folders_of(run)
            continue
        inside = sorted(path.parent for path in run.glob(f"s*/{RECORD}")) if not (run / RECORD).exists() else []
        found += sorted(inside, key=lambda path: (len(path.name), path.name)) or [run]
    return found


def _prose(to_stderr: bool) -> "Console":
    from rich.console import Console

    return Console(stderr=to_stderr)


def _say_where(prose: "Console", places: dict[str, Path]) -> None:
    prose.print()
    for name, place in places.items():
        prose.print(f"{name}: {place}", highlight=False, markup=False, soft_wrap=True)


def _end(line: dict[str, Any] | None) -> int:
    """Exit code 0, after the JSON object if one was asked for."""
    if line is not None:
        sys.stdout.write(json.dumps(line, allow_nan=False) + "\n")
    return OK
