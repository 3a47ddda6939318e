"""Charging profiles at stations: set, clear, and what comes of them."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from voltaro.api import models
from voltaro.api.charging_profile_bodies import ChargingProfileBody, UnitWord
from voltaro.api.command_bodies.order import CommandBody, EvseId, Order
from voltaro.api.command_bodies.profile_source import (
    TemplateName,
    body_pointers,
    prepared,
    shown_profile,
    template_for,
)
from voltaro.api.deps import ApiDeps
from voltaro.api.parameters import storable
from voltaro.domain.charging_commands import (
    ClearChargingProfile,
    GetChargingProfiles,
    GetCompositeSchedule,
    SetChargingProfile,
)
from voltaro.domain.charging_mirror import ClearCriteria, ReportCriteria
from voltaro.domain.ids import Scope
from voltaro.domain.smart_charging import Purpose, RateUnit, Where
from voltaro.domain.values import changed
from voltaro.services.charging_profiles import ProfileErrand
from voltaro.services.errors import AlreadyEnded, Invalid
from voltaro.services.request_ids import new_request_id
from voltaro.store.views.transactions import find_transaction

_LARGEST = 2**31 - 1
_WEEK_S = 7 * 86_400

_ProfileId = Annotated[int, Field(strict=True, ge=1, le=_LARGEST, examples=[17])]
_ReportedId = Annotated[int, Field(strict=True, ge=-_LARGEST, le=_LARGEST, examples=[17])]
_Source = Annotated[str, StringConstraints(min_length=1, max_length=20), AfterValidator(storable)]
_StackLevel = Annotated[int, Field(strict=True, ge=0, le=_LARGEST, examples=[0])]


class SetChargingProfileBody(models.Body):
    """Install a charging profile: a template by its name, or one that is written out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"command": "set_charging_profile", "evse_id": 1, "template": "night"}]
        }
    )

    command: Literal["set_charging_profile"]
    evse_id: EvseId | None = Field(
        None, description="Absent: the whole station, or where the transaction is."
    )
    template: TemplateName | None = None
    profile: ChargingProfileBody | None = None
    profile_id: _ProfileId | None = Field(
        None, description="Absent: that of the profile in its place, or the smallest free one."
    )
    transaction_id: UUID | None = Field(
        None, description="The open transaction that a profile of purpose tx is for."
    )
    stack_level: _StackLevel | None = Field(
        None, description="Instead of that of the template or profile."
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.template is None) is (self.profile is None):
            raise ValueError("give either template or profile")
        return self


async def _set(deps: ApiDeps, station_id: str, body: SetChargingProfileBody) -> Order:
    template = await template_for(deps, body.template, body.profile)
    pointers = body_pointers(body.template) | {"/station_ref": "/transaction_id"}
    if body.stack_level is not None:
        template = changed(template, stack_level=body.stack_level)
        pointers |= {"/stack_level": "/stack_level"}
    where, station_ref = await _target(deps, station_id, body)
    errand = ProfileErrand(where=where, station_ref=station_ref, profile_id=body.profile_id)
    profile = await prepared(deps, station_id, template, errand, pointers)
    shown = body.model_dump(mode="json", exclude_none=True, exclude={"command", "profile"})
    displaced = await deps.charging_profiles.in_the_way(station_id, where, profile)
    command = SetChargingProfile(where=where, profile=profile, displaced=displaced)
    return Order(command, shown | shown_profile(profile))


async def _target(
    deps: ApiDeps, station_id: str, body: SetChargingProfileBody
) -> tuple[Where, str | None]:
    """Where the profile goes, and the id on the wire of its transaction."""
    asked: Where = Scope.STATION if body.evse_id is None else body.evse_id
    if body.transaction_id is None:
        return asked, None
    row = await find_transaction(deps.engine, body.transaction_id)
    if row is None or row["station_id"] != station_id:
        raise Invalid(f"{station_id} has no such transaction", "transaction_id")
    if row["ended_at"] is not None:
        raise AlreadyEnded(f"it ended at {row['ended_at'].isoformat(timespec='seconds')}")
    charges_at = row["evse_id"]
    if body.evse_id is not None and charges_at not in {None, body.evse_id}:
        raise Invalid(f"the transaction is at EVSE {charges_at}", "evse_id")
    return charges_at or asked, row["station_ref"]


class ClearChargingProfileBody(models.Body):
    """Remove a charging profile by its id, or all that fit; without any criterion, all there are."""

    command: Literal["clear_charging_profile"]
    profile_id: _ProfileId | None = None
    evse_id: EvseId | None = Field(None, description="Those of this EVSE.")
    whole_station: Literal[True] | None = Field(
        None, description="Those of the whole station, as opposed to its EVSEs."
    )
    purpose: Literal["station_max", "tx_default", "tx", "priority", "local_generation"] | None = (
        None
    )
    stack_level: _StackLevel | None = None

    @model_validator(mode="after")
    def _that_do_not_exclude_each_other(self) -> Self:
        criteria = {self.evse_id, self.whole_station, self.purpose, self.stack_level} - {None}
        if self.profile_id is not None and criteria:
            raise ValueError("a profile_id says it all: give no other criterion")
        if self.evse_id is not None and self.whole_station is not None:
            raise ValueError("give either evse_id or whole_station")
        return self


async def _clear(_deps: ApiDeps, _station_id: str, body: ClearChargingProfileBody) -> Order:
    criteria = ClearCriteria(
        profile_id=body.profile_id,
        where=Scope.STATION if body.whole_station else body.evse_id,
        purpose=Purpose(body.purpose) if body.purpose is not None else None,
        stack_level=body.stack_level,
    )
    return Order(ClearChargingProfile(criteria=criteria))


class GetChargingProfilesBody(models.Body):
    """Ask a station of OCPP 2.x which charging profiles it holds; what is kept here follows it.

    The report comes afterwards, in parts: the command is done with the last one.
    """

    command: Literal["get_charging_profiles"]
    profile_ids: list[_ReportedId] = Field([], max_length=100, description="Empty: all.")
    evse_id: EvseId | None = Field(None, description="Those of this EVSE.")
    whole_station: Literal[True] | None = Field(
        None, description="Those of the whole station, as opposed to its EVSEs."
    )
    purpose: (
        Literal["station_max", "tx_default", "tx", "external", "priority", "local_generation"]
        | None
    ) = None
    stack_level: _StackLevel | None = None
    limit_sources: list[_Source] = Field(
        [], max_length=4, description="Whose limits, in words of OCPP 2.x. Empty: everybody's."
    )

    @model_validator(mode="after")
    def _that_do_not_exclude_each_other(self) -> Self:
        others = (self.purpose, self.stack_level, self.limit_sources or None)
        if self.profile_ids and any(each is not None for each in others):
            raise ValueError("profile_ids say it all: give no other criterion but the place")
        if self.evse_id is not None and self.whole_station is not None:
            raise ValueError("give either evse_id or whole_station")
        return self


async def _profiles(_deps: ApiDeps, _station_id: str, body: GetChargingProfilesBody) -> Order:
    criteria = ReportCriteria(
        where=Scope.STATION if body.whole_station else body.evse_id,
        profile_ids=tuple(body.profile_ids),
        purpose=Purpose(body.purpose) if body.purpose is not None else None,
        stack_level=body.stack_level,
        limit_sources=tuple(body.limit_sources),
    )
    return Order(GetChargingProfiles(request_id=new_request_id(), criteria=criteria))


class GetCompositeScheduleBody(models.Body):
    """Ask what all charging profiles together allow, and compare it with our own calculation.

    The result has `station`, `own` and `differs_at_s`, the first second at which they differ; null
    is nowhere. Where nothing that we know limits, nothing is compared.
    """

    command: Literal["get_composite_schedule"]
    evse_id: EvseId | None = Field(None, description="Absent: the whole station.")
    duration_s: Annotated[int, Field(strict=True, ge=1, le=_WEEK_S, examples=[86400])]
    unit: UnitWord | None = Field(None, description="Absent: the station chooses.")


async def _composite(_deps: ApiDeps, _station_id: str, body: GetCompositeScheduleBody) -> Order:
    return Order(
        GetCompositeSchedule(
            where=Scope.STATION if body.evse_id is None else body.evse_id,
            duration_s=body.duration_s,
            unit=RateUnit(body.unit.lower()) if body.unit is not None else None,
        )
    )


BODIES = (
    CommandBody(SetChargingProfileBody, _set),
    CommandBody(ClearChargingProfileBody, _clear),
    CommandBody(GetChargingProfilesBody, _profiles),
    CommandBody(GetCompositeScheduleBody, _composite),
)
