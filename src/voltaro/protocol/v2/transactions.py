"""TransactionEvent and GetTransactionStatus (E01-E15)."""

from voltaro.domain.availability import ChargingState
from voltaro.domain.transaction_rules import TRANSACTION, TransactionReply
from voltaro.domain.transaction_status import GetTransactionStatus
from voltaro.domain.transactions import Kind, TransactionEvent
from voltaro.protocol.commands import CallRoute, CommandRoute, Conclusion, Conversation, ask
from voltaro.protocol.moments import read_moment
from voltaro.protocol.places import number
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.v2.authorization import (
    LONGEST_TOKEN,
    LONGEST_TOKEN_21,
    read_token,
    write_token_info,
)
from voltaro.protocol.v2.metering import read_samples
from voltaro.protocol.wire import v21 as wire

_KIND = {"Started": Kind.STARTED, "Updated": Kind.UPDATED, "Ended": Kind.ENDED}
_CHARGING_STATE: dict[str, ChargingState] = {
    "EVConnected": ChargingState.EV_CONNECTED,
    "Charging": ChargingState.CHARGING,
    "SuspendedEV": ChargingState.SUSPENDED_EV,
    "SuspendedEVSE": ChargingState.SUSPENDED_EVSE,
    "Idle": ChargingState.IDLE,
}


def _read(req: wire.TransactionEventRequest, origin: Origin) -> TransactionEvent:
    at, trusted = read_moment(req.timestamp, origin)
    info, evse = req.transaction_info, req.evse
    return TransactionEvent(
        station_id=origin.station_id,
        at=at,
        received_at=origin.received_at,
        clock_trusted=trusted,
        kind=_KIND.get(req.event_type, Kind.UPDATED),
        station_ref=info.transaction_id,
        ref_is_ours=False,
        evse_id=number(evse.id) if evse else None,
        connector_id=number(evse.connector_id) if evse else None,
        token=read_token(req.id_token, origin) if req.id_token else None,
        seq_no=req.seq_no,
        trigger_reason=req.trigger_reason,
        charging_state=_CHARGING_STATE.get(info.charging_state or ""),
        stop_reason=info.stopped_reason,
        reservation_id=req.reservation_id,
        remote_start_id=info.remote_start_id,
        samples=read_samples(req.meter_value, origin),
    )


def _write(reply: TransactionReply, longest: int = LONGEST_TOKEN) -> wire.TransactionEventResponse:
    # E01.FR.11: idTokenInfo whenever the request carried a token.
    authorization, cost = reply.authorization, reply.total_cost
    return wire.TransactionEventResponse(
        total_cost=cost.amount if cost is not None else None,
        id_token_info=write_token_info(authorization, longest) if authorization else None,
    )


def _write_21(reply: TransactionReply) -> wire.TransactionEventResponse:
    return _write(reply, LONGEST_TOKEN_21)


ROUTES = (Route("TransactionEvent", wire.TransactionEventRequest, _read, TRANSACTION, _write),)
ROUTES_21 = (
    Route("TransactionEvent", wire.TransactionEventRequest, _read, TRANSACTION, _write_21),
)


def _status(command: GetTransactionStatus) -> Conversation:
    request = wire.GetTransactionStatusRequest(transaction_id=command.station_ref)
    answer: wire.GetTransactionStatusResponse = yield ask(request)
    result: dict[str, bool] = {"messages_in_queue": answer.messages_in_queue}
    if answer.ongoing_indicator is not None:
        result["ongoing"] = answer.ongoing_indicator
    return Conclusion(result=result)


CALLS = (
    CallRoute(request=wire.GetTransactionStatusRequest, response=wire.GetTransactionStatusResponse),
)
COMMANDS = (CommandRoute(GetTransactionStatus, _status),)
