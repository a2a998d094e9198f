"""The first code cell of every notebook: finds the course where it is not installed, as on Colab and Kaggle.

In: a lab. Out: the cell's source, the same for all labs but for the name. It runs with nothing but Python; once the
course is found, `driftlab.sites` does the rest. At home it does nothing; grading leaves it out like any cell of ours.
One name is all that it leaves behind: what it imports would be missing in grading for whoever came to rely on it.
Outside IPython it never raises: merged into a learner's cell it must not cost the rest of that cell.
Does not: fetch anything. The course's zip is uploaded or attached by whoever works there.
"""

from typing import Any

HIDDEN: dict[str, Any] = {"cellView": "form", "_kg_hide-input": True, "jupyter": {"source_hidden": True}}
"""Metadata by which Colab, Kaggle and JupyterLab fold the cell's source; Colab shows the title of its first line."""

ABOVE = (
    "**Run the next cell first.** It is folded, and there is no need to open it. Where the course is installed,\n"
    "nothing happens; on Colab, on Kaggle and in any other notebook it finds the course, or says what to upload."
)
"""The text above the cell, for whoever wonders why it is empty."""

_SOURCE = '''\
# @title Run this cell first: it finds the course
# Where the course is installed, nothing happens. On Colab, on Kaggle and in any other notebook this finds the course's
# zip, unpacks it, and installs what is missing. There is no need to read on.


def find_course(lab):
    """Make the course ready, or say what to do."""
    import os
    import shutil
    import sys
    import tempfile
    import zipfile
    from pathlib import Path

    root, here = Path("/"), Path.cwd()
    zips = f"driftlab-labs.zip (or driftlab-{lab}.zip)"

    def unpacked(path):
        with zipfile.ZipFile(path) as bundle:
            for entry in bundle.infolist():
                if entry.filename.startswith("/") or ".." in entry.filename.replace("\\\\", "/").split("/"):
                    raise ValueError("it names files outside its folder")
            if sum(entry.file_size for entry in bundle.infolist()) > 2**29:
                raise ValueError("it is too large to be the course")
            folder = Path(tempfile.mkdtemp(prefix="driftlab-"))
            bundle.extractall(folder)
        for learner in folder.glob("**/autograder/learner.py"):
            return learner.parents[1]
        raise ValueError("the course is not in it")

    def found(wrong):
        places = [(here, 1), *((above, 0) for above in here.parents), (root / "content", 1)]
        places += [(root / "content/drive/MyDrive", 1), (root / "kaggle/working", 1), (root / "kaggle/input", 5)]
        places = [(place, "*/" * depth) for place, deepest in dict.fromkeys(places) for depth in range(deepest + 1)]
        for place, stars in places:
            for learner in place.glob(f"{stars}autograder/learner.py"):
                if os.access(learner.parents[1], os.W_OK):
                    return learner.parents[1]
                return shutil.copytree(learner.parents[1], Path(tempfile.mkdtemp(prefix="driftlab-"), "course"))
        for place, stars in places:
            for name in ("driftlab-labs", f"driftlab-{lab}"):
                for path in place.glob(f"{stars}{name}*.zip"):
                    try:
                        return unpacked(path)
                    except Exception as error:
                        wrong.append(f"{path.name} cannot be used ({error}). Delete it and upload it again.")

    def trouble():
        try:
            import autograder
            from driftlab.sites import set_up
        except ImportError:
            wrong = []
            course = found(wrong)
            if course is None:
                if (root / "kaggle").is_dir():
                    how = f"On Kaggle: at the right, below Input, choose Upload and New Dataset, and give it {zips}."
                elif "google.colab" in sys.modules:
                    how = f"On Colab: open Files, the folder at the left, and drop {zips} there. To keep it, put it"
                    how += " into your Drive instead, and choose Mount Drive in Files."
                else:
                    how = f"Put {zips} beside this notebook, or open the notebook that lies in the unpacked folder."
                return "\\n".join(["The course is not here.", *wrong, how, "Then run this cell again."])
            sys.path.insert(0, str(course))
            from driftlab.sites import set_up
        return set_up(lab)

    class CourseMissing(Exception):
        def _render_traceback_(self):  # Jupyter shows the words, and no traceback
            return str(self).split("\\n")

    said = trouble()
    if said and "get_ipython" in globals():
        raise CourseMissing(said)
    if said:
        print(said)


find_course("LAB")'''


def first_cell(lab: str) -> str:
    """The cell's source."""
    return _SOURCE.replace('find_course("LAB")', f'find_course("{lab}")')
