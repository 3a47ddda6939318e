"""What an API key may be used for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from voltaro.domain.decision import Change


class Scope(StrEnum):
    """Each stands for itself: a key that may write may not read unless that is said as well."""

    READ = "read"
    WRITE = "write"
    #: Keys and the audit log.
    ADMIN = "admin"


ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyUsed(Change):
    name: str
    at: datetime
