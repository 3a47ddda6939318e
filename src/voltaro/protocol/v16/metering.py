"""MeterValues (1.6 §4.7) and sampled values wherever they appear (1.6 §7.43)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from voltaro.domain.metering import METER_VALUES, MeterValuesReported
from voltaro.domain.quantities import ENERGY_REGISTER, Sample, parse_number, to_base_unit
from voltaro.protocol.moments import read_moment
from voltaro.protocol.places import number
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v16 as wire


def read_samples(
    values: Sequence[wire.MeterValue | wire.TransactionData] | None, origin: Origin
) -> tuple[Sample, ...]:
    """Every sampled value, with the defaults that the specification gives to what is absent."""
    return tuple(
        _read_sample(sampled, at)
        for value in values or ()
        for at in (read_moment(value.timestamp, origin).at,)
        for sampled in value.sampled_value
    )


def _read_sample(
    sampled: wire.SampledValue | wire.TransactionDataSampledValue, at: datetime
) -> Sample:
    measurand = sampled.measurand or ENERGY_REGISTER
    signed = sampled.format == "SignedData"
    value: Decimal | None = None if signed else parse_number(sampled.value)
    unit: str | None = sampled.unit or ("Wh" if measurand.startswith("Energy.") else None)
    if value is not None and unit is not None:
        value, unit = to_base_unit(value, unit)
    return Sample(
        at=at,
        measurand=measurand,
        value=value,
        unit=unit,
        phase=sampled.phase,
        context=sampled.context or "Sample.Periodic",
        location=sampled.location or "Outlet",
        raw=sampled.value if value is None else None,
    )


def _read(req: wire.MeterValuesRequest, origin: Origin) -> MeterValuesReported:
    transaction_id = req.transaction_id
    return MeterValuesReported(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        evse_id=number(req.connector_id),
        station_ref=str(transaction_id) if transaction_id and transaction_id > 0 else None,
        samples=read_samples(req.meter_value, origin),
    )


def _write(_reply: None) -> wire.MeterValuesResponse:
    return wire.MeterValuesResponse()


ROUTES = (Route("MeterValues", wire.MeterValuesRequest, _read, METER_VALUES, _write),)
