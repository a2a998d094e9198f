"""The last step of a release: nothing that was made for learners may hold a solution line, a hidden check or a salt.

In: the labs' sources, the hidden checks, all that is public anyway, the instructor's salt; then a folder or a zip. Out:
nothing, or an error that names the file, its line and where that line is secret. Spaces are evened out; strings inside
JSON, and base64 inside any text, are looked into as well, so that outputs, attachments and metadata of a notebook count
too; a notebook with outputs is refused whatever they are, and so are folders that no learner gets.
Does not: find an answer that was reworded, cut up, compressed or drawn, a salt that lies where nobody told us, or a
line that the library in the same bundle holds too: what is public anyway (that, given cells, hints) is no secret.
"""

import base64
import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from autograder import salt as salting
from autograder.authoring import regions
from autograder.authoring.lab_source import LabSource
from autograder.errors import SourceError

SHORTEST = 12
"""Characters of a line that is worth a search: `return x` stands everywhere."""
FORBIDDEN = frozenset(
    {"solutions", "hidden", "wrong_answers", "tests", "attacks", "authoring", "sandbox", "worker", "recorded"}
    | {".progress", ".git", ".venv", ".ipynb_checkpoints", "runs", "graded", "submitted", "build"}
)
"""Folders that no learner gets: answers, the grader, and what somebody's own work leaves."""
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*")
SALT = "the salt of a course"
DEEPEST = 3
"""Base64 within base64 within JSON."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A line that no learner may get, spaces evened out."""

    text: str
    origin: str


def secrets(
    labs: Sequence[LabSource], hidden: Iterable[Path], library: Iterable[str], checks: Iterable[Path]
) -> tuple[Secret, ...]:
    """The lines of solutions and of hidden checks that are not public anyway.

    A public check excuses a hidden one with the same line, and never a solution: it must hold none itself.
    """
    public = [*library, *(text for lab in labs for text in _open_texts(lab))]
    found = _worth([line for lab in labs for line in _solution_lines(lab)], public)
    public += [f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in checks]
    return (*found, *_worth([line for path in hidden for line in _hidden_lines(path)], public))


def of_this_machine(salts: Iterable[bytes], places: Iterable[Path]) -> tuple[Secret, ...]:
    """What stays with whoever releases: each salt as text, hex and fingerprint; the places by their whole paths."""
    texts = [text for one in salts for text in (one.decode("utf-8", "replace"), one.hex(), salting.fingerprint(one))]
    found = [Secret(_even(text), SALT) for text in texts]
    found += [Secret(str(place), "a path of this machine") for place in places if len(place.parts) > 2]
    return tuple(found)


def _worth(found: Iterable[Secret], public: Sequence[str]) -> list[Secret]:
    lines = tuple(secret for secret in found if len(secret.text) >= SHORTEST)
    texts = tuple(secret.text for secret in lines)
    excused = frozenset[str]().union(*(_in(text, texts) for text in public))
    return [secret for secret in lines if secret.text not in excused]


@lru_cache(maxsize=2048)
def _in(text: str, lines: tuple[str, ...]) -> frozenset[str]:
    """Those of the lines that a public text holds; several bundles have the same file."""
    evened = _even(text)
    return frozenset(line for line in lines if line in evened)


def _hidden_lines(path: Path) -> Iterator[Secret]:
    yield Secret(path.name, f"the name of hidden/{path.name}")
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        yield Secret(_even(line), f"hidden/{path.name}:{number}")


def search(made: Path, kept: Sequence[Secret], clean: "dict[bytes, Looked] | None" = None) -> None:
    """Look through a folder or a zip; `clean` remembers, for whoever searches several, what was not in which file.

    Raises:
        SourceError: it holds one of the secrets, a folder that no learner gets, or a notebook with outputs.
    """
    clean = {} if clean is None else clean
    for name, data in _files(made):
        _refuse_folder(made, name)
        digest = hashlib.sha256(data).digest()
        looked = clean.get(digest) or Looked(_readable(data), frozenset())
        left = [secret for secret in kept if secret.text not in looked.absent]
        found = next((secret for secret in left if secret.text in looked.text), None)
        if found is not None:
            line = _line(data.decode("utf-8", "replace"), found.text)
            raise SourceError(
                f"{made.name}/{name}{line} would show {found.origin}: {_shown(found)}.",
                "Nothing was released. Reword the public text, or move what is secret into the region.",
            )
        _refuse_outputs(made, name, data)
        clean[digest] = Looked(looked.text, looked.absent.union(secret.text for secret in left))


class Looked(NamedTuple):
    """A file that was looked through."""

    text: str
    absent: frozenset[str]
    """Lines that were not found in it."""


def _shown(secret: Secret) -> str:
    """The line itself, but never a salt: an error may be read over a shoulder, or end in a log."""
    return "its value" if secret.origin == SALT else repr(secret.text)


def held(data: bytes, kept: Sequence[Secret]) -> Secret | None:
    """The first of the secrets that these bytes hold, as they are, in JSON or in base64."""
    text = _readable(data)
    return next((secret for secret in kept if secret.text in text), None)


def _readable(data: bytes) -> str:
    """All that can be read in those bytes, a piece a line; of what is no text, pieces as long as a secret."""
    text = "\n".join(_texts(data.decode("utf-8", "replace")))
    return "\n".join(piece for piece in text.split("\ufffd") if len(piece) >= SHORTEST) if "\ufffd" in text else text


def _open_texts(lab: LabSource) -> Iterator[str]:
    """What the author shows on purpose: all that stands outside regions, and the hints."""
    for cell in lab.cells:
        yield regions.outside(cell.source, cell.regions)
    for task in lab.spec.tasks:
        yield from task.hints


def _solution_lines(lab: LabSource) -> Iterator[Secret]:
    for cell in lab.cells:
        for region in cell.regions:
            for index, line in enumerate(region.lines, cell.place.line + region.begin + 1):
                yield Secret(_even(line), f"{lab.path.name}:{index}")


def _files(made: Path) -> Iterator[tuple[str, bytes]]:
    if made.is_dir():
        for path in sorted(made.rglob("*")):
            if path.is_file():
                yield path.relative_to(made).as_posix(), path.read_bytes()
        return
    with zipfile.ZipFile(made) as archive:
        for name in sorted(archive.namelist()):
            yield name, archive.read(name)


def _refuse_folder(made: Path, name: str) -> None:
    bad = FORBIDDEN.intersection(PurePosixPath(name).parts[:-1])
    if bad:
        raise SourceError(
            f"{made.name}/{name} lies in {sorted(bad)[0]}/, which no learner gets.", "Nothing was released."
        )


def _refuse_outputs(made: Path, name: str, data: bytes) -> None:
    """A released notebook was never run: what is in an output could be anybody's."""
    if not name.endswith(".ipynb"):
        return
    try:
        cells = json.loads(data)["cells"]
        ran = [cell for cell in cells if cell.get("outputs") or cell.get("execution_count") is not None]
    except (ValueError, TypeError, KeyError, AttributeError):
        return
    if ran:
        raise SourceError(f"{made.name}/{name} has outputs of {len(ran)} cells.", "Nothing was released. Clear them.")


def _texts(raw: str, depth: int = 0) -> Iterator[str]:
    """The text, the strings in it if it is JSON, and what is base64 in any of them; spaces evened out."""
    yield _even(raw)
    if depth == DEEPEST:
        return
    for token in BASE64.findall(raw):
        for inner in _decoded(token):
            yield from _texts(inner, depth + 1)
    if raw.lstrip()[:1] in ("{", "["):
        try:
            strings = list(_strings(json.loads(raw)))
        except (ValueError, RecursionError):
            return
        for text in strings:
            yield from _texts(text, depth + 1)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from map(str, value)
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            yield "".join(value)  # a notebook's source, line by line
        for item in value:
            yield from _strings(item)


def _decoded(token: str) -> Iterator[str]:
    """What the token says as base64, of either alphabet, wherever in it that begins.

    Words and names decode to bytes that match nothing.
    """
    letters = "".join(token.split()).translate(str.maketrans("-_", "+/"))
    for start in range(4):
        whole = letters[start : start + (len(letters) - start) // 4 * 4]
        rest = letters[start + len(whole) :]
        tail = base64.b64decode(rest + "=" * (-len(rest) % 4)) if len(rest) > 1 else b""
        yield (base64.b64decode(whole) + tail).decode("utf-8", "replace")


def _line(raw: str, secret: str) -> str:
    """`:12` where the secret stands on a line of its own file; empty where it is wrapped or encoded."""
    escaped = json.dumps(secret)[1:-1]
    lines = enumerate(raw.split("\n"), 1)
    return next((f":{number}" for number, line in lines if secret in _even(line) or escaped in _even(line)), "")


def _even(text: str) -> str:
    return " ".join(text.split())
