"""Quirks of transactions: ids of nobody, ends without a beginning, everything twice."""

import pytest

from tests.edge.conftest import running
from tests.edge.quirks.frame_log import flagged, replays, sessions

pytestmark = pytest.mark.asyncio(loop_scope="module")

START = """
    > [2,"1","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":100,"timestamp":"2026-01-02T03:00:00Z"}]
    < [3,"1",{"transactionId":$ref,"idTagInfo":{"status":"Accepted"}}]
"""
STOP = """
    > [2,"9","StopTransaction",{"transactionId":$ref,"meterStop":400,"timestamp":"2026-01-02T04:00:00Z"}]
    < [3,"9",{}]
"""


@pytest.mark.parametrize("own", [-1, 0, 4711, 2147483647, 9223372036854775807])
async def test_q44_a_stop_with_an_id_of_nobody_ends_the_open_session(server, own):
    station, tag = await server.connects(), await server.token()

    await replays(
        station,
        START
        + """
        > [2,"2","StopTransaction",{"transactionId":$own,"idTag":"$tag","meterStop":400,"timestamp":"2026-01-02T04:00:00Z"}]
        < [3,"2",{"idTagInfo":{"status":"Accepted"}}]
        """,
        tag=tag,
        own=own,
    )

    (found,) = await sessions(server, station.id, "energy_wh", "open", "flags")
    assert found == (300, False, ["matched_end"])
    if own not in {4711, 2147483647}:
        expected = ("transaction_id_unusable", "StopTransaction", "/transactionId")
        await flagged(server, station.id, expected)


@pytest.mark.parametrize(
    "reference", ["0", "-1", "9223372036854775807", "18446744073709551615", "null", '""']
)
async def test_q45_meter_values_with_an_id_of_nobody_go_to_the_session_at_the_connector(
    server, reference
):
    station, tag = await server.connects(), await server.token()

    await replays(
        station,
        START
        + """
        > [2,"2","MeterValues",{"connectorId":1,"transactionId":$reference,"meterValue":[{"timestamp":"2026-01-02T03:30:00Z","sampledValue":[{"value":"250"}]}]}]
        < [3,"2",{}]
        """,
        tag=tag,
        reference=reference,
    )

    assert await sessions(server, station.id, "energy_wh", "open") == [(150, True)]


async def test_q45_meter_values_without_an_id_go_to_the_session_at_the_connector(server):
    station, tag = await server.connects(), await server.token()

    await replays(
        station,
        START
        + """
        > [2,"2","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-01-02T03:30:00Z","sampledValue":[{"value":"250"}]}]}]
        < [3,"2",{}]
        > [2,"3","MeterValues",{"connectorId":2,"meterValue":[{"timestamp":"2026-01-02T03:31:00Z","sampledValue":[{"value":"99999"}]}]}]
        < [3,"3",{}]
        """,
        tag=tag,
    )

    assert await sessions(server, station.id, "energy_wh", "open") == [(150, True)]


async def test_q46_a_session_goes_on_after_the_server_and_the_station_restarted(
    database_url, tmp_path
):
    async with running(database_url, tmp_path) as server:
        station, tag = await server.connects(), await server.token()
        known = await replays(station, START, tag=tag)

    async with running(database_url, tmp_path) as server:
        station = await server.connects(station.id)
        await replays(
            station,
            """
            > [2,"1","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]
            < [3,"1",{"currentTime":"*","interval":300,"status":"Accepted"}]
            > [2,"2","MeterValues",{"connectorId":1,"transactionId":$ref,"meterValue":[{"timestamp":"2026-01-02T03:30:00Z","sampledValue":[{"value":"250"}]}]}]
            < [3,"2",{}]
            """
            + STOP,
            **known,
        )

        (found,) = await sessions(server, station.id, "energy_wh", "open", "flags")
        assert found == (300, False, [])
        assert len(await server.samples(await server.transaction(station.id))) == 1


async def test_q47_an_end_without_a_beginning_becomes_a_session(server):
    station, tag = await server.connects(), await server.token()

    await replays(
        station,
        """
        > [2,"1","StopTransaction",{"transactionId":987654,"idTag":"$tag","meterStop":900,"timestamp":"2026-01-02T04:00:00Z","transactionData":[{"timestamp":"2026-01-02T03:00:00Z","sampledValue":[{"value":"100","context":"Transaction.Begin"}]},{"timestamp":"2026-01-02T04:00:00Z","sampledValue":[{"value":"900","context":"Transaction.End"}]}]}]
        < [3,"1",{"idTagInfo":{"status":"Accepted"}}]
        > [2,"2","StopTransaction",{"transactionId":987654,"idTag":"$tag","meterStop":900,"timestamp":"2026-01-02T04:00:00Z","transactionData":[{"timestamp":"2026-01-02T03:00:00Z","sampledValue":[{"value":"100","context":"Transaction.Begin"}]},{"timestamp":"2026-01-02T04:00:00Z","sampledValue":[{"value":"900","context":"Transaction.End"}]}]}]
        < [3,"2",{"idTagInfo":{"status":"Accepted"}}]
        """,
        tag=tag,
    )

    (found,) = await sessions(server, station.id, "energy_wh", "open", "flags", "duration_s")
    assert found == (800, False, ["start_missing"], 3600)
    assert (await server.transaction(station.id))["token"] == tag


async def test_q49_a_start_sent_again_after_the_reconnect_opens_nothing(server):
    station, tag = await server.connects(), await server.token()

    known = await replays(station, START, tag=tag)
    station = await server.connects(station.id)
    known = await replays(station, START + STOP, **known)
    await replays(station, START, **known)

    assert await sessions(server, station.id, "energy_wh", "open", "flags") == [(300, False, [])]


async def test_q49_two_starts_for_one_plug_in_keep_both_and_count_the_energy_once(server):
    station, tag = await server.connects(), await server.token()

    await replays(
        station,
        START
        + """
        > [2,"2","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":100,"timestamp":"2026-01-02T03:00:07Z"}]
        < [3,"2",{"transactionId":$second,"idTagInfo":{"status":"Accepted"}}]
        > [2,"3","StopTransaction",{"transactionId":$second,"meterStop":400,"timestamp":"2026-01-02T04:00:00Z"}]
        < [3,"3",{}]
        """,
        tag=tag,
    )

    assert await sessions(server, station.id, "energy_wh", "open", "flags") == [
        (0, False, ["assumed_end"]),
        (300, False, []),
    ]


@pytest.mark.parametrize(
    "presented", ["$tag_dummy1", "$tag_", "$tag_dummy2_x"], ids=["suffix", "mark", "two marks"]
)
async def test_q50_a_tag_with_something_appended_where_the_settings_cut_it(server, presented):
    tag = await server.token()
    station_id = await server.station(security_profile=0, token_cut="_")
    station = await server.connects(station_id)

    await replays(
        station,
        """
        > [2,"0","Authorize",{"idTag":"$presented"}]
        < [3,"0",{"idTagInfo":{"status":"Accepted"}}]
        """
        + START.replace('"$tag"', '"$presented"')
        + STOP,
        presented=presented.replace("$tag", tag),
    )

    assert await sessions(server, station_id, "token", "energy_wh") == [(tag, 300)]


@pytest.mark.parametrize(
    ("registered", "presented"),
    [
        ("AbCdEf", "aBcDeF"),
        ("040C1D2E", " 040c1d2e "),
        ("a-tag-of-more-than-twenty-characters", "A-TAG-OF-MORE-THAN-TWENTY-CHARACTERS"),
        ("12345678", "12345678"),
    ],
)
async def test_q50_tags_in_other_letters_padded_or_too_long(server, registered, presented):
    await server.token(registered)
    station = await server.connects()

    await replays(station, START + STOP, tag=presented)

    assert await sessions(server, station.id, "token_status", "energy_wh") == [("accepted", 300)]


async def test_q50_a_tag_sent_as_a_number(server):
    await server.token("87654321")
    station = await server.connects()

    await replays(station, START.replace('"$tag"', "87654321") + STOP)

    assert await sessions(server, station.id, "token_status", "energy_wh") == [("accepted", 300)]
    await flagged(server, station.id, ("wrong_type", "StartTransaction", "/idTag"))


async def test_q55_ids_that_we_give_are_from_1_to_2_to_the_31st_less_1(server):
    station, tag = await server.connects(), await server.token()
    given = []

    for minute in range(12):
        known = await replays(station, (START + STOP).replace(":00:", f":{minute:02}:"), tag=tag)
        given.append(known["ref"])

    assert len(set(given)) == len(given)
    assert all(0 < ref < 2**31 for ref in given)
