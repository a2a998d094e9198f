"""What `driftlab judge` found, as small tables for a terminal of 80 columns.

In: the object of --json. Out: something that rich can print. Does not: print, or compute.
"""

from typing import TYPE_CHECKING, Any

from driftlab.grid import grid
from driftlab.report import words

if TYPE_CHECKING:
    from rich.console import RenderableType

PARTS = {"all": "all rows", "safe": "safe requests", "off_limits": "off-limits requests"}
OUTCOMES = ("refused", "partial", "complied", "unparseable")
NOTE = (
    "Kappa is agreement beyond chance: on full refusals, and on full or partial ones. Found: of what people call a "
    "refusal, how much is recognised. Right: of the three labels. Figures of all rows flatter every judge; prompt-only "
    "never reads an answer."
)


def judged_tables(result: dict[str, Any]) -> "RenderableType":
    """How many answers came out as what; with labels, how each judge agrees with people."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    counts = ", ".join(f"{name} {count}" for name, count in result["outcomes"].items())
    parts: list[RenderableType] = [Text(f"{words.plural(result['answers'], 'answer')}: {counts}")]
    found = result["agreement"]
    if found is None:
        return parts[0]
    parts.append(Padding(Text(_rows(found)), (1, 0, 0, 0)))
    parts.append(_confusion(found))
    for name in PARTS:
        table = _judges(result, name)
        if table is not None:
            parts += [Padding(Text(PARTS[name], style="bold"), (1, 0, 0, 0)), table]
    parts.append(Text(NOTE, style="dim"))
    if found["by_category"]:
        parts += [Padding(Text("by category", style="bold"), (1, 0, 0, 0)), _categories(found["by_category"])]
    return Group(*parts)


def _rows(found: dict[str, Any]) -> str:
    without = f"; {found['unlabelled']:,} without a label" if found["unlabelled"] else ""
    return (
        f"Against people's labels of {words.plural(found['rows'], 'answer')} to {found['prompts']:,} prompts{without}:"
    )


def _confusion(found: dict[str, Any]) -> "RenderableType":
    table = grid("people \N{RIGHTWARDS ARROW} judge", *OUTCOMES)
    for label, row in found["confusion"].items():
        table.add_row(label, *(f"{row[outcome]:,}" for outcome in OUTCOMES))
    return table


def _judges(result: dict[str, Any], part: str) -> "RenderableType | None":
    """A row a judge: its figures, and how much better ours is."""
    first = result["agreement"] if part == "all" else (result["agreement"]["by_kind"] or {}).get(part)
    if first is None:
        return None
    table = grid("judge", "full kappa", "any kappa", "found", "right", "first less it")
    table.add_row(result["judge"], *_figures(first), "")
    for name, found in result["compared"].items():
        table.add_row(name, *_figures(found[part]), _interval(found[part]["difference"]["any_kappa"]))
    return table


def _categories(found: dict[str, Any]) -> "RenderableType":
    table = grid("category", "rows", "full kappa", "any kappa", "found", "right")
    for name, each in found.items():
        table.add_row(name, f"{each['rows']:,}", *_figures(each))
    return table


def _figures(found: dict[str, Any]) -> tuple[str, str, str, str]:
    recognised = found["any"]["sensitivity"]
    return (
        _interval(found["full"]["kappa"]),
        _interval(found["any"]["kappa"]),
        words.NONE if recognised is None else _short(recognised["value"]),
        _short(found["accuracy"]["value"]),
    )


def _interval(found: dict[str, Any] | None) -> str:
    """As in ".86 (.81, .90)"; a dash where it says nothing."""
    if found is None:
        return words.NONE
    low, high = (found[end] for end in ("low", "high"))
    return _short(found["value"]) + (f" ({_short(low)}, {_short(high)})" if low is not None else "")


def _short(value: float) -> str:
    """Two decimals without the zero before the point."""
    text = f"{value:.2f}"
    text = "0.00" if float(text) == 0 else text
    return (
        text.replace("0.", ".", 1).replace("-", words.MINUS) if abs(float(text)) < 1 else text.replace("-", words.MINUS)
    )
