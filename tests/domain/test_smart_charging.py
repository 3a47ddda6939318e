"""Charging profiles: what is wrong with one, what a template becomes, what a station holds."""

import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.charging_mirror import (
    ClearCriteria,
    ExternalReleased,
    ProfileInstalled,
    ProfilesCleared,
    ReportCriteria,
    ReportEnded,
    TransactionProfilesEnded,
    clear,
    install,
    surviving,
    transaction_ended,
)
from voltaro.domain.ids import Scope
from voltaro.domain.period_control import (
    FrequencyPoint,
    OperationMode,
    PeriodControl,
)
from voltaro.domain.profile_faults import check_profile, check_template
from voltaro.domain.smart_charging import (
    ChargingProfile,
    ChargingSchedule,
    InstalledProfile,
    ProfileKind,
    ProfileLimits,
    ProfileTemplate,
    Purpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
    resolve,
)

T0 = datetime(2026, 11, 2, 8, tzinfo=UTC)
NO_LIMITS = ProfileLimits()


def period(start_s=0, limit="16", **more):
    return SchedulePeriod(start_s=start_s, limit=Decimal(limit), **more)


def schedule(*periods, **changes):
    fields = {"id": 1, "rate_unit": RateUnit.A, "periods": periods or (period(),), "start_at": T0}
    return ChargingSchedule(**fields | changes)


def profile(*schedules, **changes):
    fields = {
        "profile_id": 1,
        "stack_level": 0,
        "purpose": Purpose.TX_DEFAULT,
        "kind": ProfileKind.ABSOLUTE,
        "schedules": schedules or (schedule(),),
    }
    return ChargingProfile(**fields | changes)


def faults(candidate, where=Scope.STATION, limits=NO_LIMITS, installed=()):
    """(code, pointer) of each."""
    found = check_profile(candidate, where, limits, installed)
    assert all(each.detail for each in found)
    return [(each.code.value, each.pointer) for each in found]


# -- what is right


@pytest.mark.parametrize(
    ("right", "where"),
    [
        (profile(), Scope.STATION),
        (profile(), 1),
        (profile(purpose=Purpose.STATION_MAX), Scope.STATION),
        (profile(purpose=Purpose.TX, station_ref="7"), 2),
        (profile(purpose=Purpose.TX), None),
        (profile(kind=ProfileKind.RECURRING, recurrency=Recurrency.WEEKLY), 1),
        (profile(schedule(start_at=None), kind=ProfileKind.RELATIVE), 1),
        (profile(schedule(period(limit="0")), valid_from=T0, valid_to=T0 + timedelta(1)), 1),
        (profile(schedule(period(limit="8.1"), period(1, "8.10"), duration_s=1)), 1),
        (profile(schedule(period(number_phases=1, phase_to_use=3))), 1),
        # 1.6 errata 3.65: allowed for a transaction as well.
        (profile(purpose=Purpose.TX, station_ref="7", valid_from=T0), 1),
    ],
)
def test_a_right_profile_has_no_faults(right, where):
    assert faults(right, where) == []


# -- where it may be set


def test_a_station_limit_is_not_set_at_an_evse():
    assert faults(profile(purpose=Purpose.STATION_MAX), 1) == [("station_only", "/purpose")]


def test_a_transaction_limit_needs_its_evse_and_its_transaction():
    found = faults(profile(purpose=Purpose.TX), Scope.STATION)

    assert found == [("evse_only", "/purpose"), ("transaction_missing", "/station_ref")]


def test_only_a_transaction_limit_names_a_transaction():
    assert faults(profile(station_ref="7"), 1) == [("transaction_not_allowed", "/station_ref")]


def test_a_remote_start_takes_a_transaction_limit_without_transaction():
    assert faults(profile(), None) == [("remote_start_purpose", "/purpose")]
    assert faults(profile(purpose=Purpose.TX, station_ref="7"), None) == [
        ("transaction_not_allowed", "/station_ref")
    ]


def test_external_limits_cannot_be_set():
    assert faults(profile(purpose=Purpose.EXTERNAL), 1) == [("external_purpose", "/purpose")]


def test_a_station_limit_cannot_be_relative():
    relative = profile(
        schedule(start_at=None), purpose=Purpose.STATION_MAX, kind=ProfileKind.RELATIVE
    )

    assert faults(relative) == [("relative_station_max", "/kind")]


# -- what it says


FIRST = "/schedules/0"


@pytest.mark.parametrize(
    ("wrong", "code", "pointer"),
    [
        (profile(stack_level=-1), "stack_level", "/stack_level"),
        (profile(kind=ProfileKind.RECURRING), "recurrency_missing", "/recurrency"),
        (profile(recurrency=Recurrency.DAILY), "recurrency_not_allowed", "/recurrency"),
        (profile(valid_from=T0, valid_to=T0), "validity", "/valid_to"),
        (profile(schedules=()), "schedule_count", "/schedules"),
        (profile(*[schedule()] * 4), "schedule_count", "/schedules"),
        (profile(schedule(start_at=None)), "start_missing", f"{FIRST}/start_at"),
        (profile(kind=ProfileKind.RELATIVE), "start_not_allowed", f"{FIRST}/start_at"),
        (profile(schedule(duration_s=0)), "duration", f"{FIRST}/duration_s"),
        (profile(schedule(periods=())), "periods_missing", f"{FIRST}/periods"),
        (profile(schedule(period(1))), "first_period", f"{FIRST}/periods/0/start_s"),
        (
            profile(schedule(period(), period(9), period(9))),
            "period_order",
            f"{FIRST}/periods/2/start_s",
        ),
        (profile(schedule(period(limit="-1"))), "limit", f"{FIRST}/periods/0/limit"),
        (profile(schedule(period(limit="NaN"))), "limit", f"{FIRST}/periods/0/limit"),
        (profile(schedule(period(limit="8.15"))), "limit_digits", f"{FIRST}/periods/0/limit"),
        (
            profile(schedule(period(limit="8.00000000000000000000000000000001"))),
            "limit_digits",
            f"{FIRST}/periods/0/limit",
        ),
        (
            profile(schedule(min_charging_rate=Decimal("0.01"))),
            "limit_digits",
            f"{FIRST}/min_charging_rate",
        ),
        (
            profile(schedule(period(number_phases=4))),
            "number_phases",
            f"{FIRST}/periods/0/number_phases",
        ),
        (
            profile(schedule(period(number_phases=1, phase_to_use=4))),
            "phase_to_use",
            f"{FIRST}/periods/0/phase_to_use",
        ),
        (
            profile(schedule(period(number_phases=3, phase_to_use=1))),
            "phase_to_use",
            f"{FIRST}/periods/0/phase_to_use",
        ),
        (
            profile(schedule(), schedule(period(), period(0))),
            "period_order",
            "/schedules/1/periods/1/start_s",
        ),
    ],
)
def test_one_mistake_is_one_fault_at_its_place(wrong, code, pointer):
    assert faults(wrong, 1) == [(code, pointer)]


def test_all_mistakes_are_told_at_once():
    wrong = profile(
        schedule(period(5, "8.15"), period(5, "-1"), start_at=None),
        purpose=Purpose.STATION_MAX,
        recurrency=Recurrency.DAILY,
    )

    assert {code for code, _ in faults(wrong, 1)} == {
        "station_only",
        "recurrency_not_allowed",
        "start_missing",
        "first_period",
        "limit_digits",
        "period_order",
        "limit",
    }


# -- what the station can take


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (ProfileLimits(max_stack_level=1), "stack_level"),
        (ProfileLimits(max_periods=1), "too_many_periods"),
        (ProfileLimits(rate_units=frozenset({RateUnit.W})), "rate_unit"),
        (ProfileLimits(phase_switching=False), "phase_to_use"),
        (ProfileLimits(max_installed=0), "too_many_profiles"),
    ],
)
def test_what_the_station_said_it_cannot_take_is_a_fault(limits, code):
    candidate = profile(
        schedule(period(), period(60, number_phases=1, phase_to_use=1)), stack_level=2
    )

    assert [found for found, _ in faults(candidate, 1, limits)] == [code]
    assert faults(candidate, 1) == []


def test_at_its_bounds_a_station_takes_it():
    limits = ProfileLimits(
        max_stack_level=2,
        max_periods=2,
        max_installed=1,
        rate_units=frozenset({RateUnit.A}),
        phase_switching=True,
    )
    candidate = profile(
        schedule(period(), period(60, number_phases=1, phase_to_use=1)), stack_level=2
    )

    assert faults(candidate, 1, limits) == []


def test_a_full_station_takes_what_replaces_another():
    limits = ProfileLimits(max_installed=1)
    mirror = install((), profile(profile_id=1, stack_level=3), 1)

    assert faults(profile(profile_id=1), 2, limits, mirror) == []
    assert faults(profile(profile_id=2, stack_level=3), 1, limits, mirror) == []
    assert faults(profile(profile_id=2), 1, limits, mirror) == [("too_many_profiles", "")]


# -- templates


def template(*schedules, **changes):
    fields = {
        "stack_level": 0,
        "purpose": Purpose.TX_DEFAULT,
        "kind": ProfileKind.ABSOLUTE,
        "schedules": schedules or (schedule(start_at=None),),
    }
    return ProfileTemplate(**fields | changes)


def test_an_absolute_template_starts_a_minute_before_it_is_set():
    at = T0.replace(microsecond=123_456)

    made = resolve(template(), profile_id=5, at=at, station_ref="7")

    assert made.schedules[0].start_at == T0 - timedelta(minutes=1)
    assert (made.profile_id, made.station_ref) == (5, "7")
    assert check_profile(dataclasses.replace(made, station_ref=None), 1, NO_LIMITS) == ()


def test_a_start_of_the_templates_own_is_kept():
    own = T0 + timedelta(days=1)

    made = resolve(template(schedule(start_at=own)), profile_id=5, at=T0)

    assert made.schedules[0].start_at == own


def test_a_relative_template_stays_without_start():
    relative = template(kind=ProfileKind.RELATIVE)

    made = resolve(relative, profile_id=5, at=T0)

    assert made.schedules == relative.schedules
    assert check_profile(made, 1, NO_LIMITS) == ()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (template(kind=ProfileKind.RECURRING, recurrency=Recurrency.DAILY), "start_missing"),
        (template(schedule(), kind=ProfileKind.RELATIVE), "start_not_allowed"),
        (template(purpose=Purpose.EXTERNAL), "external_purpose"),
        (template(kind=ProfileKind.RELATIVE, purpose=Purpose.STATION_MAX), "relative_station_max"),
        (template(stack_level=-1), "stack_level"),
    ],
)
def test_what_no_profile_of_a_template_could_have_is_a_fault_of_the_template(wrong, code):
    assert [each.code.value for each in check_template(wrong)] == [code]


# -- the mirror


def ids(mirror):
    return [each.profile.profile_id for each in mirror]


def test_a_profile_replaces_that_of_its_place_purpose_and_level_and_that_of_its_id():
    mirror = ()
    for number, where, level in ((1, 1, 0), (2, 2, 0), (3, Scope.STATION, 0), (4, 1, 1)):
        mirror = install(mirror, profile(profile_id=number, stack_level=level), where)
    assert ids(mirror) == [1, 2, 3, 4]

    assert ids(install(mirror, profile(profile_id=9), 1)) == [2, 3, 4, 9]
    # K01.FR.05: the same id, wherever it was.
    assert ids(install(mirror, profile(profile_id=2), 1)) == [3, 4, 2]
    assert ids(install(mirror, profile(profile_id=9, purpose=Purpose.TX), 1)) == [1, 2, 3, 4, 9]


MIRROR = tuple(
    InstalledProfile(where=where, profile=profile(**fields))
    for where, fields in (
        (Scope.STATION, {"profile_id": 1, "purpose": Purpose.STATION_MAX}),
        (Scope.STATION, {"profile_id": 2, "stack_level": 1}),
        (1, {"profile_id": 3, "stack_level": 1}),
        (1, {"profile_id": 4, "purpose": Purpose.TX, "station_ref": "7"}),
        (1, {"profile_id": 5, "purpose": Purpose.EXTERNAL, "stack_level": 1}),
    )
)


@pytest.mark.parametrize(
    ("criteria", "removed"),
    [
        (ClearCriteria(), [1, 2, 3, 4]),
        (ClearCriteria(where=Scope.STATION), [1, 2]),
        (ClearCriteria(where=1), [3, 4]),
        (ClearCriteria(stack_level=1), [2, 3]),
        (ClearCriteria(stack_level=1, where=1), [3]),
        (ClearCriteria(purpose=Purpose.TX_DEFAULT), [2, 3]),
        (ClearCriteria(purpose=Purpose.TX_DEFAULT, stack_level=0), []),
        (ClearCriteria(purpose=Purpose.EXTERNAL), [5]),
        (ClearCriteria(profile_id=2), [2]),
        # With an id the other criteria are ignored (1.6 §5.5).
        (ClearCriteria(profile_id=2, where=1, stack_level=9, purpose=Purpose.TX), [2]),
        (ClearCriteria(profile_id=5), []),
        (ClearCriteria(profile_id=99), []),
    ],
)
def test_cleared_is_what_fits_all_criteria(criteria, removed):
    rest, found = clear(MIRROR, criteria)

    assert ids(found) == removed
    assert sorted(ids(rest) + removed) == [1, 2, 3, 4, 5]


def test_the_profiles_of_a_transaction_end_with_it():
    assert ids(transaction_ended(MIRROR, "7")) == [1, 2, 3, 5]
    assert transaction_ended(MIRROR, "8") == MIRROR


T1 = datetime(2026, 1, 2, tzinfo=UTC)


def reported(number, where=1, request_id=7, at=T1, source="CSO", **fields):
    return ProfileInstalled(
        where=where,
        profile=profile(profile_id=number, **fields),
        source=None,
        at=at,
        limit_source=source,
        request_id=request_id,
        by_id=True,
    )


def was_set(number, where=1, at=T1, **fields):
    return ProfileInstalled(
        where=where, profile=profile(profile_id=number, **fields), source="bootstrap", at=at
    )


def test_a_reported_profile_is_credited_to_whoever_set_it():
    later = T1 + timedelta(hours=1)

    (left,) = surviving([was_set(1), reported(1, at=later)])

    assert (left.source, left.at, left.request_id) == ("bootstrap", T1, 7)


def test_reported_profiles_of_one_place_stand_beside_each_other_until_one_is_set():
    both = surviving([reported(1), reported(2)])
    one = surviving([reported(1), reported(2), was_set(3)])

    assert [each.profile.profile_id for each in both] == [1, 2]
    assert [each.profile.profile_id for each in one] == [3]


@pytest.mark.parametrize(
    ("criteria", "left"),
    [
        (ReportCriteria(), [2]),
        (ReportCriteria(where=1), [2, 3]),
        (ReportCriteria(where=Scope.STATION), [1, 2, 3]),
        (ReportCriteria(profile_ids=(3,)), [1, 2]),
        (ReportCriteria(stack_level=1), [1, 2]),
        (ReportCriteria(purpose=Purpose.TX), [1, 2, 3]),
        (ReportCriteria(limit_sources=("EMS",)), [1, 2, 3]),
    ],
)
def test_what_fits_the_question_and_was_not_reported_is_gone(criteria, left):
    ended = ReportEnded(criteria=criteria, request_id=7, since=T1 + timedelta(seconds=1))

    steps = [was_set(1), was_set(3, 2, stack_level=1), reported(2, stack_level=2), ended]

    assert sorted(each.profile.profile_id for each in surviving(steps)) == left


def test_what_came_after_the_question_is_not_gone_with_the_report():
    ended = ReportEnded(criteria=ReportCriteria(), request_id=7, since=T1)

    assert len(surviving([was_set(1), ended])) == 1


@pytest.mark.parametrize(("where", "left"), [(None, [3]), (1, [2, 3]), (2, [1, 3])])
def test_a_source_that_limits_no_longer_frees_its_own(where, left):
    ems = {"source": "EMS", "purpose": Purpose.EXTERNAL}
    grid = {"source": "SO", "purpose": Purpose.EXTERNAL}

    steps = [
        reported(1, 1, **ems),
        reported(2, 2, **ems),
        reported(3, 1, **grid),
        ExternalReleased(limit_source="EMS", where=where),
    ]

    assert [each.profile.profile_id for each in surviving(steps)] == left


@given(
    st.lists(
        st.one_of(
            st.builds(
                ProfileInstalled,
                where=st.sampled_from((1, 2, Scope.STATION)),
                profile=st.builds(
                    profile,
                    profile_id=st.integers(1, 4),
                    stack_level=st.integers(0, 1),
                    purpose=st.sampled_from((Purpose.TX_DEFAULT, Purpose.TX)),
                    station_ref=st.sampled_from((None, "7")),
                ),
                source=st.just("key"),
                at=st.integers(0, 9).map(lambda each: T0 + timedelta(seconds=each)),
            ),
            st.builds(
                ProfilesCleared,
                st.builds(
                    ClearCriteria,
                    profile_id=st.none() | st.integers(1, 4),
                    where=st.sampled_from((None, 1, Scope.STATION)),
                    stack_level=st.none() | st.integers(0, 1),
                ),
            ),
            st.builds(TransactionProfilesEnded, st.just("7")),
        ),
        max_size=12,
    )
)
def test_no_two_survivors_share_an_id_or_a_slot_and_each_is_the_latest_of_its_id(steps):
    left = surviving(steps)

    slots = {(each.where, each.profile.purpose, each.profile.stack_level) for each in left}
    assert len(slots) == len({each.profile.profile_id for each in left}) == len(left)
    for each in left:
        number = each.profile.profile_id
        same = [s for s in steps if isinstance(s, ProfileInstalled)]
        assert [s for s in same if s.profile.profile_id == number][-1] is each


# -- what only some stations have words for


def controlled(limit=None, **control):
    limit = Decimal(limit) if limit is not None else None
    return SchedulePeriod(start_s=0, limit=limit, control=PeriodControl(**control))


CURVE = tuple(FrequencyPoint(frequency=Decimal(hz), power=Decimal(0)) for hz in (49, 51))
FREQUENCY = {
    "operation_mode": OperationMode.LOCAL_FREQUENCY,
    "v2x_baseline": Decimal(0),
    "v2x_freq_watt_curve": CURVE,
}
DYNAMIC = {"kind": ProfileKind.DYNAMIC}
AT = "/schedules/0/periods/0"


@pytest.mark.parametrize(
    "right",
    [
        profile(schedule(controlled(setpoint=Decimal(-5)))),
        profile(schedule(controlled(16, limit_l2=Decimal(6), limit_l3=Decimal(0)))),
        profile(schedule(controlled(operation_mode=OperationMode.IDLE, evse_sleep=True))),
        profile(schedule(controlled(**FREQUENCY))),
        profile(schedule(start_at=None), **DYNAMIC, dyn_update_interval_s=30),
        profile(schedule(), purpose=Purpose.PRIORITY),
        profile(schedule(randomized_delay_s=30)),
    ],
)
def test_what_a_vehicle_that_gives_back_needs_is_right(right):
    assert faults(right) == []


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (
            profile(schedule(SchedulePeriod(start_s=0, limit=None))),
            ("limit_missing", f"{AT}/limit"),
        ),
        # Q10.FR.01
        (
            profile(schedule(controlled(6, operation_mode=OperationMode.IDLE))),
            ("operation_mode", f"{AT}/limit"),
        ),
        (
            profile(
                schedule(controlled(operation_mode=OperationMode.IDLE, setpoint_l2=Decimal(1)))
            ),
            ("operation_mode", f"{AT}/control/setpoint_l2"),
        ),
        # Q08.FR.01, FR.02
        (
            profile(schedule(controlled(6, **FREQUENCY))),
            ("operation_mode", f"{AT}/limit"),
        ),
        (
            profile(schedule(controlled(**FREQUENCY | {"v2x_freq_watt_curve": CURVE[:1]}))),
            ("operation_mode", f"{AT}/control"),
        ),
        # K28.FR.01
        (
            profile(schedule(period(), period(9), start_at=None), **DYNAMIC),
            ("dynamic_periods", "/schedules"),
        ),
        # K01.FR.122
        (profile(dyn_update_interval_s=9), ("updates", "/dyn_update_interval_s")),
        # K01.FR.70, FR.71
        (
            profile(schedule(duration_s=9), purpose=Purpose.PRIORITY),
            ("duration", "/schedules/0/duration_s"),
        ),
        (
            profile(
                schedule(controlled(operation_mode=OperationMode.CENTRAL_SETPOINT)),
                purpose=Purpose.PRIORITY,
            ),
            ("operation_mode", f"{AT}/control/operation_mode"),
        ),
        # K01.FR.95
        (
            profile(schedule(randomized_delay_s=9), purpose=Purpose.STATION_MAX),
            ("randomized_delay", "/schedules/0/randomized_delay_s"),
        ),
    ],
)
def test_what_no_station_takes_is_wrong(wrong, fault):
    assert faults(wrong) == [fault]


@pytest.mark.parametrize(
    ("given", "unit", "allowed"),
    [
        (period(), RateUnit.A, 16),
        (controlled(16, limit_l2=Decimal(10), limit_l3=Decimal(6)), RateUnit.A, 6),
        (controlled(3000, limit_l2=Decimal(1000), limit_l3=Decimal(2000)), RateUnit.W, 3000),
        (controlled(setpoint=Decimal(5)), RateUnit.A, None),
        (controlled(operation_mode=OperationMode.IDLE), RateUnit.W, 0),
    ],
)
def test_what_a_period_allows_is_never_more_than_its_least_phase(given, unit, allowed):
    assert given.allowed(unit) == allowed
