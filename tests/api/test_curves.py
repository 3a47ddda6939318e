"""The course of a session as a chart shows it, and sessions of a span of time."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from tests.api.test_api_problems import problem
from voltaro.domain.quantities import Sample

X = "/api/v1/transactions"
START = datetime(2026, 5, 1, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def curve(api, station_id="CP-1"):
    (transaction,) = await api.items(X, station_id=station_id)
    answer = await api.http.get(f"{X}/{transaction['id']}/curve")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["transaction_id"] == transaction["id"]
    return body


async def test_curve_of_an_ended_session_has_its_points_and_what_happened(api):
    await api.http.put("/api/v1/tokens/A1")
    ref = await api.starts("CP-1", token="A1", at=START, meter_wh=1000)
    at = START + MINUTE
    await api.samples(
        "CP-1",
        ref,
        Sample(at=at, value=Decimal(1100), unit="Wh"),
        Sample(at=at, measurand="Power.Active.Import", value=Decimal(6000), unit="W"),
        Sample(at=at, measurand="SoC", value=Decimal("40.5"), unit="Percent"),
        Sample(at=at, measurand="Power.Offered", value=Decimal(11000), unit="W"),
        Sample(at=at, measurand="Current.Import", value=Decimal("8.7"), unit="A"),
        Sample(at=at, measurand="Voltage", value=Decimal(230), unit="V"),
    )
    await api.stops("CP-1", ref, at=START + 2 * MINUTE, meter_wh=1200, reason="EVDisconnected")

    body = await curve(api)

    assert body["points"] == [
        {
            "at": "2026-05-01T10:01:00.000Z",
            "power_w": 6000,
            "energy_wh": 100,
            "soc_percent": 40.5,
            "offered_w": 11000,
            "current_a": 8.7,
            "voltage_v": 230,
        }
    ]
    assert body["derived"] is False
    events = [(each["at"][11:19], each["kind"], each["text"]) for each in body["events"]]
    assert events == [
        ("10:00:00", "started", None),
        ("10:00:00", "authorised", "accepted"),
        ("10:02:00", "ended", "EVDisconnected"),
    ]
    assert body["events"][-1]["facts"] == {
        "reason": "EVDisconnected",
        "energy_wh": 200,
        "flags": [],
    }


async def test_session_without_meter_values_has_a_curve_without_points(api):
    await api.starts("CP-1", token=None, at=START, meter_wh=None)

    body = await curve(api)

    assert (body["points"], body["derived"]) == ([], False)
    assert [each["kind"] for each in body["events"]] == ["started"]


async def test_long_session_is_thinned_evenly_and_keeps_both_ends(api, monkeypatch):
    monkeypatch.setattr("voltaro.api.curves._INSTANTS", 20)
    ref = await api.starts("CP-1", token=None, at=START, meter_wh=0)
    minutes = range(1, 101)
    await api.samples(
        "CP-1",
        ref,
        *(Sample(at=START + n * MINUTE, value=Decimal(100 * n), unit="Wh") for n in minutes),
    )

    points = (await curve(api))["points"]

    assert 18 <= len(points) <= 20
    at = [datetime.fromisoformat(point["at"]) for point in points]
    assert (at[0], at[-1]) == (START + MINUTE, START + 100 * MINUTE)
    gaps = [b - a for a, b in itertools.pairwise(at[:-1])]
    assert max(gaps) <= 7 * MINUTE
    assert {point["power_w"] for point in points} == {6000}


async def test_main_meter_is_not_part_of_the_curve(api):
    ref = await api.starts("CP-1", token=None, at=START, meter_wh=0)
    main = Sample(at=START, measurand="Power.Active.Import", value=Decimal(70000), unit="W")
    await api.samples("CP-1", ref, main, evse=None)

    assert (await curve(api))["points"] == []


async def test_there_is_no_curve_of_what_never_was(api):
    for name in (uuid4(), "x"):
        problem(await api.http.get(f"{X}/{name}/curve"), 404, "not_found")


async def test_sessions_of_a_span_of_time(api):
    for number in range(4):
        at = START + number * MINUTE
        await api.starts(f"CP-{number}", token=None, at=at, meter_wh=0)

    async def found(**query):
        return [each["station_id"] for each in await api.items(X, **query)]

    assert await found(since="2026-05-01T10:01:00Z") == ["CP-3", "CP-2", "CP-1"]
    assert await found(until="2026-05-01T10:01:00Z") == ["CP-0"]
    assert await found(since="2026-05-01T12:01:00+02:00", until="2026-05-01T10:03:00Z") == [
        "CP-2",
        "CP-1",
    ]
    problem(await api.http.get(X, params={"since": "yesterday"}), 422, "invalid")
