"""Refused tokens, counted per token, station and what it was told."""

from collections.abc import Collection, Sequence

from voltaro.domain.token_refusals import TokenRefused
from voltaro.store.sql import Connection


async def write_token_refusals(
    connection: Connection, rows: Sequence[tuple[int, TokenRefused]]
) -> Collection[int]:
    """One row for all of a kind, with the token as it was presented last."""
    counted: dict[tuple[str, str, str], list[TokenRefused]] = {}
    for _, change in rows:
        key = (change.token.key, change.station_id, change.status.value)
        counted.setdefault(key, []).append(change)
    # In one order everywhere: rows that two batches share must not be locked crosswise.
    keys = sorted(counted)
    groups = [counted[key] for key in keys]
    await connection.execute(
        """
        INSERT INTO token_refusals AS r
            (token_key, station_id, status, token, count, first_at, last_at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[],
                             $6::timestamptz[], $7::timestamptz[])
        ON CONFLICT (token_key, station_id, status) DO UPDATE SET
            token = excluded.token, count = r.count + excluded.count, last_at = excluded.last_at
        """,
        [key[0] for key in keys],
        [key[1] for key in keys],
        [key[2] for key in keys],
        [group[-1].token.value for group in groups],
        [len(group) for group in groups],
        [group[0].at for group in groups],
        [group[-1].at for group in groups],
    )
    return ()
