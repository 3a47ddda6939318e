"""Passwords and security profiles of stations as they take over new ones."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from voltaro.domain import credentials, security_profile
from voltaro.domain.credentials import Passwords, PasswordsChanged
from voltaro.domain.security_profile import ProfileChanged, Profiles
from voltaro.store.sql import Connection


async def write_passwords(
    connection: Connection, rows: Sequence[tuple[int, PasswordsChanged]]
) -> Collection[int]:
    """The rules say what is left, by what is there now: an operator may have set a new one."""
    changes: defaultdict[str, list[PasswordsChanged]] = defaultdict(list)
    for _, change in rows:
        changes[change.station_id].append(change)
    found = await connection.fetch(
        """
        SELECT station_id, password_hash, offered_password_hashes FROM stations
        WHERE station_id = ANY ($1) ORDER BY station_id FOR NO KEY UPDATE
        """,
        list(changes),
    )
    for station_id, current, offered in found:
        passwords = Passwords(current, tuple(offered))
        for change in changes[station_id]:
            passwords = credentials.stepped(passwords, change.step, change.hashed)
        await connection.execute(
            """
            UPDATE stations SET password_hash = $2, offered_password_hashes = $3
            WHERE station_id = $1
            """,
            station_id,
            passwords.current,
            list(passwords.offered),
        )
    return ()


async def write_profiles(
    connection: Connection, rows: Sequence[tuple[int, ProfileChanged]]
) -> Collection[int]:
    """A profile that was reached counts as a change by an operator: theirs must not undo it."""
    for _, change in rows:
        found = await connection.fetchrow(
            """
            SELECT security_profile, offered_security_profiles FROM stations
            WHERE station_id = $1 FOR NO KEY UPDATE
            """,
            change.station_id,
        )
        if found is None:
            continue
        before = Profiles(found[0], tuple(found[1]))
        after = security_profile.stepped(before, change.step, change.profile)
        await connection.execute(
            """
            UPDATE stations SET
                security_profile = $2, offered_security_profiles = $3,
                revision = revision + (security_profile <> $2)::int,
                updated_at = CASE WHEN security_profile <> $2 THEN now() ELSE updated_at END
            WHERE station_id = $1
            """,
            change.station_id,
            after.reached,
            list(after.offered),
        )
    return ()
