"""Charging transactions as people read them, and the two short views."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import msgspec
import pytest

from voltaro.domain.availability import ChargingState, ConnectorStatus
from voltaro.domain.ids import Connector
from voltaro.domain.quantities import Sample

X = "/api/v1/transactions"
HOUR = timedelta(hours=1)


async def test_ended_transaction_shows_energy_duration_and_reason(api):
    start = datetime(2026, 5, 1, 10, tzinfo=UTC)
    ref = await api.starts("CP-1", token="a1", at=start, meter_wh=1000)
    await api.stops("CP-1", ref, at=start + HOUR, meter_wh=12500, reason="EVDisconnected")

    (item,) = await api.items(X)

    assert UUID(item["id"]).version == 7
    assert item == {
        "id": item["id"],
        "station_ref": ref,
        "station_id": "CP-1",
        "evse_id": 1,
        "connector_id": 1,
        "token": "a1",
        "token_type": None,
        "token_status": "unknown",
        "group_token": None,
        "started_at": "2026-05-01T10:00:00.000Z",
        "ended_at": "2026-05-01T11:00:00.000Z",
        "duration_s": 3600,
        "stop_reason": "EVDisconnected",
        "energy_wh": 11500,
        "register_start_wh": 1000,
        "register_last_wh": 12500,
        "charging_state": None,
        "flags": [],
        "open": False,
        "power_w": None,
        "power_at": None,
        "power_derived": False,
        "soc_percent": None,
        "offered_w": None,
        "cost": None,
        "reservation_id": None,
        "remote_start_id": None,
        "trigger_reason": None,
        "missing_events": [],
    }
    single = await api.http.get(f"{X}/{item['id']}")
    assert single.json() == item
    assert single.headers["etag"]


async def test_open_transaction_shows_energy_and_duration_so_far(api):
    start = datetime.now(UTC) - HOUR
    ref = await api.starts("CP-1", token="A1", at=start, meter_wh=1000)
    reading = Sample(at=start + HOUR / 2, value=Decimal("4000.4"), unit="Wh")
    await api.samples("CP-1", ref, reading)

    (item,) = await api.items(X)

    assert (item["open"], item["ended_at"], item["stop_reason"]) == (True, None, None)
    assert item["energy_wh"] == 3000
    assert item["register_last_wh"] == 4000.4
    assert 3600 <= item["duration_s"] < 3660


async def test_transaction_from_a_clock_in_the_future_has_no_negative_duration(api):
    await api.starts("CP-1", token=None, at=datetime.now(UTC) + HOUR, meter_wh=None)

    (item,) = await api.items(X)

    assert item["duration_s"] == 0
    assert (item["token"], item["energy_wh"]) == (None, None)


async def test_list_is_newest_first_and_complete_over_pages(api):
    start = datetime(2026, 5, 1, tzinfo=UTC)
    minutes = [3, 1, 2, 2, 0, 5]
    for evse, minute in enumerate(minutes, start=1):
        at = start + timedelta(minutes=minute)
        await api.starts("CP-1", token=f"T{evse}", at=at, meter_wh=0, evse=evse)

    whole = await api.items(X)
    paged = await api.items(X, limit=1)

    assert paged == [
        each | {"duration_s": new["duration_s"]} for each, new in zip(whole, paged, strict=True)
    ]
    assert [each["started_at"][15] for each in whole] == ["5", "3", "2", "2", "1", "0"]
    assert [each["id"] for each in await api.items(X, limit=2)] == [each["id"] for each in whole]


async def test_list_filters_by_station_token_and_being_open(api):
    start = datetime.now(UTC) - HOUR
    first = await api.starts("CP-1", token="Ab", at=start, meter_wh=0)
    await api.stops("CP-1", first, at=start + HOUR / 2, meter_wh=5)
    await api.starts("CP-1", token="aB", at=start + HOUR / 2, meter_wh=5)
    await api.starts("CP-2", token="C", at=start, meter_wh=0)

    async def found(**query):
        return sorted((e["station_id"], e["open"]) for e in await api.items(X, **query))

    assert await found(station_id="CP-2") == [("CP-2", True)]
    assert await found(token=" AB ") == [("CP-1", False), ("CP-1", True)]
    assert await found(open=True) == [("CP-1", True), ("CP-2", True)]
    assert await found(open=False) == [("CP-1", False)]
    assert await found(token="ab", open=True, station_id="CP-1") == [("CP-1", True)]
    assert await found(station_id="cp-1") == []


async def test_transaction_that_only_seems_to_have_ended_is_not_open(api):
    start = datetime.now(UTC) - HOUR
    await api.starts("CP-1", token="A", at=start, meter_wh=0)
    await api.starts("CP-1", token="B", at=start + HOUR / 2, meter_wh=5)

    (ended,) = await api.items(X, open=False)

    assert (ended["token"], ended["flags"]) == ("A", ["assumed_end"])
    assert [each["token"] for each in await api.items(X, open=True)] == ["B"]


@pytest.mark.parametrize("name", [str(uuid4()), "17", "nul%00"])
async def test_unknown_transaction_is_not_found(api, name):
    for path in (f"{X}/{name}", f"{X}/{name}/meter-values"):
        answer = await api.http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_meter_values_are_exact_and_in_order_of_sampling(api):
    start = datetime.now(UTC) - HOUR
    ref = await api.starts("CP-1", token="A1", at=start, meter_wh=0)
    late = Sample(at=start + HOUR / 2, value=Decimal("0.1000000000000000055"), unit="Wh")
    early = Sample(
        at=start + HOUR / 4,
        measurand="SoC",
        value=None,
        unit="Percent",
        raw="n/a",
        phase="L1",
        context="Transaction.Begin",
        location="EV",
    )
    await api.samples("CP-1", ref, late)
    await api.samples("CP-1", ref, early)
    ((transaction),) = await api.items(X)

    answer = await api.http.get(f"{X}/{transaction['id']}/meter-values")

    assert b"0.1000000000000000055," in answer.content
    first, second = msgspec.json.decode(answer.content)["items"]
    assert second["measurand"] == "Energy.Active.Import.Register"
    assert first == {
        "sampled_at": first["sampled_at"],
        "received_at": first["sampled_at"],
        "measurand": "SoC",
        "value": None,
        "unit": "Percent",
        "phase": "L1",
        "context": "Transaction.Begin",
        "location": "EV",
        "raw": "n/a",
        "evse_id": 1,
    }


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
async def test_equal_meter_values_are_neither_lost_nor_repeated_between_pages(api, limit):
    start = datetime.now(UTC) - HOUR
    ref = await api.starts("CP-1", token="A1", at=start, meter_wh=0)
    same = Sample(at=start + HOUR / 4, measurand="Power.Active.Import", value=Decimal(7), unit="W")
    after = Sample(at=start + HOUR / 3, measurand="Power.Active.Import", value=Decimal(8), unit="W")
    await api.samples("CP-1", ref, same, same, same, after, same)
    ((transaction),) = await api.items(X)

    values = await api.items(f"{X}/{transaction['id']}/meter-values", limit=limit)

    assert [each["value"] for each in values] == [7, 7, 7, 7, 8]


async def test_sessions_are_the_last_ten_by_start_without_a_key(api):
    start = datetime.now(UTC) - 24 * HOUR
    for number in range(12):
        at = start + number * HOUR
        ref = await api.starts("CP-1", token=f"T{number}", at=at, meter_wh=0)
        if number < 11:
            await api.stops("CP-1", ref, at=at + HOUR / 2, meter_wh=700)

    answer = await api.anonymous.get("/sessions")

    sessions = answer.json()["sessions"]
    assert [each["token"] for each in sessions] == [f"T{n}" for n in range(11, 1, -1)]
    assert set(sessions[0]) == {
        "id",
        "station_id",
        "evse_id",
        "connector_id",
        "token",
        "started_at",
        "ended_at",
        "duration_s",
        "energy_wh",
        "stop_reason",
        "open",
        "power_w",
        "power_at",
        "power_derived",
        "soc_percent",
        "offered_w",
        "cost",
    }
    assert (sessions[0]["open"], sessions[1]["open"]) == (True, False)
    assert (sessions[1]["duration_s"], sessions[1]["energy_wh"]) == (1800, 700)


async def test_status_shows_every_station_of_a_large_fleet_once(api, monkeypatch):
    monkeypatch.setattr("voltaro.api.status._AT_ONCE", 2)
    names = [f"CP-{n}" for n in range(5)]
    assert (await api.anonymous.get("/status")).json() == {"stations": []}
    for count, name in enumerate(names, start=1):
        await api.station(name, security_profile=0)

        stations = (await api.anonymous.get("/status")).json()["stations"]

        assert [each["station_id"] for each in stations] == names[:count]


async def test_status_shows_every_station_without_a_key(api):
    await api.station("CP-1", security_profile=0)
    await api.station("CP-2", security_profile=0)
    live = api.connects("CP-1")
    await api.reports(
        "CP-1",
        ConnectorStatus.OCCUPIED,
        ChargingState.SUSPENDED_EV,
        where=Connector(1, 1),
        reported="SuspendedEV",
        error_code="NoError",
    )

    answer = await api.anonymous.get("/status")

    first, second = answer.json()["stations"]
    assert second == {
        "station_id": "CP-2",
        "online": False,
        "last_seen": None,
        "protocol": None,
        "status": None,
        "connectors": [],
    }
    assert (first["online"], first["protocol"]) == (True, "ocpp1.6")
    assert first["last_seen"] == live.last_seen_at.isoformat(timespec="milliseconds").replace(
        "+00:00", "Z"
    )
    (connector,) = first["connectors"]
    assert connector == {
        "evse_id": 1,
        "connector_id": 1,
        "status": "occupied",
        "charging_state": "suspended_ev",
        "reported": "SuspendedEV",
        "error_code": "NoError",
        "status_at": first["last_seen"],
    }
