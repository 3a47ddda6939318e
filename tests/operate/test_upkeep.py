"""What is kept and what is dropped, and what happens when the disk fills up."""

import asyncio
import contextlib
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from tests.operate.conftest import house, until
from voltaro.store.database import open_database
from voltaro.store.facts import Sources
from voltaro.store.partitions import list_partitions, make_partitions
from voltaro.store.upkeep import Bounds, Disk, Upkeep

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MIB = 1024 * 1024


@contextlib.asynccontextmanager
async def keeping(url, **bounds):
    """Upkeep with these bounds, and a connection; its own rounds are not run."""
    async with (
        open_database(
            url,
            Sources(heartbeat_interval_s=300, retry_interval_s=30),
            Bounds(journal_days=0, attempts_days=0),
        ) as database,
        asyncpg.create_pool(url, min_size=1, max_size=2) as pool,
        pool.acquire() as connection,
    ):
        yield Upkeep(pool, database.writer, Bounds(**bounds)), connection


async def exchanged(connection, at, *, frame="[2]"):
    await connection.execute(
        "INSERT INTO journal VALUES ($1, 'S', $2, 'in', 'ocpp1.6', '1', 'X', $3, NULL, 'ok', 1)",
        uuid4(),
        at,
        frame,
    )


async def metered(connection, at):
    await connection.execute(
        "INSERT INTO meter_readings VALUES ('S', 1, NULL, $1, $1, '[{\"measurand\":\"Energy\"}]')",
        at,
    )


async def days_of(connection, table):
    rows = await connection.fetch(f"SELECT DISTINCT received_at::date AS day FROM {table}")
    return sorted(row["day"] for row in rows)


async def test_journal_partitions_older_than_the_bound_are_dropped_whole(database_url):
    async with keeping(database_url, journal_days=30) as (upkeep, connection):
        for back in (40, 31, 30, 1, 0):
            await make_partitions(connection, NOW - timedelta(days=back))
            await exchanged(connection, NOW - timedelta(days=back))

        await upkeep.once(connection, NOW)

        kept = await days_of(connection, "journal")
        names = [each.name for each in await list_partitions(connection, "journal")]
    assert kept == [(NOW - timedelta(days=back)).date() for back in (30, 1, 0)]
    # Partitions were made for three days ahead as well.
    assert upkeep.partitions_dropped == 5
    assert names[0] == "journal_20261021"


async def test_rows_without_a_partition_are_forgotten_as_well(database_url):
    async with keeping(database_url, journal_days=30) as (upkeep, connection):
        await exchanged(connection, NOW - timedelta(days=400))
        await exchanged(connection, NOW - timedelta(days=20))

        await upkeep.once(connection, NOW)

        assert await days_of(connection, "journal") == [(NOW - timedelta(days=20)).date()]


async def test_meter_values_are_kept_for_ever_unless_told_otherwise(database_url):
    months = [datetime(2024, 1, 15, tzinfo=UTC), datetime(2026, 10, 15, tzinfo=UTC)]
    async with keeping(database_url, journal_days=1) as (upkeep, connection):
        for at in months:
            await make_partitions(connection, at)
            await metered(connection, at)

        await upkeep.once(connection, NOW)

        assert await days_of(connection, "meter_readings") == [at.date() for at in months]


async def test_a_month_of_meter_values_goes_when_its_last_day_is_old(database_url):
    async with keeping(database_url, meter_values_days=50) as (upkeep, connection):
        for at in (datetime(2026, 9, 30, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)):
            await make_partitions(connection, at)
            await metered(connection, at)

        await upkeep.once(connection, datetime(2026, 11, 19, tzinfo=UTC))
        before = await days_of(connection, "meter_readings")
        await upkeep.once(connection, NOW)

        assert len(before) == 2
        assert await days_of(connection, "meter_readings") == [
            datetime(2026, 10, 1, tzinfo=UTC).date()
        ]


async def test_the_size_cap_drops_the_oldest_days_first_and_never_todays(database_url):
    async with keeping(database_url, journal_max_bytes=MIB) as (upkeep, connection):
        for back in (2, 1, 0):
            await make_partitions(connection, NOW - timedelta(days=back))
            # What cannot be compressed: 600 kB a day.
            for _ in range(10):
                noise = os.urandom(30_000).hex()
                await exchanged(connection, NOW - timedelta(days=back), frame=noise)

        await upkeep.once(connection, NOW)
        first = await days_of(connection, "journal")
        upkeep._bounds = Bounds(journal_max_bytes=1)
        await upkeep.once(connection, NOW)
        at_last = await days_of(connection, "journal")

    assert first == [NOW.date()]
    assert at_last == [NOW.date()]


async def test_a_reader_of_everything_does_not_hold_up_the_stations(database_url):
    """A backup locks every table for as long as it takes."""
    async with keeping(database_url, journal_days=30) as (upkeep, connection):
        await make_partitions(connection, NOW - timedelta(days=60))
        backup = await asyncpg.connect(database_url)
        async with backup.transaction():
            await backup.execute("LOCK TABLE journal IN ACCESS SHARE MODE")

            with pytest.raises(asyncpg.LockNotAvailableError):
                await upkeep.once(connection, NOW)
        await backup.close()
        await upkeep.once(connection, NOW)

    assert upkeep.partitions_dropped == 4


async def test_old_commands_events_and_audit_entries_are_forgotten(database_url):
    async with keeping(database_url, records_days=30) as (upkeep, connection):
        for back in (100, 10):
            at = NOW - timedelta(days=back)
            for is_open in (True, False):
                await connection.execute(
                    "INSERT INTO commands VALUES "
                    "(gen_random_uuid(), 'S', 'reset', 'done', $1, $2, 1, '{}')",
                    is_open,
                    at,
                )
            await connection.execute(
                "INSERT INTO security_events "
                "(station_id, type, critical, at, clock_trusted, received_at) "
                "VALUES ('S', 'x', false, $1, true, $1)",
                at,
            )
            await connection.execute(
                "INSERT INTO monitoring_events (station_id, event_id, at, clock_trusted, "
                "received_at, component, name, cleared) "
                "VALUES ('S', 1, $1, true, $1, 'x', 'y', false)",
                at,
            )
            await connection.execute(
                "INSERT INTO announcements "
                "(station_id, about, at, clock_trusted, received_at, details) "
                "VALUES ('S', 'settlement', $1, true, $1, '{}')",
                at,
            )
            await connection.execute(
                "INSERT INTO audit_log (id, at, actor, action, target_kind, target, request_id) "
                "VALUES (gen_random_uuid(), $1, 'a', 'b', 'c', 'd', 'e')",
                at,
            )
            await connection.execute(
                "INSERT INTO station_certificates "
                "(id, station_id, purpose, csr, state, not_after, requested_at) "
                "VALUES (gen_random_uuid(), 'S', 'p', 'c', 'revoked', $1, $2)",
                at,
                NOW - timedelta(days=400),
            )

        await upkeep.once(connection, NOW)

        assert await connection.fetchval("SELECT count(*) FROM commands") == 3
        assert await connection.fetchval("SELECT count(*) FROM commands WHERE is_open") == 2
        assert await connection.fetchval("SELECT count(*) FROM security_events") == 1
        assert await connection.fetchval("SELECT count(*) FROM monitoring_events") == 1
        assert await connection.fetchval("SELECT count(*) FROM announcements") == 1
        assert await connection.fetchval("SELECT count(*) FROM audit_log") == 1
        assert await connection.fetchval("SELECT count(*) FROM station_certificates") == 1


async def test_attempts_receipts_and_ended_connections_are_forgotten(database_url):
    async with keeping(database_url, attempts_days=90) as (upkeep, connection):
        await connection.execute(
            """
            INSERT INTO stations (station_id, registration, security_profile)
            VALUES ('S', 'accepted', 0)
            """
        )
        for back in (100, 10):
            at = NOW - timedelta(days=back)
            await connection.execute(
                "INSERT INTO handshake_attempts VALUES ($1, '', 'x', 404, '/', '', $2, $2, 1)",
                str(back),
                at,
            )
            await connection.execute(
                "INSERT INTO connections VALUES ('S', $1, 'ocpp1.6', '', $2, $2, $2, 'lost')",
                back,
                at,
            )
        for expires in (NOW - timedelta(days=400), datetime.now(UTC) + timedelta(days=1)):
            await connection.execute(
                "INSERT INTO receipts VALUES ('S', $1, '{}', $2)", os.urandom(8), expires
            )

        await upkeep.once(connection, NOW)

        attempts = await connection.fetch("SELECT station_id FROM handshake_attempts")
        connections = await connection.fetch("SELECT epoch FROM connections")
        receipts = await connection.fetchval("SELECT count(*) FROM receipts")
    assert [row["station_id"] for row in attempts] == ["10"]
    assert [row["epoch"] for row in connections] == [10]
    assert receipts == 1


async def test_disk_states_follow_the_free_space_with_some_relief(database_url):
    free = 100 * MIB
    async with keeping(
        database_url,
        disk_warn_bytes=50 * MIB,
        disk_journal_bytes=10 * MIB,
        free_bytes=lambda: free,
    ) as (upkeep, _):
        seen = []
        for free in (100 * MIB, 49 * MIB, 9 * MIB, 10 * MIB + 1, 11 * MIB, 51 * MIB, 53 * MIB):  # noqa: B007
            upkeep.look_at_disk()
            seen.append((upkeep.disk, upkeep._writer.keep_journal))

    assert seen == [
        (Disk.ENOUGH, True),
        (Disk.LOW, True),
        (Disk.NEARLY_FULL, False),
        (Disk.NEARLY_FULL, False),
        (Disk.LOW, True),
        (Disk.LOW, True),
        (Disk.ENOUGH, True),
    ]


async def _charges(station, token):
    started = await station.asks(
        "StartTransaction",
        {
            "connectorId": 1,
            "idTag": token,
            "meterStart": 1000,
            "timestamp": datetime.now(UTC).isoformat(),
        },
    )
    await station.asks(
        "StopTransaction",
        {
            "transactionId": started[2]["transactionId"],
            "meterStop": 5000,
            "timestamp": datetime.now(UTC).isoformat(),
        },
    )


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 300 MB with a traversable way to it."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small tmpfs")
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300m,mode=0755", "tmpfs", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk, *, leaving):
    with (disk / "filler").open("wb") as file:
        for _ in range((shutil.disk_usage(disk).free - leaving) // MIB):
            file.write(b"x" * MIB)


def relieve(disk):
    (disk / "filler").unlink()


async def test_on_a_nearly_full_disk_sessions_are_written_and_the_journal_is_not(small_disk):
    for folder in (small_disk, *small_disk.parents):
        if not folder.stat().st_mode & 0o001 and folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o011)
    data = small_disk / "data"
    bounds = {"disk_warn_bytes": 120 * MIB, "disk_journal_bytes": 60 * MIB}
    async with house(None, data, **bounds) as server:
        await server.registers("S1")
        await server.http.put("/api/v1/tokens/T1", json={"status": "accepted"})
        fill(small_disk, leaving=40 * MIB)

        async def paused():
            return (await server.metrics())["voltaro_journal_written"] == 0

        await until(paused, "the journal to be paused", within_s=20)
        async with server.station("S1") as station:
            await station.boots()
            await _charges(station, "T1")
        ready = await server.http.get("/readyz")
        messages = (await server.http.get("/api/v1/messages")).json()["items"]
        sessions = (await server.http.get("/api/v1/transactions")).json()["items"]
        relieve(small_disk)

        async def resumed():
            return (await server.metrics())["voltaro_journal_written"] == 1

        await until(resumed, "the journal to be resumed", within_s=20)
        async with server.station("S1") as station:
            await station.boots()

        async def journalled():
            return (await server.http.get("/api/v1/messages")).json()["items"]

        await until(journalled, "a row of the journal")
        left_out = (await server.metrics())["voltaro_journal_rows_left_out_total"]

    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ok",
        "warnings": ["the disk is nearly full: the journal of messages is not written"],
    }
    assert [session["energy_wh"] for session in sessions] == [4000]
    assert messages == []
    assert left_out >= 3


async def test_free_space_that_cannot_be_read_is_no_reason_to_stop(database_url):
    def gone():
        raise FileNotFoundError(2, "No such file or directory")

    async with keeping(database_url, free_bytes=gone) as (upkeep, _):
        watching = asyncio.create_task(upkeep._watch())
        await asyncio.wait({watching}, timeout=0.1)

        assert not watching.done()
        assert upkeep._writer.keep_journal
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
