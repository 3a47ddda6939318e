"""NotifyChargingLimit and ClearedChargingLimit (2.x K11-K14)."""

from voltaro.domain.charging_limits import (
    LIMIT_CLEARED,
    LIMIT_NOTIFIED,
    LimitCleared,
    LimitNotified,
)
from voltaro.domain.ids import Scope
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.v2.smart_charging import place_of, read_schedule
from voltaro.protocol.wire import v21 as wire


def _read_notified(req: wire.NotifyChargingLimitRequest, origin: Origin) -> LimitNotified:
    limit = req.charging_limit
    schedules = (read_schedule(each) for each in req.charging_schedule or ())
    return LimitNotified(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        where=Scope.STATION if req.evse_id is None else place_of(req.evse_id),
        limit_source=limit.charging_limit_source,
        grid_critical=limit.is_grid_critical,
        local_generation=limit.is_local_generation,
        schedules=tuple(each for each in schedules if each is not None),
    )


def _write_notified(_reply: None) -> wire.NotifyChargingLimitResponse:
    return wire.NotifyChargingLimitResponse()


def _read_cleared(req: wire.ClearedChargingLimitRequest, origin: Origin) -> LimitCleared:
    return LimitCleared(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        where=None if req.evse_id is None else place_of(req.evse_id),
        limit_source=req.charging_limit_source,
    )


def _write_cleared(_reply: None) -> wire.ClearedChargingLimitResponse:
    return wire.ClearedChargingLimitResponse()


ROUTES = (
    Route(
        "NotifyChargingLimit",
        wire.NotifyChargingLimitRequest,
        _read_notified,
        LIMIT_NOTIFIED,
        _write_notified,
    ),
    Route(
        "ClearedChargingLimit",
        wire.ClearedChargingLimitRequest,
        _read_cleared,
        LIMIT_CLEARED,
        _write_cleared,
    ),
)
