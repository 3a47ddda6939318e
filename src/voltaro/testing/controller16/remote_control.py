"""Charging that the server starts and stops, and resets (1.6 §5.11, §5.12, §5.14)."""

from typing import TYPE_CHECKING

from voltaro.testing.controller16.configuration import Configuration
from voltaro.testing.controller16.security import SecurityLog
from voltaro.testing.controller16.smart_charging import SmartCharging
from voltaro.testing.dialect import ConnectorState
from voltaro.testing.jobs import Jobs
from voltaro.testing.link import Payload, Reply, StationError
from voltaro.testing.reservations import Reservations
from voltaro.testing.under_way import end_visits, is_free, open_transaction, taking

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation


class RemoteControl:
    """Starts visits that the server asks for; they end when it says so, or when time is over."""

    def __init__(
        self,
        station: "SimulatedStation",
        *,
        configuration: Configuration,
        reservations: Reservations,
        smart_charging: SmartCharging,
        security: SecurityLog,
        jobs: Jobs,
    ) -> None:
        self._station = station
        self._configuration = configuration
        self._reservations = reservations
        self._smart_charging = smart_charging
        self._security = security
        self._jobs = jobs
        #: Without a car nobody plugs in, and the start lapses after ConnectionTimeOut.
        self.car_comes = True
        #: Where nobody stops it, it ends after so long by the station's clock.
        self.charges_at_most_s = 4 * 3600.0

    async def start(self, request: Payload) -> Payload | Reply:
        """RemoteStartTransaction."""
        token, profile = request["idTag"], request.get("chargingProfile")
        connector = await self._connector_for(token, request.get("connectorId"))
        if connector is None or (profile is not None and not self._fits(connector, profile)):
            return {"status": "Rejected"}
        return Reply(
            {"status": "Accepted"},
            lambda: self._jobs.begin(self._visit(connector, token, profile)),
        )

    def stop(self, request: Payload) -> Payload | Reply:
        """RemoteStopTransaction."""
        ref = str(request["transactionId"])
        there = [each for each in self._station.states if self._ref_at(each) == ref]
        if not there:
            return {"status": "Rejected"}
        return Reply(
            {"status": "Accepted"},
            lambda: self._jobs.begin(end_visits(self._station, there, "Remote")),
        )

    def reset(self, request: Payload) -> Reply:
        """Reset: transactions end, then the station goes and comes back."""
        kind = request["type"]
        return Reply({"status": "Accepted"}, lambda: self._jobs.begin(self._resets(kind)))

    def _ref_at(self, connector: int) -> str | None:
        transaction = open_transaction(self._station, connector)
        return None if transaction is None else transaction.ref

    async def _resets(self, kind: str) -> None:
        station = self._station
        await end_visits(station, list(station.states), f"{kind}Reset")
        await station.restarts("RemoteReset", politely=kind == "Soft")
        await self._security.tells("ResetOrReboot", f"{kind} reset")

    async def _connector_for(self, token: str, asked: int | None) -> int | None:
        """The connector that was asked for, or the first, if it is free and not held for others."""
        station = self._station
        for connector in station.states if asked is None else [asked]:
            if connector not in station.states or not is_free(station, connector):
                continue
            if self._reservations.is_known_to_need_parent(connector, token):
                try:
                    await station.authorizes(token)
                except StationError:
                    continue
            if self._reservations.admits(connector, token) and is_free(station, connector):
                return connector
        return None

    def _fits(self, connector: int, profile: Payload) -> bool:
        return (
            profile["chargingProfilePurpose"] == "TxProfile"
            and "transactionId" not in profile
            and self._smart_charging.is_sound(connector, profile)
        )

    async def _visit(self, connector: int, token: str, profile: Payload | None) -> None:
        # The scenario imports the station, which has this inside.
        from voltaro.testing.scenario import Visit, charge, is_accepted

        station = self._station
        if not is_free(station, connector):
            return
        with taking(station, connector) as under_way:
            await station.shows(connector, ConnectorState.PREPARING)
            must_ask = self._configuration.says("AuthorizeRemoteTxRequests")
            admitted = not must_ask or await is_accepted(station, token)
            if admitted and not self.car_comes:
                timeout_s = self._configuration.number("ConnectionTimeOut")
                await station.clock.sleep_unless(under_way.wanted_over, timeout_s)
                admitted = False
            if not admitted or under_way.wanted_over.is_set():
                await station.shows(connector, station.resting[connector])
                return
            visit = Visit(
                token=token,
                connector=connector,
                duration_s=self.charges_at_most_s,
                meter_every_s=self._configuration.number("MeterValueSampleInterval") or 3600.0,
            )
            await charge(
                station,
                visit,
                under_way,
                once_started=lambda: profile and self._smart_charging.install(connector, profile),
            )
