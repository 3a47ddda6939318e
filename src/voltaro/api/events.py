"""`/api/v1/events`: what changes, as it happens (server-sent events, WHATWG HTML §9.2)."""

import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, cast

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from voltaro.api.auth import is_valid
from voltaro.api.bodies import encoded, moment
from voltaro.api.commands import command_item
from voltaro.api.deps import ApiDeps, Deps, Summarise
from voltaro.api.errors import Problem
from voltaro.api.messages import message_item
from voltaro.api.parameters import Text
from voltaro.api.transactions import live_session_item
from voltaro.domain.availability import StatusReported
from voltaro.domain.connections import HandshakeRefused
from voltaro.domain.ids import Connector
from voltaro.domain.transactions import Transaction
from voltaro.services.gauges import Gauges
from voltaro.services.live import ATTEMPTS, COMMANDS, MESSAGES, SESSIONS, STATIONS, LiveFeed
from voltaro.store.journal import JournalRow
from voltaro.store.views.journal import MessageRow
from voltaro.store.views.transactions import TransactionRow

router = APIRouter(prefix="/events", tags=["events"])

#: How long a client waits before it connects again.
_RETRY_MS = 2000
_MOST_TOPICS = 20
_CHECK_S = 15.0
_EXAMPLE = (
    "id: 5b1f09aa-1043\nevent: stations\n"
    'data: {"specversion":"1.0","id":"5b1f09aa-1043","source":"/api/v1/stations",'
    '"type":"voltaro.stations.changed","time":"2026-11-03T07:15:02.004Z",'
    '"datacontenttype":"application/json","data":[{"station_id":"CP-001","online":true}]}\n\n'
)


@router.get(
    "",
    operation_id="stream_events",
    summary="Follow what changes, as server-sent events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "A stream that does not end",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        },
    },
)
async def stream(
    *,
    request: Request,
    deps: Deps,
    topics: Annotated[
        Text,
        Query(
            description="Separated by commas: stations, sessions, commands, attempts (refused "
            "handshakes), messages:{station id}, or messages for those of all stations.",
            examples=["stations,sessions", "messages:CP-001"],
        ),
    ] = "stations,sessions",
    after: Annotated[
        Text | None,
        Query(description="Go on after this event; `cursor` of `/api/v1/fleet`."),
    ] = None,
    last_event_id: Annotated[
        Text | None, Header(description="As `after`; browsers send it when they come back.")
    ] = None,
) -> Response:
    """Changes are gathered and sent at most four times a second.

    The data of an event is a CloudEvents 1.0 object, whose `data` is a list: of stations and
    sessions the fields that changed, of messages and attempts each one. Merge stations by `station_id`, their
    connectors by `evse_id` and `connector_id`, and sessions and commands by `id`. An event `reset` says that
    something is missing: read again what you show, and go on. An event `health` says within five
    seconds that the server can no longer serve stations, and why (`ready`, `reasons`: as `/readyz`),
    and later that it can again.
    """
    wanted = _topics(topics)
    return StreamingResponse(
        _events(request, deps, wanted, last_event_id or after),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
    )


def encode_batch(
    kind: str,
    event_id: str,
    items: list[Any],
    missed: int,
    *,
    summarise: Summarise,
    gauges: Gauges,
) -> bytes:
    """One event of the stream; see `voltaro.services.live.Encode`."""
    now = datetime.now(UTC)
    match kind:
        case "stations":
            data = [_station(station_id, fields) for station_id, fields in items]
        case "sessions":
            data = [_session(transaction, now, gauges) for transaction in items]
        case "commands":
            data = [command_item(record) for record in items]
        case "attempts":
            data = [_attempt(refusal) for refusal in items]
        case _:
            data = [_message(row, summarise) for row in items]
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/api/v1/" + ("transactions" if kind == SESSIONS else kind),
        "type": f"voltaro.{kind}." + ("added" if kind in {MESSAGES, ATTEMPTS} else "changed"),
        "time": moment(now),
        "datacontenttype": "application/json",
        "data": data,
    }
    if missed:
        event["missed"] = missed
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event_id.encode(), kind.encode(), encoded(event))


async def _events(
    request: Request, deps: ApiDeps, topics: frozenset[str], after: str | None
) -> AsyncIterator[bytes]:
    with deps.live.listen(topics, after) as listener:
        yield f"retry: {_RETRY_MS}\n\n".encode()
        checked = time.monotonic()
        reasons: list[str] = []
        async for event in listener.events():
            if deps.ready() != reasons:
                reasons = list(deps.ready())
                yield _health(reasons)
            # A key that was deleted or ran out ends the stream, however busy it is.
            if event is None or time.monotonic() - checked >= _CHECK_S:
                if not is_valid(request, deps):
                    return
                checked = time.monotonic()
            yield event if event is not None else b": ping\n\n"


def _health(reasons: list[str]) -> bytes:
    return b"event: health\ndata: %b\n\n" % encoded({"ready": not reasons, "reasons": reasons})


def _topics(text: str) -> frozenset[str]:
    topics = frozenset(filter(None, (each.strip() for each in text.split(","))))
    for topic in topics:
        kind, _, station_id = topic.partition(":")
        if topic not in {STATIONS, SESSIONS, COMMANDS, ATTEMPTS, MESSAGES} and not (
            kind == MESSAGES and station_id
        ):
            raise _bad_topics(f"there is no topic {topic!r}; known: {_KNOWN}")
    if not 1 <= len(topics) <= _MOST_TOPICS:
        raise _bad_topics(f"between 1 and {_MOST_TOPICS} topics; known: {_KNOWN}")
    return topics


_KNOWN = f"{STATIONS}, {SESSIONS}, {COMMANDS}, {ATTEMPTS}, {MESSAGES}, {MESSAGES}:<station id>"


def _bad_topics(detail: str) -> Problem:
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid",
        f"topics: {detail}",
        errors=[{"parameter": "topics", "detail": detail}],
    )


def _station(station_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    item = {"station_id": station_id} | {
        name: moment(value) if isinstance(value, datetime) else value
        for name, value in fields.items()
        if name != "connectors"
    }
    if "connectors" in fields:
        item["connectors"] = [_connector(event) for event in fields["connectors"].values()]
    return item


def _connector(event: StatusReported) -> dict[str, Any]:
    assert isinstance(event.where, Connector)
    return {
        "evse_id": event.where.evse_id,
        "connector_id": event.where.connector_id,
        "status": event.status,
        "charging_state": event.charging_state,
        "reported": event.reported,
        "error_code": event.error_code,
        "status_at": moment(event.at),
        "info": event.info,
        "vendor_id": event.vendor_id,
        "vendor_error_code": event.vendor_error_code,
    }


def _session(transaction: Transaction, now: datetime, gauges: Gauges) -> dict[str, Any]:
    token = transaction.token
    row = {
        "id": transaction.id,
        "station_id": transaction.station_id,
        "evse_id": transaction.evse_id,
        "connector_id": transaction.connector_id,
        "token": token.value if token is not None else None,
        "started_at": transaction.started_at,
        "ended_at": transaction.ended_at,
        "energy_wh": transaction.energy_wh,
        "stop_reason": transaction.stop_reason,
        "charging_state": transaction.charging_state,
        "flags": sorted(transaction.flags),
        "tariff": transaction.pricing.tariff,
        "cost": transaction.final_cost,
    }
    return live_session_item(cast("TransactionRow", row), now, gauges)


def _attempt(refusal: HandshakeRefused) -> dict[str, Any]:
    return {
        "station_id": refusal.station_id,
        "remote_host": refusal.remote_host,
        "reason": refusal.reason,
        "status": refusal.status,
        "path": refusal.path,
        "subprotocols": refusal.subprotocols,
        "at": moment(refusal.at),
    }


def _message(row: JournalRow, summarise: Summarise) -> dict[str, Any]:
    columns = {name: getattr(row, name) for name in JournalRow.__struct_fields__}
    return message_item(cast("MessageRow", columns), summarise)


def new_feed(summarise: Summarise, gauges: Gauges) -> LiveFeed:
    """A feed whose events look as described above."""
    return LiveFeed(partial(encode_batch, summarise=summarise, gauges=gauges))
