"""A server of its own for a benchmark: started, measured by the kernel's books, stopped."""

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Server:
    ocpp_url: str
    http_url: str
    pid: int
    data_dir: Path
    ready_s: float

    @property
    def headers(self):
        return {"Authorization": f"Bearer {(self.data_dir / 'admin.key').read_text().strip()}"}

    async def register(self, names):
        """Stations without passwords, so that the handshake costs what a handshake costs."""
        gate = asyncio.Semaphore(16)
        async with httpx.AsyncClient(base_url=self.http_url, headers=self.headers) as client:

            async def put(name):
                async with gate:
                    answer = await client.put(
                        f"/api/v1/stations/{name}", json={"security_profile": 0}
                    )
                    answer.raise_for_status()

            await asyncio.gather(*map(put, names))

    def cpu_s(self):
        """CPU seconds so far: (server, PostgreSQL with all its processes)."""
        postmaster = _postmaster(self.data_dir)
        family = [postmaster, *_children(postmaster)] if postmaster else []
        return _cpu(self.pid), sum(map(_cpu, family))

    def rss_bytes(self):
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE


@asynccontextmanager
async def running(*, data_dir=None, environ=None):
    """`voltaro serve` on free ports until the end of the block."""
    with contextlib.ExitStack() as stack:
        folder = data_dir or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="voltaro-bench-"))
        )
        folder.chmod(0o755)
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "voltaro.cli", "serve",
            "--data-dir", str(folder / "data"), "--bind", "127.0.0.1",
            "--ocpp-port", "0", "--http-port", "0", "--log-level", "warning",
            stdout=asyncio.subprocess.PIPE, env={**os.environ, **(environ or {})},
        )  # fmt: skip
        try:
            while line := (await asyncio.wait_for(process.stdout.readline(), 90)).decode():
                if line.startswith("voltaro ready"):
                    break
            _, _, ocpp_url, http_url = line.split()
            ready_s = time.monotonic() - began
            yield Server(ocpp_url, http_url, process.pid, folder / "data", ready_s)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await asyncio.wait_for(process.wait(), 30)


def _postmaster(data_dir):
    for proc in Path("/proc").iterdir():
        if proc.name.isdigit():
            with contextlib.suppress(OSError):
                words = (proc / "cmdline").read_bytes().decode().split("\0")
                if words[0].endswith("postgres") and any(str(data_dir) in word for word in words):
                    return int(proc.name)
    return None


def _children(pid):
    with contextlib.suppress(OSError):
        return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _cpu(pid):
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS
