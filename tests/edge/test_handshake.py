"""Whom the handshake lets in: the table of the outside contract, row by row."""

import base64
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from tests.edge.certificates import OPERATOR, make
from voltaro.domain.provisioning import Registration
from voltaro.edge.handshake import Admission, UpgradeRequest, examine, identity
from voltaro.edge.refusals import Reason, Refusal
from voltaro.edge.station_certificate import StationCertificate, read_certificate
from voltaro.protocol.versions import OcppVersion
from voltaro.services.directory import StationRecord
from voltaro.services.secrets import Keyring

KEYRING = Keyring("secret")


def station(profile=1, password="s3cret:with colon", **changes):
    return StationRecord(
        station_id="CP-1",
        registration=changes.pop("registration", Registration.ACCEPTED),
        security_profile=profile,
        password_hash=KEYRING.hash(password.encode()) if password is not None else None,
        **changes,
    )


def basic(user, password):
    raw = user.encode() + b":" + (password if isinstance(password, bytes) else password.encode())
    return "Basic " + base64.b64encode(raw).decode()


def ask(record, authorization=None, subprotocols=("ocpp1.6",)):
    request = UpgradeRequest(
        path="/CP-1", authorization=authorization, subprotocols=tuple(subprotocols)
    )
    return examine(request, record, KEYRING)


@pytest.mark.parametrize(
    ("path", "station_id"),
    [
        ("/CP-1", "CP-1"),
        ("/ocpp/1.6/CP-1", "CP-1"),
        ("/ocpp//CP-1//", "CP-1"),
        ("///CP-1", "CP-1"),
        ("/RDAM%20123", "RDAM 123"),
        ("/RDAM%7C123", "RDAM|123"),
        ("/a%2Fb", "a/b"),
        ("/ws://host:9000/CP_1/SERIAL", "SERIAL"),
        ("/CP-1?token=x", "CP-1"),
        ("/%2520", "%20"),
    ],
)
def test_the_last_segment_of_the_path_is_the_identity_decoded_once(path, station_id):
    assert identity(path) == station_id


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/", Reason.NO_IDENTITY), ("", Reason.NO_IDENTITY), ("/%ff%fe", Reason.BAD_ENCODING)],
)
def test_a_path_without_readable_identity_is_refused_with_the_reason(path, reason):
    assert identity(path).reason is reason


@given(st.text())
def test_any_path_gives_an_identity_that_the_database_can_hold_or_a_refusal(path):
    found = identity(path)

    assert isinstance(found, Refusal) or ("\0" not in found and found.encode())


def test_profile_0_lets_in_without_credentials():
    assert isinstance(ask(station(profile=0, password=None)), Admission)


def test_profile_0_does_not_mind_credentials():
    assert isinstance(ask(station(profile=0, password=None), basic("x", "y")), Admission)


def test_the_right_password_lets_in_even_with_a_colon_in_it():
    assert isinstance(ask(station(), basic("CP-1", "s3cret:with colon")), Admission)


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        (None, Reason.NO_CREDENTIALS),
        ("Bearer abc", Reason.NO_CREDENTIALS),
        ("Basic !!!", Reason.NO_CREDENTIALS),
        ("Basic \xe9t\xe9=", Reason.NO_CREDENTIALS),
        (basic("CP-2", "s3cret:with colon"), Reason.WRONG_USERNAME),
        (basic("CP-1", "wrong"), Reason.WRONG_PASSWORD),
        (basic("CP-1", ""), Reason.WRONG_PASSWORD),
    ],
)
def test_wrong_or_missing_credentials_are_a_401_with_the_reason(authorization, reason):
    refusal = ask(station(), authorization)

    assert (refusal.status, refusal.reason) == (401, reason)


def test_a_station_without_password_on_record_is_not_let_in_by_an_empty_one():
    assert ask(station(password=None), basic("CP-1", "")).status == 401


def test_a_hex_key_is_accepted_as_text_and_as_the_bytes_it_means():
    key = "0001020304FFFE80"

    assert isinstance(ask(station(password=key), basic("CP-1", key)), Admission)
    assert isinstance(ask(station(password=key), basic("CP-1", bytes.fromhex(key))), Admission)
    assert isinstance(
        ask(station(password=key.lower()), basic("CP-1", bytes.fromhex(key))), Admission
    )


@pytest.mark.parametrize("profile", [2, 3])
def test_profiles_2_and_3_do_not_get_in_on_the_plain_port(profile):
    refusal = ask(station(profile=profile), basic("CP-1", "s3cret:with colon"))

    assert (refusal.status, refusal.reason) == (403, Reason.TLS_REQUIRED)


def test_a_rejected_station_with_the_right_password_is_let_in_to_be_told_so():
    record = station(registration=Registration.REJECTED)

    assert isinstance(ask(record, basic("CP-1", "s3cret:with colon")), Admission)


@pytest.mark.parametrize(
    ("offered", "version"),
    [
        (("ocpp0.1", "ocpp1.6"), OcppVersion.V16),
        (("ocpp2.0.1", "ocpp1.6"), OcppVersion.V201),
        (("ocpp1.6", "ocpp2.0.1"), OcppVersion.V16),
        (("ocpp2.1",), OcppVersion.V21),
    ],
)
def test_the_first_offer_that_is_served_wins(offered, version):
    admission = ask(station(profile=0), subprotocols=offered)

    assert (admission.version, admission.echo) == (version, True)


@pytest.mark.parametrize("offered", [("ocpp0.1",), ("OCPP1.6",), ("ocpp1.5", "chat"), ()])
def test_without_a_common_subprotocol_there_is_no_upgrade(offered):
    refusal = ask(station(profile=0), subprotocols=offered)

    assert (refusal.status, refusal.reason) == (400, Reason.NO_COMMON_SUBPROTOCOL)


def test_a_station_that_offers_nothing_may_have_a_version_on_record():
    admission = ask(station(profile=0, fallback_protocol="ocpp1.6"), subprotocols=())

    assert (admission.version, admission.echo) == (OcppVersion.V16, False)


# -- certificates and higher profiles


PASSWORD = "s3cret:with colon"
RIGHT = basic("CP-1", PASSWORD)


def by_tls(record, authorization=None, name=None, flaw=None):
    shown = StationCertificate(common_name=name, flaw=flaw) if name is not None else None
    request = UpgradeRequest(
        path="/CP-1",
        authorization=authorization,
        subprotocols=("ocpp1.6",),
        secured=True,
        certificate=shown,
    )
    return examine(request, record, KEYRING)


@pytest.mark.parametrize(
    ("profile", "options", "reason"),
    [
        (2, {}, Reason.NO_CREDENTIALS),
        (2, {"name": "CP-1"}, Reason.NO_CREDENTIALS),
        (2, {"authorization": basic("CP-1", "wrong")}, Reason.WRONG_PASSWORD),
        (3, {}, Reason.NO_CERTIFICATE),
        (3, {"authorization": RIGHT}, Reason.NO_CERTIFICATE),
        (3, {"name": "CP-2"}, Reason.WRONG_CERTIFICATE),
        (3, {"name": ""}, Reason.WRONG_CERTIFICATE),
        (3, {"name": "CP-1", "flaw": Reason.CERTIFICATE_REVOKED}, Reason.CERTIFICATE_REVOKED),
    ],
)
def test_what_does_not_do_for_a_profile_is_refused_with_the_reason(profile, options, reason):
    assert by_tls(station(profile=profile), **options).reason is reason


def test_a_certificate_is_the_stations_by_its_identity_or_its_serial_number():
    record = station(profile=3, serial_number="SN-1")

    assert by_tls(record, name="CP-1").serial_number is None
    assert by_tls(record, name="SN-1").serial_number == "SN-1"


def test_a_station_without_serial_number_is_not_known_by_an_empty_common_name():
    assert by_tls(station(profile=3, serial_number=None), name="").reason
    assert by_tls(station(profile=3, serial_number=""), name="").reason


@pytest.mark.parametrize(
    ("profile", "offered", "options", "reached"),
    [
        (1, (2,), {"authorization": RIGHT}, 2),
        (1, (2, 3), {"authorization": RIGHT}, 2),
        (1, (2, 3), {"authorization": RIGHT, "name": "CP-1"}, 3),
        (2, (3,), {"name": "CP-1"}, 3),
        (2, (3,), {"authorization": RIGHT}, None),
        (2, (3,), {"authorization": RIGHT, "name": "CP-2"}, None),
        (1, (), {"authorization": RIGHT}, None),
        (2, (), {"authorization": RIGHT, "name": "CP-1"}, None),
        (2, (1,), {"authorization": RIGHT}, None),
        (0, (2,), {"authorization": RIGHT}, 2),
        (0, (2,), {}, None),
    ],
)
def test_the_highest_offered_profile_that_the_credentials_prove_is_reached(
    profile, offered, options, reached
):
    record = station(profile=profile, offered_security_profiles=offered)

    assert by_tls(record, **options).reached == reached


def test_a_resumed_session_does_not_outlive_its_certificate(tmp_path):
    certificate = make(tmp_path, "CP-1", days=(-2, 1)).certificate
    der = certificate.public_bytes(Encoding.DER)

    def flaw(*, days=0, operator_name=None, revoked=()):
        now = datetime.now(UTC) + timedelta(days=days)
        read = read_certificate(
            der,
            now,
            operator_name=operator_name,
            is_revoked=lambda sha256: sha256 in revoked,
            made_for=lambda _sha256: None,
        )
        return read.flaw

    assert flaw() is None
    assert flaw(operator_name=OPERATOR) is None
    assert flaw(operator_name=OPERATOR.upper()) is Reason.WRONG_OPERATOR
    assert flaw(days=2) is Reason.CERTIFICATE_EXPIRED
    assert flaw(revoked={sha256(der).hexdigest()}) is Reason.CERTIFICATE_REVOKED
