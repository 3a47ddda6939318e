"""What was changed, by whom."""

from datetime import datetime
from typing import Any, TypedDict, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.store.models import AuditEntry
from voltaro.store.reach import reading


class AuditRow(TypedDict):
    id: UUID
    at: datetime
    actor: str
    action: str
    target_kind: str
    target: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str


async def list_audit(
    engine: AsyncEngine,
    *,
    actor: str | None = None,
    action: str | None = None,
    target_kind: str | None = None,
    target: str | None = None,
    request_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[AuditRow]:
    """Newest first, from the first one older than `before`; `until` itself is left out."""
    a = AuditEntry
    columns = (
        a.id,
        a.at,
        a.actor,
        a.action,
        a.target_kind,
        a.target,
        a.before,
        a.after,
        a.request_id,
    )
    statement = select(*columns).order_by(a.id.desc()).limit(limit)
    given = (
        (a.actor, actor),
        (a.action, action),
        (a.target_kind, target_kind),
        (a.target, target),
        (a.request_id, request_id),
    )
    statement = statement.where(*(column == value for column, value in given if value is not None))
    if since is not None:
        statement = statement.where(a.at >= since)
    if until is not None:
        statement = statement.where(a.at < until)
    if before is not None:
        statement = statement.where(a.id < before)
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).mappings()
        return [cast("AuditRow", dict(row)) for row in rows]
