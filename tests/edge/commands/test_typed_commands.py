"""The same words for every version: what was asked, how far it got, and what proved it."""

import asyncio

import pytest

from tests.edge.conftest import at, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCEPTED = {"status": "Accepted"}


@pytest.fixture(scope="module")
def settings():
    return {"command_timeout_s": 1}


async def test_a_remote_start_is_done_when_its_transaction_has_begun(operator):
    token = await operator.server.token()
    station = await operator.answering()
    station.on["RemoteStartTransaction"] = ACCEPTED
    asking = asyncio.create_task(
        operator.asks(station.id, "request_start", wait=30, token=token, evse_id=1)
    )
    _, payload = await station.is_asked("RemoteStartTransaction")

    await station.starts(token)

    assert payload == {"connectorId": 1, "idTag": token}
    command = await asking
    assert (command["state"], command["final"]) == ("done", True)
    (transaction,) = await operator.server.transactions(station.id)
    assert command["transaction_id"] == transaction["id"]


async def test_a_transaction_that_begins_before_the_answer_proves_the_start_as_well(operator):
    token = await operator.server.token()
    station = await operator.answering()

    async def starts_first(_payload):
        asyncio.get_running_loop().create_task(starts_then_answers())

    async def starts_then_answers():
        await station.starts(token)
        await station.says([3, station.asked[-1][0], ACCEPTED])

    station.on["RemoteStartTransaction"] = starts_first

    command = await operator.asks(station.id, "request_start", wait=30, token=token)

    (transaction,) = await operator.server.transactions(station.id)
    assert (command["state"], command["transaction_id"]) == ("done", transaction["id"])


async def test_a_remote_start_that_the_station_rejects_says_so(operator):
    station = await operator.answering()
    station.on["RemoteStartTransaction"] = {"status": "Rejected"}

    command = await operator.asks(station.id, "request_start", wait=30, token="A1", evse_id=1)

    assert (command["state"], command["answer"], command["final"]) == (
        "rejected",
        "Rejected",
        True,
    )


async def test_a_remote_start_whose_token_is_then_refused_says_so(operator):
    token = await operator.server.token(status="blocked")
    station = await operator.answering()
    station.on["RemoteStartTransaction"] = ACCEPTED
    asking = asyncio.create_task(operator.asks(station.id, "request_start", wait=30, token=token))
    await station.is_asked("RemoteStartTransaction")

    await station.call("Authorize", {"idTag": token})

    command = await asking
    assert command["state"] == "failed"
    assert "blocked" in command["detail"]


async def test_an_old_transaction_from_the_offline_queue_is_not_what_was_asked_for(operator):
    token = await operator.server.token()
    station = await operator.answering()
    station.on["RemoteStartTransaction"] = ACCEPTED
    command = await operator.asks(station.id, "request_start", token=token)
    command = await operator.sees(command, "accepted")

    await station.starts(token, seconds=0)

    shown = await operator.server.get(f"/api/v1/commands/{command['id']}")
    assert (shown["state"], shown["awaits"]) == ("accepted", "transaction_begins")
    await station.starts(token)
    assert (await operator.sees(command, "done"))["transaction_id"] is not None


async def test_a_remote_stop_is_done_when_the_transaction_has_ended(operator):
    token = await operator.server.token()
    station = await operator.answering()
    station.on["RemoteStopTransaction"] = ACCEPTED
    number = await station.starts(token)
    transaction = await operator.server.transaction(station.id)
    asking = asyncio.create_task(
        operator.asks(station.id, "request_stop", wait=30, transaction_id=transaction["id"])
    )
    _, payload = await station.is_asked("RemoteStopTransaction")

    await station.stops(number)

    assert payload == {"transactionId": number}
    command = await asking
    assert (command["state"], command["transaction_id"]) == ("done", transaction["id"])
    again = await operator.refused(station.id, "request_stop", transaction_id=transaction["id"])
    assert (again.status_code, again.json()["code"]) == (409, "already_ended")


async def test_a_reset_is_done_when_the_station_has_booted_again(operator):
    station = await operator.answering()
    station.on["Reset"] = ACCEPTED
    command = await operator.asks(station.id, "reset", kind="immediate")
    await operator.sees(command, "accepted")
    await station.leaves()

    again = await operator.answering(station.id)
    await again.boots()

    shown = await operator.sees(command, "done")
    assert station.asked[0][2] == {"type": "Hard"}
    assert shown["answer"] == "Accepted"


async def test_a_station_that_resets_before_it_answers_is_unknown_until_it_has_booted(operator):
    station = await operator.answering()
    station.on["Reset"] = None
    command = await operator.asks(station.id, "reset")
    await station.is_asked("Reset")
    await station.leaves()
    shown = await operator.sees(command, "unknown")
    assert shown["awaits"] == "reboot"

    again = await operator.answering(station.id)
    await again.boots()

    assert (await operator.sees(command, "done"))["detail"] == "it booted again"


@pytest.mark.parametrize(
    ("evse_id", "connector", "status"), [(2, 2, "Unavailable"), (None, 0, "Unavailable")]
)
async def test_a_change_of_availability_is_done_when_the_station_reports_it(
    operator, evse_id, connector, status
):
    station = await operator.answering()
    station.on["ChangeAvailability"] = {"status": "Scheduled"}
    place = {} if evse_id is None else {"evse_id": evse_id}
    command = await operator.asks(station.id, "change_availability", operative=False, **place)
    await operator.sees(command, "scheduled")
    await station.reports(1, "Available")
    await station.reports(connector, status)

    await operator.sees(command, "done")
    assert station.asked[0][2] == {"connectorId": connector, "type": "Inoperative"}


@pytest.mark.parametrize(
    ("message", "action", "wire"),
    [
        ("boot_notification", "BootNotification", "TriggerMessage"),
        ("heartbeat", "Heartbeat", "TriggerMessage"),
        ("sign_charging_station_certificate", "SignCertificate", "ExtendedTriggerMessage"),
        (
            "signed_firmware_status_notification",
            "SignedFirmwareStatusNotification",
            "ExtendedTriggerMessage",
        ),
    ],
)
async def test_a_trigger_is_done_when_the_message_has_come(operator, message, action, wire):
    station = await operator.answering()
    station.on[wire] = ACCEPTED
    command = await operator.asks(station.id, "trigger_message", message=message)
    await operator.sees(command, "accepted")
    payloads = {
        "BootNotification": {"chargePointVendor": "v", "chargePointModel": "m"},
        "SignCertificate": {"csr": "x"},
        "SignedFirmwareStatusNotification": {"status": "Idle", "requestId": 1},
    }

    await station.call(action, payloads.get(action))

    await operator.sees(command, "done")


async def test_q34_a_station_that_wants_connector_0_for_all_gets_it(operator):
    station = await operator.answering()
    station.on["TriggerMessage"] = lambda asked: {
        "status": "Accepted" if asked.get("connectorId") == 0 else "Rejected"
    }

    command = await operator.asks(
        station.id, "trigger_message", wait=0, message="status_notification"
    )
    await operator.sees(command, "accepted")
    other = await operator.asks(station.id, "trigger_message", wait=10, message="heartbeat")

    assert other["state"] == "rejected"
    assert [each[2].get("connectorId") for each in station.asked] == [None, 0, None]


async def test_a_trigger_for_one_connector_is_not_proven_by_another(operator):
    station = await operator.answering()
    station.on["TriggerMessage"] = ACCEPTED
    command = await operator.asks(
        station.id, "trigger_message", message="status_notification", evse_id=2
    )
    await operator.sees(command, "accepted")

    await station.reports(1, "Available")

    shown = await operator.server.get(f"/api/v1/commands/{command['id']}")
    assert shown["state"] == "accepted"
    await station.reports(2, "Available")
    await operator.sees(command, "done")


@pytest.mark.parametrize(
    ("status", "state"),
    [("Unlocked", "accepted"), ("UnlockFailed", "rejected"), ("NotSupported", "rejected")],
)
async def test_unlocking_is_over_with_the_answer(operator, status, state):
    station = await operator.answering()
    station.on["UnlockConnector"] = {"status": status}

    command = await operator.asks(station.id, "unlock_connector", wait=10, evse_id=1)

    assert (command["state"], command["answer"]) == (state, status)


async def test_clearing_the_cache_and_vendor_messages_are_over_with_the_answer(operator):
    station = await operator.answering()
    station.on["ClearCache"] = {"status": "Rejected"}
    station.on["DataTransfer"] = {"status": "Accepted", "data": "pong"}

    cleared = await operator.asks(station.id, "clear_cache", wait=10)
    told = await operator.asks(
        station.id, "data_transfer", wait=10, vendor_id="v", message_id="m", data="ping"
    )

    assert cleared["state"] == "rejected"
    assert (told["state"], told["result"]["data"]) == ("accepted", "pong")
    assert station.asked[-1][2] == {"vendorId": "v", "messageId": "m", "data": "ping"}


async def test_a_callerror_and_a_silence_are_states_of_their_own(operator):
    station = await operator.answering()
    station.on["ClearCache"] = ["NotSupported", "", {}]
    station.on["Reset"] = None

    refused = await operator.asks(station.id, "clear_cache", wait=10)
    silent = await operator.asks(station.id, "unlock_connector", wait=10, evse_id=1)
    station.on["UnlockConnector"] = None
    silent = await operator.asks(station.id, "unlock_connector", wait=10, evse_id=1)

    assert (refused["state"], refused["call_error"]["code"]) == ("call_error", "NotSupported")
    assert (silent["state"], silent["detail"]) == ("timed_out", "no answer within 1 s")


async def test_a_late_answer_settles_what_had_timed_out(operator):
    station = await operator.answering()
    station.on["UnlockConnector"] = None
    command = await operator.asks(station.id, "unlock_connector", wait=10, evse_id=1)
    assert command["state"] == "timed_out"

    await station.says([3, station.asked[0][0], {"status": "Unlocked"}])

    shown = await operator.sees(command, "accepted")
    assert (shown["late"], shown["answer"]) == (True, "Unlocked")


async def test_an_answer_that_comes_on_the_next_connection_settles_it_too(operator):
    station = await operator.answering()
    station.on["UnlockConnector"] = None
    command = await operator.asks(station.id, "unlock_connector", evse_id=1)
    message_id, _ = await station.is_asked("UnlockConnector")
    await station.leaves()
    await operator.sees(command, "unknown")

    again = await operator.answering(station.id)
    await again.says([3, message_id, {"status": "UnlockFailed"}])

    assert (await operator.sees(command, "rejected"))["answer"] == "UnlockFailed"


async def test_a_newer_connection_takes_over_what_is_queued(operator):
    station = await operator.answering()
    station.on["ClearCache"] = None
    first = await operator.asks(station.id, "clear_cache")
    await station.is_asked("ClearCache")
    second = await operator.asks(station.id, "clear_cache")

    again = await operator.answering(station.id)
    again.on["ClearCache"] = ACCEPTED

    await operator.sees(first, "unknown")
    await operator.sees(second, "accepted")


async def test_what_is_queued_when_the_station_leaves_was_not_sent(operator):
    station = await operator.answering()
    station.on["ClearCache"] = None
    first = await operator.asks(station.id, "clear_cache")
    await station.is_asked("ClearCache")
    second = await operator.asks(station.id, "clear_cache")

    await station.leaves()

    await operator.sees(first, "unknown")
    assert (await operator.sees(second, "offline"))["sent_at"] is None


async def test_a_station_that_is_away_makes_it_offline_at_once(operator):
    station_id = await operator.server.station()

    command = await operator.asks(station_id, "reset", wait=10)

    assert (command["state"], command["final"]) == ("offline", True)
    assert command["detail"] == "the station is not connected"


async def test_who_waits_for_the_driver_goes_first(operator):
    station = await operator.answering()
    station.on["Reset"] = None
    station.on["ClearCache"] = station.on["UnlockConnector"] = ["NotSupported", "", {}]
    await operator.asks(station.id, "reset")
    message_id, _ = await station.is_asked("Reset")
    await operator.asks(station.id, "clear_cache")
    await operator.asks(station.id, "unlock_connector", evse_id=1)

    await station.says([3, message_id, {"status": "Rejected"}])

    await station.is_asked("ClearCache")
    assert [each[1] for each in station.asked] == ["Reset", "UnlockConnector", "ClearCache"]


async def test_what_was_not_sent_can_be_withdrawn(operator):
    station = await operator.answering()
    station.on["ClearCache"] = None
    first = await operator.asks(station.id, "clear_cache")
    message_id, _ = await station.is_asked("ClearCache")
    second = await operator.asks(station.id, "clear_cache")
    http = operator.server.http

    withdrawn = await http.post(f"/api/v1/commands/{second['id']}/cancel")
    too_late = await http.post(f"/api/v1/commands/{first['id']}/cancel")

    assert withdrawn.json()["state"] == "cancelled"
    assert (too_late.status_code, too_late.json()["code"]) == (409, "not_cancellable")
    await station.says([3, message_id, ACCEPTED])
    await operator.sees(first, "accepted")
    assert len(station.asked) == 1


async def test_a_station_that_is_not_accepted_is_not_asked_to_charge(operator):
    station_id = await operator.server.station(security_profile=0, registration="pending")
    station = await operator.answering(station_id)
    station.on["ClearCache"] = ACCEPTED
    await station.boots()

    refused = await operator.refused(station.id, "request_start", token="A1")
    raw = await operator.raw(station.id, "RemoteStopTransaction", {"transactionId": 1})
    allowed = await operator.asks(station.id, "clear_cache", wait=10)

    assert (refused.status_code, refused.json()["code"]) == (409, "not_accepted")
    assert raw.json()["code"] == "not_accepted"
    assert allowed["state"] == "accepted"


async def test_a_strict_station_that_is_pending_may_send_what_it_was_asked_for(operator):
    station_id = await operator.server.station(
        security_profile=0, registration="pending", strict=True
    )
    station = await operator.answering(station_id)
    station.on["TriggerMessage"] = ACCEPTED
    await station.boots()

    command = await operator.asks(station.id, "trigger_message", message="status_notification")
    await station.is_asked("TriggerMessage")
    await station.call(
        "StatusNotification",
        {"connectorId": 0, "errorCode": "NoError", "status": "Available", "timestamp": at()},
    )

    await operator.sees(command, "done")


@pytest.mark.parametrize(
    ("command", "fields", "field"),
    [
        ("reset", {"evse_id": 1}, "evse_id"),
        ("unlock_connector", {"evse_id": 1, "connector_id": 2}, "connector_id"),
        ("request_stop", {"station_ref": "not-a-number"}, "station_ref"),
        ("request_stop", {}, ""),
        ("change_availability", {}, "operative"),
        ("trigger_message", {"message": "poetry"}, "message"),
        ("reset", {"how": "softly"}, "how"),
        ("no_such_command", {}, ""),
    ],
)
async def test_what_cannot_be_said_is_refused_before_anything_is_sent(
    operator, command, fields, field
):
    station = await operator.answering()

    answer = await operator.refused(station.id, command, **fields)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].endswith(field)
    assert station.asked == []


async def test_what_is_not_there_for_a_version_is_said(operator):
    station = await operator.answering()

    answer = await operator.refused(station.id, "get_transaction_status")

    assert (answer.status_code, answer.json()["code"]) == (409, "command_not_served")


async def test_commands_are_listed_newest_first_and_by_what_they_are(operator):
    station = await operator.answering()
    station.on["ClearCache"] = ACCEPTED
    await operator.asks(station.id, "clear_cache", wait=10)
    await operator.asks(station.id, "unlock_connector", wait=10, evse_id=1)

    everything = await operator.server.items("/api/v1/commands", station_id=station.id)
    accepted = await operator.server.items(
        "/api/v1/commands", station_id=station.id, state="accepted", final=True
    )

    assert [each["command"] for each in everything] == ["unlock_connector", "clear_cache"]
    assert [each["command"] for each in accepted] == ["clear_cache"]


async def test_every_step_of_a_command_is_told_live(operator):
    station = await operator.answering()
    station.on["Reset"] = ACCEPTED
    states = []

    async with operator.server.http.stream("GET", "/api/v1/events?topics=commands") as stream:
        command = await operator.asks(station.id, "reset")
        await operator.sees(command, "accepted")
        lines = stream.aiter_lines()
        async for line in lines:
            if line.startswith("data:") and command["id"] in line:
                states.append(line)
                if '"state":"accepted"' in line:
                    break

    assert states


async def test_a_station_that_never_answers_holds_up_no_other(operator):
    silent = await operator.answering()
    silent.on["ClearCache"] = None
    others = [await operator.answering() for _ in range(20)]
    for station in others:
        station.on["ClearCache"] = ACCEPTED
    stuck = await operator.asks(silent.id, "clear_cache")
    await silent.is_asked("ClearCache")

    done = await asyncio.gather(
        *(operator.asks(each.id, "clear_cache", wait=10) for each in others)
    )

    assert {each["state"] for each in done} == {"accepted"}
    shown = await operator.server.get(f"/api/v1/commands/{stuck['id']}")
    assert shown["state"] in {"sent", "timed_out"}


async def test_no_command_is_found_under_an_id_that_is_none(operator):
    for command_id in ("nothing", "019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"):
        answer = await operator.server.http.get(f"/api/v1/commands/{command_id}")
        assert answer.status_code == 404


async def test_a_wait_can_go_on_later(operator):
    token = await operator.server.token()
    station = await operator.answering()
    station.on["RemoteStartTransaction"] = ACCEPTED
    command = await operator.asks(station.id, "request_start", wait=0, token=token)
    assert not command["final"]
    waiting = asyncio.create_task(
        operator.server.http.get(f"/api/v1/commands/{command['id']}", headers={"Prefer": "wait=30"})
    )
    await operator.sees(command, "accepted")

    await station.starts(token)

    assert (await waiting).json()["state"] == "done"
    await eventually(lambda: operator.server.transactions(station.id), len)


async def test_a_station_that_is_rejected_between_two_questions_keeps_what_it_said(operator):
    station = await operator.answering()
    limit = {"key": "GetConfigurationMaxKeys", "readonly": True, "value": "1"}
    station.on["GetConfiguration"] = {"configurationKey": [limit]}
    await operator.asks(station.id, "get_variables", wait=10)

    async def rejected_meanwhile(_asked):
        body = {"registration": "rejected"}
        path = f"/api/v1/stations/{station.id}"
        assert (await operator.server.http.put(path, json=body)).is_success
        asyncio.get_running_loop().create_task(boots_then_answers(station.asked[-1][0]))

    async def boots_then_answers(message_id):
        await station.boots()
        value = {"key": "HeartbeatInterval", "readonly": False, "value": "77"}
        await station.says([3, message_id, {"configurationKey": [value]}])

    station.on["GetConfiguration"] = rejected_meanwhile
    command = await operator.asks(
        station.id, "get_variables", wait=10, variables=["HeartbeatInterval", "ResetRetries"]
    )

    assert command["state"] == "failed"
    assert "rejected" in command["detail"]
    kept = await operator.server.items(f"/api/v1/stations/{station.id}/variables")
    assert {"HeartbeatInterval": "77"}.items() <= {v["key"]: v["value"] for v in kept}.items()
