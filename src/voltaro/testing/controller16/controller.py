"""The controller of a simulated 1.6 station: every command, what obeys it, and what refusal is."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from voltaro.testing.controller import Refusal
from voltaro.testing.controller16.availability import Availability
from voltaro.testing.controller16.certificates import Certificates, customs16
from voltaro.testing.controller16.configuration import Configuration
from voltaro.testing.controller16.firmware import FirmwareUpdates
from voltaro.testing.controller16.logs import LogUploads
from voltaro.testing.controller16.remote_control import RemoteControl
from voltaro.testing.controller16.reserving import wanted
from voltaro.testing.controller16.security import SecurityLog
from voltaro.testing.controller16.smart_charging import SmartCharging
from voltaro.testing.controller16.tokens import Tokens
from voltaro.testing.controller16.transfers import Transfers
from voltaro.testing.controller16.triggers import Triggers
from voltaro.testing.controller16.vendor import VendorMessages
from voltaro.testing.jobs import Jobs
from voltaro.testing.link import CallFailedError, Handler, Payload
from voltaro.testing.reservations import Reservations

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

_REJECTED = {"status": "Rejected"}
_NOT_SUPPORTED = CallFailedError("NotSupported", "not by this station")

#: What has no negative answer of its own is refused with a CALLERROR.
_REFUSALS: dict[str, Refusal] = {
    "CancelReservation": _REJECTED,
    "CertificateSigned": _REJECTED,
    "ChangeAvailability": _REJECTED,
    "ChangeConfiguration": _REJECTED,
    "ClearCache": _REJECTED,
    "ClearChargingProfile": {"status": "Unknown"},
    "DataTransfer": _REJECTED,
    "DeleteCertificate": {"status": "Failed"},
    "ExtendedTriggerMessage": _REJECTED,
    "GetCompositeSchedule": _REJECTED,
    "GetConfiguration": lambda request: {"unknownKey": request.get("key", [])},
    "GetDiagnostics": {},
    "GetInstalledCertificateIds": {"status": "NotFound"},
    "GetLocalListVersion": {"listVersion": -1},
    "GetLog": _REJECTED,
    "InstallCertificate": _REJECTED,
    "RemoteStartTransaction": _REJECTED,
    "RemoteStopTransaction": _REJECTED,
    "ReserveNow": _REJECTED,
    "Reset": _REJECTED,
    "SendLocalList": {"status": "Failed"},
    "SetChargingProfile": _REJECTED,
    "SignedUpdateFirmware": _REJECTED,
    "TriggerMessage": _REJECTED,
    "UnlockConnector": {"status": "UnlockFailed"},
    "UpdateFirmware": _NOT_SUPPORTED,
}


class Controller16:
    """Puts the blocks together; each can be reached to look at it or to prepare it."""

    def __init__(self, station: "SimulatedStation") -> None:
        self._station = station
        self.jobs = Jobs()
        self.security = SecurityLog(station)
        self.configuration = Configuration(
            station, reconnects=lambda: self.jobs.begin(self._logs_in_anew())
        )
        self.tokens = Tokens(self.configuration, station.clock)
        self.reservations = Reservations(
            station,
            self.jobs,
            allows_any=lambda: self.configuration.says("ReserveConnectorZeroSupported"),
            group_of=self.tokens.group_of,
        )
        self.availability = Availability(station, self.reservations, self.jobs)
        self.smart_charging = SmartCharging(station, self.configuration)
        self.remote_control = RemoteControl(
            station,
            configuration=self.configuration,
            reservations=self.reservations,
            smart_charging=self.smart_charging,
            security=self.security,
            jobs=self.jobs,
        )
        customs = customs16(self.configuration)
        self.certificates = Certificates(station, customs, self.security, self.jobs)
        self.transfers = Transfers(station.clock, self.certificates.roots)
        self.firmware = FirmwareUpdates(station, self.transfers, self.security, self.jobs)
        self.logs = LogUploads(station, self.transfers, self.jobs)
        self.vendor = VendorMessages()
        self.triggers = Triggers(
            station,
            availability=self.availability,
            firmware=self.firmware,
            logs=self.logs,
            certificates=self.certificates,
            jobs=self.jobs,
        )
        self.refusals: Mapping[str, Refusal] = _REFUSALS
        self.handlers: Mapping[str, Handler] = {
            "CancelReservation": self.reservations.cancel,
            "CertificateSigned": self.certificates.take_signed,
            "ChangeAvailability": self.availability.change,
            "ChangeConfiguration": self.configuration.change,
            "ClearCache": self.tokens.clear_cache,
            "ClearChargingProfile": self.smart_charging.clear,
            "DataTransfer": self.vendor.take,
            "DeleteCertificate": self.certificates.delete,
            "ExtendedTriggerMessage": self.triggers.trigger_extended,
            "GetCompositeSchedule": self.smart_charging.composite,
            "GetConfiguration": self.configuration.get,
            "GetDiagnostics": self.logs.get_diagnostics,
            "GetInstalledCertificateIds": self.certificates.list_ids,
            "GetLocalListVersion": self.tokens.tell_version,
            "GetLog": self.logs.get_log,
            "InstallCertificate": self.certificates.install,
            "RemoteStartTransaction": self.remote_control.start,
            "RemoteStopTransaction": self.remote_control.stop,
            "ReserveNow": lambda request: self.reservations.reserve(wanted(request)),
            "Reset": self.remote_control.reset,
            "SendLocalList": self.tokens.take_list,
            "SetChargingProfile": self.smart_charging.set_profile,
            "SignedUpdateFirmware": self.firmware.update_signed,
            "TriggerMessage": self.triggers.trigger,
            "UnlockConnector": self.availability.unlock,
            "UpdateFirmware": self.firmware.update,
        }

    def admits(self, connector: int, token: str) -> bool:
        return self.reservations.admits(connector, token)

    def uses_reservation(self, connector: int, token: str) -> int | None:
        return self.reservations.use(connector, token)

    def knows(self, token: str) -> bool | None:
        return self.tokens.knows(token)

    def admits_offline(self, token: str) -> bool:
        return self.tokens.admits_offline(token)

    def learns(self, token: str, reply: Payload) -> None:
        self.tokens.learn(token, reply)

    def limit_w(self, connector: int, at: datetime) -> int | None:
        return self.smart_charging.limit_w(connector, at)

    def restarts(self) -> None:
        self.configuration.apply_waiting()

    def sees_state(self, connector: int, word: str) -> None:
        """Nothing watches states."""

    def stops_working(self) -> None:
        self.jobs.cancel()

    async def _logs_in_anew(self) -> None:
        await self._station.comes_back()
        await self.security.tells("ReconfigurationOfSecurityParameters", "AuthorizationKey")
