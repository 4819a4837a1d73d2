"""Certificates for tests: an authority, and certificates signed by it."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as PEM files."""

    cert: Path
    key: Path
    serial: int


class Authority:
    """Signs certificates; `cert` is its own certificate."""

    def __init__(self, directory: Path, name: str = "authority") -> None:
        """Write the authority's certificate to `directory/NAME.crt`."""
        self.directory = directory
        self.cert = directory / f"{name}.crt"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = _builder(self._name, self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.cert.write_bytes(_pem(made.sign(self._key, hashes.SHA256())))

    def sign(self, name: str, *names: str) -> Pair:
        """Write a certificate for DNS names, addresses, persons and others, with its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = (
            _builder(subject, self._name, key)
            .add_extension(
                x509.SubjectAlternativeName([_san(one) for one in names]), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        pair = Pair(
            self.directory / f"{name}.crt", self.directory / f"{name}.key", made.serial_number
        )
        pair.cert.write_bytes(_pem(made))
        pair.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return pair


def _san(name: str) -> x509.GeneralName:
    if name.endswith(" (a person)"):
        person = x509.NameAttribute(NameOID.COMMON_NAME, name.removesuffix(" (a person)"))
        return x509.DirectoryName(x509.Name([person]))
    if name.endswith(" (unknown)"):
        return x509.OtherName(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        if "://" in name:
            return x509.UniformResourceIdentifier(name)
        return x509.RFC822Name(name) if "@" in name else x509.DNSName(name)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
