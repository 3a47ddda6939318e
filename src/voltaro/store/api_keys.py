"""API keys, by their hashes."""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.fresh_ids import uuid7
from voltaro.store.models import ApiKey
from voltaro.store.reach import reading, writing


@dataclass(frozen=True, slots=True)
class StoredKey:
    name: str
    key_hash: bytes


async def load_api_keys(engine: AsyncEngine) -> list[StoredKey]:
    async with reading(engine) as connection:
        rows = await connection.execute(select(ApiKey.name, ApiKey.key_hash))
        return [StoredKey(name, key_hash) for name, key_hash in rows]


async def insert_api_key(engine: AsyncEngine, key: StoredKey) -> bool:
    """Whether it was stored; not when there is one of that name."""
    statement = (
        insert(ApiKey)
        .values(id=uuid7(), name=key.name, key_hash=key.key_hash)
        .on_conflict_do_nothing()
        .returning(ApiKey.id)
    )
    async with writing(engine) as connection:
        return (await connection.execute(statement)).scalar() is not None


async def delete_api_key(engine: AsyncEngine, name: str) -> bool:
    """Whether there was one of that name."""
    statement = delete(ApiKey).where(ApiKey.name == name).returning(ApiKey.id)
    async with writing(engine) as connection:
        return (await connection.execute(statement)).scalar() is not None
