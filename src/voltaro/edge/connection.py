"""A station's connection: its CALLs in order, each answered after its effects are durable."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import assert_never

import structlog

from voltaro.domain.deviations import AnswerRefused
from voltaro.domain.provisioning import Registration, StationBooted
from voltaro.domain.values import changed
from voltaro.edge.calls import Calls
from voltaro.edge.deviations import Deviations, tolerated
from voltaro.edge.eager import Errand, begin
from voltaro.edge.handshake import Admission
from voltaro.edge.socket import Socket
from voltaro.protocol import decode, rpc
from voltaro.protocol.errors import ErrorCode, RpcError, wire_code
from voltaro.protocol.gate import admits
from voltaro.protocol.masking import mask, mask_stray
from voltaro.protocol.normalise.faults import REFUSED, Fault, Finding, generalised
from voltaro.protocol.route_tables import served_by
from voltaro.protocol.routes import Origin
from voltaro.protocol.schemas import SENDS
from voltaro.protocol.session import (
    Answered,
    Garbled,
    Ignored,
    Incoming,
    IncomingSend,
    Late,
    Refused,
    Reject,
    ResultRefused,
    Session,
    Unexpected,
)
from voltaro.protocol.wire import Wire
from voltaro.services.commands import Commands
from voltaro.services.directory import Directory
from voltaro.services.intake import Exchange, Intake
from voltaro.services.presence import Live, Presence

log = structlog.get_logger()

#: More CALLs than this may not wait: the socket is not read until the station is served.
_INBOX = 64
#: After so many answers in a row it is others' turn.
_IN_A_ROW = 16
#: Of garbage this much is kept.
_GARBAGE = 4096
#: WebSocket close codes: data of a type that is not accepted here; a rule was broken.
_UNSUPPORTED, _POLICY_VIOLATION = 1003, 1008
_BOOT = "BootNotification"

#: A span around a CALL (action, station, version, message id), which is told the answer's frame.
Trace = Callable[[str, str, str, str], AbstractContextManager[Callable[[str], None]]]


class Connection:
    """What one socket of one station says, and what it is told."""

    __slots__ = (
        "_calls",
        "_certified",
        "_commands",
        "_deviations",
        "_directory",
        "_errand",
        "_inbox",
        "_intake",
        "_live",
        "_on_closed",
        "_presence",
        "_session",
        "_socket",
        "_station",
        "_stranger",
        "_trace",
        "_version",
        "_writable",
        "protocol",
    )

    def __init__(
        self,
        admission: Admission,
        socket: Socket,
        *,
        intake: Intake,
        directory: Directory,
        presence: Presence,
        commands: Commands,
        late: Late,
        on_closed: Callable[["Connection"], None],
        trace: Trace | None = None,
    ) -> None:
        """`late` are our calls without an answer, of all stations."""
        self._station = admission.station
        self._version = admission.version
        #: The OCPP version it speaks, as its subprotocol names it.
        self.protocol = admission.version.value
        self._certified = admission.serial_number
        self._socket = socket
        self._intake = intake
        self._directory = directory
        self._presence = presence
        self._on_closed = on_closed
        self._stranger: asyncio.TimerHandle | None = None
        self._trace = trace
        self._commands = commands
        self._session = Session(admission.version, late=late)
        self._deviations = Deviations(admission.station.station_id, intake.noticed)
        self._calls = Calls(
            admission.station,
            self._session,
            socket,
            deviations=self._deviations,
            on_late=commands.late,
        )
        self._inbox: deque[tuple[rpc.Call | rpc.Send, str, datetime]] = deque()
        self._errand: Errand | None = None
        self._writable: asyncio.Event | None = None
        self._live: Live

    def open(self) -> None:
        """Take over the station; called once the upgrade is answered."""
        self._live = self._presence.opened(
            self._station.station_id,
            self.protocol,
            self._socket.remote_host,
            datetime.now(UTC),
            self._socket.close,
        )
        log.info(
            "station connected",
            station_id=self._station.station_id,
            connection_id=self._live.epoch,
            protocol=self.protocol,
            remote_host=self._socket.remote_host,
        )
        self._commands.attach(self._station.station_id, self._calls)

    def expect_boot(self, within_s: float, otherwise: Callable[[str], None]) -> None:
        """Tell `otherwise` the station's id if it does not boot."""
        later = asyncio.get_running_loop().call_later
        self._stranger = later(within_s, otherwise, self._station.station_id)

    def _met(self) -> None:
        if self._stranger is not None:
            self._stranger.cancel()
            self._stranger = None

    @property
    def busy(self) -> Errand | None:
        """What serves this connection just now, if anything."""
        return self._errand

    # -- the socket's side

    def on_text(self, text: str) -> None:
        """A message; never raises, since an exception here would cost the connection."""
        received_at = datetime.now(UTC)
        cleaned, was_unclean = rpc.clean(text)
        event = self._session.receive(rpc.parse(cleaned, self._version))
        match event:
            case Incoming(call) | IncomingSend(call):
                if was_unclean:
                    call = changed(call, flaws=(*call.flaws, rpc.UNSTORABLE))
                self._enqueue(call, cleaned, received_at)
            case Reject(answer, reason):
                self._socket.send(answer)
                self._remember(cleaned, received_at, answer, reason, Fault.MALFORMED_FRAME)
            case Ignored(reason):
                self._remember(cleaned, received_at, None, reason, Fault.MALFORMED_FRAME)
            case Answered() | Refused() | Garbled():
                self._calls.heard(event, cleaned)
            case Unexpected():
                self._remember(cleaned, received_at, None, "answer to no call")
            case ResultRefused(message_id, code):
                why = f"the station could not use our answer: {code.value}"
                self._intake.noticed(
                    AnswerRefused(self._station.station_id, message_id, received_at)
                )
                self._remember(cleaned, received_at, None, why, Fault.ANSWER_REFUSED, message_id)
            case _:
                assert_never(event)

    def on_binary(self) -> None:
        """Quirk Q11: noise in binary frames is ignored; strict stations are closed for it."""
        if self._station.strict:
            self._socket.close(_UNSUPPORTED, "OCPP-J is text")
        else:
            self._remember("", datetime.now(UTC), None, "binary frame", Fault.BINARY_FRAME)

    def on_traffic(self) -> None:
        self._presence.seen(self._live, datetime.now(UTC))

    def on_writable(self) -> None:
        if self._writable is not None:
            self._writable.set()

    def on_closed(self) -> None:
        self.on_writable()
        self._met()
        self._commands.detach(self._station.station_id, self._calls)
        self._calls.abandon()
        self._deviations.close()
        offline = self._presence.closed(self._live, datetime.now(UTC))
        if not offline:
            self._inbox.clear()  # unanswered, so the newer connection will bring it again
        log.info(
            "station disconnected" if offline else "old connection closed",
            station_id=self._station.station_id,
            connection_id=self._live.epoch,
        )
        self._on_closed(self)

    # -- serving

    def _enqueue(self, call: rpc.Call | rpc.Send, frame: str, received_at: datetime) -> None:
        self._inbox.append((call, frame, received_at))
        if len(self._inbox) >= _INBOX:
            self._socket.pause_reading()
        if self._errand is None:
            # Many at once take turns with other stations; a trace needs a context of its own.
            at_once = self._trace is None and not self._socket.crowded
            self._errand = begin(self._serve(), at_once=at_once)

    async def _serve(self) -> None:
        for number in count(1):
            if not self._inbox:
                break
            if number % _IN_A_ROW == 0:
                await asyncio.sleep(0)
            if not self._socket.is_writable and self._socket.is_open:
                self._writable = asyncio.Event()
                await self._writable.wait()
                continue
            call, frame, received_at = self._inbox.popleft()
            if self._trace is None:
                answer = await self._answer(call, frame, received_at)
            else:
                about = (call.action, self._station.station_id, self.protocol, call.message_id)
                with self._trace(*about) as told:
                    answer = await self._answer(call, frame, received_at)
                    told(answer)
            if answer:
                self._socket.send(answer)
            if len(self._inbox) < _INBOX // 2:
                self._socket.resume_reading()
        self._errand = None

    async def _answer(self, call: rpc.Call | rpc.Send, frame: str, received_at: datetime) -> str:
        """The frame that answers it; "" for a SEND, which gets none of any kind (N15.FR.02)."""
        exchange = self._exchange(mask(frame), received_at, call.message_id, call.action)
        try:
            reply = await self._reply(call, exchange)
        # An error must not be kept beyond its clause: it refers to this frame, which would keep both.
        except RpcError as error:
            return self._refuse(call, exchange, error)
        except Exception:
            log.exception(
                "message failed",
                station_id=self._station.station_id,
                connection_id=self._live.epoch,
                message_id=call.message_id,
                action=call.action,
            )
            return self._refuse(call, exchange, RpcError(ErrorCode.INTERNAL_ERROR))
        return "" if isinstance(call, rpc.Send) else rpc.call_result(call.message_id, reply)

    def _refuse(self, call: rpc.Call | rpc.Send, exchange: Exchange, why: RpcError) -> str:
        code, version = why.code, self._version
        if code in REFUSED:
            finding = Finding(REFUSED[code], generalised(why.pointer))
            self._deviations.flag((finding,), call.action, exchange.frame, exchange.received_at)
        self._intake.refused(exchange, why.description, wire_code(code, version))
        if isinstance(call, rpc.Send):
            return ""
        return rpc.call_error(call.message_id, code, why.description, why.details, version=version)

    async def _reply(self, call: rpc.Call | rpc.Send, exchange: Exchange) -> bytes:
        station = self._station
        early = self._calls.registration is not Registration.ACCEPTED
        if early and not admits(
            call.action, self._version, strict=station.strict, awaited=self._calls.elicited
        ):
            raise RpcError(ErrorCode.SECURITY_ERROR, "this station is not accepted yet")
        if station.strict and rpc.BROKEN_JSON in call.flaws:
            raise RpcError(ErrorCode.FORMAT_VIOLATION, rpc.BROKEN_JSON)
        served = served_by(call.action, self._version)
        if isinstance(call, rpc.Send) is not (call.action in SENDS):
            raise RpcError(ErrorCode.NOT_SUPPORTED, "this action is of another message type")
        decoded = served.decoder.decode(call.payload, strict=station.strict)
        route = served.route
        meant_by = self._directory.aliases.meant_by
        origin = Origin(
            station.station_id, exchange.received_at, station.token_cut, meant_by, self._certified
        )
        event = route.read(decoded.value, origin)
        if isinstance(event, StationBooted):
            self._check_serial_number(event)
        if call.flaws or decoded.deviations or origin.findings:
            found = tolerated(
                call.flaws, decoded.deviations, origin.findings, strict=station.strict
            )
            self._deviations.flag(found, call.action, exchange.frame, exchange.received_at)
        if early and call.action not in {_BOOT, *self._calls.elicited}:  # Quirk Q25
            finding = Finding(Fault.BEFORE_ACCEPTANCE)
            self._deviations.flag((finding,), call.action, exchange.frame, exchange.received_at)
        if origin.ahead:
            self._presence.told_time(self._live, origin.ahead[0], event.received_at)
        elif event.clock_trusted and event.at != event.received_at:
            self._presence.told_time(self._live, event.at, event.received_at)
        reply = await self._intake.handle(
            route.rule,
            event,
            exchange,
            partial(decode.encode, decoded.value),
            lambda reply: _text(route.write(reply)),
        )
        if isinstance(event, StationBooted):
            self._booted(event)
        return reply.encode()

    def _check_serial_number(self, event: StationBooted) -> None:
        """B01.FR.11, FR.12: another serial number than its certificate's ends the connection.

        Raises:
            RpcError: it is another one; the answer still goes out.
        """
        if event.serial_number not in {None, self._certified or event.serial_number}:
            self._socket.close_soon(_POLICY_VIOLATION, "serial number is not the certificate's")
            raise RpcError(ErrorCode.SECURITY_ERROR, "serial number is not the certificate's")

    def _exchange(
        self,
        frame: str,
        received_at: datetime,
        message_id: str | None = None,
        action: str | None = None,
    ) -> Exchange:
        """`frame` is masked already."""
        return Exchange(
            station_id=self._station.station_id,
            protocol=self.protocol,
            message_id=message_id,
            action=action,
            frame=frame,
            received_at=received_at,
            began=time.monotonic(),
        )

    def _booted(self, event: StationBooted) -> None:
        self._met()
        self._directory.booted(self._station.station_id, event.serial_number)
        record = self._directory.get(self._station.station_id)
        self._calls.registration = record.registration if record else Registration.REJECTED
        log.info(
            "station booted",
            station_id=self._station.station_id,
            connection_id=self._live.epoch,
            vendor=event.vendor,
            model=event.model,
            firmware_version=event.firmware_version,
            registration=self._calls.registration.value,
        )

    def _remember(  # noqa: PLR0917  what there is to say of a frame
        self,
        text: str,
        received_at: datetime,
        answer: str | None,
        why: str,
        fault: Fault | None = None,
        message_id: str | None = None,
    ) -> None:
        """Keep what could not be understood where an operator finds it."""
        exchange = self._exchange(mask_stray(text)[:_GARBAGE], received_at, message_id)
        if fault is not None:
            self._deviations.flag((Finding(fault),), "", exchange.frame, received_at)
        self._intake.refused(exchange, answer or why, "ignored" if answer is None else "malformed")
        log.warning(
            "message not understood",
            station_id=self._station.station_id,
            connection_id=self._live.epoch,
            reason=why,
        )


def _text(response: Wire | None) -> str:
    return "" if response is None else decode.encode(response).decode()
