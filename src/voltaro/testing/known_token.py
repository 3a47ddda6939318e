"""What a simulated station knows about one token, from its local list or its cache."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownToken:
    """`group` is the parent idTag of 1.6 and the groupIdToken of 2.x."""

    status: str
    group: str | None
    expires_at: datetime | None

    def is_accepted(self, at: datetime) -> bool:
        return self.status == "Accepted" and (self.expires_at is None or at < self.expires_at)


def known_token(status: str, group: str | None, expires: str | None) -> KnownToken:
    """From the words on the wire; `expires` is in ISO 8601."""
    expires_at = None if expires is None else datetime.fromisoformat(expires)
    return KnownToken(status=status, group=group, expires_at=expires_at)
