"""Sessions whose cost their stations would show, and have not been told of for a while (2.x I02)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from voltaro.domain.tariffs import Tariff, cost_of
from voltaro.domain.variables import Variable
from voltaro.store.cost_rows import tariff_from_text
from voltaro.store.reach import reading

#: A station that says true to one of them has something to show costs on.
_SHOWS = [
    Variable(component="TariffCostCtrlr", name="Available", instance="Cost").identity,
    Variable(component="DisplayMessageCtrlr", name="Available").identity,
]
#: What those say who do not know the message. An operator's own attempt may say otherwise later.
_DECLINED = ["NotSupported", "NotImplemented"]

_STATEMENT = text(
    """
    SELECT t.id, t.station_id, t.station_ref, t.started_at, t.last_event_at,
           coalesce(t.energy_wh, 0) AS energy_wh, t.tariff::text AS tariff
    FROM transactions t
    LEFT JOIN LATERAL (
        SELECT c.is_open OR c.record #>> '{call_error,code}' = ANY (:declined) AS holds_back
        FROM commands c
        WHERE c.station_id = t.station_id AND c.name = 'cost_updated' ORDER BY c.id DESC LIMIT 1
    ) AS latest ON true
    WHERE t.ended_received_at IS NULL AND t.ended_at IS NULL AND t.tariff IS NOT NULL
    AND t.shows_cost AND t.last_event_at <= :quiet_since AND latest.holds_back IS NOT TRUE
    AND EXISTS (
        SELECT FROM station_variables v WHERE v.station_id = t.station_id
        AND v.identity = ANY (:shows) AND lower(v.value) = 'true'
    )
    ORDER BY t.id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UntoldRow:
    """An open session as far as its cost goes."""

    id: UUID
    station_id: str
    station_ref: str
    started_at: datetime
    last_event_at: datetime
    energy_wh: int
    tariff: Tariff

    def total_at(self, at: datetime) -> Decimal:
        """In major units, with tax."""
        return cost_of(self.tariff, self.energy_wh, at - self.started_at).total.amount


async def list_untold(engine: AsyncEngine, quiet_since: datetime) -> list[UntoldRow]:
    """Those that nothing was heard of since, at stations that have something to show costs on.

    Left out are stations that still have such a message before them, or do not know it.
    """
    values = {
        "declined": _DECLINED,
        "quiet_since": quiet_since,
        "shows": _SHOWS,
    }
    async with reading(engine) as connection:
        rows = (await connection.execute(_STATEMENT, values)).mappings()
        return [UntoldRow(**{**row, "tariff": tariff_from_text(row["tariff"])}) for row in rows]
