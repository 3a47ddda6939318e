"""Facts about what may need somebody: narrowed down here, judged by the rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, null, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import aliased

from voltaro.domain.attention import (
    CLOCK_SKEW_S,
    NO_READING,
    OFFLINE_AFTER,
    PAUSED_AFTER,
    RECENT,
    RUNS_OUT_WITHIN,
    STATION_AWAY,
    TOO_LONG,
    CertificateFacts,
    DeviationFacts,
    EventFacts,
    FaultFacts,
    RefusalFacts,
)
from voltaro.domain.availability import SUSPENDED, ConnectorStatus
from voltaro.domain.signing import STATION_CERTIFICATE, CertificateState
from voltaro.store.models import (
    Connector,
    Deviation,
    HandshakeAttempt,
    MonitoringEvent,
    Presence,
    Station,
    StationCertificate,
    Transaction,
)
from voltaro.store.models.monitoring import SEVERE
from voltaro.store.reach import reading

#: Invented names, and a fleet on its first day, must not bury the rest.
_MOST = 500
#: Not the station's doing: the database was away.
_OURS = "database_away"


@dataclass(frozen=True, slots=True)
class StationRow:
    station_id: str
    registration: str
    created_at: datetime
    connected_at: datetime | None
    last_seen_at: datetime | None
    clock_skew_s: float | None
    clock_measured_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """`paused_since` is what its connector says, where that tells of charging (1.6)."""

    transaction_id: UUID
    station_id: str
    evse_id: int | None
    started_at: datetime
    heard_at: datetime
    energy_wh: int | None
    last_seen_at: datetime | None
    paused_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionRows:
    """Who is online now is not in the database."""

    stations: list[StationRow]
    faults: list[FaultFacts]
    refusals: list[RefusalFacts]
    sessions: list[SessionRow]
    deviations: list[DeviationFacts]
    certificates: list[CertificateFacts]
    events: list[EventFacts]


async def read_attention(engine: AsyncEngine, now: datetime) -> AttentionRows:
    """Everything that may need somebody; of refusals, deviations and events the newest 500."""
    async with reading(engine) as connection:

        async def rows(statement: Select[*tuple[Any, ...]]) -> Iterable[Mapping[str, Any]]:
            found = (await connection.execute(statement)).mappings()
            return cast("Iterable[Mapping[str, Any]]", found)

        return AttentionRows(
            stations=[StationRow(**row) for row in await rows(_stations(now))],
            faults=[
                *(FaultFacts(**row) for row in await rows(_faulted_stations())),
                *(FaultFacts(**row) for row in await rows(_faulted_connectors())),
            ],
            refusals=[RefusalFacts(**row) for row in await rows(_refusals(now))],
            sessions=[SessionRow(**row) for row in await rows(_sessions(now))],
            deviations=[DeviationFacts(**row) for row in await rows(_deviations(now))],
            certificates=[CertificateFacts(**row) for row in await rows(_certificates(now))],
            events=[EventFacts(**row) for row in await rows(_events(now))],
        )


def _stations(now: datetime) -> Select[*tuple[Any, ...]]:
    s, p = Station, Presence
    return (
        select(
            s.station_id,
            s.registration,
            s.created_at,
            p.connected_at,
            p.last_seen_at,
            p.clock_skew_s,
            p.clock_measured_at,
        )
        .join(p, p.station_id == s.station_id)
        .where(
            or_(
                s.registration == "pending",
                p.last_seen_at < now - OFFLINE_AFTER,
                func.abs(p.clock_skew_s) > CLOCK_SKEW_S,
            )
        )
    )


def _faulted_stations() -> Select[*tuple[Any, ...]]:
    s = Station
    return select(
        s.station_id,
        null().label("evse_id"),
        null().label("connector_id"),
        s.error_code,
        s.info,
        s.vendor_error_code,
        s.status_at.label("since"),
    ).where(s.status == ConnectorStatus.FAULTED, s.status_at.is_not(None))


def _faulted_connectors() -> Select[*tuple[Any, ...]]:
    c = Connector
    return select(
        c.station_id,
        c.evse_id,
        c.connector_id,
        c.error_code,
        c.info,
        c.vendor_error_code,
        c.status_at.label("since"),
    ).where(c.status == ConnectorStatus.FAULTED)


def _refusals(now: datetime) -> Select[*tuple[Any, ...]]:
    a, p = HandshakeAttempt, Presence
    return (
        select(
            a.station_id,
            a.remote_host,
            a.reason,
            a.count,
            a.first_at,
            a.last_at,
            p.connected_at,
        )
        .outerjoin(p, p.station_id == a.station_id)
        .where(
            a.last_at >= now - RECENT,
            a.reason != _OURS,
            or_(p.connected_at.is_(None), p.connected_at < a.last_at),
        )
        .order_by(a.last_at.desc())
        .limit(_MOST)
    )


def _sessions(now: datetime) -> Select[*tuple[Any, ...]]:
    t, p, c = Transaction, Presence, Connector
    paused_since = (
        select(func.max(c.status_at))
        .where(
            c.station_id == t.station_id,
            c.evse_id == t.evse_id,
            c.charging_state.in_(SUSPENDED),
            or_(t.connector_id.is_(None), c.connector_id == t.connector_id),
        )
        .correlate(t)
        .scalar_subquery()
    )
    return (
        select(
            t.id.label("transaction_id"),
            t.station_id,
            t.evse_id,
            t.started_at,
            t.last_event_at.label("heard_at"),
            t.energy_wh,
            p.last_seen_at,
            paused_since.label("paused_since"),
        )
        .outerjoin(p, p.station_id == t.station_id)
        .where(
            # The first condition says nothing new; it lets the index of unended ones serve.
            t.ended_received_at.is_(None),
            t.ended_at.is_(None),
            or_(
                p.last_seen_at < now - STATION_AWAY,
                t.last_event_at < now - NO_READING,
                t.started_at < now - TOO_LONG,
                and_(
                    t.started_at < now - PAUSED_AFTER,
                    or_(t.charging_state.in_(SUSPENDED), paused_since.is_not(None)),
                ),
            ),
        )
    )


def _deviations(now: datetime) -> Select[*tuple[Any, ...]]:
    d, before = Deviation, aliased(Deviation)
    since = now - RECENT
    known = exists().where(
        before.station_id == d.station_id, before.kind == d.kind, before.first_at < since
    )
    first_at = func.min(d.first_at).label("since")
    kinds = func.array_agg(aggregate_order_by(d.kind.distinct(), d.kind)).label("kinds")
    return (
        select(d.station_id, kinds, first_at)
        .where(d.first_at >= since, ~known)
        .group_by(d.station_id)
        .order_by(first_at.desc())
        .limit(_MOST)
    )


def _certificates(now: datetime) -> Select[*tuple[Any, ...]]:
    """One that was followed by another needs nobody."""
    c, later = StationCertificate, aliased(StationCertificate)
    delivered = CertificateState.DELIVERED.value
    followed = exists().where(
        later.station_id == c.station_id,
        later.purpose == c.purpose,
        later.state == delivered,
        later.not_after > c.not_after,
    )
    return select(c.station_id, c.serial_number, c.not_after).where(
        c.state == delivered,
        c.purpose == STATION_CERTIFICATE,
        c.not_after < now + RUNS_OUT_WITHIN,
        ~followed,
    )


def _events(now: datetime) -> Select[*tuple[Any, ...]]:
    """The latest one of each variable, among those that are severe; one that is cleared is too."""
    e = MonitoringEvent
    variable = (
        e.station_id,
        e.component,
        func.coalesce(e.component_instance, ""),
        func.coalesce(e.evse_id, 0),
        func.coalesce(e.connector_id, 0),
        e.name,
        func.coalesce(e.instance, ""),
    )
    latest = (
        select(func.max(e.id))
        .where(SEVERE, e.received_at > now - RECENT)
        .group_by(*variable)
        .scalar_subquery()
    )
    return (
        select(
            e.station_id,
            e.component,
            e.evse_id,
            e.connector_id,
            e.name,
            e.value,
            e.severity.label("event_severity"),
            e.cleared,
            e.tech_code,
            e.tech_info,
            e.received_at.label("since"),
        )
        .where(e.id.in_(latest), e.cleared.is_(False))
        .order_by(e.id.desc())
        .limit(_MOST)
    )
