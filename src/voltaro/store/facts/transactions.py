"""What a transaction event is decided by."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from voltaro.domain.closing import TransactionById
from voltaro.domain.tariffs import UNPRICED
from voltaro.domain.transactions import (
    Kind,
    TokenUse,
    Transaction,
    TransactionEvent,
    TransactionFacts,
    TransactionQuery,
)
from voltaro.store.facts.authorization import find_tokens
from voltaro.store.facts.metering import find_named, find_unended
from voltaro.store.facts.sources import Sources
from voltaro.store.facts.tariffs import find_pricing
from voltaro.store.fresh_ids import uuid7
from voltaro.store.sql import Connection
from voltaro.store.transaction_rows import from_row


def recall_transaction(query: TransactionQuery, sources: Sources) -> TransactionFacts | None:
    """The facts of an update that is about nobody's token, if its transaction is remembered."""
    event = query.event
    if event.kind is not Kind.UPDATED or event.token is not None:
        return None
    unended = sources.unended.get(event.station_id) or ()
    known = next((t for t in unended if t.station_ref == event.station_ref), None)
    if known is None:
        return None
    return TransactionFacts(
        fresh_id=known.id, fresh_ref=known.station_ref, transaction=known, open_here=unended
    )


async def load_transactions(
    connection: Connection, queries: Sequence[TransactionQuery], sources: Sources
) -> list[TransactionFacts]:
    events = [query.event for query in queries]
    unended = await find_unended(connection, {e.station_id for e in events}, sources)
    known = await find_named(connection, [(e.station_id, e.station_ref) for e in events], unended)
    keys = {e.token.key for e in events if e.token}
    tokens = await find_tokens(connection, keys)
    uses = await _find_uses(connection, keys)
    new = {e.station_id for e in events if (e.station_id, e.station_ref) not in known}
    pricing = await find_pricing(connection, new)
    refs = await sources.station_refs.take(connection, len(events))
    return [
        TransactionFacts(
            fresh_id=uuid7(),
            fresh_ref=ref,
            transaction=known.get((event.station_id, event.station_ref)),
            open_here=unended[event.station_id],
            token=tokens.get(event.token.key) if event.token else None,
            token_uses=tuple(uses[event.token.key]) if event.token else (),
            pricing=pricing.get(event.station_id, UNPRICED),
            previous=await _find_previous(connection, event),
        )
        for event, ref in zip(events, refs, strict=True)
    ]


async def load_transactions_by_id(
    connection: Connection, queries: Sequence[TransactionById], _sources: Sources
) -> list[Transaction | None]:
    records = await connection.fetch(
        """
        SELECT t.* FROM unnest($1::text[], $2::uuid[]) AS q (station_id, id)
        JOIN transactions t USING (station_id, id)
        """,
        [query.station_id for query in queries],
        [query.transaction_id for query in queries],
    )
    known = {record["id"]: from_row(record) for record in records}
    return [known.get(query.transaction_id) for query in queries]


async def _find_uses(
    connection: Connection, keys: Iterable[str]
) -> defaultdict[str, list[TokenUse]]:
    """Open transactions that tokens were accepted for, with the signs of their being dead."""
    uses: defaultdict[str, list[TokenUse]] = defaultdict(list)
    wanted = list(keys)
    if not wanted:
        return uses
    records = await connection.fetch(
        """
        SELECT t.token_key, t.id, t.station_id, t.evse_id, t.started_at, t.last_event_at,
               s.booted_at, c.received_at AS available_at
        FROM transactions t
        LEFT JOIN stations s USING (station_id)
        LEFT JOIN connectors c ON c.station_id = t.station_id AND c.evse_id = t.evse_id
             AND c.connector_id = coalesce(t.connector_id, 1) AND c.status = 'available'
        WHERE t.token_key = ANY ($1) AND t.ended_at IS NULL AND t.token_status = 'accepted'
        """,
        wanted,
    )
    for r in records:
        uses[r["token_key"]].append(
            TokenUse(
                transaction_id=r["id"],
                station_id=r["station_id"],
                evse_id=r["evse_id"],
                started_at=r["started_at"],
                last_event_at=r["last_event_at"],
                station_booted_at=r["booted_at"],
                connector_available_at=r["available_at"],
            )
        )
    return uses


async def _find_previous(connection: Connection, event: TransactionEvent) -> str:
    """What tells a new event of a station without a clock from a repeated one (ADR 0013)."""
    if event.clock_trusted or event.station_ref is not None:
        return ""
    if event.kind is Kind.STARTED:
        statement = """
            SELECT id FROM transactions WHERE station_id = $1 AND evse_id = $2
            AND ended_received_at IS NOT NULL ORDER BY ended_received_at DESC, id DESC LIMIT 1
        """
        return str(await connection.fetchval(statement, event.station_id, event.evse_id))
    statement = """
        SELECT id FROM transactions WHERE station_id = $1 ORDER BY id DESC LIMIT 1
    """
    return str(await connection.fetchval(statement, event.station_id))
