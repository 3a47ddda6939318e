"""Traces, as a collector of OpenTelemetry receives them."""

import asyncio
import http.server
import subprocess
import sys
import threading

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.operate.conftest import house


class Collector:
    """What was sent to it: spans by name, with their attributes as text."""

    def __init__(self):
        self.spans = {}
        self.resource = {}

    def take(self, body):
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resource |= _texts(group.resource.attributes)
            for scope in group.scope_spans:
                for span in scope.spans:
                    told = _texts(span.attributes) | {"status": span.status.code}
                    self.spans.setdefault(span.name, []).append(told)


def _texts(attributes):
    return {each.key: each.value.string_value for each in attributes}


@pytest.fixture
def collector(monkeypatch):
    one = Collector()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            one.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    # So that nothing compressed has to be read here.
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    yield one
    server.shutdown()
    server.server_close()
    thread.join()


async def test_calls_of_stations_and_http_requests_are_spans(collector, database_url, tmp_path):
    async with house(database_url, tmp_path) as server:
        await server.registers("S1")
        await server.http.put("/api/v1/tokens/04AABBCC", json={"status": "accepted"})
        await server.http.get("/api/v1/transactions?token=04AABBCC")
        async with server.station("S1") as station:
            await station.boots()
            await station.asks("StatusNotification", {"connectorId": 1})
            await station.asks("Invented", {})

    spans = collector.spans
    (boot,) = spans["ocpp BootNotification"]
    (refused,) = spans["ocpp StatusNotification"]
    (invented,) = spans["ocpp other"]
    assert boot["ocpp.station_id"] == "S1"
    assert boot["ocpp.version"] == "ocpp1.6"
    assert boot["status"] == 0
    assert (refused["error.type"], refused["status"]) == ("OccurenceConstraintViolation", 2)
    assert invented["error.type"] == "NotImplemented"
    assert collector.resource["service.name"] == "voltaro"
    assert any("/api/v1/stations/" in name for name in spans)
    assert "04AABBCC" not in str(spans)


async def test_tracing_can_be_switched_off_in_spite_of_the_variable(
    collector, database_url, tmp_path
):
    async with house(database_url, tmp_path, tracing="off") as server:
        await server.registers("S1")

    assert not collector.spans


async def test_nothing_of_the_sdk_is_imported_while_tracing_is_off():
    program = (
        "import sys, voltaro.app;"
        "print([name for name in sys.modules if name.startswith('opentelemetry.sdk')])"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
