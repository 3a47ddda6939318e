"""Who may charge (OCPP 1.6 §4.2, 2.x functional block C)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from voltaro.domain.command import Command
from voltaro.domain.decision import Decision, Query, Rule, StationEvent
from voltaro.domain.ids import IdToken
from voltaro.domain.values import changed

#: A token of this type asks for a free start and is always welcome (C02.FR.02).
NO_AUTHORIZATION = "NoAuthorization"


class TokenStatus(StrEnum):
    """What the operator decided about a token."""

    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    INVALID = "invalid"


class AuthorizationStatus(StrEnum):
    """What a station is told about a token (2.x AuthorizationStatusEnumType)."""

    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    CONCURRENT_TX = "concurrent_tx"
    EXPIRED = "expired"
    INVALID = "invalid"
    NO_CREDIT = "no_credit"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """A registered token. `type` None serves every type; `credit_minor` None means not prepaid."""

    value: str
    type: str | None = None
    status: TokenStatus = TokenStatus.ACCEPTED
    expires_at: datetime | None = None
    group: str | None = None
    credit_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Authorization:
    """The answer about a token, with the group whose members may stop each other's sessions."""

    status: AuthorizationStatus
    group_token: str | None = None
    expires_at: datetime | None = None

    def but(self, status: AuthorizationStatus) -> "Authorization":
        """The same token's answer with another status."""
        return changed(self, status=status)


def authorize(token: IdToken, record: TokenRecord | None, *, now: datetime) -> Authorization:
    """Judge a presented token by its record, at our own time."""
    if is_anonymous(token):
        return Authorization(AuthorizationStatus.ACCEPTED)
    if record is None or (record.type and token.type and record.type != token.type):
        return Authorization(AuthorizationStatus.UNKNOWN)
    return Authorization(_status(record, now), record.group, record.expires_at)


def is_anonymous(token: IdToken) -> bool:
    """Whether this stands for nobody: any number of sessions may carry it."""
    return token.type == NO_AUTHORIZATION


def _status(record: TokenRecord, now: datetime) -> AuthorizationStatus:
    if record.status is not TokenStatus.ACCEPTED:
        return AuthorizationStatus(record.status.value)
    if record.expires_at is not None and record.expires_at <= now:
        return AuthorizationStatus.EXPIRED
    if record.credit_minor is not None and record.credit_minor <= 0:
        return AuthorizationStatus.NO_CREDIT
    return AuthorizationStatus.ACCEPTED


class TokenPresented(StationEvent, kw_only=True):
    """A driver asks whether a token may charge, outside any transaction."""

    token: IdToken


@dataclass(frozen=True, slots=True)
class TokenQuery(Query[TokenRecord | None]):
    key: str


def _decide(event: TokenPresented, record: TokenRecord | None) -> Decision[Authorization]:
    # Never CONCURRENT_TX here: presenting the token again is how a driver stops (1.6 §5.1).
    return Decision(authorize(event.token, record, now=event.received_at))


AUTHORIZE: Rule[TokenPresented, TokenRecord | None, Authorization] = Rule(
    lambda event: TokenQuery(event.token.key), _decide
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCache(Command):
    """Make a station forget which tokens it saw."""

    name: ClassVar[str] = "clear_cache"
