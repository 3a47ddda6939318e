"""`voltaro doctor` finds what is wrong, says what to do, and ends with the documented code."""

import json
import socket

import pytest

from tests.edge.certificates import make
from tests.operate.conftest import house, voltaro
from tests.system.server_process import server_process

OK, UNEXPECTED, USAGE, AUTH, CONFLICT, UNREACHABLE = 0, 1, 2, 4, 5, 9


async def examined(*arguments, **env):
    """(exit code, findings by check, settings, stderr)."""
    code, out, err = await voltaro("doctor", "-o", "json", *arguments, **env)
    report = json.loads(out)
    return code, {each["check"]: each for each in report["checks"]}, report["settings"], err


def free_ports(count=2):
    with socket.socket() as one, socket.socket() as two:
        for each in (one, two):
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in (one, two)][:count]


@pytest.fixture
def quiet(tmp_path):
    """Settings of a server that does not run, on ports that nobody uses."""
    ocpp, http = free_ports()
    return {
        "VOLTARO_DATA_DIR": str(tmp_path / "data"),
        "VOLTARO_OCPP_PORT": str(ocpp),
        "VOLTARO_HTTP_PORT": str(http),
    }


async def test_a_machine_where_nothing_runs_yet_is_fine(quiet):
    code, found, settings, _ = await examined(**quiet)

    assert code == OK, found
    assert {each["verdict"] for each in found.values()} <= {"ok", "warn"}
    assert "not created yet" in found["database"]["detail"]
    assert found["ocpp port"]["detail"] == f"{quiet['VOLTARO_OCPP_PORT']} is free"
    assert settings["VOLTARO_DATA_DIR"] == quiet["VOLTARO_DATA_DIR"]


async def test_a_running_server_is_recognised_with_its_own_database():
    async with server_process() as server:
        await server.start()
        code, found, _, _ = await examined(
            VOLTARO_DATA_DIR=str(server.data_dir),
            VOLTARO_OCPP_PORT=server.ocpp_url.rpartition(":")[2],
            VOLTARO_HTTP_PORT=server.http_url.rpartition(":")[2],
            VOLTARO_BIND="127.0.0.1",
        )
        await server.stop()

    assert code == OK, found
    assert found["server"]["detail"] == f"{server.http_url} is ready"
    assert found["ocpp port"]["detail"].endswith(" is served")
    assert found["database"]["detail"].startswith("PostgreSQL ")
    assert found["clock"]["verdict"] == "ok"
    assert found["reachability"]["verdict"] == "warn"
    assert "only this machine" in found["reachability"]["detail"]


async def test_an_external_database_is_looked_at(database_url, tmp_path, quiet):
    async with house(database_url, tmp_path / "data"):
        code, found, _, _ = await examined(**quiet, VOLTARO_DATABASE_URL=database_url)

    assert code == OK, found
    assert "schema 0" in found["database"]["detail"]


async def test_a_database_that_is_away_is_told_without_its_password(quiet):
    url = "postgresql://voltaro:hunter2@127.0.0.1:1/voltaro"

    code, found, settings, err = await examined(**quiet, VOLTARO_DATABASE_URL=url)

    assert code == UNREACHABLE
    assert found["database"]["verdict"] == "fail"
    assert "hunter2" not in str(found) + str(settings) + err
    assert settings["VOLTARO_DATABASE_URL"] == "postgresql://voltaro:***@127.0.0.1:1/voltaro"


async def test_a_port_that_something_else_holds_is_named(quiet):
    with socket.socket() as other:
        other.bind(("0.0.0.0", int(quiet["VOLTARO_OCPP_PORT"])))
        other.listen()
        code, found, _, err = await examined(**quiet)

    assert code == CONFLICT
    assert found["ocpp port"]["verdict"] == "fail"
    assert "Address already in use" in found["ocpp port"]["detail"]
    assert "--ocpp-port" in err


async def test_unknown_settings_come_with_the_nearest_name(quiet):
    code, found, _, _ = await examined(**quiet, VOLTARO_OCCP_PORT="9000")

    assert code == OK
    assert found["settings"]["verdict"] == "warn"
    assert "VOLTARO_OCPP_PORT" in found["settings"]["todo"]


async def test_a_setting_that_cannot_be_used_ends_it(quiet):
    code, _, err = await voltaro("doctor", **{**quiet, "VOLTARO_OCPP_PORT": "ninety"})

    assert code == USAGE
    assert "VOLTARO_OCPP_PORT: 'ninety' is not a whole number" in err


async def test_keys_that_others_can_read_are_warned_about(quiet, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret.key").write_text("secret")
    (tmp_path / "data" / "secret.key").chmod(0o644)

    code, found, _, _ = await examined(**quiet)

    assert code == OK
    assert found["data directory"]["todo"].startswith("chmod 600 ")


async def test_a_full_disk_is_a_failure(quiet):
    code, found, _, _ = await examined(**quiet, VOLTARO_DISK_JOURNAL_BYTES="900TiB")

    assert code == UNEXPECTED
    assert found["disk"]["verdict"] == "fail"


def tls(quiet, *pairs, port=0):
    return quiet | {
        "VOLTARO_OCPP_TLS_PORT": str(port),
        "VOLTARO_TLS_CERT": ",".join(str(each.cert_file) for each in pairs),
        "VOLTARO_TLS_KEY": ",".join(str(each.key_file) for each in pairs),
    }


async def checks_of_certificates(told):
    code, out, _ = await voltaro("doctor", "-o", "json", **told)
    return code, [each for each in json.loads(out)["checks"] if each["check"] == "certificates"]


async def test_good_certificates_are_named_with_their_end(quiet, tmp_path):
    pairs = [make(tmp_path, "ocpp.example.org", kind=kind) for kind in ("rsa", "ec")]
    told = tls(quiet, *pairs) | {"VOLTARO_PUBLIC_OCPP_URL": "wss://ocpp.example.org"}

    code, found = await checks_of_certificates(told)

    assert code == OK
    assert [each["verdict"] for each in found] == ["ok", "ok"]
    assert f"{pairs[0].certificate.not_valid_after_utc:%Y-%m-%d}" in found[0]["detail"]
    assert "(RSA, ocpp.example.org)" in found[0]["detail"]


async def test_a_certificate_that_runs_out_within_30_days_is_a_warning(quiet, tmp_path):
    pairs = [
        make(tmp_path, "localhost", kind="rsa", days=(-300, 29)),
        make(tmp_path, "localhost", kind="ec", days=(-300, 31)),
    ]

    code, found = await checks_of_certificates(tls(quiet, *pairs))

    assert code == OK
    assert [each["verdict"] for each in found] == ["warn", "ok"]
    assert "28 days left" in found[0]["detail"]


async def test_a_certificate_for_another_name_than_stations_use_is_a_warning(quiet, tmp_path):
    told = tls(quiet, make(tmp_path, "localhost")) | {
        "VOLTARO_PUBLIC_OCPP_URL": "wss://ocpp.example.org"
    }

    _, found = await checks_of_certificates(told)

    assert [each["verdict"] for each in found] == ["warn", "warn"]
    assert "Stations connect to ocpp.example.org" in found[0]["todo"]
    assert "know only RSA" in found[1]["detail"]


async def test_a_key_that_everybody_can_read_is_a_warning(quiet, tmp_path):
    pairs = [make(tmp_path, "localhost", kind=kind) for kind in ("rsa", "ec")]
    pairs[1].key_file.chmod(0o644)

    _, found = await checks_of_certificates(tls(quiet, *pairs))

    assert [each["verdict"] for each in found] == ["ok", "ok", "warn"]
    assert found[2]["todo"] == f"chmod o= {pairs[1].key_file}"


async def test_a_certificate_that_cannot_be_used_is_a_failure(quiet, tmp_path):
    pair = make(tmp_path, "localhost", days=(-20, -10))

    code, found = await checks_of_certificates(tls(quiet, pair))

    assert code == UNEXPECTED
    assert [each["verdict"] for each in found] == ["fail"]
    assert "ran out on" in found[0]["detail"]
