"""OCPP 2.0.1, message by message: what a station may rely on, whatever it sends."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.edge.conftest import V201, Server, Station, at, moment

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOOT = {"reason": "PowerUp", "chargingStation": {"model": "Wall 22", "vendorName": "ACME"}}
ACCEPTED = {"idTokenInfo": {"status": "Accepted"}}


def token(value: str, kind: str = "ISO14443") -> dict[str, str]:
    return {"idToken": value, "type": kind}


def event(kind: str, seq_no: int, seconds: float, ref: str = "tx-1", **more: Any) -> dict[str, Any]:
    """A TransactionEvent; `wh` is a register reading, `info` goes into transactionInfo."""
    wh, info = more.pop("wh", None), more.pop("info", {})
    body = {
        "eventType": kind,
        "timestamp": at(seconds),
        "triggerReason": "Authorized" if kind == "Started" else "MeterValuePeriodic",
        "seqNo": seq_no,
        "transactionInfo": {"transactionId": ref, **info},
    }
    if wh is not None:
        body["meterValue"] = [{"timestamp": at(seconds), "sampledValue": [{"value": wh}]}]
    return body | more


def started(tag: str, **more: Any) -> dict[str, Any]:
    seconds, ref = more.pop("seconds", 0), more.pop("ref", "tx-1")
    body = {"idToken": token(tag), "evse": {"id": 1, "connectorId": 1}, "wh": 1000}
    return event("Started", 0, seconds, ref, **(body | more))


def ended(seq_no: int = 1, seconds: float = 600, **more: Any) -> dict[str, Any]:
    return event("Ended", seq_no, seconds, **({"wh": 3500} | more))


async def connects(server: Server, station_id: str | None = None) -> Station:
    return await server.connects(station_id, V201)


async def reconnected(server: Server, station: Station) -> Station:
    station.socket.transport.abort()
    return await connects(server, station.id)


# -- BootNotification


async def test_boot_notification_is_answered_and_stored(server):
    station = await connects(server)
    details = {"serialNumber": "SN-1", "firmwareVersion": "1.0", "modem": {"iccid": "8949"}}
    body = BOOT | {"chargingStation": BOOT["chargingStation"] | details}

    answer = await station.call("BootNotification", body)

    assert (answer["status"], answer["interval"]) == ("Accepted", 300)
    assert answer["currentTime"].endswith("Z")
    shown = await server.get(f"/api/v1/stations/{station.id}")
    assert (shown["vendor"], shown["model"], shown["boot_reason"]) == ("ACME", "Wall 22", "PowerUp")
    assert (shown["serial_number"], shown["firmware_version"]) == ("SN-1", "1.0")


@pytest.mark.parametrize(("word", "said"), [("pending", "Pending"), ("rejected", "Rejected")])
async def test_before_acceptance_everything_but_boot_and_transactions_is_a_security_error(
    server, word, said
):
    station_id = await server.station(registration=word, security_profile=0)
    station, tag = await connects(server, station_id), await server.token()
    status = {"timestamp": at(), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}

    assert await station.code("Heartbeat", {}) == "SecurityError"
    answer = await station.call("BootNotification", BOOT)
    assert (answer["status"], answer["interval"]) == (said, 30)
    assert await station.code("StatusNotification", status) == "SecurityError"
    assert await station.code("Heartbeat", {}) == "SecurityError"
    assert await station.code("Authorize", {"idToken": token(tag)}) == "SecurityError"
    assert await station.call("TransactionEvent", started(tag)) == ACCEPTED

    assert (await server.transaction(station_id))["token"] == tag
    await server.station(station_id, registration="accepted")
    assert (await station.call("BootNotification", BOOT))["status"] == "Accepted"
    await station.beats()


async def test_a_strict_station_is_refused_even_transactions_before_acceptance(server):
    station_id = await server.station(registration="pending", security_profile=0, strict=True)
    station = await connects(server, station_id)

    assert await station.code("TransactionEvent", started("X")) == "SecurityError"


# -- Heartbeat


async def test_heartbeat_gets_our_time(server):
    station = await connects(server)

    now = await station.beats()

    assert len(now) == len("2026-01-02T03:04:05.678Z")
    assert abs(moment(now) - datetime.now(UTC)) < timedelta(seconds=5)


# -- StatusNotification


@pytest.mark.parametrize("word", ["Available", "Occupied", "Reserved", "Unavailable", "Faulted"])
async def test_status_notification_of_every_word_is_shown(server, word):
    station = await connects(server)
    body = {"timestamp": at(), "connectorStatus": word, "evseId": 2, "connectorId": 3}

    assert await station.call("StatusNotification", body) == {}

    (connector,) = (await server.status(station.id))["connectors"]
    assert (connector["evse_id"], connector["connector_id"]) == (2, 3)
    assert connector["status"] == word.lower()


async def test_an_older_status_notification_does_not_replace_a_newer_one(server):
    station = await connects(server)

    for word, seconds in (("Occupied", 100), ("Available", 50)):
        body = {"timestamp": at(seconds), "connectorStatus": word, "evseId": 1, "connectorId": 1}
        await station.call("StatusNotification", body)

    assert (await server.connector(station.id))["status"] == "occupied"


async def test_an_evse_number_beyond_the_database_is_set_aside_and_answered(server):
    station = await connects(server)
    body = {"timestamp": at(), "connectorStatus": "Available", "evseId": 2**31, "connectorId": 1}

    assert await station.call("StatusNotification", body) == {}

    await station.beats()
    await server.journal(station.id, len, verdict="quarantined")


# -- Authorize


@pytest.mark.parametrize(
    ("decided", "said"),
    [
        ({}, "Accepted"),
        ({"status": "blocked"}, "Blocked"),
        ({"status": "expired"}, "Expired"),
        ({"status": "invalid"}, "Invalid"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "Expired"),
        ({"credit_minor": 0, "currency": "EUR"}, "NoCredit"),
    ],
)
async def test_authorize_and_started_say_what_the_operator_decided(server, decided, said):
    station, tag = await connects(server), await server.token(**decided)

    authorized = await station.call("Authorize", {"idToken": token(tag)})
    answer = await station.call("TransactionEvent", started(tag))

    assert authorized["idTokenInfo"]["status"] == said
    assert answer["idTokenInfo"]["status"] == said
    assert (await server.transaction(station.id))["open"] is True


async def test_an_unknown_token_is_unknown_and_its_session_is_kept(server):
    station = await connects(server)

    authorized = await station.call("Authorize", {"idToken": token("nobody")})
    answer = await station.call("TransactionEvent", started("nobody"))

    assert authorized["idTokenInfo"] == answer["idTokenInfo"] == {"status": "Unknown"}
    await station.call("TransactionEvent", ended(info={"stoppedReason": "DeAuthorized"}))
    assert (await server.transaction(station.id))["energy_wh"] == 2500


async def test_the_same_text_of_another_type_is_another_token(server):
    tag = await server.token(type="ISO14443")
    station = await connects(server)

    right = await station.call("Authorize", {"idToken": token(tag.lower(), "ISO14443")})
    wrong = await station.call("Authorize", {"idToken": token(tag, "eMAID")})

    assert (right["idTokenInfo"]["status"], wrong["idTokenInfo"]["status"]) == (
        "Accepted",
        "Unknown",
    )


async def test_the_group_is_told_in_every_answer_about_the_token(server):
    station = await connects(server)
    tag, partner = await server.token(group="FLEET-B"), await server.token(group="FLEET-B")
    expected = {"status": "Accepted", "groupIdToken": {"idToken": "FLEET-B", "type": "Central"}}

    answers = [
        await station.call("Authorize", {"idToken": token(tag)}),
        await station.call("TransactionEvent", started(tag)),
        await station.call("TransactionEvent", event("Updated", 1, 60, idToken=token(partner))),
        await station.call("TransactionEvent", ended(2, idToken=token(partner))),
    ]

    assert [answer["idTokenInfo"] for answer in answers] == [expected] * 4
    assert (await server.transaction(station.id))["token"] == tag


async def test_authorize_never_says_concurrent(server):
    station, other, tag = await connects(server), await connects(server), await server.token()
    await station.call("TransactionEvent", started(tag))

    assert await other.call("Authorize", {"idToken": token(tag)}) == ACCEPTED


async def test_a_free_start_is_always_accepted_and_never_concurrent(server):
    nobody = token("", "NoAuthorization")
    stations = [await connects(server) for _ in range(2)]

    for station in stations:
        assert await station.call("Authorize", {"idToken": nobody}) == ACCEPTED
        body = started("", idToken=nobody)
        assert await station.call("TransactionEvent", body) == ACCEPTED


async def test_a_key_code_is_nowhere_to_be_read(server):
    station = await connects(server)

    answer = await station.call("Authorize", {"idToken": token("KEEP-1234", "KeyCode")})

    assert answer["idTokenInfo"]["status"] == "Unknown"
    (row,) = await server.journal(station.id, len)
    assert "KEEP-1234" not in row["frame"]


# -- TransactionEvent


async def test_a_token_that_charges_elsewhere_is_concurrent(server):
    one, other, tag = await connects(server), await connects(server), await server.token()
    await one.call("TransactionEvent", started(tag))

    answer = await other.call("TransactionEvent", started(tag, seconds=30))

    assert answer["idTokenInfo"]["status"] == "ConcurrentTx"
    await one.call("TransactionEvent", ended())
    await other.call("TransactionEvent", ended())
    free = await other.call("TransactionEvent", started(tag, seconds=900, ref="tx-2"))
    assert free == ACCEPTED


async def test_a_token_presented_at_two_stations_at_once_is_accepted_at_one_of_them(server):
    stations = [await connects(server) for _ in range(2)]

    for number in range(20):
        tag, ref, now = await server.token(), f"tx-{number}", at(after=datetime.now(UTC))
        begin = started(tag, ref=ref, timestamp=now)
        answers = await asyncio.gather(*(s.call("TransactionEvent", begin) for s in stations))
        assert sorted(answer["idTokenInfo"]["status"] for answer in answers) == [
            "Accepted",
            "ConcurrentTx",
        ]
        for station in stations:
            await station.call("TransactionEvent", ended(ref=ref, timestamp=now))


async def test_two_stations_may_use_the_same_transaction_id(server):
    one, other = await connects(server), await connects(server)
    await one.call("TransactionEvent", started(await server.token()))
    await other.call("TransactionEvent", started(await server.token()))

    await one.call("TransactionEvent", ended())

    assert (await server.transaction(one.id))["open"] is False
    assert (await server.transaction(other.id))["open"] is True


async def test_a_session_may_begin_without_evse_and_token_and_learn_them_later(server):
    station, tag = await connects(server), await server.token()

    assert await station.call("TransactionEvent", event("Started", 0, 0)) == {}
    evse = {"id": 2, "connectorId": 1}
    assert await station.call("TransactionEvent", event("Updated", 1, 10, evse=evse)) == {}
    answer = await station.call(
        "TransactionEvent", event("Updated", 2, 20, idToken=token(tag), wh=1000)
    )
    await station.call("TransactionEvent", ended(3))

    assert answer == ACCEPTED
    shown = await server.transaction(station.id)
    assert (shown["token"], shown["evse_id"], shown["energy_wh"]) == (tag, 2, 2500)


async def test_updates_that_arrive_after_the_end_do_not_open_the_session_again(server):
    station, tag = await connects(server), await server.token()
    await station.call("TransactionEvent", started(tag))
    await station.call("TransactionEvent", ended(3))
    _, message_id, action, _ = await station.hears()
    assert action == "GetTransactionStatus"
    await station.says(json.dumps([3, message_id, {"messagesInQueue": True}]))

    charging = {"chargingState": "Charging"}
    for number in (1, 2):
        late = event("Updated", number, number * 100, wh=1000 + number * 500, info=charging)
        assert await station.call("TransactionEvent", late) == {}

    shown = await server.transaction(station.id)
    assert (shown["open"], shown["charging_state"]) == (False, None)
    assert (shown["energy_wh"], shown["duration_s"]) == (2500, 600)
    assert len(await server.samples(shown)) == 4


async def test_a_session_whose_first_event_is_an_update_is_kept(server):
    station, tag = await connects(server), await server.token()
    evse = {"id": 1, "connectorId": 1}

    await station.call("TransactionEvent", event("Updated", 4, 60, wh=1500, evse=evse))
    await station.call("TransactionEvent", ended(5, idToken=token(tag)))

    shown = await server.transaction(station.id)
    assert (shown["open"], shown["energy_wh"]) == (False, 2000)
    assert "start_missing" in shown["flags"]


async def test_a_start_that_arrives_late_gives_time_and_token(server):
    station, tag = await connects(server), await server.token()
    await station.call("TransactionEvent", event("Updated", 1, 60, wh=1500))

    assert await station.call("TransactionEvent", started(tag)) == ACCEPTED
    await station.call("TransactionEvent", ended())

    shown = await server.transaction(station.id)
    assert (shown["started_at"], shown["token"], shown["flags"]) == (at(), tag, [])
    assert (shown["energy_wh"], shown["duration_s"]) == (2500, 600)


async def test_an_end_alone_is_kept(server):
    station = await connects(server)

    assert await station.call("TransactionEvent", ended()) == {}

    shown = await server.transaction(station.id)
    assert (shown["open"], shown["ended_at"]) == (False, at(600))
    assert "start_missing" in shown["flags"]


async def test_an_end_without_reason_was_local(server):
    station, tag = await connects(server), await server.token()
    await station.call("TransactionEvent", started(tag))

    await station.call("TransactionEvent", ended())

    assert (await server.transaction(station.id))["stop_reason"] == "Local"


@pytest.mark.parametrize("reason", ["Remote", "EVDisconnected", "SomethingNew"])
async def test_every_reason_to_end_is_shown(server, reason):
    station, tag = await connects(server), await server.token()
    await station.call("TransactionEvent", started(tag))

    await station.call("TransactionEvent", ended(info={"stoppedReason": reason}))

    assert (await server.transaction(station.id))["stop_reason"] == reason


async def test_events_sent_again_are_answered_alike_and_counted_once(server):
    station, tag = await connects(server), await server.token()
    events = [started(tag), event("Updated", 1, 60, wh=2000), ended(2, idToken=token(tag))]
    first = [await station.call("TransactionEvent", each) for each in events]

    again = [await station.call("TransactionEvent", each) for each in events]
    station = await reconnected(server, station)
    third = [await station.call("TransactionEvent", each) for each in events]

    assert first == again == third
    shown = await server.transaction(station.id)
    assert (shown["energy_wh"], shown["open"]) == (2500, False)
    assert len(await server.samples(shown)) == 3


async def test_events_that_all_say_sequence_number_0_are_no_repetitions(server):
    station, tag = await connects(server), await server.token()

    await station.call("TransactionEvent", started(tag))
    await station.call("TransactionEvent", event("Updated", 0, 60, wh=2000))
    await station.call("TransactionEvent", ended(0))

    shown = await server.transaction(station.id)
    assert (shown["energy_wh"], len(await server.samples(shown))) == (2500, 3)


async def test_a_session_replayed_after_being_offline_is_billed_by_its_own_times(server):
    station, tag = await connects(server), await server.token()
    offline = {"offline": True}

    for each in (started(tag, **offline), ended(1, **offline)):
        await station.call("TransactionEvent", each)

    shown = await server.transaction(station.id)
    assert (shown["started_at"], shown["duration_s"], shown["energy_wh"]) == (at(), 600, 2500)


async def test_the_charging_state_follows_the_sequence_not_the_arrival(server):
    station, tag = await connects(server), await server.token()
    await station.call("TransactionEvent", started(tag))

    suspended, charging = {"chargingState": "SuspendedEV"}, {"chargingState": "Charging"}
    await station.call("TransactionEvent", event("Updated", 3, 90, info=suspended))
    await station.call("TransactionEvent", event("Updated", 2, 60, info=charging))

    assert (await server.transaction(station.id))["charging_state"] == "suspended_ev"


async def test_words_that_the_schema_does_not_know_do_not_lose_a_session(server):
    station, tag = await connects(server), await server.token()
    await station.call("TransactionEvent", started(tag, triggerReason="Telepathy"))

    strange = {"measurand": "Vendor.Thing", "value": 3, "unitOfMeasure": {"unit": "furlong"}}
    body = ended(info={"stoppedReason": "BecauseICan", "vendorField": 1})
    body["meterValue"][0]["sampledValue"].append(strange)

    assert await station.call("TransactionEvent", body) == {}
    shown = await server.transaction(station.id)
    assert (shown["energy_wh"], shown["stop_reason"]) == (2500, "BecauseICan")


# -- MeterValues


async def test_meter_values_are_given_to_the_session_at_the_evse(server):
    station, tag = await connects(server), await server.token()
    await station.call("TransactionEvent", started(tag))
    sampled = {"value": 1.75, "unitOfMeasure": {"unit": "kWh"}}
    body = {"evseId": 1, "meterValue": [{"timestamp": at(60), "sampledValue": [sampled]}]}

    assert await station.call("MeterValues", body) == {}
    assert await station.call("MeterValues", body) == {}
    assert await station.call("MeterValues", body | {"evseId": 0}) == {}

    shown = await server.transaction(station.id)
    assert shown["energy_wh"] == 750
    assert [each["value"] for each in await server.samples(shown)] == [1000, 1750]


async def test_meter_values_scale_by_their_multiplier(server):
    station, tag = await connects(server), await server.token()
    await station.call("TransactionEvent", started(tag))
    sampled = [
        {"value": 17.5, "unitOfMeasure": {"unit": "Wh", "multiplier": 2}},
        {"value": 7.4, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "kW"}},
    ]
    body = {"evseId": 1, "meterValue": [{"timestamp": at(60), "sampledValue": sampled}]}

    await station.call("MeterValues", body)

    samples = await server.samples(await server.transaction(station.id))
    assert [(s["value"], s["unit"]) for s in samples[1:]] == [(1750, "Wh"), (7400, "W")]
