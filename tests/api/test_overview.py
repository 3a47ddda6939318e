"""What the first page shows: power, energy, starts, and what needs somebody."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from tests.api.conftest import pause
from tests.api.test_api_problems import problem
from voltaro.api.bodies import moment
from voltaro.domain.availability import ConnectorStatus
from voltaro.domain.ids import Connector
from voltaro.domain.overview import floored
from voltaro.domain.quantities import Sample
from voltaro.services import fleet_power
from voltaro.services.fleet_power import record_power, recording_power

X = "/api/v1/overview"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


async def overview(api, **query):
    answer = await api.http.get(X, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def charges(api, station_id, power_w):
    await api.station(station_id, security_profile=0)
    live = api.connects(station_id)
    ref = await api.starts(station_id, token=None, at=api.now, meter_wh=0)
    sample = Sample(at=api.now, measurand="Power.Active.Import", value=Decimal(power_w), unit="W")
    await api.samples(station_id, ref, sample)
    return live


async def test_power_is_that_of_all_stations_that_are_online(api):
    assert (await overview(api))["power_w"] == 0
    await charges(api, "CP-1", 7000)
    live = await charges(api, "CP-2", 4000)
    assert (await overview(api))["power_w"] == 11000

    api.presence.closed(live, api.now)

    assert (await overview(api))["power_w"] == 7000


async def test_recorded_power_is_shown_for_today_and_yesterday_with_its_gaps(api):
    await charges(api, "CP-1", 7000)
    now = datetime.now(UTC)
    for at in (now, now - 2 * HOUR, now - DAY, now - 3 * DAY):
        await record_power(api.database.engine, api.gauges, api.presence, at)

    body = await overview(api)

    for name, known in (("power", (now, now - 2 * HOUR)), ("power_yesterday", (now - DAY,))):
        series = body[name]
        assert len(series) == 288
        assert {each["at"]: each["power_w"] for each in series if each["power_w"]} == {
            moment(floored(at, 5 * MINUTE)): 7000 for at in known
        }
        times = [datetime.fromisoformat(each["at"]) for each in series]
        assert {b - a for a, b in itertools.pairwise(times)} == {5 * MINUTE}
    last, yesterday = body["power"][-1], body["power_yesterday"][-1]
    at = datetime.fromisoformat(last["at"])
    assert at <= datetime.fromisoformat(body["at"]) < at + 5 * MINUTE
    assert at - datetime.fromisoformat(yesterday["at"]) == DAY


async def test_power_is_recorded_at_every_full_minute_by_the_running_server(api, monkeypatch):
    waited = []

    def soon(now):
        waited.append(waits(now))
        return 0.01

    waits = fleet_power._until_next_minute_s
    monkeypatch.setattr(fleet_power, "_until_next_minute_s", soon)
    await charges(api, "CP-1", 7000)

    async with recording_power(api.database.engine, api.gauges, api.presence):
        async with asyncio.timeout(10):
            while not any(each["power_w"] for each in (await overview(api))["power"]):
                await pause()

    assert all(0 < seconds <= 60 for seconds in waited)
    assert waits(datetime(2026, 5, 1, 12, 7, 59, 500_000, tzinfo=UTC)) == 0.5


async def test_power_of_more_than_a_year_ago_is_forgotten(api):
    now = datetime.now(UTC)
    for at in (now - 401 * DAY, now - 399 * DAY, now, now):
        await record_power(api.database.engine, api.gauges, api.presence, at)

    async with api.database.engine.connect() as connection:
        rows = (await connection.execute(text("SELECT at FROM fleet_power ORDER BY at"))).scalars()

    assert [(now - at).days for at in rows] == [399, 0]


async def test_energy_is_counted_on_the_day_a_session_began_in_that_place(api):
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [today, today - 2 * HOUR, today - 6 * DAY, today - 7 * DAY]
    for number, at in enumerate(starts):
        ref = await api.starts(f"CP-{number}", token=None, at=at, meter_wh=0)
        await api.stops(f"CP-{number}", ref, at=at, meter_wh=10**number)

    days = (await overview(api))["energy_days"]
    # Whatever the hour, a session of the last two hours of a day is one of the next day there.
    ahead = (await overview(api, time_zone="Etc/GMT-2"))["energy_days"]

    assert [each["day"] for each in days] == [
        (today - n * DAY).date().isoformat() for n in range(6, -1, -1)
    ]
    assert [(each["energy_wh"], each["sessions"]) for each in days] == [
        (100, 1),
        (0, 0),
        (0, 0),
        (0, 0),
        (0, 0),
        (10, 1),
        (1, 1),
    ]
    by_day = {each["day"]: each["energy_wh"] for each in ahead}
    assert by_day[today.date().isoformat()] == 11


async def test_starts_and_refused_tokens_of_the_last_day_are_counted(api):
    await api.http.put("/api/v1/tokens/GOOD")
    now = datetime.now(UTC)
    await api.starts("CP-1", token="GOOD", at=now, meter_wh=0)
    await api.starts("CP-2", token=None, at=now, meter_wh=0)
    await api.starts("CP-3", token="GOOD", at=now - 25 * HOUR, meter_wh=0)
    for _ in range(3):
        await api.presents("CP-1", "BAD")
    await api.presents("CP-2", "BAD")

    assert (await overview(api))["starts"] == {"accepted": 2, "refused": 2}


async def test_use_is_the_share_of_connectors_in_a_session(api):
    assert (await overview(api))["utilisation"] is None
    await charges(api, "CP-1", 7000)
    for connector in (1, 2):
        await api.reports(
            "CP-1",
            ConnectorStatus.AVAILABLE,
            where=Connector(connector, 1),
            reported="Available",
        )
    now = datetime.now(UTC)
    await record_power(api.database.engine, api.gauges, api.presence, now)

    week = (await overview(api))["utilisation"]

    assert week[now.weekday()][now.hour] == 0.5
    assert sum(share is not None for day in week for share in day) == 1


async def test_what_needs_somebody_is_counted(api):
    await api.station("CP-1", security_profile=0)
    await api.reports("CP-1", ConnectorStatus.FAULTED, reported="Faulted")

    assert (await overview(api))["attention"] == {"high": 1, "medium": 0, "low": 0}


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "x" * 300])
async def test_zone_that_does_not_exist_is_refused(api, zone):
    answer = await api.http.get(X, params={"time_zone": zone})

    problem(answer, 422, "invalid")


async def test_several_can_ask_at_once(api):
    answers = await asyncio.gather(*(overview(api) for _ in range(5)))

    assert {answer["power_w"] for answer in answers} == {0}
