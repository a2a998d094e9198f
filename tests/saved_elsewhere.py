"""A notebook as sites save it; for tests of what is handed in.

In: a notebook's JSON. Out: the same work as Colab or Kaggle writes it, or as a learner left it there. What the sites do
is taken from notebooks that they wrote and from their issues: Colab makes notebooks of format 4.0 with ids in the
metadata (googlecolab/colabtools#5402) and adds `colab` and outputs; Kaggle adds `kaggle`, `trusted` and `execution`.
Whether a site keeps metadata of ours is not documented; here it does not, but for one case.
"""

import copy
import hashlib
from typing import Any

Notebook = dict[str, Any]
STREAM = {"output_type": "stream", "name": "stdout", "text": ["def quantize(x):\n", "    return 'an output'\n"]}


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
        cell["source"] = _lines(cell["source"])
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
        cell["source"] = "".join(_lines(cell["source"]))
    row["metadata"] = {
        "kaggle": {"accelerator": "none", "dataSources": [{"sourceId": 1, "sourceType": "datasetVersion"}],
                   "isGpuEnabled": False, "isInternetEnabled": False, "language": "python", "sourceType": "notebook"},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": "3.12.11", "mimetype": "text/x-python"},
    }  # fmt: skip
    row["nbformat_minor"] = 4
    return row


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
