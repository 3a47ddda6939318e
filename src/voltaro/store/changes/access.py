"""What was done with API keys: changes to be accounted for, and when each was last used."""

import json
from collections.abc import Collection, Sequence

from voltaro.domain.access import ApiKeyUsed
from voltaro.domain.audit import AuditRecorded
from voltaro.store.fresh_ids import uuid7
from voltaro.store.sql import Connection


async def write_audit(
    connection: Connection, rows: Sequence[tuple[int, AuditRecorded]]
) -> Collection[int]:
    await connection.executemany(
        """
        INSERT INTO audit_log
            (id, at, actor, action, target_kind, target, before, after, request_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb, $9)
        """,
        [
            (
                uuid7(),
                change.at,
                change.author.name,
                change.action,
                change.target_kind,
                change.target,
                json.dumps(change.before) if change.before is not None else None,
                json.dumps(change.after) if change.after is not None else None,
                change.author.request_id,
            )
            for _, change in rows
        ],
    )
    return ()


async def write_key_uses(
    connection: Connection, rows: Sequence[tuple[int, ApiKeyUsed]]
) -> Collection[int]:
    await connection.execute(
        """
        UPDATE api_keys AS k SET last_used_at = greatest(k.last_used_at, u.at)
        FROM (SELECT name, max(at) AS at FROM unnest($1::text[], $2::timestamptz[]) AS g (name, at)
              GROUP BY name) AS u
        WHERE k.name = u.name
        """,
        [change.name for _, change in rows],
        [change.at for _, change in rows],
    )
    return ()
