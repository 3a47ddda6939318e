"""Ids for charging profiles: each place of a station keeps its own, no two share one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from voltaro.domain.smart_charging import InstalledProfile, Purpose, Where

#: A command that waits for its turn or its answer is over by then, and its profile in the mirror.
_UNDER_WAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Where a station keeps one profile. `where` None: at an EVSE that it has yet to choose."""

    where: Where | None
    purpose: Purpose
    stack_level: int


@dataclass(frozen=True, slots=True)
class _Given:
    slot: Slot
    profile_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """`wanted` is what somebody asked for; without that only those `above` a number are ours."""

    wanted: int | None = None
    above: int = 0


class ProfileIds:
    """Remembers what was given out until the mirror shows it, since ids replace each other."""

    def __init__(self) -> None:
        self._given: dict[str, list[_Given]] = {}

    def choose(
        self,
        station_id: str,
        slot: Slot,
        held: Collection[InstalledProfile],
        now: datetime,
        numbers: Numbers,
    ) -> int:
        """The one that is wanted, or that of what is in the slot, or the smallest that is free."""
        given = [each for each in self._given.get(station_id, ()) if now - each.at < _UNDER_WAY]
        free = _smallest_free(held, given, numbers.above)
        profile_id = numbers.wanted or _in_slot(slot, held, given) or free
        others = [each for each in given if each.profile_id != profile_id]
        self._given[station_id] = [*others, _Given(slot, profile_id, now)]
        return profile_id


def _in_slot(
    slot: Slot, held: Collection[InstalledProfile], given: Collection[_Given]
) -> int | None:
    if slot.where is None:  # two may be under way, for different EVSEs
        return None
    latest = [each.profile_id for each in given if each.slot == slot][-1:]
    there = [each.profile.profile_id for each in held if _slot_of(each) == slot]
    return next(iter((*latest, *there)), None)


def _slot_of(held: InstalledProfile) -> Slot:
    profile = held.profile
    return Slot(where=held.where, purpose=profile.purpose, stack_level=profile.stack_level)


def _smallest_free(
    held: Collection[InstalledProfile], given: Collection[_Given], above: int
) -> int:
    taken = {each.profile.profile_id for each in held} | {each.profile_id for each in given}
    return next(number for number in count(above + 1) if number not in taken)
