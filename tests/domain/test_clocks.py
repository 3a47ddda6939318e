"""A station's clock, judged by what it writes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.clocks import ClockSkew

T0 = datetime(2026, 5, 1, tzinfo=UTC)


def seconds(number):
    return timedelta(seconds=number)


def test_a_clock_that_is_ahead_is_measured():
    assert ClockSkew().told(T0 + seconds(90), T0) == seconds(90)


def test_a_queue_of_old_messages_does_not_make_a_good_clock_look_slow():
    skew = ClockSkew()
    skew.told(T0 - seconds(1), T0)

    assert skew.told(T0 - seconds(86400), T0 + seconds(1)) == seconds(-1)


def test_a_corrected_clock_is_believed_within_two_windows():
    skew = ClockSkew()
    skew.told(T0 + seconds(3600), T0)
    skew.told(T0 + seconds(601), T0 + seconds(601))

    assert skew.told(T0 + seconds(1300), T0 + seconds(1300)) == seconds(0)


@given(st.lists(st.integers(0, 3600), min_size=1), st.integers(-7200, 7200))
def test_delays_never_make_the_clock_look_faster_than_it_is(delays, lead):
    skew = ClockSkew()

    found = [skew.told(T0 + seconds(lead - delay), T0) for delay in delays]

    assert found[-1] == seconds(lead - min(delays))
