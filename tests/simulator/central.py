"""An independent central system: the `ocpp` package checks every request and every answer."""

import asyncio
import contextlib
import json

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

NOW = "2026-01-02T03:04:05.678Z"


class _End(ChargePoint):
    """Our end of one connection."""

    def __init__(self, central, socket):
        super().__init__("CP", socket, response_timeout=10)
        self.central = central

    async def route_message(self, text):
        frame = json.loads(text)
        await super().route_message(text)
        # Once it was answered: what a test sends then arrives after the answer.
        if frame[0] == 2:
            async with self.central.news:
                self.central.heard.append((frame[2], frame[3]))
                self.central.news.notify_all()

    @on("BootNotification")
    def boots(self, **_):
        return call_result.BootNotification(current_time=NOW, interval=300, status="Accepted")

    @on("Heartbeat")
    def heartbeats(self):
        return call_result.Heartbeat(current_time=NOW)

    @on("Authorize")
    def authorizes(self, id_tag):
        return call_result.Authorize(id_tag_info=self.central.tokens.get(id_tag, ACCEPTED))

    @on("StartTransaction")
    def starts(self, id_tag, **_):
        self.central.last_id += 1
        return call_result.StartTransaction(
            transaction_id=self.central.last_id,
            id_tag_info=self.central.tokens.get(id_tag, ACCEPTED),
        )

    @on("StopTransaction")
    def stops(self, **_):
        return call_result.StopTransaction()

    @on("MeterValues")
    def meters(self, **_):
        return call_result.MeterValues()

    @on("StatusNotification")
    def tells_status(self, **_):
        return call_result.StatusNotification()

    @on("FirmwareStatusNotification")
    def tells_firmware(self, **_):
        return call_result.FirmwareStatusNotification()

    @on("SignedFirmwareStatusNotification")
    def tells_signed_firmware(self, **_):
        return call_result.SignedFirmwareStatusNotification()

    @on("DiagnosticsStatusNotification")
    def tells_diagnostics(self, **_):
        return call_result.DiagnosticsStatusNotification()

    @on("LogStatusNotification")
    def tells_log(self, **_):
        return call_result.LogStatusNotification()

    @on("SecurityEventNotification")
    def tells_security_event(self, **_):
        return call_result.SecurityEventNotification()

    @on("SignCertificate")
    def asks_for_a_certificate(self, **_):
        return call_result.SignCertificate(status="Accepted")


ACCEPTED = {"status": "Accepted"}


class Central:
    """What was heard, in wire spelling, and the connection of now."""

    def __init__(self):
        self.heard = []  # (action, payload)
        self.authorizations = []  # a header for each connection
        self.tokens = {}
        self.last_id = 100
        self.news = asyncio.Condition()
        self.end = None

    async def __aenter__(self):
        self._server = await serve(
            self._serves, "127.0.0.1", 0, subprotocols=["ocpp1.6"], ping_interval=None
        )
        host, port = self._server.sockets[0].getsockname()
        self.url = f"ws://{host}:{port}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    async def _serves(self, socket):
        self.authorizations.append(socket.request.headers.get("Authorization"))
        self.end = _End(self, socket)
        with contextlib.suppress(ConnectionClosed):
            await self.end.start()

    async def calls(self, request):
        """Send a CALL; its answer, or an ocpp exception for a CALLERROR or a wrong answer."""
        return await self.end.call(request, suppress=False)

    async def hears(self, action, **expected):
        """Wait for a message with these fields; the first."""

        def found():
            return [
                payload
                for name, payload in self.heard
                if name == action and expected.items() <= payload.items()
            ]

        try:
            async with asyncio.timeout(10), self.news:
                await self.news.wait_for(found)
        except TimeoutError:
            raise AssertionError(f"no {action} {expected} in {self.heard[-8:]}") from None
        return found()[0]

    async def hears_often(self, action, times):
        """Wait until an action was heard so often."""
        async with asyncio.timeout(10), self.news:
            await self.news.wait_for(lambda: self.actions().count(action) >= times)

    def forget(self):
        self.heard.clear()

    def statuses(self, connector):
        return [
            payload["status"]
            for action, payload in self.heard
            if action == "StatusNotification" and payload["connectorId"] == connector
        ]

    def told(self, action, key="status"):
        return [payload.get(key) for name, payload in self.heard if name == action]

    def actions(self):
        return [action for action, _ in self.heard]
