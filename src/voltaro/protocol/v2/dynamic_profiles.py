"""PullDynamicScheduleUpdate of 2.1 (K28)."""

from typing import Any, Final

from voltaro.domain.dynamic_profiles import UPDATE_PULLED, UpdatePulled
from voltaro.domain.period_control import RATES, PeriodControl
from voltaro.domain.smart_charging import SchedulePeriod
from voltaro.protocol.amounts import plain
from voltaro.protocol.routes import AnyRoute, Origin, Route
from voltaro.protocol.wire import v21 as wire

#: What an update has fields for (ChargingScheduleUpdateType).
_UPDATED: Final = tuple(name for name in RATES if name != "v2x_baseline")


def _read(req: wire.PullDynamicScheduleUpdateRequest, origin: Origin) -> UpdatePulled:
    return UpdatePulled(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        profile_id=req.charging_profile_id,
    )


def _write(period: SchedulePeriod | None) -> wire.PullDynamicScheduleUpdateResponse:
    if period is None:
        return wire.PullDynamicScheduleUpdateResponse(
            status="Rejected",
            status_info=wire.StatusInfoType(
                reason_code="InvalidProfile", additional_info="no such dynamic profile was set here"
            ),
        )
    return wire.PullDynamicScheduleUpdateResponse(
        status="Accepted", schedule_update=_update(period)
    )


def _update(period: SchedulePeriod) -> wire.ChargingScheduleUpdateType | None:
    """None where the profile has no numbers; an empty object must not be sent (part 4 §4.1.5)."""
    control = period.control or PeriodControl()
    told = {"limit": period.limit} | {name: getattr(control, name) for name in _UPDATED}
    rates: dict[str, Any] = {name: plain(rate) for name, rate in told.items() if rate is not None}
    return wire.ChargingScheduleUpdateType(**rates) if rates else None


ROUTES_21: tuple[AnyRoute, ...] = (
    Route(
        "PullDynamicScheduleUpdate",
        wire.PullDynamicScheduleUpdateRequest,
        _read,
        UPDATE_PULLED,
        _write,
    ),
)
