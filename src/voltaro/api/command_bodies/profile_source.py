"""Where the charging profile of a command comes from: a template by its name, or the body itself."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import StringConstraints

from voltaro.api.charging_profile_bodies import (
    ChargingProfileBody,
    profile_item,
    profile_problem,
    template_of,
)
from voltaro.api.deps import ApiDeps
from voltaro.domain.smart_charging import ChargingProfile, ProfileTemplate
from voltaro.services.charging_profiles import ProfileErrand, ProfileRefused
from voltaro.services.errors import Invalid
from voltaro.store.views.charging_profiles import find_template

_PROFILE, _TEMPLATE = "/profile", "/template"
#: The pointer of a fault of the profile as a whole, and the place of whatever else is in it.
_WHOLE = ""

TemplateName = Annotated[str, StringConstraints(min_length=1, max_length=100)]


async def template_for(
    deps: ApiDeps, name: str | None, body: ChargingProfileBody | None
) -> ProfileTemplate:
    """The template of that name, or the one that the body describes.

    Raises:
        Invalid: there is none of that name.
    """
    if body is not None:
        return template_of(body)
    assert name is not None
    row = await find_template(deps.engine, name) if "\0" not in name else None
    if row is None:
        raise Invalid("there is no such charging profile", "template")
    return row.template


async def prepared(
    deps: ApiDeps,
    station_id: str,
    template: ProfileTemplate,
    errand: ProfileErrand,
    pointers: Mapping[str, str],
) -> ChargingProfile:
    """The profile to send.

    `pointers` (see `body_pointers`) are the places in the body of what is wrong in the profile.

    Raises:
        Problem: 422 with everything that is wrong.
    """
    try:
        return await deps.charging_profiles.prepare(station_id, template, errand, at=deps.clock())
    except ProfileRefused as refused:
        raise profile_problem(refused, lambda pointer: _place(pointer, pointers)) from refused


def body_pointers(template: str | None) -> dict[str, str]:
    """Where a body has its profile, for `prepared`."""
    return {_WHOLE: _PROFILE if template is None else _TEMPLATE}


def shown_profile(profile: ChargingProfile) -> dict[str, Any]:
    """The profile as the arguments of a command show it."""
    return {"profile_id": profile.profile_id, "profile": profile_item(profile)}


def _place(pointer: str, pointers: Mapping[str, str]) -> str:
    if pointer in pointers:
        return pointers[pointer]
    whole = pointers[_WHOLE]
    return whole if whole == _TEMPLATE else f"{whole}{pointer}"
