"""Simulated stations that an operator starts in the server itself, seen from outside."""

import shutil

import pytest
import pytest_asyncio

from tests.edge.conftest import V16, V21, V201, eventually, running
from voltaro.app.simulated import Pace, launcher, own_url
from voltaro.services.simulated import Role

pytestmark = pytest.mark.asyncio(loop_scope="module")

S = "/api/v1/simulated-stations"


async def start(server, **body):
    answer = await server.http.post(S, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["items"]


async def stop(server, station_id):
    answer = await server.http.delete(f"{S}/{station_id}")
    assert answer.status_code == 204, answer.text


async def alive(server):
    answer = await server.http.get(S)
    assert answer.status_code == 200
    return {each["station_id"]: each for each in answer.json()["items"]}


async def until(server, station_id, state):
    return await eventually(
        lambda: alive(server), lambda found: found[station_id]["state"] == state
    )


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def nobody_is_left(server):
    yield
    for name in await alive(server):
        await stop(server, name)


@pytest.mark.parametrize("protocol", [V16, V201, V21])
async def test_a_charging_one_charges_within_seconds_and_ends_its_session_when_stopped(
    server, protocol
):
    name = f"SIM-{protocol}"
    (item,) = await start(server, protocol=protocol, station_id=name)
    assert item == {"station_id": name, "protocol": protocol, "state": "connecting"}

    (session,) = await eventually(lambda: server.transactions(name), len)

    assert session["open"]
    assert session["token"].startswith("SIM-")
    assert session["token_status"] == "accepted"
    assert (await alive(server))[name]["state"] == "charging"
    station = await server.get(f"/api/v1/stations/{name}")
    assert (station["site"], station["registration"], station["security_profile"]) == (
        "Simulated",
        "accepted",
        1,
    )

    async def powers():
        samples = await server.samples(session)
        return [each["value"] for each in samples if each["measurand"] == "Power.Active.Import"]

    power = await eventually(powers, any)
    assert 1_000 < max(power) < 150_000

    await stop(server, name)

    ended = await eventually(lambda: server.transaction(name), lambda found: not found["open"])
    assert ended["stop_reason"] == "Local"
    assert ended["energy_wh"] is not None
    assert name not in await alive(server)
    status = await eventually(lambda: server.status(name), lambda found: not found["online"])
    assert [each["status"] for each in status["connectors"]] == ["available"]


async def test_after_a_visit_and_a_pause_the_next_driver_comes(server):
    name = await server.station("SIM-PACE", security_profile=1, password="a-password-of-its-own")
    token = await server.token()
    pace = Pace(first_plug_s=(0, 0), visit_s=(0.3, 0.3), pause_s=(0.1, 0.1))
    simulation = launcher(server.ocpp_url, pace)(
        Role(
            station_id=name,
            protocol=V16,
            password="a-password-of-its-own",
            token=token,
            charging=True,
        )
    )
    try:
        latest = await eventually(lambda: server.transactions(name), lambda found: len(found) >= 3)
    finally:
        await simulation.stop()

    ended = latest[1:]
    assert {each["stop_reason"] for each in ended} == {"Local"}
    registers = [each["register_start_wh"] for each in latest]
    assert registers == sorted(registers, reverse=True)


async def test_meter_values_come_as_often_as_the_operator_says(server):
    name = "SIM-OFTEN"
    await start(server, station_id=name, protocol=V16, charging=False)
    await until(server, name, "available")

    answer = await server.http.post(
        f"/api/v1/stations/{name}/ocpp/GetConfiguration", json={"key": ["MeterValueSampleInterval"]}
    )

    assert answer.json()["result"]["configurationKey"][0]["value"] == "5"


@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("0.0.0.0", "ws://127.0.0.1:9000"),
        ("::", "ws://[::1]:9000"),
        ("127.0.0.1", "ws://127.0.0.1:9000"),
        ("fd00::7", "ws://[fd00::7]:9000"),
    ],
)
async def test_they_connect_to_the_address_that_is_listened_on(bind, url):
    assert own_url(bind, 9000) == url


async def test_one_without_drivers_waits_and_obeys(server):
    name = "SIM-OBEYS"
    await server.token("GUEST")
    await start(server, charging=False, protocol=V16, station_id=name)
    await until(server, name, "available")
    assert await server.transactions(name) == []

    answer = await server.http.post(
        f"/api/v1/stations/{name}/commands",
        json={"command": "request_start", "token": "GUEST", "evse_id": 1},
        headers={"Prefer": "wait=20"},
    )

    assert answer.json()["state"] in {"accepted", "done"}, answer.text
    session = (await eventually(lambda: server.transactions(name), len))[0]
    assert session["token"] == "GUEST"
    await stop(server, name)
    ended = await eventually(lambda: server.transaction(name), lambda found: not found["open"])
    assert ended["ended_at"] is not None


async def test_several_get_free_ids_and_both_versions_in_turn(server):
    await server.station("SIM-002")

    items = await start(server, count=3, charging=False)

    names = [each["station_id"] for each in items]
    assert len(set(names)) == 3
    assert "SIM-002" not in names
    assert [each["protocol"] for each in items] == [V16, V201, V16]
    for name in names:
        await stop(server, name)


async def test_an_id_may_be_chosen_unless_somebody_has_it(server):
    await server.station("CP-REAL")
    answer = await server.http.post(S, json={"station_id": "CP-REAL"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/station_id"

    (item,) = await start(server, station_id="CP-DEMO", charging=False)
    assert item["station_id"] == "CP-DEMO"
    again = await server.http.post(S, json={"station_id": "CP-DEMO"})
    assert again.status_code == 422
    await stop(server, "CP-DEMO")

    await start(server, station_id="CP-DEMO", charging=False)
    await until(server, "CP-DEMO", "available")
    await stop(server, "CP-DEMO")


@pytest.mark.parametrize(
    "body",
    [
        {"count": 0},
        {"count": 51},
        {"count": 2, "station_id": "CP-X"},
        {"station_id": "a/b"},
        {"protocol": "ocpp1.5"},
        {"nonsense": 1},
    ],
)
async def test_what_cannot_be_simulated_is_refused_and_nothing_is_left(server, body):
    answer = await server.http.post(S, json=body)

    assert answer.status_code == 422
    assert await alive(server) == {}


async def test_at_most_fifty_live_at_a_time(server):
    await start(server, count=30, charging=False)

    answer = await server.http.post(S, json={"count": 21})

    assert answer.status_code == 422
    assert "at most 50" in answer.json()["detail"]
    names = list(await alive(server))
    assert len(names) == 30
    for name in names:
        await stop(server, name)


async def test_one_that_does_not_live_cannot_be_stopped(server):
    assert (await server.http.delete(f"{S}/SIM-999")).status_code == 404


async def test_one_whose_registration_is_removed_does_not_knock_for_ever(server):
    await start(server, station_id="CP-GONE", charging=False)
    await until(server, "CP-GONE", "available")

    assert (await server.http.delete("/api/v1/stations/CP-GONE")).status_code == 204

    await eventually(lambda: alive(server), lambda found: "CP-GONE" not in found)


async def test_they_need_a_key_that_may_write(server):
    made = await server.http.post("/api/v1/keys", json={"name": "reader", "scopes": ["read"]})
    reader = {"Authorization": f"Bearer {made.json()['key']}"}

    assert (await server.http.post(S, json={}, headers=reader)).status_code == 403
    assert (await server.http.get(S, headers=reader)).status_code == 200


async def test_server_ends_their_sessions_when_it_stops_and_has_none_when_it_starts_again(
    database_url, tmp_path
):
    async with running(database_url, tmp_path) as first:
        (item,) = await start(first)
        name = item["station_id"]
        await eventually(lambda: first.transactions(name), len)

    async with running(database_url, tmp_path) as second:
        ended = await second.transaction(name)
        assert (ended["open"], ended["stop_reason"]) == (False, "Local")
        assert await alive(second) == {}
        (again,) = await start(second, charging=False)
        assert again["station_id"] == name


async def test_idempotent_request_starts_one_station(server):
    headers = {"Idempotency-Key": "first-look"}

    first = await server.http.post(S, json={"charging": False}, headers=headers)
    second = await server.http.post(S, json={"charging": False}, headers=headers)

    assert first.json() == second.json()
    assert len(await alive(server)) == 1
    await stop(server, first.json()["items"][0]["station_id"])


@pytest.mark.skipif(shutil.which("openssl") is None, reason="it makes its key with openssl")
@pytest.mark.parametrize("protocol", [V16, V201, V21])
async def test_one_renews_its_certificate_when_it_is_asked_to(server, protocol):
    name = f"SIM-certified-{protocol}"
    await start(server, protocol=protocol, station_id=name, charging=False)
    await until(server, name, "available")

    answer = await server.http.post(
        f"/api/v1/stations/{name}/commands", json={"command": "renew_certificate"}
    )

    assert answer.status_code == 202, answer.text
    path = f"/api/v1/stations/{name}/certificates"
    (row,) = await eventually(
        lambda: server.items(path), lambda rows: [each["state"] for each in rows] == ["delivered"]
    )
    assert row["subject"].startswith("CN=")
