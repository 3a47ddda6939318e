"""Compares what stations wrote in their books with what is in the database."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from voltaro.store import embedded
from voltaro.testing import Entry, SimulatedStation, Transaction

_REGISTER = "Energy.Active.Import.Register"

#: When, how much, and in which context a register was read.
Read = tuple[datetime, int, str]


@dataclass(frozen=True)
class Database:
    """Everything in the database that stations can vouch for."""

    transactions: list[asyncpg.Record]
    registers: list[asyncpg.Record]
    doubled: list[asyncpg.Record]
    connectors: list[asyncpg.Record]
    quarantined: list[asyncpg.Record]


@dataclass
class Findings:
    """What does not fit, and how many acknowledged entries were looked for."""

    problems: list[str] = field(default_factory=list)
    compared: Counter[str] = field(default_factory=Counter)

    def lost(self) -> list[str]:
        return [each for each in self.problems if "acknowledged" in each and "lost" in each]

    def add(self, station: str, problem: str, *facts: object) -> None:
        self.problems.append(f"{station}: {problem} {' '.join(map(str, facts))}".rstrip())


async def read_database(data_dir: Path) -> Database:
    """Read the embedded database of a data directory that no server uses."""
    server = await embedded.start(data_dir)
    try:
        connection = await asyncpg.connect(server.dsn)
        try:
            return Database(
                await connection.fetch("SELECT * FROM transactions"),
                await connection.fetch(
                    "SELECT station_id, transaction_id, sampled_at, value, context"
                    " FROM meter_samples WHERE measurand = $1",
                    _REGISTER,
                ),
                await connection.fetch(
                    "SELECT station_id, transaction_id, sampled_at, measurand, count(*)"
                    " FROM meter_samples GROUP BY station_id, transaction_id, sampled_at,"
                    " measurand, phase, context, location HAVING count(*) > 1"
                ),
                await connection.fetch("SELECT * FROM connectors"),
                await connection.fetch("SELECT station_id, action, frame FROM quarantine"),
            )
        finally:
            await connection.close()
    finally:
        await server.stop()


def compare(stations: Iterable[SimulatedStation], database: Database) -> Findings:
    """Every acknowledged entry is there exactly once, others at most once, and nothing else."""
    findings = Findings()
    rows = _by(database.transactions, "station_id")
    registers = _by(database.registers, "transaction_id")
    connectors = {
        (row["station_id"], row["evse_id"], row["connector_id"]): row for row in database.connectors
    }
    given: Counter[str] = Counter()  # transaction ids of 1.6, which the server gives
    known = set()
    for station in stations:
        known.add(station.id)
        _compare_transactions(station, rows[station.id], registers, findings)
        _compare_statuses(station, connectors, findings)
        if _is_16(station):
            given.update(t.ref for t in station.books.transactions if t.ref is not None)
    for ref, times in given.items():
        if times > 1:
            findings.add("1.6", f"transaction id {ref} was given out {times} times")
    for station_id in set(rows) - known:
        findings.add(station_id, "has transactions but does not exist")
    for row in registers[None]:
        findings.add(row["station_id"], "a reading belongs to no transaction", *row)
    for row in database.doubled:
        findings.add(row["station_id"], "a sampled value is there more than once", *row)
    for row in database.quarantined:
        findings.add(row["station_id"], "a message was quarantined", *row)
    return findings


def _compare_transactions(
    station: SimulatedStation,
    rows: Collection[asyncpg.Record],
    registers: dict[Any, list[asyncpg.Record]],
    findings: Findings,
) -> None:
    by_start = defaultdict(list)
    for row in rows:
        by_start[row["evse_id"], row["started_at"]].append(row)
    for transaction in station.books.transactions:
        start = transaction.start
        findings.compared["starts"] += start.acknowledged
        found = by_start.pop((start.connector, start.at), [])
        if len(found) > 1:
            refs = [row["station_ref"] for row in found]
            findings.add(station.id, "one start opened several transactions", refs)
        if not found and start.acknowledged:
            findings.add(station.id, "an acknowledged start is lost", start)
        if not found:
            later = [each for each in transaction.entries() if each.acknowledged]
            for entry in later if not start.acknowledged else ():
                findings.add(station.id, "an acknowledged entry is lost with its start", entry)
            continue
        row = found[0]
        _compare_row(station, transaction, row, findings)
        _compare_readings(station, transaction, registers[row["id"]], findings)
    for row in [row for left in by_start.values() for row in left]:
        findings.add(station.id, "a transaction that was never started", *row.items())


def _compare_row(
    station: SimulatedStation, transaction: Transaction, row: asyncpg.Record, findings: Findings
) -> None:
    start, stop = transaction.start, transaction.stop
    told = {
        "token": start.token,
        "connector_id": 1,
        "register_start": start.register_wh,
        "flags": [],
    }
    if transaction.ref is not None:
        told["station_ref"] = transaction.ref
    if stop is not None and stop.acknowledged:
        findings.compared["stops"] += 1
        if row["ended_received_at"] is None:
            findings.add(station.id, "an acknowledged stop is lost", transaction.ref, stop)
            return
    if row["ended_at"] is not None:
        if stop is None:
            findings.add(station.id, "was never stopped, yet has an end", transaction.ref)
            return
        told |= {
            "ended_at": stop.at,
            "stop_reason": stop.reason,
            "energy_wh": stop.register_wh - start.register_wh,
        }
    differs = {name: row[name] for name, value in told.items() if row[name] != value}
    if differs:
        expected = {name: told[name] for name in differs}
        findings.add(station.id, "differs", transaction.ref, differs, "instead of", expected)


def _compare_readings(
    station: SimulatedStation,
    transaction: Transaction,
    rows: Iterable[asyncpg.Record],
    findings: Findings,
) -> None:
    acknowledged: Counter[Read] = Counter()
    others: Counter[Read] = Counter()

    def expect(entry: Entry, register_wh: int, context: str) -> None:
        kept = acknowledged if entry.acknowledged else others
        kept[entry.at, register_wh, context] += 1

    for reading in transaction.readings:
        findings.compared["readings"] += reading.acknowledged
        expect(reading, reading.register_wh, "Sample.Periodic")
    if not _is_16(station):  # events of 2.x begin and end with a reading
        start, stop = transaction.start, transaction.stop
        expect(start, start.register_wh, "Transaction.Begin")
        if stop is not None:
            expect(stop, stop.register_wh, "Transaction.End")
    there = Counter((row["sampled_at"], int(row["value"]), row["context"]) for row in rows)
    for read in acknowledged.keys() | others.keys() | there.keys():
        least, most = acknowledged[read], acknowledged[read] + others[read]
        if there[read] < least:
            findings.add(station.id, "an acknowledged reading is lost", transaction.ref, *read)
        elif there[read] > most:
            what = "a reading is there too often" if most else "a reading that was never sent"
            findings.add(station.id, what, transaction.ref, *read, there[read], "not", most)


def _compare_statuses(
    station: SimulatedStation,
    connectors: dict[tuple[str, int, int], asyncpg.Record],
    findings: Findings,
) -> None:
    """The last one acknowledged, or one after it of which no answer was seen."""
    for connector in station.states:
        told = [each for each in station.books.statuses if each.connector == connector]
        last = max((n for n, each in enumerate(told) if each.acknowledged), default=None)
        possible = [(each.status, each.at) for each in (told if last is None else told[last:])]
        row = connectors.get((station.id, connector, 1))
        if last is not None:
            findings.compared["statuses"] += 1
            if row is None:
                findings.add(station.id, "an acknowledged status is lost", told[last])
        if row is not None and (row["reported"], row["status_at"]) not in possible:
            shown = (row["reported"], row["status_at"])
            findings.add(station.id, "an acknowledged status is lost or old", shown, possible[-9:])


def _is_16(station: SimulatedStation) -> bool:
    return station.dialect.subprotocol == "ocpp1.6"


def _by(rows: Iterable[asyncpg.Record], column: str) -> defaultdict[Any, list[asyncpg.Record]]:
    found: defaultdict[Any, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found
