"""A transaction as a row: one list of columns for reading, inserting and saving."""

from typing import Any

import asyncpg

from voltaro.domain.authorization import AuthorizationStatus
from voltaro.domain.availability import ChargingState
from voltaro.domain.ids import IdToken
from voltaro.domain.sequence import Gap, Sequence
from voltaro.domain.tariffs import Pricing
from voltaro.domain.transactions import Flag, Transaction
from voltaro.store.cost_rows import lines_text, tariff_from_text, tariff_text

#: (column, PostgreSQL type as it travels)
COLUMNS = (
    ("id", "uuid"),
    ("station_id", "text"),
    ("station_ref", "text"),
    ("evse_id", "int"),
    ("connector_id", "int"),
    ("token", "text"),
    ("token_type", "text"),
    ("token_key", "text"),
    ("token_status", "text"),
    ("group_token", "text"),
    ("reservation_id", "bigint"),
    ("remote_start_id", "bigint"),
    ("charging_state", "text"),
    ("started_at", "timestamptz"),
    ("started_received_at", "timestamptz"),
    ("ended_at", "timestamptz"),
    ("ended_received_at", "timestamptz"),
    ("stop_reason", "text"),
    ("register_start", "numeric"),
    ("register_start_at", "timestamptz"),
    ("register_last", "numeric"),
    ("register_last_at", "timestamptz"),
    ("energy_wh", "bigint"),
    ("trigger_reason", "text"),
    ("first_seq_no", "bigint"),
    ("seq_no", "bigint"),
    ("missing_seq_nos", "text"),
    ("last_event_at", "timestamptz"),
    ("flags", "text"),
    ("tariff", "jsonb"),
    ("shows_cost", "bool"),
    ("cost_minor", "bigint"),
    ("cost_currency", "text"),
    ("cost_lines", "jsonb"),
    ("version", "int"),
)


def gaps_text(gaps: tuple[Gap, ...]) -> str | None:
    """As `3-4,9-9`; None where there are none."""
    return ",".join(f"{first}-{last}" for first, last in gaps) or None


def gaps_of(text: str | None) -> tuple[Gap, ...]:
    """The gaps that `gaps_text` wrote."""
    parts = (gap.split("-") for gap in text.split(",")) if text else ()
    return tuple((int(first), int(last)) for first, last in parts)


def to_row(t: Transaction) -> tuple[Any, ...]:
    """In the order of `COLUMNS`."""
    cost = t.final_cost
    return (
        t.id,
        t.station_id,
        t.station_ref,
        t.evse_id,
        t.connector_id,
        t.token.value if t.token else None,
        t.token.type if t.token else None,
        t.token.key if t.token else None,
        t.authorization.value if t.authorization else None,
        t.group_token,
        t.reservation_id,
        t.remote_start_id,
        t.charging_state.value if t.charging_state else None,
        t.started_at,
        t.started_received_at,
        t.ended_at,
        t.ended_received_at,
        t.stop_reason,
        t.register_start,
        t.register_start_at,
        t.register_last,
        t.register_last_at,
        t.energy_wh,
        t.trigger_reason,
        t.sequence.first,
        t.sequence.last,
        gaps_text(t.sequence.gaps),
        t.last_event_at,
        ",".join(sorted(t.flags)),
        tariff_text(t.pricing.tariff) if t.pricing.tariff else None,
        t.pricing.shows_cost,
        cost.total.minor if cost else None,
        cost.currency if cost else None,
        lines_text(cost) if cost else None,
        t.version,
    )


def from_row(r: asyncpg.Record) -> Transaction:
    return Transaction(
        id=r["id"],
        station_id=r["station_id"],
        station_ref=r["station_ref"],
        evse_id=r["evse_id"],
        connector_id=r["connector_id"],
        token=IdToken(r["token"], r["token_type"]) if r["token"] is not None else None,
        authorization=AuthorizationStatus(r["token_status"]) if r["token_status"] else None,
        group_token=r["group_token"],
        reservation_id=r["reservation_id"],
        remote_start_id=r["remote_start_id"],
        charging_state=ChargingState(r["charging_state"]) if r["charging_state"] else None,
        started_at=r["started_at"],
        started_received_at=r["started_received_at"],
        ended_at=r["ended_at"],
        ended_received_at=r["ended_received_at"],
        stop_reason=r["stop_reason"],
        register_start=r["register_start"],
        register_start_at=r["register_start_at"],
        register_last=r["register_last"],
        register_last_at=r["register_last_at"],
        trigger_reason=r["trigger_reason"],
        # What was under way before gaps were counted has no first number, and begins here.
        sequence=Sequence(
            first=r["seq_no"] if r["first_seq_no"] is None else r["first_seq_no"],
            last=r["seq_no"],
            gaps=gaps_of(r["missing_seq_nos"]),
        ),
        last_event_at=r["last_event_at"],
        flags=frozenset(map(Flag, r["flags"])),
        pricing=Pricing(
            tariff=tariff_from_text(r["tariff"]) if r["tariff"] else None,
            shows_cost=r["shows_cost"],
        ),
        version=r["version"],
    )
