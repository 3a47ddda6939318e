"""What somebody sees who follows the stream of events."""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import Api
from tests.api.test_api_problems import problem
from voltaro.api import events
from voltaro.domain.availability import ChargingState, ConnectorStatus
from voltaro.domain.ids import Connector
from voltaro.domain.quantities import Sample

PATIENCE_S = 10.0


@dataclass
class Event:
    name: str = ""
    id: str = ""
    data: Any = None
    comments: list[str] = field(default_factory=list)


class Stream:
    """A reader of server-sent events, as the specification says."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self._items: defaultdict[str, list[Any]] = defaultdict(list)

    async def next(self, name: str | None = None) -> Event:
        """The next event that has data, of this name if given."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                event = await self._read()
                if event.data is not None and name in {None, event.name}:
                    return event

    async def until(self, holds: Any, name: str) -> Any:
        """The next item of events of this name for which `holds` is true."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                while items := self._items[name]:
                    if holds(item := items.pop(0)):
                        return item
                event = await self.next()
                self._items[event.name] += event.data["data"]

    async def _read(self) -> Event:
        event = Event()
        async for line in self._lines:
            if not line:
                return event
            key, _, value = line.partition(":")
            value = value.removeprefix(" ")
            match key:
                case "":
                    event.comments.append(value)
                case "event":
                    event.name = value
                case "id":
                    event.id = value
                case "data":
                    event.data = json.loads(value)
                case _:
                    assert key == "retry"
        raise EOFError


@contextlib.asynccontextmanager
async def following(api: Api, topics: str | None = None, after: str | None = None, **headers: str):
    query = {"topics": topics, "after": after}
    query = {name: each for name, each in query.items() if each is not None}
    path = "/api/v1/events"
    async with api.http.stream("GET", path, params=query, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        assert answer.headers["cache-control"] == "no-store"
        stream = Stream(answer.aiter_lines())
        assert (await stream._read()).data is None  # retry: the server has begun to listen
        yield stream


async def test_station_is_seen_to_come_charge_and_go(api):
    await api.station("CP-1", security_profile=0)
    async with following(api) as stream:
        live = api.connects("CP-1")
        item = await stream.until(lambda s: s.get("online"), "stations")
        assert (item["station_id"], item["protocol"]) == ("CP-1", "ocpp1.6")

        await api.boots("CP-1")
        assert (await stream.until(lambda s: "vendor" in s, "stations"))["vendor"] == "ACME"

        await api.reports(
            "CP-1",
            ConnectorStatus.OCCUPIED,
            ChargingState.CHARGING,
            where=Connector(1, 1),
            reported="Charging",
        )
        (connector,) = (await stream.until(lambda s: "connectors" in s, "stations"))["connectors"]
        assert (connector["status"], connector["charging_state"]) == ("occupied", "charging")
        listed = (await api.items("/api/v1/stations", view="live"))[0]["connectors"][0]
        assert set(connector) == set(listed)

        ref = await api.starts("CP-1", token="A1", at=api.now, meter_wh=0)
        session = await stream.until(lambda s: s["open"], "sessions")
        at = api.now + timedelta(minutes=5)
        await api.samples("CP-1", ref, Sample(at=at, value=700, unit="Wh"))
        assert (await stream.until(lambda s: s["energy_wh"], "sessions"))["energy_wh"] == 700
        await api.stops("CP-1", ref, at=at, meter_wh=900)
        ended = await stream.until(lambda s: not s["open"], "sessions")
        assert (ended["id"], ended["energy_wh"]) == (session["id"], 900)

        api.presence.closed(live, api.now)
        assert await stream.until(lambda s: s.get("online") is False, "stations")


async def test_operators_changes_are_seen(api):
    async with following(api) as stream:
        await api.station("CP-1", registration="pending")
        item = await stream.until(lambda s: "registration" in s, "stations")
        assert (item["registration"], item["deleted"]) == ("pending", False)

        started = await api.starts("CP-1", token=None, at=api.now, meter_wh=0)
        assert started
        (transaction,) = await api.items("/api/v1/transactions")
        path = f"/api/v1/transactions/{transaction['id']}/close"
        await api.http.post(path, json={"reason": "x"})
        closed = await stream.until(lambda s: not s["open"], "sessions")
        assert closed["flags"] == ["closed_by_operator"]

        await api.http.delete("/api/v1/stations/CP-1")
        assert await stream.until(lambda s: s.get("deleted"), "stations")


async def test_messages_of_one_station_come_as_they_happen_and_look_as_in_lists(api):
    await api.station("CP-1", security_profile=0)
    await api.station("CP-2", security_profile=0)
    async with following(api, "messages:CP-1") as stream:
        await api.boots("CP-2")
        await api.boots("CP-1")
        await api.presents("CP-1", "A1")

        event = await stream.next()

    assert event.name == "messages"
    assert {item["station_id"] for item in event.data["data"]} == {"CP-1"}
    await api.settled()
    listed = await api.items("/api/v1/messages", station_id="CP-1")
    by_id = {item["id"]: item for item in listed}
    for item in event.data["data"]:
        assert by_id[item["id"]] == item


async def test_event_is_a_cloud_event(api):
    async with following(api, "stations") as stream:
        await api.station("CP-1")

        event = await stream.next()

    assert event.data["specversion"] == "1.0"
    assert event.data["id"] == event.id
    assert event.data["type"] == "voltaro.stations.changed"
    assert event.data["source"] == "/api/v1/stations"


@pytest.mark.parametrize("how", ["after", "Last-Event-ID"])
async def test_who_comes_back_misses_nothing(api, how):
    async with following(api) as stream:
        await api.station("CP-1")
        seen = await stream.next()
    await api.station("CP-2")
    await api.station("CP-3")

    place = {"after": seen.id} if how == "after" else {"Last-Event-ID": seen.id}
    async with following(api, **place) as stream:
        first = await stream.until(lambda s: True, "stations")
        second = await stream.until(lambda s: True, "stations")

    assert [first["station_id"], second["station_id"]] == ["CP-2", "CP-3"]


async def test_list_and_stream_fit_together_without_a_gap(api):
    await api.station("CP-1")
    page = (await api.http.get("/api/v1/stations?view=live")).json()
    await api.station("CP-2")

    async with following(api, after=page["cursor"]) as stream:
        item = await stream.until(lambda s: s["station_id"] == "CP-2", "stations")

    assert [s["station_id"] for s in page["items"]] == ["CP-1"]
    assert set(page["items"][0]) == {
        "station_id", "online", "last_seen", "protocol", "status", "connectors",
    }  # fmt: skip
    assert item["registration"] == "accepted"


async def test_gap_is_told_and_the_stream_goes_on(api):
    async with following(api, after="another-7") as stream:
        reset = await stream.next()
        assert (reset.name, reset.data["reason"]) == ("reset", "gap")
        assert reset.data["cursor"] == reset.id

        await api.station("CP-1")
        assert (await stream.next("stations")).data["data"][0]["station_id"] == "CP-1"


async def test_stream_ends_when_the_server_stops(api):
    async with following(api) as stream:
        api.live.close()

        with pytest.raises(EOFError):
            await stream.next()


async def test_stream_ends_when_its_key_is_deleted(api, monkeypatch):
    monkeypatch.setattr(events, "_CHECK_S", 0.0)
    made = await api.http.post("/api/v1/keys", json={"name": "screen", "scopes": ["read"]})
    async with following(api, Authorization=f"Bearer {made.json()['key']}") as stream:
        await api.station("CP-1")
        assert (await stream.next()).name == "stations"

        await api.http.delete("/api/v1/keys/screen")
        await api.station("CP-2")
        with pytest.raises(EOFError):
            await stream.next()


@pytest.mark.parametrize("topics", ["", ",", "chargers", "stations,x", "messages:", "sessions:1"])
async def test_unknown_topic_is_named(api, topics):
    answer = await api.http.get("/api/v1/events", params={"topics": topics})

    assert problem(answer, 422, "invalid")["errors"][0]["parameter"] == "topics"


async def test_stream_is_not_for_strangers(api):
    assert (await api.anonymous.get("/api/v1/events")).status_code == 401


async def test_stream_says_when_the_server_cannot_serve_stations_and_when_it_can_again(api):
    async with following(api) as stream:
        api.unready.append("the database is away")
        await api.station("CP-HEALTH")
        away = await stream.next("health")
        api.unready.clear()
        await api.station("CP-HEALTH", strict=True)
        back = await stream.next("health")

    assert away.data == {"ready": False, "reasons": ["the database is away"]}
    assert back.data == {"ready": True, "reasons": []}
