"""Tokens as operators see them."""

from datetime import datetime
from typing import Any, TypedDict, cast

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from voltaro.store.models import Token, TokenGroup
from voltaro.store.reach import reading


class TokenRow(TypedDict):
    """`key` is what tokens are compared and sorted by."""

    key: str
    value: str
    type: str | None
    status: str
    expires_at: datetime | None
    group: str | None
    master_pass: bool
    credit_minor: int | None
    currency: str | None
    aliases: list[str]
    created_at: datetime
    updated_at: datetime
    revision: int


def _tokens() -> Select[*tuple[Any, ...]]:
    return select(
        Token.key,
        Token.value,
        Token.type,
        Token.status,
        Token.expires_at,
        TokenGroup.value.label("group"),
        Token.master_pass,
        Token.credit_minor,
        Token.currency,
        Token.aliases,
        Token.created_at,
        Token.updated_at,
        Token.revision,
    ).outerjoin(TokenGroup, TokenGroup.key == Token.group_key)


async def read_token(connection: AsyncConnection, key: str) -> TokenRow | None:
    row = (await connection.execute(_tokens().where(Token.key == key))).mappings().one_or_none()
    return cast("TokenRow", dict(row)) if row else None


async def find_token(engine: AsyncEngine, key: str) -> TokenRow | None:
    async with reading(engine) as connection:
        return await read_token(connection, key)


async def list_tokens(engine: AsyncEngine, *, after: str = "", limit: int) -> list[TokenRow]:
    """Tokens by key, from the first after `after`."""
    statement = _tokens().where(Token.key > after).order_by(Token.key).limit(limit)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("TokenRow", dict(row)) for row in rows]
