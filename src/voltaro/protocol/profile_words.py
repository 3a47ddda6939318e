"""Which charging profiles OCPP 2.1 alone has words for."""

from voltaro.domain.smart_charging import ChargingProfile, ProfileKind, Purpose
from voltaro.protocol.commands import Unspeakable

PURPOSES_OF_21 = frozenset({Purpose.PRIORITY, Purpose.LOCAL_GENERATION})


def refuse_words_of_21(profile: ChargingProfile, version: str) -> None:
    """Let a profile through that `version` has words for.

    Raises:
        Unspeakable: it has none.
    """
    if profile.purpose in PURPOSES_OF_21:
        raise Unspeakable(f"{version} has no purpose {profile.purpose}", "profile/purpose")
    if profile.kind is ProfileKind.DYNAMIC:
        raise Unspeakable(f"{version} has no dynamic profiles", "profile/kind")
    offline = (profile.max_offline_duration_s, profile.invalid_after_offline)
    if any(each is not None for each in offline):
        what = "what becomes of a profile while the station is offline"
        raise Unspeakable(f"{version} cannot say {what}", "profile/max_offline_duration_s")
    for schedule in profile.schedules:
        more = (schedule.limit_at_soc, schedule.use_local_time, schedule.randomized_delay_s)
        if any(each is not None for each in more):
            what = "local time, random delays or limits by state of charge"
            raise Unspeakable(f"{version} cannot say {what}", "profile/schedules")
        if any(each.control is not None or each.limit is None for each in schedule.periods):
            what = "set points, modes, discharging or limits of single phases"
            raise Unspeakable(f"{version} cannot say {what}", "profile/schedules")
