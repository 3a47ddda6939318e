"""Limits of others: which are in force at each station."""

from collections import defaultdict
from collections.abc import Collection, Sequence

import msgspec

from voltaro.domain.charging_limits import ChargingLimit, LimitsChanged, LimitStep, remaining
from voltaro.store.sql import Connection
from voltaro.store.views.charging_profiles import evse_column

_ENCODER = msgspec.json.Encoder(decimal_format="number")


async def write_limits(
    connection: Connection, rows: Sequence[tuple[int, LimitsChanged]]
) -> Collection[int]:
    """Write the steps of each station as if one after the other."""
    steps: defaultdict[str, list[LimitStep]] = defaultdict(list)
    for _, change in rows:
        steps[change.station_id].append(change.step)
    leaving = [
        (sid, step.limit_source, None if step.where is None else evse_column(step.where))
        for sid, some in steps.items()
        for step in some
    ]
    await connection.execute(
        """
        DELETE FROM charging_limits AS l
        USING unnest($1::text[], $2::text[], $3::int[]) AS u (station_id, limit_source, evse_id)
        WHERE l.station_id = u.station_id AND l.limit_source = u.limit_source
            AND (u.evse_id IS NULL OR l.evse_id = u.evse_id)
        """,
        *map(list, zip(*leaving, strict=True)),
    )
    await _insert(
        connection, [(sid, each) for sid, some in steps.items() for each in remaining(some)]
    )
    return ()


async def _insert(connection: Connection, limits: Sequence[tuple[str, ChargingLimit]]) -> None:
    if not limits:
        return
    # A station that is deleted in this moment has no limits any more; that is no error.
    await connection.execute(
        """
        INSERT INTO charging_limits
            (station_id, evse_id, limit_source, grid_critical, schedules, reported_at,
             local_generation)
        SELECT u.station_id, u.evse_id, u.limit_source, u.grid_critical, u.schedules::jsonb,
               u.reported_at, u.local_generation
        FROM unnest($1::text[], $2::int[], $3::text[], $4::bool[], $5::text[], $6::timestamptz[],
                    $7::bool[])
            AS u (station_id, evse_id, limit_source, grid_critical, schedules, reported_at,
                  local_generation)
        JOIN stations USING (station_id)
        """,
        [station_id for station_id, _ in limits],
        [evse_column(each.where) for _, each in limits],
        [each.limit_source for _, each in limits],
        [each.grid_critical for _, each in limits],
        [_ENCODER.encode(each.schedules).decode() for _, each in limits],
        [each.at for _, each in limits],
        [each.local_generation for _, each in limits],
    )
