"""The device model of a simulated 2.0.1 station: what its maker declares (2.0.1 part 2, section 3)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from voltaro.domain.values import changed
from voltaro.testing.dialect import Identity


class Name(NamedTuple):
    """Component and variable; what is empty or 0 is absent."""

    component: str
    variable: str
    instance: str = ""
    evse: int = 0
    connector: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Without `allows` it is read-only, without `readable` write-only."""

    value: str
    data_type: str = "string"
    allows: Callable[[str], bool] | None = None
    readable: bool = True
    unit: str | None = None
    limits: tuple[int, int] | None = None
    values: tuple[str, ...] = ()


def _number(
    value: int, unit: str | None = None, *, least: int = 0, most: int = 86_400, fixed: bool = False
) -> Declared:
    def allows(text: str) -> bool:
        return text.isascii() and text.isdigit() and least <= int(text) <= most

    return Declared(
        value=str(value),
        data_type="integer",
        allows=None if fixed else allows,
        unit=unit,
        limits=(least, most),
    )


def _switch(value: str) -> Declared:
    return Declared(value=value, data_type="boolean", allows=lambda text: text in {"true", "false"})


def _list(value: str, *options: str) -> Declared:
    def allows(text: str) -> bool:
        return set(text.split(",")) <= set(options)

    return Declared(value=value, data_type="MemberList", allows=allows, values=options)


_STATES = ("Available", "Occupied", "Reserved", "Unavailable", "Faulted")
_STATE = Declared(value="Available", data_type="OptionList", values=_STATES)
_MEASURANDS = (
    "Current.Import",
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "SoC",
)
_POINTS = ("Authorized", "EVConnected", "PowerPathClosed")
_TEXT = Declared(value="")
#: So many tokens have room on the local list.
LIST_HOLDS = 500

_CONTROLLERS: dict[Name, Declared] = {
    Name("AlignedDataCtrlr", "Interval"): _number(900, "s"),
    Name("AlignedDataCtrlr", "Measurands"): _list(_MEASURANDS[1], *_MEASURANDS),
    Name("AuthCtrlr", "AuthorizeRemoteStart"): _switch("false"),
    Name("AuthCtrlr", "LocalAuthorizeOffline"): _switch("true"),
    Name("AuthCtrlr", "LocalPreAuthorize"): _switch("false"),
    Name("ClockCtrlr", "TimeSource"): _list("Heartbeat", "Heartbeat", "NTP"),
    Name("DeviceDataCtrlr", "BytesPerMessage", "GetReport"): _number(65_536, fixed=True),
    Name("DeviceDataCtrlr", "BytesPerMessage", "GetVariables"): _number(65_536, fixed=True),
    Name("DeviceDataCtrlr", "BytesPerMessage", "SetVariables"): _number(65_536, fixed=True),
    Name("DeviceDataCtrlr", "ItemsPerMessage", "GetReport"): _number(20, fixed=True),
    Name("DeviceDataCtrlr", "ItemsPerMessage", "GetVariables"): _number(20, fixed=True),
    Name("DeviceDataCtrlr", "ItemsPerMessage", "SetVariables"): _number(20, fixed=True),
    Name("LocalAuthListCtrlr", "Enabled"): _switch("true"),
    Name("LocalAuthListCtrlr", "Entries"): _number(0, most=LIST_HOLDS, fixed=True),
    Name("LocalAuthListCtrlr", "ItemsPerMessage"): _number(50, fixed=True),
    Name("OCPPCommCtrlr", "FileTransferProtocols"): changed(_TEXT, value="HTTP,HTTPS"),
    Name("OCPPCommCtrlr", "HeartbeatInterval"): _number(300, "s", least=1),
    Name("OCPPCommCtrlr", "MessageAttemptInterval", "TransactionEvent"): _number(60, "s"),
    Name("OCPPCommCtrlr", "MessageAttempts", "TransactionEvent"): _number(3, least=1, most=10),
    Name("OCPPCommCtrlr", "MessageTimeout", "Default"): _number(30, "s", least=1, most=300),
    Name("OCPPCommCtrlr", "NetworkConfigurationPriority"): _list("1", "1", "2"),
    Name("OCPPCommCtrlr", "NetworkProfileConnectionAttempts"): _number(3, least=1, most=10),
    Name("OCPPCommCtrlr", "OfflineThreshold"): _number(60, "s"),
    Name("OCPPCommCtrlr", "ResetRetries"): _number(3, most=10),
    Name("OCPPCommCtrlr", "UnlockOnEVSideDisconnect"): _switch("true"),
    Name("OCPPCommCtrlr", "WebSocketPingInterval"): _number(0, "s"),
    Name("ReservationCtrlr", "Enabled"): _switch("true"),
    Name("ReservationCtrlr", "NonEvseSpecific"): _switch("true"),
    Name("SampledDataCtrlr", "TxEndedMeasurands"): _list(_MEASURANDS[1], *_MEASURANDS),
    Name("SampledDataCtrlr", "TxStartedMeasurands"): _list(_MEASURANDS[1], *_MEASURANDS),
    Name("SampledDataCtrlr", "TxUpdatedInterval"): _number(60, "s", least=1),
    Name("SampledDataCtrlr", "TxUpdatedMeasurands"): _list(_MEASURANDS[1], *_MEASURANDS),
    Name("SecurityCtrlr", "BasicAuthPassword"): Declared(
        value="", allows=lambda text: 16 <= len(text) <= 40, readable=False, limits=(16, 40)
    ),
    Name("SecurityCtrlr", "OrganizationName"): changed(_TEXT, value="Voltaro"),
    Name("SecurityCtrlr", "SecurityProfile"): _number(1, most=3, fixed=True),
    Name("TxCtrlr", "EVConnectionTimeOut"): _number(120, "s"),
    Name("TxCtrlr", "StopTxOnEVSideDisconnect"): _switch("true"),
    Name("TxCtrlr", "StopTxOnInvalidId"): _switch("true"),
    Name("TxCtrlr", "TxStartPoint"): _list("EVConnected,Authorized", *_POINTS),
    Name("TxCtrlr", "TxStopPoint"): _list("EVConnected,Authorized", *_POINTS),
}


def device_model(identity: Identity, evses: int) -> dict[Name, Declared]:
    """All of it, in the order in which it is reported; each EVSE has one connector."""
    return dict(sorted((_CONTROLLERS | dict(_hardware(identity, evses))).items()))


def _hardware(identity: Identity, evses: int) -> Iterator[tuple[Name, Declared]]:
    phases = _number(3, most=3, fixed=True)
    yield Name("ChargingStation", "AvailabilityState"), _STATE
    yield Name("ChargingStation", "Model"), changed(_TEXT, value=identity.model)
    yield Name("ChargingStation", "SupplyPhases"), phases
    yield Name("ChargingStation", "VendorName"), changed(_TEXT, value=identity.vendor)
    for evse in range(1, evses + 1):
        yield Name("EVSE", "AvailabilityState", evse=evse), _STATE
        yield Name("EVSE", "SupplyPhases", evse=evse), phases
        yield Name("Connector", "AvailabilityState", evse=evse, connector=1), _STATE
        yield (
            Name("Connector", "ConnectorType", evse=evse, connector=1),
            changed(_TEXT, value="cType2"),
        )
