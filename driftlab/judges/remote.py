"""A judge behind an OpenAI-compatible endpoint: any chat model that one can ask over HTTP.

In: a model's name; OPENAI_BASE_URL and OPENAI_API_KEY of the environment. Out: a judge of many answers at once.
Replies are kept on disk by what was asked of whom, so that no answer is paid for twice and a stopped run goes on.
An endpoint that does not answer, or a reply that cannot be read, is "could not judge" for that answer; a wrong key or
a missing model is an error, since it will not get better.
Does not: send anything but the answer and our question, or show the key.
"""

import hashlib
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from driftlab.errors import ConfigError
from driftlab.judge import Judgement
from driftlab.judges.asking import VERSION, could_not_judge, question, read_reply
from driftlab.records import write_json

OnProgress = Callable[[int, int], None]
DEFAULT_URL = "https://api.openai.com/v1"
AT_ONCE = 8
"""Requests under way at the same time."""
TIMEOUT = 60.0
TRIES, FIRST_WAIT, LONGEST_WAIT = 5, 1.0, 30.0
"""Tries of a request that fails in a way that may pass, and seconds between them: each wait doubles the last."""
MAY_PASS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""HTTP statuses that another try may cure."""


class Endpoint(NamedTuple):
    """Whom to ask."""

    url: str
    model: str
    key: str
    cache: Path
    first_wait: float = FIRST_WAIT
    """Seconds before the second try."""


class _Failed(Exception):
    """No reply; `reason` becomes the verdict's rule."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def endpoint(model: str) -> Endpoint:
    """The endpoint that the environment names, with replies kept under DRIFTLAB_CACHE or ~/.cache/driftlab.

    Raises:
        ConfigError: there is no key, or the address is none.
    """
    url = os.environ.get("OPENAI_BASE_URL", DEFAULT_URL).rstrip("/")
    key = os.environ.get("OPENAI_API_KEY", "")
    if not model:
        raise ConfigError("openai: names no model.", "Say which: --judge openai:MODEL.")
    if not url.startswith(("http://", "https://")):
        raise ConfigError(f"OPENAI_BASE_URL is {url!r}.", "Give an address such as http://localhost:8000/v1.")
    if not key and url == DEFAULT_URL:
        raise ConfigError(
            "OPENAI_API_KEY is not set.",
            "Set it to your key; for a server of your own set OPENAI_BASE_URL, with any key or none.",
        )
    base = os.environ.get("DRIFTLAB_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "driftlab"
    return Endpoint(url, model, key, Path(base).expanduser() / "replies")


def ask_all(where: Endpoint, texts: Sequence[str], on_progress: OnProgress) -> list[Judgement]:
    """A judgement for each answer, in order; equal answers are asked about once.

    Raises:
        ConfigError: the endpoint does not know the key or the model.
    """
    unlike = list(dict.fromkeys(texts))
    judged: dict[str, Judgement] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for text, judgement in zip(unlike, pool.map(lambda text: _judge(where, text), unlike), strict=True):
                judged[text] = judgement
                on_progress(len(judged), len(unlike))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [judged[text] for text in texts]


def _judge(where: Endpoint, text: str) -> Judgement:
    kept = where.cache / f"{_digest(where, text)}.json"
    try:
        return read_reply(text, json.loads(kept.read_text(encoding="utf-8"))["reply"])
    except (OSError, ValueError, KeyError):
        pass  # not asked yet, or half a file of another program
    try:
        reply = _ask(where, text)
    except _Failed as failed:
        return could_not_judge(failed.reason)
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_json(kept, {"model": where.model, "asked": VERSION, "reply": reply})
    return read_reply(text, reply)


def _digest(where: Endpoint, text: str) -> str:
    asked = json.dumps([where.url, where.model, VERSION, question(text)])
    return hashlib.sha256(asked.encode()).hexdigest()


def _ask(where: Endpoint, text: str) -> str:
    """The reply's text, after as many tries as it takes."""
    body = {"model": where.model, "messages": [{"role": "user", "content": question(text)}], "temperature": 0}
    wait = where.first_wait
    for tried in range(1, TRIES + 1):
        try:
            return _content(_post(where, body))
        except urllib.error.HTTPError as error:
            reason = f"http_{error.code}"
            if error.code not in MAY_PASS:
                raise _refused(where, error) from error
            wait = _asked_to_wait(error, wait)
        except TimeoutError:
            reason = "timeout"
        except (OSError, ValueError):
            reason = "no_reply"
        if tried < TRIES:
            time.sleep(min(wait, LONGEST_WAIT))
            wait *= 2
    raise _Failed(reason)


def _post(where: Endpoint, body: dict[str, Any]) -> bytes:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {where.key}"} if where.key else {})
    request = urllib.request.Request(f"{where.url}/chat/completions", json.dumps(body).encode(), headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310  the scheme was checked
        content: bytes = response.read()
    return content


def _content(answer: bytes) -> str:
    """The text of the first choice.

    Raises:
        ValueError: the answer is of another shape.
    """
    try:
        content = json.loads(answer)["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("no choice with a message") from error
    return content if isinstance(content, str) else ""


def _refused(where: Endpoint, error: urllib.error.HTTPError) -> Exception:
    """What will not pass: the user's to mend where it is about the key or the model."""
    if error.code in (401, 403):
        return ConfigError(f"{where.url} does not accept the key (HTTP {error.code}).", "Set OPENAI_API_KEY.")
    if error.code == 404:
        return ConfigError(
            f"{where.url} has no model {where.model!r}, or is no chat endpoint (HTTP 404).",
            "Check OPENAI_BASE_URL, which ends in /v1 as a rule, and the model's name.",
        )
    return _Failed(f"http_{error.code}")


def _asked_to_wait(error: urllib.error.HTTPError, wait: float) -> float:
    """What the endpoint asks for, where it says so in seconds."""
    asked = error.headers.get("Retry-After") or ""
    return max(wait, float(asked)) if asked.isdecimal() else wait
