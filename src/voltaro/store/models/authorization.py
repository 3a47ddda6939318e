"""Id tokens and the groups they belong to."""

from datetime import datetime

from sqlalchemy import ARRAY, CHAR, BigInteger, ForeignKey, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class TokenGroup(Base):
    """Tokens whose holders may stop each other's transactions."""

    __tablename__ = "token_groups"

    key: Mapped[str] = mapped_column(primary_key=True)
    #: As the operator spelled it.
    value: Mapped[str]


class Token(Base):
    """`key` is the value as compared, without regard to case."""

    __tablename__ = "tokens"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    type: Mapped[str | None]
    status: Mapped[str]
    expires_at: Mapped[datetime | None]
    group_key: Mapped[str | None] = mapped_column(ForeignKey("token_groups.key"), index=True)
    master_pass: Mapped[bool] = mapped_column(server_default="false")
    credit_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(CHAR(3))
    #: Other texts by which stations name it.
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revision: Mapped[int] = mapped_column(server_default="1")
