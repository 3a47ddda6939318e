"""What stations said, and who was refused, as operators look it up."""

from datetime import timedelta

from voltaro.domain.availability import ConnectorStatus
from voltaro.domain.ids import Connector

M = "/api/v1/messages"
A = "/api/v1/attempts"


async def test_messages_are_newest_first_with_frame_reply_and_verdict(api):
    await api.station("CP-1", security_profile=0)
    await api.boots("CP-1")
    await api.reports(
        "CP-1", ConnectorStatus.AVAILABLE, where=Connector(1, 1), reported="Available"
    )

    newest, oldest = await api.items(M)

    assert (newest["action"], oldest["action"]) == ("StatusNotification", "BootNotification")
    assert set(oldest) == {
        "id",
        "station_id",
        "received_at",
        "direction",
        "protocol",
        "message_id",
        "action",
        "frame",
        "reply",
        "verdict",
        "handling_ms",
        "summary",
    }
    assert oldest["frame"].startswith("[2,")
    assert oldest["reply"].startswith("{")
    assert (oldest["direction"], oldest["verdict"], oldest["protocol"]) == ("in", "ok", "ocpp1.6")
    assert [each["id"] for each in await api.items(M, limit=1)] == [newest["id"], oldest["id"]]


async def test_messages_filter_by_station_action_verdict_and_time(api):
    for name in ("CP-1", "CP-2"):
        await api.station(name, security_profile=0)
        await api.boots(name)
    noon = api.now
    api.now = noon + timedelta(seconds=10)
    await api.presents("CP-2", "A1")
    await api.settled()

    async def found(**query):
        return sorted((e["station_id"], e["action"]) for e in await api.items(M, **query))

    later = noon + timedelta(seconds=5)
    assert await found(station_id="CP-1") == [("CP-1", "BootNotification")]
    assert await found(action="Authorize") == [("CP-2", "Authorize")]
    assert await found(verdict="repeated") == []
    assert len(await found(verdict="ok")) == 3
    assert await found(since=later.isoformat()) == [("CP-2", "Authorize")]
    assert len(await found(until=later.isoformat())) == 2
    assert await found(since=api.now.isoformat()) == [("CP-2", "Authorize")]
    assert len(await found(until=api.now.isoformat())) == 2


async def test_time_with_an_unencoded_plus_is_understood(api):
    answer = await api.http.get(f"{M}?since=2026-01-01T00:00:00+02:00")

    assert answer.status_code == 200


async def test_time_without_a_zone_is_refused(api):
    answer = await api.http.get(M, params={"since": "2026-01-01T00:00:00"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "since"


async def test_refused_handshakes_are_listed_latest_first(api):
    await api.refused("CP-7", minutes_ago=5, reason="unknown_station")
    await api.refused("CP-8", minutes_ago=3, reason="unknown_station")
    await api.refused("CP-7", minutes_ago=1, reason="unknown_station")
    await api.refused("CP-7", minutes_ago=2, reason="wrong_password")

    items = await api.items(A, limit=1)

    assert [(e["station_id"], e["reason"], e["count"]) for e in items] == [
        ("CP-7", "unknown_station", 2),
        ("CP-7", "wrong_password", 1),
        ("CP-8", "unknown_station", 1),
    ]
    assert items[0]["first_at"] < items[0]["last_at"]
    assert (items[0]["remote_host"], items[0]["status"]) == ("192.0.2.9", 404)
    assert [each["station_id"] for each in await api.items(A, station_id="CP-8")] == ["CP-8"]
