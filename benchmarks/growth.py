"""What a past costs: a database with a year behind it against a small one, in turns.

A million ended transactions with ten million readings, filled by SQL, and a database of the same shape with
a thousandth of it. Compared are the CPU time per message and the latency of what the API lists.
"""

import contextlib
import statistics
import time
from dataclasses import dataclass

import asyncpg
import httpx
from machine import described
from processes import Server, Stations, in_session, postgres, run, voltaro
from results import record, table
from seeding import PASSWORD, READINGS, SECRET_KEY, seed

#: Ended transactions, by the name of the database.
SIZES = {"small": 1000, "large": 1_000_000}
STATIONS = 1000
ROUNDS = 3
WARM_S = 1
SECONDS = 4
MESSAGES = ("MeterValues", "TransactionEvent", "StatusNotification")
VERSION = "2.0.1"
READS = 100
LISTS = (
    "stations?limit=50",
    "fleet",
    "overview",
    "attention",
    "transactions?limit=50",
    "transactions?limit=50&open=true",
    "transactions?limit=50&station_id=G7",
    "transactions?limit=50&token=TAG7",
    "transactions?limit=50&since={month_ago}&until={week_ago}",
    "transactions/{transaction}",
    "transactions/{transaction}/meter-values?limit=100",
    "transactions/{transaction}/curve",
)


@dataclass
class Side:
    size: str
    server: Server
    fleet: Stations | None = None


async def main():
    async with contextlib.AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(postgres())
        print(f"{described()}, PostgreSQL {await cluster.version()}", flush=True)
        sides = []
        for size, transactions in SIZES.items():
            url = await cluster.database(size)
            began = time.perf_counter()
            await seed(url, "G", STATIONS, transactions=transactions)
            record(
                "growth: filled",
                size=size,
                transactions=transactions,
                readings=READINGS * transactions,
                seconds=time.perf_counter() - began,
                gib=await database_gib(url),
            )
            server = await stack.enter_async_context(voltaro(cluster, url, secret_key=SECRET_KEY))
            sides.append(Side(size, server))
        lists = await listed(sides)
        for side in sides:
            side.fleet = await stack.enter_async_context(
                in_session(side.server, VERSION, "G", STATIONS, PASSWORD)
            )
        messages = [
            await message_cost(side, message)
            for message in MESSAGES
            for _ in range(ROUNDS)
            for side in sides
        ]
        summary(lists, messages)


async def database_gib(url):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("SELECT pg_database_size(current_database())") / 2**30
    finally:
        await connection.close()


async def listed(sides):
    """Every list of every database, one request after the other, small and large in turns."""
    lines = []
    async with contextlib.AsyncExitStack() as stack:
        clients = []
        for side in sides:
            http = await stack.enter_async_context(
                httpx.AsyncClient(
                    base_url=f"{side.server.http_url}/api/v1/",
                    headers=side.server.headers,
                    timeout=60,
                )
            )
            clients.append((side, http, await places(side)))
        for path in LISTS:
            took = {side.size: [] for side in sides}
            for _ in range(READS):
                for side, http, names in clients:
                    began = time.perf_counter()
                    (await http.get(path.format(**names))).raise_for_status()
                    took[side.size].append(1000 * (time.perf_counter() - began))
            for size, each in took.items():
                each.sort()
                lines.append(
                    record(
                        "growth: list",
                        size=size,
                        path=path,
                        p50_ms=each[READS // 2],
                        p95_ms=each[READS * 95 // 100],
                    )
                )
    return lines


async def places(side):
    """What the lists are asked about: a transaction in the middle of the past, and two days."""
    connection = await asyncpg.connect(side.server.database_url)
    try:
        found = await connection.fetchrow(
            """
            SELECT id, now() - interval '30 days' AS month_ago, now() - interval '7 days' AS week_ago
            FROM transactions WHERE station_ref = $1
            """,
            f"past-{SIZES[side.size] // 2}",
        )
    finally:
        await connection.close()
    return {
        "transaction": found["id"],
        "month_ago": f"{found['month_ago']:%Y-%m-%dT%H:%M:%SZ}",
        "week_ago": f"{found['week_ago']:%Y-%m-%dT%H:%M:%SZ}",
    }


async def message_cost(side, message):
    before = []
    told = await side.fleet.order(
        "closed",
        message=message,
        warm=WARM_S,
        seconds=SECONDS,
        measuring=lambda: before.append(side.server.cpu_s()),
    )
    answered = told.pop("messages")
    server_s, postgres_s = (b - a for a, b in zip(before[0], side.server.cpu_s(), strict=True))
    return record(
        "growth: message",
        size=side.size,
        version=VERSION,
        message=message,
        stations=STATIONS,
        per_s=round(answered / told.pop("seconds")),
        server_us=1e6 * server_s / answered,
        postgres_us=1e6 * postgres_s / answered,
        **told,
    )


def summary(lists, messages):
    small, large = SIZES
    print(f"\nEach cell: {small} / {large}.\n")
    rows = []
    for path in LISTS:
        by_size = {each["size"]: each for each in lists if each["path"] == path}
        rows.append(
            [
                f"`{path}`",
                *(f"{by_size[small][f]} / {by_size[large][f]}" for f in ("p50_ms", "p95_ms")),
            ]
        )
    table(["list", "p50_ms", "p95_ms"], rows)
    print()
    rows = []
    for message in MESSAGES:
        cells = []
        for figure in ("server_us", "postgres_us"):
            medians = [
                statistics.median(
                    each[figure]
                    for each in messages
                    if each["message"] == message and each["size"] == size
                )
                for size in SIZES
            ]
            cells.append(" / ".join(f"{value:.4g}" for value in medians))
        rows.append([message, *cells])
    table(["message", "server_us", "postgres_us"], rows)


if __name__ == "__main__":
    run(main)
