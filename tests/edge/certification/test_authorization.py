"""Block C of 2.0.1, Core and Local Authorization List: who may charge, and clearing the cache."""

from datetime import UTC, datetime

import pytest

from tests.edge.certification.stations201 import Charging, answering, id_token
from tests.edge.conftest import V21, V201, at

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERSIONS = pytest.mark.parametrize("version", [V201, V21])

NOT_KNOWN = {"Invalid", "Unknown"}


async def authorizes(station, token):
    return (await station.call("Authorize", {"idToken": token}))["idTokenInfo"]


@VERSIONS
async def test_an_unknown_token_is_not_accepted(operator, version):
    """TC_C_02."""
    station = await answering(operator, version)

    assert (await authorizes(station, id_token("NOBODY")))["status"] in NOT_KNOWN


@VERSIONS
async def test_a_blocked_token_is_told_so(operator, server, version):
    """TC_C_06."""
    token = await server.token(status="blocked")
    station = await answering(operator, version)

    assert (await authorizes(station, id_token(token)))["status"] == "Blocked"


@VERSIONS
async def test_a_token_whose_time_is_over_is_told_so(operator, server, version):
    """TC_C_07."""
    token = await server.token(expires_at=at(-60, after=datetime.now(UTC)))
    station = await answering(operator, version)

    assert (await authorizes(station, id_token(token)))["status"] == "Expired"


@VERSIONS
async def test_a_token_that_is_valid_for_a_time_says_until_when(operator, server, version):
    """C10.FR.13: a station does not keep it in its cache for longer."""
    until = at(3600, after=datetime.now(UTC))
    station = await answering(operator, version)

    told = await authorizes(station, id_token(await server.token(expires_at=until)))

    assert told == {"status": "Accepted", "cacheExpiryDateTime": until}


@VERSIONS
async def test_a_token_that_the_station_let_in_by_itself_is_judged_again(operator, server, version):
    """TC_C_08: nobody asked before; the transaction began when the car was seen."""
    station = await answering(operator, version)
    charging, token = Charging(station), id_token(await server.token())
    await charging.tells("Started", "EVDetected")

    told = await charging.tells("Updated", "Authorized", token)

    assert told["idTokenInfo"]["status"] == "Accepted"
    assert (await server.transaction(station.id))["token"] == token["idToken"]


@VERSIONS
async def test_a_token_in_an_old_cache_is_refused_in_the_transaction(operator, server, version):
    """TC_C_20."""
    station = await answering(operator, version)
    charging = Charging(station)
    await charging.tells("Started", "EVDetected")

    told = await charging.tells("Updated", "Authorized", id_token("FORGOTTEN"))

    assert told["idTokenInfo"]["status"] in NOT_KNOWN


@VERSIONS
async def test_a_first_event_says_what_becomes_of_its_token(operator, server, version):
    station = await answering(operator, version)

    known = await Charging(station, 1).starts(id_token(await server.token()))
    unknown = await Charging(station, 2).starts(id_token("FORGOTTEN"))

    assert known["idTokenInfo"]["status"] == "Accepted"
    assert unknown["idTokenInfo"]["status"] in NOT_KNOWN


@VERSIONS
@pytest.mark.parametrize(
    ("status", "state"),
    [
        pytest.param("Accepted", "accepted", id="TC_C_37"),
        pytest.param("Rejected", "rejected", id="TC_C_38"),
    ],
)
async def test_the_cache_is_cleared_or_not(operator, version, status, state):
    station = await answering(operator, version, ClearCache={"status": status})

    command = await operator.asks(station.id, "clear_cache", wait=10)

    assert (command["state"], command["answer"]) == (state, status)
    assert station.asked[0][1:] == ("ClearCache", {})


@VERSIONS
@pytest.mark.parametrize("case", ["TC_C_39", "TC_C_40", "TC_C_43"])
async def test_one_of_a_group_stops_what_another_began(operator, server, version, case):
    """Every answer about either token names the group (C09.FR.09, C09.FR.12).

    In TC_C_40 the station has the tokens on its list and does not ask first.
    """
    group = f"FAMILY-{case}"
    first, second = [id_token(await server.token(group=group)) for _ in range(2)]
    named = {"status": "Accepted", "groupIdToken": id_token(group, "Central")}
    station = await answering(operator, version)
    charging = Charging(station)
    await charging.tells("Started", "CablePluggedIn", chargingState="EVConnected")

    if case == "TC_C_39":
        assert await authorizes(station, second) == named
    told = await charging.tells("Updated", "Authorized", first)
    assert told["idTokenInfo"] == named
    await charging.tells("Updated", "ChargingStateChanged", chargingState="Charging")
    if case != "TC_C_40":
        assert await authorizes(station, second) == named
    told = await charging.tells("Updated", "StopAuthorized", second)

    assert told["idTokenInfo"] == named
    await charging.tells("Updated", "ChargingStateChanged", chargingState="EVConnected")
    await charging.drives_off()
    assert (await server.transaction(station.id))["token"] == first["idToken"]


@VERSIONS
@pytest.mark.parametrize(
    ("case", "stopped"), [("TC_C_47", (1, 2)), ("TC_C_48", (1,)), ("TC_C_49", (1, 2))]
)
async def test_a_master_pass_stops_the_transactions_of_others(
    operator, server, version, case, stopped
):
    group = f"MASTER-{case}"
    master = id_token(await server.token(group=group, master_pass=True))
    named = {"status": "Accepted", "groupIdToken": id_token(group, "Central")}
    station = await answering(operator, version)
    under_way = {evse: Charging(station, evse) for evse in (1, 2)}
    for each in under_way.values():
        await each.starts(id_token(await server.token()))

    assert await authorizes(station, master) == named
    for evse in stopped:
        told = await under_way[evse].tells(
            "Ended", "StopAuthorized", master, stoppedReason="MasterPass"
        )
        assert told["idTokenInfo"] == named

    found = await server.transactions(station.id)
    over = {each["evse_id"] for each in found if each["stop_reason"] == "MasterPass"}
    assert over == set(stopped)


@VERSIONS
async def test_no_token_at_all_is_always_welcome(operator, version):
    """C02.FR.02: the type NoAuthorization."""
    station = await answering(operator, version)
    nobody = id_token("", "NoAuthorization")

    assert (await authorizes(station, nobody))["status"] == "Accepted"
    assert (await Charging(station, 1).starts(nobody))["idTokenInfo"]["status"] == "Accepted"
    assert (await Charging(station, 2).starts(nobody))["idTokenInfo"]["status"] == "Accepted"


@VERSIONS
async def test_case_does_not_count_and_the_type_does(operator, server, version):
    """The same text with another type is another token."""
    await server.token("AbCd01", type="eMAID")
    station = await answering(operator, version)

    assert (await authorizes(station, id_token("aBcD01", "eMAID")))["status"] == "Accepted"
    assert (await authorizes(station, id_token("AbCd01", "ISO14443")))["status"] in NOT_KNOWN


@VERSIONS
async def test_a_code_that_a_driver_types_is_read_by_nobody(operator, server, version):
    """C04.FR.04: neither in the journal, nor among the refused tokens."""
    station = await answering(operator, version)

    told = await authorizes(station, id_token("135791", "KeyCode"))

    assert told["status"] in NOT_KNOWN
    journal = await server.journal(station.id, len)
    assert "135791" not in str(journal)
    assert "135791" not in str(await server.items("/api/v1/token-refusals"))
