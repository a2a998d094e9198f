"""A course of one small lab in a folder of its own: three tasks, checks, a figure, a library of two files."""

from pathlib import Path

from autograder.authoring import bundle

LAB, STEM = "lab9", "lab9_small"
SOURCE = '''\
# ---
# driftlab:
#   lab: lab9
#   title: A small lab
#   minutes: 20
#   points: 6
#   preload: [math]
#   readable: [driftlab.pocket]
#   limits: {call_seconds: 2.0}
# ---

# %% [markdown]
# # A small lab
#
# Guess before you run. ![a line](figures/line.svg)

# %% given=true
import math

LEVELS = (0, 1, 2)

# %% demo=true
# %time math.sqrt(2)

# %% [markdown]
# ## The area of a circle

# %% task="lab9.area" points=2 minutes=5
def area(radius):
    """The area of a circle of that radius."""
    ### BEGIN SOLUTION
    squared_radius = radius * radius
    return math.pi * squared_radius
    ### END SOLUTION

# %% [markdown] hints="lab9.area"
# 1. What grows with the square?
# 2. `math.pi` is there.
# 3. The square of the radius, times
#    `math.pi`.

# %% [markdown]
# ## Nearest level

# %% task="lab9.levels" points=1.5 minutes=5
def nearest(value):
    """The entry of LEVELS that is nearest to the value."""
    ### BEGIN SOLUTION
    return min(LEVELS, key=lambda level: abs(level - value))
    ### END SOLUTION


def distance(value):
    """How far the value is from it."""
    found = nearest(value)
    ### BEGIN SOLUTION
    how_far = abs(found - value)
    return how_far
    ### END SOLUTION

# %% [markdown]
# Now for several values at once.

# %% task="lab9.levels"
def nearest_of_all(values):
    """The nearest entry for each."""
    ### BEGIN SOLUTION
    return [nearest(single_value) for single_value in values]
    ### END SOLUTION

# %% [markdown] hints="lab9.levels"
# 1. Look at each level.
# 2. `min` takes a key.
# 3. The key is a distance.

# %% [markdown] task="lab9.why" points=2.5 minutes=5 manual=true
# ## In your words
#
# Why is it so?
#
# ### BEGIN SOLUTION
# Because the levels are evenly spread over it.
# ### END SOLUTION
'''
PUBLIC = "def test_area(submission):\n    assert round(submission.call('area', 1), 2) == 3.14\n"
HIDDEN = "def test_area(submission):\n    assert round(submission.call('area', 7), 3) == 153.938\n"


def make(root: Path, source: str = SOURCE) -> Path:
    """The course's folder, with all that a bundle wants."""
    texts = {
        f"solutions/{STEM}.py": source,
        f"solutions/figures/{LAB}/line.svg": "<svg/>",
        "autograder/checks/__init__.py": "",
        f"autograder/checks/{LAB}/public/test_area.py": PUBLIC,
        f"autograder/checks/{LAB}/hidden/test_area.py": HIDDEN,
        "labs/README.md": "# Labs\n",
        "driftlab/__init__.py": '"""A library."""\n',
        "driftlab/__main__.py": '"""Starts it."""\n',
        "driftlab/install.py": "import driftlab\n",
        "driftlab/__pycache__/x.py": "not for a bundle",
        "driftlab/answers.py": "not for a bundle: no lab needs it",
        "driftlab/notes.txt": "not for a bundle",
        "driftlab/notes.bak": "not for a bundle",
        "tests/test_x.py": "not for a bundle",
    }
    texts |= {f"autograder/{module}.py": f'"""{module}"""\n' for module in bundle.MODULES}
    texts |= {f"autograder/templates/{name}": "<p>\n" for name in bundle.TEMPLATES}
    texts |= dict.fromkeys(bundle.ROOT_FILES, "a file\n")
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
