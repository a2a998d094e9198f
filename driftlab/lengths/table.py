"""What a cut does to a set, for a terminal of 80 columns: its lengths as a small picture, counts, and alternatives.

In: a `LengthAudit`, and perhaps what each way needs in memory. Out: something that rich can print, readable without
colour. Does not: print, count, or predict.
"""

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from driftlab.grid import grid
from driftlab.lengths.counting import LengthAudit
from driftlab.lengths.saving import Choice, in_words
from driftlab.report import words
from driftlab.report.untrusted import visible

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

LINES = 8
"""Height of the picture."""
BLOCKS = " ▁▂▃▄▅▆▇█"
FITS = {"yes": "fits", "close": "may just fit", "no": "does not fit"}


def lengths_table(audit: LengthAudit, memory: Sequence[Choice] = (), usable: int | None = None) -> "RenderableType":
    """The whole audit, the picture first; with `memory`, what the cut and checkpointing each save of `usable` bytes."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    parts: list[RenderableType] = [Text(_headline(audit)), Padding(picture(audit), (1, 0, 0, 0))]
    parts += [Text(_beside(audit)), _counts(audit), _batching(audit)]
    if memory:
        space = "" if usable is None else f" into {words.size(usable)}"
        parts += [_memory(memory, space), Padding(Text(in_words(tuple(memory))), (0, 0, 1, 0))]
    return Group(*parts, *(Text(visible(note), style="dim") for note in audit.notes))


def _headline(audit: LengthAudit) -> str:
    return (
        f"{words.plural(audit.examples, 'example')} of {visible(audit.source)}, {audit.tokens:,} tokens. Half have up "
        f"to {audit.median:,}, 90% up to {audit.p90:,}, 99% up to {audit.p99:,}; the longest has {audit.longest:,}."
    )


def picture(audit: LengthAudit) -> "Text":
    """The histogram in block letters: a column a bar (two where there is room), the cut as a line through it."""
    from rich.text import Text

    bars = audit.histogram
    wide = 2 if len(bars.counts) <= 30 else 1
    most = max(bars.counts)
    margin = len(f"{most:,}")
    below = sum(edge <= audit.max_length for edge in bars.edges[1:])
    cuts = audit.max_length <= bars.edges[-1]
    text = Text(no_wrap=True)
    for row in range(LINES - 1, -1, -1):
        text.append(f"{f'{most:,}' if row == LINES - 1 else '':>{margin}} │", style="dim")
        column = [_block(count, most, row) * wide for count in bars.counts]
        text.append("".join(column[:below]))
        if cuts:
            text.append("┃", style="bold")
        text.append("".join(column[below:]), style="magenta")
        text.append("\n")
    length = len(bars.counts) * wide + cuts
    text.append(" " * margin + " └" + "─" * length + "\n", style="dim")
    text.append(" " * (margin + 2) + _axis(audit, below * wide if cuts else None, length))
    return text


def _block(count: int, most: int, row: int) -> str:
    """The part of a bar in one line of the picture; whatever is not none is seen."""
    eighths = max(round(8 * LINES * count / most), 1) if count else 0
    return BLOCKS[min(8, max(0, eighths - 8 * row))]


def _axis(audit: LengthAudit, cut: int | None, length: int) -> str:
    """The numbers below the picture, as many as have room; the cut's comes first."""
    end = f"{audit.histogram.edges[-1]:,} tokens"
    placed = [(0, "0"), (max(length - len(end), 2), end)]
    if cut is not None:
        words_ = f"cut at {audit.max_length:,}"
        start = max(0, cut - len(words_) // 2)
        placed = [(start, words_), *placed]
    line = ""
    for at, words_ in sorted(_apart(placed)):
        line += " " * (at - len(line)) + words_
    return line


def _apart(placed: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    kept: list[tuple[int, str]] = []
    for at, text in placed:
        if all(at + len(text) < other or other + len(said) < at for other, said in kept):
            kept.append((at, text))
    return kept


def _beside(audit: LengthAudit) -> str:
    said = f"Examples by length in tokens, {words.plural(_width(audit), 'token')} a bar."
    if not audit.cut:
        said += f" None is longer than the cut at {audit.max_length:,}."
    if audit.histogram.beyond:
        many = words.plural(audit.histogram.beyond, "example is", "examples are")
        said += f" {many} longer still and not drawn."
    return said


def _width(audit: LengthAudit) -> int:
    return max(b - a for a, b in itertools.pairwise(audit.histogram.edges))


def _counts(audit: LengthAudit) -> "Table":
    table = grid(f"cut at {words.plural(audit.max_length, 'token')}", "examples", "share", "tokens", "share")

    def row(name: str, examples: int | None, tokens: int | None, style: str = "") -> None:
        counted = ("not known", words.NONE) if examples is None else _of(examples, audit.examples)
        summed = (words.NONE, words.NONE) if tokens is None else _of(tokens, audit.tokens)
        table.add_row(name, *counted, *summed, style=style)

    row("all", audit.examples, audit.tokens)
    row("cut; tokens lost", audit.cut, audit.tokens_lost, "bold")
    row("lose their end of sequence", audit.lost_end, None)
    row("have no label left", audit.no_label, None)
    if audit.never_labelled:
        row("  had none before", audit.never_labelled, None)
    row("dropped, if nothing were cut", audit.dropped.examples, audit.dropped.tokens)
    return table


def _of(count: int, total: int) -> tuple[str, str]:
    return f"{count:,}", words.percent(count / total)


def _batching(audit: LengthAudit) -> "Table":
    table = grid(
        f"what is left, {words.plural(audit.batch_size, 'row')} a pass", "passes", "tokens", "padding", "largest batch"
    )
    for each in audit.alternatives:
        numbers = f"{each.passes:,}", f"{each.tokens:,}", words.percent(each.padding_share), f"{each.longest_batch:,}"
        table.add_row(each.name, *numbers)
    return table


def _memory(choices: Sequence[Choice], space: str) -> "Table":
    table = grid("longest row", "checkpointing", "memory", "")
    for choice in choices:
        name = f"{choice.max_length:,} tokens, {'whole' if choice.whole else 'cut'}"
        fits = f"{FITS[choice.fits]}{space if choice.fits == 'yes' else ''}"
        table.add_row(name, "yes" if choice.checkpointing else "no", words.size(choice.peak_reserved), fits)
    return table
