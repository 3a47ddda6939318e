"""What a dynamic profile limits to now, when its station asks for it (2.1 K28)."""

from dataclasses import dataclass

from voltaro.domain.decision import Decision, Query, Rule, StationEvent
from voltaro.domain.smart_charging import ChargingProfile, ProfileKind, Purpose, SchedulePeriod


class UpdatePulled(StationEvent, kw_only=True):
    """The station asks for the limits of a profile anew."""

    profile_id: int


@dataclass(frozen=True, slots=True)
class HeldProfileQuery(Query["ChargingProfile | None"]):
    """A profile that the station holds, as it was set or told last; None: not that we know."""

    station_id: str
    profile_id: int


def _told(_event: UpdatePulled, profile: ChargingProfile | None) -> Decision[SchedulePeriod | None]:
    """The only period of a dynamic profile of ours (K28.FR.07); None for others (K28.FR.12)."""
    if profile is None or profile.kind is not ProfileKind.DYNAMIC:
        return Decision(None)
    if profile.purpose is Purpose.EXTERNAL:  # the limits of others are not ours to tell
        return Decision(None)
    periods = (period for schedule in profile.schedules for period in schedule.periods)
    return Decision(next(periods, None))  # a station may have reported one without any


UPDATE_PULLED: Rule[UpdatePulled, ChargingProfile | None, SchedulePeriod | None] = Rule(
    lambda event: HeldProfileQuery(event.station_id, event.profile_id), _told
)
