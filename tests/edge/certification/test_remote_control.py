"""Block F of 2.0.1 and 2.1, Core: starts, stops, unlocking and triggers from afar."""

import pytest

from tests.edge.certification.stations201 import (
    ACCEPTED,
    WAYS_TO_TELL,
    Charging,
    answered,
    answering,
    boots,
    id_token,
    is_valid,
    reports,
)
from tests.edge.conftest import V21, V201

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERSIONS = pytest.mark.parametrize("version", [V201, V21])


@VERSIONS
async def test_a_transaction_of_a_plugged_in_car_is_started(operator, server, version):
    """TC_F_01: the transaction began without a token."""
    token = await server.token()
    station = await answering(operator, version)
    charging = Charging(station)
    await charging.tells("Started", "CablePluggedIn", chargingState="EVConnected")
    station.on["RequestStartTransaction"] = ACCEPTED | {"transactionId": charging.ref}

    command = await answered(operator, station, "request_start", "accepted", token=token, evse_id=1)
    asked = dict(station.asked[0][2])
    number = asked.pop("remoteStartId")
    told = await charging.tells("Updated", "RemoteStart", id_token(token), remoteStartId=number)

    await charging.tells("Updated", "ChargingStateChanged", chargingState="Charging")

    assert asked == {"evseId": 1, "idToken": id_token(token)}
    assert is_valid(told)
    shown = await operator.sees(command, "done")
    assert shown["transaction_id"] == (await server.transaction(station.id))["id"]


@VERSIONS
async def test_a_transaction_is_started_before_the_car_is_there(operator, server, version):
    """TC_F_02: the station asks about the token first; without EVSE, it chooses."""
    token = await server.token(type="eMAID")
    station = await answering(operator, version, RequestStartTransaction=ACCEPTED)

    command = await answered(operator, station, "request_start", "accepted", token=token)
    asked = dict(station.asked[0][2])
    number = asked.pop("remoteStartId")
    assert asked == {"idToken": id_token(token, "eMAID")}
    assert is_valid(await station.call("Authorize", {"idToken": asked["idToken"]}))
    told = await Charging(station).starts(asked["idToken"], remoteStartId=number)

    assert is_valid(told)
    await operator.sees(command, "done")


@VERSIONS
async def test_a_transaction_that_was_started_is_told_apart_by_its_number(
    operator, server, version
):
    """TC_F_03: the station does not ask; another start of the same token is not the one."""
    token = id_token(await server.token())
    station = await answering(operator, version, RequestStartTransaction=ACCEPTED)
    command = await answered(
        operator, station, "request_start", "accepted", token=token["idToken"], evse_id=1
    )
    asked = station.asked[0][2]
    number = asked["remoteStartId"]
    assert (asked["evseId"], asked["idToken"]) == (1, token)

    other = Charging(station, evse=1)
    await other.tells("Started", "RemoteStart", token, remoteStartId=number + 1)
    assert (await server.get(f"/api/v1/commands/{command['id']}"))["state"] == "accepted"
    await other.ends()
    told = await Charging(station).tells("Started", "RemoteStart", token, remoteStartId=number)

    assert is_valid(told)
    await operator.sees(command, "done")


@VERSIONS
async def test_nobody_plugs_in_after_a_start_from_afar(operator, server, version):
    """TC_F_04: a station whose transactions stop with the car says so in an Updated (E03.FR.05)."""
    token = id_token(await server.token())
    station = await answering(operator, version, RequestStartTransaction=ACCEPTED)
    await answered(
        operator, station, "request_start", "accepted", token=token["idToken"], evse_id=1
    )
    charging = Charging(station)
    number = station.asked[0][2]["remoteStartId"]

    assert is_valid(await charging.tells("Started", "RemoteStart", token, remoteStartId=number))
    assert await charging.tells("Updated", "EVConnectTimeout") == {}
    assert (await server.transaction(station.id))["ended_at"] is None
    await charging.tells("Ended", "EVConnectTimeout", stoppedReason="Timeout")

    assert station.asked[0][2]["idToken"] == token
    assert (await server.transaction(station.id))["stop_reason"] == "Timeout"


@VERSIONS
async def test_a_group_is_named_where_it_is_given(operator, server, version):
    """H01, F01.FR.22: what is reserved for a group is opened by naming it."""
    station = await answering(operator, version, RequestStartTransaction=ACCEPTED)
    old = await operator.answering()

    fields = {"token": "A1", "token_type": "Central", "group_token": "FAMILY"}
    await answered(operator, station, "request_start", "accepted", **fields)
    refused = await operator.refused(old.id, "request_start", **fields)

    asked = station.asked[0][2]
    assert asked["groupIdToken"] == id_token("FAMILY", "Central")
    assert asked["idToken"] == id_token("A1", "Central")
    assert refused.status_code == 422


@VERSIONS
async def test_a_code_that_a_driver_types_is_shown_nowhere(operator, server, version):
    """C04.FR.04."""
    await server.token("987123", type="KeyCode")
    station = await answering(
        operator, version, RequestStartTransaction=ACCEPTED, ReserveNow=ACCEPTED
    )
    codes = [{"token": "987123"}, {"token": "987124", "token_type": "KeyCode"}]

    for n, fields in enumerate(codes):
        command = await answered(operator, station, "request_start", "accepted", **fields)
        assert command["arguments"]["token"] == "***"
        assert station.asked[n][2]["idToken"] == id_token(fields["token"], "KeyCode")
    command = await operator.asks(
        station.id, "reserve_now", wait=10, expires_at="2099-01-01T00:00:00Z", **codes[0]
    )
    assert command["arguments"]["token"] == "***"

    journal = await server.journal(station.id, lambda found: len(found) == 3)
    assert not any("98712" in each["frame"] for each in journal)


@VERSIONS
async def test_a_transaction_is_stopped_by_the_stations_own_name_for_it(operator, server, version):
    """TC_E_21, F03."""
    station = await answering(operator, version, RequestStopTransaction=ACCEPTED)
    charging = Charging(station)
    await charging.starts(id_token(await server.token()))
    transaction = await server.transaction(station.id)

    command = await answered(
        operator, station, "request_stop", "accepted", transaction_id=transaction["id"]
    )
    await charging.tells("Updated", "RemoteStop", chargingState="EVConnected")
    await charging.ends("RemoteStop", "Remote")

    assert station.asked[0][2] == {"transactionId": charging.ref}
    assert (await operator.sees(command, "done"))["transaction_id"] == transaction["id"]


@VERSIONS
@pytest.mark.parametrize(
    ("status", "state"),
    [
        pytest.param("Unlocked", "accepted", id="TC_F_06"),
        ("UnlockFailed", "rejected"),
        ("OngoingAuthorizedTransaction", "rejected"),
        ("UnknownConnector", "rejected"),
    ],
)
async def test_a_connector_is_unlocked_or_not(operator, version, status, state):
    station = await answering(operator, version, UnlockConnector={"status": status})

    command = await operator.asks(
        station.id, "unlock_connector", wait=10, evse_id=2, connector_id=3
    )

    assert (command["state"], command["answer"]) == (state, status)
    assert station.asked[0][2] == {"evseId": 2, "connectorId": 3}


SAMPLE = {"value": 7, "context": "Trigger"}
METER = [{"timestamp": "2026-01-02T03:04:05Z", "sampledValue": [SAMPLE]}]


async def meter(station, evse):
    assert await station.call("MeterValues", {"evseId": evse, "meterValue": METER}) == {}


async def log_status(station, _evse):
    assert await station.call("LogStatusNotification", {"status": "Idle"}) == {}


async def firmware_status(station, _evse):
    assert await station.call("FirmwareStatusNotification", {"status": "Idle"}) == {}


async def heartbeat(station, _evse):
    assert "currentTime" in await station.call("Heartbeat")


@VERSIONS
@pytest.mark.parametrize(
    ("message", "wire", "fields", "evses", "sends"),
    [
        pytest.param("meter_values", "MeterValues", {"evse_id": 1}, [1], meter, id="TC_F_11"),
        pytest.param("meter_values", "MeterValues", {}, [1, 2], meter, id="TC_F_12"),
        pytest.param(
            "log_status_notification",
            "LogStatusNotification",
            {},
            [1],
            log_status,
            id="TC_F_15",
        ),
        pytest.param(
            "firmware_status_notification",
            "FirmwareStatusNotification",
            {},
            [1],
            firmware_status,
            id="TC_F_18",
        ),
        pytest.param("heartbeat", "Heartbeat", {}, [1], heartbeat, id="TC_F_20"),
    ],
)
async def test_a_message_comes_when_it_is_asked_for(
    operator, version, message, wire, fields, evses, sends
):
    station = await answering(operator, version, TriggerMessage=ACCEPTED)

    command = await answered(
        operator, station, "trigger_message", "accepted", message=message, **fields
    )
    for evse in evses:
        await sends(station, evse)

    where = {"evse": {"id": 1}} if fields else {}
    assert station.asked[0][2] == where | {"requestedMessage": wire}
    await operator.sees(command, "done")


@VERSIONS
@pytest.mark.parametrize(
    ("fields", "where", "evses"),
    [
        pytest.param({"evse_id": 1}, {"evse": {"id": 1}}, [1], id="TC_F_13"),
        pytest.param({}, {}, [1, 2], id="TC_F_14"),
    ],
)
async def test_transactions_under_way_are_told_when_asked_for(
    operator, server, version, fields, where, evses
):
    station = await answering(operator, version, TriggerMessage=ACCEPTED)
    under_way = [Charging(station, evse) for evse in evses]
    for charging in under_way:
        await charging.transfers_energy(id_token(await server.token()))

    command = await answered(
        operator, station, "trigger_message", "accepted", message="transaction_event", **fields
    )
    for charging in under_way:
        more = {"meterValue": METER}
        told = await charging.tells("Updated", "Trigger", more=more, chargingState="Charging")
        assert told == {}

    assert station.asked[0][2] == where | {"requestedMessage": "TransactionEvent"}
    await operator.sees(command, "done")
    for transaction in await server.transactions(station.id):
        (sample,) = await server.samples(transaction)
        assert (sample["value"], sample["context"]) == (7, "Trigger")


@VERSIONS
@pytest.mark.parametrize("tells", WAYS_TO_TELL)
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({"evse_id": 1}, "Available", id="TC_F_23"),
        pytest.param({"evse_id": 1, "connector_id": 1}, "Occupied", id="TC_F_24"),
    ],
)
async def test_the_state_of_a_connector_is_told_when_asked_for(
    operator, server, version, fields, status, tells
):
    """F06.FR.13: a connector is named."""
    station = await answering(operator, version, TriggerMessage=ACCEPTED)
    if status == "Occupied":
        await tells(station, status)

    command = await answered(
        operator, station, "trigger_message", "accepted", message="status_notification", **fields
    )
    await tells(station, status)

    assert station.asked[0][2] == {
        "requestedMessage": "StatusNotification",
        "evse": {"id": 1, "connectorId": 1},
    }
    await operator.sees(command, "done")
    assert (await server.connector(station.id))["status"] == status.lower()


@VERSIONS
async def test_what_another_connector_sends_was_not_asked_for(operator, version):
    station = await answering(operator, version, TriggerMessage=ACCEPTED)
    fields = {"message": "status_notification", "evse_id": 1, "connector_id": 2}
    command = await answered(operator, station, "trigger_message", "accepted", **fields)

    await reports(station, "Available", evse=2, connector=2)
    await reports(station, "Available", evse=1, connector=1)
    assert (await operator.server.get(f"/api/v1/commands/{command['id']}"))["state"] == "accepted"
    await reports(station, "Available", evse=1, connector=2)

    await operator.sees(command, "done")


@VERSIONS
@pytest.mark.parametrize("status", ["NotImplemented", "Rejected"])
async def test_a_message_that_will_not_come(operator, version, status):
    """TC_F_27."""
    station = await answering(operator, version, TriggerMessage={"status": status})

    command = await operator.asks(station.id, "trigger_message", wait=10, message="heartbeat")

    assert (command["state"], command["answer"]) == ("rejected", status)


@pytest.mark.parametrize(
    ("version", "fields", "field"),
    [
        # F06.FR.13: the state is that of a connector.
        (V201, {"message": "status_notification"}, "evse_id"),
        (V201, {"message": "heartbeat", "connector_id": 2}, ""),
        # Of 2.1 alone.
        (V201, {"message": "sign_v2g_20_certificate"}, "requestedMessage"),
        ("ocpp1.6", {"message": "transaction_event"}, "message"),
        ("ocpp1.6", {"message": "heartbeat", "evse_id": 1, "connector_id": 2}, "connector_id"),
    ],
)
async def test_a_trigger_that_a_version_cannot_say_is_refused(operator, version, fields, field):
    station = await operator.answering(version=version)

    answer = await operator.refused(station.id, "trigger_message", **fields)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].endswith(field)
    assert station.asked == []


async def test_a_station_that_waits_for_acceptance_may_send_what_was_asked_for(operator, server):
    """F06: BootNotification is asked for again while the station is pending."""
    station_id = await server.station(security_profile=0, registration="pending", strict=True)
    station = await operator.answering(station_id, version=V201)
    station.on["TriggerMessage"] = ACCEPTED
    assert (await boots(station))["status"] == "Pending"

    command = await operator.asks(station.id, "trigger_message", message="boot_notification")
    await station.is_asked("TriggerMessage")
    assert (await boots(station, "Triggered"))["status"] == "Pending"

    await operator.sees(command, "done")
    refused = await operator.refused(station.id, "request_start", token="A1")
    assert refused.status_code == 409


@VERSIONS
async def test_the_raw_door_has_the_same_effects(operator, server, version):
    token = id_token(await server.token())
    station = await answering(operator, version, RequestStartTransaction=ACCEPTED)

    answer = await operator.raw(
        station.id, "RequestStartTransaction", {"idToken": token, "remoteStartId": 4711}
    )
    command = await server.get(answer.headers["location"])
    assert command["state"] == "accepted"
    await Charging(station).starts(token, remoteStartId=4711)

    assert (await operator.sees(command, "done"))["transaction_id"] is not None
