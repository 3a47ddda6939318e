"""Departures from the specification, counted per station, kind, message and place."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

from voltaro.domain.deviations import AnswerRefused, DeviationSeen
from voltaro.store.fresh_ids import uuid7_floor
from voltaro.store.sql import Connection

#: A station that cannot use an answer says so at once.
_LATEST: Final = timedelta(minutes=10)


async def mark_refused_answers(
    connection: Connection, rows: Sequence[tuple[int, AnswerRefused]]
) -> Collection[int]:
    """Say in the journal which answers were of no use; ids of rows are in the order of time.

    A station may use an id again: it means the last message before.
    """
    changes = [change for _, change in rows]
    since = min(change.at for change in changes) - _LATEST
    await connection.execute(
        """
        UPDATE journal AS j SET verdict = 'answer_refused'
        FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS u (station_id, message_id, at),
             LATERAL (
                 SELECT o.id FROM journal AS o
                 WHERE o.station_id = u.station_id AND o.message_id = u.message_id
                   AND o.id >= $4 AND o.received_at >= $5 AND o.received_at <= u.at
                   AND o.direction = 'in' AND o.verdict IN ('ok', 'repeated')
                 ORDER BY o.id DESC LIMIT 1
             ) AS meant
        WHERE j.id = meant.id AND j.received_at >= $5
        """,
        [change.station_id for change in changes],
        [change.message_id for change in changes],
        [change.at for change in changes],
        uuid7_floor(since),
        since,
    )
    return ()


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
