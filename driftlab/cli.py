"""The command line: signatures and help. Every body is one call.

In: arguments. Out: an exit code (0 ok, 1 a check failed; `console` turns errors into 2, 3 and 130).
Does not: decide, compute or format anything; neither importing this nor `--help` loads torch.
"""
# ruff: noqa: D301  the backspace is typer's mark for lines that must not be wrapped

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from driftlab import __version__
from driftlab.answer_options import RecordedAnswers
from driftlab.cli_judge import judge
from driftlab.cli_options import (
    Accumulation,
    After,
    AnswerColumn,
    Attention,
    Batch,
    Batching,
    Before,
    BudgetModel,
    CategoryColumn,
    Checkpointing,
    CheckpointMinutes,
    Data,
    Dropout,
    FamilyColumn,
    Gpu,
    Grid,
    IdColumn,
    Jobs,
    Json,
    Kernel,
    KindColumn,
    Labels,
    Lengths,
    Loop,
    MaxHours,
    MaxNewTokens,
    Model,
    Optimizer,
    Preset,
    Probes,
    PromptColumn,
    Quantization,
    Rank,
    RestDtype,
    SafetyShare,
    Scheduler,
    Screen,
    Seeds,
    SeqLen,
    Targets,
    Tokens,
    Trace,
    Truncation,
)
from driftlab.cli_probes import probes_app
from driftlab.console import on_first_use
from driftlab.options import Asked, BudgetOptions, ManyRuns

if TYPE_CHECKING:
    from driftlab import commands
else:
    commands: Any = sys.modules.get("driftlab.commands") or on_first_use("driftlab.commands")

app = typer.Typer(name="driftlab", no_args_is_help=True, add_completion=False, rich_markup_mode=None)
pocket = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(pocket, name="pocket", help="The chat model that comes with the course: path, build, verify.")
app.add_typer(probes_app, name="probes", help="Requests to ask: list the sets, show one, check your own.")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"driftlab {__version__}")
        raise typer.Exit


@app.callback(epilog="Start with `driftlab doctor`, then `driftlab drift`. Each command has its own --help.")
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the whole traceback of an unexpected error.")] = False,
) -> None:
    """Measure how stable a chat model's safety alignment is when it is fine-tuned.

    \b
    Example:
      driftlab drift              the whole experiment on the embedded model, about a minute
    """


@app.command()
def drift(
    model: Model = None,
    data: Data = None,
    probes: Probes = None,
    preset: Preset = None,
    epochs: Annotated[float | None, typer.Option(metavar="X", help="Passes over the data.")] = None,
    lr: Annotated[float | None, typer.Option(metavar="X", help="Peak learning rate.")] = None,
    rank: Rank = None,
    alpha: Annotated[int | None, typer.Option(metavar="N", help="LoRA alpha.")] = None,
    dropout: Dropout = None,
    targets: Targets = None,
    batch: Batch = None,
    accumulation: Accumulation = None,
    max_length: Annotated[int | None, typer.Option(metavar="N", help="Tokens of an example, at most.")] = None,
    truncation: Truncation = None,
    batching: Batching = None,
    checkpointing: Checkpointing = None,
    optimizer: Optimizer = None,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Benign examples, at most.")] = None,
    safety_share: SafetyShare = None,
    screen: Screen = None,
    max_new_tokens: MaxNewTokens = None,
    quantization: Quantization = None,
    kernel: Kernel = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Adapter's start, dropout, order of data.")] = None,
    seeds: Seeds = None,
    grid: Grid = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    checkpoint_minutes: CheckpointMinutes = None,
    max_hours: MaxHours = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Run folder; by default one under runs/.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do a run again though its folder holds it.")] = False,
    json: Json = False,
) -> int:
    """Measure refusals, fine-tune, measure again.

    The course's experiment. Options that are left away are the preset's. A run that was interrupted goes on
    where it was when the same command is given again.

    \b
    Examples:
      driftlab drift
      driftlab drift --data pocket:own --seeds 0..9 --json
      driftlab drift --lr 5e-4 --epochs 2 --out runs/slow
      driftlab drift --seeds 0..9 --grid lr=1e-3,2e-3 --grid rank=8,32
      driftlab drift --model meta-llama/Llama-2-7b-chat-hf --preset llama2-7b-1xt4 --max-hours 10
      torchrun --nproc-per-node 2 -m driftlab drift --preset llama2-7b-2xt4
    """
    return commands.drift(
        Asked(
            model=model, data=data, probes=probes, preset=preset, epochs=epochs, lr=lr, rank=rank, alpha=alpha,
            dropout=dropout, targets=targets, batch=batch, accumulation=accumulation, max_length=max_length,
            truncation=truncation, batching=batching, checkpointing=checkpointing, optimizer=optimizer, limit=limit,
            safety_share=safety_share, screen=screen, max_new_tokens=max_new_tokens, quantization=quantization,
            kernel=kernel, seed=seed, seeds=seeds, checkpoint_minutes=checkpoint_minutes, max_hours=max_hours,
        ),
        out, fresh=fresh, as_json=json, many=ManyRuns(tuple(grid or ()), jobs, scheduler),
    )  # fmt: skip


@app.command()
def measure(
    model: Model = None,
    probes: Probes = None,
    preset: Preset = None,
    adapter: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Measure the model with the adapter of this run.")
    ] = None,
    max_new_tokens: MaxNewTokens = None,
    quantization: Quantization = None,
    kernel: Kernel = None,
    before: Before = None,
    after: After = None,
    labels: Labels = None,
    prompt_column: PromptColumn = None,
    answer_column: AnswerColumn = None,
    id_column: IdColumn = None,
    category_column: CategoryColumn = None,
    kind_column: KindColumn = None,
    family_column: FamilyColumn = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR|FILE", help="A new folder for answers and verdicts; with --before, the page."),
    ] = None,
    json: Json = False,
) -> int:
    """Ask and judge, without training; or compare two files of recorded answers.

    With --before and --after: the drift between them with its interval, tests, and what this many pairs can show. With
    --labels also the drift corrected for the judge's errors, by the pairs that people labelled on both sides.

    \b
    Examples:
      driftlab measure
      driftlab measure --model ./my-model --probes everyday --out answers --json
      driftlab measure --before before.csv --after after.csv --out page.html
      driftlab measure --before b.jsonl --after a.jsonl --labels label --kind-column type --json
    """
    asked = Asked(
        model=model, probes=probes, preset=preset, max_new_tokens=max_new_tokens, quantization=quantization,
        kernel=kernel,
    )  # fmt: skip
    recorded = RecordedAnswers(
        before=before, after=after, labels=labels, prompt_column=prompt_column, answer_column=answer_column,
        id_column=id_column, category_column=category_column, kind_column=kind_column, family_column=family_column,
    )  # fmt: skip
    return commands.measure(asked, adapter, out, recorded=recorded, as_json=json)


app.command()(judge)


@app.command()
def report(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN…", help="Run folders, or folders of seeds or grids.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE|DIR", help="The page; with --redact, the new folder.")
    ] = None,
    redact: Annotated[
        bool, typer.Option("--redact", help="Make a folder that may be shared: verdicts and hashes, no answers.")
    ] = False,
    json: Json = False,
) -> int:
    """Make a page of runs, or a copy to share.

    \b
    Examples:
      driftlab report runs/* --out page.html
      driftlab report --redact runs/pocket-plans-s0-1a2b3c4d --out shared
    """
    return commands.report(runs, out, redact=redact, as_json=json)


@app.command()
def artefacts(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there, not to stdout.")] = None,
) -> int:
    """Print what of a run is handed in: settings, log and record, as JSON; no weights, no answers.

    \b
    Examples:
      driftlab artefacts runs/llama2-7b-2xt4-dolly-s0-1a2b3c4d
    """
    return commands.artefacts(run, out)


@app.command()
def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A finished run's folder.")],
    to: Annotated[str, typer.Option(metavar="inspect|lm-eval", help="Inspect's logs, or harness samples as JSONL.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the two files go, one of each phase.")],
    json: Json = False,
) -> int:
    """Write a run as logs that other tools read.

    The answers in them are whole: such files stay where the run's folder stays.

    \b
    Example:
      driftlab export runs/pocket-plans-s0-1a2b3c4d --to inspect --out logs
    """
    return commands.export(run, to, out, as_json=json)


@app.command()
def budget(
    model: BudgetModel = None,
    preset: Preset = None,
    gpu: Gpu = None,
    max_length: SeqLen = None,
    batch: Batch = None,
    accumulation: Accumulation = None,
    rank: Rank = None,
    targets: Targets = None,
    dropout: Dropout = None,
    optimizer: Optimizer = None,
    checkpointing: Checkpointing = None,
    quantization: Quantization = None,
    rest_dtype: RestDtype = None,
    attention: Attention = None,
    loop: Loop = None,
    trace: Trace = False,
    lengths: Lengths = None,
    data: Annotated[
        str | None, typer.Option(metavar="NAME|PATH", help="The same for a benign set, by the model's tokenizer.")
    ] = None,
    tokens: Tokens = None,
    figure: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw the terms, or the lengths.")] = None,
    curve: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw the peak by length.")] = None,
    json: Json = False,
) -> int:
    """Predict the memory of a training step.

    By term, at the moment of its peak, before anything is loaded: whether it fits a GPU, what to change, and hours.
    With --lengths or --data: what a cut at the maximum length loses and saves.

    \b
    Examples:
      driftlab budget --model llama-2-7b --gpu t4 --seq-len 1024 --no-checkpointing
      driftlab budget --model Qwen/Qwen2.5-7B --batch 2 --rank 16 --trace --json
      driftlab budget --preset llama2-7b-2xt4 --figure terms.svg --curve lengths.svg
      driftlab budget --model llama-2-7b --seq-len 1024 --lengths lengths.csv
    """
    asked = Asked(
        model=model, preset=preset, data=data, rank=rank, batch=batch, accumulation=accumulation, dropout=dropout,
        max_length=max_length, optimizer=optimizer, checkpointing=checkpointing, quantization=quantization,
    )  # fmt: skip
    chosen = BudgetOptions(
        gpu=gpu, targets=targets, rest_dtype=rest_dtype, attention=attention, loop=loop, trace=trace, tokens=tokens,
        lengths=lengths,
    )  # fmt: skip
    return commands.budget(asked, chosen, {"bars": figure, "curves": curve}, as_json=json)


@app.command()
def doctor(json: Json = False) -> int:
    """Say what this machine can do, and what to type next.

    \b
    Example:
      driftlab doctor
    """
    return commands.doctor(as_json=json)


@pocket.command("path")
def pocket_path() -> int:
    """Show the folder of the shipped model.

    \b
    Example:
      driftlab pocket path
    """
    return commands.pocket_path()


@pocket.command("build")
def pocket_build(
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new folder.")],
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Fixes the whole build; the shipped model's if left out.")
    ] = None,
    json: Json = False,
) -> int:
    """Make the pocket model again, from its seed.

    \b
    Example:
      driftlab pocket build --out my-pocket
    """
    return commands.pocket_build(out, seed, as_json=json)


@pocket.command("verify")
def pocket_verify(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="A built model; the shipped one by default.")
    ] = None,
    json: Json = False,
) -> int:
    """Measure the pocket model against its card.

    The exit code is 1 where they differ.

    \b
    Examples:
      driftlab pocket verify
      driftlab pocket verify my-pocket
    """
    return commands.pocket_verify(folder, as_json=json)
