"""Registering stations: what an operator sends and sees."""

import base64
import json
from datetime import datetime

import pytest

from voltaro.domain.availability import ChargingState, ConnectorStatus
from voltaro.domain.ids import Connector
from voltaro.domain.provisioning import Registration
from voltaro.services.directory import Directory
from voltaro.services.stations import load_station_records

S = "/api/v1/stations"


async def test_new_station_is_accepted_and_gets_a_password_shown_once(api):
    created = await api.http.put(f"{S}/CP-1", json={})

    assert created.status_code == 201
    assert created.headers["location"] == f"{S}/CP-1"
    body = created.json()
    assert (body["registration"], body["security_profile"]) == ("accepted", 1)
    assert 16 <= len(body["password"]) <= 40
    assert body["warnings"] == []
    assert not body["online"]
    shown = (await api.http.get(f"{S}/CP-1")).json()
    assert "password" not in shown
    assert shown["has_password"] is True
    again = await api.http.put(f"{S}/CP-1", json={"strict": True})
    assert again.status_code == 200
    assert "password" not in again.json()


async def test_station_can_be_registered_without_any_body(api):
    answer = await api.http.put(f"{S}/CP-1")

    assert answer.status_code == 201
    assert answer.json()["password"]


async def test_handshake_knows_a_station_as_soon_as_it_is_registered(api):
    password = (await api.station("CP-1"))["password"]

    record = api.directory.get("CP-1")

    assert record.registration is Registration.ACCEPTED
    assert record.security_profile == 1
    assert api.keyring.find(password.encode(), [record.password_hash])


async def test_what_was_registered_is_known_after_a_restart(api):
    await api.station("CP-1", password="a password of my own", strict=True)
    await api.station("CP-2", security_profile=0, fallback_protocol="ocpp1.6")

    directory = Directory(await load_station_records(api.database.engine))

    for name in ("CP-1", "CP-2"):
        assert directory.get(name) == api.directory.get(name)
    assert len(directory) == 2


async def test_open_station_must_be_asked_for(api):
    body = await api.station("CP-1", security_profile=0)

    assert body["security_profile"] == 0
    assert "password" not in body
    assert body["has_password"] is False
    assert api.directory.get("CP-1").password_hash is None


async def test_raising_an_open_station_to_passwords_generates_one(api):
    await api.station("CP-1", security_profile=0)

    raised = await api.station("CP-1", security_profile=1)

    assert raised["password"]
    assert api.keyring.find(raised["password"].encode(), [api.directory.get("CP-1").password_hash])


async def test_raising_an_open_station_that_has_a_password_keeps_it(api):
    await api.station("CP-1", security_profile=0, password="known to the installer")

    raised = await api.station("CP-1", security_profile=2)

    assert "password" not in raised
    assert api.keyring.find(b"known to the installer", [api.directory.get("CP-1").password_hash])


@pytest.mark.parametrize(("length", "warned"), [(1, 1), (15, 1), (16, 0), (40, 0), (41, 1)])
async def test_password_of_any_length_is_taken_with_a_warning_when_odd(api, length, warned):
    body = await api.station("CP-1", password="x" * length)

    assert len(body["warnings"]) == warned
    assert api.keyring.find(b"x" * length, [api.directory.get("CP-1").password_hash])


async def test_update_changes_only_what_it_names(api):
    await api.station("CP-1", site="garage", strict=True, fallback_protocol="ocpp1.6")
    before = (await api.http.get(f"{S}/CP-1")).json()

    await api.station("CP-1", registration="rejected")

    after = (await api.http.get(f"{S}/CP-1")).json()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"registration", "updated_at"}
    assert api.directory.get("CP-1").registration is Registration.REJECTED


async def test_null_clears_site_and_fallback_and_leaves_the_rest(api):
    await api.station("CP-1", site="garage", fallback_protocol="ocpp1.6", strict=True)

    body = await api.station(
        "CP-1", site=None, fallback_protocol=None, strict=None, password=None, registration=None
    )

    assert (body["site"], body["fallback_protocol"]) == (None, None)
    assert (body["strict"], body["registration"]) == (True, "accepted")


@pytest.mark.parametrize(
    "station_id",
    ["x" * 49, "a:b", "a%2Fb", "tab%09", "nul%00", "%20", "line%0Abreak", "%E2%80%AEmirrored"],
)
async def test_impossible_station_id_is_refused_with_the_reason(api, station_id):
    answer = await api.http.put(f"{S}/{station_id}", json={})

    assert answer.status_code == 422
    assert "station id" in answer.json()["detail"]
    assert len(api.directory) == 0


@pytest.mark.parametrize("station_id", ["x" * 48, "Säule 7", "CP#1", "a+b", "50%"])
async def test_unusual_station_id_works_throughout(api, station_id):
    from urllib.parse import quote

    url = f"{S}/{quote(station_id, safe='')}"
    created = await api.http.put(url, json={})

    assert created.status_code == 201
    assert (await api.http.get(created.headers["location"])).json()["station_id"] == station_id
    assert api.directory.get(station_id) is not None
    assert (await api.http.delete(url)).status_code == 204


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"security_profile": 4}, "/security_profile"),
        ({"security_profile": "1"}, "/security_profile"),
        ({"security_profile": 1.5}, "/security_profile"),
        ({"security_profile": True}, "/security_profile"),
        ({"registration": "Accepted"}, "/registration"),
        ({"strict": "yes"}, "/strict"),
        ({"password": ""}, "/password"),
        ({"password": 12345}, "/password"),
        ({"password": "a\0b"}, "/password"),
        ({"site": ""}, "/site"),
        ({"fallback_protocol": "ocpp1.5"}, "/fallback_protocol"),
        ({"securityProfile": 0}, "/securityProfile"),
        ([], ""),
        ("accepted", ""),
    ],
)
async def test_wrong_body_is_refused_naming_the_field(api, body, pointer):
    answer = await api.http.put(f"{S}/CP-1", json=body)

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert api.directory.get("CP-1") is None


async def test_wrong_password_is_not_repeated_in_the_answer(api):
    answer = await api.http.put(f"{S}/CP-1", json={"password": 987654321})

    assert "987654321" not in answer.text


async def test_if_match_refuses_a_change_that_was_overtaken(api):
    await api.station("CP-1")
    tag = (await api.http.get(f"{S}/CP-1")).headers["etag"]
    mine = await api.http.put(f"{S}/CP-1", json={"strict": True}, headers={"If-Match": tag})

    theirs = await api.http.put(f"{S}/CP-1", json={"strict": False}, headers={"If-Match": tag})

    assert mine.status_code == 200
    assert mine.headers["etag"] != tag
    assert theirs.status_code == 412
    assert theirs.json()["code"] == "revision_changed"
    assert api.directory.get("CP-1").strict is True
    delete = await api.http.delete(f"{S}/CP-1", headers={"If-Match": tag})
    assert delete.status_code == 412
    fresh = {"If-Match": f'"x", {mine.headers["etag"]}'}
    assert (await api.http.delete(f"{S}/CP-1", headers=fresh)).status_code == 204


async def test_if_match_never_creates_a_station(api):
    for tag in ("*", '"1"'):
        answer = await api.http.put(f"{S}/CP-1", json={}, headers={"If-Match": tag})
        assert answer.status_code == 412

    assert api.directory.get("CP-1") is None
    await api.station("CP-1")
    star = await api.http.put(f"{S}/CP-1", json={}, headers={"If-Match": "*"})
    assert star.status_code == 200
    weak = await api.http.put(f"{S}/CP-1", json={}, headers={"If-Match": 'W/"2"'})
    assert weak.status_code == 412
    bare = await api.http.put(f"{S}/CP-1", json={}, headers={"If-Match": "2"})
    assert bare.status_code == 400


async def test_deleting_closes_the_socket_and_keeps_the_sessions(api):
    closed = []
    await api.station("CP-1", security_profile=0)
    api.connects("CP-1", lambda code, reason: closed.append((code, reason)))
    await api.boots("CP-1")
    await api.starts("CP-1", token="A1", at=api.now, meter_wh=0)

    answer = await api.http.delete(f"{S}/CP-1")

    assert (answer.status_code, answer.content) == (204, b"")
    assert [code for code, _ in closed] == [1008]
    assert api.directory.get("CP-1") is None
    assert (await api.http.get(f"{S}/CP-1")).status_code == 404
    assert (await api.http.delete(f"{S}/CP-1")).status_code == 404
    assert [each["station_id"] for each in await api.items("/api/v1/transactions")] == ["CP-1"]


async def test_station_shows_what_it_told_at_boot_and_its_connectors(api):
    await api.station("CP-1", security_profile=0)
    live = api.connects("CP-1")
    await api.boots("CP-1", firmware_version="1.4.2", serial_number="77")
    await api.reports(
        "CP-1", ConnectorStatus.FAULTED, reported="Faulted", error_code="GroundFailure"
    )
    for evse, status in ((2, ConnectorStatus.AVAILABLE), (1, ConnectorStatus.OCCUPIED)):
        state = ChargingState.CHARGING if evse == 1 else None
        reported = "Charging" if evse == 1 else "Available"
        await api.reports("CP-1", status, state, where=Connector(evse, 1), reported=reported)

    body = (await api.http.get(f"{S}/CP-1")).json()

    assert (body["vendor"], body["firmware_version"], body["serial_number"]) == (
        "ACME",
        "1.4.2",
        "77",
    )
    assert (body["online"], body["protocol"]) == (True, "ocpp1.6")
    assert datetime.fromisoformat(body["last_seen"]) <= live.last_seen_at
    assert (body["status"], body["error_code"]) == ("faulted", "GroundFailure")
    assert [(c["evse_id"], c["status"], c["charging_state"]) for c in body["connectors"]] == [
        (1, "occupied", "charging"),
        (2, "available", None),
    ]
    assert body["connectors"][0]["reported"] == "Charging"
    assert body["connectors"][0]["status_at"].endswith("Z")


async def test_list_is_complete_and_in_order_over_pages(api):
    names = [f"CP-{n:02}" for n in range(7)]
    for name in reversed(names):
        await api.station(name, security_profile=0)

    first = (await api.http.get(S, params={"limit": 3})).json()

    assert [each["station_id"] for each in first["items"]] == names[:3]
    assert [each["station_id"] for each in await api.items(S, limit=3)] == names
    assert [each["station_id"] for each in await api.items(S, limit=7)] == names


async def test_list_filters_by_registration_site_and_being_online(api):
    for n in range(6):
        await api.station(
            f"CP-{n}",
            security_profile=0,
            registration="pending" if n % 2 else "accepted",
            site="garage" if n < 4 else None,
        )
    for n in (1, 3, 4):
        api.connects(f"CP-{n}")

    async def ids(**query):
        return [each["station_id"] for each in await api.items(S, limit=1, **query)]

    assert await ids(registration="pending") == ["CP-1", "CP-3", "CP-5"]
    assert await ids(site="garage") == ["CP-0", "CP-1", "CP-2", "CP-3"]
    assert await ids(online=True) == ["CP-1", "CP-3", "CP-4"]
    assert await ids(online=False) == ["CP-0", "CP-2", "CP-5"]
    assert await ids(online=True, registration="accepted") == ["CP-4"]
    assert await ids(online=True, site="nowhere") == []


async def test_offline_station_shows_when_it_was_last_heard(api):
    await api.station("CP-1", security_profile=0)
    live = api.connects("CP-1")
    await api.settled()
    api.presence.closed(live, api.now)
    await api.settled()

    body = (await api.http.get(f"{S}/CP-1")).json()

    assert body["online"] is False
    assert body["protocol"] == "ocpp1.6"
    assert body["last_seen"] is not None
    assert body["disconnected_at"] is not None


async def test_unknown_station_is_taken_in_without_credentials(api):
    record = await api.stations.register_unknown("CP-9", Registration.PENDING)

    assert (record.security_profile, record.password_hash) == (0, None)
    assert api.directory.get("CP-9") == record
    body = (await api.http.get(f"{S}/CP-9")).json()
    assert (body["registration"], body["security_profile"]) == ("pending", 0)
    assert await api.stations.register_unknown("CP-9", Registration.ACCEPTED) == record


async def test_cursor_of_another_list_or_made_up_is_refused(api):
    await api.station("CP-1")
    await api.station("CP-2")
    cursor = (await api.http.get(S, params={"limit": 1})).json()["next_cursor"]
    nul = base64.urlsafe_b64encode(json.dumps(["stations", "\0"]).encode()).decode()

    for path, bad in [("/api/v1/tokens", cursor), (S, "nonsense!"), (S, "e30"), (S, nul), (S, "")]:
        answer = await api.http.get(path, params={"cursor": bad})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor"), bad
