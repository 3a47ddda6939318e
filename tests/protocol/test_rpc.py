"""Frames: what each kind of garbage gets as an answer, in each version."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.protocol import rpc
from voltaro.protocol.errors import ErrorCode, RpcError, read_code, wire_code
from voltaro.protocol.normalise import json_text
from voltaro.protocol.versions import SUBPROTOCOLS, OcppVersion, negotiate

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
NOTHING = None
DEEP = "[" * 100_000 + "]" * 100_000

# Answers: NOTHING, or the id and code of a CALLERROR.
UNREADABLE = {V16: NOTHING, V201: ("-1", "RpcFrameworkError"), V21: ("-1", "RpcFrameworkError")}
SYNTAX = {
    V16: ("i", "FormationViolation"),
    V201: ("i", "FormatViolation"),
    V21: ("i", "FormatViolation"),
}
UNKNOWN_TYPE = {V16: NOTHING, V201: ("i", "MessageTypeNotSupported"), V21: NOTHING}
IGNORED = {V16: NOTHING, V201: NOTHING, V21: NOTHING}

GARBAGE = {
    "not json": ("pong", UNREADABLE),
    "empty text": ("", UNREADABLE),
    "an object": ('{"a":1}', UNREADABLE),
    "a bare number": ("5", UNREADABLE),
    "null": ("null", UNREADABLE),
    "empty array": ("[]", UNREADABLE),
    "deep nesting": (DEEP, UNREADABLE),
    "deep nesting, never closed": ("[" * 100_000, UNREADABLE),
    "only a message type": ("[2]", UNREADABLE),
    "numeric id": ('[2,5,"Heartbeat",{}]', UNREADABLE),
    "null id": ('[2,null,"Heartbeat",{}]', UNREADABLE),
    "list as id": ('[2,["i"],"Heartbeat",{}]', UNREADABLE),
    "id of 256 characters": (f'[2,"{"x" * 256}","Heartbeat",{{}}]', UNREADABLE),
    "id with half a surrogate pair": ('[2,"\\ud800","Heartbeat",{}]', UNREADABLE),
    "message type in quotes": ('["2","i","Heartbeat",{}]', UNREADABLE),
    "message type with a fraction": ('[2.0,"i","Heartbeat",{}]', UNREADABLE),
    "message type true": ('[true,"i"]', UNREADABLE),
    "message type null": ('[null,"i"]', UNREADABLE),
    "nothing after the id": ('[2,"i"]', SYNTAX),
    "action missing": ('[2,"i",{}]', SYNTAX),
    "action in a list": ('[2,"i",["Heartbeat"],{}]', SYNTAX),
    "action null": ('[2,"i",null,{}]', SYNTAX),
    "five elements": ('[2,"i","Heartbeat",{},{}]', SYNTAX),
    "properties at array level": ('[2,"i","StatusNotification",{},"status","Available"]', SYNTAX),
    "NaN": ('[2,"i","A",{"a":NaN}]', SYNTAX),
    "colon missing": ('[2,"i","StopTransaction",{"transactionId" 7,"meterStop":5}]', SYNTAX),
    "cut off": ('[2,"i","BootNotification",{"chargePointVendor":"V', SYNTAX),
    "text after the frame": ('[2,"i","Heartbeat",{}] ok', SYNTAX),
    "deep payload": (f'[2,"i","A",{DEEP}]', SYNTAX),
    "raw half of a surrogate pair": ('[2,"i","A",{"a":"\ud800"}]', SYNTAX),
    "unknown message type": ('[7,"i",{}]', UNKNOWN_TYPE),
    "negative message type": ('[-1,"i",{}]', UNKNOWN_TYPE),
    "huge message type": (f'[{"9" * 40},"i",{{}}]', UNKNOWN_TYPE),
    "unknown message type, cut off": ('[7,"i",{', UNKNOWN_TYPE),
    "unknown message type without id": (
        "[7]",
        {V16: NOTHING, V201: ("-1", "MessageTypeNotSupported"), V21: NOTHING},
    ),
    "result error": ('[5,"i","X","",{}]', UNKNOWN_TYPE),
    "send": ('[6,"i","NotifyPeriodicEventStream",{}]', UNKNOWN_TYPE),
    "damaged send": ('[6,"i",5]', UNKNOWN_TYPE),
    "answer without id": ("[3]", IGNORED),
    "answer with numeric id": ("[3,5,{}]", IGNORED),
    "answer cut off": ('[3,"i",{"configurationKey":[]', IGNORED),
    "error with numeric id": ('[4,5,"GenericError","",{}]', IGNORED),
    "error cut off": ('[4,"i","GenericError', IGNORED),
}  # fmt: skip


@pytest.mark.parametrize("version", list(OcppVersion))
@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_is_answered_as_the_version_says(kind, version):
    text, answers = GARBAGE[kind]
    frame = rpc.parse(text, version)

    answer = rpc.answer(frame, version) if isinstance(frame, rpc.Malformed) else None

    assert answered(answer) == answers[version]


def answered(text):
    if text is None:
        return NOTHING
    kind, message_id, code, description, details = json.loads(text)
    assert kind == 4
    assert 0 < len(description) <= 255
    assert details == {}
    return message_id, code


@pytest.mark.parametrize("version", list(OcppVersion))
def test_regular_frames_are_read(version):
    call = rpc.parse('[2,"i","Heartbeat",{ "a" : 1 }]', version)

    assert call == rpc.Call("i", "Heartbeat", b'{ "a" : 1 }')
    assert rpc.parse(' [3, "i", {}] ', version) == rpc.CallResult("i", b"{}")
    error = rpc.parse('[4,"i","NotSupported","no",{"a":1}]', version)
    assert isinstance(error, rpc.CallError)
    assert (error.code, error.description) == (ErrorCode.NOT_SUPPORTED, "no")
    assert (error.details, error.wire_code, error.flaws) == (b'{"a":1}', "NotSupported", ())


def test_2_1_knows_sends_and_result_errors():
    send = rpc.parse('[6,"i","NotifyPeriodicEventStream",{}]', V21)
    error = rpc.parse('[5,"i","TypeConstraintViolation","bad",{}]', V21)

    assert send == rpc.Send("i", "NotifyPeriodicEventStream", b"{}")
    assert isinstance(error, rpc.CallResultError)
    assert error.code is ErrorCode.TYPE_CONSTRAINT_VIOLATION


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ('[2,"i","Heartbeat",null]', rpc.NULL_PAYLOAD),
        ('[2,"i","Heartbeat"]', rpc.NO_PAYLOAD),
        ('\ufeff[2,"i","Heartbeat",{}]', rpc.BYTE_ORDER_MARK),
    ],
)
def test_a_heartbeat_is_understood_although(text, flaw):
    assert rpc.parse(text, V16) == rpc.Call("i", "Heartbeat", b"{}", (flaw,))


def test_ids_longer_than_36_are_echoed_and_remarked_on():
    fitting = rpc.parse(f'[2,"{"x" * 36}","Heartbeat",{{}}]', V16)
    longer = rpc.parse(f'[2,"{"x" * 37}","Heartbeat",{{}}]', V16)
    longest = rpc.parse(f'[2,"{"x" * 255}","Heartbeat",{{}}]', V16)

    assert isinstance(fitting, rpc.Call)
    assert isinstance(longer, rpc.Call)
    assert isinstance(longest, rpc.Call)
    assert fitting.flaws == ()
    assert longer.flaws == longest.flaws == (rpc.LONG_ID,)
    assert len(longest.message_id) == 255


@pytest.mark.parametrize("text", ['[3,"i"]', '[3,"i",null]', '[3,"i",{},{}]', '[3,"i",{},"x",5]'])
def test_an_answer_with_a_readable_id_still_counts(text):
    frame = rpc.parse(text, V16)

    assert isinstance(frame, rpc.CallResult)
    assert (frame.message_id, frame.payload) == ("i", b"{}")
    assert frame.flaws


@pytest.mark.parametrize(
    "text",
    ['[4,"i"]', '[4,"i",null,null,null]', '[4,"i",5,"",{}]', '[4,"i","Odd","",[]]', '[4,"i","X"]'],
)
def test_an_incomplete_error_still_refuses_the_call(text):
    frame = rpc.parse(text, V21)

    assert isinstance(frame, rpc.CallError)
    assert (frame.message_id, frame.code, frame.details) == ("i", ErrorCode.GENERIC_ERROR, b"{}")
    assert frame.flaws == (rpc.INCOMPLETE_ERROR,)


def test_a_damaged_answer_says_whose_it_is():
    frame = rpc.parse('[3,"i",{"configurationKey":[]', V16)

    assert frame == rpc.Malformed("i", None, "not valid JSON", is_reply=True, is_result=True)


def test_payload_of_any_json_type_is_left_to_the_decoder():
    assert rpc.parse('[2,"i","Heartbeat",[]]', V16) == rpc.Call("i", "Heartbeat", b"[]")
    assert rpc.parse(f'[2,"i","A",{"9" * 9999}]', V16) == rpc.Call("i", "A", b"9" * 9999)


def test_frames_are_written_compactly():
    assert rpc.call("i", "Reset", b'{"type":"Hard"}') == '[2,"i","Reset",{"type":"Hard"}]'
    assert rpc.call_result("i", b"{}") == '[3,"i",{}]'
    assert rpc.send("i", "X", b"{}") == '[6,"i","X",{}]'
    assert (
        rpc.call_result_error("i", ErrorCode.FORMAT_VIOLATION, "é", {"a": 1})
        == '[5,"i","FormatViolation","é",{"a":1}]'
    )


def test_a_long_description_is_cut_to_255():
    text = rpc.call_error("i", ErrorCode.INTERNAL_ERROR, "x" * 300, version=V16)

    assert json.loads(text) == [4, "i", "InternalError", "x" * 255, {}]


def test_hostile_ids_are_echoed_as_valid_json():
    text = rpc.call_error('a"],[\\', ErrorCode.NOT_SUPPORTED, version=V16)

    assert json.loads(text)[1] == 'a"],[\\'


def test_codes_have_the_spelling_of_their_version():
    assert wire_code(ErrorCode.FORMAT_VIOLATION, V16) == "FormationViolation"
    assert wire_code(ErrorCode.FORMAT_VIOLATION, V201) == "FormatViolation"
    occurrence = ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION
    assert wire_code(occurrence, V16) == "OccurenceConstraintViolation"
    assert wire_code(occurrence, V21) == "OccurrenceConstraintViolation"
    for text in ("OccurenceConstraintViolation", "OccurrenceConstraintViolation"):
        assert read_code(text) is occurrence
    assert read_code("Whatever") is ErrorCode.GENERIC_ERROR
    for code in ErrorCode:
        assert read_code(wire_code(code, V201)) is code
        assert wire_code(code, V16) in CODES_OF_1_6


#: 1.6 has no RpcFrameworkError and no MessageTypeNotSupported (OCPP-J 1.6 §4.2.3).
CODES_OF_1_6 = {
    "FormationViolation",
    "GenericError",
    "InternalError",
    "NotImplemented",
    "NotSupported",
    "OccurenceConstraintViolation",
    "PropertyConstraintViolation",
    "ProtocolError",
    "SecurityError",
    "TypeConstraintViolation",
}


def test_an_error_has_details_even_when_none_are_given():
    assert RpcError(ErrorCode.GENERIC_ERROR).details == {}


def test_the_clients_first_known_subprotocol_wins():
    assert negotiate(["ocpp0.1", "ocpp1.6"]) is V16
    assert negotiate(["ocpp2.1", "ocpp2.0.1", "ocpp1.6"]) is V21
    assert negotiate(["ocpp1.6", "ocpp2.1"]) is V16
    assert negotiate(["OCPP1.6", "ocpp1.6 ", "ocpp2.0", ""]) is None
    assert negotiate([]) is None
    assert {"ocpp1.6", "ocpp2.0.1", "ocpp2.1"} == SUBPROTOCOLS


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\x00b", "a\ufffdb"),
        ("\\u0000", "\ufffd"),
        ("\\\\\\u0000", "\\\\\ufffd"),
        ("\\ud800x", "\ufffdx"),
        ("\\uD83D\\ud83d\\uDE00", "\ufffd\\ud83d\\uDE00"),
        ("\\udc00\\udc00", "\ufffd\ufffd"),
        ("\\u0041\\udc00", "\\u0041\ufffd"),
        ("\\u0000\\udc00", "\ufffd\ufffd"),
        ("\ud800é", "\ufffdé"),
    ],
)
def test_what_the_database_cannot_hold_is_replaced(text, cleaned):
    assert rpc.clean(text) == (cleaned, True)


@pytest.mark.parametrize(
    "text", ["", "plain", "é☃😀", "\\\\u0000", "\\ud83d\\ude00", "\\u00e9", "C:\\\\u", "\\u00"]
)
def test_what_the_database_can_hold_stays(text):
    assert rpc.clean(text) == (text, False)


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=8,
)
FRAMES = st.tuples(
    st.integers(-1, 8) | JSON, st.sampled_from(["i", "é", "\x00"]) | JSON, JSON, JSON
).map(list)


@given(ANY_TEXT | st.text('[]{}",:\\u02d8i 3456.eE-+', max_size=40))
def test_no_text_breaks_the_parser(text):
    for version in OcppVersion:
        check(rpc.parse(text, version), version)
        check(rpc.parse(f'[2,"i","A",{text}', version), version)


@given(JSON | FRAMES, st.booleans())
def test_no_json_breaks_the_parser(value, ascii_only):
    text = json.dumps(value, ensure_ascii=ascii_only)
    cleaned, _ = rpc.clean(text)
    for version in OcppVersion:
        check(rpc.parse(text, version), version)
        check(rpc.parse(cleaned, version), version)


def check(frame, version):
    """Everything that was read can be sent back as valid JSON."""
    if isinstance(frame, rpc.Malformed):
        answered(rpc.answer(frame, version))
    else:
        json.loads(rpc.call_error(frame.message_id, ErrorCode.GENERIC_ERROR, version=version))


@given(JSON, st.booleans())
def test_cleaned_json_is_the_same_json_without_the_unstorable(value, ascii_only):
    text = json.dumps(value, ensure_ascii=ascii_only, allow_nan=True)

    cleaned, changed = rpc.clean(text)

    cleaned.encode()
    assert "\x00" not in "".join(strings(json.loads(cleaned)))
    assert "".join(strings(json.loads(cleaned))).encode()
    assert changed == (cleaned != text)


def strings(value):
    yield "."
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield key
            yield from strings(child)
    elif isinstance(value, list):
        for child in value:
            yield from strings(child)


@pytest.mark.parametrize(
    ("payload", "repaired"),
    [
        ('{"transactionId":,"meterStop":5}', {"transactionId": None, "meterStop": 5}),
        ('{"meterStop":5,"transactionId": }', {"meterStop": 5, "transactionId": None}),
        ('{"a":1,}', {"a": 1}),
        ('{"a":1,,"b":2}', {"a": 1, "b": 2}),
        ('{"a":"one\ntwo\x01"}', {"a": "one\ntwo\x01"}),
        ('{"a":":,}","b":,"c":[{"d":}]}', {"a": ":,}", "b": None, "c": [{"d": None}]}),
    ],
)
def test_text_with_one_meaning_is_repaired_and_says_so(payload, repaired):
    frame = rpc.parse(f'[2,"i","A",{payload}]', V16)

    assert isinstance(frame, rpc.Call)
    assert json.loads(frame.payload) == repaired
    assert frame.flaws == (rpc.BROKEN_JSON,)


@given(st.text(alphabet='[]{}:,"\\ab1 \n', max_size=60))
def test_repairing_never_fails_and_never_touches_what_is_json(text):
    fixed = json_text.repaired(text)

    try:
        json.loads(text)
    except ValueError:
        assert fixed != text
    else:
        assert fixed is None
