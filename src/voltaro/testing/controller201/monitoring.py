"""Monitors of a simulated 2.0.1 station: set, cleared, reported, and what they tell (N04 to N08)."""

from decimal import Decimal, InvalidOperation
from itertools import count
from typing import TYPE_CHECKING, Any

from voltaro.testing.clock import wire_time
from voltaro.testing.controller201.device_model import Name
from voltaro.testing.jobs import Jobs
from voltaro.testing.link import Payload, Reply

if TYPE_CHECKING:
    from voltaro.testing.controller201.variables import Variables
    from voltaro.testing.station import SimulatedStation

_ACCEPTED = {"status": "Accepted"}
_IN_A_PART = 4
_HIGHEST_SEVERITY = 9
_CRITERIA = {
    "UpperThreshold": "ThresholdMonitoring",
    "LowerThreshold": "ThresholdMonitoring",
    "Delta": "DeltaMonitoring",
    "Periodic": "PeriodicMonitoring",
    "PeriodicClockAligned": "PeriodicMonitoring",
}


class Monitoring:
    """What was set is there until it is cleared; the maker set nothing."""

    def __init__(self, station: "SimulatedStation", jobs: Jobs, variables: "Variables") -> None:
        self._station = station
        self._jobs = jobs
        self._variables = variables
        self._next_id = 1
        #: By number, as it was asked for.
        self.monitors: dict[int, Payload] = {}
        self.base = "All"
        self.level = _HIGHEST_SEVERITY
        self._event_ids = count(1)
        #: By number, the value that a monitor counts differences from.
        self._told_last: dict[int, str] = {}
        #: Those that are beyond their threshold.
        self._beyond: set[int] = set()

    def sees(self, name: Name) -> None:
        """A variable has another value: those who watch it tell so, where it matters."""
        for number, each in list(self.monitors.items()):
            if _name(each) == name:
                self._look(number, each, self._variables.value(name))

    def sees_state(self, connector: int, word: str) -> None:
        """The state of a connector is that of its EVSE, which has no other."""
        for component, place in (("EVSE", 0), ("Connector", 1)):
            name = Name(component, "AvailabilityState", evse=connector, connector=place)
            for number, each in list(self.monitors.items()):
                if _name(each) == name:
                    self._look(number, each, word)

    def _look(self, number: int, monitor: Payload, value: str) -> None:
        match monitor["type"]:
            case "Delta" if _differs(self._told_last[number], value, monitor["value"]):
                self._told_last[number] = value
                self._tell(number, monitor, value, trigger="Delta")
            case "UpperThreshold" | "LowerThreshold" as kind:
                is_beyond = _is_beyond(kind, value, monitor["value"])
                if is_beyond is not (number in self._beyond):
                    (self._beyond.add if is_beyond else self._beyond.discard)(number)
                    self._tell(number, monitor, value, trigger="Alerting", cleared=not is_beyond)

    def _tell(
        self, number: int, monitor: Payload, value: str, *, trigger: str, cleared: bool = False
    ) -> None:
        """Nothing less severe than the level that was asked for (N07.FR.15)."""
        idle = monitor.get("transaction") and not self._station.under_way
        if monitor["severity"] > self.level or idle:
            return
        now = wire_time(self._station.clock.now())
        event = {
            "eventId": next(self._event_ids),
            "timestamp": now,
            "trigger": trigger,
            "actualValue": value,
            "eventNotificationType": "CustomMonitor",
            "variableMonitoringId": number,
            "component": monitor["component"],
            "variable": monitor["variable"],
        } | ({"cleared": True} if cleared else {})
        payload = {"generatedAt": now, "seqNo": 0, "eventData": [event]}
        self._jobs.begin(self._station.link.call("NotifyEvent", payload))

    def set_base(self, request: Payload) -> Payload:
        """SetMonitoringBase; all monitors are custom ones (N03.FR.04, .05)."""
        self.base = request["monitoringBase"]
        if self.base != "All":
            self.monitors.clear()
        return _ACCEPTED

    def set_level(self, request: Payload) -> Payload:
        """SetMonitoringLevel."""
        if request["severity"] > _HIGHEST_SEVERITY:
            return {"status": "Rejected"}
        self.level = request["severity"]
        return _ACCEPTED

    def set_monitors(self, request: Payload) -> Payload:
        """SetVariableMonitoring."""
        return {"setMonitoringResult": [self._set(each) for each in request["setMonitoringData"]]}

    def clear(self, request: Payload) -> Payload:
        """ClearVariableMonitoring."""
        return {
            "clearMonitoringResult": [
                {
                    "status": "Accepted" if self.monitors.pop(each, None) else "NotFound",
                    "id": each,
                }
                for each in request["id"]
            ]
        }

    def report(self, request: Payload) -> Payload | Reply:
        """GetMonitoringReport."""
        criteria = request.get("monitoringCriteria")
        selections = request.get("componentVariable", [{}])
        chosen = [
            (number, each)
            for number, each in sorted(self.monitors.items())
            if (criteria is None or _CRITERIA[each["type"]] in criteria)
            and any(_fits(each, selection) for selection in selections)
        ]
        if not chosen:
            return {"status": "EmptyResultSet"}
        return Reply(_ACCEPTED, lambda: self._jobs.begin(self._tells(request["requestId"], chosen)))

    def _set(self, asked: Payload) -> Payload:
        status = self._verdict(asked)
        result: Payload = {"status": status}
        if status == "Accepted":
            number = asked.get("id", self._next_id)
            self._next_id = max(self._next_id, number + 1)
            self.monitors[number] = asked
            value = self._variables.value(_name(asked))
            self._told_last[number] = value
            self._beyond.discard(number)
            self._look(number, asked, value)
            result["id"] = number
        return result | {
            name: asked[name] for name in ("type", "component", "variable", "severity")
        }

    def _verdict(self, asked: Payload) -> str:
        name, names = _name(asked), self._variables.names
        if name not in names:
            known = {each.component for each in names}
            return "UnknownVariable" if name.component in known else "UnknownComponent"
        if "id" in asked and asked["id"] not in self.monitors:
            return "Rejected"  # N04.FR.13
        same = (number for number, each in self.monitors.items() if _key(each) == _key(asked))
        return "Accepted" if all(number == asked.get("id") for number in same) else "Duplicate"

    async def _tells(self, request_id: int, chosen: list[tuple[int, Payload]]) -> None:
        starts = range(0, len(chosen), _IN_A_PART)
        for part, start in enumerate(starts):
            payload = {
                "requestId": request_id,
                "seqNo": part,
                "generatedAt": wire_time(self._station.clock.now()),
                "tbc": start != starts[-1],
                "monitor": [_told(*each) for each in chosen[start : start + _IN_A_PART]],
            }
            await self._station.link.call("NotifyMonitoringReport", payload)


def _name(asked: Payload) -> Name:
    evse = asked["component"].get("evse", {})
    return Name(
        asked["component"]["name"],
        asked["variable"]["name"],
        asked["variable"].get("instance", ""),
        evse.get("id", 0),
        evse.get("connectorId", 0),
    )


def _number_of(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _differs(before: str, now: str, by: float) -> bool:
    """By more than so much (N07.FR.18); of what is no number every change counts (N07.FR.19)."""
    old, new = _number_of(before), _number_of(now)
    if old is None or new is None:
        return before != now
    return abs(new - old) > Decimal(str(by))


def _is_beyond(kind: str, text: str, threshold: float) -> bool:
    value, limit = _number_of(text), Decimal(str(threshold))
    if value is None:
        return False
    return value > limit if kind == "UpperThreshold" else value < limit


def _key(asked: Payload) -> tuple[Any, ...]:
    return (asked["component"], asked["variable"], asked["type"], asked["severity"])


def _told(number: int, asked: Payload) -> Payload:
    monitor = {
        "id": number,
        "transaction": asked.get("transaction", False),
        "value": asked["value"],
        "type": asked["type"],
        "severity": asked["severity"],
    }
    return {
        "component": asked["component"],
        "variable": asked["variable"],
        "variableMonitoring": [monitor],
    }


def _fits(monitor: Payload, selection: Payload) -> bool:
    """What a selection leaves out does not narrow it."""
    component = selection.get("component", {})
    mine = monitor["component"]
    return all(
        asked is None or asked == has
        for asked, has in (
            (component.get("name"), mine["name"]),
            (component.get("evse"), mine.get("evse")),
            (selection.get("variable"), monitor["variable"]),
        )
    )
