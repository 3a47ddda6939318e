"""Acknowledged means committed, whatever is killed and whenever (ADR 0003)."""

import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from itertools import count
from pathlib import Path

import pytest

from tests.system.books_check import Findings, compare, read_database
from tests.system.server_process import CHILDREN, ServerProcess, server_process, until
from voltaro.testing import Backoff, Fleet, FleetPlan, Member, SimulatedStation, Tally

SECONDS = float(os.environ.get("VOLTARO_CHAOS_SECONDS", "15"))
SEED = int(os.environ.get("VOLTARO_CHAOS_SEED") or random.SystemRandom().randrange(2**32))

STATIONS = 30
#: How much faster than real time the stations live: a visit of an hour takes them 3.6 s.
SPEED = 1000.0
#: Seconds of their time between meter values.
METER_EVERY_S = 60.0
#: For ending the last sessions and delivering what is queued.
GRACE_S = 30.0
#: What asyncpg may leave to the event loop when the connection is lost during a COPY.
ORPHANED_COPY = "Future exception was never retrieved.*ConnectionDoesNotExistError"
SABOTEUR = Path(__file__).with_name("answers_before_commit.py")


class Blow(StrEnum):
    """What happens to the server."""

    SERVER = "SIGKILL of the server"
    POSTGRES = "SIGKILL of PostgreSQL"
    BACKEND = "SIGKILL of a process of PostgreSQL that is at work"
    BOTH = "SIGKILL of both"
    AGAIN = "SIGKILL of the server, and again while it starts"
    STOP = "SIGTERM of the server"


#: Which process of PostgreSQL is at work can only be seen on Linux.
BLOWS = [each for each in Blow if each is not Blow.BACKEND or CHILDREN.exists()]


def say(text: str) -> None:
    sys.stdout.write(f"\n{text}")
    sys.stdout.flush()


@pytest.mark.chaos
@pytest.mark.timeout(SECONDS * 2 + 180)
async def test_what_was_acknowledged_survives_every_kill_exactly_once():
    rng = random.Random(SEED)
    say(f"chaos: VOLTARO_CHAOS_SEED={SEED} VOLTARO_CHAOS_SECONDS={SECONDS:g}")
    began = time.monotonic()

    async with server_process() as server:
        await server.start()
        plans = await plan_fleets(server)
        async with charging(plans) as fleets:
            blows = await rage(server, fleets, rng)
        await server.stop()
        findings = compare(stations_of(fleets), await read_database(server.data_dir))
        complaints = server.complaints("postgres died", ORPHANED_COPY)

    struck = ", ".join(f"{times} {blow}" for blow, times in blows.items())
    errors = sum((fleet.tally.errors for fleet in fleets), Counter())
    say(
        f"chaos: {dict(findings.compared)} acknowledged entries compared;"
        f" {sum(blows.values())} blows ({struck});"
        f" starts in {min(server.starts_s):.1f} to {max(server.starts_s):.1f} s;"
        f" {time.monotonic() - began:.1f} s; {dict(errors)}\n"
    )
    assert findings.problems == []
    assert not [entry for s in stations_of(fleets) for entry in s.books.pending()]
    assert not [entry for s in stations_of(fleets) for entry in s.books.refused()]
    assert set(errors) <= {"connection lost", "unreachable"}
    assert complaints == []
    # The run was worth its name.
    assert min(blows[each] for each in BLOWS) >= 2
    assert min(findings.compared[what] for what in ("starts", "stops", "readings")) > STATIONS


async def plan_fleets(server: ServerProcess) -> list[FleetPlan]:
    """Stations of all versions that repeat messages under old and under new message ids."""
    plans = []
    async with server.api() as http:
        for protocol in ("1.6", "2.0.1", "2.1"):
            for new_ids in (False, True):
                name = f"{protocol}-{'new' if new_ids else 'same'}"
                members = tuple(
                    Member(
                        station_id=f"{name}-{number}",
                        password=f"password of {name}-{number}",
                        tokens=tuple(f"{name}-{number}-{c}" for c in range(1, 2 + number % 2)),
                    )
                    for number in range(STATIONS // 6)
                )
                for member in members:
                    settings = {"security_profile": 1, "password": member.password}
                    path = f"/api/v1/stations/{member.station_id}"
                    (await http.put(path, json=settings)).raise_for_status()
                    for token in member.tokens:
                        (await http.put(f"/api/v1/tokens/{token}", json={})).raise_for_status()
                plans.append(
                    FleetPlan(
                        url=server.ocpp_url,
                        members=members,
                        protocol=protocol,
                        duration_s=SECONDS * 2 + 120,  # sent home before that
                        speed=SPEED,
                        seed=SEED,
                        meter_every_s=METER_EVERY_S,
                        grace_s=GRACE_S,
                        backoff=Backoff(first_s=0.05, most_s=0.3),
                        new_message_ids=new_ids,
                        keep_books=True,
                        answer_within_s=15.0,
                    )
                )
    return plans


@asynccontextmanager
async def charging(plans: Sequence[FleetPlan]) -> AsyncIterator[list[Fleet]]:
    """Fleets at work; at the end of the block they end their sessions and deliver their queues."""
    fleets = [Fleet(plan) for plan in plans]
    async with asyncio.TaskGroup() as tasks:
        for fleet in fleets:
            tasks.create_task(fleet.run())
        yield fleets
        for fleet in fleets:
            fleet.stop()


async def rage(server: ServerProcess, fleets: list[Fleet], rng: random.Random) -> Counter[Blow]:
    """Strike blow after blow, each after a random number of further acknowledgements."""
    blows: Counter[Blow] = Counter()
    deadline = time.monotonic() + SECONDS
    for blow in decks(rng):
        if time.monotonic() > deadline and min(blows[each] for each in BLOWS) >= 2:
            break
        await acknowledged(fleets, rng.randint(100, 800))
        for station in rng.sample(stations_of(fleets), 3):
            await station.drop()  # networks fail, too
        await acknowledged(fleets, rng.randint(1, 100))
        began, before = time.monotonic(), answered(fleets)
        await strike(server, blow)
        blows[blow] += 1
        await acknowledged(fleets, STATIONS + 1)  # an answer to each may have been under way
        took = time.monotonic() - began
        say(f"chaos: {before} acknowledgements, {blow}, going on after {took:.2f} s")
    await acknowledged(fleets, 100)
    return blows


async def strike(server: ServerProcess, blow: Blow) -> None:
    match blow:
        case Blow.POSTGRES:
            await server.kill_postgres()
            return
        case Blow.BACKEND:
            await server.kill_busy_backend()
            return
        case Blow.BOTH:
            await server.kill_postgres(server_too=True)
            await server.gone()
        case Blow.SERVER:
            server.kill()
            await server.gone()
        case Blow.STOP:
            await server.stop()
        case Blow.AGAIN:
            server.kill()
            await server.gone()
            await server.launch()
            await until(lambda: server.postmaster is not None, "PostgreSQL to run", within_s=60)
            server.kill()
            await server.gone()
    await server.start()


def decks(rng: random.Random) -> Iterator[Blow]:
    """All kinds in random order, again and again."""
    while True:
        yield from rng.sample(BLOWS, len(BLOWS))


def answered(fleets: Sequence[Fleet]) -> int:
    return sum(fleet.tally.answered for fleet in fleets)


async def acknowledged(fleets: Sequence[Fleet], more: int) -> None:
    """Wait for so many more acknowledgements."""
    enough = answered(fleets) + more
    try:
        await until(
            lambda: answered(fleets) >= enough, "acknowledgements", within_s=30, every_s=0.001
        )
    except AssertionError:
        for fleet in fleets:
            say(f"chaos: {fleet.tally.connected} connected, {dict(fleet.tally.errors)}")
        raise


def stations_of(fleets: Sequence[Fleet]) -> list[SimulatedStation]:
    return [station for fleet in fleets for station in fleet.stations]


@pytest.mark.chaos
async def test_a_server_that_answers_before_the_commit_is_found_out():
    program = (str(SABOTEUR),)
    async with server_process(program=program, VOLTARO_UNKNOWN_STATIONS="accept") as server:
        tally = Tally()
        stations = [
            SimulatedStation(
                server.ocpp_url, f"S-{n}", protocol=("1.6", "2.0.1", "2.1")[n % 3], tally=tally
            )
            for n in range(20)
        ]

        await server.start()
        hammering = await hammer(stations, tally, 200)
        await server.stop()  # in good order, everything handed over is still written
        await hammering
        unharmed = await look(server, stations)
        kills, findings = 0, Findings()
        while not findings.lost() and kills < 5:
            await server.start()
            hammering = await hammer(stations, tally, 200)
            server.kill()
            kills += 1
            await server.gone()
            await hammering
            findings = await look(server, stations)

    starts = findings.compared["starts"]
    say(f"broken promise: {len(findings.lost())} of {starts} starts lost, kill {kills}\n")
    assert unharmed.problems == []
    assert findings.lost()


async def hammer(
    stations: Sequence[SimulatedStation], tally: Tally, acknowledgements: int
) -> "asyncio.Future[list[None]]":
    """Let all start transactions without end; returns once so many were acknowledged.

    Each start has a connector and a token of its own, so that no decision rests on another one's
    facts and nothing but the kill can lose it. What is returned is done when all have lost the
    connection.
    """
    for station in stations:
        await station.connect()
        await station.boots()
    enough = tally.answered + acknowledgements
    hammering = asyncio.gather(*(_starts_without_end(station) for station in stations))
    await until(lambda: tally.answered >= enough, "acknowledgements", every_s=0.001)
    return hammering


async def _starts_without_end(station: SimulatedStation) -> None:
    for connector in count(len(station.books.transactions) + 1):
        if not station.connected:
            return
        await station.starts(connector, f"{station.id}-{connector}", register_wh=connector)


async def look(server: ServerProcess, stations: Sequence[SimulatedStation]) -> Findings:
    return compare(stations, await read_database(server.data_dir))
