"""The course of a session as a real OCPP 1.6 station tells it: phases, kWh, kW and profiles."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.edge.conftest import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


def sampled(measurand, value, unit, phase=None):
    one = {"measurand": measurand, "value": value, "unit": unit}
    return one | ({"phase": phase} if phase else {})


def three(measurand, values, unit, names=("L1", "L2", "L3")):
    return [
        sampled(measurand, value, unit, name) for value, name in zip(values, names, strict=True)
    ]


NEUTRAL = ("L1-N", "L2-N", "L3-N")


def wire(at):
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def charging(operator):
    """A station in a transaction: where it is, its number on the wire, and when it began."""
    station = await operator.answering()
    began = datetime.now(UTC) - timedelta(minutes=10)
    token = await operator.server.token()
    started = await station.call(
        "StartTransaction",
        {"connectorId": 1, "idTag": token, "meterStart": 1000, "timestamp": wire(began)},
    )
    return station, started["transactionId"], began


async def told(station, number, at, *values):
    meter_value = [{"timestamp": wire(at), "sampledValue": list(values)}]
    body = {"connectorId": 1, "transactionId": number, "meterValue": meter_value}
    await station.call("MeterValues", body)


async def curve(operator, station):
    row = await operator.server.transaction(station.id)
    return await operator.server.get(f"/api/v1/transactions/{row['id']}/curve")


async def test_phases_are_summed_and_units_are_made_the_same(operator):
    station, number, began = await charging(operator)
    at = began + timedelta(minutes=1)

    await told(
        station,
        number,
        at,
        sampled("Energy.Active.Import.Register", "1.115", "kWh"),
        *three("Power.Active.Import", ("2.3", "2.31", "2.29"), "kW"),
        *three("Current.Import", ("10.0", "10.1", "9.9"), "A"),
        *three("Voltage", ("230", "231", "229"), "V", NEUTRAL),
        sampled("Current.Offered", "16", "A"),
        sampled("SoC", "41", "Percent"),
    )

    body = await curve(operator, station)
    (point,) = body["points"]
    assert point == {
        "at": wire(at),
        "power_w": 6900,
        "energy_wh": 115,
        "soc_percent": 41,
        "offered_w": 11040,
        "current_a": 10.1,
        "voltage_v": 230,
    }
    assert body["derived"] is False
    row = await operator.server.transaction(station.id)
    shown = (row["power_w"], row["power_at"], row["soc_percent"], row["offered_w"])
    assert shown == (6900, wire(at), 41, 11040)


async def test_station_that_only_counts_energy_has_a_derived_power(operator):
    station, number, began = await charging(operator)
    for minute, kwh in ((1, "1.1"), (2, "1.25")):
        at = began + timedelta(minutes=minute)
        await told(station, number, at, sampled("Energy.Active.Import.Register", kwh, "kWh"))

    body = await curve(operator, station)

    assert [(p["power_w"], p["energy_wh"]) for p in body["points"]] == [(6000, 100), (9000, 250)]
    assert body["derived"] is True
    row = await operator.server.transaction(station.id)
    assert (row["power_w"], row["power_derived"]) == (9000, True)


async def test_profiles_that_the_station_took_are_on_the_time_axis(operator):
    station, number, _ = await charging(operator)
    schedule = {"rate_unit": "A", "periods": [{"start_s": 0, "limit": 10}]}
    profile = {"purpose": "tx_default", "kind": "relative", "schedules": [schedule]}
    answers = iter(["Rejected", "Accepted", "Accepted"])
    station.on["SetChargingProfile"] = lambda _: {"status": next(answers)}
    for evse_id in (1, 1, 2):
        await operator.asks(
            station.id, "set_charging_profile", wait=10, evse_id=evse_id, profile=profile
        )
    station.on["ClearChargingProfile"] = {"status": "Accepted"}
    await operator.asks(station.id, "clear_charging_profile", wait=10)
    end = {"transactionId": number, "meterStop": 1500, "timestamp": wire(datetime.now(UTC))}
    await station.call("StopTransaction", end | {"reason": "EVDisconnected"})

    body = await eventually(
        lambda: curve(operator, station), lambda body: body["events"][-1]["kind"] == "ended"
    )

    assert [(each["kind"], each["text"]) for each in body["events"]] == [
        ("started", None),
        ("authorised", "accepted"),
        ("profile_set", "10 A"),
        ("profile_cleared", None),
        ("ended", "EVDisconnected"),
    ]
