"""What charging costs: a tariff, and the cost of a session by it (2.x functional block I)."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from voltaro.domain.money import Money, half_up, half_up_minor

_ZERO = Decimal(0)
_WH_PER_KWH = 1000
_S_PER_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Prices are in major units of `currency` (ISO 4217) without tax, none is negative.

    `tax_percent` comes on top of all of them. `name` is what operators call it.
    """

    name: str
    currency: str
    price_per_kwh: Decimal = _ZERO
    price_per_minute: Decimal = _ZERO
    start_fee: Decimal = _ZERO
    tax_percent: Decimal = _ZERO


class CostKind(StrEnum):
    """What a line of a cost is for."""

    ENERGY = "energy"
    TIME = "time"
    START = "start"
    TAX = "tax"


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """`price` is for a kWh, a minute, a session, or the percentage of a tax, as `kind` has it.

    `energy_wh` and `duration_s` are what it was multiplied with.
    """

    kind: CostKind
    price: Decimal
    amount_minor: int
    energy_wh: int | None = None
    duration_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`lines` add up to the total exactly: each of them is rounded, and nothing else is."""

    currency: str
    lines: tuple[CostLine, ...]

    @property
    def total(self) -> Money:
        return Money(sum(line.amount_minor for line in self.lines), self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """What a session is priced by from its start on, whatever becomes of the tariff later.

    `shows_cost` tells whether its station shows drivers what they pay while they charge.
    """

    tariff: Tariff | None = None
    shows_cost: bool = False


#: No tariff: what it costs is not known.
UNPRICED = Pricing()


def cost_of(tariff: Tariff, energy_wh: int, duration: timedelta) -> Cost:
    """The cost of a session; what has no price has no line. Counts whole seconds."""
    seconds = max(0, duration // timedelta(seconds=1))
    lines = [
        CostLine(
            kind=CostKind.ENERGY,
            price=tariff.price_per_kwh,
            amount_minor=_minor(tariff, Fraction(tariff.price_per_kwh) * energy_wh / _WH_PER_KWH),
            energy_wh=energy_wh,
        ),
        CostLine(
            kind=CostKind.TIME,
            price=tariff.price_per_minute,
            amount_minor=_minor(
                tariff, Fraction(tariff.price_per_minute) * seconds / _S_PER_MINUTE
            ),
            duration_s=seconds,
        ),
        CostLine(
            kind=CostKind.START,
            price=tariff.start_fee,
            amount_minor=_minor(tariff, Fraction(tariff.start_fee)),
        ),
    ]
    net = sum(line.amount_minor for line in lines)
    lines.append(
        CostLine(
            kind=CostKind.TAX,
            price=tariff.tax_percent,
            amount_minor=half_up(Fraction(tariff.tax_percent) * net / 100),
        )
    )
    return Cost(currency=tariff.currency, lines=tuple(line for line in lines if line.price))


def _minor(tariff: Tariff, amount: Fraction) -> int:
    return half_up_minor(amount, tariff.currency)
