"""`/api/v1/transactions/{id}/curve`: the course of a transaction, for a chart."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from voltaro.api.bodies import json_response, moment
from voltaro.api.deps import Deps
from voltaro.api.transactions import TransactionId, found_transaction
from voltaro.domain.curves import Happening, Point, curve, happenings
from voltaro.store.views.curves import list_profile_commands, list_samples
from voltaro.store.views.transactions import TransactionRow

router = APIRouter(prefix="/transactions", tags=["transactions"])

_INSTANTS = 2000


class CurvePoint(BaseModel):
    """What the meter said at one instant; null is not measured."""

    at: datetime = Field(examples=["2026-11-03T06:15:00.000Z"])
    power_w: int | None = Field(examples=[10950])
    energy_wh: int | None = Field(description="Since the start.", examples=[2751])
    soc_percent: float | None = Field(examples=[41.5])
    offered_w: int | None = Field(examples=[11040])
    current_a: float | None = Field(
        description="Of the phase with the highest one.", examples=[15.9]
    )
    voltage_v: float | None = Field(
        description="Between phase and neutral, the mean of all phases.", examples=[229.8]
    )


class CurveEvent(BaseModel):
    """Kinds: started, authorised, profile_set, profile_cleared, ended."""

    at: datetime = Field(examples=["2026-11-03T06:01:00.000Z"])
    kind: str = Field(examples=["ended"])
    text: str | None = Field(description="The short form of the facts.", examples=["Local"])
    facts: dict[str, Any] = Field(examples=[{"reason": "Local", "energy_wh": 11040}])


class Curve(BaseModel):
    """In the order of time. Of more than 2,000 instants some are left out, evenly over time."""

    transaction_id: UUID = Field(examples=["019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"])
    points: list[CurvePoint]
    derived: bool = Field(
        description="No power is measured; it is the mean between two readings of energy.",
        examples=[False],
    )
    events: list[CurveEvent]


@router.get(
    "/{transaction_id}/curve",
    operation_id="get_transaction_curve",
    summary="Show the course of a transaction",
    response_model=Curve,
)
async def show(deps: Deps, transaction_id: TransactionId) -> Response:
    row = await found_transaction(deps, transaction_id)
    samples = await list_samples(deps.engine, row, instants=_INSTANTS)
    points, derived = curve(
        samples, started_at=row["started_at"], register_start=row["register_start"]
    )
    commands = await list_profile_commands(
        deps.engine,
        row["station_id"],
        since=row["started_received_at"],
        until=(row["ended_at"] or deps.clock()) + timedelta(seconds=1),
    )
    events = sorted(
        [*_of_its_life(row), *happenings(commands, row["evse_id"])], key=lambda event: event.at
    )
    return json_response(
        {
            "transaction_id": row["id"],
            "points": [_timed(point) for point in points],
            "derived": derived,
            "events": [_timed(event) for event in events],
        }
    )


def _of_its_life(row: TransactionRow) -> list[Happening]:
    """Beginning and end; the token's is told with the beginning, its own time is not recorded."""
    events = [
        Happening(
            at=row["started_at"],
            kind="started",
            text=None,
            facts={"evse_id": row["evse_id"], "connector_id": row["connector_id"]},
        )
    ]
    if row["token_status"] is not None:
        status = row["token_status"]
        facts = {"status": status, "token": row["token"]}
        events.append(Happening(at=row["started_at"], kind="authorised", text=status, facts=facts))
    if row["ended_at"] is not None:
        reason = row["stop_reason"]
        events.append(
            Happening(
                at=row["ended_at"],
                kind="ended",
                text=reason,
                facts={"reason": reason, "energy_wh": row["energy_wh"], "flags": row["flags"]},
            )
        )
    return events


def _timed(each: Point | Happening) -> dict[str, Any]:
    return asdict(each) | {"at": moment(each.at)}
