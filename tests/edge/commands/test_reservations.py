"""Reservations, from the request to their end, as an operator follows them."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import ocpp.v16
import pytest
from ocpp.routing import on
from ocpp.v16 import call as call16
from ocpp.v16 import call_result

from tests.edge.commands.conftest import Operator
from tests.edge.conftest import at, eventually, moment, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCEPTED = {"status": "Accepted"}


@pytest.fixture(scope="module")
def settings():
    return {"command_timeout_s": 1}


def soon(seconds=600):
    return at(seconds, after=datetime.now(UTC))


async def reservations(server, station_id, **query):
    """Newest first."""
    return await server.items("/api/v1/reservations", station_id=station_id, **query)


async def becomes(server, station_id, state):
    """The station's only reservation, once it is in that state."""
    found = await eventually(
        lambda: reservations(server, station_id), lambda all_: all_ and all_[0]["state"] == state
    )
    assert len(found) == 1
    return found[0]


async def reserved(operator, station=None, **fields):
    """A station that has accepted a reservation, and the number of that."""
    station = station or await operator.answering()
    station.on["ReserveNow"] = ACCEPTED
    fields = {"token": "A1", "evse_id": 1, "expires_at": soon()} | fields
    command = await operator.asks(station.id, "reserve_now", wait=10, **fields)
    assert command["state"] == "accepted", command
    return station, command["arguments"]["reservation_id"]


async def starts(station, token, connector=1, **more):
    payload = {"connectorId": connector, "idTag": token, "meterStart": 0, "timestamp": soon(0)}
    await station.call("StartTransaction", payload | more)


async def clock():
    return datetime.now(UTC)


async def is_written(database_url, station_id, state):
    """The database says so, too."""

    async def stored():
        connection = await asyncpg.connect(database_url)
        try:
            query = "SELECT state FROM reservations WHERE station_id = $1 AND NOT is_open"
            return await connection.fetchval(query, station_id)
        finally:
            await connection.close()

    await eventually(stored, lambda found: found == state)


async def as_if_killed(database_url, station_id):
    """A server that ends in good order notes that no answer came."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "UPDATE reservations SET state = 'requested' WHERE station_id = $1", station_id
    )
    await connection.close()


class Reserving(ocpp.v16.ChargePoint):
    """Keeps one connector free, as the specification has it."""

    held = None

    @on("ReserveNow")
    def on_reserve(self, **asked):
        if self.held is not None and self.held["reservation_id"] != asked["reservation_id"]:
            return call_result.ReserveNow("Occupied")
        self.held = asked
        return call_result.ReserveNow("Accepted")

    @on("CancelReservation")
    def on_cancel(self, reservation_id):
        if self.held is None or self.held["reservation_id"] != reservation_id:
            return call_result.CancelReservation("Rejected")
        self.held = None
        return call_result.CancelReservation("Accepted")


async def test_a_station_by_others_keeps_its_connector_free_and_then_charges(operator, server):
    token = await server.token()
    socket = await server.connects()
    station = Reserving(socket.id, socket.socket, response_timeout=10)
    listening = asyncio.create_task(station.start())
    until = soon()

    command = await operator.asks(
        socket.id, "reserve_now", wait=10, token=token, group_token="F", evse_id=1, expires_at=until
    )
    number = command["arguments"]["reservation_id"]
    second = await operator.asks(
        socket.id, "reserve_now", wait=10, token=token, evse_id=1, expires_at=until
    )
    await station.call(call16.StartTransaction(1, token, 0, soon(0), reservation_id=number))

    assert station.held == {
        "connector_id": 1,
        "expiry_date": until,
        "id_tag": token,
        "parent_id_tag": "F",
        "reservation_id": number,
    }
    assert 1 <= number < 2**31
    assert (second["state"], second["answer"]) == ("rejected", "Occupied")
    refused, used = await reservations(server, socket.id)
    assert refused["state"] == "refused"
    assert used["state"] == "used"
    assert used["transaction_id"] == (await server.transaction(socket.id))["id"]
    assert (used["token"], used["group_token"], used["evse_id"]) == (token, "F", 1)
    cancelled = await operator.asks(socket.id, "cancel_reservation", wait=10, reservation_id=number)
    assert cancelled["state"] == "accepted"
    assert (await reservations(server, socket.id))[1]["state"] == "used"
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


@pytest.mark.parametrize("word", ["Faulted", "Occupied", "Rejected", "Unavailable"])
async def test_a_refusal_is_shown_in_the_words_of_the_station(operator, server, word):
    station = await operator.answering()
    station.on["ReserveNow"] = {"status": word}

    command = await operator.asks(station.id, "reserve_now", wait=10, token="A1", expires_at=soon())

    assert (command["state"], command["answer"]) == ("rejected", word)
    assert station.asked[0][2]["connectorId"] == 0
    shown = await becomes(server, station.id, "refused")
    assert (shown["answer"], shown["evse_id"]) == (word, None)
    assert shown["ended_at"] is not None


async def test_a_callerror_is_a_refusal(operator, server):
    station = await operator.answering()

    await operator.asks(station.id, "reserve_now", wait=10, token="A1", expires_at=soon())

    assert (await becomes(server, station.id, "refused"))["answer"] == "CALLERROR"


async def test_until_the_station_answers_it_is_requested_and_then_unknown(operator, server):
    station = await operator.answering()
    station.on["ReserveNow"] = None
    command = await operator.asks(station.id, "reserve_now", token="A1", expires_at=soon())
    message_id, _ = await station.is_asked("ReserveNow")

    assert (await reservations(server, station.id))[0]["state"] == "requested"
    await operator.sees(command, "timed_out")
    await becomes(server, station.id, "unknown")
    await station.says([3, message_id, ACCEPTED])

    assert (await becomes(server, station.id, "active"))["answer"] == "Accepted"


async def test_an_answer_that_says_nothing_leaves_it_unknown(operator, server):
    station = await operator.answering()
    station.on["ReserveNow"] = {"status": "Perhaps"}

    await operator.asks(station.id, "reserve_now", wait=10, token="A1", expires_at=soon())

    await becomes(server, station.id, "unknown")


async def test_a_lost_connection_leaves_it_unknown_until_an_answer_on_the_next(operator, server):
    station = await operator.answering()
    station.on["ReserveNow"] = None
    await operator.asks(station.id, "reserve_now", token="A1", expires_at=soon())
    message_id, _ = await station.is_asked("ReserveNow")
    await station.leaves()
    await becomes(server, station.id, "unknown")

    again = await operator.answering(station.id)
    await again.says([3, message_id, {"status": "Occupied"}])

    await becomes(server, station.id, "refused")


async def test_a_cancelled_reservation_is_gone(operator, server):
    station, number = await reserved(operator)
    station.on["CancelReservation"] = ACCEPTED

    await operator.asks(station.id, "cancel_reservation", wait=10, reservation_id=number)

    assert station.asked[-1][2] == {"reservationId": number}
    await becomes(server, station.id, "cancelled")


async def test_one_that_the_station_does_not_have_is_not_left_active(operator, server):
    station, number = await reserved(operator)
    station.on["CancelReservation"] = {"status": "Rejected"}

    command = await operator.asks(station.id, "cancel_reservation", wait=10, reservation_id=number)

    assert command["state"] == "rejected"
    assert (await becomes(server, station.id, "ended"))["detail"] == (
        "the station does not have it"
    )


async def test_one_that_cannot_be_cancelled_just_now_stays(operator, server):
    station, number = await reserved(operator)

    command = await operator.asks(station.id, "cancel_reservation", wait=10, reservation_id=number)

    assert command["state"] == "call_error"
    await becomes(server, station.id, "active")


async def test_it_expires_by_our_clock(operator, server, module_database_url):
    station, _ = await reserved(operator, expires_at=soon(1))

    shown = await becomes(server, station.id, "expired")

    assert shown["ended_at"] == shown["expires_at"]
    assert await reservations(server, station.id, state="active") == []
    assert len(await reservations(server, station.id, state="expired")) == 1

    await is_written(module_database_url, station.id, "expired")


async def test_a_start_from_the_offline_queue_uses_what_was_valid_then(
    operator, server, module_database_url
):
    until = soon(1)
    station, _ = await reserved(operator, expires_at=until)
    await is_written(module_database_url, station.id, "expired")

    await starts(station, "A1", timestamp=at(-0.5, after=moment(until)))

    await becomes(server, station.id, "used")


async def test_a_start_with_its_id_uses_it_whoever_starts(operator, server):
    token = await server.token()
    station, number = await reserved(operator, token="SOMEBODY")

    await starts(station, token, 2, reservationId=number)

    shown = await becomes(server, station.id, "used")
    assert shown["transaction_id"] == (await server.transaction(station.id))["id"]


async def test_a_start_without_an_id_uses_it_by_its_token_in_any_spelling(operator, server):
    token = await server.token()
    station, _ = await reserved(operator, token=token)

    await starts(station, token.lower())

    await becomes(server, station.id, "used")


async def test_a_start_without_an_id_uses_it_by_its_group(operator, server):
    token = await server.token(group="fleet")
    station, _ = await reserved(operator, token="SOMEBODY", group_token="FLEET")

    await starts(station, token)

    await becomes(server, station.id, "used")


@pytest.mark.parametrize(("token", "connector"), [("OTHER", 1), ("A1", 2)])
async def test_a_start_by_somebody_else_or_elsewhere_leaves_it(operator, server, token, connector):
    station, _ = await reserved(operator)

    await starts(station, token, connector)

    shown = await becomes(server, station.id, "active")
    assert shown["transaction_id"] is None


async def test_a_start_that_is_repeated_uses_no_second_one(operator, server):
    station, number = await reserved(operator)
    when = soon(0)

    for _ in range(2):
        await starts(station, "A1", timestamp=when, reservationId=number)
    await reserved(operator, station)
    await starts(station, "A1", timestamp=when, reservationId=number)

    newest, used = await reservations(server, station.id)
    assert (newest["state"], used["state"]) == ("active", "used")


@pytest.mark.parametrize("status", ["Faulted", "Unavailable"])
@pytest.mark.parametrize("connector", [0, 1])
async def test_it_ends_with_its_connector(operator, server, status, connector):
    station, _ = await reserved(operator)
    await station.reports(1, "Reserved")
    await station.reports(2, status)
    await becomes(server, station.id, "active")

    await station.reports(connector, status)

    assert (await becomes(server, station.id, "ended"))["detail"] == (
        f"the station reported {status}"
    )


async def test_the_raw_door_leaves_the_same_record(operator, server):
    station = await operator.answering()
    station.on["ReserveNow"] = station.on["CancelReservation"] = ACCEPTED
    payload = {
        "connectorId": 2,
        "expiryDate": "2100-01-02T04:04:05+01:00",
        "idTag": "RAW",
        "reservationId": 77,
    }

    await operator.raw(station.id, "ReserveNow", payload)
    shown = await becomes(server, station.id, "active")
    await operator.raw(station.id, "CancelReservation", {"reservationId": 77})

    assert (shown["reservation_id"], shown["token"], shown["evse_id"]) == (77, "RAW", 2)
    assert shown["expires_at"] == "2100-01-02T03:04:05.000Z"
    await becomes(server, station.id, "cancelled")


async def test_the_same_id_replaces(operator, server):
    station = await operator.answering()
    station.on["ReserveNow"] = ACCEPTED
    payload = {"connectorId": 1, "expiryDate": soon(), "idTag": "A", "reservationId": 5}

    await operator.raw(station.id, "ReserveNow", payload)
    await operator.raw(station.id, "ReserveNow", payload | {"idTag": "B"})

    newest, replaced = await reservations(server, station.id)
    assert (newest["token"], newest["state"]) == ("B", "active")
    assert (replaced["token"], replaced["state"]) == ("A", "ended")


async def test_what_the_server_did_not_hear_of_is_truthful_after_it_was_killed(
    database_url, tmp_path
):
    async with running(database_url, tmp_path) as server:
        operator = Operator(server)
        await server.token("A1")
        kept, number = await reserved(operator)
        until = soon(1)
        short, _ = await reserved(operator, expires_at=until)
        silent = await operator.answering()
        silent.on["ReserveNow"] = None
        await operator.asks(silent.id, "reserve_now", token="A1", expires_at=soon())
        await silent.is_asked("ReserveNow")
    await as_if_killed(database_url, silent.id)
    await eventually(clock, lambda now: now > moment(until))
    async with running(database_url, tmp_path) as server:
        operator = Operator(server)
        (expired,) = await reservations(server, short.id)
        assert expired["state"] == "expired"  # at once, though nobody has written it yet
        await becomes(server, silent.id, "unknown")
        again = await operator.answering(kept.id)
        await becomes(server, kept.id, "active")

        await starts(again, "A1", reservationId=number)

        await becomes(server, kept.id, "used")


@pytest.mark.parametrize(
    ("command", "fields", "field"),
    [
        ("reserve_now", {"token": "A1", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ("reserve_now", {"token": "A1", "expires_at": "2100-01-01T00:00:00"}, "expires_at"),
        ("reserve_now", {"token": "A1"}, "expires_at"),
        ("reserve_now", {"token": "A" * 21, "expires_at": "2100-01-01T00:00:00Z"}, "token"),
        (
            "reserve_now",
            {"token": "A", "group_token": "A" * 21, "expires_at": "2100-01-01T00:00:00Z"},
            "group_token",
        ),
        ("reserve_now", {"token": "A1", "evse_id": 0, "expires_at": "2100-01-01"}, "evse_id"),
        ("cancel_reservation", {"reservation_id": 2**31}, "reservation_id"),
        ("cancel_reservation", {}, "reservation_id"),
    ],
)
async def test_what_cannot_be_said_is_refused(operator, server, command, fields, field):
    station = await operator.answering()

    answer = await operator.refused(station.id, command, **fields)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].endswith(field)
    assert await reservations(server, station.id) == []


async def test_reservations_are_shown_one_by_one_and_page_by_page(operator, server):
    station = await operator.answering()
    for _ in range(3):
        await reserved(operator, station)
    everything = await reservations(server, station.id)
    query = {"station_id": station.id, "limit": 2}

    first = await server.get("/api/v1/reservations", **query)
    rest = await server.get("/api/v1/reservations", **query, cursor=first["next_cursor"])

    assert first["items"] + rest["items"] == everything
    one = await server.get(f"/api/v1/reservations/{everything[1]['id']}")
    assert one == everything[1]
    for key in ("nothing", "019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11"):
        assert (await server.http.get(f"/api/v1/reservations/{key}")).status_code == 404
