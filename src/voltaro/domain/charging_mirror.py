"""The mirror: which charging profiles a station holds, as far as we were told (1.6 §5.5, §5.16)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from voltaro.domain.decision import Change
from voltaro.domain.smart_charging import (
    ChargingProfile,
    InstalledProfile,
    Purpose,
    Where,
    replaces,
)

Mirror: TypeAlias = tuple[InstalledProfile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCriteria:
    """Which profiles to remove: all that fit every criterion; None fits all.

    With `profile_id` the others do not count. External profiles are removed only where `purpose`
    names them, since a station clears no others when it is asked to (K10.FR.04, K10.FR.09).
    """

    profile_id: int | None = None
    where: Where | None = None
    purpose: Purpose | None = None
    stack_level: int | None = None

    def fit(self, held: InstalledProfile) -> bool:
        profile = held.profile
        if profile.purpose is Purpose.EXTERNAL and self.purpose is not Purpose.EXTERNAL:
            return False
        if self.profile_id is not None:
            return profile.profile_id == self.profile_id
        return (
            self.where in {None, held.where}
            and self.purpose in {None, profile.purpose}
            and self.stack_level in {None, profile.stack_level}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileInstalled:
    """The station took a profile. `source` is who set it: the name of a key, or the station."""

    where: Where
    profile: ChargingProfile
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProfilesCleared:
    """The station removed what fits, or told that it has nothing of the kind."""

    criteria: ClearCriteria


@dataclass(frozen=True, slots=True)
class TransactionProfilesEnded:
    """A transaction ended, and its profiles with it."""

    station_ref: str


MirrorStep: TypeAlias = ProfileInstalled | ProfilesCleared | TransactionProfilesEnded


@dataclass(frozen=True, slots=True)
class MirrorChanged(Change):
    """One kind of change for all steps, since their order within a batch matters."""

    station_id: str
    step: MirrorStep


def install(mirror: Mirror, profile: ChargingProfile, where: Where) -> Mirror:
    """The mirror with a profile; what it replaces is gone."""
    stays = (held for held in mirror if not replaces(profile, where, held))
    return (*stays, InstalledProfile(where=where, profile=profile))


def clear(mirror: Mirror, criteria: ClearCriteria) -> tuple[Mirror, Mirror]:
    """The mirror without what fits, and what was removed."""
    removed = tuple(held for held in mirror if criteria.fit(held))
    return tuple(held for held in mirror if held not in removed), removed


def transaction_ended(mirror: Mirror, station_ref: str) -> Mirror:
    """The mirror without the profiles of a transaction."""
    return tuple(held for held in mirror if held.profile.station_ref != station_ref)


def surviving(steps: Iterable[MirrorStep]) -> tuple[ProfileInstalled, ...]:
    """Which profiles that a sequence of steps installed are there after the last one."""
    mirror: Mirror = ()
    latest: dict[int, ProfileInstalled] = {}
    for step in steps:
        match step:
            case ProfileInstalled():
                mirror = install(mirror, step.profile, step.where)
                latest[step.profile.profile_id] = step
            case ProfilesCleared():
                mirror, _ = clear(mirror, step.criteria)
            case TransactionProfilesEnded():
                mirror = transaction_ended(mirror, step.station_ref)
            case _:
                assert_never(step)
    return tuple(latest[held.profile.profile_id] for held in mirror)
