"""Which charging profiles a station holds: asked for, and reported part by part (2.x K09)."""

from typing import Final

from voltaro.domain.charging_commands import GetChargingProfiles
from voltaro.domain.charging_mirror import MirrorChanged, ReportCriteria, ReportEnded
from voltaro.domain.charging_reports import PROFILES_REPORTED, ProfilesReported
from voltaro.domain.command import CommandState
from voltaro.domain.follow_up import Expectation, Followed
from voltaro.protocol.amounts import are_usual
from voltaro.protocol.commands import (
    CallRoute,
    CommandRoute,
    Conclusion,
    Conversation,
    Target,
    ask,
)
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.v2.smart_charging import (
    PURPOSE_OF,
    PURPOSES,
    evse_number,
    place_of,
    read_profile,
)
from voltaro.protocol.wire import v21 as wire

#: All there are: some criterion there must be besides the EVSE (K09.FR.03).
_EVERYBODY: Final = ("EMS", "Other", "SO", "CSO")
_TO_REPORT_S: Final = 120


def _get(command: GetChargingProfiles) -> Conversation:
    criteria = command.criteria
    where, purpose = criteria.where, criteria.purpose
    named = criteria.profile_ids or criteria.limit_sources
    anything = not named and purpose is None and criteria.stack_level is None
    sources = _EVERYBODY if anything else criteria.limit_sources
    response = yield ask(
        wire.GetChargingProfilesRequest(
            request_id=command.request_id,
            evse_id=evse_number(where) if where is not None else None,
            charging_profile=wire.ChargingProfileCriterionType(
                charging_profile_purpose=PURPOSES[purpose] if purpose is not None else None,
                stack_level=criteria.stack_level,
                charging_profile_id=list(criteria.profile_ids) or None,
                charging_limit_source=list(sources) or None,
            ),
        )
    )
    if response.status == "NoProfiles":
        return Conclusion(state=CommandState.DONE, detail="the station holds no such profile")
    return None


def _read_criteria(req: wire.GetChargingProfilesRequest) -> ReportCriteria | None:
    """None where it fits nothing that the mirror can hold."""
    asked, evse_id = req.charging_profile, req.evse_id
    word = asked.charging_profile_purpose
    where = place_of(evse_id) if evse_id is not None else None
    purpose = PURPOSE_OF.get(word) if word is not None else None
    nowhere = evse_id is not None and where is None
    unknown = word is not None and purpose is None
    ids = tuple(asked.charging_profile_id or ())
    if nowhere or unknown or not are_usual((asked.stack_level, *ids)):
        return None
    return ReportCriteria(
        where=where,
        profile_ids=ids,
        purpose=purpose,
        stack_level=asked.stack_level,
        limit_sources=tuple(asked.charging_limit_source or ()),
    )


def _reported(req: wire.GetChargingProfilesRequest) -> Expectation:
    return Expectation(
        follows=Followed.REPORT,
        within_s=_TO_REPORT_S,
        missed=f"the station agreed, and its report was not complete within {_TO_REPORT_S} s",
        must=False,
        request_id=req.request_id,
        reports=_read_criteria(req),
    )


def _none_held(
    req: wire.GetChargingProfilesRequest,
    res: wire.GetChargingProfilesResponse | None,
    target: Target,
) -> tuple[MirrorChanged, ...]:
    criteria = _read_criteria(req)
    if res is None or res.status != "NoProfiles" or criteria is None:
        return ()
    step = ReportEnded(criteria=criteria, request_id=req.request_id, since=target.at)
    return (MirrorChanged(target.station_id, step),)


def _read(req: wire.ReportChargingProfilesRequest, origin: Origin) -> ProfilesReported:
    read = (read_profile(each) for each in req.charging_profile)
    return ProfilesReported(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        request_id=req.request_id,
        where=place_of(req.evse_id),
        limit_source=req.charging_limit_source,
        profiles=tuple(each for each in read if each is not None),
        goes_on=bool(req.tbc),
    )


def _write(_reply: None) -> wire.ReportChargingProfilesResponse:
    return wire.ReportChargingProfilesResponse()


CALLS = (
    CallRoute(
        request=wire.GetChargingProfilesRequest,
        response=wire.GetChargingProfilesResponse,
        awaits=_reported,
        after=_none_held,
    ),
)
COMMANDS = (CommandRoute(GetChargingProfiles, _get),)
ROUTES = (
    Route(
        "ReportChargingProfiles",
        wire.ReportChargingProfilesRequest,
        _read,
        PROFILES_REPORTED,
        _write,
    ),
)
