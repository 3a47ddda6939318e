"""A station gets a new password: it is never locked out, and nobody ever sees the password."""

import asyncio
import io
import json

import asyncpg
import pytest
import structlog
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.edge.commands.conftest import Operator
from tests.edge.conftest import V16, basic, eventually, running
from tests.system.server_process import server_process
from voltaro.log import set_up_logging

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD = "the-old-password"
NEW = "00112233445566778899aabbccddeeffDEADBEEF"
NEWER = "ff" * 20


@pytest.fixture(scope="module")
def settings():
    return {"command_timeout_s": 1}


def forms(key):
    """What stations send of a key that is configured in hex (quirk Q9)."""
    return {"its bytes": bytes.fromhex(key), "its text": key, "in capitals": key.upper()}


async def lets_in(operator, station_id, password):
    """Whether a station with this password is let in."""
    try:
        await logs_in(operator, station_id, password)
    except InvalidStatus as refused:
        if refused.response.status_code != 401:
            raise
        return False
    return True


async def logs_in(operator, station_id, password):
    return await operator.answering(station_id, additional_headers=basic(station_id, password))


async def secured(operator, password=OLD, **more):
    """A station with a password, connected with it."""
    station_id = await operator.server.station(security_profile=1, password=password, **more)
    return await logs_in(operator, station_id, password)


async def sets(operator, station, key=NEW, door="typed"):
    """The state of the command that sets the key."""
    if door == "raw":
        payload = {"key": "AuthorizationKey", "value": key}
        await operator.raw(station.id, "ChangeConfiguration", payload)
        (command, *_) = await operator.server.items("/api/v1/commands", station_id=station.id)
    else:
        change = {"name": "AuthorizationKey", "value": key}
        command = await operator.asks(station.id, "set_variables", wait=10, variables=[change])
    return command["state"]


async def is_the_only_one(operator, station_id, password, *others):
    """Wait until the password is the only one: whoever logs in with it decides that."""
    await logs_in(operator, station_id, password)
    for other in others:
        await eventually(lambda other=other: lets_in(operator, station_id, other), lambda x: not x)
    assert await lets_in(operator, station_id, password)


# -- accepted


@pytest.mark.parametrize("form", ["its bytes", "its text", "in capitals"])
@pytest.mark.parametrize("door", ["typed", "raw"])
@pytest.mark.parametrize(
    ("status", "state"), [("Accepted", "accepted"), ("RebootRequired", "reboot_required")]
)
async def test_the_old_password_is_over_when_the_station_comes_with_the_new_one(
    operator, form, door, status, state
):
    station = await secured(operator)
    station.on["ChangeConfiguration"] = {"status": status}

    assert await sets(operator, station, door=door) == state
    assert await lets_in(operator, station.id, OLD), "it may change over at its next boot"

    await is_the_only_one(operator, station.id, forms(NEW)[form], OLD)


async def test_the_new_password_is_valid_before_the_station_answers(operator):
    station = await secured(operator)
    station.on["ChangeConfiguration"] = None
    setting = asyncio.create_task(sets(operator, station))
    await station.is_asked("ChangeConfiguration")

    assert await lets_in(operator, station.id, bytes.fromhex(NEW))

    await setting


async def test_a_station_that_reconnects_before_it_answers_keeps_the_new_password(operator):
    """Its answer, which never comes, or comes on the new connection, changes nothing."""
    station = await secured(operator)
    station.on["ChangeConfiguration"] = None
    setting = asyncio.create_task(sets(operator, station))
    message_id, _ = await station.is_asked("ChangeConfiguration")

    again = await logs_in(operator, station.id, bytes.fromhex(NEW))
    await again.says([3, message_id, {"status": "Accepted"}])
    await setting

    await is_the_only_one(operator, station.id, bytes.fromhex(NEW), OLD)


async def test_a_station_by_others_rotates_its_password(operator):
    keys = []

    class Official(ChargePoint):
        @on("ChangeConfiguration")
        def on_change(self, key, value):
            keys.append((key, value))
            return call_result.ChangeConfiguration("Accepted")

    station_id = await operator.server.station(security_profile=1, password=OLD)
    socket = await operator.server.connects(station_id, additional_headers=basic(station_id, OLD))
    listening = asyncio.create_task(Official(station_id, socket.socket).start())
    command = await operator.asks(station_id, "rotate_password", wait=10)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)

    assert (command["state"], command["arguments"]) == ("accepted", {})
    ((key, value),) = keys
    assert key == "AuthorizationKey"
    assert len(bytes.fromhex(value)) == 20
    await is_the_only_one(operator, station_id, bytes.fromhex(value), OLD)


async def test_each_rotation_makes_another_password(operator):
    station = await secured(operator)
    station.on["ChangeConfiguration"] = {"status": "Accepted"}

    for _ in range(2):
        await operator.asks(station.id, "rotate_password", wait=10)

    assert len({payload["value"] for _, _, payload in station.asked}) == 2


async def test_a_station_without_a_password_has_one_once_it_has_taken_it(operator):
    station = await operator.answering()
    station.on["ChangeConfiguration"] = {"status": "Accepted"}
    await sets(operator, station)

    raised = await operator.server.http.put(
        f"/api/v1/stations/{station.id}", json={"security_profile": 1}
    )

    assert "password" not in raised.json(), "none had to be generated"
    assert await lets_in(operator, station.id, bytes.fromhex(NEW))
    assert not await lets_in(operator, station.id, OLD)


async def test_a_password_that_has_to_be_generated_is_valid_beside_one_in_doubt(operator):
    station = await operator.answering()
    station.on["ChangeConfiguration"] = None
    await sets(operator, station)

    raised = await operator.server.http.put(
        f"/api/v1/stations/{station.id}", json={"security_profile": 1}
    )

    assert await lets_in(operator, station.id, raised.json()["password"])
    await is_the_only_one(operator, station.id, bytes.fromhex(NEW), raised.json()["password"])


# -- refused


@pytest.mark.parametrize("door", ["typed", "raw"])
@pytest.mark.parametrize(
    "answer",
    [{"status": "Rejected"}, {"status": "NotSupported"}, ["InternalError", "", {}]],
    ids=str,
)
async def test_a_station_that_refuses_keeps_the_old_password_only(operator, answer, door):
    station = await secured(operator)
    station.on["ChangeConfiguration"] = answer

    assert await sets(operator, station, door=door) in {"rejected", "call_error"}

    assert not await lets_in(operator, station.id, bytes.fromhex(NEW))
    assert await lets_in(operator, station.id, OLD)


async def test_a_late_refusal_is_one(operator):
    station = await secured(operator)
    station.on["ChangeConfiguration"] = None
    await sets(operator, station)
    message_id, _ = await station.is_asked("ChangeConfiguration")

    await station.says([3, message_id, {"status": "Rejected"}])

    await operator.server.journal(
        station.id, lambda rows: [each for each in rows if each["verdict"] == "late"]
    )
    assert not await lets_in(operator, station.id, bytes.fromhex(NEW))
    assert await lets_in(operator, station.id, OLD)


# -- no answer


async def silent(operator, how):
    """A station that was sent a new password, and from which no usable answer came."""
    station = await secured(operator)
    station.on["ChangeConfiguration"] = {"status": "Perhaps"} if how == "nonsense" else None
    setting = asyncio.create_task(sets(operator, station))
    await station.is_asked("ChangeConfiguration")
    if how == "lost connection":
        await station.leaves()
    return station.id, await setting


@pytest.mark.parametrize(
    ("how", "state"),
    [("silence", "timed_out"), ("lost connection", "unknown"), ("nonsense", "invalid_answer")],
)
async def test_without_an_answer_both_are_valid_until_it_logs_in_with_the_new_one(
    operator, how, state
):
    station_id, told = await silent(operator, how)

    assert told == state
    # Who logs in with the old one proves nothing: the station may change over at its next boot.
    for _ in range(2):
        assert await lets_in(operator, station_id, OLD)
    await is_the_only_one(operator, station_id, bytes.fromhex(NEW), OLD)


async def test_two_rotations_in_a_row_leave_the_one_that_it_took_last(operator):
    station = await secured(operator)
    station.on["ChangeConfiguration"] = {"status": "Accepted"}
    await sets(operator, station, NEW)
    await sets(operator, station, NEWER)

    assert await lets_in(operator, station.id, OLD)
    await is_the_only_one(operator, station.id, bytes.fromhex(NEWER), OLD, bytes.fromhex(NEW))


async def test_a_second_rotation_does_not_lock_out_a_station_that_took_the_first(operator):
    station = await secured(operator)
    station.on["ChangeConfiguration"] = None
    await sets(operator, station, NEW)
    station.on["ChangeConfiguration"] = {"status": "Rejected"}
    await sets(operator, station, NEWER)

    assert not await lets_in(operator, station.id, bytes.fromhex(NEWER))
    await is_the_only_one(operator, station.id, bytes.fromhex(NEW), OLD)


async def test_the_same_password_again_after_a_silence_may_be_refused_as_nothing_new(operator):
    station = await secured(operator)
    station.on["ChangeConfiguration"] = None
    await sets(operator, station)
    station.on["ChangeConfiguration"] = {"status": "Rejected"}
    await sets(operator, station)

    await is_the_only_one(operator, station.id, bytes.fromhex(NEW), OLD)


# -- together with what operators do


async def test_other_changes_of_the_station_leave_both_passwords(operator):
    station = await secured(operator)
    station.on["ChangeConfiguration"] = {"status": "Accepted"}
    await sets(operator, station)

    await operator.server.station(station.id, site="garage")

    assert await lets_in(operator, station.id, OLD)
    await is_the_only_one(operator, station.id, bytes.fromhex(NEW), OLD)


async def test_changes_at_the_same_time_lose_no_password(operator):
    """Whatever comes between the reading and the writing of a change: nobody is locked out."""
    station = await secured(operator)
    keys = [f"{n:02x}" * 20 for n in range(1, 6)]

    async def edits():
        for n in range(40):
            await operator.server.station(station.id, site=f"site {n}")

    async def rotates_and_reconnects():
        current = station
        for key in keys:
            current.on["ChangeConfiguration"] = {"status": "Accepted"}
            assert await sets(operator, current, key) == "accepted"
            current = await logs_in(operator, station.id, bytes.fromhex(key))

    await asyncio.gather(edits(), edits(), rotates_and_reconnects())

    await is_the_only_one(
        operator, station.id, bytes.fromhex(keys[-1]), OLD, *map(bytes.fromhex, keys[:-1])
    )


async def test_a_password_that_an_operator_sets_is_the_only_one(operator):
    station_id, _ = await silent(operator, "silence")

    await operator.server.station(station_id, password="set by an operator")

    assert await lets_in(operator, station_id, "set by an operator")
    assert not await lets_in(operator, station_id, OLD)
    assert not await lets_in(operator, station_id, bytes.fromhex(NEW))


async def test_a_station_that_accepts_after_an_operator_set_another_is_not_locked_out(operator):
    station = await secured(operator)
    station.on["ChangeConfiguration"] = None
    setting = asyncio.create_task(sets(operator, station))
    message_id, _ = await station.is_asked("ChangeConfiguration")
    await operator.server.station(station.id, password="set by an operator")

    await station.says([3, message_id, {"status": "Accepted"}])

    assert await setting == "accepted"
    assert await lets_in(operator, station.id, "set by an operator")
    await is_the_only_one(operator, station.id, bytes.fromhex(NEW), OLD, "set by an operator")


# -- strict stations


async def test_a_strict_station_shows_the_bytes_and_not_their_text(operator):
    station = await secured(operator, strict=True)
    station.on["ChangeConfiguration"] = {"status": "Accepted"}
    await sets(operator, station)

    assert not await lets_in(operator, station.id, NEW)
    assert await lets_in(operator, station.id, bytes.fromhex(NEW))


async def test_a_lenient_station_may_have_any_text_as_its_key(operator):
    station = await secured(operator)
    station.on["ChangeConfiguration"] = {"status": "Accepted"}
    await sets(operator, station, "not hex at all")

    await is_the_only_one(operator, station.id, "not hex at all", OLD)


# -- restarts


async def test_after_a_restart_both_are_valid_as_before(database_url, tmp_path):
    async with running(database_url, tmp_path, command_timeout_s=1) as server:
        station_id, _ = await silent(Operator(server), "silence")

    async with running(database_url, tmp_path, command_timeout_s=1) as server:
        operator = Operator(server)
        assert await lets_in(operator, station_id, OLD)
        await is_the_only_one(operator, station_id, bytes.fromhex(NEW), OLD)

    async with running(database_url, tmp_path, command_timeout_s=1) as server:
        operator = Operator(server)
        assert not await lets_in(operator, station_id, OLD)
        assert await lets_in(operator, station_id, bytes.fromhex(NEW))


async def test_a_server_that_is_killed_once_the_password_is_out_knows_it_afterwards():
    async with server_process() as process:
        await process.start()
        async with process.api() as http:
            body = {"security_profile": 1, "password": OLD}
            (await http.put("/api/v1/stations/CP-1", json=body)).raise_for_status()
            socket = await _socket(process, OLD)
            await http.post("/api/v1/stations/CP-1/commands", json={"command": "rotate_password"})
            key = json.loads(await socket.recv())[3]["value"]
            process.kill()
        await process.gone()
        await process.start()

        for password in (OLD, bytes.fromhex(key)):
            await (await _socket(process, password)).close()
        assert key not in process.said()
        await process.stop()
        assert process.complaints() == []


async def _socket(process, password):
    return await connect(
        f"{process.ocpp_url}/CP-1",
        subprotocols=[V16],
        additional_headers=basic("CP-1", password),
        proxy=None,
        ping_interval=None,
    )


# -- secrecy


async def everything_in(database_url):
    """All that is in a database, as text."""
    connection = await asyncpg.connect(database_url)
    try:
        tables = await connection.fetch(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
        )
        rows = [
            row[0]
            for (table,) in tables
            for row in await connection.fetch(f"SELECT t::text FROM {table} AS t")
        ]
    finally:
        await connection.close()
    return "\n".join(rows)


@pytest.fixture
def lines():
    """The log down to its finest lines; the tests' own set-up is back afterwards."""
    before = structlog.get_config()
    stream = io.StringIO()
    set_up_logging("debug", "json", stream=stream)
    yield stream
    structlog.configure(**before)


async def api_of(operator, station_id):
    """All that the API tells about a station, as text."""
    paths = [
        f"/api/v1/stations/{station_id}",
        f"/api/v1/stations/{station_id}/variables",
        f"/api/v1/stations/{station_id}/deviations",
        f"/api/v1/commands?station_id={station_id}",
        f"/api/v1/messages?station_id={station_id}",
        "/api/v1/audit",
    ]
    return "\n".join([(await operator.server.http.get(path)).text for path in paths])


async def test_no_password_is_anywhere_to_be_found(lines, database_url, tmp_path):
    typed, raw, told = "5ec12e70" * 5, "5ec12e71" * 5, "5ec12e72" * 5
    async with running(database_url, tmp_path, command_timeout_s=1) as server:
        operator = Operator(server)
        station = await secured(operator)
        for answer in ({"status": "Accepted"}, ["InternalError", "no", {}], {"status": 5}, None):
            station.on["ChangeConfiguration"] = answer
            await sets(operator, station, typed)
            await sets(operator, station, raw, door="raw")
            await operator.asks(station.id, "rotate_password", wait=10)
        listed = {"key": "authorizationKey", "readonly": False, "value": told}
        station.on["GetConfiguration"] = {"configurationKey": [listed]}
        read = await operator.asks(station.id, "get_variables", wait=10)
        await operator.raw(station.id, "GetConfiguration")
        station.on["ChangeConfiguration"] = {"status": "Accepted"}
        by_component = {"component": "SecurityCtrlr", "name": "basicauthPASSWORD", "value": typed}
        await operator.asks(station.id, "set_variables", wait=10, variables=[by_component])
        await server.journal(station.id, lambda rows: len(rows) >= 15)
        shown = await api_of(operator, station.id)
        rotated = {
            payload["value"]
            for _, action, payload in station.asked
            if action == "ChangeConfiguration"
        } - {typed, raw}
    stored = await everything_in(database_url)

    assert len(rotated) == 4
    assert read["result"]["variables"][0]["value"] is None
    assert "AuthorizationKey" in stored  # it is where it belongs
    assert station.id in lines.getvalue()
    for key in {typed, raw, told, *rotated}:
        for where in (shown, stored, lines.getvalue()):
            assert key not in where.lower()


async def test_the_variable_of_the_password_is_kept_without_it(operator):
    station = await secured(operator)
    station.on["ChangeConfiguration"] = {"status": "Accepted"}
    station.on["GetConfiguration"] = {
        "configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": "x"}]
    }
    await sets(operator, station)
    await operator.asks(station.id, "get_variables", wait=10)

    (found,) = await operator.server.items(f"/api/v1/stations/{station.id}/variables")

    assert (found["component"], found["name"]) == ("SecurityCtrlr", "BasicAuthPassword")
    assert (found["value"], found["mutability"]) == (None, "write_only")
    assert found["set_at"] is not None
