"""Passwords of stations as they take over new ones."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from voltaro.domain.credentials import Passwords, PasswordsChanged, stepped
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
            passwords = stepped(passwords, change.step, change.hashed)
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
