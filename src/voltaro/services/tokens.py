"""Tokens: who may charge."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

import structlog

from voltaro.domain.authorization import TokenStatus
from voltaro.domain.ids import token_key
from voltaro.services.errors import Invalid, NotFound
from voltaro.services.revisions import IfMatch
from voltaro.services.turns import Turns
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.tokens import (
    TokenSettings,
    delete_token,
    find_token_settings,
    insert_token,
    update_token,
)
from voltaro.store.views.tokens import TokenRow

log = structlog.get_logger()

#: 2.1 identifierString; 1.6 takes 20.
_LONGEST = 255
_ATTEMPTS = 8


class TokenUpdate(TypedDict, total=False):
    """What is absent stays as it is, or is the default of a new token."""

    type: str | None
    status: TokenStatus
    expires_at: datetime | None
    group: str | None
    master_pass: bool
    credit_minor: int | None
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPut:
    token: TokenRow
    created: bool


def check_token(value: str) -> str:
    """The token's text without padding.

    Raises:
        Invalid: no station could present it.
    """
    value = value.strip()
    if not value:
        raise Invalid("a token cannot be empty")
    if len(value) > _LONGEST:
        raise Invalid(f"a token has at most {_LONGEST} characters, not {len(value)}")
    if not value.isprintable():
        raise Invalid("a token has no control characters")
    return value


class Tokens:
    """Writes about one token take turns."""

    def __init__(self, *, engine: Engine) -> None:
        self._engine = engine
        self._turns = Turns()

    async def put(
        self, value: str, update: TokenUpdate, if_match: IfMatch | None = None
    ) -> TokenPut:
        """Create or change a token; it acts when it is presented next.

        Raises:
            Invalid: it cannot have this text or these settings.
            RevisionChanged: `if_match` names another revision.
            DatabaseAway: it may or may not have been changed.
        """
        value = check_token(value)
        key = token_key(value)
        async with self._turns.take(key):
            for _ in range(_ATTEMPTS):
                known = await find_token_settings(self._engine, key)
                if if_match is not None:
                    if_match.check(known[1] if known else None)
                settings = _merged(known[0] if known else TokenSettings(), update)
                if known is None:
                    row = await insert_token(self._engine, value, settings)
                else:
                    row = await update_token(self._engine, value, settings, known[1])
                if row is not None:
                    log.info(
                        "token created" if known is None else "token changed",
                        token=value,
                        status=settings.status.value,
                    )
                    return TokenPut(token=row, created=known is None)
        raise DatabaseAway

    async def delete(self, value: str, if_match: IfMatch | None = None) -> None:
        """Forget a token; the transactions it paid for stay.

        Raises:
            NotFound, RevisionChanged, DatabaseAway: as above.
        """
        key = token_key(value)
        async with self._turns.take(key):
            for _ in range(_ATTEMPTS):
                known = await find_token_settings(self._engine, key)
                if if_match is not None:
                    if_match.check(known[1] if known else None)
                if known is None:
                    raise NotFound("there is no such token")
                if await delete_token(self._engine, key, known[1]):
                    log.info("token deleted", token=value)
                    return
        raise DatabaseAway


def _merged(before: TokenSettings, update: TokenUpdate) -> TokenSettings:
    settings = dataclasses.replace(before, **update)
    if update.get("credit_minor", 0) is None and "currency" not in update:
        settings = dataclasses.replace(settings, currency=None)
    if settings.credit_minor is not None and settings.currency is None:
        raise Invalid("a credit needs a currency", "currency")
    if settings.credit_minor is None and settings.currency is not None:
        raise Invalid("a currency needs a credit", "credit_minor")
    return settings
