"""Local authorization lists: sending one, and asking for its version."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from voltaro.api import models
from voltaro.api.command_bodies.order import CommandBody, Order, TokenText
from voltaro.api.command_bodies.tokens import HIDDEN
from voltaro.api.deps import ApiDeps
from voltaro.domain.ids import KEY_CODE, token_key
from voltaro.domain.local_list import GetLocalListVersion, SendLocalList, Update
from voltaro.services.local_lists import compose

_MOST = 100_000


class SendLocalListBody(models.Body):
    """Put tokens on a station's list, so that it lets them charge while it is offline.

    Where it is not known what the station holds, all of the list is sent.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"command": "send_local_list", "update": "full"},
                {
                    "command": "send_local_list",
                    "update": "differential",
                    "tokens": ["04A2B7C1"],
                    "remove": ["04FFEE01"],
                },
            ]
        }
    )

    command: Literal["send_local_list"]
    update: Update = Field(description="full replaces the list, differential changes it.")
    tokens: Annotated[list[TokenText], Field(max_length=_MOST)] | None = Field(
        None, description="Registered tokens; absent: all that may charge, as far as there is room."
    )
    remove: Annotated[list[TokenText], Field(max_length=_MOST)] = Field(
        [], description="Tokens to take off the list; only of a differential update."
    )

    @model_validator(mode="after")
    def _to_the_point(self) -> Self:
        if self.remove and self.update is Update.FULL:
            raise ValueError("a full list has only what stays: leave out remove")
        both = {token_key(each) for each in self.tokens or ()} & {
            token_key(each) for each in self.remove
        }
        if both:
            raise ValueError(f"to be added and removed: {', '.join(sorted(both))}")
        return self


async def _send(deps: ApiDeps, station_id: str, body: SendLocalListBody) -> Order:
    tokens = body.tokens
    if tokens is None and body.remove:
        tokens = []  # a change of these alone
    command = await compose(deps.engine, station_id, body.update, tokens=tokens, remove=body.remove)
    return Order(command, _shown(body, command))


def _shown(body: SendLocalListBody, command: SendLocalList) -> dict[str, Any]:
    """What was asked for, without the codes among it, which nobody may read (C04.FR.04)."""
    codes = {
        each.token.key for each in (*command.entries, *command.whole) if each.token.type == KEY_CODE
    }
    shown = body.model_dump(mode="json", exclude_none=True, exclude={"command"})
    for name in ("tokens", "remove"):
        if name in shown:
            shown[name] = [HIDDEN if token_key(each) in codes else each for each in shown[name]]
    return shown


class GetLocalListVersionBody(models.Body):
    """Ask which version of its list a station holds, and compare that with our record."""

    command: Literal["get_local_list_version"]


async def _version(_deps: ApiDeps, _station_id: str, _body: GetLocalListVersionBody) -> Order:
    return Order(GetLocalListVersion())


BODIES = (
    CommandBody(SendLocalListBody, _send),
    CommandBody(GetLocalListVersionBody, _version),
)
