"""Why the environment could not be made, and what the user can do: pip's output and our own errors, in plain words.

In: what pip printed, an OSError. Out: an InstallError with problem and remedy.
Does not: mend anything, or repeat pip's addresses and settings.
"""

import contextlib
import errno
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from driftlab.errors import InstallError

NEEDED_BYTES = 2_200_000_000
"""Free disk to start with: the finished environment (1.9 GB with PyTorch's CPU build) and the largest download."""
FULL_BYTES = 20_000_000
"""Less free disk than this after a failure means that the disk was the reason, whatever pip managed to print."""
AGAIN = "then call ./lab again: it goes on from here."

_DISK = re.compile(r"No space left on device|Disk quota exceeded|\[Errno 28\]")
NETWORK = re.compile(
    r"NewConnectionError|Failed to establish a new connection|Temporary failure in name resolution|"
    r"ConnectTimeoutError|ConnectionResetError|ReadTimeoutError|Read timed out|ConnectionError|"
    r"ProxyError|SSLError|IncompleteRead|Network is unreachable|RemoteDisconnected"
)
# pip says the second where the package that is not there is a constraint as well
_ABSENT = re.compile(r"(?:No matching distribution found for|ERROR: Cannot install) ([^\s;]+)")


def explain(log: str, log_file: Path, root: Path) -> InstallError:
    """The error that a failed step's output speaks of."""
    absent, network = _ABSENT.search(log), NETWORK.search(log)
    if _DISK.search(log) or shutil.disk_usage(root).free < FULL_BYTES:
        return disk_full(root)
    if network and (absent or "Retrying" in log or "ERROR" in log):
        return InstallError(
            f"no connection to the place that pip gets packages from ({network[0]}).",
            f"Check the network, and the proxy or index of your pip configuration (pip config list), {AGAIN}",
        )
    if absent:
        return InstallError(
            f"pip finds no {absent[1]} for Python {platform.python_version()} on {sys.platform} {platform.machine()}.",
            "Your pip configuration (pip config list) says where it looks and what it may take; a mirror may lack this "
            f"version. Change that, or use another Python (3.11 to 3.13, 64 bits), {AGAIN}",
        )
    errors = [line.strip() for line in log.splitlines() if "error" in line.lower()]
    last = (errors or log.strip().splitlines()[-1:] or ["nothing was printed"])[0]
    return InstallError(
        f"a step of the installation failed: {last}", f"All of its output: {log_file}. Mend it, {AGAIN}"
    )


def disk_full(root: Path) -> InstallError:
    """The disk of the checkout is full, or too small to start."""
    free, needed = shutil.disk_usage(root).free / 1e9, NEEDED_BYTES / 1e9
    return InstallError(
        f"the disk is too full: {free:.1f} GB are free for {root}, and the environment takes about {needed:.1f} GB.",
        f"Free some space or move the folder to a larger disk, {AGAIN}",
    )


def no_venv_module() -> InstallError:
    """This Python cannot make environments, as Debian's without its python3-venv package."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return InstallError(
        f"this Python ({sys.executable}) comes without the venv module, which makes environments.",
        f"On Debian or Ubuntu: apt install python{version}-venv; elsewhere put another Python first on PATH; {AGAIN}",
    )


def does_not_work(trouble: str, venv: Path) -> InstallError:
    """Everything is installed, and yet the packages do not load."""
    return InstallError(
        f"the packages are installed but do not work: {trouble}",
        f"Delete {venv} and call ./lab again. If that does not help, this system lacks what the line above names.",
    )


@contextlib.contextmanager
def system_errors_explained(root: Path) -> Iterator[None]:
    """Turn a full disk or a folder that may not be written into its InstallError."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(root) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise InstallError(
                f"{error.filename or root} cannot be written: {error.strerror}.",
                f"Clone the repository into a folder of your own, {AGAIN}",
            ) from error
        raise
