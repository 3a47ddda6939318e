"""The ways of being wrong, each with a stable word (docs/operate/deviations.md)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from voltaro.protocol.errors import ErrorCode


class Fault(StrEnum):
    """A kind of deviation."""

    # The frame.
    BINARY_FRAME = "binary_frame"
    MALFORMED_FRAME = "malformed_frame"
    BROKEN_JSON = "broken_json"
    UNUSUAL_FRAME = "unusual_frame"
    LONG_MESSAGE_ID = "long_message_id"
    UNSTORABLE_TEXT = "unstorable_text"
    # The message.
    UNKNOWN_ACTION = "unknown_action"
    UNSERVED_ACTION = "unserved_action"
    BEFORE_ACCEPTANCE = "before_acceptance"
    ANSWER_REFUSED = "answer_refused"
    # Its payload, by the schema.
    NOT_AN_OBJECT = "not_an_object"
    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_WORD = "unknown_word"
    RESPELLED_WORD = "respelled_word"
    TOO_LONG = "too_long"
    OUT_OF_RANGE = "out_of_range"
    WRONG_VALUE = "wrong_value"
    WRONG_COUNT = "wrong_count"
    # Values that fit the schema and are wrong.
    TIME_MISSING = "time_missing"
    TIME_UNREADABLE = "time_unreadable"
    TIME_FORMAT = "time_format"
    TIME_WITHOUT_ZONE = "time_without_zone"
    TIME_UNSET = "time_unset"
    TIME_AHEAD = "time_ahead"
    NUMBER_FORMAT = "number_format"
    NOT_A_NUMBER = "not_a_number"
    TRANSACTION_ID_UNUSABLE = "transaction_id_unusable"


class Finding(NamedTuple):
    """A fault and its place: a JSON pointer with "*" for places in lists, "" for all of it."""

    fault: Fault
    pointer: str = ""


#: What a strict station is told of a value that fits the schema; what is not here is no violation.
STRICT: Mapping[Fault, ErrorCode] = MappingProxyType(
    {
        Fault.RESPELLED_WORD: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        Fault.TIME_MISSING: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        Fault.TIME_UNREADABLE: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        Fault.TIME_FORMAT: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        Fault.TIME_WITHOUT_ZONE: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        Fault.NUMBER_FORMAT: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        Fault.NOT_A_NUMBER: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
    }
)

#: Under which word a refusal is remembered.
REFUSED: Mapping[ErrorCode, Fault] = MappingProxyType(
    {
        ErrorCode.FORMAT_VIOLATION: Fault.NOT_AN_OBJECT,
        ErrorCode.NOT_IMPLEMENTED: Fault.UNKNOWN_ACTION,
        ErrorCode.NOT_SUPPORTED: Fault.UNSERVED_ACTION,
        ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION: Fault.MISSING_FIELD,
        ErrorCode.PROPERTY_CONSTRAINT_VIOLATION: Fault.WRONG_VALUE,
        ErrorCode.SECURITY_ERROR: Fault.BEFORE_ACCEPTANCE,
        ErrorCode.TYPE_CONSTRAINT_VIOLATION: Fault.WRONG_TYPE,
    }
)


def generalised(pointer: str) -> str:
    """The pointer with "*" for every place in a list: one row for all readings of a message."""
    if not any(character.isdigit() for character in pointer):
        return pointer
    return "/".join("*" if step.isdigit() else step for step in pointer.split("/"))
