import json
import os
import stat

import pytest

import voltaro as package
from voltaro.cli.database import without_password


def test_version(process, voltaro):
    assert process("version").out == f"{package.__version__}\n"
    assert voltaro("--version").out == f"{package.__version__}\n"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    for name in [each for each in os.environ if each.startswith("VOLTARO_")]:
        monkeypatch.delenv(name)


def test_config_shows_what_is_in_effect_and_no_secret(voltaro):
    result = voltaro(
        "config", "-o", "json", VOLTARO_OCPP_PORT="9100", VOLTARO_SECRET_KEY="s3cret",
        VOLTARO_DATABASE_URL="postgresql://u:s3cret@db/v", VOLTARO_OCCP_PORT="1",
    )  # fmt: skip

    values = {row["name"]: row["value"] for row in json.loads(result.out)}
    assert values["VOLTARO_OCPP_PORT"] == "9100"
    assert values["VOLTARO_SECRET_KEY"] == "***"
    assert "s3cret" not in result.out
    assert "did you mean VOLTARO_OCPP_PORT?" in result.err


def test_a_bad_setting_stops_serve_and_config_with_code_two(voltaro):
    for command in ("serve", "config"):
        result = voltaro(command, VOLTARO_OCPP_PORT="many")

        assert result.code == 2, result
        assert "VOLTARO_OCPP_PORT: 'many' is not a whole number" in result.err
        assert "Traceback" not in result.err


def test_a_bad_flag_stops_serve(voltaro):
    result = voltaro("serve", "--unknown-stations", "perhaps")

    assert result.code == 2
    assert "--unknown-stations: 'perhaps' is not one of refuse, pending, accept" in result.err


def test_psql_gets_the_password_by_environment_and_our_arguments(process, tmp_path):
    psql = tmp_path / "psql"
    psql.write_text('#!/bin/sh\nprintf "%s|" "$PGPASSWORD" "$@"\n')
    psql.chmod(psql.stat().st_mode | stat.S_IXUSR)

    result = process(
        "db", "psql", "--database-url", "postgresql://u:p%40ss@db/v", "-c", "select 1",
        PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
    )  # fmt: skip

    assert result.out == "p@ss|--dbname|postgresql://u@db/v|-c|select 1|"


def test_psql_without_a_running_database_says_what_to_do(voltaro, tmp_path):
    result = voltaro("db", "psql", "--data-dir", str(tmp_path))

    assert result.code == 9, result
    assert "voltaro serve" in result.err


def test_a_password_in_the_query_is_taken_out_too():
    assert without_password("postgresql:///v?host=/run&password=p") == (
        "postgresql:///v?host=%2Frun",
        {"PGPASSWORD": "p"},
    )
    assert without_password("postgresql://u@db/v") == ("postgresql://u@db/v", {})
