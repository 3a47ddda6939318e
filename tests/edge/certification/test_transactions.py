"""Block E of 2.0.1 and 2.1, Core: transactions, however they begin, go on and end."""

import json

import pytest

from tests.edge.certification.transaction_events import EVSE, REF, Charging, token
from tests.edge.conftest import V21, V201, at, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERSIONS = pytest.mark.parametrize("version", [V201, V21])

ACCEPTED = {"idTokenInfo": {"status": "Accepted"}}
TOKEN, PLACE = {"idToken": "the driver's"}, {"evse": EVSE}

#: A signed value of the beginning.
SIGNED = {
    "value": 0,
    "context": "Transaction.Begin",
    "signedMeterValue": {
        "signedMeterData": "T0NNRnx7fQ==",
        "signingMethod": "ECDSA-secp256r1-SHA256",
        "encodingMethod": "OCMF",
        "publicKey": "b2NhOmJhc2U2",
    },
}
METER = {"meterValue": [{"timestamp": at(), "sampledValue": [SIGNED]}]}

#: What stations say first, and then until the case is over: (trigger, charging state, what else).
STARTS = {
    "TC_E_01": [
        ("ChargingStateChanged", "SuspendedEVSE", PLACE | TOKEN),
        ("ChargingStateChanged", "Charging", {}),
    ],
    "TC_E_02": [("ChargingStateChanged", "Charging", PLACE | TOKEN)],
    "TC_E_03": [
        ("CablePluggedIn", "EVConnected", PLACE),
        ("Authorized", "EVConnected", TOKEN),
        ("ChargingStateChanged", "Charging", {}),
    ],
    "TC_E_04": [
        ("Authorized", "Idle", TOKEN),
        ("CablePluggedIn", "EVConnected", PLACE),
        ("ChargingStateChanged", "Charging", {}),
    ],
    "TC_E_09": [
        ("CablePluggedIn", "EVConnected", PLACE),
        ("Authorized", "Charging", TOKEN),
    ],
    "TC_E_10": [
        ("Authorized", None, TOKEN),
        ("ChargingStateChanged", "Charging", PLACE),
    ],
    "TC_E_11": [
        ("SignedDataReceived", None, PLACE | TOKEN | METER),
        ("ChargingStateChanged", "Charging", {}),
    ],
    "TC_E_12": [
        ("EVDetected", None, {}),
        ("CablePluggedIn", "EVConnected", PLACE),
        ("Authorized", "Charging", TOKEN),
    ],
    "TC_E_38": [
        ("Authorized", "Idle", TOKEN),
        ("CablePluggedIn", "EVConnected", PLACE),
        ("ChargingStateChanged", "SuspendedEV", {}),
    ],
}
#: In these, nobody is asked about the token before: the station knows it, or it comes later.
NOT_ASKED = {"TC_E_09", "TC_E_12"}

STOPPED = ("StopAuthorized", None, TOKEN)
#: The certification's EVConnectedPostSession.
POST_SESSION = [STOPPED, ("ChargingStateChanged", "EVConnected", {})]
SUSPENDED = ("ChargingStateChanged", "SuspendedEV", {})
#: How transactions end after energy flowed: what comes before, and the end with its reason.
ENDS = {
    "TC_E_07": ([], ("StopAuthorized", "EVConnected", "Local", TOKEN)),
    "TC_E_08": ([STOPPED], ("ChargingStateChanged", "EVConnected", "Local", {})),
    "TC_E_14": (POST_SESSION, ("EVCommunicationLost", "Idle", "EVDisconnected", {})),
    "TC_E_15": ([], ("StopAuthorized", "EVConnected", "Local", {})),
    "TC_E_17": ([SUSPENDED], ("EVCommunicationLost", "Idle", "EVDisconnected", {})),
    "TC_E_19": (
        [*POST_SESSION, ("EVCommunicationLost", "Idle", {})],
        ("EVDeparted", "Idle", "Local", {}),
    ),
    "TC_E_20": (
        [SUSPENDED, *POST_SESSION],
        ("EVCommunicationLost", "Idle", "EVDisconnected", {}),
    ),
    "TC_E_22": ([], ("ChargingStateChanged", "SuspendedEV", "StoppedByEV", {})),
    "without-a-reason": ([], ("StopAuthorized", "EVConnected", None, TOKEN)),
}


def filled(more, tag):
    return more | ({"idToken": token(tag)} if "idToken" in more else {})


async def charges(station, tag, evse=EVSE, **options):
    """A transaction that gives energy."""
    charging = Charging(station, **options)
    about = {"evse": evse, "idToken": token(tag)}
    await charging.tells("Started", "Authorized", "Charging", wh=1000, **about)
    return charging


@VERSIONS
@pytest.mark.parametrize("case", STARTS)
async def test_a_session_begins_with_whatever_the_station_says_first(server, case, version):
    station, tag = await server.connects(version=version), await server.token()
    charging = Charging(station)

    if case not in NOT_ASKED:
        assert await station.call("Authorize", {"idToken": token(tag)}) == ACCEPTED
    answers = []
    for number, (trigger, state, more) in enumerate(STARTS[case]):
        kind = "Updated" if number else "Started"
        answers.append(await charging.tells(kind, trigger, state, **filled(more, tag)))

    said = [ACCEPTED if "idToken" in more else {} for _, _, more in STARTS[case]]
    assert answers == said
    shown = await server.transaction(station.id)
    assert (shown["station_ref"], shown["open"], shown["flags"]) == (REF, True, [])
    assert (shown["token"], shown["evse_id"], shown["connector_id"]) == (tag, 1, 1)
    expected = "suspended_ev" if case == "TC_E_38" else "charging"
    assert shown["charging_state"] == expected
    if case == "TC_E_11":
        (sample,) = await server.samples(shown)
        assert json.loads(sample["raw"]) == SIGNED["signedMeterValue"]


@VERSIONS
@pytest.mark.parametrize("case", ENDS)
async def test_a_session_ends_however_the_station_says(server, case, version):
    station, tag = await server.connects(version=version), await server.token()
    charging = await charges(station, tag)
    updates, (trigger, state, reason, more) = ENDS[case]

    for each, update_state, extra in updates:
        told = await charging.tells("Updated", each, update_state, **filled(extra, tag))
        assert told == (ACCEPTED if extra else {})
    info = {"stoppedReason": reason} if reason else {}
    answer = await charging.tells("Ended", trigger, state, info=info, wh=3000, **filled(more, tag))

    assert answer == (ACCEPTED if more else {})
    shown = await server.transaction(station.id)
    assert (shown["open"], shown["stop_reason"]) == (False, reason or "Local")
    assert (shown["energy_wh"], shown["flags"]) == (2000, [])


@VERSIONS
async def test_a_session_that_has_ended_may_end_again_when_the_car_drives_off(server, version):
    """TC_E_19 to the letter: its state EVDisconnected is an end already."""
    station, tag = await server.connects(version=version), await server.token()
    charging = await charges(station, tag)

    answers = [
        await charging.tells("Updated", "StopAuthorized", idToken=token(tag)),
        await charging.tells("Updated", "ChargingStateChanged", "EVConnected"),
        await charging.tells(
            "Ended",
            "EVCommunicationLost",
            "Idle",
            wh=3000,
            info={"stoppedReason": "EVDisconnected"},
        ),
        await charging.tells("Ended", "EVDeparted", info={"stoppedReason": "Local"}),
    ]

    assert answers == [ACCEPTED, {}, {}, {}]
    shown = await server.transaction(station.id)
    assert (shown["open"], shown["energy_wh"]) == (False, 2000)


@VERSIONS
async def test_a_token_that_is_not_known_is_told_so_and_the_end_is_taken(server, version):
    """TC_E_16."""
    station = await server.connects(version=version)
    charging = Charging(station)

    answer = await charging.tells(
        "Started", "Authorized", "EVConnected", evse=EVSE, idToken=token("who-is-this")
    )
    end = await charging.tells(
        "Ended", "Deauthorized", "EVConnected", info={"stoppedReason": "DeAuthorized"}
    )

    assert answer == {"idTokenInfo": {"status": "Unknown"}}
    assert end == {}
    shown = await server.transaction(station.id)
    assert (shown["open"], shown["stop_reason"]) == (False, "DeAuthorized")
    assert shown["token_status"] == "unknown"


@VERSIONS
async def test_another_token_of_the_group_or_a_master_pass_ends_a_session(server, version):
    """C09, C16: the answer says what the token is; the session stays the driver's."""
    station = await server.connects(version=version)
    group, masters = "FLEET-Q", "MASTERS"
    tags = [await server.token(group=each) for each in (group, group, masters)]

    answers = []
    for number, stopper in enumerate(tags):
        charging = await charges(station, tags[0], ref=f"tx-{number}")
        info = {"stoppedReason": "MasterPass" if stopper == tags[2] else "Local"}
        about = {"idToken": token(stopper), "info": info}
        answers.append(await charging.tells("Ended", "StopAuthorized", **about))

    told = [each["idTokenInfo"] for each in answers]
    assert [each["status"] for each in told] == ["Accepted"] * 3
    assert [each["groupIdToken"]["idToken"] for each in told] == [group, group, masters]
    shown = await server.transactions(station.id)
    assert {each["token"] for each in shown} == {tags[0]}
    assert {each["stop_reason"] for each in shown} == {"Local", "MasterPass"}
    assert not any(each["open"] for each in shown)


@VERSIONS
async def test_a_session_without_a_vehicle_runs_out_of_time(server, version):
    """TC_E_39."""
    station, tag = await server.connects(version=version), await server.token()
    charging = Charging(station)

    asked = await station.call("Authorize", {"idToken": token(tag)})
    began = await charging.tells("Started", "Authorized", "Idle", idToken=token(tag))
    ended = await charging.tells(
        "Ended", "EVConnectTimeout", "Idle", info={"stoppedReason": "Timeout"}
    )

    assert (asked, began, ended) == (ACCEPTED, ACCEPTED, {})
    shown = await server.transaction(station.id)
    assert (shown["open"], shown["stop_reason"], shown["evse_id"]) == (False, "Timeout", None)


@VERSIONS
async def test_a_session_is_stopped_from_afar_by_the_id_that_its_station_gave(operator, version):
    """TC_E_21."""
    station, tag = await operator.answering(version=version), await operator.server.token()
    charging = await charges(station, tag)
    station.on["RequestStopTransaction"] = {"status": "Accepted"}

    shown = await operator.server.transaction(station.id)
    command = await operator.asks_and_hears(station.id, "request_stop", transaction_id=shown["id"])
    reply = await charging.tells(
        "Ended", "RemoteStop", "EVConnected", info={"stoppedReason": "Remote"}
    )

    assert command["state"] == "accepted"
    await operator.sees(command, "done")
    assert station.asked[-1][1:] == ("RequestStopTransaction", {"transactionId": REF})
    assert reply == {}
    assert (await operator.server.transaction(station.id))["stop_reason"] == "Remote"


@VERSIONS
async def test_the_end_of_another_session_is_not_what_was_asked_for(operator, version):
    station = await operator.answering(version=version)
    wanted, other = [
        await charges(station, await operator.server.token(), ref=f"tx-{evse}", evse={"id": evse})
        for evse in (1, 2)
    ]
    station.on["RequestStopTransaction"] = {"status": "Accepted"}
    found = await operator.server.transactions(station.id)
    (shown,) = [each for each in found if each["station_ref"] == wanted.ref]
    command = await operator.asks_and_hears(station.id, "request_stop", transaction_id=shown["id"])

    await other.tells("Ended", "StopAuthorized", info={"stoppedReason": "Local"})
    assert (await operator.server.get(f"/api/v1/commands/{command['id']}"))["state"] == "accepted"
    await wanted.tells("Ended", "RemoteStop", info={"stoppedReason": "Remote"})

    assert (await operator.sees(command, "done"))["transaction_id"] == shown["id"]


@VERSIONS
async def test_a_cable_that_is_pulled_suspends_the_session_and_it_goes_on(server, version):
    """TC_E_26."""
    station, tag = await server.connects(version=version), await server.token()
    charging = await charges(station, tag)

    answers = [
        await charging.tells("Updated", "ChargingStateChanged", "SuspendedEV"),
        await charging.tells("Updated", "EVCommunicationLost", "Idle"),
    ]
    suspended = await server.transaction(station.id)
    free = {"timestamp": at(), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    answers += [
        await station.call("StatusNotification", free),
        await charging.tells("Updated", "CablePluggedIn", "EVConnected"),
        await charging.tells("Updated", "ChargingStateChanged", "Charging", wh=2000),
    ]

    assert answers == [{}] * 5
    assert (suspended["open"], suspended["charging_state"]) == (True, "idle")
    shown = await server.transaction(station.id)
    assert (shown["id"], shown["charging_state"]) == (suspended["id"], "charging")
    assert (shown["open"], shown["energy_wh"]) == (True, 1000)


async def comes_back(operator, charging):
    """The station of the transaction, after it had lost its connection."""
    old = charging.station
    await old.leaves()
    charging.station = await operator.answering(old.id, old.station.version)
    return charging.station


async def delivers(operator, charging):
    """What waited in the queue is taken, and goes to the transaction."""
    assert await charging.tells("Updated", "MeterValuePeriodic", wh=1500, offline=True) == {}
    shown = await operator.server.transaction(charging.station.id)
    assert (shown["open"], shown["energy_wh"]) == (True, 500)


@VERSIONS
@pytest.mark.parametrize(
    "waiting", [pytest.param(True, id="TC_E_29"), pytest.param(False, id="TC_E_30")]
)
async def test_a_station_tells_how_a_session_stands(operator, version, waiting):
    station, tag = await operator.answering(version=version), await operator.server.token()
    charging = await charges(station, tag)
    shown = await operator.server.transaction(station.id)
    if waiting:
        station = await comes_back(operator, charging)
    station.on["GetTransactionStatus"] = {"ongoingIndicator": True, "messagesInQueue": waiting}

    command = await operator.asks(
        station.id, "get_transaction_status", wait=10, transaction_id=shown["id"]
    )

    assert station.asked[-1][1:] == ("GetTransactionStatus", {"transactionId": REF})
    assert command["state"] == "accepted"
    assert command["result"] == {"ongoing": True, "messages_in_queue": waiting}
    if waiting:
        await delivers(operator, charging)


@VERSIONS
@pytest.mark.parametrize(
    "waiting", [pytest.param(True, id="TC_E_33"), pytest.param(False, id="TC_E_34")]
)
async def test_a_station_tells_whether_anything_waits(operator, version, waiting):
    station, tag = await operator.answering(version=version), await operator.server.token()
    if waiting:
        charging = await charges(station, tag)
        station = await comes_back(operator, charging)
    station.on["GetTransactionStatus"] = {"messagesInQueue": waiting}

    command = await operator.asks(station.id, "get_transaction_status", wait=10)

    assert station.asked[-1][1:] == ("GetTransactionStatus", {})
    assert (command["state"], command["result"]) == ("accepted", {"messages_in_queue": waiting})
    if waiting:
        await delivers(operator, charging)


@VERSIONS
async def test_what_was_queued_arrives_after_the_end_and_opens_nothing(operator, version):
    """TC_E_31."""
    first, tag = await operator.answering(version=version), await operator.server.token()
    charging = await charges(first, tag)
    station = await comes_back(operator, charging)
    free = {"timestamp": at(), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    assert await station.call("StatusNotification", free) == {}
    station.on["GetTransactionStatus"] = {"ongoingIndicator": False, "messagesInQueue": True}
    charging.seq_no += 2
    lost = {"stoppedReason": "EVDisconnected"}
    await charging.tells("Ended", "EVCommunicationLost", "Idle", offline=True, info=lost)

    command = await operator.asks(
        station.id, "get_transaction_status", wait=10, station_ref=charging.ref
    )
    charging.seq_no, charging.seconds = 1, 30
    answers = [
        await charging.tells("Updated", "StopAuthorized", offline=True, idToken=token(tag)),
        await charging.tells("Updated", "ChargingStateChanged", "EVConnected", offline=True),
    ]

    assert station.asked[-1][1:] == ("GetTransactionStatus", {"transactionId": REF})
    assert command["result"] == {"ongoing": False, "messages_in_queue": True}
    assert answers == [ACCEPTED, {}]
    shown = await operator.server.transaction(station.id)
    assert (shown["open"], shown["stop_reason"]) == (False, "EVDisconnected")
    assert (shown["flags"], shown["missing_events"]) == ([], [])


@VERSIONS
async def test_a_station_is_asked_once_for_the_events_that_are_missing_at_the_end(
    operator, version
):
    station, tag = await operator.answering(version=version), await operator.server.token()
    station.on["GetTransactionStatus"] = {"ongoingIndicator": False, "messagesInQueue": False}
    charging = await charges(station, tag)
    charging.seq_no = 3
    await charging.tells("Updated", "MeterValuePeriodic", wh=1500)
    open_yet = await operator.server.transaction(station.id)
    charging.seq_no = 6
    await charging.tells("Ended", "StopAuthorized", wh=2000)

    await station.is_asked("GetTransactionStatus")
    asked = await eventually(
        lambda: operator.server.items("/api/v1/commands", station_id=station.id),
        lambda found: found and found[0]["state"] == "accepted",
    )
    charging.seq_no = 4
    await charging.tells("Updated", "MeterValuePeriodic", wh=1700, offline=True)
    shown = await operator.server.transaction(station.id)
    again = await operator.asks(station.id, "get_transaction_status", wait=10)

    assert (open_yet["flags"], open_yet["missing_events"]) == ([], [{"first": 1, "last": 2}])
    (command,) = asked
    assert command["arguments"] == {
        "station_ref": REF,
        "transaction_id": shown["id"],
        "reason": "events are missing: 1 to 2, 4 to 5",
    }
    assert command["result"] == {"ongoing": False, "messages_in_queue": False}
    assert shown["flags"] == ["events_missing"]
    assert shown["missing_events"] == [{"first": 1, "last": 2}, {"first": 5, "last": 5}]
    assert again["state"] == "accepted"
    assert len(station.asked) == 2


async def test_what_a_session_is_for_and_why_the_station_spoke_last_is_shown(server):
    station, tag = await server.connects(version=V21), await server.token()
    charging = Charging(station)
    begin = {"evse": EVSE, "idToken": token(tag), "reservationId": 12}
    await charging.tells("Started", "RemoteStart", info={"remoteStartId": 34}, **begin)
    first = await server.transaction(station.id)

    await charging.tells("Updated", "TxResumed")

    assert (first["remote_start_id"], first["reservation_id"]) == (34, 12)
    assert first["trigger_reason"] == "RemoteStart"
    assert (await server.transaction(station.id))["trigger_reason"] == "TxResumed"


async def test_what_cannot_be_asked_of_a_station_is_refused(operator):
    old, new = await operator.answering(), await operator.answering(version=V201)
    other, tag = await operator.answering(version=V201), await operator.server.token()
    await charges(other, tag)
    foreign = await operator.server.transaction(other.id)

    answers = [
        await operator.refused(old.id, "get_transaction_status"),
        await operator.refused(new.id, "get_transaction_status", transaction_id=foreign["id"]),
        await operator.refused(
            new.id, "get_transaction_status", transaction_id=foreign["id"], station_ref="x"
        ),
    ]

    assert [each.status_code for each in answers] == [409, 422, 422]
    assert (old.asked, new.asked) == ([], [])


@VERSIONS
async def test_each_session_may_begin_at_sequence_number_0_or_count_on(server, version):
    """TC_E_53, and stations that never begin anew (E01.FR.07)."""
    station, tag = await server.connects(version=version), await server.token()

    for number, seq_no in enumerate((0, 0, 7)):
        charging = await charges(station, tag, ref=f"tx-{number}", seq_no=seq_no)
        answer = await charging.tells(
            "Ended",
            "EVCommunicationLost",
            "Idle",
            info={"stoppedReason": "EVDisconnected"},
            wh=1500,
        )
        assert answer == {}

    shown = await server.transactions(station.id)
    assert [(each["energy_wh"], each["open"], each["flags"]) for each in shown] == [
        (500, False, [])
    ] * 3


async def test_a_session_that_goes_on_after_a_reboot_is_the_same(server):
    """2.1 knows a word for it, and fields that are kept in the journal (E17)."""
    station, tag = await server.connects(version=V21), await server.token()
    charging = await charges(station, tag)

    answer = await charging.tells(
        "Updated",
        "TxResumed",
        "Charging",
        wh=2000,
        evseSleep=False,
        preconditioningStatus="Ready",
        info={"operationMode": "ChargingOnly", "tariffId": "of-the-station"},
    )

    assert answer == {}
    shown = await server.transaction(station.id)
    assert (shown["open"], shown["energy_wh"]) == (True, 1000)
    rows = await server.journal(station.id, lambda found: len(found) == 2)
    assert "TxResumed" in rows[-1]["frame"]
    assert "of-the-station" in rows[-1]["frame"]
