"""Group commit: acknowledged means committed, exactly once, whatever happens to the database."""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from tests.store.proxy import proxied
from voltaro.domain.availability import ConnectorStatus, StatusRecorded, StatusReported
from voltaro.domain.deviations import AnswerRefused
from voltaro.domain.ids import Connector, IdToken
from voltaro.domain.quantities import Sample
from voltaro.domain.transactions import (
    SamplesRecorded,
    Transaction,
    TransactionMetered,
    TransactionOpened,
    TransactionSaved,
)
from voltaro.domain.values import changed
from voltaro.store.commitment import Committed
from voltaro.store.database import open_database
from voltaro.store.facts import Sources
from voltaro.store.fresh_ids import uuid7
from voltaro.store.journal import JournalRow, ReceiptRow
from voltaro.store.writer import Conflict
from voltaro.store.writer_connection import DatabaseInUse

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DEADLINE_S = 20


@pytest.fixture
async def database(database_url):
    async with open_database(database_url, Sources()) as opened:
        yield opened


@pytest.fixture
async def sql(database_url):
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


def opened(ref="1", station_id="S", **changes):
    return TransactionOpened(
        Transaction(
            **{
                "id": uuid7(),
                "station_id": station_id,
                "station_ref": ref,
                "evse_id": 1,
                "connector_id": 1,
                "token": IdToken("A"),
                "started_at": NOW,
                "started_received_at": NOW,
                "register_start": Decimal(100),
                "last_event_at": NOW,
                **changes,
            }
        )
    )


def receipt(key=b"k", reply="{}", station_id="S", expires_at=None):
    expires_at = expires_at or datetime.now(UTC) + timedelta(days=1)
    return ReceiptRow(station_id=station_id, key=key, reply=reply, expires_at=expires_at)


def journal(action="StartTransaction", station_id="S"):
    return JournalRow(
        id=uuid7(),
        station_id=station_id,
        received_at=datetime.now(UTC),
        direction="in",
        protocol="ocpp1.6",
        message_id="1",
        action=action,
        frame="[]",
        reply="{}",
        verdict="ok",
        handling_ms=1.0,
    )


async def until(sql, query, wanted):
    """Poll the database for a condition, with a deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while await sql.fetchval(query) != wanted:
            await sql.execute("SELECT pg_sleep(0.02)")


async def test_what_was_committed_is_visible_to_everybody(database, sql):
    assert await database.writer.commit((opened(),), journal=journal()) is Committed.STORED

    assert await sql.fetchval("SELECT count(*) FROM transactions") == 1
    assert await sql.fetchval("SELECT count(*) FROM journal") == 1


async def test_many_waiting_messages_share_a_commit(database, sql):
    before = await sql.fetchval(
        "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
    )

    await asyncio.gather(*(database.writer.commit((opened(str(n)),)) for n in range(500)))

    assert await sql.fetchval("SELECT count(*) FROM transactions") == 500
    await sql.execute("SELECT pg_stat_clear_snapshot()")
    after = await sql.fetchval(
        "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
    )
    assert after - before < 50


def batches(writer):
    """How many commits the writer has made."""
    return dict(writer.counts.batch_entries.buckets())["+Inf"]


async def test_those_who_were_just_answered_share_the_next_commit(database, monkeypatch):
    monkeypatch.setattr("voltaro.store.writer._GATHER_S", DEADLINE_S)
    commit, refs = database.writer.commit, iter(map(str, range(1000)))
    crowd = [asyncio.create_task(commit((opened(next(refs)),))) for _ in range(40)]
    await asyncio.gather(*crowd)
    before = batches(database.writer)

    speaking = []
    for _ in range(20):
        assert not any(each.done() for each in speaking)
        speaking.append(asyncio.create_task(commit((opened(next(refs)),))))
        await asyncio.wait(speaking, timeout=0)

    assert await asyncio.gather(*speaking) == [Committed.STORED] * 20
    assert batches(database.writer) == before + 1


async def test_one_who_speaks_alone_after_a_crowd_is_not_kept_waiting_for_long(database):
    await asyncio.gather(*(database.writer.commit((opened(str(n)),)) for n in range(40)))

    async with asyncio.timeout(DEADLINE_S):
        assert await database.writer.commit((opened("alone"),)) is Committed.STORED


async def test_many_notes_do_not_wait_until_they_are_old(database, sql, monkeypatch):
    monkeypatch.setattr("voltaro.store.writer._NOTE_DELAY_S", 10 * DEADLINE_S)

    for _ in range(1000):
        database.writer.note(journal=journal("Heartbeat"))

    await until(sql, "SELECT count(*) FROM journal WHERE action = 'Heartbeat'", wanted=1000)


async def test_who_waits_for_a_commit_does_not_wait_for_thousands_of_notes(database, sql):
    before = batches(database.writer)
    for _ in range(5000):
        database.writer.note(journal=journal("Heartbeat"))

    await database.writer.commit((opened(),))

    await until(sql, "SELECT count(*) FROM journal WHERE action = 'Heartbeat'", wanted=5000)
    assert batches(database.writer) >= before + 5


async def test_nothing_is_acknowledged_while_the_database_stalls(database, sql):
    async with sql.transaction():
        await sql.execute("LOCK TABLE transactions IN ACCESS EXCLUSIVE MODE")
        commits = [asyncio.create_task(database.writer.commit((opened(str(n)),))) for n in range(3)]
        observer = await asyncpg.connect(dsn=None, **_same(sql))
        await until(observer, "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted", wanted=True)
        await observer.close()

        assert not any(commit.done() for commit in commits)
        assert database.writer.stalled_s() > 0

    assert await asyncio.gather(*commits) == [Committed.STORED] * 3


def _same(connection):
    address, parameters = connection._addr, connection._params
    return {
        "host": str(Path(address).parent),
        "user": parameters.user,
        "database": parameters.database,
    }


async def test_the_same_content_again_is_a_conflict_and_writes_nothing(database, sql):
    await database.writer.commit((opened("1"),), receipt=receipt())

    with pytest.raises(Conflict):
        await database.writer.commit((opened("2"),), receipt=receipt())

    assert await sql.fetchval("SELECT count(*) FROM transactions") == 1
    assert await database.loader.receipt("S", b"k") == "{}"


async def test_the_same_content_twice_in_one_batch_is_stored_once(database, sql):
    results = await asyncio.gather(
        *(database.writer.commit((opened(str(n)),), receipt=receipt()) for n in range(5)),
        return_exceptions=True,
    )

    assert results.count(Committed.STORED) == 1
    assert await sql.fetchval("SELECT count(*) FROM transactions") == 1


async def test_an_expired_receipt_is_no_repetition(database):
    old = receipt(expires_at=datetime.now(UTC) - timedelta(seconds=1))

    await database.writer.commit((opened("1"),), receipt=old)

    assert await database.writer.commit((opened("2"),), receipt=receipt()) is Committed.STORED


async def test_a_conflict_does_not_touch_the_others_of_its_batch(database, sql):
    await database.writer.commit((opened("taken"),))

    results = await asyncio.gather(
        database.writer.commit((opened("1"),), receipt=receipt(b"1")),
        database.writer.commit((opened("taken"),), receipt=receipt(b"2")),
        database.writer.commit((opened("2"),), receipt=receipt(b"3")),
        return_exceptions=True,
    )

    assert [type(r) for r in results] == [Committed, Conflict, Committed]
    refs = await sql.fetch("SELECT station_ref FROM transactions ORDER BY 1")
    assert [r["station_ref"] for r in refs] == ["1", "2", "taken"]
    assert await database.loader.receipt("S", b"2") is None


async def test_a_decision_on_an_outdated_transaction_is_a_conflict(database):
    first = opened()
    await database.writer.commit((first,))
    newer = changed(first.transaction, version=2)
    await database.writer.commit((TransactionSaved(newer),))

    with pytest.raises(Conflict):
        await database.writer.commit((TransactionSaved(newer),))


async def test_one_poisonous_message_is_quarantined_and_the_others_are_stored(database, sql):
    poison = StatusRecorded(
        StatusReported(
            station_id="S",
            at=NOW,
            received_at=NOW,
            where=Connector(2**40, 1),
            status=ConnectorStatus.AVAILABLE,
            reported="Available",
        )
    )

    results = await asyncio.gather(
        *(database.writer.commit((opened(str(n)),), journal=journal()) for n in range(9)),
        database.writer.commit((poison,), journal=journal("StatusNotification")),
    )

    assert results == [Committed.STORED] * 9 + [Committed.QUARANTINED]
    assert await sql.fetchval("SELECT count(*) FROM transactions") == 9
    kept = await sql.fetchrow("SELECT * FROM quarantine")
    assert (kept["action"], kept["sqlstate"][:2]) == ("StatusNotification", "22")


async def test_a_lost_connection_costs_nothing(database, sql):
    await database.writer.commit((opened("1"),))
    await sql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    assert await database.writer.commit((opened("2"),)) is Committed.STORED
    assert await sql.fetchval("SELECT count(*) FROM transactions") == 2


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_connection_lost_at_commit_writes_exactly_once(database_url, sql, when):
    with tempfile.TemporaryDirectory(prefix="vp") as folder:
        async with (
            proxied(database_url, Path(folder)) as proxy,
            open_database(proxy.url, Sources()) as database,
        ):
            sample = Sample(at=NOW, value=Decimal(1), unit="Wh")
            samples = SamplesRecorded(
                station_id="S",
                evse_id=1,
                transaction_id=UUID(int=1),
                received_at=datetime.now(UTC),
                samples=(sample,),
            )
            await database.writer.commit((opened("taken"),))
            proxy.arm(when, b"COMMIT")

            results = await asyncio.gather(
                database.writer.commit((samples,), journal=journal("MeterValues")),
                database.writer.commit((opened("taken"),), journal=journal()),
                return_exceptions=True,
            )

            assert proxy.broken == 1
            assert [type(result) for result in results] == [Committed, Conflict]
            assert await sql.fetchval("SELECT count(*) FROM meter_samples") == 1
            assert await sql.fetchval("SELECT count(*) FROM journal") == 1


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_connection_lost_during_the_one_statement_of_a_batch_writes_exactly_once(
    database_url, sql, when
):
    with tempfile.TemporaryDirectory(prefix="vp") as folder:
        async with (
            proxied(database_url, Path(folder)) as proxy,
            open_database(proxy.url, Sources()) as database,
        ):
            await database.writer.commit((opened("1"),), journal=journal("MeterValues"))
            proxy.arm(when, b"UnlikeAnyOther")  # in the parameters, not in the statement

            result = await database.writer.commit(
                (opened("2"),), receipt=receipt(), journal=journal("UnlikeAnyOther")
            )

            assert proxy.broken == 1
            assert result is Committed.STORED
            assert await sql.fetchval("SELECT count(*) FROM transactions") == 2
            assert await sql.fetchval("SELECT count(*) FROM journal") == 2
            assert await sql.fetchval("SELECT count(*) FROM receipts") == 1


async def test_a_transaction_that_opens_and_moves_in_one_batch_is_as_it_was_left(database, sql):
    start = opened("1")
    moved = TransactionMetered(
        changed(start.transaction, version=2, register_last=Decimal(700), register_last_at=NOW)
    )

    assert await database.writer.commit((start, moved)) is Committed.STORED

    kept = await sql.fetchrow("SELECT version, register_last FROM transactions")
    assert tuple(kept) == (2, 700)


@pytest.mark.parametrize("second", [TransactionSaved, TransactionMetered])
async def test_two_decisions_on_the_same_version_in_one_batch_are_not_both_stored(
    database, sql, second
):
    start = opened("1")
    await database.writer.commit((start,))
    one = changed(start.transaction, version=2, register_last=Decimal(600))
    other = changed(start.transaction, version=2, register_last=Decimal(700))

    results = await asyncio.gather(
        database.writer.commit((TransactionMetered(one),), journal=journal("One")),
        database.writer.commit((second(other),), journal=journal("Other")),
        return_exceptions=True,
    )

    assert sorted(type(result).__name__ for result in results) == ["Committed", "Conflict"]
    stored = (600, "One") if results[0] is Committed.STORED else (700, "Other")
    kept = await sql.fetchrow("SELECT register_last, action FROM transactions, journal")
    assert tuple(kept) == stored


async def test_a_message_without_anything_to_keep_is_answered_while_the_disk_is_nearly_full(
    database, sql
):
    database.writer.keep_journal = False

    assert await database.writer.commit((), journal=journal()) is Committed.STORED

    assert await sql.fetchval("SELECT count(*) FROM journal") == 0


async def test_an_answer_that_was_refused_is_marked_when_nothing_else_was_said(database, sql):
    await database.writer.commit((), journal=journal())

    database.writer.note(AnswerRefused(station_id="S", message_id="1", at=datetime.now(UTC)))

    await until(sql, "SELECT verdict FROM journal", "answer_refused")


async def test_what_stations_say_all_day_costs_one_database_transaction(database, sql):
    await database.writer.commit((opened("1"),), receipt=receipt(b"1"), journal=journal())
    settled = await sql.fetchval("SELECT xmin FROM commit_mark")

    await database.writer.commit((opened("2"),), receipt=receipt(b"2"), journal=journal())

    mark = await sql.fetchval("SELECT xmin FROM commit_mark")
    assert mark != settled
    for table in ("transactions", "receipts", "journal"):
        assert await sql.fetchval(f"SELECT count(*) FROM {table} WHERE xmin = $1::xid", mark) == 1


async def test_notes_do_not_slow_the_commits_before_they_are_due(database, sql, monkeypatch):
    monkeypatch.setattr("voltaro.store.writer._NOTE_DELAY_S", DEADLINE_S)
    database.writer.note(journal=journal("Heartbeat"))

    await database.writer.commit((opened("1"),))

    assert await sql.fetchval("SELECT count(*) FROM journal") == 0


async def test_a_database_that_refuses_every_write_is_waited_for(database, sql):
    name = await sql.fetchval("SELECT current_database()")
    await sql.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    await sql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    commit = asyncio.create_task(database.writer.commit((opened(),)))
    await until(sql, "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory'", wanted=True)
    assert not commit.done()

    await sql.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')

    assert await asyncio.wait_for(commit, DEADLINE_S) is Committed.STORED


async def test_a_second_server_on_the_same_database_is_refused(database_url):
    from voltaro.store.writer_connection import WriterConnection

    async with open_database(database_url, Sources()):
        second = WriterConnection(database_url, lambda _: None)

        with pytest.raises(DatabaseInUse, match="another voltaro serve"):
            await second.open(patience_s=0)


async def test_notes_are_written_without_anybody_waiting(database, sql):
    database.writer.note(journal=journal("Heartbeat"))

    await until(sql, "SELECT count(*) FROM journal WHERE action = 'Heartbeat'", wanted=1)


async def test_what_waits_when_the_server_stops_is_still_written(database_url, sql):
    async with open_database(database_url, Sources()) as database:
        database.writer.note(journal=journal("Heartbeat"))

    assert await sql.fetchval("SELECT count(*) FROM journal") == 1
