"""What is shown of a meter: power, charge and offer, whatever way a station tells them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from voltaro.domain.gauges import BLANK, Gauge, begun, moved, readings
from voltaro.domain.quantities import Sample
from voltaro.domain.transactions import Transaction

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
POWER, OFFERED, CURRENT = "Power.Active.Import", "Power.Offered", "Current.Offered"


def sample(measurand, value, unit=None, phase=None, seconds=0, **more):
    return Sample(
        at=NOW + timedelta(seconds=seconds),
        measurand=measurand,
        value=None if value is None else Decimal(str(value)),
        unit=unit,
        phase=phase,
        **more,
    )


def register(wh, seconds):
    return Sample(at=NOW + timedelta(seconds=seconds), value=Decimal(wh), unit="Wh")


def phases(measurand, *values, unit=None, names=("L1", "L2", "L3")):
    return [sample(measurand, v, unit, name) for v, name in zip(values, names, strict=False)]


NEUTRAL = ("L1-N", "L2-N", "L3-N")


@pytest.mark.parametrize(
    ("samples", "power_w"),
    [
        ([sample(POWER, 7360, "W")], 7360),
        ([sample(POWER, "7360.5", "W")], 7360),
        ([sample(POWER, 7360)], 7360),
        (phases(POWER, 2300, 2310, 2290, unit="W"), 6900),
        (phases(POWER, 2300, 2310, 2290, unit="W", names=NEUTRAL), 6900),
        (phases(POWER, 2300, unit="W"), 2300),
        ([*phases(POWER, 2300, 2300, 2300, unit="W"), sample(POWER, 7000, "W")], 7000),
        (phases(POWER, 1, 2, 3, unit="W") + phases(POWER, 1, 2, 3, unit="W", names=NEUTRAL), 6),
        ([sample(POWER, 0, "W")], 0),
        ([sample(POWER, 50, "W", location="Inlet")], None),
        ([sample(POWER, 50, "W", phase="N")], None),
        ([sample(POWER, None, "W")], None),
        ([sample(POWER, 7, "Wh")], None),
        ([sample("Power.Active.Export", 50, "W")], None),
    ],
)
def test_power_is_the_total_or_the_sum_of_the_phases(samples, power_w):
    assert moved(BLANK, samples).power_w == power_w


@pytest.mark.parametrize(
    ("samples", "offered_w"),
    [
        ([sample(OFFERED, 11000, "W")], 11000),
        (phases(OFFERED, 3600, 3600, 3600, unit="W"), 10800),
        ([sample(CURRENT, 16, "A"), sample("Voltage", 230, "V")], 3680),
        (
            [
                sample(CURRENT, 16, "A"),
                *phases("Voltage", 230, 230, 230, unit="V", names=NEUTRAL),
            ],
            11040,
        ),
        (
            [
                *phases(CURRENT, 16, 0, 0, unit="A"),
                *phases("Voltage", 229, 231, 230, unit="V"),
            ],
            3680,
        ),
        ([sample(OFFERED, 5, "W"), sample(CURRENT, 16, "A"), sample("Voltage", 230, "V")], 5),
        ([sample(CURRENT, 16, "A")], None),
        ([sample("Voltage", 230, "V")], None),
    ],
)
def test_what_is_offered_is_told_or_current_times_voltage(samples, offered_w):
    assert moved(BLANK, samples).offered_w == offered_w


@pytest.mark.parametrize(("told", "shown"), [("41.6", 42), (0, 0), (100, 100), (101, None)])
def test_charge_of_the_vehicle_is_a_percentage(told, shown):
    gauge = moved(BLANK, [sample("SoC", told, "Percent", location="EV")])

    assert gauge.soc_percent == shown


def test_where_no_power_is_measured_it_is_the_mean_between_two_registers():
    gauge = moved(BLANK, [register(1000, 0)])
    assert gauge.power_w is None

    gauge = moved(gauge, [register(1100, 60)])

    assert (gauge.power_w, gauge.power_derived) == (6000, True)
    assert gauge.power_at == NOW + timedelta(seconds=60)


def test_registers_that_are_too_close_wait_for_a_later_one():
    gauge = moved(BLANK, [register(1000, 0), register(1050, 5)])
    assert gauge.power_w is None

    assert moved(gauge, [register(1100, 10)]).power_w == 36000


def test_register_that_goes_back_is_where_counting_begins_anew():
    gauge = moved(BLANK, [register(1000, 0), register(0, 60)])
    assert gauge.power_w is None

    assert moved(gauge, [register(100, 120)]).power_w == 6000


def test_idle_meter_shows_no_power():
    assert moved(BLANK, [register(1000, 0), register(1000, 60)]).power_w == 0


def test_measured_power_is_not_replaced_by_a_derived_one():
    gauge = moved(BLANK, [sample(POWER, 7000, "W"), register(1000, 0)])

    later = moved(gauge, [register(9000, 60)])

    assert (later.power_w, later.power_derived, later.power_at) == (7000, False, NOW)


def test_measured_power_replaces_a_derived_one():
    gauge = moved(BLANK, [register(1000, 0), register(1100, 60)])

    gauge = moved(gauge, [sample(POWER, 7000, "W", seconds=90)])

    assert (gauge.power_w, gauge.power_derived) == (7000, False)


def test_late_samples_do_not_move_it_back():
    gauge = moved(BLANK, [sample(POWER, 7000, "W", seconds=60)])

    assert moved(gauge, [sample(POWER, 1, "W"), sample("SoC", 1, "Percent")]) == gauge


def test_first_power_is_derived_from_the_register_that_the_session_began_with():
    transaction = Transaction(
        id=UUID(int=1),
        station_id="CP-1",
        station_ref="1",
        started_at=NOW,
        started_received_at=NOW,
        last_event_at=NOW,
        register_start=Decimal(500),
    )

    assert moved(begun(transaction), [register(600, 60)]).power_w == 6000


def test_what_a_message_does_not_tell_stays_as_it_was():
    gauge = moved(BLANK, [sample("SoC", 40, "Percent"), sample(OFFERED, 11000, "W")])

    gauge = moved(gauge, [sample(POWER, 7000, "W", seconds=60)])

    assert (gauge.soc_percent, gauge.offered_w, gauge.power_w) == (40, 11000, 7000)


def test_nothing_measured_moves_nothing():
    assert moved(BLANK, []) == BLANK == Gauge()


def test_readings_are_told_apart_by_their_time():
    at = [reading.at for reading in readings([register(2, 60), register(1, 0)])]

    assert at == [NOW, NOW + timedelta(seconds=60)]


def test_current_is_that_of_the_highest_phase_and_voltage_the_mean():
    (reading,) = readings(
        [
            *phases("Current.Import", "15.9", "16.1", 0, unit="A"),
            *phases("Voltage", 229, 231, 230, unit="V", names=NEUTRAL),
        ]
    )

    assert (reading.current_a, reading.voltage_v) == (Decimal("16.1"), 230)
