"""The schema, declared; migrations are checked against it. Rows are never loaded through it."""

from voltaro.store.models.access import ApiKey, AuditEntry, IdempotentRequest, Installation
from voltaro.store.models.announcements import Announcement
from voltaro.store.models.authorization import Token, TokenGroup
from voltaro.store.models.certificates import CertificateAuthority, StationCertificate
from voltaro.store.models.commands import Command
from voltaro.store.models.declarative import Base
from voltaro.store.models.display_messages import DisplayMessage
from voltaro.store.models.files import File, Transfer
from voltaro.store.models.fleet_power import FleetPower
from voltaro.store.models.journal import (
    CommitMark,
    HandshakeAttempt,
    JournalEntry,
    Quarantine,
    Receipt,
)
from voltaro.store.models.local_list import LocalList, LocalListEntry
from voltaro.store.models.monitoring import EventStream, Monitor, MonitoringEvent
from voltaro.store.models.reservations import Reservation
from voltaro.store.models.smart_charging import (
    ChargingProfileTemplate,
    ExternalLimit,
    InstalledProfile,
)
from voltaro.store.models.stations import ConnectionEntry, Connector, Evse, Presence, Site, Station
from voltaro.store.models.tariffs import Tariff
from voltaro.store.models.token_refusals import TokenRefusal
from voltaro.store.models.tolerance import (
    CertificateRequest,
    Deviation,
    SecurityEvent,
    StationJob,
)
from voltaro.store.models.transactions import MeterReading, MeterValue, Transaction
from voltaro.store.models.users import SignIn, User
from voltaro.store.models.variables import StationReport, StationVariable

__all__ = [
    "Announcement",
    "ApiKey",
    "AuditEntry",
    "Base",
    "CertificateAuthority",
    "CertificateRequest",
    "ChargingProfileTemplate",
    "Command",
    "CommitMark",
    "ConnectionEntry",
    "Connector",
    "Deviation",
    "DisplayMessage",
    "EventStream",
    "Evse",
    "ExternalLimit",
    "File",
    "FleetPower",
    "HandshakeAttempt",
    "IdempotentRequest",
    "Installation",
    "InstalledProfile",
    "JournalEntry",
    "LocalList",
    "LocalListEntry",
    "MeterReading",
    "MeterValue",
    "Monitor",
    "MonitoringEvent",
    "Presence",
    "Quarantine",
    "Receipt",
    "Reservation",
    "SecurityEvent",
    "SignIn",
    "Site",
    "Station",
    "StationCertificate",
    "StationJob",
    "StationReport",
    "StationVariable",
    "Tariff",
    "Token",
    "TokenGroup",
    "TokenRefusal",
    "Transaction",
    "Transfer",
    "User",
]
