"""Certificates made with the program `openssl`, and what it says of them."""

import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest


def run(*arguments, text=None):
    if shutil.which("openssl") is None:
        pytest.skip("needs the program openssl; Debian has it in the package openssl")
    done = subprocess.run(
        ["openssl", *arguments], input=text, capture_output=True, text=True, check=True
    )
    return done.stdout


@cache
def self_signed(name, serial=None, address=None):
    """A root certificate and its private key."""
    arguments = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 9 -keyout -"
    )
    more = ["-set_serial", str(serial)] if serial is not None else []
    more += ["-addext", f"subjectAltName=IP:{address}"] if address is not None else []
    both = run(*arguments.split(), "-subj", f"/O=Test/CN={name}", *more)
    key, begin, certificate = both.partition("-----BEGIN CERTIFICATE-----")
    return begin + certificate, key


def signed(request, root, key, serial=1):
    """A certificate for a request."""
    with tempfile.TemporaryDirectory() as place:
        paths = {name: Path(place) / name for name in ("request", "root", "key")}
        for name, text in zip(paths, (request, root, key), strict=True):
            paths[name].write_text(text)
        return run(
            "x509", "-req", "-days", "9", "-in", paths["request"], "-CA", paths["root"],
            "-CAkey", paths["key"], "-set_serial", str(serial),
        )  # fmt: skip


def hash_data(certificate, issuer):
    """What OCSP names it by, as another program computes it."""
    with tempfile.TemporaryDirectory() as place:
        paths = {name: Path(place) / name for name in ("certificate", "issuer")}
        paths["certificate"].write_text(certificate)
        paths["issuer"].write_text(issuer)
        said = run(
            "ocsp", "-sha256", "-issuer", paths["issuer"], "-cert", paths["certificate"],
            "-req_text", "-no_nonce",
        )  # fmt: skip
    name, key, serial = (
        re.search(rf"{label}: (\w+)", said)[1].lower()
        for label in ("Issuer Name Hash", "Issuer Key Hash", "Serial Number")
    )
    return {
        "hash_algorithm": "SHA256",
        "issuer_name_hash": name,
        "issuer_key_hash": key,
        "serial_number": serial.lstrip("0"),
    }
