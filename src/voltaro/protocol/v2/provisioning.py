"""BootNotification (B01-B03), Heartbeat (G02) and Reset (B11, B12)."""

from datetime import datetime
from typing import Literal

from voltaro.domain.follow_up import Expectation, Followed
from voltaro.domain.provisioning import (
    BOOT,
    HEARTBEAT,
    BootReply,
    Heartbeat,
    Registration,
    Reset,
    ResetKind,
    StationBooted,
)
from voltaro.protocol.commands import CallRoute, CommandRoute, single
from voltaro.protocol.moments import write_moment
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v21 as wire

_STATUS: dict[Registration, Literal["Accepted", "Pending", "Rejected"]] = {
    Registration.ACCEPTED: "Accepted",
    Registration.PENDING: "Pending",
    Registration.REJECTED: "Rejected",
}


def _read_boot(req: wire.BootNotificationRequest, origin: Origin) -> StationBooted:
    station = req.charging_station
    return StationBooted(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        vendor=station.vendor_name,
        model=station.model,
        serial_number=station.serial_number,
        firmware_version=station.firmware_version,
        iccid=station.modem.iccid if station.modem else None,
        imsi=station.modem.imsi if station.modem else None,
        reason=req.reason,
    )


def _write_boot(reply: BootReply) -> wire.BootNotificationResponse:
    return wire.BootNotificationResponse(
        current_time=write_moment(reply.now),
        interval=reply.interval_s,
        status=_STATUS[reply.registration],
    )


def _read_heartbeat(_req: wire.HeartbeatRequest, origin: Origin) -> Heartbeat:
    at = origin.received_at
    return Heartbeat(station_id=origin.station_id, at=at, received_at=at)


def _write_heartbeat(now: datetime) -> wire.HeartbeatResponse:
    return wire.HeartbeatResponse(current_time=write_moment(now))


ROUTES = (
    Route("BootNotification", wire.BootNotificationRequest, _read_boot, BOOT, _write_boot),
    Route("Heartbeat", wire.HeartbeatRequest, _read_heartbeat, HEARTBEAT, _write_heartbeat),
)

#: A station that installs something, or waits for a slow network, takes its time.
_TO_BOOT_S = 300

_KINDS: dict[ResetKind, wire.ResetEnumType] = {
    ResetKind.IMMEDIATE: "Immediate",
    ResetKind.ON_IDLE: "OnIdle",
    ResetKind.IMMEDIATE_AND_RESUME: "ImmediateAndResume",
}


def _write_reset(command: Reset) -> wire.ResetRequest:
    return wire.ResetRequest(type=_KINDS[command.kind], evse_id=command.evse_id)


def _restarts(req: wire.ResetRequest) -> Expectation:
    if req.evse_id is None:
        return Expectation(
            follows=Followed.REBOOT,
            within_s=_TO_BOOT_S,
            missed=f"the station agreed, and did not boot within {_TO_BOOT_S} s",
        )
    return Expectation(
        follows=Followed.EVSE_RESET,
        within_s=_TO_BOOT_S,
        # B11.FR.08: it need not tell of a reset where nobody charges.
        missed="the station agreed, and reported nothing of the EVSE",
        must=False,
        evse_id=req.evse_id,
    )


CALLS = (CallRoute(request=wire.ResetRequest, response=wire.ResetResponse, awaits=_restarts),)
COMMANDS = (CommandRoute(Reset, single(_write_reset)),)
