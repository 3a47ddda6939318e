"""Who asks: a key (`Authorization: Bearer`) or a cookie; two short views are open to this machine."""

import hmac
import ipaddress
from http import HTTPStatus
from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection

from voltaro.api.cookies import cookie_name
from voltaro.api.deps import ApiDeps, Deps
from voltaro.api.errors import Problem
from voltaro.domain.access import Scope
from voltaro.domain.audit import Author
from voltaro.domain.users import SCOPES
from voltaro.services.access import Principal
from voltaro.setting_values import Network

log = structlog.get_logger()

#: Describes it in the OpenAPI document; the work is done below.
BEARER = HTTPBearer(auto_error=False, scheme_name="apiKey", description="An API key.")

#: Signs of a proxy between us and whoever asks.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
#: Methods that change nothing.
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


# Dependencies are coroutines, though they wait for nothing: FastAPI runs others in threads.


async def key_required(request: Request, deps: Deps) -> Principal:
    """A dependency: who asks, and may read, or change, as the method says."""
    principal = authenticate(request, deps)
    return _with_scope(principal, Scope.READ if request.method in _READING else Scope.WRITE)


async def known_required(request: Request, deps: Deps) -> Principal:
    """A dependency: who asks, whatever they may do."""
    return authenticate(request, deps)


async def admin_required(request: Request, deps: Deps) -> Principal:
    """A dependency: who asks, and may administer."""
    return _with_scope(authenticate(request, deps), Scope.ADMIN)


async def _author(request: Request, deps: Deps) -> Author:
    principal = authenticate(request, deps)
    return Author(name=principal.name, request_id=request.scope["voltaro.request_id"])


#: Who makes a change, for the audit log.
By = Annotated[Author, Depends(_author)]


async def key_unless_local(request: Request, deps: Deps) -> Principal | None:
    """A dependency: as above, or nobody in particular on this machine."""
    if request.headers.get("authorization") is None and is_local(request):
        return None
    return _with_scope(authenticate(request, deps), Scope.READ)


def authenticate(request: Request, deps: ApiDeps) -> Principal:
    """Who asks, by the key that is shown, else by the cookie of a sign-in.

    Raises:
        Problem: 401, nobody we know; 429, and too often so; 403, a change with a cookie that may
            have been asked for by a page of somebody else.
    """
    known = getattr(request.state, "principal", None)
    if isinstance(known, Principal):
        return known
    if "authorization" not in request.headers and (token := cookie_of(request, deps)):
        principal = _signed_in(request, deps, token)
    else:
        principal = _with_key(request, deps)
    request.state.principal = principal
    return principal


def cookie_of(request: Request, deps: ApiDeps) -> str | None:
    """What the cookie of a sign-in holds, whether or not it is still one."""
    secure = came_by_https(request, deps.trusted_proxies)
    return request.cookies.get(cookie_name(secure=secure))


def _with_key(request: Request, deps: ApiDeps) -> Principal:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise _unauthorized("sign in, or send an API key as Authorization: Bearer <key>")
    principal = deps.access.allows(key.strip())
    if principal is None:
        remote = client_host(request, deps.trusted_proxies)
        if wait_s := deps.failures.failed(remote):
            raise _too_many_failures(wait_s)
        log.warning("api key refused", remote=remote)
        raise _unauthorized("this API key is not valid", error="invalid_token")
    return principal


def _signed_in(request: Request, deps: ApiDeps, token: str) -> Principal:
    principal = deps.users.principal(token)
    if principal is None or principal.csrf_token is None:
        raise _unauthorized("this sign-in has ended; sign in again")
    given = request.headers.get("x-csrf-token", "")
    if request.method not in _READING and not hmac.compare_digest(
        given.encode(errors="replace"), principal.csrf_token.encode()
    ):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "csrf_token_missing",
            "send csrf_token of /api/v1/me as X-CSRF-Token with everything that changes something",
        )
    return principal


def _with_scope(principal: Principal, scope: Scope) -> Principal:
    if scope in principal.scopes:
        return principal
    if principal.role is not None:
        needed = next(role for role, scopes in SCOPES.items() if scope in scopes)
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "missing_scope",
            f"this needs the role {needed.value!r}; {principal.name!r} is {principal.role.value}",
        )
    challenge = f'Bearer realm="voltaro", error="insufficient_scope", scope="{scope}"'
    raise Problem(
        HTTPStatus.FORBIDDEN,
        "missing_scope",
        f"this needs a key with the scope {scope.value!r}; "
        f"{principal.name!r} has {', '.join(sorted(principal.scopes))}",
        headers={"WWW-Authenticate": challenge},
    )


def is_valid(request: Request, deps: ApiDeps) -> bool:
    """Whether the key or cookie that was shown is still one; for answers that go on for long.

    That an answer goes on is no use of a sign-in: it would never be idle.
    """
    if "authorization" in request.headers:
        key = request.headers["authorization"].partition(" ")[2]
        return deps.access.allows(key.strip()) is not None
    principal = deps.users.principal(cookie_of(request, deps) or "", counts=False)
    return principal is not None and Scope.READ in principal.scopes


def is_local(request: HTTPConnection) -> bool:
    """Whether somebody on this machine asks, without a proxy in between."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    return request.client is not None and _loopback(request.client.host) and _local_name(request)


def came_by_https(request: HTTPConnection, trusted: tuple[Network, ...]) -> bool:
    """Whether it came encrypted, to us or to a proxy of ours that says so."""
    if request.client is not None and _is_among(request.client.host, trusted):
        protocols = request.headers.get("x-forwarded-proto", "")
        return protocols.rpartition(",")[2].strip().lower() == "https"
    return request.url.scheme == "https"


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


def _too_many_failures(wait_s: int) -> Problem:
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too_many_failures",
        "too many keys that are not valid came from this address",
        headers={"Retry-After": str(wait_s)},
    )


def _unauthorized(detail: str, error: str | None = None) -> Problem:
    challenge = 'Bearer realm="voltaro"' + (f', error="{error}"' if error else "")
    return Problem(
        HTTPStatus.UNAUTHORIZED, "unauthorized", detail, headers={"WWW-Authenticate": challenge}
    )
