"""Monitors of a station's variables (OCPP 2.x)."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, StringConstraints, model_validator

from voltaro.api import models
from voltaro.api.command_bodies.order import CommandBody, ConnectorId, EvseId, Order
from voltaro.api.command_bodies.reports import ComponentSelection, selection_of
from voltaro.api.deps import ApiDeps
from voltaro.api.parameters import storable
from voltaro.domain.monitoring import (
    ClearVariableMonitoring,
    GetMonitoringReport,
    MonitoringBase,
    MonitoringCriterion,
    MonitorKind,
    MonitorSetting,
    SetMonitoringBase,
    SetMonitoringLevel,
    SetVariableMonitoring,
)
from voltaro.domain.variables import Variable
from voltaro.services.errors import Invalid
from voltaro.services.request_ids import new_request_id
from voltaro.services.variables import portion_of

#: Where a station tells how much of a list of monitors it takes.
_COMPONENT = "MonitoringCtrlr"

_Severity = Annotated[
    int, Field(strict=True, ge=0, le=9, description="0 is danger, 9 is of use to developers.")
]
_MonitorId = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1, examples=[17])]
_Word = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=50),
    AfterValidator(storable),
]
_Value = Annotated[models.Number, Field(gt=-(10**9), lt=10**9, max_digits=15)]


class SetMonitoringBaseBody(models.Body):
    """Which of its own monitors the station uses; with the last two, what was set is gone."""

    command: Literal["set_monitoring_base"]
    base: MonitoringBase


async def _base(_deps: ApiDeps, _station_id: str, body: SetMonitoringBaseBody) -> Order:
    return Order(SetMonitoringBase(base=body.base))


class SetMonitoringLevelBody(models.Body):
    """Have only events told of this severity and below."""

    command: Literal["set_monitoring_level"]
    severity: _Severity


async def _level(_deps: ApiDeps, _station_id: str, body: SetMonitoringLevelBody) -> Order:
    return Order(SetMonitoringLevel(severity=body.severity))


class MonitorBody(models.Body):
    """A monitor as it shall be."""

    component: _Word = Field(examples=["EVSE"])
    component_instance: _Word | None = None
    evse_id: EvseId | None = None
    connector_id: ConnectorId | None = None
    name: _Word = Field(description="Of the variable.", examples=["AvailabilityState"])
    instance: _Word | None = None
    kind: MonitorKind = MonitorKind.DELTA
    value: _Value = Field(
        Decimal(1),
        description="The threshold, the change that counts, or seconds. 1 for a delta of what is"
        " no number.",
        examples=[1],
    )
    severity: _Severity = Field(8, examples=[8])
    in_transactions: StrictBool = Field(False, description="Active only during sessions.")
    monitor_id: _MonitorId | None = Field(None, description="Replaces the one with this number.")

    @model_validator(mode="after")
    def _place(self) -> Self:
        if self.connector_id is not None and self.evse_id is None:
            raise ValueError("a connector is one of an EVSE: give evse_id as well")
        return self


class SetVariableMonitoringBody(models.Body):
    """Have changes of variables told; the answer says what became of each monitor."""

    command: Literal["set_variable_monitoring"]
    monitors: list[MonitorBody] = Field(min_length=1, max_length=1000)


async def _set(deps: ApiDeps, station_id: str, body: SetVariableMonitoringBody) -> Order:
    portion = await portion_of(deps.engine, station_id, "SetVariableMonitoring", _COMPONENT)
    settings = tuple(_setting(each) for each in body.monitors)
    return Order(SetVariableMonitoring(settings=settings, portion=portion))


def _setting(body: MonitorBody) -> MonitorSetting:
    return MonitorSetting(
        variable=Variable(
            component=body.component,
            component_instance=body.component_instance,
            evse_id=body.evse_id,
            connector_id=body.connector_id,
            name=body.name,
            instance=body.instance,
        ),
        kind=body.kind,
        value=body.value,
        severity=body.severity,
        in_transactions=body.in_transactions,
        monitor_id=body.monitor_id,
    )


class ClearVariableMonitoringBody(models.Body):
    """Remove monitors; the answer says what became of each."""

    command: Literal["clear_variable_monitoring"]
    monitor_ids: list[_MonitorId] = Field(min_length=1, max_length=1000, examples=[[17, 18]])


async def _clear(deps: ApiDeps, station_id: str, body: ClearVariableMonitoringBody) -> Order:
    portion = await portion_of(deps.engine, station_id, "ClearVariableMonitoring", _COMPONENT)
    ids = tuple(dict.fromkeys(body.monitor_ids))
    return Order(ClearVariableMonitoring(monitor_ids=ids, portion=portion))


class GetMonitoringReportBody(models.Body):
    """Let the station tell its monitors; done when the last part of the report is here.

    What it tells is kept under `monitors`.
    """

    command: Literal["get_monitoring_report"]
    criteria: list[MonitoringCriterion] | None = Field(
        None, min_length=1, max_length=3, description="Monitors that fit any of them."
    )
    variables: list[ComponentSelection] | None = Field(
        None, min_length=1, max_length=1000, description="Monitors of any of them."
    )


async def _report(deps: ApiDeps, station_id: str, body: GetMonitoringReportBody) -> Order:
    selections = body.variables or []
    most = (await portion_of(deps.engine, station_id, "GetReport")).items
    if most is not None and len(selections) > most:  # N02.FR.07
        raise Invalid(f"the station takes at most {most} at once", "variables")
    return Order(
        GetMonitoringReport(
            request_id=new_request_id(),
            criteria=tuple(dict.fromkeys(body.criteria or ())),
            selections=tuple(selection_of(each) for each in selections),
        )
    )


BODIES = (
    CommandBody(SetMonitoringBaseBody, _base),
    CommandBody(SetMonitoringLevelBody, _level),
    CommandBody(SetVariableMonitoringBody, _set),
    CommandBody(ClearVariableMonitoringBody, _clear),
    CommandBody(GetMonitoringReportBody, _report),
)
