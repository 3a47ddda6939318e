"""Charging profiles: the templates that operators keep, what stations take, what that allows."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog

from voltaro.domain.audit import AuditRecorded, Author
from voltaro.domain.charging_commands import GetCompositeSchedule
from voltaro.domain.charging_mirror import in_the_way
from voltaro.domain.command import CommandState, Outcome
from voltaro.domain.composite_schedule import CompositeSchedule, Situation, composite
from voltaro.domain.ids import Scope
from voltaro.domain.profile_faults import ProfileFault, check_profile, check_template
from voltaro.domain.schedule_comparison import differs_at, schedule_of, shown_schedule
from voltaro.domain.smart_charging import (
    ChargingProfile,
    InstalledProfile,
    ProfileTemplate,
    RateUnit,
    Where,
    resolve,
)
from voltaro.domain.values import changed
from voltaro.services.errors import Invalid, NotFound
from voltaro.services.profile_ids import Numbers, ProfileIds, Slot
from voltaro.services.profile_limits import profile_limits
from voltaro.services.revisions import IfMatch
from voltaro.services.turns import Turns
from voltaro.store.charging_profiles import delete_template, insert_template, update_template
from voltaro.store.reach import DatabaseAway, Engine
from voltaro.store.views.charging_profiles import (
    TemplateRow,
    find_open_transaction,
    find_template,
    list_installed,
)

log = structlog.get_logger()

_LONGEST_NAME = 100
_ATTEMPTS = 8


class ProfileRefused(Exception):
    """A profile or a template with faults; nothing has changed, nothing was sent."""

    def __init__(self, faults: Sequence[ProfileFault]) -> None:
        super().__init__("; ".join(fault.detail for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePut:
    row: TemplateRow
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileErrand:
    """Where a profile is to go. `where` None: to the EVSE that a station chooses for a remote start.

    `profile_id` None: one is chosen.
    """

    where: Where | None
    station_ref: str | None = None
    profile_id: int | None = None
    remote_start: bool = False


def check_name(name: str) -> None:
    """Whether a template can be called so.

    Raises:
        Invalid: it cannot.
    """
    if name != name.strip():
        raise Invalid("a name has no spaces around it")
    if not name:
        raise Invalid("a name cannot be empty")
    if len(name) > _LONGEST_NAME:
        raise Invalid(f"a name has at most {_LONGEST_NAME} characters, not {len(name)}")
    if not name.isprintable():
        raise Invalid("a name has no control characters")


class ChargingProfiles:
    """Writes about one template take turns."""

    def __init__(self, *, engine: Engine) -> None:
        self._engine = engine
        self._turns = Turns()
        self._ids = ProfileIds()

    async def put(
        self, name: str, template: ProfileTemplate, if_match: IfMatch | None = None, *, by: Author
    ) -> TemplatePut:
        """Create or replace a template; what stations hold already stays as it is.

        Raises:
            Invalid: it cannot have this name.
            ProfileRefused: no station could be set a profile made of it.
            RevisionChanged: `if_match` names another revision.
            DatabaseAway: it may or may not have been changed.
        """
        check_name(name)
        if faults := check_template(template):
            raise ProfileRefused(faults)
        async with self._turns.take(name):
            for _ in range(_ATTEMPTS):
                known = await find_template(self._engine, name)
                if if_match is not None:
                    if_match.check(known.revision if known else None)
                audit = _audit(by, name, known.template if known else None, template)
                if known is None:
                    row = await insert_template(self._engine, name, template, audit)
                else:
                    row = await update_template(self._engine, name, template, known.revision, audit)
                if row is not None:
                    log.info(
                        "charging profile changed" if known else "charging profile created",
                        name=name,
                    )
                    return TemplatePut(row=row, created=known is None)
        raise DatabaseAway

    async def delete(self, name: str, if_match: IfMatch | None = None, *, by: Author) -> None:
        """Forget a template; what stations hold stays.

        Raises:
            NotFound, RevisionChanged, DatabaseAway: as above.
        """
        async with self._turns.take(name):
            for _ in range(_ATTEMPTS):
                known = await find_template(self._engine, name)
                if if_match is not None:
                    if_match.check(known.revision if known else None)
                if known is None:
                    raise NotFound("there is no such charging profile")
                audit = _audit(by, name, known.template, None)
                if await delete_template(self._engine, name, known.revision, audit):
                    log.info("charging profile deleted", name=name)
                    return
        raise DatabaseAway

    async def prepare(
        self, station_id: str, template: ProfileTemplate, errand: ProfileErrand, *, at: datetime
    ) -> ChargingProfile:
        """The profile to send to a station at `at`, with an id of its own.

        Raises:
            ProfileRefused: the station could not take it, as far as we know the station.
            DatabaseAway: it cannot be told now.
        """
        held = await self._held(station_id)
        limits = await profile_limits(self._engine, station_id)
        slot = Slot(where=errand.where, purpose=template.purpose, stack_level=template.stack_level)
        profile = resolve(
            template,
            profile_id=self._ids.choose(
                station_id,
                slot,
                held,
                at,
                Numbers(wanted=errand.profile_id, above=limits.external_ids),
            ),
            at=at,
            station_ref=errand.station_ref,
        )
        where = None if errand.remote_start else errand.where
        if faults := check_profile(profile, where, limits, held):
            raise ProfileRefused(faults)
        return profile

    async def in_the_way(
        self, station_id: str, where: Where, profile: ChargingProfile
    ) -> tuple[int, ...]:
        """The ids of what a station holds in the place of a profile (K01.FR.06).

        Raises:
            DatabaseAway: it cannot be told now.
        """
        return in_the_way(await self._held(station_id), profile, where)

    async def compare(
        self, station_id: str, command: GetCompositeSchedule, outcome: Outcome
    ) -> Outcome:
        """The outcome with our own schedule for the same time, and where the station's differs."""
        shown = (outcome.result or {}).get("station")
        if outcome.state is not CommandState.ACCEPTED or shown is None:
            return outcome
        told = schedule_of(shown)
        try:
            own = await self.composite(
                station_id,
                where=command.where,
                at=told.start_at,
                duration_s=command.duration_s,
                unit=told.rate_unit,
            )
        except DatabaseAway:
            return changed(outcome, detail="our own schedule could not be calculated")
        compared = {"own": shown_schedule(own), "differs_at_s": differs_at(own, told)}
        return changed(outcome, result={**(outcome.result or {}), **compared})

    async def composite(
        self, station_id: str, *, where: Where, at: datetime, duration_s: int, unit: RateUnit
    ) -> CompositeSchedule:
        """What the profiles that a station holds allow, with the transaction under way there.

        Raises:
            DatabaseAway: it cannot be told now.
        """
        held = await self._held(station_id)
        situation = Situation()
        if where is not Scope.STATION:
            transaction = await find_open_transaction(self._engine, station_id, where)
            if transaction is not None:
                situation = Situation(
                    station_ref=transaction.station_ref, started_at=transaction.started_at
                )
        # A station full of long schedules takes most of a second, in which others must be served.
        return await asyncio.to_thread(
            composite,
            held,
            where=where,
            at=at,
            duration_s=duration_s,
            unit=unit,
            situation=situation,
        )

    async def _held(self, station_id: str) -> list[InstalledProfile]:
        rows = await list_installed(self._engine, station_id)
        return [InstalledProfile(where=each.where, profile=each.profile) for each in rows]


def _audit(
    by: Author, name: str, before: ProfileTemplate | None, after: ProfileTemplate | None
) -> AuditRecorded:
    verb = "created" if before is None else "deleted" if after is None else "changed"
    return AuditRecorded(
        author=by,
        action=f"charging_profile.{verb}",
        target_kind="charging_profile",
        target=name,
        before=_shown(before),
        after=_shown(after),
        at=datetime.now(UTC),
    )


def _shown(template: ProfileTemplate | None) -> dict[str, Any] | None:
    """As JSON can hold it; decimals are text."""
    return None if template is None else dict(msgspec.to_builtins(template))
