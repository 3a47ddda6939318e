"""Single profiles that stations hold."""

from collections.abc import Sequence

import msgspec

from voltaro.domain.dynamic_profiles import HeldProfileQuery
from voltaro.domain.smart_charging import ChargingProfile
from voltaro.store.facts.sources import Sources
from voltaro.store.sql import Connection


async def load_held_profiles(
    connection: Connection, queries: Sequence[HeldProfileQuery], _sources: Sources
) -> list[ChargingProfile | None]:
    rows = await connection.fetch(
        """
        SELECT p.profile::text AS profile
        FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS q (station_id, profile_id, place)
        LEFT JOIN installed_profiles AS p USING (station_id, profile_id)
        ORDER BY q.place
        """,
        [query.station_id for query in queries],
        [query.profile_id for query in queries],
    )
    return [
        msgspec.json.decode(row["profile"], type=ChargingProfile) if row["profile"] else None
        for row in rows
    ]
