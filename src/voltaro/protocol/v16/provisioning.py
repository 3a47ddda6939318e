"""BootNotification (1.6 §4.2) and Heartbeat (1.6 §4.6)."""

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
from voltaro.protocol.commands import CallRoute, CommandRoute, Unspeakable, single
from voltaro.protocol.moments import write_moment
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v16 as wire

_STATUS: dict[Registration, Literal["Accepted", "Pending", "Rejected"]] = {
    Registration.ACCEPTED: "Accepted",
    Registration.PENDING: "Pending",
    Registration.REJECTED: "Rejected",
}


def _read_boot(req: wire.BootNotificationRequest, origin: Origin) -> StationBooted:
    return StationBooted(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        vendor=req.charge_point_vendor,
        model=req.charge_point_model,
        serial_number=req.charge_point_serial_number or req.charge_box_serial_number,
        firmware_version=req.firmware_version,
        iccid=req.iccid,
        imsi=req.imsi,
        meter_type=req.meter_type,
        meter_serial_number=req.meter_serial_number,
    )


def _write_boot(reply: BootReply) -> wire.BootNotificationResponse:
    return wire.BootNotificationResponse(
        status=_STATUS[reply.registration],
        current_time=write_moment(reply.now),
        interval=reply.interval_s,
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


def _write_reset(command: Reset) -> wire.ResetRequest:
    if command.evse_id is not None:
        raise Unspeakable("OCPP 1.6 resets the whole station", "evse_id")
    if command.kind is ResetKind.IMMEDIATE_AND_RESUME:
        raise Unspeakable("OCPP 1.6 ends transactions with a reset", "kind")
    # ADR 0019: Soft ends transactions in good order and restarts, the nearest to OnIdle.
    return wire.ResetRequest(type="Hard" if command.kind is ResetKind.IMMEDIATE else "Soft")


def _reboots(_req: wire.ResetRequest) -> Expectation:
    return Expectation(
        follows=Followed.REBOOT,
        within_s=_TO_BOOT_S,
        missed=f"the station agreed, and did not boot within {_TO_BOOT_S} s",
    )


CALLS = (CallRoute(request=wire.ResetRequest, response=wire.ResetResponse, awaits=_reboots),)
COMMANDS = (CommandRoute(Reset, single(_write_reset)),)
