"""Block I of 2.0.1 and 2.1, Advanced User Interface: the driver is told what charging costs."""

import asyncpg
import pytest

from tests.edge.certification.transaction_events import EVSE, Charging, token
from tests.edge.conftest import V21, V201, at
from voltaro.domain.variables import Variable

pytestmark = pytest.mark.asyncio(loop_scope="module")

TARIFF = {"currency": "EUR", "price_per_kwh": "0.40", "start_fee": "1", "tax_percent": "25"}


async def priced(server, version, **terms):
    """A connected station with a tariff of its own, and a token."""
    station = await server.connects(version=version)
    name = f"of-{station.id}"
    made = await server.http.put(f"/api/v1/tariffs/{name}", json=TARIFF | terms)
    assert made.status_code == 201, made.text
    put = await server.http.put(f"/api/v1/stations/{station.id}/tariff", json={"tariff": name})
    assert put.status_code == 200, put.text
    return station, await server.token()


async def charges(station, tag):
    charging = Charging(station)
    about = {"evse": EVSE, "idToken": token(tag), "wh": 1000, "context": "Transaction.Begin"}
    answer = await charging.tells("Started", "Authorized", "Charging", **about)
    assert "totalCost" not in answer
    return charging


@pytest.mark.parametrize("version", [V201, V21])
async def test_every_reading_is_answered_with_the_cost_so_far(server, version):
    """TC_I_01."""
    station, tag = await priced(server, version)
    charging = await charges(station, tag)

    answers = [
        await charging.tells("Updated", "MeterValuePeriodic", wh=wh) for wh in (2000, 3000, 4000)
    ]

    assert answers == [{"totalCost": 1.75}, {"totalCost": 2.25}, {"totalCost": 2.75}]
    (row,) = await server.journal(station.id, lambda rows: len(rows) == 1, text="4000")
    assert '"totalCost":2.75' in row["reply"]


@pytest.mark.parametrize("version", [V201, V21])
async def test_the_end_is_answered_with_what_it_cost_in_all(server, version):
    """TC_I_02."""
    station, tag = await priced(server, version)
    charging = await charges(station, tag)

    answer = await charging.tells(
        "Ended",
        "EVCommunicationLost",
        "Idle",
        wh=6000,
        context="Transaction.End",
        info={"stoppedReason": "EVDisconnected"},
    )

    assert answer == {"totalCost": 3.75}
    shown = await server.transaction(station.id)
    assert shown["cost"] == {
        "currency": "EUR",
        "total_minor": 375,
        "lines": [
            {
                "kind": "energy",
                "price": "0.40",
                "energy_wh": 5000,
                "duration_s": None,
                "amount_minor": 200,
            },
            {
                "kind": "start",
                "price": "1",
                "energy_wh": None,
                "duration_s": None,
                "amount_minor": 100,
            },
            {
                "kind": "tax",
                "price": "25",
                "energy_wh": None,
                "duration_s": None,
                "amount_minor": 75,
            },
        ],
    }


async def test_free_of_charge_is_said_and_unknown_is_not(server):
    """I03.FR.04."""
    free, tag = await priced(server, V201, price_per_kwh="0", start_fee="0", tax_percent="0")
    unknown = await server.connects(version=V201)

    ends = [
        await (await charges(station, who)).tells("Ended", "StopAuthorized", wh=2000)
        for station, who in ((free, tag), (unknown, await server.token()))
    ]

    assert ends == [{"totalCost": 0.0}, {}]
    (row,) = await server.journal(free.id, lambda rows: len(rows) == 1, text="Ended")
    assert '"totalCost":0.00' in row["reply"]
    assert (await server.transaction(free.id))["cost"]["total_minor"] == 0
    assert (await server.transaction(unknown.id))["cost"] is None


@pytest.mark.parametrize("name", ["Available", "Enabled"])
async def test_a_station_that_cannot_show_costs_is_told_at_the_end_only(
    server, module_database_url, name
):
    station, tag = await priced(server, V201)
    variable = Variable(component="TariffCostCtrlr", name=name, instance="Cost")
    database = await asyncpg.connect(module_database_url)
    await database.execute(
        """
        INSERT INTO station_variables (station_id, identity, component, name, instance, key, value)
        VALUES ($1, $2, $3, $4, $5, 'x', 'False')
        """,
        station.id,
        variable.identity,
        variable.component,
        variable.name,
        variable.instance,
    )
    await database.close()

    charging = await charges(station, tag)
    during = await charging.tells("Updated", "MeterValuePeriodic", wh=2000)
    end = await charging.tells("Ended", "StopAuthorized", wh=2000)

    assert (during, end) == ({}, {"totalCost": 1.75})


async def test_a_session_keeps_the_prices_that_it_began_with(server):
    station, tag = await priced(server, V201)
    charging = await charges(station, tag)

    name = f"of-{station.id}"
    changed = await server.http.put(f"/api/v1/tariffs/{name}", json=TARIFF | {"start_fee": "99"})
    assert changed.status_code == 200
    await server.http.delete(f"/api/v1/stations/{station.id}/tariff")

    assert await charging.tells("Updated", "MeterValuePeriodic", wh=2000) == {"totalCost": 1.75}
    assert await charging.tells("Ended", "StopAuthorized", wh=2000) == {"totalCost": 1.75}
    later = Charging(station, "tx-later")
    await later.tells("Started", "Authorized", "Charging", evse=EVSE, idToken=token(tag))
    assert await later.tells("Ended", "StopAuthorized") == {}


async def test_a_late_reading_of_a_session_that_ended_moves_what_it_cost(server):
    station, tag = await priced(server, V201)
    charging = await charges(station, tag)
    await charging.tells("Ended", "StopAuthorized")
    assert (await server.transaction(station.id))["cost"]["total_minor"] == 125

    charging.seconds = 30
    await charging.tells("Updated", "MeterValuePeriodic", wh=2000, offline=True)

    assert (await server.transaction(station.id))["cost"]["total_minor"] == 175


async def test_sessions_of_1_6_are_priced_as_well(server):
    station = await server.connects()
    await server.http.put("/api/v1/tariffs/of-1.6", json=TARIFF | {"price_per_minute": "0.6"})
    await server.http.put(f"/api/v1/stations/{station.id}", json={"site": "old garage"})
    put = await server.http.put("/api/v1/sites/old garage/tariff", json={"tariff": "of-1.6"})
    assert put.json() == {"tariff": "of-1.6"}
    tag = await server.token()

    start = {"connectorId": 1, "idTag": tag, "meterStart": 0, "timestamp": at()}
    ref = (await station.call("StartTransaction", start))["transactionId"]
    running = (await server.transaction(station.id))["cost"]
    stop = {"transactionId": ref, "meterStop": 1000, "timestamp": at(90)}
    await station.call("StopTransaction", stop)

    assert [line["kind"] for line in running["lines"]] == ["energy", "time", "start", "tax"]
    ended = (await server.transaction(station.id))["cost"]
    # 40 for energy, 90 for a minute and a half, 100 to begin, and a quarter of it.
    assert ended["total_minor"] == 40 + 90 + 100 + 58


async def test_what_is_measured_after_an_operator_closed_a_session_is_charged_for(server):
    station, tag = await priced(server, "ocpp1.6")
    start = {"connectorId": 1, "idTag": tag, "meterStart": 0, "timestamp": at()}
    ref = (await station.call("StartTransaction", start))["transactionId"]
    shown = await server.transaction(station.id)
    body = {"reason": "stuck", "ended_at": at(60)}
    closed = await server.http.post(f"/api/v1/transactions/{shown['id']}/close", json=body)

    values = [{"timestamp": at(90), "sampledValue": [{"value": "2000"}]}]
    late = {"connectorId": 1, "transactionId": ref, "meterValue": values}
    await station.call("MeterValues", late)

    assert closed.json()["cost"]["total_minor"] == 125
    after = await server.transaction(station.id)
    assert (after["energy_wh"], after["cost"]["total_minor"]) == (2000, 225)


async def test_a_session_that_is_known_from_its_readings_alone_is_priced(server):
    station, _ = await priced(server, "ocpp1.6")
    values = [{"timestamp": at(), "sampledValue": [{"value": "2000"}]}]

    body = {"connectorId": 1, "transactionId": 4711, "meterValue": values}
    await station.call("MeterValues", body)

    assert (await server.transaction(station.id))["cost"]["total_minor"] == 125
