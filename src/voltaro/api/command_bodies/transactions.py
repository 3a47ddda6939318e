"""Asking how a transaction stands at its station."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from voltaro.api import models
from voltaro.api.command_bodies.order import CommandBody, Order
from voltaro.api.deps import ApiDeps
from voltaro.domain.transaction_status import GetTransactionStatus
from voltaro.services.errors import Invalid
from voltaro.store.views.transactions import find_transaction

_Ref = Annotated[str, StringConstraints(min_length=1, max_length=36)]


class GetTransactionStatusBody(models.Body):
    """Whether a transaction goes on, and whether messages about it wait at the station.

    By its `id` here, or by its `station_ref` on the wire; without both, of all transactions. The
    result has `messages_in_queue`, and `ongoing` where a transaction was named. OCPP 2.x only.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"command": "get_transaction_status", "station_ref": "tx-117"}]
        }
    )

    command: Literal["get_transaction_status"]
    transaction_id: UUID | None = None
    station_ref: _Ref | None = Field(None, examples=["tx-117"])

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.transaction_id is not None and self.station_ref is not None:
            raise ValueError("give either transaction_id or station_ref")
        return self


async def _status(deps: ApiDeps, station_id: str, body: GetTransactionStatusBody) -> Order:
    if body.transaction_id is None:
        return Order(GetTransactionStatus(station_ref=body.station_ref))
    row = await find_transaction(deps.engine, body.transaction_id)
    if row is None or row["station_id"] != station_id:
        raise Invalid(f"{station_id} has no such transaction", "transaction_id")
    return Order(GetTransactionStatus(station_ref=row["station_ref"]))


BODIES = (CommandBody(GetTransactionStatusBody, _status),)
