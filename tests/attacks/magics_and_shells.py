"""Uses magics, shell lines and cells of other languages, which only a notebook's kernel would run."""

from autograder.attacks import Desk, Expect

PROMISE = "cells-are-ours"
EXPECT = Expect(notes="line|magic|shell|skipped")


def upload(desk: Desk) -> None:
    shell = f"touch {desk.ground.canaries}/by-a-shell"
    cells = (f"!{shell}", f"%system {shell}", f"%%bash\n{shell}", f"x = !{shell}", "%run ../solution.ipynb", "total??")
    desk.save(desk.notebook(*cells, "get_ipython().system('true')"))
