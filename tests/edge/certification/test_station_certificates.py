"""Blocks A and M: a station's own certificate, from the trigger to the connection with it."""

import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from websockets.exceptions import InvalidStatus

from tests.edge.certificates import OPERATOR, new_authority
from tests.edge.conftest import V16, V21, V201, at, eventually, running
from tests.edge.signing_requests import wants

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCEPTED = {"status": "Accepted"}
KIND = "ChargingStationCertificate"
TRIGGER = {
    V16: ("ExtendedTriggerMessage", "SignChargePointCertificate"),
    V201: ("TriggerMessage", "SignChargingStationCertificate"),
    V21: ("TriggerMessage", "SignChargingStationCertificate"),
}
VERSIONS = [
    pytest.param(V16, id="TC_074"),
    pytest.param(V201, id="TC_A_11"),
    pytest.param(V21, id="TC_A_11-ocpp2.1"),
]


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    return new_authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def settings(tls):
    return {**tls.settings, "operator_name": OPERATOR, "command_timeout_s": 2}


async def asks(station, wanted, **more):
    """The answer to a request, as the version spells it."""
    kind = {} if station.station.version == V16 else {"certificateType": KIND}
    return await station.call("SignCertificate", {"csr": wanted.csr, **kind, **more})


async def is_given(station, times=1):
    """What CertificateSigned brought."""
    _, payload = await station.is_asked("CertificateSigned", times)
    return payload


async def root_of(server):
    (root,) = (await server.get("/api/v1/certificate-authority"))["items"]
    return x509.load_pem_x509_certificate(root["certificate"].encode())


async def rows_of(server, path):
    return (await server.get(path))["items"]


async def certificates(server, station_id, *states):
    """The station's certificates, the latest first, once they are in these states."""
    return await eventually(
        lambda: server.items(f"/api/v1/stations/{station_id}/certificates"),
        lambda rows: [row["state"] for row in rows] == list(states),
    )


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_station_renews_its_certificate_and_comes_in_with_it(
    operator, server, tls, tmp_path, version
):
    """TC_A_11, 1.6 TC_074: triggered, signed by our root, and good for profile 3."""
    station = await operator.answering(version=version)
    action, trigger = TRIGGER[version]
    station.on |= {action: ACCEPTED, "CertificateSigned": ACCEPTED}
    wanted = wants(station.id)

    command = await operator.asks(station.id, "renew_certificate")
    _, asked = await station.is_asked(action)
    answer = await asks(station, wanted)
    given = await is_given(station)
    (row,) = await certificates(server, station.id, "delivered")

    assert asked == {"requestedMessage": trigger}
    assert answer["status"] == "Accepted"
    assert given.get("certificateType") == (None if version == V16 else KIND)
    assert wanted.fits(given["certificateChain"])
    leaf = x509.load_pem_x509_certificate(given["certificateChain"].encode())
    leaf.verify_directly_issued_by(await root_of(server))
    assert row["chain"] == given["certificateChain"]
    assert row["serial_number"] == f"{leaf.serial_number:x}"
    assert (row["purpose"], row["subject"]) == (KIND, leaf.subject.rfc4514_string())
    assert (await operator.sees(command, "done"))["detail"] == "SignCertificate arrived"

    await server.station(station.id, security_profile=3)
    context = tls.client()
    context.load_cert_chain(*wanted.keep(tmp_path, given["certificateChain"]))
    again = await server.connects(station.id, version, ssl=context)
    assert await again.beats()


@pytest.mark.parametrize(
    ("version", "event"),
    [
        pytest.param(V16, "InvalidChargePointCertificate", id="TC_077"),
        pytest.param(V201, "InvalidChargingStationCertificate", id="TC_A_14"),
        pytest.param(V21, "InvalidChargingStationCertificate", id="TC_A_14-ocpp2.1"),
    ],
)
async def test_a_station_that_refuses_its_certificate_is_heard(operator, server, version, event):
    """TC_A_14, 1.6 TC_077: it is kept as rejected, and not brought again."""
    station = await operator.answering(version=version)
    action, trigger = TRIGGER[version]
    station.on |= {action: ACCEPTED, "CertificateSigned": {"status": "Rejected"}}

    await operator.asks(station.id, "renew_certificate")
    _, asked = await station.is_asked(action)
    answer = await asks(station, wants(station.id))
    given = await is_given(station)
    (row,) = await certificates(server, station.id, "rejected")
    told = await station.call("SecurityEventNotification", {"type": event, "timestamp": at()})

    assert asked == {"requestedMessage": trigger}
    assert given.get("certificateType") == (None if version == V16 else KIND)
    assert (answer["status"], told) == ("Accepted", {})
    assert row["answered_at"] is not None
    (kept,) = await server.items(f"/api/v1/stations/{station.id}/security-events")
    assert (kept["type"], kept["critical"]) == (event, True)


@pytest.mark.parametrize(
    ("root", "wire"),
    [
        pytest.param("csms_root", "CentralSystemRootCertificate", id="TC_075_2"),
        pytest.param("manufacturer_root", "ManufacturerRootCertificate", id="TC_075_1"),
    ],
)
async def test_our_own_root_is_installed_and_listed_and_deleted(operator, server, root, wire):
    """TC_075, TC_076: the deletion has exactly the hash data that was listed."""
    station = await operator.answering()
    hashed = {
        "hashAlgorithm": "SHA384",
        "issuerNameHash": "0A" * 48,
        "issuerKeyHash": "0b" * 48,
        "serialNumber": "ff01",
    }
    station.on |= {
        "InstallCertificate": ACCEPTED,
        "DeleteCertificate": ACCEPTED,
        "GetInstalledCertificateIds": ACCEPTED | {"certificateHashData": [hashed]},
    }
    (own,) = (await server.get("/api/v1/certificate-authority"))["items"]
    pem = own["certificate"]

    await operator.asks(station.id, "install_certificate", wait=10, use=root, certificate=pem)
    listed = await operator.asks(station.id, "get_installed_certificate_ids", wait=10, use=root)
    (found,) = listed["result"]["certificates"]
    named = {name: value for name, value in found.items() if name != "use"}
    deleted = await operator.asks(station.id, "delete_certificate", wait=10, **named)

    assert [payload for _, _, payload in station.asked] == [
        {"certificateType": wire, "certificate": pem},
        {"certificateType": wire},
        {"certificateHashData": hashed},
    ]
    assert deleted["state"] == "accepted"


async def test_the_number_of_a_request_comes_back_with_its_certificate(operator):
    """2.1 A02.FR.25; each request gets a certificate of its own, a repeated one too (A02.FR.17)."""
    station = await operator.answering(version=V21)
    station.on["CertificateSigned"] = ACCEPTED
    first, second = wants(station.id), wants(station.id)

    for number, wanted in ((17, first), (18, second), (18, second)):
        assert (await asks(station, wanted, requestId=number))["status"] == "Accepted"
    await station.is_asked("CertificateSigned", 3)

    given = [payload for _, action, payload in station.asked if action == "CertificateSigned"]
    assert [each["requestId"] for each in given] == [17, 18, 18]
    fits = [
        (first.fits(each["certificateChain"]), second.fits(each["certificateChain"]))
        for each in given
    ]
    assert fits == [(True, False), (False, True), (False, True)]


@pytest.mark.parametrize("version", [V201, V21])
async def test_a_certificate_for_vehicles_is_refused_with_the_reason(operator, server, version):
    """TC_A_12's shape: there is no authority for it."""
    station = await operator.answering(version=version)

    answer = await station.call(
        "SignCertificate", {"csr": wants(station.id).csr, "certificateType": "V2GCertificate"}
    )

    assert answer["status"] == "Rejected"
    assert answer["statusInfo"]["reasonCode"] == "UnsupportedRequest"
    (kept,) = await rows_of(server, f"/api/v1/stations/{station.id}/certificate-requests")
    assert (kept["status"], kept["reason"]) == ("rejected", "no_certificate_authority")


def flawed(name):
    strong = wants(name)
    other = wants(name, key=ec.generate_private_key(ec.SECP256R1()))
    return {
        "csr_unreadable": "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----",
        "csr_signature_wrong": grafted(strong.csr, other.csr),
        "key_too_weak": wants(
            name, key=rsa.generate_private_key(public_exponent=65537, key_size=1024)
        ).csr,
        "wrong_organization": wants(name, operator="Somebody Else").csr,
        "wrong_common_name": wants("another name").csr,
    }


def grafted(csr, other):
    """A request with the signature of another one."""
    left, right = (ssl.PEM_cert_to_DER_cert(_as_certificate(each)) for each in (csr, other))
    # The signature is the last element of both; they are of one size but for a byte or two.
    end = left.rindex(bytes.fromhex("06082a8648ce3d040302")) + 10
    begin = right.rindex(bytes.fromhex("06082a8648ce3d040302")) + 10
    body = left[:end] + right[begin:]
    size = len(body) - 4
    body = (
        body[:2] + size.to_bytes(2, "big") + body[4:]
        if left[1] == 0x82
        else (body[:2] + bytes([len(body) - 3]) + body[3:])
    )
    pem = ssl.DER_cert_to_PEM_cert(body)
    return pem.replace("CERTIFICATE", "CERTIFICATE REQUEST")


def _as_certificate(csr):
    return csr.replace("CERTIFICATE REQUEST", "CERTIFICATE")


@pytest.mark.parametrize("reason", sorted(flawed("x")))
@pytest.mark.parametrize("version", [V16, V201])
async def test_a_request_with_a_flaw_is_refused_and_the_reason_kept(
    operator, server, version, reason
):
    station = await operator.answering(version=version)

    answer = await station.call("SignCertificate", {"csr": flawed(station.id)[reason]})

    assert answer["status"] == "Rejected"
    if version == V201:
        assert answer["statusInfo"]["reasonCode"] == "InvalidCSR"
    (kept,) = await rows_of(server, f"/api/v1/stations/{station.id}/certificate-requests")
    assert (kept["status"], kept["reason"]) == ("rejected", reason)
    assert await server.items(f"/api/v1/stations/{station.id}/certificates") == []


async def test_nobody_gets_a_certificate_with_the_name_of_another_station(operator, server):
    victim = await server.station()
    station = await operator.answering(version=V201)
    shown = {"model": "m", "vendorName": "v", "serialNumber": victim}
    await station.call("BootNotification", {"reason": "PowerUp", "chargingStation": shown})

    answer = await asks(station, wants(victim))

    assert answer["status"] == "Rejected"
    (kept,) = await rows_of(server, f"/api/v1/stations/{station.id}/certificate-requests")
    assert kept["reason"] == "common_name_of_another_station"


async def test_a_request_with_a_nul_in_its_name_is_refused_and_is_no_error_of_ours(operator):
    station = await operator.answering(version=V201)

    answer = await asks(station, wants(f"{station.id}\0"))

    assert answer["status"] == "Rejected"
    assert answer["statusInfo"]["reasonCode"] == "InvalidCSR"


async def gets_for(station, name):
    """The certificate that a station asks for under a serial number that it claims to have."""
    station.on["CertificateSigned"] = ACCEPTED
    shown = {"model": "m", "vendorName": "v", "serialNumber": name}
    await station.call("BootNotification", {"reason": "PowerUp", "chargingStation": shown})
    wanted = wants(name)
    assert (await asks(station, wanted))["status"] == "Accepted"
    return wanted, (await is_given(station))["certificateChain"]


async def test_blanks_around_a_name_do_not_make_it_that_of_another_station(
    operator, server, tls, tmp_path
):
    victim = await server.station(security_profile=3)
    thief = await operator.answering(version=V201)
    wanted, chain = await gets_for(thief, f" {victim}")
    context = tls.client()
    context.load_cert_chain(*wanted.keep(tmp_path, chain))

    with pytest.raises(InvalidStatus) as refused:
        await server.connects(victim, V201, ssl=context)

    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("told", ["identity", "serial number"])
async def test_a_certificate_claimed_before_its_owner_came_lets_nobody_in_as_the_owner(
    operator, server, tls, tmp_path, told
):
    thief = await operator.answering(version=V201)
    owner, serial = f"LATER-{thief.id}", f"SN-LATER-{thief.id}"
    name = owner if told == "identity" else serial
    wanted, chain = await gets_for(thief, name)
    context = tls.client()
    context.load_cert_chain(*wanted.keep(tmp_path, chain))
    await server.station(owner, security_profile=3, serial_number=serial)

    with pytest.raises(InvalidStatus) as refused:
        await server.connects(owner, V201, ssl=context)

    assert refused.value.response.status_code == 403
    attempts = await server.attempts(owner, bool)
    assert attempts[0]["reason"] == "wrong_certificate"
    await server.station(thief.id, security_profile=3)
    assert await (await server.connects(thief.id, V201, ssl=context)).beats()


@pytest.mark.parametrize("by", ["identity", "serial number"])
async def test_no_other_station_can_keep_one_from_renewing_its_certificate(
    operator, server, tls, by
):
    """Another one says that it is called so; who was there first and proves it is not put off."""
    owner = await server.station()
    name = owner if by == "identity" else f"SN-{owner}"
    await server.station(owner, security_profile=3, serial_number=name)
    thief = await operator.answering(version=V201)
    claimed = {"model": "m", "vendorName": "v", "serialNumber": name}
    await thief.call("BootNotification", {"reason": "PowerUp", "chargingStation": claimed})

    own = tls.client(tls.station(name))
    station = await operator.answering(owner, version=V201, ssl=own)
    station.on["CertificateSigned"] = ACCEPTED
    await station.call("BootNotification", {"reason": "PowerUp", "chargingStation": claimed})
    answer = await asks(station, wants(name))
    refused = await asks(thief, wants(name))

    assert (answer["status"], refused["status"]) == ("Accepted", "Rejected")


async def test_no_station_gets_a_certificate_that_others_take_for_that_of_the_server(
    operator, server
):
    """A00.FR.511: a serial number is what a station says, and here it says a name of a host."""
    station = await operator.answering(version=V201)
    claimed = {"model": "m", "vendorName": "v", "serialNumber": "csms.example.com"}
    await station.call("BootNotification", {"reason": "PowerUp", "chargingStation": claimed})

    answer = await asks(station, wants("csms.example.com"))

    assert answer["status"] == "Rejected"
    (kept,) = await rows_of(server, f"/api/v1/stations/{station.id}/certificate-requests")
    assert kept["reason"] == "common_name_is_an_address"


async def test_a_serial_number_is_a_name_once_the_station_has_booted(operator):
    station = await operator.answering(version=V201)
    station.on["CertificateSigned"] = ACCEPTED
    shown = {"model": "m", "vendorName": "v", "serialNumber": f"SN-{station.id}"}

    before = await asks(station, wants(f"SN-{station.id}"))
    await station.call("BootNotification", {"reason": "PowerUp", "chargingStation": shown})
    after = await asks(station, wants(f"SN-{station.id}"))

    assert (before["status"], after["status"]) == ("Rejected", "Accepted")


async def test_a_station_that_left_gets_its_certificate_when_it_is_back(operator, server):
    station = await operator.answering(version=V201)
    station.on["CertificateSigned"] = None  # no answer
    wanted = wants(station.id)
    await asks(station, wanted)
    await is_given(station)
    await station.leaves()
    await certificates(server, station.id, "issued")

    back = await operator.answering(station.id, version=V201)
    back.on["CertificateSigned"] = ACCEPTED
    given = await is_given(back)

    assert wanted.fits(given["certificateChain"])
    await certificates(server, station.id, "delivered")


async def test_a_server_that_was_stopped_brings_it_and_has_the_same_root(database_url, tmp_path):
    async with running(database_url, tmp_path) as server:
        root = await root_of(server)
        station = await server.connects(version=V201)
        wanted = wants(station.id)
        await station.call("SignCertificate", {"csr": wanted.csr})
        await station.hears()  # CertificateSigned, which is not answered

    async with running(database_url, tmp_path) as server:
        assert await root_of(server) == root
        back = await server.connects(station.id, version=V201)
        _, message_id, action, payload = await back.hears()
        await back.says(f'[3,"{message_id}",{{"status":"Accepted"}}]')

        assert action == "CertificateSigned"
        assert wanted.fits(payload["certificateChain"])
        await certificates(server, station.id, "delivered")


async def test_a_revoked_certificate_lets_nobody_in(operator, server, tls, tmp_path):
    station = await operator.answering(version=V201)
    station.on["CertificateSigned"] = ACCEPTED
    wanted = wants(station.id)
    await asks(station, wanted)
    given = await is_given(station)
    (row,) = await certificates(server, station.id, "delivered")
    await server.station(station.id, security_profile=3)
    context = tls.client()
    context.load_cert_chain(*wanted.keep(tmp_path, given["certificateChain"]))
    before = await server.connects(station.id, V201, ssl=context)
    assert await before.beats()

    path = f"/api/v1/stations/{station.id}/certificates/{row['id']}/revoke"
    answers = [await server.http.post(path) for _ in range(2)]

    assert [(each.status_code, each.json()["state"]) for each in answers] == [(200, "revoked")] * 2
    with pytest.raises(InvalidStatus):
        await server.connects(station.id, V201, ssl=context)
    entries = await server.items("/api/v1/audit", target=station.id)
    assert [each["action"] for each in entries].count("station.certificate_revoked") == 1


async def test_a_deleted_station_takes_its_certificates_along(operator, server):
    station = await operator.answering(version=V201)
    station.on["CertificateSigned"] = ACCEPTED
    await asks(station, wants(station.id))
    await certificates(server, station.id, "delivered")

    await server.http.delete(f"/api/v1/stations/{station.id}")

    await certificates(server, station.id, "revoked")


async def test_what_was_not_made_cannot_be_revoked(server):
    station_id = await server.station()
    path = f"/api/v1/stations/{station_id}/certificates"

    answers = [
        await server.http.post(f"{path}/{each}/revoke")
        for each in ("019a5c1e-7b1e-7c35-9d0a-5f3f5b0a8f11", "no-number")
    ]

    assert [each.status_code for each in answers] == [404, 404]


@pytest.mark.parametrize("version", [V201, V21])
async def test_the_status_of_a_certificate_that_cannot_be_obtained_is_failed(server, version):
    """M06.FR.04."""
    station = await server.connects(version=version)
    asked = {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": "ab" * 32,
        "issuerKeyHash": "cd" * 32,
        "serialNumber": "1f",
        "responderURL": "http://ocsp.invalid/",
    }

    answer = await station.call("GetCertificateStatus", {"ocspRequestData": asked})

    assert answer["status"] == "Failed"
    assert answer["statusInfo"]["reasonCode"] == "UnsupportedRequest"


async def test_a_number_that_2_0_1_does_not_know_does_not_keep_a_certificate_back(operator):
    station = await operator.answering(version=V201)
    station.on["CertificateSigned"] = ACCEPTED
    wanted = wants(station.id)

    await asks(station, wanted, requestId=17)
    given = await is_given(station)

    assert wanted.fits(given["certificateChain"])
    assert "requestId" not in given
