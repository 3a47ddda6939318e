"""Tokens as rules see them."""

from collections.abc import Iterable, Sequence

from voltaro.domain.authorization import TokenQuery, TokenRecord, TokenStatus
from voltaro.store.facts.sources import Sources
from voltaro.store.sql import Connection


async def load_tokens(
    connection: Connection, queries: Sequence[TokenQuery], _sources: Sources
) -> list[TokenRecord | None]:
    found = await find_tokens(connection, {query.key for query in queries})
    return [found.get(query.key) for query in queries]


async def find_tokens(connection: Connection, keys: Iterable[str]) -> dict[str, TokenRecord]:
    """The registered tokens among `keys`."""
    wanted = list(keys)
    if not wanted:
        return {}
    records = await connection.fetch(
        """
        SELECT t.key, t.value, t.type, t.status, t.expires_at, t.credit_minor, g.value AS "group"
        FROM tokens t LEFT JOIN token_groups g ON g.key = t.group_key WHERE t.key = ANY ($1)
        """,
        wanted,
    )
    return {
        r["key"]: TokenRecord(
            value=r["value"],
            type=r["type"],
            status=TokenStatus(r["status"]),
            expires_at=r["expires_at"],
            group=r["group"],
            credit_minor=r["credit_minor"],
        )
        for r in records
    }
