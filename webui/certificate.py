"""The certificate that the box makes for itself at its first start: P-256, ten years, kept in `$FRONTDESK_HOME/web/`.

Browsers warn once about a self-made certificate; the start-up line and the account page show its SHA-256 fingerprint so
that a careful person can compare. It is renewed when it has run out or no longer names this machine's host name; a
certificate put there by the owner (any name, readable by OpenSSL) is kept as long as it has not run out.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFE = datetime.timedelta(days=3650)
_OURS = "Frontdesk"


@dataclass(frozen=True)
class Certificate:
    """Where the certificate and its key lie, and the fingerprint to compare (colon-separated SHA-256).

    ``names``: what a browser may call the box, beside its addresses: the certificate's names and the machine's now.
    """

    path: Path
    key_path: Path
    fingerprint: str
    names: frozenset[str]


def certificate(folder: Path, host: str) -> Certificate:
    """The box's certificate, made when there is none that serves.

    Args:
        folder: `$FRONTDESK_HOME/web`.
        host: the address that is listened on, named in the certificate beside the host name and its addresses.
    """
    path, key_path = folder / "certificate.pem", folder / "certificate.key"
    names = _names(host)
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        if key_path.exists() and _serves(found, names):
            return _certificate(path, key_path, found, names)
    except (FileNotFoundError, ValueError):
        pass  # none yet, or not a certificate: a new one is made below
    made, key = _make(names)
    _write(
        key_path,
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        0o600,
    )
    _write(path, made.public_bytes(serialization.Encoding.PEM), 0o644)
    return _certificate(path, key_path, made, names)


def _certificate(path: Path, key: Path, held: x509.Certificate, names: list[x509.GeneralName]) -> Certificate:
    with contextlib.suppress(x509.ExtensionNotFound):
        names = [*names, *held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value]
    known = frozenset(name.value.lower() for name in names if isinstance(name, x509.DNSName))
    return Certificate(path, key, _fingerprint(held), known)


def _serves(found: x509.Certificate, names: list[x509.GeneralName]) -> bool:
    if found.not_valid_after_utc < datetime.datetime.now(datetime.UTC):
        return False
    if not any(
        attribute.value == _OURS for attribute in found.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    ):
        return True
    kept = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {name for name in names if isinstance(name, x509.DNSName)} <= set(kept)


def _names(host: str) -> list[x509.GeneralName]:
    """The names a browser may use: host name, host name.local, localhost, and the addresses known now."""
    own = socket.gethostname().lower()
    found: dict[x509.GeneralName, None] = {}
    for dns in (own, f"{own.split('.')[0]}.local", "frontdesk.local", "localhost"):
        found[x509.DNSName(dns)] = None
    addresses = {"127.0.0.1", "::1"} | _own_addresses(own)
    try:
        if not ipaddress.ip_address(host).is_unspecified:
            addresses.add(host)
    except ValueError:
        found[x509.DNSName(host)] = None
    for address in sorted(addresses):
        found[x509.IPAddress(ipaddress.ip_address(address))] = None
    return list(found)


def _own_addresses(name: str) -> set[str]:
    try:
        return {str(entry[4][0]).split("%")[0] for entry in socket.getaddrinfo(name, None)}
    except OSError:
        return set()


def _make(names: list[x509.GeneralName]) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _OURS),
            x509.NameAttribute(NameOID.COMMON_NAME, socket.gethostname()[:64] or "frontdesk"),
        ]
    )
    # A Pi without its clock battery may start in 1970 or in the past: valid from long ago.
    begins = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    ends = max(datetime.datetime.now(datetime.UTC), begins) + _LIFE
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made, key


def _fingerprint(found: x509.Certificate) -> str:
    return found.fingerprint(hashes.SHA256()).hex(":").upper()


def _write(path: Path, data: bytes, mode: int) -> None:
    part = path.with_suffix(path.suffix + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
