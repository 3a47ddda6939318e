"""Security events and requests for certificates."""

from collections.abc import Collection, Sequence

from voltaro.domain.security import CertificateRefused, SecurityEventRecorded
from voltaro.store.sql import Connection

_EVENT = ("station_id", "type", "critical", "at", "clock_trusted", "received_at", "tech_info")


async def write_security_events(
    connection: Connection, rows: Sequence[tuple[int, SecurityEventRecorded]]
) -> Collection[int]:
    """Append; repetitions were held back by their receipts."""
    await connection.copy_records_to_table(
        "security_events",
        columns=_EVENT,
        records=[
            (
                change.event.station_id,
                change.event.type,
                change.critical,
                change.event.at,
                change.event.clock_trusted,
                change.event.received_at,
                change.event.tech_info,
            )
            for _, change in rows
        ],
    )
    return ()


async def write_certificate_requests(
    connection: Connection, rows: Sequence[tuple[int, CertificateRefused]]
) -> Collection[int]:
    latest = {(c.event.station_id, c.event.purpose): c for _, c in rows}
    changes = [latest[key] for key in sorted(latest)]
    await connection.execute(
        """
        INSERT INTO certificate_requests
            (station_id, purpose, csr, request_id, status, reason, received_at)
        SELECT u.station_id, u.purpose, u.csr, u.request_id, 'rejected', u.reason, u.received_at
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[],
                    $6::timestamptz[])
            AS u (station_id, purpose, csr, request_id, reason, received_at)
        JOIN stations USING (station_id)
        ON CONFLICT (station_id, purpose) DO UPDATE SET
            csr = excluded.csr, request_id = excluded.request_id, status = excluded.status,
            reason = excluded.reason, received_at = excluded.received_at
        """,
        [c.event.station_id for c in changes],
        [c.event.purpose for c in changes],
        [c.event.csr for c in changes],
        [c.event.request_id for c in changes],
        [c.reason for c in changes],
        [c.event.received_at for c in changes],
    )
    return ()
