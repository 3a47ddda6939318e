"""Quirks of frames: ids used again, broken JSON, fields in the wrong place."""

import pytest

from tests.edge.conftest import V16
from tests.edge.quirks.frame_log import flagged, replays, sessions

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_q18_a_message_id_used_again_for_something_else_is_something_else(server):
    station, tag = await server.connects(), await server.token()

    known = await replays(
        station,
        """
        > [2,"1","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":10,"timestamp":"2026-01-02T03:00:00Z"}]
        < [3,"1",{"transactionId":$first,"idTagInfo":{"status":"Accepted"}}]
        > [2,"1","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":10,"timestamp":"2026-01-02T03:00:00Z"}]
        < [3,"1",{"transactionId":$first,"idTagInfo":{"status":"Accepted"}}]
        > [2,"1","StopTransaction",{"transactionId":$first,"meterStop":110,"timestamp":"2026-01-02T04:00:00Z"}]
        < [3,"1",{}]
        > [2,"1","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":110,"timestamp":"2026-01-02T05:00:00Z"}]
        < [3,"1",{"transactionId":$second,"idTagInfo":{"status":"Accepted"}}]
        """,
        tag=tag,
    )
    # The station boots and counts from 1 again.
    station = await server.connects(station.id)
    await replays(
        station,
        """
        > [2,"1","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]
        < [3,"1",{"currentTime":"*","interval":300,"status":"Accepted"}]
        > [2,"1","StopTransaction",{"transactionId":$second,"meterStop":310,"timestamp":"2026-01-02T06:00:00Z"}]
        < [3,"1",{}]
        """,
        **known,
    )

    assert known["first"] != known["second"]
    assert await sessions(server, station.id, "energy_wh", "open") == [(100, False), (200, False)]


async def test_q19_the_same_start_under_a_new_id_after_a_timeout_is_the_same_session(server):
    station, tag = await server.connects(), await server.token()

    await replays(
        station,
        """
        > [2,"a","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":10,"timestamp":"2026-01-02T03:00:00Z"}]
        < [3,"a",{"transactionId":$ref,"idTagInfo":{"status":"Accepted"}}]
        > [2,"b","StartTransaction",{"meterStart":10,"idTag":"$tag","connectorId":1,"timestamp":"2026-01-02T03:00:00Z"}]
        < [3,"b",{"transactionId":$ref,"idTagInfo":{"status":"Accepted"}}]
        > [2,"c","StopTransaction",{"transactionId":$ref,"meterStop":60,"timestamp":"2026-01-02T03:30:00Z"}]
        < [3,"c",{}]
        > [2,"d","StopTransaction",{"transactionId":$ref,"meterStop":60,"timestamp":"2026-01-02T03:30:00Z"}]
        < [3,"d",{}]
        """,
        tag=tag,
    )

    assert await sessions(server, station.id, "energy_wh", "flags") == [(50, [])]


@pytest.mark.parametrize(
    "frame",
    [
        '[2,"1","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-01-02T03:04:05Z"',
        '[2,"1","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"',
        '[2,"1","Heartbeat",{',
    ],
)
async def test_q20_a_message_that_breaks_off_fails_alone(server, frame):
    station = await server.connects()

    await replays(station, f'> {frame}\n< [4,"1","FormationViolation"]')

    await flagged(server, station.id, ("malformed_frame", "", ""))
    rows = await server.journal(station.id, lambda rows: len(rows) == 2)
    assert (rows[0]["frame"], rows[0]["verdict"]) == (frame, "malformed")


async def test_q20_an_answer_that_breaks_off_disturbs_nobody(server):
    station = await server.connects()

    await replays(station, '> [3,"x",{"configurationKey":[]')

    await flagged(server, station.id, ("malformed_frame", "", ""))


async def test_q21_a_value_left_out_is_repaired_and_the_energy_counts(server):
    station, tag = await server.connects(), await server.token()

    await replays(
        station,
        """
        > [2,"1","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":100,"reservationId":,"timestamp":"2026-01-02T03:00:00Z"}]
        < [3,"1",{"transactionId":$ref,"idTagInfo":{"status":"Accepted"}}]
        > [2,"2","MeterValues",{"connectorId":1,"transactionId":,"meterValue":[{"timestamp":"2026-01-02T03:10:00Z","sampledValue":[{"value":"150",}]}]}]
        < [3,"2",{}]
        > [2,"3","StopTransaction",{"transactionId":,"idTag":"$tag","meterStop":400,"timestamp":"2026-01-02T04:00:00Z"}]
        < [3,"3",{"idTagInfo":{"status":"Accepted"}}]
        """,
        tag=tag,
    )

    (found,) = await sessions(server, station.id, "energy_wh", "open", "flags")
    assert found == (300, False, ["matched_end"])
    assert len(await server.samples(await server.transaction(station.id))) == 1
    await flagged(
        server,
        station.id,
        ("broken_json", "StartTransaction", ""),
        ("broken_json", "MeterValues", ""),
        ("broken_json", "StopTransaction", ""),
        ("wrong_type", "StopTransaction", "/transactionId"),
    )


@pytest.mark.parametrize(
    "frame",
    [
        '[2,"1","StatusNotification",{},"status","Available"]',
        '[2,"1","StatusNotification","connectorId":1,"status":"Available"]',
        '[2,"1","StatusNotification",1,"Available","NoError"]',
    ],
)
async def test_q22_fields_beside_the_payload_are_a_formation_violation_and_kept(server, frame):
    station = await server.connects(version=V16)

    await replays(station, f'> {frame}\n< [4,"1","FormationViolation"]')

    await flagged(server, station.id, ("malformed_frame", "", ""))
    rows = await server.journal(station.id, lambda rows: len(rows) == 2)
    assert (rows[0]["frame"], rows[0]["verdict"]) == (frame, "malformed")
