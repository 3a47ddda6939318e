"""The record of a command, and how it moves from state to state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from voltaro.domain.command import CallError, CommandState, Outcome
from voltaro.domain.decision import Change
from voltaro.domain.follow_up import Expectation, Followed, Proof
from voltaro.domain.told_parts import ToldPart, are_all, text_of, with_part
from voltaro.domain.values import changed

#: The station agreed, and what it agreed to may still have to follow.
AGREED = frozenset({CommandState.ACCEPTED, CommandState.SCHEDULED, CommandState.REBOOT_REQUIRED})
#: Scheduled means after a transaction, however long that takes.
_SCHEDULED = timedelta(days=2)
#: A station's word that it gave up what it was at for what it is asked now (L01.FR.24, N01.FR.12).
_GIVES_UP_EARLIER = "AcceptedCanceled"
_WAITING = frozenset({CommandState.QUEUED, CommandState.SENT})
#: Sent, and without an answer.
_UNANSWERED = frozenset({CommandState.SENT, CommandState.TIMED_OUT, CommandState.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRecord:
    """A command as everybody sees it. `version` counts its changes.

    `arguments` and `result` hold what JSON can hold, and no secrets. `action` and `message_id` are
    those of its latest CALL. While `awaits` is set, something may still prove it, until
    `awaits_until`.
    """

    id: UUID
    station_id: str
    name: str
    arguments: Mapping[str, Any]
    author: str
    state: CommandState
    detail: str | None = None
    protocol: str | None = None
    action: str | None = None
    message_id: str | None = None
    answer: str | None = None
    result: Mapping[str, Any] | None = None
    call_error: CallError | None = None
    late: bool = False
    transaction_id: UUID | None = None
    #: What the station fetches, or what it brought.
    file_id: UUID | None = None
    created_at: datetime
    sent_at: datetime | None = None
    answered_at: datetime | None = None
    settled_at: datetime | None = None
    awaits: Expectation | None = None
    awaits_until: datetime | None = None
    proof: Proof | None = None
    #: Of a text that comes in parts; once it is whole it is in the result.
    parts: tuple[ToldPart, ...] = ()
    version: int = 1

    @property
    def is_waiting(self) -> bool:
        """Whether the station still owes an answer, or was not even asked."""
        return self.state in _WAITING

    @property
    def is_final(self) -> bool:
        """Whether nothing is expected to change any more (a late answer still might)."""
        return not self.is_waiting and self.awaits is None


@dataclass(frozen=True, slots=True)
class CommandSaved(Change):
    """The whole record, replacing an earlier version of it."""

    record: CommandRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A CALL that is about to go out. `awaits` is what would prove it."""

    protocol: str
    action: str
    message_id: str
    awaits: Expectation | None
    at: datetime


def sent(record: CommandRecord, sending: Sending) -> CommandRecord:
    """The record once its CALL is on the wire."""
    awaits = sending.awaits
    return _next(
        record,
        state=CommandState.SENT,
        protocol=sending.protocol,
        action=sending.action,
        message_id=sending.message_id,
        sent_at=record.sent_at or sending.at,
        awaits=awaits,
        awaits_until=sending.at + timedelta(seconds=awaits.within_s) if awaits else None,
    )


def settled(
    record: CommandRecord, outcome: Outcome, at: datetime, *, late: bool = False
) -> CommandRecord:
    """The record with what came of it; what proved it before the answer still does."""
    # A result without an answer: one of several CALLs was not answered, and it alone is not all.
    if late and (record.state not in _UNANSWERED or record.result is not None):
        return record
    answered = outcome.state not in {
        CommandState.TIMED_OUT,
        CommandState.OFFLINE,
        CommandState.UNKNOWN,
        CommandState.CANCELLED,
    }
    record = _next(
        record,
        state=outcome.state,
        answer=outcome.answer,
        result=outcome.result,
        call_error=outcome.call_error,
        detail=outcome.detail,
        late=late,
        answered_at=at if answered else None,
        settled_at=at,
    )
    agreed = outcome.state in AGREED
    if agreed and record.awaits is not None:
        scheduled = outcome.state is CommandState.SCHEDULED
        until = at + (_SCHEDULED if scheduled else timedelta(seconds=record.awaits.within_s))
        record = changed(record, awaits_until=until)
    if record.proof is not None and (agreed or record.state in _UNANSWERED):
        return _concluded(record, record.proof, at)
    if agreed or record.state in _UNANSWERED:
        return record
    return changed(record, awaits=None, awaits_until=None)


def proven(record: CommandRecord, proof: Proof, at: datetime) -> CommandRecord:
    """The record after something happened that was expected of it."""
    if proof.part is not None:
        parts = with_part(record.parts, proof.part)
        whole, detail = are_all(parts), f"parts that arrived so far: {len(parts)}"
        record = changed(record, parts=parts)
        proof = changed(proof, succeeded=whole or None, detail=None if whole else detail)
    if record.state in _WAITING:
        # The transaction may begin before the answer to the request for it: wait for that.
        return _next(record, proof=proof, transaction_id=proof.transaction_id)
    return _concluded(_next(record), proof, at)


def arrived(
    record: CommandRecord, file_id: UUID, what: str, at: datetime, *, sure: bool
) -> CommandRecord:
    """The record after the file that was asked for is here: done if it is `sure` to be whole."""
    record = _next(record, file_id=file_id)
    proof = Proof(succeeded=True if sure else None, detail=what)
    if record.awaits is None or record.awaits.follows is not Followed.UPLOAD:
        return record
    if record.state in _WAITING:
        return changed(record, proof=proof)
    return _concluded(record, proof, at)


def given_up(earlier: CommandRecord, later: CommandRecord, at: datetime) -> CommandRecord:
    """The earlier record, which failed if the station's answer to the later one says so."""
    awaited, awaits = earlier.awaits, later.awaits
    if later.answer != _GIVES_UP_EARLIER or earlier.id == later.id or earlier.is_waiting:
        return earlier
    if awaited is None or awaits is None:
        return earlier
    if (awaited.follows, awaited.job) != (awaits.follows, awaits.job):
        return earlier
    proof = Proof(succeeded=False, detail="the station gave it up for a later one")
    return _concluded(_next(earlier), proof, at)


def overdue(record: CommandRecord, at: datetime) -> CommandRecord:
    """The record when what was expected did not happen in time."""
    awaits = record.awaits
    record = _next(record, awaits=None, awaits_until=None)
    if awaits is None or record.state not in AGREED:
        return record
    if not awaits.must:
        return record if record.proof is not None else changed(record, detail=awaits.missed)
    return changed(record, state=CommandState.FAILED, detail=awaits.missed, settled_at=at)


def orphaned(record: CommandRecord, at: datetime) -> CommandRecord:
    """The record after the server that had it in hand is gone."""
    if record.state is CommandState.QUEUED:
        why = "the server stopped before it was sent"
        return _next(record, state=CommandState.CANCELLED, detail=why, settled_at=at)
    if record.state is CommandState.SENT:
        why = "the server stopped before the answer came"
        record = _next(record, state=CommandState.UNKNOWN, detail=why, settled_at=at)
        return _concluded(record, record.proof, at) if record.proof is not None else record
    return record


def abandoned(record: CommandRecord, at: datetime) -> CommandRecord:
    """The record after a defect of ours; whether the station did it is not known if it was sent."""
    why = "a defect of the server; its log tells more"
    if record.state is CommandState.QUEUED:
        return _next(record, state=CommandState.FAILED, detail=why, settled_at=at)
    if record.state is CommandState.SENT:
        return _next(record, state=CommandState.UNKNOWN, detail=why, settled_at=at)
    return record


def cancelled(record: CommandRecord, why: str, at: datetime) -> CommandRecord:
    """The record of a command that was withdrawn before it was sent."""
    return _next(record, state=CommandState.CANCELLED, detail=why, settled_at=at)


def _concluded(record: CommandRecord, proof: Proof, at: datetime) -> CommandRecord:
    if proof.succeeded is None:
        return changed(record, detail=proof.detail, proof=proof)
    if record.parts:
        told = {"information": text_of(record.parts)}
        record = changed(record, result={**(record.result or {}), **told}, parts=())
    return changed(
        record,
        state=CommandState.DONE if proof.succeeded else CommandState.FAILED,
        detail=proof.detail,
        transaction_id=proof.transaction_id or record.transaction_id,
        proof=proof,
        settled_at=at,
        awaits=None,
        awaits_until=None,
    )


def _next(record: CommandRecord, **fields: Any) -> CommandRecord:
    return changed(record, version=record.version + 1, **fields)
