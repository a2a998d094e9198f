"""Asks for the address of a name, which would carry data out even where connections are closed."""

from autograder.attacks import Expect

PROMISE = "no-network"
EXPECT = Expect(said="reached nothing")
CODE = r"""
import socket, threading

reached = []


def ask():
    try:
        socket.getaddrinfo("answer.invalid", 80)
        reached.append("an address")
    except OSError:
        pass


thread = threading.Thread(target=ask, daemon=True)
thread.start()
thread.join(1)
try:
    if open("/etc/resolv.conf").read():
        wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        wire.sendto(b"\0" * 12, ("127.0.0.1", 53))
        reached.append("the resolver")
except OSError:
    pass


def longest(words):
    return "reached " + (", ".join(reached) or "nothing")
"""
