"""Messages on stations' displays, as they were told or taken."""

from collections.abc import Collection, Sequence
from typing import assert_never

from voltaro.domain.display_messages import (
    DisplayChanged,
    MessageCleared,
    MessagesTold,
    OtherMessagesGone,
)
from voltaro.store.sql import Connection

# A station that is deleted in this moment has no messages any more; that is no error.
_TOLD = """
    INSERT INTO display_messages
        (station_id, message_id, priority, content, format, language, state, start_at, end_at,
         station_ref, told_at)
    SELECT $1, u.*, $11::timestamptz
    FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                $8::timestamptz[], $9::timestamptz[], $10::text[]) AS u
    WHERE EXISTS (SELECT FROM stations WHERE station_id = $1)
    ON CONFLICT (station_id, message_id) DO UPDATE SET
        priority = excluded.priority, content = excluded.content, format = excluded.format,
        language = excluded.language, state = excluded.state, start_at = excluded.start_at,
        end_at = excluded.end_at, station_ref = excluded.station_ref, told_at = excluded.told_at
"""


async def write_display_messages(
    connection: Connection, rows: Sequence[tuple[int, DisplayChanged]]
) -> Collection[int]:
    """Step by step: people cause them, so they are few, and their order matters."""
    for _, change in rows:
        match step := change.step:
            case MessagesTold():
                await _write_told(connection, change.station_id, step)
            case MessageCleared():
                await connection.execute(
                    "DELETE FROM display_messages WHERE station_id = $1 AND message_id = $2",
                    change.station_id,
                    step.message_id,
                )
            case OtherMessagesGone():
                await connection.execute(
                    "DELETE FROM display_messages WHERE station_id = $1 AND told_at < $2",
                    change.station_id,
                    step.since,
                )
            case _:
                assert_never(step)
    return ()


async def _write_told(connection: Connection, station_id: str, step: MessagesTold) -> None:
    messages = list({each.message_id: each for each in step.messages}.values())
    await connection.execute(
        _TOLD,
        station_id,
        [each.message_id for each in messages],
        [each.priority for each in messages],
        [each.content for each in messages],
        [each.format for each in messages],
        [each.language for each in messages],
        [each.state for each in messages],
        [each.start_at for each in messages],
        [each.end_at for each in messages],
        [each.station_ref for each in messages],
        step.at,
    )
