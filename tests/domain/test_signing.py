"""Which requests for certificates are passed on, and why others are not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from voltaro.domain.signing import (
    SIGN_CERTIFICATE,
    CertificateJudged,
    CertificateRequested,
    Flaw,
    KeyKind,
    RequestedSubject,
    SigningFacts,
    flaw_of,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)
GOOD = RequestedSubject(
    organizations=("ACME",),
    common_names=("SN-1",),
    key_kind=KeyKind.EC,
    key_bits=256,
    is_signed=True,
)
FACTS = SigningFacts("ACME", "SN-1")


def asked(subject=GOOD, **more):
    return CertificateRequested(
        station_id="CP-1", at=NOW, received_at=NOW, csr="PEM", subject=subject, **more
    )


@pytest.mark.parametrize(
    "subject",
    [
        GOOD,
        replace(GOOD, common_names=("CP-1",)),
        replace(GOOD, key_bits=224),
        replace(GOOD, key_kind=KeyKind.RSA, key_bits=2048),
    ],
)
def test_a_good_request_is_accepted(subject):
    decision = SIGN_CERTIFICATE.decide(asked(subject), FACTS)

    assert decision.reply.accepted
    assert decision.changes == (CertificateJudged(asked(subject), None),)
    assert decision.receipt is None


@pytest.mark.parametrize(
    ("subject", "flaw"),
    [
        (None, Flaw.UNREADABLE),
        (replace(GOOD, is_signed=False), Flaw.NOT_SIGNED),
        (replace(GOOD, key_kind=KeyKind.RSA, key_bits=2047), Flaw.WEAK_KEY),
        (replace(GOOD, key_bits=223), Flaw.WEAK_KEY),
        (replace(GOOD, key_kind=KeyKind.OTHER, key_bits=4096), Flaw.WEAK_KEY),
        (replace(GOOD, organizations=()), Flaw.ORGANIZATION),
        (replace(GOOD, organizations=("ACME", "Other")), Flaw.ORGANIZATION),
        (replace(GOOD, common_names=()), Flaw.COMMON_NAME),
        (replace(GOOD, common_names=("sn-1",)), Flaw.COMMON_NAME),
        (replace(GOOD, common_names=("SN-1", "CP-1")), Flaw.COMMON_NAME),
    ],
)
def test_a_flaw_is_named(subject, flaw):
    decision = SIGN_CERTIFICATE.decide(asked(subject), FACTS)

    assert decision.reply.flaw is flaw
    assert decision.changes == (CertificateJudged(asked(subject), flaw),)


def test_any_organisation_will_do_while_the_operator_has_no_name():
    anybody = asked(replace(GOOD, organizations=()))

    assert flaw_of(anybody, SigningFacts(None, "SN-1")) is None


def test_the_name_of_another_station_is_refused():
    assert flaw_of(asked(), replace(FACTS, is_anothers=True)) is Flaw.ANOTHERS_NAME


def test_there_is_no_authority_for_what_vehicles_see():
    assert flaw_of(asked(purpose="V2GCertificate"), FACTS) is Flaw.NO_AUTHORITY


def test_a_certificate_by_a_name_is_renewed_whoever_else_says_to_be_called_so():
    facts = replace(FACTS, is_anothers=True)

    assert flaw_of(asked(), facts) is Flaw.ANOTHERS_NAME
    assert flaw_of(asked(proven_name="SN-2"), facts) is Flaw.ANOTHERS_NAME
    assert flaw_of(asked(proven_name="SN-1"), facts) is None


@pytest.mark.parametrize(
    "name",
    [
        "csms.example.com",
        "CSMS.Example.COM.",
        "*.example.com",
        "csms.xn--bcher-kva.example",
        "csms.xn--p1ai",
        "wss://csms.example.com/ocpp",
        "192.0.2.7",
        "2001:db8::7",
    ],
)
def test_a_serial_number_that_is_an_address_gets_no_certificate(name):
    subject = replace(GOOD, common_names=(name,))

    assert flaw_of(asked(subject), replace(FACTS, serial_number=name)) is Flaw.ADDRESS


@pytest.mark.parametrize(
    "name", ["SN-1", "DE*ABC*E1", "12.345.678", "site1.cp01", "20260102", "A.B"]
)
def test_a_serial_number_that_is_no_address_gets_one(name):
    subject = replace(GOOD, common_names=(name,))

    assert flaw_of(asked(subject), replace(FACTS, serial_number=name)) is None
