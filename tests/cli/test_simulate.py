import contextlib
import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve as serve_websockets


@pytest.mark.parametrize(("protocol", "digits"), [("1.6", "16"), ("2.0.1", "201"), ("2.1", "21")])
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


@pytest.fixture
def commanding():
    """An OCPP peer that commands a reset and an unlock after each boot; what it was answered."""
    answers = []
    commands = (
        '[2,"reset","Reset",{"type":"Soft"}]',
        '[2,"unlock","UnlockConnector",{"connectorId":1}]',
    )

    def serves(link):
        boot = {"currentTime": "2026-01-02T03:04:05Z", "status": "Accepted", "interval": 300}
        accepted = {"transactionId": 1, "idTagInfo": {"status": "Accepted"}}
        replies = {"BootNotification": boot, "StartTransaction": accepted, "Authorize": accepted}
        with contextlib.suppress(ConnectionClosed):
            for text in link:
                kind, message_id, *rest = json.loads(text)
                if kind != 2:
                    answers.append((message_id, rest[0]))
                    continue
                link.send(json.dumps([3, message_id, replies.get(rest[0], {})]))
                if rest[0] == "BootNotification":
                    for command in commands:
                        link.send(command)

    server = serve_websockets(serves, "127.0.0.1", 0, subprotocols=["ocpp1.6"], ping_interval=None)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}", answers
    server.shutdown()
    thread.join()


def test_stations_refuse_and_ignore_what_they_are_told_to(api, commanding, process):
    url, answers = commanding

    result = process(
        "simulate", "--stations", "2", "--protocol", "1.6", "--duration", "1", "--ocpp-url", url,
        "--refuse", "Reset", "--ignore", "UnlockConnector",
    )  # fmt: skip

    assert result.code == 0, result
    assert answers == [("reset", {"status": "Rejected"})] * 2


def test_stations_obey_late_where_told_so(api, commanding, process):
    url, answers = commanding

    result = process(
        "simulate", "--stations", "1", "--protocol", "1.6", "--duration", "1", "--ocpp-url", url,
        "--refuse", "Reset", "--delay", "0.2",
    )  # fmt: skip

    assert result.code == 0, result
    assert answers == [("reset", {"status": "Rejected"}), ("unlock", {"status": "Unlocked"})]


def test_a_command_that_is_not_simulated_cannot_be_refused(api, process):
    result = process("simulate", "--protocol", "1.6", "--refuse", "Restart")

    assert result.code == 2, result
    assert "Restart" in result.err
    assert "RemoteStartTransaction" in result.err
    assert api.asked == []
