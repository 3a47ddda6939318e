"""Starting, stopping, unlocking, asking for messages."""

import secrets
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from voltaro.api import models
from voltaro.api.charging_profile_bodies import ChargingProfileBody
from voltaro.api.command_bodies.order import CommandBody, ConnectorId, EvseId, Order, TokenText
from voltaro.api.command_bodies.profile_source import (
    TemplateName,
    body_pointers,
    prepared,
    shown_profile,
    template_for,
)
from voltaro.api.command_bodies.tokens import (
    TYPE_TOLD,
    TokenType,
    known_token,
    shown_with_token,
)
from voltaro.api.deps import ApiDeps
from voltaro.domain.remote_control import (
    MessageTrigger,
    RequestStart,
    RequestStop,
    TriggerMessage,
    UnlockConnector,
)
from voltaro.domain.values import changed
from voltaro.services.charging_profiles import ProfileErrand
from voltaro.services.errors import AlreadyEnded, Invalid
from voltaro.store.views.transactions import find_transaction

_Ref = Annotated[str, StringConstraints(min_length=1, max_length=36)]


class RequestStartBody(models.Body):
    """Begin a transaction for a token; done when the transaction has begun."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"command": "request_start", "token": "04A2B7C1", "evse_id": 1}]
        }
    )

    command: Literal["request_start"]
    token: TokenText
    token_type: TokenType | None = Field(None, description=TYPE_TOLD)
    evse_id: EvseId | None = Field(None, description="Absent: the station chooses, or refuses.")
    group_token: TokenText | None = Field(
        None, description="OCPP 2.x only: opens what is reserved for this group."
    )
    template: TemplateName | None = Field(
        None, description="A charging profile of purpose tx, for this transaction."
    )
    profile: ChargingProfileBody | None = Field(None, description="The same, written out.")

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.template is not None and self.profile is not None:
            raise ValueError("give either template or profile")
        return self


async def _start(deps: ApiDeps, station_id: str, body: RequestStartBody) -> Order:
    command = RequestStart(
        token=await known_token(deps, body.token, body.token_type),
        remote_start_id=1 + secrets.randbelow(2**31 - 1),
        evse_id=body.evse_id,
        group_token=body.group_token,
    )
    if body.template is None and body.profile is None:
        return Order(command, shown_with_token(body, command.token))
    template = await template_for(deps, body.template, body.profile)
    errand = ProfileErrand(where=body.evse_id, remote_start=True)
    profile = await prepared(deps, station_id, template, errand, body_pointers(body.template))
    shown = shown_with_token(body, command.token)
    shown.pop("profile", None)
    return Order(changed(command, profile=profile), shown | shown_profile(profile))


class RequestStopBody(models.Body):
    """End a transaction: by its `id` here, or by its `station_ref` on the wire."""

    command: Literal["request_stop"]
    transaction_id: UUID | None = None
    station_ref: _Ref | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.transaction_id is None) is (self.station_ref is None):
            raise ValueError("give either transaction_id or station_ref")
        return self


async def _stop(deps: ApiDeps, station_id: str, body: RequestStopBody) -> Order:
    if body.station_ref is not None:
        return Order(RequestStop(station_ref=body.station_ref))
    assert body.transaction_id is not None
    row = await find_transaction(deps.engine, body.transaction_id)
    if row is None or row["station_id"] != station_id:
        raise Invalid(f"{station_id} has no such transaction", "transaction_id")
    if row["ended_at"] is not None:
        raise AlreadyEnded(f"it ended at {row['ended_at'].isoformat(timespec='seconds')}")
    return Order(RequestStop(station_ref=row["station_ref"]))


class UnlockConnectorBody(models.Body):
    """Let go of a plug; a transaction that runs there is ended first by the station."""

    command: Literal["unlock_connector"]
    evse_id: EvseId
    connector_id: ConnectorId = 1


async def _unlock(_deps: ApiDeps, _station_id: str, body: UnlockConnectorBody) -> Order:
    return Order(UnlockConnector(evse_id=body.evse_id, connector_id=body.connector_id))


class TriggerMessageBody(models.Body):
    """Ask for a message; done when it has come."""

    command: Literal["trigger_message"]
    message: MessageTrigger
    evse_id: EvseId | None = Field(
        None,
        description=(
            "Absent: of all of them, or of the station. The status_notification of OCPP 2.x is of "
            "one connector and needs it."
        ),
    )
    connector_id: ConnectorId | None = Field(
        None, description="Absent: the first, where the message is of a connector."
    )

    @model_validator(mode="after")
    def _connector_of_an_evse(self) -> Self:
        if self.connector_id is not None and self.evse_id is None:
            raise ValueError("a connector is one of an EVSE: give evse_id as well")
        return self


async def _trigger(_deps: ApiDeps, _station_id: str, body: TriggerMessageBody) -> Order:
    return Order(
        TriggerMessage(message=body.message, evse_id=body.evse_id, connector_id=body.connector_id)
    )


BODIES = (
    CommandBody(RequestStartBody, _start),
    CommandBody(RequestStopBody, _stop),
    CommandBody(UnlockConnectorBody, _unlock),
    CommandBody(TriggerMessageBody, _trigger),
)
