"""The variables of a simulated 2.0.1 station: what can be read, set and reported (B05 to B08)."""

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

from voltaro.testing.clock import wire_time
from voltaro.testing.controller201.device_model import Declared, Name, device_model
from voltaro.testing.link import CallFailedError, Payload

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

#: So many variables go into one NotifyReport.
_IN_A_PART = 20


class Variables:
    """The values of one station; a new password is used at the next connection."""

    def __init__(self, station: "SimulatedStation") -> None:
        self._station = station
        self._declared = device_model(station.identity, len(station.states))
        self._values = {name: each.value for name, each in self._declared.items()}
        #: Told of each value that changes.
        self.on_change: Callable[[Name], object] = lambda _name: None

    @property
    def names(self) -> Collection[Name]:
        """All there are."""
        return self._declared.keys()

    @property
    def network_slots(self) -> Collection[int]:
        """The slots that connections can be put into."""
        priority = self._declared[Name("OCPPCommCtrlr", "NetworkConfigurationPriority")]
        return [int(each) for each in priority.values]

    def __getitem__(self, name: tuple[str, str]) -> str:
        return self._values[Name(*name)]

    def __setitem__(self, name: tuple[str, str], value: str) -> None:
        """Set a value as the maker or installer would, read-only or not."""
        self._values[Name(*name)] = value
        self.on_change(Name(*name))

    def get(self, request: Payload) -> Payload:
        """GetVariables."""
        asked = self._fitting("GetVariables", request["getVariableData"])
        return {"getVariableResult": [self._read(each) for each in asked]}

    def set(self, request: Payload) -> Payload:
        """SetVariables."""
        asked = self._fitting("SetVariables", request["setVariableData"])
        return {"setVariableResult": [self._write(each) for each in asked]}

    def base(self, request: Payload) -> list[Payload]:
        """The NotifyReports that a GetBaseReport asks for."""
        match request["reportBase"]:
            case "ConfigurationInventory":
                chosen = [name for name, each in self._declared.items() if each.allows]
            case "SummaryInventory":
                chosen = [name for name in self._declared if name.variable == "AvailabilityState"]
            case _:
                chosen = list(self._declared)
        return self._parts(request["requestId"], chosen)

    def chosen(self, request: Payload) -> list[Payload]:
        """The NotifyReports that a GetReport asks for; none where nothing fits."""
        selections = self._fitting("GetReport", request.get("componentVariable", [{}]))
        problems_only = set(request.get("componentCriteria", ())) == {"Problem"}
        chosen = [
            name
            for name in self._declared
            if not problems_only and any(_fits(name, each) for each in selections)
        ]
        return self._parts(request["requestId"], chosen)

    def _parts(self, request_id: int, names: list[Name]) -> list[Payload]:
        starts = range(0, len(names), _IN_A_PART)
        return [
            {
                "requestId": request_id,
                "generatedAt": wire_time(self._station.clock.now()),
                "seqNo": number,
                "tbc": start != starts[-1],
                "reportData": [self._report(each) for each in names[start : start + _IN_A_PART]],
            }
            for number, start in enumerate(starts)
        ]

    def _report(self, name: Name) -> Payload:
        declared = self._declared[name]
        attribute: Payload = {"persistent": True}
        if declared.readable:
            writable = "ReadWrite" if declared.allows else "ReadOnly"
            attribute |= {"value": self.value(name), "mutability": writable}
        else:
            attribute["mutability"] = "WriteOnly"
        return _on_wire(name) | {
            "variableAttribute": [attribute],
            "variableCharacteristics": _characteristics(declared),
        }

    def value(self, name: Name) -> str:
        """What changes by itself is looked up."""
        if name.variable == "AvailabilityState" and name.evse:
            return self._station.dialect.status_word(self._station.states[name.evse])
        return self._values[name]

    def _fitting(self, action: str, asked: list[Any]) -> list[Any]:
        limit = int(self._values[Name("DeviceDataCtrlr", "ItemsPerMessage", action)])
        if len(asked) > limit:
            raise CallFailedError("OccurrenceConstraintViolation", f"more than {limit} elements")
        return asked

    def _read(self, asked: Payload) -> dict[str, Any]:
        name = _name(asked)
        unknown = self._unknown(name, asked)
        answer = _echo(asked)
        if unknown is not None:
            return {"attributeStatus": unknown, **answer}
        if not self._declared[name].readable:
            return {"attributeStatus": "Rejected", **answer}
        return {"attributeStatus": "Accepted", "attributeValue": self.value(name), **answer}

    def _write(self, asked: Payload) -> dict[str, Any]:
        name, value = _name(asked), asked["attributeValue"]
        status = self._unknown(name, asked)
        if status is None:
            allows = self._declared[name].allows
            status = "Accepted" if allows is not None and allows(value) else "Rejected"
        if status == "Accepted":
            self._values[name] = value
            self.on_change(name)
            self._act(name, value)
        return {"attributeStatus": status, **_echo(asked)}

    def _act(self, name: Name, value: str) -> None:
        match name[:2]:
            case ("OCPPCommCtrlr", "HeartbeatInterval"):
                self._station.beats_every(int(value))
            case ("SecurityCtrlr", "BasicAuthPassword"):
                self._station.link.password = value

    def _unknown(self, name: Name, asked: Payload) -> str | None:
        if asked.get("attributeType", "Actual") != "Actual":
            return "NotSupportedAttributeType"
        if name in self._declared:
            return None
        known = {each.component for each in self._declared}
        return "UnknownVariable" if name.component in known else "UnknownComponent"


def _name(asked: Payload) -> Name:
    component, variable = asked["component"], asked["variable"]
    evse = component.get("evse", {})
    return Name(
        component["name"],
        variable["name"],
        variable.get("instance", ""),
        evse.get("id", 0),
        evse.get("connectorId", 0),
    )


def _on_wire(name: Name) -> Payload:
    component: Payload = {"name": name.component}
    if name.evse:
        place = {"connectorId": name.connector} if name.connector else {}
        component["evse"] = {"id": name.evse} | place
    variable = {"name": name.variable} | ({"instance": name.instance} if name.instance else {})
    return {"component": component, "variable": variable}


def _characteristics(declared: Declared) -> Payload:
    found: Payload = {"dataType": declared.data_type, "supportsMonitoring": declared.readable}
    if declared.unit:
        found["unit"] = declared.unit
    if declared.limits:
        found["minLimit"], found["maxLimit"] = declared.limits
    if declared.values:
        found["valuesList"] = ",".join(declared.values)
    return found


def _fits(name: Name, selection: Payload) -> bool:
    """What a selection leaves out does not narrow it (B08.FR.20 to 25)."""
    return all(_wanted(name, selection))


def _wanted(name: Name, selection: Payload) -> Iterator[bool]:
    component, variable = selection.get("component", {}), selection.get("variable", {})
    evse = component.get("evse", {})
    for mine, asked in (
        (name.component, component.get("name")),
        (name.evse, evse.get("id")),
        (name.connector, evse.get("connectorId")),
        (name.variable, variable.get("name")),
        (name.instance, variable.get("instance")),
    ):
        yield asked is None or asked == mine


def _echo(asked: Payload) -> dict[str, Any]:
    kept = ("attributeType", "component", "variable")
    return {key: asked[key] for key in kept if key in asked}
