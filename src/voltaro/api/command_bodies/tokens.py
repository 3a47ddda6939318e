"""Tokens in bodies of commands: of which type they are, and how they are shown afterwards."""

from typing import Annotated, Any, Final

from pydantic import StringConstraints

from voltaro.api import models
from voltaro.api.deps import ApiDeps
from voltaro.domain.ids import KEY_CODE, IdToken, token_key
from voltaro.store.views.local_lists import list_token_records

TokenType = Annotated[str, StringConstraints(min_length=1, max_length=20)]
TYPE_TOLD: Final = "OCPP 2.x only. Absent: the type of the registered token, or else ISO14443."
HIDDEN: Final = "***"


async def known_token(deps: ApiDeps, value: str, kind: str | None) -> IdToken:
    """The token with the type that was given, or else with the one it is registered with.

    Raises:
        DatabaseAway: it cannot be told now.
    """
    if kind is not None:
        return IdToken(value, kind)
    key = token_key(value)
    record = (await list_token_records(deps.engine, [key])).get(key)
    return IdToken(value, record.type if record is not None else None)


def shown_with_token(body: models.Body, token: IdToken) -> dict[str, Any]:
    """A body whose `token` is that one, without what nobody may read (C04.FR.04)."""
    shown = body.model_dump(mode="json", exclude_none=True, exclude={"command"})
    return shown | {"token": HIDDEN} if token.type == KEY_CODE else shown
