"""What has to be typed into a station so that it finds this server."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Reachable = Literal["lan", "this machine only", "public"]

#: Stations add their id to it; what stands before the id is free.
_PATH = "/ocpp/"
#: Bound to these, a port is on all addresses of its family. If there are none: loopback.
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound to
_PORTS = {"ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class StationUrl:
    """An address for stations, whole and in the parts that some have fields for."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    reachable: Reachable


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarding:
    """The best address first. `warnings` are sentences for the operator."""

    urls: tuple[StationUrl, ...]
    public_url_set: bool
    subprotocols: tuple[str, ...]
    unknown_stations: str
    tls: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OcppPort:
    """Where stations are listened to. `port` is the real one, `public_url` the operator's word.

    `tls` is the name that the server's certificate is for, and the port with TLS.
    """

    bind: str
    port: int
    public_url: str | None
    subprotocols: tuple[str, ...]
    unknown_stations: str
    tls: tuple[str, int] | None = None


def onboarding(port: OcppPort, own: Sequence[str], *, contained: bool) -> Onboarding:
    """The addresses of a port, given those of this machine and whether it is a container."""
    urls = _urls(port, own)
    tls = urls[0].scheme == "wss"
    return Onboarding(
        urls=urls,
        public_url_set=port.public_url is not None,
        subprotocols=port.subprotocols,
        unknown_stations=port.unknown_stations,
        tls=tls,
        warnings=tuple(_warnings(port, urls, contained=contained, tls=tls)),
    )


def _urls(port: OcppPort, own: Sequence[str]) -> tuple[StationUrl, ...]:
    if port.public_url is not None:
        parts = urlsplit(port.public_url)
        host = parts.hostname or ""
        path = parts.path.rstrip("/") + "/" if parts.path.strip("/") else _PATH
        number = parts.port or _PORTS.get(parts.scheme, port.port)
        return (_url(parts.scheme, host, number, path),)
    hosts = (own or [_ANY[port.bind]]) if port.bind in _ANY else [port.bind]
    secured = () if port.tls is None else (_url("wss", *port.tls, _PATH),)
    return (*secured, *(_url("ws", host, port.port, _PATH) for host in hosts))


def _url(scheme: str, host: str, port: int, path: str) -> StationUrl:
    shown = f"[{host}]" if ":" in host else host
    place = shown if _PORTS.get(scheme) == port else f"{shown}:{port}"
    return StationUrl(
        url=f"{scheme}://{place}{path}",
        scheme=scheme,
        host=host,
        port=port,
        path=path,
        reachable=_reachable(host),
    )


def _reachable(host: str) -> Reachable:
    """From where an address can be reached; a name is taken for one that the world knows."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        if host == "localhost" or host.endswith(".localhost"):
            return "this machine only"
        return (
            "lan"
            if "." not in host or host.endswith((".local", ".lan", ".home.arpa"))
            else "public"
        )
    if address.is_loopback:
        return "this machine only"
    return "public" if address.is_global else "lan"


def _warnings(
    port: OcppPort, urls: Sequence[StationUrl], *, contained: bool, tls: bool
) -> list[str]:
    found = []
    if all(each.reachable == "this machine only" for each in urls):
        found.append(
            "No station can reach this address, only this machine can. "
            "Set VOLTARO_BIND to 0.0.0.0, or VOLTARO_PUBLIC_OCPP_URL to the address that stations use."
        )
    elif contained and port.public_url is None:
        found.append(
            "This server runs in a container, whose own address stations usually cannot reach. "
            "Set VOLTARO_PUBLIC_OCPP_URL to the address of its host."
        )
    if not tls and any(each.reachable == "public" for each in urls):
        found.append(
            "Stations connect without TLS: passwords travel in clear text. "
            "Put a proxy with TLS in front, and set VOLTARO_PUBLIC_OCPP_URL to its wss:// address."
        )
    if port.unknown_stations == "accept":
        found.append("Any station that connects is accepted (VOLTARO_UNKNOWN_STATIONS=accept).")
    return found
