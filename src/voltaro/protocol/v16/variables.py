"""GetConfiguration and ChangeConfiguration (1.6 §5.3, §5.8; security whitepaper §7, A01)."""

from collections.abc import Generator, Sequence
from typing import Any, Final

from voltaro.domain.credentials import PasswordStep, PlainPasswordStep, RotatePassword
from voltaro.domain.decision import Change
from voltaro.domain.security_profile import ProfileChanged, ProfileStep
from voltaro.domain.variables import (
    SECURITY_PROFILE,
    GetVariables,
    Mutability,
    Reading,
    SetVariables,
    VariablesChanged,
    VariableSet,
    VariablesRead,
    VariablesStep,
    VariablesUnknown,
    is_credential,
    is_password,
)
from voltaro.protocol.commands import (
    Ask,
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
from voltaro.protocol.rpc import clean
from voltaro.protocol.settings_told import SILENCE, Told, shown, summary
from voltaro.protocol.v16.configuration_keys import key_of, variable_of
from voltaro.protocol.wire import v16 as wire

#: A key of more characters is nothing that anybody could ask for by it.
_LONGEST_KEPT: Final = 255
_LONGEST_KEY: Final = 50
_LONGEST_VALUE: Final = 500

# -- what an exchange tells of the station


def _read(
    req: wire.GetConfigurationRequest, res: wire.GetConfigurationResponse | None, target: Target
) -> tuple[VariablesChanged, ...]:
    if res is None:
        return ()
    readings = tuple(
        _reading(each) for each in res.configuration_key or () if len(each.key) <= _LONGEST_KEPT
    )
    unknown = tuple(
        (variable_of(key), key) for key in res.unknown_key or () if len(key) <= _LONGEST_KEPT
    )
    # A station without any configuration does not exist: such an answer is no news about it.
    complete = not req.key and bool(readings)
    steps: tuple[VariablesStep, ...] = (
        VariablesRead(readings=readings, at=target.at, complete=complete),
        VariablesUnknown(unknown=unknown, at=target.at),
    )
    return tuple(VariablesChanged(target.station_id, step) for step in steps)


def _reading(reported: wire.KeyValue) -> Reading:
    if is_credential(reported.key):  # some stations give it back (1.6 J §6.2)
        value, mutability = None, Mutability.WRITE_ONLY
    else:
        value = reported.value
        mutability = Mutability.READ_ONLY if reported.readonly else Mutability.READ_WRITE
    return Reading(
        variable=variable_of(reported.key), key=reported.key, value=value, mutability=mutability
    )


def _offered(req: wire.ChangeConfigurationRequest, target: Target) -> tuple[Change, ...]:
    if is_password(req.key):
        return (PlainPasswordStep(target.station_id, PasswordStep.OFFERED, req.value),)
    return _profile_step(req, target, ProfileStep.OFFERED)


def _profile_step(
    req: wire.ChangeConfigurationRequest, target: Target, step: ProfileStep
) -> tuple[ProfileChanged, ...]:
    """What is asked of a station's security profile, if it is asked for one that exists (A05)."""
    named = variable_of(clean(req.key)[0])
    if named.identity != SECURITY_PROFILE.identity or req.value.strip() not in {"1", "2", "3"}:
        return ()
    return (ProfileChanged(target.station_id, step, int(req.value)),)


def _answered(
    req: wire.ChangeConfigurationRequest,
    res: wire.ChangeConfigurationResponse | None,
    target: Target,
) -> tuple[Change, ...]:
    status = res.status if res is not None else None
    taken = status in {"Accepted", "RebootRequired"}
    changes: list[Change] = []
    if is_password(req.key):
        step = PasswordStep.TAKEN if taken else PasswordStep.REFUSED
        changes.append(PlainPasswordStep(target.station_id, step, req.value))
    if not taken:
        changes += _profile_step(req, target, ProfileStep.REFUSED)
    key = clean(req.key)[0]  # what was sent through the raw door can be anything
    if taken:
        value = None if is_credential(key) else clean(req.value)[0]
        changed = VariableSet(
            variable=variable_of(key),
            key=key,
            value=value,
            reboot_required=status == "RebootRequired",
            at=target.at,
        )
        changes.append(VariablesChanged(target.station_id, changed))
    elif status == "NotSupported":
        unknown = VariablesUnknown(unknown=((variable_of(key), key),), at=target.at)
        changes.append(VariablesChanged(target.station_id, unknown))
    return tuple(changes)


# -- commands


def _get(command: GetVariables) -> Conversation:
    """As many CALLs as the station's limit asks for; what was read before a silence is told."""
    keys = None if command.variables is None else [key_of(each) for each in command.variables]
    _check(keys or ())
    chunks = _chunks(keys, command.portion.items)
    values: list[dict[str, Any]] = []
    unknown: list[dict[str, Any]] = []
    for number, chunk in enumerate(chunks):
        try:
            answer: wire.GetConfigurationResponse = yield ask(
                wire.GetConfigurationRequest(key=chunk)
            )
        except Unanswered:
            if len(chunks) == 1:
                raise
            asked = sum(len(each or ()) for each in chunks[:number])
            return Conclusion(
                result={"variables": values, "unknown": unknown},
                detail=f"{asked} of {len(keys or ())} variables were read before that",
            )
        values += [_shown_reading(_reading(each)) for each in answer.configuration_key or ()]
        unknown += [shown(variable_of(key), key) for key in answer.unknown_key or ()]
    return Conclusion(result={"variables": values, "unknown": unknown})


def _chunks(keys: list[str] | None, at_a_time: int | None) -> list[list[str] | None]:
    """None asks for everything (1.6 §5.8)."""
    if keys is None or at_a_time is None:
        return [keys]
    return [keys[start : start + at_a_time] for start in range(0, len(keys), at_a_time)]


def _set(command: SetVariables) -> Conversation:
    """One CALL for each; one that is refused does not keep the others from being asked."""
    keys = [key_of(each.named) for each in command.settings]
    _check(keys)
    for n, setting in enumerate(command.settings):
        if len(setting.value) > _LONGEST_VALUE:
            why = f"OCPP 1.6 sends values of at most {_LONGEST_VALUE} characters"
            raise Unspeakable(why, f"variables.{n}.value")
    told: list[Told] = []
    for key, setting in zip(keys, command.settings, strict=True):
        told.append((yield from _set_one(key, setting.value)))
        if told[-1].state in SILENCE:
            break
    return summary([(variable_of(key), key) for key in keys], told)


def _set_one(key: str, value: str) -> Generator[Ask, Any, Told]:
    variable = variable_of(key)
    try:
        answer = yield ask(wire.ChangeConfigurationRequest(key=key, value=value))
    except Unanswered as unanswered:
        return Told(variable, key, unanswered.state, unanswered.code)
    return Told(variable, key, verdict_of(answer.status), answer.status)


def _rotate(command: RotatePassword) -> wire.ChangeConfigurationRequest:
    # Whitepaper §7.2: in hex, 40 digits for the 20 bytes that the station logs in with.
    return wire.ChangeConfigurationRequest(key=key_of(command.named), value=command.secret.hex())


def _check(keys: Sequence[str]) -> None:
    for key in keys:
        if len(key) > _LONGEST_KEY:
            why = f"OCPP 1.6 has keys of at most {_LONGEST_KEY} characters"
            raise Unspeakable(why, "variables")


def _shown_reading(reading: Reading) -> dict[str, Any]:
    assert reading.mutability is not None
    return shown(reading.variable, reading.key) | {
        "value": reading.value,
        "mutability": reading.mutability.value,
    }


CALLS = (
    CallRoute(
        request=wire.GetConfigurationRequest,
        response=wire.GetConfigurationResponse,
        after=_read,
    ),
    CallRoute(
        request=wire.ChangeConfigurationRequest,
        response=wire.ChangeConfigurationResponse,
        before=_offered,
        after=_answered,
    ),
)
COMMANDS = (
    CommandRoute(GetVariables, _get),
    CommandRoute(SetVariables, _set),
    CommandRoute(RotatePassword, single(_rotate)),
)
