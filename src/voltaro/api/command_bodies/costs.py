"""Telling a station what a session costs so far."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, WithJsonSchema

from voltaro.api import models
from voltaro.api.command_bodies.order import CommandBody, Order
from voltaro.api.deps import ApiDeps
from voltaro.domain.costs import CostUpdated
from voltaro.domain.tariffs import cost_of
from voltaro.services.errors import Invalid
from voltaro.store.views.transactions import TransactionRow, find_transaction

_Amount = Annotated[
    Decimal,
    Field(ge=0, lt=10**9, max_digits=15, decimal_places=6),
    WithJsonSchema({"type": "string", "examples": ["12.34"]}),
]


class CostUpdatedBody(models.Body):
    """Show the driver what an open session costs so far, with tax, in the station's currency.

    Without `total_cost` it is what the session costs by its tariff now. OCPP 2.x only.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command": "cost_updated",
                    "transaction_id": "0190d5a4-8e4f-7a30-9d4b-6c3f5a7e1b2c",
                    "total_cost": "12.34",
                }
            ]
        }
    )

    command: Literal["cost_updated"]
    transaction_id: UUID
    total_cost: _Amount | None = Field(
        None, description="In major units, as text; null: by its tariff.", examples=["12.34"]
    )


async def _cost_updated(deps: ApiDeps, station_id: str, body: CostUpdatedBody) -> Order:
    row = await find_transaction(deps.engine, body.transaction_id)
    if row is None or row["station_id"] != station_id:
        raise Invalid(f"{station_id} has no such transaction", "transaction_id")
    if row["ended_at"] is not None:
        raise Invalid("it has ended; its cost was told with its end", "transaction_id")
    total = _by_tariff(row) if body.total_cost is None else body.total_cost
    shown = {
        "transaction_id": str(body.transaction_id),
        "station_ref": row["station_ref"],
        "total_cost": str(total),
    }
    return Order(CostUpdated(station_ref=row["station_ref"], total_cost=total), shown=shown)


def _by_tariff(row: TransactionRow) -> Decimal:
    if row["tariff"] is None:
        raise Invalid("it has no tariff: say what it costs", "total_cost")
    duration = datetime.now(UTC) - row["started_at"]
    return cost_of(row["tariff"], row["energy_wh"] or 0, duration).total.amount


BODIES = (CommandBody(CostUpdatedBody, _cost_updated),)
