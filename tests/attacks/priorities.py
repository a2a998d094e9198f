"""Raises its own priority and limits, and lowers those of others."""

from autograder.attacks import Expect

PROMISE = "kernel"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import ctypes, os, resource

before = os.getpriority(os.PRIO_PROCESS, 0)
deeds = {
    "nice": lambda: os.nice(-5),
    "setpriority": lambda: os.setpriority(os.PRIO_PROCESS, 0, before - 5),
    "priority of others": lambda: os.setpriority(os.PRIO_PROCESS, @SENTINEL@, 1),
    "scheduler": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    "affinity of others": lambda: os.sched_setaffinity(@SENTINEL@, {0}),
    "oom_score_adj": lambda: open("/proc/self/oom_score_adj", "w").write("-900"),
}
for name in ("RLIMIT_AS", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CPU"):
    soft, hard = resource.getrlimit(getattr(resource, name))
    if hard == resource.RLIM_INFINITY:
        if name not in ("RLIMIT_NPROC", "RLIMIT_CPU"):
            found.append(f"no {name}")
        continue
    deeds[name] = lambda name=name, hard=hard: resource.setrlimit(getattr(resource, name), (hard + 1, hard + 1))
    deeds[f"{name} of others"] = lambda name=name: resource.prlimit(@SENTINEL@, getattr(resource, name))
for name, deed in deeds.items():
    tried[0] += 1
    try:
        deed()
        found.append(name)
    except (OSError, ValueError):
        pass
"""
