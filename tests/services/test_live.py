"""The feed of live notices: nothing lost, nothing kept for nobody."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from voltaro.services import live
from voltaro.services.live import LiveFeed
from voltaro.store.fresh_ids import uuid7
from voltaro.store.journal import JournalRow

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def encode(kind, event_id, items, missed):
    rows = [item.message_id if isinstance(item, JournalRow) else item for item in items]
    return json.dumps({"kind": kind, "id": event_id, "items": rows, "missed": missed}).encode()


def row(station_id, number=0):
    return JournalRow(
        id=uuid7(),
        station_id=station_id,
        received_at=NOW,
        direction="in",
        protocol="ocpp1.6",
        message_id=str(number),
        action="Heartbeat",
        frame="[]",
        reply="{}",
        verdict="ok",
        handling_ms=1.0,
    )


@pytest.fixture
async def feed():
    feed = LiveFeed(encode)
    yield feed
    feed.close()


def flushed(feed, listener):
    """What this listener gets when the quarter of a second is over."""
    feed._flush()
    events = list(listener.queue)
    listener.clear()
    return [json.loads(e) if e[:1] == b"{" else e.decode() for e in events]


async def test_nothing_is_kept_while_nobody_listens(feed):
    feed.station("CP-1", online=True)
    feed.exchanged(row("CP-1"))
    feed.decided("CP-1", (), row("CP-1"))

    assert (feed._timer, feed._topics, len(feed._ring)) == (None, {}, 0)


async def test_changes_of_a_station_are_gathered_into_one(feed):
    with feed.listen(["stations"], None) as listener:
        for state in (True, False, True):
            feed.station("CP-1", online=state)
        feed.station("CP-1", vendor="ACME")
        feed.station("CP-2", online=True)

        (event,) = flushed(feed, listener)

    assert event["items"] == [
        ["CP-1", {"online": True, "vendor": "ACME"}],
        ["CP-2", {"online": True}],
    ]


async def test_batch_is_encoded_once_for_all(feed):
    with feed.listen(["stations"], None) as one, feed.listen(["stations"], None) as other:
        feed.station("CP-1", online=True)
        feed._flush()

        assert one.queue[0] is other.queue[0]


async def test_topics_are_told_apart(feed):
    with (
        feed.listen(["messages:CP-1"], None) as one,
        feed.listen(["messages"], None) as every,
        feed.listen(["stations"], None) as none,
    ):
        feed.exchanged(row("CP-1", 1))
        feed.exchanged(row("CP-2", 2))
        feed._flush()

        assert [json.loads(e)["items"] for e in one.queue] == [["1"]]
        assert [json.loads(e)["items"] for e in every.queue] == [["1", "2"]]
        assert not none.queue


async def test_more_messages_than_fit_are_counted(feed):
    with feed.listen(["messages"], None) as listener:
        for number in range(live._AT_ONCE + 5):
            feed.exchanged(row("CP-1", number))

        (event,) = flushed(feed, listener)

    assert (len(event["items"]), event["missed"]) == (live._AT_ONCE, 5)


async def test_who_comes_back_gets_what_was_missed(feed):
    with feed.listen(["stations"], None) as listener:
        feed.station("CP-1", online=True)
        (seen,) = flushed(feed, listener)
    feed.station("CP-1", online=False)
    feed._flush()
    feed.station("CP-2", online=False)

    with feed.listen(["stations"], seen["id"]) as listener:
        events = flushed(feed, listener)

    assert [event["items"] for event in events] == [
        [["CP-1", {"online": False}]],
        [["CP-2", {"online": False}]],
    ]


async def test_cursor_counts_as_listening(feed):
    cursor = feed.cursor()
    feed.station("CP-1", online=True)
    feed._flush()

    with feed.listen(["stations", "sessions"], cursor) as listener:
        (event,) = flushed(feed, listener)

    assert event["items"] == [["CP-1", {"online": True}]]


@pytest.mark.parametrize("after", ["", "x", "ffffffff-0", "ffffffff-", "{boot}-99999", "{boot}-²"])
async def test_unknown_place_is_a_reset(feed, after):
    feed.cursor()
    after = after.replace("{boot}", feed._boot)

    with feed.listen(["stations"], after) as listener:
        (event,) = flushed(feed, listener)

    assert "event: reset" in event
    assert '"reason":"gap"' in event


async def test_topic_that_was_not_collected_is_a_reset(feed):
    cursor = feed.cursor(["stations"])
    feed.station("CP-1", online=True)
    feed._flush()

    with feed.listen(["stations", "messages:CP-1"], cursor) as listener:
        (event,) = flushed(feed, listener)

    assert "event: reset" in event


async def test_ring_forgets_the_oldest_and_says_so():
    feed = LiveFeed(encode, ring_batches=3)
    cursor = feed.cursor()
    for number in range(5):
        feed.station("CP-1", number=number)
        feed._flush()

    with feed.listen(["stations"], cursor) as listener:
        (event,) = flushed(feed, listener)

    assert "event: reset" in event
    assert len(feed._ring) == 3
    feed.close()


async def test_ring_forgets_what_is_old(feed, monkeypatch):
    feed.cursor()
    feed.station("CP-1", online=True)
    feed._flush()
    monkeypatch.setattr(live, "_RING_S", -1.0)

    feed._flush()

    assert (len(feed._ring), feed._ring_bytes) == (0, 0)


async def test_topic_nobody_came_back_to_is_dropped_and_its_cursors_with_it(feed):
    cursor = feed.cursor()
    for topic in feed._topics.values():
        topic.until = 0.0
    feed._tidy()
    assert feed._topics == {}
    feed.station("CP-1", online=True)
    feed.cursor()

    with feed.listen(["stations"], cursor) as listener:
        (event,) = flushed(feed, listener)

    assert "event: reset" in event


async def test_slow_listener_is_reset_and_nobody_waits_for_it(feed, monkeypatch):
    monkeypatch.setattr(live, "_QUEUE_BYTES", 1000)
    with feed.listen(["stations"], None) as slow, feed.listen(["stations"], None) as quick:
        seen = 0
        for number in range(100):
            feed.station("CP-1", number=number)
            seen += len(flushed(feed, quick))

        assert seen == 100
        assert slow.size < 2000
        assert any(b'"reason":"slow"' in event for event in slow.queue)


async def test_stream_pings_when_quiet_and_ends_when_the_server_stops(feed):
    with feed.listen(["stations"], None) as listener:
        events = listener.events(ping_s=0.001)
        assert await anext(events) is None
        feed.close()

        assert [event async for event in listener.events()] == []


async def test_flush_comes_by_itself_within_a_second(feed):
    with feed.listen(["stations"], None) as listener:
        began = asyncio.get_running_loop().time()
        feed.station("CP-1", online=True)

        event = await anext(listener.events())

        waited = timedelta(seconds=asyncio.get_running_loop().time() - began)
    assert json.loads(event)["items"]
    assert timedelta(seconds=0.2) < waited < timedelta(seconds=5)
