"""What proves a command: the event that must follow when a station said that it will."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from voltaro.domain.authorization import Authorization, AuthorizationStatus, TokenPresented
from voltaro.domain.availability import ConnectorStatus, StatusRecorded, StatusReported
from voltaro.domain.charging_mirror import ReportCriteria
from voltaro.domain.charging_reports import ProfilesReported
from voltaro.domain.customer_information import CustomerInformationTold
from voltaro.domain.decision import Decision, StationEvent
from voltaro.domain.diagnostics import UploadStatus, UploadStatusReported
from voltaro.domain.firmware import (
    FirmwareStatus,
    FirmwareStatusReported,
    PublishStatus,
    PublishStatusReported,
)
from voltaro.domain.ids import Connector, Evse
from voltaro.domain.monitoring_events import EventsReported
from voltaro.domain.progress import Job
from voltaro.domain.provisioning import StationBooted
from voltaro.domain.reports import ReportSaved
from voltaro.domain.smart_charging import ChargingProfile
from voltaro.domain.told_parts import ToldPart
from voltaro.domain.transactions import (
    Kind,
    SamplesRecorded,
    Transaction,
    TransactionEvent,
    TransactionOpened,
)

#: A station's clock may be behind ours by so much and its events still count as later.
_SLACK = timedelta(minutes=2)
_STATUS = "StatusNotification"


class Followed(StrEnum):
    """Which kind of thing is expected."""

    TRANSACTION_BEGINS = "transaction_begins"
    TRANSACTION_ENDS = "transaction_ends"
    REBOOT = "reboot"
    EVSE_RESET = "evse_reset"
    AVAILABILITY = "availability"
    MESSAGE = "message"
    FIRMWARE = "firmware"
    UPLOAD = "upload"
    PUBLICATION = "publication"
    REPORT = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What should follow within a time, counted from the answer.

    Where it `must` follow, its absence is a failure. `missed` says in a sentence what it means.
    """

    follows: Followed
    within_s: int
    missed: str
    must: bool = True
    evse_id: int | None = None
    connector_id: int | None = None
    token_key: str | None = None
    remote_start_id: int | None = None
    station_ref: str | None = None
    request_id: int | None = None
    operative: bool | None = None
    #: The wire's name of a message that was asked for.
    action: str | None = None
    job: Job | None = None
    #: Goes to the transaction that begins.
    profile: ChargingProfile | None = None
    #: Which charging profiles the report is about.
    reports: ReportCriteria | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What happened. `succeeded` None: it goes on, and `detail` says how far it is."""

    succeeded: bool | None
    detail: str | None = None
    transaction_id: UUID | None = None
    #: Of a transaction that began: its id on the wire, and where it charges.
    station_ref: str | None = None
    evse_id: int | None = None
    #: Of a text told in parts; with the last one that was missing, it succeeded.
    part: ToldPart | None = None


def prove(
    expected: Expectation,
    since: datetime,
    action: str,
    event: StationEvent,
    decision: Decision[Any],
) -> Proof | None:
    """What a message of the station means for a command sent at `since`; None: nothing.

    `action` is the message's name on the wire, `decision` what we decided about it.
    """
    if isinstance(event, EventsReported):
        # States that come this way count like a StatusNotification (G01).
        proofs = (_prove(expected, since, _STATUS, each, decision) for each in event.statuses)
        if (proof := next((each for each in proofs if each is not None), None)) is not None:
            return proof
    return _prove(expected, since, action, event, decision)


def _prove(
    expected: Expectation,
    since: datetime,
    action: str,
    event: StationEvent,
    decision: Decision[Any],
) -> Proof | None:
    match expected.follows:
        case Followed.TRANSACTION_BEGINS:
            return _begins(expected, since, event, decision)
        case Followed.TRANSACTION_ENDS:
            return _ends(expected, event, decision)
        case Followed.REBOOT | Followed.EVSE_RESET:
            return _restarted(expected, event, decision)
        case Followed.AVAILABILITY:
            return _availability(expected, event, decision)
        case Followed.MESSAGE:
            asked = action == expected.action and _is_there(expected, event)
            return Proof(succeeded=True, detail=f"{action} arrived") if asked else None
        case Followed.FIRMWARE:
            return _firmware(expected, event)
        case Followed.UPLOAD:
            return _upload(expected, event)
        case Followed.PUBLICATION:
            return _publication(expected, event)
        case Followed.REPORT:
            return _report(expected, event, decision)


def _begins(
    expected: Expectation, since: datetime, event: StationEvent, decision: Decision[Any]
) -> Proof | None:
    if isinstance(event, TokenPresented):
        return _refused(expected, event, decision)
    if not isinstance(event, TransactionEvent) or event.kind is Kind.ENDED:
        return None
    if event.clock_trusted and event.at < since - _SLACK:
        return None  # from the queue of a station that was offline
    transaction = _transaction(decision)
    if transaction is None or not _is_the_one(expected, event, transaction):
        return None
    judged = transaction.authorization
    refused = judged not in {None, AuthorizationStatus.ACCEPTED}
    told = f"the transaction began{f', and its token was refused: {judged}' if refused else ''}"
    return Proof(
        succeeded=not refused,
        detail=told,
        transaction_id=transaction.id,
        station_ref=transaction.station_ref,
        evse_id=transaction.evse_id,
    )


def _is_the_one(expected: Expectation, event: TransactionEvent, transaction: Transaction) -> bool:
    if expected.remote_start_id is not None and event.remote_start_id is not None:
        return event.remote_start_id == expected.remote_start_id
    token = transaction.token
    if token is None or token.key != expected.token_key or event.kind is not Kind.STARTED:
        return False
    return expected.evse_id is None or event.evse_id in {None, expected.evse_id}


def _refused(expected: Expectation, event: TokenPresented, decision: Decision[Any]) -> Proof | None:
    """A station may ask first whether the token may charge (1.6 AuthorizeRemoteTxRequests)."""
    judged = decision.reply
    if event.token.key != expected.token_key or not isinstance(judged, Authorization):
        return None
    if judged.status is AuthorizationStatus.ACCEPTED:
        return Proof(succeeded=None, detail="the token was accepted, the transaction has to begin")
    return Proof(
        succeeded=False, detail=f"the station asked about the token and was told {judged.status}"
    )


def _ends(expected: Expectation, event: StationEvent, decision: Decision[Any]) -> Proof | None:
    if not isinstance(event, TransactionEvent) or event.kind is not Kind.ENDED:
        return None
    transaction = _transaction(decision)
    ref = transaction.station_ref if transaction else event.station_ref
    if ref != expected.station_ref:
        return None
    return Proof(
        succeeded=True,
        detail="the transaction ended",
        transaction_id=transaction.id if transaction else None,
    )


def _restarted(expected: Expectation, event: StationEvent, decision: Decision[Any]) -> Proof | None:
    """The station booted. An EVSE does not (B11.FR.08): what charged there ended, or it is free."""
    match event:
        case StationBooted():
            return Proof(succeeded=True, detail="it booted again")
        case TransactionEvent(kind=Kind.ENDED) if expected.evse_id is not None:
            ended = _transaction(decision)
            here = ended is not None and ended.evse_id == expected.evse_id
            return Proof(succeeded=True, detail="the transaction there ended") if here else None
        case StatusReported(where=Connector() | Evse() as where, status=ConnectorStatus.AVAILABLE):
            here = where.evse_id == expected.evse_id
            return Proof(succeeded=True, detail=f"it reported {event.reported}") if here else None
        case _:
            return None


def _transaction(decision: Decision[Any]) -> Transaction | None:
    """The transaction an event was about: the last one that is changed."""
    for change in reversed(decision.changes):
        if isinstance(change, TransactionOpened):
            return change.transaction
        if not isinstance(change, SamplesRecorded):
            found = getattr(change, "transaction", None)
            if isinstance(found, Transaction):
                return found
    return None


def _availability(
    expected: Expectation, event: StationEvent, decision: Decision[Any]
) -> Proof | None:
    if not isinstance(event, StatusReported):
        return None
    where, available = event.where, event.status is not ConnectorStatus.UNAVAILABLE
    if available is not expected.operative:
        return None
    if expected.evse_id is not None and not (
        isinstance(where, Connector | Evse) and _is_at(expected, where)
    ):
        return None
    if not available and isinstance(where, Connector | Evse):
        # One connector of many proves nothing about all of them, and 2.x reports no station.
        if expected.evse_id is None and not _none_left(decision):
            return Proof(succeeded=None, detail=f"EVSE {where.evse_id} reported {event.reported}")
        of_evse = expected.evse_id is not None and expected.connector_id is None
        if of_evse and isinstance(where, Connector) and not _none_left_at(where, decision):
            detail = f"connector {where.connector_id} reported {event.reported}"
            return Proof(succeeded=None, detail=detail)
    return Proof(succeeded=True, detail=f"it reported {event.reported}")


def _none_left(decision: Decision[Any]) -> bool:
    """Whether every connector that the station told of is out of service now."""
    return any(isinstance(each, StatusRecorded) and each.none_left for each in decision.changes)


def _none_left_at(where: Connector, decision: Decision[Any]) -> bool:
    """Whether every connector of its EVSE is out of service now (G03.FR.06)."""
    return any(
        each.none_left_at_evse
        for each in decision.changes
        if isinstance(each, StatusRecorded)
        and isinstance(each.event.where, Connector)
        and each.event.where.evse_id == where.evse_id
    )


def _is_at(expected: Expectation, where: Connector | Evse) -> bool:
    if where.evse_id != expected.evse_id or isinstance(where, Evse):
        return where.evse_id == expected.evse_id
    return expected.connector_id in {None, where.connector_id}


def _is_there(expected: Expectation, event: StationEvent) -> bool:
    if expected.evse_id is None:
        return True
    where = getattr(event, "where", None)
    if isinstance(where, Connector | Evse):
        return _is_at(expected, where)
    told = getattr(where, "evse_id", None) if where is not None else getattr(event, "evse_id", None)
    return told in {None, expected.evse_id}


#: Why a station boots in the middle of an update (2.x BootReasonEnumType).
_TO_INSTALL = "FirmwareUpdate"
_FIRMWARE_FAILED = frozenset(
    {
        FirmwareStatus.DOWNLOAD_FAILED,
        FirmwareStatus.INSTALLATION_FAILED,
        FirmwareStatus.INSTALL_VERIFICATION_FAILED,
        FirmwareStatus.INVALID_SIGNATURE,
    }
)


def _firmware(expected: Expectation, event: StationEvent) -> Proof | None:
    if isinstance(event, StationBooted) and event.reason == _TO_INSTALL:
        return Proof(succeeded=None, detail="it booted again to install")
    if not isinstance(event, FirmwareStatusReported) or not _same(expected, event.request_id):
        return None
    if event.status is FirmwareStatus.IDLE:
        return None
    if event.status is FirmwareStatus.INSTALLED:
        return Proof(succeeded=True, detail=event.reported)
    failed = event.status in _FIRMWARE_FAILED
    return Proof(succeeded=False if failed else None, detail=event.reported)


_UPLOAD_FAILED = frozenset(
    {
        UploadStatus.BAD_MESSAGE,
        UploadStatus.NOT_SUPPORTED_OPERATION,
        UploadStatus.PERMISSION_DENIED,
        UploadStatus.UPLOAD_FAILURE,
        UploadStatus.ACCEPTED_CANCELED,
    }
)


def _upload(expected: Expectation, event: StationEvent) -> Proof | None:
    if not isinstance(event, UploadStatusReported) or event.job is not expected.job:
        return None
    if event.status is UploadStatus.IDLE or not _same(expected, event.request_id):
        return None
    if event.status is UploadStatus.UPLOADED:
        return Proof(succeeded=True, detail=event.reported)
    failed = event.status in _UPLOAD_FAILED
    return Proof(succeeded=False if failed else None, detail=event.reported)


_PUBLISHING_FAILED = frozenset(
    {PublishStatus.DOWNLOAD_FAILED, PublishStatus.INVALID_CHECKSUM, PublishStatus.PUBLISH_FAILED}
)


def _publication(expected: Expectation, event: StationEvent) -> Proof | None:
    if not isinstance(event, PublishStatusReported) or not _same(expected, event.request_id):
        return None
    if event.status is PublishStatus.IDLE:
        return None
    if event.status is PublishStatus.PUBLISHED:
        return Proof(succeeded=True, detail=" ".join((event.reported, *event.locations)))
    failed = event.status in _PUBLISHING_FAILED
    return Proof(succeeded=False if failed else None, detail=event.reported)


def _report(expected: Expectation, event: StationEvent, decision: Decision[Any]) -> Proof | None:
    if isinstance(event, ProfilesReported):
        return _profiles(expected, event)
    if isinstance(event, CustomerInformationTold):
        asked = event.request_id == expected.request_id
        return Proof(succeeded=None, part=event.part) if asked else None
    for change in decision.changes:
        if isinstance(change, ReportSaved) and change.report.request_id == expected.request_id:
            report = change.report
            if report.is_complete:
                return Proof(succeeded=True, detail=f"all {report.following} parts arrived")
            arrived = report.following + len(report.ahead)
            return Proof(succeeded=None, detail=f"parts that arrived so far: {arrived}")
    return None


def _profiles(expected: Expectation, event: ProfilesReported) -> Proof | None:
    if expected.reports is None or event.request_id != expected.request_id:
        return None
    if event.goes_on:
        return Proof(succeeded=None, detail="the station has more profiles to report")
    return Proof(succeeded=True, detail="the station reported its profiles")


def _same(expected: Expectation, request_id: int | None) -> bool:
    """1.6's plain messages have no id, and some stations leave it out."""
    return None in (expected.request_id, request_id) or expected.request_id == request_id
