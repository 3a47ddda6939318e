"""The official JSON schemas of each version: which actions exist and how a payload deviates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import jsonschema_rs
import msgspec

from voltaro.protocol.errors import ErrorCode
from voltaro.protocol.normalise.faults import Fault
from voltaro.protocol.versions import OcppVersion

Kind = Literal["Request", "Response"]

_FOLDER: Final = {OcppVersion.V16: "v16", OcppVersion.V201: "v201", OcppVersion.V21: "v21"}

#: Messages of 2.1 that are sent by SEND and never answered; their schema has no suffix.
SENDS: Final = frozenset({"NotifyPeriodicEventStream"})

_STATION_V16: Final = frozenset(
    {
        "Authorize",
        "BootNotification",
        "DataTransfer",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SecurityEventNotification",
        "SignCertificate",
        "SignedFirmwareStatusNotification",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
    }
)
_STATION_V201: Final = frozenset(
    {
        "Authorize",
        "BootNotification",
        "ClearedChargingLimit",
        "DataTransfer",
        "FirmwareStatusNotification",
        "Get15118EVCertificate",
        "GetCertificateStatus",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "NotifyChargingLimit",
        "NotifyCustomerInformation",
        "NotifyDisplayMessages",
        "NotifyEVChargingNeeds",
        "NotifyEVChargingSchedule",
        "NotifyEvent",
        "NotifyMonitoringReport",
        "NotifyReport",
        "PublishFirmwareStatusNotification",
        "ReportChargingProfiles",
        "ReservationStatusUpdate",
        "SecurityEventNotification",
        "SignCertificate",
        "StatusNotification",
        "TransactionEvent",
    }
)
_STATION_V21: Final = _STATION_V201 | {
    "BatterySwap",
    "ClosePeriodicEventStream",
    "GetCertificateChainStatus",
    "NotifyDERAlarm",
    "NotifyDERStartStop",
    "NotifyPeriodicEventStream",
    "NotifyPriorityCharging",
    "NotifySettlement",
    "OpenPeriodicEventStream",
    "PullDynamicScheduleUpdate",
    "ReportDERControl",
    "VatNumberValidation",
}
_STATION: Final = {
    OcppVersion.V16: _STATION_V16,
    OcppVersion.V201: _STATION_V201,
    OcppVersion.V21: _STATION_V21,
}


@dataclass(frozen=True, slots=True)
class Deviation:
    """One way in which a payload breaks its schema; names what is expected, never what was sent.

    `pointer` is a JSON pointer to the property, `""` for the payload itself.
    """

    pointer: str
    code: ErrorCode
    message: str
    fault: Fault
    #: The words that would have been right, where there is a list of them.
    options: tuple[str, ...] = field(default=(), compare=False)


@cache
def actions(version: OcppVersion) -> frozenset[str]:
    """Every action `version` knows, whoever initiates it."""
    names = (entry.name for entry in files("ocpp").joinpath(_FOLDER[version], "schemas").iterdir())
    stems = (name.removesuffix(".json") for name in names if name.endswith(".json"))
    return frozenset(stem.removesuffix("Response").removesuffix("Request") for stem in stems)


def station_actions(version: OcppVersion) -> frozenset[str]:
    """The actions a station may initiate.

    1.6 §4 and its security messages; in 2.x part 2 §1 the requests the charging station sends.
    """
    return _STATION[version]


def deviations(
    version: OcppVersion, action: str, kind: Kind, payload: object
) -> tuple[Deviation, ...]:
    """Every deviation of a decoded payload, in the order of the schema's properties."""
    schema = schema_of(version, action, kind)
    try:
        errors = list(_validator(version, action, kind).iter_errors(payload))
    except ValueError:  # the validator goes down 255 levels, no schema more than ten
        return (Deviation("", ErrorCode.FORMAT_VIOLATION, "nests too deeply", Fault.NOT_AN_OBJECT),)
    found = [
        (_rank(schema, path), deviation)
        for error in errors
        for path, deviation in _deviations(error)
    ]
    found.sort(key=lambda entry: entry[0])
    return tuple(deviation for _, deviation in found)


def is_valid(version: OcppVersion, action: str, kind: Kind, payload: object) -> bool:
    """Whether a decoded payload keeps to the schema."""
    try:
        return _validator(version, action, kind).is_valid(payload)
    except ValueError:  # too deep to tell
        return False


@dataclass(slots=True)
class Numbers:
    """Where a message holds JSON numbers that are no integers."""

    #: Properties that are such numbers and need no rare object around them.
    plain: set[str] = field(default_factory=set)
    #: Optional properties with such numbers somewhere inside.
    containers: set[str] = field(default_factory=set)
    #: Whether one of the numbers has a range or a step.
    limited: bool = False


def numbers(version: OcppVersion, action: str, kind: Kind) -> Numbers:
    """Where to look for numbers in a message."""
    found = Numbers()
    schema = schema_of(version, action, kind)
    _collect(found, schema, schema.get("definitions", {}), None)
    return found


def type_names(version: OcppVersion, action: str, kind: Kind) -> frozenset[str]:
    """The named types a message is made of."""
    return frozenset(schema_of(version, action, kind).get("definitions", {}))


#: Optional, but too usual to call all its numbers rare.
_USUAL: Final = frozenset({"meterValue"})


def _collect(
    found: Numbers, node: dict[str, Any], definitions: dict[str, Any], container: str | None
) -> None:
    required = {*node.get("required", ()), *_USUAL}
    for name, child in node.get("properties", {}).items():
        inside = name if container is None and name not in required else container
        target = child.get("items", child)
        if "$ref" in target:
            target = definitions[target["$ref"].rpartition("/")[2]]
        if target.get("type") == "number":
            found.limited |= not {"minimum", "maximum", "multipleOf"}.isdisjoint(target)
            if container is None:
                found.plain.add(name)
            else:
                found.containers.add(container)
        _collect(found, target, definitions, inside)


@cache
def schema_of(version: OcppVersion, action: str, kind: Kind) -> dict[str, Any]:
    """The official schema of a message; not to be changed."""
    suffix: str = kind
    if kind == "Request" and (version is OcppVersion.V16 or action in SENDS):
        suffix = ""
    path = files("ocpp").joinpath(_FOLDER[version], "schemas", f"{action}{suffix}.json")
    schema: dict[str, Any] = msgspec.json.decode(path.read_text(encoding="utf-8-sig"))
    return schema


@cache
def _validator(version: OcppVersion, action: str, kind: Kind) -> jsonschema_rs.Draft4Validator:
    # Draft 4, whatever the file declares: 1.0 is no integer. Formats are read tolerantly later.
    return jsonschema_rs.Draft4Validator(schema_of(version, action, kind), validate_formats=False)


def _deviations(
    error: jsonschema_rs.ValidationError,
) -> Iterable[tuple[list[str | int], Deviation]]:
    path = list(error.instance_path)
    facts = error.kind.as_dict()
    match error.kind.name:
        case "required":
            path.append(facts["property"])
            code = ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION
            yield _at(path, code, "required property is absent", Fault.MISSING_FIELD)
        case "additionalProperties":
            for name in facts["unexpected"]:
                code, text = ErrorCode.FORMAT_VIOLATION, "unknown property"
                yield _at([*path, name], code, text, Fault.UNKNOWN_FIELD)
        case "type" if not path:
            code, text = ErrorCode.FORMAT_VIOLATION, "payload is not an object"
            yield _at(path, code, text, Fault.NOT_AN_OBJECT)
        case "type":
            text = f"not of type {' or '.join(facts['types'])}"
            yield _at(path, ErrorCode.TYPE_CONSTRAINT_VIOLATION, text, Fault.WRONG_TYPE)
        case ("minItems" | "maxItems") as name:
            code, text = ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, f"{name} is {facts['limit']}"
            yield _at(path, code, text, Fault.WRONG_COUNT)
        case "enum":
            code, text = ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "not one of the allowed values"
            yield _at(path, code, text, Fault.UNKNOWN_WORD, tuple(map(str, facts["options"])))
        case name:
            text = f"{name} is {facts.get('limit', facts.get('multiple_of'))}"
            fault = Fault.TOO_LONG if name == "maxLength" else Fault.OUT_OF_RANGE
            yield _at(path, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, text, fault)


def _at(
    path: list[str | int],
    code: ErrorCode,
    message: str,
    fault: Fault,
    options: tuple[str, ...] = (),
) -> tuple[list[str | int], Deviation]:
    return path, Deviation(pointer_of(path), code, message, fault, options)


def pointer_of(path: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901); names a peer invented are cut at 64 characters."""
    return "".join(f"/{str(step)[:64].replace('~', '~0').replace('/', '~1')}" for step in path)


def _rank(schema: dict[str, Any], path: Sequence[str | int]) -> list[tuple[int, str]]:
    """Where a path stands in the order of the schema's properties; unknown ones come last."""
    rank: list[tuple[int, str]] = []
    node: Any = schema
    for step in path:
        if isinstance(step, int):
            rank.append((step, ""))
            node = node.get("items", {})
        else:
            names = list(node.get("properties", {}))
            known = step in names
            rank.append((names.index(step), "") if known else (len(names), step))
            node = node["properties"][step] if known else {}
        if "$ref" in node:
            node = schema["definitions"][node["$ref"].rpartition("/")[2]]
    return rank
