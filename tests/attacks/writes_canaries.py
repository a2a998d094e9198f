"""Opens, appends to, renames, links over, truncates and removes files that the self-check put out for it."""

from autograder.attacks import Expect

PROMISE = "no-writes"
EXPECT = Expect(said="found nothing in [1-9]")
CODE = """
@SEARCH@
import os

TARGETS = ["@CANARY_FILE@", "@CANARIES@/empty", "@CANARIES@"]
DEEDS = {
    "append": lambda path: open(path, "ab").write(b"x"),
    "write": lambda path: open(path, "r+b").write(b"x"),
    "truncate": lambda path: os.truncate(path, 0),
    "rename": lambda path: os.rename(path, path + ".moved"),
    "unlink": os.unlink,
    "rmdir": os.rmdir,
    "chmod": lambda path: os.chmod(path, 0o777),
    "chown": lambda path: os.chown(path, 65534, 65534),
    "utime": lambda path: os.utime(path, (0, 0)),
    "xattr": lambda path: os.setxattr(path, "user.driftlab", b"x"),
    "mkdir": lambda path: os.mkdir(path + "-folder"),
    "mkfifo": lambda path: os.mkfifo(path + "-pipe"),
    "create": lambda path: open(path + "-new", "xb").close(),
}
for target in TARGETS:
    for name, deed in DEEDS.items():
        tried[0] += 1
        try:
            before = os.stat(target)
            deed(target)
            after = os.stat(target) if os.path.exists(target) else None
            # what is said to be done and changes nothing is no finding
            if name not in ("chmod", "utime") or (before.st_mode, before.st_mtime) != (after.st_mode, after.st_mtime):
                found.append(f"{name} of {os.path.basename(target)}")
        except OSError:
            pass
"""
