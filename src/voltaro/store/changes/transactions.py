"""Transactions, saved whole and by version, and the readings that belong to them."""

from collections.abc import Sequence

from voltaro.domain.transactions import (
    SamplesRecorded,
    Transaction,
    TransactionMetered,
    TransactionOpened,
    TransactionSaved,
)
from voltaro.store.parts import Part
from voltaro.store.sample_rows import by_instant
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


def opened_parts(changes: Sequence[TransactionOpened]) -> Sequence[Part]:
    """Insert new ones; in conflict is whose reference is taken."""
    return [_whole(_INSERT, [change.transaction for change in changes])]


def saved_parts(changes: Sequence[TransactionSaved]) -> Sequence[Part]:
    """Replace the version before; in conflict is whoever decided on an outdated one."""
    return [_whole(_UPDATE, [change.transaction for change in changes])]


def metered_parts(changes: Sequence[TransactionMetered]) -> Sequence[Part]:
    """Replace what readings move; in conflict is whoever decided on an outdated version."""
    transactions = [change.transaction for change in changes]
    ids = [t.id for t in transactions]
    columns = (
        [t.station_id for t in transactions],
        ids,
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
    return [Part(_METER, columns, counted=ids)]


def _whole(sql: str, transactions: Sequence[Transaction]) -> Part:
    columns = tuple(zip(*map(to_row, transactions), strict=True))
    return Part(sql, columns, counted=[t.id for t in transactions])


_READINGS = """
    INSERT INTO meter_readings
        (station_id, evse_id, transaction_id, received_at, sampled_at, samples)
    SELECT * FROM unnest($1::text[], $2::int[], $3::uuid[], $4::timestamptz[], $5::timestamptz[],
        $6::json[])
"""


def samples_parts(changes: Sequence[SamplesRecorded]) -> Sequence[Part]:
    """One row for each instant, however many values were measured (ADR 0028)."""
    rows = [
        (c.station_id, c.evse_id, c.transaction_id, c.received_at, at, samples)
        for c in changes
        for at, samples in by_instant(c.samples)
    ]
    return [Part(_READINGS, tuple(zip(*rows, strict=True)))] if rows else []
