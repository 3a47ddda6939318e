"""RPC state of one connection: one outstanding CALL, its time-out, and whose answer a reply is.

OCPP-J 1.6 §4.1.1, 2.x part 4 §4.1.1. Time is handed in as seconds of one monotonic clock.
"""

import heapq
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final, assert_never
from uuid import uuid4

from voltaro.protocol import rpc
from voltaro.protocol.errors import ErrorCode
from voltaro.protocol.versions import OcppVersion

#: Timed-out calls whose late answers are still recognised, per connection.
MAX_LATE: Final = 32
WRONG_ID: Final = "answer carries another message id than the call"


@dataclass(frozen=True, slots=True)
class Incoming:
    """The station asks; answer with `rpc.call_result` or `rpc.call_error`."""

    call: rpc.Call


@dataclass(frozen=True, slots=True)
class IncomingSend:
    """The station tells and expects no answer."""

    send: rpc.Send


@dataclass(frozen=True, slots=True)
class Answered:
    """Our call `key` has its answer; `late` when it had already timed out."""

    key: object
    message_id: str
    action: str
    payload: bytes
    late: bool
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The station answered our call `key` with a CALLERROR."""

    key: object
    message_id: str
    action: str
    code: ErrorCode
    wire_code: str
    description: str
    details: bytes
    late: bool
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Garbled:
    """The station answered our call `key`, but the answer is no readable frame."""

    key: object
    message_id: str
    action: str
    reason: str
    late: bool


@dataclass(frozen=True, slots=True)
class ResultRefused:
    """The station could not use our answer to its call `message_id`; nothing is sent again."""

    message_id: str
    code: ErrorCode
    description: str
    details: bytes


@dataclass(frozen=True, slots=True)
class Unexpected:
    """An answer to no call of ours."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Reject:
    """A malformed frame that is answered with `text`."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A malformed frame that gets no answer."""

    reason: str


Event = (
    Incoming
    | IncomingSend
    | Answered
    | Refused
    | Garbled
    | ResultRefused
    | Unexpected
    | Reject
    | Ignored
)


@dataclass(frozen=True, slots=True)
class Closed:
    """What a closed connection leaves behind: calls without an answer, and those never sent."""

    unanswered: tuple[object, ...]
    queued: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Waiting:
    key: object
    action: str
    payload: bytes
    timeout_s: float


@dataclass(frozen=True, slots=True)
class _Sent:
    key: object
    message_id: str
    action: str
    deadline: float


class Session:
    """The two directions of one connection; they do not hold each other up."""

    __slots__ = (
        "_late",
        "_match_any_reply",
        "_new_id",
        "_order",
        "_outstanding",
        "_queue",
        "version",
    )

    def __init__(
        self,
        version: OcppVersion,
        *,
        new_id: Callable[[], str] = lambda: str(uuid4()),
        match_any_reply: bool = False,
    ) -> None:
        """`match_any_reply` attributes an answer with a wrong id to the outstanding call."""
        self.version = version
        self._new_id = new_id
        self._match_any_reply = match_any_reply
        self._queue: list[tuple[int, int, _Waiting]] = []
        self._order = count()
        self._outstanding: _Sent | None = None
        self._late: OrderedDict[str, _Sent] = OrderedDict()

    @property
    def outstanding(self) -> object | None:
        """The key of the call that waits for its answer, if any."""
        return None if self._outstanding is None else self._outstanding.key

    @property
    def queued(self) -> int:
        """How many calls wait for their turn."""
        return len(self._queue)

    def call(
        self, action: str, payload: bytes, *, timeout_s: float, key: object, priority: int = 0
    ) -> None:
        """Queue a call; `poll` hands out its text when its turn comes.

        Higher priorities go first, equal ones in the order of queueing. `timeout_s` counts from
        sending. `key` is the caller's name for it, compared by equality in `cancel`.
        """
        waiting = _Waiting(key, action, payload, timeout_s)
        heapq.heappush(self._queue, (-priority, next(self._order), waiting))

    def cancel(self, key: object) -> bool:
        """Take a call out of the queue; False when it is not there or was already sent."""
        kept = [entry for entry in self._queue if entry[2].key != key]
        cancelled = len(kept) < len(self._queue)
        heapq.heapify(kept)
        self._queue = kept
        return cancelled

    def poll(self, now: float) -> tuple[object, str, str] | None:
        """The next call to send now as (key, message id, text), or None.

        2.x part 4 §4.1.1: a new CALL only after the previous one was answered or timed out.
        Handing it out starts its time-out.
        """
        if self._outstanding is not None or not self._queue:
            return None
        _, _, waiting = heapq.heappop(self._queue)
        message_id = self._new_id()
        self._outstanding = _Sent(waiting.key, message_id, waiting.action, now + waiting.timeout_s)
        return waiting.key, message_id, rpc.call(message_id, waiting.action, waiting.payload)

    def next_deadline(self) -> float | None:
        """When the outstanding call times out, or None."""
        return None if self._outstanding is None else self._outstanding.deadline

    def expire(self, now: float) -> tuple[object, ...]:
        """The keys of calls that timed out by `now`; `poll` then yields the next one."""
        sent = self._outstanding
        if sent is None or now < sent.deadline:
            return ()
        self._outstanding = None
        self._late[sent.message_id] = sent
        if len(self._late) > MAX_LATE:
            self._late.popitem(last=False)
        return (sent.key,)

    def receive(self, frame: rpc.Frame) -> Event:
        """What a frame means on this connection."""
        match frame:
            case rpc.Call():
                return Incoming(frame)
            case rpc.Send():
                return IncomingSend(frame)
            case rpc.CallResult():
                return self._answered(frame)
            case rpc.CallError():
                return self._refused(frame)
            case rpc.CallResultError():
                return ResultRefused(frame.message_id, frame.code, frame.description, frame.details)
            case rpc.Malformed():
                return self._malformed(frame)
            case _:
                assert_never(frame)

    def close(self) -> Closed:
        """Forget everything; the caller settles what was under way."""
        unanswered = () if self._outstanding is None else (self._outstanding.key,)
        queued = tuple(entry[2].key for entry in sorted(self._queue, key=lambda entry: entry[:2]))
        self._outstanding = None
        self._queue = []
        self._late.clear()
        return Closed(unanswered, queued)

    def _answered(self, frame: rpc.CallResult) -> Answered | Unexpected:
        found = self._take(frame.message_id)
        if found is None:
            return Unexpected(frame.message_id)
        sent, late, flaws = found
        return Answered(
            sent.key, sent.message_id, sent.action, frame.payload, late, frame.flaws + flaws
        )

    def _refused(self, frame: rpc.CallError) -> Refused | Unexpected:
        found = self._take(frame.message_id)
        if found is None:
            return Unexpected(frame.message_id)
        sent, late, flaws = found
        return Refused(
            key=sent.key,
            message_id=sent.message_id,
            action=sent.action,
            code=frame.code,
            wire_code=frame.wire_code,
            description=frame.description,
            details=frame.details,
            late=late,
            flaws=frame.flaws + flaws,
        )

    def _malformed(self, frame: rpc.Malformed) -> Garbled | Reject | Ignored:
        if frame.is_reply and frame.message_id is not None:
            found = self._take(frame.message_id)
            if found is not None:
                sent, late, _ = found
                return Garbled(sent.key, sent.message_id, sent.action, frame.reason, late)
        text = rpc.answer(frame, self.version)
        return Ignored(frame.reason) if text is None else Reject(text, frame.reason)

    def _take(self, message_id: str) -> tuple[_Sent, bool, tuple[str, ...]] | None:
        """The call a reply belongs to, whether it is late, and what was tolerated."""
        sent = self._outstanding
        if sent is not None and sent.message_id == message_id:
            self._outstanding = None
            return sent, False, ()
        late = self._late.pop(message_id, None)
        if late is not None:
            return late, True, ()
        if self._match_any_reply and sent is not None:
            # Quirk: EN+ and Phihong answer with an id that is not the call's.
            self._outstanding = None
            return sent, False, (WRONG_ID,)
        return None
