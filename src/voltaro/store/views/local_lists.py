"""Local authorization lists: what stations hold, and what there is to put on them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, RowMapping, Select, Text, any_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.authorization import (
    Authorization,
    AuthorizationStatus,
    TokenRecord,
    TokenStatus,
)
from voltaro.domain.ids import IdToken, token_key
from voltaro.domain.local_list import ListEntry, LocalList
from voltaro.domain.values import changed
from voltaro.store.models import LocalList as ListRow
from voltaro.store.models import LocalListEntry, Token, TokenGroup
from voltaro.store.reach import reading

#: All tokens of an installation may be asked for.
_MANY_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalListView:
    """What we know of a list; `counts` is how many entries it has of each status."""

    known: LocalList
    counts: dict[AuthorizationStatus, int]


async def find_local_list(engine: AsyncEngine, station_id: str) -> LocalListView:
    """What is known; nothing, where no list was ever sent or asked about."""
    fields = select(
        ListRow.version,
        ListRow.unanswered_version,
        ListRow.reported_version,
        ListRow.reported_at,
        ListRow.supported,
        ListRow.out_of_step,
        ListRow.sent_at,
    ).where(ListRow.station_id == station_id)
    counted = (
        select(LocalListEntry.status, func.count())
        .where(LocalListEntry.station_id == station_id)
        .group_by(LocalListEntry.status)
    )
    async with reading(engine) as connection:
        row = (await connection.execute(fields)).mappings().one_or_none()
        counts = (await connection.execute(counted)).all()
    return LocalListView(
        known=LocalList(**row) if row is not None else LocalList(),
        counts={AuthorizationStatus(status): count for status, count in counts},
    )


async def list_entries(
    engine: AsyncEngine, station_id: str, *, after: str = "", limit: int | None = None
) -> list[ListEntry]:
    """What the station holds by our record, by key, from the first after `after`."""
    statement = (
        select(
            LocalListEntry.value,
            LocalListEntry.type,
            LocalListEntry.status,
            LocalListEntry.group_token,
            LocalListEntry.expires_at,
        )
        .where(LocalListEntry.station_id == station_id, LocalListEntry.key > after)
        .order_by(LocalListEntry.key)
        .limit(limit)
    )
    async with reading(engine, patience_s=_MANY_S) as connection:
        return [_entry(row) for row in (await connection.execute(statement)).mappings()]


async def list_token_records(
    engine: AsyncEngine, keys: Collection[str] | None = None
) -> dict[str, TokenRecord]:
    """Registered tokens by key, in order: all of them, or those among `keys`.

    Each is there under its aliases too: a station compares with what it reads (quirk Q50).
    """
    statement: Select[*tuple[Any, ...]] = (
        select(
            Token.key,
            Token.value,
            Token.type,
            Token.status,
            Token.expires_at,
            Token.credit_minor,
            Token.aliases,
            TokenGroup.value.label("group"),
        )
        .outerjoin(TokenGroup, TokenGroup.key == Token.group_key)
        .order_by(Token.key)
    )
    if keys is not None:
        statement = statement.where(Token.key == any_(bindparam("keys", list(keys), ARRAY(Text))))
    async with reading(engine, patience_s=_MANY_S) as connection:
        rows = (await connection.execute(statement)).mappings()
        return {
            token_key(text): changed(_token(row), value=text)
            for row in rows
            for text in (row["value"], *row["aliases"])
        }


def _token(row: RowMapping) -> TokenRecord:
    return TokenRecord(
        value=row["value"],
        type=row["type"],
        status=TokenStatus(row["status"]),
        expires_at=row["expires_at"],
        group=row["group"],
        credit_minor=row["credit_minor"],
    )


def _entry(row: RowMapping) -> ListEntry:
    return ListEntry(
        IdToken(row["value"], row["type"]),
        Authorization(AuthorizationStatus(row["status"]), row["group_token"], row["expires_at"]),
    )
