"""`voltaro serve` with TLS: its flags, its ready line, and one plain line when it cannot start."""

import asyncio
import os
import re
import sys

import pytest
from websockets.asyncio.client import connect

from tests.edge.certificates import new_authority

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def authority(tmp_path):
    return new_authority(tmp_path)


async def serve(tmp_path, *flags):
    """The process of a server with its own ports; without a database of its own."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("VOLTARO_")}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voltaro.cli", "serve", "--bind=127.0.0.1",
        "--ocpp-port=0", "--http-port=0", "--ocpp-tls-port=0", *flags,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**inherited, "VOLTARO_DATA_DIR": str(tmp_path / "data"), "VOLTARO_LOG_LEVEL": "error"},
    )  # fmt: skip


async def test_the_ready_line_names_the_address_with_tls_between_the_others(
    authority, database_url, tmp_path
):
    process = await serve(
        tmp_path,
        f"--database-url={database_url}",
        "--unknown-stations=accept",
        f"--tls-cert={authority.server_rsa.cert_file}",
        f"--tls-key={authority.server_rsa.key_file}",
        f"--tls-cert={authority.server_ec.cert_file}",
        f"--tls-key={authority.server_ec.key_file}",
        f"--tls-client-ca={authority.root.cert_file}",
    )
    try:
        async with asyncio.timeout(60):
            line = (await process.stdout.readline()).decode()
        told = re.fullmatch(
            r"voltaro ready ws://127\.0\.0\.1:\d+ (wss://127\.0\.0\.1:\d+) http://127\.0\.0\.1:\d+\n",
            line,
        )
        assert told, line
        async with connect(
            f"{told[1]}/CP-1",
            ssl=authority.client(),
            server_hostname="localhost",
            subprotocols=["ocpp1.6"],
            proxy=None,
        ) as station:
            assert station.subprotocol == "ocpp1.6"
    finally:
        process.terminate()
        await process.communicate()


async def test_a_certificate_that_is_not_there_is_one_line(tmp_path):
    missing = tmp_path / "missing.pem"

    process = await serve(tmp_path, f"--tls-cert={missing}", f"--tls-key={missing}")
    async with asyncio.timeout(60):
        _, said = await process.communicate()

    assert process.returncode == 1
    assert f"{missing} cannot be read (No such file or directory)" in said.decode()
    assert "Traceback" not in said.decode()
    assert not (tmp_path / "data").exists()
