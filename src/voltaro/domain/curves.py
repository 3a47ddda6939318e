"""The course of a transaction, from the samples of its meter and what happened meanwhile."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from voltaro.domain.command_record import CommandRecord
from voltaro.domain.gauges import Reading, mean_power_w, readings
from voltaro.domain.quantities import Sample, whole_wh

#: CALLs that change what a station may draw, and what a curve calls them.
PROFILE_CALLS: Mapping[str, str] = {
    "SetChargingProfile": "profile_set",
    "ClearChargingProfile": "profile_cleared",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What is known at one instant. `energy_wh` counts from the start; None is not measured."""

    at: datetime
    power_w: int | None
    energy_wh: int | None
    soc_percent: Decimal | None
    offered_w: int | None
    current_a: Decimal | None
    voltage_v: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """`kind` is a stable word; `text` is the short form of what `facts` say, where there is one."""

    at: datetime
    kind: str
    text: str | None
    facts: Mapping[str, Any]


def curve(
    samples: Iterable[Sample], *, started_at: datetime, register_start: Decimal | None
) -> tuple[list[Point], bool]:
    """The points in the order of time, and whether their power is derived from energy registers.

    It is where the meter never tells any power; each is the mean since the register before it.
    """
    found = [reading for reading in readings(samples) if _says_something(reading)]
    registers = [(r.at, r.register_wh) for r in found if r.register_wh is not None]
    start_wh = registers[0][1] if register_start is None and registers else register_start
    derived = bool(registers) and all(reading.power_w is None for reading in found)
    powers: Mapping[datetime, Decimal] = {}
    if derived:
        known = () if register_start is None else ((started_at, register_start),)
        powers = _means([*known, *registers])
    return [_point(reading, start_wh, powers) for reading in found], derived


def happenings(commands: Iterable[CommandRecord], evse_id: int | None) -> list[Happening]:
    """Charging profiles that were set or cleared, where they concern the EVSE."""
    return [
        Happening(
            at=each.answered_at,
            kind=kind,
            text=_limits(each.arguments),
            facts={
                "command_id": each.id,
                "author": each.author,
                "evse_id": each.arguments.get("evse_id"),
            },
        )
        for each in commands
        if (kind := PROFILE_CALLS.get(each.action or "")) is not None
        and each.answered_at is not None
        and (evse_id is None or each.arguments.get("evse_id") in {None, 0, evse_id})
    ]


def _says_something(reading: Reading) -> bool:
    return any(
        value is not None
        for value in (
            reading.power_w,
            reading.register_wh,
            reading.soc_percent,
            reading.offered_w,
            reading.current_a,
            reading.voltage_v,
        )
    )


def _means(registers: Sequence[tuple[datetime, Decimal]]) -> dict[datetime, Decimal]:
    """By time, the power since the register before; those that are too close are passed over."""
    powers: dict[datetime, Decimal] = {}
    before = registers[0]
    for after in registers[1:]:
        power_w = mean_power_w(before, after)
        if power_w is not None:
            powers[after[0]] = power_w
        if power_w is not None or after[1] < before[1]:
            before = after
    return powers


def _point(reading: Reading, start_wh: Decimal | None, powers: Mapping[datetime, Decimal]) -> Point:
    power_w = powers.get(reading.at) if powers else reading.power_w
    register_wh = reading.register_wh
    return Point(
        at=reading.at,
        power_w=_whole(power_w),
        energy_wh=max(0, whole_wh(register_wh - start_wh))
        if register_wh is not None and start_wh is not None
        else None,
        soc_percent=reading.soc_percent,
        offered_w=_whole(reading.offered_w),
        current_a=reading.current_a,
        voltage_v=reading.voltage_v,
    )


def _whole(value: Decimal | None) -> int | None:
    return round(value) if value is not None else None


def _limits(arguments: Mapping[str, Any]) -> str | None:
    """The first limit of a profile, with an ellipsis where more follow."""
    profile = arguments.get("profile")
    schedules = profile.get("schedules") if isinstance(profile, Mapping) else None
    if not schedules:
        return None
    periods = schedules[0]["periods"]
    more = " …" if len(schedules) > 1 or len(periods) > 1 else ""
    return f"{periods[0]['limit']} {schedules[0]['rate_unit']}{more}"
