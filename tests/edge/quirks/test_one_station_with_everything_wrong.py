"""One log with malformed JSON, 1970 clocks, a queue of months, a stop with -1, values without units.

A tolerant station gets right sessions from it; a strict one the exact error codes.
"""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.edge.conftest import eventually, moment
from tests.edge.quirks.frame_log import flagged, replays, sessions

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: A frame, what a tolerant station hears, and (after `!`) what a strict one hears instead.
LOG = """
    > [2,"01","BootNotification",{"chargePointVendor":"","chargePointModel":"A model of 27 characters"}]
    < [3,"01",{"currentTime":"*","interval":300,"status":"Accepted"}]
    ! [4,"01","PropertyConstraintViolation"]
    > [2,"02","BootNotification",{"chargePointVendor":"","chargePointModel":"M","vendorThing":1}]
    < [3,"02",{"currentTime":"*","interval":300,"status":"Accepted"}]
    ! [4,"02","FormationViolation"]
    > [2,"03","StatusNotification",{"connectorId":1,"errorCode":"Error","status":"Preparing"}]
    < [3,"03",{}]
    ! [4,"03","PropertyConstraintViolation"]
    > pong

    > [2,"10","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":1000,"timestamp":"2026-03-01T10:00:00Z"}]
    < [3,"10",{"transactionId":$march,"idTagInfo":{"status":"Accepted"}}]
    > [2,"11","MeterValues",{"connectorId":1,"transactionId":$march,"meterValue":[{"timestamp":"2026-03-01T10:30:00Z","sampledValue":[{"value":"1500"}]}]}]
    < [3,"11",{}]
    > [2,"12","MeterValues",{"connectorId":1,"transactionId":,"meterValue":[{"timestamp":"2026-03-01T10:40:00Z","sampledValue":[{"value":" 1600,0"}]}]}]
    < [3,"12",{}]
    ! [4,"12","FormationViolation"]
    > [2,"13","MeterValues",{"connectorId":1,"transactionId":$march,"meterValue":[{"timestamp":"2026-03-01T10:45:00","sampledValue":[{"value":"1.65","unit":"KWH"}]}]}]
    < [3,"13",{}]
    ! [4,"13","PropertyConstraintViolation"]
    > [2,"14","MeterValues",{"connectorId":"1","transactionId":$march,"meterValue":[{"timestamp":"2026-03-01T10:50:00Z","sampledValue":[{"value":1700}]}]}]
    < [3,"14",{}]
    ! [4,"14","TypeConstraintViolation"]
    > [2,"15","MeterValues",{"connectorId":1,"transactionId":$march,"meterValue":[{"timestamp":"2026-03-01T10:55:00Z","sampledValue":[{"value":"17
    < [4,"15","FormationViolation"]
    > [2,"16","MeterValues",{"connectorId":1,"transactionId":$march,"meterValue":[]}]
    < [3,"16",{}]
    ! [4,"16","OccurenceConstraintViolation"]
    > [2,"17","StopTransaction",{"transactionId":-1,"idTag":"$tag","meterStop":2000,"timestamp":"2026-03-01T11:00:00Z"}]
    < [3,"17",{"idTagInfo":{"status":"Accepted"}}]

    > [2,"20","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":2000,"timestamp":"1970-01-01T00:00:03Z"}]
    < [3,"20",{"transactionId":$epoch,"idTagInfo":{"status":"Accepted"}}]
    > [2,"21","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":2000,"timestamp":"1970-01-01T00:00:03Z"}]
    < [3,"21",{"transactionId":$epoch,"idTagInfo":{"status":"Accepted"}}]
    > [2,"22","StopTransaction",{"transactionId":$epoch,"meterStop":2600,"timestamp":"1970-01-01T00:10:03Z"}]
    < [3,"22",{}]

    > [2,"30","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":2600}]
    < [3,"30",{"transactionId":$timeless,"idTagInfo":{"status":"Accepted"}}]
    ! [4,"30","OccurenceConstraintViolation"]
    > [2,"31","StopTransaction",{"transactionId":0,"meterStop":2700}]
    < [3,"31",{}]
    ! [4,"31","OccurenceConstraintViolation"]

    > [2,"40","Teleport",{}]
    < [4,"40","NotImplemented"]
    > [2,"41","Reset",{"type":"Hard"}]
    < [4,"41","NotSupported"]
    > [2,"42","Authorize",{}]
    < [4,"42","OccurenceConstraintViolation"]
    > [2,"43","Heartbeat",[1]]
    < [4,"43","FormationViolation"]
    > [2,"44","Heartbeat",{},{}]
    < [4,"44","FormationViolation"]
"""
#: Without the second answers, and with them in the place of the first.
TOLERANT = re.sub(r"\n *!.*", "", LOG)
STRICT = re.sub(r"\n *<[^\n]*\n *!", "\n    <", LOG)


async def test_a_station_with_everything_wrong_gets_right_sessions(server):
    station, tag = await server.connects(), await server.token()
    before = datetime.now(UTC) - timedelta(seconds=1)

    await replays(station, TOLERANT, tag=tag)

    found = await sessions(
        server, station.id, "energy_wh", "open", "flags", "token", "started_at", "ended_at"
    )
    assert [each[:4] for each in found] == [
        (1000, False, ["matched_end"], tag),
        (600, False, ["clock_untrusted"], tag),
        (100, False, ["clock_untrusted", "matched_end"], tag),
    ]
    assert found[0][4:] == ("2026-03-01T10:00:00.000Z", "2026-03-01T11:00:00.000Z")
    assert all(moment(each[4]) >= before for each in found[1:])
    (march,) = (
        each for each in await server.transactions(station.id) if "2026-03" in each["started_at"]
    )
    assert [each["value"] for each in await server.samples(march)] == [1500, 1600, 1650, 1700]
    await flagged(
        server,
        station.id,
        ("too_long", "BootNotification", "/chargePointModel"),
        ("unknown_field", "BootNotification", "/vendorThing"),
        ("unknown_word", "StatusNotification", "/errorCode"),
        ("malformed_frame", "", ""),
        ("broken_json", "MeterValues", ""),
        ("number_format", "MeterValues", "/meterValue/*/sampledValue/*/value"),
        ("time_without_zone", "MeterValues", "/meterValue/*/timestamp"),
        ("respelled_word", "MeterValues", "/meterValue/*/sampledValue/*/unit"),
        ("wrong_type", "MeterValues", "/connectorId"),
        ("wrong_type", "MeterValues", "/meterValue/*/sampledValue/*/value"),
        ("wrong_count", "MeterValues", "/meterValue"),
        ("transaction_id_unusable", "StopTransaction", "/transactionId"),
        ("time_unset", "StartTransaction", "/timestamp"),
        ("missing_field", "StartTransaction", "/timestamp"),
        ("unknown_action", "Teleport", ""),
        ("unserved_action", "Reset", ""),
        ("missing_field", "Authorize", "/idTag"),
    )


async def test_the_same_log_of_a_strict_station_gets_the_exact_error_codes(server):
    station_id = await server.station(security_profile=0, strict=True)
    station, tag = await server.connects(station_id), await server.token()

    await replays(station, STRICT, tag=tag)

    # What is no violation of the protocol counts all the same: old queues, -1, a clock of 1970.
    found = await sessions(server, station_id, "energy_wh", "open", "flags")
    assert found == [
        (1000, False, ["matched_end"]),
        (600, False, ["clock_untrusted"]),
    ]


async def test_deviations_are_counted_with_their_first_and_last_time_and_the_last_frame(server):
    station = await server.connects()
    for number in range(50):
        await station.says(f'[2,"{number}","Heartbeat",{{"a":{number}}}]')
        await station.hears()

    path = f"/api/v1/stations/{station.id}/deviations"
    await eventually(lambda: server.items(path), lambda rows: rows and rows[0]["count"] == 20)
    await station.leaves()
    (found,) = await eventually(
        lambda: server.items(path), lambda rows: rows and rows[0]["count"] == 50
    )

    assert (found["kind"], found["action"], found["pointer"]) == (
        "unknown_field",
        "Heartbeat",
        "/a",
    )
    assert found["frame"] == '[2,"49","Heartbeat",{"a":49}]'
    assert found["first_at"] <= found["last_at"]


@pytest.mark.parametrize("more", ['"extra":1', '"extra":'])
async def test_secrets_in_the_frame_of_a_deviation_are_masked(server, more):
    station = await server.connects(version="ocpp2.0.1")
    body = f'{{"idToken":{{"idToken":"12345","type":"KeyCode"}},{more}}}'

    await station.says(f'[2,"1","Authorize",{body}]')
    await station.hears()

    path = f"/api/v1/stations/{station.id}/deviations"
    found = await eventually(lambda: server.items(path), len)
    assert "12345" not in str(found)
    assert "12345" not in str(await server.journal(station.id, len))


async def test_deviations_are_paged_and_go_with_their_station(server):
    station_id = await server.station()
    station = await server.connects(station_id)
    for name in "abcde":
        await station.asks("Heartbeat", {name: 1})
    path = f"/api/v1/stations/{station_id}/deviations"
    await eventually(lambda: server.items(path), lambda rows: len(rows) == 5)

    first = await server.get(path, limit=3)
    rest = await server.get(path, limit=3, cursor=first["next_cursor"])

    pointers = [row["pointer"] for row in first["items"] + rest["items"]]
    assert sorted(pointers) == ["/a", "/b", "/c", "/d", "/e"]
    assert rest["next_cursor"] is None
    await server.http.delete(f"/api/v1/stations/{station_id}")
    assert (await server.http.get(path)).status_code == 404


async def test_a_station_that_invents_names_without_end_does_not_fill_the_table(server):
    station = await server.connects()

    for number in range(300):
        await station.says(f'[2,"x","Heartbeat",{{"n{number}":1}}]')
        await station.hears()
    await station.leaves()

    path = f"/api/v1/stations/{station.id}/deviations"
    rows = await eventually(
        lambda: server.items(path), lambda rows: sum(row["count"] for row in rows) == 300
    )
    assert len(rows) <= 101
