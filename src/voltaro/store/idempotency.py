"""Requests that were made with an Idempotency-Key, and what they were answered."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import IdempotentRequest
from voltaro.store.reach import writing

#: With each new key so many expired ones are forgotten.
_SWEEP = 50


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """`answer` None: it was never finished."""

    fingerprint: bytes
    answer: StoredAnswer | None


async def begin_request(
    engine: AsyncEngine,
    actor: str,
    key: str,
    fingerprint: bytes,
    *,
    now: datetime,
    expires_at: datetime,
) -> KnownRequest | None:
    """None for a new key, which is taken; else the request that it was used for."""
    r = IdempotentRequest
    expired = select(r.actor, r.key).where(r.expires_at < now).limit(_SWEEP)
    claim = (
        insert(r)
        .values(actor=actor, key=key, fingerprint=fingerprint, expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(r.key)
    )
    known = select(r.fingerprint, r.status, r.headers, r.body).where(r.actor == actor, r.key == key)
    async with writing(engine) as connection:
        mine = delete(r).where(r.actor == actor, r.key == key, r.expires_at < now)
        await connection.execute(mine)
        await connection.execute(delete(r).where(tuple_(r.actor, r.key).in_(expired)))
        if (await connection.execute(claim)).scalar() is not None:
            return None
        row = (await connection.execute(known)).one()
    if row.status is None:
        return KnownRequest(row.fingerprint, None)
    return KnownRequest(row.fingerprint, StoredAnswer(row.status, row.headers, row.body))


async def finish_request(engine: AsyncEngine, actor: str, key: str, answer: StoredAnswer) -> None:
    """Keep the answer for those who ask again."""
    r = IdempotentRequest
    values = {"status": answer.status, "headers": answer.headers, "body": answer.body}
    async with writing(engine) as connection:
        await connection.execute(update(r).where(r.actor == actor, r.key == key).values(**values))


async def forget_request(engine: AsyncEngine, actor: str, key: str) -> None:
    """The request was refused and changed nothing: the key is free again."""
    r = IdempotentRequest
    async with writing(engine) as connection:
        await connection.execute(delete(r).where(r.actor == actor, r.key == key))
