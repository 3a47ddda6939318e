"""The snapshot that the console begins with, and the stream that goes on from it."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from tests.api.test_api_events import following
from voltaro.domain.availability import ChargingState, ConnectorStatus
from voltaro.domain.ids import Connector
from voltaro.domain.quantities import Sample
from voltaro.services.gauges import load_gauges

X = "/api/v1/fleet"
MINUTE = timedelta(minutes=1)


async def snapshot(api):
    answer = await api.http.get(X)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_empty_fleet_has_a_cursor_and_nothing_else(api):
    body = await snapshot(api)

    assert (body["stations"], body["sessions"]) == ([], [])
    assert body["cursor"]
    assert body["at"].endswith("Z")


async def test_station_that_charges_is_shown_with_its_connectors_and_its_session(api):
    await api.station("CP-1", security_profile=0, site="garage")
    await api.station("CP-2", security_profile=0, registration="pending", strict=True)
    live = api.connects("CP-1")
    api.presence.told_time(live, api.now + MINUTE, api.now)
    await api.boots("CP-1", firmware_version="1.2")
    await api.reports(
        "CP-1",
        ConnectorStatus.OCCUPIED,
        ChargingState.CHARGING,
        where=Connector(1, 1),
        reported="Charging",
    )
    ref = await api.starts("CP-1", token="A1", at=api.now, meter_wh=0)
    at = api.now + MINUTE
    await api.samples(
        "CP-1",
        ref,
        Sample(at=at, measurand="Power.Active.Import", value=Decimal(7360), unit="W"),
        Sample(at=at, measurand="SoC", value=Decimal("41.6"), unit="Percent", location="EV"),
        Sample(at=at, measurand="Power.Offered", value=Decimal(11000), unit="W"),
    )

    body = await snapshot(api)

    first, second = body["stations"]
    (connector,) = first.pop("connectors")
    assert (connector["status"], connector["charging_state"]) == ("occupied", "charging")
    assert first.pop("last_seen")
    assert first == {
        "station_id": "CP-1",
        "site": "garage",
        "vendor": "ACME",
        "model": "Wall",
        "firmware_version": "1.2",
        "registration": "accepted",
        "strict": False,
        "online": True,
        "connected_at": first["booted_at"],
        "disconnected_at": None,
        "booted_at": first["booted_at"],
        "protocol": "ocpp1.6",
        "clock_skew_s": 60.0,
        "status": None,
        "status_reported": None,
        "status_at": None,
        "error_code": None,
    }
    assert (second["registration"], second["strict"], second["online"]) == ("pending", True, False)
    assert (second["last_seen"], second["connected_at"], second["connectors"]) == (None, None, [])
    (session,) = body["sessions"]
    assert (session["station_id"], session["token"], session["open"]) == ("CP-1", "A1", True)
    assert (session["power_w"], session["power_derived"]) == (7360, False)
    assert (session["soc_percent"], session["offered_w"]) == (42, 11000)
    assert session["power_at"].endswith("Z")


async def test_fleet_of_more_than_one_chunk_is_complete_and_in_order(api, monkeypatch):
    monkeypatch.setattr("voltaro.api.fleet._AT_ONCE", 2)
    names = [f"CP-{number}" for number in range(1, 6)]
    for name in names:
        await api.station(name, security_profile=0)
        await api.starts(name, token=name, at=api.now, meter_wh=0)

    five = await snapshot(api)
    await api.http.delete("/api/v1/stations/CP-5")
    four = await snapshot(api)

    assert [each["station_id"] for each in five["stations"]] == names
    assert [each["station_id"] for each in five["sessions"]] == names
    assert [each["station_id"] for each in four["stations"]] == names[:4]


async def test_fleet_is_compressed_for_whom_takes_that(api):
    for number in range(30):
        await api.station(f"CP-{number}")

    packed = await api.http.get(X, headers={"Accept-Encoding": "gzip"})
    plain = await api.http.get(X, headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json()["stations"] == plain.json()["stations"]
    assert packed.num_bytes_downloaded < len(plain.content) / 4


async def test_every_field_of_a_session_comes_by_the_stream_as_well(api):
    await api.station("CP-1", security_profile=0)
    body = await snapshot(api)
    async with following(api, after=body["cursor"]) as stream:
        await api.starts("CP-1", token="A1", at=api.now, meter_wh=0)
        told = await stream.until(lambda s: s["open"], "sessions")

    (session,) = (await snapshot(api))["sessions"]
    assert told == session | {"duration_s": told["duration_s"]}


async def test_every_field_of_a_station_comes_by_the_stream_when_it_changes(api):
    cursor = (await snapshot(api))["cursor"]
    seen = {}
    async with following(api, after=cursor) as stream:
        await api.station("CP-1", security_profile=0, site="garage", strict=True)
        live = api.connects("CP-1")
        api.presence.told_time(live, api.now + MINUTE, api.now)
        await api.boots("CP-1", firmware_version="1.2")
        await api.reports("CP-1", ConnectorStatus.FAULTED, reported="Faulted", error_code="X")
        await api.reports(
            "CP-1", ConnectorStatus.AVAILABLE, where=Connector(1, 1), reported="Available"
        )
        await api.settled()
        shown = (await snapshot(api))["stations"][0]
        while seen.keys() < shown.keys() or seen["connectors"] != shown["connectors"]:
            seen |= await stream.until(lambda s: s["station_id"] == "CP-1", "stations")

    assert {name: seen[name] for name in shown} == shown


async def test_deleted_station_is_told_to_be_gone(api):
    await api.station("CP-1", security_profile=0)
    async with following(api, after=(await snapshot(api))["cursor"]) as stream:
        await api.http.delete("/api/v1/stations/CP-1")

        gone = await stream.until(lambda s: s.get("deleted"), "stations")

    assert gone == {"station_id": "CP-1", "deleted": True}


async def test_station_that_has_just_gone_shows_since_when(api):
    await api.station("CP-1", security_profile=0)
    live = api.connects("CP-1")
    async with following(api, after=(await snapshot(api))["cursor"]) as stream:
        at = api.now + MINUTE
        api.presence.seen(live, at)
        assert (await stream.until(lambda s: "last_seen" in s, "stations"))["last_seen"]
        api.presence.closed(live, at)
        told = await stream.until(lambda s: s.get("online") is False, "stations")
        shown = (await snapshot(api))["stations"][0]

    assert shown["disconnected_at"] == told["disconnected_at"]
    assert shown["last_seen"] == told["last_seen"]


async def test_ended_session_has_no_power_and_leaves_the_fleet(api):
    ref = await api.starts("CP-1", token="A1", at=api.now, meter_wh=0)
    reading = Sample(
        at=api.now + MINUTE, measurand="Power.Active.Import", value=Decimal(7000), unit="W"
    )
    await api.samples("CP-1", ref, reading)
    assert (await snapshot(api))["sessions"][0]["power_w"] == 7000

    await api.stops("CP-1", ref, at=api.now + 2 * MINUTE, meter_wh=100)

    assert (await snapshot(api))["sessions"] == []
    (ended,) = await api.items("/api/v1/transactions")
    assert (ended["power_w"], ended["power_at"], ended["power_derived"]) == (None, None, False)
    assert len(api.gauges) == 0


async def test_station_main_meter_does_not_count_as_a_session(api):
    ref = await api.starts("CP-1", token="A1", at=api.now, meter_wh=0)
    main = Sample(at=api.now, measurand="Power.Active.Import", value=Decimal(70000), unit="W")

    await api.samples("CP-1", ref, main, evse=None)

    assert (await snapshot(api))["sessions"][0]["power_w"] is None


async def test_gauges_are_there_again_after_a_restart(api):
    """The power of open sessions does not vanish from the screen when the server is updated."""
    measured = await api.starts("CP-1", token="A1", at=api.now, meter_wh=0)
    derived = await api.starts("CP-2", token="A2", at=api.now, meter_wh=0)
    silent = await api.starts("CP-3", token="A3", at=api.now, meter_wh=None)
    ended = await api.starts("CP-4", token="A4", at=api.now, meter_wh=0)
    assert silent
    at = api.now
    for minute in range(1, 40):
        at = api.now + minute * MINUTE
        power = Decimal(3000 + minute)
        await api.samples(
            "CP-1",
            measured,
            Sample(at=at, value=50 * Decimal(minute), unit="Wh"),
            Sample(at=at, measurand="Power.Active.Import", value=power, unit="W"),
        )
        await api.samples("CP-2", derived, Sample(at=at, value=Decimal(100 * minute), unit="Wh"))
    await api.stops("CP-4", ended, at=at, meter_wh=100)
    before = (await snapshot(api))["sessions"]

    again = await load_gauges(api.database.engine)

    assert len(again) == len(api.gauges) == 3
    assert [each["power_w"] for each in before] == [3039, 6000, None]
    for session in before:
        shown, loaded = (each.get(UUID(session["id"])) for each in (api.gauges, again))
        assert (loaded.power_w, loaded.power_at) == (shown.power_w, shown.power_at)
        assert loaded.power_derived == shown.power_derived


async def test_readers_do_not_wait_for_each_other(api):
    await api.station("CP-1", security_profile=0)

    answers = await asyncio.gather(*(snapshot(api) for _ in range(5)))

    assert all(each["stations"] for each in answers)
