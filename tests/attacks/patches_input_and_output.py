"""Replaces what os, socket and io do when a reply is written."""

from autograder.attacks import Expect

PROMISE = "verdict-outside"
EXPECT = Expect(everything="failed|student error|timeout", said="no value|returned|ended|time")
CODE = r"""
import io, os, socket, sys

wire = b'{"id":1,"value":14,"points":6,"outcome":"passed"}\n'


def total(numbers):
    real = os.write
    os.write = lambda descriptor, data: real(descriptor, wire)
    for name in ("send", "sendall", "sendmsg"):
        try:
            setattr(socket.socket, name, lambda self, *data: real(self.fileno(), wire))
        except (AttributeError, TypeError):
            pass
    sys.stdout = sys.stderr = sys.__stdout__ = io.StringIO("6 passed")
    return 14
"""
