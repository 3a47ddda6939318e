"""The ports that stations connect to, in clear text and with TLS."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from voltaro.config import Settings
from voltaro.edge.server import Edge
from voltaro.edge.server_certificates import (
    CertificateUnusable,
    ServerCertificates,
    TlsFiles,
    examine_files,
)
from voltaro.ports import StartRefused, port_refused


@dataclass(frozen=True, slots=True)
class StationPorts:
    """The ports really listened on; `tls` is None where there is no TLS.

    `tls_name` is the common name of the server's first certificate.
    """

    plain: int
    tls: int | None = None
    tls_name: str = ""


def check_tls(settings: Settings) -> None:
    """Look at the certificates before anything else is started.

    Raises:
        StartRefused: TLS is wanted and cannot be served.
    """
    if settings.ocpp_tls_port is not None:
        try:
            examine_files(_files(settings), datetime.now(UTC))
        except CertificateUnusable as error:
            raise StartRefused(str(error)) from error
    elif settings.tls_cert or settings.tls_key or settings.tls_client_ca:
        raise StartRefused(
            "there are certificates and no port for them; give --ocpp-tls-port as well"
        )


async def let_stations_in(
    stack: AsyncExitStack, edge: Edge, settings: Settings, roots: Callable[[], str]
) -> StationPorts:
    """Listen until the stack unwinds; `roots` tells the PEM of the roots that we issue by.

    Raises:
        StartRefused: a port is taken, or a certificate cannot be used.
    """
    try:
        plain = await edge.start(settings.bind, settings.ocpp_port)
    except OSError as error:
        raise port_refused(settings.ocpp_port, "--ocpp-port", error) from error
    stack.push_async_callback(edge.stop)
    if settings.ocpp_tls_port is None:
        return StationPorts(plain)
    try:
        certificates = ServerCertificates(_files(settings), roots)
        tls = await edge.start_tls(settings.bind, settings.ocpp_tls_port, certificates)
    except CertificateUnusable as error:
        raise StartRefused(str(error)) from error
    except OSError as error:
        raise port_refused(settings.ocpp_tls_port, "--ocpp-tls-port", error) from error
    await stack.enter_async_context(certificates.followed())
    return StationPorts(plain, tls, certificates.common_name)


def station_urls(settings: Settings, host: str, ports: StationPorts) -> tuple[str, str | None]:
    """What stations connect to, without TLS and with it; the operator's word goes first."""
    public = settings.public_ocpp_url
    tls = None if ports.tls is None else f"wss://{host}:{ports.tls}"
    if tls is not None and public is not None and public.startswith("wss:"):
        return f"ws://{host}:{ports.plain}", public
    return public or f"ws://{host}:{ports.plain}", tls


def _files(settings: Settings) -> TlsFiles:
    return TlsFiles(
        certificates=settings.tls_cert, keys=settings.tls_key, client_ca=settings.tls_client_ca
    )
