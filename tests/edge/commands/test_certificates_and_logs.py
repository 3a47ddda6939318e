"""Certificates, firmware and logs: what is asked, and how far the station says that it is."""

import pytest

from tests.edge.conftest import at

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCEPTED = {"status": "Accepted"}
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "ab" * 32,
    "issuerKeyHash": "cd" * 32,
    "serialNumber": "1f",
}


@pytest.fixture(scope="module")
def settings():
    return {"command_timeout_s": 1}


@pytest.mark.parametrize(
    ("use", "wire"),
    [
        ("csms_root", "CentralSystemRootCertificate"),
        ("manufacturer_root", "ManufacturerRootCertificate"),
    ],
)
@pytest.mark.parametrize(
    ("status", "state"),
    [("Accepted", "accepted"), ("Rejected", "rejected"), ("Failed", "rejected")],
)
async def test_a_root_certificate_is_installed_or_not(operator, use, wire, status, state):
    station = await operator.answering()
    station.on["InstallCertificate"] = {"status": status}

    command = await operator.asks(
        station.id, "install_certificate", wait=10, use=use, certificate=PEM
    )

    assert (command["state"], command["answer"]) == (state, status)
    assert station.asked[0][2] == {"certificateType": wire, "certificate": PEM}


async def test_what_the_station_lists_can_be_deleted_by_what_it_said(operator):
    station = await operator.answering()
    station.on["GetInstalledCertificateIds"] = lambda asked: (
        {"status": "Accepted", "certificateHashData": [HASH]}
        if asked["certificateType"].startswith("Manu")
        else {"status": "NotFound"}
    )
    station.on["DeleteCertificate"] = ACCEPTED

    listed = await operator.asks(station.id, "get_installed_certificate_ids", wait=10)
    (found,) = listed["result"]["certificates"]
    named = {name: value for name, value in found.items() if name != "use"}
    deleted = await operator.asks(station.id, "delete_certificate", wait=10, **named)

    assert (listed["state"], found["use"]) == ("accepted", "manufacturer_root")
    assert deleted["state"] == "accepted"
    assert station.asked[-1][2] == {"certificateHashData": HASH}


async def test_a_station_without_certificates_says_so(operator):
    station = await operator.answering()
    station.on["GetInstalledCertificateIds"] = {"status": "NotFound"}
    station.on["DeleteCertificate"] = {"status": "NotFound"}

    listed = await operator.asks(
        station.id, "get_installed_certificate_ids", wait=10, use="csms_root"
    )
    deleted = await operator.asks(
        station.id,
        "delete_certificate",
        wait=10,
        hash_algorithm="sha512",
        issuer_name_hash="00",
        issuer_key_hash="11",
        serial_number="2",
    )

    assert (listed["state"], listed["result"]) == ("accepted", {"certificates": []})
    assert (deleted["state"], deleted["answer"]) == ("rejected", "NotFound")


@pytest.mark.parametrize(("status", "state"), [("Accepted", "accepted"), ("Rejected", "rejected")])
async def test_a_signed_certificate_is_taken_or_not(operator, status, state):
    station = await operator.answering()
    station.on["CertificateSigned"] = {"status": status}

    command = await operator.asks(station.id, "certificate_signed", wait=10, chain=PEM + PEM)

    assert command["state"] == state
    assert station.asked[0][2] == {"certificateChain": PEM + PEM}


async def test_what_is_no_certificate_is_not_sent(operator):
    station = await operator.answering()

    answer = await operator.refused(
        station.id, "install_certificate", use="csms_root", certificate="hello"
    )

    assert answer.status_code == 422
    assert station.asked == []


async def test_a_plain_update_is_followed_until_it_is_installed(operator):
    station = await operator.answering()
    station.on["UpdateFirmware"] = {}
    command = await operator.asks(
        station.id,
        "update_firmware",
        location="http://files.example/fw.bin",
        retrieve_at=at(),
        retries=3,
        retry_interval_s=10,
    )
    await operator.sees(command, "accepted")
    assert station.asked[0][2] == {
        "location": "http://files.example/fw.bin",
        "retries": 3,
        "retrieveDate": at(),
        "retryInterval": 10,
    }

    for status in ("Downloading", "Downloaded", "Installing"):
        await station.call("FirmwareStatusNotification", {"status": status})
        shown = await operator.sees(command, "accepted")
        assert shown["detail"] == status
    await station.call("FirmwareStatusNotification", {"status": "Installed"})

    assert (await operator.sees(command, "done"))["detail"] == "Installed"


@pytest.mark.parametrize("status", ["DownloadFailed", "InstallationFailed"])
async def test_an_update_that_fails_says_where(operator, status):
    station = await operator.answering()
    station.on["UpdateFirmware"] = {}
    command = await operator.asks(station.id, "update_firmware", location="http://x/y")
    await operator.sees(command, "accepted")

    await station.call("FirmwareStatusNotification", {"status": status})

    assert (await operator.sees(command, "failed"))["detail"] == status


async def test_a_signed_update_is_followed_by_its_number(operator):
    station = await operator.answering()
    station.on["SignedUpdateFirmware"] = ACCEPTED
    command = await operator.asks(
        station.id,
        "update_firmware",
        location="http://x/y",
        signing_certificate=PEM,
        signature="c2ln",
        install_at=at(60),
    )
    await operator.sees(command, "accepted")
    asked = station.asked[0][2]
    number = asked["requestId"]
    assert asked["firmware"]["signature"] == "c2ln"
    assert asked["firmware"]["installDateTime"] == at(60)

    async def says(status, request_id):
        await station.call(
            "SignedFirmwareStatusNotification", {"status": status, "requestId": request_id}
        )

    await says("InvalidSignature", number + 1)
    await says("SignatureVerified", number)
    assert (await operator.sees(command, "accepted"))["detail"] == "SignatureVerified"
    await says("InvalidSignature", number)

    assert (await operator.sees(command, "failed"))["detail"] == "InvalidSignature"


@pytest.mark.parametrize("status", ["Rejected", "InvalidCertificate", "RevokedCertificate"])
async def test_a_signed_update_that_is_refused_says_why(operator, status):
    station = await operator.answering()
    station.on["SignedUpdateFirmware"] = {"status": status}

    command = await operator.asks(
        station.id,
        "update_firmware",
        wait=10,
        location="http://x/y",
        signing_certificate=PEM,
        signature="c2ln",
    )

    assert (command["state"], command["answer"]) == ("rejected", status)


async def test_diagnostics_are_done_when_they_are_uploaded(operator):
    station = await operator.answering()
    station.on["GetDiagnostics"] = {"fileName": "diag.zip"}
    command = await operator.asks(
        station.id,
        "get_log",
        kind="diagnostics",
        location="http://x/",
        oldest_at=at(),
        latest_at=at(60),
    )
    await operator.sees(command, "accepted")
    assert station.asked[0][2] == {
        "location": "http://x/",
        "startTime": at(),
        "stopTime": at(60),
    }

    await station.call("DiagnosticsStatusNotification", {"status": "Uploading"})
    assert (await operator.sees(command, "accepted"))["detail"] == "Uploading"
    await station.call("DiagnosticsStatusNotification", {"status": "Uploaded"})

    await operator.sees(command, "done")


async def test_diagnostics_that_fail_to_upload_are_failed(operator):
    station = await operator.answering()
    station.on["GetDiagnostics"] = {"fileName": "diag.zip"}
    command = await operator.asks(station.id, "get_log", kind="diagnostics", location="http://x/")
    await operator.sees(command, "accepted")

    await station.call("DiagnosticsStatusNotification", {"status": "UploadFailed"})

    await operator.sees(command, "failed")


async def test_a_station_with_nothing_to_upload_is_done_at_once(operator):
    station = await operator.answering()
    station.on["GetDiagnostics"] = {}

    command = await operator.asks(
        station.id, "get_log", wait=10, kind="diagnostics", location="http://x/"
    )

    assert (command["state"], command["detail"]) == ("done", "the station has nothing to upload")


async def test_a_station_that_replaced_get_diagnostics_is_asked_with_get_log(operator):
    station = await operator.answering()
    station.on["GetDiagnostics"] = ["NotImplemented", "", {}]
    station.on["GetLog"] = {"status": "Accepted", "filename": "x"}

    command = await operator.asks(station.id, "get_log", kind="diagnostics", location="http://x/")

    await operator.sees(command, "accepted")
    assert [each[1] for each in station.asked] == ["GetDiagnostics", "GetLog"]
    number = station.asked[-1][2]["requestId"]
    await station.call("LogStatusNotification", {"status": "Uploaded", "requestId": number})
    await operator.sees(command, "done")


@pytest.mark.parametrize(
    ("status", "state"), [("Accepted", "accepted"), ("AcceptedCanceled", "accepted")]
)
async def test_the_security_log_is_asked_for_by_number(operator, status, state):
    station = await operator.answering()
    station.on["GetLog"] = {"status": status}

    command = await operator.asks(station.id, "get_log", kind="security", location="http://x/")

    await operator.sees(command, state)
    assert station.asked[0][2]["logType"] == "SecurityLog"
