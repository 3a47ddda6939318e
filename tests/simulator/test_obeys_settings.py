"""Configuration, tokens, triggers and vendor messages of a 1.6 station, heard by another library."""

import asyncio
import base64
from datetime import timedelta

import pytest
from ocpp.exceptions import OccurenceConstraintViolationError
from ocpp.v16 import call

from voltaro.testing import wire_time
from voltaro.testing.scenario import is_accepted


async def changes(central, key, value):
    return (await central.calls(call.ChangeConfiguration(key=key, value=value))).status


async def reads(central, *keys):
    answer = await central.calls(call.GetConfiguration(key=list(keys) or None))
    return {each["key"]: each for each in answer.configuration_key or []}, answer.unknown_key


async def test_all_settings_are_told_when_none_is_named(central, obedient):
    settings, unknown = await reads(central)

    assert unknown is None
    assert len(settings) > 30
    assert settings["NumberOfConnectors"] == {
        "key": "NumberOfConnectors", "readonly": True, "value": "2",
    }  # fmt: skip
    assert "value" not in settings["AuthorizationKey"]


async def test_settings_are_found_in_any_case_and_unknown_ones_named(central, obedient):
    settings, unknown = await reads(central, "heartbeatINTERVAL", "Nonsense")

    assert settings["HeartbeatInterval"]["value"] == "300"
    assert unknown == ["Nonsense"]


async def test_more_keys_than_allowed_are_a_call_error(central, obedient):
    obedient.controller.configuration["GetConfigurationMaxKeys"] = "2"

    with pytest.raises(OccurenceConstraintViolationError):
        await reads(central, "HeartbeatInterval", "CpoName", "ResetRetries")
    assert len((await reads(central, "HeartbeatInterval", "CpoName"))[0]) == 2


async def test_a_change_is_kept_over_resets(central, obedient):
    assert await changes(central, "MeterValueSampleInterval", "45") == "Accepted"

    await central.calls(call.Reset(type="Soft"))
    await central.hears("SecurityEventNotification")

    settings, _ = await reads(central, "MeterValueSampleInterval")
    assert settings["MeterValueSampleInterval"]["value"] == "45"


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("NumberOfConnectors", "9", "Rejected"),
        ("HeartbeatInterval", "often", "Rejected"),
        ("HeartbeatInterval", "0", "Rejected"),
        ("LocalPreAuthorize", "maybe", "Rejected"),
        ("MeterValuesSampledData", "Energy.Active.Import.Register,Speed", "Rejected"),
        ("MeterValuesSampledData", "Power.Active.Import", "Accepted"),
        ("AuthorizationKey", "secret", "Rejected"),
        ("AuthorizationKey", "00" * 21, "Rejected"),
        ("Nonsense", "1", "NotSupported"),
    ],
)
async def test_a_change_is_judged(central, obedient, key, value, status):
    before, _ = await reads(central, "NumberOfConnectors", "HeartbeatInterval")

    assert await changes(central, key, value) == status

    assert (await reads(central, "NumberOfConnectors", "HeartbeatInterval"))[0] == before


async def test_some_changes_take_effect_with_the_next_reset(central, obedient):
    assert await changes(central, "WebSocketPingInterval", "30") == "RebootRequired"
    settings, _ = await reads(central, "WebSocketPingInterval")
    assert settings["WebSocketPingInterval"]["value"] == "0"

    await central.calls(call.Reset(type="Soft"))
    await central.hears("SecurityEventNotification")

    settings, _ = await reads(central, "WebSocketPingInterval")
    assert settings["WebSocketPingInterval"]["value"] == "30"
    assert obedient.link._socket.ping_interval == 30


async def test_it_logs_in_with_its_new_password_at_once(central, obedient):
    secret = bytes(range(0x70, 0x84))

    assert await changes(central, "AuthorizationKey", secret.hex()) == "Accepted"
    event = await central.hears("SecurityEventNotification")

    old, new = (base64.b64decode(each.removeprefix("Basic ")) for each in central.authorizations)
    assert old == b"CP-1:first-password-of-it"
    assert new == b"CP-1:" + secret
    assert event["type"] == "ReconfigurationOfSecurityParameters"
    assert secret.hex() not in str(central.heard)


async def test_heartbeats_follow_a_changed_interval(central, obedient):
    keeping = asyncio.create_task(obedient.stays_connected())
    await asyncio.wait_for(obedient.up.wait(), 5)
    obedient.beats_every(10**6)
    await obedient.heartbeats()
    assert central.actions().count("Heartbeat") == 1

    assert await changes(central, "HeartbeatInterval", "6") == "Accepted"
    await central.hears_often("Heartbeat", 4)

    keeping.cancel()


async def test_the_cache_is_cleared_where_there_is_one(central, obedient):
    await obedient.authorizes("04A1")
    assert "04a1" in obedient.controller.tokens.cache

    assert (await central.calls(call.ClearCache())).status == "Accepted"
    assert obedient.controller.tokens.cache == {}
    await changes(central, "AuthorizationCacheEnabled", "false")
    assert (await central.calls(call.ClearCache())).status == "Rejected"


@pytest.mark.parametrize(
    ("vendor", "message", "data", "status", "said"),
    [
        ("Voltaro", "Echo", "hello", "Accepted", "hello"),
        ("Voltaro", "Refuse", "hello", "Rejected", None),
        ("Voltaro", "Other", "hello", "UnknownMessageId", None),
        ("Nobody", "Echo", "hello", "UnknownVendorId", None),
    ],
)
async def test_data_transfers_have_four_ends(
    central, obedient, vendor, message, data, status, said
):
    obedient.controller.vendor.known["Voltaro"]["Refuse"] = lambda _: None

    answer = await central.calls(call.DataTransfer(vendor, message, data))

    assert (answer.status, answer.data) == (status, said)


@pytest.mark.parametrize(
    "message",
    [
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "StatusNotification",
    ],
)
async def test_each_message_can_be_triggered(central, obedient, message):
    central.forget()

    answer = await central.calls(call.TriggerMessage(requested_message=message, connector_id=1))
    await central.hears(message)

    assert answer.status == "Accepted"
    assert central.actions() == [message]


@pytest.mark.parametrize(
    ("message", "heard"),
    [
        ("BootNotification", "BootNotification"),
        ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"),
        ("Heartbeat", "Heartbeat"),
        ("LogStatusNotification", "LogStatusNotification"),
        ("MeterValues", "MeterValues"),
        ("StatusNotification", "StatusNotification"),
    ],
)
async def test_each_message_of_the_security_extension_can_be_triggered(
    central, obedient, message, heard
):
    answer = await central.calls(call.ExtendedTriggerMessage(requested_message=message))
    payload = await central.hears(heard)

    assert answer.status == "Accepted"
    assert payload.get("status") in {None, "Idle", "Available"}


async def test_a_trigger_without_connector_is_about_all(central, obedient):
    central.forget()
    await central.calls(call.TriggerMessage(requested_message="StatusNotification"))
    await central.hears("StatusNotification", connectorId=2)
    await central.calls(call.TriggerMessage(requested_message="MeterValues"))
    await central.hears("MeterValues", connectorId=2)

    assert central.told("StatusNotification", "connectorId") == [0, 1, 2]
    assert central.told("MeterValues", "connectorId") == [1, 2]


async def test_triggered_meter_values_name_the_transaction(central, obedient):
    await obedient.starts(1, "04A1", register_wh=500)

    await central.calls(call.TriggerMessage(requested_message="MeterValues", connector_id=1))
    values = await central.hears("MeterValues")

    assert values["transactionId"] == 101
    assert {each["context"] for each in values["meterValue"][0]["sampledValue"]} == {"Trigger"}


async def test_triggers_that_mean_nothing_are_refused(central, obedient):
    for request in (call.TriggerMessage, call.ExtendedTriggerMessage):
        answer = await central.calls(request(requested_message="Heartbeat", connector_id=8))
        assert answer.status == "Rejected"


ENTRIES = [
    {"id_tag": "04A1", "id_tag_info": {"status": "Accepted", "parent_id_tag": "FLEET"}},
    {"id_tag": "04A2", "id_tag_info": {"status": "Blocked"}},
]


async def sends_list(central, version, kind="Full", entries=ENTRIES):
    request = call.SendLocalList(
        list_version=version, update_type=kind, local_authorization_list=entries
    )
    return (await central.calls(request)).status


async def list_version(central):
    return (await central.calls(call.GetLocalListVersion())).list_version


async def test_a_full_list_replaces_and_a_differential_one_changes(central, obedient):
    assert await list_version(central) == 0
    assert await sends_list(central, 5) == "Accepted"

    change = [{"id_tag": "04A1"}, {"id_tag": "04A3", "id_tag_info": {"status": "Accepted"}}]
    assert await sends_list(central, 6, "Differential", change) == "Accepted"

    assert await list_version(central) == 6
    assert sorted(obedient.controller.tokens.local_list) == ["04a2", "04a3"]
    assert await sends_list(central, 2, entries=None) == "Accepted"
    assert obedient.controller.tokens.local_list == {}


async def test_a_differential_list_must_be_newer(central, obedient):
    await sends_list(central, 5)

    assert await sends_list(central, 5, "Differential") == "VersionMismatch"
    assert await list_version(central) == 5


@pytest.mark.parametrize(
    "entries",
    [
        [ENTRIES[0], {**ENTRIES[0], "id_tag": "04a1"}],
        [{"id_tag": "04A1"}],
        [{**ENTRIES[0], "id_tag": f"{n}"} for n in range(4)],
    ],
    ids=["a token twice", "an entry that says nothing", "too many at once"],
)
async def test_a_list_that_cannot_be_used_changes_nothing(central, obedient, entries):
    obedient.controller.configuration["SendLocalListMaxLength"] = "3"

    assert await sends_list(central, 5, entries=entries) == "Failed"
    assert await list_version(central) == 0


async def test_a_list_may_not_grow_over_its_limit(central, obedient):
    obedient.controller.configuration["LocalAuthListMaxLength"] = "2"
    await sends_list(central, 1)

    more = [{"id_tag": "04A3", "id_tag_info": {"status": "Accepted"}}]

    assert await sends_list(central, 2, "Differential", more) == "Failed"


async def test_a_station_without_list_says_so(central, obedient):
    await changes(central, "LocalAuthListEnabled", "false")

    assert await list_version(central) == -1
    assert await sends_list(central, 1) == "NotSupported"


async def test_the_list_decides_offline_and_outlives_a_reset(central, obedient):
    old = {"status": "Accepted", "expiry_date": wire_time(obedient.clock.now() - timedelta(days=1))}
    await sends_list(central, 5, entries=[*ENTRIES, {"id_tag": "04A4", "id_tag_info": old}])
    await central.calls(call.Reset(type="Soft"))
    await central.hears("SecurityEventNotification")
    await changes(central, "AllowOfflineTxForUnknownId", "false")

    await obedient.drop()

    tokens = ("04a1", "04A2", "04A4", "04A9")
    assert [await is_accepted(obedient, each) for each in tokens] == [True, False, False, False]


async def test_a_listed_token_needs_no_authorization_where_it_is_set_so(central, obedient):
    await sends_list(central, 5)
    await changes(central, "LocalPreAuthorize", "true")
    central.forget()

    assert await is_accepted(obedient, "04A1")
    assert central.actions() == []
    await is_accepted(obedient, "04A2")
    assert central.actions() == ["Authorize"]
