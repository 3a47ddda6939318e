"""One line that tells an exchange of the journal apart from the next: "StatusNotification EVSE 1 → Charging"."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

#: Longer frames are not looked into: lists have hundreds of them.
_LONGEST_FRAME: Final = 16_384
_LONGEST: Final = 160
_LONGEST_WORD: Final = 48
_WORD_KEYS: Final = (
    "status",
    "transactionId",
    "fileName",
    "filename",
    "listVersion",
    "versionNumber",
)

Payload = Mapping[str, Any]


def summary(action: str | None, frame: str, reply: str | None) -> str:
    """What was said in one line of at most 160 characters; at least the action, if that is known.

    `frame` and `reply` are as the journal has them. Never raises, whatever they hold.
    """
    name = action or ""
    payload = _payload(frame)
    if payload is None:
        return name
    told = _SUMMARIES.get(name, _usual)(payload)
    answer = "" if name in _SELF_EXPLAINING else _answer(reply)
    parts = (name, told, f"→ {answer}" if answer else "")
    return " ".join(filter(None, parts))[:_LONGEST]


def _payload(frame: str) -> Payload | None:
    """The payload of a CALL or SEND."""
    match _decoded(frame):
        case [_, _, _, dict() as payload]:
            return payload
    return None


def _decoded(text: str | None) -> Any:
    if text is None or len(text) > _LONGEST_FRAME:
        return None
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None


def _answer(reply: str | None) -> str:
    match _decoded(reply):
        case [4, str(), str(code), *_]:
            return _word(code)
        case [3, str(), dict() as payload] | (dict() as payload):
            return _answered(payload)
    return ""


def _answered(payload: Payload) -> str:
    for name in ("idTagInfo", "idTokenInfo"):
        if isinstance(info := payload.get(name), dict):
            status = _word(info.get("status"))
            number = _word(payload.get("transactionId"))
            return f"{number}, {status}" if number else status
    results = payload.get("getVariableResult") or payload.get("setVariableResult")
    if isinstance(results, list) and results and isinstance(results[0], dict):
        first = results[0]
        return _word(first.get("attributeValue")) or _word(first.get("attributeStatus"))
    keys = payload.get("configurationKey")
    if isinstance(keys, list) and len(keys) == 1 and isinstance(keys[0], dict):
        return _word(keys[0].get("value"))
    return next(filter(None, (_word(payload.get(key)) for key in _WORD_KEYS)), "")


# -- what was said, by action


def _boot(payload: Payload) -> str:
    station = payload.get("chargingStation")
    if isinstance(station, dict):
        names = (_word(station.get("vendorName")), _word(station.get("model")))
    else:
        names = (_word(payload.get("chargePointVendor")), _word(payload.get("chargePointModel")))
    reason = _word(payload.get("reason"))
    return " ".join(filter(None, (*names, f"({reason})" if reason else "")))


def _status(payload: Payload) -> str:
    state = _word(payload.get("status")) or _word(payload.get("connectorStatus"))
    error = _word(payload.get("errorCode"))
    told = f"{_place(payload)} → {state}".strip()
    return told if error in {"", "NoError"} else f"{told} ({error})"


def _authorize(payload: Payload) -> str:
    return _token(payload)


def _start(payload: Payload) -> str:
    return _joined(_place(payload), _token(payload), _energy(payload.get("meterStart")))


def _stop(payload: Payload) -> str:
    reason = _word(payload.get("reason"))
    session = _word(payload.get("transactionId"))
    return _joined(
        f"{session} ({reason})" if reason else session, _energy(payload.get("meterStop"))
    )


def _meter(payload: Payload) -> str:
    return _joined(_place(payload), *_readings(payload))


def _event(payload: Payload) -> str:
    kind = _word(payload.get("eventType"))
    reason = _word(payload.get("triggerReason"))
    state = _inner(payload, "transactionInfo", "chargingState")
    stopped = _inner(payload, "transactionInfo", "stoppedReason")
    what = " ".join(filter(None, (kind, _place(payload))))
    return _joined(what, stopped or reason, state, _token(payload), *_readings(payload))


def _usual(payload: Payload) -> str:
    """A few fields that tell one message of an action from another."""
    words = (_word(payload.get(key)) for key in _TELLING)
    return _joined(_place(payload), _token(payload), *words, _variable(payload))


_TELLING: Final = (
    "type",
    "operationalStatus",
    "status",
    "requestedMessage",
    "key",
    "value",
    "messageId",
    "transactionId",
    "reservationId",
    "chargingProfileId",
    "updateType",
    "logType",
    "reportBase",
    "certificateType",
    "location",
)
_SUMMARIES: Final[Mapping[str, Callable[[Payload], str]]] = {
    "BootNotification": _boot,
    "StatusNotification": _status,
    "Authorize": _authorize,
    "StartTransaction": _start,
    "StopTransaction": _stop,
    "MeterValues": _meter,
    "TransactionEvent": _event,
}
#: Their answer says nothing that is worth a place in the line.
_SELF_EXPLAINING: Final = frozenset({"StatusNotification", "MeterValues", "Heartbeat"})


# -- parts of it


def _place(payload: Payload) -> str:
    evse = payload.get("evse")
    number = payload.get("evseId", payload.get("connectorId"))
    if isinstance(evse, dict):
        number = evse.get("id", number)
    if number == 0:
        return "station"
    word = _word(number)
    return f"EVSE {word}" if word else ""


def _token(payload: Payload) -> str:
    return _word(payload.get("idTag")) or _inner(payload, "idToken", "idToken")


def _variable(payload: Payload) -> str:
    """The first variable that is read or set."""
    several = payload.get("setVariableData") or payload.get("getVariableData")
    if not isinstance(several, list) or not several or not isinstance(several[0], dict):
        return ""
    names = (_inner(several[0], "component", "name"), _inner(several[0], "variable", "name"))
    value = _word(several[0].get("attributeValue"))
    more = f" and {len(several) - 1} more" if len(several) > 1 else ""
    return ".".join(filter(None, names)) + (f" = {value}" if value else "") + more


def _readings(payload: Payload) -> Iterator[str]:
    """Power, register and state of charge of the last moment."""
    moments = payload.get("meterValue")
    last = moments[-1] if isinstance(moments, list) and moments else None
    samples = last.get("sampledValue") if isinstance(last, dict) else None
    if not isinstance(samples, list):
        return
    found: dict[str, str] = {}
    for sample in samples:
        if isinstance(sample, dict) and sample.get("phase") is None:
            measurand = sample.get("measurand", "Energy.Active.Import.Register")
            if measurand in _SHOWN and (text := _quantity(sample, _SHOWN[measurand])):
                found.setdefault(measurand, text)
    yield from (found[name] for name in _SHOWN if name in found)


#: What is shown of readings, in this order, with the unit that is meant where none is given.
_SHOWN: Final[Mapping[str, str]] = {
    "Power.Active.Import": "W",
    "Energy.Active.Import.Register": "Wh",
    "SoC": "%",
}


def _quantity(sample: Payload, usual: str) -> str:
    number = _word(sample.get("value"))
    unit = _word(sample.get("unit")) or _inner(sample, "unitOfMeasure", "unit") or usual
    return f"{number} {'%' if unit == 'Percent' else unit}" if number else ""


def _energy(register: object) -> str:
    word = _word(register)
    try:
        return f"{word} Wh" if word and Decimal(word).is_finite() else ""
    except InvalidOperation:
        return ""


def _inner(payload: Payload, name: str, field: str) -> str:
    inner = payload.get(name)
    return _word(inner.get(field)) if isinstance(inner, dict) else ""


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _word(value: object) -> str:
    """A scalar as text on one line; nothing for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, int) and value.bit_length() > 64:
        return ""
    return " ".join(str(value).split())[:_LONGEST_WORD]
