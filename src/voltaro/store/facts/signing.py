"""What a station's request for a certificate is judged by."""

from collections.abc import Sequence

from voltaro.domain.signing import SigningFacts, SigningQuery
from voltaro.store.facts.sources import Sources
from voltaro.store.sql import Connection


async def load_signing(
    connection: Connection, queries: Sequence[SigningQuery], sources: Sources
) -> list[SigningFacts]:
    """An identity is its station's, whoever else tells it as a serial number."""
    records = await connection.fetch(
        """
        SELECT own.serial_number, EXISTS (
            SELECT FROM stations AS other
            WHERE other.station_id <> q.station_id
              AND q.common_name <> q.station_id
              AND q.common_name IN (other.station_id, other.serial_number)
        ) AS is_anothers
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY
            AS q (station_id, common_name, number)
        LEFT JOIN stations AS own ON own.station_id = q.station_id
        ORDER BY q.number
        """,
        [query.station_id for query in queries],
        [query.common_name for query in queries],
    )
    return [
        SigningFacts(sources.operator_name, record["serial_number"], record["is_anothers"])
        for record in records
    ]
