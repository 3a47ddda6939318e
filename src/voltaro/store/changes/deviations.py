"""Departures from the specification, counted per station, kind, message and place."""

from collections.abc import Collection, Sequence

from voltaro.domain.deviations import DeviationSeen
from voltaro.store.sql import Connection


async def write_deviations(
    connection: Connection, rows: Sequence[tuple[int, DeviationSeen]]
) -> Collection[int]:
    """One row for all of a kind; those of a station that was deleted meanwhile are dropped."""
    counted: dict[tuple[str, str, str, str], list[DeviationSeen]] = {}
    for _, change in rows:
        key = (change.station_id, change.kind, change.action, change.pointer)
        counted.setdefault(key, []).append(change)
    # In one order everywhere: rows that two batches share must not be locked crosswise.
    groups = [counted[key] for key in sorted(counted)]
    await connection.execute(
        """
        INSERT INTO deviations AS d
            (station_id, kind, action, pointer, count, first_at, last_at, frame)
        SELECT u.* FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[],
                               $6::timestamptz[], $7::timestamptz[], $8::text[])
            AS u (station_id, kind, action, pointer, count, first_at, last_at, frame)
        JOIN stations USING (station_id)
        ON CONFLICT (station_id, kind, action, pointer) DO UPDATE SET
            count = d.count + excluded.count, last_at = excluded.last_at, frame = excluded.frame
        """,
        [group[0].station_id for group in groups],
        [group[0].kind for group in groups],
        [group[0].action for group in groups],
        [group[0].pointer for group in groups],
        [sum(each.count for each in group) for group in groups],
        [group[0].at for group in groups],
        [group[-1].at for group in groups],
        [group[-1].frame for group in groups],
    )
    return ()
