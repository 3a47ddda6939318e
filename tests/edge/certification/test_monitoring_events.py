"""Blocks N and G of 2.0.1 and 2.1: what stations tell of their variables by themselves."""

import pytest
import pytest_asyncio

from tests.edge.conftest import V21, V201, Refused, at, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(params=[V201, V21], loop_scope="module")
async def station(server, request):
    return await server.connects(version=request.param)


def event(event_id=1, **more):
    data = {
        "eventId": event_id,
        "timestamp": at(event_id),
        "trigger": "Alerting",
        "actualValue": "true",
        "eventNotificationType": "HardWiredNotification",
        "component": {
            "name": "ConnectorPlugRetentionLock",
            "evse": {"id": 1, "connectorId": 1},
        },
        "variable": {"name": "Problem"},
    }
    return {name: value for name, value in (data | more).items() if value is not None}


def state(value, component="Connector", evse=None, event_id=1, seconds=1):
    named = {"name": component} | ({"evse": evse} if evse else {})
    return event(
        event_id,
        trigger="Delta",
        actualValue=value,
        component=named,
        variable={"name": "AvailabilityState"},
        timestamp=at(seconds),
    )


def notification(*events, **more):
    return {"generatedAt": at(), "seqNo": 0, "eventData": list(events)} | more


async def kept(server, station, **query):
    return await server.items(f"/api/v1/stations/{station.id}/monitoring-events", **query)


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        pytest.param(
            {"trigger": "Delta"},
            {"trigger": "delta", "origin": "hard_wired_notification", "value": "true"},
            id="TC_G_20",
        ),
        pytest.param(
            {"eventNotificationType": "HardWiredMonitor", "variableMonitoringId": 7},
            {"origin": "hard_wired_monitor", "monitor_id": 7, "trigger": "alerting"},
            id="TC_N_21",
        ),
        pytest.param(
            {
                "trigger": "Periodic",
                "eventNotificationType": "CustomMonitor",
                "variableMonitoringId": 8,
                "actualValue": "42.5",
            },
            {"trigger": "periodic", "value": "42.5", "origin": "custom_monitor"},
            id="TC_N_24",
        ),
        pytest.param({"actualValue": ""}, {"value": ""}, id="TC_N_48"),
        pytest.param({"cleared": True}, {"cleared": True}, id="TC_N_49"),
        pytest.param({"trigger": "Periodic"}, {"trigger": "periodic"}, id="TC_N_50"),
    ],
)
async def test_an_event_is_answered_and_shown(server, station, more, shown):
    payload = notification(event(**more))

    assert await station.call("NotifyEvent", payload) == {}

    (found,) = await kept(server, station)
    assert found.items() >= shown.items()
    assert (found["component"], found["name"]) == ("ConnectorPlugRetentionLock", "Problem")
    assert (found["evse_id"], found["connector_id"]) == (1, 1)


async def test_parts_of_a_long_notification_are_all_kept(server, station):
    first = notification(event(1), event(2, cause=1), tbc=True)
    second = notification(event(3, techCode="E17", techInfo="stalls"), seqNo=1, tbc=False)

    assert await station.call("NotifyEvent", first) == {}
    assert await station.call("NotifyEvent", second) == {}

    found = await kept(server, station)
    assert [each["event_id"] for each in found] == [3, 2, 1]
    assert found[1]["cause"] == 1
    assert (found[0]["tech_code"], found[0]["tech_info"]) == ("E17", "stalls")


async def test_an_event_that_comes_again_is_kept_once(server, station):
    """The answer was lost, and the station puts it into another notification."""
    await station.call("NotifyEvent", notification(event(1)))

    assert await station.call("NotifyEvent", notification(event(1), event(2), event(2))) == {}

    assert [each["event_id"] for each in await kept(server, station)] == [2, 1]


async def test_an_event_number_that_is_used_again_is_another_event(server, station):
    await station.call("NotifyEvent", notification(event(1)))
    await station.call("NotifyEvent", notification(event(1, timestamp=at(99))))

    assert len(await kept(server, station)) == 2


async def test_events_can_be_chosen_by_component_and_variable(server, station):
    other = event(2, component={"name": "EVSE"}, variable={"name": "Power"})
    await station.call("NotifyEvent", notification(event(1), other))

    (by_component,) = await kept(server, station, component="evse")
    (by_name,) = await kept(server, station, name="problem")

    assert (by_component["event_id"], by_name["event_id"]) == (2, 1)


async def test_an_event_without_a_value_or_a_time_is_kept_all_the_same(server, station):
    payload = notification(event(actualValue=None, timestamp=None))

    assert await station.call("NotifyEvent", payload) == {}

    (found,) = await kept(server, station)
    assert (found["value"], found["clock_trusted"]) == ("", False)


async def test_a_password_in_an_event_is_not_kept(server, station):
    secret = event(
        actualValue="very-secret-indeed",
        component={"name": "SecurityCtrlr"},
        variable={"name": "BasicAuthPassword"},
    )
    await station.call("NotifyEvent", notification(secret))

    (found,) = await kept(server, station)
    assert found["value"] is None


async def test_a_notification_without_events_is_refused(station):
    with pytest.raises(Refused) as refused:
        await station.call("NotifyEvent", {"generatedAt": at(), "seqNo": 0})

    assert refused.value.code == "OccurrenceConstraintViolation"


@pytest.mark.parametrize(
    ("component", "evse"),
    [("Connector", {"id": 1, "connectorId": 1}), ("EVSE", {"id": 1})],
)
async def test_a_state_that_comes_as_an_event_is_shown_like_any_other(
    server, station, component, evse
):
    for number, value in enumerate(("Available", "Occupied", "Faulted"), 1):
        told = state(value, component, evse, number, number)
        assert await station.call("NotifyEvent", notification(told)) == {}
        shown = await eventually(
            lambda: server.connector(station.id),
            lambda found, value=value: found and found["status"] == value.lower(),
        )
        assert shown["reported"] == value


async def test_a_state_is_replaced_whichever_message_tells_it(server, station):
    evse = {"id": 1, "connectorId": 1}
    await station.call("NotifyEvent", notification(state("Occupied", evse=evse, seconds=1)))
    payload = {
        "timestamp": at(2),
        "connectorStatus": "Available",
        "evseId": 1,
        "connectorId": 1,
    }
    await station.call("StatusNotification", payload)

    shown = await eventually(
        lambda: server.connector(station.id), lambda found: found["status"] == "available"
    )
    assert shown["evse_id"] == 1


async def test_a_connector_is_more_exact_than_its_evse(server, station):
    whole = state("Occupied", "EVSE", {"id": 1}, 2)
    part = state("Unavailable", "Connector", {"id": 1, "connectorId": 1}, 1)

    await station.call("NotifyEvent", notification(part, whole))

    shown = await eventually(lambda: server.connector(station.id), lambda found: found)
    assert shown["status"] == "unavailable"


async def test_a_state_nobody_knows_is_an_event_and_no_state(server, station):
    odd = state("Sleeping", evse={"id": 1, "connectorId": 1})

    assert await station.call("NotifyEvent", notification(odd)) == {}

    assert len(await kept(server, station)) == 1
    assert await server.connector(station.id) is None


@pytest.mark.parametrize("version", [V201, V21])
@pytest.mark.parametrize(
    ("scope", "component", "evse"),
    [
        pytest.param({}, "ChargingStation", None, id="station"),
        pytest.param({"evse_id": 1}, "EVSE", {"id": 1}, id="evse"),
        pytest.param(
            {"evse_id": 1, "connector_id": 1},
            "Connector",
            {"id": 1, "connectorId": 1},
            id="connector",
        ),
    ],
)
async def test_an_event_proves_that_something_is_out_of_service(
    operator, version, scope, component, evse
):
    """G03, G04: a state may come as a StatusNotification or as an event."""
    station = await operator.answering(version=version)
    station.on["ChangeAvailability"] = {"status": "Accepted"}
    command = await operator.asks(station.id, "change_availability", operative=False, **scope)
    await operator.sees(command, "accepted")

    told = state("Unavailable", component, evse)
    assert await station.call("NotifyEvent", notification(told)) == {}

    assert (await operator.sees(command, "done"))["detail"] == "it reported Unavailable"


async def test_a_severe_event_needs_somebody_until_it_is_cleared(server):
    """Stations of 2.1 tell the severity; N07.FR.02 says when it is over."""
    station = await server.connects(version=V21)

    async def attention():
        listed = (await server.get("/api/v1/attention"))["items"]
        return [each for each in listed if each["station_id"] == station.id]

    slight = event(1, severity=4, variable={"name": "Power"})
    await station.call("NotifyEvent", notification(slight, event(2, severity=2)))

    (item,) = await attention()
    assert (item["kind"], item["severity"]) == ("event", "medium")
    assert item["facts"]["component"] == "ConnectorPlugRetentionLock"
    cleared = event(3, severity=2, cleared=True, actualValue="false")
    await station.call("NotifyEvent", notification(cleared))
    assert await attention() == []
