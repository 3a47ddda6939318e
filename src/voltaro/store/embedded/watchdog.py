"""Stops PostgreSQL when the process that supervises it is gone, on every POSIX system.

Run as a script, `watchdog.py UID GID`. Standard input is a pipe whose other end only the supervisor
holds: it writes the pid of each postmaster it starts and 0 when there is none. The end of the
input without a 0 means that the supervisor died.
"""

import contextlib
import os
import signal
import sys


def main(uid: int, gid: int) -> None:
    """Watch until the supervisor is gone."""
    # Whoever ends the whole service at once (a terminal, systemd) means the supervisor, not us.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if os.geteuid() != uid:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    postmaster = 0
    for line in sys.stdin:
        postmaster = int(line)
    if postmaster:
        with contextlib.suppress(ProcessLookupError):
            os.kill(postmaster, signal.SIGINT)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
