"""ReserveNow (1.6 §5.13) and CancelReservation (1.6 §5.1)."""

from typing import Final

from voltaro.domain.reservations import (
    Answered,
    CancelAnswered,
    CancelReservation,
    Requested,
    ReservationsChanged,
    ReserveNow,
    Unanswered,
)
from voltaro.protocol.commands import CallRoute, CommandRoute, Target, Unspeakable, single
from voltaro.protocol.moments import parse_moment, write_moment
from voltaro.protocol.places import number
from voltaro.protocol.rpc import clean
from voltaro.protocol.wire import v16 as wire

_LONGEST_TAG: Final = 20


def _write_reserve(command: ReserveNow) -> wire.ReserveNowRequest:
    if len(command.token.value) > _LONGEST_TAG:
        raise Unspeakable("a token of OCPP 1.6 has at most 20 characters", "token")
    if command.group_token is not None and len(command.group_token) > _LONGEST_TAG:
        raise Unspeakable("a token of OCPP 1.6 has at most 20 characters", "group_token")
    if command.connector_type is not None:
        raise Unspeakable("OCPP 1.6 has no types of connectors", "connector_type")
    return wire.ReserveNowRequest(
        connector_id=command.evse_id or 0,  # 1.6 §5.13: 0 is any of them
        expiry_date=write_moment(command.expires_at),
        id_tag=command.token.value,
        parent_id_tag=command.group_token,
        reservation_id=command.reservation_id,
    )


def _requested(req: wire.ReserveNowRequest, target: Target) -> tuple[ReservationsChanged, ...]:
    step = Requested(
        reservation_id=req.reservation_id,
        evse_id=number(req.connector_id),
        token=clean(req.id_tag)[0],
        group_token=clean(req.parent_id_tag)[0] if req.parent_id_tag else None,
        expires_at=parse_moment(req.expiry_date),
        at=target.at,
    )
    return (ReservationsChanged(target.station_id, step),)


def _answered(
    req: wire.ReserveNowRequest, res: wire.ReserveNowResponse | None, target: Target
) -> tuple[ReservationsChanged, ...]:
    step = Answered(
        reservation_id=req.reservation_id,
        accepted=res is not None and res.status == "Accepted",
        answer=res.status if res is not None else "CALLERROR",
        at=target.at,
    )
    return (ReservationsChanged(target.station_id, step),)


def _unanswered(req: wire.ReserveNowRequest, target: Target) -> tuple[ReservationsChanged, ...]:
    return (ReservationsChanged(target.station_id, Unanswered(req.reservation_id)),)


def _write_cancel(command: CancelReservation) -> wire.CancelReservationRequest:
    return wire.CancelReservationRequest(reservation_id=command.reservation_id)


def _cancelled(
    req: wire.CancelReservationRequest,
    res: wire.CancelReservationResponse | None,
    target: Target,
) -> tuple[ReservationsChanged, ...]:
    if res is None:
        return ()
    accepted = res.status == "Accepted"
    step = CancelAnswered(reservation_id=req.reservation_id, accepted=accepted, at=target.at)
    return (ReservationsChanged(target.station_id, step),)


CALLS = (
    CallRoute(
        request=wire.ReserveNowRequest,
        response=wire.ReserveNowResponse,
        before=_requested,
        after=_answered,
        unanswered=_unanswered,
    ),
    CallRoute(
        request=wire.CancelReservationRequest,
        response=wire.CancelReservationResponse,
        after=_cancelled,
    ),
)
COMMANDS = (
    CommandRoute(ReserveNow, single(_write_reserve)),
    CommandRoute(CancelReservation, single(_write_cancel)),
)
