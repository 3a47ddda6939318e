"""Monitors of stations, as they were told or taken."""

from collections.abc import Collection, Sequence
from typing import assert_never

from voltaro.domain.monitoring import (
    CustomGone,
    MonitorsChanged,
    MonitorsCleared,
    MonitorsTold,
    OthersGone,
)
from voltaro.domain.monitoring_events import EventOrigin
from voltaro.store.sql import Connection

# A station that is deleted in this moment has no monitors any more; that is no error.
# One that is told again without its origin (2.0.1 tells none) keeps what is known of it.
_TOLD = """
    INSERT INTO monitors AS m
        (station_id, monitor_id, component, component_instance, evse_id, connector_id, name,
         instance, kind, value, severity, in_transactions, origin, told_at)
    SELECT $1, u.*, $14::timestamptz
    FROM unnest($2::bigint[], $3::text[], $4::text[], $5::int[], $6::int[], $7::text[], $8::text[],
                $9::text[], $10::numeric[], $11::bigint[], $12::bool[], $13::text[]) AS u
    WHERE EXISTS (SELECT FROM stations WHERE station_id = $1)
    ON CONFLICT (station_id, monitor_id) DO UPDATE SET
        component = excluded.component, component_instance = excluded.component_instance,
        evse_id = excluded.evse_id, connector_id = excluded.connector_id,
        name = excluded.name, instance = excluded.instance, kind = excluded.kind,
        value = excluded.value, severity = excluded.severity,
        in_transactions = excluded.in_transactions,
        origin = coalesce(excluded.origin, CASE WHEN
            (m.component, m.component_instance, m.evse_id, m.connector_id, m.name, m.instance,
             m.kind)
            IS NOT DISTINCT FROM
            (excluded.component, excluded.component_instance, excluded.evse_id,
             excluded.connector_id, excluded.name, excluded.instance, excluded.kind)
            THEN m.origin END),
        told_at = excluded.told_at
"""


async def write_monitors(
    connection: Connection, rows: Sequence[tuple[int, MonitorsChanged]]
) -> Collection[int]:
    """Step by step: people cause them, so they are few, and their order matters."""
    for _, change in rows:
        match step := change.step:
            case MonitorsTold():
                await _write_told(connection, change.station_id, step)
            case MonitorsCleared():
                await connection.execute(
                    "DELETE FROM monitors WHERE station_id = $1 AND monitor_id = ANY ($2)",
                    change.station_id,
                    list(step.monitor_ids),
                )
            case OthersGone():
                await connection.execute(
                    "DELETE FROM monitors WHERE station_id = $1 AND told_at < $2",
                    change.station_id,
                    step.since,
                )
            case CustomGone():
                await connection.execute(
                    "DELETE FROM monitors WHERE station_id = $1 AND origin = $2",
                    change.station_id,
                    EventOrigin.CUSTOM_MONITOR,
                )
            case _:
                assert_never(step)
    return ()


async def _write_told(connection: Connection, station_id: str, step: MonitorsTold) -> None:
    monitors = list({each.monitor_id: each for each in step.monitors}.values())
    variables = [each.variable for each in monitors]
    await connection.execute(
        _TOLD,
        station_id,
        [each.monitor_id for each in monitors],
        [each.component for each in variables],
        [each.component_instance for each in variables],
        [each.evse_id for each in variables],
        [each.connector_id for each in variables],
        [each.name for each in variables],
        [each.instance for each in variables],
        [each.kind for each in monitors],
        [each.value for each in monitors],
        [each.severity for each in monitors],
        [each.in_transactions for each in monitors],
        [each.origin for each in monitors],
        step.at,
    )
