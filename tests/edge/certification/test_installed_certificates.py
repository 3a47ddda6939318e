"""Block M of 2.0.1 and 2.1, Core: roots are installed, listed and deleted (M03, M04, M05)."""

import pytest

from tests.edge.conftest import V21, V201

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERSIONS = pytest.mark.parametrize("version", [V201, V21])

ACCEPTED = {"status": "Accepted"}
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "aB" * 32,
    "issuerKeyHash": "Cd" * 32,
    "serialNumber": "1f",
}


def chain(kind, children=None, **data):
    entry = {"certificateType": kind, "certificateHashData": HASH | data}
    return entry | ({"childCertificateHashData": children} if children else {})


@VERSIONS
@pytest.mark.parametrize(
    ("use", "wire", "status", "state"),
    [
        pytest.param("csms_root", "CSMSRootCertificate", "Accepted", "accepted", id="TC_M_01"),
        pytest.param(
            "manufacturer_root", "ManufacturerRootCertificate", "Accepted", "accepted", id="TC_M_02"
        ),
        pytest.param("v2g_root", "V2GRootCertificate", "Accepted", "accepted", id="TC_M_03"),
        pytest.param("mo_root", "MORootCertificate", "Accepted", "accepted", id="TC_M_04"),
        pytest.param("csms_root", "CSMSRootCertificate", "Failed", "rejected", id="TC_M_05"),
        pytest.param("csms_root", "CSMSRootCertificate", "Rejected", "rejected", id="rejected"),
    ],
)
async def test_a_root_is_installed_or_not(operator, version, use, wire, status, state):
    station = await operator.answering(version=version)
    station.on["InstallCertificate"] = {"status": status}

    command = await operator.asks(
        station.id, "install_certificate", wait=10, use=use, certificate=PEM
    )

    assert (command["state"], command["answer"]) == (state, status)
    assert station.asked[0][1:] == (
        "InstallCertificate",
        {"certificateType": wire, "certificate": PEM},
    )


@VERSIONS
@pytest.mark.parametrize(
    ("use", "wire"),
    [
        pytest.param("manufacturer_root", "ManufacturerRootCertificate", id="TC_M_13"),
        pytest.param("v2g_root", "V2GRootCertificate", id="TC_M_14"),
        pytest.param("v2g_chain", "V2GCertificateChain", id="TC_M_15"),
        pytest.param("mo_root", "MORootCertificate", id="TC_M_16"),
    ],
)
async def test_certificates_of_one_kind_are_listed(operator, version, use, wire):
    station = await operator.answering(version=version)
    station.on["GetInstalledCertificateIds"] = {
        "status": "Accepted",
        "certificateHashDataChain": [chain(wire)],
    }

    command = await operator.asks(station.id, "get_installed_certificate_ids", wait=10, use=use)

    assert station.asked[0][2] == {"certificateType": [wire]}
    assert command["state"] == "accepted"
    assert command["result"]["certificates"] == [
        {
            "use": use,
            "hash_algorithm": "sha256",
            "issuer_name_hash": HASH["issuerNameHash"],
            "issuer_key_hash": HASH["issuerKeyHash"],
            "serial_number": "1f",
        }
    ]


@VERSIONS
async def test_all_certificates_are_listed_with_what_hangs_from_them(operator, version):
    """TC_M_18: the type is left out."""
    station = await operator.answering(version=version)
    child = HASH | {"serialNumber": "2"}
    station.on["GetInstalledCertificateIds"] = {
        "status": "Accepted",
        "certificateHashDataChain": [
            chain("CSMSRootCertificate"),
            chain("V2GCertificateChain", [child]),
        ],
    }

    command = await operator.asks(station.id, "get_installed_certificate_ids", wait=10)

    assert station.asked[0][2] == {}
    root, leaf = command["result"]["certificates"]
    assert (root["use"], "children" in root) == ("csms_root", False)
    assert leaf["use"] == "v2g_chain"
    assert [each["serial_number"] for each in leaf["children"]] == ["2"]


@VERSIONS
async def test_a_station_without_such_certificates_says_so(operator, version):
    """TC_M_19."""
    station = await operator.answering(version=version)
    station.on["GetInstalledCertificateIds"] = {"status": "NotFound"}

    command = await operator.asks(
        station.id, "get_installed_certificate_ids", wait=10, use="manufacturer_root"
    )

    assert station.asked[0][2] == {"certificateType": ["ManufacturerRootCertificate"]}
    assert (command["state"], command["result"]) == ("accepted", {"certificates": []})


@VERSIONS
@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
@pytest.mark.parametrize(
    ("status", "state"),
    [
        pytest.param("Accepted", "accepted", id="TC_M_20"),
        pytest.param("Failed", "rejected", id="TC_M_21"),
        pytest.param("NotFound", "rejected", id="not-found"),
    ],
)
async def test_what_is_listed_is_deleted_by_exactly_that(
    operator, version, algorithm, status, state
):
    station = await operator.answering(version=version)
    listed = chain("CSMSRootCertificate", hashAlgorithm=algorithm)
    station.on["GetInstalledCertificateIds"] = {
        "status": "Accepted",
        "certificateHashDataChain": [listed],
    }
    station.on["DeleteCertificate"] = {"status": status}
    station.on["InstallCertificate"] = ACCEPTED
    await operator.asks(
        station.id, "install_certificate", wait=10, use="csms_root", certificate=PEM
    )

    answer = await operator.asks(
        station.id, "get_installed_certificate_ids", wait=10, use="csms_root"
    )
    (found,) = answer["result"]["certificates"]
    assert station.asked[-1][2] == {"certificateType": ["CSMSRootCertificate"]}
    named = {name: value for name, value in found.items() if name != "use"}
    deleted = await operator.asks(station.id, "delete_certificate", wait=10, **named)

    assert station.asked[-1][2] == {"certificateHashData": listed["certificateHashData"]}
    assert (deleted["state"], deleted["answer"]) == (state, status)


async def test_what_a_version_does_not_know_is_not_sent(operator):
    old = await operator.answering()
    new = await operator.answering(version=V201)

    answers = [
        await operator.refused(old.id, "install_certificate", use="v2g_root", certificate=PEM),
        await operator.refused(old.id, "get_installed_certificate_ids", use="mo_root"),
        await operator.refused(new.id, "install_certificate", use="oem_root", certificate=PEM),
        await operator.refused(new.id, "install_certificate", use="v2g_chain", certificate=PEM),
    ]

    assert [each.status_code for each in answers] == [422] * 4
    assert old.asked == new.asked == []
