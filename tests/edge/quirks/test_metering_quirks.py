"""Quirks of readings: nothing said about them, padded, empty, in words of other spelling."""

import pytest

from tests.edge.conftest import V21, V201, eventually
from tests.edge.quirks.frame_log import flagged, replays, sessions, unflagged

pytestmark = pytest.mark.asyncio(loop_scope="module")

REGISTER = "Energy.Active.Import.Register"
SESSION = """
    > [2,"1","StartTransaction",{"connectorId":1,"idTag":"$tag","meterStart":1000,"timestamp":"2026-01-02T03:00:00Z"}]
    < [3,"1",{"transactionId":$ref,"idTagInfo":{"status":"Accepted"}}]
    > [2,"2","MeterValues",{"connectorId":1,"transactionId":$ref,"meterValue":[{"timestamp":"2026-01-02T03:30:00Z","sampledValue":$sampled}]}]
    < [3,"2",{}]
"""


async def metered(server, sampled: str):
    """A session with these sampled values half an hour in: station, session, kept readings."""
    station, tag = await server.connects(), await server.token()
    await replays(station, SESSION, tag=tag, sampled=sampled)
    session = await server.transaction(station.id)
    return station, session, await server.samples(session)


async def test_q57_a_value_without_measurand_and_unit_is_the_register_in_wh(server):
    station, session, (reading,) = await metered(server, '[{"value":"1500"}]')

    assert session["energy_wh"] == 500
    assert (reading["measurand"], reading["unit"], reading["value"]) == (REGISTER, "Wh", 1500)
    await unflagged(server, station.id)


@pytest.mark.parametrize("version", [V201, V21])
async def test_q57_the_same_of_2_x(server, version):
    station = await server.connects(version=version)

    await replays(
        station,
        """
        > [2,"1","TransactionEvent",{"eventType":"Started","timestamp":"2026-01-02T03:00:00Z","triggerReason":"CablePluggedIn","seqNo":0,"transactionInfo":{"transactionId":"T"},"evse":{"id":1},"meterValue":[{"timestamp":"2026-01-02T03:00:00Z","sampledValue":[{"value":1000}]}]}]
        < [3,"1",{}]
        > [2,"2","TransactionEvent",{"eventType":"Ended","timestamp":"2026-01-02T04:00:00Z","triggerReason":"EVDeparted","seqNo":1,"transactionInfo":{"transactionId":"T"},"meterValue":[{"timestamp":"2026-01-02T04:00:00Z","sampledValue":[{"value":1.75,"unitOfMeasure":{"unit":"KWH"}}]}]}]
        < [3,"2",{}]
        """,
    )

    assert await sessions(server, station.id, "energy_wh", "open") == [(750, False)]
    place = "/meterValue/*/sampledValue/*/unitOfMeasure/unit"
    await flagged(server, station.id, ("respelled_word", "TransactionEvent", place))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ('" 1500.0"', "number_format"),
        ('"1500 "', "number_format"),
        ('"1500,0"', "number_format"),
        ('"+1500"', "number_format"),
        ("1500", "wrong_type"),
        ("1500.0", "wrong_type"),
        ('"1.5E3"', None),
    ],
)
async def test_q59_padded_values_numbers_and_decimal_commas(server, value, kind):
    station, session, _ = await metered(server, f'[{{"value":{value}}}]')

    assert session["energy_wh"] == 500
    place = "/meterValue/*/sampledValue/*/value"
    if kind is None:
        await unflagged(server, station.id)
    else:
        await flagged(server, station.id, (kind, "MeterValues", place))


@pytest.mark.parametrize("text", ["", "-", "n/a", "1.2.3", "NaN"])
async def test_q59_a_value_that_is_no_number_is_kept_as_text_and_flagged(server, text):
    station, session, (reading,) = await metered(server, f'[{{"value":"{text}"}}]')

    assert session["energy_wh"] == 0
    assert (reading["value"], reading["raw"]) == (None, text)
    place = "/meterValue/*/sampledValue/*/value"
    await flagged(server, station.id, ("not_a_number", "MeterValues", place))


async def test_q60_empty_sampled_values_are_taken_and_ignored(server):
    station, session, readings = await metered(server, "[]")

    assert (session["energy_wh"], readings) == (0, [])
    await flagged(server, station.id, ("wrong_count", "MeterValues", "/meterValue/*/sampledValue"))
    await replays(
        station,
        """
        > [2,"1","MeterValues",{"connectorId":1,"meterValue":[]}]
        < [3,"1",{}]
        > [2,"2","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-01-02T03:40:00Z"}]}]
        < [3,"2",{}]
        """,
    )


@pytest.mark.parametrize(
    ("sampled", "shown", "kind"),
    [
        ('"measurand":"Current.import","unit":"a"', ("Current.Import", "A"), "respelled_word"),
        ('"measurand":"VOLTAGE","unit":"v"', ("Voltage", "V"), "respelled_word"),
        ('"measurand":"Frequency","unit":"Hz"', ("Frequency", "Hertz"), "respelled_word"),
        ('"measurand":"Temperature","unit":"Celsius"', ("Temperature", "Celsius"), None),
        ('"measurand":"Temperature","unit":"Celcius"', ("Temperature", "Celcius"), None),
        ('"measurand":"Temperature","unit":"degC"', ("Temperature", "Celsius"), "respelled_word"),
        ('"measurand":"SoC","unit":"%"', ("SoC", "Percent"), "respelled_word"),
        ('"measurand":"Request.Energy"', ("Request.Energy", None), "unknown_word"),
        ('"measurand":"Power.Active.Import","unit":"horses"',
         ("Power.Active.Import", "horses"), "unknown_word"),
    ],
)  # fmt: skip
async def test_q61_words_in_other_spellings_are_understood_and_unknown_ones_kept(
    server, sampled, shown, kind
):
    station, session, (reading,) = await metered(server, f'[{{"value":"7",{sampled}}}]')

    assert (reading["measurand"], reading["unit"], reading["value"]) == (*shown, 7)
    assert session["energy_wh"] == 0
    if kind is None:
        await unflagged(server, station.id)
    else:
        path = f"/api/v1/stations/{station.id}/deviations"
        found = await eventually(lambda: server.items(path), len)
        assert {row["kind"] for row in found} == {kind}


@pytest.mark.parametrize(
    ("sampled", "energy_wh"),
    [
        ('"unit":"KWH","value":"1.5"', 500),
        ('"unit":"kwh","value":"1,5","measurand":"energy.active.import.register"', 500),
        ('"unit":"wh","value":"1500","context":"sample.periodic","location":"OUTLET"', 500),
        ('"unit":"Wh","value":"1500","context":"Whatever"', 500),
    ],
)
async def test_q61_the_energy_counts_however_its_words_are_spelt(server, sampled, energy_wh):
    _, session, _ = await metered(server, f"[{{{sampled}}}]")

    assert session["energy_wh"] == energy_wh


async def test_q61_context_trigger_is_a_word_of_the_specification(server):
    station, _, (reading,) = await metered(server, '[{"value":"1500","context":"Trigger"}]')

    assert reading["context"] == "Trigger"
    await unflagged(server, station.id)
