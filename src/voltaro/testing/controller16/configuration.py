"""The settings of a station: what can be read, what can be changed, and when it takes effect.

OCPP 1.6 §5.3, §5.8, §9 and §7 of the security whitepaper.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from voltaro.testing.link import CallFailedError, Payload, Reply

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

_MEASURANDS = frozenset(
    {"Energy.Active.Import.Register", "Power.Active.Import", "Current.Import", "SoC"}
)
# 16 to 20 bytes in hexadecimal.
_PASSWORD = re.compile(r"(?:[0-9A-Fa-f]{2}){16,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A configuration key; without `allows` it is read-only."""

    value: str
    allows: Callable[[str], bool] | None = None
    #: A change takes effect with the next reset.
    after_reset: bool = False
    readable: bool = True


def _number(value: str, *, least: int = 0, most: int = 2**31 - 1) -> bool:
    return value.isascii() and value.isdigit() and least <= int(value) <= most


def _truth(value: str) -> bool:
    return value.lower() in {"true", "false"}


def _measurands(value: str) -> bool:
    return {each.strip() for each in value.split(",") if each.strip()} <= _MEASURANDS


def _text(value: str) -> bool:
    return len(value) <= 500


_SETTINGS = {
    "AllowOfflineTxForUnknownId": Setting(value="true", allows=_truth),
    "AuthorizationCacheEnabled": Setting(value="true", allows=_truth),
    "AuthorizationKey": Setting(
        value="", allows=lambda value: _PASSWORD.fullmatch(value) is not None, readable=False
    ),
    "AuthorizeRemoteTxRequests": Setting(value="false", allows=_truth),
    "CertificateStoreMaxLength": Setting(value="10"),
    "CertificateSignedMaxChainSize": Setting(value="10000"),
    "ChargeProfileMaxStackLevel": Setting(value="8"),
    "ChargingScheduleAllowedChargingRateUnit": Setting(value="Current,Power"),
    "ChargingScheduleMaxPeriods": Setting(value="24"),
    "ClockAlignedDataInterval": Setting(value="0", allows=_number),
    "ConnectionTimeOut": Setting(value="60", allows=_number),
    "ConnectorPhaseRotation": Setting(value="NotApplicable", allows=_text),
    "CpoName": Setting(value="Voltaro", allows=lambda value: 0 < len(value) <= 255),
    "GetConfigurationMaxKeys": Setting(value="50"),
    "HeartbeatInterval": Setting(value="300", allows=partial(_number, least=1)),
    "LocalAuthListEnabled": Setting(value="true", allows=_truth),
    "LocalAuthListMaxLength": Setting(value="1000"),
    "LocalAuthorizeOffline": Setting(value="true", allows=_truth),
    "LocalPreAuthorize": Setting(value="false", allows=_truth),
    "MaxChargingProfilesInstalled": Setting(value="10"),
    "MeterValueSampleInterval": Setting(value="60", allows=_number),
    "MeterValuesAlignedData": Setting(value="", allows=_measurands),
    "MeterValuesSampledData": Setting(
        value="Energy.Active.Import.Register,Power.Active.Import,Current.Import,SoC",
        allows=_measurands,
    ),
    "NumberOfConnectors": Setting(value="1"),
    "ReserveConnectorZeroSupported": Setting(value="true"),
    "ResetRetries": Setting(value="1", allows=_number),
    "SendLocalListMaxLength": Setting(value="100"),
    "StopTransactionOnEVSideDisconnect": Setting(value="true", allows=_truth),
    "StopTransactionOnInvalidId": Setting(value="true", allows=_truth),
    "StopTxnAlignedData": Setting(value="", allows=_measurands),
    "StopTxnSampledData": Setting(value="", allows=_measurands),
    "SupportedFeatureProfiles": Setting(
        value="Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,"
        "RemoteTrigger"
    ),
    "TransactionMessageAttempts": Setting(value="3", allows=partial(_number, least=1)),
    "TransactionMessageRetryInterval": Setting(value="1", allows=_number),
    "UnlockConnectorOnEVSideDisconnect": Setting(value="true", allows=_truth, after_reset=True),
    "WebSocketPingInterval": Setting(value="0", allows=_number, after_reset=True),
}


class Configuration:
    """The values of one station's settings; names are found in any case.

    GetConfigurationMaxKeys limits how many keys may be asked for by name; more are a CALLERROR.
    """

    def __init__(self, station: "SimulatedStation", reconnects: Callable[[], object]) -> None:
        """`reconnects`: called when the station is to log in with a new password."""
        self._station = station
        self._reconnects = reconnects
        self._settings = dict(_SETTINGS)
        self._values = {key: setting.value for key, setting in _SETTINGS.items()}
        self._values["NumberOfConnectors"] = str(len(station.states))
        self._waiting: dict[str, str] = {}
        self._effects: dict[str, Callable[[str], object]] = {
            "HeartbeatInterval": lambda value: station.beats_every(int(value)),
            "TransactionMessageAttempts": self._attempts,
            "TransactionMessageRetryInterval": self._retry_interval,
            "WebSocketPingInterval": self._pings,
        }

    def __getitem__(self, key: str) -> str:
        if key == "HeartbeatInterval":
            return str(int(self._station.heartbeat_interval_s))
        return self._values[key]

    def __setitem__(self, key: str, value: str) -> None:
        """Set a value as the maker or installer would, read-only or not; it acts at once."""
        self._settings.setdefault(key, Setting(value=value, allows=_text))
        self._values[key] = value
        if key in self._effects:
            self._effects[key](value)

    def number(self, key: str) -> int:
        return int(self._values[key])

    def says(self, key: str) -> bool:
        """Whether a setting is true."""
        return self._values[key].lower() == "true"

    def apply_waiting(self) -> None:
        """What waited for a reset takes effect."""
        waiting, self._waiting = self._waiting, {}
        for key, value in waiting.items():
            self[key] = value

    def get(self, request: Payload) -> Payload:
        """GetConfiguration."""
        asked = request.get("key") or []
        if len(asked) > self.number("GetConfigurationMaxKeys"):
            raise CallFailedError(
                "OccurenceConstraintViolation", "more than GetConfigurationMaxKeys"
            )
        found = [self._find(each) for each in asked] if asked else sorted(self._settings)
        answer: Payload = {"configurationKey": [self._shown(key) for key in found if key]}
        unknown = [each for each, key in zip(asked, found, strict=False) if key is None]
        return answer | ({"unknownKey": unknown} if unknown else {})

    def change(self, request: Payload) -> Payload | Reply:
        """ChangeConfiguration."""
        key, value = self._find(request["key"]), request["value"]
        if key is None:
            return {"status": "NotSupported"}
        setting = self._settings[key]
        if setting.allows is None or not setting.allows(value):
            return {"status": "Rejected"}
        if key == "AuthorizationKey":
            return Reply({"status": "Accepted"}, lambda: self._takes_password(value))
        if setting.after_reset:
            self._waiting[key] = value
            return {"status": "RebootRequired"}
        self[key] = value
        return {"status": "Accepted"}

    def _find(self, name: str) -> str | None:
        return next((key for key in self._settings if key.lower() == name.lower()), None)

    def _shown(self, key: str) -> dict[str, Any]:
        setting = self._settings[key]
        shown: dict[str, Any] = {"key": key, "readonly": setting.allows is None}
        return shown | ({"value": self[key]} if setting.readable else {})

    def _takes_password(self, value: str) -> None:
        # The password is the bytes that the key says in hexadecimal (whitepaper §2.3, errata).
        self._station.link.password = bytes.fromhex(value)
        self._reconnects()

    def _attempts(self, value: str) -> None:
        self._station.outbox.attempts = int(value)

    def _retry_interval(self, value: str) -> None:
        self._station.outbox.retry_after_s = int(value)

    def _pings(self, value: str) -> None:
        self._station.link.ping_every_s = int(value) or None
