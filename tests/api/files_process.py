"""A server of files as a process of its own, which a test may kill: `files_process URL FOLDER`.

It prints an address where a station can bring a file, and serves until it is killed.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from tests.api.conftest import serving
from voltaro.domain.files import FileKind


async def serve(url: str, folder: Path) -> None:
    async with serving(url, folder) as api:
        address = await api.transfers.expect(
            station_id="CP-1",
            kind=FileKind.LOG,
            base=str(api.anonymous.base_url),
            expires_in=timedelta(hours=1),
        )
        sys.stdout.write(f"ADDRESS {address.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
