"""Links beyond those between documents (`test_docs.py`): in notebooks, the student bundle and pages; and outside ones.

Nothing is fetched. An outside address is one of a short list, and a paper's stands beside its authors' names.
"""

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest
from test_docs import DOCUMENTS, ROOT, TRACKED, anchors, read, without_blocks

from autograder.authoring import bundle
from autograder.spec import Course
from driftlab import cited

NOTEBOOKS = sorted(name for name in TRACKED if name.endswith(".ipynb"))
LINK = re.compile(r"(!?)\[([^\]]*)\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
TAGGED = re.compile(r"""<(?:a|img)\b[^>]*?\b(?:href|src)=["']([^"']+)["']""")
ELSEWHERE = {
    "https://marp.app": "the program that makes slides",
    "https://creativecommons.org/licenses/by/4.0/legalcode": "the licence of texts",
    "https://github.com/googlecolab/colabtools/issues/3836": "Colab shows no attachments",
    "https://github.com/unslothai/notebooks/pull/258": "an old torchao on Kaggle",
}
"""Outside addresses of documents, notebooks and decks, but for papers."""
PAPERS = {one.arxiv: one.authors.split()[0] for one in vars(cited).values() if isinstance(one, cited.Source)}
PAPERS |= {"2106.09685": "Hu", "1604.06174": "Chen"}
"""arXiv id to its first author: those that figures are cited from, and two that are only recommended."""
AUTOMATIC = re.compile(r"<(https?://[^>\s]+)>")


def links(text: str) -> Iterator[tuple[str, str, bool]]:
    """(words, target, is it an image) of every link of a Markdown text."""
    for found in LINK.finditer(without_blocks(text)):
        yield found[2], found[3], bool(found[1])
    for target in TAGGED.findall(without_blocks(text)) + AUTOMATIC.findall(without_blocks(text)):
        yield "", target, False


def markdown_of(data: str) -> str:
    """All that a notebook says in words."""
    cells = json.loads(data)["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def inside(target: str) -> bool:
    return not re.match(r"[a-z][a-z+.-]*:", target)


TEXTS = {name: markdown_of(read(name)) if name in NOTEBOOKS else read(name) for name in [*DOCUMENTS, *NOTEBOOKS]}
OUTSIDE = [(name, words, target) for name in TEXTS for words, target, _ in links(TEXTS[name]) if not inside(target)]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_links_of_notebooks_resolve(name: str) -> None:
    found = list(links(TEXTS[name]))
    assert len(found) >= 10
    for _, target, _ in found:
        path, _, anchor = target.partition("#")
        if not inside(target):
            continue
        place = (ROOT / name).parent / path if path else ROOT / name
        assert place.is_file(), f"{target} leads nowhere"
        if anchor:
            assert anchor in anchors(TEXTS[place.resolve().relative_to(ROOT).as_posix()])


@pytest.mark.parametrize("name", TEXTS)
def test_images_have_words(name: str) -> None:
    assert [target for words, target, image in links(TEXTS[name]) if image and len(words) < 10] == []
    assert "<img" not in without_blocks(TEXTS[name]), "an image in HTML: write ![words](path)"


@pytest.mark.xfail(strict=True, reason="notebooks link to ../README.md, and the bundle has no labs/README.md yet")
def test_links_of_the_student_bundle_resolve_inside_it() -> None:
    """Its notebooks and its README, among the files that it has."""
    course = Course()
    files = bundle.files(ROOT, ROOT, [course.spec(lab) for lab in course.labs])
    ours = [name for name in files if name == "README.md" or (name.startswith("labs/") and name.endswith(".ipynb"))]
    assert len(ours) == len(course.labs) + 1
    for name in ours:
        text = files[name].decode()
        for _, target, _ in links(markdown_of(text) if name.endswith(".ipynb") else text):
            path = target.partition("#")[0]
            if path and inside(target):
                assert joined(PurePosixPath(name).parent, path) in files, f"{name}: {target}"


def joined(folder: PurePosixPath, path: str) -> str:
    """The path, seen from a folder, without `..`."""
    parts: list[str] = []
    for part in (folder / path).parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def test_outside_addresses_are_known_whole_and_safe() -> None:
    used = {target for _, _, target in OUTSIDE}
    for target in used:
        parts = urlsplit(target)
        assert parts.scheme == "https", target
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.netloc), target
        assert not parts.query, target
    papers = {target for target in used if urlsplit(target).netloc == "arxiv.org"}
    assert used - papers == set(ELSEWHERE)
    for target in papers:
        assert re.fullmatch(r"https://arxiv\.org/abs/\d{4}\.\d{4,5}", target), target


@pytest.mark.parametrize(("name", "words", "target"), [each for each in OUTSIDE if "arxiv.org" in each[2]])
def test_a_papers_address_stands_beside_its_author(name: str, words: str, target: str) -> None:
    number = target.rpartition("/")[2]
    assert number in words, f"{name}: the link to {target} says {words!r}"
    sentence = " ".join(TEXTS[name].partition(target)[0].split())[-160:]
    assert f"{PAPERS[number]} et al. 20" in sentence, f"{name}: {target} is by {PAPERS[number]}"


def test_plain_addresses_are_links() -> None:
    """An address that is typed as it is would be a link on one site and none on the next."""
    for name, text in TEXTS.items():
        bare = re.sub(r"`[^`\n]*`", "", AUTOMATIC.sub("", LINK.sub("", without_blocks(text))))
        assert re.findall(r"https?://\S+", bare) == [], name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[words](a.md)", ("words", "a.md", False)),
        ('![a figure of it](b.svg "title")', ("a figure of it", "b.svg", True)),
        ("[two\nlines](<c.md#d>)", ("two\nlines", "c.md#d", False)),
        ('<a href="e.md">words</a>', ("", "e.md", False)),
        ("<https://e.org>", ("", "https://e.org", False)),
    ],
)
def test_links_are_found(text: str, found: tuple[str, str, bool]) -> None:
    assert list(links(text)) == [found]
    assert list(links(f"```\n{text}\n```")) == []
