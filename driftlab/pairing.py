"""Two files of recorded answers as pairs: the same request before and after.

In: an `AnswerFile` of each side. Out: the pairs in the order of the first file, and what found no partner.
Requests are told by their id where both files have ids in common, otherwise by the prompt without differences of case
and spacing. What is counted once must stand once: a second row of the same request is an error, not an average.
Does not: judge, or count.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from driftlab.answer_files import AnswerFile, AnswerRow
from driftlab.errors import DataError
from driftlab.probes import CONTRAST, KINDS, normalised
from driftlab.records import Kind


class AnswerPair(NamedTuple):
    """One request with both answers. What neither file says is None."""

    key: str
    prompt: str | None
    kind: Kind | None
    category: str | None
    family: str | None
    before: AnswerRow
    after: AnswerRow


class Pairing(NamedTuple):
    """The pairs, and the rows of each side that have no partner."""

    by: str
    """What requests are told by: "id" or "prompt"."""
    pairs: tuple[AnswerPair, ...]
    only_before: tuple[AnswerRow, ...]
    only_after: tuple[AnswerRow, ...]
    other_prompts: int
    """Pairs by id whose prompts differ between the files."""


def pair_answers(before: AnswerFile, after: AnswerFile, *, by_id: bool = False, kinds: bool = False) -> Pairing:
    """Bring the two sides of each request together.

    `by_id`: ids must be used, since the user named their column. `kinds`: a column of kinds was named, so each of its
    values must be known; one that is only called so is left alone where its values are others.

    Raises:
        DataError: nothing to pair by, a request twice in a file, no pair at all, or an unknown kind.
    """
    by = _what_to_pair_by(before, after, by_id=by_id)
    sides = [_by_key(file, by) for file in (before, after)]
    shared = [key for key in sides[0] if key in sides[1]]
    if not shared:
        raise DataError(
            f"no {by} of {str(before.path)!r} stands in {str(after.path)!r}.",
            "Name the column that both files have in common: --id-column NAME, or --prompt-column NAME without ids.",
        )
    kind_of = _kinds(before, after, named=kinds)
    pairs = [_pair(key, sides[0][key], sides[1][key], kind_of) for key in shared]
    alone = [
        tuple(row for row in file.rows if _key(row, by) not in other)
        for file, other in zip((before, after), (sides[1], sides[0]), strict=True)
    ]
    differing = sum(_differ(pair.before.prompt, pair.after.prompt) for pair in pairs)
    return Pairing(by, tuple(pairs), alone[0], alone[1], differing)


def _what_to_pair_by(before: AnswerFile, after: AnswerFile, *, by_id: bool) -> str:
    """Ids if they meet; the first column of the files may be a mere row number that does not."""
    files = before, after
    with_ids, with_prompts = (
        all(getattr(file.columns, role) is not None for file in files) for role in ("id", "prompt")
    )
    ids = [{row.id for row in file.rows} - {None} for file in files]
    if by_id or (with_ids and (ids[0] & ids[1] or not with_prompts)):
        return "id"
    if with_prompts:
        return "prompt"
    without = next(file for file in files if file.columns.id is None or file.columns.prompt is None)
    raise DataError(
        f"there is nothing to pair the answers by: {str(without.path)!r} and its partner have neither a column of ids "
        "nor one of prompts in common.",
        "Name the columns: --id-column NAME or --prompt-column NAME.",
    )


def _key(row: AnswerRow, by: str) -> str | None:
    if by == "id":
        return row.id
    return normalised(row.prompt) or None if row.prompt is not None else None


def _by_key(file: AnswerFile, by: str) -> dict[str, AnswerRow]:
    """The rows of a file by their key; rows without one are left out, and end up without a partner."""
    found: dict[str, AnswerRow] = {}
    for row in file.rows:
        key = _key(row, by)
        if key is None:
            continue
        if key in found:
            shown = key if len(key) <= 60 else f"{key[:60]}…"
            raise DataError(
                f"{str(file.path)!r} has the {by} {shown!r} twice, at the lines {found[key].line} and {row.line}.",
                "Each request counts as one pair, so it may stand once in a file: leave one row out"
                + (", or give each an id of its own and name it with --id-column." if by == "prompt" else "."),
            )
        found[key] = row
    return found


def _kinds(before: AnswerFile, after: AnswerFile, *, named: bool) -> Callable[[str | None], Kind | None]:
    """How a cell of the kinds' column reads: our words for it, or XSTest's types."""
    cells = [(file, row) for file in (before, after) for row in file.rows if named or row.kind is not None]
    read = kind_reader([row.kind for _, row in cells])
    unknown = [(file, row) for file, row in cells if read(row.kind) is None]
    if unknown and named:
        file, row = unknown[0]
        raise DataError(
            f"{str(file.path)!r}: the row at line {row.line} is of the unknown kind {row.kind or ''!r}.",
            f"Accepted kinds: {', '.join(KINDS)}, or XSTest's types, of which the unsafe ones begin with {CONTRAST}.",
        )
    return (lambda _: None) if unknown else read


def kind_reader(cells: Iterable[str | None]) -> Callable[[str | None], Kind | None]:
    """How the cells of one column read: as XSTest's types or as our words for a kind; what is neither is None."""
    if any(_plain(cell).startswith(CONTRAST) for cell in cells):
        return lambda cell: ("off_limits" if _plain(cell).startswith(CONTRAST) else "safe") if _plain(cell) else None
    return lambda cell: KINDS.get(_plain(cell))


def _plain(cell: str | None) -> str:
    return (cell or "").strip().lower()


def _pair(key: str, before: AnswerRow, after: AnswerRow, kind_of: Callable[[str | None], Kind | None]) -> AnswerPair:
    category = before.category or after.category
    return AnswerPair(
        key,
        before.prompt if before.prompt is not None else after.prompt,
        kind_of(before.kind if before.kind is not None else after.kind),
        category,
        before.family or after.family or (category.removeprefix(CONTRAST) if category else None),
        before,
        after,
    )


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and normalised(one) != normalised(other)


def kinds_of(pairs: Sequence[AnswerPair]) -> bool:
    """Whether it is known of every request if it is off limits or safe."""
    return all(pair.kind is not None for pair in pairs)
