"""What Prometheus finds."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.operate.conftest import samples, until

ROOT = Path(__file__).parents[2]


async def test_messages_are_counted_by_action_direction_and_verdict(server):
    await server.registers("S1")
    async with server.station("S1") as station:
        await station.boots()
        await station.asks("Heartbeat", {})
        await station.asks("Heartbeat", {})
        await station.asks("StatusNotification", {"connectorId": 1})

        found = await server.metrics()

    def messages(action, verdict):
        return found.get(
            f'voltaro_messages_total{{action="{action}",direction="in",verdict="{verdict}"}}'
        )

    assert messages("BootNotification", "ok") == 1
    assert messages("Heartbeat", "ok") == 2
    assert messages("StatusNotification", "OccurenceConstraintViolation") == 1
    assert found['voltaro_connections{protocol="ocpp1.6"}'] == 1
    assert found['voltaro_connects_total{protocol="ocpp1.6"}'] == 1
    assert found["voltaro_stations"] == 1
    assert found["voltaro_database_up"] == 1
    assert found['voltaro_handling_seconds_bucket{le="+Inf"}'] == 3
    assert found['voltaro_commit_batch_entries_bucket{le="+Inf"}'] >= 1
    assert found["process_open_fds"] > 0


async def test_actions_that_a_station_invents_share_one_label(server):
    await server.registers("S1")
    async with server.station("S1") as station:
        await station.boots()
        for number in range(5):
            await station.asks(f"Invented{number}", {})

        found = await server.metrics()

    invented = [name for name in found if "Invented" in name]
    assert not invented
    assert (
        found['voltaro_messages_total{action="other",direction="in",verdict="NotImplemented"}'] == 5
    )


async def test_refusals_are_counted_by_reason(server):
    with pytest.raises(InvalidStatus, match="404"):
        async with server.station("nobody"):
            pass

    found = await server.metrics()

    assert found['voltaro_connects_refused_total{reason="unknown_station"}'] == 1
    assert found['voltaro_connects_refused_total{reason="wrong_password"}'] == 0


async def test_a_connection_that_is_closed_is_no_longer_counted(server):
    await server.registers("S1")
    async with server.station("S1"):
        pass

    async def gone():
        return 'voltaro_connections{protocol="ocpp1.6"}' not in await server.metrics()

    await until(gone, "the connection to be gone")


async def test_metrics_need_a_key_except_from_this_machine(server):
    async with httpx.AsyncClient(base_url=server.server.http_url, trust_env=False) as anonymous:
        here = await anonymous.get("/metrics")
        proxied = await anonymous.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})
    keyed = await server.http.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})

    assert (here.status_code, proxied.status_code, keyed.status_code) == (200, 401, 200)
    assert here.headers["content-type"].startswith("text/plain; version=")


async def test_the_port_of_their_own_needs_no_key_and_serves_nothing_else(server):
    url = server.server.metrics_url
    async with httpx.AsyncClient(trust_env=False) as anonymous:
        metrics = await anonymous.get(url, headers={"X-Forwarded-For": "192.0.2.7"})
        status = await anonymous.get(url.replace("/metrics", "/status"))

    assert metrics.status_code == 200
    assert "voltaro_database_up" in samples(metrics.text)
    assert status.status_code == 404


async def test_a_scraper_that_asks_for_openmetrics_gets_it(server):
    answer = await server.http.get("/metrics", headers={"Accept": "application/openmetrics-text"})

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_the_document_lists_every_metric():
    check = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "generate_metrics_doc.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert check.returncode == 0, check.stderr


async def test_commands_are_counted_by_name_and_state(server):
    await server.registers("S1")
    answer = await server.http.post("/api/v1/stations/S1/commands", json={"command": "reset"})
    answer.raise_for_status()

    found = await server.metrics()

    assert found['voltaro_commands_total{command="reset",state="offline"}'] == 1
    assert found["voltaro_commands_open"] == 0
