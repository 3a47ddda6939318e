"""Block N of 2.0.1 and 2.1: logs are uploaded (N01)."""

import pytest
import pytest_asyncio

from tests.edge.conftest import V21, V201, at

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(params=[V201, V21], loop_scope="module")
async def station(operator, request):
    return await operator.answering(version=request.param)


async def gets_log(operator, station, answer="Accepted", **fields):
    """The command, answered so, and the CALL's payload."""
    before = sum(action == "GetLog" for _, action, _ in station.asked)
    station.on["GetLog"] = {"status": answer, "filename": "log.zip"}
    command = await operator.asks(station.id, "get_log", **fields)
    _, asked = await station.is_asked("GetLog", before + 1)
    return command, asked


async def tells(station, asked, *statuses):
    for status in statuses:
        payload = {"status": status, "requestId": asked["requestId"]}
        assert await station.call("LogStatusNotification", payload) == {}


@pytest.mark.parametrize(
    ("kind", "wire"),
    [
        pytest.param("diagnostics", "DiagnosticsLog", id="TC_N_25"),
        pytest.param("security", "SecurityLog", id="TC_N_35"),
    ],
)
async def test_a_log_is_done_when_it_is_uploaded(operator, station, kind, wire):
    again = {"retries": 2, "retry_interval_s": 30}
    span = {"oldest_at": at(), "latest_at": at(60)}
    command, asked = await gets_log(
        operator, station, kind=kind, location="https://x/", **span, **again
    )
    await operator.sees(command, "accepted")

    await tells(station, asked, "Uploading")
    assert (await operator.sees(command, "accepted"))["detail"] == "Uploading"
    await tells(station, asked, "Uploaded")

    assert asked == {
        "requestId": asked["requestId"],
        "logType": wire,
        "log": {
            "remoteLocation": "https://x/",
            "oldestTimestamp": at(),
            "latestTimestamp": at(60),
        },
        "retries": 2,
        "retryInterval": 30,
    }
    assert (await operator.sees(command, "done"))["result"]["filename"] == "log.zip"


async def test_a_log_that_is_refused_is_rejected(operator, station):
    """TC_N_34."""
    command, _ = await gets_log(operator, station, "Rejected")

    assert (await operator.sees(command, "rejected"))["answer"] == "Rejected"


async def test_a_second_log_takes_the_place_of_the_first(operator, station):
    """TC_N_36."""
    first, asked_first = await gets_log(operator, station)
    await operator.sees(first, "accepted")
    await tells(station, asked_first, "Uploading")

    second, asked = await gets_log(operator, station, "AcceptedCanceled")
    await operator.sees(second, "accepted")
    await tells(station, asked_first, "AcceptedCanceled")
    await operator.sees(first, "failed")
    await tells(station, asked, "Uploading", "Uploaded")

    assert asked["requestId"] != asked_first["requestId"]
    assert (await operator.sees(second, "done"))["answer"] == "AcceptedCanceled"


@pytest.mark.parametrize(
    "status",
    [
        "BadMessage",
        "NotSupportedOperation",
        "PermissionDenied",
        "UploadFailure",
        "AcceptedCanceled",
    ],
)
async def test_a_log_that_cannot_be_uploaded_says_why(operator, station, status):
    command, asked = await gets_log(operator, station)
    await operator.sees(command, "accepted")

    await tells(station, asked, "Uploading", status)

    assert (await operator.sees(command, "failed"))["detail"] == status


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_log_is_brought_to_our_own_files(operator, server, station, method):
    """N01.FR.17, .18, .26-.28: no redirect, and credentials that are not those of OCPP."""
    command, asked = await gets_log(operator, station, kind="security")
    await operator.sees(command, "accepted")

    address = asked["log"]["remoteLocation"]
    brought = await server.http.request(method, f"{address}log.zip", content=b"all is well")
    await tells(station, asked, "Uploaded")

    assert brought.is_success
    shown = await operator.sees(command, "done")
    content = await server.http.get(f"/api/v1/files/{shown['file_id']}/content")
    assert content.content == b"all is well"


async def test_a_data_collector_log_is_a_word_of_2_1(operator):
    new = await operator.answering(version=V21)
    command, asked = await gets_log(operator, new, kind="data_collector", location="https://x/")
    await operator.sees(command, "accepted")

    assert asked["logType"] == "DataCollectorLog"
    for old in (await operator.answering(version=V201), await operator.answering()):
        answer = await operator.refused(
            old.id, "get_log", kind="data_collector", location="https://x/"
        )
        assert answer.status_code == 422
        assert old.asked == []
