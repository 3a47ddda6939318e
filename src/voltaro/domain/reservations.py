"""Reservations, from the request to their end (1.6 §3.11, §5.1 and §5.13, 2.x block H)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Literal, TypeAlias, assert_never
from uuid import UUID

from voltaro.domain.command import Command
from voltaro.domain.decision import Change
from voltaro.domain.ids import IdToken, Scope, token_key
from voltaro.domain.values import changed

#: A station's clock may be behind ours by so much and what it tells still counts as later.
_SLACK = timedelta(minutes=2)


class ReservationState(StrEnum):
    """Where a reservation stands; the first three may still come to something."""

    #: The station has not answered yet.
    REQUESTED = "requested"
    ACTIVE = "active"
    #: No answer came that can be used; a late one, or what follows, may settle it.
    UNKNOWN = "unknown"
    REFUSED = "refused"
    USED = "used"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    #: It was replaced, the station did not have it, or its connector went out of service.
    ENDED = "ended"


OPEN = frozenset({ReservationState.REQUESTED, ReservationState.ACTIVE, ReservationState.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveNow(Command):
    """Keep a connector free for a token, or the tokens of a group.

    Without EVSE any of them, or any of those with a connector of a type (2.x, the station's word).
    """

    name: ClassVar[str] = "reserve_now"

    reservation_id: int
    token: IdToken
    group_token: str | None = None
    evse_id: int | None = None
    connector_type: str | None = None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReservation(Command):
    """Let go of a reservation, by its id at the station."""

    name: ClassVar[str] = "cancel_reservation"

    reservation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """One request for a reservation. `reservation_id` is unique at the station while it is open.

    `answer` is the station's own word. `expires_at` is None where a raw CALL had no readable time.
    `detail` says in a few words why it ended.
    """

    id: UUID
    reservation_id: int
    evse_id: int | None
    token: str
    group_token: str | None
    expires_at: datetime | None
    state: ReservationState
    answer: str | None = None
    detail: str | None = None
    transaction_id: UUID | None = None
    requested_at: datetime
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """A request is about to go out."""

    reservation_id: int
    evse_id: int | None
    token: str
    group_token: str | None
    expires_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The station's word about a request; `accepted` says what it means."""

    reservation_id: int
    accepted: bool
    answer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer came that can be used, for one of the requests or (None) for any."""

    reservation_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAnswered:
    """The station let go of a reservation, or did not have it."""

    reservation_id: int
    accepted: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedByStation:
    """The station let go of a reservation by itself: its time is over, or (`why`) something else."""

    reservation_id: int
    expired: bool
    why: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionBegan:
    """A transaction that may be what was reserved for; `reservation_id` is what the station says.

    Both times as in `voltaro.domain.decision.StationEvent`.
    """

    transaction_id: UUID
    reservation_id: int | None
    evse_id: int | None
    token_key: str | None
    group_token: str | None
    at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFailed:
    """An EVSE, or the station, is faulted or unavailable; `reported` is the station's word."""

    where: int | Literal[Scope.STATION]
    reported: str
    at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class TimePassed:
    """It is so late now by our clock."""

    at: datetime


ReservationStep: TypeAlias = (
    Requested
    | Answered
    | Unanswered
    | CancelAnswered
    | EndedByStation
    | TransactionBegan
    | PlaceFailed
    | TimePassed
)


@dataclass(frozen=True, slots=True)
class ReservationsChanged(Change):
    """One kind of change for all steps, since their order within a batch matters."""

    station_id: str
    step: ReservationStep


#: The reservations of a station, oldest first.
Book: TypeAlias = tuple[Reservation, ...]
_Fits: TypeAlias = Callable[[Reservation], bool]


def stepped(book: Book, step: ReservationStep, fresh_id: UUID) -> Book:
    """The reservations of a station after a step. `fresh_id` is for a new one."""
    match step:
        case Requested():
            return (*book, _requested(step, fresh_id))
        case Answered():
            return _answered(book, step)
        case Unanswered():
            return _each(book, _waits_for(step), _unknown)
        case CancelAnswered():
            state = ReservationState.CANCELLED if step.accepted else ReservationState.ENDED
            why = None if step.accepted else "the station does not have it"
            return _ended(book, _open_as(step.reservation_id), state, why, step.at)
        case EndedByStation():
            state = ReservationState.EXPIRED if step.expired else ReservationState.ENDED
            return _ended(book, _open_as(step.reservation_id), state, step.why, step.at)
        case TransactionBegan():
            return _used(book, step)
        case PlaceFailed():
            why = f"the station reported {step.reported}"
            at = step.received_at
            return _ended(book, lambda r: _fails(r, step), ReservationState.ENDED, why, at)
        case TimePassed():
            return _expired(book, step.at)
        case _:
            assert_never(step)


def _requested(step: Requested, fresh_id: UUID) -> Reservation:
    return Reservation(
        id=fresh_id,
        reservation_id=step.reservation_id,
        evse_id=step.evse_id,
        token=step.token,
        group_token=step.group_token,
        expires_at=step.expires_at,
        state=ReservationState.REQUESTED,
        requested_at=step.at,
    )


def _answered(book: Book, step: Answered) -> Book:
    asked = _last(
        r
        for r in book
        if r.reservation_id == step.reservation_id
        and r.answer is None
        and r.state not in {ReservationState.CANCELLED, ReservationState.ENDED}
    )
    if asked is None:
        return book
    settled = changed(asked, answer=step.answer)
    if asked.is_open:  # the transaction, or the end of its time, may have been quicker
        settled = (
            changed(settled, state=ReservationState.ACTIVE)
            if step.accepted
            else changed(settled, state=ReservationState.REFUSED, ended_at=step.at)
        )
    book = tuple(settled if r is asked else r for r in book)
    if not step.accepted:
        return book
    # 1.6 §5.13: the same id replaces.
    return _ended(
        book,
        lambda r: r.id != asked.id and _open_as(step.reservation_id)(r),
        ReservationState.ENDED,
        "another one with its id replaced it",
        step.at,
    )


def _used(book: Book, step: TransactionBegan) -> Book:
    if step.reservation_id is not None:
        named = (r for r in book if r.reservation_id == step.reservation_id)
        fitting = (r for r in named if r.state is not ReservationState.REFUSED)
    else:
        fitting = (r for r in book if _is_for(r, step))
    found = _last(fitting)
    if found is None or found.state is ReservationState.USED:
        return book
    return _each(
        book,
        lambda r: r is found,
        lambda r: changed(
            r,
            state=ReservationState.USED,
            transaction_id=step.transaction_id,
            detail=None,
            ended_at=step.received_at,
        ),
    )


def _is_for(r: Reservation, step: TransactionBegan) -> bool:
    """Whether a start that names no reservation is what this one was made for."""
    if not r.is_open and r.state is not ReservationState.EXPIRED:
        return False
    in_time = step.at >= r.requested_at - _SLACK and (
        r.expires_at is None or step.at < r.expires_at
    )
    in_place = r.evse_id is None or step.evse_id == r.evse_id
    same_token = step.token_key == token_key(r.token)
    return in_time and in_place and (same_token or _same_group(r, step))


def _same_group(r: Reservation, step: TransactionBegan) -> bool:
    if r.group_token is None or step.group_token is None:
        return False
    return token_key(r.group_token) == token_key(step.group_token)


def _fails(r: Reservation, step: PlaceFailed) -> bool:
    """A report from a queue, of before the reservation, says nothing about it."""
    if r.state not in {ReservationState.ACTIVE, ReservationState.UNKNOWN}:
        return False
    here = step.where is Scope.STATION or step.where == r.evse_id
    return here and step.at >= r.requested_at - _SLACK


def _expired(book: Book, now: datetime) -> Book:
    return _each(
        book,
        lambda r: _is_over(r, now),
        lambda r: changed(r, state=ReservationState.EXPIRED, ended_at=r.expires_at),
    )


def _is_over(r: Reservation, now: datetime) -> bool:
    return r.is_open and r.expires_at is not None and r.expires_at <= now


def _waits_for(step: Unanswered) -> _Fits:
    return lambda r: (
        r.state is ReservationState.REQUESTED and step.reservation_id in {None, r.reservation_id}
    )


def _open_as(reservation_id: int) -> _Fits:
    return lambda r: r.is_open and r.reservation_id == reservation_id


def _unknown(r: Reservation) -> Reservation:
    return changed(r, state=ReservationState.UNKNOWN)


def _ended(book: Book, fits: _Fits, state: ReservationState, why: str | None, at: datetime) -> Book:
    return _each(book, fits, lambda r: changed(r, state=state, detail=why, ended_at=at))


def _each(book: Book, fits: _Fits, change: Callable[[Reservation], Reservation]) -> Book:
    return tuple(change(r) if fits(r) else r for r in book)


def _last(found: Iterable[Reservation]) -> Reservation | None:
    return max(found, key=lambda r: r.requested_at, default=None)
