"""CALLERROR codes: one name each, and how 1.6 and 2.x spell it (OCPP-J 1.6 §4.2.3, 2.x part 4 §4.3)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from voltaro.protocol.versions import OcppVersion


class ErrorCode(StrEnum):
    """Why a CALL, or the answer to one, is refused."""

    FORMAT_VIOLATION = "format_violation"
    GENERIC_ERROR = "generic_error"
    INTERNAL_ERROR = "internal_error"
    MESSAGE_TYPE_NOT_SUPPORTED = "message_type_not_supported"
    NOT_IMPLEMENTED = "not_implemented"
    NOT_SUPPORTED = "not_supported"
    OCCURRENCE_CONSTRAINT_VIOLATION = "occurrence_constraint_violation"
    PROPERTY_CONSTRAINT_VIOLATION = "property_constraint_violation"
    PROTOCOL_ERROR = "protocol_error"
    RPC_FRAMEWORK_ERROR = "rpc_framework_error"
    SECURITY_ERROR = "security_error"
    TYPE_CONSTRAINT_VIOLATION = "type_constraint_violation"


_V2: Mapping[ErrorCode, str] = MappingProxyType(
    {
        ErrorCode.FORMAT_VIOLATION: "FormatViolation",
        ErrorCode.GENERIC_ERROR: "GenericError",
        ErrorCode.INTERNAL_ERROR: "InternalError",
        ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED: "MessageTypeNotSupported",
        ErrorCode.NOT_IMPLEMENTED: "NotImplemented",
        ErrorCode.NOT_SUPPORTED: "NotSupported",
        ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION: "OccurrenceConstraintViolation",
        ErrorCode.PROPERTY_CONSTRAINT_VIOLATION: "PropertyConstraintViolation",
        ErrorCode.PROTOCOL_ERROR: "ProtocolError",
        ErrorCode.RPC_FRAMEWORK_ERROR: "RpcFrameworkError",
        ErrorCode.SECURITY_ERROR: "SecurityError",
        ErrorCode.TYPE_CONSTRAINT_VIOLATION: "TypeConstraintViolation",
    }
)

#: 1.6 keeps two published misspellings and lacks two codes of 2.x.
_V16: Mapping[ErrorCode, str] = MappingProxyType(
    {
        **_V2,
        ErrorCode.FORMAT_VIOLATION: "FormationViolation",
        ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION: "OccurenceConstraintViolation",
        ErrorCode.RPC_FRAMEWORK_ERROR: "FormationViolation",
        ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED: "GenericError",
    }
)

_READ: Mapping[str, ErrorCode] = MappingProxyType(
    {
        **{text: code for code, text in _V2.items()},
        "FormationViolation": ErrorCode.FORMAT_VIOLATION,
        "OccurenceConstraintViolation": ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION,
    }
)


class RpcError(Exception):
    """A message that is answered with a CALLERROR; carries no value the peer sent."""

    def __init__(
        self,
        code: ErrorCode,
        description: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        pointer: str = "",
    ) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description
        #: Where in the payload, as a JSON pointer.
        self.pointer = pointer
        self.details: Mapping[str, Any] = {} if details is None else details


def wire_code(code: ErrorCode, version: OcppVersion) -> str:
    """The spelling a peer of `version` knows."""
    return (_V16 if version is OcppVersion.V16 else _V2)[code]


def read_code(text: str) -> ErrorCode:
    """The code a peer sent, in either spelling; GENERIC_ERROR when unknown."""
    return _READ.get(text, ErrorCode.GENERIC_ERROR)
