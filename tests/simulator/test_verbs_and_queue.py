import asyncio
from datetime import UTC, datetime

import pytest

from voltaro.testing import (
    Backoff,
    Clock,
    ConnectorState,
    DisconnectedError,
    Reading,
    SimulatedStation,
)

from .conftest import call_error, hang_up, silence

T0 = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
TRANSACTION_MESSAGES = ("StartTransaction", "MeterValues", "StopTransaction", "TransactionEvent")
QUICK = Backoff(first_s=0.01, most_s=0.05)


def starting(protocol):
    return "StartTransaction" if protocol == "1.6" else "TransactionEvent"


def metering(protocol):
    return "MeterValues" if protocol == "1.6" else "TransactionEvent"


@pytest.fixture
async def station(peer, protocol):
    one = SimulatedStation(
        peer.url, "CP-1", protocol=protocol, backoff=QUICK, retry_after_s=0, answer_within_s=5
    )
    yield one
    await one.drop()


async def test_the_same_verbs_work_in_every_version(peer, station):
    await station.connect()

    boot = await station.boots()
    await station.heartbeats()
    await station.reports_status(1, ConnectorState.PREPARING)
    status = await station.authorizes("04A1")
    transaction = await station.starts(1, "04A1", register_wh=1000, at=T0)
    await station.meters(transaction, Reading(register_wh=1500, power_w=7000))
    await station.stops(transaction, 2200)

    assert boot.accepted
    assert status == "Accepted"
    assert transaction.ref
    assert transaction.start.authorization == "Accepted"
    assert transaction.energy_wh == 1200
    assert all(entry.acknowledged and entry.sent == 1 for entry in transaction.entries())
    assert station.books.acknowledged() == [transaction]
    assert station.books.pending() == station.books.refused() == []
    assert station.books.statuses[0].acknowledged
    assert transaction.start.at == T0.replace(microsecond=678000)
    assert "2026-01-02T03:04:05.678Z" in str(peer.payloads(*TRANSACTION_MESSAGES)[0])


async def test_a_status_word_is_told_once(peer, station, protocol):
    await station.connect()

    for state in (ConnectorState.PREPARING, ConnectorState.CHARGING, ConnectorState.CHARGING):
        await station.reports_status(1, state)

    told = [entry.status for entry in station.books.statuses]
    assert told == (["Preparing", "Charging"] if protocol == "1.6" else ["Occupied"])


async def test_what_needs_a_connection_says_so(station):
    for verb in (
        station.boots(),
        station.heartbeats(),
        station.authorizes("A"),
        station.reports_status(1, ConnectorState.FAULTED),
    ):
        with pytest.raises(DisconnectedError):
            await verb


async def test_offline_messages_go_out_in_order_with_their_own_times(peer, station, protocol):
    transaction = await station.starts(1, "04A1", register_wh=0, at=T0)
    for minute in range(1, 4):
        await station.meters(transaction, minute * 100, at=T0.replace(minute=4 + minute))
    await station.stops(transaction, 400, at=T0.replace(minute=9))
    assert len(station.books.pending()) == 5
    assert transaction.start.sent == 0

    await station.connect()
    assert await station.deliver()

    sent = peer.payloads(*TRANSACTION_MESSAGES)
    assert len(sent) == 5
    assert station.books.pending() == []
    if protocol == "1.6":
        assert [payload["transactionId"] for payload in sent[1:]] == [101] * 4
        assert transaction.ref == "101"
    else:
        assert [payload["seqNo"] for payload in sent] == [0, 1, 2, 3, 4]
        assert all(payload["offline"] for payload in sent)
        assert [payload["timestamp"][14:16] for payload in sent] == ["04", "05", "06", "07", "09"]


@pytest.mark.parametrize("new_ids", [False, True])
async def test_a_message_without_its_ack_goes_again(peer, station, protocol, new_ids):
    station.outbox.new_ids = new_ids
    await station.connect()
    peer.script[starting(protocol)] = [hang_up]

    transaction = await station.starts(1, "04A1", register_wh=0)
    assert not transaction.start.acknowledged
    await station.connect()
    assert await station.deliver()

    first, again = peer.payloads(*TRANSACTION_MESSAGES)
    assert first == again
    assert transaction.start.sent == 2
    assert transaction.start.acknowledged
    one, two = peer.ids(*TRANSACTION_MESSAGES)
    assert (one != two) is new_ids


async def test_silence_ends_the_connection_and_keeps_the_message(peer, station, protocol):
    station.link.answer_within_s = 0.05
    await station.connect()
    peer.script[starting(protocol)] = [silence]

    transaction = await station.starts(1, "04A1")

    assert not station.connected
    assert station.books.pending() == [transaction.start]


async def test_a_call_error_is_tried_again_and_then_given_up(peer, station, protocol):
    await station.connect()
    transaction = await station.starts(1, "04A1", register_wh=0)
    peer.script[metering(protocol)] = [call_error("InternalError")]
    kept = await station.meters(transaction, 10)
    peer.script[metering(protocol)] = [call_error("FormationViolation")] * 3
    lost = await station.meters(transaction, 20)

    assert (kept.sent, kept.acknowledged) == (2, True)
    assert (lost.sent, lost.acknowledged, lost.refused) == (3, False, "FormationViolation")
    assert station.books.refused() == [lost]
    assert station.books.pending() == []


async def test_an_answer_without_transaction_id_is_counted_not_fatal(peer):
    station = SimulatedStation(peer.url, "CP-1", protocol="1.6")
    await station.connect()
    peer.script["StartTransaction"] = [lambda *_: {"idTagInfo": {"status": "Accepted"}}]

    transaction = await station.starts(1, "04A1")

    assert transaction.ref is None
    assert station.tally.errors == {"bad answer": 1}
    await station.close()


async def test_two_connectors_share_one_connection(peer, station):
    await station.connect()
    station.registers_wh = {1: 0, 2: 50}

    one, two = await asyncio.gather(station.starts(1, "04A1"), station.starts(2, "04A2"))

    assert one.ref != two.ref
    assert (one.start.register_wh, two.start.register_wh) == (0, 50)


async def test_it_comes_back_after_a_loss_and_delivers(peer, station, protocol):
    stopping = asyncio.Event()
    keeping = asyncio.create_task(station.stays_connected(stopping))
    await peer.hears(lambda p: p.count()["StatusNotification"] == 1)
    peer.script[starting(protocol)] = [hang_up]

    transaction = await station.starts(1, "04A1", register_wh=0)
    await station.meters(transaction, 10)
    await station.stops(transaction, 20)
    await peer.hears(lambda p: p.count()["StatusNotification"] == 2)

    assert station.books.pending() == []
    assert peer.count()["BootNotification"] == 1
    stopping.set()
    await asyncio.wait_for(keeping, 5)
    assert station.connected


async def test_pending_boots_again_and_holds_the_queue(peer, station):
    peer.boot = {"status": "Pending", "interval": 0}
    stopping = asyncio.Event()
    transaction = await station.starts(1, "04A1")

    keeping = asyncio.create_task(station.stays_connected(stopping))
    await peer.hears(lambda p: p.count()["BootNotification"] == 3)
    assert peer.count().keys() == {"BootNotification"}
    peer.boot = {"status": "Accepted", "interval": 7}
    await peer.hears(lambda p: p.count()["StatusNotification"] == 1)

    assert transaction.start.acknowledged
    assert station.heartbeat_interval_s == 7
    stopping.set()
    await asyncio.wait_for(keeping, 5)


async def test_heartbeats_follow_the_interval_by_the_stations_clock(peer, protocol):
    peer.boot["interval"] = 60
    station = SimulatedStation(peer.url, "CP-1", protocol=protocol, clock=Clock(speed=6000))
    stopping = asyncio.Event()
    keeping = asyncio.create_task(station.stays_connected(stopping))

    await peer.hears(lambda p: p.count()["Heartbeat"] >= 3)

    stopping.set()
    await asyncio.wait_for(keeping, 5)
    await station.close()


async def test_a_refused_station_tries_again(peer, station):
    peer.refuse_with = 503
    stopping = asyncio.Event()
    keeping = asyncio.create_task(station.stays_connected(stopping))
    await peer.hears(lambda p: len(p.headers) == 3)
    assert station.tally.refused >= 2

    peer.refuse_with = None
    await peer.hears(lambda p: p.count()["StatusNotification"] == 1)

    stopping.set()
    await asyncio.wait_for(keeping, 5)


def test_backoff_grows_to_its_limit_with_jitter():
    class Full:
        def random(self):
            return 1.0

    class Nothing:
        def random(self):
            return 0.0

    backoff = Backoff(first_s=1, most_s=60)

    assert [backoff.wait_s(n, Nothing()) for n in (0, 1, 2, 6, 99)] == [1, 2, 4, 60, 60]
    assert [backoff.wait_s(n, Full()) for n in (0, 6)] == [0.5, 30]


async def test_books_that_are_not_kept_do_not_grow(peer, protocol):
    station = SimulatedStation(peer.url, "CP-1", protocol=protocol, keep_books=False)
    await station.connect()

    for _ in range(5):
        transaction = await station.starts(1, "04A1")
        for reading in range(1, 6):
            await station.meters(transaction, reading)
        await station.stops(transaction, 9)

    assert len(station.books.transactions) == 1
    assert len(transaction.readings) == 1
    await station.close()
