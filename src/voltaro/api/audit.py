"""`/api/v1/audit`: who changed what."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from voltaro.api import models
from voltaro.api.auth import admin_required
from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.pagination import Cursor, Limit, decode_cursor, encode_cursor, page
from voltaro.api.parameters import Moment, Text
from voltaro.store.views.audit import AuditRow, list_audit

router = APIRouter(prefix="/audit", tags=["audit"], dependencies=[Depends(admin_required)])


class AuditEntry(BaseModel):
    """One change; secrets are left out."""

    id: UUID = Field(examples=["019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"])
    at: datetime = Field(examples=["2026-11-03T07:15:02.004Z"])
    actor: str = Field(
        description='The name of the user or key; "voltaro" where a setting decided.',
        examples=["local administrator"],
    )
    action: str = Field(examples=["station.changed"])
    target_kind: str = Field(examples=["station"])
    target: str = Field(examples=["CP-001"])
    before: dict[str, Any] | None = Field(
        description="null: it did not exist.", examples=[{"strict": False}]
    )
    after: dict[str, Any] | None = Field(
        description="null: it no longer exists.", examples=[{"strict": True}]
    )
    request_id: str = Field(examples=["019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"])


@router.get(
    "",
    operation_id="list_audit",
    summary="List changes, newest first",
    response_model=models.Page[AuditEntry],
)
async def list_all(
    *,
    deps: Deps,
    actor: Annotated[Text | None, Query(examples=["billing"])] = None,
    action: Annotated[Text | None, Query(examples=["token.deleted"])] = None,
    target_kind: Annotated[
        Text | None,
        Query(
            description="station, token, transaction, charging_profile, tariff, site, file, key or user.",
            examples=["token"],
        ),
    ] = None,
    target: Annotated[
        Text | None,
        Query(description="An id; of tokens the text in lower case.", examples=["CP-001"]),
    ] = None,
    request_id: Annotated[Text | None, Query(examples=["deploy-17"])] = None,
    since: Annotated[Moment | None, Query(description="From this time on.")] = None,
    until: Annotated[Moment | None, Query(description="Before this time.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    key = decode_cursor("audit", cursor, tuple[UUID])
    rows = await list_audit(
        deps.engine,
        actor=actor,
        action=action,
        target_kind=target_kind,
        target=target,
        request_id=request_id,
        since=since,
        until=until,
        before=key[0] if key else None,
        limit=limit + 1,
    )
    return json_response(page(rows, limit, _item, lambda row: encode_cursor("audit", row["id"])))


def _item(row: AuditRow) -> dict[str, Any]:
    return {**row, "at": moment(row["at"])}
