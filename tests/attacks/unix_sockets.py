"""Connects to sockets in files and in the abstract name space."""

from autograder.attacks import Expect

PROMISE = "no-network"
EXPECT = Expect(said="reached nothing")
EXPECT_AT = {"landlock": Expect(said="reached (nothing|the list of sockets)")}
"""There the list of names can be read; nothing in it can be connected to."""
CODE = r"""
import os, socket

reached = []
paths = ["@ROOT@/sentinel.sock", "\0driftlab-@MARK@", "/run/docker.sock", "/var/run/dbus/system_bus_socket", "/dev/log"]
for path in paths:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            wire = socket.socket(socket.AF_UNIX, kind)
            wire.settimeout(0.2)
            wire.connect(path)
            reached.append(path)
        except OSError:
            pass
try:
    for line in open("/proc/net/unix"):
        if "driftlab-@MARK@" in line:
            reached.append("the list of sockets")
except OSError:
    pass


def longest(words):
    return "reached " + (", ".join(reached) or "nothing")
"""
