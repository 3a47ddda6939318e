"""Who changed what."""

from tests.api.test_api_problems import problem
from voltaro.domain.audit import Author
from voltaro.domain.provisioning import Registration


async def test_every_change_of_a_station_is_logged_without_its_password(api):
    secret = "a-password-nobody-may-see"
    await api.station("CP-1", password=secret)
    await api.station("CP-1", strict=True, password=secret + "2")
    await api.http.delete("/api/v1/stations/CP-1")

    answer = await api.http.get("/api/v1/audit", params={"target": "CP-1"})

    deleted, changed, created = answer.json()["items"]
    assert [e["action"] for e in (created, changed, deleted)] == [
        "station.created",
        "station.changed",
        "station.deleted",
    ]
    assert (created["before"], created["actor"]) == (None, "bootstrap")
    assert (changed["before"]["strict"], changed["after"]["strict"]) == (False, True)
    assert changed["after"]["password_changed"] is True
    assert deleted["after"] is None
    assert secret not in answer.text
    assert "hash" not in answer.text


async def test_every_change_of_a_token_is_logged(api):
    await api.http.put("/api/v1/tokens/A1", json={"expires_at": "2027-01-31T12:00:00Z"})
    await api.http.put("/api/v1/tokens/a1", json={"status": "blocked"})
    await api.http.delete("/api/v1/tokens/A1")

    deleted, changed, created = await api.items("/api/v1/audit", target_kind="token", target="a1")

    assert created["after"]["expires_at"].startswith("2027-01-31T12:00:00")
    assert (changed["before"]["status"], changed["after"]["status"]) == ("accepted", "blocked")
    assert deleted["action"] == "token.deleted"


async def test_refused_change_leaves_no_trace(api):
    await api.http.put("/api/v1/tokens/A1", json={"currency": "EUR"})
    await api.http.put("/api/v1/tokens/A1", json={}, headers={"If-Match": '"7"'})

    assert await api.items("/api/v1/audit") == []


async def test_station_that_a_setting_let_in_is_logged_in_the_houses_name(api):
    await api.stations.register_unknown("CP-9", Registration.PENDING)

    (entry,) = await api.items("/api/v1/audit")

    assert (entry["actor"], entry["target"], entry["request_id"]) == ("voltaro", "CP-9", "")


async def test_log_is_paged_and_filtered(api):
    for number in range(5):
        await api.http.put(f"/api/v1/tokens/T{number}", headers={"X-Request-ID": f"r{number}"})
    _, key = await api.access.create("robot", by=Author(name="bootstrap"))
    robot = {"Authorization": f"Bearer {key}"}
    await api.anonymous.put("/api/v1/tokens/T0", json={"status": "blocked"}, headers=robot)

    async def targets(**query):
        return [entry["target"] for entry in await api.items("/api/v1/audit", **query)]

    assert await targets(limit=2) == ["t0", "robot", "t4", "t3", "t2", "t1", "t0"]
    assert await targets(actor="robot") == ["t0"]
    assert await targets(action="token.changed") == ["t0"]
    assert await targets(target_kind="key") == ["robot"]
    assert await targets(request_id="r3") == ["t3"]
    middle = (await api.items("/api/v1/audit", target="t2"))[0]["at"]
    assert len(await targets(since=middle)) in {5, 6}
    assert "t0" in await targets(until=middle)
    problem(await api.http.get("/api/v1/audit?who=x"), 400, "unknown_parameter")
