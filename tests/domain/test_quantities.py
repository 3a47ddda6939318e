"""Readings: exact and in base units."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.quantities import Sample, parse_number, plausible, to_base_unit, whole_wh


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", Decimal(12)),
        (" 0.0", Decimal("0.0")),
        ("1,5", Decimal("1.5")),
        ("1.2E3", Decimal(1200)),
        ("-3", Decimal(-3)),
        ("", None),
        ("NaN", None),
        ("Infinity", None),
        ("1e400", None),
        ("seven", None),
    ],
)
def test_a_number_is_read_however_a_station_writes_it(text, number):
    assert parse_number(text) == number


@given(st.text())
def test_any_text_is_a_number_or_none(text):
    number = parse_number(text)

    assert number is None or number.is_finite()


def test_kilowatt_hours_become_watt_hours_exactly():
    assert to_base_unit(Decimal("1.2345"), "kWh") == (Decimal("1234.5"), "Wh")


def test_a_multiplier_is_a_power_of_ten():
    assert to_base_unit(Decimal("12.5"), "Wh", 3) == (Decimal(12500), "Wh")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**9, places=3))
def test_whole_watt_hours_are_the_nearest(energy):
    assert abs(whole_wh(energy) - energy) <= Decimal("0.5")


def test_a_reading_that_no_meter_can_show_is_none():
    assert plausible(10**15) is None
    assert plausible(Decimal("NaN")) is None
    assert plausible(10**15 - 1) == 10**15 - 1


@pytest.mark.parametrize(
    "different",
    [{"phase": "L1"}, {"location": "Inlet"}, {"measurand": "Voltage"}, {"unit": "varh"}],
)
def test_only_the_total_delivered_to_the_vehicle_counts_as_register(different):
    plain = {"at": datetime(2026, 1, 1, tzinfo=UTC), "value": Decimal(1), "unit": "Wh"}

    assert Sample(**plain).is_register
    assert not Sample(**{**plain, **different}).is_register
