"""The certificates of a 1.6 station; openssl makes them and says how they are named."""

import pytest
from ocpp.v16 import call

from .certificates import hash_data, run, self_signed, signed

CENTRAL, MAKER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"


async def installs(central, pem, use=CENTRAL):
    return (await central.calls(call.InstallCertificate(use, pem))).status


async def lists(central, use=CENTRAL):
    answer = await central.calls(call.GetInstalledCertificateIds(use))
    assert (answer.status == "Accepted") is bool(answer.certificate_hash_data)
    return answer.certificate_hash_data or []


async def deletes(central, named):
    return (await central.calls(call.DeleteCertificate(named))).status


async def test_an_installed_root_is_named_as_openssl_names_it(central, obedient):
    root, _ = self_signed("Root", serial=0x0ABC)

    assert await installs(central, root) == "Accepted"

    (named,) = await lists(central)
    assert named == hash_data(root, root)
    assert named["serial_number"] == "abc"


async def test_a_certificate_under_a_root_is_named_by_the_roots_key(central, obedient):
    root, key = self_signed("Root")
    request = run(
        "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=Sub"
    )
    sub = signed(request, root, key, serial=2**70 + 5)
    await installs(central, root)
    await installs(central, sub)

    assert await lists(central) == [hash_data(root, root), hash_data(sub, root)]


async def test_roots_are_listed_by_their_use(central, obedient):
    one, other = self_signed("One")[0], self_signed("Other")[0]
    await installs(central, one)

    assert await lists(central, MAKER) == []
    await installs(central, other, MAKER)

    assert await lists(central, MAKER) == [hash_data(other, other)]


async def test_a_certificate_is_deleted_once_by_exactly_its_names(central, obedient):
    one, other = self_signed("One")[0], self_signed("Other")[0]
    await installs(central, one)
    await installs(central, other)
    named = hash_data(one, one)

    assert await deletes(central, {**named, "serial_number": "1"}) == "NotFound"
    assert await deletes(central, named) == "Accepted"
    assert await deletes(central, named) == "NotFound"

    assert await lists(central) == [hash_data(other, other)]


@pytest.mark.parametrize("text", ["nonsense", None, "cut"])
async def test_what_is_no_certificate_is_not_installed(central, obedient, text):
    root, key = self_signed("One")
    lines = root.strip().splitlines()
    cut = "\n".join([*lines[:3], lines[-1]])

    assert await installs(central, {"nonsense": text, None: key, "cut": cut}[text]) == "Rejected"
    assert await lists(central) == []


async def test_a_full_store_takes_no_more_and_outlives_a_reset(central, obedient):
    obedient.controller.configuration["CertificateStoreMaxLength"] = "1"
    assert await installs(central, self_signed("One")[0]) == "Accepted"
    await central.calls(call.Reset(type="Soft"))
    await central.hears("SecurityEventNotification")

    assert await installs(central, self_signed("Other")[0]) == "Rejected"
    assert await installs(central, self_signed("One")[0]) == "Accepted"
    assert len(await lists(central)) == 1


async def asks(central):
    central.forget()
    answer = await central.calls(call.ExtendedTriggerMessage("SignChargePointCertificate"))
    assert answer.status == "Accepted"
    return (await central.hears("SignCertificate"))["csr"]


async def brings(central, chain):
    return (await central.calls(call.CertificateSigned(chain))).status


async def test_it_asks_for_a_certificate_and_takes_the_one_made_for_its_key(central, obedient):
    obedient.controller.configuration["CpoName"] = "Test Power"
    root, key = self_signed("Root")

    request = await asks(central)
    subject = run("req", "-noout", "-verify", "-subject", text=request)
    chain = signed(request, root, key) + root

    assert "O = Test Power, CN = CP-1" in subject or "O=Test Power, CN=CP-1" in subject
    assert await brings(central, chain) == "Accepted"
    assert obedient.controller.certificates.own_chain == chain
    assert "SecurityEventNotification" not in central.actions()


@pytest.mark.parametrize("kind", ["for an older key", "nonsense", "too long"])
async def test_a_certificate_that_is_not_for_it_is_refused_and_told(central, obedient, kind):
    root, key = self_signed("Root")
    older = await asks(central)
    newer = await asks(central)
    if kind == "too long":
        obedient.controller.configuration["CertificateSignedMaxChainSize"] = "100"
    chain = {
        "for an older key": signed(older, root, key),
        "nonsense": "nonsense",
        "too long": signed(newer, root, key),
    }[kind]

    assert await brings(central, chain) == "Rejected"

    event = await central.hears("SecurityEventNotification")
    assert event["type"] == "InvalidChargePointCertificate"
    assert obedient.controller.certificates.own_chain is None
