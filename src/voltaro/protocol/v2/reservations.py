"""ReserveNow (H01), CancelReservation (H02) and ReservationStatusUpdate (H01, H04)."""

from voltaro.domain.reservation_updates import (
    RESERVATION_UPDATE,
    ReservationUpdate,
    ReservationUpdated,
)
from voltaro.domain.reservations import (
    Answered,
    CancelAnswered,
    CancelReservation,
    Requested,
    ReservationsChanged,
    ReserveNow,
    Unanswered,
)
from voltaro.protocol.commands import CallRoute, CommandRoute, Target, single
from voltaro.protocol.moments import parse_moment, write_moment
from voltaro.protocol.places import number
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.rpc import clean
from voltaro.protocol.v2.authorization import write_group, write_token
from voltaro.protocol.wire import v21 as wire
from voltaro.protocol.words import reader

_update = reader(ReservationUpdate)


def _read_update(req: wire.ReservationStatusUpdateRequest, origin: Origin) -> ReservationUpdated:
    return ReservationUpdated(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        reservation_id=req.reservation_id,
        update=_update(req.reservation_update_status),
        reported=req.reservation_update_status,
    )


def _write_update(_reply: None) -> wire.ReservationStatusUpdateResponse:
    return wire.ReservationStatusUpdateResponse()


ROUTES = (
    Route(
        "ReservationStatusUpdate",
        wire.ReservationStatusUpdateRequest,
        _read_update,
        RESERVATION_UPDATE,
        _write_update,
    ),
)


def _write_reserve(command: ReserveNow) -> wire.ReserveNowRequest:
    group = command.group_token
    return wire.ReserveNowRequest(
        id=command.reservation_id,
        expiry_date_time=write_moment(command.expires_at),
        connector_type=command.connector_type,
        id_token=write_token(command.token),
        evse_id=command.evse_id,
        group_id_token=write_group(group) if group is not None else None,
    )


def _requested(req: wire.ReserveNowRequest, target: Target) -> tuple[ReservationsChanged, ...]:
    group = req.group_id_token
    step = Requested(
        reservation_id=req.id,
        evse_id=number(req.evse_id),
        token=clean(req.id_token.id_token)[0],
        group_token=clean(group.id_token)[0] if group is not None else None,
        expires_at=parse_moment(req.expiry_date_time),
        at=target.at,
    )
    return (ReservationsChanged(target.station_id, step),)


def _answered(
    req: wire.ReserveNowRequest, res: wire.ReserveNowResponse | None, target: Target
) -> tuple[ReservationsChanged, ...]:
    step = Answered(
        reservation_id=req.id,
        accepted=res is not None and res.status == "Accepted",
        answer=res.status if res is not None else "CALLERROR",
        at=target.at,
    )
    return (ReservationsChanged(target.station_id, step),)


def _unanswered(req: wire.ReserveNowRequest, target: Target) -> tuple[ReservationsChanged, ...]:
    return (ReservationsChanged(target.station_id, Unanswered(req.id)),)


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
