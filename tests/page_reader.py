"""Read an HTML page strictly, as a test does: every tag closed, every reference checked.

In: the text of a page. Out: its elements in order, its visible text, its faults.
Does not: forgive what a browser forgives.
"""

import dataclasses
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

from driftlab.report import write_report

VOID = frozenset({"meta", "link", "br", "input", "img", "hr"})
REFERENCES = ("aria-labelledby", "aria-describedby", "for")


@dataclasses.dataclass
class Element:
    """One element with its attributes, its own and its descendants' text, and its parents' names."""

    name: str
    attributes: dict[str, str | None]
    inside: tuple[str, ...]
    text: str = ""

    def get(self, name: str) -> str:
        """An attribute, empty where there is none."""
        return self.attributes.get(name) or ""


class Page(HTMLParser):
    """A page, read."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.faults: list[str] = []
        self._open: list[Element] = []
        self.feed(text)
        self.close()
        self.faults += [f"<{element.name}> is never closed" for element in self._open]
        self._check()

    def all(self, *names: str) -> list[Element]:
        """The elements of these names."""
        return [element for element in self.elements if element.name in names]

    def classed(self, word: str) -> list[Element]:
        """The elements of this class."""
        return [element for element in self.elements if word in element.get("class").split()]

    @property
    def text(self) -> str:
        """What the body says, with spaces as a reader sees them; style and script are no text."""
        return " ".join(self.all("body")[0].text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len({name for name, _ in attrs}) < len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        element = Element(tag, dict(attrs), tuple(parent.name for parent in self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if "svg" not in [parent.name for parent in self._open]:
            self.faults.append(f"<{tag}/> closes itself outside of a drawing")
        self.elements.append(Element(tag, dict(attrs), tuple(parent.name for parent in self._open)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].name != tag:
            self.faults.append(f"</{tag}> closes {[element.name for element in self._open[-1:]]}")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].name in ("style", "script"):
            self._open[-1].text += data
            return
        for element in self._open:
            element.text += data

    def _check(self) -> None:
        ids = [element.get("id") for element in self.elements if element.get("id")]
        self.faults += [f"id {name!r} twice" for name, count in Counter(ids).items() if count > 1]
        known = set(ids)
        for element in self.elements:
            for name in REFERENCES:
                missing = set(element.get(name).split()) - known
                self.faults += [f"{name} of <{element.name}> names {word!r}" for word in missing]
            target = element.get("href")
            if target and (not target.startswith("#") or target[1:] not in known):
                self.faults.append(f"<{element.name}> points to {target!r}")
            for used in re.findall(r"url\(#([^)]+)\)", element.get("fill")):
                self.faults += [f"fill {used!r} is not there"] if used not in known else []


def written(runs: list[Path], folder: Path) -> Page:
    """The page about these runs, written to `folder` and read."""
    return Page(write_report(runs, folder / "page.html").read_text(encoding="utf-8"))
