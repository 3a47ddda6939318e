"""How much is here of the reports that stations were asked for."""

from collections.abc import Collection, Sequence

from voltaro.domain.reports import InventoryAnswered, ReportSaved
from voltaro.store.sql import Connection


async def write_reports(
    connection: Connection, rows: Sequence[tuple[int, ReportSaved]]
) -> Collection[int]:
    """The latest state of each; one of a station that is deleted in this moment is no error."""
    latest = {(each.station_id, each.report.request_id): each.report for _, each in rows}
    await connection.executemany(
        """
        INSERT INTO station_reports (
            station_id, request_id, covers_all, begun_at, following, ahead, last)
        SELECT $1, $2, $3, $4, $5, $6, $7
        WHERE EXISTS (SELECT FROM stations WHERE station_id = $1)
        ON CONFLICT (station_id, request_id) DO UPDATE SET
            covers_all = excluded.covers_all, begun_at = excluded.begun_at,
            following = excluded.following, ahead = excluded.ahead, last = excluded.last
        """,
        [
            (
                station_id,
                request_id,
                report.covers_all,
                report.begun_at,
                report.following,
                sorted(report.ahead),
                report.last,
            )
            for (station_id, request_id), report in sorted(latest.items())
        ],
    )
    return ()


async def write_inventories(
    connection: Connection, rows: Sequence[tuple[int, InventoryAnswered]]
) -> Collection[int]:
    """Remember which firmware it was that told."""
    await connection.execute(
        "UPDATE stations SET inventory_firmware = coalesce(firmware_version, '')"
        " WHERE station_id = ANY ($1)",
        sorted({change.station_id for _, change in rows}),
    )
    return ()
