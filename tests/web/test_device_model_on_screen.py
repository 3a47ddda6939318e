"""The device model of a station of OCPP 2 as a tree of its components."""

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_components_are_folded_and_found_by_a_word(open_page, http):
    order = {"count": 1, "protocol": "ocpp2.0.1"}
    (simulated,) = (await http.post("/api/v1/simulated-stations", json=order)).json()["items"]
    page = await open_page("operator")
    await page.goto(f"/ui/stations/{simulated['station_id']}/configuration")
    main = page.get_by_role("main")
    component = main.get_by_role("button", name="ClockCtrlr 1")
    variable = main.get_by_role("row").filter(has_text="TimeSource")
    await expect(variable).to_be_visible()

    await component.click()
    await expect(variable).to_have_count(0)
    await expect(main.get_by_role("row").filter(has_text="LocalPreAuthorize")).to_be_visible()

    await main.get_by_role("searchbox").fill("timesource")
    await expect(variable).to_be_visible()
    await expect(main.get_by_role("row").filter(has_text="LocalPreAuthorize")).to_have_count(0)

    await main.get_by_role("searchbox").fill("")
    await expect(variable).to_have_count(0)
    await component.click()
    await expect(variable).to_be_visible()
