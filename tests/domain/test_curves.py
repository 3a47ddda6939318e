"""The course of a session: points as the meter told them, power derived where it tells none."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from voltaro.domain.command import CommandState
from voltaro.domain.command_record import CommandRecord
from voltaro.domain.curves import curve, happenings
from voltaro.domain.quantities import Sample

START = datetime(2026, 5, 1, 12, tzinfo=UTC)


def register(wh, seconds):
    return Sample(at=START + timedelta(seconds=seconds), value=Decimal(wh), unit="Wh")


def power(w, seconds):
    at = START + timedelta(seconds=seconds)
    return Sample(at=at, measurand="Power.Active.Import", value=Decimal(w), unit="W")


def drawn(*samples, register_start=1000):
    start = None if register_start is None else Decimal(register_start)
    return curve(samples, started_at=START, register_start=start)


def test_energy_counts_from_the_start_and_power_is_as_measured():
    points, derived = drawn(register(1100, 60), power(6000, 60), register(1250, 120))

    assert [(p.power_w, p.energy_wh) for p in points] == [(6000, 100), (None, 250)]
    assert not derived


def test_without_measured_power_it_is_derived_between_registers():
    points, derived = drawn(register(1100, 60), register(1100, 65), register(1150, 120))

    assert derived
    assert [p.power_w for p in points] == [6000, None, 3000]


def test_without_a_register_at_the_start_energy_counts_from_the_first_one():
    points, _ = drawn(register(5000, 60), register(5100, 120), register_start=None)

    assert [(p.power_w, p.energy_wh) for p in points] == [(None, 0), (6000, 100)]


def test_meter_that_begins_anew_shows_no_negative_energy_or_power():
    points, _ = drawn(register(1100, 60), register(10, 120), register(110, 180))

    assert [(p.power_w, p.energy_wh) for p in points] == [(6000, 100), (None, 0), (6000, 0)]


def test_instant_that_says_nothing_is_no_point():
    frequency = Sample(at=START, measurand="Frequency", value=Decimal(50), unit="Hz")

    assert drawn(frequency) == ([], False)


def command(action="SetChargingProfile", **arguments):
    return CommandRecord(
        id=UUID(int=1),
        station_id="CP-1",
        name="x",
        arguments=arguments,
        author="billing",
        state=CommandState.ACCEPTED,
        action=action,
        created_at=START,
        answered_at=START,
    )


def profile(*limits):
    periods = [{"start_s": n * 60, "limit": limit} for n, limit in enumerate(limits)]
    return {"schedules": [{"rate_unit": "A", "periods": periods}]}


@pytest.mark.parametrize(
    ("given", "kind", "text"),
    [
        (command(profile=profile(16)), "profile_set", "16 A"),
        (command(profile=profile(16, 6)), "profile_set", "16 A …"),
        (command(payload={}), "profile_set", None),
        (command("ClearChargingProfile"), "profile_cleared", None),
    ],
)
def test_profile_that_was_taken_is_an_event(given, kind, text):
    (found,) = happenings([given], 1)

    assert (found.kind, found.text, found.facts["author"]) == (kind, text, "billing")


@pytest.mark.parametrize(("evse_id", "concerned"), [(1, True), (0, True), (None, True), (2, False)])
def test_profile_of_another_place_is_none(evse_id, concerned):
    assert bool(happenings([command(evse_id=evse_id)], 1)) is concerned


def test_other_calls_are_none():
    assert happenings([command("Reset")], 1) == []
