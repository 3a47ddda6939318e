"""The mirror: which charging profiles a station holds, as far as we were told.

OCPP 1.6 §5.5 and §5.16; 2.x K01, K09, K10, K13.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from voltaro.domain.decision import Change
from voltaro.domain.ids import Scope
from voltaro.domain.smart_charging import (
    ChargingProfile,
    InstalledProfile,
    Purpose,
    Where,
    replaces,
)
from voltaro.domain.values import changed

Mirror: TypeAlias = tuple[InstalledProfile, ...]

#: Who limits, in the words of 2.x: the operator, which is us, with all that we set.
OWN_LIMIT_SOURCE = "CSO"


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
class ReportCriteria:
    """Which profiles a station is to report: all that fit every criterion; empty fits all."""

    where: int | Scope | None = None
    profile_ids: tuple[int, ...] = ()
    purpose: Purpose | None = None
    stack_level: int | None = None
    limit_sources: tuple[str, ...] = ()

    def fit(self, held: "ProfileInstalled") -> bool:
        profile = held.profile
        return (
            self.where in {None, held.where}
            and (not self.profile_ids or profile.profile_id in self.profile_ids)
            and self.purpose in {None, profile.purpose}
            and self.stack_level in {None, profile.stack_level}
            and (not self.limit_sources or held.limit_source in self.limit_sources)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileInstalled:
    """The station took a profile, or, with `request_id`, reported in answer to it that it has one.

    `source` is who set it: the name of a key, or None where the station reported it and who set it
    is only known if the mirror had it before. `limit_source` is whose limit it is.
    """

    where: Where
    profile: ChargingProfile
    source: str | None
    at: datetime
    limit_source: str = OWN_LIMIT_SOURCE
    request_id: int | None = None
    #: It took the place of what had its id, and of nothing else (K01.FR.05).
    by_id: bool = False

    @property
    def held(self) -> InstalledProfile:
        return InstalledProfile(where=self.where, profile=self.profile)

    def displaces(self, other: "ProfileInstalled") -> bool:
        """Whether `other` cannot be there any more.

        Stations of 2.x hold profiles of one place, purpose and level that are not valid at the same
        time (K01.FR.06), and what a station reports is there in whatever company.
        """
        if self.by_id:
            return other.profile.profile_id == self.profile.profile_id
        return replaces(self.profile, self.where, other.held)


@dataclass(frozen=True, slots=True)
class ProfilesCleared:
    """The station removed what fits, or told that it has nothing of the kind."""

    criteria: ClearCriteria


@dataclass(frozen=True, slots=True)
class TransactionProfilesEnded:
    """A transaction ended, and its profiles with it."""

    station_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEnded:
    """A report is complete: what fits, was there at `since` and is not in it is not there.

    It is not in it unless it was reported under `request_id`.
    """

    criteria: ReportCriteria
    request_id: int
    since: datetime

    def denies(self, held: ProfileInstalled) -> bool:
        return (
            held.request_id != self.request_id and held.at < self.since and self.criteria.fit(held)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalReleased:
    """Somebody else's limit is gone. `where` None: wherever it was (K13.FR.02)."""

    limit_source: str
    where: Where | None

    def frees(self, held: ProfileInstalled) -> bool:
        return (
            held.profile.purpose is Purpose.EXTERNAL
            and held.limit_source == self.limit_source
            and self.where in {None, held.where}
        )


MirrorStep: TypeAlias = (
    ProfileInstalled | ProfilesCleared | TransactionProfilesEnded | ReportEnded | ExternalReleased
)


@dataclass(frozen=True, slots=True)
class MirrorChanged(Change):
    """One kind of change for all steps, since their order within a batch matters."""

    station_id: str
    step: MirrorStep


def install(mirror: Mirror, profile: ChargingProfile, where: Where) -> Mirror:
    """The mirror with a profile; what it replaces is gone."""
    stays = (held for held in mirror if not replaces(profile, where, held))
    return (*stays, InstalledProfile(where=where, profile=profile))


def in_the_way(
    mirror: Iterable[InstalledProfile], profile: ChargingProfile, where: Where
) -> tuple[int, ...]:
    """The ids of those with the place, purpose and level of `profile` that are valid with it.

    A station of 2.x may not be sent it while it holds them (K01.FR.06, K01.FR.39).
    """
    return tuple(
        held.profile.profile_id
        for held in mirror
        if held.profile.profile_id != profile.profile_id
        and replaces(profile, where, held)
        and _overlap(profile, held.profile)
    )


def _overlap(one: ChargingProfile, other: ChargingProfile) -> bool:
    return not any(
        before.valid_to is not None
        and after.valid_from is not None
        and before.valid_to <= after.valid_from
        for before, after in ((one, other), (other, one))
    )


def clear(mirror: Mirror, criteria: ClearCriteria) -> tuple[Mirror, Mirror]:
    """The mirror without what fits, and what was removed."""
    removed = tuple(held for held in mirror if criteria.fit(held))
    return tuple(held for held in mirror if held not in removed), removed


def transaction_ended(mirror: Mirror, station_ref: str) -> Mirror:
    """The mirror without the profiles of a transaction."""
    return tuple(held for held in mirror if held.profile.station_ref != station_ref)


def surviving(steps: Iterable[MirrorStep]) -> tuple[ProfileInstalled, ...]:
    """Which profiles that a sequence of steps installed are there after the last one."""
    left: tuple[ProfileInstalled, ...] = ()
    for step in steps:
        match step:
            case ProfileInstalled():
                stays = (held for held in left if not step.displaces(held))
                left = (*stays, _credited(step, left))
            case ProfilesCleared():
                left = tuple(held for held in left if not step.criteria.fit(held.held))
            case TransactionProfilesEnded():
                left = tuple(held for held in left if held.profile.station_ref != step.station_ref)
            case ReportEnded():
                left = tuple(held for held in left if not step.denies(held))
            case ExternalReleased():
                left = tuple(held for held in left if not step.frees(held))
            case _:
                assert_never(step)
    return left


def _credited(reported: ProfileInstalled, known: Iterable[ProfileInstalled]) -> ProfileInstalled:
    """What is reported with who set it and when, where that is known."""
    if reported.source is not None:
        return reported
    number = reported.profile.profile_id
    same = next((each for each in known if each.profile.profile_id == number), None)
    return reported if same is None else changed(reported, source=same.source, at=same.at)
