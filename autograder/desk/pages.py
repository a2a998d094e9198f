"""One self-contained page from a template: the style of the reports and its own inside, and nothing else let in.

In: names of a template and of a style sheet in `templates/`, values. Out: HTML. No script runs and nothing is loaded,
which a policy in the page itself sees to.
Does not: know what is on a page.
"""

import base64
import functools
import hashlib
from typing import Any

import driftlab
from autograder.desk import cards
from driftlab.report.page import TEMPLATES as REPORT


def render(template: str, sheet: str, **values: Any) -> str:
    """The page."""
    style = _style(sheet)
    policy = f"default-src 'none'; style-src {_hash_source(style)}; base-uri 'none'; form-action 'none'"
    made = cards.environment().get_template(template)
    return made.render(style=_raw(style), policy=policy, version=driftlab.__version__, **values).lstrip() + "\n"


@functools.cache
def _style(sheet: str) -> str:
    report = (REPORT / "page.css").read_text(encoding="utf-8")
    return report + (cards.TEMPLATES / sheet).read_text(encoding="utf-8")


def _hash_source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _raw(text: str) -> Any:
    import markupsafe

    return markupsafe.Markup(text)  # noqa: S704  our own style
