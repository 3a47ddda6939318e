"""Backups: one archive with the dump of the database, the secret key and a note of what it is.

The archive is a ZIP that stores its parts as they are: `manifest.json`, `database.dump` (the custom
format of pg_dump, which pg_restore reads without us as well) and `secret.key` where there is one.
"""

import contextlib
import dataclasses
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from voltaro import __version__
from voltaro.store.engine import plain_url
from voltaro.store.inspection import Inspection, drop_statements, inspect, knows
from voltaro.store.programs import Address, Programs, choose_programs, dump, restore
from voltaro.store.writer_connection import LOCK

_FORMAT = 1
_MANIFEST, _DUMP, _SECRET = "manifest.json", "database.dump", "secret.key"


class BackupRefused(Exception):
    """It would do harm, or cannot work; the text says why and what to do."""


class BackupUnreadable(Exception):
    """The file is no backup of ours, or is damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an archive says about itself. `server_major` and `dump_major` are PostgreSQL's."""

    format: int
    voltaro: str
    created_at: str
    revision: str
    server_major: int
    dump_major: int
    journal: bool
    secret: bool


async def write_backup(
    url: str, file: Path, *, secret: str | None, without_journal: bool
) -> Manifest:
    """Write an archive that only its owner can read; complete, or not there at all.

    Raises:
        BackupRefused: there is nothing of ours in the database.
        ProgramsMissing, ProgramFailed, OSError: it could not be written.
    """
    found = await inspect(url)
    if not found.ours or found.revision is None:
        raise BackupRefused("this database holds no data of Voltaro's")
    programs = choose_programs(found.server_major)
    manifest = Manifest(
        format=_FORMAT,
        voltaro=__version__,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        revision=found.revision,
        server_major=found.server_major,
        dump_major=programs.major,
        journal=not without_journal,
        secret=secret is not None,
    )
    draft = file.with_name(file.name + ".part")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    try:
        with zipfile.ZipFile(draft, "w") as archive:
            archive.writestr(_MANIFEST, json.dumps(dataclasses.asdict(manifest), indent=2) + "\n")
            if secret is not None:
                archive.writestr(_SECRET, secret + "\n")
            with archive.open(_DUMP, "w", force_zip64=True) as out:
                address = Address.of(url)
                await dump(programs, address, out.write, without_journal=without_journal)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def read_manifest(file: Path) -> Manifest:
    """What the archive is.

    Raises:
        BackupUnreadable: it is none.
        OSError: it cannot be read.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            told = json.loads(archive.read(_MANIFEST))
            archive.getinfo(_DUMP)
            names = [each.name for each in dataclasses.fields(Manifest)]
            manifest = Manifest(**{name: told[name] for name in names})
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError):
        raise BackupUnreadable(f"{file} is no backup of Voltaro's, or only a part of one") from None
    if manifest.format != _FORMAT:
        raise BackupUnreadable(f"{file} was made by a newer Voltaro ({manifest.voltaro})")
    return manifest


def read_secret(file: Path) -> str | None:
    """The secret key in the archive, if it holds one."""
    with zipfile.ZipFile(file) as archive:
        try:
            return archive.read(_SECRET).decode().strip()
        except KeyError:
            return None


def check_restore(manifest: Manifest, found: Inspection) -> Programs:
    """The programs to restore with.

    Raises:
        BackupRefused: the database is in use, somebody else's, or too old.
        ProgramsMissing: none fits.
    """
    if found.served:
        raise BackupRefused("voltaro serve is using this database. Stop it first.")
    if found.tables and not found.ours:
        raise BackupRefused(
            "this database holds tables that are not Voltaro's. Give Voltaro a database of its own."
        )
    if not knows(manifest.revision):
        raise BackupRefused(
            f"the backup was made by a newer Voltaro ({manifest.voltaro}). Install that, or a "
            "later version."
        )
    if found.server_major < manifest.server_major:
        raise BackupRefused(
            f"the backup is of PostgreSQL {manifest.server_major} and cannot go back to "
            f"PostgreSQL {found.server_major}. Restore it into {manifest.server_major} or newer."
        )
    return choose_programs(found.server_major, dump=manifest.dump_major)


async def restore_backup(url: str, file: Path, programs: Programs) -> None:
    """Replace what is in the database by what is in the archive: all of it, or nothing changes.

    Raises:
        BackupRefused: a server has come up meanwhile.
        ProgramFailed, BackupUnreadable: the database is as it was.
    """
    connection = await asyncpg.connect(plain_url(url))
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            raise BackupRefused("voltaro serve is using this database. Stop it first.")
        first = await drop_statements(connection)
        with contextlib.ExitStack() as stack:
            try:
                archive = stack.enter_context(zipfile.ZipFile(file))
                dumped = stack.enter_context(archive.open(_DUMP))
                await restore(programs, Address.of(url), dumped, first=first)
            except zipfile.BadZipFile as error:
                raise BackupUnreadable(f"{file} is damaged: {error}") from error
    finally:
        await connection.close()
