"""What a station said of itself when it booted."""

from collections.abc import Collection, Sequence

from voltaro.domain.provisioning import BootRecorded
from voltaro.store.changes.variables import take_effect
from voltaro.store.sql import Connection

_TEXTS = (
    "vendor",
    "model",
    "serial_number",
    "firmware_version",
    "iccid",
    "imsi",
    "meter_type",
    "meter_serial_number",
)

_UPDATE = f"""
    UPDATE stations AS s SET
        {", ".join(f"{name} = u.{name}" for name in _TEXTS if name != "serial_number")},
        serial_number = coalesce(u.serial_number, s.serial_number),
        boot_reason = u.reason, booted_at = u.at
    FROM unnest($1::text[], $2::timestamptz[], $3::text[],
                {", ".join(f"${number}::text[]" for number in range(4, 4 + len(_TEXTS)))})
        AS u (station_id, at, reason, {", ".join(_TEXTS)})
    WHERE s.station_id = u.station_id
"""


async def write_boots(
    connection: Connection, rows: Sequence[tuple[int, BootRecorded]]
) -> Collection[int]:
    """`booted_at` is our time: it is compared with our receipt times.

    A serial number stays until another one is told: its certificate may name it.
    """
    events = [change.event for _, change in rows]
    await connection.execute(
        _UPDATE,
        [e.station_id for e in events],
        [e.received_at for e in events],
        [e.reason for e in events],
        *([getattr(e, name) for e in events] for name in _TEXTS),
    )
    await take_effect(connection, [e.station_id for e in events])
    return ()
