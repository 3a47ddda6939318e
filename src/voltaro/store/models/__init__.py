"""The schema, declared; migrations are checked against it. Rows are never loaded through it."""

from voltaro.store.models.access import ApiKey, Installation
from voltaro.store.models.authorization import Token, TokenGroup
from voltaro.store.models.declarative import Base
from voltaro.store.models.journal import (
    CommitMark,
    HandshakeAttempt,
    JournalEntry,
    Quarantine,
    Receipt,
)
from voltaro.store.models.stations import ConnectionEntry, Connector, Evse, Presence, Site, Station
from voltaro.store.models.transactions import MeterValue, Transaction

__all__ = [
    "ApiKey",
    "Base",
    "CommitMark",
    "ConnectionEntry",
    "Connector",
    "Evse",
    "HandshakeAttempt",
    "Installation",
    "JournalEntry",
    "MeterValue",
    "Presence",
    "Quarantine",
    "Receipt",
    "Site",
    "Station",
    "Token",
    "TokenGroup",
    "Transaction",
]
