"""`/api/v1/charging-profiles`: templates; and under a station what it holds, and what that allows."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.auth import By
from voltaro.api.bodies import etag, json_response, moment
from voltaro.api.charging_profile_bodies import (
    ChargingProfileBody,
    ShownProfile,
    UnitWord,
    profile_item,
    profile_problem,
    template_of,
)
from voltaro.api.deps import ApiDeps, Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Moment, if_match_header
from voltaro.api.stations import StationId
from voltaro.domain.composite_schedule import NOMINAL_VOLTAGE_V
from voltaro.domain.ids import Scope
from voltaro.domain.schedule_comparison import shown_schedule
from voltaro.domain.smart_charging import RateUnit
from voltaro.services.charging_profiles import ProfileRefused
from voltaro.services.errors import NotFound
from voltaro.services.revisions import IfMatch
from voltaro.store.views.charging_profiles import (
    InstalledRow,
    TemplateRow,
    find_template,
    list_installed,
    list_templates,
)
from voltaro.store.views.stations import find_station

router = APIRouter(tags=["charging profiles"])

_LARGEST = 2**31 - 1
_DAY_S = 86_400

TemplateName = Annotated[str, Path(description="The template's name.", examples=["night"])]


class ChargingProfileTemplate(ShownProfile):
    """A charging profile that is kept under a name, to be set at stations."""

    name: str = Field(examples=["night"])
    created_at: datetime = Field(examples=["2026-10-01T12:00:00.000Z"])
    updated_at: datetime = Field(examples=["2026-10-01T12:00:00.000Z"])


class InstalledChargingProfile(ShownProfile):
    """A charging profile that a station holds, as far as we were told."""

    evse_id: int | None = Field(description="null: the whole station.", examples=[1])
    profile_id: int = Field(examples=[17])
    station_ref: str | None = Field(
        description="The transaction that it limits, by its id on the wire.", examples=[None]
    )
    installed_at: datetime = Field(examples=["2026-11-03T07:12:44.120Z"])
    source: str = Field(
        description="Who set it; station: it was reported, and who set it is not known.",
        examples=["bootstrap"],
    )
    limit_source: str = Field(
        description="Whose limit it is, in words of OCPP 2.x: CSO is the operator, EMS an energy "
        "manager, SO the grid operator. What is not the operator's is never changed from here.",
        examples=["CSO"],
    )


class InstalledChargingProfiles(BaseModel):
    items: list[InstalledChargingProfile]


class CompositePeriod(BaseModel):
    """Until the next one starts."""

    start_s: int = Field(description="Seconds from `start_at`.", examples=[0])
    limit: models.Number | None = Field(
        description="In `unit`, rounded down to one decimal; null: nothing limits.",
        examples=[11040.0],
    )
    number_phases: int | None = Field(
        description="The fewest that a profile names; null: none names any.", examples=[3]
    )


class CompositeSchedule(BaseModel):
    """What all charging profiles together allow. Periods are in order; the first starts at 0."""

    evse_id: int | None = Field(description="null: the whole station.", examples=[1])
    start_at: datetime = Field(examples=["2026-11-03T07:15:00.000Z"])
    duration_s: int = Field(examples=[86400])
    unit: UnitWord = Field(examples=["W"])
    voltage_v: models.Number = Field(
        description="Of a phase; what A and W are converted with.", examples=[230]
    )
    periods: list[CompositePeriod]


@router.get(
    "/charging-profiles",
    operation_id="list_charging_profiles",
    summary="List charging profile templates by name",
    response_model=models.Page[ChargingProfileTemplate],
)
async def list_all(deps: Deps, limit: Limit = 50, cursor: Cursor = None) -> Response:
    key = decode_cursor("charging-profiles", cursor, tuple[str])
    rows = await list_templates(deps.engine, after=key[0] if key else "", limit=limit + 1)
    return json_response(
        page(rows, limit, _template_item, lambda row: encode_cursor("charging-profiles", row.name))
    )


@router.get(
    "/charging-profiles/{name:path}",
    operation_id="get_charging_profile",
    summary="Show a charging profile template",
    response_model=ChargingProfileTemplate,
)
async def show(deps: Deps, name: TemplateName) -> Response:
    row = None if "\0" in name else await find_template(deps.engine, name)
    if row is None:
        raise NotFound("there is no such charging profile")
    return json_response(_template_item(row), headers=etag(row.revision))


@router.put(
    "/charging-profiles/{name:path}",
    operation_id="put_charging_profile",
    summary="Create a charging profile template, or replace one",
    response_model=ChargingProfileTemplate,
    responses={201: {"model": ChargingProfileTemplate, "description": "Created"}},
)
async def put(
    deps: Deps,
    name: TemplateName,
    body: ChargingProfileBody,
    by: By,
    if_match: Annotated[IfMatch | None, Depends(if_match_header)] = None,
) -> Response:
    """What stations hold already stays as it is."""
    try:
        done = await deps.charging_profiles.put(name, template_of(body), if_match, by=by)
    except ProfileRefused as refused:
        raise profile_problem(refused, lambda pointer: pointer) from refused
    headers = etag(done.row.revision)
    if done.created:
        headers["Location"] = f"/api/v1/charging-profiles/{quote(name, safe='')}"
    return json_response(
        _template_item(done.row), status=201 if done.created else 200, headers=headers
    )


@router.delete(
    "/charging-profiles/{name:path}",
    operation_id="delete_charging_profile",
    summary="Remove a charging profile template",
    status_code=204,
)
async def delete(
    deps: Deps,
    name: TemplateName,
    by: By,
    if_match: Annotated[IfMatch | None, Depends(if_match_header)] = None,
) -> Response:
    """What stations hold stays."""
    if "\0" in name:
        raise NotFound("there is no such charging profile")
    await deps.charging_profiles.delete(name, if_match, by=by)
    return Response(status_code=204)


@router.get(
    "/stations/{station_id}/charging-profiles",
    operation_id="list_installed_profiles",
    summary="List the charging profiles that a station holds",
    response_model=InstalledChargingProfiles,
)
async def installed(deps: Deps, station_id: StationId) -> Response:
    """As far as we were told; those of the whole station come first."""
    await _must_exist(deps, station_id)
    rows = await list_installed(deps.engine, station_id)
    return json_response({"items": [_installed_item(row) for row in rows]})


@router.get(
    "/stations/{station_id}/composite-schedule",
    operation_id="get_composite_schedule",
    summary="Calculate what a station's charging profiles allow together",
    response_model=CompositeSchedule,
)
async def composite_schedule(
    *,
    deps: Deps,
    station_id: StationId,
    evse_id: Annotated[
        int | None, Query(ge=1, le=_LARGEST, description="Absent: the whole station.")
    ] = None,
    at: Annotated[Moment | None, Query(description="RFC 3339, with its zone. Absent: now.")] = None,
    duration_s: Annotated[int, Query(ge=1, le=7 * _DAY_S)] = _DAY_S,
    unit: Annotated[UnitWord, Query(description="A: for each phase; W: for all of them.")] = "W",
) -> Response:
    """Our own calculation; what the station does depends also on what only it knows."""
    await _must_exist(deps, station_id)
    found = await deps.charging_profiles.composite(
        station_id,
        where=Scope.STATION if evse_id is None else evse_id,
        at=at or deps.clock(),
        duration_s=duration_s,
        unit=RateUnit(unit.lower()),
    )
    return json_response(
        {
            "evse_id": evse_id,
            "voltage_v": NOMINAL_VOLTAGE_V,
            **shown_schedule(found),
        }
    )


async def _must_exist(deps: ApiDeps, station_id: str) -> None:
    if await find_station(deps.engine, station_id) is None:
        raise NotFound("there is no such station")


def _template_item(row: TemplateRow) -> dict[str, Any]:
    return {
        "name": row.name,
        **profile_item(row.template),
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
    }


def _installed_item(row: InstalledRow) -> dict[str, Any]:
    return {
        "evse_id": None if row.where is Scope.STATION else row.where,
        "profile_id": row.profile.profile_id,
        "station_ref": row.profile.station_ref,
        **profile_item(row.profile),
        "installed_at": moment(row.installed_at),
        "source": row.source,
        "limit_source": row.limit_source,
    }
