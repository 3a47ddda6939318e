"""BootNotification (B01-B03) and Heartbeat (G02)."""

from datetime import datetime
from typing import Literal

from voltaro.domain.provisioning import (
    BOOT,
    HEARTBEAT,
    BootReply,
    Heartbeat,
    Registration,
    StationBooted,
)
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
