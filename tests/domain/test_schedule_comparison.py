"""Where a station's composite schedule differs from our own."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from voltaro.domain.composite_schedule import CompositePeriod, CompositeSchedule
from voltaro.domain.schedule_comparison import differs_at, schedule_of, shown_schedule
from voltaro.domain.smart_charging import RateUnit

T0 = datetime(2026, 11, 2, 8, tzinfo=UTC)


def schedule(*periods, duration_s=3600):
    """Of (start_s, limit) or (start_s, limit, number_phases)."""
    return CompositeSchedule(
        start_at=T0,
        duration_s=duration_s,
        rate_unit=RateUnit.A,
        periods=tuple(
            CompositePeriod(
                start_s=start,
                limit=None if limit is None else Decimal(limit),
                number_phases=phases[0] if phases else None,
            )
            for start, limit, *phases in periods
        ),
    )


SIXTEEN = schedule((0, "16"), (600, "10"))


@pytest.mark.parametrize(
    "told",
    [
        SIXTEEN,
        schedule((0, "16.0"), (300, "16"), (600, "10.0")),
        schedule((0, "16.1"), (600, "9.9")),
        schedule((0, "16"), (601, "10")),
        schedule((0, "16"), (599, "10")),
        schedule((0, "16", 3), (600, "10", 3)),
        schedule((0, "16"), duration_s=600),
        schedule((0, "16"), (600, "10"), (4000, "6"), duration_s=9000),
    ],
)
def test_what_says_the_same_agrees(told):
    assert differs_at(SIXTEEN, told) is None


@pytest.mark.parametrize(
    ("told", "second"),
    [
        (schedule((0, "10")), 0),
        (schedule((0, "16")), 600),
        (schedule((0, "16"), (602, "10")), 600),
        (schedule((0, "16"), (600, "10"), (3000, "10.2")), 3000),
        (schedule((0, "16"), (600, "10"), (3599, "6")), 3599),
        (schedule((0, "16"), (599, "12"), (600, "12"), (601, "10")), 599),
        (schedule((60, "16"), (600, "10")), 0),
        (schedule(), 0),
    ],
)
def test_the_first_second_that_differs_is_told(told, second):
    assert differs_at(SIXTEEN, told) == second


def test_phases_count_where_both_name_them():
    own = schedule((0, "16", 1))

    assert differs_at(own, schedule((0, "16", 3))) == 0
    assert differs_at(own, schedule((0, "16", 1))) is None
    assert differs_at(own, schedule((0, "16"))) is None


def test_where_nothing_of_ours_limits_the_station_may_say_what_it_is_built_for():
    own = schedule((0, None), (600, "10"), (1200, None))

    assert differs_at(own, schedule((0, "32"), (600, "10"), (1200, "32"))) is None
    assert differs_at(own, schedule((0, "32"))) == 600


def test_a_schedule_survives_being_shown():
    assert schedule_of(shown_schedule(SIXTEEN)) == SIXTEEN
    assert shown_schedule(SIXTEEN) == {
        "start_at": "2026-11-02T08:00:00.000Z",
        "duration_s": 3600,
        "unit": "A",
        "periods": [
            {"start_s": 0, "limit": Decimal(16), "number_phases": None},
            {"start_s": 600, "limit": Decimal(10), "number_phases": None},
        ],
    }
