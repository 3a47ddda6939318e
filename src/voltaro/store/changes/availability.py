"""The latest state of stations and connectors; an older report never replaces a newer one."""

from collections.abc import Sequence

from voltaro.domain.availability import StatusRecorded, StatusReported
from voltaro.domain.ids import Connector, Scope
from voltaro.store.parts import Part

_STATIONS = """
    UPDATE stations AS s SET
        status = u.status, status_reported = u.reported, status_at = u.at,
        error_code = u.error_code, info = u.info, vendor_id = u.vendor_id,
        vendor_error_code = u.vendor_error_code
    FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[],
                $7::text[], $8::text[])
        AS u (station_id, status, reported, at, error_code, info, vendor_id, vendor_error_code)
    WHERE s.station_id = u.station_id AND (s.status_at IS NULL OR s.status_at <= u.at)
"""
# A station that is deleted in this moment has no places any more; that is no error.
_EVSES = """
    INSERT INTO evses (station_id, evse_id)
    SELECT DISTINCT u.* FROM unnest($1::text[], $2::int[]) AS u (station_id, evse_id)
    JOIN stations USING (station_id) ON CONFLICT DO NOTHING
"""
_CONNECTORS = """
    INSERT INTO connectors AS c
        (station_id, evse_id, connector_id, status, charging_state, reported, error_code, info,
         vendor_id, vendor_error_code, status_at, received_at)
    SELECT u.* FROM unnest($1::text[], $2::int[], $3::int[], $4::text[], $5::text[], $6::text[],
        $7::text[], $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[])
        AS u (station_id, evse_id, connector_id, status, charging_state, reported, error_code,
              info, vendor_id, vendor_error_code, status_at, received_at)
    JOIN stations USING (station_id)
    ON CONFLICT (station_id, evse_id, connector_id) DO UPDATE SET
        status = excluded.status, charging_state = excluded.charging_state,
        reported = excluded.reported, error_code = excluded.error_code,
        info = excluded.info, vendor_id = excluded.vendor_id,
        vendor_error_code = excluded.vendor_error_code,
        status_at = excluded.status_at, received_at = excluded.received_at
    WHERE c.status_at <= excluded.status_at
"""


def status_parts(changes: Sequence[StatusRecorded]) -> Sequence[Part]:
    stations: dict[str, StatusReported] = {}
    connectors: dict[tuple[str, Connector], StatusReported] = {}
    for change in sorted(changes, key=lambda each: each.event.at):
        event = change.event
        if isinstance(event.where, Scope):
            stations[event.station_id] = event
        elif isinstance(event.where, Connector):
            connectors[event.station_id, event.where] = event
    return [
        *(_stations(tuple(stations.values())) if stations else ()),
        *(_connectors(tuple(connectors.items())) if connectors else ()),
    ]


def _stations(events: Sequence[StatusReported]) -> Sequence[Part]:
    columns = (
        [e.station_id for e in events],
        [e.status.value for e in events],
        [e.reported for e in events],
        [e.at for e in events],
        [e.error_code for e in events],
        [e.info for e in events],
        [e.vendor_id for e in events],
        [e.vendor_error_code for e in events],
    )
    return [Part(_STATIONS, columns)]


def _connectors(rows: Sequence[tuple[tuple[str, Connector], StatusReported]]) -> Sequence[Part]:
    evses = (
        [station_id for (station_id, _), _ in rows],
        [where.evse_id for (_, where), _ in rows],
    )
    events = [event for _, event in rows]
    connectors = (
        *evses,
        [where.connector_id for (_, where), _ in rows],
        [e.status.value for e in events],
        [e.charging_state.value if e.charging_state else None for e in events],
        [e.reported for e in events],
        [e.error_code for e in events],
        [e.info for e in events],
        [e.vendor_id for e in events],
        [e.vendor_error_code for e in events],
        [e.at for e in events],
        [e.received_at for e in events],
    )
    return [Part(_EVSES, evses), Part(_CONNECTORS, connectors)]
