"""Whether a certificate of a contract still counts (2.x M06): answered, and not asked about yet."""

from voltaro.domain.decision import Decision, Nothing, Rule, StationEvent


class CertificateStatusAsked(StationEvent, kw_only=True):
    """A station wants the OCSP answer of whoever is at `responder_url`."""

    responder_url: str


def _fail(_event: CertificateStatusAsked, _facts: None) -> Decision[None]:
    """Nothing is obtained, since no responder is asked (M06.FR.04); the journal has the question."""
    return Decision(None)


CERTIFICATE_STATUS: Rule[CertificateStatusAsked, None, None] = Rule(lambda _event: Nothing(), _fail)
