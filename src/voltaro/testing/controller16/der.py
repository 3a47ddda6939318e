"""As much of DER as it takes to read the parts of a certificate that its hash data is made of."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

_PEM = re.compile(
    r"-----BEGIN (?P<kind>CERTIFICATE|CERTIFICATE REQUEST)-----\s(?P<body>[^-]+)-----END (?P=kind)-----"
)
_SEQUENCE, _INTEGER, _BIT_STRING, _VERSION = 0x30, 0x02, 0x03, 0xA0


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The parts of an X.509 certificate; names and keys as they are encoded."""

    serial: int
    issuer: bytes
    subject: bytes
    #: The content of the key's bit string, without its count of unused bits.
    public_key: bytes


def read_certificates(text: str) -> list[Certificate]:
    """The certificates of a PEM text in their order; ValueError if there is none or one is wrong."""
    found = [_read_certificate(der) for der in _bodies(text, "CERTIFICATE")]
    if not found:
        raise ValueError("no certificate")
    return found


def key_of_request(text: str) -> bytes:
    """The public key a PEM certificate request is about."""
    (der,) = _bodies(text, "CERTIFICATE REQUEST")
    _version, _subject, key = _parts(_parts(_whole(der))[0][1])[:3]
    return _key_bits(key[1])


def _read_certificate(der: bytes) -> Certificate:
    try:
        body = _parts(_parts(_whole(der))[0][1])
        if body[0][0] == _VERSION:
            body = body[1:]
        serial, _algorithm, issuer, _validity, subject, key = body[:6]
        if serial[0] != _INTEGER:
            raise ValueError("no serial number")
        return Certificate(
            serial=int.from_bytes(serial[1], signed=True),
            issuer=issuer[2],
            subject=subject[2],
            public_key=_key_bits(key[1]),
        )
    except IndexError as error:
        raise ValueError("a certificate that ends too early") from error


def _bodies(text: str, kind: str) -> Iterator[bytes]:
    for match in _PEM.finditer(text):
        if match["kind"] == kind:
            try:
                yield base64.b64decode("".join(match["body"].split()), validate=True)
            except binascii.Error as error:
                raise ValueError("not base64") from error


def _whole(der: bytes) -> bytes:
    parts = _parts(der)
    if len(parts) != 1 or parts[0][0] != _SEQUENCE:
        raise ValueError("not one sequence")
    return parts[0][1]


def _parts(content: bytes) -> list[tuple[int, bytes, bytes]]:
    """Tag, content and whole encoding of each element."""
    parts = []
    at = 0
    while at < len(content):
        tag, length, body_at = content[at], content[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(content[body_at : body_at + size])
            body_at += size
        end = body_at + length
        if end > len(content):
            raise ValueError("an element that ends too late")
        parts.append((tag, content[body_at:end], content[at:end]))
        at = end
    return parts


def _key_bits(key_info: bytes) -> bytes:
    _algorithm, bits = _parts(key_info)[:2]
    if bits[0] != _BIT_STRING:
        raise ValueError("no public key")
    return bits[1][1:]
