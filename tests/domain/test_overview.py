"""Figures over time: gaps are gaps, and days are those of the place."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from voltaro.domain.overview import day_bounds, floored, stepped, utilisation

NOW = datetime(2026, 5, 1, 12, 7, 31, tzinfo=UTC)
STEP = timedelta(minutes=5)
BERLIN = ZoneInfo("Europe/Berlin")


def test_steps_without_a_value_are_gaps():
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)

    found = stepped({at: 7}, until=NOW, step=STEP, span=timedelta(minutes=15))

    assert found == [(at - STEP, None), (at, 7), (at + STEP, None)]


def test_a_day_has_288_steps_of_five_minutes():
    found = stepped({}, until=NOW, step=STEP, span=timedelta(days=1))

    assert (len(found), found[-1][0]) == (288, floored(NOW, STEP))


@pytest.mark.parametrize(
    ("now", "first", "hours"),
    [
        (NOW, datetime(2026, 4, 24, 22, tzinfo=UTC), 7 * 24),
        # Just after midnight in Berlin it is still yesterday in UTC.
        (
            datetime(2026, 4, 30, 22, 30, tzinfo=UTC),
            datetime(2026, 4, 24, 22, tzinfo=UTC),
            7 * 24,
        ),
        (datetime(2026, 3, 30, tzinfo=UTC), datetime(2026, 3, 23, 23, tzinfo=UTC), 7 * 24 - 1),
        (datetime(2026, 10, 26, tzinfo=UTC), datetime(2026, 10, 19, 22, tzinfo=UTC), 7 * 24 + 1),
    ],
)
def test_days_begin_at_midnight_of_the_place_also_when_clocks_change(now, first, hours):
    bounds = [each.astimezone(UTC) for each in day_bounds(now, BERLIN, 7)]

    assert bounds[0] == first
    assert bounds[-1] - bounds[0] == timedelta(hours=hours)
    assert len(bounds) == 8


def test_last_day_is_today():
    assert [each.date() for each in day_bounds(NOW, BERLIN, 2)] == [
        date(2026, 4, 30),
        date(2026, 5, 1),
        date(2026, 5, 2),
    ]


def test_use_is_the_share_of_connectors_by_day_and_hour_of_the_place():
    friday = datetime(2026, 5, 1, 12, tzinfo=UTC)

    found = utilisation([(friday, 1), (friday - timedelta(weeks=1), 3)], 4, BERLIN)

    assert found is not None
    assert (len(found), {len(day) for day in found}) == (7, {24})
    assert found[4][14] == 0.5
    assert sum(share is not None for day in found for share in day) == 1


def test_more_sessions_than_connectors_are_no_more_than_all():
    found = utilisation([(NOW, 9)], 2, BERLIN)

    assert found is not None
    assert found[4][14] == 1


@pytest.mark.parametrize(("sessions", "connectors"), [([], 4), ([(NOW, 1)], 0)])
def test_use_is_unknown_without_records_or_connectors(sessions, connectors):
    assert utilisation(sessions, connectors, BERLIN) is None
