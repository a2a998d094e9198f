"""The instructor's salt: the one secret of a course whose checks and solutions are assumed to be known.

In: a salt file (made on first use, readable by its owner only). Out: a seed for each student, from which checks draw
their inputs, and a fingerprint that may be shown.
Does not: go into a repository, a score file, a feedback page or the sandbox.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from autograder.errors import GradingError

SHORTEST = 16
"""Bytes of a salt that somebody wrote by hand."""


def default_path() -> Path:
    """Where the salt lies unless somebody says otherwise: in the user's own settings, outside of any checkout."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "driftlab" / "salt"


def load(path: Path | None = None) -> bytes:
    """The salt in `path`, or in the default place, where it is made if there is none.

    Raises:
        GradingError: it cannot be read or made, or is too short to keep a secret.
    """
    place = default_path() if path is None else path
    try:
        if path is None and not place.exists():
            _make(place)
        salt = place.read_bytes().strip()
    except (OSError, RuntimeError) as error:
        raise GradingError(
            f"the salt {str(place)!r} cannot be read: {error}", "Give a file of random bytes with --salt FILE."
        ) from error
    if len(salt) < SHORTEST:
        raise GradingError(
            f"the salt {str(place)!r} has {len(salt)} bytes; at least {SHORTEST} are needed.",
            "Make one: python -c 'import secrets; print(secrets.token_hex(32))' > FILE",
        )
    return salt


def _make(place: Path) -> None:
    """Write a new salt that only its owner can read; whoever was faster wins."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32) + "\n")


def seed(salt: bytes, lab: str, student: str) -> bytes:
    """What a student's inputs in a lab are drawn from: HMAC-SHA256 of both under the salt."""
    return hmac.new(salt, f"{lab}\0{student}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def fingerprint(secret: bytes) -> str:
    """Names a salt or a seed without giving it away."""
    return hashlib.sha256(b"driftlab fingerprint\0" + secret).hexdigest()[:16]
