"""Which streams of values are open."""

from collections.abc import Collection, Sequence

from voltaro.domain.event_streams import StreamKept
from voltaro.store.sql import Connection


async def write_streams(
    connection: Connection, rows: Sequence[tuple[int, StreamKept]]
) -> Collection[int]:
    """The latest of each stream counts; those of a station that was deleted meanwhile are dropped."""
    latest = {(change.station_id, change.stream_id): change for _, change in rows}
    changes = [latest[key] for key in sorted(latest)]
    opened = [change for change in changes if change.monitor_id is not None]
    closed = [change for change in changes if change.monitor_id is None]
    if opened:
        await connection.execute(
            """
            INSERT INTO event_streams AS e (station_id, stream_id, monitor_id)
            SELECT u.* FROM unnest($1::text[], $2::bigint[], $3::bigint[])
                AS u (station_id, stream_id, monitor_id)
            JOIN stations USING (station_id)
            ON CONFLICT (station_id, stream_id) DO UPDATE SET monitor_id = excluded.monitor_id
            """,
            [each.station_id for each in opened],
            [each.stream_id for each in opened],
            [each.monitor_id for each in opened],
        )
    if closed:
        await connection.execute(
            """
            DELETE FROM event_streams AS e
            USING unnest($1::text[], $2::bigint[]) AS u (station_id, stream_id)
            WHERE e.station_id = u.station_id AND e.stream_id = u.stream_id
            """,
            [each.station_id for each in closed],
            [each.stream_id for each in closed],
        )
    return ()
