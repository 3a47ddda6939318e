"""What stations hold on their local authorization lists, step by step."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from voltaro.domain.local_list import (
    ListAnswered,
    ListEntry,
    ListStep,
    LocalList,
    LocalListChanged,
    Update,
    applied,
    is_taken,
    keyed,
    stepped,
)
from voltaro.store.sql import Connection


async def write_local_lists(
    connection: Connection, rows: Sequence[tuple[int, LocalListChanged]]
) -> Collection[int]:
    """Write the steps of each station one after the other; those of many stations together."""
    steps: defaultdict[str, list[ListStep]] = defaultdict(list)
    for _, change in rows:
        steps[change.station_id].append(change.step)
    while steps:
        await _write(connection, {station_id: some.pop(0) for station_id, some in steps.items()})
        steps = defaultdict(list, {sid: some for sid, some in steps.items() if some})
    return ()


async def _write(connection: Connection, steps: dict[str, ListStep]) -> None:
    known = await _read(connection, list(steps))
    changed: dict[str, LocalList] = {}
    taken: dict[str, ListAnswered] = {}
    for station_id, step in steps.items():
        if station_id not in known:
            continue  # deleted in this moment: it holds nothing any more; that is no error
        local_list, is_empty = known[station_id]
        if isinstance(step, ListAnswered) and is_taken(local_list, step):
            taken[station_id] = step
        changed[station_id] = stepped(local_list, step, is_empty=is_empty)
    await _save(connection, changed)
    if taken:
        await _take(connection, taken)


async def _read(
    connection: Connection, station_ids: Sequence[str]
) -> dict[str, tuple[LocalList, bool]]:
    """What is known of each station, and whether our record has no entries."""
    records = await connection.fetch(
        """
        SELECT s.station_id, coalesce(l.version, 0) AS version, l.unanswered_version,
               l.reported_version, l.reported_at, l.supported,
               coalesce(l.out_of_step, false) AS out_of_step, l.sent_at,
               NOT EXISTS (SELECT FROM local_list_entries e WHERE e.station_id = s.station_id)
                   AS is_empty
        FROM stations s LEFT JOIN local_lists l USING (station_id)
        WHERE s.station_id = ANY ($1)
        """,
        station_ids,
    )
    return {
        r["station_id"]: (
            LocalList(
                version=r["version"],
                unanswered_version=r["unanswered_version"],
                reported_version=r["reported_version"],
                reported_at=r["reported_at"],
                supported=r["supported"],
                out_of_step=r["out_of_step"],
                sent_at=r["sent_at"],
            ),
            r["is_empty"],
        )
        for r in records
    }


async def _save(connection: Connection, changed: dict[str, LocalList]) -> None:
    lists = changed.values()
    await connection.execute(
        """
        INSERT INTO local_lists AS l
            (station_id, version, unanswered_version, reported_version, reported_at, supported,
             out_of_step, sent_at)
        SELECT u.* FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[],
            $5::timestamptz[], $6::bool[], $7::bool[], $8::timestamptz[])
            AS u (station_id, version, unanswered_version, reported_version, reported_at, supported,
                  out_of_step, sent_at)
        JOIN stations USING (station_id)
        ON CONFLICT (station_id) DO UPDATE SET
            version = excluded.version, unanswered_version = excluded.unanswered_version,
            reported_version = excluded.reported_version, reported_at = excluded.reported_at,
            supported = excluded.supported, out_of_step = excluded.out_of_step,
            sent_at = excluded.sent_at
        """,
        list(changed),
        [each.version for each in lists],
        [each.unanswered_version for each in lists],
        [each.reported_version for each in lists],
        [each.reported_at for each in lists],
        [each.supported for each in lists],
        [each.out_of_step for each in lists],
        [each.sent_at for each in lists],
    )


async def _take(connection: Connection, taken: dict[str, ListAnswered]) -> None:
    """Let the entries be as the stations have them now."""
    whole = [station_id for station_id, step in taken.items() if step.update is Update.FULL]
    await connection.execute("DELETE FROM local_list_entries WHERE station_id = ANY ($1)", whole)
    named = [
        (station_id, key, entry)
        for station_id, step in taken.items()
        for key, entry in keyed(step.entries).items()
    ]
    await connection.execute(
        """
        DELETE FROM local_list_entries AS e
        USING unnest($1::text[], $2::text[]) AS u (station_id, key)
        WHERE e.station_id = u.station_id AND e.key = u.key
        """,
        [station_id for station_id, _, _ in named],
        [key for _, key, _ in named],
    )
    await _insert(
        connection,
        [
            (station_id, key, entry)
            for station_id, step in taken.items()
            for key, entry in applied({}, step.entries).items()
        ],
    )


async def _insert(connection: Connection, entries: Sequence[tuple[str, str, ListEntry]]) -> None:
    known = [entry.authorization for _, _, entry in entries]
    await connection.execute(
        """
        INSERT INTO local_list_entries
            (station_id, key, value, type, status, group_token, expires_at)
        SELECT u.* FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
            $6::text[], $7::timestamptz[])
            AS u (station_id, key, value, type, status, group_token, expires_at)
        JOIN stations USING (station_id)
        """,
        [station_id for station_id, _, _ in entries],
        [key for _, key, _ in entries],
        [entry.token.value for _, _, entry in entries],
        [entry.token.type for _, _, entry in entries],
        [each.status.value if each else None for each in known],
        [each.group_token if each else None for each in known],
        [each.expires_at if each else None for each in known],
    )
