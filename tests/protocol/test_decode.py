"""What a payload that breaks its schema becomes: a repaired value with remarks, or one code."""

from decimal import Decimal

import msgspec
import pytest

from voltaro.protocol.decode import Deviation, decoder, encode, validate
from voltaro.protocol.errors import ErrorCode, RpcError
from voltaro.protocol.normalise.faults import Fault
from voltaro.protocol.schemas import actions, station_actions
from voltaro.protocol.versions import OcppVersion
from voltaro.protocol.wire import v16, v21

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
FORMAT = ErrorCode.FORMAT_VIOLATION
MISSING = ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION
TYPE = ErrorCode.TYPE_CONSTRAINT_VIOLATION
PROPERTY = ErrorCode.PROPERTY_CONSTRAINT_VIOLATION

STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}
START = {
    "connectorId": 1,
    "idTag": "A1",
    "meterStart": 1200,
    "timestamp": "2026-01-01T00:00:00Z",
}
EVENT = {
    "eventType": "Updated",
    "timestamp": "2026-01-01T00:00:00Z",
    "triggerReason": "MeterValuePeriodic",
    "seqNo": 4,
    "transactionInfo": {"transactionId": "t"},
}


def decode(model, version, payload, *, strict=False):
    raw = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    return decoder(model, version).decode(raw, strict=strict)


def status(**changes):
    return decode(v16.StatusNotificationRequest, V16, STATUS | changes)


def start(**changes):
    return decode(v16.StartTransactionRequest, V16, START | changes)


def reading(value, version=V201):
    """The payload of a TransactionEvent with one sampled value, as text of JSON."""
    event = msgspec.json.encode(EVENT)[:-1].decode()
    sample = f'{{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{{"value":{value}}}]}}'
    text = f'{event},"meterValue":[{sample}]}}'
    decoded = decode(v21.TransactionEventRequest, version, text.encode())
    return decoded.value.meter_value[0].sampled_value[0].value, decoded.deviations


def pointers(decoded):
    return [(found.pointer, found.code) for found in decoded.deviations]


def refusal(model, version, payload, *, strict=False):
    with pytest.raises(RpcError) as caught:
        decode(model, version, payload, strict=strict)
    assert len(caught.value.description) <= 255
    return caught.value.code


def test_a_valid_payload_has_no_deviations():
    decoded = status(timestamp="2026-01-01T00:00:00Z", info="")

    assert decoded.deviations == ()
    assert decoded.value == v16.StatusNotificationRequest(
        connector_id=1,
        error_code="NoError",
        status="Charging",
        timestamp="2026-01-01T00:00:00Z",
        info="",
    )


def test_unknown_error_code_is_kept_as_the_station_wrote_it():
    decoded = status(errorCode="Error")

    assert decoded.value.error_code == "Error"
    assert decoded.deviations == (
        Deviation("/errorCode", PROPERTY, "not one of the allowed values", Fault.UNKNOWN_WORD),
    )


def test_too_long_serial_numbers_are_stored_in_full():
    boot = {"chargePointVendor": "V" * 21, "chargePointModel": "M", "iccid": "1" * 30}
    decoded = decode(v16.BootNotificationRequest, V16, boot)

    assert decoded.value.charge_point_vendor == "V" * 21
    assert decoded.value.iccid == "1" * 30
    assert pointers(decoded) == [("/chargePointVendor", PROPERTY), ("/iccid", PROPERTY)]


def test_unknown_properties_are_left_out_and_named():
    decoded = status(firmware="x", zeta=1)

    assert decoded.value == status().value
    assert pointers(decoded) == [("/firmware", FORMAT), ("/zeta", FORMAT)]


@pytest.mark.parametrize("nothing", [None, "", "  ", {}])
def test_an_optional_number_without_content_counts_as_absent(nothing):
    payload = {"connectorId": 1, "transactionId": nothing, "meterValue": []}
    if nothing == {}:
        assert refusal(v16.MeterValuesRequest, V16, payload) is TYPE
        return
    decoded = decode(v16.MeterValuesRequest, V16, payload)

    assert decoded.value.transaction_id is None
    assert pointers(decoded) == [("/transactionId", TYPE), ("/meterValue", MISSING)]


def test_an_optional_null_is_remarked_on_even_when_all_else_fits():
    decoded = status(info=None)

    assert decoded.value.info is None
    assert pointers(decoded) == [("/info", TYPE)]


def test_the_word_null_in_a_text_is_no_deviation():
    assert status(info="null").deviations == ()


def test_empty_sampled_values_are_tolerated():
    values = [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": []}]
    decoded = decode(v16.MeterValuesRequest, V16, {"connectorId": 1, "meterValue": values})

    assert decoded.value.meter_value[0].sampled_value == []
    assert pointers(decoded) == [("/meterValue/0/sampledValue", MISSING)]


def test_celcius_and_celsius_reach_the_reader_as_text():
    sample = {"value": "21", "unit": "Kelvins"}
    values = [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [sample]}]
    decoded = decode(v16.MeterValuesRequest, V16, {"connectorId": 1, "meterValue": values})

    assert decoded.value.meter_value[0].sampled_value[0].unit == "Kelvins"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("12", 12),
        (" 12 ", 12),
        ("12.0", 12),
        ("12,0", 12),
        (12.0, 12),
        (1200.5, 1200),
        (1201.5, 1202),
        ("1.2e3", 1200),
        ("-7", -7),
    ],
)
def test_a_meter_reading_that_is_no_integer_is_still_read(sent, read):
    decoded = start(meterStart=sent)

    assert decoded.value.meter_start == read
    assert type(decoded.value.meter_start) is int
    assert pointers(decoded) == [("/meterStart", TYPE)]


@pytest.mark.parametrize(
    "garbage", ["", "x", "12 kWh", "1_0", "0x5", "NaN", "Infinity", "1,2,3", "١٢", True, [], {}]
)
def test_a_meter_reading_that_is_no_number_is_refused(garbage):
    assert refusal(v16.StartTransactionRequest, V16, START | {"meterStart": garbage}) is TYPE


def test_numbers_where_text_belongs_keep_their_digits():
    value = b'{"connectorId":1,"meterValue":[{"timestamp":"t","sampledValue":[{"value":230.10}]}]}'
    decoded = decode(v16.MeterValuesRequest, V16, value)

    assert decoded.value.meter_value[0].sampled_value[0].value == "230.10"
    assert start(idTag=12345678).value.id_tag == "12345678"


@pytest.mark.parametrize("sent", [True, "true", " True ", 1, "1"])
def test_booleans_in_other_clothes_are_read(sent):
    entry = {"key": "K", "readonly": sent, "value": False}
    decoded = decode(v16.GetConfigurationResponse, V16, {"configurationKey": [entry]})

    assert decoded.value.configuration_key[0].readonly is True
    assert decoded.value.configuration_key[0].value == "false"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("230.10", "230.10"),
        ("0", "0"),
        ("16", "16"),
        ("1.5e3", "1.5E+3"),
        ("12345678901234567.89", "12345678901234567.89"),
    ],
)
def test_readings_of_2_x_are_exact(sent, read):
    value, deviations = reading(sent)

    assert str(value) == read
    assert isinstance(value, Decimal)
    assert deviations == ()


@pytest.mark.parametrize("sent", ['"230.1"', '" 230.1"', '"230,1"'])
def test_readings_of_2_x_in_quotes_are_read_and_remarked_on(sent):
    value, deviations = reading(sent)

    assert value == Decimal("230.1")
    assert [found.pointer for found in deviations] == ["/meterValue/0/sampledValue/0/value"]


@pytest.mark.parametrize(
    "sent", ['"NaN"', '"Infinity"', '"-sNaN1"', '"1_0"', '""', "true", "[]", "{}"]
)
def test_readings_that_are_no_numbers_never_get_in(sent):
    with pytest.raises(RpcError) as caught:
        reading(sent)
    assert caught.value.code is TYPE


@pytest.mark.parametrize("sent", ["null"])
def test_readings_that_are_null_are_missing(sent):
    with pytest.raises(RpcError) as caught:
        reading(sent)
    assert caught.value.code is MISSING


@pytest.mark.parametrize(
    "sent", ["1e999", "-1e999", "1e99999999", "1e-99", "1e99999999999999999999"]
)
def test_numbers_that_would_blow_up_arithmetic_are_refused(sent):
    event = msgspec.json.encode(EVENT)[:-1] + b',"numberOfPhasesUsed":' + sent.encode() + b"}"
    for strict in (False, True):
        code = refusal(v21.TransactionEventRequest, V201, event, strict=strict)
        assert code in {PROPERTY, FORMAT, TYPE}
    with pytest.raises(RpcError) as caught:
        reading(sent)
    assert caught.value.code in {PROPERTY, FORMAT}


def test_escaped_property_names_do_not_hide_a_reading_in_quotes():
    event = msgspec.json.encode(EVENT)[:-1].decode()
    sample = '{"timestamp":"t","sampledValue":[{"\\u0076alue":"NaN"}]}'

    payload = f'{event},"meterValue":[{sample}]}}'.encode()

    assert refusal(v21.TransactionEventRequest, V201, payload) is TYPE


def test_integers_beyond_64_bits_are_refused_as_no_integers():
    for huge in (2**63, -(2**63) - 1, 10**40):
        payload = msgspec.json.encode(START).replace(b"1200", str(huge).encode())
        assert refusal(v16.StartTransactionRequest, V16, payload) is TYPE
    assert start(meterStart=2**63 - 1).deviations == ()


def test_true_is_no_integer():
    assert refusal(v16.StatusNotificationRequest, V16, STATUS | {"connectorId": True}) is TYPE


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": ...}, MISSING),
        ({"status": None}, MISSING),
        ({"connectorId": "one"}, TYPE),
        ({"status": ["Charging"]}, TYPE),
        ({"info": {}}, TYPE),
    ],
)
def test_what_cannot_be_repaired_has_one_code(changes, code):
    payload = {key: value for key, value in (STATUS | changes).items() if value is not ...}

    assert refusal(v16.StatusNotificationRequest, V16, payload) is code


def test_the_first_unreadable_property_in_schema_order_decides():
    payload = {"status": 5, "connectorId": "x"}

    with pytest.raises(RpcError) as caught:
        decode(v16.StatusNotificationRequest, V16, payload)

    assert caught.value.description == "/connectorId: not of type integer"


@pytest.mark.parametrize(
    "payload", [b"5", b'"x"', b"true", b"null", b"[1]", b"{", b"", b"{}x", b"\xff"]
)
def test_payloads_that_are_no_object_are_a_format_violation(payload):
    for strict in (False, True):
        code = refusal(v16.HeartbeatRequest, V16, payload, strict=strict)
        assert code is FORMAT


def test_an_empty_list_for_an_empty_payload_is_tolerated():
    decoded = decode(v16.HeartbeatRequest, V16, b"[]")

    assert decoded.value == v16.HeartbeatRequest()
    assert decoded.deviations == (
        Deviation("", FORMAT, "payload is not an object", Fault.NOT_AN_OBJECT),
    )


def test_deep_nesting_is_a_format_violation():
    deep = b'{"vendorId":"v","data":' + b"[" * 100_000 + b"]" * 100_000 + b"}"

    assert refusal(v21.DataTransferRequest, V21, deep) is FORMAT
    assert refusal(v21.DataTransferRequest, V21, deep, strict=True) is FORMAT
    shallower = b'{"vendorId":5,"data":' + b"[" * 400 + b"]" * 400 + b"}"
    assert decode(v21.DataTransferRequest, V21, shallower).deviations


def test_remarks_never_repeat_what_was_sent():
    secret = "hunter2" * 20
    payload = STATUS | {"info": secret, "errorCode": secret, "vendorId": {"a": secret}}

    with pytest.raises(RpcError) as caught:
        decode(v16.StatusNotificationRequest, V16, payload)
    del payload["vendorId"]
    decoded = decode(v16.StatusNotificationRequest, V16, payload)

    assert decoded.deviations
    assert "hunter2" not in repr(decoded.deviations) + caught.value.description


def test_names_of_unknown_properties_are_escaped_and_cut():
    decoded = status(**{"a/b~" + "x" * 100: 1})

    assert decoded.deviations[0].pointer == "/a~1b~0" + "x" * 60


def test_custom_data_without_vendor_is_remarked_on_and_kept():
    decoded = decode(v21.HeartbeatRequest, V21, {"customData": {"a": 1.5}})

    assert decoded.value.custom_data == {"a": 1.5}
    assert pointers(decoded) == [("/customData/vendorId", MISSING)]
    assert decode(v21.HeartbeatRequest, V21, {"customData": {"vendorId": "v"}}).deviations == ()


def test_custom_data_that_is_no_object_never_costs_a_message():
    decoded = decode(v21.HeartbeatRequest, V21, {"customData": "x"})

    assert decoded.value.custom_data is None
    assert pointers(decoded) == [("/customData", TYPE)]


def test_free_form_data_holds_floats_however_it_was_read():
    clean = decode(v21.DataTransferRequest, V21, {"vendorId": "v", "data": {"a": [1.5]}})
    repaired = decode(v21.DataTransferRequest, V21, {"vendorId": 5, "data": {"a": [1.5]}})

    assert type(clean.value.data["a"][0]) is type(repaired.value.data["a"][0]) is float


def test_repaired_objects_are_of_the_exact_type():
    decoded = decode(
        v21.TransactionEventRequest, V201, EVENT | {"evse": {"id": "1"}, "idToken": {}, "x": 1}
    )

    assert type(decoded.value) is v21.TransactionEventRequest
    assert type(decoded.value.evse) is v21.EVSEType
    assert decoded.value.evse.id == 1
    assert decoded.value.id_token is None


def test_strict_refuses_the_first_deviation_in_schema_order():
    payload = {"zeta": 1, "status": "Odd", "connectorId": 1, "errorCode": 5, "info": "x" * 51}

    assert refusal(v16.StatusNotificationRequest, V16, payload, strict=True) is TYPE
    payload["errorCode"] = "NoError"
    assert refusal(v16.StatusNotificationRequest, V16, payload, strict=True) is PROPERTY
    payload |= {"status": "Available", "info": ""}
    assert refusal(v16.StatusNotificationRequest, V16, payload, strict=True) is FORMAT
    del payload["zeta"]
    assert decode(v16.StatusNotificationRequest, V16, payload, strict=True).deviations == ()


def test_strict_2_0_1_refuses_what_only_2_1_knows():
    payload = EVENT | {"costDetails": {}}

    assert refusal(v21.TransactionEventRequest, V201, payload, strict=True) is FORMAT


def test_null_in_strict_is_a_wrong_type():
    payload = STATUS | {"info": None}

    assert refusal(v16.StatusNotificationRequest, V16, payload, strict=True) is TYPE


def test_every_version_has_decoders_for_its_own_messages_only():
    for action in actions(V201):
        assert decoder(v21.REQUESTS[action], V201).action == action
    with pytest.raises(ValueError, match="BatterySwap"):
        decoder(v21.BatterySwapRequest, V201)


def test_answers_are_written_compactly_in_schema_order_without_null():
    answer = v16.BootNotificationResponse(
        interval=300, current_time="2026-01-01T00:00:00.000Z", status="Accepted"
    )

    assert encode(answer) == (
        b'{"status":"Accepted","currentTime":"2026-01-01T00:00:00.000Z","interval":300}'
    )
    assert encode(v16.HeartbeatRequest()) == b"{}"


@pytest.mark.parametrize("text", ["8.1", "16", "0.10", "1E+3"])
def test_decimals_are_written_as_numbers(text):
    period = v16.ChargingSchedulePeriod(start_period=0, limit=Decimal(text))

    assert encode(period) == b'{"startPeriod":0,"limit":' + text.encode() + b"}"


def test_limits_with_one_decimal_are_valid_and_with_two_are_not():
    def profile(limit):
        period = v16.ChargingSchedulePeriod(start_period=0, limit=Decimal(limit))
        schedule = v16.ChargingSchedule(charging_rate_unit="A", charging_schedule_period=[period])
        request = v16.SetChargingProfileRequest(
            connector_id=1,
            cs_charging_profiles=v16.ChargingProfile(
                charging_profile_id=1,
                stack_level=0,
                charging_profile_purpose="TxProfile",
                charging_profile_kind="Absolute",
                charging_schedule=schedule,
            ),
        )
        return validate(V16, "SetChargingProfile", "Request", encode(request))

    for tenths in range(1000):
        assert profile(f"{tenths / 10:.1f}") == ()
    assert [found.code for found in profile("8.15")] == [PROPERTY]


def test_outbound_checks_tell_what_is_wrong():
    assert validate(V16, "Reset", "Request", {"type": "Hard"}) == ()
    assert validate(V16, "Reset", "Request", b'{"type":"OnIdle"}') == (
        Deviation("/type", PROPERTY, "not one of the allowed values", Fault.UNKNOWN_WORD),
    )
    assert validate(V16, "Reset", "Request", b'{"type":NaN}')[0].code is FORMAT
    for action, kind in (("NoSuch", "Request"), ("NotifyPeriodicEventStream", "Response")):
        with pytest.raises(KeyError):
            validate(V21, action, kind, b"{}")


def test_who_may_ask_what():
    assert "Reset" in actions(V16) - station_actions(V16)
    assert "TransactionEvent" in station_actions(V201)
    assert "NotifyPeriodicEventStream" in station_actions(V21) - actions(V201)
    assert "Nonsense" not in actions(V21)
