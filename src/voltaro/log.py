"""Logging: structlog set-up for terminals and machines, and the redaction every line passes.

Logs go to stderr; stdout belongs to results. Events are short constant strings, values are keys.
"""

import dataclasses
import logging
import re
import sys
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TextIO, cast
from uuid import UUID

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

MASK = "***"

# A key's words decide: `BasicAuthPassword` and `basic_auth_password` are the same three words.
_SECRET_ANYWHERE = frozenset(
    [
        "password",
        "passwords",
        "passwd",
        "passphrase",
        "secret",
        "secrets",
        "authorization",
        "credential",
        "credentials",
        "cookie",
        "apikey",
        "private",
    ]
)
_SECRET_LAST = frozenset(
    ["key", "keys", "certificate", "certificates", "chain", "pem", "csr", "pin", "dsn"]
)
_TOKEN_LAST = frozenset(["token", "tokens", "tag", "tags", "rfid"])
_PLAIN_KEYS = frozenset({"event", "level", "timestamp", "logger"})

# Libraries that say at info what we say ourselves, or say too much about headers.
_QUIET = (
    "aioftp",
    "alembic",
    "httpcore",
    "httpx",
    "sqlalchemy.engine",
    "uvicorn.access",
    "websockets",
)

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [^-]+-----.*?(?:-----END [^-]+-----|\Z)", re.DOTALL), MASK),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=:-]{4,}"), rf"\1 {MASK}"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s/:@]*):[^\s/]+@"), rf"\1:{MASK}@"),
    (re.compile(r"(/files/)[0-9a-f]{40}"), rf"\1{MASK}"),
    # {"key": "AuthorizationKey", "value": "..."} and the 2.x counterpart, in either order of fields
    (
        re.compile(
            r'(?i)("(?:key|name)"\s*:\s*"[^"]*(?:password|authorizationkey|secret)[^"]*"[^\[\]]*?'
            r'"(?:value|attributeValue)"\s*:\s*)"(?:[^"\\]|\\.)*"'
        ),
        rf'\1"{MASK}"',
    ),
    (
        re.compile(
            r'(?i)("(?:value|attributeValue)"\s*:\s*)"(?:[^"\\]|\\.)*"([^\[\]]*?'
            r'"(?:key|name)"\s*:\s*"[^"]*(?:password|authorizationkey|secret))'
        ),
        rf'\1"{MASK}"\2',
    ),
    (
        re.compile(
            r"""(?ix)((?P<q>["']?)\b[\w-]*(?:password|passwd|passphrase|secret|authorization|api[_-]?key
            |private[_-]?key|credentials?|cookie|certificate(?:chain)?|csr)(?P=q)\s*[:=]\s*)
            (?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?:(?:bearer|basic)\s+)?[^\s,;&"'}\])]+)"""
        ),
        rf"\1{MASK}",
    ),
    (
        re.compile(
            r"""(?ix)((?P<q>["'])(?:(?:parent_?)?id_?tag|(?:group_?)?(?:id_?)?token)(?P=q)\s*:\s*["'])
            ([^"']{0,2})[^"']*"""
        ),
        r"\1\3…",
    ),
    (
        re.compile(
            r"(?i)\b((?:parent_?)?id_?tag|(?:access_|id_|group_)?token)=(\w{0,2})[^\s&,;)]*"
        ),
        r"\1=\2…",
    ),
)


def set_up_logging(
    level: str = "info", log_format: str = "auto", *, stream: TextIO | None = None
) -> None:
    """Send every log line of this process, ours and libraries', through one redacted output.

    `log_format` is auto (console on a terminal, else JSON), console or json. May be called again;
    loggers that were already used keep their level.
    """
    out = sys.stderr if stream is None else stream
    tty = out.isatty()
    console = log_format == "console" or (log_format == "auto" and tty)
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(
            colors=tty, exception_formatter=structlog.dev.plain_traceback, pad_event_to=34
        )
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def get_logger(name: str | None = None) -> FilteringBoundLogger:
    """A logger; give it ``__name__``."""
    return cast("FilteringBoundLogger", structlog.get_logger(name))


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The event with secrets masked: the last processor before a line is rendered."""
    return {
        key: value if key in _PLAIN_KEYS - {"event"} else _value(key, value)
        for key, value in event.items()
    }


def masked_token(token: str) -> str:
    """A token as it may be shown in logs: at most its first two characters."""
    return token[: min(2, len(token) // 2)] + "…"


def scrub(text: str) -> str:
    """Text with what looks like a secret masked: URLs, headers, PEM blocks, frames."""
    for pattern, replacement in _SECRET_TEXTS:
        text = pattern.sub(replacement, text)
    return text


def _words(key: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(key)]


def _is_secret(key: str) -> bool:
    words = _words(key)
    return bool(words) and (words[-1] in _SECRET_LAST or not _SECRET_ANYWHERE.isdisjoint(words))


def _is_token(key: str) -> bool:
    words = _words(key)
    return bool(words) and (words[-1] in _TOKEN_LAST or words[-2:] == ["token", "value"])


def _value(key: str, value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if _is_secret(key):
        return MASK
    return _token(value) if _is_token(key) else _plain(value)


def _token(value: object) -> object:
    """Whatever stands under a token's key, with the token's text shortened."""
    if isinstance(value, str):
        return masked_token(value)
    if isinstance(value, int):  # a count of tokens
        return value
    if isinstance(value, Mapping):
        return {name: each if name == "type" else _token(each) for name, each in value.items()}
    if isinstance(value, Sequence | AbstractSet) and not isinstance(value, bytes):
        return [_token(each) for each in value]
    if (fields := _fields(value)) is not None:
        return _token(fields)
    return None if value is None else MASK


def _plain(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case bytes() | bytearray() | memoryview():
            return f"<{len(value)} bytes>"
        case str():
            return scrub(value)
        case bool() | int() | float() | Decimal() | None:
            return value
        case datetime() | date() | timedelta() | UUID() | Path():
            return str(value)
        case Mapping():
            return _mapping(value)
        case Sequence() | AbstractSet():
            return [_plain(each) for each in value]
        case _ if (fields := _fields(value)) is not None:
            return _mapping(fields)
        case _:
            return scrub(str(value))


def _mapping(value: Mapping[object, object]) -> dict[str, object]:
    # {"key": "AuthorizationKey", "value": …} of 1.6, {"variable": {"name": …}, "attributeValue": …}
    named = value.get("key") if "value" in value else None
    if isinstance(value.get("variable"), Mapping):
        named = cast("Mapping[str, object]", value["variable"]).get("name")
    hidden = isinstance(named, str) and _is_secret(named)
    shown = {}
    for key, each in value.items():
        name = str(key)
        if hidden and name in {"value", "attributeValue"}:
            shown[name] = cast("object", MASK)
        elif name == "key" and "value" in value:
            shown[name] = each
        else:
            shown[name] = _value(name, each)
    return shown


def _fields(value: object) -> dict[object, object] | None:
    """Fields of a dataclass or msgspec Struct; their repr would show everything."""
    names: Sequence[str] | None = getattr(value, "__struct_fields__", None)
    if names is None and dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [each.name for each in dataclasses.fields(value)]
    return None if names is None else {name: getattr(value, name) for name in names}
