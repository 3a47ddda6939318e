"""Tariffs: kept exactly, in force at stations and sites, and never taken from under them."""

import pytest

from tests.api.test_api_problems import problem

T = "/api/v1/tariffs"
DAY = {
    "currency": "EUR",
    "price_per_kwh": "0.390000",
    "price_per_minute": "0.02",
    "start_fee": "0.50",
    "tax_percent": "19",
}


async def test_a_tariff_is_kept_with_every_digit(api):
    created = await api.http.put(f"{T}/day rate", json=DAY)

    assert created.status_code == 201
    assert created.headers["location"] == f"{T}/day%20rate"
    assert created.headers["etag"] == '"1"'
    body = created.json()
    assert body == (await api.http.get(f"{T}/day rate")).json()
    del body["created_at"], body["updated_at"]
    assert body == DAY | {"name": "day rate"}


async def test_what_is_not_said_costs_nothing(api):
    made = (await api.http.put(f"{T}/free", json={"currency": "JPY"})).json()

    prices = ("price_per_kwh", "price_per_minute", "start_fee", "tax_percent")
    assert {made[name] for name in prices} == {"0"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", "eur"),
        ("currency", "EURO"),
        ("price_per_kwh", 0.39),
        ("price_per_kwh", "-1"),
        ("price_per_kwh", "1e3"),
        ("price_per_kwh", "0.1234567"),
        ("price_per_minute", "1000000"),
        ("start_fee", "NaN"),
        ("tax_percent", "100.5"),
        ("surcharge", "1"),
    ],
)
async def test_a_tariff_that_cannot_be_meant_is_refused(api, field, value):
    answer = await api.http.put(f"{T}/odd", json=DAY | {field: value})

    refused = problem(answer, 422, "invalid")
    assert [each["pointer"] for each in refused["errors"]] == [f"/{field}"]
    problem(await api.http.get(f"{T}/odd"), 404, "not_found")


@pytest.mark.parametrize("name", ["%20x", "x" * 61, "a%07b"])
async def test_a_name_that_nobody_could_read_is_refused(api, name):
    problem(await api.http.put(f"{T}/{name}", json=DAY), 422, "invalid")


async def test_a_tariff_is_changed_only_at_the_revision_that_was_read(api):
    await api.http.put(f"{T}/day", json=DAY)

    changed = await api.http.put(
        f"{T}/day", json=DAY | {"start_fee": "1"}, headers={"If-Match": '"1"'}
    )
    stale = await api.http.put(f"{T}/day", json=DAY, headers={"If-Match": '"1"'})

    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    problem(stale, 412, "revision_changed")
    assert (await api.http.get(f"{T}/day")).json()["start_fee"] == "1"


async def test_the_list_goes_by_name_page_by_page(api):
    for name in ("c", "a", "b"):
        await api.http.put(f"{T}/{name}", json=DAY)

    first = (await api.http.get(T, params={"limit": 2})).json()
    rest = (await api.http.get(T, params={"limit": 2, "cursor": first["next_cursor"]})).json()

    pages = [[each["name"] for each in page["items"]] for page in (first, rest)]
    assert (pages, rest["next_cursor"]) == ([["a", "b"], ["c"]], None)


async def test_the_tariff_of_a_station_wins_over_that_of_its_site(api):
    for name in ("of-site", "own"):
        await api.http.put(f"{T}/{name}", json=DAY)
    await api.http.put("/api/v1/stations/S", json={"security_profile": 0, "site": "yard"})
    at_site, at_station = "/api/v1/sites/yard/tariff", "/api/v1/stations/S/tariff"

    seen = [(await api.http.get(at_station)).json()]
    await api.http.put(at_site, json={"tariff": "of-site"})
    seen.append((await api.http.get(at_station)).json())
    seen.append((await api.http.put(at_station, json={"tariff": "own"})).json())
    assert (await api.http.delete(at_station)).status_code == 204
    seen.append((await api.http.get(at_station)).json())
    assert (await api.http.delete(at_site)).status_code == 204

    assert seen == [
        {"tariff": None, "own": None, "of_site": None},
        {"tariff": "of-site", "own": None, "of_site": "of-site"},
        {"tariff": "own", "own": "own", "of_site": "of-site"},
        {"tariff": "of-site", "own": None, "of_site": "of-site"},
    ]
    assert (await api.http.get(at_site)).json() == {"tariff": None}


async def test_a_tariff_in_force_stays_until_nobody_has_it(api):
    await api.http.put(f"{T}/day", json=DAY)
    await api.http.put("/api/v1/stations/S", json={"security_profile": 0})
    await api.http.put("/api/v1/stations/S/tariff", json={"tariff": "day"})

    problem(await api.http.delete(f"{T}/day"), 409, "tariff_in_force")
    await api.http.delete("/api/v1/stations/S/tariff")

    assert (await api.http.delete(f"{T}/day")).status_code == 204
    problem(await api.http.delete(f"{T}/day"), 404, "not_found")


async def test_only_what_exists_is_assigned(api):
    await api.http.put(f"{T}/day", json=DAY)
    await api.http.put("/api/v1/stations/S", json={"security_profile": 0})

    for path in ("/api/v1/stations/NOBODY/tariff", "/api/v1/sites/nowhere/tariff"):
        problem(await api.http.put(path, json={"tariff": "day"}), 404, "not_found")
        problem(await api.http.delete(path), 404, "not_found")
        problem(await api.http.get(path), 404, "not_found")
    answer = await api.http.put("/api/v1/stations/S/tariff", json={"tariff": "night"})
    refused = problem(answer, 422, "invalid")
    assert [each["pointer"] for each in refused["errors"]] == ["/tariff"]


async def test_the_audit_log_tells_who_changed_what(api):
    await api.http.put(f"{T}/day", json=DAY)
    await api.http.put("/api/v1/stations/S", json={"security_profile": 0, "site": "yard"})
    await api.http.put("/api/v1/stations/S/tariff", json={"tariff": "day"})
    await api.http.put("/api/v1/sites/yard/tariff", json={"tariff": "day"})

    entries = (await api.http.get("/api/v1/audit")).json()["items"]

    told = [(each["action"], each["target"], each["after"]) for each in entries]
    assert told[0] == ("site.tariff_changed", "yard", {"tariff": "day"})
    assert told[1] == ("station.tariff_changed", "S", {"tariff": "day"})
    assert told[3] == ("tariff.created", "day", DAY | {"name": "day"})
