"""A 1.6 station refuses, fails, delays, ignores and drops what it is told to."""

import asyncio

import pytest
from ocpp.exceptions import FormatViolationError, NotSupportedError, OCPPError, SecurityError
from ocpp.v16 import call

from voltaro.testing import SimulatedStation

HASH = {
    "hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "1"
}  # fmt: skip
PROFILE = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}],
    },
}
FIRMWARE = {
    "location": "http://127.0.0.1:1/f", "retrieveDateTime": "2026-01-01T00:00:00Z",
    "signingCertificate": "x", "signature": "y",
}  # fmt: skip
WHEN = "2099-01-01T00:00:00Z"
LOG = {"remoteLocation": "http://127.0.0.1:1"}

#: Each action once, and how its refusal looks.
REFUSED = [
    (call.CancelReservation(reservation_id=1), "status", "Rejected"),
    (call.CertificateSigned(certificate_chain="x"), "status", "Rejected"),
    (call.ChangeAvailability(connector_id=1, type="Inoperative"), "status", "Rejected"),
    (call.ChangeConfiguration(key="HeartbeatInterval", value="9"), "status", "Rejected"),
    (call.ClearCache(), "status", "Rejected"),
    (call.ClearChargingProfile(), "status", "Unknown"),
    (call.DataTransfer(vendor_id="Voltaro", message_id="Echo"), "status", "Rejected"),
    (call.DeleteCertificate(certificate_hash_data=HASH), "status", "Failed"),
    (call.ExtendedTriggerMessage(requested_message="Heartbeat"), "status", "Rejected"),
    (call.GetCompositeSchedule(connector_id=1, duration=60), "status", "Rejected"),
    (call.GetConfiguration(key=["HeartbeatInterval"]), "unknown_key", ["HeartbeatInterval"]),
    (call.GetDiagnostics(location="http://127.0.0.1:1"), "file_name", None),
    (
        call.GetInstalledCertificateIds(certificate_type="CentralSystemRootCertificate"),
        "status",
        "NotFound",
    ),
    (call.GetLocalListVersion(), "list_version", -1),
    (call.GetLog(log=LOG, log_type="SecurityLog", request_id=1), "status", "Rejected"),
    (
        call.InstallCertificate(certificate_type="CentralSystemRootCertificate", certificate="x"),
        "status",
        "Rejected",
    ),
    (call.RemoteStartTransaction(id_tag="A", connector_id=1), "status", "Rejected"),
    (call.RemoteStopTransaction(transaction_id=1), "status", "Rejected"),
    (
        call.ReserveNow(connector_id=1, expiry_date=WHEN, id_tag="A", reservation_id=1),
        "status",
        "Rejected",
    ),
    (call.Reset(type="Hard"), "status", "Rejected"),
    (call.SendLocalList(list_version=1, update_type="Full"), "status", "Failed"),
    (call.SetChargingProfile(connector_id=1, cs_charging_profiles=PROFILE), "status", "Rejected"),
    (call.SignedUpdateFirmware(request_id=1, firmware=FIRMWARE), "status", "Rejected"),
    (call.TriggerMessage(requested_message="Heartbeat"), "status", "Rejected"),
    (call.UnlockConnector(connector_id=1), "status", "UnlockFailed"),
]


@pytest.mark.parametrize(
    ("request_", "field", "refusal"), REFUSED, ids=lambda each: type(each).__name__
)
async def test_every_command_can_be_refused_and_then_has_no_effect(
    central, obedient, request_, field, refusal
):
    action = type(request_).__name__
    obedient.obeys.refuse(action)
    central.forget()

    answer = await central.calls(request_)

    assert getattr(answer, field) == refusal
    await obedient.heartbeats()
    assert central.actions() == ["Heartbeat"]


async def test_the_refusals_tested_are_all_there_are(obedient):
    tested = {type(request).__name__ for request, _, _ in REFUSED}

    assert obedient.obeys.actions == tested | {"UpdateFirmware"}


async def test_a_command_without_a_negative_answer_is_refused_with_a_call_error(central, obedient):
    obedient.obeys.refuse("UpdateFirmware")

    with pytest.raises(NotSupportedError):
        await central.calls(call.UpdateFirmware(location="http://127.0.0.1:1", retrieve_date=WHEN))


async def test_any_call_error_can_be_asked_for(central, obedient):
    obedient.obeys.fails("Reset", "SecurityError", "not today")

    for _ in range(2):
        with pytest.raises(SecurityError, match="not today"):
            await central.calls(call.Reset(type="Soft"))


async def test_a_demand_for_the_next_calls_ends(central, obedient):
    obedient.obeys.fails("ClearCache", times=2)

    for _ in range(2):
        with pytest.raises(OCPPError):
            await central.calls(call.ClearCache())
    assert (await central.calls(call.ClearCache())).status == "Accepted"


async def test_it_obeys_again_when_told(central, obedient):
    obedient.obeys.refuse("ClearCache")
    obedient.obeys.refuse("UnlockConnector")

    obedient.obeys.obeys_again("ClearCache")
    assert (await central.calls(call.ClearCache())).status == "Accepted"
    assert (await central.calls(call.UnlockConnector(1))).status == "UnlockFailed"
    obedient.obeys.obeys_again()
    assert (await central.calls(call.UnlockConnector(1))).status == "Unlocked"


async def test_a_delayed_command_is_obeyed_late(central, obedient):
    obedient.obeys.delays("UnlockConnector", 0.3)
    began = asyncio.get_running_loop().time()

    answer = await central.calls(call.UnlockConnector(connector_id=1))

    assert answer.status == "Unlocked"
    assert asyncio.get_running_loop().time() - began >= 0.3


async def test_an_ignored_command_is_never_answered(central, obedient):
    obedient.obeys.ignores("ClearCache", times=1)
    central.end._response_timeout = 0.2

    with pytest.raises(TimeoutError):
        await central.calls(call.ClearCache())

    central.end._response_timeout = 10
    assert (await central.calls(call.ClearCache())).status == "Accepted"


async def test_a_wrong_answer_can_be_put_in_its_mouth(central, obedient):
    obedient.obeys.answers("ClearCache", {"status": "Perhaps", "more": 1})

    with pytest.raises(FormatViolationError):
        await central.calls(call.ClearCache())


async def test_a_command_can_cost_the_connection(central, obedient):
    obedient.obeys.drops("Reset")
    waiting = asyncio.create_task(central.calls(call.Reset(type="Soft")))

    await asyncio.wait_for(obedient.link.closed.wait(), 5)

    assert obedient.link.close_code == 1006
    waiting.cancel()


async def test_a_demand_about_something_unheard_of_is_refused(obedient):
    with pytest.raises(ValueError, match="Rset"):
        obedient.obeys.refuse("Rset")


async def test_a_request_that_lacks_a_field_gets_a_call_error(peer):
    station = SimulatedStation(peer.url, "CP-2", protocol="1.6")
    await station.connect()

    await peer.sockets["CP-2"].send('[2,"x","Reset",{}]')
    frame = await asyncio.wait_for(peer.answers.get(), 5)

    assert frame[:3] == [4, "x", "OccurenceConstraintViolation"]
    assert station.connected
    await station.close()


async def test_a_201_station_obeys_the_same_way(peer):
    station = SimulatedStation(peer.url, "CP-2", protocol="2.0.1")
    await station.connect()
    station.obeys.refuse("ClearCache", times=1)
    socket = peer.sockets["CP-2"]

    for message_id in ("a", "b"):
        await socket.send(f'[2,"{message_id}","ClearCache",{{}}]')
    answers = [await asyncio.wait_for(peer.answers.get(), 5) for _ in range(2)]

    assert [answer[2]["status"] for answer in sorted(answers)] == ["Rejected", "Accepted"]
    await station.close()
