"""`/api/v1/stations/{id}/security-events` and `…/certificate-requests`."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.stations import StationId
from voltaro.services.errors import NotFound
from voltaro.store.views.tolerance import (
    SecurityEventRow,
    list_certificate_requests,
    list_security_events,
)

router = APIRouter(prefix="/stations", tags=["stations"])

_Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class SecurityEvent(BaseModel):
    """What a station reported about its own security."""

    type: str = Field(description="The station's word.", examples=["TamperDetectionActivated"])
    critical: bool = Field(
        description="Whether the list of the specification calls it critical.", examples=[True]
    )
    at: datetime = Field(
        description="The station's time, or ours where it has none that can be trusted.",
        examples=["2026-11-03T07:15:00.000Z"],
    )
    clock_trusted: bool = Field(examples=[True])
    received_at: datetime = Field(examples=["2026-11-03T07:15:00.381Z"])
    tech_info: str | None = Field(examples=["lid opened"])


class CertificateRequest(BaseModel):
    """The latest request of a station for a certificate of one purpose."""

    purpose: str = Field(examples=["ChargingStationCertificate"])
    csr: str = Field(description="PEM.", examples=["-----BEGIN CERTIFICATE REQUEST-----…"])
    request_id: int | None = Field(examples=[None])
    status: Literal["accepted", "rejected"] = Field(examples=["accepted"])
    reason: str | None = Field(description="Why not, a stable word.", examples=[None])
    received_at: datetime = Field(examples=["2026-11-03T07:15:00.381Z"])


class CertificateRequests(BaseModel):
    items: list[CertificateRequest]


@router.get(
    "/{station_id}/security-events",
    operation_id="list_security_events",
    summary="List the security events of a station, the latest first",
    response_model=models.Page[SecurityEvent],
)
async def list_events(
    deps: Deps,
    station_id: StationId,
    critical: Annotated[bool | None, Query(description="Only these.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """They stay when the station is deleted."""
    key = decode_cursor("security_events", cursor, tuple[_Number])
    if "\0" in station_id:
        raise NotFound("there is no such station")
    rows = await list_security_events(
        deps.engine,
        station_id,
        critical=critical,
        before=key[0] if key else None,
        limit=limit + 1,
    )
    return json_response(
        page(rows, limit, _event, lambda row: encode_cursor("security_events", row["id"]))
    )


@router.get(
    "/{station_id}/certificate-requests",
    operation_id="list_certificate_requests",
    summary="List the certificates that a station asked for",
    response_model=CertificateRequests,
)
async def list_requests(deps: Deps, station_id: StationId) -> Response:
    if "\0" in station_id:
        raise NotFound("there is no such station")
    rows = await list_certificate_requests(deps.engine, station_id)
    items = [{**row, "received_at": moment(row["received_at"])} for row in rows]
    return json_response({"items": items})


def _event(row: SecurityEventRow) -> dict[str, Any]:
    return {
        "type": row["type"],
        "critical": row["critical"],
        "at": moment(row["at"]),
        "clock_trusted": row["clock_trusted"],
        "received_at": moment(row["received_at"]),
        "tech_info": row["tech_info"],
    }
