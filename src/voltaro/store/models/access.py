"""Who may use the API, what they changed, and which secret key the stored hashes belong to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class ApiKey(Base):
    """Only the hash of a key is stored."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]
    #: Keys from before there were scopes could do everything.
    scopes: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{read,write,admin}'")
    )
    expires_at: Mapped[datetime | None]
    #: The name of the key that made it.
    created_by: Mapped[str | None]


class AuditEntry(Base):
    """One change that a person made, written in the same commit. Holds no secrets."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_target", "target_kind", "target", "id"),
        Index("ix_audit_log_actor_id", "actor", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    #: The name of the key, or "voltaro" where a setting decided.
    actor: Mapped[str]
    action: Mapped[str]
    target_kind: Mapped[str]
    target: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    request_id: Mapped[str]


class IdempotentRequest(Base):
    """A request that acts, by its Idempotency-Key; the answer is null until it is finished."""

    __tablename__ = "idempotent_requests"

    actor: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    #: Digest of method, path, query and body.
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    headers: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


class Installation(Base):
    """One row: proves at start that the secret key is the one the hashes were made with."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    secret_fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
