"""Quirks of clocks: no zone, no time at all, 1970, local time, and queues of months."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.edge.conftest import V201, at, moment
from tests.edge.quirks.frame_log import flagged, replays, sessions

pytestmark = pytest.mark.asyncio(loop_scope="module")

SESSION = """
    > [2,"1","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":100,"timestamp":"$begin"}]
    < [3,"1",{"transactionId":$ref,"idTagInfo":{"status":"Accepted"}}]
    > [2,"2","StopTransaction",{"transactionId":$ref,"meterStop":400,"timestamp":"$end"}]
    < [3,"2",{}]
"""


@pytest.mark.parametrize(
    ("begin", "end", "kind"),
    [
        ("2026-01-02T03:00:00", "2026-01-02T04:00:00.5", "time_without_zone"),
        ("2026-01-02 03:00:00", "2026-01-02 04:00:00", "time_without_zone"),
    ],
)
async def test_q38_a_time_without_zone_is_utc(server, begin, end, kind):
    station, tag = await server.connects(), await server.token()

    await replays(station, SESSION, tag=tag, begin=begin, end=end)

    (found,) = await sessions(server, station.id, "energy_wh", "started_at", "duration_s")
    assert found == (300, "2026-01-02T03:00:00.000Z", 3600)
    await flagged(
        server,
        station.id,
        (kind, "StartTransaction", "/timestamp"),
        (kind, "StopTransaction", "/timestamp"),
    )


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-01-02T05:00:00+02", "2026-01-02T06:00:00+02"),
        ("2026-01-02T05:00:00+0200", "2026-01-02T06:00:00.123456789+0200"),
        ("1767322800", "1767326400000"),
        (" 2026-01-02t03:00z", "20260102T040000+00"),
    ],
)
async def test_q39_a_short_offset_and_other_forms_of_time(server, begin, end):
    station, tag = await server.connects(), await server.token()

    await replays(station, SESSION, tag=tag, begin=begin, end=end)

    (found,) = await sessions(server, station.id, "energy_wh", "started_at", "duration_s")
    assert found == (300, "2026-01-02T03:00:00.000Z", 3600)


async def test_q39_a_short_offset_is_flagged_and_a_full_one_is_not(server):
    station = await server.connects()
    status = '{"connectorId":1,"errorCode":"NoError","status":"Available","timestamp":"$time"}'

    for offset in ("+02:00", "-05:30", "Z"):
        await replays(
            station,
            f'> [2,"1","StatusNotification",{status}]\n< [3,"1",{{}}]',
            time=f"2026-01-02T05:00:00{offset}",
        )
    assert await server.items(f"/api/v1/stations/{station.id}/deviations") == []
    await replays(
        station,
        f'> [2,"1","StatusNotification",{status}]\n< [3,"1",{{}}]',
        time="2026-01-02T05:00:00+02",
    )

    await flagged(server, station.id, ("time_format", "StatusNotification", "/timestamp"))


async def test_q40_a_clock_of_1970_is_replaced_by_the_time_of_receipt(server):
    station, tag = await server.connects(), await server.token()
    before = datetime.now(UTC) - timedelta(seconds=1)

    # The second session is word for word the first one, and is a second one.
    for _ in range(2):
        await replays(
            station, SESSION, tag=tag, begin="1970-01-01T00:00:05Z", end="1970-01-01T00:10:05Z"
        )

    found = await sessions(server, station.id, "energy_wh", "flags", "started_at")
    assert [each[:2] for each in found] == [(300, ["clock_untrusted"])] * 2
    assert all(moment(each[2]) >= before for each in found)
    await flagged(
        server,
        station.id,
        ("time_unset", "StartTransaction", "/timestamp"),
        ("time_unset", "StopTransaction", "/timestamp"),
    )


async def test_q41_local_time_that_says_it_is_utc_does_not_reach_into_the_future(server):
    station, tag = await server.connects(), await server.token()
    now = datetime.now(UTC)

    # Two hours ahead, until the first heartbeat puts the clock right.
    await replays(
        station, SESSION, tag=tag, begin=at(after=now + timedelta(hours=2)), end=at(after=now)
    )

    (found,) = await sessions(server, station.id, "energy_wh", "duration_s", "started_at")
    assert found[:2] == (300, 0)
    assert abs(moment(found[2]) - now) < timedelta(minutes=1)
    await flagged(server, station.id, ("time_ahead", "StartTransaction", "/timestamp"))
    shown = await server.get(f"/api/v1/stations/{station.id}")
    assert 7100 < shown["clock_skew_s"] < 7210


async def test_q42_start_and_stop_without_timestamp(server):
    station, tag = await server.connects(), await server.token()
    before = datetime.now(UTC) - timedelta(seconds=1)
    log = """
        > [2,"1","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":100}]
        < [3,"1",{"transactionId":$ref,"idTagInfo":{"status":"Accepted"}}]
        > [2,"1","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":100}]
        < [3,"1",{"transactionId":$ref,"idTagInfo":{"status":"Accepted"}}]
        > [2,"2","MeterValues",{"connectorId":1,"transactionId":$ref,"meterValue":[{"sampledValue":[{"value":"200"}]}]}]
        < [3,"2",{}]
        > [2,"3","StopTransaction",{"transactionId":$ref,"meterStop":400,"timestamp":null}]
        < [3,"3",{}]
    """

    for _ in range(2):
        await replays(station, log, tag=tag)

    found = await sessions(server, station.id, "energy_wh", "flags", "started_at")
    assert [each[:2] for each in found] == [(300, ["clock_untrusted"])] * 2
    assert all(moment(each[2]) >= before for each in found)
    await flagged(
        server,
        station.id,
        ("missing_field", "StartTransaction", "/timestamp"),
        ("missing_field", "MeterValues", "/meterValue/*/timestamp"),
        ("wrong_type", "StopTransaction", "/timestamp"),
    )


async def test_q42_a_transaction_event_without_timestamp(server):
    station = await server.connects(version=V201)

    await replays(
        station,
        """
        > [2,"1","TransactionEvent",{"eventType":"Started","triggerReason":"CablePluggedIn","seqNo":0,"transactionInfo":{"transactionId":"T"},"evse":{"id":1}}]
        < [3,"1",{}]
        """,
    )

    (found,) = await sessions(server, station.id, "flags")
    assert found == (["clock_untrusted"],)
    await flagged(server, station.id, ("missing_field", "TransactionEvent", "/timestamp"))


async def test_q42_without_meter_start_and_stop_the_readings_between_count(server):
    station, tag = await server.connects(), await server.token()

    await replays(
        station,
        """
        > [2,"1","StartTransaction",{"connectorId":1,"idTag":"$tag","timestamp":"2026-01-02T03:00:00Z"}]
        < [3,"1",{"transactionId":$ref,"idTagInfo":{"status":"Accepted"}}]
        > [2,"2","MeterValues",{"connectorId":1,"transactionId":$ref,"meterValue":[{"timestamp":"2026-01-02T03:01:00Z","sampledValue":[{"value":"200"}]},{"timestamp":"2026-01-02T03:50:00Z","sampledValue":[{"value":"900"}]}]}]
        < [3,"2",{}]
        > [2,"3","StopTransaction",{"transactionId":$ref,"timestamp":"2026-01-02T04:00:00Z"}]
        < [3,"3",{}]
        """,
        tag=tag,
    )

    assert await sessions(server, station.id, "energy_wh", "open") == [(700, False)]


async def test_q43_a_queue_of_months_is_billed_by_its_own_times_and_never_live(server):
    station, tag = await server.connects(), await server.token()
    log, days = "", range(90)
    for day in days:
        begin = datetime(2026, 2, 1, 8, tzinfo=UTC) + timedelta(days=day)
        times = [at(after=begin + timedelta(minutes=n)) for n in (0, 30, 60)]
        log += f"""
            > [2,"s","StartTransaction",{{"connectorId":1,"idTag":"$tag","meterStart":{day * 100},"timestamp":"{times[0]}"}}]
            < [3,"s",{{"transactionId":$ref_{chr(97 + day // 26)}{chr(97 + day % 26)},"idTagInfo":{{"status":"Accepted"}}}}]
            > [2,"m","MeterValues",{{"connectorId":1,"transactionId":$ref_{chr(97 + day // 26)}{chr(97 + day % 26)},"meterValue":[{{"timestamp":"{times[1]}","sampledValue":[{{"value":"{day * 100 + 50}"}}]}}]}}]
            < [3,"m",{{}}]
            > [2,"e","StopTransaction",{{"transactionId":$ref_{chr(97 + day // 26)}{chr(97 + day % 26)},"meterStop":{day * 100 + 100},"timestamp":"{times[2]}"}}]
            < [3,"e",{{}}]
            > [2,"n","StatusNotification",{{"connectorId":1,"errorCode":"NoError","status":"Charging","timestamp":"{times[1]}"}}]
            < [3,"n",{{}}]
        """
    live = '{"connectorId":1,"errorCode":"NoError","status":"Available"}'
    await replays(station, f'> [2,"l","StatusNotification",{live}]\n< [3,"l",{{}}]')

    await replays(station, log, tag=tag)

    found = await sessions(server, station.id, "energy_wh", "duration_s", "flags", "started_at")
    assert [each[:3] for each in found] == [(100, 3600, [])] * len(days)
    assert found[0][3] == "2026-02-01T08:00:00.000Z"
    connector = await server.connector(station.id)
    assert connector is not None
    assert connector["status"] == "available"


async def test_q41_a_start_from_a_clock_ahead_sent_again_after_its_stop_opens_nothing(server):
    station, tag = await server.connects(), await server.token()
    now = datetime.now(UTC)
    times = {"begin": at(after=now + timedelta(hours=2)), "end": at(after=now)}

    known = await replays(station, SESSION, tag=tag, **times)
    await replays(station, SESSION, **known)

    assert await sessions(server, station.id, "energy_wh", "open") == [(300, False)]
