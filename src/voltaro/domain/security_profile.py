"""A station's security profile while it changes over to a higher one (2.x A05, 1.6 whitepaper A05)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from voltaro.domain.decision import Change
from voltaro.domain.values import changed


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profile that a station has reached, below which it does not get in.

    `offered` are those it was told to change over to, the oldest first, and has not come by yet; the
    same one may be there twice.
    """

    reached: int
    offered: tuple[int, ...] = ()


class ProfileStep(StrEnum):
    """What becomes of a higher profile."""

    #: It is about to be told to the station.
    OFFERED = "offered"
    #: The station said that it does not take it.
    REFUSED = "refused"
    #: The station came in by it.
    REACHED = "reached"


@dataclass(frozen=True, slots=True)
class ProfileChanged(Change):
    """A step of a station towards a profile."""

    station_id: str
    step: ProfileStep
    profile: int


def stepped(profiles: Profiles, step: ProfileStep, profile: int) -> Profiles:
    """The profiles after a step; a station never goes back by itself (A05.FR.07)."""
    if profile <= profiles.reached:
        return profiles
    match step:
        case ProfileStep.OFFERED:
            return changed(profiles, offered=(*profiles.offered, profile))
        case ProfileStep.REFUSED if profile in profiles.offered:
            # Each offer is withdrawn by itself: an earlier one may have been taken.
            first = profiles.offered.index(profile)
            rest = (*profiles.offered[:first], *profiles.offered[first + 1 :])
            return changed(profiles, offered=rest)
        case ProfileStep.REFUSED:
            return profiles
        case ProfileStep.REACHED:
            return Profiles(profile, tuple(each for each in profiles.offered if each > profile))
        case _:
            assert_never(step)
