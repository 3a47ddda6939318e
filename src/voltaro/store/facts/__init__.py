"""How facts are loaded, many questions at a time: one function for each kind of query."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from voltaro.domain.authorization import TokenQuery
from voltaro.domain.availability import PlacesQuery
from voltaro.domain.closing import TransactionById
from voltaro.domain.decision import Query
from voltaro.domain.dynamic_profiles import HeldProfileQuery
from voltaro.domain.ev_charging import EvseProfilesQuery
from voltaro.domain.event_streams import MonitorQuery, StreamQuery
from voltaro.domain.metering import MeteringQuery
from voltaro.domain.provisioning import BootQuery
from voltaro.domain.reports import ReportQuery
from voltaro.domain.signing import SigningQuery
from voltaro.domain.transactions import TransactionQuery
from voltaro.store.facts.authorization import load_tokens
from voltaro.store.facts.availability import load_places, recall_places
from voltaro.store.facts.dynamic_profiles import load_held_profiles
from voltaro.store.facts.ev_charging import load_evse_profiles
from voltaro.store.facts.event_streams import load_known_monitors, load_stream_sources
from voltaro.store.facts.metering import load_metering, recall_metering
from voltaro.store.facts.provisioning import load_boots
from voltaro.store.facts.reports import load_reports
from voltaro.store.facts.signing import load_signing
from voltaro.store.facts.sources import Sources
from voltaro.store.facts.transactions import (
    load_transactions,
    load_transactions_by_id,
    recall_transaction,
)
from voltaro.store.sql import Connection

Load = Callable[[Connection, Sequence[Any], Sources], Awaitable[Sequence[Any]]]

LOAD: Mapping[type[Query[Any]], Load] = {
    BootQuery: load_boots,
    PlacesQuery: load_places,
    SigningQuery: load_signing,
    TokenQuery: load_tokens,
    MeteringQuery: load_metering,
    TransactionQuery: load_transactions,
    TransactionById: load_transactions_by_id,
    ReportQuery: load_reports,
    EvseProfilesQuery: load_evse_profiles,
    HeldProfileQuery: load_held_profiles,
    MonitorQuery: load_known_monitors,
    StreamQuery: load_stream_sources,
}

#: Facts that may be known without asking; None where they are not.
Recall = Callable[[Any, Sources], Any]

RECALL: Mapping[type[Query[Any]], Recall] = {
    MeteringQuery: recall_metering,
    PlacesQuery: recall_places,
    TransactionQuery: recall_transaction,
}

__all__ = ["LOAD", "RECALL", "Sources"]
