"""`voltaro simulate` over TLS, with passwords (profile 2) and with certificates (profile 3)."""

import asyncio
import json
import os
import sys

import pytest

from tests.edge.conftest import KEY

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def settings(authority):
    return authority.settings


async def simulates(server, authority, *options):
    """(exit code, stdout, stderr) of two stations that charge for a moment."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voltaro.cli", "simulate", "--stations", "2", "-o", "json"),
        *("--duration", "0.5", "--speed", "1800", "--url", server.http_url),
        *("--ocpp-url", server.ocpp_tls_url.replace("127.0.0.1", "localhost")),
        *("--ca", str(authority.root.cert_file), *options),
        env=os.environ | {"VOLTARO_API_KEY": KEY},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), err.decode()


async def shown(server, station_id):
    return await server.get(f"/api/v1/stations/{station_id}")


@pytest.mark.parametrize("protocol", ["1.6", "2.0.1", "2.1"])
async def test_stations_show_certificates_of_their_own(server, authority, tmp_path, protocol):
    prefix = f"CERT-{protocol}"
    names = [f"{prefix}-{protocol.replace('.', '')}-{number:05}" for number in (1, 2)]
    for name in names:
        pair = authority.station(name)
        (tmp_path / f"{name}.pem").write_bytes(pair.cert_file.read_bytes())
        (tmp_path / f"{name}.key").write_bytes(pair.key_file.read_bytes())

    code, out, err = await simulates(
        server,
        authority,
        *("--protocol", protocol, "--prefix", prefix),
        *("--client-cert", str(tmp_path / "{station}.pem")),
        *("--client-key", str(tmp_path / "{station}.key")),
    )

    assert code == 0, err
    assert json.loads(out)["errors"] == {}
    assert {(await shown(server, name))["security_profile"] for name in names} == {3}


async def test_stations_use_their_passwords_over_tls(server, authority):
    code, out, err = await simulates(
        server, authority, "--security-profile", "2", "--prefix", "PASS"
    )

    assert code == 0, err
    assert json.loads(out)["sessions_started"] > 0
    assert (await shown(server, "PASS-201-00001"))["security_profile"] == 2


async def test_the_certificate_of_another_station_lets_nobody_in(server, authority):
    wrong = authority.station("SOMEBODY-ELSE")

    code, out, _ = await simulates(
        server,
        authority,
        *("--prefix", "WRONG", "--client-cert", str(wrong.cert_file)),
        *("--client-key", str(wrong.key_file)),
    )

    assert code == 1
    assert "HTTP 403" in out


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--client-cert", "/nowhere/{station}.pem"), "cannot be used"),
        (("--security-profile", "3"), "go together"),
        (("--security-profile", "2", "--client-cert", "x.pem"), "go together"),
        (("--client-key", "x.key"), "--client-cert"),
    ],
)
async def test_what_cannot_be_shown_is_said_before_anything_is_registered(
    server, authority, options, why
):
    code, _, err = await simulates(server, authority, "--prefix", "NONE", *options)

    assert code == 2
    assert why in " ".join(err.replace("│", " ").split())
    missing = await server.http.get("/api/v1/stations/NONE-201-00001")
    assert missing.status_code == 404
