"""Messages on a station's display (OCPP 2.x)."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from voltaro.api import models
from voltaro.api.command_bodies.order import CommandBody, Order
from voltaro.api.deps import ApiDeps
from voltaro.api.parameters import Moment, storable
from voltaro.domain.display_messages import (
    ClearDisplayMessage,
    DisplayFormat,
    DisplayPriority,
    DisplayState,
    GetDisplayMessages,
    SetDisplayMessage,
)
from voltaro.services.errors import Invalid
from voltaro.services.request_ids import new_request_id
from voltaro.store.views.transactions import find_transaction

_MessageId = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1, examples=[1])]
_Content = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1024),
    AfterValidator(storable),
]
_Language = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", max_length=8)
]


class SetDisplayMessageBody(models.Body):
    """Show a message on the station's display; one there with the same number is replaced.

    With a transaction it is gone when that ends. OCPP 2.x only; 2.0.1 takes 512 characters.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command": "set_display_message",
                    "message_id": 1,
                    "content": "Closed for repairs on Sunday.",
                    "language": "en",
                    "end_at": "2026-11-08T00:00:00Z",
                }
            ]
        }
    )

    command: Literal["set_display_message"]
    message_id: _MessageId = Field(description="A number of your choice.")
    content: _Content
    format: DisplayFormat = Field(DisplayFormat.UTF8, description="`qrcode` is a word of 2.1.")
    language: _Language | None = Field(None, description="An RFC 5646 tag.", examples=["en"])
    priority: DisplayPriority = DisplayPriority.NORMAL_CYCLE
    state: DisplayState | None = Field(
        None, description="Show it only then. `suspended` and `discharging` are words of 2.1."
    )
    start_at: Moment | None = Field(None, description="RFC 3339; not shown before.")
    end_at: Moment | None = Field(None, description="RFC 3339; gone from then on.")
    transaction_id: UUID | None = Field(None, description="An open session of this station.")

    @model_validator(mode="after")
    def _for_a_while(self) -> Self:
        if self.start_at and self.end_at and self.end_at <= self.start_at:
            raise ValueError("end_at must be after start_at")
        return self


async def _set(deps: ApiDeps, station_id: str, body: SetDisplayMessageBody) -> Order:
    if body.end_at is not None and body.end_at <= deps.clock():
        raise Invalid("it would be over already", "end_at")
    ref = None
    if body.transaction_id is not None:
        ref = await _open_transaction(deps, station_id, body.transaction_id)
    command = SetDisplayMessage(
        message_id=body.message_id,
        display_priority=body.priority,
        content=body.content,
        format=body.format,
        language=body.language,
        state=body.state,
        start_at=body.start_at,
        end_at=body.end_at,
        station_ref=ref,
    )
    return Order(command)


async def _open_transaction(deps: ApiDeps, station_id: str, transaction_id: UUID) -> str:
    """Its id on the wire."""
    row = await find_transaction(deps.engine, transaction_id)
    if row is None or row["station_id"] != station_id:
        raise Invalid(f"{station_id} has no such transaction", "transaction_id")
    if row["ended_at"] is not None:
        raise Invalid("it has ended", "transaction_id")
    return row["station_ref"]


class GetDisplayMessagesBody(models.Body):
    """Have the station tell its messages; without anything named, all of them.

    Done when all were told; they are listed under `display-messages` of the station. OCPP 2.x only.
    """

    command: Literal["get_display_messages"]
    message_ids: list[_MessageId] = Field(default_factory=list, max_length=1000)
    priority: DisplayPriority | None = None
    state: DisplayState | None = None


async def _get(_deps: ApiDeps, _station_id: str, body: GetDisplayMessagesBody) -> Order:
    return Order(
        GetDisplayMessages(
            request_id=new_request_id(),
            message_ids=tuple(body.message_ids),
            display_priority=body.priority,
            state=body.state,
        )
    )


class ClearDisplayMessageBody(models.Body):
    """Take a message off the station's display. OCPP 2.x only."""

    command: Literal["clear_display_message"]
    message_id: _MessageId


async def _clear(_deps: ApiDeps, _station_id: str, body: ClearDisplayMessageBody) -> Order:
    return Order(ClearDisplayMessage(message_id=body.message_id))


BODIES = (
    CommandBody(SetDisplayMessageBody, _set),
    CommandBody(GetDisplayMessagesBody, _get),
    CommandBody(ClearDisplayMessageBody, _clear),
)
