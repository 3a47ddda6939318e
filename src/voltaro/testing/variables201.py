"""The variables of a simulated 2.0.1 station: what can be read and set (B05, B06)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voltaro.testing.link import Payload

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

_Name = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variable:
    """Without `allows` it is read-only, without `readable` write-only."""

    value: str
    allows: Callable[[str], bool] | None = None
    readable: bool = True


def _positive(value: str) -> bool:
    return value.isascii() and value.isdigit() and int(value) > 0


_VARIABLES: dict[_Name, _Variable] = {
    ("AuthCtrlr", "AuthorizeRemoteStart"): _Variable(
        value="false", allows=lambda value: value in {"true", "false"}
    ),
    ("DeviceDataCtrlr", "ItemsPerMessage"): _Variable(value="50"),
    ("OCPPCommCtrlr", "HeartbeatInterval"): _Variable(value="300", allows=_positive),
    ("SampledDataCtrlr", "TxUpdatedInterval"): _Variable(value="60", allows=_positive),
    ("SecurityCtrlr", "BasicAuthPassword"): _Variable(
        value="", allows=lambda value: 16 <= len(value) <= 40, readable=False
    ),
    ("SecurityCtrlr", "SecurityProfile"): _Variable(value="1"),
}


class Variables:
    """The values of one station; a new password is used at the next connection."""

    def __init__(self, station: "SimulatedStation") -> None:
        self._station = station
        self._values = {name: variable.value for name, variable in _VARIABLES.items()}

    def __getitem__(self, name: _Name) -> str:
        return self._values[name]

    def __setitem__(self, name: _Name, value: str) -> None:
        """Set a value as the maker or installer would, read-only or not."""
        self._values[name] = value

    def get(self, request: Payload) -> Payload:
        """GetVariables."""
        return {"getVariableResult": [self._read(each) for each in request["getVariableData"]]}

    def set(self, request: Payload) -> Payload:
        """SetVariables."""
        return {"setVariableResult": [self._write(each) for each in request["setVariableData"]]}

    def _read(self, asked: Payload) -> dict[str, Any]:
        name = _name(asked)
        unknown = _unknown(name, asked)
        answer = _echo(asked)
        if unknown is not None:
            return {"attributeStatus": unknown, **answer}
        if not _VARIABLES[name].readable:
            return {"attributeStatus": "Rejected", **answer}
        return {"attributeStatus": "Accepted", "attributeValue": self._values[name], **answer}

    def _write(self, asked: Payload) -> dict[str, Any]:
        name, value = _name(asked), asked["attributeValue"]
        status = _unknown(name, asked)
        if status is None:
            allows = _VARIABLES[name].allows
            status = "Accepted" if allows is not None and allows(value) else "Rejected"
        if status == "Accepted":
            self._values[name] = value
            self._act(name, value)
        return {"attributeStatus": status, **_echo(asked)}

    def _act(self, name: _Name, value: str) -> None:
        match name:
            case ("OCPPCommCtrlr", "HeartbeatInterval"):
                self._station.beats_every(int(value))
            case ("SecurityCtrlr", "BasicAuthPassword"):
                self._station.link.password = value


def _name(asked: Payload) -> _Name:
    return asked["component"]["name"], asked["variable"]["name"]


def _unknown(name: _Name, asked: Payload) -> str | None:
    if asked.get("attributeType", "Actual") != "Actual":
        return "NotSupportedAttributeType"
    if name in _VARIABLES:
        return None
    known = {component for component, _ in _VARIABLES}
    return "UnknownVariable" if name[0] in known else "UnknownComponent"


def _echo(asked: Payload) -> dict[str, Any]:
    kept = ("attributeType", "component", "variable")
    return {key: asked[key] for key in kept if key in asked}
