"""GetVariables and SetVariables (B05, B06), the way passwords change among them (A01)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from voltaro.domain.command import CommandState
from voltaro.domain.credentials import PasswordStep, PlainPasswordStep, RotatePassword
from voltaro.domain.decision import Change
from voltaro.domain.security_profile import ProfileChanged, ProfileStep
from voltaro.domain.variables import (
    GetVariables,
    Named,
    Reading,
    Setting,
    SetVariables,
    Variable,
    VariablesChanged,
    VariableSet,
    VariablesRead,
    VariablesUnknown,
    is_credential,
    is_password,
)
from voltaro.protocol.commands import (
    CallRoute,
    CommandRoute,
    Conclusion,
    Conversation,
    Target,
    Unanswered,
    Unspeakable,
    ask,
    single,
    verdict_of,
)
from voltaro.protocol.masking import MASK
from voltaro.protocol.portions import portions
from voltaro.protocol.rpc import clean
from voltaro.protocol.settings_told import SILENCE, Told, shown, summary
from voltaro.protocol.v2.device_model import (
    is_keepable,
    read_variable,
    write_attribute,
    write_component,
    write_variable,
)
from voltaro.protocol.wire import v21 as wire

_TAKEN: Final = frozenset({"Accepted", "RebootRequired"})
_UNKNOWN: Final = frozenset({"UnknownComponent", "UnknownVariable", "NotSupportedAttributeType"})
_SECURITY_PROFILE: Final = "networkconfiguration.securityprofile"
_PROFILES: Final = frozenset({"1", "2", "3"})
#: From good to bad.
_WORDS: Final = ("Accepted", "RebootRequired")

_Asked = wire.GetVariableDataType | wire.SetVariableDataType
_Result = wire.GetVariableResultType | wire.SetVariableResultType

# -- what an exchange tells of the station


def _read(
    req: wire.GetVariablesRequest, res: wire.GetVariablesResponse | None, target: Target
) -> tuple[Change, ...]:
    if res is None:
        return ()
    told = _told_of(req.get_variable_data, res.get_variable_result)
    readings = tuple(
        Reading(
            variable=variable,
            key=variable.text,
            value=None if is_credential(variable.name) else result.attribute_value,
        )
        for _, result, variable in told
        if result.attribute_status == "Accepted"
    )
    read = VariablesRead(readings=readings, at=target.at)
    return (VariablesChanged(target.station_id, read), *_unknown(told, target))


def _told_of(
    asked: Sequence[_Asked], results: Sequence[_Result]
) -> list[tuple[Any, Any, Variable]]:
    """What was asked, what was said to it, and the variable as the station spells it."""
    return [
        (each, result, variable)
        for each, result in zip(asked, _matched(asked, results), strict=True)
        if result is not None
        for variable in (read_variable(result.component, result.variable, each.attribute_type),)
        if is_keepable(variable)
    ]


def _unknown(told: Iterable[tuple[Any, Any, Variable]], target: Target) -> list[Change]:
    unknown = tuple(
        (variable, variable.text)
        for _, result, variable in told
        if result.attribute_status in _UNKNOWN
    )
    step = VariablesUnknown(unknown=unknown, at=target.at)
    return [VariablesChanged(target.station_id, step)] if unknown else []


def _offered(req: wire.SetVariablesRequest, target: Target) -> tuple[Change, ...]:
    data = req.set_variable_data
    return (
        *_password_steps(data, PasswordStep.OFFERED, target),
        *_profile_steps(data, ProfileStep.OFFERED, target),
    )


def _answered(
    req: wire.SetVariablesRequest, res: wire.SetVariablesResponse | None, target: Target
) -> tuple[Change, ...]:
    if res is None:
        data = req.set_variable_data
        return (
            *_password_steps(data, PasswordStep.REFUSED, target),
            *_profile_steps(data, ProfileStep.REFUSED, target),
        )
    told = _told_of(req.set_variable_data, res.set_variable_result)
    changes: list[Change] = []
    for asked, result, variable in told:
        taken = result.attribute_status in _TAKEN
        step = PasswordStep.TAKEN if taken else PasswordStep.REFUSED
        changes += _password_steps([asked], step, target)
        if not taken:
            changes += _profile_steps([asked], ProfileStep.REFUSED, target)
        else:
            hidden = is_credential(asked.variable.name)
            done = VariableSet(
                variable=variable,
                key=variable.text,
                value=None if hidden else clean(asked.attribute_value)[0],
                reboot_required=result.attribute_status == "RebootRequired",
                at=target.at,
            )
            changes.append(VariablesChanged(target.station_id, done))
    return (*changes, *_unknown(told, target))


def _password_steps(
    data: Iterable[wire.SetVariableDataType], step: PasswordStep, target: Target
) -> Iterator[Change]:
    for each in data:
        if is_password(each.variable.name):
            yield PlainPasswordStep(target.station_id, step, each.attribute_value)


def _profile_steps(
    data: Iterable[wire.SetVariableDataType], step: ProfileStep, target: Target
) -> Iterator[Change]:
    """2.1 has the connection of a slot as variables as well (B09); see `network_profiles`."""
    for each in data:
        name = f"{each.component.name}.{each.variable.name}".casefold()
        if name == _SECURITY_PROFILE and each.attribute_value.strip() in _PROFILES:
            yield ProfileChanged(target.station_id, step, int(each.attribute_value))


def _variable_of(each: _Asked | _Result) -> Variable:
    return read_variable(each.component, each.variable, each.attribute_type)


def _matched(asked: Sequence[_Asked], results: Iterable[_Result]) -> list[Any]:
    """The result of each, wherever in the list it is; None where there is none (B05.FR.02).

    Some stations leave out the attribute type of what they were asked about (B05.FR.03).
    """
    exact: dict[str, _Result] = {}
    loose: dict[str, _Result] = {}
    for result in results:
        exact.setdefault(_variable_of(result).identity, result)
        if result.attribute_type is None:
            loose.setdefault(_nameless(result), result)
    found = [exact.pop(_variable_of(each).identity, None) for each in asked]
    left = {id(each) for each in exact.values()}

    def second(each: _Asked) -> _Result | None:
        result = loose.get(_nameless(each))
        return result if id(result) in left else None

    return [one or second(each) for one, each in zip(found, asked, strict=True)]


def _nameless(each: _Asked | _Result) -> str:
    return read_variable(each.component, each.variable).identity


def _best(res: wire.GetVariablesResponse) -> str | None:
    """Accepted when anything was told."""
    words = [each.attribute_status for each in res.get_variable_result]
    return "Accepted" if "Accepted" in words else next(iter(words), None)


def _worst(res: wire.SetVariablesResponse) -> str | None:
    words = [each.attribute_status for each in res.set_variable_result]
    ranks = {word: rank for rank, word in enumerate(_WORDS)}
    return max(words, key=lambda word: ranks.get(word, len(ranks)), default=None)


# -- commands


def _get(command: GetVariables) -> Conversation:
    """As many CALLs as the station's limits ask for; what was read before a silence is told."""
    if command.variables is None:
        why = "OCPP 2.x tells all of them in a report: use get_base_report"
        raise Unspeakable(why, "variables")
    variables = {each.identity: each for each in map(_named, command.variables)}
    wanted = [
        wire.GetVariableDataType(
            attribute_type=write_attribute(variable),
            component=write_component(variable),
            variable=write_variable(variable),
        )
        for variable in variables.values()
    ]
    values: list[Mapping[str, Any]] = []
    unknown: list[Mapping[str, Any]] = []
    hidden = _hidden(command.variables)
    asked = 0
    for portion in portions(wanted, command.portion):
        try:
            answer: wire.GetVariablesResponse = yield ask(
                wire.GetVariablesRequest(get_variable_data=portion), hidden=hidden
            )
        except Unanswered:
            if not asked:
                raise
            return Conclusion(
                result={"variables": values, "unknown": unknown},
                detail=f"{asked} of {len(wanted)} variables were read before that",
            )
        asked += len(portion)
        for each, result in zip(
            portion, _matched(portion, answer.get_variable_result), strict=True
        ):
            row = _shown(each, result, hidden)
            (unknown if row["answer"] in _UNKNOWN else values).append(row)
    return _as_read(values, unknown)


def _as_read(
    values: Sequence[Mapping[str, Any]], unknown: Sequence[Mapping[str, Any]]
) -> Conclusion:
    refused = [each for each in (*values, *unknown) if each["answer"] != "Accepted"]
    told = len(values) + len(unknown) - len(refused)
    return Conclusion(
        state=CommandState.ACCEPTED if told else CommandState.REJECTED,
        answer="Accepted" if told else None,
        result={"variables": values, "unknown": unknown},
        detail="; ".join(f"{each['key']}: {each['answer'] or 'no answer'}" for each in refused)
        or None,
    )


def _hidden(named: Iterable[Named]) -> frozenset[str]:
    """The names of those whose values the station lets nobody read."""
    variables = (each.variable for each in named if each.secret)
    return frozenset(each.name.strip().lower() for each in variables if each is not None)


def _shown(
    asked: wire.GetVariableDataType,
    result: wire.GetVariableResultType | None,
    hidden: frozenset[str],
) -> dict[str, Any]:
    variable = _variable_of(asked)
    row = shown(variable, variable.text) | {"value": None, "answer": None}
    if result is None:
        return row
    value = result.attribute_value if result.attribute_status == "Accepted" else None
    secret = is_credential(variable.name) or variable.name.strip().lower() in hidden
    if value is not None and secret:
        value = MASK
    return row | {"value": value, "answer": result.attribute_status}


def _set(command: SetVariables) -> Conversation:
    """What one message refuses does not keep the next from being asked; a silence does."""
    data = [_setting(each) for each in command.settings]
    asked = [(variable, variable.text) for variable in map(_variable_of, data)]
    secret = {
        id(one) for one, each in zip(data, command.settings, strict=True) if each.named.secret
    }
    told: list[Told] = []
    # B05.FR.13: no value twice in one message.
    for portion in portions(data, command.portion, lambda each: _variable_of(each).identity):
        hidden = [each.attribute_value for each in portion if id(each) in secret]
        try:
            answer: wire.SetVariablesResponse = yield ask(
                wire.SetVariablesRequest(set_variable_data=portion), hidden
            )
        except Unanswered as silent:
            told += [_told(each, silent.state, silent.code) for each in portion]
            if silent.state in SILENCE:
                break
            continue
        matched = _matched(portion, answer.set_variable_result)
        told += [_said(each, result) for each, result in zip(portion, matched, strict=True)]
    return summary(asked, told)


def _setting(setting: Setting) -> wire.SetVariableDataType:
    variable = _named(setting.named)
    return wire.SetVariableDataType(
        attribute_type=write_attribute(variable),
        attribute_value=setting.value,
        component=write_component(variable),
        variable=write_variable(variable),
    )


def _told(
    asked: wire.SetVariableDataType,
    state: CommandState,
    word: str | None,
    added: str | None = None,
) -> Told:
    variable = _variable_of(asked)
    return Told(variable, variable.text, state, word, added)


def _said(asked: wire.SetVariableDataType, result: wire.SetVariableResultType | None) -> Told:
    if result is None:
        return _told(asked, CommandState.INVALID_ANSWER, None, "it is not in the answer")
    info = result.attribute_status_info
    added = " ".join(filter(None, (info.reason_code, info.additional_info))) if info else None
    return _told(asked, verdict_of(result.attribute_status), result.attribute_status, added)


def _rotate(command: RotatePassword) -> wire.SetVariablesRequest:
    # A00.FR.205: at least 16 and at most 40 characters; these are sent as they are.
    setting = Setting(named=command.named, value=command.secret.hex())
    return wire.SetVariablesRequest(set_variable_data=[_setting(setting)])


def _named(named: Named) -> Variable:
    if named.variable is None:
        why = f"OCPP 2.x has components and variables: give the component of {named.key!r}"
        raise Unspeakable(why, "variables")
    return named.variable


CALLS = (
    CallRoute(
        request=wire.GetVariablesRequest,
        response=wire.GetVariablesResponse,
        word=_best,
        after=_read,
    ),
    CallRoute(
        request=wire.SetVariablesRequest,
        response=wire.SetVariablesResponse,
        word=_worst,
        before=_offered,
        after=_answered,
    ),
)
COMMANDS = (
    CommandRoute(GetVariables, _get),
    CommandRoute(SetVariables, _set),
    CommandRoute(RotatePassword, single(_rotate)),
)
