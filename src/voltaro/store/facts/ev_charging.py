"""What a vehicle's plan is judged by: the profiles of its station, and its transaction."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from voltaro.domain.composite_schedule import Situation
from voltaro.domain.ev_charging import EvseProfiles, EvseProfilesQuery
from voltaro.domain.smart_charging import ChargingProfile, InstalledProfile
from voltaro.domain.transactions import Transaction
from voltaro.store.facts.metering import find_unended
from voltaro.store.facts.sources import Sources
from voltaro.store.sql import Connection
from voltaro.store.views.charging_profiles import place_in


async def load_evse_profiles(
    connection: Connection, queries: Sequence[EvseProfilesQuery], sources: Sources
) -> list[EvseProfiles]:
    stations = {query.station_id for query in queries}
    unended = await find_unended(connection, stations, sources)
    records = await connection.fetch(
        """
        SELECT station_id, evse_id, profile::text AS profile FROM installed_profiles
        WHERE station_id = ANY ($1)
        """,
        list(stations),
    )
    held: defaultdict[str, list[InstalledProfile]] = defaultdict(list)
    for record in records:
        profile = msgspec.json.decode(record["profile"], type=ChargingProfile)
        place = place_in(record["evse_id"])
        held[record["station_id"]].append(InstalledProfile(where=place, profile=profile))
    return [
        EvseProfiles(
            held=tuple(held[query.station_id]),
            situation=_situation(unended[query.station_id], query.evse_id),
        )
        for query in queries
    ]


def _situation(unended: Sequence[Transaction], evse_id: int) -> Situation:
    """Of several transactions that did not end, the latest is under way."""
    there = [each for each in unended if each.evse_id == evse_id]
    if not there:
        return Situation()
    latest = max(there, key=lambda each: each.started_at)
    return Situation(station_ref=latest.station_ref, started_at=latest.started_at)
