"""A signed bundle of the HAT's program: read, and believed only when everything about it is right.

A bundle is a folder that ``python -m tools.bundle`` makes:

    bundle.json    what it is for and what it holds (below); every other file is vouched for by this one
    bundle.sig     Ed25519 signature (RFC 8032, 64 bytes) over the bytes of bundle.json
    bundle.pem     the signer's certificate: X.509, Ed25519, extended key usage "code signing"
    *.py, *.mpy    the files of the slot

The scheme is that of the system image (reference image.md section 5): the box holds a keyring of certification
authorities, a bundle brings its signer's certificate, and an expired one signs nothing any more. ``bundle.json``:

    {"format": 1, "board": "LineHAT-4", "board_revs": [1], "version": "0.2.0", "architecture": "py" or mpy-cross's name,
     "files": [{"name": "main.py", "size": 1234, "sha256": "..."}, ...]}       in the order in which they are staged

The RP2040 has no secure boot, so the signature is the Pi's to check: ``read`` looks at all of it before anything is
sent, and gives the bytes it has checked. What is wrong is a BundleError that names the file and what was expected.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID

FORMAT: Final = 1
MANIFEST, SIGNATURE, CERTIFICATE = "bundle.json", "bundle.sig", "bundle.pem"
PLAIN: Final = "py"
"""The architecture of a bundle whose files are not compiled."""

LARGEST = {MANIFEST: 65536, SIGNATURE: 64, CERTIFICATE: 16384}  # bytes
LARGEST_FILE = 262144
MOST_FILES = 100
LARGEST_KEYRING = 262144
SIGNATURE_BYTES = 64
_NAME = re.compile(r"[a-z0-9_]{1,40}\.(?:py|mpy)")
_FIELDS = {"format", "board", "board_revs", "version", "architecture", "files"}
_FILE_FIELDS = {"name", "size", "sha256"}


class BundleError(Exception):
    """Raised on a bundle or keyring that is not to be believed; the text names the file and what was expected."""


@dataclass(frozen=True)
class File:
    """One file as it goes into the slot; ``sha256`` is what is signed of it."""

    name: str
    data: bytes
    sha256: bytes


@dataclass(frozen=True)
class Bundle:
    """A bundle whose signature, files and board are right. ``signer``: the common name of who vouches for it."""

    version: str
    architecture: str
    board_revs: tuple[int, ...]
    signer: str
    files: tuple[File, ...]

    def check_board(self, revision: int) -> None:
        """Raises BundleError unless the bundle is for boards of this revision."""
        if revision not in self.board_revs:
            revisions = ", ".join(map(str, self.board_revs))
            raise BundleError(
                f"{MANIFEST}: board_revs: made for revision {revisions}, this board is revision {revision}"
            )


def read(folder: Path, keyring: Path, board: str, now: dt.datetime | None = None) -> Bundle:
    """The bundle in ``folder``, for a ``board`` of that name. Raises BundleError.

    ``keyring``: a file of PEM certificates, the authorities that this box believes. ``now`` is the time by which
    certificates are judged (default: the system's).
    """
    manifest = _bytes(folder / MANIFEST, LARGEST[MANIFEST], "not signed: expected a folder made by tools.bundle")
    signature = _bytes(folder / SIGNATURE, LARGEST[SIGNATURE], "not signed: expected an Ed25519 signature")
    certificate = _certificate(folder / CERTIFICATE)
    when = now or dt.datetime.now(dt.UTC)
    key = _believed(certificate, folder / CERTIFICATE, _keyring(keyring), keyring, when)
    if len(signature) != SIGNATURE_BYTES:
        raise BundleError(f"{folder / SIGNATURE}: {len(signature)} bytes, expected an Ed25519 signature of 64")
    try:
        key.verify(signature, manifest)
    except InvalidSignature:
        raise BundleError(
            f"{folder / MANIFEST}: changed since it was signed: the signature in {SIGNATURE} is not of these bytes"
        ) from None
    fields = _fields(manifest, folder / MANIFEST)
    if fields["board"] != board:
        raise BundleError(f"{folder / MANIFEST}: board: made for {fields['board']!r}, expected {board!r}")
    files = tuple(_file(folder, entry) for entry in fields["files"])
    revisions = tuple(fields["board_revs"])
    return Bundle(fields["version"], fields["architecture"], revisions, _common_name(certificate), files)


# Who signed


def _keyring(path: Path) -> list[x509.Certificate]:
    data = _bytes(path, LARGEST_KEYRING, "expected the keyring of this box, PEM certificates (firmware/hat/README.md)")
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise BundleError(f"{path}: expected PEM certificates: {error}") from None


def _certificate(path: Path) -> x509.Certificate:
    data = _bytes(path, LARGEST[CERTIFICATE], "not signed: expected the signer's certificate")
    try:
        return x509.load_pem_x509_certificate(data)
    except ValueError:
        raise BundleError(f"{path}: expected one PEM certificate") from None


def _believed(
    certificate: x509.Certificate, path: Path, keyring: list[x509.Certificate], where: Path, now: dt.datetime
) -> Ed25519PublicKey:
    """The signer's key, if one of the keyring's authorities vouches for it now."""
    name = _common_name(certificate)
    key = certificate.public_key()
    if not isinstance(key, Ed25519PublicKey):
        raise BundleError(f"{path}: the key of {name!r} is no Ed25519 key")
    authority = next((one for one in keyring if _issued(certificate, one)), None)
    if authority is None:
        raise BundleError(f"{path}: {name!r} is unknown here: expected a signer of an authority in {where}")
    for one, place in ((authority, where), (certificate, path)):
        who = _common_name(one)
        if now > one.not_valid_after_utc:
            raise BundleError(
                f"{place}: the key of {who!r} has expired on {one.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
            )
        if now < one.not_valid_before_utc:
            start = f"{one.not_valid_before_utc:%Y-%m-%d %H:%M}"
            raise BundleError(f"{place}: the key of {who!r} is valid from {start} UTC; is the clock right?")
    if not _may_sign(certificate):
        raise BundleError(f"{path}: the certificate of {name!r} is not for code signing")
    return key


def _issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return constraints.ca


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    return ExtendedKeyUsageOID.CODE_SIGNING in usage


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


# What was signed


def _fields(manifest: bytes, path: Path) -> dict[str, Any]:
    """The manifest's fields, each as it should be: a signer makes mistakes too."""
    try:
        fields = json.loads(manifest)
    except ValueError as error:
        raise BundleError(f"{path}: expected JSON: {error}") from None
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise BundleError(f"{path}: format: expected {FORMAT}")
    if set(fields) != _FIELDS:
        raise BundleError(f"{path}: expected the fields {', '.join(sorted(_FIELDS))}")
    for word in ("board", "version", "architecture"):
        if not isinstance(fields[word], str) or not fields[word]:
            raise BundleError(f"{path}: {word}: expected a word")
    revisions, files = fields["board_revs"], fields["files"]
    if not isinstance(revisions, list) or not all(type(one) is int for one in revisions):
        raise BundleError(f"{path}: board_revs: expected a list of whole numbers")
    if not isinstance(files, list) or not 0 < len(files) <= MOST_FILES:
        raise BundleError(f"{path}: files: expected a list of 1 to {MOST_FILES} files")
    names: list[str] = []
    for one in files:
        name = one.get("name") if isinstance(one, dict) and set(one) == _FILE_FIELDS else None
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name in names:
            raise BundleError(f"{path}: files: {name!r}: expected name, size and sha256, of each file once")
        names.append(name)
    if not {"main.py", "main.mpy"} & set(names):
        raise BundleError(f"{path}: files: expected main.py or main.mpy among them")
    return fields


def _file(folder: Path, entry: dict[str, Any]) -> File:
    path = folder / entry["name"]
    data = _bytes(path, LARGEST_FILE, "expected, since it is signed")
    if len(data) != entry["size"]:
        raise BundleError(f"{path}: {len(data)} bytes, {entry['size']} were signed")
    digest = hashlib.sha256(data)
    if digest.hexdigest() != entry["sha256"]:
        raise BundleError(f"{path}: changed since it was signed: its SHA-256 is not that in {MANIFEST}")
    return File(entry["name"], data, digest.digest())


def _bytes(path: Path, largest: int, otherwise: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror}; {otherwise}") from None
    if len(data) > largest:
        raise BundleError(f"{path}: more than {largest} bytes")
    return data
