"""Monitors of a station of OCPP 2 on its page: set, told of, and removed."""

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def commands(http, station_id, **command):
    answer = await http.post(f"/api/v1/stations/{station_id}/commands", json=command)
    assert answer.is_success, answer.text


async def test_monitor_is_added_told_of_and_removed(open_page, http):
    order = {"count": 1, "protocol": "ocpp2.0.1"}
    (simulated,) = (await http.post("/api/v1/simulated-stations", json=order)).json()["items"]
    station_id = simulated["station_id"]
    page = await open_page("operator")
    await page.goto(f"/ui/stations/{station_id}/monitoring")
    main = page.get_by_role("main")
    await expect(main).to_contain_text("No monitor is known")
    await expect(main).to_contain_text("The station has told nothing yet")

    await main.get_by_role("button", name="Add…").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Component").fill("OCPPCommCtrlr")
    await dialog.get_by_label("Variable").fill("HeartbeatInterval")
    await dialog.get_by_label("Tell").select_option("When it rises above")
    await dialog.get_by_label("Value").fill("600")
    await dialog.get_by_label("Severity").fill("2")
    await dialog.get_by_role("button", name="Add").click()
    await expect(main.get_by_role("row").filter(has_text="When it rises above 600")).to_be_visible()

    interval = {"component": "OCPPCommCtrlr", "name": "HeartbeatInterval", "value": "900"}
    await commands(http, station_id, command="set_variables", variables=[interval])
    await commands(http, station_id, command="get_monitoring_report")
    await expect(main.get_by_role("row").filter(has_text="severe")).to_contain_text("900")

    await main.get_by_role("button", name="Remove monitor: HeartbeatInterval").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(main).to_contain_text("No monitor is known")


async def test_station_of_1_6_says_why_it_has_none(open_page, http):
    order = {"count": 1, "protocol": "ocpp1.6"}
    (simulated,) = (await http.post("/api/v1/simulated-stations", json=order)).json()["items"]
    page = await open_page("operator")

    await page.goto(f"/ui/stations/{simulated['station_id']}/monitoring")

    main = page.get_by_role("main")
    await expect(main).to_contain_text("OCPP 1.6 has no monitors")
    await expect(main.get_by_role("button", name="Add…")).to_be_disabled()
