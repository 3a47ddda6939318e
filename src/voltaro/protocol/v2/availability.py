"""StatusNotification (G01) and ChangeAvailability (G03, G04)."""

from voltaro.domain.availability import (
    STATUS,
    ChangeAvailability,
    ConnectorStatus,
    StatusReported,
)
from voltaro.domain.follow_up import Expectation, Followed
from voltaro.protocol.commands import CallRoute, CommandRoute, single
from voltaro.protocol.moments import read_moment
from voltaro.protocol.places import connector_or_station, number
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.v2.evses import write_place
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

_TO_TELL_S = 60


def _write_change(command: ChangeAvailability) -> wire.ChangeAvailabilityRequest:
    return wire.ChangeAvailabilityRequest(
        evse=write_place(command.evse_id, command.connector_id),
        operational_status="Operative" if command.operative else "Inoperative",
    )


def _tells(req: wire.ChangeAvailabilityRequest) -> Expectation:
    return Expectation(
        follows=Followed.AVAILABILITY,
        within_s=_TO_TELL_S,
        missed="the station agreed, and reported no change: it may have been so already",
        must=False,
        evse_id=number(req.evse.id) if req.evse else None,
        connector_id=number(req.evse.connector_id) if req.evse else None,
        operative=req.operational_status == "Operative",
    )


CALLS = (
    CallRoute(
        request=wire.ChangeAvailabilityRequest,
        response=wire.ChangeAvailabilityResponse,
        awaits=_tells,
    ),
)
COMMANDS = (CommandRoute(ChangeAvailability, single(_write_change)),)
