"""The OpenAPI document, and answers as it describes them."""

from typing import Any

from voltaro.domain.availability import ConnectorStatus
from voltaro.domain.ids import Connector

OPERATIONS = {
    "list_stations",
    "get_station",
    "put_station",
    "delete_station",
    "list_tokens",
    "get_token",
    "put_token",
    "delete_token",
    "list_charging_limits",
    "list_charging_profiles",
    "get_charging_profile",
    "put_charging_profile",
    "delete_charging_profile",
    "list_tariffs",
    "get_tariff",
    "put_tariff",
    "delete_tariff",
    "get_station_tariff",
    "put_station_tariff",
    "delete_station_tariff",
    "get_site_tariff",
    "put_site_tariff",
    "delete_site_tariff",
    "list_installed_profiles",
    "get_composite_schedule",
    "list_commands",
    "get_command",
    "send_command",
    "send_call",
    "cancel_command",
    "list_files",
    "create_file",
    "get_file",
    "get_file_content",
    "delete_file",
    "list_transactions",
    "get_transaction",
    "list_meter_values",
    "list_station_meter_values",
    "get_transaction_curve",
    "get_fleet",
    "get_overview",
    "get_attention",
    "list_messages",
    "get_message",
    "explain_message",
    "list_token_refusals",
    "start_simulated_stations",
    "list_simulated_stations",
    "stop_simulated_station",
    "get_onboarding",
    "get_qr_code",
    "get_settings",
    "close_transaction",
    "import_tokens",
    "stream_events",
    "get_me",
    "put_my_password",
    "list_users",
    "put_user",
    "reset_user",
    "delete_user",
    "list_keys",
    "create_key",
    "delete_key",
    "list_audit",
    "list_attempts",
    "list_connections",
    "list_deviations",
    "list_variables",
    "get_local_list",
    "list_reservations",
    "get_reservation",
    "list_jobs",
    "list_announcements",
    "list_monitoring_events",
    "list_monitors",
    "list_display_messages",
    "list_security_events",
    "list_certificate_requests",
    "list_station_certificates",
    "revoke_station_certificate",
    "get_certificate_authority",
    "get_status",
    "get_sessions",
    "get_livez",
    "get_readyz",
}


async def test_document_names_every_operation_once(api):
    document = (await api.http.get("/api/v1/openapi.json")).json()

    assert document["openapi"].startswith("3.1")
    operations = [each for path in document["paths"].values() for each in path.values()]
    assert {each["operationId"] for each in operations} == OPERATIONS
    assert len(operations) == len(OPERATIONS)
    for operation in operations:
        assert operation["summary"]
        for status, response in operation["responses"].items():
            media = set(response.get("content", {}))
            fitting = {"application/json", "text/event-stream", "text/csv"}
            fitting |= {"application/octet-stream", "image/svg+xml"}
            assert media <= ({"application/problem+json"} if status >= "400" else fitting)


async def test_every_field_of_an_answer_has_an_example(api):
    document = (await api.http.get("/api/v1/openapi.json")).json()

    schemas = document["components"]["schemas"]
    missing = [
        f"{name}.{field}"
        for name in ("Station", "StationStatus", "Connector", "Token", "Transaction", "Session")
        for field, schema in schemas[name]["properties"].items()
        if "examples" not in schema and "items" not in schema
    ]
    assert missing == []
    assert schemas["StationBody"]["examples"]
    assert schemas["TokenBody"]["examples"]


async def test_answers_have_exactly_the_fields_described(api):
    document = (await api.http.get("/api/v1/openapi.json")).json()
    schemas = document["components"]["schemas"]
    await api.station("CP-1", security_profile=0)
    await api.http.put("/api/v1/tokens/A1")
    await api.boots("CP-1")
    await api.reports(
        "CP-1", ConnectorStatus.AVAILABLE, where=Connector(1, 1), reported="Available"
    )
    await api.starts("CP-1", token="A1", at=api.now, meter_wh=0)
    await api.refused("CP-9", reason="unknown_station")

    async def one(path: str) -> dict[str, Any]:
        return (await api.items(path))[0]

    station = await one("/api/v1/stations")
    status = (await api.http.get("/status")).json()["stations"][0]
    assert set(station) == set(schemas["Station"]["properties"])
    assert set(status) == set(schemas["StationStatus"]["properties"])
    assert set(station["connectors"][0]) == set(schemas["ConnectorDetails"]["properties"])
    assert set(status["connectors"][0]) == set(schemas["Connector"]["properties"])
    assert set(await one("/api/v1/tokens")) == set(schemas["Token"]["properties"])
    assert set(await one("/api/v1/transactions")) == set(schemas["Transaction"]["properties"])
    assert set(await one("/api/v1/messages")) == set(schemas["Message"]["properties"])
    assert set(await one("/api/v1/attempts")) == set(schemas["Attempt"]["properties"])
    assert set((await api.http.get("/sessions")).json()["sessions"][0]) == set(
        schemas["Session"]["properties"]
    )
