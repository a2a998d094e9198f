"""A notebook as other programs save it: Colab, Kaggle, an old Jupyter, an export to Python.

In: a notebook of format 4.5 as a dictionary, which stays as it is. Out: the same cells in that program's shape. What
the sites do is taken from notebooks that they wrote and from their issues: Colab makes notebooks of format 4.0 with ids
in the metadata (googlecolab/colabtools#5402) and adds `colab` and outputs; Kaggle adds `kaggle`, `trusted` and
`execution`. Whether a site keeps metadata of ours is not documented; here it does not, but where that is asked for.
Does not: run a cell, or change a line that a student wrote.
"""

import copy
import hashlib
import json
from collections.abc import Callable
from typing import Any

Notebook = dict[str, Any]
STREAM = {"output_type": "stream", "name": "stdout", "text": ["def quantize(x):\n", "    return 'an output'\n"]}

TRUNCATED = 200
"""Bytes of a notebook whose upload broke off, at the least."""


def jupyter(notebook: Notebook) -> bytes:
    """As JupyterLab saves it: format 4.5, sources as lists of lines, cells numbered as they were run."""
    cells = []
    for number, cell in enumerate(notebook["cells"], start=1):
        ran = {"execution_count": number} if cell["cell_type"] == "code" else {}
        cells.append({**cell, "source": _lines(cell), **ran})
    return _bytes({**notebook, "cells": cells}, indent=1)


def as_colab(notebook: Notebook, *, strip: bool = True) -> Notebook:
    """Saved by Colab: new ids in place of the old, no metadata of ours, outputs and metadata of its own."""
    row = copy.deepcopy(notebook)
    for number, cell in enumerate(row["cells"]):
        name = hashlib.sha256(str(number).encode()).hexdigest()[:12]
        cell.pop("id", None)
        kept = {} if strip else cell["metadata"]
        cell["metadata"] = {**kept, "id": name}
        if cell["cell_type"] == "code":
            cell["metadata"] |= {"colab": {"base_uri": "https://localhost:8080/", "height": 71}, "outputId": "5f0c-1"}
            cell["outputs"], cell["execution_count"] = [copy.deepcopy(STREAM)], number
        cell["source"] = _lines(cell)
    row["metadata"] = {
        "colab": {"provenance": [], "toc_visible": True, "gpuType": "T4"}, "accelerator": "GPU",
        "kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"},
    }  # fmt: skip
    row["nbformat_minor"] = 0
    return row


def as_kaggle(notebook: Notebook) -> Notebook:
    """Saved by Kaggle, with what papermill leaves in each cell."""
    row = copy.deepcopy(notebook)
    for number, cell in enumerate(row["cells"]):
        cell.pop("id", None)
        cell["metadata"] = {"papermill": {"duration": 0.01, "status": "completed"}, "tags": []}
        if cell["cell_type"] == "code":
            cell["metadata"] |= {"trusted": True, "_kg_hide-input": False, "execution": {"shell.execute_reply": "2026"}}
            cell["outputs"], cell["execution_count"] = [copy.deepcopy(STREAM)], number
        cell["source"] = "".join(_lines(cell))
    row["metadata"] = {
        "kaggle": {"accelerator": "none", "dataSources": [{"sourceId": 1, "sourceType": "datasetVersion"}],
                   "isGpuEnabled": False, "isInternetEnabled": False, "language": "python", "sourceType": "notebook"},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": "3.12.11", "mimetype": "text/x-python"},
    }  # fmt: skip
    row["nbformat_minor"] = 4
    return row


def colab(notebook: Notebook) -> bytes:
    """The bytes of Colab's file."""
    return _bytes(as_colab(notebook), indent=2)


def kaggle(notebook: Notebook) -> bytes:
    """The bytes of Kaggle's, one long line."""
    return _bytes(as_kaggle(notebook))


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


def _bytes(notebook: Notebook, indent: int | None = None) -> bytes:
    return (json.dumps(notebook, ensure_ascii=False, indent=indent) + "\n").encode()
