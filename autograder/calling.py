"""Asking a submission's functions for values: one interface, whether they run right here or in the sandbox.

In: a function's name and its arguments, as plain values and numpy arrays. Out: what it returned, as `values` decodes
it; or a `CallError` that says how the call ended. `InProcess` is for a learner's own code in a learner's own process.
Does not: compare anything, or run anybody else's code here: `judging` does that through the sandbox.
"""

from collections.abc import MutableMapping
from typing import Any, Protocol

from autograder import values
from autograder.outcomes import Outcome

LONGEST = 500


class CallError(Exception):
    """A call that returned no value. `outcome` says how it ended, `said` why, in words for the learner."""

    outcome = Outcome.STUDENT_ERROR

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


class NotAttemptedError(CallError):
    """The function is missing, or still the stub."""

    outcome = Outcome.NOT_ATTEMPTED


class StudentError(CallError):
    """The function raised, or ended its process, or answered with something that is no value."""

    outcome = Outcome.STUDENT_ERROR


class TimedOutError(CallError):
    """The function took longer than a call may take."""

    outcome = Outcome.TIMEOUT


class OutOfMemoryError(CallError):
    """The function wanted more memory than a submission may use."""

    outcome = Outcome.MEMORY


class Caller(Protocol):
    """Somewhere to call functions by name."""

    def call(self, function: str, /, *args: Any, **kwargs: Any) -> Any:
        """What the function returned.

        Raises:
            CallError: it returned nothing.
            SandboxError: our own machinery failed.
        """


class InProcess:
    """Calls functions of a namespace in this process, with values crossing exactly as they do in the sandbox."""

    def __init__(self, namespace: MutableMapping[str, Any]) -> None:
        self._namespace = namespace

    def call(self, function: str, /, *args: Any, **kwargs: Any) -> Any:
        """What the function returned; see `Caller`."""
        found = self._namespace.get(function)
        if not callable(found):
            raise NotAttemptedError(f"There is no function {function} yet.")
        sent = values.loads(values.dumps([list(args), kwargs]), tensors=True)
        try:
            text = values.dumps(found(*sent[0], **sent[1]))
        except NotImplementedError as error:
            raise NotAttemptedError(f"{function} is not written yet.") from error
        except MemoryError as error:
            raise OutOfMemoryError(f"{function} ran out of memory.") from error
        except (Exception, SystemExit) as error:  # a learner's function may raise anything; it is shown, not swallowed
            raise StudentError(raised(function, type(error).__name__, str(error), where(error))) from error
        return values.loads(text)


def raised(function: str, kind: str, message: str, place: str) -> str:
    """How an exception of a student's function reads."""
    short = message if len(message) <= LONGEST else message[: LONGEST - 1] + "…"
    return f"{function} raised {kind}: {short}" + (f" ({place})" if place else "")


def where(error: BaseException) -> str:
    """The innermost line of the learner's own code in a traceback: `cell 3, line 7`, or nothing."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        # Cells are compiled under names such as <cell 3> or <ipython-input-…>; ipykernel names a file for each.
        if (file.startswith("<") and not file.startswith("<frozen")) or "ipykernel_" in file:
            place = f"{file.strip('<>') if file.startswith('<') else 'your cell'}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place
