"""`/api/v1/stations/{id}/jobs`: what a station last said of its firmware and log uploads."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.stations import StationId
from voltaro.services.errors import NotFound
from voltaro.store.views.tolerance import list_jobs

router = APIRouter(prefix="/stations", tags=["stations"])


class Job(BaseModel):
    """The latest report about one kind of job; its history is in the messages."""

    job: Literal["firmware", "diagnostics", "log", "publishing"] = Field(examples=["firmware"])
    status: str | None = Field(
        description="The OCPP 2.x word in snake case; null for one that we do not know.",
        examples=["install_rebooting"],
    )
    reported: str = Field(description="The station's own word.", examples=["InstallRebooting"])
    request_id: int | None = Field(examples=[17])
    reported_at: datetime = Field(examples=["2026-11-03T07:15:00.381Z"])


class Jobs(BaseModel):
    items: list[Job]


@router.get(
    "/{station_id}/jobs",
    operation_id="list_jobs",
    summary="Show what a station's firmware update and log uploads are at",
    response_model=Jobs,
)
async def list_all(deps: Deps, station_id: StationId) -> Response:
    if "\0" in station_id:
        raise NotFound("there is no such station")
    rows = await list_jobs(deps.engine, station_id)
    return json_response(
        {"items": [{**row, "reported_at": moment(row["reported_at"])} for row in rows]}
    )
