"""What an administrator is shown of the settings."""

from pathlib import Path

from tests.api.test_api_problems import problem
from voltaro import __version__
from voltaro.config import SETTINGS, Settings
from voltaro.services.installation import installation_facts

S = "/api/v1/settings"


def by_name(facts):
    return {each.name: each for each in facts.settings}


async def test_every_setting_is_shown_with_version_and_kind_of_database(api):
    answer = await api.http.get(S)

    assert answer.status_code == 200
    body = answer.json()
    assert body["version"] == __version__
    assert body["database"] == "external"
    assert Path(body["data_dir"]).is_absolute()
    assert [each["name"] for each in body["settings"]] == [row.name for row in SETTINGS]
    port = next(each for each in body["settings"] if each["name"] == "VOLTARO_OCPP_PORT")
    assert (port["value"], port["default"], port["source"]) == ("9000", "9000", "default")
    assert port["meaning"]


async def test_only_administrators_see_them(api):
    made = await api.http.post("/api/v1/keys", json={"name": "w", "scopes": ["read", "write"]})
    headers = {"Authorization": f"Bearer {made.json()['key']}"}

    problem(await api.anonymous.get(S, headers=headers), 403, "missing_scope")


def test_secrets_are_masked():
    environ = {
        "VOLTARO_SECRET_KEY": "a-secret-of-mine",
        "VOLTARO_BOOTSTRAP_API_KEY": "another-secret",
        "VOLTARO_DATABASE_URL": "postgresql://voltaro:hunter22@db/voltaro?password=hunter23",
    }

    facts = installation_facts(Settings.from_env(environ), environ)

    shown = repr(facts)
    for secret in ("a-secret-of-mine", "another-secret", "hunter22", "hunter23"):
        assert secret not in shown
    assert by_name(facts)["VOLTARO_SECRET_KEY"].value == "***"
    assert facts.database == "external"


def test_where_a_value_comes_from_is_told():
    environ = {"VOLTARO_HTTP_PORT": "8000", "VOLTARO_OCPP_PORT": "9001", "VOLTARO_LOG_LEVEL": "no"}
    settings = Settings.from_env(environ, ocpp_port=9002, log_level="debug", bind="127.0.0.1")

    found = by_name(installation_facts(settings, environ))

    assert {
        name.removeprefix("VOLTARO_"): (each.value, each.source)
        for name, each in found.items()
        if each.source != "default"
    } == {
        "HTTP_PORT": ("8000", "environment"),
        "OCPP_PORT": ("9002", "option"),
        "LOG_LEVEL": ("debug", "option"),
        "BIND": ("127.0.0.1", "option"),
    }


def test_without_a_database_url_the_database_is_embedded():
    assert installation_facts(Settings.from_env({}), {}).database == "embedded"
