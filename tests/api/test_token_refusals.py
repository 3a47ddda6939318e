"""Tokens that were refused, as an operator finds them to add them."""

from datetime import timedelta

import pytest

from voltaro.domain.authorization import AUTHORIZE, TokenPresented
from voltaro.domain.ids import IdToken
from voltaro.store.upkeep import Bounds, Upkeep

R = "/api/v1/token-refusals"


async def refused(api, **query):
    await api.settled()
    return await api.items(R, **query)


async def test_a_token_nobody_registered_is_listed_with_its_station(api):
    await api.station("CP-1", security_profile=0)
    assert await api.presents("CP-1", "04A2") == "unknown"

    (item,) = await refused(api)

    at = item.pop("first_at")
    assert item.pop("last_at") == at
    assert item == {
        "token": "04A2",
        "station_id": "CP-1",
        "status": "unknown",
        "count": 1,
        "known": False,
    }


async def test_the_same_refusal_is_counted_whatever_the_case_of_the_letters(api):
    await api.station("CP-1", security_profile=0)
    for text in ("04ab", "04AB", "04aB"):
        await api.presents("CP-1", text)
        api.now += timedelta(seconds=5)

    (item,) = await refused(api)

    assert (item["token"], item["count"]) == ("04aB", 3)
    assert item["first_at"] < item["last_at"]


async def test_each_station_and_each_answer_is_an_item_and_the_latest_comes_first(api):
    for name in ("CP-1", "CP-2"):
        await api.station(name, security_profile=0)
    await api.presents("CP-1", "A1")
    api.now += timedelta(seconds=1)
    await api.presents("CP-2", "A1")
    await api.http.put("/api/v1/tokens/A1", json={"status": "blocked"})
    api.now += timedelta(seconds=1)
    await api.presents("CP-1", "A1")

    items = await refused(api, limit=1)

    assert [(e["station_id"], e["status"], e["known"]) for e in items] == [
        ("CP-1", "blocked", True),
        ("CP-2", "unknown", True),
        ("CP-1", "unknown", True),
    ]


async def test_a_token_that_was_added_since_is_known(api):
    await api.station("CP-1", security_profile=0)
    await api.presents("CP-1", "a1")
    await api.http.put("/api/v1/tokens/A1")

    (item,) = await refused(api)

    assert item["known"] is True


async def test_a_session_that_began_all_the_same_counts_and_its_end_does_not(api):
    await api.station("CP-1", security_profile=0)
    ref = await api.starts("CP-1", token="A1", at=api.now, meter_wh=0)
    await api.stops("CP-1", ref, at=api.now + timedelta(minutes=1), meter_wh=10)

    (item,) = await refused(api)

    assert (item["status"], item["count"]) == ("unknown", 1)


async def test_accepted_tokens_and_sessions_without_one_leave_nothing(api):
    await api.station("CP-1", security_profile=0)
    await api.http.put("/api/v1/tokens/A1")
    await api.presents("CP-1", "A1")
    await api.starts("CP-1", token="A1", at=api.now, meter_wh=0)
    await api.starts("CP-1", token=None, at=api.now, meter_wh=0, evse=2)

    assert await refused(api) == []


async def test_a_code_that_a_driver_typed_is_not_kept(api):
    await api.station("CP-1", security_profile=0)
    event = TokenPresented(
        station_id="CP-1", at=api.now, received_at=api.now, token=IdToken("1234", "KeyCode")
    )
    reply = await api.tells(AUTHORIZE, event, "Authorize")

    assert reply.status == "unknown"
    assert await refused(api) == []


async def test_only_what_was_refused_since_then_is_listed(api):
    await api.station("CP-1", security_profile=0)
    began = api.now
    await api.presents("CP-1", "OLD")
    api.now += timedelta(seconds=10)
    await api.presents("CP-1", "NEW")

    since = (began + timedelta(seconds=5)).isoformat()
    assert [each["token"] for each in await refused(api, since=since)] == ["NEW"]
    assert (await api.http.get(R, params={"since": "yesterday"})).status_code == 422


async def test_after_thirty_days_a_refusal_is_forgotten(api):
    await api.station("CP-1", security_profile=0)
    now = api.now
    api.now = now - timedelta(days=31)
    await api.presents("CP-1", "OLD")
    api.now = now - timedelta(days=29)
    await api.presents("CP-1", "NEW")

    long_ago = (now - timedelta(days=60)).isoformat()
    assert [each["token"] for each in await refused(api, since=long_ago)] == ["NEW"]

    pool = api.database.loader._pool
    async with pool.acquire() as connection:
        await Upkeep(pool, api.database.writer, Bounds()).once(connection, now)
        kept = await connection.fetch("SELECT token FROM token_refusals")
    assert [row["token"] for row in kept] == ["NEW"]


@pytest.mark.parametrize("status", ["blocked", "expired", "invalid"])
async def test_the_reason_is_what_the_station_was_told(api, status):
    await api.station("CP-1", security_profile=0)
    await api.http.put("/api/v1/tokens/A1", json={"status": status})
    await api.presents("CP-1", "A1")

    (item,) = await refused(api)

    assert item["status"] == status
