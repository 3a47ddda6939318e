"""Diagnostics and logs: an archive, uploaded, told step by step (1.6 §5.9, whitepaper N01)."""

import asyncio
import io
import zipfile
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from voltaro.testing.controller16.transfers import TransferError, Transfers
from voltaro.testing.jobs import Jobs, if_online
from voltaro.testing.link import Payload, Reply

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

_Tells = Callable[[str], Awaitable[None]]


class LogUploads:
    """Uploads of one station: one of diagnostics and one of logs at a time; a newer one wins."""

    def __init__(self, station: "SimulatedStation", transfers: Transfers, jobs: Jobs) -> None:
        self._station = station
        self._transfers = transfers
        self._jobs = jobs
        #: How big the archive is; 0 for nothing to upload.
        self.size_bytes = 4096
        self._status = "Idle"
        self._log_status = "Idle"
        self._request_id: int | None = None
        self._diagnostics: asyncio.Task[None] | None = None
        self._log: asyncio.Task[None] | None = None

    def get_diagnostics(self, request: Payload) -> Payload | Reply:
        """GetDiagnostics; no file name where there is nothing."""
        if self.size_bytes == 0:
            return {}
        name = self._name("diagnostics")

        def begin() -> None:
            if self._diagnostics is not None:
                self._diagnostics.cancel()
            self._diagnostics = self._jobs.begin(self._uploads_diagnostics(request, name))

        return Reply({"fileName": name}, begin)

    def get_log(self, request: Payload) -> Payload | Reply:
        """GetLog: AcceptedCanceled where it stops another."""
        if self.size_bytes == 0:
            return {"status": "Rejected"}
        name = self._name(request["logType"].lower())
        before = self._log
        running = before is not None and not before.done()

        def begin() -> None:
            if before is not None:
                before.cancel()
            self._request_id = request["requestId"]
            self._log = self._jobs.begin(self._uploads_log(request, name))

        status = "AcceptedCanceled" if running else "Accepted"
        return Reply({"status": status, "filename": name}, begin)

    async def tells_diagnostics(self) -> None:
        """Send a DiagnosticsStatusNotification about now."""
        await self._station.link.call("DiagnosticsStatusNotification", {"status": self._status})

    async def tells_log(self) -> None:
        """Send a LogStatusNotification about now."""
        payload: Payload = {"status": self._log_status}
        if self._request_id is not None and self._log_status != "Idle":
            payload["requestId"] = self._request_id
        await self._station.link.call("LogStatusNotification", payload)

    def _name(self, kind: str) -> str:
        stamp = self._station.clock.now().strftime("%Y%m%dT%H%M%S%f")[:-3]
        safe = "".join(each if each.isalnum() or each in "-_" else "_" for each in self._station.id)
        return f"{kind}-{safe}-{stamp}.zip"

    async def _uploads_diagnostics(self, request: Payload, name: str) -> None:
        status = await self._uploads(request["location"], request, name, self._says)
        await self._says("Uploaded" if status == "Uploaded" else "UploadFailed")
        self._status = "Idle"

    async def _uploads_log(self, request: Payload, name: str) -> None:
        location = request["log"]["remoteLocation"]
        await self._says_log(await self._uploads(location, request, name, self._says_log))
        self._log_status = "Idle"

    async def _uploads(self, location: str, request: Payload, name: str, says: _Tells) -> str:
        await says("Uploading")
        try:
            await self._transfers.send(
                location,
                name,
                archive(self._station.id, self.size_bytes),
                retries=request.get("retries"),
                interval_s=request.get("retryInterval"),
            )
        except TransferError as error:
            return error.status
        return "Uploaded"

    async def _says(self, status: str) -> None:
        self._status = status
        await if_online(self.tells_diagnostics())

    async def _says_log(self, status: str) -> None:
        self._log_status = status
        await if_online(self.tells_log())


def archive(station_id: str, size_bytes: int) -> bytes:
    """A ZIP file of exactly that size, or of the least a ZIP file can have."""
    line = f"{station_id} all is well\n".encode()
    room = max(0, size_bytes - len(_zip(b"")))
    return _zip((line * (room // len(line) + 1))[:room])


def _zip(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as file:
        file.writestr(zipfile.ZipInfo("station.log"), content)
    return target.getvalue()
