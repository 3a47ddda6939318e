"""Block D of 2.0.1 and 2.1: local authorization lists (D01, D02)."""

import pytest

from tests.edge.certification.stations201 import ACCEPTED, answering, id_token
from tests.edge.conftest import V21, V201, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def sends(operator, station, update, **fields):
    command = await operator.asks(station.id, "send_local_list", wait=10, update=update, **fields)
    assert command["state"] == "accepted", command
    return command


async def holding(operator, *tokens, version=V201, **on):
    """A station that was sent these; what it was asked for it is forgotten."""
    station = await answering(operator, version, SendLocalList=ACCEPTED, **on)
    await sends(operator, station, "full", tokens=tokens)
    station.asked.clear()
    return station


def accepted(token, kind="ISO14443", **more):
    return {"idToken": id_token(token, kind), "idTokenInfo": {"status": "Accepted"} | more}


@pytest.mark.parametrize("version", [V201, V21])
async def test_a_whole_list_is_sent(operator, server, version):
    """TC_D_01: every entry has what we think of its token, and is of its type."""
    card = await server.token()
    contract = await server.token(type="eMAID", group="FLEET")
    blocked = await server.token(status="blocked")
    station = await answering(operator, version, SendLocalList=ACCEPTED)

    await sends(operator, station, "full", tokens=[card, contract, blocked])

    ((_, action, asked),) = station.asked
    assert action == "SendLocalList"
    assert asked["updateType"] == "Full"
    assert asked["versionNumber"] > 0
    entries = sorted(asked["localAuthorizationList"], key=lambda each: each["idToken"]["idToken"])
    group = {"groupIdToken": id_token("FLEET", "Central")}
    assert entries == [
        accepted(card),
        accepted(contract, "eMAID", **group),
        accepted(blocked) | {"idTokenInfo": {"status": "Blocked"}},
    ]
    shown = await server.get(f"/api/v1/stations/{station.id}/local-list")
    assert {each["token"] for each in shown["items"]} == {card, contract, blocked}


async def test_a_list_is_added_to(operator, server):
    """TC_D_02: with a higher version than the station has."""
    first, second = await server.token(), await server.token()
    station = await holding(operator, first)
    before = (await server.get(f"/api/v1/stations/{station.id}/local-list"))["version"]

    await sends(operator, station, "differential", tokens=[second])

    asked = station.asked[0][2]
    assert asked["updateType"] == "Differential"
    assert asked["versionNumber"] > before
    assert asked["localAuthorizationList"] == [accepted(second)]


async def test_a_list_is_newer_than_the_one_that_the_station_says_it_has(operator, server):
    """TC_D_02: the station was asked for its version, and it is not the one that we sent."""
    first, second = await server.token(), await server.token()
    station = await holding(operator, first, GetLocalListVersion={"versionNumber": 40})

    await operator.asks(station.id, "get_local_list_version", wait=10)
    await sends(operator, station, "differential", tokens=[second])

    ((_, action, _), (_, _, asked)) = station.asked
    assert action == "GetLocalListVersion"
    assert asked["versionNumber"] > 40
    assert {each["idToken"]["idToken"] for each in asked["localAuthorizationList"]} >= {second}


async def test_a_token_is_taken_off_the_list(operator, server):
    """TC_D_03: named as the station knows it, and without what we think of it."""
    card, contract = await server.token(), await server.token(type="eMAID")
    station = await holding(operator, card, contract)
    before = (await server.get(f"/api/v1/stations/{station.id}/local-list"))["version"]

    await sends(operator, station, "differential", remove=[contract])

    asked = station.asked[0][2]
    assert asked["updateType"] == "Differential"
    assert asked["versionNumber"] > before
    assert asked["localAuthorizationList"] == [{"idToken": id_token(contract, "eMAID")}]
    shown = await server.get(f"/api/v1/stations/{station.id}/local-list")
    assert [each["token"] for each in shown["items"]] == [card]


async def test_a_list_is_emptied(operator, server):
    """TC_D_04: the list itself is left out."""
    station = await holding(operator, await server.token())

    await sends(operator, station, "full", tokens=[])

    asked = station.asked[0][2]
    assert asked == {"versionNumber": asked["versionNumber"], "updateType": "Full"}
    assert (await server.get(f"/api/v1/stations/{station.id}/local-list"))["items"] == []


@pytest.mark.parametrize(
    ("version", "detail"),
    [
        pytest.param(7, None, id="TC_D_08"),
        pytest.param(0, "the station has no list", id="TC_D_09"),
    ],
)
async def test_the_version_of_the_list_is_asked_for(operator, version, detail):
    station = await answering(operator, GetLocalListVersion={"versionNumber": version})

    command = await operator.asks(station.id, "get_local_list_version", wait=10)

    assert station.asked[0][1:] == ("GetLocalListVersion", {})
    assert (command["state"], command["result"]) == ("accepted", {"version": version})
    assert command["detail"] == detail


@pytest.mark.parametrize("status", ["Failed", "VersionMismatch"])
async def test_a_station_that_cannot_apply_a_difference_is_sent_everything(
    operator, server, status
):
    """D01.FR.03."""
    first, second = await server.token(), await server.token()
    station = await holding(operator, first)
    station.on["SendLocalList"] = lambda asked: (
        ACCEPTED if asked["updateType"] == "Full" else {"status": status}
    )

    command = await sends(operator, station, "differential", tokens=[second])

    assert [asked["updateType"] for _, _, asked in station.asked] == ["Differential", "Full"]
    assert len(station.asked[1][2]["localAuthorizationList"]) == 2
    assert command["result"]["messages"] == 2


async def tells(station, variable, **more):
    """The station tells a variable of its list, in a report that nobody asked for."""
    reported = {
        "component": {"name": "LocalAuthListCtrlr"},
        "variable": {"name": variable},
        "variableAttribute": [{"value": more.pop("value"), "mutability": "ReadOnly"}],
        "variableCharacteristics": {"dataType": "integer", "supportsMonitoring": False} | more,
    }
    await station.call(
        "NotifyReport",
        {
            "requestId": 1,
            "generatedAt": "2026-01-02T03:04:05Z",
            "seqNo": 0,
            "tbc": False,
            "reportData": [reported],
        },
    )


async def test_a_list_is_cut_to_what_a_station_takes(operator, server):
    """D01.FR.11, D01.FR.12: the first message is Full, each has a higher version."""
    tokens = [await server.token() for _ in range(5)]
    station = await answering(operator, SendLocalList=ACCEPTED)
    await tells(station, "ItemsPerMessage", value="2")
    await tells(station, "Entries", value="0", maxLimit=5)
    path = f"/api/v1/stations/{station.id}/variables"
    await eventually(lambda: server.items(path), lambda found: len(found) == 2)

    await sends(operator, station, "full", tokens=tokens)
    refused = await operator.refused(
        station.id, "send_local_list", update="full", tokens=[*tokens, await server.token()]
    )

    sent = [asked for _, _, asked in station.asked]
    assert [each["updateType"] for each in sent] == ["Full", "Differential", "Differential"]
    assert [len(each["localAuthorizationList"]) for each in sent] == [2, 2, 1]
    versions = [each["versionNumber"] for each in sent]
    assert versions == sorted(set(versions))
    assert refused.status_code == 422


async def test_no_message_with_a_list_is_longer_than_a_station_takes(operator, server):
    """D01.FR.11: BytesPerMessage, where ItemsPerMessage would allow more."""
    tokens = [await server.token() for _ in range(7)]
    station = await answering(operator, SendLocalList=ACCEPTED)
    await tells(station, "ItemsPerMessage", value="5")
    await tells(station, "BytesPerMessage", value="400")
    path = f"/api/v1/stations/{station.id}/variables"
    await eventually(lambda: server.items(path), lambda found: len(found) == 2)

    command = await sends(operator, station, "full", tokens=tokens)

    lists = [asked["localAuthorizationList"] for _, _, asked in station.asked]
    assert all(len(frame) <= 400 for frame in station.frames)
    assert 2 < len(lists) < 7
    assert [each for some in lists for each in some] == [accepted(each) for each in tokens]
    assert [asked["updateType"] for _, _, asked in station.asked] == [
        "Full",
        *["Differential"] * (len(lists) - 1),
    ]
    assert command["result"]["messages"] == len(lists)


async def test_a_card_is_on_the_list_under_every_text_that_stations_read(operator, server):
    """Q50: a station compares with what it reads itself. What is taken off is so wholly."""
    await server.token("04A2B7C1", aliases=["C1B7A204", "A2B7C1"])
    other = await server.token()
    station = await answering(operator, SendLocalList=ACCEPTED)

    await sends(operator, station, "full", tokens=["04A2B7C1", other])
    await sends(operator, station, "differential", remove=["04a2b7c1"])

    full, less = (asked["localAuthorizationList"] for _, _, asked in station.asked)
    read = ["04A2B7C1", "A2B7C1", "C1B7A204"]
    assert sorted(each["idToken"]["idToken"] for each in full) == sorted([*read, other])
    assert all(each["idTokenInfo"]["status"] == "Accepted" for each in full)
    assert sorted(each["idToken"]["idToken"] for each in less) == read
    assert not any("idTokenInfo" in each for each in less)


async def test_a_code_on_a_list_is_in_no_journal(operator, server):
    """C04.FR.04."""
    await server.token("246802", type="KeyCode")
    station = await answering(operator, SendLocalList=ACCEPTED)

    command = await sends(operator, station, "full", tokens=["246802"])

    assert station.asked[0][2]["localAuthorizationList"] == [accepted("246802", "KeyCode")]
    assert "246802" not in str(await server.journal(station.id, len))
    assert "246802" not in str(command["arguments"])


async def test_the_raw_door_changes_what_we_know_of_a_list(operator, server):
    station = await answering(operator, SendLocalList=ACCEPTED)
    entry = accepted("R1", "Central", cacheExpiryDateTime="2030-01-01T00:00:00Z")
    payload = {"versionNumber": 9, "updateType": "Full", "localAuthorizationList": [entry]}

    assert (await operator.raw(station.id, "SendLocalList", payload)).is_success

    shown = await server.get(f"/api/v1/stations/{station.id}/local-list")
    assert (shown["version"], [each["token"] for each in shown["items"]]) == (9, ["R1"])


async def test_a_token_of_255_characters_is_on_the_lists_of_2_1_and_not_of_2_0_1(operator, server):
    """2.1 IdTokenType.idToken, groupIdToken; in 2.0.1 both have at most 36 characters."""
    group = "G" * 200
    token = await server.token("L" * 255, group=group)
    station = await answering(operator, V21, SendLocalList=ACCEPTED)

    await sends(operator, station, "full", tokens=[token])

    ((_, _, asked),) = station.asked
    expected = accepted(token, groupIdToken=id_token(group, "Central"))
    assert asked["localAuthorizationList"] == [expected]
    shown = await server.get(f"/api/v1/stations/{station.id}/local-list")
    assert [each["token"] for each in shown["items"]] == [token]
    older = await answering(operator, V201, SendLocalList=ACCEPTED)
    refused = await operator.refused(older.id, "send_local_list", update="full", tokens=[token])
    assert refused.status_code == 422
    assert "36 characters" in refused.text


async def test_a_token_of_a_type_that_only_2_1_has_is_left_out_for_2_0_1(operator, server):
    """IdTokenType.type is a list of words in 2.0.1, and open in 2.1."""
    card, car = await server.token(), await server.token(type="VIN")
    newer = await answering(operator, V21, SendLocalList=ACCEPTED)
    older = await answering(operator, V201, SendLocalList=ACCEPTED)

    for station in (newer, older):
        await sends(operator, station, "full")

    def listed(station):
        ((_, _, asked),) = station.asked
        return {each["idToken"]["idToken"] for each in asked["localAuthorizationList"]}

    assert {card, car} <= listed(newer)
    assert card in listed(older)
    assert car not in listed(older)
    refused = await operator.refused(older.id, "send_local_list", update="full", tokens=[car])
    assert refused.status_code == 422
    assert "VIN" in refused.text
