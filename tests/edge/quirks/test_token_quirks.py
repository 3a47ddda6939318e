"""Quirks of id tokens: the same card under other texts."""

import json

import pytest

from tests.edge.conftest import V16, V201
from tests.edge.quirks.frame_log import sessions

pytestmark = pytest.mark.asyncio(loop_scope="module")

AUTHORIZE = {
    V16: lambda tag: {"idTag": tag},
    V201: lambda tag: {"idToken": {"idToken": tag, "type": "ISO14443"}},
}


def status(version, answer):
    return answer["idTagInfo" if version == V16 else "idTokenInfo"]["status"]


@pytest.mark.parametrize("version", [V16, V201])
async def test_q50_a_card_whose_number_is_read_backwards_is_known_by_its_alias(server, version):
    station = await server.connects(version=version)
    tag = await server.token("04a2b3c4", aliases=["C4B3A204", " A2B3C4 "])

    for presented in ("C4B3A204", "c4b3a204", "A2B3C4", tag):
        answer = await station.call("Authorize", AUTHORIZE[version](presented))
        assert status(version, answer) == "Accepted"

    (refused,) = (await station.call("Authorize", AUTHORIZE[version]("FFFFFFFF")),)
    assert status(version, refused) != "Accepted"
    await server.http.delete(f"/api/v1/tokens/{tag}")
    gone = await station.call("Authorize", AUTHORIZE[version]("C4B3A204"))
    assert status(version, gone) != "Accepted"


async def test_q50_sessions_begun_by_an_alias_are_the_tokens_own(server):
    one, other = await server.connects(), await server.connects()
    tag = await server.token("11223344", aliases=["44332211"])
    start = {"connectorId": 1, "meterStart": 0, "timestamp": "2026-01-02T03:00:00Z"}

    first = await one.call("StartTransaction", start | {"idTag": "44332211"})
    second = await other.call("StartTransaction", start | {"idTag": tag})

    assert first["idTagInfo"]["status"] == "Accepted"
    assert second["idTagInfo"]["status"] == "ConcurrentTx"
    assert await sessions(server, one.id, "token") == [(tag,)]
    rows = await server.journal(one.id, lambda rows: len(rows) == 1)
    assert json.loads(rows[0]["frame"])[3]["idTag"] == "44332211"


async def test_a_text_means_one_token(server):
    await server.token("AAAA0001", aliases=["AAAA0002"])
    await server.token("AAAA0003")

    async def refused(value, **settings):
        answer = await server.http.put(f"/api/v1/tokens/{value}", json=settings)
        assert answer.status_code == 422, answer.text
        return answer.json()["detail"]

    assert "alias of the token AAAA0001" in await refused("aaaa0002")
    assert "alias of the token AAAA0001" in await refused("AAAA0003", aliases=["AAAA0002"])
    assert "a token of its own" in await refused("AAAA0003", aliases=["AAAA0001"])
    rows = [{"value": "AAAA0004", "aliases": ["AAAA0005"]}, {"value": "AAAA0005"}]
    answer = await server.http.post("/api/v1/tokens/import", json=rows)
    assert answer.status_code == 422
    assert "another token's text" in answer.json()["detail"]


async def test_aliases_travel_as_csv(server):
    body = "value,aliases\r\nBBBB0001,BBBB0002|BBBB0003\r\n"

    answer = await server.http.post(
        "/api/v1/tokens/import", content=body, headers={"Content-Type": "text/csv"}
    )

    assert answer.json()["created"] == 1
    shown = (await server.http.get("/api/v1/tokens/BBBB0001")).json()
    assert shown["aliases"] == ["BBBB0002", "BBBB0003"]
    exported = await server.http.get("/api/v1/tokens", headers={"Accept": "text/csv"})
    assert "BBBB0002|BBBB0003" in exported.text
    station = await server.connects()
    told = await station.call("Authorize", {"idTag": "BBBB0003"})
    assert told["idTagInfo"]["status"] == "Accepted"
