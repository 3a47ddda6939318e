"""Presence of stations and refused handshakes."""

from collections.abc import Collection, Sequence

from voltaro.domain.connections import (
    ClockMeasured,
    ConnectionClosed,
    ConnectionOpened,
    HandshakeRefused,
    StationSeen,
)
from voltaro.store.sql import Connection


async def write_opened(
    connection: Connection, rows: Sequence[tuple[int, ConnectionOpened]]
) -> Collection[int]:
    # A station that reconnects twice within a batch: the newest socket counts.
    newest = {c.station_id: c for _, c in sorted(rows, key=lambda row: row[1].epoch)}.values()
    await connection.execute(
        """
        INSERT INTO station_presence AS p
            (station_id, epoch, protocol, remote_address, connected_at, last_seen_at)
        SELECT u.station_id, u.epoch, u.protocol, u.remote_address, u.at, u.at
        FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])
            AS u (station_id, epoch, protocol, remote_address, at)
        JOIN stations USING (station_id)
        ON CONFLICT (station_id) DO UPDATE SET
            epoch = excluded.epoch, protocol = excluded.protocol,
            remote_address = excluded.remote_address, connected_at = excluded.connected_at,
            disconnected_at = NULL, last_seen_at = excluded.last_seen_at
        WHERE excluded.epoch > p.epoch
        """,
        [c.station_id for c in newest],
        [c.epoch for c in newest],
        [c.protocol for c in newest],
        [c.remote_address for c in newest],
        [c.at for c in newest],
    )
    return ()


async def write_history(
    connection: Connection, rows: Sequence[tuple[int, ConnectionOpened]]
) -> Collection[int]:
    """Who holds the station, and a line in its history for every socket."""
    await connection.execute(
        """
        INSERT INTO connections
            (station_id, epoch, protocol, remote_address, connected_at, last_seen_at)
        SELECT u.station_id, u.epoch, u.protocol, u.remote_address, u.at, u.at
        FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])
            AS u (station_id, epoch, protocol, remote_address, at)
        JOIN stations USING (station_id)
        ON CONFLICT DO NOTHING
        """,
        [c.station_id for _, c in rows],
        [c.epoch for _, c in rows],
        [c.protocol for _, c in rows],
        [c.remote_address for _, c in rows],
        [c.at for _, c in rows],
    )
    return await write_opened(connection, rows)


async def write_closed(
    connection: Connection, rows: Sequence[tuple[int, ConnectionClosed]]
) -> Collection[int]:
    """A late close of an old socket does not touch the newer one."""
    columns = (
        [c.station_id for _, c in rows],
        [c.epoch for _, c in rows],
        [c.last_seen_at for _, c in rows],
        [c.at for _, c in rows],
    )
    await connection.execute(
        """
        UPDATE station_presence AS p SET
            last_seen_at = greatest(p.last_seen_at, u.seen_at), disconnected_at = u.at
        FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::timestamptz[])
            AS u (station_id, epoch, seen_at, at)
        WHERE p.station_id = u.station_id AND p.epoch = u.epoch
        """,
        *columns,
    )
    await connection.execute(
        """
        UPDATE connections AS c SET
            last_seen_at = u.seen_at, disconnected_at = u.at, reason = u.reason
        FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::text[])
            AS u (station_id, epoch, seen_at, at, reason)
        WHERE c.station_id = u.station_id AND c.epoch = u.epoch
        """,
        *columns,
        [c.reason for _, c in rows],
    )
    return ()


async def write_clocks(
    connection: Connection, rows: Sequence[tuple[int, ClockMeasured]]
) -> Collection[int]:
    latest = {c.station_id: c for _, c in sorted(rows, key=lambda row: row[1].at)}.values()
    await connection.execute(
        """
        UPDATE station_presence AS p SET clock_skew_s = u.skew_s, clock_measured_at = u.at
        FROM unnest($1::text[], $2::float8[], $3::timestamptz[]) AS u (station_id, skew_s, at)
        WHERE p.station_id = u.station_id
        """,
        [c.station_id for c in latest],
        [c.skew_s for c in latest],
        [c.at for c in latest],
    )
    return ()


async def write_seen(
    connection: Connection, rows: Sequence[tuple[int, StationSeen]]
) -> Collection[int]:
    await connection.execute(
        """
        UPDATE station_presence AS p SET last_seen_at = greatest(p.last_seen_at, u.at)
        FROM unnest($1::text[], $2::timestamptz[]) AS u (station_id, at)
        WHERE p.station_id = u.station_id
        """,
        [c.station_id for _, c in rows],
        [c.at for _, c in rows],
    )
    return ()


async def write_refused(
    connection: Connection, rows: Sequence[tuple[int, HandshakeRefused]]
) -> Collection[int]:
    await connection.execute(
        """
        INSERT INTO handshake_attempts AS a
            (station_id, remote_host, reason, status, path, subprotocols, first_at, last_at, count)
        SELECT station_id, remote_host, reason, max(status), max(path), max(subprotocols),
               min(at), max(at), count(*)
        FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[],
                    $7::timestamptz[])
            AS u (station_id, remote_host, reason, status, path, subprotocols, at)
        GROUP BY station_id, remote_host, reason
        ON CONFLICT (station_id, remote_host, reason) DO UPDATE SET
            status = excluded.status, path = excluded.path,
            subprotocols = excluded.subprotocols, last_at = excluded.last_at,
            count = a.count + excluded.count
        """,
        [c.station_id for _, c in rows],
        [c.remote_host for _, c in rows],
        [c.reason for _, c in rows],
        [c.status for _, c in rows],
        [c.path for _, c in rows],
        [c.subprotocols for _, c in rows],
        [c.at for _, c in rows],
    )
    return ()


async def close_orphans(connection: Connection) -> None:
    """At start nobody is connected: whatever says otherwise was left by a process that died."""
    await connection.execute(
        "UPDATE station_presence SET disconnected_at = last_seen_at WHERE disconnected_at IS NULL"
    )
    await connection.execute(
        """
        UPDATE connections AS c SET
            last_seen_at = greatest(c.last_seen_at, p.last_seen_at),
            disconnected_at = greatest(c.last_seen_at, p.last_seen_at), reason = 'server_died'
        FROM station_presence AS p
        WHERE c.disconnected_at IS NULL AND p.station_id = c.station_id AND p.epoch = c.epoch
        """
    )
    await connection.execute(
        """
        UPDATE connections SET disconnected_at = last_seen_at, reason = 'server_died'
        WHERE disconnected_at IS NULL
        """
    )
