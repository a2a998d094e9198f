"""A notebook as other programs save it: Colab, Kaggle, an old Jupyter, an export to Python.

In: a notebook of format 4.5 as a dictionary, which stays as it is. Out: the same cells in that program's shape, as
bytes. Ids are made from the cells, so that bytes are the same again.
Does not: run a cell, change a line that a student wrote, or hold a file of any of these programs to compare with.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

Notebook = dict[str, Any]

TRUNCATED = 200
"""Bytes of a notebook whose upload broke off, at the least."""


def jupyter(notebook: Notebook) -> bytes:
    """As JupyterLab saves it: format 4.5, sources as lists of lines, cells numbered as they were run."""
    cells = []
    for number, cell in enumerate(notebook["cells"], start=1):
        ran = {"execution_count": number} if cell["cell_type"] == "code" else {}
        cells.append({**cell, "source": _lines(cell), **ran})
    return _bytes({**notebook, "cells": cells}, indent=1)


def colab(notebook: Notebook) -> bytes:
    """As Colab saves it: format 4.0, ids of its own in the metadata, all other metadata of cells gone."""
    cells = []
    for number, cell in enumerate(notebook["cells"]):
        mine = _hash(cell, number)[:12]
        kept = {"metadata": {"id": mine}, "source": _lines(cell), "cell_type": cell["cell_type"]}
        if cell["cell_type"] == "code":
            output = {"output_type": "stream", "name": "stdout", "text": ["ran in Colab\n"]}
            kept |= {"execution_count": None, "outputs": [output]}
            kept["metadata"] |= {"colab": {"base_uri": "https://localhost:8080/"}, "outputId": _hash(mine, number)[:36]}
        cells.append(kept)
    metadata = {
        "colab": {"provenance": [], "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    return _bytes({"nbformat": 4, "nbformat_minor": 0, "metadata": metadata, "cells": cells}, indent=2)


def kaggle(notebook: Notebook) -> bytes:
    """As Kaggle saves it: format 4.4, its own names and times in the metadata of cells, one long line."""
    cells = []
    for number, cell in enumerate(notebook["cells"]):
        ids = {"_uuid": _hash(cell, number)[:40], "_cell_guid": _hash(number, cell)[:36], "trusted": True}
        kept = {"cell_type": cell["cell_type"], "source": "".join(_lines(cell)), "metadata": ids}
        if cell["cell_type"] == "code":
            kept |= {"execution_count": None, "outputs": []}
            ids |= {"execution": {"iopub.status.busy": "2026-03-02T10:00:00.000Z"}}
        cells.append(kept)
    metadata = {
        "kernelspec": {"language": "python", "display_name": "Python 3", "name": "python3"},
        "language_info": {"name": "python", "version": "3.11.13", "file_extension": ".py"},
        "kaggle": {"accelerator": "none", "dataSources": [], "isInternetEnabled": False, "sourceType": "notebook"},
    }
    return _bytes({"metadata": metadata, "nbformat": 4, "nbformat_minor": 4, "cells": cells})


def version_three(notebook: Notebook) -> bytes:
    """As a Jupyter of ten years ago saved it: worksheets, `input` for `source`."""
    cells = [
        {"cell_type": "code", "input": _lines(cell), "language": "python", "outputs": [], "metadata": {}}
        if cell["cell_type"] == "code"
        else {"cell_type": cell["cell_type"], "source": _lines(cell), "metadata": {}}
        for cell in notebook["cells"]
    ]
    return _bytes({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]})


def script(notebook: Notebook) -> bytes:
    """As an export to Python: cells between `# %%` lines, text in comments."""
    parts = []
    for cell in notebook["cells"]:
        text = "".join(_lines(cell))
        if cell["cell_type"] != "code":
            text = "\n".join(f"# {line}".rstrip() for line in text.split("\n"))
        parts.append(f"# %%{'' if cell['cell_type'] == 'code' else ' [markdown]'}\n{text}\n")
    return "\n".join(parts).encode()


def twice(notebook: Notebook) -> bytes:
    """As somebody saves it who pasted the whole notebook below itself."""
    return jupyter({**notebook, "cells": [*notebook["cells"], *notebook["cells"]]})


def broken_off(notebook: Notebook) -> bytes:
    """As an upload leaves it that broke off in the middle."""
    whole = jupyter(notebook)
    return whole[: max(TRUNCATED, len(whole) // 2)]


def swollen(notebook: Notebook, size: int) -> bytes:
    """With a printed output of that many bytes."""
    cells = [dict(cell) for cell in notebook["cells"]]
    last = max(number for number, cell in enumerate(cells) if cell["cell_type"] == "code")
    cells[last]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "0" * size}]
    return jupyter({**notebook, "cells": cells})


Saved = Callable[[Notebook], bytes]


def _lines(cell: Notebook) -> list[str]:
    return "".join(cell["source"]).splitlines(keepends=True)


def _hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _bytes(notebook: Notebook, indent: int | None = None) -> bytes:
    return (json.dumps(notebook, ensure_ascii=False, indent=indent) + "\n").encode()
