"""Which monitors streams of values are of."""

from collections.abc import Sequence

from voltaro.domain.event_streams import MonitorQuery, StreamQuery, StreamSource
from voltaro.domain.monitoring_events import EventOrigin
from voltaro.domain.variables import Variable
from voltaro.store.facts.sources import Sources
from voltaro.store.sql import Connection


async def load_known_monitors(
    connection: Connection, queries: Sequence[MonitorQuery], _sources: Sources
) -> list[bool]:
    """A monitor that is being set has a number only once the answer to that is stored.

    The station may open its stream before.
    """
    rows = await connection.fetch(
        """
        SELECT EXISTS (SELECT FROM monitors AS m
                       WHERE m.station_id = q.station_id AND m.monitor_id = q.monitor_id)
            OR EXISTS (SELECT FROM commands AS c
                       WHERE c.is_open AND c.station_id = q.station_id AND c.state = 'sent'
                         AND c.record ->> 'action' = 'SetVariableMonitoring') AS known
        FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS q (station_id, monitor_id, place)
        ORDER BY q.place
        """,
        [query.station_id for query in queries],
        [query.monitor_id for query in queries],
    )
    return [row["known"] for row in rows]


async def load_stream_sources(
    connection: Connection, queries: Sequence[StreamQuery], _sources: Sources
) -> list[StreamSource | None]:
    rows = await connection.fetch(
        """
        SELECT m.*
        FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS q (station_id, stream_id, place)
        LEFT JOIN event_streams AS e USING (station_id, stream_id)
        LEFT JOIN monitors AS m
            ON m.station_id = e.station_id AND m.monitor_id = e.monitor_id
        ORDER BY q.place
        """,
        [query.station_id for query in queries],
        [query.stream_id for query in queries],
    )
    return [
        StreamSource(
            monitor_id=row["monitor_id"],
            variable=Variable(
                component=row["component"],
                component_instance=row["component_instance"],
                evse_id=row["evse_id"],
                connector_id=row["connector_id"],
                name=row["name"],
                instance=row["instance"],
            ),
            severity=row["severity"],
            origin=EventOrigin(row["origin"]) if row["origin"] else None,
        )
        if row["monitor_id"] is not None
        else None
        for row in rows
    ]
