"""StartTransaction (1.6 §4.8) and StopTransaction (1.6 §4.10)."""

from voltaro.domain.authorization import Authorization, AuthorizationStatus
from voltaro.domain.quantities import plausible
from voltaro.domain.transaction_rules import TRANSACTION, TransactionReply
from voltaro.domain.transactions import Kind, TransactionEvent
from voltaro.protocol.moments import read_moment
from voltaro.protocol.places import number
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.v16.authorization import write_id_tag_info
from voltaro.protocol.v16.metering import read_reference, read_samples
from voltaro.protocol.wire import v16 as wire

#: 1.6 reasons that 2.x names differently; the others are the same words.
_REASON = {
    "HardReset": "ImmediateReset",
    "SoftReset": "ImmediateReset",
    "UnlockCommand": "Other",
}


def _read_start(req: wire.StartTransactionRequest, origin: Origin) -> TransactionEvent:
    at, trusted = read_moment(req.timestamp, origin)
    is_ahead = bool(origin.ahead)
    evse_id = number(req.connector_id)
    return TransactionEvent(
        station_id=origin.station_id,
        at=at,
        received_at=origin.received_at,
        clock_trusted=trusted,
        time_is_unique=is_ahead,
        kind=Kind.STARTED,
        station_ref=None,
        ref_is_ours=True,
        evse_id=evse_id,
        connector_id=1 if evse_id else None,
        token=origin.token(req.id_tag),
        reservation_id=req.reservation_id,
        register=plausible(req.meter_start),
    )


def _write_start(reply: TransactionReply) -> wire.StartTransactionResponse:
    authorization = reply.authorization or Authorization(AuthorizationStatus.INVALID)
    return wire.StartTransactionResponse(
        transaction_id=int(reply.station_ref), id_tag_info=write_id_tag_info(authorization)
    )


def _read_stop(req: wire.StopTransactionRequest, origin: Origin) -> TransactionEvent:
    at, trusted = read_moment(req.timestamp, origin)
    is_ahead = bool(origin.ahead)
    return TransactionEvent(
        station_id=origin.station_id,
        at=at,
        received_at=origin.received_at,
        clock_trusted=trusted,
        time_is_unique=is_ahead,
        kind=Kind.ENDED,
        station_ref=read_reference(req.transaction_id, origin),
        ref_is_ours=True,
        token=origin.token(req.id_tag) if req.id_tag else None,
        stop_reason=_REASON.get(req.reason, req.reason) if req.reason else None,
        register=plausible(req.meter_stop),
        samples=read_samples(req.transaction_data, origin, "transactionData"),
    )


def _write_stop(reply: TransactionReply) -> wire.StopTransactionResponse:
    authorization = reply.authorization
    return wire.StopTransactionResponse(
        id_tag_info=write_id_tag_info(authorization) if authorization else None
    )


ROUTES = (
    Route("StartTransaction", wire.StartTransactionRequest, _read_start, TRANSACTION, _write_start),
    Route("StopTransaction", wire.StopTransactionRequest, _read_stop, TRANSACTION, _write_stop),
)
