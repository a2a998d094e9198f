"""Opens raw, packet, netlink and virtual-machine sockets."""

from autograder.attacks import Expect

PROMISE = "no-network"
EXPECT = Expect(said="reached nothing")
CODE = """
import socket

reached = []
for family in (socket.AF_NETLINK, socket.AF_PACKET, 40, 38, 31, 16, 29):
    for kind in (socket.SOCK_RAW, socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            socket.socket(family, kind).close()
            reached.append(f"family {family}")
        except OSError:
            pass
for kind in (socket.IPPROTO_ICMP, socket.IPPROTO_RAW):
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, kind).close()
        reached.append("raw")
    except OSError:
        pass


def longest(words):
    return "reached " + (", ".join(reached) or "nothing")
"""
