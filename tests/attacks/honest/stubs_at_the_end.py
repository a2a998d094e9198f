"""Has the untouched answer cells of the released notebook below its own answers."""

from autograder.attacks import Desk, Expect

PROMISE = "honest"
EXPECT = Expect(everything="passed", points=6)


def upload(desk: Desk) -> None:
    stubs = [
        f'def {name}({argument}):\n    raise NotImplementedError("attacklab.{name}")\n'
        for name, argument in (("total", "numbers"), ("mean", "values"), ("longest", "words"))
    ]
    desk.save(desk.notebook(*stubs, right=True))
