"""Opens the file server and closes it in good order."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from voltaro.config import Settings
from voltaro.services.files import Files
from voltaro.services.secrets import Keyring
from voltaro.services.transfers import Transfers
from voltaro.store.files_on_disk import Shelf
from voltaro.store.reach import Engine

log = structlog.get_logger()

FOLDER = "files"


class FilesRefused(Exception):
    """It cannot start; the text is one plain line: what is wrong, what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileServer:
    """`ftp_port` is the port that it really listens on; None while FTP is off."""

    files: Files
    transfers: Transfers
    ftp_port: int | None


@asynccontextmanager
async def serving_files(
    settings: Settings, engine: Engine, keyring: Keyring
) -> AsyncIterator[FileServer]:
    """Files under the data directory, kept in order until the end of the block.

    Raises:
        FilesRefused: the folder or the FTP port cannot be used.
        DatabaseAway: what is known of files cannot be read.
    """
    shelf = Shelf(settings.data_dir / FOLDER, reserve_bytes=settings.disk_journal_bytes)
    days = settings.received_files_days
    transfers = Transfers(
        engine=engine,
        shelf=shelf,
        keyring=keyring,
        max_bytes=settings.file_max_bytes,
        keep_received=timedelta(days=days) if days else None,
    )
    try:
        await transfers.prepare()
    except OSError as error:
        raise FilesRefused(
            f"files cannot be kept in {settings.data_dir / FOLDER} ({error.strerror}); "
            "choose another data directory with --data-dir"
        ) from error
    async with AsyncExitStack() as stack:
        keeping = asyncio.create_task(transfers.run(), name="files")
        try:
            yield FileServer(
                files=Files(engine=engine, shelf=shelf, max_bytes=settings.file_max_bytes),
                transfers=transfers,
                ftp_port=await _start_ftp(stack, settings, transfers),
            )
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)


async def _start_ftp(stack: AsyncExitStack, settings: Settings, transfers: Transfers) -> int | None:
    if settings.ftp_port is None:
        return None
    try:
        from voltaro.file_server.ftp import FtpServer
    except ImportError as error:
        raise FilesRefused(
            "an FTP port is set and aioftp is not installed; "
            "pip install 'voltaro[ftp]', or leave VOLTARO_FTP_PORT out"
        ) from error
    ports = settings.ftp_passive_ports
    server = FtpServer(
        transfers,
        passive_ports=ports.numbers() if ports is not None else None,
        public_host=settings.ftp_public_host,
    )
    try:
        await server.start(settings.bind, settings.ftp_port)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise FilesRefused(
            f"cannot listen on port {settings.ftp_port} ({reason}); choose another with --ftp-port"
        ) from error
    stack.push_async_callback(server.close)
    log.info("ftp served in clear text", port=server.server_port)
    return server.server_port
