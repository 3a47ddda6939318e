"""Block L of 2.0.1 and 2.1: firmware is updated, securely, and published (L01-L04)."""

from datetime import UTC, datetime

import pytest
import pytest_asyncio

from tests.edge.certification.stations201 import Charging, id_token, reports
from tests.edge.conftest import V21, V201, at

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
SIGNED = {
    "location": "https://files.example/fw-2.bin",
    "signing_certificate": PEM,
    "signature": "c2ln",
}
BOOT = {"reason": "FirmwareUpdate", "chargingStation": {"model": "M", "vendorName": "V"}}
TOMORROW = at(86400, after=datetime.now(UTC))
MD5 = "9e107d9d372bb6826bd81d3542a419d6"


@pytest_asyncio.fixture(params=[V201, V21], loop_scope="module")
async def station(operator, request):
    return await operator.answering(version=request.param)


async def updates(operator, station, answer="Accepted", **fields):
    """The command, answered so, and the CALL's payload."""
    before = sum(action == "UpdateFirmware" for _, action, _ in station.asked)
    station.on["UpdateFirmware"] = {"status": answer}
    command = await operator.asks(station.id, "update_firmware", **SIGNED | fields)
    _, asked = await station.is_asked("UpdateFirmware", before + 1)
    return command, asked


async def tells(station, asked, *statuses):
    for status in statuses:
        payload = {"status": status, "requestId": asked["requestId"]}
        assert await station.call("FirmwareStatusNotification", payload) == {}


async def comes_back(station, status="Available"):
    answer = await station.call("BootNotification", BOOT)
    assert answer["status"] == "Accepted"
    payload = {"timestamp": at(), "connectorStatus": status, "evseId": 1, "connectorId": 1}
    assert await station.call("StatusNotification", payload) == {}


async def test_an_update_is_done_when_the_station_has_booted_and_says_installed(operator, station):
    """TC_L_01."""
    again = {"retries": 2, "retry_interval_s": 30}
    command, asked = await updates(operator, station, retrieve_at=at(), **again)
    await operator.sees(command, "accepted")

    await tells(station, asked, "Downloading", "Downloaded", "SignatureVerified", "Installing")
    await tells(station, asked, "InstallRebooting")
    await comes_back(station)
    shown = await operator.sees(command, "accepted")
    await tells(station, asked, "Installed")

    assert asked["firmware"] == {
        "location": SIGNED["location"],
        "retrieveDateTime": at(),
        "signingCertificate": PEM,
        "signature": "c2ln",
    }
    assert (asked["retries"], asked["retryInterval"]) == (2, 30)
    assert shown["detail"] == "it booted again to install"
    assert (await operator.sees(command, "done"))["detail"] == "Installed"


@pytest.mark.parametrize(
    ("fields", "wire", "statuses"),
    [
        pytest.param(
            {"install_at": TOMORROW},
            {"installDateTime": TOMORROW},
            ("Downloading", "Downloaded", "SignatureVerified", "InstallScheduled"),
            id="TC_L_02",
        ),
        pytest.param(
            {"retrieve_at": TOMORROW},
            {"retrieveDateTime": TOMORROW},
            ("DownloadScheduled", "Downloading", "Downloaded", "SignatureVerified"),
            id="TC_L_03",
        ),
    ],
)
async def test_an_update_for_later_waits_and_is_done(operator, station, fields, wire, statuses):
    command, asked = await updates(operator, station, **fields)
    await operator.sees(command, "accepted")

    await tells(station, asked, *statuses)
    assert (await operator.sees(command, "accepted"))["detail"] == statuses[-1]
    await tells(station, asked, "Installing", "InstallRebooting")
    await comes_back(station)
    await tells(station, asked, "Installed")

    assert asked["firmware"].items() >= wire.items()
    await operator.sees(command, "done")


@pytest.mark.parametrize(
    ("word", "event"),
    [
        pytest.param("RevokedCertificate", None, id="TC_L_04"),
        pytest.param("InvalidCertificate", "InvalidFirmwareSigningCertificate", id="TC_L_05"),
    ],
)
async def test_a_signing_certificate_that_is_no_good_is_shown(operator, station, word, event):
    command, _ = await updates(operator, station, word)

    shown = await operator.sees(command, "rejected")

    assert shown["answer"] == word
    if event is not None:
        payload = {"type": event, "timestamp": at()}
        assert await station.call("SecurityEventNotification", payload) == {}


@pytest.mark.parametrize(
    "statuses",
    [
        pytest.param(("Downloading", "Downloaded", "InvalidSignature"), id="TC_L_06"),
        pytest.param(("Downloading", "DownloadFailed"), id="TC_L_07"),
        pytest.param(
            (
                "Downloading",
                "Downloaded",
                "SignatureVerified",
                "Installing",
                "InstallVerificationFailed",
            ),
            id="TC_L_08",
        ),
    ],
)
async def test_an_update_that_fails_says_where(operator, station, statuses):
    command, asked = await updates(operator, station)
    await operator.sees(command, "accepted")

    await tells(station, asked, *statuses)

    assert (await operator.sees(command, "failed"))["detail"] == statuses[-1]
    if statuses[-1] == "InvalidSignature":
        event = {"type": "InvalidFirmwareSignature", "timestamp": at()}
        assert await station.call("SecurityEventNotification", event) == {}


async def test_an_update_that_fails_after_its_reboot_is_failed(operator, station):
    """TC_L_09."""
    command, asked = await updates(operator, station)
    await operator.sees(command, "accepted")

    await tells(station, asked, "Downloading", "Downloaded", "SignatureVerified", "Installing")
    await tells(station, asked, "InstallRebooting")
    await comes_back(station)
    await tells(station, asked, "InstallationFailed")

    assert (await operator.sees(command, "failed"))["detail"] == "InstallationFailed"


async def test_a_second_update_takes_the_place_of_the_first(operator, station):
    """TC_L_10."""
    first, asked_first = await updates(operator, station)
    await operator.sees(first, "accepted")
    await tells(station, asked_first, "Downloading")

    second, asked = await updates(operator, station, "AcceptedCanceled")
    shown = await operator.sees(first, "failed")
    await tells(station, asked, "Downloading", "Downloaded", "SignatureVerified", "Installing")
    await tells(station, asked, "InstallRebooting")
    await comes_back(station)
    await tells(station, asked, "Installed")

    assert asked["requestId"] != asked_first["requestId"]
    assert shown["detail"] == "the station gave it up for a later one"
    assert (await operator.sees(second, "done"))["answer"] == "AcceptedCanceled"


async def test_a_first_update_goes_on_when_the_second_is_refused(operator, station):
    """TC_L_11."""
    first, asked = await updates(operator, station)
    await operator.sees(first, "accepted")
    await tells(station, asked, "Downloading")

    second, _ = await updates(operator, station, "Rejected")
    await operator.sees(second, "rejected")
    await tells(station, asked, "Downloaded", "SignatureVerified", "Installing")
    await tells(station, asked, "InstallRebooting")
    await comes_back(station)
    await tells(station, asked, "Installed")

    await operator.sees(first, "done")


async def test_an_update_waits_for_a_session_while_connectors_are_unavailable(
    operator, server, station
):
    """TC_L_13: one EVSE charges, the other has nothing to do."""
    token = id_token(await server.token())
    charging = Charging(station)
    await charging.transfers_energy(token)
    command, asked = await updates(operator, station)
    await operator.sees(command, "accepted")

    await tells(station, asked, "DownloadScheduled")
    await reports(station, "Unavailable", evse=2)
    assert (await operator.sees(command, "accepted"))["detail"] == "DownloadScheduled"
    await charging.is_stopped(token)
    await charging.drives_off()
    await tells(station, asked, "Downloading", "Downloaded", "SignatureVerified", "Installing")
    await tells(station, asked, "InstallRebooting")
    await comes_back(station)
    await reports(station, "Available", evse=2)
    await tells(station, asked, "Installed")

    assert asked["firmware"]["signingCertificate"] == PEM
    await operator.sees(command, "done")
    assert (await server.transaction(station.id))["stop_reason"] == "EVDisconnected"


async def test_an_idle_station_without_a_number_proves_nothing(operator, station):
    """L01.FR.20: only Idle has no requestId."""
    command, asked = await updates(operator, station)
    await operator.sees(command, "accepted")
    await tells(station, asked, "Downloading")

    assert await station.call("FirmwareStatusNotification", {"status": "Idle"}) == {}

    assert (await operator.sees(command, "accepted"))["detail"] == "Downloading"


async def test_an_update_from_our_own_files_has_an_address_of_ours(operator, server, station):
    answer = await server.http.post(
        "/api/v1/files", params={"name": "fw.bin", "kind": "firmware"}, content=b"image"
    )
    station.on["UpdateFirmware"] = {"status": "Accepted"}

    await operator.asks(station.id, "update_firmware", file_id=answer.json()["id"])
    _, asked = await station.is_asked("UpdateFirmware")
    fetched = await server.http.get(asked["firmware"]["location"])

    assert fetched.content == b"image"
    assert "signature" not in asked["firmware"]


async def publishes(operator, station, answer="Accepted", **fields):
    station.on["PublishFirmware"] = {"status": answer}
    image = {"location": "https://files.example/fw.bin", "checksum": MD5}
    command = await operator.asks(station.id, "publish_firmware", **image | fields)
    _, asked = await station.is_asked("PublishFirmware")
    return command, asked


async def tells_of_publishing(station, asked, *statuses, **more):
    for status in statuses:
        payload = {"status": status, "requestId": asked["requestId"]} | more
        assert await station.call("PublishFirmwareStatusNotification", payload) == {}


async def test_a_published_image_is_shown_with_its_addresses(operator, station):
    """TC_L_17."""
    command, asked = await publishes(operator, station, retries=3, retry_interval_s=60)
    await operator.sees(command, "accepted")

    await tells_of_publishing(station, asked, "Downloading", "Downloaded", "ChecksumVerified")
    assert (await operator.sees(command, "accepted"))["detail"] == "ChecksumVerified"
    places = ["http://10.0.0.2/fw.bin", "ftp://10.0.0.2/fw.bin"]
    await tells_of_publishing(station, asked, "Published", location=places)

    assert asked == {
        "requestId": asked["requestId"],
        "location": "https://files.example/fw.bin",
        "checksum": MD5,
        "retries": 3,
        "retryInterval": 60,
    }
    assert (await operator.sees(command, "done"))["detail"] == " ".join(("Published", *places))


@pytest.mark.parametrize(
    "statuses",
    [
        ("Downloading", "DownloadFailed"),
        ("Downloading", "Downloaded", "InvalidChecksum"),
        ("Downloading", "Downloaded", "ChecksumVerified", "PublishFailed"),
    ],
)
async def test_an_image_that_cannot_be_published_says_why(operator, station, statuses):
    """L03.FR.06, .07, .08."""
    command, asked = await publishes(operator, station)
    await operator.sees(command, "accepted")

    await tells_of_publishing(station, asked, *statuses)

    assert (await operator.sees(command, "failed"))["detail"] == statuses[-1]


async def test_an_image_that_a_station_will_not_publish_is_rejected(operator, station):
    command, _ = await publishes(operator, station, "Rejected")

    await operator.sees(command, "rejected")


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Unpublished", "accepted"),
        ("NoFirmware", "rejected"),
        ("DownloadOngoing", "rejected"),
    ],
)
async def test_an_image_is_unpublished_or_not(operator, station, word, state):
    """L04."""
    station.on["UnpublishFirmware"] = {"status": word}

    command = await operator.asks(station.id, "unpublish_firmware", wait=10, checksum=MD5)

    assert (command["state"], command["answer"]) == (state, word)
    assert station.asked[0][2] == {"checksum": MD5}


async def test_a_station_of_1_6_cannot_publish(operator):
    station = await operator.answering()

    answer = await operator.refused(
        station.id, "publish_firmware", location="https://x/y", checksum=MD5
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "command_not_served")
    assert station.asked == []
