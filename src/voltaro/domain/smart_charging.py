"""Charging profiles: what limits a station, and templates to make them of.

OCPP 1.6 §3.13 and §5.16, 2.x functional block K.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal, TypeAlias

from voltaro.domain.ids import Scope
from voltaro.domain.period_control import OperationMode, PeriodControl
from voltaro.domain.values import changed

#: An EVSE by its number, from 1, or the whole station.
Where: TypeAlias = int | Literal[Scope.STATION]

#: The station's clock may be behind ours; a schedule that begins later leaves a gap until then.
START_SLACK = timedelta(minutes=1)


class Purpose(StrEnum):
    """What a profile is for (2.x ChargingProfilePurposeEnumType)."""

    STATION_MAX = "station_max"
    TX_DEFAULT = "tx_default"
    TX = "tx"
    #: Set by somebody else, an energy manager for example; a station may report it.
    EXTERNAL = "external"
    #: Waits at the station until a driver, or we, ask for priority (2.1 K21, K22).
    PRIORITY = "priority"
    #: What is generated on the spot, on top of what else is allowed (2.1 K24).
    LOCAL_GENERATION = "local_generation"


class ProfileKind(StrEnum):
    """What the times of a schedule count from."""

    ABSOLUTE = "absolute"
    RECURRING = "recurring"
    #: The start of the transaction.
    RELATIVE = "relative"
    #: Nothing: its only period is in force until it is told anew (2.1 K28).
    DYNAMIC = "dynamic"


class Recurrency(StrEnum):
    """When a recurring schedule starts anew: every 24 hours, or every 7 days."""

    DAILY = "daily"
    WEEKLY = "weekly"


class RateUnit(StrEnum):
    """What a limit is in: ampere in each phase, or watt in all of them."""

    A = "a"
    W = "w"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePeriod:
    """From `start_s` after the schedule's start until the next period. `number_phases` None is 3.

    `limit` None: what it does is only in its `control`. With limits for other phases there, it is
    that of the first phase.
    """

    start_s: int
    limit: Decimal | None
    number_phases: int | None = None
    phase_to_use: int | None = None
    control: PeriodControl | None = None

    def allowed(self, unit: RateUnit) -> Decimal | None:
        """What no phase, and not all of them together, may exceed; None: nothing limits."""
        control = self.control or PeriodControl()
        if control.operation_mode is OperationMode.IDLE:
            return Decimal(0)
        told = (self.limit, control.limit_l2, control.limit_l3)
        limits = [each for each in told if each is not None]
        if not limits:
            return None
        return min(limits) * (len(limits) if unit is RateUnit.W else 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitAtSoc:
    """What counts once the vehicle's battery is at `soc` percent, where that is less (2.1)."""

    soc: int
    limit: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingSchedule:
    """Periods in order of time. Without `duration_s` the last one does not end.

    `use_local_time`: the station's own zone counts. `randomized_delay_s`: so much later, at random,
    each period but the first begins (2.1 K01.FR.90, FR.92).
    """

    id: int
    rate_unit: RateUnit
    periods: tuple[SchedulePeriod, ...]
    start_at: datetime | None = None
    duration_s: int | None = None
    min_charging_rate: Decimal | None = None
    limit_at_soc: LimitAtSoc | None = None
    use_local_time: bool | None = None
    randomized_delay_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingProfile:
    """One to three schedules, valid from `valid_from` until just before `valid_to`.

    Several schedules are alternatives for the vehicle to choose from (ISO 15118). `station_ref` is
    the transaction's id on the wire.

    Of 2.1: it is not valid while the station is offline for more than `max_offline_duration_s`, nor
    afterwards with `invalid_after_offline`. A dynamic one is asked for anew every
    `dyn_update_interval_s`, and was told last at `dyn_update_at`.
    """

    profile_id: int
    stack_level: int
    purpose: Purpose
    kind: ProfileKind
    recurrency: Recurrency | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    station_ref: str | None = None
    schedules: tuple[ChargingSchedule, ...]
    max_offline_duration_s: int | None = None
    invalid_after_offline: bool | None = None
    dyn_update_interval_s: int | None = None
    dyn_update_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileTemplate:
    """A profile without what only a station and a moment can give.

    An absolute schedule without `start_at` starts when it is set.
    """

    stack_level: int
    purpose: Purpose
    kind: ProfileKind
    recurrency: Recurrency | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    schedules: tuple[ChargingSchedule, ...]
    max_offline_duration_s: int | None = None
    invalid_after_offline: bool | None = None
    dyn_update_interval_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledProfile:
    """A profile that a station holds."""

    where: Where
    profile: ChargingProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileLimits:
    """What a station said that it can take; None where it did not say.

    `max_periods` counts in each schedule, `max_installed` in the whole station. The numbers up to
    `external_ids` are for profiles of others (2.1 K01.FR.80).
    """

    max_stack_level: int | None = None
    max_periods: int | None = None
    max_installed: int | None = None
    rate_units: frozenset[RateUnit] | None = None
    phase_switching: bool | None = None
    external_ids: int = 0


def resolve(
    template: ProfileTemplate, *, profile_id: int, at: datetime, station_ref: str | None = None
) -> ChargingProfile:
    """The profile to set at `at`.

    An absolute schedule without a start gets one slightly before `at`, in whole seconds, so that
    nothing is unlimited meanwhile (1.6 §5.16.4).
    """
    start = at.replace(microsecond=0) - START_SLACK
    starts_now = template.kind is ProfileKind.ABSOLUTE
    return ChargingProfile(
        profile_id=profile_id,
        stack_level=template.stack_level,
        purpose=template.purpose,
        kind=template.kind,
        recurrency=template.recurrency,
        valid_from=template.valid_from,
        valid_to=template.valid_to,
        station_ref=station_ref,
        schedules=tuple(
            changed(each, start_at=each.start_at or start) if starts_now else each
            for each in template.schedules
        ),
        max_offline_duration_s=template.max_offline_duration_s,
        invalid_after_offline=template.invalid_after_offline,
        dyn_update_interval_s=template.dyn_update_interval_s,
    )


def replaces(profile: ChargingProfile, where: Where, held: InstalledProfile) -> bool:
    """Whether `held` goes when `profile` comes: same id, or same place, purpose and stack level."""
    return held.profile.profile_id == profile.profile_id or (
        (held.where, held.profile.purpose, held.profile.stack_level)
        == (where, profile.purpose, profile.stack_level)
    )
