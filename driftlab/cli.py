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
from driftlab.console import on_first_use
from driftlab.options import Asked, BudgetOptions, ManyRuns

if TYPE_CHECKING:
    from driftlab import commands
else:
    commands: Any = sys.modules.get("driftlab.commands") or on_first_use("driftlab.commands")

app = typer.Typer(name="driftlab", no_args_is_help=True, add_completion=False, rich_markup_mode=None)
pocket = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(pocket, name="pocket", help="The chat model that comes with the course: path, build, verify.")

Json = Annotated[bool, typer.Option("--json", help="End with one JSON object on stdout; all else goes to stderr.")]
Model = Annotated[str | None, typer.Option(metavar="pocket|PATH|HUB-ID", help="The chat model.")]
Probes = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|PATH", help="Requests to ask: pocket, everyday, xstest:PATH, or a CSV, JSONL or Parquet file."
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="All settings at once: pocket, llama2-7b-2xt4 (the published run's), or others."),
]
MaxNewTokens = Annotated[int | None, typer.Option(metavar="N", help="Tokens of an answer, at most.")]
Quantization = Annotated[str | None, typer.Option(metavar="nf4|none", help="How the base weights are stored.")]
Optimizer = Annotated[
    str | None, typer.Option(metavar="NAME", help="paged_adamw_8bit, adamw_8bit or adamw; on a CPU always adamw.")
]
Checkpointing = Annotated[
    bool | None,
    typer.Option("--checkpointing/--no-checkpointing", help="Compute layers again in the backward pass, or keep all."),
]
Batch = Annotated[int | None, typer.Option(metavar="N", help="Examples in one forward pass.")]
Accumulation = Annotated[int | None, typer.Option(metavar="N", help="Forward passes for one step.")]
Rank = Annotated[int | None, typer.Option(metavar="N", help="LoRA rank.")]
Dropout = Annotated[float | None, typer.Option(metavar="X", help="LoRA dropout.")]
Targets = Annotated[str | None, typer.Option(metavar="all|attention|mlp|LIST", help="Layers that get an adapter.")]
# of `drift` alone
Data = Annotated[
    str | None,
    typer.Option(metavar="NAME|PATH", help="Benign data: pocket:plans and others, a file, a hub id; or list."),
]
SafetyShare = Annotated[
    float | None, typer.Option(metavar="X", help="Share of refusals mixed into the data (0 to 0.5).")
]
Seeds = Annotated[str | None, typer.Option(metavar="A..B", help="One run for each seed, and a joint page.")]
Grid = Annotated[
    list[str] | None,
    typer.Option("--grid", metavar="NAME=V,V", help="A run for each value of an option, with each seed; repeatable."),
]
Jobs = Annotated[
    str | None,
    typer.Option(metavar="N|auto", help="Runs side by side, each in a process; auto: what cores and memory allow."),
]
Scheduler = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="A dask scheduler: the runs are made on its workers.")
]
Truncation = Annotated[
    str | None,
    typer.Option(metavar="drop|cut-prompt|cut-answer", help="What becomes of an example that is too long."),
]
Batching = Annotated[
    str | None, typer.Option(metavar="sorted|packed", help="packed: several examples in a row, blind to each other.")
]
Screen = Annotated[
    bool | None,
    typer.Option("--screen/--no-screen", help="Leave out rows that refuse or look unsafe (not of pocket sets)."),
]
CheckpointMinutes = Annotated[
    float | None, typer.Option(metavar="X", help="Minutes of training that a kill costs, at most; 10 by default.")
]
MaxHours = Annotated[
    float | None, typer.Option(metavar="X", help="Stop training after so long; the same command goes on.")
]
# of `budget` alone
BudgetModel = Annotated[
    str | None,
    typer.Option(metavar="NAME|PATH|HUB-ID", help="A model by name (llama-2-7b), its config.json, or a hub id."),
]
Gpu = Annotated[
    str | None, typer.Option(metavar="NAME|BYTES", help="t4 (default), 2xt4, l4, a100-40, h200 ...; or 14.74GiB.")
]
SeqLen = Annotated[
    int | None, typer.Option("--seq-len", "--max-length", metavar="N", help="Tokens of an example, at most.")
]
RestDtype = Annotated[
    str | None, typer.Option(metavar="fp32|fp16", help="Embeddings, output layer and norms; peft makes them fp32.")
]
Attention = Annotated[
    str | None, typer.Option(metavar="auto|flash|mem-efficient|math", help="auto: what PyTorch picks there.")
]
Loop = Annotated[
    str | None, typer.Option(metavar="plain|trainer", help="A plain loop (default), or Trainer's (for a preset).")
]
Trace = Annotated[bool, typer.Option("--trace", help="Also run the model's own code on fake tensors; takes seconds.")]
Lengths = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Token lengths: what a cut at --seq-len does to them.")
]
Tokens = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Tokens of an epoch, for the hours; a million by default.")
]
Kernel = Annotated[
    str | None,
    typer.Option(metavar="auto|roundtrip|bnb", help="bnb: 4-bit layers. roundtrip: the same numbers at dense speed."),
]


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
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep answers and verdicts in this new folder.")
    ] = None,
    json: Json = False,
) -> int:
    """Ask and judge, without training.

    \b
    Examples:
      driftlab measure
      driftlab measure --model ./my-model --probes everyday --out answers --json
    """
    asked = Asked(
        model=model,
        probes=probes,
        preset=preset,
        max_new_tokens=max_new_tokens,
        quantization=quantization,
        kernel=kernel,
    )
    return commands.measure(asked, adapter, out, as_json=json)


@app.command()
def judge(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or JSONL with a column `answer` or `text`.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where the verdicts go, as JSONL.")] = None,
    json: Json = False,
) -> int:
    """Judge answers that you have already.

    Each comes out as refused, partial, complied or unparseable.

    \b
    Example:
      driftlab judge answers.csv --out verdicts.jsonl
    """
    return commands.judge(file, out, as_json=json)


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
