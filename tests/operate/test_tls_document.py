"""The commands of docs/operate/tls.md make certificates that a server and a station can use."""

import re
import ssl
import subprocess
from contextlib import AsyncExitStack

import pytest

from tests.edge.certificates import Authority, Pair
from tests.edge.conftest import running
from tests.operate.test_documents import OPERATE

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOST = "ocpp.example.org"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What the document's commands leave in a folder."""
    folder = tmp_path_factory.mktemp("made")
    (commands,) = re.findall(
        r"```sh\n(# The root\..*?)```", (OPERATE / "tls.md").read_text(), re.DOTALL
    )
    done = subprocess.run(
        ["bash", "-ec", commands], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def pair(folder, name):
    return Pair(None, None, folder / f"{name}.pem", folder / f"{name}.key")


async def test_a_station_comes_in_with_the_certificate_that_the_document_makes(
    made, database_url, tmp_path
):
    ours = Authority(made, pair(made, "root"), pair(made, "rsa"), pair(made, "ec"))
    told = ours.settings | {"operator_name": "Example Charging Ltd"}

    async with AsyncExitStack() as stack, running(database_url, tmp_path, **told) as server:
        server.stack = stack
        station_id = await server.station(security_profile=3, serial_number="A-1077")
        for ciphers in ("ECDHE-ECDSA-AES128-GCM-SHA256", "AES256-GCM-SHA384"):
            station = await server.connects(
                station_id,
                ssl=ours.client(
                    pair(made, "station"), ciphers=ciphers, maximum=ssl.TLSVersion.TLSv1_2
                ),
                server_hostname=HOST,
            )
            assert await station.beats()
