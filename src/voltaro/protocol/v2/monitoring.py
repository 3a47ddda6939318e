"""Monitors of variables: set, cleared, told (N02-N06)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from voltaro.domain.command import CommandState
from voltaro.domain.decision import Change
from voltaro.domain.follow_up import Expectation, Followed
from voltaro.domain.monitoring import (
    MONITORS_PART,
    ClearVariableMonitoring,
    CustomGone,
    GetMonitoringReport,
    Monitor,
    MonitoringBase,
    MonitoringCriterion,
    MonitorKind,
    MonitorsChanged,
    MonitorsCleared,
    MonitorSetting,
    MonitorsPart,
    MonitorsTold,
    OthersGone,
    SetMonitoringBase,
    SetMonitoringLevel,
    SetVariableMonitoring,
)
from voltaro.domain.monitoring_events import EventOrigin
from voltaro.domain.quantities import plausible
from voltaro.domain.reports import Report, ReportSaved
from voltaro.protocol.commands import (
    CallRoute,
    CommandRoute,
    Conclusion,
    Conversation,
    Target,
    Unanswered,
    ask,
    single,
)
from voltaro.protocol.portions import portions
from voltaro.protocol.routes import Origin, Route
from voltaro.protocol.v2.device_model import read_variable, write_component, write_variable
from voltaro.protocol.v2.reports import write_selection
from voltaro.protocol.wire import v21 as wire
from voltaro.protocol.words import reader

_NOTIFY: Final = "NotifyMonitoringReport"
#: From the answer to the last part.
_WITHIN_S: Final = 600
_EMPTY: Final = "EmptyResultSet"
_BASES: Final[dict[MonitoringBase, wire.MonitoringBaseEnumType]] = {
    MonitoringBase.ALL: "All",
    MonitoringBase.FACTORY_DEFAULT: "FactoryDefault",
    MonitoringBase.HARD_WIRED_ONLY: "HardWiredOnly",
}
_CRITERIA: Final[dict[MonitoringCriterion, wire.MonitoringCriterionEnumType]] = {
    MonitoringCriterion.THRESHOLD: "ThresholdMonitoring",
    MonitoringCriterion.DELTA: "DeltaMonitoring",
    MonitoringCriterion.PERIODIC: "PeriodicMonitoring",
}
_KINDS: Final[dict[MonitorKind, wire.MonitorEnumType]] = {
    MonitorKind.UPPER_THRESHOLD: "UpperThreshold",
    MonitorKind.LOWER_THRESHOLD: "LowerThreshold",
    MonitorKind.DELTA: "Delta",
    MonitorKind.PERIODIC: "Periodic",
    MonitorKind.PERIODIC_CLOCK_ALIGNED: "PeriodicClockAligned",
    MonitorKind.TARGET_DELTA: "TargetDelta",
    MonitorKind.TARGET_DELTA_RELATIVE: "TargetDeltaRelative",
}
_kind = reader(MonitorKind)
_origin = reader(EventOrigin)

# -- what a station tells


def _read(req: wire.NotifyMonitoringReportRequest, origin: Origin) -> MonitorsPart:
    return MonitorsPart(
        station_id=origin.station_id,
        at=origin.received_at,
        received_at=origin.received_at,
        request_id=req.request_id,
        number=req.seq_no,
        is_last=not req.tbc,
        monitors=tuple(monitor for each in req.monitor or () for monitor in _monitors(each)),
    )


def _monitors(told: wire.MonitoringDataType) -> Iterator[Monitor]:
    variable = read_variable(told.component, told.variable)
    for each in told.variable_monitoring:
        yield Monitor(
            monitor_id=each.id,
            variable=variable,
            kind=_kind(each.type),
            value=plausible(each.value),
            severity=each.severity,
            in_transactions=each.transaction,
            origin=_origin(each.event_notification_type or ""),
        )


def _write(_reply: None) -> wire.NotifyMonitoringReportResponse:
    return wire.NotifyMonitoringReportResponse()


ROUTES = (Route(_NOTIFY, wire.NotifyMonitoringReportRequest, _read, MONITORS_PART, _write),)

# -- what an exchange tells of the station


def _based(
    req: wire.SetMonitoringBaseRequest,
    res: wire.SetMonitoringBaseResponse | None,
    target: Target,
) -> tuple[Change, ...]:
    taken = res is not None and res.status == "Accepted"
    if not taken or req.monitoring_base == "All":
        return ()
    return (MonitorsChanged(target.station_id, CustomGone()),)


def _set(
    req: wire.SetVariableMonitoringRequest,
    res: wire.SetVariableMonitoringResponse | None,
    target: Target,
) -> tuple[Change, ...]:
    if res is None:
        return ()
    results = _matched(req.set_monitoring_data, res.set_monitoring_result)
    monitors = tuple(
        Monitor(
            monitor_id=number,
            variable=read_variable(result.component, result.variable),
            kind=_kind(asked.type),
            value=plausible(asked.value),
            severity=asked.severity,
            in_transactions=bool(asked.transaction),
            origin=EventOrigin.CUSTOM_MONITOR,
        )
        for asked, result in zip(req.set_monitoring_data, results, strict=True)
        if result is not None and result.status == "Accepted"
        for number in (_number(asked, result),)
        if number is not None
    )
    told = MonitorsTold(monitors=monitors, at=target.at)
    return (MonitorsChanged(target.station_id, told),) if monitors else ()


def _number(
    asked: wire.SetMonitoringDataType, result: wire.SetMonitoringResultType | None
) -> int | None:
    """The number of a monitor: the station gives it, unless we named one to replace."""
    return asked.id if result is None or result.id is None else result.id


def _cleared(
    _req: wire.ClearVariableMonitoringRequest,
    res: wire.ClearVariableMonitoringResponse | None,
    target: Target,
) -> tuple[Change, ...]:
    results = res.clear_monitoring_result if res is not None else ()
    gone = tuple(each.id for each in results if each.status in {"Accepted", "NotFound"})
    return (MonitorsChanged(target.station_id, MonitorsCleared(monitor_ids=gone)),) if gone else ()


def _report_begins(req: wire.GetMonitoringReportRequest, target: Target) -> tuple[Change, ...]:
    report = Report(request_id=req.request_id, covers_all=_is_full(req), begun_at=target.at)
    return (ReportSaved(target.station_id, report),)


def _report_answered(
    req: wire.GetMonitoringReportRequest,
    res: wire.GetMonitoringReportResponse | None,
    target: Target,
) -> tuple[Change, ...]:
    if res is None or res.status != _EMPTY or not _is_full(req):
        return ()
    return (MonitorsChanged(target.station_id, OthersGone(since=target.at)),)


def _is_full(req: wire.GetMonitoringReportRequest) -> bool:
    return not (req.monitoring_criteria or req.component_variable)


def _reports(req: wire.GetMonitoringReportRequest) -> Expectation:
    return Expectation(
        follows=Followed.REPORT,
        within_s=_WITHIN_S,
        missed="the report did not come, or not the whole of it",
        request_id=req.request_id,
    )


def _key(each: wire.SetMonitoringDataType | wire.SetMonitoringResultType) -> tuple[Any, ...]:
    """A variable has one monitor of each kind and severity (N04.FR.10)."""
    return (read_variable(each.component, each.variable).identity, each.type, each.severity)


def _matched(
    asked: Sequence[wire.SetMonitoringDataType], results: Iterable[wire.SetMonitoringResultType]
) -> list[wire.SetMonitoringResultType | None]:
    """The result of each, wherever in the list it is; None where there is none."""
    by_key = {_key(each): each for each in results}
    return [by_key.get(_key(each)) for each in asked]


# -- commands


def _base(command: SetMonitoringBase) -> wire.SetMonitoringBaseRequest:
    return wire.SetMonitoringBaseRequest(monitoring_base=_BASES[command.base])


def _level(command: SetMonitoringLevel) -> wire.SetMonitoringLevelRequest:
    return wire.SetMonitoringLevelRequest(severity=command.severity)


def _converse_setting(command: SetVariableMonitoring) -> Conversation:
    """As many CALLs as the station's limits ask for (N04.FR.09)."""
    cut = portions([_data(each) for each in command.settings], command.portion, _key)
    told: list[dict[str, Any]] = []
    for number, portion in enumerate(cut):
        try:
            answer = yield ask(wire.SetVariableMonitoringRequest(set_monitoring_data=portion))
        except Unanswered:
            if number == 0:
                raise
            return _broken_off(told, len(command.settings))
        results = _matched(portion, answer.set_monitoring_result)
        told += [_shown(each, result) for each, result in zip(portion, results, strict=True)]
    return _summary(told)


def _data(setting: MonitorSetting) -> wire.SetMonitoringDataType:
    return wire.SetMonitoringDataType(
        id=setting.monitor_id,
        transaction=True if setting.in_transactions else None,
        value=setting.value,
        type=_KINDS[setting.kind],
        severity=setting.severity,
        component=write_component(setting.variable),
        variable=write_variable(setting.variable),
    )


def _shown(
    asked: wire.SetMonitoringDataType, result: wire.SetMonitoringResultType | None
) -> dict[str, Any]:
    kind = _kind(asked.type)
    return {
        "monitor_id": _number(asked, result),
        "variable": read_variable(asked.component, asked.variable).text,
        "kind": kind.value if kind else None,
        "severity": asked.severity,
        "answer": result.status if result else None,
    }


def _converse_clearing(command: ClearVariableMonitoring) -> Conversation:
    """As many CALLs as the station's limits ask for (N06.FR.04)."""
    told: list[dict[str, Any]] = []
    ids = command.monitor_ids
    at_a_time = _ids_at_a_time(command) or len(ids)
    for start in range(0, len(ids), at_a_time):
        portion = list(ids[start : start + at_a_time])
        try:
            answer = yield ask(wire.ClearVariableMonitoringRequest(id=portion))
        except Unanswered:
            if start == 0:
                raise
            return _broken_off(told, len(ids))
        words = {each.id: each.status for each in answer.clear_monitoring_result}
        told += [{"monitor_id": each, "answer": words.get(each)} for each in portion]
    return _summary(told)


#: In bytes: the longest number with its comma, and what stands around the list.
_ID_LENGTH: Final = 11
_AROUND: Final = 128


def _ids_at_a_time(command: ClearVariableMonitoring) -> int | None:
    length = command.portion.bytes
    by_length = None if length is None else max(1, (length - _AROUND) // _ID_LENGTH)
    limits = [each for each in (command.portion.items, by_length) if each is not None]
    return min(limits, default=None)


def _summary(told: Sequence[dict[str, Any]]) -> Conclusion:
    """Accepted when every monitor was; otherwise the first word that is another is the answer."""
    refused = [each for each in told if each["answer"] != "Accepted"]
    return Conclusion(
        state=CommandState.REJECTED if refused else CommandState.ACCEPTED,
        answer=refused[0]["answer"] if refused else "Accepted",
        result={"monitors": list(told)},
        detail="; ".join(_refusal(each) for each in refused) or None,
    )


def _refusal(told: dict[str, Any]) -> str:
    which = told.get("variable") or f"monitor {told['monitor_id']}"
    return f"{which}: {told['answer'] or 'no answer'}"


def _broken_off(told: Sequence[dict[str, Any]], asked: int) -> Conclusion:
    return Conclusion(
        result={"monitors": list(told)},
        detail=f"{len(told)} of {asked} monitors were answered before that",
    )


def _converse_report(command: GetMonitoringReport) -> Conversation:
    request = wire.GetMonitoringReportRequest(
        request_id=command.request_id,
        monitoring_criteria=[_CRITERIA[each] for each in command.criteria] or None,
        component_variable=[write_selection(each) for each in command.selections] or None,
    )
    answer: wire.GetMonitoringReportResponse = yield ask(request)
    if answer.status == _EMPTY:  # N02.FR.10: that is the report
        return Conclusion(state=CommandState.DONE, detail="the station has no such monitors")
    return None


def _worst_setting(res: wire.SetVariableMonitoringResponse) -> str | None:
    return _worst(each.status for each in res.set_monitoring_result)


def _worst_clearing(res: wire.ClearVariableMonitoringResponse) -> str | None:
    return _worst(each.status for each in res.clear_monitoring_result)


def _worst(words: Iterable[str]) -> str:
    return next((word for word in words if word != "Accepted"), "Accepted")


CALLS = (
    CallRoute(
        request=wire.SetMonitoringBaseRequest,
        response=wire.SetMonitoringBaseResponse,
        after=_based,
    ),
    CallRoute(request=wire.SetMonitoringLevelRequest, response=wire.SetMonitoringLevelResponse),
    CallRoute(
        request=wire.SetVariableMonitoringRequest,
        response=wire.SetVariableMonitoringResponse,
        word=_worst_setting,
        after=_set,
    ),
    CallRoute(
        request=wire.ClearVariableMonitoringRequest,
        response=wire.ClearVariableMonitoringResponse,
        word=_worst_clearing,
        after=_cleared,
    ),
    CallRoute(
        request=wire.GetMonitoringReportRequest,
        response=wire.GetMonitoringReportResponse,
        awaits=_reports,
        before=_report_begins,
        after=_report_answered,
        elicits=lambda _req: _NOTIFY,
    ),
)
COMMANDS = (
    CommandRoute(SetMonitoringBase, single(_base)),
    CommandRoute(SetMonitoringLevel, single(_level)),
    CommandRoute(SetVariableMonitoring, _converse_setting),
    CommandRoute(ClearVariableMonitoring, _converse_clearing),
    CommandRoute(GetMonitoringReport, _converse_report),
)
