import re
from ipaddress import ip_network
from pathlib import Path

import pytest

from voltaro.config import SETTINGS, SettingError, Settings, default_data_dir
from voltaro.urls import mask_url

DOCUMENT = Path(__file__).parents[1] / "docs" / "operate" / "settings.md"


def test_defaults_hold_without_any_variable():
    settings = Settings.from_env({})

    assert (settings.ocpp_port, settings.http_port, settings.bind) == (9000, 8080, "0.0.0.0")
    assert settings.unknown_stations == "refuse"
    assert settings.database_url is None
    assert settings.max_message_bytes == 1024 * 1024
    assert settings.data_dir.is_absolute()
    assert settings.unknown == ()


def test_variables_are_read_and_flags_win():
    environ = {
        "VOLTARO_OCPP_PORT": "9100",
        "VOLTARO_HTTP_PORT": "8100",
        "VOLTARO_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7",
        "VOLTARO_MAX_MESSAGE_BYTES": "2 MiB",
        "VOLTARO_PUBLIC_URL": "https://charging.example.org/",
        "VOLTARO_LOG_LEVEL": "DEBUG",
        "VOLTARO_PING_INTERVAL_S": "0",
    }

    settings = Settings.from_env(environ, ocpp_port=0, bind=None, data_dir=Path("/srv/voltaro"))

    assert settings.ocpp_port == 0
    assert settings.http_port == 8100
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("192.0.2.7/32"))
    assert settings.max_message_bytes == 2 * 1024 * 1024
    assert settings.public_url == "https://charging.example.org"
    assert settings.log_level == "debug"
    assert settings.ping_interval_s == 0
    assert settings.data_dir == Path("/srv/voltaro")


def test_an_empty_variable_counts_as_not_set():
    assert Settings.from_env({"VOLTARO_OCPP_PORT": " "}).ocpp_port == 9000


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("VOLTARO_OCPP_PORT", "ninety", "'ninety' is not a whole number"),
        ("VOLTARO_HTTP_PORT", "70000", "not between 0 and 65535"),
        ("VOLTARO_HTTP_PORT", "tcp://10.0.0.1:8080", "enableServiceLinks"),
        ("VOLTARO_UNKNOWN_STATIONS", "allow", "not one of refuse, pending, accept"),
        ("VOLTARO_DATABASE_URL", "mysql://db/voltaro", "does not begin with postgresql://"),
        ("VOLTARO_TRUSTED_PROXIES", "10.0.0.1/8", "'10.0.0.1/8' is not an address or a network"),
        ("VOLTARO_MAX_MESSAGE_BYTES", "10", "not between 64 KiB and 64 MiB"),
        ("VOLTARO_MAX_MESSAGE_BYTES", "1 GB", "not a size"),
        ("VOLTARO_PUBLIC_OCPP_URL", "https://x.example", "does not begin with wss:// or ws://"),
        ("VOLTARO_PUBLIC_URL", "https://", "names no host"),
        ("VOLTARO_PING_INTERVAL_S", "nan", "not between"),
    ],
)
def test_a_bad_value_names_the_variable_what_is_wrong_and_an_example(name, text, says):
    with pytest.raises(SettingError) as caught:
        Settings.from_env({name: text})

    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert says in message
    assert f"Example: {name}=" in message
    assert "\n" not in message


def test_a_bad_flag_is_named_as_the_flag():
    with pytest.raises(SettingError, match=r"^--ocpp-port: '70000' is not between"):
        Settings.from_env({}, ocpp_port=70000)


def test_a_bad_database_url_is_not_repeated_with_its_password():
    with pytest.raises(SettingError) as caught:
        Settings.from_env({"VOLTARO_DATABASE_URL": "mysql://u:hunter2@db/voltaro"})

    assert "hunter2" not in str(caught.value)


def test_unknown_variables_come_with_the_nearest_match():
    settings = Settings.from_env(
        {"VOLTARO_OCCP_PORT": "1", "VOLTARO_SERVICE_HOST": "10.0.0.1", "VOLTARO_API_KEY": "k"}
    )

    assert settings.unknown == (
        ("VOLTARO_OCCP_PORT", "VOLTARO_OCPP_PORT"),
        ("VOLTARO_SERVICE_HOST", None),
    )


def test_an_override_that_is_no_setting_is_our_bug():
    with pytest.raises(TypeError, match="no such setting: colour"):
        Settings.from_env({}, colour="red")


def test_describe_masks_secrets():
    settings = Settings.from_env(
        {
            "VOLTARO_BOOTSTRAP_API_KEY": "top-secret-1",
            "VOLTARO_SECRET_KEY": "top-secret-2",
            "VOLTARO_DATABASE_URL": "postgresql://u:top-secret-3@db/voltaro?password=top-secret-4",
        }
    )

    table = settings.describe()

    assert "top-secret" not in str(table)
    assert "top-secret" not in repr(settings)
    assert ("VOLTARO_BOOTSTRAP_API_KEY", "***") in [row[:2] for row in table]
    assert [name for name, _, _ in table] == [row.name for row in SETTINGS]


def test_mask_url_keeps_what_is_not_secret():
    assert mask_url("postgresql://u:p@ss@db:5433/v?sslmode=require") == (
        "postgresql://u:***@db:5433/v?sslmode=require"
    )
    assert mask_url("postgresql://u@db/v") == "postgresql://u@db/v"
    assert mask_url("postgresql:///v?host=/run") == "postgresql:///v?host=/run"


def test_root_in_a_closed_folder_uses_the_system_place(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    system = Path("/var/lib/voltaro")

    assert default_data_dir(closed, is_root=True, system=system) == system
    assert default_data_dir(closed, is_root=False, system=system) == closed / "voltaro-data"
    assert default_data_dir(Path("/"), is_root=True, system=system) == Path("/voltaro-data")


def test_every_setting_is_documented_as_the_table_says():
    rows = re.findall(
        r"^\| `(VOLTARO_\w+)` \| (.*?) \| (.*?) \|$", DOCUMENT.read_text(), re.MULTILINE
    )

    wanted = [
        (row.name, f"`{row.default}`" if row.default else "none", row.meaning) for row in SETTINGS
    ]
    assert rows == wanted, "write docs/operate/settings.md anew from voltaro.config.SETTINGS"
