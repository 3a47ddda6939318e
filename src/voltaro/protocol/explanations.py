"""Explains a message to people: what it is for, what its fields mean, where it breaks the schema."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from voltaro.protocol.about_actions import ABOUT
from voltaro.protocol.about_fields import FIELDS, UNITS
from voltaro.protocol.about_words import WORDS
from voltaro.protocol.schemas import (
    Kind,
    actions,
    deviations,
    pointer_of,
    schema_of,
)
from voltaro.protocol.versions import OcppVersion

#: A report with more properties is explained up to here.
_MOST_FIELDS: Final = 2000
_LEVELS: Final = 32


@dataclass(frozen=True, slots=True)
class Field:
    """A property that is there. `values` are the words it can have, as far as they are known."""

    pointer: str
    name: str
    text: str | None
    unit: str | None
    values: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a payload breaks the official schema, and how."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Part:
    """A question, or the answer to it."""

    fields: tuple[Field, ...] = ()
    errors: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """`response` is None where there is no answer, or an error instead of one."""

    action: str | None
    about: str | None
    request: Part
    response: Part | None


def explain(
    protocol: str, direction: str, action: str | None, frame: str, reply: str | None
) -> Explanation:
    """What an exchange of the journal says.

    `protocol` is the subprotocol. `reply` is a payload where the station asked (`direction` "in"),
    a frame where we did; a text that is neither is an error's description.
    """
    version = OcppVersion(protocol)
    try:
        content = _decoded(frame)
    except ValueError:
        detail = "this is not valid JSON, or only the beginning of it was kept"
        return Explanation(action, ABOUT.get(action or ""), _broken(detail), None)
    match content:
        case [2 | 6, str(), str(name), payload]:  # CALL, SEND
            pass
        case [3 | 4 | 5, str(), *_]:
            return Explanation(action, None, _broken("an answer to no question of ours"), None)
        case _:
            return Explanation(action, None, _broken("this is no message of OCPP-J"), None)
    if name not in actions(version):
        unknown = _broken(f"{version.value} has no action {name[:64]!r}")
        return Explanation(name, None, unknown, None)
    return Explanation(
        name,
        ABOUT.get(name),
        _part(version, name, "Request", payload),
        _response(version, name, direction, reply),
    )


def _response(version: OcppVersion, action: str, direction: str, reply: str | None) -> Part | None:
    if reply is None:
        return None
    try:
        content = _decoded(reply)
    except ValueError:
        # To a station we answer valid JSON; another text says why we did not.
        return None if direction == "in" else _broken("this is not valid JSON")
    if direction == "in":
        return _part(version, action, "Response", content) if isinstance(content, dict) else None
    match content:
        case [3, str(), payload]:  # CALLRESULT
            return _part(version, action, "Response", payload)
        case [int(), str(), *_]:
            return None
        case _:
            return _broken("this is no message of OCPP-J")


def _part(version: OcppVersion, action: str, kind: Kind, payload: Any) -> Part:
    try:
        schema = schema_of(version, action, kind)
    except FileNotFoundError:  # a SEND has no answer
        return Part()
    fields = _fields(_Walk(action, schema.get("definitions", {})), schema, payload)
    return Part(
        tuple(field for field, _ in zip(fields, range(_MOST_FIELDS), strict=False)),
        tuple(
            Fault(each.pointer, _detail(each.message, each.options))
            for each in deviations(version, action, kind, payload)
        ),
    )


def _detail(message: str, options: tuple[str, ...]) -> str:
    return f"{message}: {', '.join(options)}" if options else message


def _broken(detail: str) -> Part:
    return Part(errors=(Fault("", detail),))


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except RecursionError as error:
        raise ValueError("nests too deeply") from error


@dataclass(frozen=True, slots=True)
class _Walk:
    """Where in a payload we are: the steps, and the objects around, the innermost last."""

    action: str
    definitions: Mapping[str, Any]
    path: tuple[str | int, ...] = ()
    around: tuple[Mapping[str, Any], ...] = ()

    def into(self, step: str | int) -> "_Walk":
        return _Walk(self.action, self.definitions, (*self.path, step), self.around)

    def inside(self, item: Mapping[str, Any]) -> "_Walk":
        return _Walk(self.action, self.definitions, self.path, (*self.around, item))

    def resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in node:
            return node
        target: Mapping[str, Any] = self.definitions[node["$ref"].rpartition("/")[2]]
        return target


def _fields(walk: _Walk, node: Mapping[str, Any], value: Any) -> Iterator[Field]:
    """Every property in a value, in its order, with what the schema says of it at `node`."""
    if len(walk.path) > _LEVELS:
        return
    node = walk.resolved(node)
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _fields(walk.into(index), node.get("items", {}), each)
    elif isinstance(value, dict):
        inside = walk.inside(value)
        known = node.get("properties", {})
        for name, each in value.items():
            below = known.get(name, {})
            yield _field(inside, name, inside.resolved(below))
            yield from _fields(inside.into(name), below, each)


def _field(walk: _Walk, name: str, node: Mapping[str, Any]) -> Field:
    keys = _keys(walk, name)
    text = next((FIELDS[key] for key in keys if key in FIELDS), None) if node else None
    words = node.get("enum") or walk.resolved(node.get("items", {})).get("enum") or ()
    meanings = [WORDS[key] for key in keys if key in WORDS]
    values = {
        word: next(each[word] for each in meanings if word in each)
        for word in words
        if any(word in each for each in meanings)
    }
    unit = _unit(walk, name) if node else None
    return Field(pointer_of([*walk.path, name]), name, text, unit, values or None)


def _keys(walk: _Walk, name: str) -> tuple[str, ...]:
    """What a text may be found under, the most exact first."""
    parent = next((step for step in reversed(walk.path) if isinstance(step, str)), None)
    return (f"{parent}.{name}" if parent else f"{walk.action}/{name}", name)


def _unit(walk: _Walk, name: str) -> str | None:
    """The unit of a field; of a reading or a limit the one that stands beside or around it."""
    if name == "value" and "sampledValue" in walk.path:
        item = walk.around[-1]
        measure = item.get("unitOfMeasure")
        unit = measure.get("unit") if isinstance(measure, dict) else item.get("unit")
        return unit if isinstance(unit, str) else _usual_unit(item.get("measurand"))
    if name in {"limit", "minChargingRate"}:
        units = (each.get("chargingRateUnit") for each in reversed(walk.around))
        return next((each for each in units if isinstance(each, str)), None)
    return UNITS.get(name)


def _usual_unit(measurand: object) -> str | None:
    """Wh for energy, which is also what an absent measurand means."""
    return "Wh" if measurand is None or str(measurand).startswith("Energy.Active") else None
