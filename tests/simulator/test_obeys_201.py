"""What a 2.0.1 station obeys; requests and answers are held against the `ocpp` package's schemas."""

import asyncio
import base64
import json
from importlib.resources import files

import jsonschema
import pytest

from voltaro.testing import Clock, SimulatedStation

from .certificates import hash_data, run, self_signed, signed
from .file_servers import HttpFiles

LONG_AGO = "2026-01-01T00:00:00Z"
TOKEN = {"idToken": "04A1", "type": "ISO14443"}


def check(name, payload):
    text = (files("ocpp") / "v201" / "schemas" / f"{name}.json").read_text("utf-8-sig")
    jsonschema.validate(payload, json.loads(text))


@pytest.fixture
async def station(peer):
    one = SimulatedStation(
        peer.url,
        "CP-1",
        protocol="2.0.1",
        password="the-first-password",
        connectors=2,
        clock=Clock(speed=600),
        restart_s=0.01,
    )
    await one.connect()
    await one.boots()
    yield one
    await one.shuts_down()


@pytest.fixture
def asks(peer, station):
    numbers = iter(range(99))

    async def ask(action, **payload):
        check(f"{action}Request", payload)
        message_id = f"call-{next(numbers)}"
        await peer.sockets["CP-1"].send(json.dumps([2, message_id, action, payload]))
        frame = await asyncio.wait_for(peer.answers.get(), 5)
        assert frame[:2] == [3, message_id]
        check(f"{action}Response", frame[2])
        return frame[2]

    return ask


def events(peer, kind):
    return [each for each in peer.payloads("TransactionEvent") if each["eventType"] == kind]


async def starts(asks, peer, **more):
    answer = await asks("RequestStartTransaction", idToken=TOKEN, remoteStartId=7, **more)
    assert answer["status"] == "Accepted"
    await peer.hears(lambda p: len(events(p, "Updated")) >= 1)
    return events(peer, "Started")[-1]


async def test_a_remote_start_charges_until_the_remote_stop(peer, station, asks):
    started = await starts(asks, peer, evseId=1)
    info = started["transactionInfo"]

    answer = await asks("RequestStopTransaction", transactionId=info["transactionId"])
    await peer.hears(lambda p: events(p, "Ended"))

    (ended,) = events(peer, "Ended")
    assert answer["status"] == "Accepted"
    assert (started["triggerReason"], info["remoteStartId"]) == ("RemoteStart", 7)
    assert (ended["triggerReason"], ended["transactionInfo"]["stoppedReason"]) == (
        "RemoteStop",
        "Remote",
    )


async def test_what_cannot_be_started_or_stopped_is_refused(peer, station, asks):
    await starts(asks, peer, evseId=1)

    again = await asks("RequestStartTransaction", idToken=TOKEN, remoteStartId=8, evseId=1)
    unknown = await asks("RequestStopTransaction", transactionId="another")

    assert (again["status"], unknown["status"]) == ("Rejected", "Rejected")


async def test_it_asks_about_the_token_where_it_is_set_so(peer, station, asks):
    peer.token_status = "Blocked"
    component, variable = {"name": "AuthCtrlr"}, {"name": "AuthorizeRemoteStart"}
    setting = {"component": component, "variable": variable, "attributeValue": "true"}
    await asks("SetVariables", setVariableData=[setting])

    await asks("RequestStartTransaction", idToken=TOKEN, remoteStartId=7, evseId=1)
    await peer.hears(lambda p: p.count()["StatusNotification"] == 2)

    assert peer.count()["Authorize"] == 1
    assert events(peer, "Started") == []


async def test_a_reset_at_once_ends_transactions_and_boots(peer, station, asks):
    await starts(asks, peer)

    answer = await asks("Reset", type="Immediate")
    await asyncio.wait_for(station.up.wait(), 5)

    (ended,) = events(peer, "Ended")
    assert answer["status"] == "Accepted"
    assert ended["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert [each["reason"] for each in peer.payloads("BootNotification")] == [
        "PowerUp",
        "RemoteReset",
    ]


async def test_a_reset_on_idle_waits_for_the_end(peer, station, asks):
    started = await starts(asks, peer)

    answer = await asks("Reset", type="OnIdle")
    assert answer["status"] == "Scheduled"
    assert peer.count()["BootNotification"] == 1
    transaction_id = started["transactionInfo"]["transactionId"]
    await asks("RequestStopTransaction", transactionId=transaction_id)
    await asyncio.wait_for(station.up.wait(), 5)

    (ended,) = events(peer, "Ended")
    assert ended["transactionInfo"]["stoppedReason"] == "Remote"


async def test_an_evse_goes_out_of_service_and_comes_back(peer, station, asks):
    for status, word in (("Inoperative", "Unavailable"), ("Operative", "Available")):
        answer = await asks("ChangeAvailability", operationalStatus=status, evse={"id": 2})
        await peer.hears(
            lambda p, word=word: (
                word in [each["connectorStatus"] for each in p.payloads("StatusNotification")]
            )
        )
        assert answer["status"] == "Accepted"
    refused = await asks("ChangeAvailability", operationalStatus="Operative", evse={"id": 9})
    assert refused["status"] == "Rejected"
    assert {each["evseId"] for each in peer.payloads("StatusNotification")} == {2}


async def test_a_change_while_charging_waits_for_the_end(peer, station, asks):
    started = await starts(asks, peer, evseId=1)

    answer = await asks("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1})
    transaction_id = started["transactionInfo"]["transactionId"]
    await asks("RequestStopTransaction", transactionId=transaction_id)
    await peer.hears(lambda p: p.count()["StatusNotification"] == 2)

    assert answer["status"] == "Scheduled"
    told = [each["connectorStatus"] for each in peer.payloads("StatusNotification")]
    assert told == ["Occupied", "Unavailable"]


async def test_unlocking_depends_on_what_is_there(peer, station, asks):
    await starts(asks, peer, evseId=1)

    answers = [await asks("UnlockConnector", evseId=evse, connectorId=1) for evse in (1, 2, 3)]

    assert [each["status"] for each in answers] == [
        "OngoingAuthorizedTransaction",
        "Unlocked",
        "UnknownConnector",
    ]


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ("Heartbeat", "Accepted"),
        ("BootNotification", "Accepted"),
        ("StatusNotification", "Accepted"),
        ("FirmwareStatusNotification", "Accepted"),
        ("LogStatusNotification", "Accepted"),
        ("MeterValues", "Accepted"),
        ("TransactionEvent", "Rejected"),
        ("SignV2GCertificate", "NotImplemented"),
    ],
)
async def test_messages_can_be_triggered(peer, station, asks, message, status):
    before = peer.count()[message]

    answer = await asks("TriggerMessage", requestedMessage=message)

    assert answer["status"] == status
    if status == "Accepted":
        await peer.hears(lambda p: p.count()[message] > before)


async def test_what_needs_no_doing_is_answered(station, asks):
    assert (await asks("ClearCache"))["status"] == "Accepted"
    assert (await asks("DataTransfer", vendorId="Nobody"))["status"] == "UnknownVendorId"


def names(component, variable):
    return {"component": {"name": component}, "variable": {"name": variable}}


async def test_variables_are_read_and_set(station, asks):
    interval = names("OCPPCommCtrlr", "HeartbeatInterval")
    wanted = [
        interval | {"attributeValue": "77"},
        interval | {"attributeValue": "never"},
        names("SecurityCtrlr", "SecurityProfile") | {"attributeValue": "2"},
        names("Nonsense", "Any") | {"attributeValue": "2"},
    ]

    set_ = (await asks("SetVariables", setVariableData=wanted))["setVariableResult"]
    asked = [
        interval,
        names("SecurityCtrlr", "BasicAuthPassword"),
        names("OCPPCommCtrlr", "Nonsense"),
        interval | {"attributeType": "Target"},
    ]
    got = (await asks("GetVariables", getVariableData=asked))["getVariableResult"]

    assert [each["attributeStatus"] for each in set_] == [
        "Accepted", "Rejected", "Rejected", "UnknownComponent",
    ]  # fmt: skip
    assert [each["attributeStatus"] for each in got] == [
        "Accepted", "Rejected", "UnknownVariable", "NotSupportedAttributeType",
    ]  # fmt: skip
    assert got[0]["attributeValue"] == "77"
    assert station.heartbeat_interval_s == 77


async def reported(peer, request_id):
    """The entries of a report, once its last part is here."""

    def parts():
        found = [p for p in peer.payloads("NotifyReport") if p["requestId"] == request_id]
        return found if found and not found[-1]["tbc"] else []

    await peer.hears(lambda _: parts())
    for number, part in enumerate(parts()):
        check("NotifyReportRequest", part)
        assert part["seqNo"] == number
    return parts(), [each for part in parts() for each in part["reportData"]]


async def test_everything_it_has_is_reported_in_parts(peer, asks):
    assert (await asks("GetBaseReport", requestId=1, reportBase="FullInventory")) == {
        "status": "Accepted"
    }
    parts, full = await reported(peer, 1)

    assert len(parts) > 2
    assert {each["component"]["name"] for each in full} >= {"EVSE", "Connector", "TxCtrlr"}
    password = next(each for each in full if each["variable"]["name"] == "BasicAuthPassword")
    assert password["variableAttribute"] == [{"persistent": True, "mutability": "WriteOnly"}]
    for number, base in ((2, "ConfigurationInventory"), (3, "SummaryInventory")):
        await asks("GetBaseReport", requestId=number, reportBase=base)
        _, some = await reported(peer, number)
        assert 0 < len(some) < len(full)


async def test_a_report_on_something_tells_just_that(peer, asks):
    state = {"component": {"name": "EVSE", "evse": {"id": 1}}}
    state["variable"] = {"name": "AvailabilityState"}

    none = await asks(
        "GetReport", requestId=1, componentCriteria=["Problem"], componentVariable=[state]
    )
    some = await asks("GetReport", requestId=2, componentVariable=[state])

    assert (none["status"], some["status"]) == ("EmptyResultSet", "Accepted")
    _, (entry,) = await reported(peer, 2)
    assert entry["variableAttribute"][0]["value"] == "Available"


async def test_more_than_it_takes_at_once_is_refused(peer, station):
    asked = [names("TxCtrlr", f"V{number}") for number in range(21)]
    call = [2, "too-many", "GetVariables", {"getVariableData": asked}]
    await peer.sockets["CP-1"].send(json.dumps(call))

    frame = await asyncio.wait_for(peer.answers.get(), 5)

    assert frame[:3] == [4, "too-many", "OccurrenceConstraintViolation"]


async def test_a_new_password_is_used_at_the_next_connection(peer, station, asks):
    secret = "a-new-password-for-it"
    wanted = names("SecurityCtrlr", "BasicAuthPassword") | {"attributeValue": secret}
    await asks("SetVariables", setVariableData=[wanted])

    await asks("Reset", type="Immediate")
    await asyncio.wait_for(station.up.wait(), 5)

    sent = peer.headers[-1]["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent).decode() == f"CP-1:{secret}"


def told(peer, action):
    return [each["status"] for each in peer.payloads(action)]


async def test_signed_firmware_is_fetched_and_installed(peer, station, asks):
    firmware = {"retrieveDateTime": LONG_AGO, "signature": "c2ln"}
    firmware["signingCertificate"] = self_signed("Maker")[0]
    async with HttpFiles() as files:
        files.content["/box-2.7.1.bin"] = b"image"
        firmware["location"] = files.url("/box-2.7.1.bin")

        assert await asks("UpdateFirmware", requestId=5, firmware=firmware) == {
            "status": "Accepted"
        }
        await peer.hears(lambda _: "Installed" in told(peer, "FirmwareStatusNotification"))

    for each in peer.payloads("FirmwareStatusNotification"):
        check("FirmwareStatusNotificationRequest", each)
        assert each["requestId"] == 5
    assert told(peer, "FirmwareStatusNotification") == [
        "Downloading",
        "Downloaded",
        "SignatureVerified",
        "Installing",
        "InstallRebooting",
        "Installed",
    ]
    boot = peer.payloads("BootNotification")[-1]
    assert (boot["reason"], boot["chargingStation"]["firmwareVersion"]) == (
        "FirmwareUpdate",
        "2.7.1",
    )


async def test_firmware_without_a_signature_is_not_verified(peer, asks):
    async with HttpFiles() as files:
        files.content["/fw"] = b"image"
        firmware = {"location": files.url("/fw"), "retrieveDateTime": LONG_AGO}
        await asks("UpdateFirmware", requestId=5, firmware=firmware)
        await peer.hears(lambda _: "Installing" in told(peer, "FirmwareStatusNotification"))

    assert "SignatureVerified" not in told(peer, "FirmwareStatusNotification")


async def test_a_bad_signing_certificate_is_refused(asks):
    firmware = {"location": "http://x/", "retrieveDateTime": LONG_AGO}
    firmware |= {"signingCertificate": "x", "signature": "c2ln"}

    answer = await asks("UpdateFirmware", requestId=5, firmware=firmware)

    assert answer == {"status": "InvalidCertificate"}


async def test_a_log_is_uploaded(peer, asks):
    async with HttpFiles() as files:
        answer = await asks(
            "GetLog", requestId=6, logType="SecurityLog", log={"remoteLocation": files.url("/in/")}
        )
        await peer.hears(lambda _: "Uploaded" in told(peer, "LogStatusNotification"))
        assert any(answer["filename"] in path for path in files.content)

    assert told(peer, "LogStatusNotification") == ["Uploading", "Uploaded"]
    for each in peer.payloads("LogStatusNotification"):
        check("LogStatusNotificationRequest", each)
        assert each["requestId"] == 6


STATE = {
    "component": {"name": "EVSE", "evse": {"id": 1}},
    "variable": {"name": "AvailabilityState"},
}


def monitor(**more):
    return {"value": 1, "type": "Delta", "severity": 8} | STATE | more


async def sets(asks, *monitors):
    answer = await asks("SetVariableMonitoring", setMonitoringData=list(monitors))
    return [(each["status"], each.get("id")) for each in answer["setMonitoringResult"]]


async def test_monitors_are_set_where_there_is_something_to_monitor(asks):
    strange = {"name": "Nothing"}

    told = await sets(
        asks,
        monitor(),
        monitor(),
        monitor(severity=7),
        monitor(component=strange),
        monitor(variable=strange),
        monitor(id=99),
        monitor(id=1, value=2),
    )

    assert told == [
        ("Accepted", 1),
        ("Duplicate", None),
        ("Accepted", 2),
        ("UnknownComponent", None),
        ("UnknownVariable", None),
        ("Rejected", None),
        ("Accepted", 1),
    ]


async def test_monitors_are_reported_in_parts_and_cleared(peer, asks):
    await sets(asks, *(monitor(severity=each) for each in range(6)))

    await asks("GetMonitoringReport", requestId=7, componentVariable=[STATE])
    await peer.hears(
        lambda _: any(not each["tbc"] for each in peer.payloads("NotifyMonitoringReport"))
    )
    parts = peer.payloads("NotifyMonitoringReport")
    for each in parts:
        check("NotifyMonitoringReportRequest", each)
    ids = [each["variableMonitoring"][0]["id"] for part in parts for each in part["monitor"]]
    cleared = await asks("ClearVariableMonitoring", id=[1, 99])
    none = await asks(
        "GetMonitoringReport", requestId=8, monitoringCriteria=["ThresholdMonitoring"]
    )

    assert ([each["seqNo"] for each in parts], ids) == ([0, 1], [1, 2, 3, 4, 5, 6])
    assert [each["status"] for each in cleared["clearMonitoringResult"]] == ["Accepted", "NotFound"]
    assert none == {"status": "EmptyResultSet"}


async def test_a_base_without_custom_monitors_clears_them(station, asks):
    await sets(asks, monitor())

    assert await asks("SetMonitoringBase", monitoringBase="FactoryDefault") == {
        "status": "Accepted"
    }
    assert await asks("SetMonitoringLevel", severity=4) == {"status": "Accepted"}
    assert await asks("SetMonitoringLevel", severity=10) == {"status": "Rejected"}

    assert station.controller.monitoring.monitors == {}
    assert station.controller.monitoring.level == 4


def wire(named):
    """Hash data as it is on the wire."""
    return {
        "hashAlgorithm": named["hash_algorithm"],
        "issuerNameHash": named["issuer_name_hash"],
        "issuerKeyHash": named["issuer_key_hash"],
        "serialNumber": named["serial_number"],
    }


async def test_roots_are_installed_listed_by_type_and_deleted(asks):
    root = self_signed("Root")[0]
    kind = {"certificateType": "CSMSRootCertificate"}

    assert (await asks("InstallCertificate", certificate=root, **kind))["status"] == "Accepted"
    everything = await asks("GetInstalledCertificateIds")
    others = await asks("GetInstalledCertificateIds", certificateType=["V2GRootCertificate"])
    (found,) = everything["certificateHashDataChain"]
    named = found["certificateHashData"]
    deleted = [await asks("DeleteCertificate", certificateHashData=named) for _ in range(2)]

    assert found == {**kind, "certificateHashData": wire(hash_data(root, root))}
    assert others == {"status": "NotFound"}
    assert [each["status"] for each in deleted] == ["Accepted", "NotFound"]


async def test_it_asks_for_a_certificate_and_takes_only_one_for_its_key(peer, station, asks):
    root, key = self_signed("Root")

    answer = await asks("TriggerMessage", requestedMessage="SignChargingStationCertificate")
    await peer.hears(lambda heard: heard.payloads("SignCertificate"))
    (asked,) = peer.payloads("SignCertificate")
    chain = signed(asked["csr"], root, key)
    taken = await asks("CertificateSigned", certificateChain=chain)
    other = await asks("CertificateSigned", certificateChain=root)

    assert answer["status"] == "Accepted"
    check("SignCertificateRequest", asked)
    assert asked["certificateType"] == "ChargingStationCertificate"
    assert "Voltaro" in run("req", "-noout", "-verify", "-subject", text=asked["csr"])
    assert (taken["status"], other["status"]) == ("Accepted", "Rejected")
    assert station.controller.certificates.own_chain == chain


INTERVAL = {
    "component": {"name": "OCPPCommCtrlr"},
    "variable": {"name": "HeartbeatInterval"},
}


async def events_told(peer, count):
    """The events of so many NotifyEvents: (monitor, trigger, value, cleared)."""
    await peer.hears(lambda _: len(peer.payloads("NotifyEvent")) >= count)
    for each in peer.payloads("NotifyEvent"):
        check("NotifyEventRequest", each)
    return [
        (
            event["variableMonitoringId"],
            event["trigger"],
            event["actualValue"],
            event.get("cleared", False),
        )
        for payload in peer.payloads("NotifyEvent")
        for event in payload["eventData"]
    ]


async def test_a_value_that_passes_its_limit_is_told_and_so_is_its_return(peer, asks):
    """N07.FR.16, FR.17, FR.02; the level keeps the less severe back (N07.FR.15)."""
    await asks("SetMonitoringLevel", severity=5)
    await sets(
        asks,
        monitor(type="UpperThreshold", value=400, severity=5, **INTERVAL),
        monitor(type="LowerThreshold", value=100, severity=5, **INTERVAL),
        monitor(type="UpperThreshold", value=400, severity=6, **INTERVAL),
    )

    for number, value in enumerate(("401", "500", "400", "50"), start=1):
        await asks("SetVariables", setVariableData=[INTERVAL | {"attributeValue": value}])
        if number != 2:  # it was beyond before
            await events_told(peer, 1 if number == 1 else number - 1)

    assert await events_told(peer, 3) == [
        (1, "Alerting", "401", False),
        (1, "Alerting", "400", True),
        (2, "Alerting", "50", False),
    ]


async def test_a_monitor_on_a_value_that_is_beyond_already_tells_so_at_once(peer, asks):
    await sets(asks, monitor(type="LowerThreshold", value=1000, severity=5, **INTERVAL))

    assert await events_told(peer, 1) == [(1, "Alerting", "300", False)]


async def test_a_change_of_more_than_the_delta_is_told(peer, asks):
    """N07.FR.18: counted from what was told last."""
    await sets(asks, monitor(value=10, severity=5, **INTERVAL))

    for value in ("305", "310", "311", "320", "322"):
        await asks("SetVariables", setVariableData=[INTERVAL | {"attributeValue": value}])

    assert await events_told(peer, 2) == [(1, "Delta", "311", False), (1, "Delta", "322", False)]


async def test_the_state_of_an_evse_is_told_when_it_changes(peer, station, asks):
    """N07.FR.19."""
    await sets(asks, monitor())

    await asks("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1})

    assert await events_told(peer, 1) == [(1, "Delta", "Unavailable", False)]


PROFILE = {
    "ocppVersion": "OCPP20",
    "ocppTransport": "JSON",
    "ocppCsmsUrl": "wss://ocpp.example.org",
    "messageTimeout": 30,
    "securityProfile": 2,
    "ocppInterface": "Wired0",
}


@pytest.mark.parametrize(
    ("slot", "change", "answer"),
    [
        (2, {}, "Accepted"),
        (3, {}, "Rejected"),
        (1, {"securityProfile": 0}, "Rejected"),
        (1, {"ocppTransport": "SOAP"}, "Rejected"),
        (1, {"ocppCsmsUrl": "https://ocpp.example.org"}, "Rejected"),
    ],
)
async def test_a_connection_is_put_into_a_slot_that_there_is(asks, slot, change, answer):
    """B09.FR.01, FR.02, FR.04, FR.05."""
    told = await asks("SetNetworkProfile", configurationSlot=slot, connectionData=PROFILE | change)

    assert told["status"] == answer
