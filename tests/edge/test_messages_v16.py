"""OCPP 1.6, message by message: what a station may rely on, whatever it sends.

Each rule is a test of its own, named by what a driver, an operator or a station would see.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.edge.conftest import Server, Station, at, moment

pytestmark = pytest.mark.asyncio(loop_scope="module")

REGISTER = "Energy.Active.Import.Register"
BOOT = {"chargePointVendor": "ACME", "chargePointModel": "Wall 22"}


def start(tag: str, *, seconds: float = 0, connector: int = 1, meter: int = 1000, **more: Any):
    body = {"connectorId": connector, "idTag": tag, "meterStart": meter, "timestamp": at(seconds)}
    return body | more


def stop(ref: int, *, seconds: float = 600, meter: int = 3500, **more: Any) -> dict[str, Any]:
    body = {"transactionId": ref, "meterStop": meter, "timestamp": at(seconds), "reason": "Local"}
    return body | more


def status(connector: int, word: str, **more: Any) -> dict[str, Any]:
    return {"connectorId": connector, "status": word, "errorCode": "NoError"} | more


def values(wh: object, *, seconds: float = 60, connector: int = 1, **more: Any) -> dict[str, Any]:
    """MeterValues with one bare value, or with the sampled value given."""
    sampled = wh if isinstance(wh, dict) else {"value": str(wh)}
    reading = {"timestamp": at(seconds), "sampledValue": [sampled]}
    return {"connectorId": connector, "meterValue": [reading]} | more


async def starts(station: Station, tag: str, **more: Any) -> int:
    """The transaction id that the server gave."""
    return (await station.call("StartTransaction", start(tag, **more)))["transactionId"]


async def reconnected(server: Server, station: Station) -> Station:
    """The same station on a new socket, after the old one broke without a word."""
    station.socket.transport.abort()
    return await server.connects(station.id)


# -- BootNotification


async def test_boot_notification_of_an_accepted_station_gets_time_and_heartbeat_interval(server):
    station = await server.connects()

    answer = await station.call("BootNotification", BOOT)

    assert (answer["status"], answer["interval"]) == ("Accepted", 300)
    assert answer["currentTime"].endswith("Z")
    assert abs(moment(answer["currentTime"]) - datetime.now(UTC)) < timedelta(seconds=5)


async def test_boot_notification_is_stored_and_the_next_one_replaces_it(server):
    station = await server.connects()
    details = {
        "chargePointSerialNumber": "SN-1",
        "firmwareVersion": "1.0",
        "iccid": "8949",
        "imsi": "262",
        "meterType": "M3",
        "meterSerialNumber": "MS-1",
    }

    await station.call("BootNotification", BOOT | details)
    first = await server.get(f"/api/v1/stations/{station.id}")
    await station.call("BootNotification", BOOT | details | {"firmwareVersion": "2.0"})
    second = await server.get(f"/api/v1/stations/{station.id}")

    assert [first[name] for name in ("vendor", "model", "serial_number", "firmware_version")] == [
        "ACME",
        "Wall 22",
        "SN-1",
        "1.0",
    ]
    assert [first[name] for name in ("iccid", "imsi", "meter_type", "meter_serial_number")] == [
        "8949",
        "262",
        "M3",
        "MS-1",
    ]
    assert (second["firmware_version"], second["serial_number"]) == ("2.0", "SN-1")
    assert second["booted_at"] > first["booted_at"]
    stations = await server.items("/api/v1/stations")
    assert [each["station_id"] for each in stations].count(station.id) == 1


@pytest.mark.parametrize(("word", "said"), [("pending", "Pending"), ("rejected", "Rejected")])
async def test_boot_notification_of_a_station_not_accepted_says_so_and_when_to_try_again(
    server, word, said
):
    station_id = await server.station(registration=word, security_profile=0)
    station = await server.connects(station_id)

    answer = await station.call("BootNotification", BOOT)

    assert (answer["status"], answer["interval"]) == (said, 30)
    assert await station.code("Heartbeat", {}) == "SecurityError"
    assert await station.code("StatusNotification", status(1, "Available")) == "SecurityError"
    assert await station.code("Authorize", {"idTag": "X"}) == "SecurityError"
    assert await server.connector(station_id) is None


async def test_boot_notification_leaves_open_transactions_open(server):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)

    await station.call("BootNotification", BOOT)

    assert (await server.transaction(station.id))["open"] is True
    await station.call("StopTransaction", stop(ref, reason="PowerLoss"))
    assert (await server.transaction(station.id))["energy_wh"] == 2500


async def test_a_pending_station_delivers_its_transactions_all_the_same(server):
    station_id = await server.station(registration="pending", security_profile=0)
    station, tag = await server.connects(station_id), await server.token()

    ref = await starts(station, tag)
    await station.call("StopTransaction", stop(ref))

    assert (await server.transaction(station_id))["energy_wh"] == 2500


async def test_a_strict_pending_station_is_refused_even_transactions(server):
    station_id = await server.station(registration="pending", security_profile=0, strict=True)
    station = await server.connects(station_id)

    assert await station.code("StartTransaction", start("X")) == "SecurityError"
    assert await server.transactions(station_id) == []


# -- Heartbeat


async def test_heartbeat_gets_our_time_in_utc_with_milliseconds_and_z(server):
    station = await server.connects()

    now = await station.beats()

    assert len(now) == len("2026-01-02T03:04:05.678Z")
    assert now.endswith("Z")
    assert abs(moment(now) - datetime.now(UTC)) < timedelta(seconds=5)


async def test_heartbeat_after_a_reconnect_without_boot_is_answered(server):
    station = await server.connects()
    await station.call("BootNotification", BOOT)

    station = await reconnected(server, station)

    await station.beats()
    assert (await server.status(station.id))["online"] is True


async def test_any_message_counts_as_a_sign_of_life(server):
    station = await server.connects()
    before = (await server.status(station.id))["last_seen"]

    await station.call("Authorize", {"idTag": "whoever"})

    assert (await server.status(station.id))["last_seen"] > before


# -- StatusNotification


@pytest.mark.parametrize(
    ("word", "shown", "state"),
    [
        ("Available", "available", None),
        ("Preparing", "occupied", "preparing"),
        ("Charging", "occupied", "charging"),
        ("SuspendedEV", "occupied", "suspended_ev"),
        ("SuspendedEVSE", "occupied", "suspended_evse"),
        ("Finishing", "occupied", "finishing"),
        ("Reserved", "reserved", None),
        ("Unavailable", "unavailable", None),
        ("Faulted", "faulted", None),
        ("Occupied", "occupied", None),
    ],
)
async def test_status_notification_of_every_word_is_shown(server, word, shown, state):
    station = await server.connects()

    assert await station.call("StatusNotification", status(1, word)) == {}

    connector = await server.connector(station.id)
    assert connector is not None
    assert (connector["status"], connector["charging_state"]) == (shown, state)
    assert connector["reported"] == word


async def test_status_notification_in_any_order_of_states_is_taken(server):
    station = await server.connects()

    for word in ("Finishing", "Available", "Charging", "Reserved", "Preparing", "Faulted"):
        assert await station.call("StatusNotification", status(1, word)) == {}

    assert (await server.connector(station.id))["status"] == "faulted"


async def test_status_notification_for_connector_0_is_the_whole_station(server):
    station = await server.connects()

    await station.call("StatusNotification", status(0, "Unavailable"))

    shown = await server.status(station.id)
    assert (shown["status"], shown["connectors"]) == ("unavailable", [])


async def test_status_notification_of_an_unknown_connector_creates_it(server):
    station = await server.connects()

    for number in (7, 1):
        await station.call("StatusNotification", status(number, "Available"))

    connectors = (await server.status(station.id))["connectors"]
    assert [each["evse_id"] for each in connectors] == [1, 7]


async def test_status_notification_with_a_fault_shows_every_detail(server):
    station = await server.connects()
    details = {"info": "hot", "vendorId": "ACME", "vendorErrorCode": "E17"}

    await station.call(
        "StatusNotification", status(1, "Faulted", errorCode="HighTemperature", **details)
    )

    (connector,) = (await server.get(f"/api/v1/stations/{station.id}"))["connectors"]
    assert connector["error_code"] == "HighTemperature"
    assert {name: connector[name] for name in ("info", "vendor_id", "vendor_error_code")} == {
        "info": "hot",
        "vendor_id": "ACME",
        "vendor_error_code": "E17",
    }


async def test_an_older_status_notification_does_not_replace_a_newer_one(server):
    station = await server.connects()

    await station.call("StatusNotification", status(1, "Charging", timestamp=at(100)))
    await station.call("StatusNotification", status(1, "Available", timestamp=at(50)))
    await station.call("StatusNotification", status(0, "Faulted", timestamp=at(100)))
    await station.call("StatusNotification", status(0, "Available", timestamp=at(50)))

    assert (await server.connector(station.id))["reported"] == "Charging"
    assert (await server.status(station.id))["status"] == "faulted"


async def test_a_status_notification_without_time_counts_from_its_receipt(server):
    station = await server.connects()

    await station.call("StatusNotification", status(1, "Charging", timestamp=at(100)))
    await station.call("StatusNotification", status(1, "Finishing"))

    connector = await server.connector(station.id)
    assert connector["reported"] == "Finishing"
    assert abs(moment(connector["status_at"]) - datetime.now(UTC)) < timedelta(seconds=5)


async def test_a_connector_number_beyond_the_database_is_set_aside_and_answered(server):
    station = await server.connects()

    assert await station.call("StatusNotification", status(2**31, "Available")) == {}
    assert await station.call("StatusNotification", status(2, "Available")) == {}

    connectors = (await server.status(station.id))["connectors"]
    assert [each["evse_id"] for each in connectors] == [2]
    (aside,) = await server.journal(station.id, len, verdict="quarantined")
    assert str(2**31) in aside["frame"]


# -- Authorize


@pytest.mark.parametrize(
    ("decided", "said"),
    [
        ({}, "Accepted"),
        ({"status": "blocked"}, "Blocked"),
        ({"status": "expired"}, "Expired"),
        ({"status": "invalid"}, "Invalid"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "Expired"),
        ({"credit_minor": 0, "currency": "EUR"}, "Blocked"),
    ],
)
async def test_authorize_and_start_say_what_the_operator_decided(server, decided, said):
    station, tag = await server.connects(), await server.token(**decided)

    authorized = await station.call("Authorize", {"idTag": tag})
    started = await station.call("StartTransaction", start(tag))

    assert authorized["idTagInfo"]["status"] == said
    assert started["idTagInfo"]["status"] == said
    assert started["transactionId"] > 0


async def test_authorize_of_an_unknown_tag_is_invalid(server):
    station = await server.connects()

    answer = await station.call("Authorize", {"idTag": "nobody"})

    assert answer == {"idTagInfo": {"status": "Invalid"}}


async def test_authorize_never_says_concurrent_for_that_is_how_a_driver_stops(server):
    station, other = await server.connects(), await server.connects()
    tag = await server.token()
    await starts(station, tag)

    for each in (station, other):
        answer = await each.call("Authorize", {"idTag": tag})
        assert answer == {"idTagInfo": {"status": "Accepted"}}


async def test_authorize_tells_when_the_tag_expires(server):
    tag = await server.token(expires_at="2100-01-01T00:00:00Z")
    station = await server.connects()

    answer = await station.call("Authorize", {"idTag": tag})

    assert answer["idTagInfo"] == {"status": "Accepted", "expiryDate": "2100-01-01T00:00:00.000Z"}


async def test_upper_and_lower_case_of_a_tag_are_the_same(server):
    await server.token("CaseTag1")
    station, other = await server.connects(), await server.connects()

    authorized = await station.call("Authorize", {"idTag": "CASETAG1"})
    first = await station.call("StartTransaction", start("casetag1"))
    second = await other.call("StartTransaction", start("CASEtag1", seconds=5))

    assert authorized["idTagInfo"]["status"] == "Accepted"
    assert first["idTagInfo"]["status"] == "Accepted"
    assert second["idTagInfo"]["status"] == "ConcurrentTx"
    assert (await server.transaction(station.id))["token"] == "casetag1"


async def test_a_tag_changed_by_the_operator_is_judged_anew_at_once(server):
    station, tag = await server.connects(), await server.token()
    before = await station.call("Authorize", {"idTag": tag})

    await server.token(tag, status="blocked")

    after = await station.call("Authorize", {"idTag": tag})
    assert before["idTagInfo"]["status"] == "Accepted"
    assert after["idTagInfo"]["status"] == "Blocked"


async def test_the_group_of_a_tag_is_told_in_authorize_start_and_stop(server):
    station = await server.connects()
    tag = await server.token(group="FLEET-A")

    authorized = await station.call("Authorize", {"idTag": tag})
    started = await station.call("StartTransaction", start(tag))
    stopped = await station.call("StopTransaction", stop(started["transactionId"], idTag=tag))

    for answer in (authorized, started, stopped):
        assert answer["idTagInfo"] == {"status": "Accepted", "parentIdTag": "FLEET-A"}


async def test_a_member_of_the_group_stops_the_session_of_another(server):
    station = await server.connects()
    tag, partner = await server.token(group="FAMILY"), await server.token(group="FAMILY")
    ref = await starts(station, tag)

    stopped = await station.call("StopTransaction", stop(ref, idTag=partner))

    assert stopped["idTagInfo"] == {"status": "Accepted", "parentIdTag": "FAMILY"}
    shown = await server.transaction(station.id)
    assert (shown["token"], shown["energy_wh"], shown["flags"]) == (tag, 2500, [])


async def test_the_name_of_a_group_is_no_tag(server):
    station = await server.connects()
    await server.token(group="NOT-A-TAG")

    answer = await station.call("Authorize", {"idTag": "NOT-A-TAG"})

    assert answer["idTagInfo"]["status"] == "Invalid"


async def test_members_of_a_group_charge_at_the_same_time(server):
    one, other = await server.connects(), await server.connects()
    tag, partner = await server.token(group="COMPANY"), await server.token(group="COMPANY")
    await starts(one, tag)

    answer = await other.call("StartTransaction", start(partner))

    assert answer["idTagInfo"]["status"] == "Accepted"


# -- StartTransaction


@pytest.mark.parametrize("decided", [None, "blocked", "expired", "invalid"])
async def test_start_transaction_gets_an_id_even_for_a_refused_tag(server, decided):
    station = await server.connects()
    tag = "never-seen" if decided is None else await server.token(status=decided)

    answer = await station.call("StartTransaction", start(tag))

    assert answer["idTagInfo"]["status"] != "Accepted"
    assert answer["transactionId"] > 0
    shown = await server.transaction(station.id)
    assert (shown["open"], shown["station_ref"]) == (True, str(answer["transactionId"]))
    await station.call("StopTransaction", stop(answer["transactionId"], reason="DeAuthorized"))
    shown = await server.transaction(station.id)
    assert (shown["energy_wh"], shown["stop_reason"]) == (2500, "DeAuthorized")


async def test_start_transaction_ids_are_positive_and_unique_across_stations(server):
    stations = [await server.connects() for _ in range(4)]

    refs = [
        await starts(station, f"unique-{n}", connector=n, seconds=n)
        for station in stations
        for n in range(1, 4)
    ]

    assert len(set(refs)) == len(refs)
    assert all(0 < ref < 2**31 for ref in refs)


@pytest.mark.parametrize("again", ["same", "new"])
async def test_start_transaction_sent_again_gets_the_same_id_and_opens_nothing(server, again):
    station, tag = await server.connects(), await server.token()
    first = await station.call("StartTransaction", start(tag), message_id="first")

    second = await station.call(
        "StartTransaction", start(tag), message_id="first" if again == "same" else None
    )
    station = await reconnected(server, station)
    third = await station.call("StartTransaction", start(tag))

    assert first == second == third
    assert len(await server.transactions(station.id)) == 1


async def test_start_transaction_sent_again_after_its_stop_gets_the_same_id(server):
    station, tag = await server.connects(), await server.token()
    first = await station.call("StartTransaction", start(tag))
    await station.call("StopTransaction", stop(first["transactionId"]))

    again = await station.call("StartTransaction", start(tag))

    assert again == first
    assert (await server.transaction(station.id))["open"] is False


async def test_start_transaction_in_the_same_second_on_another_connector_is_another_one(server):
    station = await server.connects()

    refs = [await starts(station, "two-plugs", connector=number) for number in (1, 2)]

    assert len(set(refs)) == 2


async def test_start_transaction_while_another_is_open_at_the_connector_keeps_both(server):
    station = await server.connects()
    first = await starts(station, await server.token(), meter=1000)
    await station.call("MeterValues", values(1800, seconds=60, transactionId=first))

    second = await starts(station, await server.token(), seconds=300, meter=2000)

    newer, older = await server.transactions(station.id)
    assert (newer["station_ref"], newer["open"]) == (str(second), True)
    assert (older["station_ref"], older["open"]) == (str(first), False)
    assert (older["flags"], older["energy_wh"]) == (["assumed_end"], 800)
    await station.call("StopTransaction", stop(first, seconds=290, meter=1950))
    _, older = await server.transactions(station.id)
    assert (older["energy_wh"], older["flags"]) == (950, [])


async def test_a_tag_that_charges_elsewhere_is_concurrent_but_still_gets_an_id(server):
    one, other, tag = await server.connects(), await server.connects(), await server.token()
    ref = await starts(one, tag)

    refused = await other.call("StartTransaction", start(tag, seconds=30))

    assert refused["idTagInfo"]["status"] == "ConcurrentTx"
    assert refused["transactionId"] > 0
    await other.call("StopTransaction", stop(refused["transactionId"], reason="DeAuthorized"))
    await one.call("StopTransaction", stop(ref, idTag=tag))
    free = await other.call("StartTransaction", start(tag, seconds=900))
    assert free["idTagInfo"]["status"] == "Accepted"


async def test_a_refused_start_that_is_never_stopped_does_not_lock_the_driver_out(server):
    one, other, third = await server.connects(), await server.connects(), await server.connects()
    tag = await server.token()
    ref = await starts(one, tag)
    await other.call("StartTransaction", start(tag, seconds=30))
    await one.call("StopTransaction", stop(ref, idTag=tag))

    answer = await third.call("StartTransaction", start(tag, seconds=900))

    assert answer["idTagInfo"]["status"] == "Accepted"


async def test_a_tag_that_charges_at_the_next_connector_is_concurrent(server):
    station, tag = await server.connects(), await server.token()
    await starts(station, tag, connector=1)

    answer = await station.call("StartTransaction", start(tag, connector=2, seconds=30))

    assert answer["idTagInfo"]["status"] == "ConcurrentTx"


async def test_a_tag_presented_at_two_stations_at_once_is_accepted_at_one_of_them(server):
    one, other = await server.connects(), await server.connects()

    for _ in range(20):
        tag = await server.token()
        now = at(after=datetime.now(UTC))
        answers = await asyncio.gather(
            *(each.call("StartTransaction", start(tag, timestamp=now)) for each in (one, other))
        )
        assert sorted(answer["idTagInfo"]["status"] for answer in answers) == [
            "Accepted",
            "ConcurrentTx",
        ]
        refs = [answer["transactionId"] for answer in answers]
        assert refs[0] != refs[1]
        for each, ref in zip((one, other), refs, strict=True):
            await each.call("StopTransaction", stop(ref, timestamp=now))


async def test_a_session_that_a_reboot_ended_does_not_lock_the_driver_out(server):
    one, other, tag = await server.connects(), await server.connects(), await server.token()
    await starts(one, tag)

    await one.call("BootNotification", BOOT)

    answer = await other.call("StartTransaction", start(tag, seconds=30))
    assert answer["idTagInfo"]["status"] == "Accepted"


async def test_a_session_whose_connector_is_free_again_does_not_lock_the_driver_out(server):
    one, other, tag = await server.connects(), await server.connects(), await server.token()
    await starts(one, tag)

    await one.call("StatusNotification", status(1, "Available"))

    answer = await other.call("StartTransaction", start(tag, seconds=30))
    assert answer["idTagInfo"]["status"] == "Accepted"


async def test_a_session_replayed_after_days_offline_is_billed_by_its_own_times(server):
    station, tag = await server.connects(), await server.token()
    long_ago = datetime.now(UTC) - timedelta(days=30)
    await station.call("BootNotification", BOOT)
    await station.call("StatusNotification", status(1, "Available"))

    answer = await station.call("StartTransaction", start(tag, timestamp=at(after=long_ago)))
    ref = answer["transactionId"]
    reading = values(2000, transactionId=ref)
    reading["meterValue"][0]["timestamp"] = at(60, after=long_ago)
    await station.call("MeterValues", reading)
    await station.beats()
    ended = at(3600, after=long_ago)
    await station.call("StopTransaction", stop(ref, timestamp=ended, meter=8000))

    assert answer["idTagInfo"]["status"] == "Accepted"
    shown = await server.transaction(station.id)
    assert (shown["energy_wh"], shown["duration_s"], shown["flags"]) == (7000, 3600, [])
    assert shown["started_at"] == at(after=long_ago)
    assert len(await server.samples(shown)) == 1


async def test_an_offline_session_before_the_current_one_is_not_concurrent(server):
    station, other = await server.connects(), await server.connects()
    tag = await server.token()
    now = datetime.now(UTC)
    await starts(other, tag, timestamp=at(after=now))

    hours_ago = at(after=now - timedelta(hours=5))
    answer = await station.call("StartTransaction", start(tag, timestamp=hours_ago))

    assert answer["idTagInfo"]["status"] == "Accepted"


async def test_a_station_whose_clock_stands_at_1970_keeps_its_second_session(server):
    station, tag = await server.connects(), await server.token()
    dead = {"timestamp": "1970-01-01T00:00:03Z"}

    first = await starts(station, tag, **dead)
    again = await starts(station, tag, **dead)
    await station.call("StopTransaction", stop(first, **dead))
    second = await starts(station, tag, **dead)
    second_again = await starts(station, tag, **dead)

    assert (first, second) == (again, second_again)
    assert first != second
    newer, older = await server.transactions(station.id)
    assert (older["open"], newer["open"]) == (False, True)
    assert "clock_untrusted" in newer["flags"]
    assert moment(newer["started_at"]).year > 1970


# -- StopTransaction


@pytest.mark.parametrize("ref", [0, -1, 999_999_999, 2**63 - 1])
async def test_stop_transaction_of_an_unknown_id_is_answered_and_kept(server, ref):
    station = await server.connects()

    assert await station.call("StopTransaction", stop(ref)) == {}

    shown = await server.transaction(station.id)
    assert (shown["open"], shown["ended_at"]) == (False, at(600))
    assert "start_missing" in shown["flags"]
    assert shown["register_last_wh"] == 3500


@pytest.mark.parametrize("ref", [0, -1, 999_999_999])
async def test_stop_transaction_of_an_unknown_id_finds_the_session_by_its_tag(server, ref):
    station, tag = await server.connects(), await server.token()
    mine = await starts(station, tag, connector=1)
    await starts(station, await server.token(), connector=2, meter=2000)

    await station.call("StopTransaction", stop(ref, idTag=tag))

    shown = {each["station_ref"]: each for each in await server.transactions(station.id)}
    assert len(shown) == 2
    ended = shown.pop(str(mine))
    assert (ended["open"], ended["energy_wh"]) == (False, 2500)
    assert ended["flags"] == ["matched_end"]
    assert next(iter(shown.values()))["open"] is True


async def test_stop_transaction_without_id_and_tag_ends_the_only_open_session(server):
    station, tag = await server.connects(), await server.token()
    await starts(station, tag)

    assert await station.call("StopTransaction", stop(-1)) == {}

    shown = await server.transaction(station.id)
    assert (shown["open"], shown["energy_wh"]) == (False, 2500)


async def test_stop_transaction_of_a_session_already_stopped_changes_nothing(server):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)
    await station.call("StopTransaction", stop(ref))

    assert await station.call("StopTransaction", stop(ref, seconds=900, meter=9999)) == {}

    shown = await server.transaction(station.id)
    assert (shown["energy_wh"], shown["duration_s"]) == (2500, 600)
    assert shown["flags"] == ["ended_twice"]


async def test_stop_transaction_below_the_first_reading_never_bills_negative_energy(server):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag, meter=1000)
    await station.call("MeterValues", values(1700, transactionId=ref))

    assert await station.call("StopTransaction", stop(ref, meter=0)) == {}

    shown = await server.transaction(station.id)
    assert (shown["energy_wh"], shown["flags"]) == (700, ["register_backwards"])


async def test_stop_transaction_without_reason_was_local(server):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)
    body = stop(ref)
    del body["reason"]

    assert await station.call("StopTransaction", body) == {}

    assert (await server.transaction(station.id))["stop_reason"] == "Local"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("DeAuthorized", "DeAuthorized"),
        ("EmergencyStop", "EmergencyStop"),
        ("EVDisconnected", "EVDisconnected"),
        ("HardReset", "ImmediateReset"),
        ("Other", "Other"),
        ("PowerLoss", "PowerLoss"),
        ("Reboot", "Reboot"),
        ("Remote", "Remote"),
        ("SoftReset", "ImmediateReset"),
        ("UnlockCommand", "Other"),
        ("WhatEver", "WhatEver"),
    ],
)
async def test_stop_transaction_shows_the_reason(server, said, shown):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)

    await station.call("StopTransaction", stop(ref, reason=said))

    assert (await server.transaction(station.id))["stop_reason"] == shown


async def test_stop_transaction_tells_about_the_tag_only_when_it_names_one(server):
    station, tag = await server.connects(), await server.token()
    first = await starts(station, tag)
    without = await station.call("StopTransaction", stop(first))
    second = await starts(station, tag, seconds=700)

    named = await station.call("StopTransaction", stop(second, seconds=800, idTag="nobody"))

    assert without == {}
    assert named == {"idTagInfo": {"status": "Invalid"}}


@pytest.mark.parametrize("again", ["same", "new"])
async def test_stop_transaction_sent_again_is_answered_alike_and_counted_once(server, again):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)
    data = [{"timestamp": at(300), "sampledValue": [{"value": "2000"}]}]
    body = stop(ref, idTag=tag, transactionData=data)

    first = await station.call("StopTransaction", body, message_id="stop")
    second = await station.call(
        "StopTransaction", body, message_id="stop" if again == "same" else None
    )
    station = await reconnected(server, station)
    third = await station.call("StopTransaction", body)

    assert first == second == third == {"idTagInfo": {"status": "Accepted"}}
    shown = await server.transaction(station.id)
    assert (shown["energy_wh"], shown["duration_s"], shown["flags"]) == (2500, 600, [])
    assert len(await server.samples(shown)) == 1


async def test_stop_transaction_brings_the_readings_it_carries(server):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)
    data = [
        {"timestamp": at(0), "sampledValue": [{"value": "1000", "context": "Transaction.Begin"}]},
        {"timestamp": at(600), "sampledValue": [{"value": "3.5", "unit": "kWh"}]},
    ]

    await station.call("StopTransaction", stop(ref, transactionData=data))

    samples = await server.samples(await server.transaction(station.id))
    assert [(each["sampled_at"], each["value"]) for each in samples] == [
        (at(0), 1000),
        (at(600), 3500),
    ]
    assert samples[0]["context"] == "Transaction.Begin"


async def test_after_a_power_loss_the_stop_comes_late_and_counts(server):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)
    await station.call("StatusNotification", status(1, "Charging"))
    station = await reconnected(server, station)

    await station.call("BootNotification", BOOT)
    await station.call("StatusNotification", status(0, "Available"))
    await station.call("StatusNotification", status(1, "Available"))
    await station.call("StopTransaction", stop(ref, reason="PowerLoss"))

    shown = await server.transaction(station.id)
    assert (shown["open"], shown["stop_reason"], shown["flags"]) == (False, "PowerLoss", [])
    assert (shown["energy_wh"], shown["duration_s"]) == (2500, 600)


async def test_a_stop_after_messages_that_overtook_it_finds_the_id_just_issued(server):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)
    await station.beats()
    await station.call("StatusNotification", status(1, "Available"))

    await station.call("StopTransaction", stop(ref, seconds=30))

    assert (await server.transaction(station.id))["duration_s"] == 30


# -- MeterValues


@pytest.mark.parametrize("ref", [None, 0, -1, 999_999_999, 2**63 - 1])
async def test_meter_values_without_a_usable_id_go_to_the_session_at_the_connector(server, ref):
    station, tag = await server.connects(), await server.token()
    await starts(station, tag, connector=1)
    await starts(station, await server.token(), connector=2, meter=50)
    named = {} if ref is None else {"transactionId": ref}

    assert await station.call("MeterValues", values(1800, connector=1, **named)) == {}

    second, first = sorted(await server.transactions(station.id), key=lambda t: -t["evse_id"])
    assert (first["energy_wh"], second["energy_wh"]) == (800, 0)
    assert [each["value"] for each in await server.samples(first)] == [1800]
    assert await server.samples(second) == []


async def test_meter_values_move_the_energy_so_far(server):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)

    for wh in (1500, 2000):
        await station.call("MeterValues", values(wh, seconds=wh, transactionId=ref))
    await station.call("MeterValues", values(1100, seconds=30, transactionId=ref))  # out of order

    shown = await server.transaction(station.id)
    assert (shown["energy_wh"], shown["open"]) == (1000, True)


async def test_meter_values_after_the_stop_are_kept_with_the_session(server):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)
    await station.call("StopTransaction", stop(ref))

    await station.call("MeterValues", values(2000, seconds=300, transactionId=ref))

    shown = await server.transaction(station.id)
    assert (shown["energy_wh"], shown["open"]) == (2500, False)
    assert len(await server.samples(shown)) == 1


async def test_meter_values_of_an_idle_connector_and_of_the_main_meter_are_answered(server):
    station = await server.connects()

    for connector in (0, 1, 9):
        assert await station.call("MeterValues", values(5, connector=connector)) == {}

    assert await server.transactions(station.id) == []


async def test_meter_values_of_the_main_meter_do_not_count_for_a_session(server):
    station, tag = await server.connects(), await server.token()
    await starts(station, tag)

    await station.call("MeterValues", values(900_000, connector=0))

    shown = await server.transaction(station.id)
    assert shown["energy_wh"] == 0
    assert await server.samples(shown) == []


@pytest.mark.parametrize(
    ("sampled", "shown"),
    [
        ({"value": "1500"}, (1500, "Wh", REGISTER)),
        ({"value": "1.5", "unit": "kWh"}, (1500, "Wh", REGISTER)),
        ({"value": "1.5E3"}, (1500, "Wh", REGISTER)),
        ({"value": "1500,5"}, (1500.5, "Wh", REGISTER)),
        ({"value": "7.4", "measurand": "Power.Active.Import", "unit": "kW"}, (7400, "W", None)),
        ({"value": "21.5", "measurand": "Temperature", "unit": "Celcius"}, (21.5, "Celcius", None)),
        ({"value": "21.5", "measurand": "Temperature", "unit": "Celsius"}, (21.5, "Celsius", None)),
        ({"value": "80", "measurand": "SoC", "unit": "Percent"}, (80, "Percent", None)),
        ({"value": "3", "measurand": "Vendor.Thing"}, (3, None, None)),
    ],
)
async def test_meter_values_of_every_unit_are_kept_in_base_units(server, sampled, shown):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)

    assert await station.call("MeterValues", values(sampled, transactionId=ref)) == {}

    (sample,) = await server.samples(await server.transaction(station.id))
    value, unit, measurand = shown
    assert (sample["value"], sample["unit"]) == (value, unit)
    assert sample["measurand"] == (measurand or sampled["measurand"])


async def test_a_bare_meter_value_has_the_defaults_of_the_specification(server):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)

    await station.call("MeterValues", values("1500", transactionId=ref))

    (sample,) = await server.samples(await server.transaction(station.id))
    assert (sample["measurand"], sample["unit"]) == (REGISTER, "Wh")
    assert (sample["context"], sample["location"]) == ("Sample.Periodic", "Outlet")
    assert (sample["phase"], sample["raw"], sample["sampled_at"]) == (None, None, at(60))


@pytest.mark.parametrize("sampled", [{"value": "8A5BFF0C", "format": "SignedData"}, {"value": "?"}])
async def test_a_meter_value_that_is_no_number_is_kept_as_text(server, sampled):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)

    assert await station.call("MeterValues", values(sampled, transactionId=ref)) == {}

    shown = await server.transaction(station.id)
    (sample,) = await server.samples(shown)
    assert (sample["value"], sample["raw"], shown["energy_wh"]) == (None, sampled["value"], 0)


async def test_meter_values_sent_again_are_kept_once(server):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)
    body = values(1500, transactionId=ref)

    await station.call("MeterValues", body, message_id="mv")
    await station.call("MeterValues", body, message_id="mv")
    station = await reconnected(server, station)
    await station.call("MeterValues", body)

    assert len(await server.samples(await server.transaction(station.id))) == 1


async def test_meter_values_at_absurd_heights_neither_harm_nor_count(server):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)

    for text in ("9" * 400, "1E+99999", "NaN", "Infinity", "-1E400"):
        assert await station.call("MeterValues", values(text, transactionId=ref)) == {}

    assert (await server.transaction(station.id))["energy_wh"] == 0


# -- what connects them


async def test_nothing_that_was_acknowledged_depends_on_the_socket_it_came_by(server):
    station, tag = await server.connects(), await server.token()
    ref = await starts(station, tag)
    for n in range(1, 4):
        station = await reconnected(server, station)
        await station.call("MeterValues", values(1000 + n, seconds=n, transactionId=ref))

    station = await reconnected(server, station)
    await station.call("StopTransaction", stop(ref, meter=1010))

    shown = await server.transaction(station.id)
    assert (shown["energy_wh"], len(await server.samples(shown))) == (10, 3)


async def test_a_refused_message_leaves_nothing_behind(server):
    station = await server.connects()

    assert await station.code("StartTransaction", "no object at all") == "FormationViolation"

    assert await server.transactions(station.id) == []
    await station.beats()


async def test_a_driver_who_starts_again_at_the_same_connector_is_accepted(server):
    station, tag = await server.connects(), await server.token()
    await starts(station, tag)

    answer = await station.call("StartTransaction", start(tag, seconds=900, meter=4000))

    assert answer["idTagInfo"]["status"] == "Accepted"


async def test_the_same_start_sent_twice_in_one_breath_opens_one_session(server):
    station, tag = await server.connects(), await server.token()
    frames = [json.dumps([2, name, "StartTransaction", start(tag)]) for name in ("a", "b")]

    for frame in frames:
        await station.says(frame)
    first, second = await station.hears(), await station.hears()

    assert (first[1], second[1]) == ("a", "b")
    assert first[2] == second[2]
    assert len(await server.transactions(station.id)) == 1
