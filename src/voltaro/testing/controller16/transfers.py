"""Files to and from a server, by HTTP or FTP, which go on where a cut left them.

HTTP: downloads go on with `Range`; an upload asks with HEAD how much arrived (`Upload-Offset`) and
sends the rest with `Content-Range`. FTP: both go on with REST.
"""

import asyncio
import ftplib
import io
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote, unquote, urlsplit

import httpx

from voltaro.testing.clock import Clock

_CHUNK = 64 * 1024
_TIMEOUT_S = 30.0
_T = TypeVar("_T")


class TransferError(Exception):
    """A transfer that failed for good; `status` is the word of a LogStatusNotification."""

    def __init__(self, status: str, about: str) -> None:
        super().__init__(about)
        self.status = status


class _CutError(Exception):
    """It broke off; the next attempt may go on from there."""


@dataclass(slots=True)
class Transfers:
    """Transfers of one station."""

    clock: Clock
    #: PEM certificates trusted for https besides those of the system.
    roots: Callable[[], list[str]]
    #: POST where a server takes no PUT.
    upload_method: str = "PUT"
    #: Attempts and seconds between them where the server leaves both to the station.
    retries: int = 3
    retry_interval_s: float = 1.0
    #: How many attempts each of the latest transfers took.
    attempts: list[int] = field(default_factory=list)

    async def fetch(
        self, location: str, *, retries: int | None = None, interval_s: float | None = None
    ) -> bytes:
        """The file at `location`; raises TransferError."""
        content = bytearray()
        fetches = self._by_scheme(location, self._fetch_http, _fetch_ftp)
        await self._tries(lambda: fetches(location, content), retries, interval_s)
        return bytes(content)

    async def send(
        self,
        location: str,
        name: str,
        content: bytes,
        *,
        retries: int | None = None,
        interval_s: float | None = None,
    ) -> None:
        """Put a file into the directory `location`; raises TransferError."""
        target = f"{location.rstrip('/')}/{quote(name)}"
        sends = self._by_scheme(location, self._send_http, _send_ftp)
        again = False

        async def attempt() -> None:
            nonlocal again
            resume, again = again, True
            await sends(target, content, resume)

        await self._tries(attempt, retries, interval_s)

    def _by_scheme(self, location: str, http: _T, ftp: _T) -> _T:
        match urlsplit(location).scheme.lower():
            case "http" | "https":
                return http
            case "ftp":
                return ftp
            case other:
                raise TransferError("NotSupportedOperation", f"no transfer by {other or 'nothing'}")

    async def _tries(
        self,
        attempt: Callable[[], Awaitable[None]],
        retries: int | None,
        interval_s: float | None,
    ) -> None:
        self.attempts.append(0)
        for left in reversed(range(1 + (self.retries if retries is None else retries))):
            self.attempts[-1] += 1
            try:
                return await attempt()
            except _CutError as cut:
                if left == 0:
                    raise TransferError("UploadFailure", str(cut)) from cut
            await self.clock.sleep(self.retry_interval_s if interval_s is None else interval_s)
        return None

    def _client(self) -> httpx.AsyncClient:
        context = ssl.create_default_context()
        for pem in self.roots():
            context.load_verify_locations(cadata=pem)
        return httpx.AsyncClient(
            verify=context, timeout=_TIMEOUT_S, follow_redirects=True, trust_env=False
        )

    async def _fetch_http(self, location: str, content: bytearray) -> None:
        headers = {"Range": f"bytes={len(content)}-"} if content else {}
        try:
            async with (
                self._client() as client,
                client.stream("GET", location, headers=headers) as answer,
            ):
                _judge(answer)
                if answer.status_code != HTTPStatus.PARTIAL_CONTENT:
                    content.clear()
                async for chunk in answer.aiter_raw():
                    content += chunk
        except httpx.TransportError as error:
            raise _CutError(str(error)) from error

    async def _send_http(self, target: str, content: bytes, resume: bool) -> None:  # noqa: FBT001
        try:
            async with self._client() as client:
                arrived = await _arrived(client, target) if resume else 0
                if arrived >= len(content):
                    return
                headers = {"Content-Length": str(len(content) - arrived)}
                if arrived:
                    headers["Content-Range"] = f"bytes {arrived}-{len(content) - 1}/{len(content)}"
                _judge(
                    await client.request(
                        self.upload_method, target, content=content[arrived:], headers=headers
                    )
                )
        except httpx.TransportError as error:
            raise _CutError(str(error)) from error


async def _arrived(client: httpx.AsyncClient, target: str) -> int:
    """How much of an upload the server has; 0 where it does not say."""
    answer = await client.head(target)
    told = answer.headers.get("Upload-Offset", "")
    return int(told) if answer.is_success and told.isdigit() else 0


def _judge(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    said = f"HTTP {answer.status_code}"
    if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise TransferError("PermissionDenied", said)
    if answer.is_client_error:
        raise TransferError("BadMessage", said)
    raise _CutError(said)


async def _fetch_ftp(location: str, content: bytearray) -> None:
    def work(ftp: ftplib.FTP, path: str) -> None:
        ftp.retrbinary(f"RETR {path}", content.extend, _CHUNK, rest=len(content) or None)

    await _by_ftp(location, work)


async def _send_ftp(target: str, content: bytes, resume: bool) -> None:  # noqa: FBT001
    def work(ftp: ftplib.FTP, path: str) -> None:
        arrived = _ftp_size(ftp, path) if resume else 0
        rest = io.BytesIO(content[arrived:])
        ftp.storbinary(f"STOR {path}", rest, _CHUNK, rest=arrived or None)

    await _by_ftp(target, work)


def _ftp_size(ftp: ftplib.FTP, path: str) -> int:
    ftp.voidcmd("TYPE I")
    try:
        return ftp.size(path) or 0
    except ftplib.error_perm:
        return 0


async def _by_ftp(location: str, work: Callable[[ftplib.FTP, str], None]) -> None:
    url = urlsplit(location)

    def session() -> None:
        with ftplib.FTP(timeout=_TIMEOUT_S) as ftp:  # noqa: S321 - the protocol that is simulated
            ftp.connect(url.hostname or "", url.port or ftplib.FTP_PORT)
            ftp.login(unquote(url.username or ""), unquote(url.password or ""))
            work(ftp, unquote(url.path).lstrip("/"))

    try:
        await asyncio.to_thread(session)
    except ftplib.error_perm as error:
        raise TransferError("PermissionDenied", str(error)) from error
    except ftplib.all_errors as error:
        raise _CutError(str(error)) from error
