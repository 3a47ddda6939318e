"""Charging profiles of a station: set, clear, and what comes of them (1.6 §5.5, §5.7, §5.16)."""

from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from voltaro.testing.books import Transaction
from voltaro.testing.clock import wire_time
from voltaro.testing.controller16.profiles import VOLTS, Profile, Stack
from voltaro.testing.link import Payload
from voltaro.testing.under_way import open_transaction

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

#: What a connector gives where no profile says less: 32 A at three phases.
RATING_W = 32 * 3 * VOLTS
_UNITS = {"A": "Current", "W": "Power"}


class Settings(Protocol):
    """What a station takes of profiles, by the keys of 1.6 §9.4."""

    def __getitem__(self, key: str, /) -> str: ...

    def number(self, key: str) -> int: ...


class SmartCharging:
    """The stack of profiles; what it allows acts on the visits under way."""

    def __init__(self, station: "SimulatedStation", configuration: Settings) -> None:
        self._station = station
        self._configuration = configuration
        self.stack = Stack()

    def set_profile(self, request: Payload) -> Payload:
        """SetChargingProfile."""
        connector, told = request["connectorId"], request["csChargingProfiles"]
        return {"status": "Accepted" if self.install(connector, told) else "Rejected"}

    def install(self, connector: int, told: Payload) -> bool:
        """Put a profile on the stack; False when the station cannot have it there."""
        self._forget_ended()
        transaction = None
        if told["chargingProfilePurpose"] == "TxProfile":
            transaction = open_transaction(self._station, connector)
            named = told.get("transactionId")
            if transaction is None or (named is not None and str(named) != transaction.ref):
                return False
        if connector != 0 and connector not in self._station.states:
            return False
        if not self.is_sound(connector, told):
            return False
        stack = self.stack.with_profile(Profile.read(connector, told, transaction))
        if len(stack.profiles) > self._configuration.number("MaxChargingProfilesInstalled"):
            return False
        self._change(stack)
        return True

    def is_sound(self, connector: int, told: Payload) -> bool:
        """Whether a profile says what may be said, for this connector."""
        schedule = told["chargingSchedule"]
        starts = [each["startPeriod"] for each in schedule["chargingSchedulePeriod"]]
        units = self._configuration["ChargingScheduleAllowedChargingRateUnit"].split(",")
        places = {
            "ChargePointMaxProfile": connector == 0,
            "TxDefaultProfile": True,
            "TxProfile": connector > 0,
        }
        kind = told["chargingProfileKind"]
        return (
            places[told["chargingProfilePurpose"]]
            and told["stackLevel"] <= self._configuration.number("ChargeProfileMaxStackLevel")
            and _UNITS[schedule["chargingRateUnit"]] in units
            and 0 < len(starts) <= self._configuration.number("ChargingScheduleMaxPeriods")
            and starts[0] == 0
            and all(before < after for before, after in pairwise(starts))
            and (kind == "Recurring") == ("recurrencyKind" in told)
            and (kind != "Recurring" or "startSchedule" in schedule)
        )

    def clear(self, request: Payload) -> Payload:
        """ClearChargingProfile."""
        self._forget_ended()
        gone = self.stack.matching(request)
        self._change(self.stack.without(gone))
        return {"status": "Accepted" if gone else "Unknown"}

    def composite(self, request: Payload) -> Payload:
        """GetCompositeSchedule: from now on, by limits that are in force and known now."""
        connector, unit = request["connectorId"], request.get("chargingRateUnit", "W")
        allowed = self._configuration["ChargingScheduleAllowedChargingRateUnit"].split(",")
        if (connector != 0 and connector not in self._station.states) or _UNITS[
            unit
        ] not in allowed:
            return {"status": "Rejected"}
        # Whole seconds, since a period starts at one.
        now = self._station.clock.now().replace(microsecond=0)
        until = now + timedelta(seconds=request["duration"])
        periods: list[dict[str, Any]] = []
        for at in self._turns(connector, now, until):
            limit = _shown(self._expected_w(connector, at, now), unit)
            if not periods or periods[-1]["limit"] != limit:
                periods.append({"startPeriod": int((at - now).total_seconds()), "limit": limit})
        schedule = {
            "duration": request["duration"],
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": periods,
        }
        return {
            "status": "Accepted",
            "connectorId": connector,
            "scheduleStart": wire_time(now),
            "chargingSchedule": schedule,
        }

    def held(self) -> tuple[Profile, ...]:
        """The profiles that are installed; those of transactions that ended are not."""
        self._forget_ended()
        return self.stack.profiles

    def limit_w(self, connector: int, at: datetime) -> int | None:
        """What the connector may draw then; the station's limit is shared by those that charge."""
        if not self.stack.profiles:
            return None
        limits = [self._transaction_w(connector, at, at)]
        whole = self.stack.of_station(at)
        if whole is not None:
            limits.append(whole / max(1, len(self._charging())))
        least = min((each for each in limits if each is not None), default=None)
        return None if least is None else max(0, int(least))

    def _expected_w(self, connector: int, at: datetime, since: datetime) -> Decimal:
        connectors = list(self._station.states) if connector == 0 else [connector]
        limits = (self._transaction_w(each, at, since) for each in connectors)
        total = sum(Decimal(RATING_W) if each is None else each for each in limits)
        whole = self.stack.of_station(at)
        return Decimal(total) if whole is None else min(Decimal(total), whole)

    def _transaction_w(self, connector: int, at: datetime, since: datetime) -> Decimal | None:
        """`since`: when a transaction would have begun where there is none."""
        transaction = open_transaction(self._station, connector)
        return self.stack.of_transaction(connector, at, transaction, _began(transaction, since))

    def _turns(self, connector: int, since: datetime, until: datetime) -> list[datetime]:
        transaction = open_transaction(self._station, connector)
        turns = {
            turn
            for profile in self.stack.profiles
            for turn in profile.turns(since, until, _began(transaction, since))
        }
        # Up to the next whole second: before it, the old limit still holds.
        whole = {turn + timedelta(microseconds=-turn.microsecond % 1_000_000) for turn in turns}
        return sorted({since} | {turn for turn in whole if since < turn < until})

    def _charging(self) -> list[int]:
        return [each for each in self._station.states if open_transaction(self._station, each)]

    def _change(self, stack: Stack) -> None:
        # What flowed until now flowed within the old limits.
        now = self._station.clock.now()
        for visit in self._station.under_way.values():
            visit.charged_until(now)
        self.stack = stack

    def _forget_ended(self) -> None:
        """A TxProfile goes with its transaction."""
        self.stack = self.stack.without(
            each
            for each in self.stack.profiles
            if each.transaction is not None and each.transaction.stop is not None
        )


def _began(transaction: Transaction | None, at: datetime) -> datetime:
    return at if transaction is None else transaction.start.at


def _shown(limit_w: Decimal, unit: str) -> float:
    limit = limit_w / (3 * VOLTS) if unit == "A" else limit_w
    return float(limit.quantize(Decimal("0.1"), rounding=ROUND_DOWN))
