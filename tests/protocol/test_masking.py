"""What nobody may read is masked before it is stored."""

import json

import pytest

from voltaro.protocol.masking import mask, mask_all, mask_stray, masked_tree


def test_a_key_code_never_reaches_the_journal():
    frame = '[2,"1","Authorize",{"idToken":{"idToken":"1234","type":"KeyCode"}}]'

    masked = mask(frame)

    assert "1234" not in masked
    assert json.loads(masked)[3]["idToken"] == {"idToken": "***", "type": "KeyCode"}


def test_an_escape_does_not_hide_a_key_code():
    frame = r'[2,"1","Authorize",{"idToken":{"idToken":"1234","type":"Key\u0043ode"}}]'

    assert "1234" not in mask(frame)


def test_a_broken_frame_with_a_key_code_is_masked_whole():
    assert mask('[2,"1","Authorize",{"idToken":"1234","type":"KeyCode"') == "***"


def test_a_frame_without_secrets_stays_as_it_came():
    frame = '[2, "1", "Heartbeat", {} ]'

    assert mask(frame) is frame


@pytest.mark.parametrize(
    "entry",
    [
        {
            "variable": {"name": "Pin"},
            "variableAttribute": [{"value": "4711", "mutability": "WriteOnly"}],
        },
        {"variable": {"name": "BasicAuthPassword"}, "variableAttribute": [{"value": "4711"}]},
        {"variable": {"name": "VendorPin"}, "variableAttribute": [{"value": "4711"}]},
    ],
    ids=["write only", "a password", "looks like a secret"],
)
def test_what_a_report_should_not_have_told_never_reaches_the_journal(entry):
    frame = json.dumps([2, "1", "NotifyReport", {"reportData": [entry]}])

    assert "4711" not in mask(frame)
    assert "***" in mask(frame)


@pytest.mark.parametrize(
    "payload",
    [
        {"setVariableData": [{"attributeValue": "4711", "variable": {"name": "VpnPassword"}}]},
        {"setVariableData": [{"attributeValue": "4711", "variable": {"name": "SIMPIN"}}]},
        {"connectionData": {"basicAuthPassword": "4711"}},
        {"connectionData": {"apn": {"apnPassword": "4711", "simPin": 4711}}},
        {"connectionData": {"vpn": {"user": "u", "password": "4711", "key": "4711"}}},
    ],
)
def test_what_a_station_connects_with_is_masked(payload):
    assert "4711" not in str(masked_tree(payload))


def test_what_a_call_says_is_secret_is_masked():
    frame = '[2,"1","SetVariables",{"setVariableData":[{"attributeValue":"4711"}]}]'

    assert "4711" not in mask_all(frame, {"4711"})
    assert mask_all(frame, {"4712"}) == frame


def test_an_event_does_not_tell_a_secret():
    event = {"actualValue": "4711", "variable": {"name": "SharedSecret"}}

    assert "4711" not in mask(json.dumps([2, "1", "NotifyEvent", {"eventData": [event]}]))


def test_a_variable_that_can_only_be_written_is_masked_by_its_name():
    result = {"attributeValue": "4711", "variable": {"name": " Phrase"}}

    assert "4711" not in mask_all(json.dumps([3, "1", {"a": [result]}]), hidden={"phrase"})
    assert "4711" in mask_all(json.dumps([3, "1", {"a": [result]}]), hidden={"other"})


SECRETS = [
    '{"configurationKey":[{"key":"AuthorizationKey","readonly":false,"value":"4711"}]',
    '{"configurationKey":[{"readonly":false,"value":"4711","key":"WifiPassword"}]',
    '{"getVariableResult":[{"attributeValue":"4711","variable":{"name":"BasicAuthPassword"}}]',
    '{"connectionData":{"vpn":{"user":"u","password":"4711"}}',
    '{"location":"ftp://voltaro:4711@files.example/log"',
]


@pytest.mark.parametrize("payload", SECRETS)
@pytest.mark.parametrize("end", ["}]", "", "]]]"], ids=["JSON", "cut off", "broken"])
def test_an_answer_to_no_call_keeps_no_secret(payload, end):
    masked = mask_stray(f'[3,"1",{payload}{end}')

    assert "4711" not in masked
    assert "***" in masked


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        '[3,"1",{"configurationKey":[{"key":"HeartbeatInterval","value":"300"}]}]',
        '[3,"1",{"configurationKey":[{"key":"HeartbeatInterval","value":"300"}',
        '[2,"1","TransactionEvent",{"idToken":{"idToken":"A1","type":"Central"}',
        "[" * 5_000,
    ],
)
def test_garbage_without_secrets_is_kept_as_it_came(text):
    assert mask_stray(text) == text
