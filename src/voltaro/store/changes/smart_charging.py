"""The mirror: which charging profiles each station holds."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import product
from typing import Any, NamedTuple, TypeAlias, assert_never

from voltaro.domain.charging_mirror import (
    ClearCriteria,
    ExternalReleased,
    MirrorChanged,
    MirrorStep,
    ProfileInstalled,
    ProfilesCleared,
    ReportEnded,
    TransactionProfilesEnded,
    surviving,
)
from voltaro.domain.smart_charging import Purpose
from voltaro.store.sql import Connection
from voltaro.store.views.charging_profiles import encode, evse_column

#: What a reported profile is credited to when the mirror did not have it.
_STATION = "station"


class _Leaving(NamedTuple):
    """What a step removes: all that fits; None fits all."""

    profile_id: int | None = None
    evse_id: int | None = None
    purpose: str | None = None
    stack_level: int | None = None
    station_ref: str | None = None
    limit_source: str | None = None
    #: External profiles go as well.
    external_too: bool = True
    #: Not what was reported under this request.
    unless_in: int | None = None
    #: Not what came then or later.
    before: datetime | None = None


#: (who set it, when) by station and profile id
_Credits: TypeAlias = dict[tuple[str, int], tuple[str, datetime]]


async def write_mirror(
    connection: Connection, rows: Sequence[tuple[int, MirrorChanged]]
) -> Collection[int]:
    """Write the steps of each station as if one after the other.

    What was there before the batch goes when any step removes it, whatever their order; of what
    the batch installs the domain says what is left after its last step.
    """
    steps: defaultdict[str, list[MirrorStep]] = defaultdict(list)
    for _, change in rows:
        steps[change.station_id].append(change.step)
    credit = await _delete(
        connection,
        [(sid, *each) for sid, some in steps.items() for step in some for each in _leaving(step)],
    )
    held = [(sid, each) for sid, some in steps.items() for each in surviving(some)]
    await _insert(connection, held, credit)
    return ()


async def _delete(connection: Connection, leaving: Sequence[tuple[Any, ...]]) -> _Credits:
    """Who had set what is removed, and when."""
    rows = await connection.fetch(
        """
        DELETE FROM installed_profiles AS p
        USING unnest($1::text[], $2::bigint[], $3::int[], $4::text[], $5::int[], $6::text[],
                     $7::text[], $8::bool[], $9::bigint[], $10::timestamptz[])
            AS u (station_id, profile_id, evse_id, purpose, stack_level, station_ref, limit_source,
                  external_too, unless_in, before)
        WHERE p.station_id = u.station_id
            AND (u.profile_id IS NULL OR p.profile_id = u.profile_id)
            AND (u.evse_id IS NULL OR p.evse_id = u.evse_id)
            AND (u.purpose IS NULL OR p.purpose = u.purpose)
            AND (u.stack_level IS NULL OR p.stack_level = u.stack_level)
            AND (u.station_ref IS NULL OR p.station_ref = u.station_ref)
            AND (u.limit_source IS NULL OR p.limit_source = u.limit_source)
            AND (u.external_too OR p.purpose <> 'external')
            AND (u.unless_in IS NULL OR p.reported_in IS DISTINCT FROM u.unless_in)
            AND (u.before IS NULL OR p.installed_at < u.before)
        RETURNING p.station_id, p.profile_id, p.source, p.installed_at
        """,
        *map(list, zip(*leaving, strict=True)),
    )
    return {
        (row["station_id"], row["profile_id"]): (row["source"], row["installed_at"]) for row in rows
    }


async def _insert(
    connection: Connection, held: Sequence[tuple[str, ProfileInstalled]], credit: _Credits
) -> None:
    if not held:
        return
    # A station that is deleted in this moment holds nothing any more; that is no error.
    profiles = [each.profile for _, each in held]
    credited = [_credit(station_id, each, credit) for station_id, each in held]
    await connection.execute(
        """
        INSERT INTO installed_profiles
            (station_id, evse_id, purpose, stack_level, profile_id, profile, station_ref,
             installed_at, source, limit_source, reported_in)
        SELECT u.station_id, u.evse_id, u.purpose, u.stack_level, u.profile_id, u.profile::jsonb,
               u.station_ref, u.installed_at, u.source, u.limit_source, u.reported_in
        FROM unnest($1::text[], $2::int[], $3::text[], $4::int[], $5::bigint[], $6::text[],
                    $7::text[], $8::timestamptz[], $9::text[], $10::text[], $11::bigint[])
            AS u (station_id, evse_id, purpose, stack_level, profile_id, profile, station_ref,
                  installed_at, source, limit_source, reported_in)
        JOIN stations USING (station_id)
        """,
        [station_id for station_id, _ in held],
        [evse_column(each.where) for _, each in held],
        [profile.purpose.value for profile in profiles],
        [profile.stack_level for profile in profiles],
        [profile.profile_id for profile in profiles],
        [encode(profile) for profile in profiles],
        [profile.station_ref for profile in profiles],
        [at for _, at in credited],
        [source for source, _ in credited],
        [each.limit_source for _, each in held],
        [each.request_id for _, each in held],
    )


def _credit(station_id: str, held: ProfileInstalled, credit: _Credits) -> tuple[str, datetime]:
    if held.source is not None:
        return held.source, held.at
    return credit.get((station_id, held.profile.profile_id), (_STATION, held.at))


def _leaving(step: MirrorStep) -> Iterator[_Leaving]:
    """What a step removes of what is there; see `voltaro.domain.charging_mirror` for its rules."""
    match step:
        case ProfileInstalled():
            profile = step.profile
            yield _Leaving(profile_id=profile.profile_id)
            if not step.by_id:
                yield _Leaving(
                    evse_id=evse_column(step.where),
                    purpose=profile.purpose.value,
                    stack_level=profile.stack_level,
                )
        case ProfilesCleared():
            yield _cleared(step.criteria)
        case TransactionProfilesEnded():
            yield _Leaving(station_ref=step.station_ref)
        case ReportEnded():
            yield from _denied(step)
        case ExternalReleased():
            yield _Leaving(
                evse_id=evse_column(step.where) if step.where is not None else None,
                purpose=Purpose.EXTERNAL.value,
                limit_source=step.limit_source,
            )
        case _:
            assert_never(step)


def _cleared(criteria: ClearCriteria) -> _Leaving:
    external_too = criteria.purpose is Purpose.EXTERNAL
    if criteria.profile_id is not None:
        return _Leaving(profile_id=criteria.profile_id, external_too=external_too)
    return _Leaving(
        evse_id=evse_column(criteria.where) if criteria.where is not None else None,
        purpose=criteria.purpose.value if criteria.purpose is not None else None,
        stack_level=criteria.stack_level,
        external_too=external_too,
    )


def _denied(step: ReportEnded) -> Iterator[_Leaving]:
    """One for each id and source that was asked for."""
    asked = step.criteria
    for profile_id, source in product(asked.profile_ids or (None,), asked.limit_sources or (None,)):
        yield _Leaving(
            profile_id=profile_id,
            evse_id=evse_column(asked.where) if asked.where is not None else None,
            purpose=asked.purpose.value if asked.purpose is not None else None,
            stack_level=asked.stack_level,
            limit_source=source,
            unless_in=step.request_id,
            before=step.since,
        )
