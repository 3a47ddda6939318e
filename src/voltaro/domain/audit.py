"""What a person or a rule of the house changed: who, what, and what it was before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voltaro.domain.decision import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who asks for a change, by the name of the key, and in which request."""

    name: str
    request_id: str = ""


#: What the settings decide, without a person: a station that nobody registered is let in.
SYSTEM = Author(name="voltaro")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecorded(Change):
    """One change, durable together with it. `action` and `target_kind` are stable words.

    `before` and `after` hold what JSON can hold, and no secrets; None: it did not, or no longer,
    exist.
    """

    author: Author
    action: str
    target_kind: str
    target: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    at: datetime
