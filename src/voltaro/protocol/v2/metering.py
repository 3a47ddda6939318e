"""MeterValues (J01) and sampled values wherever they appear (2.x SampledValueType)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from voltaro.domain.metering import METER_VALUES, MeterValuesReported
from voltaro.domain.quantities import ENERGY_REGISTER, Sample, plausible, to_base_unit
from voltaro.protocol.moments import read_moment
from voltaro.protocol.normalise.faults import Fault
from voltaro.protocol.normalise.words import UNITS, respelled
from voltaro.protocol.places import number
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v21 as wire

_UNITS = frozenset(UNITS)
#: Beyond this a multiplier is a defect, and would make numbers that no database holds.
_LARGEST_EXPONENT = 12


def read_samples(
    values: Sequence[wire.MeterValueType] | None, origin: Origin
) -> tuple[Sample, ...]:
    """Every sampled value, with the defaults that the specification gives to what is absent."""
    return tuple(
        _read_sample(sampled, at, origin)
        for value in values or ()
        for at in (read_moment(value.timestamp, origin, "/meterValue/*/timestamp").at,)
        for sampled in value.sampled_value
    )


def _read_sample(sampled: wire.SampledValueType, at: datetime, origin: Origin) -> Sample:
    measurand = sampled.measurand or ENERGY_REGISTER
    measure = sampled.unit_of_measure
    unit: str | None = _default_unit(measurand)
    if measure and measure.unit:
        unit = _unit(measure.unit, origin)
    multiplier = (measure.multiplier if measure else None) or 0
    value = plausible(sampled.value) if abs(multiplier) <= _LARGEST_EXPONENT else None
    raw = None if value is not None else str(sampled.value)
    if value is not None:
        scaled, base = to_base_unit(value, unit or "", multiplier)
        value, unit = scaled, base or None
    if sampled.signed_meter_value is not None:  # billing data: kept to the byte
        raw = msgspec.json.encode(sampled.signed_meter_value).decode()
    return Sample(
        at=at,
        measurand=measurand,
        value=value,
        unit=unit,
        phase=sampled.phase,
        context=sampled.context or "Sample.Periodic",
        location=sampled.location or "Outlet",
        raw=raw,
    )


def _unit(word: str, origin: Origin) -> str:
    """Quirk Q61: a unit in another spelling; the schema takes any text for one."""
    right = None if word in _UNITS else respelled(word, UNITS, "unit")
    if right is None:
        return word
    origin.remark(Fault.RESPELLED_WORD, "/meterValue/*/sampledValue/*/unitOfMeasure/unit")
    return right


def _default_unit(measurand: str) -> str | None:
    return "Wh" if measurand.startswith("Energy.") else None


def _read(req: wire.MeterValuesRequest, origin: Origin) -> MeterValuesReported:
    return MeterValuesReported(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        evse_id=number(req.evse_id),
        station_ref=None,
        samples=read_samples(req.meter_value, origin),
    )


def _write(_reply: None) -> wire.MeterValuesResponse:
    return wire.MeterValuesResponse()


ROUTES = (Route("MeterValues", wire.MeterValuesRequest, _read, METER_VALUES, _write),)
