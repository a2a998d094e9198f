"""Connects to a port of the grader's machine and to addresses outside, listens, and sends datagrams."""

from autograder.attacks import Expect

PROMISE = "no-network"
EXPECT = Expect(said="reached nothing")
CODE = """
import socket

reached = []
for family in (socket.AF_INET, socket.AF_INET6):
    for host, port in (("127.0.0.1", @PORT@), ("::1", @PORT@), ("192.0.2.1", 80), ("169.254.169.254", 80)):
        if (":" in host) != (family == socket.AF_INET6):
            continue
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            try:
                wire = socket.socket(family, kind)
                wire.settimeout(0.2)
                wire.connect((host, port))
                wire.send(b"driftlab")
                reached.append(f"{host} {kind.name}")
            except OSError:
                pass
try:
    server = socket.socket()
    server.bind(("0.0.0.0", 0))
    server.listen()
    peer = socket.create_connection(server.getsockname(), 0.2)
    if peer.getpeername()[0] != "127.0.0.1":
        reached.append("its own server")
except OSError:
    pass


def longest(words):
    return "reached " + (", ".join(reached) or "nothing")
"""
