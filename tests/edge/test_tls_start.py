"""A server that cannot serve TLS says in one line why, before anything else is started."""

import pytest
from cryptography.hazmat.primitives import serialization

from tests.edge.certificates import make
from voltaro.app import serving
from voltaro.config import Settings
from voltaro.ports import StartRefused

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def refusal(tmp_path, **settings):
    """What a server says that is started with these settings; it has no database."""
    told = {
        "database_url": "postgresql://nobody@127.0.0.1:1/nothing",
        "data_dir": tmp_path,
        "ocpp_port": 0,
        "http_port": 0,
        "ocpp_tls_port": 0,
    }
    with pytest.raises(StartRefused) as refused:
        async with serving(Settings(**{**told, **settings})):
            pass
    return str(refused.value)


def files(*pairs):
    return {
        "tls_cert": tuple(each.cert_file for each in pairs),
        "tls_key": tuple(each.key_file for each in pairs),
    }


def with_passphrase(pair):
    pair.key_file.write_bytes(
        pair.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    return pair


async def test_a_port_without_certificate_is_refused(tmp_path):
    assert "give --tls-cert and --tls-key" in await refusal(tmp_path)


async def test_a_certificate_without_port_is_refused(tmp_path):
    said = await refusal(tmp_path, ocpp_tls_port=None, **files(make(tmp_path, "localhost")))

    assert "give --ocpp-tls-port" in said


async def test_a_missing_file_is_named(tmp_path):
    pair = make(tmp_path, "localhost")
    pair.key_file.unlink()

    said = await refusal(tmp_path, **files(pair))

    assert said == f"{pair.key_file} cannot be read (No such file or directory)"


@pytest.mark.parametrize(
    ("which", "says"),
    [("cert_file", "holds no certificate in PEM format"), ("key_file", "holds no private key")],
)
async def test_a_file_of_something_else_is_named(tmp_path, which, says):
    pair = make(tmp_path, "localhost")
    getattr(pair, which).write_text("something else")

    assert says in await refusal(tmp_path, **files(pair))


async def test_a_key_of_another_certificate_is_refused(tmp_path):
    one, other = make(tmp_path, "localhost"), make(tmp_path, "localhost")

    said = await refusal(tmp_path, tls_cert=(one.cert_file,), tls_key=(other.key_file,))

    assert said.startswith(f"{other.key_file} is not the key of {one.cert_file}")


async def test_a_key_with_a_passphrase_is_refused(tmp_path):
    said = await refusal(tmp_path, **files(with_passphrase(make(tmp_path, "localhost"))))

    assert "has a passphrase" in said


@pytest.mark.parametrize(
    ("days", "says"), [((-20, -10), "ran out on 20"), ((1, 10), "is valid from 20")]
)
async def test_a_certificate_that_is_out_of_date_is_refused(tmp_path, days, says):
    assert says in await refusal(tmp_path, **files(make(tmp_path, "localhost", days=days)))


async def test_a_short_key_is_refused(tmp_path):
    said = await refusal(tmp_path, **files(make(tmp_path, "localhost", kind="short rsa")))

    assert "its RSA key has 1024 bits, OCPP asks for 2048" in said


async def test_two_certificates_of_one_kind_are_refused(tmp_path):
    said = await refusal(
        tmp_path, **files(make(tmp_path, "localhost"), make(tmp_path, "localhost"))
    )

    assert said.startswith("two certificates are EC")


async def test_a_certificate_too_many_is_refused(tmp_path):
    told = files(make(tmp_path, "localhost"), make(tmp_path, "localhost", kind="rsa"))

    said = await refusal(tmp_path, **{**told, "tls_key": told["tls_key"][:1]})

    assert said.startswith("there are 2 certificates and 1 keys")


async def test_roots_of_stations_that_are_none_are_refused(tmp_path):
    nothing = tmp_path / "roots.pem"
    nothing.write_text("")

    said = await refusal(tmp_path, tls_client_ca=nothing, **files(make(tmp_path, "localhost")))

    assert said == f"{nothing} holds no certificate in PEM format"
