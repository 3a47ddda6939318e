"""What a boot is decided by."""

from collections.abc import Sequence

from voltaro.domain.provisioning import BootFacts, BootQuery, Registration
from voltaro.store.facts.sources import Sources
from voltaro.store.sql import Connection


async def load_boots(
    connection: Connection, queries: Sequence[BootQuery], sources: Sources
) -> list[BootFacts]:
    """A station that was deleted meanwhile counts as rejected."""
    records = await connection.fetch(
        "SELECT station_id, registration FROM stations WHERE station_id = ANY ($1)",
        [query.station_id for query in queries],
    )
    registrations = {r["station_id"]: Registration(r["registration"]) for r in records}
    return [
        BootFacts(
            registrations.get(query.station_id, Registration.REJECTED),
            sources.heartbeat_interval_s,
            sources.retry_interval_s,
        )
        for query in queries
    ]
