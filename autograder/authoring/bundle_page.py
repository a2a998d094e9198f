"""The page that a learner reads first in a bundle: what to type, which labs there are, what to do where it fails.

In: the bundle's name, its labs. Out: Markdown; and the list of labs to which every notebook's last line leads.
Does not: put anything else into a bundle.
"""

from collections.abc import Sequence

from autograder.spec import LabSpec

PAGE = """\
# driftlab: {title}

How stable is a chat model's safety alignment when it is fine-tuned? What you need: Python 3.11, 3.12 or 3.13, and a
network for the first command. No GPU, no account.

    ./lab autograder smoke      the first call makes the environment (some minutes), then tries whether all works here
    ./lab jupyter lab labs/     open a lab, work from top to bottom, run the check below each task
    ./lab autograder check {first}     the same checks in a terminal

On Windows write `py lab` for `./lab`. With conda: make the environment from environment.yml, activate it, and leave
`./lab` out. On Colab or Kaggle: upload the notebook, and the zip that you have this from; the first cell says where to.

| lab | | minutes | points | open |
|---|---|---|---|---|
{table}

- A check says what it called, what came back and what it wanted. Ask for a hint with `hint("{task}")`: there are three.
- The checks here are the public ones. Your grade comes from more inputs than these, which nobody sees before.
- `quiz("{first}")` asks you questions about the lab, and says why each choice is right or wrong. It gives no points.
- `./lab autograder progress` shows how far you have come{all_labs}.
- Functions are found by their names: keep names and arguments, add whatever cells and functions you like.
- Hand in the notebook itself, saved after your last change. Keep it small: clear large outputs.

## Does it work here?

`./lab autograder smoke` takes under a minute. For each lab it opens the notebook, starts a Jupyter kernel, runs the
cells that are given, asks every check about the tasks as you got them (each must say that nothing was attempted), opens
the quiz and draws a result; it loads the pocket model and compares packages with requirements.lock. What you wrote is
neither run nor changed. Where something fails, the lines below the table say what to do. `--json` ends with one object.
Exit code 0: all works. 2: something that you can mend, such as a missing package. 3: something that we must mend:
please report it, with all that was printed.

## What is here

This is {name}. {library}
"""
WHOLE = (
    "Of the course's library it has what the labs run, which is nearly all of it: Lab 3 starts whole experiments. So "
    "`./lab driftlab drift` works too, and formulas that the labs ask you to write stand somewhere in `driftlab/`."
)
PART = (
    "Of the course's library it has only what the lab imports. The command `driftlab`, which the lab's last lines "
    "speak of, is in the bundle of the whole course (driftlab-labs.zip)."
)


LABS = """\
# Labs

| lab | | minutes | points | open |
|---|---|---|---|---|
{table}

What to type, and what to do where it fails: [README](../README.md).
"""


def readme(name: str, labs: Sequence[LabSpec], *, whole: bool) -> str:
    """The page; `whole` says that the library's command line is there."""
    title = labs[0].title if len(labs) == 1 else "labs on safety alignment and fine-tuning"
    return PAGE.format(
        name=name,
        title=title,
        first=labs[0].lab if labs else "lab1",
        task=labs[0].tasks[0].id if labs else "lab1.nf4",
        table=_table(labs, "labs/"),
        all_labs=" in all labs" if len(labs) > 1 else "",
        library=WHOLE if whole else PART,
    )


def list_of_labs(labs: Sequence[LabSpec]) -> str:
    """`labs/README.md`."""
    return LABS.format(table=_table(labs, ""))


def _table(labs: Sequence[LabSpec], folder: str) -> str:
    return "\n".join(
        f"| {lab.lab} | {lab.title} | {lab.minutes} | {sum(task.points for task in lab.tasks):g} "
        f"| [notebook]({folder}{lab.notebook}/{lab.notebook}.ipynb) |"
        for lab in labs
    )
