"""Security events."""

from collections.abc import Collection, Sequence

from voltaro.domain.security import SecurityEventRecorded
from voltaro.store.sql import Connection

_EVENT = ("station_id", "type", "critical", "at", "clock_trusted", "received_at", "tech_info")


async def write_security_events(
    connection: Connection, rows: Sequence[tuple[int, SecurityEventRecorded]]
) -> Collection[int]:
    """Append; repetitions were held back by their receipts."""
    await connection.copy_records_to_table(
        "security_events",
        columns=_EVENT,
        records=[
            (
                change.event.station_id,
                change.event.type,
                change.critical,
                change.event.at,
                change.event.clock_trusted,
                change.event.received_at,
                change.event.tech_info,
            )
            for _, change in rows
        ],
    )
    return ()
