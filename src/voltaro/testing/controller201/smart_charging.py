"""Charging profiles of a simulated 2.0.1 station: set, cleared, reported and obeyed (K01, K08-K10)."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from voltaro.testing.controller16.smart_charging import SmartCharging
from voltaro.testing.jobs import Jobs
from voltaro.testing.link import Payload, Reply

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

_PURPOSES: Final = {
    "ChargingStationMaxProfile": "ChargePointMaxProfile",
    "TxDefaultProfile": "TxDefaultProfile",
    "TxProfile": "TxProfile",
}
#: By the names of 1.6, whose stack of profiles is used.
_SETTINGS: Final = {
    "ChargingScheduleAllowedChargingRateUnit": "Current,Power",
    "ChargeProfileMaxStackLevel": "9",
    "ChargingScheduleMaxPeriods": "48",
    "MaxChargingProfilesInstalled": "20",
}


class _Settings:
    def __getitem__(self, key: str) -> str:
        return _SETTINGS[key]

    def number(self, key: str) -> int:
        return int(_SETTINGS[key])


class SmartCharging201:
    """The words of 2.x around the stack of profiles that stations of 1.6 have too.

    Of several schedules the first counts: the simulated vehicles choose nothing.
    """

    def __init__(self, station: "SimulatedStation", jobs: Jobs) -> None:
        self._station = station
        self._jobs = jobs
        self._stacked = SmartCharging(station, _Settings())
        #: What each profile was told as, by its id, with its EVSE.
        self._told: dict[int, tuple[int, Payload]] = {}

    def set_profile(self, request: Payload) -> Payload:
        """SetChargingProfile."""
        accepted = self.install(request["evseId"], request["chargingProfile"])
        return {"status": "Accepted" if accepted else "Rejected"}

    def is_sound(self, evse: int, told: Payload) -> bool:
        """Whether a profile says what may be said, for this EVSE."""
        known = told["chargingProfilePurpose"] in _PURPOSES
        return known and self._stacked.is_sound(evse, _in_16(told))

    def install(self, evse: int, told: Payload) -> bool:
        """Put a profile on the stack; False when the station cannot have it there."""
        if told["chargingProfilePurpose"] not in _PURPOSES:
            return False
        if not self._stacked.install(evse, _in_16(told)):
            return False
        self._told[told["id"]] = evse, told
        return True

    def clear(self, request: Payload) -> Payload:
        """ClearChargingProfile."""
        criteria = request.get("chargingProfileCriteria", {})
        purpose = criteria.get("chargingProfilePurpose")
        return self._stacked.clear(
            {
                "id": request.get("chargingProfileId"),
                "connectorId": criteria.get("evseId"),
                "chargingProfilePurpose": purpose and _PURPOSES.get(purpose, purpose),
                "stackLevel": criteria.get("stackLevel"),
            }
        )

    def composite(self, request: Payload) -> Payload:
        """GetCompositeSchedule."""
        answer = self._stacked.composite({**request, "connectorId": request["evseId"]})
        if answer["status"] != "Accepted":
            return answer
        start, schedule = answer["scheduleStart"], answer["chargingSchedule"]
        told = {"evseId": request["evseId"], "scheduleStart": start, **schedule}
        return {"status": "Accepted", "schedule": told}

    def report(self, request: Payload) -> Payload | Reply:
        """GetChargingProfiles: one part for each EVSE."""
        held = self._matching(request.get("evseId"), request["chargingProfile"])
        if not held:
            return {"status": "NoProfiles"}

        async def tells() -> None:
            places = sorted(held)
            for evse in places:
                part = {
                    "requestId": request["requestId"],
                    "chargingLimitSource": "CSO",
                    "evseId": evse,
                    "chargingProfile": held[evse],
                    "tbc": evse != places[-1],
                }
                await self._station.link.call("ReportChargingProfiles", part)

        return Reply({"status": "Accepted"}, lambda: self._jobs.begin(tells()))

    def limit_w(self, evse: int, at: datetime) -> int | None:
        """What the EVSE may draw then; None where nothing limits."""
        return self._stacked.limit_w(evse, at)

    def _matching(self, evse_id: int | None, asked: Payload) -> dict[int, list[Payload]]:
        """What is asked for, by EVSE; all that is here comes from the operator."""
        held: dict[int, list[Payload]] = {}
        if "CSO" not in asked.get("chargingLimitSource", ["CSO"]):
            return held
        ids = asked.get("chargingProfileId")
        for each in self._stacked.held():
            evse, told = self._told[each.id]
            fits = (
                evse_id in {None, evse}
                and (ids is None or told["id"] in ids)
                and asked.get("stackLevel") in {None, told["stackLevel"]}
                and asked.get("chargingProfilePurpose") in {None, told["chargingProfilePurpose"]}
            )
            if fits:
                held.setdefault(evse, []).append(told)
        return held


def _in_16(told: Payload) -> Payload:
    kept = ("stackLevel", "chargingProfileKind", "recurrencyKind", "validFrom", "validTo")
    names = (*kept, "transactionId")
    return {
        "chargingProfileId": told["id"],
        "chargingProfilePurpose": _PURPOSES[told["chargingProfilePurpose"]],
        "chargingSchedule": told["chargingSchedule"][0],
        **{name: told[name] for name in names if name in told},
    }
