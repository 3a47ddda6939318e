"""Messages that only stations of 2.1 send: announced and kept, or answered with an honest no."""

import pytest

from tests.edge.conftest import V21, V201, at, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

SWAP = {
    "eventType": "BatteryIn",
    "requestId": 5,
    "idToken": {"idToken": "04A1", "type": "ISO14443"},
    "batteryData": [{"evseId": 2, "serialNumber": "B-1", "soC": 12.5, "soH": 98}],
}
SETTLEMENT = {
    "transactionId": "tx-17",
    "pspRef": "8815",
    "status": "Settled",
    "settlementAmount": 12.50,
    "settlementTime": at(),
}
ALARM = {"controlType": "VoltWatt", "gridEventFault": "OverVoltage", "timestamp": at()}
CONTROL = {"controlId": "c-1", "started": True, "timestamp": at()}
PRIORITY = {"transactionId": "tx-17", "activated": True}
REPORT = {
    "requestId": 3,
    "curve": [
        {
            "id": "v-1",
            "curveType": "VoltWatt",
            "isDefault": True,
            "isSuperseded": False,
            "curve": {"priority": 0, "yUnit": "Not_Applicable", "curveData": [{"x": 1.5, "y": 2}]},
        }
    ],
}
HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "aa",
    "issuerKeyHash": "bb",
    "serialNumber": "17",
}

ANNOUNCED = [
    ("BatterySwap", SWAP, "battery_swap"),
    ("NotifyDERAlarm", ALARM, "der_alarm"),
    ("NotifyDERStartStop", CONTROL, "der_control"),
    ("ReportDERControl", REPORT, "der_report"),
    ("NotifyPriorityCharging", PRIORITY, "priority_charging"),
    ("NotifySettlement", SETTLEMENT, "settlement"),
]


async def announcements(server, station, **query):
    return await server.items(f"/api/v1/stations/{station.id}/announcements", **query)


@pytest.mark.parametrize(("action", "payload", "about"), ANNOUNCED)
async def test_what_a_station_announces_is_answered_and_shown(server, action, payload, about):
    """S03.FR.01, R05.FR.01, K22.FR.06, C21.FR.02: the answer has nothing in it."""
    station = await server.connects(version=V21)

    assert await station.call(action, payload) == {}

    (found,) = await announcements(server, station)
    assert found["about"] == about
    timed = "timestamp" in payload or "settlementTime" in payload
    assert found["clock_trusted"] is timed
    if timed:
        assert found["at"] == at()
    assert found["station_ref"] == payload.get("transactionId")


async def test_the_details_of_a_payment_and_of_a_battery_are_shown_as_they_were_told(server):
    station = await server.connects(version=V21)

    await station.call("NotifySettlement", SETTLEMENT | {"customData": {"vendorId": "v"}})
    await station.call("BatterySwap", SWAP)

    swap, settlement = await announcements(server, station)
    assert settlement["details"] == {
        "pspRef": "8815",
        "status": "Settled",
        "settlementAmount": "12.5",
    }
    assert swap["details"]["batteryData"][0]["soC"] == "12.5"
    assert swap["details"]["idToken"]["idToken"] == "04A1"
    assert [each["about"] for each in await announcements(server, station, about="settlement")] == [
        "settlement"
    ]


async def test_a_code_that_a_driver_types_is_not_shown_with_a_swap(server):
    """C04.FR.04."""
    station = await server.connects(version=V21)

    await station.call("BatterySwap", SWAP | {"idToken": {"idToken": "4711", "type": "KeyCode"}})

    (found,) = await announcements(server, station)
    assert found["details"]["idToken"] == {"idToken": "***", "type": "KeyCode"}
    rows = await server.journal(station.id, lambda rows: len(rows) == 1)
    assert "4711" not in rows[0]["frame"]


@pytest.mark.parametrize(
    ("action", "payload"),
    [("BatterySwap", SWAP), ("NotifySettlement", SETTLEMENT), ("NotifyDERAlarm", ALARM)],
)
async def test_what_is_announced_twice_is_shown_once(server, action, payload):
    station = await server.connects(version=V21)

    await station.call(action, payload)
    await station.call(action, payload)

    assert len(await announcements(server, station)) == 1


async def test_priority_that_begins_ends_and_begins_again_is_three_announcements(server):
    station = await server.connects(version=V21)

    for activated in (True, False, True):
        await station.call("NotifyPriorityCharging", PRIORITY | {"activated": activated})

    found = await announcements(server, station)
    assert [each["details"]["activated"] for each in found] == [True, False, True]


async def test_announcements_come_in_pages_and_outlive_their_station(server):
    station = await server.connects(version=V21)
    for number in range(3):
        await station.call("BatterySwap", SWAP | {"requestId": number})
    await station.leaves()
    path = f"/api/v1/stations/{station.id}/announcements"

    first = await server.get(path, limit=2)
    rest = await server.get(path, limit=2, cursor=first["next_cursor"])

    numbers = [each["details"]["requestId"] for each in first["items"] + rest["items"]]
    assert numbers == [2, 1, 0]
    deleted = await server.http.delete(f"/api/v1/stations/{station.id}")
    assert deleted.is_success, deleted.text
    assert len(await announcements(server, station)) == 3


# -- an honest no


async def test_a_vat_number_is_not_validated_and_the_evse_comes_back(server):
    station = await server.connects(version=V21)

    answer = await station.call("VatNumberValidation", {"vatNumber": "NL1", "evseId": 3})

    assert answer["statusInfo"]["reasonCode"] == "UnsupportedRequest"
    assert (answer["status"], answer["vatNumber"], answer["evseId"]) == ("Rejected", "NL1", 3)
    assert "evseId" not in await station.call("VatNumberValidation", {"vatNumber": "NL1"})


async def test_each_certificate_of_a_chain_could_not_be_checked(server):
    """M07.FR.02, M07.FR.05, M07.FR.08."""
    station = await server.connects(version=V21)
    wanted = [
        {"certificateHashData": HASH, "source": source, "urls": ["http://crl.example"]}
        for source in ("OCSP", "CRL")
    ]

    answer = await station.call("GetCertificateChainStatus", {"certificateStatusRequests": wanted})

    told = [
        (each["certificateHashData"], each["source"], each["status"])
        for each in answer["certificateStatus"]
    ]
    assert told == [(HASH, "OCSP", "Failed"), (HASH, "CRL", "Failed")]


async def test_limits_of_a_profile_that_nobody_set_are_not_told(server):
    """K28.FR.12."""
    station = await server.connects(version=V21)

    answer = await station.call("PullDynamicScheduleUpdate", {"chargingProfileId": 8})

    assert answer["status"] == "Rejected"
    assert answer["statusInfo"]["reasonCode"] == "InvalidProfile"
    assert "scheduleUpdate" not in answer


@pytest.mark.parametrize("version", [V201, V21])
@pytest.mark.parametrize("action", ["Install", "Update"])
async def test_there_are_no_contract_certificates(server, version, action):
    """M01, M02: what the vehicle asks for comes from a pool that is not connected."""
    station = await server.connects(version=version)
    asked = {"iso15118SchemaVersion": "urn:x", "action": action, "exiRequest": "AAAA"}

    answer = await station.call("Get15118EVCertificate", asked)

    assert (answer["status"], answer["exiResponse"]) == ("Failed", "")
    assert answer["statusInfo"]["reasonCode"] == "UnsupportedRequest"


# -- open words


async def test_a_token_of_a_new_type_and_255_characters_charges(server):
    """2.1 IdTokenType: `type` is an open word, and groups are as long as tokens."""
    token = await server.token("T" * 255, type="DirectPayment", group="G" * 200)
    station = await server.connects(version=V21)

    answer = await station.call(
        "Authorize", {"idToken": {"idToken": token, "type": "DirectPayment"}}
    )

    assert answer["idTokenInfo"]["status"] == "Accepted"
    assert answer["idTokenInfo"]["groupIdToken"]["idToken"] == "G" * 200
    transaction = {
        "eventType": "Started",
        "timestamp": at(),
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "tx-long"},
        "idToken": {"idToken": token, "type": "DirectPayment"},
    }
    began = await station.call("TransactionEvent", transaction)
    assert began["idTokenInfo"]["groupIdToken"]["idToken"] == "G" * 200
    assert (await server.transaction(station.id))["token"] == token
    assert await server.items(f"/api/v1/stations/{station.id}/deviations") == []


async def test_a_measurand_of_a_word_nobody_knows_is_kept(server):
    """The schema of 2.1 still has a list of words, so it is remarked on."""
    station = await server.connects(version=V21)
    value = {"value": 5, "measurand": "Moonlight.Import"}
    payload = {"evseId": 0, "meterValue": [{"timestamp": at(), "sampledValue": [value]}]}

    assert await station.call("MeterValues", payload) == {}

    found = await eventually(
        lambda: server.items(f"/api/v1/stations/{station.id}/meter-values"), lambda found: found
    )
    assert found[0]["measurand"] == "Moonlight.Import"
    flagged = await eventually(
        lambda: server.items(f"/api/v1/stations/{station.id}/deviations"), lambda found: found
    )
    assert [each["kind"] for each in flagged] == ["unknown_word"]
