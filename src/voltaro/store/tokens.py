"""What operators decide about tokens, and the groups they belong to."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, RowMapping, Text, any_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from voltaro.domain.audit import AuditRecorded
from voltaro.domain.authorization import TokenStatus
from voltaro.domain.ids import token_key
from voltaro.store.audit import write_audit
from voltaro.store.models import Token, TokenGroup
from voltaro.store.reach import reading, writing
from voltaro.store.views.tokens import TokenRow, read_token

#: A statement has room for so many rows, and so long many of them may take.
_AT_ONCE = 1000
_MANY_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSettings:
    """See `voltaro.domain.authorization.TokenRecord`. `group` is as the operator spells it."""

    type: str | None = None
    status: TokenStatus = TokenStatus.ACCEPTED
    expires_at: datetime | None = None
    group: str | None = None
    master_pass: bool = False
    credit_minor: int | None = None
    currency: str | None = None
    #: Other texts by which stations name it (quirk Q50).
    aliases: tuple[str, ...] = ()


_COLUMNS = (
    Token.type,
    Token.status,
    Token.expires_at,
    TokenGroup.value.label("group"),
    Token.master_pass,
    Token.credit_minor,
    Token.currency,
    Token.aliases,
)


async def load_aliases(engine: AsyncEngine) -> dict[str, str]:
    """The texts of tokens that have other names, by key of those."""
    statement = select(Token.value, Token.aliases).where(func.cardinality(Token.aliases) > 0)
    async with reading(engine, patience_s=60) as connection:
        rows = await connection.execute(statement)
        return {token_key(alias): row.value for row in rows for alias in row.aliases}


async def find_token_settings(engine: AsyncEngine, key: str) -> tuple[TokenSettings, int] | None:
    """A token's settings and their revision."""
    statement = (
        select(Token.revision, *_COLUMNS)
        .outerjoin(TokenGroup, TokenGroup.key == Token.group_key)
        .where(Token.key == key)
    )
    async with reading(engine) as connection:
        row = (await connection.execute(statement)).mappings().one_or_none()
        return (_settings(row), row["revision"]) if row else None


async def insert_token(
    engine: AsyncEngine, value: str, settings: TokenSettings, audit: AuditRecorded
) -> TokenRow | None:
    """The new token, or None when it exists already."""
    key = token_key(value)
    async with writing(engine) as connection:
        statement = (
            insert(Token)
            .values(key=key, value=value, **await _values(connection, settings))
            .on_conflict_do_nothing()
            .returning(Token.revision)
        )
        if (await connection.execute(statement)).scalar() is None:
            return None
        await write_audit(connection, audit)
        return await read_token(connection, key)


async def update_token(
    engine: AsyncEngine, value: str, settings: TokenSettings, revision: int, audit: AuditRecorded
) -> TokenRow | None:
    """The changed token, now spelled as `value`; None when it no longer is at `revision`."""
    key = token_key(value)
    async with writing(engine) as connection:
        statement = (
            update(Token)
            .where(Token.key == key, Token.revision == revision)
            .values(
                value=value,
                **await _values(connection, settings),
                revision=revision + 1,
                updated_at=func.now(),
            )
            .returning(Token.revision)
        )
        if (await connection.execute(statement)).scalar() is None:
            return None
        await write_audit(connection, audit)
        return await read_token(connection, key)


async def delete_token(engine: AsyncEngine, key: str, revision: int, audit: AuditRecorded) -> bool:
    """Whether it was there at `revision`."""
    statement = (
        delete(Token).where(Token.key == key, Token.revision == revision).returning(Token.key)
    )
    async with writing(engine) as connection:
        if (await connection.execute(statement)).scalar() is None:
            return False
        await write_audit(connection, audit)
        return True


@dataclass(frozen=True, slots=True)
class TokenWrite:
    """One of several tokens to be written. `key` is the form in which `value` is compared."""

    key: str
    value: str
    settings: TokenSettings
    is_new: bool


async def find_tokens_settings(
    engine: AsyncEngine, keys: Sequence[str]
) -> dict[str, tuple[str, TokenSettings]]:
    """The spelling and the settings of tokens, by key, of those that exist."""
    statement = (
        select(Token.key, Token.value, *_COLUMNS)
        .outerjoin(TokenGroup, TokenGroup.key == Token.group_key)
        .where(Token.key == any_(bindparam("keys", list(keys), ARRAY(Text))))
    )
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return {row["key"]: (row["value"], _settings(row)) for row in rows}


async def write_tokens(
    engine: AsyncEngine, writes: Sequence[TokenWrite], audits: Sequence[AuditRecorded]
) -> None:
    """Create or change all of them in one commit; nobody else may be writing them."""
    if not writes:
        return
    async with writing(engine, patience_s=_MANY_S) as connection:
        groups = {write.settings.group for write in writes}
        keys = {group: await _have_group(connection, group) for group in groups}
        for start in range(0, len(writes), _AT_ONCE):
            some = writes[start : start + _AT_ONCE]
            values = [_row(write, keys[write.settings.group]) for write in some]
            statement = insert(Token).values(values)
            changed = {name: statement.excluded[name] for name in values[0] if name != "key"}
            statement = statement.on_conflict_do_update(
                index_elements=[Token.key],
                set_=changed | {"revision": Token.revision + 1, "updated_at": func.now()},
            )
            await connection.execute(statement)
        await write_audit(connection, *audits)


def _row(write: TokenWrite, group_key: str | None) -> dict[str, Any]:
    values = dataclasses.asdict(write.settings)
    del values["group"]
    return values | {
        "key": write.key,
        "value": write.value,
        "status": write.settings.status.value,
        "aliases": list(write.settings.aliases),
        "group_key": group_key,
    }


async def _values(connection: AsyncConnection, settings: TokenSettings) -> dict[str, Any]:
    values = dataclasses.asdict(settings)
    values["status"] = settings.status.value
    values["aliases"] = list(settings.aliases)
    values["group_key"] = await _have_group(connection, values.pop("group"))
    return values


async def _have_group(connection: AsyncConnection, group: str | None) -> str | None:
    """The key of the group, which is created when nobody used it before."""
    if group is None:
        return None
    key = token_key(group)
    await connection.execute(
        insert(TokenGroup).values(key=key, value=group).on_conflict_do_nothing()
    )
    return key


def _settings(row: RowMapping) -> TokenSettings:
    names = (field.name for field in dataclasses.fields(TokenSettings))
    values = {name: row[name] for name in names}
    return TokenSettings(
        **values | {"status": TokenStatus(values["status"]), "aliases": tuple(values["aliases"])}
    )
