"""GetBaseReport and GetReport, and the NotifyReport that they bring (B07, B08)."""

from collections.abc import Iterator
from typing import Final

from voltaro.domain.decision import Change
from voltaro.domain.follow_up import Expectation, Followed
from voltaro.domain.quantities import plausible
from voltaro.domain.reports import (
    REPORT_PART,
    Criterion,
    GetBaseReport,
    GetReport,
    InventoryAnswered,
    Report,
    ReportBase,
    ReportPart,
    ReportSaved,
    Selection,
)
from voltaro.domain.variables import Characteristics, Mutability, Portion, Reading, is_credential
from voltaro.protocol.commands import CallRoute, CommandRoute, Target, Unspeakable, single
from voltaro.protocol.portions import portions
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.v2.device_model import component_at, is_keepable, read_variable
from voltaro.protocol.wire import v21 as wire
from voltaro.protocol.words import reader

_NOTIFY: Final = "NotifyReport"
#: From the answer to the last part. Some stations tell a thousand variables over a slow modem.
_WITHIN_S: Final = 600
_MISSED: Final = "the report did not come, or not the whole of it"
_BASES: Final[dict[ReportBase, wire.ReportBaseEnumType]] = {
    ReportBase.CONFIGURATION: "ConfigurationInventory",
    ReportBase.FULL: "FullInventory",
    ReportBase.SUMMARY: "SummaryInventory",
}
_CRITERIA: Final[dict[Criterion, wire.ComponentCriterionEnumType]] = {
    Criterion.ACTIVE: "Active",
    Criterion.AVAILABLE: "Available",
    Criterion.ENABLED: "Enabled",
    Criterion.PROBLEM: "Problem",
}
_mutability = reader(Mutability)

# -- what a station tells


def _read(req: wire.NotifyReportRequest, origin: Origin) -> ReportPart:
    return ReportPart(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        request_id=req.request_id,
        number=req.seq_no,
        is_last=not req.tbc,
        readings=tuple(
            reading
            for each in req.report_data or ()
            for reading in _readings(each)
            if is_keepable(reading.variable)
        ),
    )


def _readings(told: wire.ReportDataType) -> Iterator[Reading]:
    limits = _characteristics(told.variable_characteristics)
    for attribute in told.variable_attribute:
        variable = read_variable(told.component, told.variable, attribute.type)
        # What is left out has these defaults (VariableAttributeType).
        mutability = _mutability(attribute.mutability or "ReadWrite")
        hidden = mutability is Mutability.WRITE_ONLY or is_credential(variable.name)
        yield Reading(
            variable=variable,
            key=variable.text,
            value=None if hidden else attribute.value,
            mutability=Mutability.WRITE_ONLY if hidden else mutability,
            persistent=bool(attribute.persistent),
            constant=bool(attribute.constant),
            characteristics=limits,
        )


def _characteristics(told: wire.VariableCharacteristicsType | None) -> Characteristics | None:
    if told is None:
        return None
    return Characteristics(
        data_type=told.data_type,
        unit=told.unit,
        min_limit=plausible(told.min_limit),
        max_limit=plausible(told.max_limit),
        max_elements=told.max_elements,
        values_list=told.values_list,
        supports_monitoring=told.supports_monitoring,
    )


def _write(_reply: None) -> wire.NotifyReportResponse:
    return wire.NotifyReportResponse()


ROUTES = (Route(_NOTIFY, wire.NotifyReportRequest, _read, REPORT_PART, _write),)

# -- what it is asked


def _awaits(req: wire.GetBaseReportRequest | wire.GetReportRequest) -> Expectation:
    return Expectation(
        follows=Followed.REPORT,
        within_s=_WITHIN_S,
        missed=_MISSED,
        request_id=req.request_id,
    )


def _begins(
    req: wire.GetBaseReportRequest | wire.GetReportRequest, target: Target
) -> tuple[Change, ...]:
    report = Report(request_id=req.request_id, covers_all=_is_full(req), begun_at=target.at)
    return (ReportSaved(target.station_id, report),)


def _is_full(req: wire.GetBaseReportRequest | wire.GetReportRequest) -> bool:
    return isinstance(req, wire.GetBaseReportRequest) and req.report_base == "FullInventory"


def _answered(
    req: wire.GetBaseReportRequest, res: wire.GetBaseReportResponse | None, target: Target
) -> tuple[Change, ...]:
    """Rejected means that it cannot just now (B07.FR.13): that is no answer for ever."""
    if not _is_full(req) or (res is not None and res.status == "Rejected"):
        return ()
    return (InventoryAnswered(target.station_id),)


def _base(command: GetBaseReport) -> wire.GetBaseReportRequest:
    return wire.GetBaseReportRequest(
        request_id=command.request_id, report_base=_BASES[command.base]
    )


def _custom(command: GetReport) -> wire.GetReportRequest:
    selections = [write_selection(each) for each in command.selections]
    # One report has one request: what is too long for that is for somebody to divide (B08.FR.18).
    if len(portions(selections, Portion(bytes=command.most_bytes))) > 1:
        why = f"the station takes at most {command.most_bytes} bytes at once: name fewer of them"
        raise Unspeakable(why, "variables")
    return wire.GetReportRequest(
        request_id=command.request_id,
        component_criteria=[_CRITERIA[each] for each in command.criteria] or None,
        component_variable=selections or None,
    )


def write_selection(selection: Selection) -> wire.ComponentVariableType:
    """A component, or a variable of it, as reports are narrowed by."""
    variable = None
    if selection.name is not None:
        variable = wire.VariableType(name=selection.name, instance=selection.instance)
    return wire.ComponentVariableType(
        component=component_at(
            selection.component,
            selection.component_instance,
            selection.evse_id,
            selection.connector_id,
        ),
        variable=variable,
    )


CALLS = (
    CallRoute(
        request=wire.GetBaseReportRequest,
        response=wire.GetBaseReportResponse,
        awaits=_awaits,
        before=_begins,
        after=_answered,
        elicits=lambda _req: _NOTIFY,
    ),
    CallRoute(
        request=wire.GetReportRequest,
        response=wire.GetReportResponse,
        awaits=_awaits,
        before=_begins,
        elicits=lambda _req: _NOTIFY,
    ),
)
COMMANDS = (
    CommandRoute(GetBaseReport, single(_base)),
    CommandRoute(GetReport, single(_custom)),
)
