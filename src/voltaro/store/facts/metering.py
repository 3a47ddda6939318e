"""Which transactions readings may belong to."""

from collections.abc import Iterable, Mapping, Sequence

from voltaro.domain.metering import MeteringFacts, MeteringQuery
from voltaro.domain.tariffs import UNPRICED
from voltaro.domain.transactions import Transaction
from voltaro.store.facts.sources import Sources
from voltaro.store.facts.tariffs import find_pricing
from voltaro.store.fresh_ids import uuid7
from voltaro.store.sql import Connection
from voltaro.store.transaction_rows import from_row

#: (station id, its reference for a transaction or None)
Named = tuple[str, str | None]


def recall_metering(query: MeteringQuery, sources: Sources) -> MeteringFacts | None:
    """The facts without asking the database, if they are remembered."""
    unended = sources.unended.get(query.station_id)
    if unended is None:
        return None
    ref = query.station_ref
    named = next((t for t in unended if t.station_ref == ref), None) if ref else None
    if named is None and ref is not None:
        return None
    return MeteringFacts(named.id if named is not None else uuid7(), named, unended)


async def load_metering(
    connection: Connection, queries: Sequence[MeteringQuery], sources: Sources
) -> list[MeteringFacts]:
    named = [(query.station_id, query.station_ref) for query in queries]
    unended = await find_unended(connection, {query.station_id for query in queries}, sources)
    known = await find_named(connection, named, unended)
    pricing = await find_pricing(connection, {n[0] for n in named if n[1] and n not in known})
    return [
        MeteringFacts(uuid7(), known.get(name), unended[name[0]], pricing.get(name[0], UNPRICED))
        for name in named
    ]


async def find_unended(
    connection: Connection, station_ids: Iterable[str], sources: Sources
) -> dict[str, tuple[Transaction, ...]]:
    """Transactions whose end no station has reported, oldest first; from memory where it can."""
    unended: dict[str, tuple[Transaction, ...]] = {}
    missing: dict[str, list[Transaction]] = {}
    for station_id in station_ids:
        remembered = sources.unended.get(station_id)
        if remembered is None:
            missing[station_id] = []
        else:
            unended[station_id] = remembered
    if missing:
        records = await connection.fetch(
            """
            SELECT * FROM transactions
            WHERE station_id = ANY ($1) AND ended_received_at IS NULL ORDER BY id
            """,
            list(missing),
        )
        for record in records:
            missing[record["station_id"]].append(from_row(record))
        for station_id, transactions in missing.items():
            sources.unended.put(station_id, transactions)
            unended[station_id] = tuple(transactions)
    return unended


async def find_named(
    connection: Connection,
    named: Sequence[Named],
    unended: Mapping[str, Sequence[Transaction]],
) -> dict[Named, Transaction]:
    """Transactions by reference; asks the database only for those that are not among `unended`."""
    known: dict[Named, Transaction] = {
        (t.station_id, t.station_ref): t for ts in unended.values() for t in ts
    }
    missing = [name for name in named if name[1] is not None and name not in known]
    if missing:
        records = await connection.fetch(
            """
            SELECT t.* FROM unnest($1::text[], $2::text[]) AS q (station_id, station_ref)
            JOIN transactions t USING (station_id, station_ref)
            """,
            [station_id for station_id, _ in missing],
            [ref for _, ref in missing],
        )
        known |= {(r["station_id"], r["station_ref"]): from_row(r) for r in records}
    return known
