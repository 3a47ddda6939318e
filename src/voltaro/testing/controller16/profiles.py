"""What charging profiles allow at a moment, in watts. Pure (1.6 §3.13, §7.8)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

from voltaro.testing.books import Transaction
from voltaro.testing.link import Payload

VOLTS = 230
_RECURS = {"Daily": timedelta(days=1), "Weekly": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From so long after the begin of its schedule on, at most so much."""

    after: timedelta
    limit_w: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One profile as installed. A TxProfile belongs to one transaction."""

    id: int
    connector: int
    stack_level: int
    purpose: str
    kind: str
    recurs: timedelta | None
    valid_from: datetime | None
    valid_to: datetime | None
    starts_at: datetime | None
    lasts: timedelta | None
    periods: tuple[Period, ...]
    transaction: Transaction | None

    @classmethod
    def read(cls, connector: int, told: Payload, transaction: Transaction | None) -> Self:
        """From a csChargingProfiles."""
        schedule = told["chargingSchedule"]
        lasts = schedule.get("duration")
        unit = schedule["chargingRateUnit"]
        return cls(
            id=told["chargingProfileId"],
            connector=connector,
            stack_level=told["stackLevel"],
            purpose=told["chargingProfilePurpose"],
            kind=told["chargingProfileKind"],
            recurs=_RECURS.get(told.get("recurrencyKind", "")),
            valid_from=_moment(told.get("validFrom")),
            valid_to=_moment(told.get("validTo")),
            starts_at=_moment(schedule.get("startSchedule")),
            lasts=None if lasts is None else timedelta(seconds=lasts),
            periods=tuple(
                Period(
                    after=timedelta(seconds=each["startPeriod"]),
                    limit_w=Decimal(str(each["limit"]))
                    * (VOLTS * each.get("numberPhases", 3) if unit == "A" else 1),
                )
                for each in schedule["chargingSchedulePeriod"]
            ),
            transaction=transaction,
        )

    def limit_w(self, at: datetime, session_began: datetime) -> Decimal | None:
        """The limit then; None where the profile says nothing."""
        begin = self._begin(at, session_began)
        if begin is None or not self._is_valid(at):
            return None
        passed = at - begin
        if self.lasts is not None and passed >= self.lasts:
            return None
        limits = [each.limit_w for each in self.periods if each.after <= passed]
        return limits[-1] if limits else None

    def turns(
        self, since: datetime, until: datetime, session_began: datetime
    ) -> Iterator[datetime]:
        """Moments at which the limit may change."""
        if self.valid_from is not None:
            yield self.valid_from
        if self.valid_to is not None:
            yield self.valid_to
        begin = self._begin(since, session_began) or self.starts_at
        while begin is not None and begin < until:
            yield begin
            yield from (begin + each.after for each in self.periods)
            if self.lasts is not None:
                yield begin + self.lasts
            begin = None if self.recurs is None else begin + self.recurs

    def _is_valid(self, at: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= at) and (
            self.valid_to is None or at < self.valid_to
        )

    def _begin(self, at: datetime, session_began: datetime) -> datetime | None:
        begin = session_began if self.kind == "Relative" else self.starts_at or session_began
        if at < begin:
            return None
        return begin if self.recurs is None else begin + (at - begin) // self.recurs * self.recurs


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """All profiles of a station; a higher stack level goes before a lower one."""

    profiles: tuple[Profile, ...] = ()

    def with_profile(self, new: Profile) -> "Stack":
        """A profile of the same id, or of the same place in the stack, is replaced."""
        kept = tuple(
            each for each in self.profiles if each.id != new.id and _place(each) != _place(new)
        )
        return Stack(profiles=(*kept, new))

    def without(self, gone: Iterable[Profile]) -> "Stack":
        leaving = list(gone)
        return Stack(profiles=tuple(each for each in self.profiles if each not in leaving))

    def matching(self, request: Payload) -> list[Profile]:
        """What a ClearChargingProfile means: an id alone, or all criteria together."""
        if request.get("id") is not None:
            return [each for each in self.profiles if each.id == request["id"]]
        return [
            each
            for each in self.profiles
            if request.get("connectorId") in {None, each.connector}
            and request.get("chargingProfilePurpose") in {None, each.purpose}
            and request.get("stackLevel") in {None, each.stack_level}
        ]

    def of_transaction(
        self, connector: int, at: datetime, transaction: Transaction | None, began: datetime
    ) -> Decimal | None:
        """What a transaction at the connector may draw, without the limit of the station."""
        mine = [
            each
            for each in self.profiles
            if each.purpose == "TxProfile"
            and each.connector == connector
            and transaction is not None
            and each.transaction is transaction
        ]
        defaults = [each for each in self.profiles if each.purpose == "TxDefaultProfile"]
        here = [each for each in defaults if each.connector == connector]
        everywhere = [each for each in defaults if each.connector == 0]
        limits = (_prevailing(each, at, began) for each in (mine, here, everywhere))
        return next((limit for limit in limits if limit is not None), None)

    def of_station(self, at: datetime) -> Decimal | None:
        """What all connectors together may draw."""
        whole = [each for each in self.profiles if each.purpose == "ChargePointMaxProfile"]
        return _prevailing(whole, at, at)


def _prevailing(profiles: list[Profile], at: datetime, began: datetime) -> Decimal | None:
    ordered = sorted(profiles, key=lambda each: each.stack_level, reverse=True)
    limits = (each.limit_w(at, began) for each in ordered)
    return next((limit for limit in limits if limit is not None), None)


def _place(profile: Profile) -> tuple[object, ...]:
    owner = id(profile.transaction) if profile.transaction is not None else None
    return profile.connector, profile.purpose, profile.stack_level, owner


def _moment(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told)
