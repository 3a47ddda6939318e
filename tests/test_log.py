import dataclasses
import io
import json
import logging

import msgspec
import pytest
import structlog

from voltaro.log import get_logger, masked_token, redact, scrub, set_up_logging

SECRET = "hunter2-Zx9"
TOKEN = "04A1B2C3D4E5F6"


@dataclasses.dataclass
class IdToken:
    value: str
    type: str | None = None


class Boot(msgspec.Struct):
    auth_key: str
    model: str


@pytest.fixture
def out():
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    set_up_logging("debug", "json", stream=stream)
    yield stream
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = before
    root.setLevel(level)


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_carries_event_level_time_name_and_keys(out):
    structlog.contextvars.bind_contextvars(station_id="CP-1")

    get_logger("voltaro.test").info("transaction started", energy_wh=12)

    (line,) = lines(out)
    assert line["event"] == "transaction started"
    assert (line["level"], line["logger"]) == ("info", "voltaro.test")
    assert (line["station_id"], line["energy_wh"]) == ("CP-1", 12)
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "key",
    [
        "password", "basic_auth_password", "BasicAuthPassword", "Authorization", "authorization",
        "key", "api_key", "apiKey", "secret", "client_secret", "certificate", "certificateChain",
        "private_key", "csr", "pin", "cookie", "AuthorizationKey", "dsn", "credentials",
    ],
)  # fmt: skip
@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: [v], lambda v: {"value": v}])
def test_secret_keys_are_masked_however_deep(out, key, wrap):
    get_logger().info("said", **{key: wrap(SECRET)})
    get_logger().info("said", payload={"deep": [{key: wrap(SECRET)}]})

    assert SECRET not in out.getvalue()
    assert len(lines(out)) == 2


@pytest.mark.parametrize(
    "key", ["token", "id_token", "idToken", "idTag", "id_tag", "parent_id_tag", "token_value"]
)
@pytest.mark.parametrize(
    "wrap",
    [
        lambda v: v,
        lambda v: [v],
        lambda v: {"idToken": v, "type": "ISO14443"},
        IdToken,
        lambda v: ("x", {v}),
    ],
)
def test_tokens_show_two_characters_at_most(out, key, wrap):
    get_logger().info("authorized", **{key: wrap(TOKEN)})
    get_logger().info("authorized", frame={"deep": {key: wrap(TOKEN)}})

    assert TOKEN[:3] not in out.getvalue()
    assert TOKEN[:2] in out.getvalue()


def test_short_tokens_do_not_show_whole():
    assert [masked_token(each) for each in ("", "A", "AB", "ABC", "ABCDEF")] == [
        "…", "…", "A…", "A…", "AB…",
    ]  # fmt: skip


def test_structs_and_dataclasses_are_looked_into(out):
    get_logger().info("booted", boot=Boot(auth_key=SECRET, model="VX-1"), when={"at": 1})

    assert SECRET not in out.getvalue()
    assert lines(out)[0]["boot"] == {"auth_key": "***", "model": "VX-1"}


def test_configuration_values_are_masked_by_the_name_beside_them(out):
    log = get_logger()
    log.info("sent", payload={"key": "AuthorizationKey", "value": SECRET})
    log.info("sent", payload={"key": "HeartbeatInterval", "value": "300"})
    log.info(
        "sent",
        payload={
            "setVariableData": [
                {"variable": {"name": "BasicAuthPassword"}, "attributeValue": SECRET}
            ]
        },
    )

    assert SECRET not in out.getvalue()
    assert lines(out)[1]["payload"] == {"key": "HeartbeatInterval", "value": "300"}


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Basic {SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"connect to postgresql://voltaro:{SECRET}@db/voltaro failed",
        f"GET /x?api_key={SECRET}&a=1",
        f'[2,"1","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}"}}]',
        f'{{"value":"{SECRET}","key":"AuthorizationKey"}}',
        f'{{"attributeValue":"{SECRET}","variable":{{"name":"BasicAuthPassword"}}}}',
        f'{{"variable":{{"name":"BasicAuthPassword"}},"attributeValue":"{SECRET}"}}',
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
        f"{{'password': '{SECRET}'}}",
        f"password={SECRET}",
    ],
)
def test_text_is_scrubbed_in_events_values_and_exceptions(out, text):
    get_logger().warning("odd frame", text=text)
    get_logger().warning(text)
    logging.getLogger("uvicorn.error").error("bad request: %s", text)
    get_logger().error("failed", exc_info=ValueError(text))
    logging.getLogger("asyncio").error("failed", exc_info=ValueError(text))

    assert len(lines(out)) == 5
    assert SECRET not in out.getvalue()


def test_tokens_in_frames_are_shortened():
    frame = f'[2,"1","Authorize",{{"idTag":"{TOKEN}"}}]'
    nested = f'{{"idToken":{{"idToken":"{TOKEN}","type":"Central"}}}}'

    assert scrub(frame) == '[2,"1","Authorize",{"idTag":"04…"}]'
    assert scrub(nested) == '{"idToken":{"idToken":"04…","type":"Central"}}'
    assert scrub(f"GET /transactions?token={TOKEN}&open=1") == "GET /transactions?token=04…&open=1"


def test_plain_text_is_left_alone():
    event = {"event": "token blocked", "level": "info", "count": 3, "tokens": 2, "reason": None}

    assert redact(None, "info", dict(event)) == event


def test_libraries_log_through_the_same_output(out):
    logging.getLogger("uvicorn.error").info("started")
    logging.getLogger("uvicorn.access").info("GET /readyz")
    logging.getLogger("httpx").info("request")

    assert [line["event"] for line in lines(out)] == ["started"]


def test_bytes_are_counted_not_shown(out):
    get_logger().info("binary frame", payload=SECRET.encode())

    assert lines(out)[0]["payload"] == f"<{len(SECRET)} bytes>"


def test_console_lines_are_plain_without_a_terminal(out):
    set_up_logging("info", "console", stream=out)

    get_logger("voltaro.console").info("booted", station_id="CP-1", password=SECRET)

    assert "booted" in out.getvalue()
    assert "station_id=CP-1" in out.getvalue()
    assert "\x1b" not in out.getvalue()
    assert SECRET not in out.getvalue()
