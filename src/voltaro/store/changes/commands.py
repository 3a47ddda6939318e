"""Records of commands, saved whole; an older one never replaces a newer one."""

from collections.abc import Collection, Sequence

from voltaro.domain.command_record import CommandRecord, CommandSaved
from voltaro.store.command_rows import encode_record
from voltaro.store.sql import Connection


async def write_commands(
    connection: Connection, rows: Sequence[tuple[int, CommandSaved]]
) -> Collection[int]:
    latest: dict[object, CommandRecord] = {}
    for _, change in rows:
        known = latest.get(change.record.id)
        if known is None or known.version < change.record.version:
            latest[change.record.id] = change.record
    records = latest.values()
    await connection.execute(
        """
        INSERT INTO commands AS c (id, station_id, name, state, is_open, created_at, version, record)
        SELECT u.id, u.station_id, u.name, u.state, u.is_open, u.created_at, u.version,
               u.record::jsonb
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::timestamptz[],
                    $7::int[], $8::text[])
            AS u (id, station_id, name, state, is_open, created_at, version, record)
        ON CONFLICT (id) DO UPDATE SET
            state = excluded.state, is_open = excluded.is_open, version = excluded.version,
            record = excluded.record
        WHERE c.version < excluded.version
        """,
        [r.id for r in records],
        [r.station_id for r in records],
        [r.name for r in records],
        [r.state.value for r in records],
        [not r.is_final for r in records],
        [r.created_at for r in records],
        [r.version for r in records],
        [encode_record(r) for r in records],
    )
    return ()
