"""A tolerant reading of payloads that break their schema, into the same generated types."""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect

from voltaro.protocol.errors import ErrorCode
from voltaro.protocol.wire import Wire

T = TypeVar("T", bound=Wire)

#: Takes a decoded value and its JSON pointer.
Reader = Callable[[Any, str], Any]

_INT64: Final = (-(2**63), 2**63 - 1)
#: Powers of ten beyond which a number is no measurement but an attack on arithmetic.
_MAX_EXPONENT: Final = 40
_NUMBER: Final = re.compile(
    r"\s*([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,2})?)\s*", re.ASCII
)
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


class Unreadable(Exception):
    """A value that no tolerance can bring into its type."""

    def __init__(self, pointer: str, code: ErrorCode, message: str) -> None:
        super().__init__(pointer, code, message)
        self.pointer = pointer
        self.code = code
        self.message = message


def read(model: type[T], payload: object) -> T:
    """The payload as `model`, whatever of it can be understood.

    Tolerated: unknown properties and enum values, any length and range, null or blank for an
    absent optional property, empty lists, numbers and booleans in strings (also padded, also
    with a decimal comma) and the reverse, fractions where an integer belongs (rounded half to
    even), `[]` for an empty payload.

    Raises:
        Unreadable: for the first property, in schema order, that cannot be read.
    """
    if payload == []:  # PHP's empty object
        payload = {}
    if not isinstance(payload, dict):
        raise Unreadable("", ErrorCode.FORMAT_VIOLATION, "payload is not an object")
    value: T = _struct(model)(payload, "")
    return value


@cache
def _struct(model: type[Wire]) -> Reader:
    info = inspect.type_info(model)
    assert isinstance(info, inspect.StructType)
    rows = [
        (f.encode_name, f.name, f.required, _void(f.type, required=f.required), _reader(f.type))
        for f in info.fields
    ]

    def read_struct(value: Any, pointer: str) -> Wire:
        if not isinstance(value, dict):
            raise _mistyped(pointer, "object")
        fields: dict[str, Any] = {}
        for wire, name, required, is_void, read_field in rows:
            item = value.get(wire)
            if item is not None and (is_void is None or not is_void(item)):
                fields[name] = read_field(item, f"{pointer}/{wire}")
            elif required:
                code = ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION
                raise Unreadable(f"{pointer}/{wire}", code, "required property is absent")
        return model(**fields)

    return read_struct


def _void(kind: inspect.Type, *, required: bool) -> Callable[[Any], bool] | None:
    """How to tell that an optional property holds nothing; None when whatever is there counts."""
    if required:
        return None
    match _present(kind):
        case inspect.StrType() | inspect.LiteralType() | inspect.AnyType():
            return None
        case inspect.DictType():
            return lambda item: not isinstance(item, dict)
        case inspect.StructType() as struct if any(field.required for field in _fields(struct)):
            return lambda item: item == {} or _is_blank(item)
        case _:
            return _is_blank


def _is_blank(item: object) -> bool:
    return isinstance(item, str) and not item.strip()


def _fields(kind: inspect.StructType) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(kind.cls)
    assert isinstance(info, inspect.StructType)
    return info.fields


def _present(kind: inspect.Type) -> inspect.Type:
    """The type of an optional property when it is there."""
    if isinstance(kind, inspect.UnionType):
        (kind,) = (each for each in kind.types if not isinstance(each, inspect.NoneType))
    return kind


def _reader(kind: inspect.Type) -> Reader:
    match _present(kind):
        case inspect.StructType(cls=model):
            return _struct(model)
        case inspect.ListType(item_type=item):
            return _list(_reader(item))
        case inspect.StrType() | inspect.LiteralType():
            return _text
        case inspect.IntType():
            return _integer
        case inspect.DecimalType():
            return _number
        case inspect.BoolType():
            return _boolean
        case inspect.DictType() | inspect.AnyType():
            return _anything
        case other:
            raise NotImplementedError(type(other).__name__)


def _list(read_item: Reader) -> Reader:
    def read_list(value: Any, pointer: str) -> list[Any]:
        if not isinstance(value, list):
            raise _mistyped(pointer, "array")
        return [
            read_item(item, f"{pointer}/{index}")
            for index, item in enumerate(value)
            if item is not None
        ]

    return read_list


def _text(value: Any, pointer: str) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | Decimal() if abs(number := Decimal(value)).adjusted() <= _MAX_EXPONENT:
            return str(number)
        case _:
            raise _mistyped(pointer, "string")


def _integer(value: Any, pointer: str) -> int:
    number = _decimal(value, pointer, "integer")
    whole = int(number.to_integral_value(ROUND_HALF_EVEN))
    if not _INT64[0] <= whole <= _INT64[1]:
        raise _mistyped(pointer, "integer of 64 bits")
    return whole


def _number(value: Any, pointer: str) -> Decimal:
    return _decimal(value, pointer, "number")


def _decimal(value: Any, pointer: str, expected: str) -> Decimal:
    if isinstance(value, str) and (match := _NUMBER.fullmatch(value)):
        value = Decimal(match[1].replace(",", "."))
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _mistyped(pointer, expected)
    number = Decimal(value)
    if abs(number.adjusted()) > _MAX_EXPONENT and number:
        raise Unreadable(pointer, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "number out of range")
    return number


def _boolean(value: Any, pointer: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | str):
        known = _BOOLEANS.get(str(value).strip().lower())
        if known is not None:
            return known
    raise _mistyped(pointer, "boolean")


def _anything(value: Any, pointer: str) -> Any:
    """As the exact types hold it: fractions are floats, not decimals."""
    match value:
        case dict():
            return {key: _anything(item, pointer) for key, item in value.items()}
        case list():
            return [_anything(item, pointer) for item in value]
        case Decimal():
            return float(value)
        case _:
            return value


def _mistyped(pointer: str, expected: str) -> Unreadable:
    return Unreadable(pointer, ErrorCode.TYPE_CONSTRAINT_VIOLATION, f"not of type {expected}")


def decode(payload: bytes) -> object:
    """Any JSON with fractions as exact decimals, as `read` takes it.

    Raises:
        ValueError: when the bytes are no JSON or nest too deeply.
    """
    try:
        return _json.decode(payload)
    except (ArithmeticError, RecursionError) as error:
        raise ValueError("not readable") from error


_json: Final = msgspec.json.Decoder(float_hook=Decimal)
