"""Reserving, and letting go of a reservation."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from voltaro.api import models
from voltaro.api.bodies import moment
from voltaro.api.command_bodies.order import CommandBody, EvseId, Order, TokenText
from voltaro.api.command_bodies.tokens import (
    TYPE_TOLD,
    TokenType,
    known_token,
    shown_with_token,
)
from voltaro.api.deps import ApiDeps
from voltaro.api.parameters import Moment
from voltaro.domain.reservations import CancelReservation, ReserveNow
from voltaro.services.errors import Invalid
from voltaro.store.reservations import take_reservation_id

_LARGEST = 2**31 - 1
#: 2.x ConnectorEnumType; 2.1 takes words of a vendor's own.
_ConnectorType = Annotated[str, StringConstraints(min_length=1, max_length=20)]


class ReserveNowBody(models.Body):
    """Keep a connector free; its `reservation_id` is among the arguments of the command."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command": "reserve_now",
                    "token": "04A2B7C1",
                    "evse_id": 1,
                    "expires_at": "2026-11-03T08:00:00Z",
                }
            ]
        }
    )

    command: Literal["reserve_now"]
    token: TokenText
    token_type: TokenType | None = Field(None, description=TYPE_TOLD)
    group_token: TokenText | None = Field(
        None, description="Tokens of this group may use it as well."
    )
    evse_id: EvseId | None = Field(
        None, description="Absent: any of them, if the station can do that."
    )
    connector_type: _ConnectorType | None = Field(
        None, description="OCPP 2.x only: any EVSE with such a connector."
    )
    expires_at: Moment = Field(description="RFC 3339, with its zone; in the future.")


async def _reserve(deps: ApiDeps, station_id: str, body: ReserveNowBody) -> Order:
    if body.expires_at <= deps.clock():
        raise Invalid("it would be over already", "expires_at")
    reservation_id = await take_reservation_id(deps.engine, station_id)
    command = ReserveNow(
        reservation_id=reservation_id,
        token=await known_token(deps, body.token, body.token_type),
        group_token=body.group_token,
        evse_id=body.evse_id,
        connector_type=body.connector_type,
        expires_at=body.expires_at,
    )
    shown = shown_with_token(body, command.token)
    shown |= {"expires_at": moment(body.expires_at), "reservation_id": reservation_id}
    return Order(command, shown)


class CancelReservationBody(models.Body):
    """Let go of a reservation, by the id that the station knows."""

    command: Literal["cancel_reservation"]
    reservation_id: Annotated[int, Field(strict=True, ge=-_LARGEST, le=_LARGEST, examples=[17])]


async def _cancel(_deps: ApiDeps, _station_id: str, body: CancelReservationBody) -> Order:
    return Order(CancelReservation(reservation_id=body.reservation_id))


BODIES = (
    CommandBody(ReserveNowBody, _reserve),
    CommandBody(CancelReservationBody, _cancel),
)
