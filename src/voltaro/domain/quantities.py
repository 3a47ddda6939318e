"""Readings of meters: exact, in base units, never float (ADR 0007)."""

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from voltaro.domain.values import Value

ENERGY_REGISTER = "Energy.Active.Import.Register"
#: A number beyond this is a defect of the meter, not a reading: kept as text only.
_LIMIT = Decimal(10) ** 15
_LEAST = -_LIMIT

_KILO = {"kWh": "Wh", "kvarh": "varh", "kVAh": "VAh", "kW": "W", "kvar": "var", "kVA": "VA"}


class Sample(Value, kw_only=True):
    """One reading. `value` is in `unit`, a base unit (Wh, W, A, V, Percent ...).

    `value` is None where the station sent no number; `raw` then holds its text, and signed meter
    data byte for byte.
    """

    at: datetime
    measurand: str = ENERGY_REGISTER
    value: Decimal | None
    unit: str | None = None
    phase: str | None = None
    context: str = "Sample.Periodic"
    location: str = "Outlet"
    raw: str | None = None

    @property
    def is_register(self) -> bool:
        """Whether this is the total energy delivered to the vehicle, as sessions are counted by."""
        return (
            self.measurand == ENERGY_REGISTER
            and self.phase is None
            and self.location == "Outlet"
            and self.value is not None
            and self.unit == "Wh"
        )


def parse_number(text: str) -> Decimal | None:
    """The number a station wrote, tolerating padding and a decimal comma; None if it is none."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        try:
            number = Decimal(text.strip().replace(",", "."))
        except InvalidOperation:
            return None
    return plausible(number)


def plausible(number: Decimal | int | None) -> Decimal | None:
    """The number, unless it is none that a meter can show."""
    if number is None:
        return None
    value = number if type(number) is Decimal else Decimal(number)
    return value if value.is_finite() and _LEAST < value < _LIMIT else None


def to_base_unit(value: Decimal, unit: str, multiplier: int = 0) -> tuple[Decimal, str]:
    """Scale kWh to Wh and the like, exactly; 2.x multipliers are powers of ten."""
    scaled = value.scaleb(multiplier) if multiplier else value
    base = _KILO.get(unit)
    return (scaled * 1000, base) if base else (scaled, unit)


def whole_wh(energy: Decimal) -> int:
    """The energy of a session as shown and billed: rounded once, half to even, to whole Wh."""
    return int(energy.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
