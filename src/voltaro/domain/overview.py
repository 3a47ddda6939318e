"""Figures of the fleet over time: steps, days and hours of the week, also where some are missing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta, tzinfo

_HOURS, _DAYS = 24, 7


def floored(at: datetime, step: timedelta) -> datetime:
    """The beginning of the step that a time is in; steps begin at midnight UTC."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return at - (at - midnight) % step


def stepped(
    values: Mapping[datetime, int], *, until: datetime, step: timedelta, span: timedelta
) -> list[tuple[datetime, int | None]]:
    """A value for each step of the span whose last step is that of `until`; None is a gap."""
    last = floored(until, step)
    times = (last - n * step for n in range(span // step - 1, -1, -1))
    return [(at, values.get(at)) for at in times]


def day_bounds(now: datetime, zone: tzinfo, days: int) -> list[datetime]:
    """Where the last `days` days begin in that zone, oldest first, and where today ends.

    A day of a change of clocks is longer or shorter.
    """
    today = now.astimezone(zone).date()
    return [datetime.combine(today + timedelta(days=n), time(), zone) for n in range(1 - days, 2)]


def utilisation(
    sessions: Iterable[tuple[datetime, float]], connectors: int, zone: tzinfo
) -> list[list[float | None]] | None:
    """The mean share of connectors in a session, by day of the week (Monday first) and hour.

    `sessions` are numbers of open ones with their time. None where nothing is known at all.
    """
    found: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
    for at, number in sessions:
        local = at.astimezone(zone)
        found[local.weekday(), local.hour].append(number)
    if not found or not connectors:
        return None

    def share(numbers: list[float]) -> float | None:
        return round(min(1, sum(numbers) / len(numbers) / connectors), 4) if numbers else None

    return [[share(found[day, hour]) for hour in range(_HOURS)] for day in range(_DAYS)]
