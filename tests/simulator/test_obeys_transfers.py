"""Firmware, diagnostics and logs of a 1.6 station, with real files over HTTP and FTP."""

import asyncio
import io
import random
import zipfile
from datetime import timedelta

import pytest
from ocpp.v16 import call

from voltaro.testing import Visit, play, wire_time

from .certificates import self_signed
from .file_servers import FtpFiles, HttpFiles

IMAGE = random.Random(1).randbytes(300_000)
LONG_AGO = "2026-01-01T00:00:00Z"


@pytest.fixture(params=[HttpFiles, FtpFiles], ids=["http", "ftp"])
async def files(request):
    async with request.param() as each:
        yield each


@pytest.fixture
async def http():
    async with HttpFiles() as each:
        yield each


def stored_as(files, path):
    """How the server names the path of a URL."""
    return path if isinstance(files, HttpFiles) else path.lstrip("/")


async def updates(central, location, **fields):
    return await central.calls(call.UpdateFirmware(location, LONG_AGO, **fields))


async def updates_signed(central, location, request_id=7, certificate=None, **firmware):
    request = call.SignedUpdateFirmware(
        request_id=request_id,
        firmware={
            "location": location,
            "retrieve_date_time": LONG_AGO,
            "signing_certificate": certificate or self_signed("Maker")[0],
            "signature": "c2lnbmF0dXJl",
            **firmware,
        },
    )
    return (await central.calls(request)).status


async def logs(central, location, request_id=7, kind="SecurityLog", **fields):
    request = call.GetLog({"remote_location": location}, kind, request_id, **fields)
    return await central.calls(request)


async def test_firmware_is_fetched_on_after_cuts_and_installed(central, obedient, files):
    files.content[stored_as(files, "/fw/box-2.7.1.bin")] = IMAGE
    files.cuts = [100_000, 50_000]

    await updates(central, files.url("/fw/box-2.7.1.bin"), retries=2, retry_interval=1)
    await central.hears("FirmwareStatusNotification", status="Installed")
    event = await central.hears("SecurityEventNotification")

    assert obedient.controller.firmware.image == IMAGE
    assert central.told("FirmwareStatusNotification") == [
        "Downloading", "Downloaded", "Installing", "Installed",
    ]  # fmt: skip
    assert central.told("BootNotification", "firmwareVersion") == ["1.0.0", "2.7.1"]
    assert event["type"] == "FirmwareUpdated"
    if isinstance(files, HttpFiles):
        ranges = [headers.get("range") for _, _, headers in files.asked]
        assert ranges == [None, "bytes=100000-", "bytes=150000-"]
    else:
        rests = [argument for command, argument in files.asked if command == "REST"]
        assert rests == ["100000", "150000"]


async def test_https_is_trusted_by_the_roots_the_server_installed(central, obedient):
    root, key = self_signed("127.0.0.1", address="127.0.0.1")
    async with HttpFiles(tls=(root, key)) as files:
        files.content["/fw"] = IMAGE
        await updates(central, files.url("/fw"), retries=0)
        await central.hears("FirmwareStatusNotification", status="DownloadFailed")

        await central.calls(call.InstallCertificate("CentralSystemRootCertificate", root))
        await updates(central, files.url("/fw"), retries=0)
        await central.hears("FirmwareStatusNotification", status="Installed")

    assert obedient.controller.firmware.image == IMAGE


async def test_a_download_that_never_works_fails_after_its_retries(central, obedient, files):
    files.content[stored_as(files, "/fw")] = IMAGE
    files.cuts = [10, 10, 10]

    await updates(central, files.url("/fw"), retries=1, retry_interval=1)
    await central.hears("FirmwareStatusNotification", status="DownloadFailed")

    assert obedient.controller.transfers.attempts == [2]
    assert central.told("FirmwareStatusNotification") == ["Downloading", "DownloadFailed"]
    assert obedient.identity.firmware == "1.0.0"


@pytest.mark.parametrize("location", ["/nothing", "gopher://127.0.0.1/x", "ftp-like"])
async def test_what_cannot_be_fetched_fails_at_once(central, obedient, files, location):
    await updates(central, files.url(location) if location[0] == "/" else location)

    await central.hears("FirmwareStatusNotification", status="DownloadFailed")
    assert sum(obedient.controller.transfers.attempts) <= 1


async def test_an_installation_fails_on_demand(central, obedient, http):
    http.content["/fw"] = IMAGE
    obedient.controller.firmware.outcome = "InstallationFailed"

    await updates(central, http.url("/fw"))
    await central.hears("FirmwareStatusNotification", status="InstallationFailed")

    assert central.told("FirmwareStatusNotification")[-2:] == ["Installing", "InstallationFailed"]
    assert central.actions().count("BootNotification") == 1


async def test_a_download_fails_on_demand(central, obedient, http):
    obedient.controller.firmware.outcome = "DownloadFailed"

    await updates(central, http.url("/fw"))
    await central.hears("FirmwareStatusNotification", status="DownloadFailed")

    assert http.asked == []


async def test_firmware_is_fetched_when_it_is_time(central, obedient, http):
    http.content["/fw"] = IMAGE
    at = obedient.clock.now() + timedelta(minutes=2)

    await central.calls(call.UpdateFirmware(http.url("/fw"), wire_time(at)))
    await central.hears("FirmwareStatusNotification", status="Downloading")

    assert obedient.clock.now() >= at


async def test_who_charges_may_finish_before_the_installation(central, obedient, http):
    http.content["/fw"] = IMAGE
    visiting = asyncio.create_task(play(obedient, Visit(token="04A1", duration_s=10**6)))
    await central.hears("StatusNotification", connectorId=1, status="Charging")

    await updates(central, http.url("/fw"))
    await central.hears("FirmwareStatusNotification", status="Downloaded")
    await central.calls(call.RemoteStopTransaction(101))
    await central.hears("FirmwareStatusNotification", status="Installed")
    await visiting

    actions = central.actions()
    assert central.told("StopTransaction", "reason") == ["Remote"]
    assert actions.index("StopTransaction") < actions.index(
        "FirmwareStatusNotification", actions.index("FirmwareStatusNotification") + 2
    )


async def test_signed_firmware_goes_through_all_steps(central, obedient, files):
    files.content[stored_as(files, "/box-3.0.bin")] = IMAGE
    files.cuts = [100_000]

    status = await updates_signed(central, files.url("/box-3.0.bin"), request_id=31)
    await central.hears("SecurityEventNotification", type="FirmwareUpdated")

    assert status == "Accepted"
    assert central.told("SignedFirmwareStatusNotification") == [
        "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting",
        "Installed",
    ]  # fmt: skip
    assert set(central.told("SignedFirmwareStatusNotification", "requestId")) == {31}
    assert obedient.controller.firmware.image == IMAGE
    assert central.told("BootNotification", "firmwareVersion")[-1] == "3.0"


async def test_a_signed_installation_waits_for_its_time(central, obedient, http):
    http.content["/fw"] = IMAGE
    at = obedient.clock.now() + timedelta(minutes=5)

    await updates_signed(central, http.url("/fw"), install_date_time=wire_time(at))
    await central.hears("SignedFirmwareStatusNotification", status="InstallScheduled")
    await central.hears("SignedFirmwareStatusNotification", status="Installing")

    assert obedient.clock.now() >= at


async def test_an_invalid_signature_is_told_with_its_security_event(central, obedient, http):
    http.content["/fw"] = IMAGE
    obedient.controller.firmware.outcome = "InvalidSignature"

    await updates_signed(central, http.url("/fw"))
    event = await central.hears("SecurityEventNotification")

    assert event["type"] == "InvalidFirmwareSignature"
    assert central.told("SignedFirmwareStatusNotification")[-1] == "InvalidSignature"


async def test_a_signing_certificate_that_is_none_is_refused(central, obedient, http):
    assert await updates_signed(central, http.url("/fw"), certificate="x") == "InvalidCertificate"

    event = await central.hears("SecurityEventNotification")
    assert event["type"] == "InvalidFirmwareSigningCertificate"
    assert http.asked == []


async def test_a_newer_signed_update_takes_the_place_of_one_under_way(central, obedient, http):
    http.content["/fw"] = IMAGE
    later = wire_time(obedient.clock.now() + timedelta(days=1))
    first = await updates_signed(central, http.url("/fw"), request_id=1, retrieve_date_time=later)
    await central.hears("SignedFirmwareStatusNotification", status="DownloadScheduled")

    second = await updates_signed(central, http.url("/fw"), request_id=2)
    await central.hears("SignedFirmwareStatusNotification", status="Installed")

    assert (first, second) == ("Accepted", "AcceptedCanceled")
    numbers = central.told("SignedFirmwareStatusNotification", "requestId")
    assert numbers == [1, *[2] * (len(numbers) - 1)]


async def test_diagnostics_are_uploaded_on_after_cuts(central, obedient, files):
    obedient.controller.logs.size_bytes = 300_000
    files.cuts = [100_000, 50_000]

    answer = await central.calls(call.GetDiagnostics(files.url("/up"), retry_interval=1))
    await central.hears("DiagnosticsStatusNotification", status="Uploaded")

    uploaded = bytes(files.content[stored_as(files, f"/up/{answer.file_name}")])
    assert len(uploaded) == 300_000
    assert zipfile.ZipFile(io.BytesIO(uploaded)).testzip() is None
    assert central.told("DiagnosticsStatusNotification") == ["Uploading", "Uploaded"]
    if isinstance(files, HttpFiles):
        assert [method for method, _, _ in files.asked] == ["PUT", "HEAD", "PUT", "HEAD", "PUT"]
        ranges = [headers.get("content-range") for method, _, headers in files.asked]
        assert [each for each in ranges if each] == [
            "bytes 100000-299999/300000", "bytes 150000-299999/300000",
        ]  # fmt: skip
    else:
        rests = [argument for command, argument in files.asked if command == "REST"]
        assert rests == ["100000", "150000"]


async def test_an_upload_that_never_works_fails(central, obedient, files):
    obedient.controller.logs.size_bytes = 300_000
    files.cuts = [1, 1, 1]

    await central.calls(call.GetDiagnostics(files.url("/up"), retries=1, retry_interval=1))
    await central.hears("DiagnosticsStatusNotification", status="UploadFailed")

    assert obedient.controller.transfers.attempts == [2]


async def test_there_may_be_nothing_to_upload(central, obedient, http):
    obedient.controller.logs.size_bytes = 0

    diagnostics = await central.calls(call.GetDiagnostics(http.url("/up")))
    log = await logs(central, http.url("/up"))

    assert diagnostics.file_name is None
    assert (log.status, log.filename) == ("Rejected", None)


async def test_a_server_may_want_post(central, obedient, http):
    obedient.controller.transfers.upload_method = "POST"

    await central.calls(call.GetDiagnostics(http.url("/up/")))
    await central.hears("DiagnosticsStatusNotification", status="Uploaded")

    assert [(method, path.startswith("/up/diag")) for method, path, _ in http.asked] == [
        ("POST", True)
    ]


async def test_a_log_is_uploaded_and_told_under_its_number(central, obedient, files):
    files.cuts = [1000]

    answer = await logs(central, files.url("/up"), request_id=12)
    await central.hears("LogStatusNotification", status="Uploaded")

    assert answer.status == "Accepted"
    uploaded = files.content[stored_as(files, f"/up/{answer.filename}")]
    assert len(uploaded) == obedient.controller.logs.size_bytes
    assert central.told("LogStatusNotification") == ["Uploading", "Uploaded"]
    assert central.told("LogStatusNotification", "requestId") == [12, 12]


@pytest.mark.parametrize(
    ("refusal", "status"), [(403, "PermissionDenied"), (404, "BadMessage"), (503, "UploadFailure")]
)
async def test_a_log_that_is_not_taken_says_why(central, obedient, http, refusal, status):
    http.refuse_with = refusal

    await logs(central, http.url("/up"), retries=1, retry_interval=1)

    await central.hears("LogStatusNotification", status=status, requestId=7)


async def test_a_wrong_ftp_login_is_no_permission(central, obedient):
    async with FtpFiles() as ftp:
        await logs(central, ftp.url("/up", login="me:wrong@"))
        await central.hears("LogStatusNotification", status="PermissionDenied")


async def test_a_scheme_it_cannot_do_is_told(central, obedient):
    await logs(central, "sftp://127.0.0.1/up")

    await central.hears("LogStatusNotification", status="NotSupportedOperation")


async def test_a_newer_log_takes_the_place_of_one_under_way(central, obedient, http):
    http.refuse_with = 503
    first = await logs(central, http.url("/up"), request_id=1, retries=9, retry_interval=10**6)
    await central.hears("LogStatusNotification", status="Uploading", requestId=1)

    http.refuse_with = None
    second = await logs(central, http.url("/up"), request_id=2)
    await central.hears("LogStatusNotification", status="Uploaded", requestId=2)

    assert (first.status, second.status) == ("Accepted", "AcceptedCanceled")
    assert central.told("LogStatusNotification", "requestId") == [1, 2, 2]


async def test_the_upload_under_way_is_told_when_triggered(central, obedient, http):
    http.refuse_with = 503
    await logs(central, http.url("/up"), request_id=4, retries=9, retry_interval=10**6)
    await central.hears("LogStatusNotification", status="Uploading")
    central.forget()

    await central.calls(call.ExtendedTriggerMessage("LogStatusNotification"))

    told = await central.hears("LogStatusNotification")
    assert told == {"status": "Uploading", "requestId": 4}
