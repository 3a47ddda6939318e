"""Times on the wire: read whatever stations write, write what every station reads."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from voltaro.protocol.routes import Origin

#: No OCPP station is older; an earlier date is a clock that was never set (1970, 2000).
_FIRST_YEAR = 2011
_AHEAD = timedelta(days=1)


class Moment(NamedTuple):
    """`trusted` is False where `at` is our own time, because the station's said nothing usable."""

    at: datetime
    trusted: bool


def read_moment(text: str | None, origin: Origin) -> Moment:
    """The time a station wrote, in UTC; a time without zone counts as UTC (1.6 §3.14)."""
    try:
        at = datetime.fromisoformat(text.strip().upper()) if text else None
        if at is not None:
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        at = None
    if at is None or at.year < _FIRST_YEAR or at > origin.received_at + _AHEAD:
        return Moment(origin.received_at, trusted=False)
    return Moment(at, trusted=True)


def write_moment(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and Z: some stations read nothing else."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
