"""What we ask of stations about charging profiles (1.6 §5.5, §5.7, §5.16; 2.x K01, K08-K10)."""

from dataclasses import dataclass
from typing import ClassVar

from voltaro.domain.charging_mirror import ClearCriteria, ReportCriteria
from voltaro.domain.command import Command
from voltaro.domain.smart_charging import ChargingProfile, RateUnit, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class SetChargingProfile(Command):
    """Install a profile; what has its id or its place is replaced.

    `displaced` are the ids of what is in its place, for stations that want that to be gone first.
    """

    name: ClassVar[str] = "set_charging_profile"

    where: Where
    profile: ChargingProfile
    displaced: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearChargingProfile(Command):
    """Remove the profiles that fit."""

    name: ClassVar[str] = "clear_charging_profile"

    criteria: ClearCriteria


@dataclass(frozen=True, slots=True, kw_only=True)
class GetChargingProfiles(Command):
    """Report the profiles that fit; the reports bear `request_id`."""

    name: ClassVar[str] = "get_charging_profiles"

    request_id: int
    criteria: ReportCriteria


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCompositeSchedule(Command):
    """Ask what all profiles together allow from now on. `unit` None: the station chooses."""

    name: ClassVar[str] = "get_composite_schedule"

    where: Where
    duration_s: int
    unit: RateUnit | None = None
