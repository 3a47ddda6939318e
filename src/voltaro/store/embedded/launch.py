"""Starts a program as another user, tied to the life of the process that asked for it.

Run as a script in the place of the program it becomes: `launch.py UID GID PARENT SIGNAL PROGRAM…`.
A process of its own rather than a `preexec_fn`, which may deadlock where threads exist; a
stand-alone file, because the user it becomes may not be able to read the rest of the package.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Become the program."""
    uid, gid, parent, death_signal = map(int, arguments[:4])
    program = arguments[4:]
    if os.geteuid() != uid:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    os.umask(0o077)
    if sys.platform == "linux":
        # After setuid, which clears it. It follows the thread that spawned us: the event loop's.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:  # died before we were tied to it
        sys.exit(1)
    os.execv(program[0], program)  # noqa: S606 - there is no shell to want here


if __name__ == "__main__":
    main(sys.argv[1:])
