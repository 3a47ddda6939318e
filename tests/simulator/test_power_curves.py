import random

from hypothesis import given
from hypothesis import strategies as st

from voltaro.testing import AC_11_KW, AC_22_KW, DC_150_KW, Charge
from voltaro.testing.power import SUPPLIES


def test_ac_at_three_phases_gives_its_limit_and_16_amperes():
    charge = Charge(AC_11_KW, register_wh=1000)

    charge.advance(60)
    reading = charge.reading()

    assert 10_600 <= reading.power_w <= 11_000
    assert len(reading.currents_a) == 3
    assert all(15 <= current <= 16 for current in reading.currents_a)
    assert reading.soc_percent is None


def test_an_hour_of_22_kw_is_about_22_kwh():
    charge = Charge(AC_22_KW, battery_wh=100_000)

    assert 21_000 <= charge.advance(3600).register_wh <= 22_000


def test_dc_tapers_over_the_state_of_charge():
    charge = Charge(DC_150_KW, battery_wh=80_000, soc_percent=15)
    by_soc = {}
    while not charge.full:
        reading = charge.advance(20)
        by_soc[reading.soc_percent] = reading.power_w

    assert by_soc[50] > 140_000
    assert 0.35 * 150_000 < by_soc[80] < 0.5 * 150_000
    assert by_soc[96] < 25_000
    assert charge.reading().power_w == 0


def test_a_full_battery_has_taken_exactly_what_it_lacked():
    charge = Charge(AC_22_KW, register_wh=500, battery_wh=10_000, soc_percent=50)

    reading = charge.advance(24 * 3600)

    assert charge.full
    assert reading.register_wh == 5_500
    assert reading.power_w == 0


@given(
    st.sampled_from(SUPPLIES),
    st.lists(st.floats(0, 900), max_size=30),
    st.integers(0, 10**9),
    st.integers(0, 100),
    st.integers(),
)
def test_the_register_never_goes_back_nor_past_the_limit(supply, steps, register, soc, seed):
    charge = Charge(supply, register_wh=register, soc_percent=soc, rng=random.Random(seed))

    shown, passed_s = register, 0.0
    for step in steps:
        reading = charge.advance(step)
        passed_s += step
        assert reading.register_wh >= shown
        assert isinstance(reading.register_wh, int)
        assert 0 <= reading.power_w <= supply.limit_w
        shown = reading.register_wh

    # half a millisecond of rounding a step
    most = supply.limit_w * (passed_s + len(steps) * 0.0005) / 3600
    assert shown - register <= most + 1


def test_the_same_seed_gives_the_same_curve():
    one, other = (Charge(rng=random.Random(3)) for _ in range(2))

    assert [one.advance(30) for _ in range(9)] == [other.advance(30) for _ in range(9)]
