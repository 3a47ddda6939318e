"""The mirror: which charging profiles each station holds."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import TypeAlias, assert_never

from voltaro.domain.charging_mirror import (
    ClearCriteria,
    MirrorChanged,
    MirrorStep,
    ProfileInstalled,
    ProfilesCleared,
    TransactionProfilesEnded,
    surviving,
)
from voltaro.domain.ids import Scope
from voltaro.domain.smart_charging import Purpose, Where
from voltaro.store.sql import Connection
from voltaro.store.views.charging_profiles import STATION_EVSE_ID, encode

#: profile_id, evse_id, purpose, stack_level, station_ref (None fits all), and whether external
#: profiles go as well
_Leaving: TypeAlias = tuple[int | None, int | None, str | None, int | None, str | None, bool]


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
    await _delete(
        connection,
        [(sid, *each) for sid, some in steps.items() for step in some for each in _leaving(step)],
    )
    await _insert(
        connection, [(sid, each) for sid, some in steps.items() for each in surviving(some)]
    )
    return ()


async def _delete(connection: Connection, leaving: Sequence[tuple[str, *_Leaving]]) -> None:
    await connection.execute(
        """
        DELETE FROM installed_profiles AS p
        USING unnest($1::text[], $2::bigint[], $3::int[], $4::text[], $5::int[], $6::text[],
                     $7::bool[])
            AS u (station_id, profile_id, evse_id, purpose, stack_level, station_ref, external_too)
        WHERE p.station_id = u.station_id
            AND (u.profile_id IS NULL OR p.profile_id = u.profile_id)
            AND (u.evse_id IS NULL OR p.evse_id = u.evse_id)
            AND (u.purpose IS NULL OR p.purpose = u.purpose)
            AND (u.stack_level IS NULL OR p.stack_level = u.stack_level)
            AND (u.station_ref IS NULL OR p.station_ref = u.station_ref)
            AND (u.external_too OR p.purpose <> 'external')
        """,
        *map(list, zip(*leaving, strict=True)),
    )


async def _insert(connection: Connection, held: Sequence[tuple[str, ProfileInstalled]]) -> None:
    if not held:
        return
    # A station that is deleted in this moment holds nothing any more; that is no error.
    profiles = [each.profile for _, each in held]
    await connection.execute(
        """
        INSERT INTO installed_profiles
            (station_id, evse_id, purpose, stack_level, profile_id, profile, station_ref,
             installed_at, source)
        SELECT u.station_id, u.evse_id, u.purpose, u.stack_level, u.profile_id, u.profile::jsonb,
               u.station_ref, u.installed_at, u.source
        FROM unnest($1::text[], $2::int[], $3::text[], $4::int[], $5::bigint[], $6::text[],
                    $7::text[], $8::timestamptz[], $9::text[])
            AS u (station_id, evse_id, purpose, stack_level, profile_id, profile, station_ref,
                  installed_at, source)
        JOIN stations USING (station_id)
        """,
        [station_id for station_id, _ in held],
        [_evse_id(each.where) for _, each in held],
        [profile.purpose.value for profile in profiles],
        [profile.stack_level for profile in profiles],
        [profile.profile_id for profile in profiles],
        [encode(profile) for profile in profiles],
        [profile.station_ref for profile in profiles],
        [each.at for _, each in held],
        [each.source for _, each in held],
    )


def _leaving(step: MirrorStep) -> Iterator[_Leaving]:
    """What a step removes of what is there; see `voltaro.domain.charging_mirror` for its rules."""
    match step:
        case ProfileInstalled():
            profile = step.profile
            slot = (_evse_id(step.where), profile.purpose.value, profile.stack_level)
            yield (profile.profile_id, None, None, None, None, True)
            yield (None, *slot, None, True)
        case ProfilesCleared():
            yield _cleared(step.criteria)
        case TransactionProfilesEnded():
            yield (None, None, None, None, step.station_ref, True)
        case _:
            assert_never(step)


def _cleared(criteria: ClearCriteria) -> _Leaving:
    external_too = criteria.purpose is Purpose.EXTERNAL
    if criteria.profile_id is not None:
        return (criteria.profile_id, None, None, None, None, external_too)
    evse_id = _evse_id(criteria.where) if criteria.where is not None else None
    purpose = criteria.purpose.value if criteria.purpose is not None else None
    return (None, evse_id, purpose, criteria.stack_level, None, external_too)


def _evse_id(where: Where) -> int:
    return STATION_EVSE_ID if where is Scope.STATION else where
