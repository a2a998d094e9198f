"""Options of the command line that are long to write: their types, metavars and help.

In: nothing. Out: annotated types for the signatures in `cli`.
Does not: know which command takes which, or check a value (`options` does).
"""

from pathlib import Path
from typing import Annotated

import typer

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
# of commands that read recorded answers
Labels = Annotated[
    str | None, typer.Option("--labels", metavar="COLUMN", help="Labels by people, for all rows or a random part.")
]
PromptColumn = Annotated[str | None, typer.Option(metavar="COLUMN", help="Requests; by default a usual name.")]
AnswerColumn = Annotated[str | None, typer.Option(metavar="COLUMN", help="Answers; by default a usual name.")]
IdColumn = Annotated[str | None, typer.Option(metavar="COLUMN", help="Ids to pair by; by default a usual name.")]
CategoryColumn = Annotated[str | None, typer.Option(metavar="COLUMN", help="Categories; by default a usual name.")]
KindColumn = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="off_limits or safe (or XSTest's types): then told apart.")
]
FamilyColumn = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Requests that resemble one another; by default the category.")
]
# of `measure` alone
Before = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Recorded answers, before: CSV, TSV, JSONL or Parquet; no model.")
]
After = Annotated[Path | None, typer.Option(metavar="FILE", help="Recorded answers to the same requests, after.")]
