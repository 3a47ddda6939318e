"""Block H of 2.0.1 and 2.1, Reservation: EVSEs are kept free for somebody (H01-H04)."""

from datetime import UTC, datetime

import pytest

from tests.edge.certification.stations201 import (
    ACCEPTED,
    WAYS_TO_TELL,
    Charging,
    answering,
    id_token,
    reports,
)
from tests.edge.conftest import V21, V201, at, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


def soon():
    return at(600, after=datetime.now(UTC))


async def reserves(operator, station, **fields):
    """The command, and what the station was asked, but for the number and the time."""
    fields = {"expires_at": soon()} | fields
    command = await operator.asks(station.id, "reserve_now", wait=10, **fields)
    _, asked = await station.is_asked("ReserveNow")
    asked = dict(asked)
    assert asked.pop("id") == command["arguments"]["reservation_id"]
    assert asked.pop("expiryDateTime") == fields["expires_at"]
    return command, asked


async def reserved(operator, server, tells=reports, **fields):
    """A station with an active reservation of EVSE 1, its number, and the token it is for."""
    token = await server.token()
    station = await answering(operator, ReserveNow=ACCEPTED)
    command, asked = await reserves(operator, station, token=token, evse_id=1, **fields)
    assert command["state"] == "accepted"
    assert asked == {"idToken": id_token(token), "evseId": 1}
    await tells(station, "Reserved")
    return station, command["arguments"]["reservation_id"], token


async def becomes(server, station, state):
    """The station's only reservation, once it is in that state."""

    async def ask():
        return await server.items("/api/v1/reservations", station_id=station.id)

    (found,) = await eventually(ask, lambda all_: all_ and all_[0]["state"] == state)
    return found


async def lets_go(station, number, status):
    payload = {"reservationId": number, "reservationUpdateStatus": status}
    assert await station.call("ReservationStatusUpdate", payload) == {}


@pytest.mark.parametrize("version", [V201, V21])
async def test_an_evse_is_reserved_and_used(operator, server, version):
    """TC_H_01."""
    token = await server.token()
    station = await answering(operator, version, ReserveNow=ACCEPTED)

    command, asked = await reserves(operator, station, token=token, evse_id=1)
    await reports(station, "Reserved")
    assert asked == {"idToken": id_token(token), "evseId": 1}
    assert (await becomes(server, station, "active"))["evse_id"] == 1

    number = command["arguments"]["reservation_id"]
    charging = Charging(station)
    told = await charging.tells(
        "Started", "Authorized", id_token(token), more={"reservationId": number}
    )

    assert told["idTokenInfo"]["status"] == "Accepted"
    used = await becomes(server, station, "used")
    shown = await server.transaction(station.id)
    assert (used["transaction_id"], shown["reservation_id"]) == (shown["id"], number)


@pytest.mark.parametrize("tells", WAYS_TO_TELL)
async def test_a_reservation_that_nobody_uses_ends_when_the_station_says_so(
    operator, server, tells
):
    """TC_H_07."""
    station, number, _ = await reserved(operator, server, tells)

    await tells(station, "Available")
    await becomes(server, station, "active")
    await lets_go(station, number, "Expired")

    assert (await becomes(server, station, "expired"))["detail"] is None
    await lets_go(station, number, "Expired")  # once more: nothing changes
    await lets_go(station, 4_000_000, "Removed")  # nobody knows that one
    await becomes(server, station, "expired")


@pytest.mark.parametrize("status", ["Rejected", "Occupied", "Faulted", "Unavailable"])
async def test_a_station_that_does_not_reserve(operator, server, status):
    """TC_H_22."""
    station = await answering(operator, ReserveNow={"status": status})

    command, _ = await reserves(operator, station, token="A1", evse_id=1)

    assert (command["state"], command["answer"]) == ("rejected", status)
    assert (await becomes(server, station, "refused"))["answer"] == status


async def test_somebody_of_the_group_uses_what_was_reserved(operator, server):
    """TC_H_19."""
    group = "HOUSEHOLD"
    owner, other = [await server.token(group=group) for _ in range(2)]
    station = await answering(operator, ReserveNow=ACCEPTED)

    command, asked = await reserves(operator, station, token=owner, evse_id=1, group_token=group)
    assert asked == {
        "idToken": id_token(owner),
        "evseId": 1,
        "groupIdToken": id_token(group, "Central"),
    }
    await reports(station, "Reserved")
    told = (await station.call("Authorize", {"idToken": id_token(other)}))["idTokenInfo"]
    assert told == {"status": "Accepted", "groupIdToken": id_token(group, "Central")}
    number = command["arguments"]["reservation_id"]
    await Charging(station).tells(
        "Started", "Authorized", id_token(other), more={"reservationId": number}
    )

    await becomes(server, station, "used")


async def test_any_evse_is_reserved(operator, server):
    """TC_H_08: what the request does not name is left out."""
    token = await server.token(type="eMAID")
    station = await answering(operator, ReserveNow=ACCEPTED)

    _, asked = await reserves(operator, station, token=token)

    assert asked == {"idToken": id_token(token, "eMAID")}
    assert (await becomes(server, station, "active"))["evse_id"] is None


async def test_as_many_as_there_are_evses_are_reserved(operator, server):
    """TC_H_14: each has a number of its own."""
    tokens = [await server.token() for _ in range(2)]
    station = await answering(operator, ReserveNow=ACCEPTED)

    for token in tokens:
        _, asked = await reserves(operator, station, token=token)
        assert asked == {"idToken": id_token(token)}
    for evse in (1, 2):
        await reports(station, "Reserved", evse)

    assert len({asked["id"] for _, _, asked in station.asked}) == len(tokens)
    found = await server.items("/api/v1/reservations", station_id=station.id)
    assert [each["state"] for each in found] == ["active", "active"]


async def test_a_connector_of_a_type_is_reserved(operator, server):
    """TC_H_15: without EVSE; 1.6 has no types."""
    token = await server.token()
    station = await answering(operator, ReserveNow=ACCEPTED)
    old = await operator.answering()

    _, asked = await reserves(operator, station, token=token, connector_type="cType2")
    refused = await operator.refused(
        old.id, "reserve_now", token=token, connector_type="cType2", expires_at=soon()
    )

    assert asked == {"connectorType": "cType2", "idToken": id_token(token)}
    assert refused.status_code == 422
    await becomes(server, station, "active")


@pytest.mark.parametrize("tells", WAYS_TO_TELL)
@pytest.mark.parametrize(
    ("status", "state", "ends"),
    [
        pytest.param("Accepted", "accepted", "cancelled", id="TC_H_17"),
        pytest.param("Rejected", "rejected", "ended", id="not-there"),
    ],
)
async def test_a_reservation_is_cancelled(operator, server, status, state, ends, tells):
    station, number, _ = await reserved(operator, server, tells)
    station.on["CancelReservation"] = {"status": status}

    command = await operator.asks(station.id, "cancel_reservation", wait=10, reservation_id=number)
    await tells(station, "Available")

    assert await station.is_asked("CancelReservation")
    assert station.asked[-1][2] == {"reservationId": number}
    assert command["state"] == state
    await becomes(server, station, ends)


@pytest.mark.parametrize("tells", WAYS_TO_TELL)
async def test_a_station_cancels_a_reservation_when_the_evse_fails(operator, server, tells):
    """TC_H_20."""
    station, number, _ = await reserved(operator, server, tells)

    await tells(station, "Faulted")
    await lets_go(station, number, "Removed")

    assert (await becomes(server, station, "ended"))["detail"] == "the station reported Faulted"


async def test_a_station_removes_a_reservation_without_a_reason(operator, server):
    """H01.FR.16, H01.FR.17."""
    station, number, _ = await reserved(operator, server)

    await lets_go(station, number, "Removed")

    assert (await becomes(server, station, "ended"))["detail"] == "the station removed it"


async def test_a_reservation_whose_token_was_shown_and_nothing_more(operator, server):
    """2.1: NoTransaction."""
    token = await server.token()
    station = await answering(operator, V21, ReserveNow=ACCEPTED)
    command, _ = await reserves(operator, station, token=token, evse_id=1)

    await lets_go(station, command["arguments"]["reservation_id"], "NoTransaction")

    assert "no transaction" in (await becomes(server, station, "ended"))["detail"]


async def test_what_goes_through_the_raw_door_is_a_reservation_too(operator, server):
    station = await answering(operator, ReserveNow=ACCEPTED)
    payload = {"id": 77, "expiryDateTime": soon(), "idToken": id_token("R1"), "evseId": 2}

    assert (await operator.raw(station.id, "ReserveNow", payload)).is_success
    found = await becomes(server, station, "active")
    await lets_go(station, 77, "Removed")

    assert (found["reservation_id"], found["token"], found["evse_id"]) == (77, "R1", 2)
    await becomes(server, station, "ended")
