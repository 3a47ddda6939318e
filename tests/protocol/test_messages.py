"""Messages of a charging session: the same events from 1.6 and 2.x, and replies their schemas take."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from voltaro.domain.authorization import Authorization, AuthorizationStatus
from voltaro.domain.availability import ChargingState, ConnectorStatus
from voltaro.domain.ids import Connector, IdToken, Scope
from voltaro.domain.provisioning import BootReply, Registration
from voltaro.domain.transaction_rules import TransactionReply
from voltaro.domain.transactions import Kind
from voltaro.protocol import decode
from voltaro.protocol.moments import read_moment, write_moment
from voltaro.protocol.route_tables import ROUTES
from voltaro.protocol.routes import Origin
from voltaro.protocol.versions import OcppVersion

NOW = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
ORIGIN = Origin("S", NOW)
V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
BOTH_2X = pytest.mark.parametrize("version", [V201, V21])


def read(version, action, payload):
    served = ROUTES[version][action]
    decoded = served.decoder.decode(json.dumps(payload).encode())
    return served.route.read(decoded.value, ORIGIN)


def write(version, action, reply):
    """The reply as a station sees it; checked against the official schema."""
    body = decode.encode(ROUTES[version][action].route.write(reply))
    assert decode.validate(version, action, "Response", body) == ()
    return json.loads(body)


def test_1_6_boot():
    event = read(
        V16,
        "BootNotification",
        {
            "chargePointVendor": "V",
            "chargePointModel": "M",
            "chargeBoxSerialNumber": "B1",
            "firmwareVersion": "1.2",
        },
    )

    assert (event.vendor, event.model, event.serial_number) == ("V", "M", "B1")
    assert event.firmware_version == "1.2"


@BOTH_2X
def test_2_x_boot(version):
    event = read(
        version,
        "BootNotification",
        {
            "reason": "PowerUp",
            "chargingStation": {"vendorName": "V", "model": "M", "modem": {"iccid": "8949"}},
        },
    )

    assert (event.vendor, event.model, event.iccid, event.reason) == ("V", "M", "8949", "PowerUp")


@pytest.mark.parametrize("version", OcppVersion)
@pytest.mark.parametrize("registration", Registration)
def test_boot_is_answered_in_every_version(version, registration):
    body = write(version, "BootNotification", BootReply(registration, NOW, 300))

    assert body == {
        "status": registration.value.capitalize(),
        "currentTime": "2026-05-01T12:00:00.123Z",
        "interval": 300,
    }


@pytest.mark.parametrize("version", OcppVersion)
def test_heartbeat_is_answered_with_utc_and_milliseconds(version):
    assert write(version, "Heartbeat", NOW) == {"currentTime": "2026-05-01T12:00:00.123Z"}


@pytest.mark.parametrize(
    ("word", "status", "charging_state"),
    [
        ("Available", ConnectorStatus.AVAILABLE, None),
        ("Preparing", ConnectorStatus.OCCUPIED, ChargingState.PREPARING),
        ("Charging", ConnectorStatus.OCCUPIED, ChargingState.CHARGING),
        ("SuspendedEV", ConnectorStatus.OCCUPIED, ChargingState.SUSPENDED_EV),
        ("SuspendedEVSE", ConnectorStatus.OCCUPIED, ChargingState.SUSPENDED_EVSE),
        ("Finishing", ConnectorStatus.OCCUPIED, ChargingState.FINISHING),
        ("Reserved", ConnectorStatus.RESERVED, None),
        ("Unavailable", ConnectorStatus.UNAVAILABLE, None),
        ("Faulted", ConnectorStatus.FAULTED, None),
    ],
)
def test_1_6_status_in_2_x_words(word, status, charging_state):
    event = read(
        V16, "StatusNotification", {"connectorId": 2, "errorCode": "NoError", "status": word}
    )

    assert (event.where, event.status) == (Connector(2, 1), status)
    assert (event.charging_state, event.reported) == (charging_state, word)
    assert event.error_code is None
    assert (event.at, event.clock_trusted) == (NOW, False)


def test_1_6_connector_0_is_the_station():
    payload = {"connectorId": 0, "errorCode": "GroundFailure", "status": "Faulted"}

    event = read(V16, "StatusNotification", payload)

    assert (event.where, event.error_code) == (Scope.STATION, "GroundFailure")


@BOTH_2X
def test_2_x_status(version):
    event = read(
        version,
        "StatusNotification",
        {
            "timestamp": "2026-05-01T11:59:59Z",
            "connectorStatus": "Occupied",
            "evseId": 2,
            "connectorId": 3,
        },
    )

    assert (event.where, event.status) == (Connector(2, 3), ConnectorStatus.OCCUPIED)


ALL_STATUSES_16 = {
    AuthorizationStatus.ACCEPTED: "Accepted",
    AuthorizationStatus.BLOCKED: "Blocked",
    AuthorizationStatus.CONCURRENT_TX: "ConcurrentTx",
    AuthorizationStatus.EXPIRED: "Expired",
    AuthorizationStatus.INVALID: "Invalid",
    AuthorizationStatus.NO_CREDIT: "Blocked",
    AuthorizationStatus.UNKNOWN: "Invalid",
}


@pytest.mark.parametrize(("status", "word"), ALL_STATUSES_16.items())
def test_statuses_that_1_6_lacks_are_told_in_its_words(status, word):
    reply = Authorization(status, "GROUP", NOW)

    assert write(V16, "Authorize", reply)["idTagInfo"] == {
        "status": word,
        "parentIdTag": "GROUP",
        "expiryDate": "2026-05-01T12:00:00.123Z",
    }


@BOTH_2X
@pytest.mark.parametrize("status", AuthorizationStatus)
def test_authorize_is_answered_in_2_x(version, status):
    body = write(version, "Authorize", Authorization(status, "GROUP"))

    assert body["idTokenInfo"]["groupIdToken"] == {"idToken": "GROUP", "type": "Central"}


@pytest.mark.parametrize(("version", "longest"), [(V16, 20), (V201, 36), (V21, 255)])
def test_a_group_too_long_for_the_version_is_left_out(version, longest):
    accepted = AuthorizationStatus.ACCEPTED
    body = write(version, "Authorize", Authorization(accepted, "G" * longest))
    without = write(version, "Authorize", Authorization(accepted, "G" * (longest + 1)))

    assert "G" * longest in json.dumps(body)
    assert "GGG" not in json.dumps(without)


def test_1_6_start():
    event = read(
        V16,
        "StartTransaction",
        {
            "connectorId": 2,
            "idTag": "Abc",
            "meterStart": 1234,
            "timestamp": "2026-05-01T11:00:00+02:00",
            "reservationId": 5,
        },
    )

    assert event.kind is Kind.STARTED
    assert (event.station_ref, event.ref_is_ours) == (None, True)
    assert (event.evse_id, event.connector_id, event.reservation_id) == (2, 1, 5)
    assert (event.token, event.register) == (IdToken("Abc"), Decimal(1234))
    assert event.at == datetime(2026, 5, 1, 9, tzinfo=UTC)


def test_1_6_start_is_answered_with_id_and_tag_info():
    reply = TransactionReply("17", Authorization(AuthorizationStatus.INVALID))

    assert write(V16, "StartTransaction", reply) == {
        "idTagInfo": {"status": "Invalid"},
        "transactionId": 17,
    }


@pytest.mark.parametrize(("wire", "ref"), [(17, "17"), (0, None), (-1, None)])
def test_1_6_stop_names_a_transaction_only_by_a_positive_id(wire, ref):
    event = read(
        V16,
        "StopTransaction",
        {"transactionId": wire, "meterStop": 9, "timestamp": "2026-05-01T11:00:00Z"},
    )

    assert (event.kind, event.station_ref, event.register) == (Kind.ENDED, ref, Decimal(9))
    assert event.token is None


@pytest.mark.parametrize(
    ("reason", "word"),
    [("PowerLoss", "PowerLoss"), ("HardReset", "ImmediateReset"), ("UnlockCommand", "Other")],
)
def test_1_6_stop_reasons_in_2_x_words(reason, word):
    event = read(
        V16,
        "StopTransaction",
        {
            "transactionId": 1,
            "meterStop": 9,
            "timestamp": "2026-05-01T11:00:00Z",
            "reason": reason,
        },
    )

    assert event.stop_reason == word


def test_1_6_stop_is_answered_with_tag_info_only_when_a_tag_was_given():
    assert write(V16, "StopTransaction", TransactionReply("1", None)) == {}


def test_1_6_meter_values_with_the_defaults_of_the_specification():
    event = read(
        V16,
        "MeterValues",
        {
            "connectorId": 1,
            "transactionId": 17,
            "meterValue": [
                {
                    "timestamp": "2026-05-01T11:00:00Z",
                    "sampledValue": [
                        {"value": "1000"},
                        {"value": "1.5", "unit": "kWh"},
                        {"value": "7.2", "measurand": "Power.Active.Import", "unit": "kW"},
                        {"value": "DEADBEEF", "format": "SignedData"},
                    ],
                }
            ],
        },
    )

    assert (event.evse_id, event.station_ref) == (1, "17")
    assert [(s.value, s.unit) for s in event.samples] == [
        (Decimal(1000), "Wh"),
        (Decimal(1500), "Wh"),
        (Decimal(7200), "W"),
        (None, "Wh"),
    ]
    assert event.samples[3].raw == "DEADBEEF"
    assert [s.is_register for s in event.samples] == [True, True, False, False]


@BOTH_2X
def test_2_x_meter_values(version):
    event = read(
        version,
        "MeterValues",
        {
            "evseId": 0,
            "meterValue": [
                {
                    "timestamp": "2026-05-01T11:00:00Z",
                    "sampledValue": [
                        {"value": 1.25, "unitOfMeasure": {"unit": "kWh", "multiplier": 1}},
                        {"value": 3},
                    ],
                }
            ],
        },
    )

    assert event.evse_id is None
    assert [(s.value, s.unit) for s in event.samples] == [
        (Decimal(12500), "Wh"),
        (Decimal(3), "Wh"),
    ]


@BOTH_2X
def test_2_x_transaction_event(version):
    event = read(
        version,
        "TransactionEvent",
        {
            "eventType": "Started",
            "timestamp": "2026-05-01T11:00:00Z",
            "triggerReason": "Authorized",
            "seqNo": 0,
            "transactionInfo": {"transactionId": "tx-1", "chargingState": "Charging"},
            "evse": {"id": 1, "connectorId": 2},
            "idToken": {"idToken": "ABC", "type": "ISO14443"},
            "meterValue": [
                {
                    "timestamp": "2026-05-01T11:00:00Z",
                    "sampledValue": [{"value": 100, "context": "Transaction.Begin"}],
                }
            ],
        },
    )

    assert (event.kind, event.station_ref, event.ref_is_ours) == (Kind.STARTED, "tx-1", False)
    assert (event.evse_id, event.connector_id, event.seq_no) == (1, 2, 0)
    assert event.token == IdToken("ABC", "ISO14443")
    assert event.charging_state is ChargingState.CHARGING
    assert event.samples[0].context == "Transaction.Begin"


@BOTH_2X
def test_2_x_transaction_event_is_answered_about_the_token_if_there_was_one(version):
    told = TransactionReply("tx-1", Authorization(AuthorizationStatus.CONCURRENT_TX))

    assert write(version, "TransactionEvent", told) == {"idTokenInfo": {"status": "ConcurrentTx"}}
    assert write(version, "TransactionEvent", TransactionReply("tx-1", None)) == {}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-05-01T11:00:00Z", datetime(2026, 5, 1, 11, tzinfo=UTC)),
        ("2026-05-01T11:00:00.1234567Z", datetime(2026, 5, 1, 11, 0, 0, 123456, tzinfo=UTC)),
        ("2026-05-01T11:00:00+02:00", datetime(2026, 5, 1, 9, tzinfo=UTC)),
        ("2026-05-01T11:00:00+02", datetime(2026, 5, 1, 9, tzinfo=UTC)),
        ("2026-05-01t11:00:00z", datetime(2026, 5, 1, 11, tzinfo=UTC)),
        ("2026-05-01T11:00:00", datetime(2026, 5, 1, 11, tzinfo=UTC)),
        (" 2026-05-01 11:00:00Z ", datetime(2026, 5, 1, 11, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_however_a_station_writes_it(text, at):
    assert read_moment(text, ORIGIN) == (at, True)


@pytest.mark.parametrize(
    "text", [None, "", "yesterday", "1970-01-01T00:00:00Z", "2031-01-01T00:00:00Z", "0001-01-01"]
)
def test_a_time_that_cannot_be_is_replaced_by_ours(text):
    assert read_moment(text, ORIGIN) == (NOW, False)


def test_times_are_written_in_utc_with_milliseconds_and_z():
    assert write_moment(NOW) == "2026-05-01T12:00:00.123Z"


@pytest.mark.parametrize("version", OcppVersion)
def test_every_served_action_is_one_that_stations_initiate(version):
    assert set(ROUTES[version]) <= decode.station_actions(version)
