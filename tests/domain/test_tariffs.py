"""What a session costs: exact, rounded once a line, and never less for more."""

from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.money import Money, half_up_minor
from voltaro.domain.tariffs import Cost, CostKind, CostLine, Tariff, cost_of

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
PRICES = st.decimals(min_value=0, max_value=999_999, places=6)
PERCENTS = st.decimals(min_value=0, max_value=100, places=4)
ENERGIES = st.integers(min_value=0, max_value=10**9)
SECONDS = st.integers(min_value=0, max_value=10**8)
TARIFFS = st.builds(
    Tariff,
    name=st.just("t"),
    currency=CURRENCIES,
    price_per_kwh=PRICES,
    price_per_minute=PRICES,
    start_fee=PRICES,
    tax_percent=PERCENTS,
)


def tariff(**prices):
    text = {name: Decimal(price) for name, price in prices.items() if name != "currency"}
    return Tariff(name="t", currency=prices.get("currency", "EUR"), **text)


def cost(priced, energy_wh, seconds=0):
    return cost_of(priced, energy_wh, timedelta(seconds=seconds))


def test_every_part_is_a_line_and_tax_comes_on_top():
    priced = tariff(
        price_per_kwh="0.39", price_per_minute="0.02", start_fee="0.5", tax_percent="19"
    )

    found = cost(priced, 11_040, 3_600)

    assert found == Cost(
        currency="EUR",
        lines=(
            CostLine(
                kind=CostKind.ENERGY, price=Decimal("0.39"), amount_minor=431, energy_wh=11_040
            ),
            CostLine(kind=CostKind.TIME, price=Decimal("0.02"), amount_minor=120, duration_s=3_600),
            CostLine(kind=CostKind.START, price=Decimal("0.5"), amount_minor=50),
            CostLine(kind=CostKind.TAX, price=Decimal(19), amount_minor=114),
        ),
    )
    assert found.total == Money(715, "EUR")


@pytest.mark.parametrize(
    ("currency", "total", "amount"),
    [
        ("EUR", 1235, "12.35"),
        ("JPY", 12, "12"),
        ("KWD", 12346, "12.346"),
        ("CLF", 123457, "12.3457"),
    ],
)
def test_each_currency_has_its_own_smallest_unit(currency, total, amount):
    found = cost(tariff(currency=currency, price_per_kwh="12.345678"), 1_000)

    assert found.total == Money(total, currency)
    assert str(found.total.amount) == amount


def test_half_of_the_smallest_unit_is_a_whole_one():
    amounts = [cost(tariff(price_per_kwh="0.01"), wh).total.minor for wh in (499, 500, 1499, 1500)]

    assert amounts == [0, 1, 1, 2]


def test_free_is_a_total_of_zero_with_its_decimals():
    found = cost(tariff(), 5_000, 60)

    assert found.lines == ()
    assert str(found.total.amount) == "0.00"


def test_a_clock_that_went_backwards_costs_nothing():
    assert cost(tariff(price_per_minute="1"), 0, -30).total.minor == 0


@given(TARIFFS, ENERGIES, SECONDS)
def test_the_lines_add_up_and_nothing_is_negative(priced, energy, seconds):
    found = cost(priced, energy, seconds)

    assert found.total.minor == sum(line.amount_minor for line in found.lines)
    assert all(line.amount_minor >= 0 for line in found.lines)


@given(TARIFFS, ENERGIES, ENERGIES, SECONDS, SECONDS)
def test_more_energy_or_time_never_costs_less(priced, energy, more_energy, seconds, more_seconds):
    less = cost(priced, energy, seconds).total.minor

    assert cost(priced, energy + more_energy, seconds).total.minor >= less
    assert cost(priced, energy, seconds + more_seconds).total.minor >= less


@given(TARIFFS, ENERGIES, SECONDS)
def test_no_line_is_further_from_exact_than_half_the_smallest_unit(priced, energy, seconds):
    found = cost(priced, energy, seconds)
    exact = {
        CostKind.ENERGY: Fraction(priced.price_per_kwh) * energy / 1000,
        CostKind.TIME: Fraction(priced.price_per_minute) * seconds / 60,
        CostKind.START: Fraction(priced.start_fee),
    }
    unit = Fraction(1, 10 ** {"EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4}[priced.currency])

    for line in found.lines:
        if line.kind in exact:
            assert abs(exact[line.kind] - line.amount_minor * unit) <= unit / 2


@given(TARIFFS, ENERGIES, SECONDS)
def test_there_is_no_binary_float_anywhere(priced, energy, seconds):
    found = cost(priced, energy, seconds)

    values = [getattr(line, each.name) for line in found.lines for each in fields(line)]
    values += [found.total.minor, found.total.amount]
    assert not [value for value in values if isinstance(value, float)]


@given(st.fractions(min_value=0, max_value=10**6), CURRENCIES)
def test_an_amount_goes_to_the_nearest_unit(amount, currency):
    minor = half_up_minor(amount, currency)

    distance = abs(amount - Fraction(Money(minor, currency).amount))
    assert distance <= Fraction(Money(1, currency).amount) / 2
