"""Block I of 2.0.1 and 2.1: drivers see what a session costs while nothing is measured (I02)."""

import asyncpg
import pytest

from tests.edge.certification.transaction_events import EVSE, REF, Charging, token
from tests.edge.conftest import V16, V21, V201, eventually
from voltaro.domain.variables import Variable

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: One euro each second.
BY_TIME = {"currency": "EUR", "price_per_minute": "60"}
COST = Variable(component="TariffCostCtrlr", name="Available", instance="Cost")
DISPLAY = Variable(component="DisplayMessageCtrlr", name="Available")


@pytest.fixture(scope="module")
def settings():
    return {"running_cost_s": 1, "command_timeout_s": 2}


@pytest.fixture
def says(module_database_url):
    """A station has told this value of a variable."""

    async def tell(station_id, variable, value="true"):
        database = await asyncpg.connect(module_database_url)
        await database.execute(
            """
            INSERT INTO station_variables
                (station_id, identity, component, name, instance, key, value)
            VALUES ($1, $2, $3, $4, $5, 'x', $6)
            """,
            station_id,
            variable.identity,
            variable.component,
            variable.name,
            variable.instance,
            value,
        )
        await database.close()

    return tell


async def priced(operator, version=V201, **terms):
    station = await operator.answering(version=version)
    http, name = operator.server.http, f"of-{station.id}"
    await http.put(f"/api/v1/tariffs/{name}", json=BY_TIME | terms)
    await http.put(f"/api/v1/stations/{station.id}/tariff", json={"tariff": name})
    station.on["CostUpdated"] = {}
    return station


async def charges(operator, station):
    charging = Charging(station)
    about = {"evse": EVSE, "idToken": token(await operator.server.token())}
    await charging.tells("Started", "Authorized", "Charging", wh=0, **about)
    return charging, await operator.server.transaction(station.id)


@pytest.mark.parametrize("variable", [COST, DISPLAY], ids=["cost", "display"])
@pytest.mark.parametrize("version", [V201, V21])
async def test_a_station_that_shows_costs_is_told_when_nothing_else_has_told_it(
    operator, says, version, variable
):
    """TC_I_01: a CostUpdated with the right transaction where no answer had the cost."""
    station = await priced(operator, version)
    await says(station.id, variable)
    await charges(operator, station)

    _, first = await station.is_asked("CostUpdated")
    _, later = await station.is_asked("CostUpdated", times=2)

    assert first["transactionId"] == later["transactionId"] == REF
    assert 0 < first["totalCost"] < later["totalCost"]


async def test_a_cost_that_has_not_changed_is_not_told_again(operator, says):
    """By energy alone it stands still; the one beside it, by time, shows that we looked."""
    still = await priced(operator, price_per_minute="0", price_per_kwh="1")
    moving = await priced(operator)
    for station in (still, moving):
        await says(station.id, COST)
        await charges(operator, station)

    await moving.is_asked("CostUpdated", times=2)

    assert still.asked == []


async def test_a_station_that_does_not_know_the_message_is_asked_once(operator, says):
    """NotImplemented and NotSupported are remembered until an operator's own attempt succeeds."""
    stations = [await priced(operator) for _ in range(3)]
    for station, code in zip(stations, ("NotImplemented", "NotSupported", None), strict=True):
        if code:
            station.on["CostUpdated"] = [code, "", {}]
        await says(station.id, COST)
        _, shown = await charges(operator, station)

    await stations[2].is_asked("CostUpdated", times=3)

    assert [len(each.asked) for each in stations[:2]] == [1, 1]
    able = stations[0]
    able.on["CostUpdated"] = {}
    shown = await operator.server.transaction(able.id)
    await operator.asks(able.id, "cost_updated", wait=10, transaction_id=shown["id"])
    await able.is_asked("CostUpdated", times=3)


async def test_a_station_that_has_nothing_to_show_costs_on_is_left_alone(operator, says):
    silent, hidden, shows = [await priced(operator) for _ in range(3)]
    await says(hidden.id, COST, "false")
    await says(hidden.id, DISPLAY)
    await says(shows.id, COST)
    for station in (silent, hidden, shows):
        await charges(operator, station)

    await shows.is_asked("CostUpdated", times=2)

    assert (silent.asked, hidden.asked) == ([], [])


async def test_after_the_end_nothing_is_told_any_more(operator, says):
    station, other = await priced(operator), await priced(operator)
    for each in (station, other):
        await says(each.id, COST)
    charging, _ = await charges(operator, station)
    await charges(operator, other)
    await station.is_asked("CostUpdated")

    end = await charging.tells("Ended", "StopAuthorized", wh=1000)
    told = len(station.asked)
    await other.is_asked("CostUpdated", times=len(other.asked) + 2)

    assert end["totalCost"] > 0
    assert len(station.asked) == told


@pytest.mark.parametrize("version", [V201, V21])
async def test_an_operator_tells_a_cost_by_hand_or_by_tariff(operator, version):
    station = await priced(operator, version)
    _, shown = await charges(operator, station)

    said = await operator.asks(
        station.id, "cost_updated", wait=10, transaction_id=shown["id"], total_cost="12.34"
    )
    _, by_hand = await station.is_asked("CostUpdated")
    await operator.asks(station.id, "cost_updated", wait=10, transaction_id=shown["id"])
    _, by_tariff = await station.is_asked("CostUpdated", times=2)

    assert said["state"] == "accepted"
    assert said["arguments"] == {
        "transaction_id": shown["id"],
        "station_ref": REF,
        "total_cost": "12.34",
    }
    assert by_hand == {"totalCost": 12.34, "transactionId": REF}
    assert by_tariff["totalCost"] > 0


async def test_a_cost_that_cannot_be_told_is_refused(operator):
    old, free, other = (
        await operator.answering(version=V16),
        await operator.answering(version=V201),
        await priced(operator),
    )
    charging, foreign = await charges(operator, other)
    _, unpriced = await charges(operator, free)
    await old.starts(await operator.server.token())
    of_old = await operator.server.transaction(old.id)
    await charging.tells("Ended", "StopAuthorized", wh=1000)

    answers = [
        await operator.refused(station.id, "cost_updated", transaction_id=shown["id"], **more)
        for station, shown, more in (
            (old, of_old, {"total_cost": "1"}),
            (free, foreign, {}),
            (free, unpriced, {}),
            (other, foreign, {}),
            (free, unpriced, {"total_cost": "-1"}),
        )
    ]

    assert [each.status_code for each in answers] == [409, 422, 422, 422, 422]
    assert (old.asked, free.asked) == ([], [])


@pytest.mark.parametrize(
    ("answer", "state"),
    [(["GenericError", "", {}], "call_error"), ({"status": 1}, "accepted"), (None, "timed_out")],
)
async def test_what_becomes_of_a_cost_that_was_told(operator, answer, state):
    station = await priced(operator)
    _, shown = await charges(operator, station)
    station.on["CostUpdated"] = answer

    sent = await operator.asks(station.id, "cost_updated", transaction_id=shown["id"])

    await eventually(
        lambda: operator.server.get(f"/api/v1/commands/{sent['id']}"),
        lambda told: told["state"] == state,
    )
