"""StatusNotification (G01)."""

from voltaro.domain.availability import STATUS, ConnectorStatus, StatusReported
from voltaro.protocol.moments import read_moment
from voltaro.protocol.places import connector_or_station
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v21 as wire

_STATUS = {
    "Available": ConnectorStatus.AVAILABLE,
    "Occupied": ConnectorStatus.OCCUPIED,
    "Reserved": ConnectorStatus.RESERVED,
    "Unavailable": ConnectorStatus.UNAVAILABLE,
    "Faulted": ConnectorStatus.FAULTED,
}


def _read_status(req: wire.StatusNotificationRequest, origin: Origin) -> StatusReported:
    at, trusted = read_moment(req.timestamp, origin)
    return StatusReported(
        station_id=origin.station_id,
        at=at,
        received_at=origin.received_at,
        clock_trusted=trusted,
        where=connector_or_station(req.evse_id, req.connector_id, origin, "/evseId"),
        # Quirk: stations that say "Charging" on 2.x mean that somebody is there.
        status=_STATUS.get(req.connector_status, ConnectorStatus.OCCUPIED),
        reported=req.connector_status,
    )


def _write_status(_reply: None) -> wire.StatusNotificationResponse:
    return wire.StatusNotificationResponse()


ROUTES = (
    Route(
        "StatusNotification", wire.StatusNotificationRequest, _read_status, STATUS, _write_status
    ),
)
