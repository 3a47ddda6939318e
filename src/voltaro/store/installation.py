"""Which secret key the stored hashes were made with."""

import hmac

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import Installation
from voltaro.store.reach import writing

_ONLY = 1


async def check_secret(engine: AsyncEngine, fingerprint: bytes) -> bool:
    """Whether the secret key is the one of the first start; the first start makes it so."""
    remember = (
        insert(Installation)
        .values(id=_ONLY, secret_fingerprint=fingerprint)
        .on_conflict_do_nothing()
    )
    recall = select(Installation.secret_fingerprint).where(Installation.id == _ONLY)
    async with writing(engine) as connection:
        await connection.execute(remember)
        stored: bytes = (await connection.execute(recall)).scalar_one()
    return hmac.compare_digest(stored, fingerprint)
