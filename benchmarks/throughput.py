"""Messages a second and what each costs, Voltaro and the baseline in turns on one PostgreSQL.

Closed loop for each message at 100 and 1,000 stations, then 2,000 messages a second from 1,000 stations.
What was answered is counted in the database afterwards. About five minutes.
"""

import contextlib
import statistics
from dataclasses import dataclass

from frames import MESSAGES
from machine import described
from processes import baseline, in_session, postgres, run, voltaro
from results import record, table

ROUNDS = 2
FLEETS = (100, 1000)
#: What both servers speak.
VERSIONS = ("1.6", "2.0.1")
WARM_S = 0.5
SECONDS = 2.5
OPEN_RATE = 2000
OPEN_SECONDS = 8
#: Samples in each of these.
SAMPLES = {"MeterValues": 3, "TransactionEvent": 3}


@dataclass
class Side:
    """A server with the stations that talk to it."""

    server: object
    stations: object


async def main():
    async with contextlib.AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(postgres())
        servers = [
            await stack.enter_async_context(
                start(cluster, await cluster.database(f"bench_{start.__name__}"))
            )
            for start in (voltaro, baseline)
        ]
        print(f"{described()}, PostgreSQL {await cluster.version()}", flush=True)
        lines = []
        for version in VERSIONS:
            for count in FLEETS:
                lines += await paired(servers, version, count)
        summary(lines)


async def paired(servers, version, count):
    """Every message in turns, and below saturation where the fleet is the large one."""
    async with contextlib.AsyncExitStack() as stack:
        prefix = f"B{version.replace('.', '')}-{count}-"
        sides = [
            Side(each, await stack.enter_async_context(in_session(each, version, prefix, count)))
            for each in servers
        ]
        common = {"version": version, "stations": count}
        lines = []
        for message in MESSAGES[version]:
            for _ in range(ROUNDS):
                for side in sides:
                    order = {"warm": WARM_S, "seconds": SECONDS}
                    lines.append(await measured(side, "closed", message, order, common))
        if count == FLEETS[-1]:
            message = "MeterValues"
            for side in sides:
                order = {"rate": OPEN_RATE, "seconds": OPEN_SECONDS}
                lines.append(await measured(side, "open", message, order, common))
        return lines


async def measured(side, do, message, order, common):
    before = []
    had = await side.server.stored_samples()
    told = await side.stations.order(
        do, message=message, **order, measuring=lambda: before.append(side.server.cpu_s())
    )
    after = side.server.cpu_s()
    stored = await side.server.stored_samples() - had
    answered = told.pop("messages")
    if stored < SAMPLES.get(message, 0) * answered:
        raise RuntimeError(f"{side.server.name}: {answered} answered, only {stored} samples stored")
    server_s, postgres_s = (late - early for early, late in zip(before[0], after, strict=True))
    return record(
        do,
        system=side.server.name,
        **common,
        message=message,
        per_s=round(answered / told.pop("seconds")),
        server_us=1e6 * server_s / answered,
        postgres_us=1e6 * postgres_s / answered,
        rss_mb=side.server.rss_bytes() / 1e6,
        **told,
    )


def summary(lines):
    """Medians of the rounds, side by side."""
    cases = {}
    for line in lines:
        key = (line["scenario"], line["version"], line["message"], line["stations"])
        cases.setdefault(key, {}).setdefault(line["system"], []).append(line)
    rows = []
    for key, by_system in cases.items():
        ours, theirs = (by_system[name] for name in ("voltaro", "baseline"))

        def both(figure, ours=ours, theirs=theirs):
            return [statistics.median(each[figure] for each in side) for side in (ours, theirs)]

        cells = [" / ".join(f"{value:.4g}" for value in both(f)) for f in FIGURES]
        total = [sum(pair) for pair in zip(both("server_us"), both("postgres_us"), strict=True)]
        # Whoever is behind in an open loop has also paid for what is not answered yet.
        ratio = f"{total[1] / total[0]:.1f}" if key[0] == "closed" else ""
        rows.append([*key, *cells, ratio])
    print("\nEach cell: Voltaro / baseline.\n")
    table(["load", "OCPP", "message", "stations", *FIGURES, "CPU ratio"], rows)


FIGURES = ("per_s", "server_us", "postgres_us", "p50_ms", "p95_ms", "p99_ms", "load_us")

if __name__ == "__main__":
    run(main)
