"""Tokens: who may charge, as operators keep them and stations experience it."""

from datetime import timedelta
from urllib.parse import quote

import pytest

T = "/api/v1/tokens"


async def test_new_token_is_accepted_at_once(api):
    created = await api.http.put(f"{T}/04A2", json={})

    assert created.status_code == 201
    assert created.headers["location"] == f"{T}/04A2"
    body = created.json()
    assert (body["value"], body["status"], body["type"]) == ("04A2", "accepted", None)
    assert await api.presents("CP-1", "04A2") == "accepted"
    assert await api.presents("CP-1", "04FF") == "unknown"


async def test_upper_and_lower_case_are_the_same_token(api):
    await api.http.put(f"{T}/04aB", json={})

    again = await api.http.put(f"{T}/04Ab", json={"status": "blocked"})

    assert again.status_code == 200
    assert (await api.http.get(f"{T}/04AB")).json()["status"] == "blocked"
    assert len(await api.items(T)) == 1
    assert await api.presents("CP-1", "04AB") == "blocked"


async def test_update_changes_only_what_it_names_and_null_clears(api):
    everything = {
        "type": "ISO14443",
        "status": "accepted",
        "expires_at": "2030-01-31T12:00:00+02:00",
        "group": "Fleet",
        "master_pass": True,
        "credit_minor": 500,
        "currency": "EUR",
    }
    before = (await api.http.put(f"{T}/A1", json=everything)).json()
    assert before["expires_at"] == "2030-01-31T10:00:00.000Z"

    blocked = (await api.http.put(f"{T}/A1", json={"status": "blocked"})).json()
    cleared = (
        await api.http.put(f"{T}/A1", json=dict.fromkeys(everything) | {"status": "accepted"})
    ).json()

    differing = {name for name in before if before[name] != blocked[name]}
    assert differing == {"status", "updated_at"}
    for name in ("type", "expires_at", "group", "credit_minor", "currency"):
        assert cleared[name] is None
    assert cleared["master_pass"] is True


async def test_group_is_created_when_new_and_shared_without_regard_to_case(api):
    await api.http.put(f"{T}/A1", json={"group": "Fleet"})
    second = await api.http.put(f"{T}/A2", json={"group": " fleet "})

    assert second.json()["group"] == "Fleet"


async def test_expired_and_spent_tokens_are_told_so(api):
    past = (api.now - timedelta(minutes=1)).isoformat()
    await api.http.put(f"{T}/OLD", json={"expires_at": past})
    await api.http.put(f"{T}/SPENT", json={"credit_minor": 0, "currency": "EUR"})

    assert await api.presents("CP-1", "OLD") == "expired"
    assert await api.presents("CP-1", "SPENT") == "no_credit"


async def test_deleted_token_is_unknown_and_its_sessions_stay(api):
    await api.http.put(f"{T}/A1")
    await api.starts("CP-1", token="A1", at=api.now, meter_wh=0)

    assert (await api.http.delete(f"{T}/a1")).status_code == 204

    assert await api.presents("CP-1", "A1") == "unknown"
    assert (await api.http.get(f"{T}/A1")).status_code == 404
    assert (await api.http.delete(f"{T}/A1")).status_code == 404
    assert [each["token"] for each in await api.items("/api/v1/transactions")] == ["A1"]


@pytest.mark.parametrize("value", ["a/b", "DE*ABC*1", "50%", "é", "x" * 255, "+49"])
async def test_unusual_token_works_throughout(api, value):
    url = f"{T}/{quote(value, safe='')}"
    created = await api.http.put(url)

    assert created.status_code == 201
    assert (await api.http.get(created.headers["location"])).json()["value"] == value
    assert await api.presents("CP-1", value) == "accepted"
    assert (await api.http.delete(url)).status_code == 204


async def test_token_is_stored_without_padding(api):
    created = await api.http.put(f"{T}/%2004A2%20")

    assert created.json()["value"] == "04A2"


@pytest.mark.parametrize("value", ["%20", "x" * 256, "a%00b", "tab%09bed"])
async def test_impossible_token_is_refused(api, value):
    answer = await api.http.put(f"{T}/{value}", json={})

    assert answer.status_code == 422
    assert "token" in answer.json()["detail"]
    assert (await api.http.get(f"{T}/{value}")).status_code == 404
    assert (await api.http.delete(f"{T}/{value}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"expires_at": "2030-01-31T12:00:00"}, "/expires_at"),
        ({"expires_at": "2030-01-31"}, "/expires_at"),
        ({"expires_at": 1893456000}, "/expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-12:00"}, "/expires_at"),
        ({"expires_at": "soon"}, "/expires_at"),
        ({"status": "ACCEPTED"}, "/status"),
        ({"status": "concurrent_tx"}, "/status"),
        ({"type": "x" * 21}, "/type"),
        ({"type": ""}, "/type"),
        ({"group": "  "}, "/group"),
        ({"group": "a\0b"}, "/group"),
        ({"master_pass": 1}, "/master_pass"),
        ({"credit_minor": 5}, "/currency"),
        ({"currency": "EUR"}, "/credit_minor"),
        ({"credit_minor": 5, "currency": "euro"}, "/currency"),
        ({"credit_minor": 5.5, "currency": "EUR"}, "/credit_minor"),
        ({"credit_minor": 2**63, "currency": "EUR"}, "/credit_minor"),
        ({"parent": "x"}, "/parent"),
    ],
)
async def test_wrong_body_is_refused_naming_the_field(api, body, pointer):
    answer = await api.http.put(f"{T}/A1", json=body)

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert await api.items(T) == []


async def test_if_match_refuses_a_change_that_was_overtaken(api):
    tag = (await api.http.put(f"{T}/A1", json={})).headers["etag"]
    await api.http.put(f"{T}/A1", json={"status": "blocked"}, headers={"If-Match": tag})

    late = await api.http.put(f"{T}/A1", json={"status": "accepted"}, headers={"If-Match": tag})

    assert late.status_code == 412
    assert (await api.http.delete(f"{T}/A1", headers={"If-Match": tag})).status_code == 412
    assert (await api.http.get(f"{T}/A1")).json()["status"] == "blocked"


async def test_list_is_complete_and_in_order_over_pages(api):
    for value in ("b2", "A1", "C3"):
        await api.http.put(f"{T}/{value}")

    assert [each["value"] for each in await api.items(T, limit=1)] == ["A1", "b2", "C3"]
