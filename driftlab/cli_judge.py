"""The command line of `driftlab judge`: its signature and help, as in `cli`, which shows it.

In: arguments. Out: an exit code. Does not: decide, compute or format anything.
"""
# ruff: noqa: D301  the backspace is typer's mark for lines that must not be wrapped

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from driftlab.answer_files import AnswerColumns
from driftlab.answer_options import JudgeOptions
from driftlab.cli_options import AnswerColumn, CategoryColumn, Json, KindColumn, PromptColumn
from driftlab.console import on_first_use

if TYPE_CHECKING:
    from driftlab import commands
else:
    commands: Any = sys.modules.get("driftlab.commands") or on_first_use("driftlab.commands")


def judge(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TSV, JSONL or Parquet with an answer a row.")],
    answer_column: AnswerColumn = None,
    prompt_column: PromptColumn = None,
    labels: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="People's labels, of all rows or some: how judges agree.")
    ] = None,
    category_column: CategoryColumn = None,
    kind_column: KindColumn = None,
    judges: Annotated[
        list[str] | None,
        typer.Option(
            "--judge",
            metavar="NAME",
            help="driftlab (default), keywords, list:FILE, a peer's name, openai:MODEL, "
            "hf:PATH, majority:A,B,C; repeatable: the first one's verdicts count, the others stand beside them.",
        ),
    ] = None,
    match: Annotated[
        str | None, typer.Option(metavar="prefix|substring|regex", help="How the phrases of list:FILE are looked for.")
    ] = None,
    ignore_case: Annotated[bool, typer.Option("--ignore-case", help="The same whatever the case.")] = False,
    first_chars: Annotated[
        int | None, typer.Option(metavar="N", help="The same in an answer's first characters only.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where the verdicts go, as JSONL.")] = None,
    json: Json = False,
) -> int:
    """Judge answers that you have already.

    Each comes out as refused, partial, complied or unparseable, with the words that decided. Verdicts are JSONL, a line
    for each row in the file's order; `row` counts rows from 0. A judge sees the answer alone. With --labels: agreement
    with people, beside every list at hand and a rule that reads no answer, on the same rows.

    \b
    Examples:
      driftlab judge answers.csv --out verdicts.jsonl
      driftlab judge xstest.csv --labels final_label --json
      driftlab judge answers.jsonl --judge driftlab --judge list:phrases.txt --match prefix --ignore-case
      driftlab judge answers.csv --judge majority:driftlab,keywords,openai:gpt-4.1
    """
    columns = AnswerColumns(
        answer=answer_column, prompt=prompt_column, labels=labels, category=category_column, kind=kind_column
    )
    options = JudgeOptions(file, columns, tuple(judges or ()), match, ignore_case, first_chars, out)
    return commands.judge(options, as_json=json)
