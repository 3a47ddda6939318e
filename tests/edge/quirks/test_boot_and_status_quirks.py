"""Quirks of boots and statuses: none at all, too early, too long, in words of the vendor."""

import pytest

from tests.edge.conftest import V201
from tests.edge.quirks.frame_log import flagged, replays, sessions, unflagged

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_q24_a_station_that_never_boots_is_served(server):
    station, tag = await server.connects(), await server.token()

    await replays(
        station,
        """
        > [2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Preparing"}]
        < [3,"1",{}]
        > [2,"2","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":10,"timestamp":"2026-01-02T03:00:00Z"}]
        < [3,"2",{"transactionId":$ref,"idTagInfo":{"status":"Accepted"}}]
        > [2,"3","StopTransaction",{"transactionId":$ref,"meterStop":60,"timestamp":"2026-01-02T03:30:00Z"}]
        < [3,"3",{}]
        """,
        tag=tag,
    )

    assert await sessions(server, station.id, "energy_wh", "open") == [(50, False)]
    await unflagged(server, station.id)


async def test_q25_messages_before_the_boot_is_accepted(server):
    station_id = await server.station(registration="pending", security_profile=0)
    station, tag = await server.connects(station_id), await server.token()

    known = await replays_pending(
        station,
        """
        > [2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Preparing"}]
        < [4,"1","SecurityError"]
        > [2,"2","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":10,"timestamp":"2026-01-02T03:00:00Z"}]
        < [3,"2",{"transactionId":$ref,"idTagInfo":{"status":"Accepted"}}]
        > [2,"3","MeterValues",{"connectorId":1,"transactionId":$ref,"meterValue":[{"timestamp":"2026-01-02T03:10:00Z","sampledValue":[{"value":"30"}]}]}]
        < [3,"3",{}]
        > [2,"4","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]
        < [3,"4",{"currentTime":"*","interval":30,"status":"Pending"}]
        """,
        tag=tag,
    )
    # Accepted by the operator: nothing changes before the next boot.
    await server.station(station_id, registration="accepted")
    assert await station.code("Heartbeat", {}) == "SecurityError"
    await replays(
        station,
        """
        > [2,"5","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]
        < [3,"5",{"currentTime":"*","interval":300,"status":"Accepted"}]
        > [2,"6","StopTransaction",{"transactionId":$ref,"meterStop":60,"timestamp":"2026-01-02T03:30:00Z"}]
        < [3,"6",{}]
        """,
        **known,
    )

    assert await sessions(server, station_id, "energy_wh", "open") == [(50, False)]
    await flagged(
        server,
        station_id,
        ("before_acceptance", "StatusNotification", ""),
        ("before_acceptance", "StartTransaction", ""),
        ("before_acceptance", "MeterValues", ""),
    )


async def test_q25_a_strict_station_that_is_not_accepted_may_boot_and_nothing_else(server):
    station_id = await server.station(registration="pending", security_profile=0, strict=True)
    station = await server.connects(station_id)

    await replays_pending(
        station,
        """
        > [2,"1","StartTransaction",{"connectorId":1,"idTag":"A","meterStart":10,"timestamp":"2026-01-02T03:00:00Z"}]
        < [4,"1","SecurityError"]
        > [2,"2","MeterValues",{"connectorId":1,"meterValue":[]}]
        < [4,"2","SecurityError"]
        > [2,"3","Teleport",{}]
        < [4,"3","SecurityError"]
        > [2,"4","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]
        < [3,"4",{"currentTime":"*","interval":30,"status":"Pending"}]
        """,
    )

    assert await server.transactions(station_id) == []


async def test_q25_a_station_of_2_0_1_that_is_not_accepted(server):
    station_id = await server.station(registration="rejected", security_profile=0)
    station = await server.connects(station_id, V201)

    await replays_pending(
        station,
        """
        > [2,"1","MeterValues",{"evseId":1,"meterValue":[{"timestamp":"2026-01-02T03:00:00Z","sampledValue":[{"value":1}]}]}]
        < [4,"1","SecurityError"]
        > [2,"2","TransactionEvent",{"eventType":"Started","timestamp":"2026-01-02T03:00:00Z","triggerReason":"CablePluggedIn","seqNo":0,"transactionInfo":{"transactionId":"T"}}]
        < [3,"2",{}]
        > [2,"3","BootNotification",{"reason":"PowerUp","chargingStation":{"model":"M","vendorName":"V"}}]
        < [3,"3",{"currentTime":"*","interval":30,"status":"Rejected"}]
        """,
    )

    assert len(await server.transactions(station_id)) == 1


async def replays_pending(station, log, **values):
    """As `replays`, with a boot instead of a heartbeat to see that nothing else was answered."""
    beats = type(station).beats

    async def boots():
        return await station.asks("BootNotification", {})

    station.beats = boots
    try:
        return await replays(station, log, **values)
    finally:
        station.beats = beats.__get__(station)


async def test_q26_empty_mandatory_fields_are_taken(server):
    station = await server.connects()

    await replays(
        station,
        """
        > [2,"1","BootNotification",{"chargePointVendor":"","chargePointModel":""}]
        < [3,"1",{"currentTime":"*","interval":300,"status":"Accepted"}]
        """,
    )

    assert (await server.get(f"/api/v1/stations/{station.id}"))["vendor"] == ""


async def test_q27_too_long_texts_are_stored_in_full(server):
    station = await server.connects()
    serial, model = "S" * 60, "M" * 23

    await replays(
        station,
        """
        > [2,"1","BootNotification",{"chargePointVendor":"V","chargePointModel":"$model","chargePointSerialNumber":"$serial"}]
        < [3,"1",{"currentTime":"*","interval":300,"status":"Accepted"}]
        """,
        serial=serial,
        model=model,
    )

    shown = await server.get(f"/api/v1/stations/{station.id}")
    assert (shown["serial_number"], shown["model"]) == (serial, model)
    await flagged(
        server,
        station.id,
        ("too_long", "BootNotification", "/chargePointModel"),
        ("too_long", "BootNotification", "/chargePointSerialNumber"),
    )


async def test_q28_an_error_code_of_the_vendor_is_an_other_error(server):
    station = await server.connects()

    await replays(
        station,
        """
        > [2,"1","StatusNotification",{"connectorId":1,"errorCode":"Error","status":"Faulted"}]
        < [3,"1",{}]
        > [2,"2","StatusNotification",{"connectorId":2,"errorCode":"noerror","status":"AVAILABLE"}]
        < [3,"2",{}]
        > [2,"3","StatusNotification",{"connectorId":3,"status":"Available"}]
        < [3,"3",{}]
        """,
    )

    connectors = (await server.get(f"/api/v1/stations/{station.id}"))["connectors"]
    shown = [(c["status"], c["error_code"], c["vendor_error_code"]) for c in connectors]
    assert shown == [
        ("faulted", "OtherError", "Error"),
        ("available", None, None),
        ("available", None, None),
    ]
    await flagged(
        server,
        station.id,
        ("unknown_word", "StatusNotification", "/errorCode"),
        ("respelled_word", "StatusNotification", "/errorCode"),
        ("respelled_word", "StatusNotification", "/status"),
        ("missing_field", "StatusNotification", "/errorCode"),
    )
