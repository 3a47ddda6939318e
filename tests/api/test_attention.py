"""The worklist: what an operator should look at, and that it goes away when it is well again."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import insert

from voltaro.domain.availability import ChargingState, ConnectorStatus
from voltaro.domain.deviations import DeviationSeen
from voltaro.domain.ids import Connector
from voltaro.domain.quantities import Sample
from voltaro.store.models import StationCertificate

X = "/api/v1/attention"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


async def items(api):
    await api.settled()
    answer = await api.http.get(X)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def kinds(api):
    return [(each["kind"], each["station_id"]) for each in await items(api)]


async def test_nothing_needs_somebody_at_first(api):
    assert await items(api) == []


async def test_station_that_is_away_is_listed_until_it_is_back(api):
    await api.station("CP-1", security_profile=0)
    await api.station("NEVER", security_profile=0)
    api.now -= 10 * MINUTE
    live = api.connects("CP-1")
    api.presence.closed(live, api.now)
    (item,) = await items(api)
    assert item == {
        "id": "offline:CP-1",
        "kind": "offline",
        "severity": "medium",
        "station_id": "CP-1",
        "transaction_id": None,
        "since": item["facts"]["last_seen"],
        "facts": {"last_seen": item["since"]},
    }
    assert datetime.fromisoformat(item["since"]) - api.now < MINUTE

    api.now += 10 * MINUTE
    api.connects("CP-1")

    assert await items(api) == []


async def test_faults_of_stations_and_connectors_are_listed_until_they_are_over(api):
    await api.station("CP-1", security_profile=0)
    await api.reports("CP-1", ConnectorStatus.FAULTED, reported="Faulted", error_code="Other")
    await api.reports(
        "CP-1",
        ConnectorStatus.FAULTED,
        where=Connector(2, 1),
        reported="Faulted",
        error_code="GroundFailure",
    )

    found = {each["id"]: each for each in await items(api)}

    assert found.keys() == {"faulted:CP-1", "faulted:CP-1:2:1"}
    assert {each["severity"] for each in found.values()} == {"high"}
    assert found["faulted:CP-1:2:1"]["facts"] == {
        "evse_id": 2,
        "connector_id": 1,
        "error_code": "GroundFailure",
        "info": None,
        "vendor_error_code": None,
    }
    api.now += MINUTE
    await api.reports(
        "CP-1", ConnectorStatus.AVAILABLE, where=Connector(2, 1), reported="Available"
    )
    assert [each["id"] for each in await items(api)] == ["faulted:CP-1"]


async def test_refused_connection_is_listed_until_the_station_gets_in(api):
    await api.refused("CP-1", minutes_ago=5, reason="wrong_password")
    await api.refused("CP-1", minutes_ago=3, reason="wrong_password")
    await api.refused("OLD", minutes_ago=25 * 60, reason="unknown_station")
    await api.refused("CP-2", minutes_ago=3, reason="database_away")
    (item,) = await items(api)
    assert (item["kind"], item["station_id"]) == ("refused_connection", "CP-1")
    facts = item["facts"]
    assert (facts["reason"], facts["remote_host"], facts["count"]) == (
        "wrong_password",
        "192.0.2.9",
        2,
    )
    assert item["since"] < facts["last_at"]

    await api.station("CP-1", security_profile=0)
    api.connects("CP-1")

    assert await items(api) == []


async def test_session_of_a_station_that_is_away_is_stuck_until_it_ends(api):
    await api.station("CP-1", security_profile=0)
    now, api.now = api.now, api.now - 3 * HOUR
    ref = await api.starts("CP-1", token=None, at=api.now, meter_wh=0)
    api.now += HOUR
    api.presence.closed(api.connects("CP-1"), api.now)
    found = {each["kind"]: each for each in await items(api)}
    assert found.keys() == {"offline", "stuck_session"}
    stuck = found["stuck_session"]
    (transaction,) = await api.items("/api/v1/transactions")
    assert stuck["transaction_id"] == transaction["id"]
    assert stuck["facts"]["reason"] == "station_away"

    api.now = now
    api.connects("CP-1")
    assert [each["facts"].get("reason") for each in await items(api)] == ["no_reading"]

    await api.stops("CP-1", ref, at=now, meter_wh=10)
    assert await items(api) == []


async def test_session_is_paused_for_as_long_as_its_connector_says_so(api):
    """In 1.6 only the connector tells that no energy flows."""
    await api.station("CP-1", security_profile=0)
    now, api.now = api.now, api.now - 5 * HOUR
    ref = await api.starts("CP-1", token=None, at=api.now, meter_wh=0)
    await api.reports(
        "CP-1",
        ConnectorStatus.OCCUPIED,
        ChargingState.SUSPENDED_EV,
        where=Connector(1, 1),
        reported="SuspendedEV",
    )
    api.now = now
    api.connects("CP-1")
    await api.samples("CP-1", ref, Sample(at=now, value=Decimal(700), unit="Wh"))

    (item,) = await items(api)

    assert (item["kind"], item["severity"]) == ("paused_session", "low")
    assert item["facts"]["energy_wh"] == 700
    await api.reports(
        "CP-1",
        ConnectorStatus.OCCUPIED,
        ChargingState.CHARGING,
        where=Connector(1, 1),
        reported="Charging",
    )
    assert await items(api) == []


async def test_wrong_clock_is_listed_until_it_is_right(api):
    await api.station("CP-1", security_profile=0)
    live = api.connects("CP-1")
    for _ in range(10):
        api.presence.told_time(live, api.now - HOUR, api.now)
    (item,) = await items(api)
    assert (item["kind"], item["facts"]) == ("clock", {"clock_skew_s": -3600.0})


async def test_new_kinds_of_deviations_are_listed_once_for_a_station(api):
    await api.station("CP-1", security_profile=0)
    now = datetime.now(UTC)

    async def deviates(kind, action, at):
        change = DeviationSeen(
            station_id="CP-1", kind=kind, action=action, pointer="/x", at=at, frame="[]"
        )
        await api.database.writer.commit((change,))

    await deviates("known", "Heartbeat", now - 3 * DAY)
    await deviates("known", "BootNotification", now)
    assert await items(api) == []

    for kind in ("zone", "number"):
        await deviates(kind, "Heartbeat", now - HOUR)
        await deviates(kind, "BootNotification", now)

    (item,) = await items(api)
    assert (item["kind"], item["severity"]) == ("deviations", "low")
    assert item["facts"] == {"kinds": ["number", "zone"]}


async def test_station_that_waits_to_be_accepted_is_listed_once_it_connected(api):
    await api.station("CP-1", security_profile=0, registration="pending")
    assert await items(api) == []
    api.connects("CP-1")
    assert await kinds(api) == [("pending_registration", "CP-1")]

    await api.station("CP-1", registration="accepted")

    assert await items(api) == []


async def test_warnings_of_the_server_are_listed(api):
    api.warnings.append("the disk is getting full")

    (item,) = await items(api)

    assert (item["id"], item["severity"], item["station_id"]) == (
        "system:the disk is getting full",
        "high",
        None,
    )
    assert item["facts"] == {"warning": "the disk is getting full"}


async def has_certificate(api, station_id, days, state="delivered"):
    row = {
        "id": uuid4(),
        "station_id": station_id,
        "purpose": "ChargingStationCertificate",
        "csr": "PEM",
        "state": state,
        "serial_number": f"{days:x}",
        "not_after": api.now + days * DAY,
        "sha256": uuid4().hex,
        "requested_at": api.now,
    }
    async with api.database.engine.begin() as connection:
        await connection.execute(insert(StationCertificate).values(**row))


async def test_a_certificate_that_runs_out_is_listed_until_another_one_is_there(api):
    await api.station("CP-1", security_profile=0)
    await api.station("CP-2", security_profile=0)
    await has_certificate(api, "CP-1", 20)
    await has_certificate(api, "CP-2", 300)
    await has_certificate(api, "CP-1", 365, state="rejected")

    (item,) = await items(api)

    assert (item["id"], item["kind"]) == ("certificate:CP-1", "certificate")
    assert item["facts"]["serial_number"] == "14"
    await has_certificate(api, "CP-1", 365)
    assert await items(api) == []
