"""The latest report of a station about each of its long-running jobs."""

from collections.abc import Collection, Sequence

from voltaro.domain.progress import ProgressRecorded
from voltaro.store.sql import Connection


async def write_progress(
    connection: Connection, rows: Sequence[tuple[int, ProgressRecorded]]
) -> Collection[int]:
    """By our own time: a station tells of its jobs in order."""
    latest = {(c.station_id, c.job): c for _, c in sorted(rows, key=lambda row: row[1].at)}
    changes = [latest[key] for key in sorted(latest)]
    await connection.execute(
        """
        INSERT INTO station_jobs AS j (station_id, job, status, reported, request_id, reported_at)
        SELECT u.* FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[],
                               $6::timestamptz[])
            AS u (station_id, job, status, reported, request_id, reported_at)
        JOIN stations USING (station_id)
        ON CONFLICT (station_id, job) DO UPDATE SET
            status = excluded.status, reported = excluded.reported,
            request_id = excluded.request_id, reported_at = excluded.reported_at
        WHERE j.reported_at <= excluded.reported_at
        """,
        [c.station_id for c in changes],
        [c.job.value for c in changes],
        [c.status for c in changes],
        [c.reported for c in changes],
        [c.request_id for c in changes],
        [c.at for c in changes],
    )
    return ()
