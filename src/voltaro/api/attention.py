"""`/api/v1/attention`: what needs somebody."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import ApiDeps, Deps
from voltaro.domain.attention import Facts, Item, SessionFacts, StationFacts, worklist
from voltaro.store.views.attention import SessionRow, StationRow, read_attention

router = APIRouter(prefix="/attention", tags=["fleet"])

Kind = Literal[
    "faulted",
    "system",
    "offline",
    "refused_connection",
    "stuck_session",
    "pending_registration",
    "clock",
    "paused_session",
    "deviations",
    "certificate",
    "event",
]


class AttentionItem(BaseModel):
    """One thing; `id` stays the same for as long as it needs somebody."""

    id: str = Field(examples=["faulted:CP-001:1:1"])
    kind: Kind = Field(examples=["faulted"])
    severity: Literal["high", "medium", "low"] = Field(examples=["high"])
    station_id: str | None = Field(examples=["CP-001"])
    transaction_id: UUID | None = Field(examples=[None])
    since: datetime = Field(examples=["2026-11-03T07:12:44.120Z"])
    facts: dict[str, Any] = Field(
        description="What there is to say, by kind. faulted: evse_id, connector_id, error_code, "
        "info, vendor_error_code. refused_connection: reason, remote_host, count, last_at. "
        "stuck_session: reason (station_away, no_reading, too_long) and what paused_session has: "
        "evse_id, started_at, heard_at, energy_wh. clock: clock_skew_s. deviations: kinds. "
        "offline: last_seen. pending_registration: connected_at. certificate: not_after, "
        "serial_number. event: component, name, evse_id, connector_id, value, event_severity, "
        "tech_code, tech_info. system: warning.",
        examples=[
            {
                "evse_id": 1,
                "connector_id": 1,
                "error_code": "GroundFailure",
                "info": None,
                "vendor_error_code": "E17",
            }
        ],
    )


class Worklist(BaseModel):
    """The most severe first, and of those what came last."""

    at: datetime = Field(examples=["2026-11-03T07:15:02.004Z"])
    items: list[AttentionItem]


@router.get(
    "",
    operation_id="get_attention",
    summary="Show what needs somebody",
    response_model=Worklist,
)
async def attention(deps: Deps) -> Response:
    """Refused connections and new deviations are the newest 500 of each."""
    now = deps.clock()
    items = await items_now(deps, now)
    return json_response({"at": moment(now), "items": [_item(item) for item in items]})


async def items_now(deps: ApiDeps, now: datetime) -> list[Item]:
    """The worklist as of now."""
    rows = await read_attention(deps.engine, now)
    facts = Facts(
        stations=[_station(deps, row) for row in rows.stations],
        faults=rows.faults,
        refusals=rows.refusals,
        sessions=[_session(deps, row) for row in rows.sessions],
        deviations=rows.deviations,
        certificates=rows.certificates,
        events=rows.events,
        warnings=deps.warnings(),
    )
    return worklist(facts, now)


def _station(deps: ApiDeps, row: StationRow) -> StationFacts:
    return StationFacts(
        station_id=row.station_id,
        registration=row.registration,
        created_at=row.created_at,
        connected_at=row.connected_at,
        away_since=_away_since(deps, row),
        clock_skew_s=row.clock_skew_s,
        clock_measured_at=row.clock_measured_at,
    )


def _session(deps: ApiDeps, row: SessionRow) -> SessionFacts:
    return SessionFacts(
        transaction_id=row.transaction_id,
        station_id=row.station_id,
        evse_id=row.evse_id,
        started_at=row.started_at,
        heard_at=row.heard_at,
        energy_wh=row.energy_wh,
        away_since=_away_since(deps, row),
        paused_since=row.paused_since or deps.gauges.paused_since(row.transaction_id),
    )


def _away_since(deps: ApiDeps, row: StationRow | SessionRow) -> datetime | None:
    if deps.presence.get(row.station_id) is not None:
        return None
    return deps.presence.last_seen(row.station_id) or row.last_seen_at


def _item(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "severity": item.severity,
        "station_id": item.station_id,
        "transaction_id": item.transaction_id,
        "since": moment(item.since),
        "facts": {
            name: moment(value) if isinstance(value, datetime) else value
            for name, value in item.facts.items()
        },
    }
