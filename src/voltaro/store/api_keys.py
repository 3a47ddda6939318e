"""API keys, by their hashes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.access import Scope
from voltaro.domain.audit import AuditRecorded
from voltaro.store.audit import write_audit
from voltaro.store.fresh_ids import uuid7
from voltaro.store.models import ApiKey
from voltaro.store.reach import reading, writing


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """`expires_at` None: never. `created_by` None: from before that was kept."""

    name: str
    key_hash: bytes
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    created_by: str | None = None


async def load_api_keys(engine: AsyncEngine) -> list[StoredKey]:
    statement = select(
        ApiKey.name,
        ApiKey.key_hash,
        ApiKey.scopes,
        ApiKey.created_at,
        ApiKey.expires_at,
        ApiKey.last_used_at,
        ApiKey.created_by,
    )
    known = set(Scope)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [
            StoredKey(**{**row, "scopes": frozenset(s for s in known if s in row["scopes"])})
            for row in rows
        ]


async def insert_api_key(engine: AsyncEngine, key: StoredKey, audit: AuditRecorded) -> bool:
    """Whether it was stored; not when there is one of that name."""
    statement = (
        insert(ApiKey)
        .values(
            id=uuid7(),
            name=key.name,
            key_hash=key.key_hash,
            scopes=sorted(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
            created_by=key.created_by,
        )
        .on_conflict_do_nothing()
        .returning(ApiKey.id)
    )
    async with writing(engine) as connection:
        if (await connection.execute(statement)).scalar() is None:
            return False
        await write_audit(connection, audit)
        return True


async def delete_api_key(engine: AsyncEngine, name: str, audit: AuditRecorded) -> bool:
    """Whether there was one of that name."""
    statement = delete(ApiKey).where(ApiKey.name == name).returning(ApiKey.id)
    async with writing(engine) as connection:
        if (await connection.execute(statement)).scalar() is None:
            return False
        await write_audit(connection, audit)
        return True
