"""Which connectors a station told of."""

from collections import defaultdict
from collections.abc import Sequence

from voltaro.domain.availability import ConnectorStatus, Places, PlacesQuery
from voltaro.domain.ids import Connector
from voltaro.store.facts.sources import Sources
from voltaro.store.sql import Connection


def recall_places(query: PlacesQuery, _sources: Sources) -> Places | None:
    """Nothing is to be asked where it does not matter."""
    return None if query.needed else {}


async def load_places(
    connection: Connection, queries: Sequence[PlacesQuery], _sources: Sources
) -> list[Places]:
    records = await connection.fetch(
        """
        SELECT station_id, evse_id, connector_id, status FROM connectors
        WHERE station_id = ANY ($1)
        """,
        list({query.station_id for query in queries}),
    )
    places: defaultdict[str, dict[Connector, ConnectorStatus]] = defaultdict(dict)
    for r in records:
        where = Connector(r["evse_id"], r["connector_id"])
        places[r["station_id"]][where] = ConnectorStatus(r["status"])
    return [places[query.station_id] for query in queries]
