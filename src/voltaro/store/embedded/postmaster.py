"""What can be known of a cluster's postmaster from outside: its pid file, processes and log."""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from voltaro.store.embedded.cluster import title_of
from voltaro.store.embedded.trouble import DatabaseUnavailable

_SHUTDOWN_S: Final = 15.0
_QUIT_S: Final = 5.0
_TICK_S: Final = 0.02
_TAIL_BYTES: Final = 16_384
#: Our log_line_prefix, which begins with the time in milliseconds.
_PREFIX = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC \[\d+\] ", re.MULTILINE)
_TIME_LENGTH: Final = len("2026-01-31 23:59:59.999")
_READY: Final = "ready"


@dataclass(frozen=True, slots=True)
class PidFile:
    """What postmaster.pid says; it may be left over."""

    pid: int
    socket_folder: str
    ready: bool


def read_pid_file(cluster: Path) -> PidFile | None:
    """The cluster's postmaster.pid; None if there is none or it is just being written."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        pid = abs(int(lines[0]))
    except (FileNotFoundError, IndexError, ValueError):
        return None
    lines += [""] * 8
    return PidFile(pid, lines[4], lines[7].strip() == _READY)


def is_ours(pid: int, cluster: Path) -> bool:
    """Whether a process is a living PostgreSQL server process that works on this cluster."""
    try:
        command = _command(pid)
        if not (command[0].startswith("postgres:") or Path(command[0]).name == "postgres"):
            return False
        if command[0].startswith(f"postgres: {title_of(cluster)}:"):
            return True
        with contextlib.suppress(PermissionError, FileNotFoundError):
            return Path(f"/proc/{pid}/cwd").readlink() == cluster
    except (ProcessLookupError, OSError):
        return False
    # Not Linux, or a container without the right to look there.
    return str(cluster) in command


def stop_leftovers(cluster: Path) -> None:
    """End the server processes of an earlier run; blocks for up to 20 s. For who holds the lock.

    Usually there are none, or a server that is shutting down since its supervisor died. Children
    that outlive a killed postmaster (one in a long computation does not notice) keep its shared
    memory in use; they are only found where /proc shows them.
    """
    told = read_pid_file(cluster)
    if told is not None and is_ours(told.pid, cluster):
        _signal(told.pid, signal.SIGINT)
        _wait_for_end_of(cluster, _SHUTDOWN_S)
    for pid in _server_processes(cluster):
        _signal(pid, signal.SIGQUIT)
    remaining = _wait_for_end_of(cluster, _QUIT_S)
    if remaining:
        raise DatabaseUnavailable(
            f"PostgreSQL processes of an earlier run on {cluster} do not end: "
            f"{', '.join(map(str, remaining))}. End them with kill -9, then start again."
        )


def remove_stale_locks(cluster: Path, socket_folder: Path, port: int) -> None:
    """Remove the lock files of a dead server that PostgreSQL would not; for who knows it is dead.

    It does so itself unless their pid belongs to another process by now, as is usual in
    containers, where pids are small, or unless they are empty, as after a full disk.
    """
    told = read_pid_file(cluster)
    if told is None or _lives(told.pid):
        (cluster / "postmaster.pid").unlink(missing_ok=True)
    for suffix in ("", ".lock"):
        (socket_folder / f".s.PGSQL.{port}{suffix}").unlink(missing_ok=True)


def log_since(cluster: Path, time_utc: datetime) -> str:
    """The last lines that the server logged after a moment, without their times."""
    try:
        newest = max((cluster / "log").iterdir(), key=lambda path: path.lstat().st_mtime)
        descriptor = os.open(newest, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, ValueError):
        return ""
    with os.fdopen(descriptor, "rb") as file:
        file.seek(max(0, os.fstat(descriptor).st_size - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    since = f"{time_utc:%Y-%m-%d %H:%M:%S.%f}"[:_TIME_LENGTH]
    recent = [line for line in lines if _PREFIX.match(line) and line[:_TIME_LENGTH] >= since]
    return without_times("\n".join(recent))


def without_times(lines: str) -> str:
    """Log lines without the prefix that differs each time."""
    return _PREFIX.sub("", lines)


def _server_processes(cluster: Path) -> list[int]:
    told = read_pid_file(cluster)
    pids = {told.pid} if told is not None else set()
    with contextlib.suppress(FileNotFoundError):
        pids |= {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    return [pid for pid in sorted(pids) if is_ours(pid, cluster)]


def _wait_for_end_of(cluster: Path, timeout_s: float) -> list[int]:
    deadline = time.monotonic() + timeout_s
    while (remaining := _server_processes(cluster)) and time.monotonic() < deadline:
        time.sleep(_TICK_S)
    return remaining


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _command(pid: int) -> list[str]:
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    if Path("/proc/self").exists():
        raise ProcessLookupError(pid)
    listed = subprocess.run(  # noqa: S603 - a number is all that varies
        ("/bin/ps", "-o", "command=", "-p", str(pid)), capture_output=True, text=True, check=False
    )
    try:
        return shlex.split(listed.stdout) or [""]
    except ValueError:
        return listed.stdout.split() or [""]
