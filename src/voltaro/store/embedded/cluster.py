"""The files of one database cluster: where they are, how they come to be, who may connect."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import structlog

from voltaro.store.embedded.account import Account, can_enter, ourselves
from voltaro.store.embedded.binaries import state_folder
from voltaro.store.embedded.trouble import DatabaseUnavailable

ROLE = "voltaro"
DATABASE = "voltaro"
PORT = 5432  # part of the socket's file name; nothing listens on TCP

#: Written once behind what initdb chose. An operator may edit it or use ALTER SYSTEM.
_SETTINGS = """
# Voltaro's choices. They may be changed here; what Voltaro relies on (fsync, synchronous_commit,
# no TCP, the socket's place) is given on the command line and wins.
shared_buffers = 128MB
max_connections = 50
wal_compression = on
jit = off
timezone = 'UTC'
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] '
log_timezone = 'UTC'
"""

_log = structlog.get_logger(__name__)


def make_data_dir(data_dir: Path) -> Path:
    """Create the data directory where it is missing, closed to others; return it resolved.

    Root's may be passed through, though not listed, since PostgreSQL runs as somebody else.
    """
    if not data_dir.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return data_dir.resolve()


def existing_cluster(data_dir: Path) -> Path | None:
    """Where the cluster of a data directory is, if it has one; it may be a link's target."""
    cluster = data_dir.resolve() / "postgres"
    if cluster.is_symlink() and not cluster.resolve().parent.exists():
        raise DatabaseUnavailable(
            f"The database of {data_dir} was kept in {cluster.resolve()}, which is gone. Bring it "
            f"back, or remove the link {cluster} to begin with an empty database."
        )
    cluster = cluster.resolve()
    try:
        cluster.stat()
    except FileNotFoundError:
        return None
    return cluster


def place_cluster(data_dir: Path, account: Account) -> Path:
    """Decide where a new cluster goes.

    That is `postgres` in the data directory. Only where root's data directory cannot be reached
    by the account (it is below /root, say), it is `/var/lib/voltaro/<name>-<hash>/postgres`, hash
    and name being those of the data directory's path. A link in the data directory then says so
    and decides from then on, also when either is moved.
    """
    link = data_dir / "postgres"
    if link.is_symlink():  # made by a start that did not come to initdb
        return link.resolve()
    if can_enter(account, data_dir):
        return link
    elsewhere = state_folder() / f"{data_dir.name[:40]}-{digest(data_dir)}"
    elsewhere.mkdir(exist_ok=True)
    elsewhere.chmod(0o711)
    link.symlink_to(elsewhere / "postgres")
    _log.info(
        "database kept elsewhere",
        reason=f"user {account.name} cannot enter the data directory",
        data_dir=str(data_dir),
        place=str(elsewhere),
    )
    return elsewhere / "postgres"


def dsn_of(socket_folder: Path, database: str = DATABASE) -> str:
    """Address of a database by its socket, for libpq and asyncpg alike."""
    return f"postgresql://{ROLE}@/{database}?host={quote(str(socket_folder))}&port={PORT}"


def title_of(cluster: Path) -> str:
    """The cluster_name, by which process listings tell its server processes."""
    return f"voltaro-{digest(cluster)}"


def digest(path: Path) -> str:
    """A short name for a path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


@contextlib.contextmanager
def lock(folder: Path, data_dir: Path) -> Iterator[None]:
    """Hold `voltaro.lock` in a folder, which names our pid; the system frees it if we die.

    Raises:
        DatabaseUnavailable: Somebody else holds it.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(folder / "voltaro.lock", flags, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode(errors="replace").strip()
            raise DatabaseUnavailable(
                f"another voltaro serve (pid {holder or 'unknown'}) is using {data_dir}. Stop it, "
                "or choose another --data-dir."
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def new_cluster(cluster: Path, account: Account) -> Iterator[Path]:
    """A fresh directory for initdb that becomes the cluster when the block ends well.

    A crash half way leaves only a directory that the next attempt removes.
    """
    for leftover in cluster.parent.glob(f"{cluster.name}.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    part = Path(tempfile.mkdtemp(prefix=f"{cluster.name}.new-", dir=cluster.parent))
    try:
        if account.switched:
            os.chown(part, account.uid, account.gid)
        yield part
        _append(part / "postgresql.conf", _SETTINGS)
        part.rename(cluster)
        _sync_folder(cluster.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write_access_rules(cluster: Path, account: Account) -> None:
    """Let the users this machine vouches for in as our role, and nobody else.

    They are who runs us and who owns the cluster; and root, who could become either anyway.
    """
    users = sorted({ourselves().name, account.name, "root"})
    _replace(cluster / "pg_hba.conf", "local all all peer map=voltaro\n", account)
    _replace(
        cluster / "pg_ident.conf",
        "".join(f'voltaro "{user}" {ROLE}\n' for user in users),
        account,
    )


def major_of(cluster: Path) -> int | None:
    """Major version of the PostgreSQL that wrote the cluster; None if there is no cluster yet."""
    if not cluster.exists():
        return None
    try:
        text = (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        text = ""
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise DatabaseUnavailable(
            f"{cluster} is in the way: it is not a PostgreSQL database (no valid PG_VERSION). Move "
            "it aside, or choose another --data-dir."
        )
    return int(text.partition(".")[0])


def socket_folder(cluster: Path, account: Account) -> Path:
    """A private directory for the socket, with a path well below the limit of about 107 bytes.

    Its name follows from the cluster's path, in the first of a few places where nobody else got
    hold of that name before us.
    """
    name = f"voltaro-{account.uid}-{digest(cluster)}"
    # Not /run/user: it is taken away when the user logs out, from a server left running, too.
    places = [tempfile.gettempdir(), "/tmp"]  # noqa: S108 - guarded by make_private
    for place in ["/run", *places] if os.geteuid() == 0 else places:
        folder = Path(place, name)
        if len(os.fsencode(folder)) <= 80 and make_private(folder, account):
            return folder
    folder = Path(tempfile.mkdtemp(prefix="voltaro-", dir="/tmp"))
    if account.switched:
        os.chown(folder, account.uid, account.gid)
    return folder


def make_private(folder: Path, account: Account) -> bool:
    """Make the folder the account's alone; False if it is, or may be, somebody else's."""
    try:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        # Judged and changed through one descriptor, so that nothing can be swapped in between.
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        if os.fstat(descriptor).st_uid not in (os.geteuid(), account.uid):
            return False
        if account.switched:
            os.fchown(descriptor, account.uid, account.gid)
        os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)
    return True


def _append(path: Path, text: str) -> None:
    # The directory is another user's when we are root: never write through what lies there.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def _replace(path: Path, text: str, account: Account) -> None:
    part = path.with_name(f"{path.name}.new")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as file:
        if account.switched:
            os.fchown(descriptor, account.uid, account.gid)
        file.write(text)
    part.replace(path)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
