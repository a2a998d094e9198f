"""Starts other programs by every way that there is: exec, spawn, a shell, a pool."""

from autograder.attacks import Expect

PROMISE = "processes"
EXPECT = Expect(said="made 0 processes")
CODE = """
import ctypes, os, subprocess, sys

made = []
LIBC = ctypes.CDLL(None, use_errno=True)
for name, call in {
    "run": lambda: subprocess.run(["/bin/sleep", "0"], check=True, timeout=1),
    "shell": lambda: [None][os.system("exit 0")],
    "popen": lambda: os.popen("echo driftlab").read()[0],
    "spawn": lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
    "python": lambda: subprocess.run([sys.executable, "-c", "pass"], check=True, timeout=1),
    "pool": lambda: __import__("multiprocessing").get_context("fork").Process(target=print).start(),
}.items():
    try:
        call()
        made.append(name)
    except BaseException:
        pass


def longest(words):
    return f"made {len(made)} processes {' '.join(made)}"
"""
