"""By what a station's new sessions are priced."""

from collections.abc import Iterable

from voltaro.domain.tariffs import UNPRICED, Pricing
from voltaro.domain.variables import Variable
from voltaro.store.cost_rows import tariff_from_text
from voltaro.store.sql import Connection

#: A station that says false to one of them shows no running cost. One that says nothing is told:
#: who cannot show it leaves it out.
_SHOWS = [
    Variable(component="TariffCostCtrlr", name=name, instance="Cost").identity
    for name in ("Available", "Enabled")
]


async def find_pricing(connection: Connection, station_ids: Iterable[str]) -> dict[str, Pricing]:
    """By station, its own tariff, else that of its site; every station is there."""
    wanted = set(station_ids)
    found = dict.fromkeys(wanted, UNPRICED)
    if not wanted:
        return found
    records = await connection.fetch(
        """
        SELECT s.station_id, t.terms, NOT EXISTS (
            SELECT FROM station_variables v WHERE v.station_id = s.station_id
            AND v.identity = ANY ($2) AND lower(v.value) = 'false'
        ) AS shows_cost
        FROM stations s LEFT JOIN sites ON sites.id = s.site_id
        JOIN tariffs t ON t.name = coalesce(s.tariff, sites.tariff)
        WHERE s.station_id = ANY ($1)
        """,
        list(wanted),
        _SHOWS,
    )
    for r in records:
        tariff = tariff_from_text(r["terms"])
        found[r["station_id"]] = Pricing(tariff=tariff, shows_cost=r["shows_cost"])
    return found
