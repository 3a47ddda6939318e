"""Block A on the wire: TLS, passwords over TLS, and certificates of stations."""

import asyncio
import ssl
import warnings

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from websockets.exceptions import InvalidStatus

from tests.edge.certificates import OPERATOR, alert_for, make
from tests.edge.conftest import V16, V21, V201, basic

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "DEADBEEFDEADBEEF"
#: A00.FR.318, in the names of OpenSSL.
SUITES = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_RSA_WITH_AES_128_GCM_SHA256": "AES128-GCM-SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384": "AES256-GCM-SHA384",
}
BOOT_201 = {"reason": "PowerUp", "chargingStation": {"model": "Wall 22", "vendorName": "ACME"}}
BOOT_16 = {"chargePointModel": "Wall 22", "chargePointVendor": "ACME"}


@pytest.fixture(scope="module")
def settings(authority):
    return {**authority.settings, "operator_name": OPERATOR}


def boot(version, serial_number=None):
    if version == V16:
        more = {"chargePointSerialNumber": serial_number} if serial_number else {}
        return BOOT_16 | more
    more = {"serialNumber": serial_number} if serial_number else {}
    return BOOT_201 | {"chargingStation": BOOT_201["chargingStation"] | more}


async def boots(station, serial_number=None):
    return await station.call("BootNotification", boot(station.version, serial_number))


async def newest_attempt(server, reason, station_id=""):
    return (await server.attempts(station_id, lambda rows: reason in {r["reason"] for r in rows}))[
        0
    ]


@pytest.mark.parametrize("version", [V16, V201, V21])
@pytest.mark.parametrize("suite", SUITES)
async def test_tc_a_04_a_station_comes_in_by_each_suite_that_it_may_know(
    server, authority, suite, version
):
    """TC_A_04_CSMS (profile 2), 1.6 TC_085 with TLS."""
    station_id = await server.station(security_profile=2, password=PASSWORD)
    context = authority.client(ciphers=SUITES[suite], maximum=ssl.TLSVersion.TLSv1_2)

    station = await server.connects(
        station_id, version, ssl=context, additional_headers=basic(station_id, PASSWORD)
    )

    assert (await boots(station))["status"] == "Accepted"
    tls = station.socket.transport.get_extra_info("ssl_object")
    assert tls.cipher()[0] == SUITES[suite]
    assert tls.compression() is None
    shown = dict(name for (name,) in tls.getpeercert()["subject"])
    assert shown["commonName"] == "localhost"
    assert int(tls.getpeercert()["serialNumber"], 16) > 0
    key = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True)).public_key()
    # A00.FR.502, A00.FR.503
    assert key.key_size >= (2048 if isinstance(key, rsa.RSAPublicKey) else 224)


async def test_tc_a_06_tls_1_1_is_turned_away_and_1_2_comes_in_afterwards(server, authority):
    """TC_A_06_CSMS, 1.6 TC_086."""
    station_id = await server.station(security_profile=2, password=PASSWORD)
    options = {"additional_headers": basic(station_id, PASSWORD)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old = authority.client(
            ciphers="ALL:@SECLEVEL=0",
            minimum=ssl.TLSVersion.TLSv1,
            maximum=ssl.TLSVersion.TLSv1_1,
        )

    with pytest.raises(ssl.SSLError) as refused:
        await server.connects(station_id, V201, ssl=old, **options)

    assert "ALERT_PROTOCOL_VERSION" in refused.value.reason
    assert await newest_attempt(server, "tls_too_old")
    newer = authority.client(maximum=ssl.TLSVersion.TLSv1_2)
    station = await server.connects(station_id, V201, ssl=newer, **options)
    assert (await boots(station))["status"] == "Accepted"


@pytest.mark.parametrize("kind", ["ec", "rsa"])
@pytest.mark.parametrize("version", [V16, V201, V21])
async def test_tc_a_07_a_station_comes_in_with_its_certificate(server, authority, version, kind):
    """TC_A_07_CSMS: the common name is the serial number, and no password is sent."""
    station_id = await server.station(security_profile=3, serial_number="SN-07")
    certificate = authority.station("SN-07", kind=kind)

    station = await server.connects(station_id, version, ssl=authority.client(certificate))

    assert (await boots(station))["status"] == "Accepted"
    assert await station.beats()


async def test_tc_a_07_the_common_name_may_be_the_identity(server, authority):
    station_id = await server.station(security_profile=3)
    context = authority.client(authority.station(station_id))

    station = await server.connects(station_id, ssl=context)

    assert (await boots(station, "any serial number"))["status"] == "Accepted"


def bad_certificates(authority, station_id):
    """Each kind with the alert (None: an HTTP answer) and the reason."""
    other = make(authority.folder, "other root")
    return {
        "unknown": (authority.station(station_id, by=other), "UNKNOWN_CA", "unknown_ca"),
        "self-signed": (make(authority.folder, station_id), "UNKNOWN_CA", "unknown_ca"),
        "expired": (
            authority.station(station_id, days=(-10, -1)),
            "CERTIFICATE_EXPIRED",
            "certificate_expired",
        ),
        "too early": (
            authority.station(station_id, days=(1, 10)),
            "BAD_CERTIFICATE",
            "certificate_too_early",
        ),
        "other name": (authority.station("SN-OTHER"), None, "wrong_certificate"),
        "other operator": (
            authority.station(station_id, operator="Somebody Else"),
            None,
            "wrong_operator",
        ),
        "none": (None, None, "no_certificate"),
    }


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    "kind",
    ["unknown", "self-signed", "expired", "too early", "other name", "other operator", "none"],
)
async def test_tc_a_08_a_bad_certificate_is_turned_away_and_a_good_one_comes_in(
    server, authority, kind, newest
):
    """TC_A_08_CSMS, 1.6 TC_087."""
    station_id = await server.station(security_profile=3)
    bad, alert, reason = bad_certificates(authority, station_id)[kind]

    context = authority.client(bad, maximum=newest)
    if alert is None:
        with pytest.raises(InvalidStatus) as refused:
            await server.connects(station_id, V201, ssl=context)
        assert refused.value.response.status_code == 403
        attempt = await newest_attempt(server, reason, station_id)
        assert (attempt["status"], attempt["station_id"]) == (403, station_id)
    else:
        assert await asyncio.to_thread(alert_for, server.ocpp_tls_url, context) == alert
        attempt = await newest_attempt(server, reason)
        assert (attempt["status"], attempt["station_id"]) == (0, "")
    good = authority.client(authority.station(station_id), maximum=newest)
    station = await server.connects(station_id, V201, ssl=good)
    assert (await boots(station))["status"] == "Accepted"


async def test_a_station_cannot_use_the_certificate_of_another_station(server, authority):
    first, second = (
        await server.station(security_profile=3),
        await server.station(security_profile=3),
    )
    context = authority.client(authority.station(first))

    with pytest.raises(InvalidStatus) as refused:
        await server.connects(second, ssl=context)

    assert refused.value.response.status_code == 403
    assert (await server.connects(first, ssl=context)).socket.subprotocol


@pytest.mark.parametrize("version", [V16, V201])
async def test_b01_fr_12_another_serial_number_than_the_certificate_ends_the_connection(
    server, authority, version
):
    station_id = await server.station(security_profile=3, serial_number="SN-B01")
    context = authority.client(authority.station("SN-B01"))
    station = await server.connects(station_id, version, ssl=context)

    code = await station.code("BootNotification", boot(version, "SN-STOLEN"))

    assert code == "SecurityError"
    assert await station.closed() == 1008
    assert (await server.get(f"/api/v1/stations/{station_id}"))["serial_number"] == "SN-B01"
    honest = await server.connects(station_id, version, ssl=context)
    assert (await boots(honest, "SN-B01"))["status"] == "Accepted"


async def test_a_serial_number_that_was_told_at_a_boot_may_be_in_the_certificate(server, authority):
    station_id = await server.station(security_profile=2, password=PASSWORD)
    first = await server.connects(
        station_id, ssl=authority.client(), additional_headers=basic(station_id, PASSWORD)
    )
    await boots(first, "SN-TOLD")
    await server.station(station_id, security_profile=3)

    context = authority.client(authority.station("SN-TOLD"))
    station = await server.connects(station_id, ssl=context)

    assert (await boots(station))["status"] == "Accepted"
    await station.leaves()
    again = await server.connects(station_id, ssl=context)
    assert await again.beats()


@pytest.mark.parametrize("profile", [2, 3])
async def test_tls_stations_do_not_come_in_on_the_plain_port(server, profile):
    station_id = await server.station(security_profile=profile, password=PASSWORD)

    with pytest.raises(InvalidStatus) as refused:
        await server.connects(station_id, additional_headers=basic(station_id, PASSWORD))

    assert refused.value.response.status_code == 403
    assert (await newest_attempt(server, "tls_required", station_id))["status"] == 403


async def test_a_password_does_not_replace_the_certificate(server, authority):
    station_id = await server.station(security_profile=3, password=PASSWORD)

    with pytest.raises(InvalidStatus) as refused:
        await server.connects(
            station_id, ssl=authority.client(), additional_headers=basic(station_id, PASSWORD)
        )

    assert refused.value.response.status_code == 403
    assert await newest_attempt(server, "no_certificate", station_id)


async def test_a_certificate_does_not_replace_the_password(server, authority):
    station_id = await server.station(security_profile=2, password=PASSWORD)
    context = authority.client(authority.station(station_id))

    with pytest.raises(InvalidStatus) as refused:
        await server.connects(station_id, ssl=context)

    assert refused.value.response.status_code == 401


@pytest.mark.parametrize("profile", [0, 1])
async def test_stations_of_lower_profiles_may_use_tls(server, authority, profile):
    station_id = await server.station(security_profile=profile, password=PASSWORD)

    station = await server.connects(
        station_id, ssl=authority.client(), additional_headers=basic(station_id, PASSWORD)
    )

    assert await station.beats()
    # It was not told to change over, so the way it came before stays open.
    plain = await server.connects(station_id, additional_headers=basic(station_id, PASSWORD))
    assert await plain.beats()
