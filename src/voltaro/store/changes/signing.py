"""Requests of stations for certificates, and what became of those that were made."""

from collections.abc import Collection, Sequence

from voltaro.domain.signing import CertificateAnswered, CertificateJudged, CertificateState
from voltaro.store.fresh_ids import uuid7
from voltaro.store.sql import Connection

#: Of a certificate that was revoked it does not matter any more what the station says.
_OPEN = [CertificateState.ISSUED, CertificateState.REJECTED, CertificateState.DELIVERED]


async def write_certificate_requests(
    connection: Connection, rows: Sequence[tuple[int, CertificateJudged]]
) -> Collection[int]:
    """The latest of each purpose, and a certificate to be made for each that was accepted."""
    latest = {(c.event.station_id, c.event.purpose): c for _, c in rows}
    changes = [latest[key] for key in sorted(latest)]
    await connection.execute(
        """
        INSERT INTO certificate_requests
            (station_id, purpose, csr, request_id, status, reason, received_at)
        SELECT u.station_id, u.purpose, u.csr, u.request_id,
               CASE WHEN u.reason IS NULL THEN 'accepted' ELSE 'rejected' END, u.reason,
               u.received_at
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
        [c.flaw.value if c.flaw else None for c in changes],
        [c.event.received_at for c in changes],
    )
    ordered = [c.event for _, c in rows if c.flaw is None]
    if ordered:
        await connection.execute(
            """
            INSERT INTO station_certificates
                (id, station_id, purpose, csr, request_id, state, requested_at)
            SELECT u.id, u.station_id, u.purpose, u.csr, u.request_id, $7, u.requested_at
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[],
                        $6::timestamptz[])
                AS u (id, station_id, purpose, csr, request_id, requested_at)
            JOIN stations USING (station_id)
            """,
            [uuid7() for _ in ordered],
            [e.station_id for e in ordered],
            [e.purpose for e in ordered],
            [e.csr for e in ordered],
            [e.request_id for e in ordered],
            [e.received_at for e in ordered],
            CertificateState.REQUESTED.value,
        )
    return ()


async def write_certificate_answers(
    connection: Connection, rows: Sequence[tuple[int, CertificateAnswered]]
) -> Collection[int]:
    """The latest word of a station about each certificate that we made."""
    latest = {(c.station_id, c.sha256): c for _, c in rows}
    changes = [latest[key] for key in sorted(latest)]
    await connection.execute(
        """
        UPDATE station_certificates AS c
        SET state = CASE WHEN u.taken THEN $4 ELSE $5 END, answered_at = now()
        FROM unnest($1::text[], $2::text[], $3::bool[]) AS u (station_id, sha256, taken)
        WHERE c.station_id = u.station_id AND c.sha256 = u.sha256 AND c.state = ANY ($6::text[])
        """,
        [c.station_id for c in changes],
        [c.sha256 for c in changes],
        [c.taken for c in changes],
        CertificateState.DELIVERED.value,
        CertificateState.REJECTED.value,
        [state.value for state in _OPEN],
    )
    return ()
