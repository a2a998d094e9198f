"""A notebook as a learner left it on a site; for tests of what is handed in.

In: a notebook's JSON. Out: the same work. How Colab and Kaggle write it stands in `autograder.rehearsal.saved_by`.
"""

import copy
from typing import Any

from autograder.rehearsal.saved_by import Notebook


def merged(notebook: Notebook) -> Notebook:
    """All that grading needs in two cells: what is given with the first solution, the rest in reverse; text above."""
    row = copy.deepcopy(notebook)
    texts = [cell for cell in row["cells"] if cell["cell_type"] != "code"]
    roles = {id(cell): cell["metadata"].get("nbgrader", {}) for cell in row["cells"]}
    codes = [cell for cell in row["cells"] if cell["cell_type"] == "code"]
    given = [cell for cell in codes if roles[id(cell)].get("locked") and not roles[id(cell)].get("grade")]
    first, *rest = [cell for cell in codes if roles[id(cell)].get("solution")]
    first["source"] = "\n\n".join("".join(_lines(cell["source"])) for cell in [*given, first])
    rest[0]["source"] = "\n\n".join("".join(_lines(cell["source"])) for cell in reversed(rest))
    row["cells"] = [*reversed(texts), rest[0], first]
    return row


def _lines(source: Any) -> list[str]:
    text = source if isinstance(source, str) else "".join(source)
    return text.splitlines(keepends=True)
