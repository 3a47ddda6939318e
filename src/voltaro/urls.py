"""URLs that may hold passwords: shown to people, handed on to programs."""

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

MASK = "***"


def mask_url(url: str) -> str:
    """The URL without its password, for people and logs."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if at and ":" in user:
        user = user.partition(":")[0] + ":" + MASK
    query = re.sub(r"(?i)(password|secret|token|key)=[^&]*", rf"\1={MASK}", parts.query)
    return join_url(parts._replace(netloc=user + at + host, query=query))


def join_url(parts: SplitResult) -> str:
    """The URL of its parts; unlike urlunsplit, ``postgresql:///name`` keeps its slashes."""
    text = f"{parts.scheme}://{parts.netloc}{parts.path}"
    text += f"?{parts.query}" if parts.query else ""
    return text + (f"#{parts.fragment}" if parts.fragment else "")


def without_password(url: str) -> tuple[str, dict[str, str]]:
    """The URL without its password, which goes by environment: command lines are public."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    user, colon, password = user.partition(":")
    query = parse_qsl(parts.query, keep_blank_values=True)
    secret = unquote(password) if colon else dict(query).get("password")
    kept = urlencode([(name, value) for name, value in query if name != "password"])
    plain = join_url(parts._replace(netloc=user + at + host, query=kept))
    return plain, {} if secret is None else {"PGPASSWORD": secret}
