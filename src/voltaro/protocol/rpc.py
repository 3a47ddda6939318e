"""RPC frames: text to dataclasses and back (OCPP-J 1.6 §4.2, 2.x part 4 §4)."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from voltaro.domain.values import Value, changed
from voltaro.protocol.errors import ErrorCode, read_code, wire_code
from voltaro.protocol.normalise import json_text
from voltaro.protocol.versions import OcppVersion

#: What the specification allows (2.x part 4 §4.1.4); longer ones are echoed and remarked on.
MAX_ID_LENGTH: Final = 36
#: Beyond this an id counts as unreadable.
MAX_TOLERATED_ID_LENGTH: Final = 255
#: The id of an answer to a frame whose own id cannot be read (2.x part 4 §4.2.3).
UNREADABLE_ID: Final = "-1"
MAX_DESCRIPTION_LENGTH: Final = 255

LONG_ID: Final = "message id longer than 36 characters"
NULL_PAYLOAD: Final = "payload is null"
NO_PAYLOAD: Final = "payload is absent"
EXTRA_ELEMENTS: Final = "more elements than the message type has"
INCOMPLETE_ERROR: Final = "error without code, description or details"
BYTE_ORDER_MARK: Final = "text begins with a byte order mark"
BROKEN_JSON: Final = "text was not valid JSON"
UNSTORABLE: Final = "text held characters that no database keeps"


class Call(Value):
    """A request; `flaws` names what was tolerated while reading the frame."""

    message_id: str
    action: str
    payload: bytes
    flaws: tuple[str, ...] = ()


class CallResult(Value):
    """The answer to a request."""

    message_id: str
    payload: bytes
    flaws: tuple[str, ...] = ()


class CallError(Value):
    """A refusal of a request; `wire_code` keeps the peer's own spelling."""

    message_id: str
    code: ErrorCode
    description: str
    details: bytes
    flaws: tuple[str, ...] = ()
    wire_code: str = ""


class CallResultError(Value):
    """The peer could not use our answer (2.1 only)."""

    message_id: str
    code: ErrorCode
    description: str
    details: bytes
    flaws: tuple[str, ...] = ()
    wire_code: str = ""


class Send(Value):
    """A message that is never answered (2.1 only)."""

    message_id: str
    action: str
    payload: bytes
    flaws: tuple[str, ...] = ()


class Malformed(Value):
    """Text that is no frame; `code` is None when it must not be answered.

    `message_id` is None when it could not be read; the answer then carries UNREADABLE_ID.
    `is_reply` tells a damaged CALLRESULT or CALLERROR, which concerns our own call of that id, and
    `is_result` that it is the former.
    """

    message_id: str | None
    code: ErrorCode | None
    reason: str
    is_reply: bool = False
    is_result: bool = False


_T = TypeVar("_T")

Frame = Call | CallResult | CallError | CallResultError | Send | Malformed


class _Call(msgspec.Struct, array_like=True, tag=2, forbid_unknown_fields=True, gc=False):
    message_id: str
    action: str
    payload: msgspec.Raw


class _CallResult(msgspec.Struct, array_like=True, tag=3, forbid_unknown_fields=True, gc=False):
    message_id: str
    payload: msgspec.Raw


_regular = msgspec.json.Decoder(_Call | _CallResult)
_elements = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str)
_integer = msgspec.json.Decoder(int)
_encode = msgspec.json.Encoder(decimal_format="number").encode
_NULL = b"null"
_UNREADABLE_ID = "message id is not a string of at most 255 characters"
_UNREADABLE_REPLY = "message id of an answer is not readable"
_BOM = "\ufeff"

#: Message type and id of a frame whose remainder is no JSON.
_HEAD = re.compile(r'\s*\[\s*(\d{1,9})\s*,\s*("(?:[^"\\]|\\.){0,255}")\s*[,\]]')

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|.)", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def clean(text: str) -> tuple[str, bool]:
    r"""The text without what PostgreSQL or UTF-8 cannot hold, and whether anything was replaced.

    NUL and lone surrogates become U+FFFD, be they raw or escaped (`\u0000`, `\ud800`).
    """
    cleaned = text
    if "\\u" in cleaned:
        cleaned = _ESCAPE.sub(_clean_escape, cleaned)
    if "\x00" in cleaned:
        cleaned = cleaned.replace("\x00", _REPLACEMENT)
    if not cleaned.isascii():
        cleaned = _SURROGATE.sub(_REPLACEMENT, cleaned)
    return cleaned, cleaned is not text and cleaned != text


def _clean_escape(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[0]
    unit = int(match[1], 16)
    if 0xD800 <= unit < 0xDC00:
        return match[0] if match[2] else _REPLACEMENT
    # A low half captured here has no high half before it.
    orphan = _REPLACEMENT if match[2] else ""
    first = _REPLACEMENT if unit == 0 or 0xDC00 <= unit < 0xE000 else match[0][:6]
    return first + orphan


def parse(text: str, version: OcppVersion) -> Frame:
    """The frame in a text message; `Malformed` for anything else, never an exception."""
    try:
        frame = _regular.decode(text)
    except (ValueError, RecursionError):
        return _parse_irregular(text, version)
    if len(frame.message_id) > MAX_ID_LENGTH:
        return _parse_irregular(text, version)
    payload = bytes(frame.payload)
    if payload == _NULL:
        return _parse_irregular(text, version)
    if type(frame) is _Call:
        return Call(frame.message_id, frame.action, payload)
    return CallResult(frame.message_id, payload)


def _parse_irregular(text: str, version: OcppVersion) -> Frame:
    if text.startswith(_BOM):
        frame = _parse_elements(text[1:], version)
        if isinstance(frame, Malformed):
            return frame
        return changed(frame, flaws=(BYTE_ORDER_MARK, *frame.flaws))
    return _parse_elements(text, version)


def _parse_elements(text: str, version: OcppVersion) -> Frame:
    try:
        elements = [bytes(element) for element in _elements.decode(text)]
    except (ValueError, RecursionError):
        return _repaired(text, version)
    if not elements:
        return _unreadable(version, "empty array")
    kind = _read(_integer, elements[0])
    if kind is None:
        return _unreadable(version, "message type is not an integer")
    message_id = _read_id(elements[1]) if len(elements) > 1 else None
    rest = elements[2:]
    newest = version is OcppVersion.V21
    match kind:
        case 2:
            return _irregular_call(Call, message_id, rest, version)
        case 6 if newest:
            return _irregular_call(Send, message_id, rest, version)
        case 3:
            return _irregular_result(message_id, rest)
        case 4:
            return _error(CallError, message_id, rest)
        case 5 if newest:
            return _error(CallResultError, message_id, rest)
        case _:
            return _unknown_type(message_id, version)


def _repaired(text: str, version: OcppVersion) -> Frame:
    fixed = json_text.repaired(text)
    frame = None if fixed is None else _parse_elements(fixed, version)
    if frame is None or isinstance(frame, Malformed):
        return _salvage(text, version)
    return changed(frame, flaws=(BROKEN_JSON, *frame.flaws))


def _salvage(text: str, version: OcppVersion) -> Malformed:
    """What can be said about text that is no JSON array, if only whom to answer."""
    head = _HEAD.match(text)
    try:
        message_id = None if head is None else _read_id(head[2].encode())
    except UnicodeEncodeError:
        message_id = None
    if head is None or message_id is None:
        return _unreadable(version, "not a JSON array")
    kind, reason = int(head[1]), "not valid JSON"
    newest = version is OcppVersion.V21
    if kind == 2:
        return Malformed(message_id, ErrorCode.FORMAT_VIOLATION, reason)
    if kind in {3, 4}:
        return Malformed(message_id, None, reason, is_reply=True, is_result=kind == 3)
    if newest and kind in {5, 6}:
        return Malformed(message_id, None, reason)
    return _unknown_type(message_id, version)


def _unknown_type(message_id: str | None, version: OcppVersion) -> Malformed:
    # 2.0.1 part 4 §4.1.3: "SHALL" answer MessageTypeNotSupported; 1.6 and 2.1: ignore.
    answered = version is OcppVersion.V201
    code = ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED if answered else None
    return Malformed(message_id, code, "unknown message type")


def _irregular_call(
    frame: type[Call] | type[Send], message_id: str | None, rest: list[bytes], version: OcppVersion
) -> Frame:
    silent = frame is Send  # a SEND gets no reply of any kind (2.1 part 4 §4.2.4)
    if message_id is None:
        if silent:
            return Malformed(None, None, _UNREADABLE_ID)
        return _unreadable(version, _UNREADABLE_ID)
    code = None if silent else ErrorCode.FORMAT_VIOLATION
    action = _read(_text, rest[0]) if rest else None
    if action is None:
        return Malformed(message_id, code, "action is not a string")
    if len(rest) > 2:
        return Malformed(message_id, code, EXTRA_ELEMENTS)
    payload, flaw = _payload(rest[1:])
    return frame(message_id, action, payload, _flaws(message_id, flaw))


def _irregular_result(message_id: str | None, rest: list[bytes]) -> Frame:
    if message_id is None:
        return Malformed(None, None, _UNREADABLE_REPLY, is_reply=True)
    payload, flaw = _payload(rest)
    extra = EXTRA_ELEMENTS if len(rest) > 1 else None
    return CallResult(message_id, payload, _flaws(message_id, flaw, extra))


def _error(
    frame: type[CallError] | type[CallResultError], message_id: str | None, rest: list[bytes]
) -> Frame:
    if message_id is None:
        return Malformed(None, None, _UNREADABLE_REPLY, is_reply=True)
    code = _read(_text, rest[0]) if rest else None
    description = _read(_text, rest[1]) if len(rest) > 1 else None
    details = rest[2] if len(rest) > 2 else _NULL
    incomplete = code is None or description is None or details[:1] != b"{"
    return frame(
        message_id,
        read_code(code or ""),
        description or "",
        details if details[:1] == b"{" else b"{}",
        _flaws(
            message_id,
            INCOMPLETE_ERROR if incomplete else None,
            EXTRA_ELEMENTS if len(rest) > 3 else None,
        ),
        code or "",
    )


def _payload(rest: list[bytes]) -> tuple[bytes, str | None]:
    if not rest:
        return b"{}", NO_PAYLOAD
    if rest[0] == _NULL:
        return b"{}", NULL_PAYLOAD
    return rest[0], None


def _flaws(message_id: str, *flaws: str | None) -> tuple[str, ...]:
    long_id = LONG_ID if len(message_id) > MAX_ID_LENGTH else None
    return tuple(flaw for flaw in (long_id, *flaws) if flaw is not None)


def _unreadable(version: OcppVersion, reason: str) -> Malformed:
    """1.6 has no answer for a frame without an id; 2.x has RpcFrameworkError."""
    answered = version is not OcppVersion.V16
    return Malformed(None, ErrorCode.RPC_FRAMEWORK_ERROR if answered else None, reason)


def _read(decoder: msgspec.json.Decoder[_T], element: bytes) -> _T | None:
    try:
        return decoder.decode(element)
    except (ValueError, RecursionError):
        return None


def _read_id(element: bytes) -> str | None:
    message_id = _read(_text, element)
    return message_id if message_id is None or len(message_id) <= MAX_TOLERATED_ID_LENGTH else None


def answer(frame: Malformed, version: OcppVersion) -> str | None:
    """The CALLERROR a malformed frame gets, or None when it gets none."""
    if frame.code is None:
        return None
    message_id = UNREADABLE_ID if frame.message_id is None else frame.message_id
    return call_error(message_id, frame.code, frame.reason, version=version)


def call(message_id: str, action: str, payload: bytes) -> str:
    """The text of a CALL."""
    return _compose([2, message_id, action, msgspec.Raw(payload)])


def call_result(message_id: str, payload: bytes) -> str:
    """The text of a CALLRESULT."""
    return _compose([3, message_id, msgspec.Raw(payload)])


def call_error(
    message_id: str,
    code: ErrorCode,
    description: str = "",
    details: Mapping[str, Any] | None = None,
    *,
    version: OcppVersion,
) -> str:
    """The text of a CALLERROR in the spelling of `version`."""
    return _compose_error(4, message_id, wire_code(code, version), description, details)


def call_result_error(
    message_id: str,
    code: ErrorCode,
    description: str = "",
    details: Mapping[str, Any] | None = None,
) -> str:
    """The text of a CALLRESULTERROR (2.1 only): the answer to our CALL could not be used."""
    return _compose_error(5, message_id, wire_code(code, OcppVersion.V21), description, details)


def send(message_id: str, action: str, payload: bytes) -> str:
    """The text of a SEND (2.1 only)."""
    return _compose([6, message_id, action, msgspec.Raw(payload)])


def _compose_error(
    kind: int, message_id: str, code: str, description: str, details: Mapping[str, Any] | None
) -> str:
    short = description[:MAX_DESCRIPTION_LENGTH]
    return _compose([kind, message_id, code, short, dict(details or {})])


def _compose(elements: list[Any]) -> str:
    return _encode(elements).decode()
