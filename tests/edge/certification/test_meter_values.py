"""Block J of 2.0.1 and 2.1, Core: meter values, alone and with transaction events."""

import json

import pytest

from tests.edge.certification.transaction_events import EVSE, Charging, reading, token
from tests.edge.conftest import V21, V201, at

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERSIONS = pytest.mark.parametrize("version", [V201, V21])

SIGNED = {
    "signedMeterData": 'T0NNRnx7Ikdi/+Zz"é\\n =',
    "signingMethod": "ECDSA-secp256r1-SHA256",
    "encodingMethod": "OCMF",
    "publicKey": "b2NhOmJhc2U2",
}


LEFT = {"stoppedReason": "EVDisconnected"}


def sampled(value, context, **more):
    return {"value": value, "context": context, "measurand": "Energy.Active.Import.Register"} | more


@VERSIONS
async def test_clock_aligned_values_of_the_station_and_its_evses_are_taken(server, version):
    """TC_J_01: no transaction."""
    station = await server.connects(version=version)

    for number in range(3):
        for evse_id in (0, 1, 2):
            values = [
                {
                    "timestamp": at(number * 900),
                    "sampledValue": [sampled(number, "Sample.Clock")],
                }
            ]
            body = {"evseId": evse_id, "meterValue": values}
            assert await station.call("MeterValues", body) == {}

    assert await server.transactions(station.id) == []
    path = f"/api/v1/stations/{station.id}/meter-values"
    of_all, of_main, of_second = [
        await server.items(path, **query) for query in ({}, {"evse_id": 0}, {"evse_id": 2})
    ]
    assert (len(of_all), len(of_main), len(of_second)) == (9, 3, 3)
    assert [(each["evse_id"], each["value"], each["sampled_at"]) for each in of_main] == [
        (None, number, at(number * 900)) for number in range(3)
    ]
    assert {(each["evse_id"], each["context"]) for each in of_second} == {(2, "Sample.Clock")}
    some = await server.items(path, since=at(900), until=at(1800))
    assert [each["value"] for each in some] == [1, 1, 1]


@VERSIONS
async def test_clock_aligned_values_may_come_as_periodic_events(server, version):
    """TC_J_01: a NotifyEvent of the component FiscalMetering in place of MeterValues."""
    station = await server.connects(version=version)

    for number in range(3):
        for evse_id in (0, 1):
            event = {
                "eventId": number * 2 + evse_id,
                "timestamp": at(number * 900),
                "trigger": "Periodic",
                "actualValue": str(number * 100),
                "eventNotificationType": "HardWiredMonitor",
                "component": {"name": "FiscalMetering", "evse": {"id": evse_id}},
                "variable": {"name": "EnergyActiveImportRegister"},
            }
            body = {"generatedAt": at(number * 900), "seqNo": 0, "eventData": [event]}
            assert await station.call("NotifyEvent", body) == {}

    path = f"/api/v1/stations/{station.id}/monitoring-events"
    found = await server.items(path, component="FiscalMetering")
    assert [(each["trigger"], each["value"]) for each in found] == [
        ("periodic", value) for value in ("200", "200", "100", "100", "0", "0")
    ]


@VERSIONS
async def test_readings_outside_sessions_go_page_by_page(server, version):
    station = await server.connects(version=version)
    values = [{"timestamp": at(), "sampledValue": [sampled(n, "Sample.Clock") for n in range(5)]}]
    await station.call("MeterValues", {"evseId": 1, "meterValue": values})
    path = f"/api/v1/stations/{station.id}/meter-values"

    seen, cursor = [], {}
    while cursor is not None:
        page = await server.get(path, limit=2, since=at(), **cursor)
        seen += [each["value"] for each in page["items"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None

    assert seen == [0, 1, 2, 3, 4]


@VERSIONS
@pytest.mark.parametrize("place", [EVSE, None], ids=["at-an-evse", "before-the-evse-is-known"])
async def test_clock_aligned_values_during_a_session_go_to_it_and_the_main_meters_do_not(
    server, version, place
):
    """TC_J_02."""
    station, tag = await server.connects(version=version), await server.token()
    charging = Charging(station)
    where = {"evse": place} if place else {}
    await charging.tells("Started", "Authorized", "Charging", idToken=token(tag), **where)

    values = reading(1000, 30, "Sample.Clock")
    main = [{"timestamp": at(31), "sampledValue": [sampled(9e6, "Sample.Clock")]}]
    answers = [
        await station.call("MeterValues", {"evseId": 0, "meterValue": main}),
        await station.call("MeterValues", {"evseId": 2, "meterValue": main}),
        await charging.tells("Updated", "MeterValueClock", meterValue=values),
        await charging.tells("Updated", "MeterValueClock", wh=1400, context="Sample.Clock"),
    ]

    assert answers == [{}, {}, {}, {}]
    shown = await server.transaction(station.id)
    assert shown["energy_wh"] == 400
    samples = await server.samples(shown)
    assert [(each["value"], each["context"]) for each in samples] == [
        (1000, "Sample.Clock"),
        (1400, "Sample.Clock"),
    ]


@VERSIONS
@pytest.mark.parametrize(
    ("contexts", "energy"),
    [
        pytest.param(["Sample.Clock", "Sample.Clock", "Transaction.End"], 3000, id="TC_J_03"),
        pytest.param(["Sample.Periodic", "Sample.Periodic", "Transaction.End"], 3000, id="TC_J_10"),
    ],
)
async def test_all_values_that_come_with_the_end_are_kept(server, version, contexts, energy):
    station, tag = await server.connects(version=version), await server.token()
    charging = Charging(station)
    begin = {"context": "Transaction.Begin", "wh": 1000}
    await charging.tells(
        "Started", "Authorized", "Charging", evse=EVSE, idToken=token(tag), **begin
    )
    await charging.tells("Updated", "MeterValuePeriodic", wh=2000)

    values = [
        value
        for number, context in enumerate(contexts)
        for value in reading(2000 + number * 1000, 80 + number * 20, context)
    ]
    answer = await charging.tells(
        "Ended", "EVCommunicationLost", "Idle", meterValue=values, info=LEFT
    )

    assert answer == {}
    shown = await server.transaction(station.id)
    assert (shown["energy_wh"], shown["stop_reason"]) == (energy, "EVDisconnected")
    found = await server.samples(shown)
    assert [each["context"] for each in found][2:] == contexts


@VERSIONS
@pytest.mark.parametrize(
    "context",
    [pytest.param("Sample.Clock", id="TC_J_04"), pytest.param("Sample.Periodic", id="TC_J_11")],
)
async def test_signed_values_that_come_with_the_end_are_kept_to_the_byte(server, version, context):
    station, tag = await server.connects(version=version), await server.token()
    charging = Charging(station)
    begin = {"context": "Transaction.Begin", "wh": 1000}
    await charging.tells(
        "Started", "Authorized", "Charging", evse=EVSE, idToken=token(tag), **begin
    )
    contexts = [context, context, "Transaction.End"]
    signed = [SIGNED | {"signedMeterData": f"{SIGNED['signedMeterData']}{n}"} for n in range(3)]
    values = [
        {
            "timestamp": at(20 + number * 10),
            "sampledValue": [
                sampled(
                    1.5 + number,
                    contexts[number],
                    signedMeterValue=signed[number],
                    unitOfMeasure={"unit": "kWh"},
                )
            ],
        }
        for number in range(3)
    ]

    answer = await charging.tells(
        "Ended", "EVCommunicationLost", "Idle", meterValue=values, info=LEFT
    )

    assert answer == {}
    shown = await server.transaction(station.id)
    assert shown["energy_wh"] == 2500
    _, *found = await server.samples(shown)
    assert [(each["value"], each["unit"], each["context"]) for each in found] == [
        (value, "Wh", where) for value, where in zip((1500, 2500, 3500), contexts, strict=True)
    ]
    assert [json.loads(each["raw"]) for each in found] == signed


@VERSIONS
async def test_a_session_is_counted_from_the_value_of_its_start(server, version):
    """TC_J_07: a car is plugged in, nobody is authorized yet."""
    station = await server.connects(version=version)
    charging = Charging(station)
    begin = {"context": "Transaction.Begin", "wh": 1234.5}

    assert (
        await charging.tells("Started", "CablePluggedIn", "EVConnected", evse=EVSE, **begin) == {}
    )

    shown = await server.transaction(station.id)
    (sample,) = await server.samples(shown)
    assert (sample["value"], sample["context"]) == (1234.5, "Transaction.Begin")
    assert (shown["register_start_wh"], shown["energy_wh"]) == (1234.5, 0)


@VERSIONS
async def test_a_session_whose_evse_was_not_known_is_counted_from_its_first_update(server, version):
    """TC_J_08."""
    station, tag = await server.connects(version=version), await server.token()
    charging = Charging(station)
    await charging.tells("Started", "Authorized", idToken=token(tag))

    await charging.tells(
        "Updated", "CablePluggedIn", "EVConnected", evse=EVSE, wh=1000, context="Transaction.Begin"
    )
    await charging.tells("Updated", "ChargingStateChanged", "Charging", wh=1600)

    shown = await server.transaction(station.id)
    assert (shown["evse_id"], shown["register_start_wh"], shown["energy_wh"]) == (1, 1000, 600)


@VERSIONS
async def test_values_come_with_multiplier_unit_and_phase(server, version):
    """TC_J_09: every minute."""
    station, tag = await server.connects(version=version), await server.token()
    charging = Charging(station)
    await charging.tells("Started", "Authorized", evse=EVSE, idToken=token(tag), wh=1000)
    values = [
        {
            "timestamp": at(60),
            "sampledValue": [
                sampled(15, "Sample.Periodic", unitOfMeasure={"unit": "kWh", "multiplier": -1}),
                {
                    "value": 16.25,
                    "measurand": "Current.Import",
                    "phase": "L1",
                    "unitOfMeasure": {"unit": "A"},
                },
            ],
        }
    ]

    answers = [
        await charging.tells("Updated", "MeterValuePeriodic", meterValue=values),
        await charging.tells("Updated", "MeterValuePeriodic", wh=1600),
        await charging.tells("Updated", "MeterValuePeriodic", wh=1800),
    ]

    assert answers == [{}, {}, {}]
    shown = await server.transaction(station.id)
    assert shown["energy_wh"] == 800
    found = [each for each in await server.samples(shown) if each["sampled_at"] == at(60)]
    assert [(each["measurand"], each["value"], each["unit"], each["phase"]) for each in found] == [
        ("Current.Import", 16.25, "A", "L1"),
        ("Energy.Active.Import.Register", 1500, "Wh", None),
    ]
