"""How each kind of change is written, many at a time: one statement for a kind in a batch."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from voltaro.domain.access import ApiKeyUsed
from voltaro.domain.announcements import AnnouncementRecorded
from voltaro.domain.audit import AuditRecorded
from voltaro.domain.availability import StatusRecorded
from voltaro.domain.charging_limits import LimitsChanged
from voltaro.domain.charging_mirror import MirrorChanged
from voltaro.domain.command_record import CommandSaved
from voltaro.domain.connections import (
    ClockMeasured,
    ConnectionClosed,
    ConnectionOpened,
    HandshakeRefused,
    StationSeen,
)
from voltaro.domain.credentials import PasswordsChanged
from voltaro.domain.decision import Change
from voltaro.domain.deviations import AnswerRefused, DeviationSeen
from voltaro.domain.display_messages import DisplayChanged
from voltaro.domain.event_streams import StreamKept
from voltaro.domain.local_list import LocalListChanged
from voltaro.domain.monitoring import MonitorsChanged
from voltaro.domain.monitoring_events import MonitoringEventRecorded
from voltaro.domain.progress import ProgressRecorded
from voltaro.domain.provisioning import BootRecorded
from voltaro.domain.reports import InventoryAnswered, ReportSaved
from voltaro.domain.reservations import ReservationsChanged
from voltaro.domain.security import SecurityEventRecorded
from voltaro.domain.security_profile import ProfileChanged
from voltaro.domain.signing import CertificateAnswered, CertificateJudged
from voltaro.domain.token_refusals import TokenRefused
from voltaro.domain.transactions import (
    SamplesRecorded,
    TransactionMetered,
    TransactionOpened,
    TransactionSaved,
)
from voltaro.domain.variables import VariablesChanged
from voltaro.store.changes.access import write_audit, write_key_uses
from voltaro.store.changes.announcements import write_announcements
from voltaro.store.changes.availability import status_parts
from voltaro.store.changes.charging_limits import write_limits
from voltaro.store.changes.commands import write_commands
from voltaro.store.changes.connections import (
    write_clocks,
    write_closed,
    write_history,
    write_refused,
    write_seen,
)
from voltaro.store.changes.credentials import write_passwords, write_profiles
from voltaro.store.changes.deviations import mark_refused_answers, write_deviations
from voltaro.store.changes.display_messages import write_display_messages
from voltaro.store.changes.event_streams import write_streams
from voltaro.store.changes.local_list import write_local_lists
from voltaro.store.changes.monitoring import write_monitors
from voltaro.store.changes.monitoring_events import write_monitoring_events
from voltaro.store.changes.progress import write_progress
from voltaro.store.changes.provisioning import write_boots
from voltaro.store.changes.reports import write_inventories, write_reports
from voltaro.store.changes.reservations import write_reservations
from voltaro.store.changes.security import write_security_events
from voltaro.store.changes.signing import write_certificate_answers, write_certificate_requests
from voltaro.store.changes.smart_charging import write_mirror
from voltaro.store.changes.token_refusals import write_token_refusals
from voltaro.store.changes.transactions import (
    metered_parts,
    opened_parts,
    samples_parts,
    saved_parts,
)
from voltaro.store.changes.variables import write_variables
from voltaro.store.parts import Part
from voltaro.store.sql import Connection

#: Takes the changes of a kind; has a counted part for each of them, or none that is counted.
ToParts = Callable[[Sequence[Any]], Sequence[Part]]

#: What stations say all day, written together in one statement.
PARTS: Mapping[type[Change], ToParts] = {
    StatusRecorded: status_parts,
    TransactionOpened: opened_parts,
    TransactionSaved: saved_parts,
    TransactionMetered: metered_parts,
    SamplesRecorded: samples_parts,
}

#: Takes (entry number, change) pairs; returns the numbers of the entries in conflict.
Apply = Callable[
    [Connection, Sequence[tuple[int, Any]]],
    Awaitable[Collection[int]],
]

#: What is rarer, kind by kind, in the order in which it is written.
APPLY: Mapping[type[Change], Apply] = {
    ConnectionOpened: write_history,
    ConnectionClosed: write_closed,
    StationSeen: write_seen,
    ClockMeasured: write_clocks,
    HandshakeRefused: write_refused,
    BootRecorded: write_boots,
    ProgressRecorded: write_progress,
    AnnouncementRecorded: write_announcements,
    SecurityEventRecorded: write_security_events,
    MonitorsChanged: write_monitors,
    DisplayChanged: write_display_messages,
    StreamKept: write_streams,
    MonitoringEventRecorded: write_monitoring_events,
    CertificateJudged: write_certificate_requests,
    CertificateAnswered: write_certificate_answers,
    DeviationSeen: write_deviations,
    TokenRefused: write_token_refusals,
    MirrorChanged: write_mirror,
    LimitsChanged: write_limits,
    LocalListChanged: write_local_lists,
    ReservationsChanged: write_reservations,
    VariablesChanged: write_variables,
    ReportSaved: write_reports,
    InventoryAnswered: write_inventories,
    PasswordsChanged: write_passwords,
    ProfileChanged: write_profiles,
    CommandSaved: write_commands,
    AuditRecorded: write_audit,
    ApiKeyUsed: write_key_uses,
}

#: What changes rows of the journal, once those of the same batch are there.
AMEND: Mapping[type[Change], Apply] = {AnswerRefused: mark_refused_answers}
