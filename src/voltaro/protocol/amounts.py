"""Numbers of charging profiles: which of them the mirror can hold, and how they are written."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

#: What the columns of the mirror hold; nobody else counts further either.
LARGEST: Final = 2**31 - 1
_LARGEST_RATE: Final = Decimal(10**9)


def are_usual(numbers: Iterable[int | None]) -> bool:
    """Whether each of them, where it is there, can be held."""
    return all(number is None or -LARGEST <= number <= LARGEST for number in numbers)


def are_usual_rates(rates: Iterable[Decimal | None]) -> bool:
    """Whether each of them, where it is there, can be held."""
    return all(rate is None or abs(rate) <= _LARGEST_RATE for rate in rates)


def plain(rate: Decimal) -> Decimal:
    """Without an exponent, which few stations read."""
    return Decimal(f"{rate:f}")
