"""The OCPP port: lets stations in, keeps their sockets alive, closes them in order."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from websockets.http11 import Request

from voltaro.domain.connections import HandshakeRefused
from voltaro.domain.provisioning import Registration
from voltaro.edge.attempts import Attempts
from voltaro.edge.connection import Connection, Trace
from voltaro.edge.entrance import Entrance
from voltaro.edge.handshake import Admission, UpgradeRequest, examine, identity
from voltaro.edge.listener import Listener, listen
from voltaro.edge.refusals import Reason, Refusal
from voltaro.edge.server_certificates import ServerCertificates
from voltaro.edge.socket import Socket
from voltaro.edge.station_certificate import StationCertificate
from voltaro.edge.tls import TlsLayer
from voltaro.protocol.masking import mask_path
from voltaro.protocol.rpc import clean
from voltaro.protocol.session import Late
from voltaro.services.commands import Commands
from voltaro.services.directory import Directory, StationRecord
from voltaro.services.errors import Invalid
from voltaro.services.intake import Intake
from voltaro.services.presence import Presence
from voltaro.services.secrets import Keyring
from voltaro.store.reach import DatabaseAway

log = structlog.get_logger()

_SWEEP_S = 1.0
_DRAIN_S = 8.0
_LONGEST = 255
#: So many unknown stations are registered at a time; more would wait for a connection to the database.
_REGISTRATIONS = 8
_GOING_AWAY, _TRY_AGAIN_LATER = 1001, 1013


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeSettings:
    """`ping_interval_s` 0 means that silent stations are neither pinged nor dropped.

    `boot_patience_s` 0 means that nobody is asked to introduce itself.
    """

    max_message_bytes: int
    ping_interval_s: float
    ping_timeout_s: float
    database_patience_s: float
    boot_patience_s: float
    unknown_stations: str


#: Reads the certificate (DER) that a station showed, at a moment.
ReadCertificate = Callable[[bytes, datetime], StationCertificate]
#: Makes an unknown station known, under the id and with the registration given.
Register = Callable[[str, Registration], Awaitable[StationRecord]]
#: A station (by id) logged in with an offered password (by its hash).
Proven = Callable[[str, bytes], None]
#: A station (by id) came in by a higher security profile (the last) than before.
Reached = Callable[[str, int, int], None]


class Edge:
    """All sockets of this process. `start`, then `stop`.

    `stalled_s` tells for how long the database has kept messages waiting.
    """

    def __init__(
        self,
        settings: EdgeSettings,
        *,
        intake: Intake,
        commands: Commands,
        introduce: Callable[[str], Coroutine[Any, Any, None]],
        stalled_s: Callable[[], float],
        directory: Directory,
        presence: Presence,
        keyring: Keyring,
        register: Register,
        proven: Proven,
        reached: Reached,
        read_certificate: ReadCertificate,
        trace: Trace | None = None,
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._commands = commands
        self._introduce = introduce
        #: Our calls without an answer, of all stations.
        self._late: Late = OrderedDict()
        self._stalled_s = stalled_s
        self._directory = directory
        self._presence = presence
        self._keyring = keyring
        self._register = register
        self._proven = proven
        self._reached = reached
        self._read_certificate = read_certificate
        self._trace = trace
        self.entrance = Entrance()
        self._sockets: set[Socket] = set()
        self._handshakes: set[TlsLayer] = set()
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._registrations = asyncio.Semaphore(_REGISTRATIONS)
        #: Whether stations are sent away because the database has been away too long.
        self.away = False
        #: Upgrades so far, by OCPP version and by the reason for refusing.
        self.admitted: Counter[str] = Counter()
        self._attempts = Attempts(presence.refused)
        self.refused = self._attempts.refused
        self._listeners: list[Listener] = []
        self._sweeper: asyncio.Task[None]

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port, chosen by the system when `port` is 0.

        Raises:
            OSError: the port is taken or not ours to use.
        """
        port = await self._listen(host, port, self._make_socket)
        self._sweeper = asyncio.create_task(self._sweep(), name="sweeper")
        return port

    async def start_tls(self, host: str, port: int, certificates: ServerCertificates) -> int:
        """Listen for TLS as well.

        Raises:
            OSError: as above.
        """
        return await self._listen(
            host, port, lambda: TlsLayer(certificates.context, self, self._make_socket)
        )

    async def _listen(self, host: str, port: int, factory: Callable[[], asyncio.Protocol]) -> int:
        listener = await listen(host, port, factory, self.entrance)
        self._listeners.append(listener)
        return listener.port

    def _make_socket(self) -> Socket:
        return Socket(self, max_size=self._settings.max_message_bytes)

    async def stop(self) -> None:
        """Stop listening, let answers under way go out, close every socket (1001)."""
        self._sweeper.cancel()
        for listener in self._listeners:
            await listener.close()
        for layer in list(self._handshakes):
            layer.abort()
        deadline = asyncio.get_running_loop().time() + _DRAIN_S
        busy = [c.busy.ended() for c in self._connections if c.busy is not None]
        if busy:
            await asyncio.wait(busy, timeout=_DRAIN_S)
        self._presence.disconnect_all(_GOING_AWAY, "server is stopping")
        loop = asyncio.get_running_loop()
        while self._sockets and loop.time() < deadline:  # noqa: ASYNC110  many sockets, one end
            await asyncio.sleep(0.02)
        for socket in list(self._sockets):
            socket.abort()
        await asyncio.gather(self._sweeper, return_exceptions=True)

    def connected(self) -> Counter[str]:
        """Open connections by OCPP version."""
        return Counter(connection.protocol for connection in self._connections)

    # -- the sockets' side

    def on_socket(self, socket: Socket, *, there: bool) -> None:
        if there:
            self._sockets.add(socket)
        else:
            self._sockets.discard(socket)

    def on_handshake(self, layer: TlsLayer, *, there: bool) -> None:
        if there:
            self._handshakes.add(layer)
        else:
            self._handshakes.discard(layer)

    def on_tls_failed(self, layer: TlsLayer, reason: Reason) -> None:
        """A handshake failed before the station could say who it is."""
        self._attempts.note(
            HandshakeRefused(
                station_id="",
                remote_host=layer.remote_host,
                path="",
                subprotocols="",
                status=0,
                reason=reason.value,
                at=datetime.now(UTC),
            )
        )

    def on_request(self, socket: Socket, request: Request) -> None:
        """An upgrade request: decide, now or (for a new station) after it is registered."""
        headers = request.headers
        shown = socket.tls.getpeercert(binary_form=True) if socket.tls is not None else None
        upgrade = UpgradeRequest(
            path=request.path,
            authorization=next(iter(headers.get_all("Authorization")), None),
            subprotocols=tuple(
                token.strip()
                for line in headers.get_all("Sec-WebSocket-Protocol")
                for token in line.split(",")
                if token.strip()
            ),
            secured=socket.tls is not None,
            certificate=self._read_certificate(shown, datetime.now(UTC)) if shown else None,
        )
        station_id = identity(upgrade.path)
        if isinstance(station_id, Refusal):
            self._refuse(socket, upgrade, station_id)
        elif self.away:
            self._refuse(socket, upgrade, Refusal(Reason.DATABASE_AWAY, station_id))
        elif (station := self._directory.get(station_id)) is not None:
            self._admit(socket, request, upgrade, station)
        elif self._settings.unknown_stations == "refuse":
            self._refuse(socket, upgrade, Refusal(Reason.UNKNOWN_STATION, station_id))
        else:
            self._spawn(self._register_first(socket, request, upgrade, station_id))

    def _on_stranger(self, station_id: str) -> None:
        """A station has been here for a while and did not say what it is (quirk Q24)."""
        self._spawn(self._introduce(station_id))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _register_first(
        self, socket: Socket, request: Request, upgrade: UpgradeRequest, station_id: str
    ) -> None:
        accept = self._settings.unknown_stations == "accept"
        try:
            async with self._registrations:
                station = await self._register(
                    station_id, Registration.ACCEPTED if accept else Registration.PENDING
                )
        except DatabaseAway:
            self._refuse(socket, upgrade, Refusal(Reason.DATABASE_AWAY, station_id))
        except Invalid as error:
            log.warning("identity not allowed", station_id=station_id, reason=str(error))
            self._refuse(socket, upgrade, Refusal(Reason.UNKNOWN_STATION, station_id))
        else:
            self._admit(socket, request, upgrade, station)

    def _admit(
        self, socket: Socket, request: Request, upgrade: UpgradeRequest, station: StationRecord
    ) -> None:
        verdict = examine(upgrade, station, self._keyring)
        if isinstance(verdict, Refusal):
            self._refuse(socket, upgrade, verdict)
            return
        self._open(socket, request, verdict)

    def _open(self, socket: Socket, request: Request, admission: Admission) -> None:
        connection = Connection(
            admission,
            socket,
            intake=self._intake,
            directory=self._directory,
            presence=self._presence,
            commands=self._commands,
            late=self._late,
            on_closed=self._connections.discard,
            trace=self._trace,
        )
        subprotocol = admission.version.value if admission.echo else None
        if socket.accept(request, connection, subprotocol):
            self.admitted[admission.version.value] += 1
            self._connections.add(connection)
            connection.open()
            if admission.proven is not None:
                self._proven(admission.station.station_id, admission.proven)
            if admission.reached is not None:
                station = admission.station
                self._directory.reached(station.station_id, admission.reached)
                self._reached(station.station_id, station.security_profile, admission.reached)
            if self._settings.boot_patience_s:
                connection.expect_boot(self._settings.boot_patience_s, self._on_stranger)

    def _refuse(self, socket: Socket, upgrade: UpgradeRequest, refusal: Refusal) -> None:
        wait_s = self._attempts.note(
            HandshakeRefused(
                station_id=refusal.station_id,
                remote_host=socket.remote_host,
                path=clean(mask_path(upgrade.path))[0][:_LONGEST],
                subprotocols=clean(", ".join(upgrade.subprotocols))[0][:_LONGEST],
                status=refusal.status,
                reason=refusal.reason.value,
                at=datetime.now(UTC),
            )
        )
        headers = {}
        if wait_s:
            refusal = Refusal(Reason.TOO_MANY_FAILURES, refusal.station_id)
            headers["Retry-After"] = str(wait_s)
        elif refusal.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="voltaro", charset="UTF-8"'
        elif refusal.status == 503:
            headers["Retry-After"] = "30"
        socket.refuse(refusal.status, refusal.text, headers)

    # -- time

    async def _sweep(self) -> None:
        """Every second: mind silent sockets, and a database that has been away too long."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            self._check_database()
            self._presence.sweep(datetime.now(UTC))
            if self._settings.ping_interval_s > 0:
                self._check_liveness(asyncio.get_running_loop().time())

    def _check_database(self) -> None:
        away = self._stalled_s() > self._settings.database_patience_s
        if away and not self.away:
            log.error("database away for too long, stations are sent away to queue offline")
            self._presence.disconnect_all(_TRY_AGAIN_LATER, "database is away")
        self.away = away

    def _check_liveness(self, now: float) -> None:
        for socket in list(self._sockets):
            if not socket.is_open or not socket.reading:
                continue
            if socket.pinged_at:
                if now - socket.pinged_at > self._settings.ping_timeout_s:
                    socket.abort()
            elif now - socket.heard_at > self._settings.ping_interval_s:
                socket.ping()
