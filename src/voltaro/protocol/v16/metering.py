"""MeterValues (1.6 §4.7) and sampled values wherever they appear (1.6 §7.43)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from voltaro.domain.metering import METER_VALUES, MeterValuesReported
from voltaro.domain.quantities import ENERGY_REGISTER, Sample, parse_number, to_base_unit
from voltaro.protocol.moments import read_moment
from voltaro.protocol.normalise.faults import Fault
from voltaro.protocol.places import LARGEST, number
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.wire import v16 as wire

#: With what a number begins and ends that nobody has padded.
_FIRST, _LAST = frozenset("-0123456789"), frozenset("0123456789")


def read_samples(
    values: Sequence[wire.MeterValue | wire.TransactionData] | None,
    origin: Origin,
    name: str = "meterValue",
) -> tuple[Sample, ...]:
    """Every sampled value, with the defaults that the specification gives to what is absent.

    `name` is the property that holds them.
    """
    when, where = f"/{name}/*/timestamp", f"/{name}/*/sampledValue/*/value"
    return tuple(
        _read_sample(sampled, at, origin, where)
        for value in values or ()
        for at in (read_moment(value.timestamp, origin, when).at,)
        for sampled in value.sampled_value
    )


def _read_sample(
    sampled: wire.SampledValue | wire.TransactionDataSampledValue,
    at: datetime,
    origin: Origin,
    pointer: str,
) -> Sample:
    measurand = sampled.measurand or ENERGY_REGISTER
    text = sampled.value
    value: Decimal | None = None
    if sampled.format != "SignedData":
        value = parse_number(text)
        # Quirk Q59: padded, or with a decimal comma.
        if value is None:
            origin.remark(Fault.NOT_A_NUMBER, pointer)
        elif text[0] not in _FIRST or text[-1] not in _LAST or "," in text:
            origin.remark(Fault.NUMBER_FORMAT, pointer)
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


def read_reference(transaction_id: int, origin: Origin) -> str | None:
    """Which of our transactions is meant; None for a number that we never give (quirks Q44, Q45).

    1.6 erratum 3.18: a station that never learned the id sends -1; others send 0.
    """
    if not 0 < transaction_id <= LARGEST:
        origin.remark(Fault.TRANSACTION_ID_UNUSABLE, "/transactionId")
        return None
    return str(transaction_id)


def _read(req: wire.MeterValuesRequest, origin: Origin) -> MeterValuesReported:
    transaction_id = req.transaction_id
    return MeterValuesReported(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        evse_id=number(req.connector_id),
        station_ref=None if transaction_id is None else read_reference(transaction_id, origin),
        samples=read_samples(req.meter_value, origin),
    )


def _write(_reply: None) -> wire.MeterValuesResponse:
    return wire.MeterValuesResponse()


ROUTES = (Route("MeterValues", wire.MeterValuesRequest, _read, METER_VALUES, _write),)
