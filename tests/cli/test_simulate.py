import json
import os
import signal
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("protocol", "digits"), [("1.6", "16"), ("2.0.1", "201")])
def test_a_fleet_registers_itself_and_charges(api, ocpp, process, protocol, digits):
    result = process(
        "simulate", "--stations", "3", "--protocol", protocol, "--duration", "1",
        "--speed", "1800", "--connectors", "2", "--ocpp-url", ocpp, "-o", "json",
    )  # fmt: skip

    assert result.code == 0, result
    summary = json.loads(result.out)
    assert summary["stations"] == summary["connects"] == 3
    assert summary["sessions_started"] == summary["sessions_ended"] >= 6
    assert summary["errors"] == {}
    stations = {path: body for _, path, _, body in api.asked if "/stations/" in path}
    tokens = [path for _, path, _, _ in api.asked if "/tokens/" in path]
    assert sorted(stations) == [f"/api/v1/stations/SIM-{digits}-{n:05}" for n in (1, 2, 3)]
    assert len({body["password"] for body in stations.values()}) == 3
    assert all(body["security_profile"] == 1 for body in stations.values())
    assert len(set(tokens)) == 6
    assert all(body["password"] not in result.out + result.err for body in stations.values())


def test_errors_end_with_code_one(api, process):
    result = process(
        "simulate", "--stations", "1", "--duration", "0.2", "--ocpp-url", "ws://127.0.0.1:1"
    )

    assert result.code == 1, result
    assert "unreachable" in result.out
    assert "errors" in result.err


def test_a_refused_registration_ends_it_before_anything_connects(api, process):
    api.key = "another"

    result = process("simulate", "--stations", "5", "--ocpp-url", "ws://127.0.0.1:1")

    assert result.code == 4, result
    assert "Unauthorized: No such key." in result.err


def test_ctrl_c_ends_sessions_and_is_code_130(api, ocpp):
    with subprocess.Popen(
        [
            sys.executable, "-m", "voltaro.cli", "simulate", "--stations", "2", "--duration", "0",
            "--speed", "3000", "--ocpp-url", ocpp, "-o", "json",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as process:  # fmt: skip
        for line in process.stderr:
            if "2/2 connected" in line:
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)

    assert process.returncode == 130, err
    summary = json.loads(out)
    assert summary["sessions_started"] == summary["sessions_ended"] > 0
    assert "Traceback" not in err
