"""What needs somebody: rules from facts about the fleet to a worklist."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

OFFLINE_AFTER = timedelta(minutes=5)
#: An open session whose station is away so long, of which nothing was heard so long, or that is
#: open so long, may have ended without us.
STATION_AWAY = timedelta(hours=1)
NO_READING = timedelta(hours=2)
TOO_LONG = timedelta(hours=48)
PAUSED_AFTER = timedelta(hours=4)
CLOCK_SKEW_S = 60
#: How long refused connections and new kinds of deviations are news.
RECENT = timedelta(hours=24)
#: Events up to this severity, which is called critical, need somebody (2.x N04).
CRITICAL = 3
#: Up to this one, a failure of hardware, they do at once.
_HARDWARE = 1
#: Stations renew theirs a month before it ends (A03.FR.02).
RUNS_OUT_WITHIN = timedelta(days=30)


class Severity(StrEnum):
    """How soon somebody should look; in this order."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


_ORDER = {severity: place for place, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that needs somebody. `id` stays the same for as long as it does.

    `kind` is a stable word; `facts` hold what JSON can hold, and times.
    """

    id: str
    kind: str
    severity: Severity
    station_id: str | None = None
    transaction_id: UUID | None = None
    since: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StationFacts:
    """`away_since` is None while it is online, and when it never was; so is `connected_at` then."""

    station_id: str
    registration: str
    created_at: datetime
    connected_at: datetime | None
    away_since: datetime | None
    clock_skew_s: float | None
    clock_measured_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultFacts:
    """A connector that reports a fault, or (without numbers) a station as a whole."""

    station_id: str
    evse_id: int | None
    connector_id: int | None
    error_code: str | None
    info: str | None
    vendor_error_code: str | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalFacts:
    """Refused handshakes of one station, address and reason; an empty id is none at all.

    `connected_at` is when the station last got in.
    """

    station_id: str
    remote_host: str
    reason: str
    count: int
    first_at: datetime
    last_at: datetime
    connected_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """An open session. `heard_at` is our time of the last message about it."""

    transaction_id: UUID
    station_id: str
    evse_id: int | None
    started_at: datetime
    heard_at: datetime
    energy_wh: int | None
    #: None while the station is online.
    away_since: datetime | None
    #: None while it is not suspended.
    paused_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationFacts:
    """Kinds of deviations that a station never showed before."""

    station_id: str
    kinds: Sequence[str]
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """The certificate of a station that lasts longest, of those that it took."""

    station_id: str
    serial_number: str
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFacts:
    """The latest event of a variable. `event_severity` goes from 0, danger, to 9."""

    station_id: str
    component: str
    evse_id: int | None
    connector_id: int | None
    name: str
    value: str | None
    event_severity: int
    cleared: bool
    tech_code: str | None
    tech_info: str | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """They may hold more than what needs somebody: the rules decide."""

    stations: Sequence[StationFacts] = ()
    faults: Sequence[FaultFacts] = ()
    refusals: Sequence[RefusalFacts] = ()
    sessions: Sequence[SessionFacts] = ()
    deviations: Sequence[DeviationFacts] = ()
    certificates: Sequence[CertificateFacts] = ()
    events: Sequence[EventFacts] = ()
    warnings: Sequence[str] = ()


def worklist(facts: Facts, now: datetime) -> list[Item]:
    """What needs somebody, the most severe first, and of those what came last."""
    items = [
        *(item for each in facts.stations for item in _of_station(each, now)),
        *map(_fault, facts.faults),
        *(item for each in facts.refusals for item in _refusal(each, now)),
        *(item for each in facts.sessions for item in _session(each, now)),
        *(item for each in facts.deviations for item in _deviations(each, now)),
        *(item for each in facts.certificates for item in _certificate(each, now)),
        *(item for each in facts.events for item in _event(each, now)),
        *(_warning(text, now) for text in facts.warnings),
    ]
    return sorted(items, key=lambda item: (_ORDER[item.severity], now - item.since, item.id))


def counts(items: Iterable[Item]) -> dict[str, int]:
    """How many there are of each severity."""
    found = dict.fromkeys(map(str, Severity), 0)
    for item in items:
        found[item.severity] += 1
    return found


def _of_station(station: StationFacts, now: datetime) -> Iterator[Item]:
    name, since = station.station_id, station.away_since
    if station.registration != "rejected" and since is not None and now - since > OFFLINE_AFTER:
        yield Item(
            id=f"offline:{name}",
            kind="offline",
            severity=Severity.MEDIUM,
            station_id=name,
            since=since,
            facts={"last_seen": since},
        )
    if station.registration == "pending" and station.connected_at is not None:
        yield Item(
            id=f"pending_registration:{name}",
            kind="pending_registration",
            severity=Severity.MEDIUM,
            station_id=name,
            since=station.created_at,
            facts={"connected_at": station.connected_at},
        )
    skew, measured_at = station.clock_skew_s, station.clock_measured_at
    if skew is not None and measured_at is not None and abs(skew) > CLOCK_SKEW_S:
        yield Item(
            id=f"clock:{name}",
            kind="clock",
            severity=Severity.MEDIUM,
            station_id=name,
            since=measured_at,
            facts={"clock_skew_s": skew},
        )


def _fault(fault: FaultFacts) -> Item:
    place = (fault.station_id, fault.evse_id, fault.connector_id)
    return Item(
        id=":".join(["faulted", *(str(each) for each in place if each is not None)]),
        kind="faulted",
        severity=Severity.HIGH,
        station_id=fault.station_id,
        since=fault.since,
        facts={
            "evse_id": fault.evse_id,
            "connector_id": fault.connector_id,
            "error_code": fault.error_code,
            "info": fault.info,
            "vendor_error_code": fault.vendor_error_code,
        },
    )


def _refusal(refusal: RefusalFacts, now: datetime) -> Iterator[Item]:
    let_in = refusal.connected_at is not None and refusal.connected_at >= refusal.last_at
    if let_in or now - refusal.last_at > RECENT:
        return
    yield Item(
        id=f"refused_connection:{refusal.station_id}:{refusal.remote_host}:{refusal.reason}",
        kind="refused_connection",
        severity=Severity.MEDIUM,
        station_id=refusal.station_id or None,
        since=refusal.first_at,
        facts={
            "reason": refusal.reason,
            "remote_host": refusal.remote_host,
            "count": refusal.count,
            "last_at": refusal.last_at,
        },
    )


def _session(session: SessionFacts, now: datetime) -> Iterator[Item]:
    stuck = _stuck(session, now)
    if stuck is not None:
        reason, since = stuck
        yield _of_session("stuck_session", Severity.MEDIUM, session, since, reason=reason)
    elif session.paused_since is not None and now - session.paused_since > PAUSED_AFTER:
        yield _of_session("paused_session", Severity.LOW, session, session.paused_since)


def _stuck(session: SessionFacts, now: datetime) -> tuple[str, datetime] | None:
    """Why it may have ended without us, and since when."""
    away_since = session.away_since
    if away_since is not None and now - away_since > STATION_AWAY:
        return "station_away", away_since
    if now - session.heard_at > NO_READING:
        return "no_reading", session.heard_at
    if now - session.started_at > TOO_LONG:
        return "too_long", session.started_at
    return None


def _of_session(
    kind: str, severity: Severity, session: SessionFacts, since: datetime, **facts: Any
) -> Item:
    return Item(
        id=f"{kind}:{session.transaction_id}",
        kind=kind,
        severity=severity,
        station_id=session.station_id,
        transaction_id=session.transaction_id,
        since=since,
        facts=facts
        | {
            "evse_id": session.evse_id,
            "started_at": session.started_at,
            "heard_at": session.heard_at,
            "energy_wh": session.energy_wh,
        },
    )


def _deviations(found: DeviationFacts, now: datetime) -> Iterator[Item]:
    if found.kinds and now - found.since <= RECENT:
        yield Item(
            id=f"deviations:{found.station_id}",
            kind="deviations",
            severity=Severity.LOW,
            station_id=found.station_id,
            since=found.since,
            facts={"kinds": list(found.kinds)},
        )


def _event(found: EventFacts, now: datetime) -> Iterator[Item]:
    if found.cleared or found.event_severity > CRITICAL or now - found.since > RECENT:
        return
    place = ":".join(str(each) for each in (found.evse_id, found.connector_id) if each is not None)
    yield Item(
        id=f"event:{found.station_id}:{found.component}:{place}:{found.name}",
        kind="event",
        severity=Severity.HIGH if found.event_severity <= _HARDWARE else Severity.MEDIUM,
        station_id=found.station_id,
        since=found.since,
        facts={
            "component": found.component,
            "name": found.name,
            "evse_id": found.evse_id,
            "connector_id": found.connector_id,
            "value": found.value,
            "event_severity": found.event_severity,
            "tech_code": found.tech_code,
            "tech_info": found.tech_info,
        },
    )


def _certificate(found: CertificateFacts, now: datetime) -> Iterator[Item]:
    if found.not_after - now > RUNS_OUT_WITHIN:
        return
    yield Item(
        id=f"certificate:{found.station_id}",
        kind="certificate",
        severity=Severity.HIGH if found.not_after <= now else Severity.MEDIUM,
        station_id=found.station_id,
        since=found.not_after - RUNS_OUT_WITHIN,
        facts={"not_after": found.not_after, "serial_number": found.serial_number},
    )


def _warning(text: str, now: datetime) -> Item:
    return Item(
        id=f"system:{text}",
        kind="system",
        severity=Severity.HIGH,
        since=now,
        facts={"warning": text},
    )
