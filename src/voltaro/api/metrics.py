"""`/metrics` in the format of Prometheus, read from plain counters when somebody asks."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from voltaro import __version__
from voltaro.api.deps import ApiDeps, deps_of
from voltaro.store.counts import OTHER, MessageKind, Tally

router = APIRouter(tags=["health"])

#: Actions beyond those that exist are a station's invention.
_NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Where the numbers are read; each is called once per scrape.

    `actions` are the OCPP actions that get a label of their own.
    """

    actions: AbstractSet[str]
    verdicts: AbstractSet[str]
    connected: Callable[[], Mapping[str, int]]
    stations: Callable[[], int]
    admitted: Callable[[], Mapping[str, int]]
    refused: Callable[[], Mapping[str, int]]
    messages: Callable[[], Mapping[MessageKind, int]]
    handling: Tally
    commands: Callable[[], Mapping[tuple[str, str], int]]
    open_commands: Callable[[], int]
    batch_entries: Tally
    batch_seconds: Tally
    waiting_commits: Callable[[], int]
    stalled_s: Callable[[], float]
    notes_dropped: Callable[[], int]
    database_up: Callable[[], bool]
    database_bytes: Callable[[], int]
    journal_rows: Callable[[], int]
    journal_bytes: Callable[[], int]
    journal_left_out: Callable[[], int]
    partitions_dropped: Callable[[], int]
    upkeep_failures: Callable[[], int]
    disk_free_bytes: Callable[[], int | None]
    disk_state: Callable[[], str]


class Metrics:
    """A registry of its own: nothing global, so that two servers in one process do not mix."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def collect(self) -> Iterator[Metric]:
        """Every metric of ours, for the registry and for the page that lists them."""
        info = InfoMetricFamily("voltaro_build", "The version that runs")
        info.add_metric((), {"version": __version__})
        yield info
        yield from self._stations()
        yield from self._messages()
        yield from self._commands()
        yield from self._database()

    def answer(self, accept: str | None) -> Response:
        encode, media_type = choose_encoder(accept or "")
        return Response(encode(self._registry), headers={"Content-Type": media_type})

    def _stations(self) -> Iterator[Metric]:
        read = self._readings
        yield GaugeMetricFamily(
            "voltaro_stations", "Stations that are registered", value=read.stations()
        )
        connected = GaugeMetricFamily(
            "voltaro_connections", "Open connections of stations", labels=("protocol",)
        )
        for protocol, number in read.connected().items():
            connected.add_metric((protocol,), number)
        yield connected
        admitted = CounterMetricFamily(
            "voltaro_connects", "Upgrades that were let in", labels=("protocol",)
        )
        for protocol, number in read.admitted().items():
            admitted.add_metric((protocol,), number)
        yield admitted
        refused = CounterMetricFamily(
            "voltaro_connects_refused", "Upgrades that were refused", labels=("reason",)
        )
        for reason, number in read.refused().items():
            refused.add_metric((reason,), number)
        yield refused

    def _messages(self) -> Iterator[Metric]:
        read = self._readings
        messages = CounterMetricFamily(
            "voltaro_messages",
            "Messages by direction (in: the station asked), action and verdict",
            labels=("direction", "action", "verdict"),
        )
        for kind, number in self._folded(read.messages()).items():
            messages.add_metric(kind, number)
        yield messages
        yield _histogram(
            "voltaro_handling_seconds",
            "From the turn of a station's message to its durable answer",
            read.handling,
        )

    def _commands(self) -> Iterator[Metric]:
        entered = CounterMetricFamily(
            "voltaro_commands",
            "Commands that came into a state, by name and state",
            labels=("command", "state"),
        )
        for (name, state), number in self._readings.commands().items():
            entered.add_metric((name, state), number)
        yield entered
        yield GaugeMetricFamily(
            "voltaro_commands_open",
            "Commands of which something is still expected",
            value=self._readings.open_commands(),
        )

    def _folded(self, messages: Mapping[MessageKind, int]) -> dict[MessageKind, int]:
        """Words that stations invented under one label."""
        folded: dict[MessageKind, int] = {}
        for (direction, action, verdict), number in list(messages.items()):
            shown = action if action in self._readings.actions else OTHER
            judged = verdict if verdict in self._readings.verdicts else OTHER
            kind = (direction, shown if action else _NONE, judged)
            folded[kind] = folded.get(kind, 0) + number
        return folded

    def _database(self) -> Iterator[Metric]:
        read = self._readings
        yield _histogram(
            "voltaro_commit_batch_entries", "Messages that shared a commit", read.batch_entries
        )
        yield _histogram(
            "voltaro_commit_batch_seconds", "Time that a commit took", read.batch_seconds
        )
        disk = read.disk_free_bytes()
        for name, meaning, value in (
            ("commits_waiting", "Messages that wait for their commit", read.waiting_commits()),
            ("commit_stalled_seconds", "Age of the commit under way", read.stalled_s()),
            ("database_up", "Whether the database can be written to", read.database_up()),
            ("database_bytes", "Size of the database", read.database_bytes()),
            ("journal_rows", "Rows of the journal, estimated", read.journal_rows()),
            ("journal_bytes", "Size of the journal", read.journal_bytes()),
            (
                "journal_written",
                "0 while the disk is nearly full and the journal is left out",
                read.disk_state() != "nearly_full",
            ),
            ("disk_free_bytes", "Free space of the own database's disk; -1: unknown",
             -1 if disk is None else disk),
        ):  # fmt: skip
            yield GaugeMetricFamily(f"voltaro_{name}", meaning, value=float(value))
        for name, meaning, count in (
            (
                "journal_rows_left_out",
                "Rows left out while the disk was full",
                read.journal_left_out(),
            ),
            (
                "notes_dropped",
                "Signs of life dropped while the database was away",
                read.notes_dropped(),
            ),
            (
                "partitions_dropped",
                "Partitions dropped by age or size",
                read.partitions_dropped(),
            ),
            ("upkeep_failures", "Rounds of upkeep that failed", read.upkeep_failures()),
        ):
            yield CounterMetricFamily(f"voltaro_{name}", meaning, value=float(count))


def _histogram(name: str, meaning: str, tally: Tally) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, meaning, buckets=tally.buckets(), sum_value=tally.total)


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    deps: ApiDeps = deps_of(request)
    assert deps.metrics is not None
    return deps.metrics(request.headers.get("accept"))


def create_metrics_app(answer: Callable[[str | None], Response]) -> FastAPI:
    """Only `/metrics`, without a key, for a port of its own."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        return answer(request.headers.get("accept"))

    return app
