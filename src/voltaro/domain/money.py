"""Money: whole minor units of a currency, and the one way in which amounts are rounded to them."""

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

#: Decimals of currencies that have not two (ISO 4217).
_DECIMALS: Final = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` counts the smallest units of the currency: cents of EUR, yen of JPY."""

    minor: int
    currency: str

    @property
    def amount(self) -> Decimal:
        """In major units, with all decimals that the currency has: 0.00 EUR, not 0."""
        return Decimal(self.minor).scaleb(-decimals(self.currency))


def decimals(currency: str) -> int:
    """How many decimals a currency has, by its ISO 4217 code."""
    return _DECIMALS.get(currency, 2)


def half_up_minor(amount: Fraction, currency: str) -> int:
    """The minor units nearest to an amount in major units; half of one counts as a whole one."""
    return half_up(amount * 10 ** decimals(currency))


def half_up(value: Fraction) -> int:
    """The nearest whole number; of two, the greater one."""
    return math.floor(value + Fraction(1, 2))
