"""Refused tokens, with whether they have become known since."""

from datetime import datetime
from typing import TypedDict, cast

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import Token, TokenRefusal
from voltaro.store.reach import reading

#: Which refusal a page ended with: last_at, token_key, station_id, status.
RefusalKey = tuple[datetime, str, str, str]


class TokenRefusalRow(TypedDict):
    token: str
    station_id: str
    status: str
    count: int
    first_at: datetime
    last_at: datetime
    known: bool
    token_key: str


async def list_token_refusals(
    engine: AsyncEngine, *, since: datetime, before: RefusalKey | None = None, limit: int
) -> list[TokenRefusalRow]:
    """The latest first, of those that happened (again) since then."""
    r = TokenRefusal
    key = (r.last_at, r.token_key, r.station_id, r.status)
    statement = (
        select(
            r.token,
            r.station_id,
            r.status,
            r.count,
            r.first_at,
            r.last_at,
            Token.key.is_not(None).label("known"),
            r.token_key,
        )
        .outerjoin(Token, Token.key == r.token_key)
        .where(r.last_at >= since)
        .order_by(*(column.desc() for column in key))
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(tuple_(*key) < before)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("TokenRefusalRow", dict(row)) for row in rows]
