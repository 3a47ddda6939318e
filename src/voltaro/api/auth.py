"""Keys: `Authorization: Bearer`, except for two short views from this machine."""

import ipaddress
from http import HTTPStatus

import structlog
from fastapi import Request
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection

from voltaro.api.deps import ApiDeps, Deps
from voltaro.api.errors import Problem
from voltaro.config import Network
from voltaro.services.access import Principal

log = structlog.get_logger()

#: Describes it in the OpenAPI document; the work is done below.
BEARER = HTTPBearer(auto_error=False, scheme_name="apiKey", description="An API key.")

#: Signs of a proxy between us and whoever asks.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


# Dependencies are coroutines, though they wait for nothing: FastAPI runs others in threads.


async def key_required(request: Request, deps: Deps) -> Principal:
    """A dependency: who asks."""
    return authenticate(request, deps)


async def key_unless_local(request: Request, deps: Deps) -> Principal | None:
    """A dependency: as above, or nobody in particular on this machine."""
    if request.headers.get("authorization") is None and is_local(request):
        return None
    return authenticate(request, deps)


def authenticate(request: Request, deps: ApiDeps) -> Principal:
    """Who asks, by the key that is shown.

    Raises:
        Problem: 401, nobody we know.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise _unauthorized("send an API key as Authorization: Bearer <key>")
    principal = deps.access.allows(key.strip())
    if principal is None:
        log.warning("api key refused", remote=client_host(request, deps.trusted_proxies))
        raise _unauthorized("this API key is not valid", error="invalid_token")
    return principal


def is_local(request: HTTPConnection) -> bool:
    """Whether somebody on this machine asks, without a proxy in between."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    return request.client is not None and _loopback(request.client.host) and _local_name(request)


def client_host(request: HTTPConnection, trusted: tuple[Network, ...]) -> str:
    """The address that asked: the last one in X-Forwarded-For that is no proxy of ours."""
    host = request.client.host if request.client else ""
    hops = [each.strip() for each in request.headers.get("x-forwarded-for", "").split(",")]
    for hop in reversed([each for each in hops if each]):
        if not _is_among(host, trusted):
            break
        host = hop
    return host


def _local_name(request: HTTPConnection) -> bool:
    """Whether we were called by a name that cannot be a stranger's (DNS rebinding)."""
    host = request.url.hostname or ""
    if host == "localhost" or "." not in host.removesuffix(".localhost"):
        return True
    return _loopback(host)


def _loopback(host: str) -> bool:
    address = _address(host)
    return address is not None and address.is_loopback


def _is_among(host: str, networks: tuple[Network, ...]) -> bool:
    address = _address(host)
    return address is not None and any(address in network for network in networks)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _unauthorized(detail: str, error: str | None = None) -> Problem:
    challenge = 'Bearer realm="voltaro"' + (f', error="{error}"' if error else "")
    return Problem(
        HTTPStatus.UNAUTHORIZED, "unauthorized", detail, headers={"WWW-Authenticate": challenge}
    )
