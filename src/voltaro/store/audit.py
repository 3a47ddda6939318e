"""The audit log, written within the transaction of the change it tells of."""

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from voltaro.domain.audit import AuditRecorded
from voltaro.store.fresh_ids import uuid7
from voltaro.store.models import AuditEntry


async def write_audit(connection: AsyncConnection, *entries: AuditRecorded) -> None:
    """Add to the log; the caller's transaction makes both durable, or neither."""
    if not entries:
        return
    rows = [
        {
            "id": uuid7(),
            "at": entry.at,
            "actor": entry.author.name,
            "action": entry.action,
            "target_kind": entry.target_kind,
            "target": entry.target,
            "before": dict(entry.before) if entry.before is not None else None,
            "after": dict(entry.after) if entry.after is not None else None,
            "request_id": entry.author.request_id,
        }
        for entry in entries
    ]
    await connection.execute(insert(AuditEntry), rows)
