"""Opens passwords, keys and the settings of whoever grades."""

from autograder.attacks import Expect

PROMISE = "secrets-in-files"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import os

PLACES = ("/etc/shadow", "/etc/sudoers", "/etc/ssh", "/etc/passwd-", "/home", "/var/log", "/boot", "/etc/cron.d")
for path in PLACES:
    tried[0] += 1
    try:
        if os.path.isdir(path):
            if os.listdir(path):
                found.append(f"listing of {path}")
        else:
            open(path, "rb").close()
            found.append(path)
    except OSError:
        pass
for name in (".bashrc", ".profile", ".ssh/id_rsa", ".gitconfig", ".config/driftlab/salt", ".bash_history"):
    if read(f"@HOME@/{name}", 16):
        found.append(name)
for path in ("/proc/kcore", "/dev/mem", "/proc/sched_debug"):
    if read(path, 16):
        found.append(path)
"""
