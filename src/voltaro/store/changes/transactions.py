"""Transactions, saved whole and by version, and the readings that belong to them."""

from collections.abc import Collection, Sequence

from voltaro.domain.transactions import (
    SamplesRecorded,
    Transaction,
    TransactionMetered,
    TransactionOpened,
    TransactionSaved,
)
from voltaro.store.sample_rows import by_instant
from voltaro.store.sql import Connection
from voltaro.store.transaction_rows import COLUMNS, to_row

_NAMES = ", ".join(name for name, _ in COLUMNS)
_UNNEST = "unnest({})".format(
    ", ".join(f"${n}::{kind}[]" for n, (_, kind) in enumerate(COLUMNS, 1))
)
_KEYS = {"station_id", "id"}

# An array of arrays does not survive unnest: flags travel as one text.
_VALUES = ", ".join(
    "string_to_array(u.flags, ',')" if name == "flags" else f"u.{name}" for name, _ in COLUMNS
)
_SETTINGS = ", ".join(
    "flags = string_to_array(u.flags, ',')" if name == "flags" else f"{name} = u.{name}"
    for name, _ in COLUMNS
    if name not in _KEYS
)

_INSERT = f"""
    INSERT INTO transactions ({_NAMES}) SELECT {_VALUES} FROM {_UNNEST} AS u ({_NAMES})
    ON CONFLICT DO NOTHING RETURNING id
"""
_UPDATE = f"""
    UPDATE transactions AS t SET {_SETTINGS} FROM {_UNNEST} AS u ({_NAMES})
    WHERE t.station_id = u.station_id AND t.id = u.id AND t.version = u.version - 1
    RETURNING t.id
"""


_METER = """
    UPDATE transactions AS t SET
        register_start = u.register_start::numeric, register_start_at = u.register_start_at,
        register_last = u.register_last::numeric, register_last_at = u.register_last_at,
        energy_wh = u.energy_wh, charging_state = u.charging_state,
        trigger_reason = u.trigger_reason, seq_no = u.seq_no, last_event_at = u.last_event_at,
        version = u.version
    FROM unnest(
        $1::text[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[],
        $7::bigint[], $8::text[], $9::text[], $10::bigint[], $11::timestamptz[], $12::integer[]
    ) AS u (station_id, id, register_start, register_start_at, register_last, register_last_at,
            energy_wh, charging_state, trigger_reason, seq_no, last_event_at, version)
    WHERE t.station_id = u.station_id AND t.id = u.id AND t.version = u.version - 1
    RETURNING t.id
"""


async def open_transactions(
    connection: Connection, rows: Sequence[tuple[int, TransactionOpened]]
) -> Collection[int]:
    """Insert new ones; in conflict is whose reference is taken."""
    return await _write(connection, _INSERT, [(n, c.transaction) for n, c in rows])


async def save_transactions(
    connection: Connection, rows: Sequence[tuple[int, TransactionSaved]]
) -> Collection[int]:
    """Replace the version before; in conflict is whoever decided on an outdated one."""
    return await _write(connection, _UPDATE, [(n, c.transaction) for n, c in rows])


async def meter_transactions(
    connection: Connection, rows: Sequence[tuple[int, TransactionMetered]]
) -> Collection[int]:
    """Replace what readings move; in conflict is whoever decided on an outdated version."""
    transactions = [change.transaction for _, change in rows]
    records = await connection.fetch(
        _METER,
        [t.station_id for t in transactions],
        [t.id for t in transactions],
        # As text: the driver takes four times as long to encode a decimal.
        [None if t.register_start is None else str(t.register_start) for t in transactions],
        [t.register_start_at for t in transactions],
        [None if t.register_last is None else str(t.register_last) for t in transactions],
        [t.register_last_at for t in transactions],
        [t.energy_wh for t in transactions],
        [None if t.charging_state is None else t.charging_state.value for t in transactions],
        [t.trigger_reason for t in transactions],
        [t.sequence.last for t in transactions],
        [t.last_event_at for t in transactions],
        [t.version for t in transactions],
    )
    if len(records) == len(rows):
        return ()
    written = {record["id"] for record in records}
    return {n for n, change in rows if change.transaction.id not in written}


async def _write(
    connection: Connection, statement: str, rows: Sequence[tuple[int, Transaction]]
) -> Collection[int]:
    columns = zip(*(to_row(transaction) for _, transaction in rows), strict=True)
    records = await connection.fetch(statement, *map(list, columns))
    written = {record["id"] for record in records}
    return {number for number, transaction in rows if transaction.id not in written}


_READING = (
    "station_id",
    "evse_id",
    "transaction_id",
    "received_at",
    "sampled_at",
    "samples",
)


async def write_samples(
    connection: Connection, rows: Sequence[tuple[int, SamplesRecorded]]
) -> Collection[int]:
    """One row for each instant, however many values were measured (ADR 0028)."""
    await connection.copy_records_to_table(
        "meter_readings",
        columns=_READING,
        records=[
            (
                change.station_id,
                change.evse_id,
                change.transaction_id,
                change.received_at,
                at,
                samples,
            )
            for _, change in rows
            for at, samples in by_instant(change.samples)
        ],
    )
    return ()
