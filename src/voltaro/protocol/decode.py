"""Payloads to generated types and back: exact when possible, tolerant when not, never silent."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, Generic, TypeVar, cast

import msgspec

from voltaro.domain.values import changed
from voltaro.protocol import lenient, schemas
from voltaro.protocol.errors import ErrorCode, RpcError
from voltaro.protocol.normalise.defaults import filled
from voltaro.protocol.normalise.faults import Fault
from voltaro.protocol.normalise.words import respelled
from voltaro.protocol.schemas import Deviation, Kind, actions, station_actions
from voltaro.protocol.versions import OcppVersion
from voltaro.protocol.wire import Wire, v21

__all__ = [
    "Decoded",
    "Decoder",
    "Deviation",
    "Kind",
    "actions",
    "decoder",
    "encode",
    "station_actions",
    "validate",
]

T = TypeVar("T", bound=Wire)

_EXPONENT: Final = re.compile(rb"[0-9][eE]")
_MAX_DESCRIPTION: Final = 255
_encoder: Final = msgspec.json.Encoder(decimal_format="number")
_plain: Final = msgspec.json.Decoder()
#: For numbers beyond a double: they become infinite, which is enough to be found wrong.
_plain_unbounded: Final = msgspec.json.Decoder(float_hook=float)


class Decoded(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """A payload as its type, and every way in which it broke the schema.

    With deviations, values may lie outside the annotations' enums, lengths and ranges.
    """

    value: T
    deviations: tuple[Deviation, ...] = ()


class Decoder(Generic[T]):
    """Decodes the payloads of one message as sent on connections of one version."""

    __slots__ = ("_exact", "_suspicious", "action", "kind", "model", "version")

    def __init__(self, model: type[T], version: OcppVersion) -> None:
        self.model = model
        self.version = version
        self.kind: Kind = "Response" if model.__name__.endswith("Response") else "Request"
        self.action = model.__name__.removesuffix(self.kind)
        if self.action not in actions(version):
            raise ValueError(f"{version} has no {self.action}")
        self._exact = msgspec.json.Decoder(model).decode
        self._suspicious = _suspicion(self.action, self.kind, version)

    def decode(self, payload: bytes, *, strict: bool = False) -> Decoded[T]:
        """The payload as `model`; with `strict`, only if it keeps to the version's own schema.

        Raises:
            RpcError: for what cannot be read, or in strict mode for the first deviation.
        """
        if strict:
            return self._strictly(payload)
        try:
            value = self._exact(payload)
        except (ValueError, RecursionError):
            return self._tolerantly(payload)
        if self._suspicious(payload):
            return self._checked(payload, value)
        return Decoded(value)

    def _checked(self, payload: bytes, value: T) -> Decoded[T]:
        """The exact types take null, decimals in strings and custom data for good: ask the schema."""
        raw = _read(payload)
        fits = schemas.is_valid(self.version, self.action, self.kind, raw)
        if fits and not _EXPONENT.search(payload):
            return Decoded(value)
        return self._tolerantly(payload)

    def _tolerantly(self, payload: bytes) -> Decoded[T]:
        found = schemas.deviations(self.version, self.action, self.kind, _read(payload))
        raw = filled(self.version, self.action, _exactly(payload))
        found = tuple(_respelled(raw, each) for each in found)
        return Decoded(self._leniently(raw), found)

    def _strictly(self, payload: bytes) -> Decoded[T]:
        found = schemas.deviations(self.version, self.action, self.kind, _read(payload))
        if found:
            raise _refusal(found[0].pointer, found[0].code, found[0].message)
        if _EXPONENT.search(payload):
            return Decoded(self._leniently(_exactly(payload)))
        try:
            return Decoded(self._exact(payload))
        except (ValueError, RecursionError):
            # Valid in 2.0.1 and narrower in 2.1, whose types serve both.
            return Decoded(self._leniently(_exactly(payload)))

    def _leniently(self, raw: object) -> T:
        try:
            return lenient.read(self.model, raw)
        except lenient.Unreadable as reason:
            raise _refusal(reason.pointer, reason.code, reason.message) from None
        except (ValueError, RecursionError):
            raise _refusal("", ErrorCode.FORMAT_VIOLATION, "payload is not valid JSON") from None


def decoder(model: type[T], version: OcppVersion) -> Decoder[T]:
    """The decoder of a generated type, named `<Action>Request` or `<Action>Response`.

    Raises:
        ValueError: when the version has no such message.
    """
    return cast("Decoder[T]", _decoder(model, version))


@cache
def _decoder(model: type[Wire], version: OcppVersion) -> Decoder[Any]:
    return Decoder(model, version)


def encode(message: Wire) -> bytes:
    """Compact JSON in schema order; absent properties are left out, decimals are numbers."""
    return _encoder.encode(message)


def validate(
    version: OcppVersion, action: str, kind: Kind, payload: bytes | dict[str, Any]
) -> tuple[Deviation, ...]:
    """How a payload we are about to send breaks the schema of its version; empty when it fits.

    Raises:
        KeyError: when the version has no such message.
    """
    if action not in actions(version) or (kind == "Response" and action in schemas.SENDS):
        raise KeyError(action)
    raw: object = payload
    if isinstance(payload, bytes):
        try:
            raw = _read(payload)
        except RpcError as error:
            return (Deviation("", error.code, error.description, Fault.BROKEN_JSON),)
    return schemas.deviations(version, action, kind, raw)


def _read(payload: bytes) -> object:
    try:
        return _plain.decode(payload)
    except (ValueError, RecursionError):
        pass
    try:
        return _plain_unbounded.decode(payload)
    except (ValueError, RecursionError):
        raise _refusal("", ErrorCode.FORMAT_VIOLATION, "payload is not valid JSON") from None


def _exactly(payload: bytes) -> object:
    """The payload with its decimals as they were written."""
    try:
        return lenient.decode(payload)
    except (ValueError, RecursionError):
        raise _refusal("", ErrorCode.FORMAT_VIOLATION, "payload is not valid JSON") from None


def _respelled(raw: Any, deviation: Deviation) -> Deviation:
    """Put the right word into `raw` where an unknown one is only spelt otherwise."""
    if not deviation.options:
        return deviation
    *above, name = deviation.pointer.split("/")[1:]
    holder = raw
    for step in above:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    word = holder.get(name) if isinstance(holder, dict) else None
    right = respelled(word, deviation.options, name) if isinstance(word, str) else None
    if right is None:
        return deviation
    holder[name] = right
    return changed(deviation, fault=Fault.RESPELLED_WORD)


def _refusal(pointer: str, code: ErrorCode, message: str) -> RpcError:
    text = f"{pointer}: {message}" if pointer else message
    return RpcError(code, text[:_MAX_DESCRIPTION], pointer=pointer)


def _suspicion(action: str, kind: Kind, version: OcppVersion) -> Callable[[bytes], bool]:
    """A cheap test for payloads whose exact decoding may have hidden a deviation.

    The generated types are weaker than the schemas in these points: null passes for an absent
    property, a string for a decimal, decimals have no range, custom data no required property,
    and what 2.0.1 does not require is optional.
    """
    if version is OcppVersion.V16:
        if schemas.numbers(version, action, kind).limited:
            return lambda _: True
        return lambda payload: b"null" in payload
    numbers = schemas.numbers(OcppVersion.V21, action, kind)  # whose types serve both 2.x
    relaxed = not v21.RELAXED.isdisjoint(schemas.type_names(version, action, kind))
    if numbers.limited or (relaxed and version is OcppVersion.V21):
        return lambda _: True
    marks = tuple(f'"{name}"'.encode() for name in ("customData", *sorted(numbers.containers)))
    searches = tuple(
        re.compile(rf'"{name}"\s*:\s*(?:"|-?[0-9.]+[eE])'.encode()).search
        for name in sorted(numbers.plain)
    )

    def is_suspicious(payload: bytes) -> bool:
        if b"null" in payload or (b"\\" in payload and b"\\u" in payload):
            return True  # an escape could spell any of the names below
        for mark in marks:
            if mark in payload:
                return True
        for search in searches:  # noqa: SIM110  # a generator costs more than the search
            if search(payload):
                return True
        return False

    return is_suspicious
