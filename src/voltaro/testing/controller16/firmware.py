"""Firmware updates: fetched, installed with a reboot, told step by step (1.6 §5.19, 2.x L01)."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any

from voltaro.domain.values import changed
from voltaro.testing.controller16.certificates import is_certificate
from voltaro.testing.controller16.security import SecurityLog
from voltaro.testing.controller16.transfers import TransferError, Transfers
from voltaro.testing.jobs import Jobs, if_online
from voltaro.testing.link import Payload, Reply
from voltaro.testing.under_way import end_visits

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

_VERSION = re.compile(r"\d+(?:\.\d+)+")
_Tells = Callable[[str], Awaitable[None]]


class FirmwareUpdates:
    """One update at a time; a newer one takes its place."""

    def __init__(
        self,
        station: "SimulatedStation",
        transfers: Transfers,
        security: SecurityLog,
        jobs: Jobs,
        *,
        notification: str = "SignedFirmwareStatusNotification",
    ) -> None:
        """`notification` tells how updates go that have a number: signed ones, all of 2.x."""
        self._station = station
        self._transfers = transfers
        self._security = security
        self._jobs = jobs
        self._notification = notification
        #: How updates end: Installed, DownloadFailed, InstallationFailed; signed ones also
        #: InvalidSignature or InstallVerificationFailed.
        self.outcome = "Installed"
        #: The file of the latest update.
        self.image = b""
        self._status = "Idle"
        self._signed_status = "Idle"
        self._request_id: int | None = None
        self._running: asyncio.Task[None] | None = None

    def update(self, request: Payload) -> Reply:
        """UpdateFirmware."""
        return Reply({}, lambda: self._begin(self._updates(request)))

    def update_signed(self, request: Payload) -> Payload | Reply:
        """SignedUpdateFirmware, and UpdateFirmware of 2.x, which may do without a signature."""
        certificate = request["firmware"].get("signingCertificate")
        if certificate is not None and not is_certificate(certificate):
            tells = self._security.tells
            return Reply(
                {"status": "InvalidCertificate"},
                lambda: self._jobs.begin(tells("InvalidFirmwareSigningCertificate")),
            )
        return Reply(
            {"status": "AcceptedCanceled" if self._is_running() else "Accepted"},
            lambda: self._begin(self._updates_signed(request)),
        )

    async def tells(self) -> None:
        """Send a FirmwareStatusNotification about now."""
        await self._station.link.call("FirmwareStatusNotification", {"status": self._status})

    async def tells_signed(self) -> None:
        """Send a notification with the number of the update about now."""
        payload: Payload = {"status": self._signed_status}
        if self._request_id is not None and self._signed_status != "Idle":
            payload["requestId"] = self._request_id
        await self._station.link.call(self._notification, payload)

    def _is_running(self) -> bool:
        return self._running is not None and not self._running.done()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        if self._running is not None:
            self._running.cancel()
        self._running = self._jobs.begin(work)

    async def _updates(self, request: Payload) -> None:
        await self._station.clock.sleep_until(datetime.fromisoformat(request["retrieveDate"]))
        if await self._fetches(request["location"], request, self._says):
            await self._installs(request["location"], self._says)
        self._status = "Idle"

    async def _updates_signed(self, request: Payload) -> None:
        firmware = request["firmware"]
        self._request_id = request["requestId"]
        clock, says = self._station.clock, self._says_signed
        retrieve_at = datetime.fromisoformat(firmware["retrieveDateTime"])
        if retrieve_at > clock.now():
            await says("DownloadScheduled")
            await clock.sleep_until(retrieve_at)
        if await self._fetches(firmware["location"], request, says):
            if "signature" in firmware and self.outcome == "InvalidSignature":
                await says("InvalidSignature")
                await self._security.tells("InvalidFirmwareSignature")
            else:
                if "signature" in firmware:
                    await says("SignatureVerified")
                await self._waits_to_install(firmware.get("installDateTime"))
                await self._installs(firmware["location"], says, before_reboot="InstallRebooting")
        self._signed_status = "Idle"

    async def _waits_to_install(self, told: str | None) -> None:
        clock = self._station.clock
        if told is not None and datetime.fromisoformat(told) > clock.now():
            await self._says_signed("InstallScheduled")
            await clock.sleep_until(datetime.fromisoformat(told))

    async def _fetches(self, location: str, request: Payload, says: _Tells) -> bool:
        await says("Downloading")
        try:
            if self.outcome == "DownloadFailed":
                raise TransferError("UploadFailure", "as it was wanted")  # noqa: TRY301
            self.image = await self._transfers.fetch(
                location,
                retries=request.get("retries"),
                interval_s=request.get("retryInterval"),
            )
        except TransferError:
            await says("DownloadFailed")
            return False
        await says("Downloaded")
        return True

    async def _installs(
        self, location: str, says: _Tells, *, before_reboot: str | None = None
    ) -> None:
        station = self._station
        # Those who charge may finish; who comes meanwhile is cut off by the reboot.
        for visit in list(station.under_way.values()):
            await visit.over.wait()
        await says("Installing")
        if self.outcome in {"InstallationFailed", "InstallVerificationFailed"}:
            await says(self.outcome)
            return
        if before_reboot is not None:
            await says(before_reboot)
        await end_visits(station, list(station.states), "Reboot")
        version = _version_after(location, station.identity.firmware)
        station.identity = changed(station.identity, firmware=version)
        await station.restarts("FirmwareUpdate")
        await says("Installed")
        await self._security.tells("FirmwareUpdated", version)

    async def _says(self, status: str) -> None:
        self._status = status
        await if_online(self.tells())

    async def _says_signed(self, status: str) -> None:
        self._signed_status = status
        await if_online(self.tells_signed())


def _version_after(location: str, version: str) -> str:
    """The version in the file's name, or the one after ours."""
    named = _VERSION.search(location.rsplit("/", 1)[-1])
    if named is not None:
        return named.group()
    *front, last = version.split(".")
    return ".".join([*front, str(int(last) + 1)]) if last.isdigit() else f"{version}.1"
