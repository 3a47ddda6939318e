"""What we ask of a station on one connection: one CALL at a time, each with its answer."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from voltaro.domain.command import CallError, Command, CommandState, Outcome, RawCall
from voltaro.domain.command_record import Sending
from voltaro.domain.decision import Change
from voltaro.domain.values import changed
from voltaro.edge.conversations import broken_off, concluded, raw, spoken
from voltaro.edge.deviations import Deviations, findings_of
from voltaro.edge.socket import Socket
from voltaro.protocol import decode, rpc
from voltaro.protocol.command_tables import CALLS, COMMANDS, KnownCall
from voltaro.protocol.commands import Ask, Conversation, Target, Unanswered, verdict_of
from voltaro.protocol.errors import ErrorCode, RpcError, wire_code
from voltaro.protocol.gate import may_ask
from voltaro.protocol.masking import mask_all, masked_tree
from voltaro.protocol.normalise.faults import Fault
from voltaro.protocol.session import Answered, Garbled, Refused, Session
from voltaro.services import errors as services
from voltaro.services.directory import StationRecord
from voltaro.services.errors import NotAccepted, NotServed, PayloadInvalid, UnknownAction
from voltaro.services.lines import Errand, OnLate, OnSending, Performed, Written
from voltaro.store.fresh_ids import uuid7
from voltaro.store.journal import JournalRow

Reply = Answered | Refused | Garbled

#: Of an answer this much is kept in the journal.
_FRAME: Final = 256 * 1024
_LOST: Final = "the connection ended before the answer came"


@dataclass(frozen=True, slots=True)
class Asked:
    """A CALL under way: its key in the session."""

    errand: Errand
    ask: Ask
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class _Step:
    """One CALL and what came back; `value` is the answer as its type, if it can be used."""

    outcome: Outcome
    row: JournalRow
    value: Any = None
    code: str | None = None


class Calls:
    """One command at a time; see `voltaro.services.lines.Line`."""

    __slots__ = (
        "_deviations",
        "_on_late",
        "_session",
        "_socket",
        "_station",
        "_waiting",
        "elicited",
        "registration",
    )

    def __init__(
        self,
        station: StationRecord,
        session: Session,
        socket: Socket,
        *,
        deviations: Deviations,
        on_late: OnLate,
    ) -> None:
        self._station = station
        self._session = session
        self._socket = socket
        self._deviations = deviations
        self._on_late = on_late
        #: As we answered the station's boot, now or before.
        self.registration = station.registration
        #: Messages that the station was asked for, by their names on the wire.
        self.elicited: set[str] = set()
        self._waiting: asyncio.Future[tuple[Reply, str] | None] | None = None

    @property
    def local_host(self) -> str:
        """See `Line.local_host`."""
        return self._socket.local_host

    def check(self, command: Command) -> Mapping[str, Any]:
        """See `Line.check`."""
        try:
            asked = next(self._begin(command))
        except StopIteration:
            return {}
        self._permit(asked)
        if not isinstance(command, RawCall):
            return {}
        cleaned, _ = rpc.clean(command.payload.decode())  # what no database keeps is shown replaced
        payload = masked_tree(msgspec.json.decode(cleaned), hidden=command.hidden)
        return {"action": command.action, "payload": payload}

    async def perform(
        self, errand: Errand, command: Command, *, timeout_s: float, on_sending: OnSending
    ) -> Performed:
        """See `Line.perform`."""
        conversation = self._begin(command)
        carried = Written()
        try:
            asked = next(conversation)
        except StopIteration as end:
            done = Outcome(state=CommandState.ACCEPTED)
            return Performed(outcome=concluded(done, end.value))
        while True:
            try:
                self._permit(asked)
            except services.Refused as error:
                if not carried.rows:
                    raise
                outcome = Outcome(
                    state=CommandState.FAILED, detail=str(error), changes=carried.changes
                )
                return Performed(outcome=broken_off(conversation, outcome), rows=carried.rows)
            step = await self._exchange(errand, asked, timeout_s, on_sending, carried)
            if step is None:
                why = "the connection ended before it was sent"
                changes = self._unanswered(errand, asked, datetime.now(UTC))
                outcome = Outcome(state=CommandState.OFFLINE, detail=why, changes=changes)
                return Performed(outcome=broken_off(conversation, outcome))
            carried = Written(changes=step.outcome.changes, rows=(step.row,))
            try:
                if step.value is not None:
                    asked = conversation.send(step.value)
                else:
                    asked = conversation.throw(Unanswered(step.outcome.state, step.code))
            except StopIteration as end:
                return Performed(outcome=concluded(step.outcome, end.value), rows=carried.rows)
            except Unanswered:
                return Performed(outcome=step.outcome, rows=carried.rows)

    def heard(self, reply: Reply, frame: str) -> None:
        """The station answered a CALL of ours; never raises."""
        asked = reply.key
        assert isinstance(asked, Asked)
        if reply.late:
            step = self._read(asked, reply, frame)
            late = Performed(outcome=step.outcome, rows=(step.row,))
            self._on_late(asked.errand.command_id, late)
        elif self._waiting is not None and not self._waiting.done():
            self._waiting.set_result((reply, frame))

    def abandon(self) -> None:
        """The connection is gone, or superseded; whoever waits is told."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    # -- within

    def _begin(self, command: Command) -> Conversation:
        version = self._session.version
        if isinstance(command, RawCall):
            return raw(command)
        converse = COMMANDS[version].get(type(command))
        if converse is None:
            raise NotServed(f"{command.name} is not there yet for {version.value}")
        return spoken(converse(command))

    def _permit(self, asked: Ask) -> None:
        version = self._session.version
        if not may_ask(asked.action, self.registration):
            raise NotAccepted(
                f"the station's registration is {self.registration.value}: "
                f"it may not be asked for {asked.action}"
            )
        try:
            faults = decode.validate(version, asked.action, "Request", asked.payload)
        except KeyError:
            raise UnknownAction(f"{version.value} has no action {asked.action!r}") from None
        if faults:
            raise PayloadInvalid([(each.pointer, each.message) for each in faults])
        if (known := CALLS[version].get(asked.action)) is not None:
            try:
                known.request.decode(asked.payload)
            except RpcError as error:  # an integer beyond 64 bits, which the schema takes
                raise PayloadInvalid([(error.pointer, error.description)]) from error

    async def _exchange(
        self,
        errand: Errand,
        ask: Ask,
        timeout_s: float,
        on_sending: OnSending,
        carried: Written,
    ) -> _Step | None:
        """One CALL and its answer; None when it could not be sent any more."""
        known = CALLS[self._session.version].get(ask.action)
        request = known.request.decode(ask.payload).value if known else None
        at = datetime.now(UTC)
        asked = Asked(errand, ask, at)
        message_id, text = self._session.call(ask.action, ask.payload, key=asked)
        waiting = self._waiting = asyncio.get_running_loop().create_future()
        try:
            sending = Sending(
                protocol=self._session.version.value,
                action=ask.action,
                message_id=message_id,
                awaits=known.route.awaits(request) if known else None,
                at=at,
            )
            before = known.route.before(request, self._target(errand, at)) if known else ()
            changes = (*carried.changes, *before)
            await on_sending(sending, Written(changes=changes, rows=carried.rows))
            if not self._socket.is_open:
                return None
            if known and (elicited := known.route.elicits(request)) is not None:
                self.elicited.add(elicited)
            self._socket.send(text)
            try:
                async with asyncio.timeout(timeout_s):
                    said = await waiting
            except TimeoutError:
                why = f"no answer within {timeout_s:g} s"
                return self._silent(asked, message_id, CommandState.TIMED_OUT, why)
            if said is None:
                return self._silent(asked, message_id, CommandState.UNKNOWN, _LOST)
            return self._read(asked, *said)
        finally:
            self._waiting = None
            self._session.expire()

    def _silent(self, asked: Asked, message_id: str, state: CommandState, why: str) -> _Step:
        now = datetime.now(UTC)
        row = self._row(asked, message_id, None, state.value, now)
        changes = self._unanswered(asked.errand, asked.ask, now)
        return _Step(Outcome(state=state, detail=why, changes=changes), row)

    def _read(self, asked: Asked, reply: Reply, frame: str) -> _Step:
        """What an answer means."""
        now = datetime.now(UTC)
        shown = mask_all(frame, hidden=asked.ask.hidden)[:_FRAME]
        match reply:
            case Answered():
                outcome, value = self._answered(asked, reply, shown, now)
                code = None
            case Refused():
                outcome, value, code = self._refused(asked, reply, now), None, reply.wire_code
            case Garbled():
                outcome = self._unusable(reply, ErrorCode.FORMAT_VIOLATION, reply.reason)
                value, code = None, None
        if outcome.state is CommandState.INVALID_ANSWER:
            changes = self._unanswered(asked.errand, asked.ask, now)
            outcome = changed(outcome, changes=changes)
        verdict = "late" if reply.late else _VERDICTS.get(outcome.state, code or "ok")
        row = self._row(asked, reply.message_id, shown, verdict, now)
        return _Step(outcome, row, value, code)

    def _answered(
        self, asked: Asked, reply: Answered, frame: str, now: datetime
    ) -> tuple[Outcome, Any]:
        action, version = asked.ask.action, self._session.version
        result = _shown(reply.payload, asked.ask.hidden)
        known = CALLS[version].get(action)
        try:
            if known is None:
                value: Any = result
                found: Sequence[decode.Deviation] = decode.validate(
                    version, action, "Response", reply.payload
                )
            else:
                decoded = known.response.decode(reply.payload, strict=self._station.strict)
                value, found = decoded.value, decoded.deviations
        except RpcError as error:
            return self._unusable(reply, error.code, error.description, result), None
        self._deviations.flag(findings_of(reply.flaws, found, ()), action, frame, now)
        if wrong := next((each for each in found if _spoils(each)), None):
            why = f"{wrong.pointer}: {wrong.message}"
            return self._unusable(reply, wrong.code, why, result), None
        word = known.route.word(value) if known else result.get("status")
        state = verdict_of(word)
        changes = self._after(known, asked, value, now)
        return Outcome(state=state, answer=word, result=result, changes=changes), value

    def _unusable(
        self,
        reply: Answered | Garbled,
        code: ErrorCode,
        why: str,
        result: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """What came of an answer that is none; the station is told, where its version has words."""
        detail = f"the answer cannot be used: {why}"
        told = self._session.complaint(reply, code, why)
        if told is not None:
            self._socket.send(told)
            detail += f"; the station was told so ({wire_code(code, self._session.version)})"
        return Outcome(state=CommandState.INVALID_ANSWER, result=result, detail=detail)

    def _refused(self, asked: Asked, reply: Refused, now: datetime) -> Outcome:
        known = CALLS[self._session.version].get(asked.ask.action)
        error = CallError(
            code=reply.wire_code,
            description=reply.description,
            details=_shown(reply.details, asked.ask.hidden),
        )
        return Outcome(
            state=CommandState.CALL_ERROR,
            answer=reply.wire_code,
            call_error=error,
            changes=self._after(known, asked, None, now),
        )

    def _after(self, known: KnownCall | None, asked: Asked, value: Any, now: datetime) -> Any:
        if known is None:
            return ()
        request = known.request.decode(asked.ask.payload).value
        return known.route.after(request, value, self._target(asked.errand, now))

    def _unanswered(self, errand: Errand, ask: Ask, now: datetime) -> tuple[Change, ...]:
        known = CALLS[self._session.version].get(ask.action)
        if known is None:
            return ()
        request = known.request.decode(ask.payload).value
        return known.route.unanswered(request, self._target(errand, now))

    def _target(self, errand: Errand, at: datetime) -> Target:
        return Target(self._station.station_id, at, errand.author)

    def _row(
        self, asked: Asked, message_id: str, reply: str | None, verdict: str, now: datetime
    ) -> JournalRow:
        frame = rpc.call(message_id, asked.ask.action, asked.ask.payload)
        return JournalRow(
            id=uuid7(),
            station_id=self._station.station_id,
            received_at=asked.sent_at,
            direction="out",
            protocol=self._session.version.value,
            message_id=message_id,
            action=asked.ask.action,
            frame=mask_all(frame, asked.ask.secrets, asked.ask.hidden)[:_FRAME],
            reply=reply,
            verdict=verdict,
            handling_ms=(now - asked.sent_at).total_seconds() * 1000,
        )


_VERDICTS: Final = {CommandState.INVALID_ANSWER: "invalid_answer"}


def _spoils(deviation: decode.Deviation) -> bool:
    """Whether an answer says nothing that can be relied on, though it could be read."""
    return deviation.pointer == "/status" and deviation.fault is Fault.UNKNOWN_WORD


def _shown(payload: bytes, hidden: frozenset[str]) -> dict[str, Any]:
    try:
        tree = masked_tree(msgspec.json.decode(payload), hidden=hidden)
    except (ValueError, RecursionError):
        return {}
    return tree if isinstance(tree, dict) else {"": tree}
