"""What meters show: one reading per instant, and the latest of a transaction under way."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from voltaro.domain.quantities import Sample
from voltaro.domain.transactions import Transaction
from voltaro.domain.values import Value, changed

#: Two registers closer than this tell more about the meter's steps than about power.
_SHORTEST = timedelta(seconds=10)
_OUTLET = "Outlet"
_UNITS: Mapping[str, str] = {
    "Power.Active.Import": "W",
    "Power.Offered": "W",
    "Current.Import": "A",
    "Current.Offered": "A",
    "Voltage": "V",
    "SoC": "Percent",
}
#: Names for the same three phases; a meter uses the one or the other.
_PHASES = (("L1", "L2", "L3"), ("L1-N", "L2-N", "L3-N"))

#: Values of one measurand by phase; None is the whole.
_Values = dict[str | None, Decimal]


class Reading(Value, kw_only=True):
    """What was measured at one instant, in W, Wh, %, A and V; None is not measured.

    `current_a` is that of the phase with the most, `voltage_v` the mean between phase and neutral.
    """

    at: datetime
    power_w: Decimal | None = None
    register_wh: Decimal | None = None
    soc_percent: Decimal | None = None
    offered_w: Decimal | None = None
    current_a: Decimal | None = None
    voltage_v: Decimal | None = None


class Gauge(Value, kw_only=True):
    """The latest of a transaction. A derived power is the mean between two energy registers."""

    power_w: int | None = None
    power_at: datetime | None = None
    power_derived: bool = False
    soc_percent: int | None = None
    offered_w: int | None = None
    #: The register that the next power may be derived from.
    register_wh: Decimal | None = None
    register_at: datetime | None = None
    read_at: datetime | None = None


#: Nothing was measured.
BLANK = Gauge()


def readings(samples: Iterable[Sample]) -> list[Reading]:
    """What the samples say, instant by instant, in the order of time."""
    instants: dict[datetime, list[Sample]] = {}
    for sample in samples:
        instants.setdefault(sample.at, []).append(sample)
    return [_reading(at, instants[at]) for at in sorted(instants)]


def begun(transaction: Transaction) -> Gauge:
    """The gauge of a new transaction; the register it began with counts."""
    if transaction.register_start is None or transaction.register_start_at is not None:
        return BLANK
    return Gauge(register_wh=transaction.register_start, register_at=transaction.started_at)


def moved(gauge: Gauge, samples: Iterable[Sample]) -> Gauge:
    """The gauge after these samples; what is older than what it shows does not move it."""
    for reading in readings(samples):
        if gauge.read_at is None or reading.at >= gauge.read_at:
            gauge = _moved(gauge, reading)
    return gauge


def mean_power_w(
    before: tuple[datetime, Decimal], after: tuple[datetime, Decimal]
) -> Decimal | None:
    """The power between two energy registers (Wh); None where they are too close, or go back."""
    elapsed, energy_wh = after[0] - before[0], after[1] - before[1]
    if elapsed < _SHORTEST or energy_wh < 0:
        return None
    return energy_wh * 3600 / Decimal(elapsed.total_seconds())


def _moved(gauge: Gauge, reading: Reading) -> Gauge:
    power_w, soc, offered = reading.power_w, reading.soc_percent, reading.offered_w
    if power_w is None and reading.register_wh is not None:
        gauge = _derived(gauge, reading.at, reading.register_wh)
    measured = power_w is not None
    return Gauge(
        power_w=gauge.power_w if power_w is None else round(power_w),
        power_at=reading.at if measured else gauge.power_at,
        power_derived=not measured and gauge.power_derived,
        soc_percent=gauge.soc_percent if soc is None else round(soc),
        offered_w=gauge.offered_w if offered is None else round(offered),
        register_wh=gauge.register_wh,
        register_at=gauge.register_at,
        read_at=reading.at,
    )


def _derived(gauge: Gauge, at: datetime, register_wh: Decimal) -> Gauge:
    """Power from registers, unless this station measures it."""
    if gauge.power_at is not None and not gauge.power_derived:
        return gauge
    known_wh, known_at = gauge.register_wh, gauge.register_at
    if known_wh is None or known_at is None or register_wh < known_wh:
        return changed(gauge, register_wh=register_wh, register_at=at)
    power_w = mean_power_w((known_at, known_wh), (at, register_wh))
    if power_w is None:
        return gauge
    return changed(
        gauge,
        power_w=round(power_w),
        power_at=at,
        power_derived=True,
        register_wh=register_wh,
        register_at=at,
    )


def _reading(at: datetime, samples: Iterable[Sample]) -> Reading:
    found: dict[str, _Values] = {}
    register_wh = None
    for sample in samples:
        unit = _UNITS.get(sample.measurand)
        if unit is None:
            if sample.is_register:
                register_wh = sample.value
        elif (
            sample.value is not None
            and (sample.unit is None or sample.unit == unit)
            # The state of charge is that of the vehicle, wherever it is asked.
            and (sample.location == _OUTLET or unit == "Percent")
        ):
            found.setdefault(sample.measurand, {})[sample.phase] = sample.value
    asked = found.get
    power, voltages = asked("Power.Active.Import"), asked("Voltage")
    offered, charge, current = asked("Power.Offered"), asked("SoC"), asked("Current.Import")
    if offered is None and voltages is not None and (amperes := asked("Current.Offered")):
        offered_w = _offered_w(amperes, voltages)
    else:
        offered_w = _total(offered) if offered else None
    return Reading(
        at=at,
        power_w=_total(power) if power else None,
        register_wh=register_wh,
        soc_percent=_share(charge.get(None)) if charge else None,
        offered_w=offered_w,
        current_a=_largest(current) if current else None,
        voltage_v=_mean(voltages) if voltages else None,
    )


def _offered_w(current: _Values, voltages: _Values) -> Decimal | None:
    """Current times voltage; one offered current holds for every measured phase.

    Without a voltage nobody knows what a current carries.
    """
    if (voltage_v := _mean(voltages)) is None:
        return None
    whole = current.get(None)
    phases = max(1, len(_by_phase(voltages)))
    each_a = _by_phase(current) or ([whole] * phases if whole is not None else [])
    return voltage_v * sum(each_a, Decimal()) if each_a else None


def _total(values: _Values) -> Decimal | None:
    """The whole as told, or else what the phases add up to."""
    if None in values:
        return values[None]
    each = _by_phase(values)
    return sum(each, Decimal()) if each else None


def _mean(values: _Values) -> Decimal | None:
    """The whole as told, or else the mean of the phases."""
    if None in values:
        return values[None]
    each = _by_phase(values)
    return sum(each, Decimal()) / len(each) if each else None


def _largest(values: _Values) -> Decimal | None:
    """The whole as told, or else that of the phase with the most."""
    return values[None] if None in values else max(_by_phase(values), default=None)


def _by_phase(values: _Values) -> list[Decimal]:
    for names in _PHASES:
        if found := [values[name] for name in names if name in values]:
            return found
    return []


def _share(percent: Decimal | None) -> Decimal | None:
    return percent if percent is not None and 0 <= percent <= 100 else None
