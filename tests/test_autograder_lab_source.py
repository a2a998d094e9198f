"""The strict reader of lab sources: what it makes of a good one, and that every malformed one is refused by line."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_course import LAB, SOURCE, STEM

from autograder.authoring import lab_source, regions
from autograder.authoring.first_cell import ABOVE, first_cell
from autograder.authoring.lab_source import IMPORT
from autograder.authoring.regions import Place
from autograder.errors import SourceError

PATH = Path(f"solutions/{STEM}.py")
AREA_HINTS = SOURCE[SOURCE.index('# %% [markdown] hints="lab9.area"') : SOURCE.index("# %% [markdown]\n# ## Nearest")]


def test_a_good_source() -> None:
    lab = lab_source.parse(SOURCE, PATH)
    spec = lab.spec
    assert (spec.lab, spec.title, spec.notebook, spec.minutes) == ("lab9", "A small lab", STEM, 20)
    assert (spec.preload, spec.readable, spec.limits.call_seconds) == (("math",), ("driftlab.pocket",), 2.0)
    assert [cell.kind for cell in lab.cells] == [
        "prose", "prose", "setup", "given", "demo", "prose", "task", "prose", "task", "prose", "task", "answer",
    ]  # fmt: skip
    area, levels, why = spec.tasks
    assert (area.id, area.points, area.minutes, area.functions) == ("lab9.area", 2.0, 5, ("area",))
    assert area.title == "The area of a circle"
    assert area.hints[2] == "The square of the radius, times\n`math.pi`."
    assert levels.functions == ("nearest", "distance", "nearest_of_all")
    assert (why.manual, why.hints, why.title) == (True, (), "In your words")
    assert spec.demos == (first_cell(LAB), "%time math.sqrt(2)")


def test_the_first_given_cell_gets_the_import_of_check_once() -> None:
    added = lab_source.parse(SOURCE, PATH)
    assert added.spec.given == (f"{IMPORT}\nimport math\n\nLEVELS = (0, 1, 2)",)
    written = lab_source.parse(SOURCE.replace("import math\n\nL", f"{IMPORT}\nimport math\n\nL"), PATH)
    assert written.spec.given == added.spec.given


def test_places_are_lines_of_the_file() -> None:
    lines = SOURCE.split("\n")
    for cell in lab_source.parse(SOURCE, PATH).cells:
        if cell.kind == "setup" or cell.source == ABOVE:
            continue  # which stand in no source
        first = cell.source.removeprefix(f"{IMPORT}\n").split("\n")[0]
        assert lines[cell.place.line - 1].removeprefix("# ") == first


def test_a_mark_within_a_string_is_no_cell() -> None:
    source = SOURCE.replace("LEVELS = (0, 1, 2)", 'TEXT = """\n# %% task="x"\n"""\nLEVELS = (0, 1, 2)')
    lab = lab_source.parse(source, PATH)
    assert len(lab.cells) == 12
    area = next(cell for cell in lab.cells if cell.task == "lab9.area")
    assert source.split("\n")[area.place.line - 1] == "def area(radius):"


# what is replaced, by what, what stands in the line that the message names (1: the header), a part of the message
BROKEN: dict[str, tuple[str, str, str | int | None, str]] = {
    "no header": ("# driftlab:\n", "# other:\n", 1, "no header with a `driftlab:` mapping"),
    "header not yaml": ("#   lab: lab9", "#   lab: [lab9", 1, "while parsing a flow sequence"),
    "unknown header": ("#   minutes: 20", "#   minutes: 20\n#   minute: 3", 1, "the header has no key 'minute'"),
    "another lab": ("#   lab: lab9", "#   lab: lab8", 1, "`lab` is 'lab8'"),
    "no title": ("#   title: A small lab\n", "", 1, "`title` is None"),
    "no minutes of the lab": ("#   minutes: 20\n", "", 1, "the minutes are None"),
    "too few minutes": ("#   minutes: 20", "#   minutes: 14", 1, "the header says 14 minutes; the tasks take 15"),
    "wrong total": ("#   points: 6", "#   points: 7", 1, "the header says 7 points; the tasks have 6"),
    "preload": ("[math]", "math", 1, "`preload` is 'math'"),
    "readable": ("[driftlab.pocket]", "[driftlab/pocket]", 1, "`readable` is"),
    "limits": ("{call_seconds: 2.0}", "{call_second: 2.0}", 1, "`limits` is"),
    "limits endless": ("{call_seconds: 2.0}", "{call_seconds: .inf}", 1, "`limits` is"),
    "code above": (
        "# %% [markdown]\n# # A",
        "import os\n\n# %% [markdown]\n# # A",
        None,
        "there is code above the first cell",
    ),
    "neither given nor task": (
        "# %% demo=true",
        "# %%",
        "# %time",
        "there is no such cell: a code cell without a kind",
    ),
    "given=false": ("# %% demo=true", "# %% demo=false", "demo=false", "demo=False says nothing"),
    "raw": ("# %% [markdown]\n# Now", "# %% [raw]\n# Now", None, "there is no such cell: a raw cell"),
    "unknown key": ("points=2 minutes=5", "points=2 minutes=5 hard=true", "# %% task=", "the unknown key 'hard'"),
    "a title": ("# %% demo=true", "# %% Timing demo=true", "Timing", "the unknown key 'title'"),
    "prose with points": ("# %% [markdown]\n# Now", "# %% [markdown] points=3\n# Now", None, "unknown key 'points'"),
    "malformed id": ('task="lab9.area"', 'task="lab9.Area"', "# %% task=", "'lab9.Area' is no task of lab9"),
    "id with a dash": ('task="lab9.area"', 'task="lab9.an-area"', "# %% task=", "is no task of lab9"),
    "id of another lab": ('task="lab9.area"', 'task="lab8.area"', "# %% task=", "'lab8.area' is no task of lab9"),
    "id no string": ('task="lab9.area"', "task=9", "# %% task=", "9 is no task of lab9"),
    "no points": (" points=2 ", " ", "# %% task=", "the task's points are None"),
    "no points at all": (" points=2 ", " points=0 ", "# %% task=", "the task's points are 0"),
    "points true": (" points=2 ", " points=true ", "# %% task=", "the task's points are True"),
    "no minutes": (" points=2 minutes=5", " points=2", "# %% task=", "the minutes are None"),
    "task twice": (
        '# %% task="lab9.levels"\n',
        '# %% task="lab9.levels" points=1\n',
        "points=1",
        "lab9.levels began above",
    ),
    "answer twice": ('task="lab9.why"', 'task="lab9.area"', None, "lab9.area began above"),
    "function twice": (
        "def distance(value)",
        "def area(value)",
        "def nearest(",
        "area is defined by lab9.area and by lab9.levels",
    ),
    "given redefined": (
        "LEVELS = (0, 1, 2)",
        "LEVELS = area = 1",
        "def area(",
        "area is defined by a given cell and by lab9.area",
    ),
    "given imported": ("import math\n", "import math as area\n", "def area(", "area is defined by a given cell"),
    "code beside functions": ("def area(", "x = 1\n\n\ndef area(", "x = 1", "holds function definitions only"),
    "class": ("def area(", "class A:\n    pass\n\n\ndef area(", "class A:", "holds function definitions only"),
    "no docstring": (
        '    """The nearest entry for each."""\n',
        "",
        "def nearest_of_all",
        "nearest_of_all has no docstring",
    ),
    "no region": (
        "    ### BEGIN SOLUTION\n    return [nearest(single_value) for single_value in values]\n    ### END SOLUTION\n",
        "    return 1\n",
        "def nearest_of_all",
        "nearest_of_all has 0 solution regions",
    ),
    "two regions": (
        "    squared_radius = radius * radius\n",
        "    squared_radius = radius * radius\n    ### END SOLUTION\n    ### BEGIN SOLUTION\n",
        "def area(",
        "area has 2 solution regions",
    ),
    "nested": (
        "    return math.pi",
        "    ### BEGIN SOLUTION\n    return math.pi",
        "### BEGIN",
        "within a region that began in line 31",
    ),
    "unclosed": (
        "squared_radius\n    ### END SOLUTION",
        "squared_radius",
        "### BEGIN",
        "is not closed within its cell",
    ),
    "end without begin": ("    ### BEGIN SOLUTION\n    squared", "    squared", "### END", "without"),
    "end twice": (
        "values]\n    ### END SOLUTION",
        "values]\n    ### END SOLUTION\n    ### END SOLUTION",
        None,
        "without",
    ),
    "empty region": (
        "    return [nearest(single_value) for single_value in values]\n",
        "\n",
        "### BEGIN",
        "this region is empty",
    ),
    "misspelt mark": (
        "    ### BEGIN SOLUTION\n    sq",
        "    # BEGIN SOLUTION\n    sq",
        "SOLUTION",
        "is no mark of a region",
    ),
    "lower mark": (
        "    ### BEGIN SOLUTION\n    sq",
        "    ### begin solution\n    sq",
        "solution",
        "is no mark of a region",
    ),
    "mark after code": (
        "= radius * radius\n",
        "= radius  ### END SOLUTION\n",
        "= radius  ###",
        "is no mark of a region",
    ),
    "hidden tests": ("LEVELS = (0", "# ### BEGIN HIDDEN TESTS\nLEVELS = (0", None, "is a mark that nbgrader acts upon"),
    "solution in a given cell": (
        "LEVELS = (0, 1, 2)",
        "### BEGIN SOLUTION\nLEVELS = (0, 1, 2)\n### END SOLUTION",
        None,
        "outside a task's cell",
    ),
    "solution in prose": (
        "# Guess",
        "# ### BEGIN SOLUTION\n# x\n# ### END SOLUTION\n# Guess",
        None,
        "outside a task's cell",
    ),
    "region around the function": (
        "def nearest_of_all",
        "### BEGIN SOLUTION\ndef nearest_of_all",
        None,
        "nested",
    ),
    "region at the margin": (
        '    """The nearest entry for each."""\n    ### BEGIN SOLUTION\n    return [nearest(single_value) for',
        '    """The nearest entry for each."""\n### BEGIN SOLUTION\n    return [nearest(single_value) for',
        "### BEGIN",
        "does not cut its body between",
    ),
    "region cuts a statement": (
        "    ### BEGIN SOLUTION\n    squared_radius = radius * radius\n",
        "    squared_radius = (\n    ### BEGIN SOLUTION\n        radius * radius)\n",
        "### BEGIN",
        "does not cut its body between",
    ),
    "region within the docstring": (
        '    """The area of a circle of that radius."""\n    ### BEGIN SOLUTION\n',
        '    """The area\n    ### BEGIN SOLUTION\n    of a circle."""\n',
        "### BEGIN",
        "does not cut its body between",
    ),
    "no python": ("def area(radius):", "def area(radius:", "def area(", "this cell is no Python"),
    "magic in given": ("LEVELS = (0", "# %matplotlib inline\nLEVELS = (0", None, "this cell is no Python"),
    "check by hand": ("# %time math.sqrt(2)", 'check("lab9.area")', "check(", "check() is written by hand"),
    "check by hand in given": ("LEVELS = (0, 1, 2)", "LEVELS = (0, 1, 2)\ncheck ('x')", None, "written by hand"),
    "no hints": (AREA_HINTS, "", "# %% task=", "lab9.area has no hints"),
    "hints for nobody": ('hints="lab9.area"', 'hints="lab9.volume"', None, "hints for 'lab9.volume'"),
    "hints twice": ('hints="lab9.levels"', 'hints="lab9.area"', None, "lab9.area has hints already"),
    "two hints": ("# 3. The key is a distance.\n", "", None, "no list of 3: the numbers are 1, 2"),
    "four hints": ("# 3. The key is", "# 3. A\n# 4. The key is", None, "the numbers are 1, 2, 3, 4"),
    "hints misnumbered": ("# 3. The key is", "# 2. The key is", None, "the numbers are 1, 2, 2"),
    "hints with a preface": ("# 1. Look at", "# So:\n#\n# 1. Look at", None, "no list of 3"),
    "an empty hint": ("# 2. `min` takes a key.", "# 2.  ", None, "a hint is empty"),
    "hints in code": (
        '# %% [markdown] hints="lab9.levels"',
        '# %% hints="lab9.levels"',
        None,
        "a code cell with hints=",
    ),
    "text task not manual": (" manual=true", "", None, "graded by a human"),
    "manual code": ("points=2 minutes=5", "points=2 minutes=5 manual=true", "# %% task=", "unknown key 'manual'"),
    "answer without region": (
        "# ### BEGIN SOLUTION\n# Because the levels are evenly spread over it.\n# ### END SOLUTION\n",
        "",
        None,
        "needs one solution region; this has 0",
    ),
    "nothing given": ("# %% given=true", "# %% demo=true", 1, "no cell is given"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_malformed_source_is_refused_by_file_and_line(case: str) -> None:
    old, new, where, message = BROKEN[case]
    source = SOURCE.replace(old, new, 1)
    assert SOURCE.count(old) >= 1, "the case no longer changes anything"
    with pytest.raises(SourceError, match=re.escape(message)) as caught:
        lab_source.parse(source, PATH)
    name, number = caught.value.problem.split(":")[:2]
    assert name == f"{STEM}.py"
    named = source.split("\n")[int(number) - 1]
    assert number == "1" if where == 1 else (where or "") in named, (number, named)
    assert caught.value.remedy


def test_a_lab_without_tasks_is_refused() -> None:
    with pytest.raises(SourceError, match="this lab has no task"):
        lab_source.parse(SOURCE[: SOURCE.index("# %% [markdown]\n# ## The area")].replace("#   points: 6\n", ""), PATH)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    for path, data in ((tmp_path / "lab1_none.py", None), (tmp_path / "lab1_bytes.py", b"\xff\xfe")):
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(SourceError, match=rf"{path.name} cannot be read"):
            lab_source.read(path)


LINES = st.lists(st.sampled_from(["    x = 1", regions.BEGIN, f"    {regions.END}", "", "    return x"]), max_size=9)


@given(LINES)
def test_regions_are_found_or_refused_and_never_lost(lines: list[str]) -> None:
    source = "\n".join(lines)
    try:
        found = regions.find(source, Place(PATH, 1))
    except SourceError:
        marks = [line.strip() for line in lines if "SOLUTION" in line]
        good = marks == [regions.BEGIN, regions.END] * (len(marks) // 2)
        assert not good or any(
            not "".join(lines[start + 1 : lines.index(f"    {regions.END}", start)]).strip()
            for start, line in enumerate(lines)
            if line == regions.BEGIN
        )
    else:
        cut = sum(len(region.lines) + 2 for region in found)
        kept = regions.outside(source, found)
        assert "SOLUTION" not in kept
        assert kept.count("\n") + cut in (source.count("\n"), source.count("\n") + 1)
