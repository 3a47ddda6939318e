"""What takes the place of a required property that is not there, so that no session is lost."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from voltaro.protocol.versions import OcppVersion

#: A number that no meter shows (`quantities.plausible`): there is no reading.
NO_READING: Final = 10**18
#: What a station sends that never learned the id (1.6 erratum 3.18).
NO_TRANSACTION: Final = -1
#: No time: the time of receipt counts.
NO_TIME: Final = ""

_Row = tuple[tuple[str, ...], object]

#: By action: where a value may be absent, and what then stands in its place.
_V16: Final[Mapping[str, tuple[_Row, ...]]] = MappingProxyType(
    {
        # Quirk Q42: no timestamp.
        "StartTransaction": ((("timestamp",), NO_TIME), (("meterStart",), NO_READING)),
        "StopTransaction": (
            (("transactionId",), NO_TRANSACTION),
            (("timestamp",), NO_TIME),
            (("meterStop",), NO_READING),
            (("transactionData", "timestamp"), NO_TIME),
            (("transactionData", "sampledValue"), ()),
        ),
        "MeterValues": (
            (("meterValue",), ()),
            (("meterValue", "timestamp"), NO_TIME),
            (("meterValue", "sampledValue"), ()),
        ),
        "StatusNotification": ((("errorCode",), "NoError"),),
        "SecurityEventNotification": ((("timestamp",), NO_TIME),),
        "DataTransfer": (),
    }
)
_V2: Final[Mapping[str, tuple[_Row, ...]]] = MappingProxyType(
    {
        "MeterValues": (
            (("meterValue",), ()),
            (("meterValue", "timestamp"), NO_TIME),
            (("meterValue", "sampledValue"), ()),
        ),
        "TransactionEvent": (
            (("timestamp",), NO_TIME),
            (("meterValue", "timestamp"), NO_TIME),
            (("meterValue", "sampledValue"), ()),
        ),
        "StatusNotification": ((("timestamp",), NO_TIME),),
        "NotifyEvent": (
            (("eventData", "timestamp"), NO_TIME),
            # Of a variable that can only be written: it is to be empty (N07.FR.10).
            (("eventData", "actualValue"), ""),
        ),
        "SecurityEventNotification": ((("timestamp",), NO_TIME),),
    }
)
_INT64: Final = 2**63
_encoder: Final = msgspec.json.Encoder(decimal_format="number")


def filled(version: OcppVersion, action: str, payload: object) -> object:
    """The payload, with defaults in the place of what is absent; changed in place.

    A transaction id beyond 64 bits is none (quirk Q45).
    """
    rows = (_V16 if version is OcppVersion.V16 else _V2).get(action)
    if rows is None or not isinstance(payload, dict):
        return payload
    for (*above, name), value in rows:
        for holder in _holders(payload, above):
            if holder.get(name) is None:
                holder[name] = list(value) if isinstance(value, tuple) else value
    reference = payload.get("transactionId")
    if isinstance(reference, int) and not -_INT64 <= reference < _INT64:
        payload["transactionId"] = NO_TRANSACTION
    if action == "DataTransfer" and isinstance(payload.get("data"), dict | list):
        payload["data"] = _as_text(payload["data"])  # vendors put JSON where 1.6 has a text
    return payload


def _as_text(data: object) -> str:
    try:
        return _encoder.encode(data).decode()
    except RecursionError:
        return ""


def _holders(payload: dict[str, Any], path: list[str]) -> Iterator[dict[str, Any]]:
    """Every object that `path` leads to, through lists as well."""
    if not path:
        yield payload
        return
    below = payload.get(path[0])
    for each in below if isinstance(below, list) else [below]:
        if isinstance(each, dict):
            yield from _holders(each, path[1:])
