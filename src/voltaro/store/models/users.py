"""People who sign in, and with which browsers they are signed in."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, false
from sqlalchemy.orm import Mapped, mapped_column

from voltaro.store.models.declarative import Base


class User(Base):
    """Of passwords and of codes in one-time links only hashes are stored."""

    __tablename__ = "users"

    #: The name as it is compared.
    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    disabled: Mapped[bool] = mapped_column(server_default=false())
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    last_sign_in_at: Mapped[datetime | None]
    reset_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    reset_expires_at: Mapped[datetime | None]


class SignIn(Base):
    """By the hash of what the browser's cookie holds."""

    __tablename__ = "sign_ins"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_key: Mapped[str] = mapped_column(ForeignKey("users.key", ondelete="CASCADE"), index=True)
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
