"""OpenTelemetry traces; imported only when tracing is on, and the only user of its SDK."""

import json
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Any

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from voltaro import __version__

_TOKENS = "/api/v1/tokens/"


class _Discretion(SpanProcessor):
    """Tokens and queries of HTTP requests do not leave the house."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        del parent_context
        given = span.attributes or {}
        path = str(given.get("url.path", ""))
        if path.startswith(_TOKENS):
            span.set_attribute("url.path", _TOKENS + "…")
        if "url.query" in given:
            span.set_attribute("url.query", "…")


class Tracing:
    """Sends spans to the collector that the `OTEL_…` variables name. `actions` are those of OCPP."""

    def __init__(self, actions: AbstractSet[str]) -> None:
        ours = Resource({"service.name": "voltaro", "service.version": __version__})
        # Without the SDK's own default name, which would win over ours.
        resource = ours.merge(OTELResourceDetector().detect())
        self.provider = TracerProvider(resource=resource)
        self.provider.add_span_processor(_Discretion())
        self.provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self.provider.get_tracer("voltaro", __version__)
        self._actions = actions

    @contextmanager
    def call(
        self, action: str, station_id: str, version: str, message_id: str
    ) -> Iterator[Callable[[str], None]]:
        """A span for a station's CALL; what it gives is to be told the answer's frame."""
        known = action if action in self._actions else "other"
        attributes = {
            "rpc.system": "ocpp",
            "rpc.method": known,
            "ocpp.station_id": station_id,
            "ocpp.version": version,
            "ocpp.message_id": message_id,
        }
        with self._tracer.start_as_current_span(
            f"ocpp {known}", kind=SpanKind.SERVER, attributes=attributes, context=Context()
        ) as span:

            def told(answer: str) -> None:
                if answer.startswith("[4"):
                    code: Any = json.loads(answer)[2]
                    span.set_attribute("error.type", str(code))
                    span.set_status(Status(StatusCode.ERROR))

            yield told

    def stop(self) -> None:
        """Send what is left; takes as long as the collector does."""
        self.provider.shutdown()
