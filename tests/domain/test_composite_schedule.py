"""What all profiles together allow, worked by hand and against a slow calculation."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voltaro.domain.charging_mirror import install
from voltaro.domain.composite_schedule import CompositePeriod, Situation, composite
from voltaro.domain.ids import Scope
from voltaro.domain.smart_charging import (
    ChargingProfile,
    ChargingSchedule,
    InstalledProfile,
    ProfileKind,
    Purpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
)

#: A Monday.
T0 = datetime(2026, 11, 2, tzinfo=UTC)
DAY = 86_400
HOUR = 3_600
RUNNING = Situation(station_ref="7", started_at=T0)


def periods(*parts, phases=None):
    return tuple(
        SchedulePeriod(start_s=start, limit=Decimal(str(limit)), number_phases=phases)
        for start, limit in parts
    )


def held(
    purpose,
    *parts,
    where=1,
    level=0,
    unit=RateUnit.A,
    kind=ProfileKind.ABSOLUTE,
    start_at=T0,
    duration_s=None,
    phases=None,
    profile_id=1,
    **more,
):
    schedule = ChargingSchedule(
        id=1,
        rate_unit=unit,
        periods=periods(*parts, phases=phases),
        start_at=None if kind is ProfileKind.RELATIVE else start_at,
        duration_s=duration_s,
    )
    profile = ChargingProfile(
        profile_id=profile_id,
        stack_level=level,
        purpose=purpose,
        kind=kind,
        schedules=(schedule,),
        **more,
    )
    return InstalledProfile(where=where, profile=profile)


def shown(*installed, where=1, at=T0, duration_s=DAY, unit=RateUnit.A, situation=RUNNING):
    """(start, limit) of each period."""
    found = composite(
        installed, where=where, at=at, duration_s=duration_s, unit=unit, situation=situation
    )
    return [(period.start_s, period.limit) for period in found.periods]


# -- worked by hand


def test_without_profiles_nothing_limits():
    assert shown() == [(0, None)]


def test_the_daily_default_of_the_specification_limits_the_day_to_6_kw():
    """1.6 §3.13.7."""
    daily = held(
        Purpose.TX_DEFAULT,
        (0, 11000),
        (28800, 6000),
        (72000, 11000),
        where=Scope.STATION,
        unit=RateUnit.W,
        kind=ProfileKind.RECURRING,
        recurrency=Recurrency.DAILY,
        start_at=datetime(2013, 1, 1, tzinfo=UTC),
        duration_s=DAY,
        phases=3,
    )

    from_six = shown(daily, at=T0 + timedelta(hours=6), unit=RateUnit.W)

    assert from_six == [(0, 11000), (2 * HOUR, 6000), (14 * HOUR, 11000)]
    found = composite(
        [daily], where=1, at=T0, duration_s=DAY, unit=RateUnit.W, situation=Situation()
    )
    assert {period.number_phases for period in found.periods} == {3}


def test_a_holiday_stacked_on_a_week_of_cheap_nights_counts_for_its_day_only():
    """1.6 §3.13.2: full power on weekday nights and weekends, and an exception on top."""
    nights = [
        part
        for day in range(5)
        for part in (
            (day * DAY, 32),
            (day * DAY + 6 * HOUR, 10),
            (day * DAY + 23 * HOUR, 32),
        )
    ]
    # A new period with the limit of the one before it is allowed, and does not show.
    week = held(
        Purpose.TX_DEFAULT,
        *nights,
        where=Scope.STATION,
        kind=ProfileKind.RECURRING,
        recurrency=Recurrency.WEEKLY,
        start_at=T0 - timedelta(weeks=3),
        duration_s=7 * DAY,
    )
    holiday = held(
        Purpose.TX_DEFAULT,
        (0, 20),
        where=Scope.STATION,
        level=1,
        start_at=T0,
        valid_from=T0 + timedelta(days=2),
        valid_to=T0 + timedelta(days=3),
        profile_id=2,
    )

    found = shown(week, holiday, at=T0 + timedelta(days=1, hours=12), duration_s=5 * DAY)

    noon = DAY + 12 * HOUR
    assert found == [
        (0, 10),
        (DAY + 23 * HOUR - noon, 32),
        (2 * DAY - noon, 20),
        (3 * DAY - noon, 32),
        (3 * DAY + 6 * HOUR - noon, 10),
        (3 * DAY + 23 * HOUR - noon, 32),
        (4 * DAY + 6 * HOUR - noon, 10),
        (4 * DAY + 23 * HOUR - noon, 32),
    ]


def test_when_the_upper_schedule_is_over_the_lower_level_counts_again():
    below = held(Purpose.TX_DEFAULT, (0, 16), level=0)
    above = held(Purpose.TX_DEFAULT, (0, 6), (600, 8), level=3, duration_s=900, profile_id=2)

    assert shown(below, above) == [(0, 6), (600, 8), (900, 16)]


def test_an_upper_schedule_without_duration_never_falls_back():
    below = held(Purpose.TX_DEFAULT, (0, 6), level=0)
    above = held(Purpose.TX_DEFAULT, (0, 20), level=1, profile_id=2)

    assert shown(below, above, duration_s=30 * DAY) == [(0, 20)]


def test_when_the_only_schedule_is_over_nothing_limits():
    assert shown(held(Purpose.TX_DEFAULT, (0, 6), duration_s=60)) == [(0, 6), (60, None)]


def test_periods_that_start_after_the_duration_are_never_reached():
    ends = held(Purpose.TX_DEFAULT, (0, 6), (100, 8), duration_s=100)

    assert shown(ends) == [(0, 6), (100, None)]


def test_a_schedule_that_begins_later_says_nothing_before():
    later = held(Purpose.TX_DEFAULT, (0, 6), start_at=T0 + timedelta(minutes=5))

    assert shown(later) == [(0, None), (300, 6)]


@pytest.mark.parametrize("second", [-1, 0])
def test_valid_to_is_the_first_moment_that_it_is_not_valid(second):
    """K01.FR.37."""
    ends = held(Purpose.TX_DEFAULT, (0, 6), start_at=T0 - timedelta(hours=1), valid_to=T0)

    limits = shown(ends, at=T0 + timedelta(seconds=second), duration_s=1)

    assert limits == [(0, 6 if second < 0 else None)]


def test_the_lowest_of_station_transaction_and_external_limits_counts():
    station = held(Purpose.STATION_MAX, (0, 32), (300, 9), where=Scope.STATION)
    transaction = held(Purpose.TX, (0, 16), (600, 8), station_ref="7", profile_id=2)
    external = held(Purpose.EXTERNAL, (0, 20), (450, 5), duration_s=500, profile_id=3)

    found = shown(station, transaction, external)

    assert found == [(0, 16), (300, 9), (450, 5), (500, 9), (600, 8)]


def test_a_profile_of_the_transaction_overrules_the_default_until_it_is_over():
    default = held(Purpose.TX_DEFAULT, (0, 6))
    transaction = held(Purpose.TX, (0, 32), duration_s=600, station_ref="7", profile_id=2)

    assert shown(default, transaction) == [(0, 32), (600, 6)]


@pytest.mark.parametrize("situation", [Situation(), Situation(station_ref="8", started_at=T0)])
def test_a_profile_of_another_transaction_limits_nothing(situation):
    default = held(Purpose.TX_DEFAULT, (0, 6))
    other = held(Purpose.TX, (0, 1), station_ref="7", profile_id=2)

    assert shown(default, other, situation=situation) == [(0, 6)]


def test_the_default_of_the_evse_replaces_that_of_the_station_for_it_alone():
    of_all = held(Purpose.TX_DEFAULT, (0, 10), where=Scope.STATION, level=5)
    of_one = held(Purpose.TX_DEFAULT, (0, 25), where=1, level=0, duration_s=600, profile_id=2)

    assert shown(of_all, of_one, where=1) == [(0, 25), (600, 10)]
    assert shown(of_all, of_one, where=2) == [(0, 10)]


def test_for_the_station_only_its_own_limits_count():
    station = held(Purpose.STATION_MAX, (0, 63), where=Scope.STATION)
    default = held(Purpose.TX_DEFAULT, (0, 10), where=Scope.STATION, profile_id=2)
    evse = held(Purpose.TX, (0, 6), where=1, station_ref="7", profile_id=3)

    assert shown(station, default, evse, where=Scope.STATION) == [(0, 63)]


def test_a_relative_schedule_counts_from_the_start_of_the_transaction():
    relative = held(Purpose.TX_DEFAULT, (0, 32), (HOUR, 6), kind=ProfileKind.RELATIVE)
    half_past = T0 + timedelta(minutes=30)

    assert shown(relative, at=half_past) == [(0, 32), (HOUR // 2, 6)]
    assert shown(relative, at=half_past, situation=Situation()) == [(0, 32), (HOUR, 6)]


def test_a_recurring_schedule_shorter_than_its_cycle_leaves_the_rest_to_others():
    daily = held(
        Purpose.TX_DEFAULT,
        (0, 6),
        kind=ProfileKind.RECURRING,
        recurrency=Recurrency.DAILY,
        start_at=T0 + timedelta(hours=17),
        duration_s=4 * HOUR,
    )

    assert shown(daily, duration_s=2 * DAY) == [
        (0, None),
        (17 * HOUR, 6),
        (21 * HOUR, None),
        (DAY + 17 * HOUR, 6),
        (DAY + 21 * HOUR, None),
    ]


def test_a_recurring_schedule_longer_than_its_cycle_starts_anew():
    daily = held(
        Purpose.TX_DEFAULT,
        (0, 6),
        (DAY - 60, 8),
        (DAY + 60, 30),
        kind=ProfileKind.RECURRING,
        recurrency=Recurrency.DAILY,
        duration_s=2 * DAY,
    )

    assert shown(daily, duration_s=DAY + 60) == [(0, 6), (DAY - 60, 8), (DAY, 6)]


@pytest.mark.parametrize(
    ("phases", "watt"),
    [(1, Decimal("3680.0")), (3, Decimal("11040.0")), (None, Decimal("11040.0"))],
)
def test_ampere_are_shown_as_watt_of_all_phases(phases, watt):
    current = held(Purpose.TX_DEFAULT, (0, 16), phases=phases)

    assert shown(current, unit=RateUnit.W) == [(0, watt)]


def test_watt_are_shown_as_ampere_of_a_phase_and_never_rounded_up():
    power = held(Purpose.TX_DEFAULT, (0, 5000), unit=RateUnit.W)

    # 5000 / (3 x 230) = 7.246...
    assert shown(power) == [(0, Decimal("7.2"))]


def test_a_limit_on_one_phase_and_one_on_three_are_both_kept():
    one = held(Purpose.TX, (0, 5000), unit=RateUnit.W, phases=1, station_ref="7")
    three = held(Purpose.STATION_MAX, (0, 10), phases=3, where=Scope.STATION, profile_id=2)

    found = composite(
        [one, three], where=1, at=T0, duration_s=60, unit=RateUnit.W, situation=RUNNING
    )

    # 5 kW on one phase would be 21.7 A, above the 10 A of the station.
    assert found.periods == (CompositePeriod(start_s=0, limit=Decimal(2300), number_phases=1),)


def test_fractions_of_a_second_do_not_shift_anything():
    odd = timedelta(milliseconds=750)
    profile = held(Purpose.TX_DEFAULT, (0, 6), (60, 8), start_at=T0 + odd)

    found = composite(
        [profile], where=1, at=T0 + odd, duration_s=90, unit=RateUnit.A, situation=RUNNING
    )

    assert found.start_at == T0
    assert [period.start_s for period in found.periods] == [0, 60]


# -- for any profiles

seconds = st.integers(-2 * DAY, 9 * DAY)
moments = seconds.map(lambda each: T0 + timedelta(seconds=each))
tenths = st.integers(0, 640).map(lambda each: Decimal(each) / 10)


@st.composite
def schedules(draw, kind):
    starts = draw(st.lists(st.integers(1, 8 * DAY), max_size=4, unique=True).map(sorted))
    unit = draw(st.sampled_from(RateUnit))
    scale = 1 if unit is RateUnit.A else 500
    return ChargingSchedule(
        id=1,
        rate_unit=unit,
        periods=tuple(
            SchedulePeriod(
                start_s=start,
                limit=draw(tenths) * scale,
                number_phases=draw(st.sampled_from((None, 1, 2, 3))),
            )
            for start in (0, *starts)
        ),
        start_at=None if kind is ProfileKind.RELATIVE else draw(moments),
        duration_s=draw(st.none() | st.integers(1, 9 * DAY)),
    )


@st.composite
def mirrors(draw):
    mirror = ()
    for number in range(draw(st.integers(0, 7))):
        purpose = draw(st.sampled_from(Purpose))
        kind = draw(st.sampled_from(ProfileKind))
        places = {Purpose.STATION_MAX: (Scope.STATION,), Purpose.TX: (1, 2)}
        profile = ChargingProfile(
            profile_id=number,
            stack_level=draw(st.integers(0, 2)),
            purpose=purpose,
            kind=kind,
            recurrency=draw(st.sampled_from(Recurrency)) if kind is ProfileKind.RECURRING else None,
            valid_from=draw(st.none() | moments),
            valid_to=draw(st.none() | moments),
            station_ref=draw(st.sampled_from(("7", "8", None))) if purpose is Purpose.TX else None,
            schedules=(draw(schedules(kind)),),
        )
        where = draw(st.sampled_from(places.get(purpose, (Scope.STATION, 1, 2))))
        mirror = install(mirror, profile, where)
    return mirror


wheres = st.sampled_from((1, 2, Scope.STATION))
situations = st.one_of(
    st.just(Situation()),
    moments.map(lambda each: Situation(station_ref="7", started_at=each)),
)


def said_by(profile, moment, started_at):
    """What a profile says of a moment, walked through step by step."""
    if profile.valid_from is not None and moment < profile.valid_from:
        return None
    if profile.valid_to is not None and moment >= profile.valid_to:
        return None
    (schedule,) = profile.schedules
    begin = started_at if profile.kind is ProfileKind.RELATIVE else schedule.start_at
    if profile.kind is ProfileKind.RECURRING:
        step = timedelta(days=1 if profile.recurrency is Recurrency.DAILY else 7)
        while begin + step <= moment:
            begin += step
    if moment < begin:
        return None
    if schedule.duration_s is not None and moment >= begin + timedelta(seconds=schedule.duration_s):
        return None
    said = None
    for period in schedule.periods:
        if begin + timedelta(seconds=period.start_s) <= moment:
            said = period
    return schedule.rate_unit, said


def prevailing(mirror, where, moment, situation, at):
    """(unit, period) of each purpose that says something."""
    started_at = situation.started_at or at

    def top(purpose, place):
        best = None
        for each in mirror:
            profile = each.profile
            if profile.purpose is not purpose or each.where != place:
                continue
            if purpose is Purpose.TX and (
                situation.station_ref is None or profile.station_ref not in {None, "7"}
            ):
                continue
            said = said_by(profile, moment, started_at)
            if said is not None and (best is None or profile.stack_level > best[0]):
                best = (profile.stack_level, said)
        return best and best[1]

    found = [top(Purpose.STATION_MAX, Scope.STATION), top(Purpose.EXTERNAL, Scope.STATION)]
    if where is not Scope.STATION:
        found.append(top(Purpose.EXTERNAL, where))
        found.append(
            top(Purpose.TX, where)
            or top(Purpose.TX_DEFAULT, where)
            or top(Purpose.TX_DEFAULT, Scope.STATION)
        )
    return [each for each in found if each is not None]


def power_w(unit, limit, phases):
    return Fraction(limit) if unit is RateUnit.W else Fraction(limit) * 230 * (phases or 3)


def current_a(unit, limit, phases):
    return Fraction(limit) if unit is RateUnit.A else Fraction(limit) / (230 * (phases or 3))


def in_force(schedule, second):
    return [period for period in schedule.periods if period.start_s <= second][-1]


def probes(schedule, mirror, more):
    """Moments worth a look: around each turn, around each time that a profile names, and others."""
    named = {period.start_s for period in schedule.periods} | set(more)
    for each in mirror:
        times = [each.profile.valid_from, each.profile.valid_to, each.profile.schedules[0].start_at]
        named |= {(time - schedule.start_at) // timedelta(seconds=1) for time in times if time}
    around = {second + off for second in named for off in (-1, 0, 1)}
    return [second for second in around if 0 <= second < schedule.duration_s]


#: How long an example takes says nothing on a busy machine.
unhurried = settings(deadline=None)
some = {
    "mirror": mirrors(),
    "where": wheres,
    "situation": situations,
    "duration_s": st.integers(1, 8 * DAY),
    "unit": st.sampled_from(RateUnit),
    "more": st.lists(st.integers(0, 8 * DAY), max_size=20),
}


@unhurried
@given(**some)
def test_composite_is_what_a_slow_calculation_finds(
    mirror, where, situation, duration_s, unit, more
):
    found = composite(
        mirror, where=where, at=T0, duration_s=duration_s, unit=unit, situation=situation
    )

    for second in probes(found, mirror, more):
        limits = prevailing(mirror, where, T0 + timedelta(seconds=second), situation, T0)
        shown = in_force(found, second)
        if not limits:
            assert (shown.limit, shown.number_phases) == (None, None)
            continue
        phases = min(period.number_phases or 3 for _, period in limits)
        amps = min(current_a(each, p.limit, p.number_phases) for each, p in limits)
        exact = amps if unit is RateUnit.A else amps * 230 * phases
        assert shown.limit <= exact < shown.limit + Decimal("0.1")
        assert (shown.number_phases or 3) == phases


@unhurried
@given(**some)
def test_composite_is_never_above_a_prevailing_limit_in_power_nor_in_current(
    mirror, where, situation, duration_s, unit, more
):
    found = composite(
        mirror, where=where, at=T0, duration_s=duration_s, unit=unit, situation=situation
    )

    for second in probes(found, mirror, more):
        shown = in_force(found, second)
        for each, period in prevailing(
            mirror, where, T0 + timedelta(seconds=second), situation, T0
        ):
            allowed = (each, period.limit, period.number_phases)
            reached = (unit, shown.limit, shown.number_phases)
            assert power_w(*reached) <= power_w(*allowed)
            assert current_a(*reached) <= current_a(*allowed)


@unhurried
@given(**some)
def test_periods_begin_at_0_and_each_is_new_and_within_the_duration(
    mirror, where, situation, duration_s, unit, more
):
    found = composite(
        mirror, where=where, at=T0, duration_s=duration_s, unit=unit, situation=situation
    )

    starts = [period.start_s for period in found.periods]
    assert starts[0] == 0
    assert all(a < b for a, b in pairwise(starts))
    assert starts[-1] < duration_s
    said = [(period.limit, period.number_phases) for period in found.periods]
    assert all(a != b for a, b in pairwise(said))


@unhurried
@given(limit=tenths, **some)
def test_a_higher_level_that_covers_everything_prevails(
    limit, mirror, where, situation, duration_s, unit, more
):
    top = held(
        Purpose.TX_DEFAULT, (0, limit), where=1, level=9, profile_id=99, start_at=T0 - timedelta(9)
    )
    without = tuple(each for each in mirror if each.profile.purpose is not Purpose.TX_DEFAULT)

    def of(*installed):
        return composite(
            installed, where=1, at=T0, duration_s=duration_s, unit=unit, situation=situation
        )

    assert of(*mirror, top) == of(*without, top)
    in_unit = limit if unit is RateUnit.A else limit * 690
    assert of(top).periods == (CompositePeriod(start_s=0, limit=in_unit),)
