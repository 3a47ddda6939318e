"""What stations tell of the charging profiles that they hold (2.x K09, K12)."""

from voltaro.domain.charging_mirror import MirrorChanged, ProfileInstalled
from voltaro.domain.decision import Decision, Nothing, Rule, StationEvent
from voltaro.domain.smart_charging import ChargingProfile, Where


class ProfilesReported(StationEvent, kw_only=True):
    """Profiles of one place and one source; with `goes_on`, the report has more parts.

    Those that the mirror cannot hold are not among them.
    """

    request_id: int
    where: Where | None
    limit_source: str
    profiles: tuple[ChargingProfile, ...]
    goes_on: bool


def _decide(event: ProfilesReported, _facts: None) -> Decision[None]:
    """Whoever asked for it, what the station holds is shown (K09.FR.01, K09.FR.02)."""
    if event.where is None:
        return Decision(None)
    steps = (
        ProfileInstalled(
            where=event.where,
            profile=profile,
            source=None,
            at=event.received_at,
            limit_source=event.limit_source,
            request_id=event.request_id,
            by_id=True,
        )
        for profile in event.profiles
    )
    return Decision(None, tuple(MirrorChanged(event.station_id, step) for step in steps))


PROFILES_REPORTED: Rule[ProfilesReported, None, None] = Rule(lambda _event: Nothing(), _decide)
