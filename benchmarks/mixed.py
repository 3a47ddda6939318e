"""A mixed fleet at one Voltaro: what a message costs when three versions speak at once, and when one does.

900 stations in a session, a third of each version. First each third speaks alone (closed loop), then all of
them together, in turns; then all together with 2,000 messages a second due. About one minute.
"""

import asyncio
import contextlib
import statistics

from machine import described
from processes import in_session, postgres, run, voltaro
from results import record, table

EACH = 300
#: What tells of energy in a session.
SPEAKS = {"1.6": "MeterValues", "2.0.1": "TransactionEvent", "2.1": "TransactionEvent"}
ROUNDS = 3
WARM_S = 0.5
SECONDS = 2.5
RATE = 2000
OPEN_SECONDS = 8


async def main():
    async with contextlib.AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(postgres())
        server = await stack.enter_async_context(voltaro(cluster, await cluster.database("mixed")))
        fleets = {}
        for version in SPEAKS:
            fleet = in_session(server, version, f"M{version.replace('.', '')}-", EACH)
            fleets[version] = await stack.enter_async_context(fleet)
        print(f"{described()}, PostgreSQL {await cluster.version()}", flush=True)
        closed = {"do": "closed", "warm": WARM_S, "seconds": SECONDS}
        lines = []
        for _ in range(ROUNDS):
            for version in SPEAKS:
                lines += [await measured(server, {version: fleets[version]}, closed)]
            lines += [await measured(server, fleets, closed)]
        due = {"do": "open", "rate": RATE / len(fleets), "seconds": OPEN_SECONDS}
        lines.append(await measured(server, fleets, due))
    summary(lines)


async def measured(server, fleets, order):
    """All of `fleets` carry the order out at the same time."""
    do, before = order["do"], []
    told = await asyncio.gather(
        *(
            fleet.order(
                **order,
                message=SPEAKS[version],
                measuring=lambda: before.append(server.cpu_s()),
            )
            for version, fleet in fleets.items()
        )
    )
    # Warming up and running out are little beside what is measured, and both sides of the ratio.
    server_s, postgres_s = (b - a for a, b in zip(before[-1], server.cpu_s(), strict=True))
    answered = sum(each["messages"] for each in told)
    return record(
        f"mixed: {do}",
        versions=" + ".join(fleets),
        stations=EACH * len(fleets),
        per_s=round(sum(each["messages"] / each["seconds"] for each in told)),
        server_us=1e6 * server_s / answered,
        postgres_us=1e6 * postgres_s / answered,
        p50_ms=max(each["p50_ms"] for each in told),
        p99_ms=max(each["p99_ms"] for each in told),
        lost=sum(each["lost"] for each in told),
    )


def summary(lines):
    """Medians of the rounds."""
    cases = {}
    for line in lines:
        cases.setdefault((line["scenario"], line["versions"]), []).append(line)
    figures = ("per_s", "server_us", "postgres_us", "p50_ms", "p99_ms", "lost")
    rows = [
        [*key, *(statistics.median(line[figure] for line in same) for figure in figures)]
        for key, same in cases.items()
    ]
    table(["load", "OCPP", *figures], rows)


if __name__ == "__main__":
    run(main)
