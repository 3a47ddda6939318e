"""What the kernel's books say about processes and about the machine."""

import contextlib
import os
import platform
import resource
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid):
    """CPU seconds of a process so far, in user and kernel mode."""
    return sum(_times(pid)[:2])


def family_cpu_s(pid):
    """CPU seconds of a process with its children, also of those that are gone."""
    return sum(_times(pid)) + sum(map(cpu_s, _children(pid)))


def rss_bytes(pid):
    return _status(pid, "VmRSS")


def load_average():
    """Of the last minute."""
    return round(os.getloadavg()[0], 2)


def open_files():
    """How many files a process may have open; the limit is raised as far as it goes."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def described():
    """The machine in a few words."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line for line in lines if line.startswith("model name"))
        return f"{os.cpu_count()} x {model.partition(':')[2].strip()}"
    return f"{os.cpu_count()} x {platform.machine()}"


def _times(pid):
    """User, kernel, and the same of children that were waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return [0.0] * 4
    return [int(field) / _TICKS for field in fields[11:15]]


def _children(pid):
    with contextlib.suppress(OSError):
        return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _status(pid, key):
    """A figure of /proc/<pid>/status, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * 1024
    raise KeyError(key)
