"""How much of a report is here."""

from collections.abc import Sequence

from voltaro.domain.reports import Report, ReportQuery
from voltaro.store.facts.sources import Sources
from voltaro.store.sql import Connection


async def load_reports(
    connection: Connection, queries: Sequence[ReportQuery], _sources: Sources
) -> list[Report | None]:
    records = await connection.fetch(
        """
        SELECT r.* FROM station_reports AS r
        JOIN unnest($1::text[], $2::bigint[]) AS u (station_id, request_id)
            USING (station_id, request_id)
        """,
        [query.station_id for query in queries],
        [query.request_id for query in queries],
    )
    found = {
        ReportQuery(record["station_id"], record["request_id"]): Report(
            request_id=record["request_id"],
            covers_all=record["covers_all"],
            begun_at=record["begun_at"],
            following=record["following"],
            ahead=frozenset(record["ahead"]),
            last=record["last"],
        )
        for record in records
    }
    return [found.get(query) for query in queries]
