"""Plain words for whatever keeps the database from running."""

import errno
import os
from pathlib import Path


class DatabaseUnavailable(Exception):
    """The embedded database cannot be used; the message tells an operator why and what to do."""


def explain(what: str, evidence: str, place: Path) -> DatabaseUnavailable:
    """What went wrong in plain words, judged by what PostgreSQL or the system said.

    Args:
        what: What could not be done, as the start of a sentence.
        evidence: Output of initdb or postgres (run with LC_ALL=C), its telling lines last.
        place: The directory it worked in.
    """
    said = "".join(f"\n  {line}" for line in evidence.strip().splitlines()[-8:])
    for needle, advice in _CAUSES.items():
        if needle in evidence:
            return DatabaseUnavailable(f"{what}: {advice.format(place=place)}{said}")
    return DatabaseUnavailable(f"{what} in {place}:{said or ' no reason was given.'}")


def explain_os_error(what: str, error: OSError, place: Path) -> DatabaseUnavailable:
    """The same for an error of our own file access; names the file the error is about."""
    culprit = Path(error.filename) if isinstance(error.filename, str) else place
    return explain(what, f"{error.strerror or error}: {culprit}", culprit)


# PostgreSQL prints strerror() of the C library, so these texts are the system's own, not guesses
# at its wording. Shared memory comes first: its errors carry the same errnos as those of disks.
_SHARED_MEMORY = (
    "the system did not grant enough shared memory. In a container raise --shm-size or the "
    "memory limit; elsewhere lower shared_buffers in {place}/postgresql.conf."
)
_FULL_DISK = (
    "no space is left on the disk of {place}. Free some space and start again; nothing that was "
    "acknowledged is lost."
)
_CAUSES = {
    "pre-existing shared memory block": (
        "server processes of an earlier run are still at work in {place}. End them, then start "
        "again."
    ),
    "shared memory segment": _SHARED_MEMORY,
    "anonymous shared memory": _SHARED_MEMORY,
    os.strerror(errno.ENOSPC): _FULL_DISK,
    "Check free disk space": _FULL_DISK,  # PostgreSQL's hint when a write was cut short
    os.strerror(errno.EDQUOT): (
        "the disk quota for {place} is used up. Raise it or free some space and start again."
    ),
    os.strerror(errno.EROFS): (
        "{place} is on a read-only file system. Remount it writable, or choose another --data-dir."
    ),
    os.strerror(errno.EACCES): (
        "permission denied for {place}. Run as the user who owns it, or choose another --data-dir."
    ),
    os.strerror(errno.EPERM): (
        "the system does not permit it for {place}. Run as the user who owns it, "
        "or choose another --data-dir."
    ),
    os.strerror(errno.ENOMEM): (
        "the system is out of memory. Free some, or lower shared_buffers in "
        "{place}/postgresql.conf."
    ),
}
