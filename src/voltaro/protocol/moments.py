"""Times on the wire: read whatever stations write, write what every station reads."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from voltaro.protocol.normalise.faults import Fault
from voltaro.protocol.routes import Origin

#: No OCPP station is older; an earlier date is a clock that was never set (1970, 2000).
_FIRST_YEAR = 2011
#: What happened cannot lie ahead: a clock further ahead than this is wrong, or its zone is.
_AHEAD = timedelta(minutes=5)
#: RFC 3339 with a zone; a text that ends in Z and can be read is not looked at again.
_PROPER: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d", re.ASCII | re.IGNORECASE
)
_EPOCH: Final = re.compile(r"\d{10}(?:\d{3})?", re.ASCII)
_WHOLE_SECONDS = 10


class Moment(NamedTuple):
    """`trusted` is False where `at` is our own time, because the station's said nothing usable."""

    at: datetime
    trusted: bool


def read_moment(text: str | None, origin: Origin, pointer: str = "/timestamp") -> Moment:
    """The time a station wrote, in UTC; a time without zone counts as UTC (1.6 §3.14).

    What is wrong with it is remarked on at `origin`; None is no fault.
    """
    received_at = origin.received_at
    if text is None:
        return Moment(received_at, trusted=False)
    at, fault = _read(text)
    if at is None:
        fault = fault or Fault.TIME_UNREADABLE
    elif at.year < _FIRST_YEAR:  # Quirk Q40: the clock before it was ever set.
        at, fault = None, Fault.TIME_UNSET
    elif at > received_at + _AHEAD:  # Quirk Q41: local time that says it is UTC.
        origin.ahead.append(at)
        at, fault = None, Fault.TIME_AHEAD
    if fault is not None:
        origin.remark(fault, pointer)
    return Moment(received_at, trusted=False) if at is None else Moment(at, trusted=True)


def moment_in(text: str) -> datetime | None:
    """The time that a text says, in UTC and wherever it lies; None where it cannot be read."""
    return _read(text)[0]


def _read(text: str) -> tuple[datetime | None, Fault | None]:
    """The time in UTC, and what is unusual about its form."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is UTC and text[-1] == "Z":
            return at, None
    except ValueError:
        pass
    tidy = text.strip().upper()
    if not tidy:
        return None, Fault.TIME_MISSING
    try:
        if _EPOCH.fullmatch(tidy):
            seconds = int(tidy) / (1 if len(tidy) == _WHOLE_SECONDS else 1000)
            return datetime.fromtimestamp(seconds, UTC), Fault.TIME_FORMAT
        at = datetime.fromisoformat(tidy)
        if at.tzinfo is None:  # Quirk Q38: no zone.
            return at.replace(tzinfo=UTC), Fault.TIME_WITHOUT_ZONE
        # Quirk Q39: a zone of hours alone, and other forms of ISO 8601 that RFC 3339 leaves out.
        proper = tidy.endswith("Z") or _PROPER.fullmatch(tidy)
        return at.astimezone(UTC), None if proper else Fault.TIME_FORMAT
    except (ValueError, OverflowError):
        return None, Fault.TIME_UNREADABLE


def parse_moment(text: str) -> datetime | None:
    """A time that somebody put into a CALL of ours, in UTC; None where it cannot be read."""
    return _read(text)[0]


def write_moment(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and Z: some stations read nothing else."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat("T", "milliseconds").replace("+00:00", "Z")
