import asyncio
import os
import signal

import pytest

from voltaro.testing import (
    Backoff,
    Clock,
    Fleet,
    FleetPlan,
    Member,
    SimulatedStation,
    Visit,
    play,
    raise_open_file_limit,
)

from .conftest import hang_up

QUICK = Backoff(first_s=0.01, most_s=0.05)


@pytest.fixture
async def station(peer, protocol):
    one = SimulatedStation(
        peer.url, "CP-1", protocol=protocol, clock=Clock(speed=3600), backoff=QUICK
    )
    yield one
    await one.drop()


def plan(peer, **changes):
    members = tuple(
        Member(station_id=f"SIM-{n}", password="a-password", tokens=(f"04{n:04}01", f"04{n:04}02"))
        for n in range(changes.pop("stations", 5))
    )
    defaults = {"duration_s": 0.6, "speed": 3600.0, "backoff": QUICK, "grace_s": 10.0}
    return FleetPlan(**{"url": peer.url, "members": members, **defaults, **changes})


async def test_a_visit_from_plug_to_unplug(peer, station, protocol):
    await station.connect()

    transaction = await play(station, Visit(token="04A1", duration_s=600, meter_every_s=120))

    assert transaction.stop.acknowledged
    registers = [entry.register_wh for entry in transaction.readings]
    assert registers == sorted(registers)
    assert transaction.stop.register_wh >= registers[-1] > 0
    assert 1000 < transaction.energy_wh < 4000
    assert station.registers_wh[1] == transaction.stop.register_wh
    told = [entry.status for entry in station.books.statuses]
    assert told == (
        ["Preparing", "Charging", "Finishing", "Available"]
        if protocol == "1.6"
        else ["Occupied", "Available"]
    )


async def test_the_next_visit_goes_on_where_the_register_stopped(station):
    await station.connect()

    first = await play(station, Visit(token="04A1", duration_s=300))
    second = await play(station, Visit(token="04A1", duration_s=300))

    assert second.start.register_wh == first.stop.register_wh


async def test_a_token_that_is_turned_away_starts_nothing(peer, station):
    await station.connect()
    peer.token_status = "Blocked"

    assert await play(station, Visit(token="04A1")) is None

    assert station.books.transactions == []
    assert station.books.statuses[-1].status == "Available"


async def test_a_start_that_is_deauthorized_stops(peer, station, protocol):
    await station.connect()
    key = "idTagInfo" if protocol == "1.6" else "idTokenInfo"
    action = "StartTransaction" if protocol == "1.6" else "TransactionEvent"
    peer.script[action] = [lambda *_: {"transactionId": 5, key: {"status": "Invalid"}}]

    transaction = await play(station, Visit(token="04A1"))

    assert transaction.stop.reason == "DeAuthorized"
    assert transaction.readings == []


async def test_a_driver_leaves_when_told(peer, station):
    await station.connect()
    stopping = asyncio.Event()
    visiting = asyncio.create_task(
        play(station, Visit(token="04A1", duration_s=10**7), stopping=stopping)
    )
    starts = {"StartTransaction", "TransactionEvent"}
    await peer.hears(lambda p: starts & p.count().keys())

    stopping.set()
    transaction = await asyncio.wait_for(visiting, 5)

    assert transaction.stop.acknowledged


async def test_a_full_battery_is_suspended_and_goes_on(peer, station, protocol):
    await station.connect()

    transaction = await play(
        station,
        Visit(token="04A1", duration_s=3600, meter_every_s=300, battery_wh=2000, soc_percent=50),
    )

    assert transaction.energy_wh == 1000
    if protocol == "1.6":
        assert "SuspendedEV" in [entry.status for entry in station.books.statuses]
    else:
        triggers = [each["triggerReason"] for each in peer.payloads("TransactionEvent")]
        assert triggers.count("ChargingStateChanged") == 1


async def test_a_visit_survives_losing_every_other_answer(peer, station, protocol):
    stopping = asyncio.Event()
    keeping = asyncio.create_task(station.stays_connected(stopping))
    await peer.hears(lambda p: p.count()["StatusNotification"] == 1)
    for action in ("StartTransaction", "MeterValues", "StopTransaction", "TransactionEvent"):
        peer.script[action] = [hang_up, peer.answer] * 4

    transaction = await play(station, Visit(token="04A1", duration_s=900, meter_every_s=200))
    await peer.hears(lambda _: not station.books.pending())

    assert all(entry.acknowledged for entry in transaction.entries())
    assert any(entry.sent > 1 for entry in transaction.entries())
    if protocol == "2.0.1":
        seen = {each["seqNo"] for each in peer.payloads("TransactionEvent")}
        assert seen == set(range(transaction.next_seq))
    stopping.set()
    await asyncio.wait_for(keeping, 5)


async def test_a_fleet_charges_and_ends_every_session(peer, protocol):
    fleet = Fleet(plan(peer, protocol=protocol, keep_books=True))

    summary = await fleet.run()

    assert summary.stations == summary.connects == 5
    assert summary.errors == {}
    assert summary.sessions_started == summary.sessions_ended >= 5
    assert summary.undelivered == 0
    assert summary.sent == summary.received == summary.answered > 30
    assert 0 < summary.p50_ms <= summary.p95_ms <= summary.p99_ms
    assert all(not station.connected for station in fleet.stations)
    assert all(station.books.pending() == [] for station in fleet.stations)
    assert fleet.tally.connected == 0


async def test_a_fleet_arrives_at_now_and_not_in_the_future(peer):
    fleet = Fleet(plan(peer, stations=1, keep_books=True))

    await fleet.run()

    (station,) = fleet.stations
    ends = [each.stop.at for each in station.books.transactions]
    assert max(ends) <= Clock().now()


async def test_a_fleet_counts_what_goes_wrong(peer):
    peer.refuse_with = 401

    summary = await Fleet(plan(peer, stations=2, duration_s=0.2)).run()

    assert summary.errors["HTTP 401"] >= 2
    assert summary.error_count == summary.errors["HTTP 401"]
    assert summary.sessions_started == 0


async def test_sigint_sends_the_drivers_home(peer):
    fleet = Fleet(plan(peer, stations=2, duration_s=None, speed=600.0))
    running = asyncio.create_task(fleet.run(catch_sigint=True))
    await peer.hears(lambda p: p.count()["TransactionEvent"] >= 2)

    os.kill(os.getpid(), signal.SIGINT)
    summary = await asyncio.wait_for(running, 15)

    assert fleet.interrupted
    assert summary.sessions_started == summary.sessions_ended > 0
    assert summary.errors == {}


async def test_a_cancelled_fleet_leaves_no_task_behind(peer):
    running = asyncio.create_task(Fleet(plan(peer, duration_s=None)).run())
    await peer.hears(lambda p: p.count()["BootNotification"] == 5)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    names = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}
    assert not {name for name in names if name.startswith(("Fleet.", "Link."))}


def test_the_open_file_limit_is_raised_to_the_hard_one():
    resource = pytest.importorskip("resource")

    assert raise_open_file_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[1]
