"""StatusNotification (1.6 §4.9)."""

from typing import get_args

from voltaro.domain.availability import (
    STATUS,
    ChangeAvailability,
    ChargingState,
    ConnectorStatus,
    StatusReported,
)
from voltaro.domain.follow_up import Expectation, Followed
from voltaro.protocol.commands import CallRoute, CommandRoute, Unspeakable, single
from voltaro.protocol.moments import read_moment
from voltaro.protocol.places import connector_or_station
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v16 as wire

_STATUS: dict[str, tuple[ConnectorStatus, ChargingState | None]] = {
    "Available": (ConnectorStatus.AVAILABLE, None),
    "Preparing": (ConnectorStatus.OCCUPIED, ChargingState.PREPARING),
    "Charging": (ConnectorStatus.OCCUPIED, ChargingState.CHARGING),
    "SuspendedEV": (ConnectorStatus.OCCUPIED, ChargingState.SUSPENDED_EV),
    "SuspendedEVSE": (ConnectorStatus.OCCUPIED, ChargingState.SUSPENDED_EVSE),
    "Finishing": (ConnectorStatus.OCCUPIED, ChargingState.FINISHING),
    "Reserved": (ConnectorStatus.RESERVED, None),
    "Unavailable": (ConnectorStatus.UNAVAILABLE, None),
    "Faulted": (ConnectorStatus.FAULTED, None),
}
_ERRORS = frozenset(get_args(wire.StatusNotificationRequestErrorCode))
#: OCPP 1.5 stations and their descendants: a word that is no status any more.
_UNKNOWN = (ConnectorStatus.OCCUPIED, None)


def _read_status(req: wire.StatusNotificationRequest, origin: Origin) -> StatusReported:
    at, trusted = read_moment(req.timestamp, origin)
    status, charging_state = _STATUS.get(req.status, _UNKNOWN)
    # Quirk Q28: an error code of the vendor's own where one of OCPP belongs.
    known = req.error_code in _ERRORS
    error_code: str = req.error_code if known else "OtherError"
    return StatusReported(
        station_id=origin.station_id,
        at=at,
        received_at=origin.received_at,
        clock_trusted=trusted,
        where=connector_or_station(req.connector_id, 1, origin, "/connectorId"),
        status=status,
        charging_state=charging_state,
        reported=req.status,
        error_code=None if error_code == "NoError" else error_code,
        info=req.info,
        vendor_id=req.vendor_id,
        vendor_error_code=req.vendor_error_code or (None if known else req.error_code),
        list_conflict=req.connector_id == 0 and req.error_code == "LocalListConflict",
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
    if command.connector_id not in {None, 1}:
        raise Unspeakable("an EVSE of OCPP 1.6 has one connector, 1", "connector_id")
    return wire.ChangeAvailabilityRequest(
        connector_id=command.evse_id or 0,  # 1.6 §5.2: 0 is the whole station
        type="Operative" if command.operative else "Inoperative",
    )


def _tells(req: wire.ChangeAvailabilityRequest) -> Expectation:
    return Expectation(
        follows=Followed.AVAILABILITY,
        within_s=_TO_TELL_S,
        missed="the station agreed, and reported no change: it may have been so already",
        must=False,
        evse_id=req.connector_id or None,
        operative=req.type == "Operative",
    )


CALLS = (
    CallRoute(
        request=wire.ChangeAvailabilityRequest,
        response=wire.ChangeAvailabilityResponse,
        awaits=_tells,
    ),
)
COMMANDS = (CommandRoute(ChangeAvailability, single(_write_change)),)
