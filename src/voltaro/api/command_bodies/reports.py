"""Reports of a station's variables."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from voltaro.api import models
from voltaro.api.command_bodies.order import CommandBody, ConnectorId, EvseId, Order
from voltaro.api.deps import ApiDeps
from voltaro.api.parameters import storable
from voltaro.domain.reports import Criterion, GetBaseReport, GetReport, ReportBase, Selection
from voltaro.services.errors import Invalid
from voltaro.services.request_ids import new_request_id
from voltaro.services.variables import portion_of

_Word = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=50),
    AfterValidator(storable),
]


class GetBaseReportBody(models.Body):
    """Let the station tell its variables; done when the last part of the report is here.

    What it tells is kept under `variables`, where `request_id` finds it again.
    """

    command: Literal["get_base_report"]
    base: ReportBase = Field(
        ReportBase.FULL,
        description="full: all there is; configuration: what can be set; summary: what tells"
        " whether it can charge.",
    )


async def _base(_deps: ApiDeps, _station_id: str, body: GetBaseReportBody) -> Order:
    request_id = new_request_id()
    command = GetBaseReport(request_id=request_id, base=body.base)
    return Order(command, {"base": body.base.value, "request_id": request_id})


class ComponentSelection(models.Body):
    """A component, or a variable of it by its `name`; what is absent does not narrow it."""

    component: _Word = Field(examples=["EVSE"])
    component_instance: _Word | None = None
    evse_id: EvseId | None = None
    connector_id: ConnectorId | None = None
    name: _Word | None = Field(None, examples=["AvailabilityState"])
    instance: _Word | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.connector_id is not None and self.evse_id is None:
            raise ValueError("a connector is one of an EVSE: give evse_id as well")
        if self.instance is not None and self.name is None:
            raise ValueError("an instance is one of a variable: give its name as well")
        return self


def selection_of(body: ComponentSelection) -> Selection:
    """The same in words of the domain."""
    return Selection(
        component=body.component,
        component_instance=body.component_instance,
        evse_id=body.evse_id,
        connector_id=body.connector_id,
        name=body.name,
        instance=body.instance,
    )


class GetReportBody(models.Body):
    """Let the station tell some of its variables; done when the last part of the report is here.

    What it tells is kept under `variables`, where `request_id` finds it again.
    """

    command: Literal["get_report"]
    criteria: list[Criterion] | None = Field(
        None, min_length=1, max_length=4, description="Components that fit any of them."
    )
    variables: list[ComponentSelection] | None = Field(None, min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.criteria is None and self.variables is None:
            raise ValueError("give criteria, variables or both")
        return self


async def _custom(deps: ApiDeps, station_id: str, body: GetReportBody) -> Order:
    selections = body.variables or []
    portion = await portion_of(deps.engine, station_id, "GetReport")
    most = portion.items
    if most is not None and len(selections) > most:  # B08.FR.06
        raise Invalid(f"the station takes at most {most} at once", "variables")
    request_id = new_request_id()
    command = GetReport(
        request_id=request_id,
        criteria=tuple(dict.fromkeys(body.criteria or ())),
        selections=tuple(selection_of(each) for each in selections),
        most_bytes=portion.bytes,
    )
    shown = body.model_dump(mode="json", exclude_none=True, exclude={"command"})
    return Order(command, shown | {"request_id": request_id})


BODIES = (CommandBody(GetBaseReportBody, _base), CommandBody(GetReportBody, _custom))
