"""Databases with a past: registered stations, ended transactions and their readings, filled by SQL."""

from datetime import UTC, datetime, timedelta

import asyncpg

from voltaro.services.secrets import Keyring
from voltaro.store.engine import migrate
from voltaro.store.partitions import make_partitions

SECRET_KEY = "a-secret-key-for-benchmarks"
PASSWORD = "A-PASSWORD-FOR-BENCHMARKS"
#: Transactions spread over so many days before now.
PAST_DAYS = 365
READINGS = 10  # of two samples each
_CHUNK = 100_000

_STATIONS = """
    INSERT INTO stations (station_id, registration, security_profile, password_hash)
    SELECT $1 || n, 'accepted', 1, $2 FROM generate_series(0, $3 - 1) n
"""
#: Number n of $1, with the time it began and an id that sorts by it as the server's own do.
_NUMBERED = """
    SELECT n, t, (lpad(to_hex((1000 * extract(epoch FROM t))::bigint), 12, '0') || '7'
                  || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid AS id
    FROM (SELECT n, $2::timestamptz + n * $3::interval AS t
          FROM generate_series($4::int, $5::int - 1) n) numbers
"""
_TRANSACTIONS = f"""
    INSERT INTO transactions (
        station_id, id, station_ref, evse_id, connector_id, token, token_key, token_status,
        charging_state, started_at, started_received_at, ended_at, ended_received_at, stop_reason,
        register_start, register_start_at, register_last, register_last_at, energy_wh,
        last_event_at, flags, version)
    SELECT $1 || n % $6, id, 'past-' || n, 1, 1, 'TAG' || n % 10000, 'tag' || n % 10000, 'accepted',
        'idle', t, t, t + '50 min', t + '50 min', 'Local', 1000, t, 11000, t + '50 min', 10000,
        t + '50 min', '{{}}', 7
    FROM ({_NUMBERED}) past
"""
_READINGS = f"""
    INSERT INTO meter_readings (
        station_id, evse_id, transaction_id, received_at, sampled_at, samples)
    SELECT $1 || n % $6, 1, id, t + k * interval '5 min', t + k * interval '5 min',
        ('[{{"measurand":"Energy.Active.Import.Register","value":' || 1000 + k * 1000
         || ',"unit":"Wh"}},{{"measurand":"Power.Active.Import","value":11000,"unit":"W"}}]')::json
    FROM ({_NUMBERED}) past, generate_series(1, {READINGS}) k
    ORDER BY t, k
"""


async def seed(url, prefix, stations, *, transactions=0):
    """Migrate the database; register stations with `PASSWORD`; give them a past."""
    await migrate(url)
    connection = await asyncpg.connect(url)
    try:
        hashed = Keyring(SECRET_KEY).hash_password(PASSWORD)
        await connection.execute(_STATIONS, prefix, hashed, stations)
        if transactions:
            await _past(connection, prefix, stations, transactions)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _past(connection, prefix, stations, transactions):
    now = datetime.now(UTC)
    begin = now - timedelta(days=PAST_DAYS)
    step = timedelta(days=PAST_DAYS - 1) / transactions
    for days in range(0, PAST_DAYS + 1, 28):
        await make_partitions(connection, begin + timedelta(days=days))
    for first in range(0, transactions, _CHUNK):
        last = min(first + _CHUNK, transactions)
        for statement in (_TRANSACTIONS, _READINGS):
            await connection.execute(statement, prefix, begin, step, first, last, stations)
