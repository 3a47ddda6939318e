"""The generated types, the tolerant decoder and the `ocpp` package agree on what is valid."""

import keyword
import os
import random
import subprocess
import sys
from pathlib import Path

import jsonschema
import msgspec
import ocpp.messages
import pytest
from schema_payloads import faulty, messages, schema_of, valid

from voltaro.protocol import lenient, schemas
from voltaro.protocol.decode import decoder, encode, validate
from voltaro.protocol.errors import ErrorCode, RpcError
from voltaro.protocol.versions import OcppVersion
from voltaro.protocol.wire import Wire, v16, v21

ROOT = Path(__file__).resolve().parents[2]
#: Told by every failure; set the variable to see it again.
SEED = int(os.environ.get("TEST_SEED", random.SystemRandom().randrange(2**32)))
V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
#: Served on 2.0.1 connections with the types of 2.1.
HOT = (
    "Authorize",
    "BootNotification",
    "Heartbeat",
    "MeterValues",
    "StatusNotification",
    "TransactionEvent",
)


def model_of(version: OcppVersion, action: str, kind: str) -> type[Wire]:
    module = v16 if version is V16 else v21
    return (module.REQUESTS if kind == "Request" else module.RESPONSES)[action]


def ocpp_accepts(version: OcppVersion, action: str, kind: str, payload: object) -> bool:
    """The verdict of the `ocpp` package itself."""
    short = version.value.removeprefix("ocpp")
    if action in schemas.SENDS:  # it has the schema but cannot find it
        schema = schema_of(version, action, "Request")
        return jsonschema.Draft4Validator(schema).is_valid(payload)
    message = (
        ocpp.messages.Call("1", action, payload)
        if kind == "Request"
        else ocpp.messages.CallResult("1", payload, action)
    )
    try:
        ocpp.messages._validate_payload(message, short)
    except ocpp.messages.OCPPError:
        return False
    return True


def test_generated_modules_are_up_to_date():
    command = [sys.executable, str(ROOT / "tools" / "generate_wire.py"), "--check"]

    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("version", "count"), [(V16, 78), (V21, 181)])
def test_every_message_has_a_type(version, count):
    module = v16 if version is V16 else v21

    assert len(module.REQUESTS) + len(module.RESPONSES) == count
    assert set(module.REQUESTS) == schemas.actions(version)
    for action, kind in messages(version):
        assert model_of(version, action, kind).__name__ == f"{action}{kind}"


def test_a_station_may_initiate_only_actions_that_exist():
    for version in OcppVersion:
        assert schemas.station_actions(version) < schemas.actions(version)
    assert "RequestStartTransaction" not in schemas.station_actions(V201)


@pytest.mark.parametrize("version", [V16, V21])
def test_property_names_survive_in_schema_order(version):
    for action, kind in messages(version):
        schema = schema_of(version, action, kind)
        fields = msgspec.structs.fields(model_of(version, action, kind))
        assert [field.encode_name for field in fields] == list(schema.get("properties", {}))
        assert not any(keyword.iskeyword(field.name) for field in fields)


def test_three_phase_limits_of_2_1_keep_their_names():
    period = v21.ChargingSchedulePeriodType(start_period=0, limit_l2=6, setpoint_l3=1)

    assert encode(period) == b'{"startPeriod":0,"limit_L2":6,"setpoint_L3":1}'


@pytest.mark.parametrize("version", list(OcppVersion))
def test_our_verdict_is_the_ocpp_packages(version):
    """Valid: decoded without a remark. Invalid: remarked on or refused. For every message."""
    rng = random.Random(SEED)
    rounds = {"valid": 0, "invalid": 0}
    for action, kind in messages(version):
        decode = decoder(model_of(version, action, kind), version).decode
        schema = schema_of(version, action, kind)
        for attempt in range(12):
            payload = valid(rng, schema)
            if attempt % 3:
                payload = faulty(rng, payload)
            raw = msgspec.json.encode(payload)
            where = f"seed {SEED}: {version} {action}{kind} {raw!r}"
            expected = ocpp_accepts(version, action, kind, payload)
            rounds["valid" if expected else "invalid"] += 1

            assert schemas.is_valid(version, action, kind, payload) is expected, where
            assert (validate(version, action, kind, raw) == ()) is expected, where
            assert accepts(decode, raw, strict=True) is expected, where
            # On 2.0.1 the types of 2.1 also take what 2.1 added.
            if expected or version is not V201:
                assert accepts(decode, raw, strict=False) is expected, where
    assert min(rounds.values()) > 100, rounds


def accepts(decode, raw, *, strict):
    try:
        return decode(raw, strict=strict).deviations == ()
    except RpcError:
        return False


@pytest.mark.parametrize("version", [V16, V21])
def test_valid_payloads_come_back_the_same(version):
    rng = random.Random(SEED)
    for action, kind in messages(version):
        payload = valid(rng, schema_of(version, action, kind))
        raw = msgspec.json.encode(payload)

        value = decoder(model_of(version, action, kind), version).decode(raw, strict=True).value

        assert msgspec.json.decode(encode(value)) == payload, f"seed {SEED}: {action}{kind}"
        tolerated = lenient.read(type(value), lenient.decode(raw))
        assert tolerated == value, f"seed {SEED}: {action}{kind}"


@pytest.mark.parametrize("action", HOT)
def test_2_0_1_requests_fit_the_types_of_2_1(action):
    """Exactly, unless a value is out of a range or length that only 2.1 knows."""
    rng = random.Random(SEED)
    exact = msgspec.json.Decoder(v21.REQUESTS[action])
    tolerant = decoder(v21.REQUESTS[action], V201)
    schema = schema_of(V201, action, "Request")
    fitting = 0
    for _ in range(100):
        payload = valid(rng, schema)
        raw = msgspec.json.encode(payload)
        narrower = {found.code for found in schemas.deviations(V21, action, "Request", payload)}

        assert narrower <= {ErrorCode.PROPERTY_CONSTRAINT_VIOLATION}, f"seed {SEED}: {raw!r}"
        assert tolerant.decode(raw).deviations == (), f"seed {SEED}: {raw!r}"
        if not narrower:
            fitting += 1
            exact.decode(raw)
    assert fitting > 0


def test_2_1_only_narrows_ranges_lengths_and_one_requirement_of_2_0_1():
    """What makes types of 2.1 fit payloads of 2.0.1: nothing was renamed, removed or retyped."""
    found = {
        (kind, path.rpartition("/")[2])
        for action, side in messages(V201)
        for kind, path in narrowings(schema_of(V201, action, side), schema_of(V21, action, side))
    }

    assert {kind for kind, _ in found} <= {"minimum", "maximum", "maxLength", "type", "required"}
    assert {path for kind, path in found if kind == "required"} == {"eventNotificationType"}
    assert {path for kind, path in found if kind == "type"} == INTEGERS_THAT_BECAME_NUMBERS
    assert list(v21.RELAXED) == ["VariableMonitoringType"]


INTEGERS_THAT_BECAME_NUMBERS = {
    "energyAmount",
    "evEnergyCapacity",
    "evMaxCurrent",
    "evMaxPower",
    "evMaxVoltage",
    "evMinCurrent",
}


def narrowings(old, new):
    """Where `new` refuses what `old` allows."""

    def walk(before, after, path):
        before, after = resolve(before, old), resolve(after, new)
        if before.get("type") != after.get("type"):
            yield "type", path
        if set(before.get("enum", ())) - set(after.get("enum", before.get("enum", ()))):
            yield "enum", path
        for limit, sign in LIMITS:
            if limit in after and (
                limit not in before or sign * (after[limit] - before[limit]) < 0
            ):
                yield limit, path
        for name in set(after.get("required", ())) - set(before.get("required", ())):
            yield "required", f"{path}/{name}"
        for name, child in before.get("properties", {}).items():
            if name in after.get("properties", {}):
                yield from walk(child, after["properties"][name], f"{path}/{name}")
            elif "properties" in after:
                yield "removed", f"{path}/{name}"
        if "items" in before:
            yield from walk(before["items"], after["items"], path)

    return walk(old, new, "")


LIMITS = (("maxLength", 1), ("maximum", 1), ("maxItems", 1), ("minimum", -1), ("minItems", -1))


def resolve(node, root):
    return root["definitions"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node


@pytest.mark.parametrize("action", HOT)
def test_answers_written_with_the_types_of_2_1_are_valid_in_2_0_1(action):
    """As long as they keep to what 2.0.1 has; the rest is listed in the next test."""
    rng = random.Random(SEED)
    schema = schema_of(V201, action, "Response")
    for _ in range(60):
        raw = msgspec.json.encode(valid(rng, schema))
        answer = msgspec.json.decode(raw, type=v21.RESPONSES[action])

        assert validate(V201, action, "Response", encode(answer)) == ()


def test_what_2_1_added_to_these_answers():
    added = {}
    for action in HOT:
        known = schema_of(V201, action, "Response")["properties"]
        names = [field.encode_name for field in msgspec.structs.fields(v21.RESPONSES[action])]
        if new := [name for name in names if name not in known]:
            added[action] = new

    assert added == {
        "Authorize": ["allowedEnergyTransfer", "tariff"],
        "TransactionEvent": ["transactionLimit", "updatedPersonalMessageExtra"],
    }


def test_2_0_1_values_outside_a_range_of_2_1_are_no_deviation():
    status = (
        b'{"timestamp":"2026-01-01T00:00:00Z","connectorStatus":"Available",'
        b'"evseId":-1,"connectorId":1}'
    )

    decoded = decoder(v21.StatusNotificationRequest, V201).decode(status, strict=True)

    assert decoded.deviations == ()
    assert decoded.value.evse_id == -1
    assert decoder(v21.StatusNotificationRequest, V21).decode(status).deviations[0].pointer == (
        "/evseId"
    )


def test_2_0_1_monitoring_reports_lack_what_2_1_requires_and_are_read():
    monitoring = b'{"id":1,"transaction":false,"value":5.5,"type":"Delta","severity":2}'
    payload = (
        b'{"requestId":1,"seqNo":0,"generatedAt":"2026-01-01T00:00:00Z","monitor":[{"component":'
        b'{"name":"EVSE"},"variable":{"name":"Power"},"variableMonitoring":[' + monitoring + b"]}]}"
    )

    older = decoder(v21.NotifyMonitoringReportRequest, V201).decode(payload, strict=True)

    assert older.value.monitor[0].variable_monitoring[0].event_notification_type is None
    with pytest.raises(RpcError) as refused:
        decoder(v21.NotifyMonitoringReportRequest, V21).decode(payload, strict=True)
    assert refused.value.code is ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION
    assert decoder(v21.NotifyMonitoringReportRequest, V21).decode(payload).deviations
