"""Opens passwords, keys and the settings of whoever grades."""

from autograder.attacks import Expect

PROMISE = "secrets-in-files"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import glob, os

PLACES = ("/etc/shadow", "/etc/sudoers", "/etc/ssh", "/root", "@HOME@", "/home", "/var/log", "/boot", "/run", "/sys")
for path in PLACES:
    tried[0] += 1
    try:
        if os.path.isdir(path):
            names = os.listdir(path)
            if names:
                found.append(f"listing of {path}")
        else:
            open(path, "rb").close()
            found.append(path)
    except OSError:
        pass
for path in ("@HOME@/.ssh/id_rsa", "@HOME@/.bashrc", "@HOME@/.config/driftlab/salt", "/proc/kcore", "/dev/mem"):
    if read(path, 16):
        found.append(path)
"""
