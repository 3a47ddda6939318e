"""The controller of a simulated 2.0.1 station: the commands that are cheap to obey."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from voltaro.testing.controller import Refusal
from voltaro.testing.controller16.firmware import FirmwareUpdates
from voltaro.testing.controller16.logs import LogUploads
from voltaro.testing.controller16.security import SecurityLog
from voltaro.testing.controller16.transfers import Transfers
from voltaro.testing.controller16.vendor import VendorMessages
from voltaro.testing.controller201.certificates import list_ids, new_certificates
from voltaro.testing.controller201.monitoring import Monitoring
from voltaro.testing.controller201.network_profiles import NetworkProfiles
from voltaro.testing.controller201.reserving import reservations, reserve
from voltaro.testing.controller201.smart_charging import SmartCharging201
from voltaro.testing.controller201.tokens import Tokens
from voltaro.testing.controller201.triggers import Triggers
from voltaro.testing.controller201.variables import Variables
from voltaro.testing.dialect import ConnectorState
from voltaro.testing.jobs import Jobs
from voltaro.testing.link import CallFailedError, Handler, Payload, Reply
from voltaro.testing.under_way import end_visits, is_free, open_transaction, taking

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

_REJECTED = {"status": "Rejected"}
_CHARGES_AT_MOST_S = 4 * 3600.0


class Controller201:
    """Remote control, tokens, reservations, variables and their monitors, firmware and logs."""

    def __init__(self, station: "SimulatedStation") -> None:
        self._station = station
        self.jobs = Jobs()
        self.variables = Variables(station)
        self.tokens = Tokens(self.variables, station.clock)
        self.reservations = reservations(station, self.jobs, self.variables, self.tokens.group_of)
        self.monitoring = Monitoring(station, self.jobs, self.variables)
        self.variables.on_change = self.monitoring.sees
        self.certificates = new_certificates(station, self.variables, self.jobs)
        self.smart_charging = SmartCharging201(station, self.jobs)
        transfers = Transfers(station.clock, roots=self.certificates.roots)
        self.firmware = FirmwareUpdates(
            station,
            transfers,
            SecurityLog(station),
            self.jobs,
            notification="FirmwareStatusNotification",
        )
        self.logs = LogUploads(station, transfers, self.jobs)
        triggers = Triggers(
            station,
            self.jobs,
            firmware=self.firmware,
            logs=self.logs,
            certificates=self.certificates,
        )
        self.handlers: Mapping[str, Handler] = {
            "CancelReservation": self.reservations.cancel,
            "CertificateSigned": self.certificates.take_signed,
            "ChangeAvailability": self._change_availability,
            "ClearCache": self.tokens.clear_cache,
            "ClearChargingProfile": self.smart_charging.clear,
            "ClearVariableMonitoring": self.monitoring.clear,
            "DataTransfer": VendorMessages().take,
            "DeleteCertificate": self.certificates.delete,
            "GetBaseReport": lambda request: self._report(self.variables.base(request)),
            "GetChargingProfiles": self.smart_charging.report,
            "GetCompositeSchedule": self.smart_charging.composite,
            "GetInstalledCertificateIds": lambda request: list_ids(self.certificates, request),
            "GetLocalListVersion": self.tokens.tell_version,
            "GetLog": self.logs.get_log,
            "GetMonitoringReport": self.monitoring.report,
            "GetReport": lambda request: self._report(self.variables.chosen(request)),
            "GetVariables": self.variables.get,
            "InstallCertificate": self.certificates.install,
            "RequestStartTransaction": self._start,
            "RequestStopTransaction": self._stop,
            "ReserveNow": lambda request: reserve(self.reservations, self.variables, request),
            "Reset": self._reset,
            "SendLocalList": self.tokens.take_list,
            "SetChargingProfile": self.smart_charging.set_profile,
            "SetMonitoringBase": self.monitoring.set_base,
            "SetMonitoringLevel": self.monitoring.set_level,
            "SetNetworkProfile": NetworkProfiles(self.variables).set_profile,
            "SetVariableMonitoring": self.monitoring.set_monitors,
            "SetVariables": self.variables.set,
            "TriggerMessage": triggers.trigger,
            "UnlockConnector": self._unlock,
            "UpdateFirmware": self.firmware.update_signed,
        }
        # What answers for each variable by itself does not refuse as a whole.
        not_supported = CallFailedError("NotSupported", "not by this station")
        self.refusals: Mapping[str, Refusal] = dict.fromkeys(self.handlers, _REJECTED) | {
            "ClearChargingProfile": {"status": "Unknown"},
            "ClearVariableMonitoring": not_supported,
            "DeleteCertificate": {"status": "Failed"},
            "GetChargingProfiles": {"status": "NoProfiles"},
            "GetInstalledCertificateIds": {"status": "NotFound"},
            "GetLocalListVersion": {"versionNumber": 0},
            "GetVariables": not_supported,
            "SendLocalList": {"status": "Failed"},
            "SetVariableMonitoring": not_supported,
            "SetVariables": not_supported,
            "UnlockConnector": {"status": "UnlockFailed"},
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

    def sees_state(self, connector: int, word: str) -> None:
        self.monitoring.sees_state(connector, word)

    def restarts(self) -> None:
        """Nothing waits for it."""

    def stops_working(self) -> None:
        self.jobs.cancel()

    def _start(self, request: Payload) -> Payload | Reply:
        station, asked = self._station, request.get("evseId")
        candidates = list(station.states) if asked is None else [asked]
        token, remote_id = request["idToken"]["idToken"], request["remoteStartId"]
        free = [
            each
            for each in candidates
            if each in station.states
            and is_free(station, each)
            and self.reservations.admits(each, token)
        ]
        profile = request.get("chargingProfile")
        if not free or (profile and not self.smart_charging.is_sound(free[0], profile)):
            return _REJECTED
        return Reply(
            {"status": "Accepted"},
            lambda: self.jobs.begin(self._visit(free[0], token, remote_id, profile)),
        )

    async def _visit(
        self, connector: int, token: str, remote_id: int, profile: Payload | None
    ) -> None:
        # The scenario imports the station, which has this inside.
        from voltaro.testing.scenario import Visit, charge, is_accepted

        if not is_free(self._station, connector):
            return
        with taking(self._station, connector) as under_way:
            await self._station.shows(connector, ConnectorState.PREPARING)
            must_ask = self.variables["AuthCtrlr", "AuthorizeRemoteStart"] == "true"
            if must_ask and not await is_accepted(self._station, token):
                await self._station.shows(connector, self._station.resting[connector])
                return
            visit = Visit(
                token=token,
                connector=connector,
                duration_s=_CHARGES_AT_MOST_S,
                meter_every_s=float(self.variables["SampledDataCtrlr", "TxUpdatedInterval"]),
                remote_id=remote_id,
            )
            await charge(
                self._station,
                visit,
                under_way,
                once_started=lambda: profile and self.smart_charging.install(connector, profile),
            )

    def _stop(self, request: Payload) -> Payload | Reply:
        connector = self._connector_of(request["transactionId"])
        return _REJECTED if connector is None else self._ending([connector], "Remote")

    def _reset(self, request: Payload) -> Payload | Reply:
        station, evse = self._station, request.get("evseId")
        if evse is not None and evse not in station.states:
            return _REJECTED
        places = list(station.states) if evse is None else [evse]
        visits = [station.under_way[each] for each in places if each in station.under_way]
        later = bool(visits) and request["type"] == "OnIdle"

        async def resets() -> None:
            if later:
                for visit in visits:
                    await visit.over.wait()
            await end_visits(station, places, "ImmediateReset")
            if evse is None:
                await station.restarts("ScheduledReset" if later else "RemoteReset")
                return
            await station.shows(evse, ConnectorState.UNAVAILABLE)
            await station.shows(evse, station.resting[evse])

        status = "Scheduled" if later else "Accepted"
        return Reply({"status": status}, lambda: self.jobs.begin(resets()))

    def _change_availability(self, request: Payload) -> Payload | Reply:
        station = self._station
        evse = request.get("evse", {}).get("id")
        connectors = list(station.states) if evse is None else [evse]
        is_there = request.get("evse", {}).get("connectorId", 1) == 1
        if not is_there or not set(connectors) <= station.states.keys():
            return _REJECTED
        operative = request["operationalStatus"] == "Operative"
        state = ConnectorState.AVAILABLE if operative else ConnectorState.UNAVAILABLE
        if not operative:
            for connector in connectors:
                self.reservations.end_at(connector)
        station.resting.update(dict.fromkeys(connectors, state))
        busy = [each for each in connectors if each in station.under_way]

        async def tells() -> None:
            for connector in connectors:
                if connector not in station.under_way:
                    await station.reports_status(connector, state)

        return Reply(
            {"status": "Scheduled" if busy else "Accepted"}, lambda: self.jobs.begin(tells())
        )

    def _unlock(self, request: Payload) -> Payload:
        if request["evseId"] not in self._station.states or request["connectorId"] != 1:
            return {"status": "UnknownConnector"}
        if open_transaction(self._station, request["evseId"]) is not None:
            return {"status": "OngoingAuthorizedTransaction"}
        return {"status": "Unlocked"}

    def _report(self, parts: list[Payload]) -> Payload | Reply:
        if not parts:
            return {"status": "EmptyResultSet"}

        async def tells() -> None:
            for part in parts:
                await self._station.link.call("NotifyReport", part)

        return Reply({"status": "Accepted"}, lambda: self.jobs.begin(tells()))

    def _ending(self, connectors: list[int], reason: str) -> Reply:
        return Reply(
            {"status": "Accepted"},
            lambda: self.jobs.begin(end_visits(self._station, connectors, reason)),
        )

    def _connector_of(self, ref: Any) -> int | None:
        for connector in self._station.states:
            transaction = open_transaction(self._station, connector)
            if transaction is not None and transaction.ref == ref:
                return connector
        return None
