"""The operating-system account PostgreSQL runs as, and running short commands as it."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voltaro.store.embedded.trouble import DatabaseUnavailable


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine."""

    name: str
    uid: int
    gid: int

    @property
    def switched(self) -> bool:
        """Whether we are root and PostgreSQL, which refuses to be, runs as somebody else."""
        return self.uid != os.geteuid()


def ourselves() -> Account:
    """The user who runs this process."""
    try:
        entry = pwd.getpwuid(os.geteuid())
    except KeyError:
        # Both initdb and peer authentication look the name up, so there is no way around it.
        raise DatabaseUnavailable(
            f"User id {os.geteuid()} has no name on this system, and PostgreSQL needs one. Add it "
            "to /etc/passwd (in a container: to the image), or use --database-url."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def account_for_new_cluster() -> Account:
    """Ourselves; for root the user `postgres` where it exists, else `nobody`."""
    if os.geteuid() != 0:
        return ourselves()
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise DatabaseUnavailable(
        "PostgreSQL refuses to run as root, and this system has neither a user `postgres` nor "
        "`nobody`. Run voltaro as a normal user, or use --database-url."
    )


def account_of_cluster(cluster: Path) -> Account:
    """Owner of an existing cluster, so that a user `postgres` installed later changes nothing."""
    status = cluster.stat()
    owner = _account(status.st_uid, status.st_gid)
    if os.geteuid() not in (0, owner.uid):
        raise DatabaseUnavailable(
            f"The database in {cluster} belongs to user {owner.name}. Run voltaro as {owner.name} "
            "or root, or choose another --data-dir."
        )
    if owner.uid == 0:
        raise DatabaseUnavailable(
            f"The database in {cluster} belongs to root, as which PostgreSQL refuses to run. Give "
            f"it back with: chown -R {account_for_new_cluster().name} {cluster}"
        )
    return owner


def run_as(account: Account, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run a short command as the account and wait; a missing program is a return code of 127."""
    try:
        return subprocess.run(  # noqa: S603 - programs we looked up ourselves
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            env=environment(),
            timeout=20,
            user=account.uid if account.switched else None,
            group=account.gid if account.switched else None,
            extra_groups=[] if account.switched else None,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))


def can_enter(account: Account, folder: Path) -> bool:
    """Whether the account reaches a directory; asked of the system, which also knows of ACLs."""
    return run_as(account, ("/bin/sh", "-c", 'cd "$1"', "sh", folder)).returncode == 0


def environment() -> dict[str, str]:
    """What PostgreSQL's programs need of our environment: no PG* settings, none of our secrets."""
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}


def _account(uid: int, gid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(str(uid), uid, gid)
    return Account(entry.pw_name, uid, entry.pw_gid)
