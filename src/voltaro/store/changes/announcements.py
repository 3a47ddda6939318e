"""What stations announce."""

from collections.abc import Collection, Sequence

import msgspec

from voltaro.domain.announcements import AnnouncementRecorded
from voltaro.store.sql import Connection


async def write_announcements(
    connection: Connection, rows: Sequence[tuple[int, AnnouncementRecorded]]
) -> Collection[int]:
    """Append; repetitions were held back by their receipts."""
    events = [change.event for _, change in rows]
    await connection.execute(
        """
        INSERT INTO announcements
            (station_id, about, at, clock_trusted, received_at, station_ref, details)
        SELECT u.station_id, u.about, u.at, u.clock_trusted, u.received_at, u.station_ref,
               u.details::jsonb
        FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bool[], $5::timestamptz[],
                    $6::text[], $7::text[]) WITH ORDINALITY
            AS u (station_id, about, at, clock_trusted, received_at, station_ref, details, place)
        ORDER BY u.place
        """,
        [each.station_id for each in events],
        [each.about.value for each in events],
        [each.at for each in events],
        [each.clock_trusted for each in events],
        [each.received_at for each in events],
        [each.station_ref for each in events],
        [msgspec.json.encode(each.details).decode() for each in events],
    )
    return ()
