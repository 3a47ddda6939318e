"""Plausible power curves: AC at three phases, DC with a taper; energy adds up exactly.

Power is whole watts, time whole milliseconds, so the register is an exact sum and never goes back.
"""

import random
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

_VOLTS = 230
_WMS_PER_WH = 3_600_000
_STEP_MS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What a connector can give; no phases means DC."""

    name: str
    limit_w: int
    phases: int = 0

    @property
    def is_dc(self) -> bool:
        return self.phases == 0


AC_11_KW = Supply(name="AC 11 kW", limit_w=11_000, phases=3)
AC_22_KW = Supply(name="AC 22 kW", limit_w=22_000, phases=3)
DC_50_KW = Supply(name="DC 50 kW", limit_w=50_000)
DC_150_KW = Supply(name="DC 150 kW", limit_w=150_000)
SUPPLIES = (AC_11_KW, AC_22_KW, DC_50_KW, DC_150_KW)

# (state of charge in permille, power in permille of the limit); straight lines between.
_AC_CURVE = ((0, 1000), (960, 1000), (1000, 150))
_DC_CURVE = ((0, 850), (100, 1000), (550, 1000), (800, 450), (950, 150), (1000, 60))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the meter shows."""

    register_wh: int
    power_w: int = 0
    #: One per phase; empty for DC.
    currents_a: tuple[Decimal, ...] = ()
    soc_percent: int | None = None


class Charge:
    """A battery on a supply: let time pass, read the meter."""

    def __init__(
        self,
        supply: Supply = AC_11_KW,
        *,
        register_wh: int = 0,
        battery_wh: int = 60_000,
        soc_percent: int = 20,
        rng: random.Random | None = None,
    ) -> None:
        self.supply = supply
        self._rng = random.Random(0) if rng is None else rng  # noqa: S311 - a simulation
        self._register = register_wh * _WMS_PER_WH
        self._capacity = battery_wh * _WMS_PER_WH
        self._stored = self._capacity * soc_percent // 100
        #: What a charging profile allows; None for all the supply gives.
        self.limit_w: int | None = None
        self._elapsed_ms = 0
        self._power_w = 0

    @property
    def full(self) -> bool:
        return self._stored >= self._capacity

    def advance(self, seconds: float) -> Reading:
        """Charge for so long; what the meter shows then."""
        left = round(seconds * 1000)
        while left > 0:
            step = min(left, _STEP_MS)
            self._power_w = self._next_power_w()
            energy = min(self._power_w * step, self._capacity - self._stored)
            self._register += energy
            self._stored += energy
            self._elapsed_ms += step
            left -= step
        if self.full:
            self._power_w = 0
        return self.reading()

    def reading(self) -> Reading:
        phases = self.supply.phases
        current = Decimal(0)
        if phases:
            current = (Decimal(self._power_w) / (phases * _VOLTS)).quantize(Decimal("0.1"))
        return Reading(
            register_wh=self._register // _WMS_PER_WH,
            power_w=self._power_w,
            currents_a=(current,) * phases,
            soc_percent=self._stored * 100 // self._capacity if self.supply.is_dc else None,
        )

    def _next_power_w(self) -> int:
        if self.full:
            return 0
        share = _at(
            _DC_CURVE if self.supply.is_dc else _AC_CURVE, self._stored * 1000 // self._capacity
        )
        # The contactor closes, then the vehicle takes some seconds to its full draw.
        if self._elapsed_ms < _STEP_MS:
            share //= 2
        power_w = self.supply.limit_w * share * self._rng.randint(970, 1000) // 1_000_000
        return power_w if self.limit_w is None else min(power_w, self.limit_w)


def _at(curve: tuple[tuple[int, int], ...], x: int) -> int:
    for (x0, y0), (x1, y1) in pairwise(curve):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) // (x1 - x0)
    return curve[-1][1]
