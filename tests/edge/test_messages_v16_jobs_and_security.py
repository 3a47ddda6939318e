"""OCPP 1.6: vendor messages, firmware, logs and security, message by message."""

import pytest

from tests.edge.conftest import V21, V201, Server, at, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

CSR = "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----"
FIRMWARE = (
    "Downloaded",
    "DownloadFailed",
    "Downloading",
    "Idle",
    "InstallationFailed",
    "Installing",
    "Installed",
)
SIGNED = (
    *FIRMWARE,
    "DownloadScheduled",
    "DownloadPaused",
    "InstallRebooting",
    "InstallScheduled",
    "InstallVerificationFailed",
    "InvalidSignature",
    "SignatureVerified",
)


async def jobs(server: Server, station_id: str) -> dict[str, tuple[str | None, str, int | None]]:
    """What the station last said of each job: our word, its word, the request."""
    rows = (await server.get(f"/api/v1/stations/{station_id}/jobs"))["items"]
    return {row["job"]: (row["status"], row["reported"], row["request_id"]) for row in rows}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"vendorId": "com.example"}, "UnknownVendorId"),
        ({"vendorId": "com.example", "messageId": "M", "data": "x"}, "UnknownVendorId"),
        ({"vendorId": ""}, "UnknownVendorId"),
        (
            {"vendorId": "org.openchargealliance.costmsg", "messageId": "Nothing"},
            "UnknownMessageId",
        ),
        ({"vendorId": "org.openchargealliance.iso15118pnc"}, "UnknownMessageId"),
    ],
)
async def test_data_transfer_of_what_we_do_not_know_is_said_so_and_journaled(server, body, status):
    station = await server.connects()

    assert await station.call("DataTransfer", body) == {"status": status}

    rows = await server.journal(station.id, len)
    assert [(row["action"], row["verdict"]) for row in rows] == [("DataTransfer", "ok")]


@pytest.mark.parametrize("data", ["text", 7, {"a": [1, {"b": None}]}, None, [], True])
async def test_data_transfer_with_any_data_is_never_an_error(server, data):
    station = await server.connects()

    answer = await station.call("DataTransfer", {"vendorId": "com.example", "data": data})

    assert answer == {"status": "UnknownVendorId"}


async def test_diagnostics_status_notification_is_the_latest_of_its_job(server):
    station = await server.connects()

    for word in ("Idle", "Uploading", "UploadFailed"):
        assert await station.call("DiagnosticsStatusNotification", {"status": word}) == {}

    assert await jobs(server, station.id) == {
        "diagnostics": ("upload_failure", "UploadFailed", None)
    }


@pytest.mark.parametrize("word", FIRMWARE)
async def test_firmware_status_notification_of_every_word_is_shown(server, word):
    station = await server.connects()

    assert await station.call("FirmwareStatusNotification", {"status": word}) == {}

    ((status, reported, _),) = (await jobs(server, station.id)).values()
    assert (status.replace("_", ""), reported) == (word.lower(), word)


async def test_signed_firmware_status_notification_of_every_word_keeps_its_request(server):
    station = await server.connects()

    for number, word in enumerate(SIGNED):
        body = {"status": word, "requestId": number}
        assert await station.call("SignedFirmwareStatusNotification", body) == {}
        status, reported, request_id = (await jobs(server, station.id))["firmware"]
        assert (status.replace("_", ""), reported, request_id) == (word.lower(), word, number)

    rows = await server.journal(station.id, lambda rows: len(rows) == len(SIGNED))
    assert {row["action"] for row in rows} == {"SignedFirmwareStatusNotification"}


async def test_log_status_notification_with_and_without_request(server):
    station = await server.connects()

    assert await station.call("LogStatusNotification", {"status": "Idle"}) == {}
    body = {"status": "UploadFailure", "requestId": 3}
    assert await station.call("LogStatusNotification", body) == {}

    assert await jobs(server, station.id) == {"log": ("upload_failure", "UploadFailure", 3)}


async def test_a_status_in_a_word_of_the_vendor_is_kept_as_it_is(server):
    station = await server.connects()

    assert await station.call("FirmwareStatusNotification", {"status": "Rebooting now"}) == {}

    assert (await jobs(server, station.id))["firmware"] == (None, "Rebooting now", None)


async def test_security_event_notification_is_kept_with_what_the_list_calls_critical(server):
    station = await server.connects()
    path = f"/api/v1/stations/{station.id}/security-events"

    for n, word in enumerate(("TamperDetectionActivated", "InvalidMessages", "VendorThing")):
        body = {"type": word, "timestamp": at(n), "techInfo": f"no {n}"}
        assert await station.call("SecurityEventNotification", body) == {}

    events = await server.items(path)
    assert [(each["type"], each["critical"], each["tech_info"]) for each in events] == [
        ("VendorThing", False, "no 2"),
        ("InvalidMessages", False, "no 1"),
        ("TamperDetectionActivated", True, "no 0"),
    ]
    assert events[0]["at"] == at(2)
    assert len(await server.items(path, critical=True)) == 1


async def test_security_event_notification_sent_again_is_kept_once(server):
    station = await server.connects()
    body = {"type": "MemoryExhaustion", "timestamp": at()}

    for _ in range(2):
        assert await station.call("SecurityEventNotification", body) == {}

    assert len(await server.items(f"/api/v1/stations/{station.id}/security-events")) == 1


async def test_what_is_no_request_for_a_certificate_is_refused_and_kept(server):
    station = await server.connects()

    assert await station.call("SignCertificate", {"csr": CSR}) == {"status": "Rejected"}

    path = f"/api/v1/stations/{station.id}/certificate-requests"
    (request,) = (await server.get(path))["items"]
    assert (request["csr"], request["status"]) == (CSR, "rejected")
    assert request["reason"] == "csr_unreadable"


@pytest.mark.parametrize("version", [V201, V21])
async def test_the_same_messages_of_2_x(server, version):
    station = await server.connects(version=version)

    answer = await station.call("DataTransfer", {"vendorId": "V", "data": {"any": 1}})
    assert answer == {"status": "UnknownVendorId"}
    body = {"status": "InstallScheduled", "requestId": 9}
    assert await station.call("FirmwareStatusNotification", body) == {}
    body = {"status": "AcceptedCanceled", "requestId": 8}
    assert await station.call("LogStatusNotification", body) == {}
    body = {"type": "InvalidTLSVersion", "timestamp": at()}
    assert await station.call("SecurityEventNotification", body) == {}
    body = {"csr": CSR, "certificateType": "V2GCertificate"}
    answer = await station.call("SignCertificate", body)
    assert answer["status"] == "Rejected"
    assert answer["statusInfo"]["reasonCode"] == "UnsupportedRequest"

    assert await jobs(server, station.id) == {
        "firmware": ("install_scheduled", "InstallScheduled", 9),
        "log": ("accepted_canceled", "AcceptedCanceled", 8),
    }
    (event,) = await server.items(f"/api/v1/stations/{station.id}/security-events")
    assert event["critical"] is True


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("DataTransfer", {}),
        ("DiagnosticsStatusNotification", {}),
        ("FirmwareStatusNotification", {}),
        ("SignedFirmwareStatusNotification", {"requestId": 1}),
        ("LogStatusNotification", {"requestId": 1}),
        ("SecurityEventNotification", {"timestamp": "2026-01-02T03:04:05Z"}),
        ("SignCertificate", {}),
    ],
)
async def test_without_what_they_are_about_they_are_refused_and_flagged(server, action, body):
    station = await server.connects()

    assert await station.code(action, body) == "OccurenceConstraintViolation"

    (found,) = await eventually(
        lambda: server.items(f"/api/v1/stations/{station.id}/deviations"), len
    )
    assert (found["kind"], found["action"], found["count"]) == ("missing_field", action, 1)


async def test_before_acceptance_they_are_refused(server):
    station_id = await server.station(registration="pending", security_profile=0)
    station = await server.connects(station_id)

    body = {"status": "Idle"}
    assert await station.code("FirmwareStatusNotification", body) == "SecurityError"
    assert await station.code("DataTransfer", {"vendorId": "V"}) == "SecurityError"
    assert await station.code("SignCertificate", {"csr": CSR}) == "SecurityError"
    assert await jobs(server, station_id) == {}
