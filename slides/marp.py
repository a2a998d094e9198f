"""From filled Markdown to HTML and PDF by Marp, in the versions that `package-lock.json` names.

In: decks, `theme.css`, fonts from Marp's folder. Out: files that need nothing else, all of them or none.
Does not: know what a deck says. The first call fetches Marp, later ones need no network.
"""

import base64
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from driftlab.errors import InstallError, RunError

HERE = Path(__file__).resolve().parent
PINS = ("package.json", "package-lock.json")
FONTS = {
    "Source Sans 3": ("source-sans-3", ("400-normal", "700-normal", "400-italic")),
    "Source Code Pro": ("source-code-pro", ("400-normal", "700-normal")),
}
FIGURE_WIDTH, FIGURE_HEIGHT = 1184, 510
"""Room for a figure on a slide of 1280 by 720, in px."""
SMALLEST = 24
"""No word on a slide is smaller, in px."""
ENOUGH_SECONDS = 300
"""Marp makes a deck in seconds; a browser that hangs is given up."""


def render(decks: Sequence[Path], out: Path, tools: Path, *, pdf: bool = True) -> list[Path]:
    """Each deck as HTML in `out`, and as PDF if wanted; `tools` is Marp's folder, or where it will be.

    Raises:
        InstallError: Node is missing, or Marp cannot be fetched.
        RunError: Marp made no deck of it, or `out` cannot be written. What was in `out` is as before.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        installed(tools)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=out) as folder:
            made = _made(decks, tools, Path(folder), pdf)
            return [path.replace(out / path.name) for path in made]
    except OSError as failed:
        raise RunError(f"the decks cannot be written: {failed}", "Name another folder with --out.") from failed


def installed(tools: Path) -> None:
    """Fetch Marp into its folder, if these versions are not there yet.

    Raises:
        InstallError: there is no npm, or it fails.
    """
    done = tools / "installed.json"
    wanted = (HERE / PINS[1]).read_text(encoding="utf-8")
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise InstallError(
            "npm is not on this machine, and Marp, which makes HTML and PDF, is a program for Node.",
            "Install Node 20 or newer, or read the decks as they are: slides/opening.md and its neighbours.",
        )
    tools.mkdir(parents=True, exist_ok=True)
    for name in PINS:
        shutil.copy(HERE / name, tools / name)
    flags = ("--ignore-scripts", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved")
    _run([npm, "ci", *flags], tools, InstallError, "Marp cannot be fetched", "Look at npm's own configuration.")
    shutil.copy(tools / PINS[1], done)


def standalone(markdown: str, folder: Path) -> str:
    """Markdown with each figure inside it, its words enlarged; `folder` is what its paths start from."""

    def figure(found: re.Match[str]) -> str:
        svg = (folder / found[2]).read_text(encoding="utf-8")
        return f"<figure>{enlarged(svg, found[1])}</figure>"

    return re.sub(r"^!\[([^\]]+)\]\(([^)]+\.svg)\)$", figure, markdown, flags=re.MULTILINE)


def enlarged(svg: str, alt: str) -> str:
    """An SVG as large as a slide has room for, in the slides' font, with no word below `SMALLEST` px."""
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if size is None:
        raise RunError("a figure has no viewBox that starts at 0 0.", "Draw it with solutions/figures/drawing.py.")
    scale = min(FIGURE_WIDTH / float(size[1]), FIGURE_HEIGHT / float(size[2]))
    least = SMALLEST / scale

    def larger(found: re.Match[str]) -> str:
        # what grows by more than a quarter stands a little closer, or it would leave its box
        close = ' letter-spacing="-0.05em"' if least > 1.25 * float(found[1]) else ""
        return f'font-size="{max(float(found[1]), least):.2f}"{close}'

    svg = re.sub(r'font-size="([\d.]+)"', larger, svg)
    svg = re.sub(r'font-family="[^"]*"', 'font-family="Source Sans 3, sans-serif"', svg)
    place = f'width="{scale * float(size[1]):.0f}" height="{scale * float(size[2]):.0f}" {size[0]}'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(alt)}" {place}'
    return re.sub(r"<svg [^>]*?(?= font-family| fill|>)", head, svg, count=1).strip()


def _made(decks: Sequence[Path], tools: Path, folder: Path, pdf: bool) -> list[Path]:
    """The decks in a folder of their own, complete."""
    theme = folder / "theme.css"
    theme.write_text((HERE / "theme.css").read_text(encoding="utf-8") + _fonts(tools), encoding="utf-8")
    for deck in decks:
        text = standalone(deck.read_text(encoding="utf-8"), deck.parent)
        (folder / deck.name).write_text(text, encoding="utf-8")
    names = [deck.name for deck in decks]
    marp = [str(tools / "node_modules" / ".bin" / "marp"), "--no-stdin", "--no-config-file", "--html"]
    marp += ["--theme-set", "theme.css", "--theme", "driftlab", *names]
    kinds = {".html": [], ".pdf": ["--pdf", "--pdf-outlines"]} if pdf else {".html": []}
    remedy = "For PDF it needs Chromium, Chrome or Firefox; --no-pdf makes HTML alone."
    for extra in kinds.values():
        _run([*marp, *extra], folder, RunError, "Marp made no decks", remedy)
    made = [folder / name.replace(".md", ending) for name in names for ending in kinds]
    missing = [path.name for path in made if not path.exists() or not path.stat().st_size]
    if missing:
        raise RunError(f"Marp left out {', '.join(missing)}.", remedy)
    return made


def _fonts(tools: Path) -> str:
    """The fonts as rules of CSS that hold them."""
    rules = []
    for family, (package, styles) in FONTS.items():
        for style in styles:
            weight, slant = style.split("-")
            file = tools / "node_modules" / "@fontsource" / package / "files" / f"{package}-latin-{style}.woff2"
            data = base64.b64encode(file.read_bytes()).decode()
            name = f'font-family: "{family}"; font-weight: {weight}; font-style: {slant};'
            rules.append(f'\n@font-face {{ {name} src: url("data:font/woff2;base64,{data}") format("woff2"); }}')
    return "".join(rules) + "\n"


def _run(
    words: Sequence[str], folder: Path, kind: type[InstallError] | type[RunError], problem: str, remedy: str
) -> None:
    """Run a program to its end.

    Raises:
        CourseError: of that kind, with the program's last words.
    """
    own = {"CHROME_NO_SANDBOX": "1"} if hasattr(os, "geteuid") and os.geteuid() == 0 else {}  # root has no sandbox
    try:
        done = subprocess.run(  # noqa: S603  npm, or Marp from our own folder
            words, cwd=folder, env=os.environ | own, capture_output=True, text=True, timeout=ENOUGH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as failed:
        raise kind(f"{problem}: nothing came for {ENOUGH_SECONDS} s.", remedy) from failed
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-6:])
        raise kind(f"{problem}:\n{last}", remedy)
