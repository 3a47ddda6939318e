"""RPC state of one connection: one outstanding CALL, and whose answer a reply is.

OCPP-J 1.6 §4.1.1, 2.x part 4 §4.1.1. Who waits for answers keeps the time.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, assert_never
from uuid import uuid4

from voltaro.domain.values import Value
from voltaro.protocol import rpc
from voltaro.protocol.errors import ErrorCode
from voltaro.protocol.versions import OcppVersion

#: Calls without an answer in time whose late ones are still recognised, of all stations.
MAX_LATE: Final = 10_000
WRONG_ID: Final = "answer carries another message id than the call"


class Incoming(Value):
    """The station asks; answer with `rpc.call_result` or `rpc.call_error`."""

    call: rpc.Call


class IncomingSend(Value):
    """The station tells and expects no answer."""

    send: rpc.Send


class Answered(Value):
    """Our call `key` has its answer; `late` when it had already timed out."""

    key: object
    message_id: str
    action: str
    payload: bytes
    late: bool
    flaws: tuple[str, ...] = ()


class Refused(Value):
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


class Garbled(Value):
    """The station answered our call `key`, but the answer is no readable frame."""

    key: object
    message_id: str
    action: str
    reason: str
    late: bool
    #: A CALLRESULT, and no CALLERROR.
    is_result: bool


class ResultRefused(Value):
    """The station could not use our answer to its call `message_id`; nothing is sent again."""

    message_id: str
    code: ErrorCode
    description: str
    details: bytes


class Unexpected(Value):
    """An answer to no call of ours."""

    message_id: str


class Reject(Value):
    """A malformed frame that is answered with `text`."""

    text: str
    reason: str


class Ignored(Value):
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


class Sent(Value):
    """A call of ours that is under way, or was."""

    key: object
    message_id: str
    action: str


#: By message id, the oldest first. Ids are unique for ever, so that a late answer may even come
#: on a later connection of the station: all sessions can share this.
Late = OrderedDict[str, Sent]


class Session:
    """The two directions of one connection; they do not hold each other up."""

    __slots__ = ("_late", "_match_any_reply", "_new_id", "_outstanding", "version")

    def __init__(
        self,
        version: OcppVersion,
        *,
        late: Late | None = None,
        new_id: Callable[[], str] = lambda: str(uuid4()),
        match_any_reply: bool = False,
    ) -> None:
        """`match_any_reply` attributes an answer with a wrong id to the outstanding call."""
        self.version = version
        self._new_id = new_id
        self._match_any_reply = match_any_reply
        self._outstanding: Sent | None = None
        self._late: Late = OrderedDict() if late is None else late

    @property
    def outstanding(self) -> Sent | None:
        """The call that waits for its answer, if any."""
        return self._outstanding

    def call(self, action: str, payload: bytes, *, key: object) -> tuple[str, str]:
        """Begin a call; returns its message id and the text to send. `key` names it for the caller.

        2.x part 4 §4.1.1: a new CALL only after the previous one was answered or timed out.
        """
        assert self._outstanding is None, "one CALL at a time"
        message_id = self._new_id()
        self._outstanding = Sent(key, message_id, action)
        return message_id, rpc.call(message_id, action, payload)

    def expire(self) -> None:
        """Wait no longer for the outstanding call; a late answer to it is still recognised."""
        sent, self._outstanding = self._outstanding, None
        if sent is not None:
            self._late[sent.message_id] = sent
            if len(self._late) > MAX_LATE:
                self._late.popitem(last=False)

    def complaint(self, reply: Answered | Garbled, code: ErrorCode, description: str) -> str | None:
        """The CALLRESULTERROR for an answer that cannot be used; None where there is none.

        Only 2.1 has it (part 4 §4.2.3), and none is sent for a CALLERROR.
        """
        is_result = isinstance(reply, Answered) or reply.is_result
        if self.version is not OcppVersion.V21 or not is_result:
            return None
        return rpc.call_result_error(reply.message_id, code, description)

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
                return Garbled(
                    sent.key, sent.message_id, sent.action, frame.reason, late, frame.is_result
                )
        text = rpc.answer(frame, self.version)
        return Ignored(frame.reason) if text is None else Reject(text, frame.reason)

    def _take(self, message_id: str) -> tuple[Sent, bool, tuple[str, ...]] | None:
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
