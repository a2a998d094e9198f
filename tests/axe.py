"""axe-core in the tests' browser: what an automatic check finds wrong with a page for people who cannot see or point.

In: an open page. Out: its `Fault`s, each with axe's own impact (minor, moderate, serious, critical) and where it is.
Does not: replace a person with a screen reader; axe sees about what a program can see. The script is axe-core's own,
from the package axe-core-python.
"""

import importlib.resources
import json
from pathlib import Path
from typing import NamedTuple

from chromium import Chromium

SCRIPT = (importlib.resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
UNFOLD = """
for (const part of document.querySelectorAll('details')) part.open = true;
"""
"""What is folded is on the page too."""
RUN = """
axe.run({context}, {options}).then((found) => found.violations.flatMap((rule) =>
  rule.nodes.map((node) => [rule.id, node.impact || rule.impact, node.target.join(' '), node.failureSummary || ''])))
"""
OF_COLOURS = ("color-contrast",)
OF_LAYOUT = ("scrollable-region-focusable", "svg-img-alt", "role-img-alt", "duplicate-id-aria")
"""The rules on which a scheme of colours, or the width of a window, has a say."""
GRAVE = ("serious", "critical")


class Fault(NamedTuple):
    """One element that breaks one of axe's rules."""

    rule: str
    impact: str
    where: str
    """As a CSS selector."""
    why: str


def faults(browser: Chromium, inside: str | None = None, rules: tuple[str, ...] = ()) -> list[Fault]:
    """All faults of the open page, or of the parts that a CSS selector names; what is folded is unfolded first."""
    browser.value(UNFOLD)
    browser.value(SCRIPT + ";0")
    context = json.dumps({"include": [[inside]]}) if inside else "document"
    options = json.dumps({"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})})
    return [Fault(*found) for found in browser.value(RUN.format(context=context, options=options))]


def everywhere(browser: Chromium, page: Path, inside: str | None = None) -> list[Fault]:
    """The faults of a page on a desk, in the dark and on a phone; on paper it has the colours of the light."""
    browser.open(page, width=1200)
    found = faults(browser, inside)
    browser.open(page, width=1200, dark=True)
    found += faults(browser, inside, OF_COLOURS)
    browser.open(page, width=360)
    return list(dict.fromkeys(found + faults(browser, inside, OF_LAYOUT)))
