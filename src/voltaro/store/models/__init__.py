"""The schema, declared; migrations are checked against it. Rows are never loaded through it."""

from voltaro.store.models.access import ApiKey, AuditEntry, IdempotentRequest, Installation
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
from voltaro.store.models.tolerance import (
    CertificateRequest,
    Deviation,
    SecurityEvent,
    StationJob,
)
from voltaro.store.models.transactions import MeterValue, Transaction

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Base",
    "CertificateRequest",
    "CommitMark",
    "ConnectionEntry",
    "Connector",
    "Deviation",
    "Evse",
    "HandshakeAttempt",
    "IdempotentRequest",
    "Installation",
    "JournalEntry",
    "MeterValue",
    "Presence",
    "Quarantine",
    "Receipt",
    "SecurityEvent",
    "Site",
    "Station",
    "StationJob",
    "Token",
    "TokenGroup",
    "Transaction",
]
