"""Whatever a command says, its first CALL keeps to the official schema, or there are no words for it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voltaro.domain.certificates import CertificateSigned
from voltaro.domain.charging_commands import GetChargingProfiles
from voltaro.domain.charging_mirror import ReportCriteria
from voltaro.domain.command import Command
from voltaro.domain.credentials import RotatePassword
from voltaro.domain.monitoring import (
    ClearVariableMonitoring,
    GetMonitoringReport,
    MonitoringCriterion,
    MonitorSetting,
    SetVariableMonitoring,
)
from voltaro.domain.reports import Criterion, GetReport
from voltaro.domain.smart_charging import (
    ChargingProfile,
    ChargingSchedule,
    ProfileKind,
    Purpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
)
from voltaro.domain.variables import (
    PASSWORD,
    GetVariables,
    Named,
    Portion,
    Setting,
    SetVariables,
    Variable,
)
from voltaro.protocol.command_tables import COMMANDS
from voltaro.protocol.commands import Unspeakable
from voltaro.protocol.decode import validate
from voltaro.protocol.normalise.faults import Fault
from voltaro.protocol.versions import OcppVersion

SPOKEN = [
    pytest.param(version, command, id=f"{version.value}-{command.name}")
    for version, commands in COMMANDS.items()
    for command in commands
]
EVSES = st.integers(1, 2**31 - 1)
MOMENTS = st.datetimes(datetime(2011, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TENTHS = st.integers(0, 10**7).map(lambda tenths: Decimal(tenths).scaleb(-1))
TEXTS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20)


@st.composite
def schedules(draw: st.DrawFn, kind: ProfileKind, number: int) -> ChargingSchedule:
    starts = sorted(draw(st.sets(st.integers(1, 10**6), max_size=4)))
    phases = draw(st.sampled_from((None, 1, 2, 3)))
    return ChargingSchedule(
        id=number,
        rate_unit=draw(st.sampled_from(RateUnit)),
        start_at=None if kind is ProfileKind.RELATIVE else draw(MOMENTS),
        duration_s=draw(st.none() | st.integers(1, 10**7)),
        min_charging_rate=draw(st.none() | TENTHS),
        periods=tuple(
            SchedulePeriod(
                start_s=start,
                limit=draw(TENTHS),
                number_phases=phases,
                phase_to_use=draw(st.sampled_from((None, 1, 2, 3))) if phases == 1 else None,
            )
            for start in (0, *starts)
        ),
    )


@st.composite
def profiles(draw: st.DrawFn) -> ChargingProfile:
    kind = draw(st.sampled_from(ProfileKind))
    purpose = draw(st.sampled_from(Purpose))
    count = draw(st.integers(1, 3))
    recurs = kind is ProfileKind.RECURRING
    return ChargingProfile(
        profile_id=draw(EVSES),
        stack_level=draw(st.integers(0, 100)),
        purpose=purpose,
        kind=kind,
        recurrency=draw(st.sampled_from(Recurrency)) if recurs else None,
        valid_from=draw(st.none() | MOMENTS),
        valid_to=draw(st.none() | MOMENTS),
        station_ref=draw(TEXTS | EVSES.map(str)) if purpose is Purpose.TX else None,
        schedules=tuple(draw(schedules(kind, number)) for number in range(1, count + 1)),
    )


st.register_type_strategy(ChargingProfile, profiles())
st.register_type_strategy(Decimal, TENTHS)
st.register_type_strategy(datetime, MOMENTS)
st.register_type_strategy(int, EVSES)
st.register_type_strategy(str, TEXTS)


def some(kind: type[Any], *, at_most: int = 4) -> st.SearchStrategy[tuple[Any, ...]]:
    """One or more, all different."""
    return st.lists(st.from_type(kind), min_size=1, max_size=at_most, unique=True).map(tuple)


#: What the API sees to before there is a command: what a type alone does not say.
st.register_type_strategy(
    Named,
    st.builds(Named, variable=st.from_type(Variable)) | st.builds(Named, key=TEXTS),
)
st.register_type_strategy(
    Portion, st.builds(Portion, items=st.none() | EVSES, bytes=st.none() | EVSES)
)
st.register_type_strategy(range, st.integers(1, 10**6).map(lambda first: range(first, first + 99)))
MADE: dict[type[Command], dict[str, st.SearchStrategy[Any]]] = {
    GetVariables: {"variables": st.none() | some(Named)},
    SetVariables: {"settings": some(Setting)},
    SetVariableMonitoring: {"settings": some(MonitorSetting)},
    ClearVariableMonitoring: {"monitor_ids": some(int)},
    GetReport: {"criteria": some(Criterion)},
    GetMonitoringReport: {"criteria": some(MonitoringCriterion, at_most=3)},
    RotatePassword: {
        "named": st.just(Named(variable=PASSWORD)),
        "secret": st.binary(min_size=16, max_size=20).map(lambda raw: raw.hex()[:40].encode()),
    },
    CertificateSigned: {
        "purpose": st.sampled_from(
            (None, "ChargingStationCertificate", "V2GCertificate", "V2G20Certificate")
        )
    },
    GetChargingProfiles: {
        "criteria": st.builds(ReportCriteria, limit_sources=st.lists(TEXTS, max_size=4).map(tuple))
    },
}


@pytest.mark.parametrize(("version", "command"), SPOKEN)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_command_is_valid_on_the_wire_or_there_are_no_words_for_it(
    version: OcppVersion, command: type[Command], data: st.DataObject
) -> None:
    said = data.draw(st.builds(command, **MADE.get(command, {})))

    try:
        asked = next(COMMANDS[version][command](said))
    except (Unspeakable, StopIteration):
        return

    wrong = validate(version, asked.action, "Request", asked.payload)
    if version is OcppVersion.V201 and wrong:
        # What only 2.1 knows is refused before it is sent; it is never a mistake of ours.
        assert {each.fault for each in wrong} <= {Fault.UNKNOWN_WORD, Fault.UNKNOWN_FIELD}
        wrong = validate(OcppVersion.V21, asked.action, "Request", asked.payload)
    assert wrong == ()
