"""`/api/v1/stations`: who may connect, and what they are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, cast
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Path, Query, Response
from pydantic import AfterValidator, ConfigDict, Field, StrictInt, StringConstraints

from voltaro.api import models
from voltaro.api.auth import By
from voltaro.api.bodies import etag, json_response, moment, raw
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Text, if_match_header, storable
from voltaro.domain.provisioning import Registration
from voltaro.services.errors import NotFound
from voltaro.services.presence import Presence
from voltaro.services.revisions import IfMatch
from voltaro.services.stations import StationUpdate
from voltaro.store.views.stations import (
    StationRow,
    find_station,
    list_station_ids,
    list_stations,
)

router = APIRouter(prefix="/stations", tags=["stations"])

StationId = Annotated[str, Path(description="The station's identity.", examples=["CP-001"])]
SiteName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(storable),
]
TokenCut = Annotated[str, StringConstraints(min_length=1, max_length=20), AfterValidator(storable)]
SerialNumber = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(storable),
]
RegistrationWord = Literal["accepted", "pending", "rejected"]


class StationBody(models.Body):
    """All optional: what is absent stays as it is, or is the default of a new station."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {},
                {"registration": "accepted", "security_profile": 0},
                {"security_profile": 1, "password": "DEADBEEFDEADBEEF", "site": "garage"},
            ]
        }
    )

    registration: RegistrationWord | None = Field(
        None, description="Acts at the next boot. New stations: accepted."
    )
    security_profile: Annotated[StrictInt, Field(ge=0, le=3)] | None = Field(
        None,
        description="0: no credentials, 1: a password, 2: a password by TLS, 3: a certificate. "
        "New stations: 1. A station that is told by a command to change over need not be changed here.",
    )
    password: Annotated[str, StringConstraints(min_length=1), AfterValidator(storable)] | None = (
        Field(
            None,
            description="Of any length. One is generated, and shown in this one answer, where the "
            "profile asks for a password and none is stored.",
        )
    )
    strict: models.StrictFlag | None = Field(
        None, description="Refuse what breaks the schema instead of repairing it."
    )
    fallback_protocol: Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"] | None = Field(
        None, description="Assumed when the station offers no subprotocol; null: refuse it."
    )
    check_username: models.StrictFlag | None = Field(
        None,
        description="Whether the user name must be the station's identity (the default). "
        "Some stations send none, or another; then the password alone decides.",
    )
    token_cut: TokenCut | None = Field(
        None,
        description="Where this text stands in an id token, the token ends before it; "
        "for stations that append something. Null: tokens are taken whole.",
        examples=["_"],
    )
    serial_number: SerialNumber | None = Field(
        None,
        description="What its certificate (security profile 3) may name instead of its identity; "
        "for a station that never booted here. What it tells when it boots takes its place.",
        examples=["A-1077"],
    )
    site: SiteName | None = Field(
        None, description="Where it stands; created when it is new. Null: nowhere."
    )


class Station(models.StationStatus):
    """A registered station."""

    connectors: list[models.ConnectorDetails]  # type: ignore[assignment]  # lists are invariant
    registration: RegistrationWord = Field(examples=["accepted"])
    security_profile: int = Field(description="A lower one does not let it in.", examples=[1])
    offered_security_profiles: list[int] = Field(
        description="Higher ones that it was told to change over to; the first that it comes by "
        "takes the place of `security_profile`.",
        examples=[[]],
    )
    has_password: bool = Field(examples=[True])
    strict: bool = Field(examples=[False])
    fallback_protocol: str | None = Field(examples=[None])
    check_username: bool = Field(examples=[True])
    token_cut: str | None = Field(examples=[None])
    site: str | None = Field(examples=["garage"])
    vendor: str | None = Field(examples=["ACME"])
    model: str | None = Field(examples=["Wall 22"])
    serial_number: str | None = Field(examples=["A-1077"])
    firmware_version: str | None = Field(examples=["1.4.2"])
    iccid: str | None = Field(examples=[None])
    imsi: str | None = Field(examples=[None])
    meter_type: str | None = Field(examples=[None])
    meter_serial_number: str | None = Field(examples=[None])
    booted_at: datetime | None = Field(examples=["2026-11-03T05:00:00.000Z"])
    boot_reason: str | None = Field(examples=["PowerUp"])
    remote_address: str | None = Field(examples=["192.0.2.17:51344"])
    connected_at: datetime | None = Field(examples=["2026-11-03T05:00:00.000Z"])
    disconnected_at: datetime | None = Field(examples=[None])
    clock_skew_s: float | None = Field(
        description="By how much its clock is ahead of ours; negative: behind.", examples=[-1.5]
    )
    clock_measured_at: datetime | None = Field(examples=["2026-11-03T07:15:02.004Z"])
    status_reported: str | None = Field(examples=[None])
    status_at: datetime | None = Field(examples=[None])
    error_code: str | None = Field(examples=[None])
    created_at: datetime = Field(examples=["2026-10-01T12:00:00.000Z"])
    updated_at: datetime = Field(examples=["2026-10-01T12:00:00.000Z"])


class StationPutAnswer(Station):
    """The station, and what has to be said about the change."""

    password: str | None = Field(
        None, description="Present when it was generated; not shown again.", examples=[None]
    )
    warnings: list[str] = Field(examples=[[]])


class LiveStation(models.StationStatus):
    """What changes all the time."""

    connectors: list[models.ConnectorDetails]  # type: ignore[assignment]  # lists are invariant


class LivePage(models.Page[LiveStation]):
    """What stations are doing now. `cursor` is where the stream of events goes on."""

    cursor: str = Field(examples=["5b1f09aa-1042"])


@router.get(
    "",
    operation_id="list_stations",
    summary="List stations by id",
    response_model=models.Page[Station] | LivePage,
)
async def list_all(
    *,
    deps: Deps,
    registration: Annotated[RegistrationWord | None, Query()] = None,
    site: Annotated[Text | None, Query()] = None,
    online: Annotated[bool | None, Query(description="Connected at this moment.")] = None,
    view: Annotated[
        Literal["live"] | None,
        Query(
            description="live: only what changes all the time, and a `cursor` from which "
            "`/api/v1/events?after=` goes on; take that of the first page."
        ),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    # Before anything is read: what happens from now on is in the stream.
    now = deps.live.cursor() if view == "live" else None
    key = decode_cursor("stations", cursor, tuple[str])
    after = key[0] if key else ""
    among: list[str] | None = None
    if online is not None:
        ids = await list_station_ids(deps.engine, registration=registration, site=site, after=after)
        among = [each for each in ids if (deps.presence.get(each) is not None) is online]
        among = among[: limit + 1]
    rows = await list_stations(
        deps.engine,
        registration=registration,
        site=site,
        among=among,
        after=after,
        limit=limit + 1,
    )

    def item(row: StationRow) -> dict[str, Any]:
        if view == "live":
            return live_part(cast("Mapping[str, Any]", row), deps.presence)
        return _item(row, deps.presence)

    answer = page(rows, limit, item, lambda row: encode_cursor("stations", row["station_id"]))
    return json_response(answer | {"cursor": now} if view == "live" else answer)


@router.get(
    "/{station_id}",
    operation_id="get_station",
    summary="Show a station",
    response_model=Station,
)
async def show(deps: Deps, station_id: StationId) -> Response:
    row = None if "\0" in station_id else await find_station(deps.engine, station_id)
    if row is None:
        raise NotFound(f"there is no station {station_id!r}")
    return json_response(_item(row, deps.presence), headers=etag(row["revision"]))


@router.put(
    "/{station_id}",
    operation_id="put_station",
    summary="Register a station, or change one",
    response_model=StationPutAnswer,
    responses={201: {"model": StationPutAnswer, "description": "Registered"}},
)
async def put(
    deps: Deps,
    station_id: StationId,
    by: By,
    body: Annotated[StationBody | None, Body()] = None,
    if_match: Annotated[IfMatch | None, Depends(if_match_header)] = None,
) -> Response:
    """Credentials act when it connects next, its registration when it boots next."""
    done = await deps.stations.put(station_id, _update(body), if_match, by=by)
    answer = _item(done.station, deps.presence) | {"warnings": done.warnings}
    if done.password is not None:
        answer["password"] = done.password
    headers = etag(done.station["revision"])
    if done.created:
        headers["Location"] = f"/api/v1/stations/{quote(station_id, safe='')}"
    return json_response(answer, status=201 if done.created else 200, headers=headers)


@router.delete(
    "/{station_id}",
    operation_id="delete_station",
    summary="Remove a station",
    status_code=204,
)
async def delete(
    deps: Deps,
    station_id: StationId,
    by: By,
    if_match: Annotated[IfMatch | None, Depends(if_match_header)] = None,
) -> Response:
    """Its connection is closed, its transactions stay."""
    if "\0" in station_id:
        raise NotFound("there is no such station")
    await deps.stations.delete(station_id, if_match, by=by)
    return Response(status_code=204)


def live_part(row: Mapping[str, Any], presence: Presence) -> dict[str, Any]:
    """Whether it is connected and since when not: by its socket, else as last written down."""
    live = presence.get(row["station_id"])
    return {
        "station_id": row["station_id"],
        "online": live is not None,
        "last_seen": moment(presence.last_seen(row["station_id"]) or row["last_seen_at"]),
        "protocol": live.protocol if live else row["protocol"],
        "status": row["status"],
        "connectors": raw(row["connectors"]),
    }


_PLAIN = (
    "registration",
    "security_profile",
    "offered_security_profiles",
    "has_password",
    "strict",
    "fallback_protocol",
    "check_username",
    "token_cut",
    "site",
    "vendor",
    "model",
    "serial_number",
    "firmware_version",
    "iccid",
    "imsi",
    "meter_type",
    "meter_serial_number",
    "boot_reason",
    "status_reported",
    "error_code",
)
_MOMENTS = ("booted_at", "status_at", "created_at", "updated_at")


def _item(row: StationRow, presence: Presence) -> dict[str, Any]:
    columns = cast("Mapping[str, Any]", row)
    live = presence.get(row["station_id"])
    return (
        live_part(columns, presence)
        | {name: columns[name] for name in _PLAIN}
        | {name: moment(columns[name]) for name in _MOMENTS}
        | {
            "remote_address": live.remote_address if live else row["remote_address"],
            "connected_at": moment(live.connected_at if live else row["connected_at"]),
            "disconnected_at": None if live else moment(row["disconnected_at"]),
            "clock_skew_s": row["clock_skew_s"],
            "clock_measured_at": moment(row["clock_measured_at"]),
        }
    )


def _update(body: StationBody | None) -> StationUpdate:
    """What was said; null says something only where there can be nothing."""
    given = body.model_dump(exclude_unset=True) if body else {}
    nullable = {"fallback_protocol", "site", "token_cut"}
    update = {name: each for name, each in given.items() if each is not None or name in nullable}
    if "registration" in update:
        update["registration"] = Registration(update["registration"])
    return cast("StationUpdate", update)
