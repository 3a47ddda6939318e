"""The bodies of `POST /api/v1/stations/{id}/commands`, by functional block."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union

from fastapi import Body

from voltaro.api.command_bodies import (
    certificates,
    costs,
    customer_information,
    display_messages,
    local_list,
    maintenance,
    monitoring,
    network_profiles,
    remote_control,
    reports,
    reservations,
    smart_charging,
    station,
    transactions,
    variables,
)
from voltaro.api.command_bodies.order import AnyBody, Order
from voltaro.api.deps import ApiDeps
from voltaro.domain.values import changed

_ALL: tuple[AnyBody, ...] = (
    *remote_control.BODIES,
    *station.BODIES,
    *certificates.BODIES,
    *customer_information.BODIES,
    *maintenance.BODIES,
    *monitoring.BODIES,
    *smart_charging.BODIES,
    *local_list.BODIES,
    *reservations.BODIES,
    *variables.BODIES,
    *transactions.BODIES,
    *costs.BODIES,
    *reports.BODIES,
    *network_profiles.BODIES,
    *display_messages.BODIES,
)
_BY_MODEL: Mapping[type[Any], AnyBody] = {each.model: each for each in _ALL}

if TYPE_CHECKING:
    AnyCommandBody = Any
else:
    #: Any of them, told apart by its `command`.
    AnyCommandBody = Annotated[
        Union[tuple(each.model for each in _ALL)],  # noqa: UP007  of as many as there are
        Body(discriminator="command"),
    ]


async def build(deps: ApiDeps, station_id: str, body: Any) -> Order:
    """The command that a body asks for, and how it may be shown."""
    order: Order = await _BY_MODEL[type(body)].build(deps, station_id, body)
    if order.shown is not None:
        return order
    shown = body.model_dump(mode="json", exclude_none=True, exclude={"command"})
    return changed(order, shown=shown)
