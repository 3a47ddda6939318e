"""Block N of 2.0.1 and 2.1: what a station knows of a customer is told and forgotten (N09, N10)."""

import pytest
import pytest_asyncio

from tests.edge.conftest import V21, V201, at

pytestmark = pytest.mark.asyncio(loop_scope="module")

HASH = {
    "hash_algorithm": "sha256",
    "issuer_name_hash": "ab" * 32,
    "issuer_key_hash": "cd" * 32,
    "serial_number": "1f",
}
WIRE_HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "ab" * 32,
    "issuerKeyHash": "cd" * 32,
    "serialNumber": "1f",
}
TOKEN = {"token": "04A2B7C1", "token_type": "ISO14443"}
WIRE_TOKEN = {"idToken": {"idToken": "04A2B7C1", "type": "ISO14443"}}


@pytest_asyncio.fixture(params=[V201, V21], loop_scope="module")
async def station(operator, request):
    return await operator.answering(version=request.param)


async def asks(operator, station, answer="Accepted", **fields):
    station.on["CustomerInformation"] = {"status": answer}
    command = await operator.asks(station.id, "customer_information", **fields)
    _, asked = await station.is_asked("CustomerInformation")
    return command, asked


async def tells(station, asked, data, seq_no=0, tbc=None):
    payload = {
        "data": data,
        "seqNo": seq_no,
        "generatedAt": at(),
        "requestId": asked["requestId"],
    }
    payload |= {"tbc": tbc} if tbc is not None else {}
    assert await station.call("NotifyCustomerInformation", payload) == {}


@pytest.mark.parametrize(
    ("fields", "flags", "told"),
    [
        pytest.param({}, (True, False), "name: Ada", id="TC_N_27"),
        pytest.param({}, (True, False), "no data", id="TC_N_28"),
        pytest.param({"clear": True}, (True, True), "name: Ada", id="TC_N_30"),
        pytest.param({"clear": True}, (True, True), "no data", id="TC_N_31"),
        pytest.param({"report": False, "clear": True}, (False, True), "cleared", id="TC_N_32"),
    ],
)
async def test_what_is_known_by_a_token_is_told(operator, station, fields, flags, told):
    command, asked = await asks(operator, station, **TOKEN, **fields)
    await operator.sees(command, "accepted")

    await tells(station, asked, told)

    report, clear = flags
    assert asked == {"requestId": asked["requestId"], "report": report, "clear": clear} | WIRE_TOKEN
    shown = await operator.sees(command, "done")
    assert shown["result"] == {"status": "Accepted", "information": told}


@pytest.mark.parametrize(
    ("named", "wire"),
    [
        pytest.param(
            {"identifier": "OpenChargeAlliance"},
            {"customerIdentifier": "OpenChargeAlliance"},
            id="TC_N_62",
        ),
        pytest.param({"certificate": HASH}, {"customerCertificate": WIRE_HASH}, id="TC_N_63"),
    ],
)
async def test_a_customer_is_named_in_other_ways(operator, station, named, wire):
    command, asked = await asks(operator, station, report=True, clear=True, **named)
    await operator.sees(command, "accepted")

    await tells(station, asked, "all there was")

    assert asked == {"requestId": asked["requestId"], "report": True, "clear": True} | wire
    assert (await operator.sees(command, "done"))["result"]["information"] == "all there was"


@pytest.mark.parametrize(
    "answer", [pytest.param("Rejected", id="TC_N_29"), pytest.param("Invalid", id="invalid")]
)
async def test_a_station_that_does_not_tell_is_shown(operator, station, answer):
    command, asked = await asks(operator, station, answer, **TOKEN)

    assert asked == {"requestId": asked["requestId"], "report": True, "clear": False} | WIRE_TOKEN
    assert (await operator.sees(command, "rejected"))["answer"] == answer


async def test_parts_are_put_together_in_their_order(operator, station):
    command, asked = await asks(operator, station, **TOKEN)
    await operator.sees(command, "accepted")

    await tells(station, asked, "first,", 0, tbc=True)
    await tells(station, asked, "third", 2, tbc=False)
    assert (await operator.sees(command, "accepted"))["detail"] == "parts that arrived so far: 2"
    await tells(station, asked, "third", 2, tbc=False)
    await tells(station, asked, "second,", 1, tbc=True)

    shown = await operator.sees(command, "done")
    assert shown["result"]["information"] == "first,second,third"


async def test_what_is_told_before_the_answer_counts(operator, station):
    station.on["CustomerInformation"] = None
    command = await operator.asks(station.id, "customer_information", **TOKEN)
    message_id, asked = await station.is_asked("CustomerInformation")
    await tells(station, asked, "in haste")
    await station.says([3, message_id, {"status": "Accepted"}])

    shown = await operator.sees(command, "done")
    assert shown["result"] == {"status": "Accepted", "information": "in haste"}


async def test_what_belongs_to_another_request_proves_nothing(operator, station):
    command, asked = await asks(operator, station, **TOKEN)
    await operator.sees(command, "accepted")

    await tells(station, {"requestId": asked["requestId"] % 2**30 + 1}, "of somebody else")
    await tells(station, asked, "", 0, tbc=True)

    assert (await operator.sees(command, "accepted"))["detail"] == "parts that arrived so far: 1"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"token": "A1", "identifier": "x"},
        {"token": "A1", "report": False},
        {"identifier": "x" * 65},
        {"identifier": "x", "token_type": "Central"},
    ],
)
async def test_a_question_that_is_none_is_refused(operator, station, body):
    answer = await operator.refused(station.id, "customer_information", **body)

    assert answer.status_code == 422
    assert station.asked == []


async def test_a_forgotten_token_is_taken_off_the_local_list(operator, server, station):
    """TC_N_46."""
    token = await server.token(type="ISO14443")
    station.on["SendLocalList"] = {"status": "Accepted"}
    await operator.asks(station.id, "send_local_list", wait=10, update="full", tokens=[token])
    first = station.asked[-1][2]

    command, asked = await asks(operator, station, report=True, clear=True, token=token)
    await operator.sees(command, "accepted")
    await tells(station, asked, "cleared")
    await operator.sees(command, "done")

    _, sent = await station.is_asked("SendLocalList", 2)
    assert sent["updateType"] == "Differential"
    assert sent["versionNumber"] > first["versionNumber"]
    assert sent["localAuthorizationList"] == [{"idToken": {"idToken": token, "type": "ISO14443"}}]


async def test_a_token_that_is_only_told_stays_on_the_local_list(operator, server, station):
    token = await server.token(type="ISO14443")
    station.on["SendLocalList"] = {"status": "Accepted"}
    await operator.asks(station.id, "send_local_list", wait=10, update="full", tokens=[token])

    command, asked = await asks(operator, station, token=token)
    await operator.sees(command, "accepted")
    await tells(station, asked, "all there was")
    await operator.sees(command, "done")
    station.on["ClearCache"] = {"status": "Accepted"}
    await operator.asks(station.id, "clear_cache", wait=10)

    assert [each[1] for each in station.asked].count("SendLocalList") == 1
