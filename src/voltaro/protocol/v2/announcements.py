"""Messages of 2.1 that announce something: C19-C22, K22, R04, R05, S03."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from voltaro.domain.announcements import ANNOUNCEMENT, Announced, Announcement
from voltaro.domain.ids import KEY_CODE
from voltaro.domain.values import changed
from voltaro.protocol.decode import encode
from voltaro.protocol.moments import read_moment
from voltaro.protocol.routes import AnyRoute, Origin, Route
from voltaro.protocol.wire import Wire
from voltaro.protocol.wire import v21 as wire

Req = TypeVar("Req", bound=Wire)

#: What has a column of its own, or is a vendor's.
_APART: Final = ("timestamp", "settlementTime", "transactionId", "customData")
_HIDDEN: Final = "***"
_exactly: Final = msgspec.json.Decoder(float_hook=str)


def _details(req: Wire) -> dict[str, Any]:
    """The payload, with numbers as they were written."""
    told: dict[str, Any] = _exactly.decode(encode(req))
    return {name: value for name, value in told.items() if name not in _APART}


def _announced(
    about: Announcement,
    req: Wire,
    origin: Origin,
    *,
    time: str | None = None,
    pointer: str = "/timestamp",
    station_ref: str | None = None,
    is_unique: bool | None = None,
) -> Announced:
    """What has a time of its own comes with the same content only as a repetition."""
    at, trusted = read_moment(time, origin, pointer)
    return Announced(
        station_id=origin.station_id,
        at=at,
        received_at=origin.received_at,
        clock_trusted=trusted,
        about=about,
        details=_details(req),
        station_ref=station_ref,
        is_unique=trusted if is_unique is None else is_unique,
    )


def _read_swap(req: wire.BatterySwapRequest, origin: Origin) -> Announced:
    """Its request id, event and batteries are told once (S03.FR.01, FR.03). KeyCodes stay hidden."""
    swap = _announced(Announcement.BATTERY_SWAP, req, origin, is_unique=True)
    if req.id_token.type == KEY_CODE:
        token = {"idToken": _HIDDEN, "type": KEY_CODE}
        return changed(swap, details={**swap.details, "idToken": token})
    return swap


def _read_alarm(req: wire.NotifyDERAlarmRequest, origin: Origin) -> Announced:
    return _announced(Announcement.DER_ALARM, req, origin, time=req.timestamp)


def _read_control(req: wire.NotifyDERStartStopRequest, origin: Origin) -> Announced:
    return _announced(Announcement.DER_CONTROL, req, origin, time=req.timestamp)


def _read_report(req: wire.ReportDERControlRequest, origin: Origin) -> Announced:
    return _announced(Announcement.DER_REPORT, req, origin)


def _read_priority(req: wire.NotifyPriorityChargingRequest, origin: Origin) -> Announced:
    return _announced(Announcement.PRIORITY_CHARGING, req, origin, station_ref=req.transaction_id)


def _read_settlement(req: wire.NotifySettlementRequest, origin: Origin) -> Announced:
    return _announced(
        Announcement.SETTLEMENT,
        req,
        origin,
        time=req.settlement_time,
        pointer="/settlementTime",
        station_ref=req.transaction_id,
    )


def _route(
    request: type[Req], read: Callable[[Req, Origin], Announced], response: type[Wire]
) -> AnyRoute:
    """All are answered with nothing in it; no receipt is made for a settlement (C21.FR.03)."""
    action = request.__name__.removesuffix("Request")
    return Route(action, request, read, ANNOUNCEMENT, lambda _reply: response())


ROUTES_21: tuple[AnyRoute, ...] = (
    _route(wire.BatterySwapRequest, _read_swap, wire.BatterySwapResponse),
    _route(wire.NotifyDERAlarmRequest, _read_alarm, wire.NotifyDERAlarmResponse),
    _route(wire.NotifyDERStartStopRequest, _read_control, wire.NotifyDERStartStopResponse),
    _route(wire.ReportDERControlRequest, _read_report, wire.ReportDERControlResponse),
    _route(wire.NotifyPriorityChargingRequest, _read_priority, wire.NotifyPriorityChargingResponse),
    _route(wire.NotifySettlementRequest, _read_settlement, wire.NotifySettlementResponse),
)
