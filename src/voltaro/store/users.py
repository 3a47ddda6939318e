"""People who sign in, and their sign-ins by the hashes of their cookies."""

import dataclasses
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.audit import AuditRecorded
from voltaro.domain.users import Role, SignIn, User
from voltaro.store import models
from voltaro.store.audit import write_audit
from voltaro.store.reach import reading, writing

_FIELDS = tuple(field.name for field in dataclasses.fields(User))
_COLUMNS = [getattr(models.User, name) for name in _FIELDS]


async def load_users(engine: AsyncEngine) -> list[User]:
    async with reading(engine) as connection:
        rows = (await connection.execute(select(*_COLUMNS))).mappings()
        return [User(**{**row, "role": Role(row["role"])}) for row in rows]


async def insert_user(engine: AsyncEngine, user: User, audit: AuditRecorded) -> bool:
    """Whether it was stored; not when a person or an API key has that name."""
    same_key = select(models.ApiKey.id).where(func.lower(models.ApiKey.name) == user.key)
    statement = (
        insert(models.User)
        .values(key=user.key, **_row(user))
        .on_conflict_do_nothing()
        .returning(models.User.key)
    )
    async with writing(engine) as connection:
        if (await connection.execute(same_key)).scalar() is not None:
            return False
        if (await connection.execute(statement)).scalar() is None:
            return False
        await write_audit(connection, audit)
        return True


async def is_user_name(engine: AsyncEngine, key: str) -> bool:
    """Whether somebody has this name, by what `name_key` makes of it."""
    async with reading(engine) as connection:
        statement = select(models.User.key).where(models.User.key == key)
        return (await connection.execute(statement)).scalar() is not None


async def update_user(
    engine: AsyncEngine, user: User, *audits: AuditRecorded, ends_sign_ins: bool
) -> None:
    statement = update(models.User).where(models.User.key == user.key).values(**_row(user))
    async with writing(engine) as connection:
        await connection.execute(statement)
        if ends_sign_ins:
            ended = delete(models.SignIn).where(models.SignIn.user_key == user.key)
            await connection.execute(ended)
        await write_audit(connection, *audits)


async def delete_user(engine: AsyncEngine, key: str, audit: AuditRecorded) -> None:
    """The sign-ins go with the user."""
    async with writing(engine) as connection:
        await connection.execute(delete(models.User).where(models.User.key == key))
        await write_audit(connection, audit)


async def load_sign_ins(engine: AsyncEngine) -> dict[bytes, SignIn]:
    """By hash."""
    table = models.SignIn
    statement = select(table.token_hash, table.user_key, table.began_at, table.seen_at)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return {
            row["token_hash"]: SignIn(
                user_key=row["user_key"], began_at=row["began_at"], seen_at=row["seen_at"]
            )
            for row in rows
        }


async def insert_sign_in(
    engine: AsyncEngine, token_hash: bytes, sign_in: SignIn, *, instead_of: Collection[bytes]
) -> None:
    """Also tells the user when that was; `instead_of` are the hashes of sign-ins that end."""
    seen = (
        update(models.User)
        .where(models.User.key == sign_in.user_key)
        .values(last_sign_in_at=sign_in.began_at)
    )
    begun = insert(models.SignIn).values(
        token_hash=token_hash,
        user_key=sign_in.user_key,
        began_at=sign_in.began_at,
        seen_at=sign_in.seen_at,
    )
    ended = delete(models.SignIn).where(models.SignIn.token_hash.in_(instead_of))
    async with writing(engine) as connection:
        for statement in (ended, begun, seen):
            await connection.execute(statement)


async def delete_sign_ins(engine: AsyncEngine, hashes: Collection[bytes]) -> None:
    async with writing(engine) as connection:
        await connection.execute(delete(models.SignIn).where(models.SignIn.token_hash.in_(hashes)))


async def write_uses(engine: AsyncEngine, seen: Mapping[bytes, datetime]) -> None:
    """When each sign-in was last used."""
    statement = (
        update(models.SignIn)
        .where(models.SignIn.token_hash == bindparam("hash"))
        .values(seen_at=bindparam("at"))
    )
    async with writing(engine) as connection:
        await connection.execute(statement, [{"hash": h, "at": at} for h, at in seen.items()])


def _row(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in _FIELDS}
