import socket
import subprocess
import sys

import pytest

from voltaro.cli.client import find_key
from voltaro.cli.failure import CliError, ExitCode


@pytest.mark.parametrize(
    ("status", "body", "code", "says"),
    [
        (400, {"title": "Bad Request", "detail": "unknown parameter"}, 2, "unknown parameter"),
        (403, {"title": "Forbidden"}, 4, "Forbidden"),
        (404, {"title": "Not Found", "detail": "no CP-1"}, 3, "Not Found: no CP-1"),
        (409, {"title": "Conflict", "code": "station_offline"}, 8, "Conflict"),
        (409, {"title": "Conflict", "detail": "busy"}, 5, "Conflict: busy"),
        (412, {"title": "Precondition Failed"}, 5, "Precondition Failed"),
        (
            422,
            {"title": "Invalid", "errors": [{"pointer": "/type", "detail": "too long"}]},
            2,
            "Invalid; /type: too long",
        ),
        (500, b"<h1>boom</h1>", 1, "HTTP 500"),
        (502, {"title": "Bad Gateway"}, 6, "Bad Gateway"),
        (503, {"title": "Unavailable"}, 9, "not ready"),
        (504, {"title": "Timeout"}, 7, "Timeout"),
        (200, b"<h1>another server</h1>", 1, "did not answer with JSON"),
    ],
)
def test_every_failure_has_its_code_and_two_lines(api, voltaro, status, body, code, says):
    api.answer("GET", "/api/v1/stations/CP-1", status, body)

    result = voltaro("stations", "show", "CP-1")

    assert result.code == code, result
    assert says in result.err
    assert len(result.err.splitlines()) == 2
    assert result.err.startswith("voltaro: ")
    assert "Traceback" not in result.err
    assert result.out == ""


def test_no_server_is_code_nine(api, voltaro):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        result = voltaro("stations", "list", "--url", url)

    assert result.code == 9
    assert f"the server at {url} cannot be reached" in result.err
    assert "voltaro serve" in result.err


def test_a_wrong_address_is_usage(voltaro):
    assert voltaro("stations", "list", "--url", "localhost:8080").code == 2
    assert voltaro("stations", "list", "--url", "http://").code == 2


def test_usage_errors_are_code_two(voltaro):
    result = voltaro("stations", "lst")

    assert result.code == 2
    assert "Did you mean 'list'?" in result.err


def test_debug_shows_the_traceback(api, voltaro):
    result = voltaro("stations", "show", "CP-1", "--debug")

    assert result.code == 3
    assert "Traceback" in result.err


def test_an_unexpected_error_is_one_line_without_debug(api, voltaro):
    api.answer("GET", "/api/v1/stations", 200, {"unexpected": "shape"})

    result = voltaro("stations", "list")

    assert result.code == 1
    assert "unexpected error: KeyError" in result.err
    assert "--debug" in result.err
    assert "Traceback" not in result.err


def test_the_key_of_the_environment_wins(api, voltaro):
    api.key = "from-environment"
    api.answer("GET", "/api/v1/stations", 200, {"items": [], "next_cursor": None})

    assert voltaro("stations", "list", VOLTARO_API_KEY="from-environment").code == 0
    assert voltaro("stations", "list").code == 4


def test_the_local_key_never_goes_to_another_machine(api):
    assert find_key("http://localhost:8080", api.data_dir) == "local-administrator-key"
    assert find_key("http://[::1]:8080", api.data_dir) == "local-administrator-key"
    assert find_key("https://charging.example.org", api.data_dir) is None
    assert find_key("http://127.0.0.1.example.org", api.data_dir) is None
    assert find_key("http://127.0.0.1:8080", api.data_dir / "none") is None


def test_a_key_that_cannot_be_read_says_so(api):
    (api.data_dir / "admin.key").unlink()
    (api.data_dir / "admin.key").mkdir()

    with pytest.raises(CliError) as caught:
        find_key("http://127.0.0.1", api.data_dir)

    assert caught.value.code is ExitCode.AUTH
    assert "VOLTARO_API_KEY" in caught.value.todo


def test_a_reader_that_leaves_early_makes_no_noise(api):
    rows = [{"station_id": f"CP-{n}" * 50} for n in range(5000)]
    api.answer("GET", "/api/v1/stations", 200, {"items": rows, "next_cursor": None})
    with subprocess.Popen(
        [sys.executable, "-m", "voltaro.cli", "stations", "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.readline()
        process.stdout.close()

        assert process.stderr.read() == b""
