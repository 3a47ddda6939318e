"""NotifyEVChargingNeeds and NotifyEVChargingSchedule (2.x K15-K17)."""

from voltaro.domain.ev_charging import (
    EV_NEEDS_NOTIFIED,
    EV_SCHEDULE_NOTIFIED,
    EvNeedsNotified,
    EvScheduleNotified,
)
from voltaro.protocol.moments import moment_in
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.v2.smart_charging import read_schedule
from voltaro.protocol.wire import v21 as wire


def _read_needs(req: wire.NotifyEVChargingNeedsRequest, origin: Origin) -> EvNeedsNotified:
    return EvNeedsNotified(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        evse_id=req.evse_id,
    )


def _write_needs(will_follow: bool) -> wire.NotifyEVChargingNeedsResponse:  # noqa: FBT001  a reply
    return wire.NotifyEVChargingNeedsResponse(status="Processing" if will_follow else "Rejected")


def _read_plan(req: wire.NotifyEVChargingScheduleRequest, origin: Origin) -> EvScheduleNotified:
    return EvScheduleNotified(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        evse_id=req.evse_id,
        starts_at=moment_in(req.time_base) or origin.received_at,
        schedule=read_schedule(req.charging_schedule),
    )


def _write_plan(within: bool) -> wire.NotifyEVChargingScheduleResponse:  # noqa: FBT001  a reply
    return wire.NotifyEVChargingScheduleResponse(status="Accepted" if within else "Rejected")


ROUTES = (
    Route(
        "NotifyEVChargingNeeds",
        wire.NotifyEVChargingNeedsRequest,
        _read_needs,
        EV_NEEDS_NOTIFIED,
        _write_needs,
    ),
    Route(
        "NotifyEVChargingSchedule",
        wire.NotifyEVChargingScheduleRequest,
        _read_plan,
        EV_SCHEDULE_NOTIFIED,
        _write_plan,
    ),
)
