"""People who sign in: their names, roles and passwords, and how long a sign-in lasts."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from voltaro.domain.access import ALL_SCOPES, Scope

#: A sign-in ends when nobody used it for so long, and in any case after so long.
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
#: One-time links are good for so long.
CODE_LASTS = timedelta(hours=24)
#: The oldest sign-in of a person ends when there would be more.
MOST_SIGN_INS = 10

SHORTEST_PASSWORD = 10
_LONGEST_PASSWORD = 1000
_LONGEST_NAME = 64
#: What stands between words of a name; letters and digits are those of any script.
_NAME = re.compile(r"\w(?:[\w .@+-]*\w)?")


class Role(StrEnum):
    """What a person may do; each role can what the one before it can."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.VIEWER: frozenset({Scope.READ}),
    Role.OPERATOR: frozenset({Scope.READ, Scope.WRITE}),
    Role.ADMINISTRATOR: ALL_SCOPES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """`password_hash` None: no password was chosen yet. `reset_hash`: of a one-time link's code."""

    name: str
    role: Role
    created_at: datetime
    created_by: str
    disabled: bool = False
    password_hash: str | None = field(default=None, repr=False)
    last_sign_in_at: datetime | None = None
    reset_hash: bytes | None = field(default=None, repr=False)
    reset_expires_at: datetime | None = None

    @property
    def key(self) -> str:
        return name_key(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """That somebody signed in with one browser."""

    user_key: str
    began_at: datetime
    seen_at: datetime


def name_key(name: str) -> str:
    """What names have in common that count as the same."""
    return unicodedata.normalize("NFKC", name).casefold()


def name_fault(name: str) -> str | None:
    """Why nobody can be called that; None when somebody can."""
    if len(name) > _LONGEST_NAME:
        return f"a name has at most {_LONGEST_NAME} characters"
    if not _NAME.fullmatch(name):
        return "a name begins and ends with a letter or digit; between them may be blanks and .@+-_"
    return None


def password_fault(password: str, name: str) -> str | None:
    """Why this cannot be the password of `name`; None when it can."""
    if len(password) < SHORTEST_PASSWORD:
        return f"a password has at least {SHORTEST_PASSWORD} characters"
    if len(password) > _LONGEST_PASSWORD:
        return f"a password has at most {_LONGEST_PASSWORD} characters"
    if name_key(password) == name_key(name):
        return "the password is the name"
    return None


def is_over(sign_in: SignIn, at: datetime) -> bool:
    return at - sign_in.seen_at >= IDLE or at - sign_in.began_at >= LONGEST


def can_administer(users: Iterable[User]) -> bool:
    """Whether one of them can sign in and administer."""
    return any(
        user.role is Role.ADMINISTRATOR and not user.disabled and user.password_hash is not None
        for user in users
    )
