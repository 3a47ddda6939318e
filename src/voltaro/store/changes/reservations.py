"""Reservations, moved by what was asked of stations and by what they told."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from voltaro.domain.reservations import (
    Answered,
    Book,
    Reservation,
    ReservationsChanged,
    ReservationState,
    ReservationStep,
    TransactionBegan,
    stepped,
)
from voltaro.store.fresh_ids import uuid7
from voltaro.store.sql import Connection

_COLUMNS = """
    id, station_id, reservation_id, evse_id, token, group_token, expires_at, state, answer, detail,
    transaction_id, requested_at, ended_at
"""


async def write_reservations(
    connection: Connection, rows: Sequence[tuple[int, ReservationsChanged]]
) -> Collection[int]:
    """Write the steps of each station as if one after the other."""
    steps: defaultdict[str, list[ReservationStep]] = defaultdict(list)
    for _, change in rows:
        steps[change.station_id].append(change.step)
    known = await _read(connection, steps)
    changed: list[tuple[str, Reservation]] = []
    for station_id, some in steps.items():
        before = book = known[station_id]
        for step in some:
            book = stepped(book, step, uuid7())
        changed += [(station_id, each) for each in book if each not in before]
    if changed:
        await _save(connection, changed)
    return ()


async def _read(
    connection: Connection, steps: dict[str, list[ReservationStep]]
) -> defaultdict[str, Book]:
    """What may be concerned: what is open, is named, or was valid when a transaction began."""
    named = [
        (station_id, step.reservation_id)
        for station_id, some in steps.items()
        for step in some
        if isinstance(step, Answered | TransactionBegan) and step.reservation_id is not None
    ]
    begun = [
        (station_id, step.at)
        for station_id, some in steps.items()
        for step in some
        if isinstance(step, TransactionBegan)
    ]
    records = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM reservations WHERE is_open AND station_id = ANY ($1)
        UNION
        SELECT {_COLUMNS} FROM reservations
        JOIN unnest($2::text[], $3::bigint[]) AS n (station_id, reservation_id)
            USING (station_id, reservation_id)
        UNION
        SELECT {_COLUMNS} FROM reservations
        JOIN unnest($4::text[], $5::timestamptz[]) AS b (station_id, at) USING (station_id)
        WHERE state = 'expired' AND expires_at > b.at
        ORDER BY id
        """,
        list(steps),
        [station_id for station_id, _ in named],
        [reservation_id for _, reservation_id in named],
        [station_id for station_id, _ in begun],
        [at for _, at in begun],
    )
    found: defaultdict[str, Book] = defaultdict(tuple)
    for r in records:
        reservation = Reservation(
            id=r["id"],
            reservation_id=r["reservation_id"],
            evse_id=r["evse_id"],
            token=r["token"],
            group_token=r["group_token"],
            expires_at=r["expires_at"],
            state=ReservationState(r["state"]),
            answer=r["answer"],
            detail=r["detail"],
            transaction_id=r["transaction_id"],
            requested_at=r["requested_at"],
            ended_at=r["ended_at"],
        )
        found[r["station_id"]] += (reservation,)
    return found


async def _save(connection: Connection, changed: Sequence[tuple[str, Reservation]]) -> None:
    reservations = [each for _, each in changed]
    await connection.execute(
        f"""
        INSERT INTO reservations ({_COLUMNS}, is_open)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::int[], $5::text[],
            $6::text[], $7::timestamptz[], $8::text[], $9::text[], $10::text[], $11::uuid[],
            $12::timestamptz[], $13::timestamptz[], $14::bool[])
        ON CONFLICT (id) DO UPDATE SET
            state = excluded.state, is_open = excluded.is_open, answer = excluded.answer,
            detail = excluded.detail, transaction_id = excluded.transaction_id,
            ended_at = excluded.ended_at
        """,
        [r.id for r in reservations],
        [station_id for station_id, _ in changed],
        [r.reservation_id for r in reservations],
        [r.evse_id for r in reservations],
        [r.token for r in reservations],
        [r.group_token for r in reservations],
        [r.expires_at for r in reservations],
        [r.state.value for r in reservations],
        [r.answer for r in reservations],
        [r.detail for r in reservations],
        [r.transaction_id for r in reservations],
        [r.requested_at for r in reservations],
        [r.ended_at for r in reservations],
        [r.is_open for r in reservations],
    )
