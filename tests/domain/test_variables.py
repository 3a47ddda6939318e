"""Variables by name, keys of 1.6, and passwords that nobody is locked out by."""

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voltaro.domain.credentials import Passwords, PasswordStep, stepped
from voltaro.domain.variables import PASSWORD, Named, Variable, is_credential
from voltaro.protocol.commands import Unspeakable
from voltaro.protocol.masking import masked_tree
from voltaro.protocol.v16.configuration_keys import _STANDARD, key_of, variable_of

OLD, NEW, NEWER = b"old", b"new", b"newer"
OFFERED, TAKEN, REFUSED, PROVEN = PasswordStep


@pytest.mark.parametrize(
    ("key", "component", "name", "instance"),
    [
        ("HeartbeatInterval", "OCPPCommCtrlr", "HeartbeatInterval", None),
        ("ConnectionTimeOut", "TxCtrlr", "EVConnectionTimeOut", None),
        ("MeterValuesSampledData", "SampledDataCtrlr", "TxUpdatedMeasurands", None),
        ("AuthorizationKey", "SecurityCtrlr", "BasicAuthPassword", None),
        ("GetConfigurationMaxKeys", "DeviceDataCtrlr", "ItemsPerMessage", "GetVariables"),
        ("NumberOfConnectors", "Ocpp16", "NumberOfConnectors", None),
        ("wlan_ssid", "Ocpp16", "wlan_ssid", None),
    ],
)
def test_a_key_is_a_variable_and_that_variable_is_the_key(key, component, name, instance):
    variable = variable_of(key)

    assert variable == Variable(component=component, name=name, instance=instance)
    assert key_of(Named(variable=variable)) == key


def test_no_two_keys_are_the_same_variable():
    assert len({variable.identity for variable in _STANDARD.values()}) == len(_STANDARD)


@pytest.mark.parametrize(
    "spelling", ["heartbeatinterval", "HEARTBEATINTERVAL", " HeartBeatInterval "]
)
def test_case_and_spaces_do_not_make_another_variable(spelling):
    """Quirk Q36."""
    assert variable_of(spelling) == variable_of("HeartbeatInterval")


def test_vendor_keys_in_other_case_are_one_variable_in_two_spellings():
    assert variable_of("Wlan_SSID").identity == variable_of("wlan_ssid").identity


def test_the_spelling_of_the_station_goes_before_the_standard_one():
    named = Named(variable=variable_of("HeartbeatInterval"), key="HeartBeatInterval")

    assert key_of(named) == "HeartBeatInterval"


def test_what_1_6_has_no_key_for_is_said_so():
    with pytest.raises(Unspeakable, match=r"TariffCostCtrlr\.Currency"):
        key_of(Named(variable=Variable(component="TariffCostCtrlr", name="Currency")))
    with pytest.raises(Unspeakable):
        key_of(Named(variable=Variable(component="Ocpp16", name="X", evse_id=1)))


def test_parts_of_a_name_do_not_run_into_each_other():
    one = Variable(component="A", name="B", instance="C")
    another = Variable(component="A", name="B", component_instance="C")

    assert one.identity != another.identity


@pytest.mark.parametrize(
    "name", ["AuthorizationKey", "authorizationKEY ", "BasicAuthPassword", PASSWORD.name]
)
def test_what_is_a_credential_is_masked_in_messages_too(name):
    assert is_credential(name)
    assert masked_tree({"key": name, "value": "s3cret"})["value"] == "***"


@pytest.mark.parametrize(
    "name",
    [
        "WifiPassword",
        "SharedSecret[1]",
        "ApiKey",
        "IdToken",
        "vendor.admin_pin",
        "PINCode",
        "ADMINPASSWORD",
        "MasterKey2",
        "Pin",
    ],
)
def test_what_looks_like_a_secret_is_one(name):
    assert is_credential(name)


@pytest.mark.parametrize(
    "name",
    [
        "FiscalMetering.PublicKey",
        "MeterPublicKey[1]",
        "PublicKeyWithSignedMeterValue",
        "Pinned",
        "WebSocketPingInterval",
        "TokenType",
        "SupportedIdTokenType",
        "GetConfigurationMaxKeys",
        "CsmsRootCertificateIssuerKeyHash",
        "MonkeyCount",
        "HeartbeatInterval",
        "PasswordLength",
        "",
    ],
)
def test_what_only_sounds_like_a_secret_is_none(name):
    assert not is_credential(name)


@pytest.mark.parametrize(
    ("before", "step", "hashed", "after"),
    [
        (Passwords(OLD), OFFERED, NEW, Passwords(OLD, (NEW,))),
        (Passwords(OLD, (NEW,)), REFUSED, NEW, Passwords(OLD)),
        (Passwords(OLD, (NEW,)), TAKEN, NEW, Passwords(OLD, (NEW,))),
        (Passwords(OLD, (NEW,)), PROVEN, NEW, Passwords(NEW)),
        # two in a row
        (Passwords(OLD, (NEW, NEWER)), TAKEN, NEWER, Passwords(OLD, (NEWER,))),
        (Passwords(OLD, (NEW, NEWER)), PROVEN, NEW, Passwords(NEW, (NEWER,))),
        (Passwords(OLD, (NEW, NEWER)), PROVEN, NEWER, Passwords(NEWER)),
        (Passwords(OLD, (NEW, NEWER)), REFUSED, NEWER, Passwords(OLD, (NEW,))),
        # the same one again, since the first answer was lost: the first may have been taken
        (Passwords(OLD, (NEW, NEW)), REFUSED, NEW, Passwords(OLD, (NEW,))),
        # it logged in with it before it answered
        (Passwords(NEW), TAKEN, NEW, Passwords(NEW)),
        (Passwords(NEW), REFUSED, NEW, Passwords(NEW)),
        # an operator set another one before it answered
        (Passwords(OLD), TAKEN, NEW, Passwords(OLD, (NEW,))),
        (Passwords(OLD), REFUSED, NEW, Passwords(OLD)),
        (Passwords(OLD), PROVEN, NEW, Passwords(OLD)),
        # it had none
        (Passwords(None), OFFERED, NEW, Passwords(None, (NEW,))),
        (Passwords(None, (NEW,)), TAKEN, NEW, Passwords(NEW)),
    ],
)
def test_a_step_of_a_new_password(before, step, hashed, after):
    assert stepped(before, step, hashed) == after


#: An offer of one of a few passwords: does the station take it, after how many more offers does its
#: answer arrive (None: never), and does it boot, or only reconnect, before the next one?
_OFFERS = st.lists(
    st.tuples(
        st.sampled_from([b"a", b"b", b"c"]),
        st.booleans(),
        st.sampled_from([0, 1, 2, None]),
        st.sampled_from(["boots", "reconnects", "stays"]),
    ),
    max_size=8,
)


@settings(max_examples=1000)
@given(_OFFERS, st.booleans())
def test_whatever_is_lost_the_station_gets_in_with_what_it_has(offers, at_boot):
    """A station keeps what it takes, and uses it at once or (`at_boot`) from its next boot on."""
    passwords = Passwords(OLD)
    uses = keeps = OLD
    answers: deque[tuple[int, PasswordStep, bytes]] = deque()
    for number, (offered, takes, delay, then) in enumerate(offers):
        passwords = stepped(passwords, OFFERED, offered)
        if takes:
            keeps = offered
        if delay is not None:
            answers.append((number + delay, TAKEN if takes else REFUSED, offered))
        while answers and answers[0][0] <= number:
            _, step, answered = answers.popleft()
            passwords = stepped(passwords, step, answered)
        if not at_boot or then == "boots":
            uses = keeps
        assert uses in {passwords.current, *passwords.offered}
        if then != "stays":
            answers.clear()  # what was not said on the old connection is not said any more
            passwords = stepped(passwords, PROVEN, uses)
            assert uses in {passwords.current, *passwords.offered}
