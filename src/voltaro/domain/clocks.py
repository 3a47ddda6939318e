"""How far a station's clock is off, judged by the times in its messages (quirk Q41)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: Messages of this long are judged together.
_WINDOW = timedelta(minutes=10)


@dataclass(slots=True)
class ClockSkew:
    """A message can be late but never early: the largest difference is the nearest to the truth.

    So a queue of old messages does not make a good clock look slow, as long as a live message is
    among them. Two windows overlap, lest a correction of the clock go unnoticed for long.
    """

    _began: datetime | None = field(default=None)
    _before: timedelta | None = field(default=None)
    _now: timedelta | None = field(default=None)

    def told(self, at: datetime, received_at: datetime) -> timedelta:
        """Take in a time that the station wrote; returns its clock's lead over ours."""
        lead = at - received_at
        if self._began is None or received_at - self._began >= _WINDOW:
            self._began, self._before, self._now = received_at, self._now, None
        self._now = lead if self._now is None else max(self._now, lead)
        return self._now if self._before is None else max(self._now, self._before)
