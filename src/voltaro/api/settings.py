"""`/api/v1/settings`: what this server was told, secrets masked."""

from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from voltaro.api.auth import admin_required
from voltaro.api.bodies import json_response
from voltaro.api.deps import Deps

router = APIRouter(prefix="/settings", tags=["settings"], dependencies=[Depends(admin_required)])


class EffectiveSetting(BaseModel):
    name: str = Field(examples=["VOLTARO_OCPP_PORT"])
    value: str = Field(
        description="In effect; empty: not set. Secrets are `***`.", examples=["9000"]
    )
    default: str = Field(description="Empty: there is none.", examples=["9000"])
    source: Literal["default", "environment", "option"] = Field(
        description="Whether nobody set it, a variable did, or an option of `voltaro serve`.",
        examples=["default"],
    )
    meaning: str = Field(examples=["Port that stations connect to; 0 picks a free one"])


class Installation(BaseModel):
    version: str = Field(examples=["0.1.0"])
    database: Literal["embedded", "external"] = Field(
        description="embedded: the server runs its own PostgreSQL.", examples=["embedded"]
    )
    data_dir: str = Field(examples=["/var/lib/voltaro"])
    settings: list[EffectiveSetting]


@router.get(
    "",
    operation_id="get_settings",
    summary="Show the settings in effect",
    response_model=Installation,
)
async def show(deps: Deps) -> Response:
    """They are read once, when the server starts. Needs a key with the scope `admin`."""
    return json_response(asdict(deps.installation))
