"""Events of the device model."""

from collections.abc import Collection, Sequence

from voltaro.domain.monitoring_events import MonitoringEventRecorded
from voltaro.store.sql import Connection


async def write_monitoring_events(
    connection: Connection, rows: Sequence[tuple[int, MonitoringEventRecorded]]
) -> Collection[int]:
    """Append what is new. Where the severity was not told (2.0.1), it is that of the monitor."""
    changes = [change for _, change in rows]
    changes.sort(key=lambda each: (each.station_id, each.event.event_id, each.event.at))
    events = [each.event for each in changes]
    await connection.execute(
        """
        INSERT INTO monitoring_events
            (station_id, received_at, event_id, cause, at, clock_trusted, component,
             component_instance, evse_id, connector_id, name, instance, value, trigger, origin,
             cleared, tech_code, tech_info, monitor_id, severity, station_ref)
        SELECT u.station_id, u.received_at, u.event_id, u.cause, u.at, u.clock_trusted,
               u.component, u.component_instance, u.evse_id, u.connector_id, u.name, u.instance,
               u.value, u.trigger, u.origin, u.cleared, u.tech_code, u.tech_info, u.monitor_id,
               coalesce(u.severity, m.severity), u.station_ref
        FROM unnest(
            $1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::timestamptz[],
            $6::bool[], $7::text[], $8::text[], $9::int[], $10::int[], $11::text[], $12::text[],
            $13::text[], $14::text[], $15::text[], $16::bool[], $17::text[], $18::text[],
            $19::bigint[], $20::bigint[], $21::text[]) WITH ORDINALITY
            AS u (station_id, received_at, event_id, cause, at, clock_trusted, component,
                  component_instance, evse_id, connector_id, name, instance, value, trigger,
                  origin, cleared, tech_code, tech_info, monitor_id, severity, station_ref, place)
        LEFT JOIN monitors AS m USING (station_id, monitor_id)
        ORDER BY u.place
        ON CONFLICT DO NOTHING
        """,
        [each.station_id for each in changes],
        [each.received_at for each in changes],
        [each.event_id for each in events],
        [each.cause for each in events],
        [each.at for each in events],
        [each.clock_trusted for each in events],
        [each.variable.component for each in events],
        [each.variable.component_instance for each in events],
        [each.variable.evse_id for each in events],
        [each.variable.connector_id for each in events],
        [each.variable.name for each in events],
        [each.variable.instance for each in events],
        [each.value for each in events],
        [each.trigger for each in events],
        [each.origin for each in events],
        [each.cleared for each in events],
        [each.tech_code for each in events],
        [each.tech_info for each in events],
        [each.monitor_id for each in events],
        [each.severity for each in events],
        [each.station_ref for each in events],
    )
    return ()
