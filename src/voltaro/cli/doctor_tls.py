"""What `voltaro doctor` says of the server's certificates."""

import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from voltaro.cli.findings import Finding, Verdict
from voltaro.config import Settings

if TYPE_CHECKING:
    from voltaro.edge.server_certificates import ServerCertificate

_NAME = "certificates"
_SOON = timedelta(days=30)


def tls_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """One finding for each certificate, or why the port cannot be served; none without TLS."""
    if settings.ocpp_tls_port is None:
        return
    from voltaro.edge.server_certificates import CertificateUnusable, TlsFiles, examine_files

    files = TlsFiles(
        certificates=settings.tls_cert, keys=settings.tls_key, client_ca=settings.tls_client_ca
    )
    try:
        found = examine_files(files, now)
    except CertificateUnusable as error:
        yield Finding(_NAME, Verdict.FAIL, str(error), "The server does not start until then.")
        return
    for each in found:
        yield _judge(each, settings.public_ocpp_url, now)
    for path in settings.tls_key:
        if (mode := stat.S_IMODE(path.stat().st_mode)) & 0o007:
            detail = f"{path} can be read by everybody (mode {mode:o})"
            yield Finding(_NAME, Verdict.WARN, detail, f"chmod o= {path}")
    if len(found) == 1:
        other = "RSA" if found[0].kind == "EC" else "EC"
        detail = f"stations that know only {other} cannot connect with TLS"
        yield Finding(_NAME, Verdict.WARN, detail, f"Give an {other} certificate as well.")


def _judge(found: "ServerCertificate", public_url: str | None, now: datetime) -> Finding:
    left = found.not_after - now
    detail = f"{found.path} ({found.kind}, {found.common_name}) until {found.not_after:%Y-%m-%d}"
    if left < _SOON:
        todo = "Renew it; a running server takes the new files by itself."
        return Finding(_NAME, Verdict.WARN, f"{detail}: {left.days} days left", todo)
    host = urlsplit(public_url).hostname if public_url else None
    if host is not None and host not in found.names:
        todo = f"Stations connect to {host}: the certificate must have that name (A00.FR.510)."
        return Finding(_NAME, Verdict.WARN, detail, todo)
    return Finding(_NAME, Verdict.OK, detail)
