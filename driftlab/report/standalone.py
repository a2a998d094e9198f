"""A figure as an SVG file of its own, light or dark as the reader's screen is.

In: a `Figure`. Out: the file; all of it or nothing.
Does not: draw, or style (`inline` puts the style inside).
"""

from pathlib import Path

from driftlab.errors import RunError
from driftlab.records import write_atomically
from driftlab.report.inline import inline
from driftlab.report.svg import Figure


def write_svg(figure: Figure, out: Path) -> Path:
    """Write the figure.

    Raises:
        RunError: `out` is a folder, is not named .svg, or cannot be written.
    """
    if out.suffix.lower() != ".svg":
        raise RunError(f"{str(out)!r} is not named as an SVG file.", f"Name it so: --figure {out.with_suffix('.svg')}")
    if out.is_dir():
        raise RunError(f"{str(out)!r} is a folder.", f"Name a file: --figure {out / 'figure.svg'}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out, [inline(figure), "\n"])
    except OSError as failed:
        reason = failed.strerror or str(failed)
        raise RunError(
            f"the figure {str(out)!r} cannot be written: {reason}.", "Name another file with --figure."
        ) from failed
    return out
